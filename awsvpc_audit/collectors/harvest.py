"""What a run has brought, and the snapshot that it makes: entries in one order, and every gap with its root."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from awsvpc_audit import __version__
from awsvpc_audit.collectors.operation import Answers, Entry, Operation, Target
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.scope import cluster_name
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot, encode


class Harvest:
    """What the requests of one run have brought.

    Attributes:
        answers: the entries, as later requests see them.
        calls: how many were made, by operation.
    """

    def __init__(self, operations: tuple[Operation, ...], target: Target, calls: Counter[str] | None = None) -> None:
        """Nothing yet.

        Args:
            operations: the declarations of the run.
            target: what it collects.
            calls: those of earlier runs, to be counted on.
        """
        self.operations = operations
        self.target = target
        self.answers = Answers(target)
        self.calls: Counter[str] = Counter(calls)
        self._asked: set[str] = set()
        self._missing: dict[tuple[str, str, str], list[str]] = {}
        self._whole: set[str] = set()
        """Operations of which some request failed that asked for everything."""
        self._brought: dict[str, list[tuple[int, list[Entry]]]] = {}
        """Entries by the number of the request that brought them: requests end in any order, the snapshot has one."""

    def take(self, operation: Operation, sequence: int, entries: list[Entry], calls: int) -> None:
        """Take in what a request has brought.

        Args:
            operation: of which operation.
            sequence: the request's number.
            entries: what it brought.
            calls: how many calls it took.
        """
        self.calls[operation.name] += calls
        if calls:
            self._asked.add(operation.name)
        self.answers.add(operation.name, entries)
        self._brought.setdefault(operation.name, []).append((sequence, entries))

    def lack(self, missing: Iterable[Missing]) -> None:
        """Take in what a request did not bring."""
        for each in missing:
            self._missing.setdefault((each.operation, each.error, each.message), []).extend(each.resources)
            if not each.resources:
                self._whole.add(each.operation)

    def lacks(self, name: str) -> bool:
        """Whether any request of an operation failed."""
        return any(operation == name for operation, _, _ in self._missing)

    def was_called(self, name: str) -> bool:
        """Whether an operation was called at all."""
        return name in self._asked

    def unread(self, name: str) -> set[str]:
        """Ids that requests of an operation which failed have asked about."""
        return {each for (operation, _, _), ids in self._missing.items() if operation == name for each in ids}

    def snapshot(self, region: str, created_at: datetime) -> Snapshot:
        """The snapshot of what was read.

        Args:
            region: where.
            created_at: when.
        """
        scope = ScopeSnapshot(
            account=self._account(),
            region=region,
            missing=self.missing(),
            clusters=tuple(
                sorted(
                    {
                        *(cluster_name(entry["clusterArn"]) for entry in self.answers.entries("ecs:DescribeClusters")),
                        *(cluster_name(name) for name in self.target.clusters),
                    }
                )
            ),
        )
        for operation in self.operations:
            if operation.table is None:
                continue
            brought = sorted(self._brought.get(operation.name, ()), key=lambda numbered: numbered[0])
            entries = _merged([entry for _, each in brought for entry in each], operation.merge_on)
            if not entries and (self._gap_of(operation.name) or (operation.is_partial and not brought)):
                continue  # an absent file: not known
            payload: Any = entries[0] if operation.table.is_object and entries else entries
            if operation.table.is_object and not entries:
                continue
            place = scope.global_responses if operation.table.is_global else scope.responses
            place[operation.table.file_stem] = encode({operation.table.result_key: payload})
        return Snapshot(scopes=(scope,), created_at=created_at, tool_version=__version__)

    def collection(self, started: datetime, finished: datetime) -> Collection:
        """How it was read."""
        return Collection(
            source="live",
            started_at=started,
            finished_at=finished,
            api_calls=self.calls.total(),
            calls_by_operation=dict(sorted(self.calls.items())),
            missing=self.missing(),
        )

    def _gap_of(self, name: str, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The operations at the root of what a table lacks as a whole; empty where it lacks nothing.

        `seen` are the operations on the way here: one ask may wait for another ask of the same operation.
        """
        if name in self._whole:
            return (name,)
        operation = next((each for each in self.operations if each.name == name), None)
        if operation is None or name in seen:
            return ()
        seen |= {name}
        if operation.lists_from:
            # A listing that failed for one cluster of several leaves the table incomplete too.
            roots = self._failed(operation.lists_from, seen)
            if roots:
                return roots
        if name not in self._asked:
            waited_for = (other for ask in operation.asks for other in ask.after)
            return tuple(dict.fromkeys(root for other in waited_for for root in self._failed(other, seen)))
        return ()

    def _failed(self, waited_for: str, seen: frozenset[str]) -> tuple[str, ...]:
        """Whether an operation that others build on failed, wholly or in part, and why."""
        name = waited_for.partition("/")[0]
        roots = self._gap_of(name, seen)
        if roots:
            return roots
        return (name,) if self.lacks(name) else ()

    def missing(self) -> tuple[Missing, ...]:
        """What could not be read, and what was not asked for because of that."""
        said = [
            Missing(
                operation=operation,
                error=error,
                message=message,
                resources=tuple(sorted(set(resources))) if operation not in self._whole else (),
            )
            for (operation, error, message), resources in self._missing.items()
        ]
        said_of = {missing.operation for missing in said if not missing.resources}
        for operation in self.operations:
            roots = self._gap_of(operation.name)
            if roots and operation.name not in said_of:
                said.append(
                    Missing(
                        operation=operation.name,
                        error="NotCollected",
                        message=f"not, or not wholly, asked for: {', '.join(roots)} failed",
                        because=roots,
                    )
                )
        return tuple(sorted(said, key=lambda m: (m.operation, m.error, m.message)))

    def _account(self) -> str:
        for identity in self.answers.entries("sts:GetCallerIdentity"):
            return str(identity["Account"])
        for operation, key in (("ecs:DescribeClusters", "clusterArn"), ("ecs:ListServices", "serviceArn")):
            for entry in self.answers.entries(operation):
                return str(entry[key].split(":")[4])
        return "unknown"


def _merged(entries: list[Entry], merge_on: str | None) -> list[Entry]:
    """Entries told in several calls as one row each; and none twice, however often it was asked for."""
    if merge_on is None:
        distinct: dict[bytes, Entry] = {msgspec.msgpack.encode(entry): entry for entry in entries}
        return list(distinct.values())
    rows: dict[Any, Entry] = {}
    for entry in entries:
        row = rows.setdefault(entry[merge_on], {})
        for key, value in entry.items():
            if isinstance(value, list) and isinstance(row.get(key), list):
                row[key] = [*row[key], *value]
            else:
                row[key] = value
    return list(rows.values())
