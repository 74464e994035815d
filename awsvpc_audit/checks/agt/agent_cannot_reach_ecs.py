"""AGT010."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, paths
from awsvpc_audit.checks._subjects import hosts
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="AGT010",
    title="Container instance has no way to Amazon ECS",
    severity=Severity.CRITICAL,
    resource="instance",
    source="+",
    symptoms=("place.agent", "place.no-instances"),
    proof=(*TRACED,),
    fix="Give the instance's subnet a way to the internet, or VPC endpoints for ecs, ecs-agent and ecs-telemetry.",
    commands=("aws ec2 describe-instances --instance-ids {instance_id}",),
    references=(f"{DOCS_URL}/vpc-endpoints.html",),
    subjects=hosts,
)
def agent_cannot_reach_ecs(host: Host, context: Context) -> Iterator[Fault]:
    """The container agent must reach `ecs`, `ecs-agent` and `ecs-telemetry` from the instance's primary interface.

    This instance has no way to one of them: it cannot register, or loses its connection and gets no more tasks.

    ## Why it happens
    The instance lies in a public subnet without a public address (one with two interfaces loses it when it is stopped
    and started), its NAT gateway or route is gone, or only one of the three endpoints was made.

    ## What it cannot see
    Proxies that the agent is set up to use, and instances that never managed to register.
    """
    gap: tuple[str, ...] = ()
    for answer in paths(context).agent(host.container_instance):
        block = answer.outcome.block
        if block is not None and answer.is_blocked:
            yield Fault(
                detail=f"{host.ref.id} does not reach {answer.destination} from {answer.subnet_id}: {block.reason}",
                evidence=block.evidence,
                values={"instance_id": host.ref.id},
            )
            return
        gap = gap or answer.missing
    if gap:
        raise NotCollectedError(gap)
