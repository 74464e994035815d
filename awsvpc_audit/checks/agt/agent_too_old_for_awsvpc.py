"""AGT001."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.versions import AWSVPC_LINUX
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, linux_awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks.agt._agent_version import RECOMMENDED_LINUX_AMI, UPDATE_AGENT, too_old
from awsvpc_audit.findings import Severity


@check(
    id="AGT001",
    title="Linux container agent is too old for awsvpc tasks",
    severity=Severity.CRITICAL,
    resource="instance",
    source="doc",
    statements=("S13",),
    symptoms=("place.attribute", "place.no-instances"),
    proof=(
        "ecs:DescribeContainerInstances versionInfo.agentVersion",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
    ),
    fix="Replace the instance by one of the current Amazon ECS-optimized AMI, or update its agent in place.",
    commands=(UPDATE_AGENT, RECOMMENDED_LINUX_AMI),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/ecs-agent-update.html"),
    subjects=linux_awsvpc_hosts,
)
def agent_too_old_for_awsvpc(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """Linux container instances run awsvpc tasks with agent 1.15.0 or newer. This one's agent is older.

    It does not advertise `ecs.capability.task-eni`, so ECS never places an awsvpc task on it.

    ## Why it happens
    The AMI is years old, or pinned in a launch template that nobody updates; the agent runs from a fixed image tag.

    ## What it cannot see
    The version of ecs-init (1.15.0-4 is needed): it is in no API. Older agents also fail the rules on trunking and IPv6
    where those are wanted.
    """
    yield from too_old(host, AWSVPC_LINUX, context, "awsvpc tasks on Linux need")
