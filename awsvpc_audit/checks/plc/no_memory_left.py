"""PLC005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._placement import ec2_workloads, lack_of_room, outlook_of_waiting
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC005",
    title="No container instance has enough memory left",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("place.memory",),
    proof=(
        "ecs:DescribeContainerInstances remainingResources[MEMORY]",
        "ecs:DescribeTaskDefinition memory",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Add instances or larger ones, lower the task's memory (for containers, a memoryReservation counts instead of "
        "the limit), or stop what need not run."
    ),
    commands=(
        "aws ecs describe-task-definition --task-definition {task_definition}",
        "aws ecs list-container-instances --cluster {cluster} --status ACTIVE",
    ),
    references=(f"{DOCS_URL}/service-event-messages-list.html", f"{DOCS_URL}/task-placement.html"),
    subjects=ec2_workloads,
)
def no_memory_left(workload: Workload, context: Context) -> Iterator[Fault]:
    """ECS places a task where the memory it asks for is not reserved yet. No instance has as much left.

    A task takes its task-level memory, else the sum over its containers: `memoryReservation`, or `memory` without one.
    Where instances are full for different reasons, this one names those that lack nothing but memory.

    ## Why it happens
    Limits were set far above what the containers use and no reservation below them; the group is too small for the
    desired count and a deployment beside it; or the task asks for more than an instance registers, which is less than
    its type has: the kernel and the agent keep a part.

    ## What it cannot see
    How much memory is really used: placement goes by reservations, and so does this.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.otherwise_eligible:
        return
    if outlook.demand.size is None:
        raise NotCollectedError(outlook.demand.missing or ("ecs:DescribeTaskDefinition",))
    if outlook.demand.size.memory:
        yield from lack_of_room(outlook, context, "memory", "MEMORY", outlook.demand.size.memory, "MiB of memory")
