"""The version of a container agent, as the checks on it judge it."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.versions import AgentVersion
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost
from awsvpc_audit.checks._base import Context, Fault, proof_of
from awsvpc_audit.findings import Evidence, ResourceRef
from awsvpc_audit.model.gaps import NotCollectedError

OPERATION = "ecs:DescribeContainerInstances"
FIELD = "versionInfo.agentVersion"

UPDATE_AGENT = "aws ecs update-container-agent --cluster {cluster} --container-instance {container_instance}"
"""Updates the agent in place, on Amazon ECS-optimized Amazon Linux AMIs."""

RECOMMENDED_LINUX_AMI = (
    "aws ssm get-parameters --names /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended --region {region}"
)
"""Names the AMI with the newest agent."""

RECOMMENDED_WINDOWS_AMI = (
    "aws ssm get-parameters --region {region} "
    "--names /aws/service/ami-windows-latest/Windows_Server-2022-English-Full-ECS_Optimized"
)
"""Names the AMI with the newest agent. Agents on Windows are not updated in place."""


def is_older(host: AwsvpcHost, needed: AgentVersion) -> bool:
    """Whether the agent of a container instance is older than a version.

    Raises:
        NotCollectedError: the version is absent, or no version.
    """
    text = host.container_instance.agent_version
    if text is None and host.container_instance.status == "REGISTERING":
        return False
    version = AgentVersion.parse(text)
    if version is None:
        raise NotCollectedError((OPERATION,), FIELD)
    return version < needed


def too_old(
    host: AwsvpcHost,
    needed: AgentVersion,
    context: Context,
    what_for: str,
    *,
    evidence: tuple[Evidence, ...] = (),
    affected: tuple[ResourceRef, ...] = (),
) -> Iterator[Fault]:
    """The fault of an agent that is older than what something needs; none where it is not.

    Args:
        host: the container instance.
        needed: the first version that will do.
        context: of the check.
        what_for: what needs it, to be read after "the agent of i-… is 1.14.0; ".
        evidence: what shows that it is wanted.
        affected: who suffers, where not every workload of the host does.

    Raises:
        NotCollectedError: the version is absent, or no version.
    """
    if not is_older(host, needed):
        return
    version = host.container_instance.agent_version
    yield Fault(
        detail=f"The container agent of {host.label()} is {version}; {what_for} {needed}",
        evidence=(proof_of(OPERATION, host.id, FIELD, version), *evidence),
        affected=affected,
        values=host.values(context),
    )
