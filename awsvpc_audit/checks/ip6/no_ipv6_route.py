"""IP6003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._ipv6_paths import ipv6_answers
from awsvpc_audit.checks._paths import TRACED, fault_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity

_NO_ROUTE = frozenset({"NET004", "NET005", "IP6003"})


@check(
    id="IP6003",
    title="Tasks have IPv6 addresses but no IPv6 route to the internet",
    severity=Severity.MEDIUM,
    resource="route_table",
    source="doc",
    statements=("S37",),
    proof=(
        "ec2:DescribeRouteTables Routes[].DestinationIpv6CidrBlock",
        "ec2:DescribeSubnets Ipv6CidrBlockAssociationSet",
        "ecs:ListAccountSettings value",
        *TRACED,
    ),
    fix="Add a ::/0 route to an egress-only internet gateway (or, in a public subnet, to the internet gateway).",
    commands=(
        (
            "aws ec2 create-route --route-table-id {route_table_id} --destination-ipv6-cidr-block ::/0 "
            "--egress-only-internet-gateway-id {egress_only_internet_gateway_id}"
        ),
        "aws ec2 describe-egress-only-internet-gateways",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html",
    ),
    subjects=awsvpc_workloads,
)
def no_ipv6_route(workload: Workload, context: Context) -> Iterator[Fault]:
    """Tasks get IPv6 addresses here, and their subnet's route table has no working ::/0 route to a gateway.

    Clients try IPv6 first: each connection waits for a time-out before it falls back to IPv4, so everything is slow
    rather than broken.

    ## Why it happens
    The subnet was made dual-stack and only its IPv4 routes were written.

    ## What it cannot see
    Whether the containers' resolver prefers IPv6.
    """
    for answer in ipv6_answers(workload, context, "IP6003"):
        block = answer.outcome.block
        if block is not None and answer.is_blocked and block.check_id in _NO_ROUTE:
            yield fault_of(answer, block, workload)
