"""AGT008."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts_of_any_status, require_workloads
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.findings import Evidence, Severity


@check(
    id="AGT008",
    title="Container instance takes no tasks while tasks wait",
    severity=Severity.MEDIUM,
    resource="instance",
    source="+",
    symptoms=("place.no-instances", "place.eni", "place.cpu", "place.memory", "place.gpu", "place.ports"),
    proof=(
        "ecs:DescribeContainerInstances status",
        "ecs:DescribeContainerInstances statusReason",
        "ecs:DescribeServices desiredCount",
        "ecs:DescribeTasks containerInstanceArn",
    ),
    fix=(
        "Set a drained instance to ACTIVE if it is to stay, or add another. One that failed to register must be "
        "deregistered or terminated, which also gives back its trunk."
    ),
    commands=(
        "aws ecs update-container-instances-state --cluster {cluster} --container-instances {draining} --status ACTIVE",
        "aws ecs deregister-container-instance --cluster {cluster} --container-instance {failed} --force",
        "aws ecs describe-container-instances --cluster {cluster} --container-instances {container_instance}",
    ),
    references=(f"{DOCS_URL}/container-instance-draining.html", f"{DOCS_URL}/container-instance-eni.html"),
    subjects=awsvpc_hosts_of_any_status,
)
def instance_not_active(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """ECS places tasks on ACTIVE instances only. Tasks wait for a place, and this instance is not ACTIVE.

    ## Why it happens
    It drains for maintenance or because its Auto Scaling group scales in; it still registers; it could not register,
    as when its trunk could not be made (`statusReason` says why); it is being deregistered.

    ## What it cannot see
    Whether the tasks that wait would fit on it. For an instance that has just been started, the next reading tells.
    """
    instance = host.container_instance
    status = known(instance.status, "ecs:DescribeContainerInstances", "status")
    if status == "ACTIVE":
        return
    waiting = [workload for workload in host.workloads if workload.unplaced > 0]
    if not waiting:
        require_workloads(context)
        return
    reason = f" ({instance.status_reason})" if instance.status_reason else ""
    names = ", ".join(f"{workload.unplaced} of {workload.name}" for workload in waiting)
    values = host.values(context)
    if status == "DRAINING":
        values["draining"] = instance.container_instance_arn
    elif status == "REGISTRATION_FAILED":
        values["failed"] = instance.container_instance_arn
    yield Fault(
        detail=f"{host.label()} is {status}{reason} and takes no tasks, while tasks wait for a place: {names}",
        evidence=(
            proof_of("ecs:DescribeContainerInstances", host.id, "status", status),
            proof_of("ecs:DescribeContainerInstances", host.id, "statusReason", instance.status_reason),
            *(_proof_of_waiting(workload) for workload in waiting),
        ),
        affected=tuple(workload.ref for workload in waiting),
        values=values,
    )


def _proof_of_waiting(workload: Workload) -> Evidence:
    if workload.service is None:
        return proof_of("ecs:DescribeTasks", workload.name, "containerInstanceArn", None)
    return proof_of("ecs:DescribeServices", workload.name, "desiredCount", workload.desired)
