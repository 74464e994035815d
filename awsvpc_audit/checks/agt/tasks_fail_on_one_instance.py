"""AGT009."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._service_events import STEADY
from awsvpc_audit.facts.messages import read_text
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import ecs
from awsvpc_audit.model.times import in_utc

_AT_LEAST = 3
"""Failures on one instance that are no chance any more."""

_REMEMBERED = timedelta(hours=1)
"""How long ECS shows a stopped task (API_DescribeTasks): what it shows together happened within this time."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@check(
    id="AGT009",
    title="Tasks fail to start on one instance while others start them",
    severity=Severity.HIGH,
    resource="instance",
    source="+",
    symptoms=(
        "start.eni-timeout",
        "start.eni-attach",
        "start.pull-auth",
        "start.pull-image",
        "start.secrets",
        "start.logging",
        "start.efs",
        "start.other",
    ),
    proof=(
        "ecs:DescribeTasks containerInstanceArn",
        "ecs:DescribeTasks stoppedReason",
        "ecs:DescribeTasks startedAt",
        "ecs:DescribeContainerInstances ec2InstanceId",
        "ecs:DescribeServices events[].message",
    ),
    fix="Drain the instance, so that ECS places its tasks elsewhere; look at the agent's log there, then replace it.",
    commands=(
        (
            "aws ecs update-container-instances-state --cluster {cluster} --container-instances {container_instance} "
            "--status DRAINING"
        ),
    ),
    references=(
        f"{DOCS_URL}/container-instance-draining.html",
        f"{DOCS_URL}/stopped-task-error-codes.html",
    ),
    subjects=awsvpc_hosts,
)
def tasks_fail_on_one_instance(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """The same task definition of the same service starts on other instances, and fails again and again on this one.

    So what the tasks need is there, and the instance is what differs: its disk, its agent, its Docker daemon, its own
    network interface, or the subnet that it puts its tasks in. ECS does not learn from it: an instance on which tasks
    fail is soon the emptiest, and gets the next ones.

    At least three failures count, at least three of four that are known, and a start on another instance within the
    hour that ECS remembers.

    ## Why it happens
    A full disk, an agent that hangs, a stale credential or DNS cache, interfaces that were attached by hand (see
    ENI002), an instance that lost its way out (see AGT010).

    ## What it cannot see
    Failures that ECS has forgotten, about an hour after they stopped, and what goes on inside the instance.
    """
    tasks = context.scope.tasks
    if not tasks.is_complete and any(workload.short for workload in host.workloads):
        raise tasks.missing()
    arn = host.container_instance.container_instance_arn
    for (group, definition), attempts in _attempts(context).get(arn, ()):
        failed = sorted((t for t in attempts if _failed_to_start(t)), key=lambda t: (_end(t), t.task_arn))
        here = [task for task in failed if task.container_instance_arn == arn]
        if 4 * len(here) < 3 * len(failed):
            continue
        bad = {task.container_instance_arn for task in failed}
        since = min(_moment(here[0].created_at) or _end(here[0]), _end(here[-1]) - _REMEMBERED)
        started = [t for t in attempts if (at := _moment(t.started_at)) is not None and at >= since]
        elsewhere = [task for task in started if task.container_instance_arn not in bad]
        if not elsewhere or _is_over(host, group, arn, started, _end(here[-1])):
            continue
        yield _fault(host, context, group, definition, here, elsewhere)


Attempts = tuple[tuple[str, str], list[ecs.Task]]


def _attempts(context: Context) -> dict[str, list[Attempts]]:
    """By instance on which at least so many tasks failed: who launched them, what, and all tasks alike anywhere."""

    def compute() -> dict[str, list[Attempts]]:
        alike: dict[tuple[str, str], list[ecs.Task]] = {}
        for task in context.scope.tasks.known():
            if task.container_instance_arn:
                alike.setdefault((task.group or "", task.task_definition_arn or ""), []).append(task)
        found: dict[str, list[Attempts]] = {}
        for key, tasks in sorted(alike.items()):
            failures = Counter(t.container_instance_arn or "" for t in tasks if _failed_to_start(t))
            for arn in (arn for arn, count in failures.items() if count >= _AT_LEAST):
                # Clusters may have services of one name: the instance tells which one it is.
                cluster = next(t.cluster_arn for t in tasks if t.container_instance_arn == arn)
                found.setdefault(arn, []).append((key, [t for t in tasks if t.cluster_arn == cluster]))
        return found

    attempts: dict[str, list[Attempts]] = context.once("attempts by instance", compute)
    return attempts


def _failed_to_start(task: ecs.Task) -> bool:
    if not task.is_stopped or task.started_at is not None:
        return False
    return task.stop_code == "TaskFailedToStart" or (
        task.stop_code is None and (read_text(task.stopped_reason or "").code or "").startswith("start.")
    )


def _is_over(host: AwsvpcHost, group: str, arn: str, started: list[ecs.Task], last_failure: datetime) -> bool:
    """Whether a task started here after the last failure, or the service has been well since."""
    if any(t.container_instance_arn == arn and (_moment(t.started_at) or _NEVER) > last_failure for t in started):
        return True
    services = (w.service for w in host.workloads if w.service and group == f"service:{w.name}")
    return any(
        STEADY in event.message and (_moment(event.created_at) or _NEVER) > last_failure
        for service in services
        for event in service.events
    )


def _fault(
    host: AwsvpcHost,
    context: Context,
    group: str,
    definition: str,
    failed: list[ecs.Task],
    elsewhere: list[ecs.Task],
) -> Fault:
    short_name = definition.rsplit("/", 1)[-1]
    owner = next(
        (w.ref for w in host.workloads if w.service and group == f"service:{w.name}"),
        ResourceRef(type="task", id=short_name),
    )
    names = {i.container_instance_arn: i.instance_id for i in context.scope.container_instances.known()}
    others = sorted({names.get(arn, arn.rsplit("/", 1)[-1]) for t in elsewhere if (arn := t.container_instance_arn)})
    listed = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
    return Fault(
        detail=(
            f"{len(failed)} tasks of {owner.id} failed to start on {host.label()}, the last one at "
            f"{_end(failed[-1]):%Y-%m-%dT%H:%M:%SZ}; meanwhile {len(elsewhere)} of {short_name} started on {listed}"
        ),
        evidence=(
            *(
                proof_of("ecs:DescribeTasks", task.task_id, "stoppedReason", task.stopped_reason or task.stop_code)
                for task in failed[-_AT_LEAST:]
            ),
            proof_of("ecs:DescribeTasks", host.id, "containerInstanceArn", f"{len(failed)} failed to start"),
            *(
                proof_of(
                    "ecs:DescribeTasks", task.task_id, "startedAt", f"{_moment(task.started_at):%Y-%m-%dT%H:%M:%SZ}"
                )
                for task in elsewhere[:2]
            ),
        ),
        affected=(owner,),
        values=host.values(context),
    )


def _end(task: ecs.Task) -> datetime:
    return _moment(task.stopped_at or task.stopping_at or task.created_at) or _NEVER + _REMEMBERED


def _moment(at: datetime | None) -> datetime | None:
    return None if at is None else in_utc(at)
