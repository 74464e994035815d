"""IP6004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._ipv6_paths import ipv6_answers
from awsvpc_audit.checks._paths import TRACED, fault_of, paths
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity

_RULES = frozenset({"NET009", "NET010", "NET011"})


@check(
    id="IP6004",
    title="IPv4 egress is allowed and IPv6 egress is not",
    severity=Severity.MEDIUM,
    resource="security_group",
    source="doc",
    statements=("S36",),
    proof=(
        "ec2:DescribeSecurityGroups IpPermissionsEgress[].Ipv6Ranges",
        "ec2:DescribeNetworkAcls Entries[].Ipv6CidrBlock",
        "ecs:ListAccountSettings value",
        *TRACED,
    ),
    fix="Write each rule for IPv6 as well: ::/0 beside 0.0.0.0/0.",
    commands=("aws ec2 describe-security-groups --group-ids {security_group_id}",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-migrate-ipv6.html",
    ),
    subjects=awsvpc_workloads,
)
def ipv6_egress_denied(workload: Workload, context: Context) -> Iterator[Fault]:
    """Rules for IPv4 and IPv6 are apart, and here only those for IPv4 let the tasks out.

    Clients that try IPv6 first wait for a time-out before each connection.

    ## Why it happens
    The VPC became dual-stack after its groups and ACLs were written: neither gains IPv6 rules by itself.

    ## What it cannot see
    Whether the containers' resolver prefers IPv6.
    """
    ipv4_blocks = {
        answer.subnet_id: answer.outcome.block.check_id
        for answer in paths(context).internet(workload)
        if answer.is_blocked and answer.outcome.block
    }
    for answer in ipv6_answers(workload, context, "IP6004"):
        block = answer.outcome.block
        if block is None or not answer.is_blocked or block.check_id not in _RULES:
            continue
        if ipv4_blocks.get(answer.subnet_id) not in _RULES:
            yield fault_of(answer, block, workload)
