"""Runs the declared operations as a graph: each as soon as what it waits for is answered, many at once, none twice.

This is the only code that catches what AWS throws: a failure becomes a `Missing`, and the rest goes on.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from awsvpc_audit.collectors import consistency
from awsvpc_audit.collectors.ecs import TASKS_PER_CALL
from awsvpc_audit.collectors.failures import error_code, error_message, fatal_reason, is_not_offered
from awsvpc_audit.collectors.harvest import Harvest
from awsvpc_audit.collectors.operation import Ask, Entry, Operation, Params, Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.pace import Pace
from awsvpc_audit.collectors.redaction import redacted
from awsvpc_audit.collectors.session import CONCURRENCY, Session
from awsvpc_audit.errors import CollectError, NotFoundError, SnapshotError
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.account_model import near_matches
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.scope import cluster_name
from awsvpc_audit.model.snapshot import Snapshot

log = logging.getLogger(__name__)

_GONE = "MISSING"
"""The reason ECS gives in `failures` for what vanished between the listing and the description: no gap."""

_TRUNCATED = "Truncated"
"""Our word in `missing` for an answer that was left off because it has too many pages."""


ATTEMPTS = 3
"""How often to begin at most where AWS changes while it is read."""

_ROOTS = ("ecs:ListClusters", "ecs:DescribeClusters", "ecs:ListServices", "ecs:ListTasks", "ecs:ListContainerInstances")
"""Operations that say what there is to audit."""


_ODD_SHAPE = (AttributeError, LookupError, SnapshotError, TypeError)
"""What building on an answer of an unexpected shape raises."""


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
    is_cut: bool = False
    """Whether pages were left off, see `Ask.enough`."""
    is_not_offered: bool = False
    """Whether nobody there knows the operation: then it is as if it had not been asked."""


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
class _Request:
    """One request that waits for its turn."""

    node: _Node
    sequence: int
    params: Params


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
    pace: Pace | None = None,
) -> Collected:
    """Read what the clusters' networking depends on.

    Args:
        session: whose account and which Region.
        target: which clusters.
        clock: gives the time, aware.
        progress: told after every request.
        concurrency: calls under way at once, at most.
        operations: the declarations to run.
        pace: how fast to call; ``None`` for no faster than AWS likes it.

    Returns:
        The snapshot with what could not be read among its `missing`.

    Raises:
        CollectError: nothing can be read: no credentials, endpoint unreachable.
        NotFoundError: no such cluster, with the near matches.
    """
    started = clock()
    pace = pace or Pace()
    operations = tuple(operations)

    def run_on(calls: Counter[str]) -> _Run:
        run = _Run(session, target, operations, progress or _Silent(), concurrency, pace, calls)
        run.go()
        return run

    run = run_on(Counter())
    for _ in range(ATTEMPTS - 1):
        if not run.was_overtaken():
            break
        log.info("AWS changed while it was read: once more")
        run = run_on(run.harvest.calls)
    run.look_for_new_tasks()
    finished = clock()
    return Collected(run.harvest.snapshot(session.region or "", finished), run.harvest.collection(started, finished))


class _Run:
    def __init__(
        self,
        session: Session,
        target: Target,
        operations: tuple[Operation, ...],
        progress: Progress,
        concurrency: int,
        pace: Pace,
        calls: Counter[str],
    ) -> None:
        self.session = session
        self.target = target
        self.operations = operations
        self.progress = progress
        self.concurrency = concurrency
        self.harvest = Harvest(operations, target, calls)
        self.answers = self.harvest.answers
        self.failures: dict[str, Exception] = {}
        """The first failure of each operation."""
        self.answered: set[str] = set()
        """Operations of which some request was answered."""
        self.nodes = [self._node(operation, ask) for operation in operations for ask in operation.asks]
        self.pace = pace
        self.queues: dict[str, deque[_Request]] = {}
        """Requests that wait for their turn, by whom they share it with: a bucket that is empty holds up no other."""
        self.refused: dict[str, Exception] = {}
        """The first failure of each operation of which one refusal is enough."""
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
            self._start_ready()
            while True:
                pause = self._submit_due(executor, pending)
                if not pending and pause is None:
                    break
                try:
                    future = self.ended.get(timeout=pause)
                except Empty:
                    continue
                node, sequence = pending.pop(future)
                self._take(node, sequence, future.result())
                self.progress.update(done=self.done_requests, known=self.known_requests, resources=self.resources)
                self._start_ready()
            self._require_anything()
        finally:
            # On Ctrl-C, or a fatal answer: what has not begun never begins, what is under way is not waited for.
            executor.shutdown(wait=not pending, cancel_futures=True)

    def _submit_due(
        self, executor: ThreadPoolExecutor, pending: dict[Future[_Outcome], tuple[_Node, int]]
    ) -> float | None:
        """Begin the requests whose turn it is; gives the seconds until the next one's, ``None`` where none waits."""
        pauses: list[float] = []
        for queue in self.queues.values():
            while queue:
                request = queue[0]
                delay = self.pace.take(request.node.operation.name)
                if delay > 0:
                    pauses.append(delay)
                    break
                queue.popleft()
                node = request.node
                future = executor.submit(self._request, node.operation, node.ask, request.params)
                pending[future] = (node, request.sequence)
                future.add_done_callback(self.ended.put)
        return min(pauses, default=None)

    def _start_ready(self) -> None:
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
                    queue = self.queues.setdefault(self.pace.queue_of(node.operation.name), deque())
                    queue.append(_Request(node, self.known_requests, params))
                if node.open_requests == 0:
                    self._finish(node)

    def _requests_of(self, node: _Node) -> list[Params]:
        """What to ask. An answer of an odd shape is found out here, by whoever builds on it: that is a gap as well."""
        try:
            return list(node.ask.requests(self.answers))
        except _ODD_SHAPE as error:
            name = node.operation.name
            message = f"cannot be asked for: an earlier answer is of an unexpected shape ({error!r})"
            self.harvest.lack([Missing(operation=name, error="MalformedResponse", message=message)])
            return []

    def _finish(self, node: _Node) -> None:
        node.done = True
        if node.operation.name == "ecs:DescribeClusters":
            self._require_clusters()
        for other in self.nodes:
            other.waits_for.discard(node.name)

    def _take(self, node: _Node, sequence: int, outcome: _Outcome) -> None:
        name = node.operation.name
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
        self.harvest.lack(outcome.missing)
        if outcome.is_cut:
            self.answers.cut.add(node.name)
        if outcome.is_not_offered:
            self.harvest.calls[name] += outcome.calls
        else:
            self.harvest.take(node.operation, sequence, outcome.entries, outcome.calls)
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
        unread = {cluster_name(name) for name in self.harvest.unread("ecs:DescribeClusters")}
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

    def _require_anything(self) -> None:
        """Some answer about what runs in the cluster must have come: without any there is nothing to audit."""
        asked = [name for name in _ROOTS if self.harvest.was_called(name)]
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

    # What is asked again because AWS changes while it is read.

    def was_overtaken(self) -> bool:
        """Whether something that refers to what is not there says something else by now."""
        try:
            before = consistency.dangling(self.answers, self.harvest.lacks)
        except _ODD_SHAPE:
            return False
        if not before:
            return False
        fresh: dict[str, list[Entry]] = {}
        for name, params in consistency.requests_again(before):
            outcome = self._ask_again(name, params)
            if outcome is None or outcome.error is not None:
                return False
            fresh.setdefault(name, []).extend(outcome.entries)
        after = consistency.dangling(consistency.with_sources(self.answers, fresh), self.harvest.lacks)
        return bool(before - after)

    def look_for_new_tasks(self) -> None:
        """Read the tasks that have started since tasks were listed, where an ENI shows that there are some."""
        try:
            if not consistency.has_masterless_enis(self.answers):
                return
        except _ODD_SHAPE:
            return
        listed: list[Entry] = []
        for params in consistency.listings_again(self.answers):
            outcome = self._ask_again("ecs:ListTasks", params)
            listed.extend(outcome.entries if outcome else ())
        described = next((each for each in self.operations if each.name == "ecs:DescribeTasks"), None)
        for params in consistency.unseen_tasks(self.answers, listed, TASKS_PER_CALL) if described else ():
            outcome = self._ask_again("ecs:DescribeTasks", params)
            if outcome is not None and described is not None:
                self.known_requests += 1
                self.harvest.take(described, self.known_requests, outcome.entries, 0)

    def _ask_again(self, name: str, params: Params) -> _Outcome | None:
        """One more request, for a closer look: where it fails, what was read before stands."""
        operation = next((each for each in self.operations if each.name == name), None)
        if operation is None:
            return None
        self.pace.wait(name)
        outcome = self._request(operation, operation.asks[0], params)
        self.harvest.calls[name] += outcome.calls
        return outcome

    def _request(self, operation: Operation, ask: Ask, params: Params) -> _Outcome:
        """One request with all its pages. Runs in a worker thread; shares nothing but the pace with others.

        Whoever asks has taken the turn of the first page.
        """
        outcome = _Outcome()
        try:
            if operation.name in self.refused:
                raise self.refused[operation.name]
            call = getattr(self.session.client(operation.service), xform_name(operation.api_name))
            paging = operation.paging
            first = dict(params)
            if paging and paging.limit and paging.size:
                first[paging.limit] = paging.size
            arguments, asked_with = first, dict[str, Any]()
            while True:
                if outcome.calls:
                    self.pace.wait(operation.name)
                outcome.calls += 1
                self.pace.gate(operation.name)
                try:
                    response = call(**arguments)
                    self.pace.charge(operation.name, _retries(response))
                    self._read(operation, ask, params, response, outcome)
                except (AttributeError, LookupError, TypeError) as error:
                    # botocore's parser stumbles in the same ways over a body that is valid and of another shape.
                    raise ResponseParserError(f"unexpected shape of the answer: {error!r}") from error
                tokens = paging.tokens(response) if paging else {}
                if not tokens or tokens == asked_with:
                    return outcome
                if ask.enough(params, response, outcome.calls):
                    _leave_off(operation, ask, params, outcome)
                    return outcome
                arguments = {**first, **tokens}
                asked_with = tokens
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            code = error_code(error)
            if isinstance(error, ClientError):
                self.pace.charge(operation.name, _retries(error.response))
            if operation.is_asked_until_refused:
                self.refused.setdefault(operation.name, error)
            if code == "ClusterNotFoundException":
                # Of every cluster of the Region: one that was deleted since it was listed, and no gap.
                outcome.lost_cluster = str(params.get("cluster", ""))
            elif operation.is_partial and is_not_offered(error):
                outcome.is_not_offered = True
            elif code not in operation.absent and not error_message(error).startswith(operation.absent_texts):
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


def _retries(response: Any) -> int:
    """How often botocore has asked again before this answer."""
    metadata = response.get("ResponseMetadata")
    return int(metadata.get("RetryAttempts") or 0) if isinstance(metadata, dict) else 0


def _leave_off(operation: Operation, ask: Ask, params: Params, outcome: _Outcome) -> None:
    outcome.is_cut = True
    if ask.rest_by is None:
        outcome.missing.append(
            Missing(
                operation=operation.name,
                error=_TRUNCATED,
                message="more entries than were asked for: only the newest were read",
                resources=operation.subjects(params),
            )
        )
