"""What the dual-stack checks share: which subnets have IPv6, and which tasks have it already."""

from collections.abc import Iterable

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context
from awsvpc_audit.model import ec2


def subnets_with_ipv6(subnet_ids: Iterable[str], context: Context) -> tuple[ec2.Subnet, ...]:
    """Those of the subnets that have an IPv6 block in use, dual-stack or IPv6-only, by id.

    Raises:
        NotCollectedError: one of them was not read.
    """
    subnets = (context.scope.subnets.get(subnet_id) for subnet_id in sorted(set(subnet_ids)))
    return tuple(subnet for subnet in subnets if subnet is not None and subnet.ipv6_cidr_blocks)


def tasks_have_ipv6(workload: Workload, subnet_ids: Iterable[str], context: Context) -> bool:
    """Whether a task of the workload that lives in one of the subnets has an IPv6 address: proof that they get one."""
    wanted = set(subnet_ids)
    for task in workload.tasks:
        if task.subnet_id not in wanted:
            continue
        if any(interface.ipv6_address for c in task.containers for interface in c.network_interfaces):
            return True
        eni = context.scope.network_interfaces.peek(task.network_interface_id) if task.network_interface_id else None
        if eni is not None and eni.ipv6_addresses:
            return True
    return False


def blocks(subnet: ec2.Subnet) -> str:
    """The IPv6 blocks of a subnet, as evidence shows them."""
    return ", ".join(subnet.ipv6_cidr_blocks)


BLOCK_FIELD = "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock"
"""Where a subnet has its IPv6 blocks."""
