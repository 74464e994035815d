"""Launches out of CloudTrail: who called RunTask for what, on which network, and what AWS answered.

A launch that AWS refuses leaves no task and no event behind: the answer goes to the caller, and into the trail.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from awsvpc_audit.analyzers.changes import caller_of, record_of
from awsvpc_audit.analyzers.launchers import REFUSED, Launch
from awsvpc_audit.facts.messages import Reading, read_text
from awsvpc_audit.model import cloudtrail, tables
from awsvpc_audit.model.scope import Scope, cluster_name
from awsvpc_audit.model.times import in_utc

CALLS = frozenset({"RunTask", "StartTask", "CreateService"})
"""Calls that launch tasks, or a service."""

_STARTED_BY = {"events-rule": "events:rule/", "chronos-schedule": "scheduler:schedule/"}
"""What EventBridge and its Scheduler begin `startedBy` with, and how their launchers are called.

Source: stopped tasks of production accounts; AWS documents neither.
"""

_STEP_FUNCTIONS = "AWS Step Functions"

_STARTED_BY_LENGTH = 36
"""`startedBy` holds so many characters; longer names are cut.

Source: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

_DEFINITION = re.compile(r"arn:[^:\s]+:ecs:[^:\s]+:\d+:task-definition/[\w-]+(?::\d+)?")

_NO_NETWORK = "Network Configuration must be provided"
"""How ECS refuses to run a task in awsvpc mode without an awsvpcConfiguration."""

REQUEST_MEMBERS = frozenset(
    {
        *("cluster", "taskDefinition", "serviceName", "startedBy", "launchType", "platformVersion"),
        *("networkConfiguration", "capacityProviderStrategy"),
    }
)
"""What is read of a request. Overrides, tags and the like may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLaunch:
    """One call that launches tasks.

    Attributes:
        call: `RunTask`, `StartTask` or `CreateService`.
        at: when.
        by: who called, see `Change.by`.
        cluster: name of the cluster; ``None`` where AWS recorded a refusal without the request.
        task_definition: ARN, family or `family:revision`, as requested.
        service: name of the service, of `CreateService`.
        started_by: as requested: EventBridge writes `events-rule/NAME` there, its Scheduler `chronos-schedule/NAME`.
        launch_type, platform_version, capacity_providers: as requested.
        has_configuration: whether the request has an awsvpcConfiguration, or AWS says that it lacks one.
        subnets, security_groups: of that.
        assign_public_ip: whether it asks for a public address.
        refusals: the words in which AWS refused it, one for each task; empty where all were launched.
        tasks: ARNs of the tasks that AWS answers that it launches.
    """

    call: str
    at: datetime | None
    by: str | None
    cluster: str | None
    task_definition: str = ""
    service: str | None = None
    started_by: str | None = None
    launch_type: str | None = None
    platform_version: str | None = None
    capacity_providers: tuple[str, ...] = ()
    has_configuration: bool = False
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False
    refusals: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The family of the task definition."""
        return self.task_definition.rsplit("/", 1)[-1].partition(":")[0]

    @property
    def found_no_room(self) -> bool:
        """Whether it was refused because there was no place for a task."""
        return any((read_refusal(text).code or "").startswith("place.") for text in self.refusals)


def read_refusal(text: str) -> Reading:
    """What a refusal says: in the words of its reason, whatever details follow them."""
    reading = read_text(text)
    return reading if reading.message is not None else read_text(text.partition(": ")[0])


def recorded_launches(scope: Scope, cluster: str) -> tuple[RecordedLaunch, ...]:
    """The launches into a cluster that were read, oldest first, and those of which nobody knows into which.

    Args:
        scope: the account and Region.
        cluster: the cluster's name.
    """
    found = [
        launch
        for event in scope.trail_events.known()
        if event.event_name in CALLS and (launch := _launch(event)) is not None and launch.cluster in {cluster, None}
    ]
    return tuple(sorted(found, key=lambda launch: (launch.at is not None, str(launch.at), launch.family)))


def launcher_of(recorded: RecordedLaunch, launches: Iterable[Launch]) -> Launch | None:
    """Which launcher made a call, as far as it says so; ``None`` where somebody else did, or several may have.

    Args:
        recorded: the call.
        launches: the launchers of its cluster.
    """
    kind, _, name = (recorded.started_by or "").partition("/")
    is_cut = len(recorded.started_by or "") >= _STARTED_BY_LENGTH
    found = []
    for launch in launches:
        own = launch.ref.id.rpartition("/")[2]
        if recorded.cluster is None:
            is_it = _family(launch) == recorded.family
        elif kind in _STARTED_BY and launch.ref.id.startswith(_STARTED_BY[kind]):
            is_it = own.startswith(name) if is_cut else own == name
        elif kind == _STEP_FUNCTIONS or (not kind and launch.path.startswith("Target.Input")):
            is_it = (launch.ref.id.startswith("states:") or not kind) and _is_alike(recorded, launch)
        else:
            is_it = False
        if is_it:
            found.append(launch)
    return found[0] if len(found) == 1 else None


def _family(launch: Launch) -> str:
    return (launch.task_definition or "").rsplit("/", 1)[-1].partition(":")[0]


def unread_launches(scope: Scope) -> tuple[str, ...]:
    """The operation that tells of refused launches, where AWS refused it; empty otherwise.

    Nearly all snapshots made by hand are without: that is no refusal.
    """
    operation = tables.TRAIL_EVENTS.operation
    return (operation,) if any(m.operation == operation and m.error in REFUSED for m in scope.missing) else ()


def _is_alike(recorded: RecordedLaunch, launch: Launch) -> bool:
    return _family(launch) == recorded.family and (
        launch.is_partly_dynamic or set(launch.subnets) == set(recorded.subnets)
    )


def _launch(event: cloudtrail.Event) -> RecordedLaunch | None:
    record = record_of(event.cloud_trail_event)
    request = _members(record, "requestParameters")
    answer = _members(record, "responseElements")
    refusals = tuple(_refusals(record, answer))
    is_told = bool(request)
    if not is_told:
        # Of a call that the caller may not make AWS may leave the request out; its words still name the definition.
        named = _DEFINITION.search(" ".join(refusals))
        if named is None:
            return None
        request = {"taskDefinition": named[0]}
    network = _members(request, "networkConfiguration", "awsvpcConfiguration")
    strategy, tasks = request.get("capacityProviderStrategy"), answer.get("tasks")
    return RecordedLaunch(
        call=event.event_name or "?",
        at=in_utc(event.event_time) if event.event_time is not None else None,
        by=caller_of(record.get("userIdentity"), event.username),
        # RunTask takes the cluster named `default` where none is given.
        cluster=cluster_name(str(request.get("cluster") or "default")) if is_told else None,
        task_definition=str(request.get("taskDefinition") or ""),
        service=_text(request, "serviceName"),
        started_by=_text(request, "startedBy"),
        launch_type=_text(request, "launchType"),
        platform_version=_text(request, "platformVersion"),
        capacity_providers=tuple(
            str(item["capacityProvider"])
            for item in (strategy if isinstance(strategy, list) else ())
            if isinstance(item, dict) and item.get("capacityProvider")
        ),
        has_configuration=bool(network) or any(_NO_NETWORK.lower() in text.lower() for text in refusals),
        subnets=_texts(network, "subnets"),
        security_groups=_texts(network, "securityGroups"),
        assign_public_ip=network.get("assignPublicIp") == "ENABLED",
        refusals=refusals,
        tasks=tuple(
            str(task["taskArn"])
            for task in (tasks if isinstance(tasks, list) else ())
            if isinstance(task, dict) and task.get("taskArn")
        ),
    )


def _refusals(record: dict[str, Any], answer: dict[str, Any]) -> Iterable[str]:
    """What AWS says: an error for the whole call, or a failure for each task that found no place."""
    if record.get("errorCode"):
        message = record.get("errorMessage")
        yield f"{record['errorCode']}: {message}" if message else str(record["errorCode"])
        return
    failures = answer.get("failures")
    for failure in failures if isinstance(failures, list) else ():
        if isinstance(failure, dict) and failure.get("reason"):
            detail = failure.get("detail")
            yield f"{failure['reason']}: {detail}" if detail else str(failure["reason"])


def _members(holder: Any, *names: str) -> dict[str, Any]:
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) else {}


def _text(holder: dict[str, Any], name: str) -> str | None:
    value = holder.get(name)
    return value if isinstance(value, str) and value else None


def _texts(holder: dict[str, Any], name: str) -> tuple[str, ...]:
    value = holder.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
