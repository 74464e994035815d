"""IP6007."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.operating_system import is_windows
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._subjects import TaskSubnet, task_subnets
from awsvpc_audit.checks.ip6._dual_stack import BLOCK_FIELD, blocks, tasks_have_ipv6
from awsvpc_audit.findings import Severity


@check(
    id="IP6007",
    title="Task subnet has an IPv6 block but assigns no address on creation",
    severity=Severity.LOW,
    resource="subnet",
    source="doc",
    statements=("S4", "S38"),
    proof=(
        "ec2:DescribeSubnets AssignIpv6AddressOnCreation",
        "ec2:DescribeSubnets Ipv6CidrBlockAssociationSet",
        "ecs:DescribeTaskDefinition runtimePlatform.operatingSystemFamily",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
        "ecs:DescribeTasks containers[].networkInterfaces[].ipv6Address",
        "ec2:DescribeNetworkInterfaces Ipv6Addresses",
    ),
    fix="Let the subnet assign IPv6 addresses on creation; tasks started after that can get one.",
    commands=("aws ec2 modify-subnet-attribute --subnet-id {subnet_id} --assign-ipv6-address-on-creation",),
    references=(
        f"{DOCS_URL}/fargate-task-networking.html",
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html",
    ),
    subjects=task_subnets,
)
def address_not_assigned(task_subnet: TaskSubnet, context: Context) -> Iterator[Fault]:
    """The subnet has an IPv6 block, but ENIs made in it get no IPv6 address by themselves.

    AWS names that as a condition for IPv6 on Fargate: there the subnet must assign an address on creation. For tasks
    on Amazon EC2 and Managed Instances the page asks for ENIs that get an IPv6 address in the subnet, and points to the
    same attribute; AWS does not state it as plainly, and the finding says so.

    ## Why it happens
    AssignIpv6AddressOnCreation is off by default, also in a subnet that was made with an IPv6 block.

    ## What it cannot see
    Whether IPv6 is wanted. It looks at the subnet alone: with `dualStackIPv6` off as well (IP6001), both must be put
    right before tasks get an address. A task that runs in the subnet with an IPv6 address clears its workload. Windows
    tasks (IP6005) and IPv6-only subnets, which always assign one, are left out.
    """
    subnet = context.scope.subnets.get(task_subnet.subnet_id)
    if subnet is None or subnet.ipv6_native or not subnet.ipv6_cidr_blocks:
        return
    if known(subnet.assign_ipv6_address_on_creation, "ec2:DescribeSubnets", "AssignIpv6AddressOnCreation"):
        return
    concerned = [
        workload
        for workload in task_subnet.workloads
        if not tasks_have_ipv6(workload, (subnet.subnet_id,), context) and not is_windows(workload, context.cluster)
    ]
    if not concerned:
        return
    yield Fault(
        detail=(
            f"{subnet.subnet_id} has the IPv6 block {blocks(subnet)}, but AssignIpv6AddressOnCreation is false: "
            f"task ENIs in it get no IPv6 address{_doubt(concerned)}"
        ),
        evidence=(
            proof_of("ec2:DescribeSubnets", subnet.subnet_id, "AssignIpv6AddressOnCreation", False),
            proof_of("ec2:DescribeSubnets", subnet.subnet_id, BLOCK_FIELD, blocks(subnet)),
        ),
        affected=tuple(workload.ref for workload in concerned),
        values={"subnet_id": subnet.subnet_id},
    )


def _doubt(workloads: list[Workload]) -> str:
    if any(workload.compute is Compute.FARGATE for workload in workloads):
        return ""
    return " (AWS states this condition for Fargate; for Amazon EC2 it is likely, not confirmed)"
