"""AGT005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.versions import METRICS_WINDOWS
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, windows_awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks.agt._agent_version import RECOMMENDED_WINDOWS_AMI, too_old
from awsvpc_audit.findings import Severity


@check(
    id="AGT005",
    title="Windows container agent sends no CloudWatch metrics of awsvpc tasks",
    severity=Severity.LOW,
    resource="instance",
    source="doc",
    statements=("S28",),
    proof=(
        "ecs:DescribeContainerInstances versionInfo.agentVersion",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
    ),
    fix="Replace the instance by one of the current Amazon ECS-optimized Windows AMI.",
    commands=(RECOMMENDED_WINDOWS_AMI,),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/ecs-optimized_windows_AMI.html"),
    subjects=windows_awsvpc_hosts,
)
def windows_agent_without_metrics(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """On Windows, CloudWatch gets metrics of awsvpc tasks from agent 1.57.1 on. This instance's agent is older.

    Tasks run; alarms and scaling policies on their CPU and memory see nothing of those on this instance.

    ## Why it happens
    The AMI is old, or pinned in a launch template.

    ## What it cannot see
    Whether anybody uses those metrics. An agent older than 1.54.0 breaks this rule and the one on awsvpc itself, and is
    named under both: they are two statements of AWS.
    """
    yield from too_old(host, METRICS_WINDOWS, context, "CloudWatch metrics of awsvpc tasks on Windows need")
