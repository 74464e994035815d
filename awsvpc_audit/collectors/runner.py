"""Runs the declared operations as a graph: each as soon as what it waits for is answered, many at once, none twice.

This is the only code that catches what AWS throws: a failure becomes a `Missing`, and the rest goes on.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Protocol

import msgspec
from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from awsvpc_audit import __version__
from awsvpc_audit.collectors.failures import error_code, error_message, fatal_reason
from awsvpc_audit.collectors.operation import Answers, Ask, Entry, Operation, Params, Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.redaction import redacted
from awsvpc_audit.collectors.session import CONCURRENCY, Session
from awsvpc_audit.errors import CollectError, NotFoundError, SnapshotError
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.account_model import near_matches
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.scope import cluster_name
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot, encode

log = logging.getLogger(__name__)

_GONE = "MISSING"
"""The reason ECS gives in `failures` for what vanished between the listing and the description: no gap."""


_ROOTS = ("ecs:ListClusters", "ecs:DescribeClusters", "ecs:ListServices", "ecs:ListTasks", "ecs:ListContainerInstances")
"""Operations that say what there is to audit."""


class Progress(Protocol):
    """Told of what goes on, from the thread that called `collect`."""

    def update(self, *, done: int, known: int, resources: int) -> None:
        """So many requests are answered of so many known by now, and so many resources seen."""


class _Silent:
    def update(self, *, done: int, known: int, resources: int) -> None:
        """Says nothing."""


@dataclass(slots=True)
class _Outcome:
    """What one request brought."""

    entries: list[Entry] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    calls: int = 0
    error: Exception | None = None
    lost_cluster: str | None = None
    """The cluster asked about, where ECS says that there is none of this name."""


@dataclass(slots=True)
class _Node:
    """One ask of one operation, on its way through the graph."""

    operation: Operation
    ask: Ask
    waits_for: set[str]
    open_requests: int = 0
    asked: bool = False
    done: bool = False

    @property
    def name(self) -> str:
        return f"{self.operation.name}/{self.ask.label}"


@dataclass(frozen=True, slots=True)
class Collected:
    """A snapshot, and how it was collected."""

    snapshot: Snapshot
    collection: Collection


def collect(
    session: Session,
    target: Target,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress | None = None,
    concurrency: int = CONCURRENCY,
    operations: Iterable[Operation] = OPERATIONS,
) -> Collected:
    """Read what the clusters' networking depends on.

    Args:
        session: whose account and which Region.
        target: which clusters.
        clock: gives the time, aware.
        progress: told after every request.
        concurrency: calls under way at once, at most.
        operations: the declarations to run.

    Returns:
        The snapshot with what could not be read among its `missing`.

    Raises:
        CollectError: nothing can be read: no credentials, endpoint unreachable.
        NotFoundError: no such cluster, with the near matches.
    """
    started = clock()
    run = _Run(session, target, tuple(operations), progress or _Silent(), concurrency)
    run.go()
    return run.result(started, clock())


class _Run:
    def __init__(
        self,
        session: Session,
        target: Target,
        operations: tuple[Operation, ...],
        progress: Progress,
        concurrency: int,
    ) -> None:
        self.session = session
        self.target = target
        self.operations = operations
        self.progress = progress
        self.concurrency = concurrency
        self.answers = Answers(target)
        self.calls: Counter[str] = Counter()
        self.missing: dict[tuple[str, str, str], list[str]] = {}
        self.failures: dict[str, Exception] = {}
        """The first failure of each operation."""
        self.answered: set[str] = set()
        """Operations of which some request was answered."""
        self.whole: set[str] = set()
        """Operations of which some request failed that asked for everything."""
        self.brought: dict[str, list[tuple[int, list[Entry]]]] = {}
        """Entries by the number of the request that brought them: requests end in any order, the snapshot has one."""
        self.nodes = [self._node(operation, ask) for operation in operations for ask in operation.asks]
        self.pace = threading.Lock()
        self.turns: dict[str, float] = {}
        """When the next call of an operation may be made, by a monotonic clock."""
        self.refused: dict[str, Exception] = {}
        """The first failure of an operation that keeps a pace."""
        self.ended: SimpleQueue[Future[_Outcome]] = SimpleQueue()
        """Requests as they end. To wait on a thousand pending ones would cost a thousand steps, each time."""
        self.done_requests = 0
        self.known_requests = 0
        self.resources = 0

    def _node(self, operation: Operation, ask: Ask) -> _Node:
        names = {each.name for each in self.operations}
        waits: set[str] = set()
        for other in (*ask.after, *ask.also_after):
            if "/" in other:
                waits.add(other)
            elif other in names:
                waits.update(
                    f"{each.name}/{a.label}" for each in self.operations if each.name == other for a in each.asks
                )
        return _Node(operation, ask, waits)

    def go(self) -> None:
        """Run the graph to its end."""
        executor = ThreadPoolExecutor(max_workers=self.concurrency, thread_name_prefix="collect")
        pending: dict[Future[_Outcome], tuple[_Node, int]] = {}
        try:
            self._start_ready(executor, pending)
            while pending:
                future = self.ended.get()
                node, sequence = pending.pop(future)
                self._take(node, sequence, future.result())
                self.progress.update(done=self.done_requests, known=self.known_requests, resources=self.resources)
                self._start_ready(executor, pending)
            self._require_anything()
        finally:
            # On Ctrl-C, or a fatal answer: what has not begun never begins, what is under way is not waited for.
            executor.shutdown(wait=not pending, cancel_futures=True)

    def _start_ready(self, executor: ThreadPoolExecutor, pending: dict[Future[_Outcome], tuple[_Node, int]]) -> None:
        started = True
        while started:
            started = False
            for node in self.nodes:
                if node.asked or node.waits_for:
                    continue
                node.asked = started = True
                for params in self._requests_of(node):
                    node.open_requests += 1
                    self.known_requests += 1
                    future = executor.submit(self._request, node.operation, node.ask, params)
                    pending[future] = (node, self.known_requests)
                    future.add_done_callback(self.ended.put)
                if node.open_requests == 0:
                    self._finish(node)

    def _requests_of(self, node: _Node) -> list[Params]:
        """What to ask. An answer of an odd shape is found out here, by whoever builds on it: that is a gap as well."""
        try:
            return list(node.ask.requests(self.answers))
        except (AttributeError, LookupError, SnapshotError, TypeError) as error:
            name = node.operation.name
            message = f"cannot be asked for: an earlier answer is of an unexpected shape ({error!r})"
            self.missing[name, "MalformedResponse", message] = []
            self.whole.add(name)
            return []

    def _finish(self, node: _Node) -> None:
        node.done = True
        if node.operation.name == "ecs:DescribeClusters":
            self._require_clusters()
        for other in self.nodes:
            other.waits_for.discard(node.name)

    def _take(self, node: _Node, sequence: int, outcome: _Outcome) -> None:
        name = node.operation.name
        self.calls[name] += outcome.calls
        self.done_requests += 1
        self.resources += len(outcome.entries)
        if outcome.error is None:
            self.answered.add(name)
        else:
            log.info("%s failed: %s", name, error_message(outcome.error))
            self.failures.setdefault(name, outcome.error)
            self._fail_for_good(name, outcome.error)
        if outcome.lost_cluster is not None and self.target.clusters:
            self._cluster_not_found(cluster_name(outcome.lost_cluster))
        for missing in outcome.missing:
            key = (missing.operation, missing.error, missing.message)
            self.missing.setdefault(key, []).extend(missing.resources)
            if not missing.resources:
                self.whole.add(name)
        self.answers.add(name, outcome.entries)
        self.brought.setdefault(name, []).append((sequence, outcome.entries))
        node.open_requests -= 1
        if node.open_requests == 0:
            self._finish(node)

    def _fail_for_good(self, name: str, error: Exception) -> None:
        """End the run where a failure means that no call can succeed.

        Only Amazon ECS decides that, before it has answered anything: another service may have no endpoint that this
        machine can reach, and the audit is worth having without it.
        """
        if isinstance(error, ReadTimeoutError | ConnectionClosedError):
            return  # somebody is there: other calls may fare better
        reason = fatal_reason(error)
        if reason is not None and name.startswith("ecs:") and not any(n.startswith("ecs:") for n in self.answered):
            raise CollectError(reason) from error

    def _require_clusters(self) -> None:
        """Every cluster asked for must have been found, unless nobody could say."""
        found = self._found_clusters()
        unread = {cluster_name(name) for name in self._unread("ecs:DescribeClusters")}
        for name in self.target.clusters:
            if cluster_name(name) not in found | unread:
                self._cluster_not_found(cluster_name(name))

    def _found_clusters(self) -> set[str]:
        """Names of the clusters that there are. A deleted one can be described for a while, as INACTIVE."""
        return {
            cluster_name(entry["clusterArn"])
            for entry in self.answers.entries("ecs:DescribeClusters")
            if entry.get("status") != "INACTIVE"
        }

    def _unread(self, name: str) -> set[str]:
        """Ids that requests of an operation which failed have asked about."""
        return {each for (operation, _, _), ids in self.missing.items() if operation == name for each in ids}

    def _require_anything(self) -> None:
        """Some answer about what runs in the cluster must have come: without any there is nothing to audit."""
        asked = [name for name in _ROOTS if name in self.calls]
        if asked and not any(name in self.answered for name in asked):
            name = next(name for name in asked if name in self.failures)
            error = self.failures[name]
            raise CollectError(
                fatal_reason(error)
                or f"nothing could be read: {name} failed ({error_code(error)}): {error_message(error)}. "
                "`awsvpc-audit iam-policy` prints what must be allowed"
            ) from error

    def _cluster_not_found(self, wanted: str) -> None:
        listing = next(operation for operation in self.operations if operation.name == "ecs:ListClusters")
        outcome = self._request(listing, listing.asks[0], {})
        known = [cluster_name(entry["clusterArn"]) for entry in outcome.entries]
        hint = near_matches(wanted, known, "clusters") if outcome.error is None else ""
        raise NotFoundError(f'no cluster "{wanted}" in {self.session.region} of {self._whose()}.{hint}')

    def _whose(self) -> str:
        """The account, for a message: it may be needed before `sts:GetCallerIdentity` has answered."""
        identity = next((each for each in self.operations if each.name == "sts:GetCallerIdentity"), None)
        entries = self.answers.entries("sts:GetCallerIdentity")
        if not entries and identity is not None:
            entries = self._request(identity, identity.asks[0], {}).entries
        return str(entries[0]["Account"]) if entries else "this account"

    def _request(self, operation: Operation, ask: Ask, params: Params) -> _Outcome:
        """One request with all its pages. Runs in a worker thread; shares nothing but the pace with others."""
        outcome = _Outcome()
        try:
            call = getattr(self.session.client(operation.service), xform_name(operation.api_name))
            paging = operation.paging
            first = dict(params)
            if paging and paging.limit and paging.size:
                first[paging.limit] = paging.size
            arguments, asked_with = first, dict[str, Any]()
            while True:
                outcome.calls += 1
                self._keep_pace(operation)
                try:
                    response = call(**arguments)
                    self._read(operation, ask, params, response, outcome)
                except (AttributeError, LookupError, TypeError) as error:
                    # botocore's parser stumbles in the same ways over a body that is valid and of another shape.
                    raise ResponseParserError(f"unexpected shape of the answer: {error!r}") from error
                tokens = paging.tokens(response) if paging else {}
                if not tokens or tokens == asked_with:
                    return outcome
                arguments = {**first, **tokens}
                asked_with = tokens
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            code = error_code(error)
            if operation.per_second is not None:
                self.refused.setdefault(operation.name, error)
            if code == "ClusterNotFoundException":
                # Of every cluster of the Region: one that was deleted since it was listed, and no gap.
                outcome.lost_cluster = str(params.get("cluster", ""))
            elif code not in operation.absent:
                outcome.error = error
                # Pages that came before the failing one are not the answer: they go with it.
                outcome.entries.clear()
                outcome.missing.append(
                    Missing(
                        operation=operation.name,
                        error=code,
                        message=error_message(error),
                        resources=operation.subjects(params),
                    )
                )
            return outcome

    def _keep_pace(self, operation: Operation) -> None:
        """Wait for this call's turn, where AWS takes only so many a second; once it has refused one, for none."""
        if operation.per_second is None:
            return
        with self.pace:
            now = time.monotonic()
            turn = max(now, self.turns.get(operation.name, now))
            self.turns[operation.name] = turn + 1 / operation.per_second
        time.sleep(turn - now)
        if operation.name in self.refused:
            raise self.refused[operation.name]

    @staticmethod
    def _read(operation: Operation, ask: Ask, params: Params, response: Any, outcome: _Outcome) -> None:
        more = ask.annotate(params)
        outcome.entries.extend({**redacted(operation.name, entry), **more} for entry in operation.read(response))
        for failure in response.get("failures", ()):
            if failure.get("reason") != _GONE:
                outcome.missing.append(
                    Missing(
                        operation=operation.name,
                        error=str(failure.get("reason", "Unknown")),
                        message=str(failure.get("detail", "")),
                        resources=(str(failure.get("arn", "")),),
                    )
                )

    # The result.

    def _gap_of(self, name: str, seen: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The operations at the root of what a table lacks as a whole; empty where it lacks nothing.

        `seen` are the operations on the way here: one ask may wait for another ask of the same operation.
        """
        if name in self.whole:
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
        if self.calls[name] == 0:
            waited_for = (other for ask in operation.asks for other in ask.after)
            return tuple(dict.fromkeys(root for other in waited_for for root in self._failed(other, seen)))
        return ()

    def _failed(self, waited_for: str, seen: frozenset[str]) -> tuple[str, ...]:
        """Whether an operation that others build on failed, wholly or in part, and why."""
        name = waited_for.partition("/")[0]
        roots = self._gap_of(name, seen)
        if roots:
            return roots
        return (name,) if any(operation == name for operation, _, _ in self.missing) else ()

    def _missing(self) -> tuple[Missing, ...]:
        said = [
            Missing(
                operation=operation,
                error=error,
                message=message,
                resources=tuple(sorted(set(resources))) if operation not in self.whole else (),
            )
            for (operation, error, message), resources in self.missing.items()
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

    def result(self, started: datetime, finished: datetime) -> Collected:
        """The snapshot of what was read."""
        scope = ScopeSnapshot(
            account=self._account(),
            region=self.session.region or "",
            missing=self._missing(),
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
            brought = sorted(self.brought.get(operation.name, ()), key=lambda numbered: numbered[0])
            entries = _merged([entry for _, each in brought for entry in each], operation.merge_on)
            if not entries and (self._gap_of(operation.name) or (operation.is_partial and not brought)):
                continue  # an absent file: not known
            payload: Any = entries[0] if operation.table.is_object and entries else entries
            if operation.table.is_object and not entries:
                continue
            place = scope.global_responses if operation.table.is_global else scope.responses
            place[operation.table.file_stem] = encode({operation.table.result_key: payload})
        return Collected(
            snapshot=Snapshot(scopes=(scope,), created_at=finished, tool_version=__version__),
            collection=Collection(
                source="live",
                started_at=started,
                finished_at=finished,
                api_calls=self.calls.total(),
                calls_by_operation=dict(sorted(self.calls.items())),
                missing=scope.missing,
            ),
        )

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
