"""NET006."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET006",
    title="NAT gateway is not available",
    severity=Severity.CRITICAL,
    resource="nat_gateway",
    source="doc",
    statements=("S18",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNatGateways FailureCode",
        "ec2:DescribeNatGateways NatGatewayAddresses[].PublicIp",
        *TRACED,
    ),
    fix=(
        "Create a NAT gateway that works (the failure code says what was missing) and point the routes at it; a "
        "failed one cannot be repaired."
    ),
    commands=(
        "aws ec2 describe-nat-gateways --nat-gateway-ids {nat_gateway_id}",
        "aws ec2 describe-route-tables --filters Name=route.nat-gateway-id,Values={nat_gateway_id}",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
    ),
    subjects=awsvpc_workloads,
)
def nat_gateway_not_available(workload: Workload, context: Context) -> Iterator[Fault]:
    """The default route of the task subnet leads to a NAT gateway that does not work.

    Its state is not `available`, or it has no public address. It forwards nothing.

    ## Why it happens
    `failed` comes with a code: InsufficientFreeAddressesInSubnet, Gateway.NotAttached,
    InvalidAllocationID.NotFound, Resource.AlreadyAssociated, InternalError or InvalidSubnetID.NotFound. `pending`
    passes in minutes; `deleting` and `deleted` mean that somebody removed it.

    ## What it cannot see
    The health of a NAT gateway that is `available`: port exhaustion and drops show in its CloudWatch metrics.
    """
    yield from faults("NET006", workload, context)
