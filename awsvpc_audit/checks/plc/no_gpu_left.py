"""PLC011."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._placement import ec2_workloads, lack_of_room, outlook_of_waiting
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC011",
    title="No container instance has the GPUs that a task asks for",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("place.gpu",),
    proof=(
        "ecs:DescribeContainerInstances remainingResources[GPU]",
        "ecs:DescribeTaskDefinition containerDefinitions[].resourceRequirements[GPU]",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Add GPU instances (the ECS GPU-optimized AMI registers their GPUs), ask for fewer GPUs a task, or stop tasks "
        "that hold them."
    ),
    commands=(
        "aws ecs describe-task-definition --task-definition {task_definition}",
        "aws ecs list-container-instances --cluster {cluster} --status ACTIVE",
    ),
    references=(f"{DOCS_URL}/service-event-messages-list.html", f"{DOCS_URL}/task-placement.html"),
    subjects=ec2_workloads,
)
def no_gpu_left(workload: Workload, context: Context) -> Iterator[Fault]:
    """A GPU belongs to one container at a time. The task asks for more GPUs than any instance has free.

    ## Why it happens
    All GPUs are held by running tasks; the instances have none; or the AMI or `ECS_ENABLE_GPU_SUPPORT` keeps the agent
    from registering them.

    ## What it cannot see
    GPUs that are shared between containers outside of ECS.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.otherwise_eligible:
        return
    if outlook.demand.size is None:
        raise NotCollectedError(outlook.demand.missing or ("ecs:DescribeTaskDefinition",))
    if outlook.demand.size.gpus:
        yield from lack_of_room(outlook, context, "gpu", "GPU", outlook.demand.size.gpus, "GPUs")
