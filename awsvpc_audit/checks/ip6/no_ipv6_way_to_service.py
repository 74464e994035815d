"""IP6006."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="IP6006",
    title="IPv6-only subnet without a way to something that the task needs",
    severity=Severity.HIGH,
    resource="subnet",
    source="+",
    statements=("S3",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeSubnets Ipv6Native",
        "ec2:DescribeSubnets EnableDns64",
        "ec2:DescribeRouteTables Routes[].DestinationIpv6CidrBlock",
        "ec2:DescribeVpcEndpoints IpAddressType",
        *TRACED,
    ),
    fix=(
        "Give the subnet a ::/0 route for dual-stack names, or DNS64 with a route of 64:ff9b::/96 to a NAT gateway for "
        "what has IPv4 addresses only."
    ),
    commands=("aws ec2 modify-subnet-attribute --subnet-id {subnet_id} --enable-dns64",),
    references=(
        f"{DOCS_URL}/task-networking.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html",
    ),
    subjects=awsvpc_workloads,
)
def no_ipv6_way_to_service(workload: Workload, context: Context) -> Iterator[Fault]:
    """Tasks in this subnet have IPv6 addresses only, and something they need has no way by IPv6.

    There are three ways: a dual-stack endpoint in the VPC, the service's dual-stack name over a ::/0 route, or DNS64
    with NAT64 for what has IPv4 addresses only. None of them works here. Amazon ECR has no dual-stack endpoints in
    VPCs.

    ## Why it happens
    The subnet was made IPv6-only and its route table or DNS setting was left as it was. Or the image kept the name of
    its registry that has IPv4 addresses only: the dual-stack one is `….dkr-ecr.<region>.on.aws`.

    ## What it cannot see
    Whether registries other than Amazon ECR have IPv6 addresses.
    """
    yield from faults("IP6006", workload, context)
