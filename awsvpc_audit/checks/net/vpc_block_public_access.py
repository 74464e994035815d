"""NET016."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET016",
    title="VPC Block Public Access stops the traffic",
    severity=Severity.CRITICAL,
    resource="vpc",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeSubnets BlockPublicAccessStates.InternetGatewayBlockMode",
        *TRACED,
    ),
    fix=("Have an exclusion made for the VPC or subnet, or the mode of the account changed; ask whoever turned it on."),
    commands=(
        "aws ec2 describe-vpc-block-public-access-options",
        "aws ec2 describe-vpc-block-public-access-exclusions",
    ),
    references=("https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html",),
    subjects=awsvpc_workloads,
)
def vpc_block_public_access(workload: Workload, context: Context) -> Iterator[Fault]:
    """VPC Block Public Access is on for the account in this Region.

    It stands above routes, ACLs and groups. `block-bidirectional` stops internet gateways and egress-only gateways
    in both directions, NAT gateways with them. `block-ingress` leaves what opens from inside by a NAT or
    egress-only gateway, and stops interfaces that use an internet gateway directly.

    ## Why it happens
    The account, or the organization by a declarative policy, was locked, and this VPC or subnet has no exclusion.

    ## What it cannot see
    Where neither the option nor the state of the subnet was given by the source, off is assumed: it is AWS's
    default.
    """
    yield from faults("NET016", workload, context)
