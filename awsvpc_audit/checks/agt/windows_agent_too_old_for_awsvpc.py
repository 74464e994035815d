"""AGT004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.versions import AWSVPC_WINDOWS
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, windows_awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks.agt._agent_version import RECOMMENDED_WINDOWS_AMI, too_old
from awsvpc_audit.findings import Severity


@check(
    id="AGT004",
    title="Windows container agent is too old for awsvpc tasks",
    severity=Severity.CRITICAL,
    resource="instance",
    source="doc",
    statements=("S30",),
    symptoms=("place.attribute", "place.no-instances"),
    proof=(
        "ecs:DescribeContainerInstances versionInfo.agentVersion",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
    ),
    fix="Replace the instance by one of the current Amazon ECS-optimized Windows AMI, started with -EnableTaskENI.",
    commands=(RECOMMENDED_WINDOWS_AMI,),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/ecs-optimized_windows_AMI.html"),
    subjects=windows_awsvpc_hosts,
)
def windows_agent_too_old_for_awsvpc(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """Windows container instances run awsvpc tasks with agent 1.54.0 or newer. This one's agent is older.

    It does not advertise `ecs.capability.task-eni`, so ECS never places an awsvpc task on it.

    ## Why it happens
    The AMI is old, or pinned in a launch template.

    ## What it cannot see
    Whether `Initialize-ECSAgent` ran with `-EnableTaskENI`, but for the attribute that it leaves. An agent this old
    fails the rule on CloudWatch metrics (1.57.1) as well: one update clears both.
    """
    yield from too_old(host, AWSVPC_WINDOWS, context, "awsvpc tasks on Windows need")
