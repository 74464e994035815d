"""ENI006."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.slots import live_awsvpc_tasks_on
from awsvpc_audit.analyzers.capacity.trunking import type_evidence
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts, require_workloads
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.facts.eni_limits import TRUNKING_PAGE, eni_limits_of
from awsvpc_audit.findings import Severity

P5 = "p5.48xlarge"


def _p5_hosts(context: Context) -> Iterator[AwsvpcHost]:
    """Container instances of the one type that the rule is about."""
    return (host for host in awsvpc_hosts(context) if host.instance_type(context) == P5)


@check(
    id="ENI006",
    title="More than one awsvpc task on a p5.48xlarge",
    severity=Severity.HIGH,
    resource="instance",
    source="doc",
    statements=("S11",),
    symptoms=("place.eni", "start.eni-timeout", "start.eni-attach"),
    proof=(
        "ecs:DescribeContainerInstances attributes[ecs.instance-type]",
        "ecs:DescribeTasks attachments[ElasticNetworkInterface]",
        "ecs:DescribeServices desiredCount",
    ),
    fix="Run one awsvpc task on each p5.48xlarge: one larger task, more instances, or tasks in host mode.",
    commands=("aws ecs list-tasks --cluster {cluster} --container-instance {container_instance}",),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", TRUNKING_PAGE),
    controls=("wellarchitected/REL01-BP03",),
    subjects=_p5_hosts,
)
def more_than_one_task_on_p5(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """AWS's page on task networking allows one awsvpc task on a p5.48xlarge. More are on this one, or wanted on it.

    AWS contradicts itself: its page on trunking has 63 tasks for the same type, and 242 with a trunk. If the second
    task runs, the stricter page is wrong for this account.

    ## Why it happens
    The tasks ask for a part of the instance's CPU, memory or GPUs, so that ECS places several; or services that can
    run nowhere else want more tasks than there are such instances.

    ## What it cannot see
    Which of AWS's two pages holds. A service that could also run on another type is not counted as wanting this one.
    """
    limits = eni_limits_of(P5)
    contradiction = (
        f"AWS's page on task networking allows one on {P5}, its page on trunking "
        f"{limits.max_enis - 1 if limits else 63} ({limits.tasks_with_trunk if limits else 242} with a trunk)"
    )
    values = host.values(context)
    running = len(live_awsvpc_tasks_on(host, context.cluster))
    if running > 1:
        yield Fault(
            detail=f"{running} awsvpc tasks are on {host.label()}; {contradiction}",
            evidence=(
                type_evidence(host, P5),
                proof_of("ecs:DescribeTasks", host.id, "attachments[ElasticNetworkInterface]", running),
            ),
            values=values,
        )
        return
    bound, hosts = _bound_to_p5(host, context)
    wanted = sum(workload.desired for workload in bound)
    if wanted <= len(hosts):
        require_workloads(context)
    else:
        names = ", ".join(workload.name for workload in bound)
        yield Fault(
            detail=(
                f"{wanted} awsvpc tasks of {names} are wanted on {', '.join(sorted(hosts))}, "
                f"and no instance but {P5} can run them; {contradiction}"
            ),
            evidence=(
                type_evidence(host, P5),
                *(
                    proof_of("ecs:DescribeServices", workload.name, "desiredCount", workload.desired)
                    for workload in bound
                ),
            ),
            affected=tuple(workload.ref for workload in bound),
            values=values,
        )


def _bound_to_p5(host: AwsvpcHost, context: Context) -> tuple[list[Workload], set[str]]:
    """The workloads of a host that can run on no other type, and all the hosts that they can run on."""
    hosts_by_workload: dict[str, set[str]] = context.once("hosts of workloads on p5 only", lambda: _p5_only(context))
    bound = [workload for workload in host.workloads if workload.name in hosts_by_workload]
    return bound, set().union(*(hosts_by_workload[workload.name] for workload in bound))


def _p5_only(context: Context) -> dict[str, set[str]]:
    """The hosts of each workload that can run on no other type."""
    found: dict[str, set[str]] = {}
    elsewhere: set[str] = set()
    for host in awsvpc_hosts(context):
        for workload in host.workloads:
            found.setdefault(workload.name, set()).add(host.id)
            if host.instance_type(context) != P5:
                elsewhere.add(workload.name)
    return {name: hosts for name, hosts in found.items() if name not in elsewhere}
