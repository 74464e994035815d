"""Compares an account and Region at two times: what came, what is gone, what is otherwise, what nobody can tell."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from awsvpc_audit.analyzers.configuration.kinds import KINDS
from awsvpc_audit.analyzers.configuration.kinds.ecs import CONTAINER, TASK_DEFINITION, container_names
from awsvpc_audit.analyzers.configuration.kinds.kind import Kind
from awsvpc_audit.analyzers.configuration.members import Row, at, differences, summary
from awsvpc_audit.findings import ConfigurationChange, NotCompared, ResourceRef, ScopeDiff
from awsvpc_audit.model import tables
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope, cluster_name
from awsvpc_audit.model.table import Table

Side = Literal["old", "new", "both"]


def configuration_changes(
    old: Scope, new: Scope, clusters: frozenset[str] | None = None, *, with_global: bool = True
) -> ScopeDiff:
    """What is configured otherwise in an account and Region, in a stable order.

    Args:
        old: as it was.
        new: as it is.
        clusters: names of the clusters whose services, instances and load balancers to compare; ``None`` for all. What
            clusters share (the network, the account) is compared all the same.
        with_global: whether to compare what is no Region's (IAM, Route 53), which every Region of a snapshot repeats.
    """
    kinds = [kind for kind in KINDS if with_global or not kind.table.is_global]
    concerns = _Concerns(old, new, clusters)
    changes: list[ConfigurationChange] = []
    gaps: dict[tuple[str, Side], list[str]] = {}
    for kind in kinds:
        comparison = _Comparison(kind, _Side(kind, old, concerns), _Side(kind, new, concerns))
        changes += comparison.changes()
        for side, keys in comparison.gaps():
            gaps.setdefault((kind.table.operation, side), []).extend(keys)
        if kind.table is tables.SERVICES:
            revisions, unread = _revisions(old, new, clusters)
            changes += revisions
            for side, arn in unread:
                gaps.setdefault((tables.TASK_DEFINITIONS.operation, side), []).append(arn)
    return ScopeDiff(
        account=new.account,
        region=new.region,
        changes=tuple(changes),
        not_compared=tuple(
            NotCompared(operation=operation, side=side, resources=tuple(sorted(set(keys))))
            for (operation, side), keys in sorted(gaps.items())
        ),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A row with the names it goes by, and the record it was made of."""

    row: Row
    record: Any
    ref: ResourceRef
    label: str | None


class _Side:
    """The rows of one kind at one time."""

    def __init__(self, kind: Kind, scope: Scope, concerns: "_Concerns") -> None:
        self.kind = kind
        self.table: Table[Any] = scope.table(kind.table)
        self.is_whole_gap = _is_whole_gap(self.table)
        self.rows: dict[str, _Found] = {}
        for each in self.table.known():
            row: Row = msgspec.to_builtins(each)
            if concerns.row(kind, row):
                self.rows[kind.key(row)] = _named(kind, row, each)
        self._vpcs = {vpc.vpc_id for vpc in scope.vpcs.known()} if scope.vpcs.is_complete else None

    def proves_absence(self, key: str) -> bool:
        """Whether there is no row of this key: it is not here, and would have been read."""
        if key in self.rows or self.is_whole_gap:
            return False
        try:
            return self.table.get(key) is None
        except NotCollectedError:
            return False

    def reads_vpc_of(self, row: Row) -> bool:
        """Whether the VPC of a row was looked into here. Where it was not, the VPC is told to have come or gone."""
        vpc = at(row, self.kind.vpc) if self.kind.vpc else None
        return vpc is None or self._vpcs is None or vpc in self._vpcs

    @property
    def is_nothing(self) -> bool:
        """Whether nothing at all is known of this kind."""
        return self.is_whole_gap and not self.rows


@dataclass(frozen=True, slots=True)
class _Comparison:
    kind: Kind
    old: _Side
    new: _Side

    def changes(self) -> Iterator[ConfigurationChange]:
        """By resource, then in the order of the declared members."""
        for key in self._keys():
            before, after = self.old.rows.get(key), self.new.rows.get(key)
            if before is not None and after is not None:
                if before.record == after.record:
                    continue  # as most are: to compare records is much quicker than to read their members
                for field, was, is_ in differences(self.kind.members, before.row, after.row):
                    yield self._change("changed", after, field=field, old=was, new=is_)
            elif after is not None and self._tells(after, self.old) and self.old.proves_absence(key):
                yield self._change("came", after, new=summary(self.kind.members, after.row))
            elif before is not None and self._tells(before, self.new) and self.new.proves_absence(key):
                yield self._change("gone", before, old=summary(self.kind.members, before.row))

    def gaps(self) -> Iterator[tuple[Side, list[str]]]:
        """Sides that do not tell all, with the resources that only the other side tells; none for a whole gap."""
        if self.old.is_nothing and self.new.is_nothing:
            yield "both", []
            return
        for side, here, there in (("old", self.old, self.new), ("new", self.new, self.old)):
            name: Side = "old" if side == "old" else "new"
            if here.is_whole_gap:
                yield name, []
                continue
            lost = [
                found.ref.id
                for key, found in there.rows.items()
                if key not in here.rows and not here.proves_absence(key)
            ]
            if lost:
                yield name, lost

    def _keys(self) -> list[str]:
        found = {**self.old.rows, **self.new.rows}
        return sorted(found, key=lambda key: (found[key].ref.id, key))

    def _tells(self, found: _Found, there: _Side) -> bool:
        """Whether it is news that a row is not on the other side."""
        path, values = self.kind.ended
        if (path and at(found.row, path) in values) or not there.reads_vpc_of(found.row):
            return False
        return self.kind.is_news(found.row)

    def _change(self, kind: Literal["came", "gone", "changed"], found: _Found, **more: Any) -> ConfigurationChange:
        return ConfigurationChange(
            kind=kind, resource=found.ref, name=found.label, operation=self.kind.table.operation, **more
        )


def _named(kind: Kind, row: Row, record: Any) -> _Found:
    arn = at(row, kind.arn) if kind.arn else None
    return _Found(row, record, ResourceRef(type=kind.type, id=kind.id(row), arn=arn), kind.label(row))


def _is_whole_gap(table: Table[Any]) -> bool:
    """Whether any row may be missing, and not just some that are named."""
    if table.is_complete:
        return False
    try:
        table.require_key("")  # no resource has this id, so only a gap of the whole table raises
    except NotCollectedError:
        return True
    return False


class _Concerns:
    """Which rows concern the chosen clusters: by their services, their hosts and their load balancers."""

    def __init__(self, old: Scope, new: Scope, clusters: frozenset[str] | None) -> None:
        self._clusters = clusters
        self._hosts_elsewhere: frozenset[str] = frozenset()
        if clusters is not None:
            hosts: dict[bool, set[str]] = {True: set(), False: set()}
            for scope in (old, new):
                for host in scope.container_instances.known():
                    hosts[cluster_name(host.cluster_arn or "") in clusters].add(host.instance_id)
            self._hosts_elsewhere = frozenset(hosts[False] - hosts[True])
        self._balancers = self._used_balancers(old, new)

    def row(self, kind: Kind, row: Row) -> bool:
        """Whether a row concerns them."""
        if self._clusters is not None and kind.cluster:
            return cluster_name(str(at(row, kind.cluster))) in self._clusters
        if kind.table is tables.INSTANCES:
            return row["InstanceId"] not in self._hosts_elsewhere
        path = _BALANCER_OF.get(kind.table.operation)
        return path is None or self._balancers is None or row.get(path) in self._balancers

    def _used_balancers(self, old: Scope, new: Scope) -> frozenset[str] | None:
        """ARNs of services' target groups and of the load balancers before them; ``None`` where services are unread.

        As soon as one service has a target group, all those of the Region are read: most are others'.
        """
        if not (old.services.is_complete and new.services.is_complete):
            return None
        used = {
            entry.target_group_arn
            for scope in (old, new)
            for service in scope.services.known()
            if self._clusters is None or cluster_name(service.cluster_arn or "") in self._clusters
            for entries in (service.load_balancers, *(task_set.load_balancers for task_set in service.task_sets))
            for entry in entries
            if entry.target_group_arn
        }
        balancers = {
            arn
            for scope in (old, new)
            for group in scope.target_groups.known()
            if group.target_group_arn in used
            for arn in group.load_balancer_arns
        }
        return frozenset(used | balancers)


_BALANCER_OF = {
    tables.TARGET_GROUPS.operation: "TargetGroupArn",
    tables.LOAD_BALANCERS.operation: "LoadBalancerArn",
    tables.LISTENERS.operation: "LoadBalancerArn",
}
"""Members that tie a row to a service's target groups and load balancers."""


def _revisions(
    old: Scope, new: Scope, clusters: frozenset[str] | None
) -> tuple[list[ConfigurationChange], list[tuple[Side, str]]]:
    """What changed between the revisions of a task definition that services used then and use now."""
    pairs: dict[tuple[str, str], None] = {}
    for service in sorted(new.services.known(), key=lambda each: each.service_arn):
        before = old.services.peek(service.service_arn)
        if before is None or (clusters is not None and cluster_name(service.cluster_arn or "") not in clusters):
            continue
        then, now = before.task_definition, service.task_definition
        if then and now and then != now:
            pairs[then, now] = None
    changes: list[ConfigurationChange] = []
    unread: list[tuple[Side, str]] = []
    for then, now in pairs:
        rows = old.task_definitions.peek(then), new.task_definitions.peek(now)
        sides: tuple[tuple[Side, str, Any], ...] = (("old", then, rows[0]), ("new", now, rows[1]))
        lost = [(side, arn) for side, arn, row in sides if row is None]
        unread += lost
        if not lost:
            changes += _of_revision(msgspec.to_builtins(rows[0]), msgspec.to_builtins(rows[1]))
    return changes, unread


def _of_revision(old: Row, new: Row) -> Iterator[ConfigurationChange]:
    refs = [
        ResourceRef(type="task_definition", id=arn.rsplit("/", 1)[-1], arn=arn)
        for arn in (str(each["taskDefinitionArn"]) for each in (old, new))
    ]

    def change(field: str, was: Any, is_: Any) -> ConfigurationChange:
        return ConfigurationChange(
            kind="changed",
            resource=refs[1],
            was=refs[0],
            operation=tables.TASK_DEFINITIONS.operation,
            field=field,
            old=was,
            new=is_,
        )

    for found in differences(TASK_DEFINITION, old, new):
        yield change(*found)
    then, now = _containers(old), _containers(new)
    for name in container_names(old, new):
        place = f"containerDefinitions[{name}]"
        if name in then and name in now:
            for field, was, is_ in differences(CONTAINER, then[name], now[name]):
                yield change(f"{place}.{field}", was, is_)
        else:
            yield change(place, _image(then.get(name)), _image(now.get(name)))


def _containers(definition: Row) -> Mapping[str, Row]:
    found: Iterable[Row] = definition.get("containerDefinitions") or ()
    return {str(each.get("name")): each for each in found}


def _image(container: Row | None) -> str | None:
    """A container that just one revision has, as its image."""
    return None if container is None else f"image {container.get('image') or 'unknown'}"
