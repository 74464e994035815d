"""NET007."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET007",
    title="NAT gateway's own subnet has no route to an internet gateway",
    severity=Severity.CRITICAL,
    resource="nat_gateway",
    source="doc",
    statements=("S18",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNatGateways SubnetId",
        "ec2:DescribeNatGateways RouteTableId",
        *TRACED,
    ),
    fix=("Put the NAT gateway in a public subnet: one whose route table sends 0.0.0.0/0 to an internet gateway."),
    commands=("aws ec2 describe-nat-gateways --nat-gateway-ids {nat_gateway_id}",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
    ),
    subjects=awsvpc_workloads,
)
def nat_gateway_without_internet_route(workload: Workload, context: Context) -> Iterator[Fault]:
    """A public NAT gateway sends on what it gets by the route table of its own subnet.

    A regional one has a table of its own. That table has no working route to an internet gateway, so nothing gets
    any further.

    ## Why it happens
    The NAT gateway was created in a private subnet, perhaps in the very one that it should serve, or the public
    subnet lost its route.

    ## What it cannot see
    A firewall between NAT gateway and internet gateway: then the verdict is unknown (NET017) and not this.
    """
    yield from faults("NET007", workload, context)
