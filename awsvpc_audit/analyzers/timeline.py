"""What happened to a cluster, in order: events, stopped tasks, deployments, scaling, and who changed the network."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from awsvpc_audit.analyzers.changes import Change, changes_of
from awsvpc_audit.analyzers.footprints import footprint_of
from awsvpc_audit.analyzers.recorded_launches import launcher_of, read_refusal, recorded_launches
from awsvpc_audit.analyzers.symptoms import symptom_of
from awsvpc_audit.analyzers.workloads import Cluster, Compute, family_of, is_standalone
from awsvpc_audit.facts.messages import MAX_TEXT, NOT_A_FAILURE, UNCLASSIFIED, read_text
from awsvpc_audit.findings import Timeline, TimelineEntry
from awsvpc_audit.model import ecs, tables
from awsvpc_audit.model.scope import cluster_name
from awsvpc_audit.model.times import in_utc

_VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{16,}\b|\b\d+(?:\.\d+){3}(?::\d+)?\b|\b\d+\b")
"""What differs between repeats of one text: ids of tasks and instances, addresses, numbers."""

_UNDOING = ("Delete", "Detach", "Disassociate", "Release")
"""Beginnings of calls that leave nothing behind: whose it was can no longer be told."""

_NETWORK: tuple[tables.TableSpec[Any], ...] = (
    *(tables.VPCS, tables.SUBNETS, tables.ROUTE_TABLES, tables.NETWORK_ACLS, tables.SECURITY_GROUPS),
    *(tables.NAT_GATEWAYS, tables.INTERNET_GATEWAYS, tables.VPC_ENDPOINTS, tables.NETWORK_INTERFACES),
)

_READ: tuple[tables.TableSpec[Any], ...] = (tables.SERVICES, tables.TASKS, tables.TRAIL_EVENTS)


def timeline_of(cluster: Cluster, *, since: datetime | None = None, until: datetime | None = None) -> Timeline:
    """The timeline of a cluster.

    Args:
        cluster: the cluster.
        since: leave out what was before.
        until: when the state was read.

    Returns:
        Entries, oldest first: repeats of a failure are one entry, repeats of anything else where they follow each
        other. The last change before the first failure is marked, where there is one.
    """
    since = _aware(since)
    found = [
        entry
        for entry in (
            *(*_of_services(cluster), *_of_tasks(cluster), *_of_launches(cluster)),
            *(*_of_scaling(cluster), *_of_changes(cluster)),
        )
        if since is None or entry.at is None or entry.at >= since
    ]
    entries = _folded(sorted(found, key=_order))
    first = next((entry.at for entry in entries if entry.is_failure and entry.at is not None), None)
    missing = [op for table in _READ for op in _gap(cluster, table)]
    return Timeline(
        cluster=cluster.name,
        since=since,
        until=_aware(until),
        first_failure=first,
        entries=tuple(_marked(entries, first)),
        missing=tuple(dict.fromkeys(missing)),
    )


def newest(cluster: Cluster) -> datetime | None:
    """When the newest thing happened that has a time; ``None`` where nothing has."""
    return max((entry.until or entry.at for entry in timeline_of(cluster).entries if entry.at), default=None)


def _gap(cluster: Cluster, table: tables.TableSpec[Any]) -> tuple[str, ...]:
    rows = cluster.scope.table(table)
    return () if rows.is_complete else rows.missing().operations


def _order(entry: TimelineEntry) -> tuple[object, ...]:
    # What AWS gives no time for stands first; at one moment a change comes before what it causes.
    return (
        entry.at or datetime.min.replace(tzinfo=UTC),
        entry.kind != "change",
        entry.kind,
        entry.subject,
        entry.text,
    )


# What ECS says.


def _of_services(cluster: Cluster) -> Iterator[TimelineEntry]:
    for service in cluster.services:
        for event in service.events:
            reading = read_text(event.message)
            is_steady = reading.message is not None and reading.message.is_steady
            code = None if is_steady else reading.code
            yield TimelineEntry(
                at=_aware(event.created_at),
                kind="event",
                subject=service.service_name,
                text=event.message,
                symptom=code if code != UNCLASSIFIED else None,
                is_failure=_is_failure(code),
            )
        for deployment in service.deployments:
            yield from _of_deployment(service, deployment)


def _of_deployment(service: ecs.Service, deployment: ecs.Deployment) -> Iterator[TimelineEntry]:
    definition = (deployment.task_definition or "").rsplit("/", 1)[-1]
    if deployment.created_at is not None:
        yield TimelineEntry(
            at=_aware(deployment.created_at),
            kind="deployment",
            subject=service.service_name,
            text=f"{deployment.id or 'deployment'} begins, with {definition or 'its task definition'}",
        )
    if deployment.rollout_state == "FAILED":
        yield TimelineEntry(
            at=_aware(deployment.updated_at or deployment.created_at),
            kind="deployment",
            subject=service.service_name,
            text=deployment.rollout_state_reason or f"{deployment.id or 'deployment'} failed",
            symptom="service.unsteady",
            is_failure=True,
        )


def _of_tasks(cluster: Cluster) -> Iterator[TimelineEntry]:
    deployments = {d.id: s.service_name for s in cluster.services for d in s.deployments if d.id}
    for task in cluster.scope.tasks.known():
        if not task.is_stopped or task.cluster_arn is None or cluster_name(task.cluster_arn) != cluster.name:
            continue
        symptom = symptom_of(task)
        yield TimelineEntry(
            at=_aware(symptom.at),
            kind="stopped",
            subject=_owner(task, deployments),
            text=f"{task.task_id}: {symptom.text}",
            symptom=symptom.code if symptom.code != UNCLASSIFIED else None,
            is_failure=symptom.code not in NOT_A_FAILURE and not _ended_well(task),
        )


def _owner(task: ecs.Task, deployments: dict[str, str]) -> str:
    if is_standalone(task):
        return family_of(task) or task.task_id
    group = task.group or ""
    if group.startswith("service:"):
        return group.removeprefix("service:")
    return deployments.get(task.started_by or "", family_of(task))


def _ended_well(task: ecs.Task) -> bool:
    return task.stop_code == "EssentialContainerExited" and all(c.exit_code in {None, 0} for c in task.containers)


def _is_failure(code: str | None) -> bool:
    return code is not None and code != UNCLASSIFIED and code not in NOT_A_FAILURE


def _of_launches(cluster: Cluster) -> Iterator[TimelineEntry]:
    """Launches that AWS refused; of the others the tasks and services tell."""
    for call in recorded_launches(cluster.scope, cluster.name):
        launcher = launcher_of(call, cluster.launches)
        if call.cluster is None and launcher is None:
            continue
        for text in call.refusals:
            code = read_refusal(text).code
            yield TimelineEntry(
                at=call.at,
                kind="launch",
                subject=launcher.ref.id if launcher else call.service or call.family or call.call,
                text=f"{call.call}: {text}",
                symptom=code if code != UNCLASSIFIED else None,
                by=call.by,
                is_failure=True,
            )


# What else there is.


def _of_scaling(cluster: Cluster) -> Iterator[TimelineEntry]:
    for activity in cluster.scope.scaling_activities.known():
        text = " ".join(part for part in (activity.description, activity.status_message) if part)
        yield TimelineEntry(
            at=_aware(activity.start_time),
            kind="scaling",
            subject=activity.auto_scaling_group_name or "?",
            text=text or activity.cause or activity.activity_id,
            is_failure=activity.status_code == "Failed",
        )


def _of_changes(cluster: Cluster) -> Iterator[TimelineEntry]:
    concerned, names = _resources(cluster)
    known = _known_ids(cluster)
    for change in changes_of(cluster.scope):
        if not _touches(change, concerned, names, known):
            continue
        yield TimelineEntry(
            at=_aware(change.at),
            kind="change",
            subject=(*change.ids, *change.names, change.call)[0],
            text=change.text,
            by=change.by,
            resources=change.ids,
        )


def _touches(change: Change, concerned: frozenset[str], names: frozenset[str], known: frozenset[str]) -> bool:
    if concerned & set(change.ids) or names & set(change.names):
        return True
    if "AccountSetting" in change.call or "BlockPublicAccess" in change.call:
        return True
    # What is gone is in no table any more: it may have been on the way.
    return change.call.startswith(_UNDOING) and bool(change.ids) and not known & set(change.ids)


def _resources(cluster: Cluster) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of what the cluster's traffic passes, and names of its services and roles."""
    ids: set[str] = set()
    names = {cluster.name}
    scope = cluster.scope
    for workload in cluster.awsvpc_workloads:
        on_hosts = workload.compute in {Compute.EC2, None}
        footprint = footprint_of(cluster, workload.subnets, workload.security_groups, on_hosts=on_hosts)
        ids |= footprint.of_tasks | footprint.of_hosts | set(workload.subnets) | set(workload.security_groups)
        if workload.service is not None:
            names.add(workload.name)
        definition = scope.task_definitions.peek(workload.task_definition_arn or "")
        for role in (definition.execution_role_arn, definition.task_role_arn) if definition else ():
            if role:
                names.add(role.rsplit("/", 1)[-1])
    subnets = (scope.subnets.peek(subnet) for subnet in sorted(ids))
    ids |= {subnet.vpc_id for subnet in subnets if subnet is not None and subnet.vpc_id}
    passed = {table.route_table_id: table.associations for table in scope.route_tables.known()}
    filtered = {acl.network_acl_id: acl.associations for acl in scope.network_acls.known()}
    ids |= {key for key, of in passed.items() if ids & {each.subnet_id for each in of if each.subnet_id}}
    ids |= {key for key, of in filtered.items() if ids & {each.subnet_id for each in of if each.subnet_id}}
    return frozenset(ids), frozenset(names)


def _known_ids(cluster: Cluster) -> frozenset[str]:
    """Everything that is there in the VPCs that were read."""
    return frozenset(
        key for spec in _NETWORK for row in cluster.scope.table(spec).known() if (key := spec.key(row)) is not None
    )


# Folding and marking.


def _folded(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Repeats as one entry: of a failure wherever they are, of anything else only next to each other."""
    kept: list[TimelineEntry] = []
    places: dict[tuple[object, ...], int] = {}
    newest: dict[tuple[str, str], tuple[object, ...]] = {}
    for entry in entries:
        said = _VARIABLE.sub("#", entry.text[:MAX_TEXT]) if entry.symptom is None else entry.symptom
        key = (entry.kind, entry.subject, said)
        line = (entry.kind, entry.subject)
        may_fold = entry.kind != "change" and key in places and (entry.is_failure or newest.get(line) == key)
        newest[line] = key
        if not may_fold:
            places[key] = len(kept)
            kept.append(entry)
            continue
        first = kept[places[key]]
        kept[places[key]] = msgspec.structs.replace(first, count=first.count + 1, until=entry.at or first.until)
    return kept


def _marked(entries: list[TimelineEntry], first_failure: datetime | None) -> Iterator[TimelineEntry]:
    last = None
    if first_failure is not None:
        before = [
            number
            for number, entry in enumerate(entries)
            if entry.kind == "change" and entry.at is not None and entry.at <= first_failure
        ]
        last = before[-1] if before else None
    for number, entry in enumerate(entries):
        yield msgspec.structs.replace(entry, is_last_change=True) if number == last else entry


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else in_utc(at)
