"""AGT002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.trunking import SETTING, setting_evidence, trunking_enabled_for
from awsvpc_audit.analyzers.versions import TRUNKING
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, linux_awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks.agt._agent_version import RECOMMENDED_LINUX_AMI, UPDATE_AGENT, is_older, too_old
from awsvpc_audit.findings import Severity


@check(
    id="AGT002",
    title="Linux container agent is too old for ENI trunking",
    severity=Severity.HIGH,
    resource="instance",
    source="doc",
    statements=("S9", "S16"),
    symptoms=("place.eni",),
    proof=(
        "ecs:DescribeContainerInstances versionInfo.agentVersion",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
        "ecs:ListAccountSettings settings[awsvpcTrunking].value",
        "ec2:DescribeInstances IamInstanceProfile.Arn",
        "iam:GetInstanceProfile Roles[].Arn",
    ),
    fix=(
        "Replace the instance by one of the current Amazon ECS-optimized AMI. To update its agent in place is not "
        "enough: the trunk is made while an instance registers."
    ),
    commands=(RECOMMENDED_LINUX_AMI, UPDATE_AGENT),
    references=(f"{DOCS_URL}/container-instance-eni.html",),
    subjects=linux_awsvpc_hosts,
)
def agent_too_old_for_trunking(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """ENI trunking is on, and it needs agent 1.28.1 or newer. This instance's agent is older, so it has no trunk.

    It runs only as many awsvpc tasks as its type has ENIs beside the primary.

    ## Why it happens
    Trunking was turned on for instances whose AMI is older than it.

    ## What it cannot see
    The version of ecs-init (1.28.1-2 is needed): it is in no API.
    """
    if not is_older(host, TRUNKING):
        return
    row = trunking_enabled_for(host, context.cluster)
    if row is None:
        return
    yield from too_old(host, TRUNKING, context, f"{SETTING} is on and needs", evidence=(setting_evidence(row),))
