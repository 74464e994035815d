"""NET001."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import on_compute
from awsvpc_audit.findings import Severity


@check(
    id="NET001",
    title="EC2 tasks run in a subnet whose default route is an internet gateway",
    severity=Severity.HIGH,
    resource="subnet",
    source="doc",
    statements=(
        "S17",
        "S18",
        "S33",
    ),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging", "run.exit"),
    proof=(
        "ec2:DescribeRouteTables Routes[].GatewayId",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
        *TRACED,
    ),
    fix=(
        "Move the service to private subnets whose default route is a NAT gateway; an EC2 task's ENI cannot get a "
        "public address."
    ),
    commands=("aws ec2 describe-route-tables --filters Name=association.subnet-id,Values={subnet_id}",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        f"{DOCS_URL}/fargate-task-networking.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    ),
    subjects=on_compute(Compute.EC2),
)
def public_subnet_for_ec2_tasks(workload: Workload, context: Context) -> Iterator[Fault]:
    """The default route of this task subnet leads to an internet gateway.

    It gateway serves only interfaces with a public IPv4 address, and the ENI of a task on EC2 never gets one:
    whatever the task sends to the internet is dropped.

    The agent and Docker pull images and secrets through the instance's own interface, so tasks may start and only
    the application finds no way out.

    ## Why it happens
    The subnets of the instances, which have public addresses, were given to the tasks as well.

    ## What it cannot see
    Whether the application needs the internet at all. What applications in the tasks really call: the trace is for
    tcp/443 to public addresses.
    """
    yield from faults("NET001", workload, context)
