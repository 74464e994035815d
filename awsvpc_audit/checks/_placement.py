"""The question that every placement check asks: where could the next task of a workload that is short of tasks go."""

from collections.abc import Iterable, Iterator

from awsvpc_audit.analyzers.capacity.candidate import Candidate, candidates_of
from awsvpc_audit.analyzers.capacity.demand import unplaced_tasks
from awsvpc_audit.analyzers.capacity.eligibility import Code
from awsvpc_audit.analyzers.capacity.outlook import Outlook, Standing, outlook_of
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import Context, Fault, proof_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model.gaps import NotCollectedError

SHOWN = 10
"""Instances that a sentence names; the evidence has them all."""


def ec2_workloads(context: Context) -> Iterator[Workload]:
    """The awsvpc workloads on EC2; one that is short of tasks and whose compute is not known: unknown."""
    gap: tuple[str, ...] = ()
    for workload in context.workloads:
        if workload.compute is Compute.EC2:
            yield workload
        elif workload.compute is None and unplaced_tasks(workload):
            gap = workload.compute_gap
    if gap:
        raise NotCollectedError(gap)
    context.cluster.require_services()


def candidates(context: Context) -> tuple[Candidate, ...]:
    """The container instances on EC2.

    Raises:
        NotCollectedError: they were not, or not all, read.
    """
    found: tuple[Candidate, ...] = context.once("candidates", lambda: tuple(candidates_of(context.cluster)))
    return found


def outlook_of_waiting(workload: Workload, context: Context) -> Outlook | None:
    """Where the waiting tasks could go; ``None`` where none waits for a place, or there is room for all that do.

    Raises:
        NotCollectedError: a task waits, and the container instances were not read.
    """
    if not unplaced_tasks(workload):
        return None
    there = candidates(context)
    outlook: Outlook = context.once(
        f"outlook {workload.ref.type} {workload.name}", lambda: outlook_of(workload, context.cluster, there)
    )
    return None if outlook.all_fit else outlook


def waiting_evidence(workload: Workload) -> tuple[Evidence, ...]:
    """What shows that a workload is short of tasks."""
    if workload.refused:
        newest = workload.refused[-1]
        said = newest.refusals[-1]
        return (proof_of("cloudtrail:LookupEvents", workload.name, f"{newest.call} responseElements.failures[]", said),)
    if workload.service is None:
        return (proof_of("ecs:DescribeTasks", workload.name, "lastStatus", "PROVISIONING"),)
    return (
        proof_of("ecs:DescribeServices", workload.name, "desiredCount", workload.desired),
        proof_of("ecs:DescribeServices", workload.name, "runningCount", workload.running),
    )


def waits(outlook: Outlook) -> str:
    """`web has 4 tasks without a place (2 would fit)`."""
    tasks = "1 task" if outlook.waiting == 1 else f"{outlook.waiting} tasks"
    fit = f" ({outlook.placeable} would fit)" if outlook.placeable else ""
    return f"{outlook.workload.name} has {tasks} without a place{fit}"


def each(standings: Iterable[Standing], code: Code) -> str:
    """`i-0a1 (c5.large, us-east-1a): has 128 CPU units left …`, for the first few."""
    told = [f"{s.candidate.label()} {s.why(code)}" for s in standings]
    more = f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    return "; ".join(told[:SHOWN]) + more


def command_values(context: Context, workload: Workload) -> dict[str, str]:
    """What the placeholders of placement checks' commands stand for."""
    values = {"cluster": context.cluster.name, "region": context.scope.region}
    if workload.service is not None:
        values["service"] = workload.name
    if workload.task_definition_arn:
        values["task_definition"] = workload.task_definition_arn.rsplit("/", 1)[-1]
    return values


def lack_of_room(
    outlook: Outlook, context: Context, code: Code, resource_name: str, wanted: int | None, unit: str
) -> Iterator[Fault]:
    """The fault where no instance has room of a kind, or where that is all that some instance lacks.

    Args:
        outlook: where the waiting tasks could go; not all fit.
        context: of the check.
        code: the kind of room.
        resource_name: ECS's name of it in `remainingResources`.
        wanted: what a task takes of it.
        unit: of `wanted`, for people.
    """
    outlook.require_no_open(code)
    if not outlook.all_lack(code) and not outlook.only_for(code):
        return
    outlook.require_no_open()
    eligible = len(outlook.otherwise_eligible)
    if outlook.all_lack(code):
        lacking = outlook.otherwise_eligible
        told = f"none of {eligible} otherwise eligible instances has the {wanted} {unit} a task takes"
    else:
        lacking = outlook.only_for(code)
        told = f"{len(lacking)} of {eligible} otherwise eligible instances lack only that, and the others have no room"
    yield Fault(
        detail=f"{waits(outlook)}: {told} ({each(lacking, code)})",
        evidence=(
            *waiting_evidence(outlook.workload),
            *(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    s.candidate.id,
                    f"remainingResources[{resource_name}]",
                    remaining_of(s.candidate, code),
                )
                for s in lacking
            ),
        ),
        values=command_values(context, outlook.workload),
    )


def remaining_of(candidate: Candidate, code: Code) -> int | None:
    """What is left on an instance of CPU, memory or GPUs."""
    return {"cpu": candidate.cpu, "memory": candidate.memory, "gpu": candidate.gpus}.get(code)
