"""AGT006."""

from collections.abc import Iterator

from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.findings import Severity

_ATTRIBUTE = "ecs.capability.task-eni"


@check(
    id="AGT006",
    title="Container instance lacks the attribute that awsvpc tasks require",
    severity=Severity.CRITICAL,
    resource="instance",
    source="doc",
    statements=("S21", "S30", "S34"),
    symptoms=("place.attribute", "place.no-instances"),
    proof=("ecs:DescribeContainerInstances attributes[ecs.capability.task-eni]",),
    fix=(
        "Use a current Amazon ECS-optimized AMI; or set ECS_ENABLE_TASK_ENI=true in /etc/ecs/ecs.config (Linux), or "
        "start the agent with Initialize-ECSAgent -EnableTaskENI (Windows), and restart the agent."
    ),
    commands=(
        "aws ecs describe-container-instances --cluster {cluster} --container-instances {container_instance}",
        "aws ecs list-attributes --cluster {cluster} --target-type container-instance --attribute-name " + _ATTRIBUTE,
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/ecs-agent-config.html"),
    subjects=awsvpc_hosts,
)
def task_eni_capability_missing(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """ECS considers an instance for awsvpc tasks only if it has the attribute `ecs.capability.task-eni`. This has not.

    ## Why it happens
    The agent is older than 1.15.0 (Linux) or 1.54.0 (Windows); or it runs with `ECS_ENABLE_TASK_ENI` unset, as on a
    self-made AMI without ecs-init; or, on Windows, it was started without `-EnableTaskENI`.

    ## What it cannot see
    The agent's configuration on the instance. An agent that is still registering advertises its attributes only then.
    """
    if host.container_instance.has_attribute(_ATTRIBUTE) or host.container_instance.status == "REGISTERING":
        return
    version = host.container_instance.agent_version
    system = "Windows" if host.is_windows else "Linux"
    yield Fault(
        detail=(
            f"{host.label()} does not have {_ATTRIBUTE} ({system}, agent {version or 'of unknown version'}): "
            "ECS places no awsvpc task on it"
        ),
        evidence=(
            proof_of("ecs:DescribeContainerInstances", host.id, f"attributes[{_ATTRIBUTE}]", None),
            proof_of("ecs:DescribeContainerInstances", host.id, "versionInfo.agentVersion", version),
        ),
        values=host.values(context),
    )
