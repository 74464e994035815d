"""PLC006."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.outlook import Outlook, Standing
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import (
    command_values,
    each,
    ec2_workloads,
    outlook_of_waiting,
    waiting_evidence,
    waits,
)
from awsvpc_audit.findings import Evidence, Severity
from awsvpc_audit.model.gaps import NotCollectedError

BEFORE = frozenset(
    {"capacity_provider", "status", "agent", "vpc", "availability_zone", "attribute", "os", "architecture"}
)
"""Obstacles of which others speak: constraints are judged on the instances that have none of them."""


@check(
    id="PLC006",
    title="Placement constraints leave no container instance",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("place.constraint",),
    proof=(
        "ecs:DescribeServices placementConstraints",
        "ecs:DescribeTaskDefinition placementConstraints",
        "ecs:DescribeContainerInstances attributes",
        "ecs:DescribeTasks group",
    ),
    fix=(
        "Change the constraint, give instances the attributes it asks for, or add instances: with distinctInstance "
        "each task needs one of its own."
    ),
    commands=(
        "aws ecs list-container-instances --cluster {cluster} --filter {expression}",
        "aws ecs describe-services --cluster {cluster} --services {service} --query 'services[].placementConstraints'",
    ),
    references=(f"{DOCS_URL}/task-placement-constraints.html", f"{DOCS_URL}/cluster-query-language.html"),
    subjects=ec2_workloads,
)
def constraints_leave_no_instance(workload: Workload, context: Context) -> Iterator[Fault]:
    """Placement constraints are binding: an instance that does not meet every one of them gets no task.

    None of the instances that the task could otherwise run on meets the service's `memberOf` expressions and
    `distinctInstance` together.

    ## Why it happens
    A misspelt attribute or value, an instance type or zone that the group no longer has, a custom attribute that new
    instances do not get from their user data; or, with `distinctInstance`, fewer instances than tasks.

    ## What it cannot see
    AWS does not document whether `and` binds tighter than `or`, nor that `matches` means the whole value: both are
    taken so here.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or workload.is_daemon:
        return
    considered = [s for s in outlook.standings if not s.codes & BEFORE]
    blocked = [s for s in considered if any(r.code == "constraint" for r in s.reasons)]
    if not considered or len(blocked) < len(considered):
        return
    unread = [r for s in blocked if "constraint" not in s.codes for r in s.reasons if r.code == "constraint"]
    if unread:
        raise NotCollectedError(tuple(dict.fromkeys(op for r in unread for op in r.missing)))
    values = command_values(context, workload)
    if outlook.demand.member_of:
        values["expression"] = outlook.demand.member_of[0].text
    yield Fault(
        detail=f"{waits(outlook)}: {each(considered, 'constraint')}",
        evidence=(*_constraints(outlook), *_instances(considered), *waiting_evidence(workload)),
        values=values,
    )


def _constraints(outlook: Outlook) -> Iterator[Evidence]:
    service = outlook.workload.service
    of_service = {c.expression for c in service.placement_constraints} if service else set()
    for constraint in outlook.demand.member_of:
        if constraint.text in of_service:
            operation, resource = "ecs:DescribeServices", outlook.workload.name
        else:
            definition = outlook.workload.task_definition_arn or ""
            operation, resource = "ecs:DescribeTaskDefinition", definition.rsplit("/", 1)[-1]
        yield proof_of(operation, resource, "placementConstraints[memberOf].expression", constraint.text)
    if outlook.demand.is_distinct:
        yield proof_of("ecs:DescribeServices", outlook.workload.name, "placementConstraints[].type", "distinctInstance")


def _instances(considered: list[Standing]) -> Iterator[Evidence]:
    for standing in considered:
        yield proof_of(
            "ecs:DescribeContainerInstances", standing.candidate.id, "attributes", standing.why("constraint")
        )
