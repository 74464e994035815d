"""NET005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET005",
    title="Route from the task subnet is a blackhole",
    severity=Severity.CRITICAL,
    resource="route_table",
    source="doc",
    statements=("S18",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeRouteTables Routes[].State",
        "ec2:DescribeTransitGatewayVpcAttachments State",
        *TRACED,
    ),
    fix=("Point the route at a target that exists, or delete it."),
    commands=(
        "aws ec2 describe-route-tables --route-table-ids {route_table_id}",
        "aws ec2 describe-nat-gateways --filter Name=vpc-id,Values={vpc_id}",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
    ),
    subjects=awsvpc_workloads,
)
def blackhole_route(workload: Workload, context: Context) -> Iterator[Fault]:
    """The route that takes this traffic leads to something that is gone or detached.

    EC2 keeps such routes and marks them `blackhole`; packets that match them are dropped.

    ## Why it happens
    A NAT gateway, peering connection or attachment was deleted and its routes were left behind. A failed NAT
    gateway vanishes after about an hour and leaves the same.

    ## What it cannot see
    When the target went away: CloudTrail tells (`awsvpc-audit timeline`).
    """
    yield from faults("NET005", workload, context)
