"""The way out over IPv6 of tasks that really get an IPv6 address."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.reachability.workload_paths import Answer
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context
from awsvpc_audit.checks._paths import HIDES, paths
from awsvpc_audit.model.gaps import NotCollectedError


def ipv6_answers(workload: Workload, context: Context, check_id: str) -> Iterator[Answer]:
    """From each dual-stack subnet to the internet over IPv6, where the workload's tasks have IPv6 addresses there.

    Raises:
        NotCollectedError: the check's hop may be hidden, or whether tasks have addresses cannot be told.
    """
    answers = paths(context).internet6(workload)
    if not answers or not gets_ipv6(workload, context):
        return
    yield from answers
    for answer in answers:
        hidden = tuple(operation for operation in answer.missing if check_id in HIDES.get(operation, {check_id}))
        if hidden:
            raise NotCollectedError(hidden)


def gets_ipv6(workload: Workload, context: Context) -> bool:
    """Whether tasks get IPv6 addresses in a dual-stack subnet: running ones show it, else the account setting says.

    Raises:
        NotCollectedError: neither tells.
    """
    definition = context.cluster.task_definition(workload)
    if definition is not None and definition.is_windows:
        return False
    shown = [
        interface.ipv6_address
        for task in workload.tasks
        for container in task.containers
        for interface in container.network_interfaces
    ]
    if any(shown):
        return True
    values = {row.value for row in context.scope.account_settings.known() if row.name == "dualStackIPv6"}
    if not values:
        context.scope.account_settings.require()
    return "enabled" in values
