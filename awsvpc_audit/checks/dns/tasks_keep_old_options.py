"""DNS004."""

from collections.abc import Iterator
from datetime import UTC, datetime

from awsvpc_audit.analyzers.changes import Change, changes_of
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.checks.dns._servers import own_servers
from awsvpc_audit.findings import Severity
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.times import in_utc

_CALL = "AssociateDhcpOptions"


@check(
    id="DNS004",
    title="Running tasks keep the DHCP options that the VPC had before",
    severity=Severity.MEDIUM,
    resource="service",
    source="doc",
    statements=("S26", "S34"),
    symptoms=("run.exit", "run.health-elb", "run.health-container"),
    proof=(
        "cloudtrail:LookupEvents EventTime",
        "cloudtrail:LookupEvents CloudTrailEvent",
        "ecs:DescribeTasks startedAt",
        "ec2:DescribeSubnets VpcId",
        "ec2:DescribeVpcs DhcpOptionsId",
        "ec2:DescribeDhcpOptions DhcpConfigurations[domain-name-servers]",
    ),
    fix="Replace the tasks that started before the change: force a new deployment of the service.",
    commands=("aws ecs update-service --cluster {cluster} --service {service} --force-new-deployment",),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/DHCPOptionSetConcepts.html",
    ),
    subjects=awsvpc_workloads,
)
def tasks_keep_old_options(workload: Workload, context: Context) -> Iterator[Fault]:
    """A task takes the DHCP options of its VPC when it starts, and keeps them until it is replaced.

    The options of this VPC were exchanged while tasks ran. Those still ask the old DNS servers, and put the old domain
    name behind short names; tasks that start now, and EC2 instances after some hours, use the new ones.

    ## Why it happens
    DHCP options are exchanged for a whole VPC, by whoever looks after DNS there; instances renew their lease, and
    nobody thinks of the tasks.

    ## What it cannot see
    Changes of more than 90 days ago, which CloudTrail's event history does not hold. Nor what the options were before:
    the tasks may do without the difference.
    """
    if not any(True for _ in _running(workload)) and context.scope.tasks.is_complete:
        return
    vpcs = {
        subnet.vpc_id
        for subnet in map(context.scope.subnets.peek, workload.subnets)
        if subnet is not None and subnet.vpc_id is not None
    }
    found = [
        (vpc_id, change, at)
        for change in _exchanges(context)
        for vpc_id in sorted(vpcs.intersection(change.ids))
        if (at := _moment(change.at)) is not None
    ]
    if not found:
        _require_nothing_hidden(workload, vpcs, context)
        return
    context.scope.tasks.require()
    vpc_id, change, at = max(found, key=lambda each: each[2])
    stale = [task for task in _running(workload) if _is_in(task, vpc_id, context) and _started(task) < at]
    if stale:
        yield _fault(workload, context, vpc_id, change, at, stale)


def _exchanges(context: Context) -> tuple[Change, ...]:
    """When DHCP options were exchanged, out of whatever else was changed; read once for all workloads."""
    found: tuple[Change, ...] = context.once(
        "exchanges of DHCP options", lambda: tuple(c for c in changes_of(context.scope) if c.call == _CALL)
    )
    return found


def _require_nothing_hidden(workload: Workload, vpcs: set[str], context: Context) -> None:
    """Raise `NotCollectedError` where a change may have happened that matters: to DNS servers of the owner's own.

    A VPC with Amazon's DNS server most likely never had others. A change that was read may be one of a subnet's VPC.
    """
    if any(change.call == _CALL for change in changes_of(context.scope)):
        for subnet_id in workload.subnets:
            context.scope.subnets.get(subnet_id)
    for vpc_id in sorted(vpcs):
        try:
            servers = own_servers(vpc_id, context)
        except NotCollectedError:
            continue
        if servers is not None:
            context.scope.trail_events.require_key(_CALL)


def _running(workload: Workload) -> Iterator[ecs.Task]:
    return (task for task in workload.tasks if task.last_status == "RUNNING" and task.started_at is not None)


def _is_in(task: ecs.Task, vpc_id: str, context: Context) -> bool:
    subnet = context.scope.subnets.peek(task.subnet_id or "")
    return subnet is not None and subnet.vpc_id == vpc_id


def _started(task: ecs.Task) -> datetime:
    return _moment(task.started_at) or datetime.max.replace(tzinfo=UTC)


def _fault(
    workload: Workload, context: Context, vpc_id: str, change: Change, at: datetime, stale: list[ecs.Task]
) -> Fault:
    by = f" by {change.by}" if change.by else ""
    options = next((id_ for id_ in change.ids if id_.startswith("dopt-")), "other DHCP options")
    values = {"cluster": context.cluster.name}
    values |= {"service": workload.name} if workload.service else {}
    return Fault(
        detail=(
            f"{vpc_id} got {options} at {_text(at)}{by}; {len(stale)} running task{'s' if len(stale) > 1 else ''} of "
            f"{workload.name} started before that and keep{'' if len(stale) > 1 else 's'} the old ones"
        ),
        evidence=(
            proof_of("cloudtrail:LookupEvents", vpc_id, "EventTime", f"{_CALL} {options} {_text(at)}"),
            *(
                proof_of("ecs:DescribeTasks", task.task_id, "startedAt", _text(_started(task)))
                for task in sorted(stale, key=lambda task: (_started(task), task.task_arn))[:5]
            ),
        ),
        affected=(workload.ref,),
        values=values,
    )


def _text(at: datetime) -> str:
    return f"{in_utc(at):%Y-%m-%dT%H:%M:%SZ}"


def _moment(at: datetime | None) -> datetime | None:
    return None if at is None else in_utc(at)
