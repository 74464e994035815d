"""AGT007."""

from collections.abc import Iterator

from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.findings import Severity


@check(
    id="AGT007",
    title="Container agent is not connected",
    severity=Severity.CRITICAL,
    resource="instance",
    source="+",
    symptoms=("place.agent", "place.no-instances", "run.host"),
    proof=(
        "ecs:DescribeContainerInstances agentConnected",
        "ecs:DescribeContainerInstances status",
    ),
    fix=(
        "Read it again after two minutes. If it stays so, look whether the instance runs and reaches the ECS "
        "endpoints, and restart the agent; or replace the instance."
    ),
    commands=(
        (
            "aws ecs describe-container-instances --cluster {cluster} "
            "--container-instances {container_instance} --query 'containerInstances[].agentConnected'"
        ),
        "aws ec2 describe-instance-status --instance-ids {instance_id}",
        (
            "aws ssm send-command --document-name AWS-RunShellScript --instance-ids {instance_id} "
            "--parameters 'commands=[\"systemctl restart ecs\"]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/api_failures_messages.html",
        "https://repost.aws/knowledge-center/ecs-agent-disconnected-linux2-ami",
    ),
    subjects=awsvpc_hosts,
)
def agent_disconnected(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """ECS places tasks only on instances whose agent is connected. This instance is ACTIVE, and its agent is not.

    Tasks that run on it go on, out of ECS's sight.

    ## Why it happens
    The way from the instance's primary ENI to `ecs`, `ecs-agent` and `ecs-telemetry` is blocked or gone (an instance in
    a public subnet that got a trunk loses its public address when it is stopped and started); the agent or Docker
    stopped, or the disk is full; the instance is dead.

    ## What it cannot see
    How long it lasts. Agents break and renew their connection several times an hour: a single false is no proof.
    """
    instance = host.container_instance
    if instance.status != "ACTIVE" or known(
        instance.agent_connected, "ecs:DescribeContainerInstances", "agentConnected"
    ):
        return
    yield Fault(
        detail=(
            f"{host.label()} is ACTIVE, but its agent is not connected, so ECS places no task on it; agents reconnect "
            "several times an hour, so a single reading is no proof"
        ),
        evidence=(
            proof_of("ecs:DescribeContainerInstances", host.id, "agentConnected", False),
            proof_of("ecs:DescribeContainerInstances", host.id, "status", instance.status),
        ),
        values=host.values(context),
    )
