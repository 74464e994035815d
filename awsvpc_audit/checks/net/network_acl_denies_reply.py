"""NET010."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET010",
    title="Network ACL denies the reply",
    severity=Severity.CRITICAL,
    resource="network_acl",
    source="+",
    statements=("S36",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNetworkAcls Associations",
        *TRACED,
    ),
    fix=(
        "Allow the client ports 1024-65535 in the direction of the replies, with a rule whose number is below the "
        "one that denies them."
    ),
    commands=("aws ec2 describe-network-acls --network-acl-ids {network_acl_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
    ),
    subjects=awsvpc_workloads,
)
def network_acl_denies_reply(workload: Workload, context: Context) -> Iterator[Fault]:
    """Network ACLs are stateless: the reply to an allowed request needs a rule of its own.

    That rule is for the port that the client chose. This ACL drops replies on some or all of the ports that clients
    use, 1024-65535.

    Where only a part of them is dropped, connections fail by chance.

    ## Why it happens
    Inbound rules were written for the service's port (443) and not for replies, or for the ports of one operating
    system only: Linux uses 32768-60999, NAT gateways, load balancers and AWS Lambda 1024-65535, Windows
    49152-65535.

    ## What it cannot see
    Which ports the containers' kernel really uses.
    """
    yield from faults("NET010", workload, context)
