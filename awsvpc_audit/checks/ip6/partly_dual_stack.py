"""IP6002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.operating_system import is_windows
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import TaskSubnet, task_subnets
from awsvpc_audit.checks.ip6._dual_stack import BLOCK_FIELD, blocks, subnets_with_ipv6
from awsvpc_audit.findings import Severity


@check(
    id="IP6002",
    title="Only some task subnets of a dual-stack VPC have an IPv6 block",
    severity=Severity.LOW,
    resource="subnet",
    source="doc",
    statements=("S4", "S38"),
    proof=(
        "ec2:DescribeSubnets Ipv6CidrBlockAssociationSet",
        "ec2:DescribeSubnets VpcId",
        "ecs:DescribeTaskDefinition runtimePlatform.operatingSystemFamily",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
    ),
    fix=(
        "Give the subnet an IPv6 block of its VPC and let it assign addresses on creation, "
        "or take it out of the services that want IPv6."
    ),
    commands=(
        "aws ec2 describe-vpcs --vpc-ids {vpc_id} --query 'Vpcs[].Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock'",
        "aws ec2 modify-subnet-attribute --subnet-id {subnet_id} --assign-ipv6-address-on-creation",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-migrate-ipv6.html",
    ),
    subjects=task_subnets,
)
def partly_dual_stack(task_subnet: TaskSubnet, context: Context) -> Iterator[Fault]:
    """Whether a task of the service has IPv6 depends on the subnet that it happens to land in.

    The VPC is dual-stack and other task subnets of the same service have an IPv6 block; this one has none. Tasks in it
    get IPv4 only.

    ## Why it happens
    Subnets were moved to dual-stack one by one, or a new subnet was added from an old template.

    ## What it cannot see
    Whether the service uses IPv6 at all. Windows tasks have no IPv6 anywhere and are not judged here (see IP6005).
    """
    subnet = context.scope.subnets.get(task_subnet.subnet_id)
    if subnet is None or subnet.ipv6_cidr_blocks:
        return
    for workload in task_subnet.workloads:
        # An IPv6 block of a subnet is part of one of its VPC: a sibling that has one proves the VPC dual-stack.
        siblings = [s for s in subnets_with_ipv6(workload.subnets, context) if s.vpc_id == subnet.vpc_id]
        if not siblings or is_windows(workload, context.cluster):
            continue
        others = ", ".join(sibling.subnet_id for sibling in siblings)
        yield Fault(
            detail=(
                f"{subnet.subnet_id} has no IPv6 block; "
                f"{others} of the same VPC ({subnet.vpc_id}), also for tasks of {workload.name}, "
                f"{'has' if len(siblings) == 1 else 'have'}"
            ),
            evidence=(
                proof_of("ec2:DescribeSubnets", subnet.subnet_id, BLOCK_FIELD, None),
                *(proof_of("ec2:DescribeSubnets", s.subnet_id, BLOCK_FIELD, blocks(s)) for s in siblings),
            ),
            affected=(workload.ref,),
            values={"subnet_id": subnet.subnet_id} | ({"vpc_id": subnet.vpc_id} if subnet.vpc_id else {}),
        )
