"""SUB001."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._subjects import TaskSubnet, task_subnets
from awsvpc_audit.findings import Severity


@check(
    id="SUB001",
    title="Task subnet has no free IPv4 address",
    severity=Severity.CRITICAL,
    resource="subnet",
    source="+",
    statements=("S3",),
    symptoms=("start.eni-no-address",),
    proof=("ec2:DescribeSubnets AvailableIpAddressCount", "ec2:DescribeSubnets Ipv6Native"),
    fix=(
        "Free addresses in the subnet (stop what is not needed, delete left-over ENIs), or add a subnet with room "
        "to the service's awsvpcConfiguration."
    ),
    commands=(
        "aws ec2 describe-network-interfaces --filters Name=subnet-id,Values={subnet_id} Name=status,Values=available",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    ),
    controls=("wellarchitected/REL02-BP03",),
    subjects=task_subnets,
)
def no_free_addresses(task_subnet: TaskSubnet, context: Context) -> Iterator[Fault]:
    """Each awsvpc task takes one IPv4 address of its subnet for its ENI. This subnet has none left.

    New tasks that land in it stop before they start; tasks that run are not touched.

    ## Why it happens
    The subnet is small (a /28 has 11 usable addresses: AWS reserves five), other things in it hold addresses (load
    balancers, endpoints, NAT gateways, stopped instances), a deployment doubles the tasks for a while, or ENIs of
    tasks that are gone were not deleted.

    ## What it cannot see
    Addresses taken or freed after the account was read. Free blocks are no matter: a task needs single addresses.
    """
    subnet = context.scope.subnets.get(task_subnet.subnet_id)
    if subnet is None or subnet.ipv6_native:
        return
    if known(subnet.available_ip_address_count, "ec2:DescribeSubnets", "AvailableIpAddressCount") > 0:
        return
    about = ", ".join(filter(None, (subnet.cidr_block, subnet.availability_zone)))
    yield Fault(
        detail=f"{subnet.subnet_id}{f' ({about})' if about else ''} has 0 free IPv4 addresses",
        evidence=(proof_of("ec2:DescribeSubnets", subnet.subnet_id, "AvailableIpAddressCount", 0),),
        values={"subnet_id": subnet.subnet_id},
    )
