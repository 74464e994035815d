"""The operating system that a workload's containers run on: the rules of AWS's page differ for Windows."""

from awsvpc_audit.analyzers.workloads import Cluster, Workload


def is_windows(workload: Workload, cluster: Cluster) -> bool:
    """Whether a workload's containers are Windows containers.

    The service's (or task's) `platformFamily` says so, else its task definition's `runtimePlatform`. On EC2 that is
    optional; a task that already runs on a Windows container instance says the same.

    Args:
        workload: the service or standalone tasks.
        cluster: where they run.

    Raises:
        NotCollectedError: nothing that was read says it, and the task definition was not read.
    """
    if workload.platform_family:
        return workload.platform_family.upper().startswith("WINDOWS")
    hosts = (
        cluster.scope.container_instances.peek(task.container_instance_arn)
        for task in workload.tasks
        if task.container_instance_arn
    )
    if any(host is not None and (host.attribute("ecs.os-type") or "").lower() == "windows" for host in hosts):
        return True
    definition = cluster.task_definition(workload)
    return definition is not None and definition.is_windows
