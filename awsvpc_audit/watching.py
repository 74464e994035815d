"""Rounds of a watch: read again and again, audit, and say what is otherwise than in the round before.

Time comes from outside: a clock, and a way to wait.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from awsvpc_audit import __version__
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.baseline import Baseline, BaselineAudit, compared, first_known
from awsvpc_audit.checks._base import Context
from awsvpc_audit.errors import AwsvpcAuditError
from awsvpc_audit.findings import (
    AuditResult,
    BaselineComparison,
    Collection,
    DeploymentSeen,
    RoundChanges,
    ServiceChange,
    ServiceSeen,
    Status,
    Tool,
    WatchRound,
)
from awsvpc_audit.model import ecs, tables
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot, encode
from awsvpc_audit.model.times import in_utc

KEEP_FOR = timedelta(hours=12)
"""How long a stopped task is kept after it stopped: a shift. ECS itself forgets it after about an hour."""

KEEP_MOST = 2000
"""How many stopped tasks are kept at most, the newest."""

Row = dict[str, Any]

Read = Callable[[], tuple[Snapshot, Collection]]
"""Reads the account once."""

ContextOf = Callable[[Model], Context]
"""Finds the cluster, and the services that it is narrowed to, in what was read."""

Audit = Callable[[Context, Collection], AuditResult]


class _Kept(NamedTuple):
    stopped_at: datetime
    row: Row


class StoppedTasks:
    """Stopped tasks that a watch has seen, with their task definitions, for as long as they are worth something."""

    def __init__(self, *, keep_for: timedelta = KEEP_FOR, most: int = KEEP_MOST) -> None:
        """Remember nothing yet.

        Args:
            keep_for: how long after a task stopped.
            most: how many.
        """
        self._keep_for = keep_for
        self._most = most
        self._tasks: dict[tuple[str, str], dict[str, _Kept]] = {}
        self._definitions: dict[tuple[str, str], dict[str, Row]] = {}

    def merged(self, snapshot: Snapshot, now: datetime) -> tuple[Snapshot, int]:
        """The snapshot with the stopped tasks of earlier rounds that AWS no longer tells, and how many those are.

        What is in the snapshot is remembered for the next one. A task that AWS still tells is as AWS tells it.
        """
        added = 0
        scopes = []
        for scope in snapshot.scopes:
            merged, more = self._with_earlier(scope, now)
            scopes.append(merged)
            added += more
        return Snapshot(scopes=tuple(scopes), created_at=snapshot.created_at, tool_version=snapshot.tool_version), added

    def _with_earlier(self, scope: ScopeSnapshot, now: datetime) -> tuple[ScopeSnapshot, int]:
        place = (scope.account, scope.region)
        told = {str(row.get("taskArn")): row for row in _rows(scope, tables.TASKS)}
        kept = self._tasks.setdefault(place, {})
        earlier = [arn for arn in sorted(kept) if arn not in told and self._is_recent(kept[arn], now)]
        rows = [*told.values(), *(kept[arn].row for arn in earlier)]
        kept.update(
            {
                arn: _Kept(_stopped_at(row) or now, row)
                for arn, row in told.items()
                if row.get("lastStatus") == "STOPPED"
            }
        )
        self._forget(kept, now)

        definitions = {str(row.get("taskDefinitionArn")): row for row in _rows(scope, tables.TASK_DEFINITIONS)}
        known = {**self._definitions.get(place, {}), **definitions}
        used = {str(each.row.get("taskDefinitionArn")) for each in kept.values()}
        self._definitions[place] = {arn: row for arn, row in known.items() if arn in used}
        needed = {str(kept[arn].row.get("taskDefinitionArn")) for arn in earlier if arn in kept}
        lost = [known[arn] for arn in sorted(needed - definitions.keys()) if arn in known]
        responses = dict(scope.responses)
        if earlier:
            responses[tables.TASKS.file_stem] = encode({tables.TASKS.result_key: rows})
        if lost:
            stem, key = tables.TASK_DEFINITIONS.file_stem, tables.TASK_DEFINITIONS.result_key
            responses[stem] = encode({key: [*definitions.values(), *lost]})
        return (
            ScopeSnapshot(
                account=scope.account,
                region=scope.region,
                responses=responses,
                global_responses=scope.global_responses,
                missing=scope.missing,
                clusters=scope.clusters,
                where=scope.where,
            ),
            len(earlier),
        )

    def _is_recent(self, task: _Kept, now: datetime) -> bool:
        return now - task.stopped_at <= self._keep_for

    def _forget(self, kept: dict[str, _Kept], now: datetime) -> None:
        """Drop what is too old, and the oldest of what is too much."""
        newest = sorted(kept, key=lambda arn: (kept[arn].stopped_at, arn), reverse=True)
        for place, arn in enumerate(newest):
            if place >= self._most or not self._is_recent(kept[arn], now):
                del kept[arn]


def _rows(scope: ScopeSnapshot, spec: tables.TableSpec[Any]) -> list[Row]:
    content = scope.responses.get(spec.file_stem)
    if content is None:
        return []
    rows: list[Row] = msgspec.json.decode(content).get(spec.result_key) or []
    return rows


def _stopped_at(row: Row) -> datetime | None:
    try:
        return in_utc(msgspec.convert(row.get("stoppedAt") or row.get("stoppingAt"), datetime))
    except msgspec.ValidationError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One round with what it rests on; of a round that failed only the record."""

    record: WatchRound
    result: AuditResult | None = None
    snapshot: Snapshot | None = None


class Watch:
    """Reads and audits a cluster round by round, and remembers what it needs to say what changed.

    A round that cannot be read, or not wholly, does not make anything fixed: what failed before is held against the
    next round that can tell.
    """

    def __init__(
        self,
        *,
        read: Read,
        context_of: ContextOf,
        audit: Audit,
        clock: Callable[[], datetime],
        stopped_tasks: StoppedTasks | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            read: reads the account.
            context_of: finds the cluster in it.
            audit: audits it.
            clock: gives the time, aware.
            stopped_tasks: what to remember stopped tasks with.
        """
        self._read = read
        self._context_of = context_of
        self._audit = audit
        self._clock = clock
        self._stopped_tasks = stopped_tasks or StoppedTasks()
        self._last: AuditResult | None = None
        """The last round's audit, with what failed before and could not be told since."""
        self._services: tuple[ServiceSeen, ...] | None = None

    def round(self, number: int) -> Watched:
        """Read and audit once.

        Args:
            number: of the round, from 1.

        Raises:
            AwsvpcAuditError: nothing can be read, and never could be.
        """
        started = self._clock()
        try:
            return self._told(number, started)
        except AwsvpcAuditError as error:
            if self._last is None:
                raise
            return Watched(
                record=WatchRound(
                    tool=_TOOL, number=number, started_at=started, finished_at=self._clock(), error=str(error)
                )
            )

    def _told(self, number: int, started: datetime) -> Watched:
        read, collection = self._read()
        snapshot, kept = self._stopped_tasks.merged(read, started)
        context = self._context_of(Model.of(snapshot))
        result = self._audit(context, collection)
        services = services_seen(context)
        changes = None
        if self._last is not None:
            changes = self._changes(result, context, services)
        self._remember(result, context, services, changes)
        return Watched(
            record=WatchRound(
                tool=_TOOL,
                number=number,
                started_at=started,
                finished_at=self._clock(),
                scope=result.scope,
                summary=result.summary,
                kept_tasks=kept,
                services=services,
                changes=changes,
            ),
            result=result,
            snapshot=snapshot,
        )

    def _changes(
        self, result: AuditResult, context: Context, services: tuple[ServiceSeen, ...] | None
    ) -> RoundChanges | None:
        if self._last is None:
            return None
        narrowed = compared(result, _as_baseline(self._last))
        comparison = narrowed.baseline or BaselineComparison(created_at=None, new=0)
        gone = compared(self._last, _as_baseline(result)).diagnoses if _tells_trouble(context) else ()
        failing = tuple(finding for finding in narrowed.findings if finding.status is Status.FAIL)
        return RoundChanges(
            new=failing,
            not_known_before=first_known(failing, self._last.findings),
            fixed=comparison.fixed,
            undetermined=comparison.undetermined,
            diagnoses_came=narrowed.diagnoses,
            diagnoses_gone=gone,
            services=() if self._services is None or services is None else service_changes(self._services, services),
        )

    def _remember(
        self,
        result: AuditResult,
        context: Context,
        services: tuple[ServiceSeen, ...] | None,
        changes: RoundChanges | None,
    ) -> None:
        last = result
        if self._last is not None and changes is not None:
            last = msgspec.structs.replace(last, findings=(*last.findings, *changes.undetermined))
            if not _tells_trouble(context):
                told = {diagnosis.subject for diagnosis in result.diagnoses}
                carried = tuple(each for each in self._last.diagnoses if each.subject not in told)
                last = msgspec.structs.replace(last, diagnoses=(*last.diagnoses, *carried))
        self._last = last
        self._services = services if services is not None else self._services


_TOOL = Tool(name="awsvpc-audit", version=__version__)


def rounds(
    watch: Watch,
    *,
    interval: float,
    count: int | None,
    monotonic: Callable[[], float],
    wait: Callable[[float], None],
) -> Iterator[Watched]:
    """Round after round, each started `interval` after the start of the one before, or when that has ended.

    Args:
        watch: what to do in each.
        interval: seconds from start to start.
        count: how many; ``None`` for no end.
        monotonic: seconds of a clock that only goes forward.
        wait: waits for so many seconds.

    Raises:
        AwsvpcAuditError: the first one could read nothing.
    """
    number = 0
    while True:
        number += 1
        started = monotonic()
        yield watch.round(number)
        if count is not None and number >= count:
            return
        wait(max(0.0, started + interval - monotonic()))


def services_seen(context: Context) -> tuple[ServiceSeen, ...] | None:
    """The watched services as ECS counts them, by name; ``None`` where not all were read."""
    if not context.scope.services.is_complete:
        return None
    cluster: Cluster = context.cluster
    return tuple(
        _seen(service)
        for service in cluster.services
        if not context.services or service.service_name in context.services
    )


def _seen(service: ecs.Service) -> ServiceSeen:
    return ServiceSeen(
        name=service.service_name,
        desired=service.desired_count,
        running=service.running_count,
        pending=service.pending_count,
        deployments=tuple(
            DeploymentSeen(
                id=each.id or "?",
                status=each.status,
                rollout_state=each.rollout_state,
                task_definition=each.task_definition.rsplit("/", 1)[-1] if each.task_definition else None,
                desired=each.desired_count,
                running=each.running_count,
                pending=each.pending_count,
                failed_tasks=each.failed_tasks,
            )
            for each in sorted(service.deployments, key=lambda each: each.id or "?")
        ),
    )


def service_changes(old: tuple[ServiceSeen, ...], new: tuple[ServiceSeen, ...]) -> tuple[ServiceChange, ...]:
    """What is otherwise with services, by name."""
    before, after = ({service.name: service for service in each} for each in (old, new))
    found: list[ServiceChange] = []
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            words = ("there" if name in before else None, "there" if name in after else None)
            found.append(ServiceChange(service=name, field=None, old=words[0], new=words[1]))
            continue
        was, is_ = _members(before[name]), _members(after[name])
        for field in {**is_, **was}:
            if was.get(field) != is_.get(field):
                found.append(ServiceChange(service=name, field=field, old=was.get(field), new=is_.get(field)))
    return tuple(found)


def _members(service: ServiceSeen) -> dict[str, str | int | None]:
    """What is watched of a service, by AWS's path."""
    found: dict[str, str | int | None] = {
        "desiredCount": service.desired,
        "runningCount": service.running,
        "pendingCount": service.pending,
    }
    for deployment in service.deployments:
        place = f"deployments[{deployment.id}]"
        found[f"{place}.status"] = deployment.status
        found[f"{place}.taskDefinition"] = deployment.task_definition
        found[f"{place}.rolloutState"] = deployment.rollout_state
        found[f"{place}.failedTasks"] = deployment.failed_tasks or None
    return found


def _tells_trouble(context: Context) -> bool:
    """Whether who is in trouble could be told."""
    return context.scope.services.is_complete and context.scope.tasks.is_complete


def _as_baseline(result: AuditResult) -> Baseline:
    scope = result.scope
    audit = BaselineAudit(scope=scope, diagnoses=result.diagnoses, findings=result.findings)
    return Baseline(Path("the last round"), {(scope.account, scope.region, scope.cluster): audit})
