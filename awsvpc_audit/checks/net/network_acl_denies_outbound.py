"""NET009."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET009",
    title="Network ACL denies the outbound packet",
    severity=Severity.CRITICAL,
    resource="network_acl",
    source="+",
    statements=("S36",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeNetworkAcls Associations",
        *TRACED,
    ),
    fix=("Allow the traffic in the ACL with a rule whose number is below the one that denies it."),
    commands=("aws ec2 describe-network-acls --network-acl-ids {network_acl_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
        f"{DOCS_URL}/fargate-task-networking.html",
    ),
    subjects=awsvpc_workloads,
)
def network_acl_denies_outbound(workload: Workload, context: Context) -> Iterator[Fault]:
    """The network ACL of a subnet on the way denies the request.

    Rules are tried in the order of their numbers, outbound and inbound and IPv4 and IPv6 each for themselves, and
    the first that matches decides; what no rule matches is denied.

    ## Why it happens
    A custom ACL denies all until rules are added, or a deny rule has a lower number than the allow rule.

    ## What it cannot see
    A few networks that an ACL keeps away from the internet are taken as meant; the trace (`awsvpc-audit path`)
    shows them as partial. ACLs do not filter the Amazon DNS server.
    """
    yield from faults("NET009", workload, context)
