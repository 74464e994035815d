"""PLC004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._placement import ec2_workloads, lack_of_room, outlook_of_waiting
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC004",
    title="No container instance has enough CPU left",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("place.cpu",),
    proof=(
        "ecs:DescribeContainerInstances remainingResources[CPU]",
        "ecs:DescribeTaskDefinition cpu",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Add instances or larger ones, lower the task's CPU, or stop what need not run: ECS reserves what task "
        "definitions ask for, whatever is really used."
    ),
    commands=(
        "aws ecs describe-task-definition --task-definition {task_definition}",
        "aws ecs list-container-instances --cluster {cluster} --status ACTIVE",
    ),
    references=(f"{DOCS_URL}/service-event-messages-list.html", f"{DOCS_URL}/task-placement.html"),
    subjects=ec2_workloads,
)
def no_cpu_left(workload: Workload, context: Context) -> Iterator[Fault]:
    """ECS places a task where the CPU units it asks for are not reserved yet. No instance has as many left.

    Where instances are full for different reasons, this one names those that lack nothing but CPU.

    ## Why it happens
    Task definitions reserve more than the tasks use; the group is too small for the desired count and the tasks that
    a deployment runs beside the old ones; or the task asks for more than any of these instances ever had.

    ## What it cannot see
    How busy the CPUs are: placement goes by reservations, and so does this.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.otherwise_eligible:
        return
    if outlook.demand.size is None:
        raise NotCollectedError(outlook.demand.missing or ("ecs:DescribeTaskDefinition",))
    if outlook.demand.size.cpu:
        yield from lack_of_room(outlook, context, "cpu", "CPU", outlook.demand.size.cpu, "CPU units")
