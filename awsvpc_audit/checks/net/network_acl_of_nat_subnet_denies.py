"""NET013."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET013",
    title="Network ACL of the NAT gateway's subnet denies the traffic",
    severity=Severity.CRITICAL,
    resource="network_acl",
    source="+",
    statements=("S36",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNatGateways SubnetId",
        *TRACED,
    ),
    fix=(
        "In the ACL of the NAT gateway's subnet allow: in from the task subnets, out to the internet, in from the "
        "internet on 1024-65535, out to the task subnets on 1024-65535."
    ),
    commands=("aws ec2 describe-network-acls --network-acl-ids {network_acl_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
    ),
    subjects=awsvpc_workloads,
)
def network_acl_of_nat_subnet_denies(workload: Workload, context: Context) -> Iterator[Fault]:
    """What goes through a NAT gateway enters and leaves its subnet twice.

    The request goes in and out, and so does the reply. The network ACL of that subnet denies one of the four.

    ## Why it happens
    The ACL of the public subnets was written for load balancers and allows 80 and 443 in, and not the replies to
    the NAT gateway on 1024-65535, or nothing from the private subnets.

    ## What it cannot see
    Which ports of 1024-65535 the NAT gateway picks.
    """
    yield from faults("NET013", workload, context)
