"""NET012."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET012",
    title="Internet gateway is not attached to the VPC",
    severity=Severity.CRITICAL,
    resource="internet_gateway",
    source="+",
    statements=("S37",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(*TRACED,),
    fix=("Attach the gateway to the VPC, or point the route at the one that is."),
    commands=("aws ec2 attach-internet-gateway --internet-gateway-id {internet_gateway_id} --vpc-id {vpc_id}",),
    references=("https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",),
    subjects=awsvpc_workloads,
)
def internet_gateway_detached(workload: Workload, context: Context) -> Iterator[Fault]:
    """A route leads to an internet or egress-only gateway that is not attached to this VPC.

    It forwards nothing.

    ## Why it happens
    The gateway was detached, perhaps to delete it, and the route was left behind.

    ## What it cannot see
    Gateways of a VPC that another account shares: those show only there.
    """
    yield from faults("NET012", workload, context)
