"""SVC009."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.starting import LOGS, LogGroup, Needed, Start, log_groups_of
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._starts import StartingDefinition, starting_definitions
from awsvpc_audit.facts.regions import REGIONS
from awsvpc_audit.findings import Evidence, Severity


@check(
    id="SVC009",
    title="awslogs-region is no Region, or not the one that the log group is in",
    severity=Severity.CRITICAL,
    resource="task_definition",
    source="+",
    symptoms=("start.logging",),
    proof=(
        "ecs:DescribeTaskDefinition containerDefinitions[].logConfiguration.options[awslogs-region]",
        "logs:DescribeLogGroups logGroupName",
        "ecs:DescribeTasks stoppedReason",
    ),
    fix="Set awslogs-region to the Region that the log group is in, and deploy the new revision.",
    commands=("aws logs describe-log-groups --log-group-name-prefix {log_group} --region {region}",),
    references=(
        f"{DOCS_URL}/using_awslogs.html",
        f"{DOCS_URL}/resource-initialization-error.html",
    ),
    subjects=starting_definitions,
)
def log_region_wrong(subject: StartingDefinition, context: Context) -> Iterator[Fault]:
    """The awslogs driver looks for the log group in the Region that the task definition names, and finds none there.

    The log driver is set up before the container starts, so no task of this definition starts.

    ## Why it happens
    A typing error (an Availability Zone instead of a Region, a Region that does not exist), or a task definition that
    was copied from another Region.

    ## What it cannot see
    Log groups of other Regions. That tasks log into another Region on purpose is no fault: it is judged only where
    tasks do not start. A Region younger than this release is not known to it.
    """
    scope = context.scope
    known = REGIONS | {each.region for each in context.model.scopes}
    for group in log_groups_of(subject.definition):
        region = group.thing.region
        if region is None or region == scope.region:
            continue
        named = proof_of(
            "ecs:DescribeTaskDefinition",
            subject.definition.short_name,
            group.field.replace("awslogs-group", "awslogs-region"),
            region,
        )
        if region not in known:
            yield Fault(
                detail=f"{subject.definition.short_name} sends logs to {region}, which is no AWS Region",
                evidence=(named,),
            )
            continue
        for start in subject.starts:
            if start.may_be("SVC009", *LOGS):
                yield from _in_other_region(group, start, named, context)


def _in_other_region(group: Needed[LogGroup], start: Start, named: Evidence, context: Context) -> Iterator[Fault]:
    name, region = group.thing.name, group.thing.region or ""
    elsewhere = next((scope for scope in context.model.scopes if scope.region == region), None)
    if group.thing.is_created or (elsewhere is not None and elsewhere.log_groups.peek(name) is not None):
        return
    found = (
        f"{start.definition.short_name} looks for the log group {name} in {region}, "
        f"and its tasks run in {context.scope.region}"
    )
    said = next((s for s in start.symptoms if any(r.signal and r.signal.name == "not-found" for r in s.readings)), None)
    if said is not None:
        heard = proof_of("ecs:DescribeTasks", start.ref.id, "stoppedReason", said.text)
        yield Fault(
            detail=f"{found}; it was not found there",
            evidence=(named, heard),
            affected=(start.ref,),
            values={"log_group": name, "region": context.scope.region},
        )
    elif context.scope.log_groups.get(name) is not None:
        here = proof_of("logs:DescribeLogGroups", name, "logGroupName", name)
        yield Fault(
            detail=f"{found}, where there is a log group of that name",
            evidence=(named, here),
            affected=(start.ref,),
            values={"log_group": name, "region": context.scope.region},
        )
