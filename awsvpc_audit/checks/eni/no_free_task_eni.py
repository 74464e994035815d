"""ENI001."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.candidate import Candidate
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


@check(
    id="ENI001",
    title="No eligible container instance has a free task-ENI slot",
    severity=Severity.CRITICAL,
    resource="cluster",
    source="doc",
    statements=("S15", "S32"),
    told=("S2", "S24"),
    symptoms=("place.eni", "start.eni-attach"),
    proof=(
        "ec2:DescribeInstanceTypes NetworkInfo.MaximumNetworkInterfaces",
        "ec2:DescribeInstances NetworkInterfaces",
        "ec2:DescribeNetworkInterfaces InterfaceType",
        "ecs:DescribeContainerInstances attributes[ecs.instance-type]",
        "ecs:DescribeTasks attachments[ElasticNetworkInterface]",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Add instances, or types with more ENIs; or, on Linux types that support it, enable awsvpcTrunking and replace "
        "the instances: a trunk gives a c5.large 10 tasks instead of 2."
    ),
    commands=(
        "aws ecs put-account-setting-default --name awsvpcTrunking --value enabled",
        (
            "aws ec2 describe-instance-types --instance-types {instance_type} "
            "--query 'InstanceTypes[].NetworkInfo.MaximumNetworkInterfaces'"
        ),
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/container-instance-eni.html"),
    controls=("wellarchitected/REL01-BP03",),
    subjects=ec2_workloads,
)
def no_free_task_eni(workload: Workload, context: Context) -> Iterator[Fault]:
    """Each awsvpc task takes one ENI, and an instance takes as many ENIs as its type allows, the primary among them.

    The service wants more tasks. The instances that have CPU and memory for one have no slot left: what the type
    allows, less the primary, less every other ENI that is no task's, less the tasks there are. With a trunk, AWS's own
    number of tasks for the type counts instead. A task has exactly one ENI; the pause container that the agent starts
    beside its containers takes no slot of its own.

    ## Why it happens
    Small types have few ENIs (a c5.large has 3, so 2 tasks), and CPU and memory would do for more; trunking is off, or
    the instances were started before it was on; ENIs that ECS did not create hold slots.

    ## What it cannot see
    ECS keeps limits of its own for each type, which may lag behind those of EC2 for new types (see ENI010).
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None:
        return
    outlook.require_no_open("eni")
    bound = bound_by_eni(outlook)
    if not bound:
        require_known_beside_eni(outlook)
        return
    outlook.require_no_open()
    yield Fault(
        detail=f"{waits(outlook)}: {each(bound, 'eni')}",
        evidence=(*waiting_evidence(workload), *(proof for s in bound for proof in _proofs(s.candidate))),
        resource=context.cluster.ref,
        affected=(workload.ref,),
        values=command_values(context, workload) | _type_of(bound),
    )


def bound_by_eni(outlook: Outlook) -> tuple[Standing, ...]:
    """The instances that would take the task if they had a slot for its ENI."""
    return outlook.only_for("eni", "addresses")


def require_known_beside_eni(outlook: Outlook) -> None:
    """Raise `NotCollectedError` where an instance lacks a slot, and what else may be in the way was not read."""
    outlook.require_no_open("unknown")  # without the task definition nothing can be said
    for standing in outlook.standings:
        beside = [reason for reason in standing.reasons if reason.code not in {"eni", "addresses"}]
        if len(beside) < len(standing.reasons) and beside and all(reason.missing for reason in beside):
            raise NotCollectedError(tuple(dict.fromkeys(op for reason in beside for op in reason.missing)))


def _type_of(bound: tuple[Standing, ...]) -> dict[str, str]:
    return next(({"instance_type": s.candidate.instance_type} for s in bound if s.candidate.instance_type), {})


def _proofs(candidate: Candidate) -> Iterator[Evidence]:
    slots = candidate.slots
    if slots.limit_source == "ec2:DescribeInstanceTypes":
        yield proof_of(slots.limit_source, candidate.id, "NetworkInfo.MaximumNetworkInterfaces", slots.limit)
    else:
        field = "attributes[ecs.instance-type]"
        yield proof_of("ecs:DescribeContainerInstances", candidate.id, field, candidate.instance_type)
    if slots.has_trunk:
        yield proof_of("ec2:DescribeNetworkInterfaces", candidate.id, "InterfaceType[trunk]", slots.trunk)
    tasks = "attachments[ElasticNetworkInterface]"
    yield proof_of("ecs:DescribeTasks", candidate.id, tasks, slots.used_by_tasks)
    foreign = "NetworkInterfaces[not of ECS]"
    yield proof_of("ec2:DescribeInstances", candidate.id, foreign, len(slots.foreign or ()))
