"""NET008."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET008",
    title="Way to the internet leads through a private NAT gateway",
    severity=Severity.HIGH,
    resource="nat_gateway",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNatGateways ConnectivityType",
        *TRACED,
    ),
    fix=("Point the default route at a public NAT gateway. The connectivity type of a NAT gateway cannot be changed."),
    commands=("aws ec2 describe-nat-gateways --nat-gateway-ids {nat_gateway_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html",
        f"{DOCS_URL}/task-networking-awsvpc.html",
    ),
    subjects=awsvpc_workloads,
)
def private_nat_gateway(workload: Workload, context: Context) -> Iterator[Fault]:
    """The default route of the task subnet leads to a NAT gateway with connectivity type `private`.

    It translates between private networks and has no public address: an internet gateway drops what comes from it.

    ## Why it happens
    A private NAT gateway, made for overlapping networks, was taken for a public one.

    ## What it cannot see
    A proxy for the internet behind a transit gateway, that tasks may be set up to use.
    """
    yield from faults("NET008", workload, context)
