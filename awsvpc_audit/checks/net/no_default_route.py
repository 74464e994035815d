"""NET004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET004",
    title="Task subnet has no default route",
    severity=Severity.HIGH,
    resource="route_table",
    source="doc",
    statements=("S18",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeRouteTables Associations",
        *TRACED,
    ),
    fix=("Add a default route to a NAT gateway, or give the VPC endpoints for every service that the tasks need."),
    commands=(
        "aws ec2 describe-route-tables --route-table-ids {route_table_id}",
        "aws ec2 describe-nat-gateways --filter Name=vpc-id,Values={vpc_id}",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html",
    ),
    subjects=awsvpc_workloads,
)
def no_default_route(workload: Workload, context: Context) -> Iterator[Fault]:
    """The route table that the task subnet uses has no route to the internet.

    What tasks send there is dropped at once; the table is the subnet's own, or the main one of the VPC.

    A workload that is built to live without the internet is not reported: its images come from private ECR in its
    own Region, and an interface endpoint serves something that it needs. What such a workload misses is told by
    END001 with the service's name.

    ## Why it happens
    The subnet was never associated with a table of its own and fell to the main one, or the route was deleted.

    ## What it cannot see
    What applications in the tasks really call: the trace is for tcp/443 to public addresses.
    """
    yield from faults("NET004", workload, context)
