"""NET011."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="NET011",
    title="No task security group allows the outbound traffic",
    severity=Severity.CRITICAL,
    resource="security_group",
    source="doc",
    statements=("S36",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(*TRACED,),
    fix=(
        "Allow outbound tcp 443 to the destination named: 0.0.0.0/0, the prefix list of S3, or the group of the "
        "endpoint."
    ),
    commands=(
        (
            "aws ec2 authorize-security-group-egress --group-id {security_group_id} "
            "--ip-permissions 'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=0.0.0.0/0}]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/fargate-task-networking.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    ),
    subjects=awsvpc_workloads,
)
def security_group_denies_outbound(workload: Workload, context: Context) -> Iterator[Fault]:
    """No outbound rule of any of the task's security groups matches.

    The packet is dropped at the interface. The rules of all groups count together, and replies need none.

    A narrow group is no fault in a workload that lives without the internet and reaches by VPC endpoints all that
    it needs. Where the groups allow an endpoint but not the prefix list of S3, image layers are what fails.

    ## Why it happens
    The rule that allows everything out, which each new group has, was removed, or only IPv4 was allowed.

    ## What it cannot see
    Groups of the same VPC that rules name are looked up by their interfaces; whether anything listens there is not
    seen.
    """
    yield from faults("NET011", workload, context)
