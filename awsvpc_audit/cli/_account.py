"""From options to a typed model: a live account collected with progress, or a snapshot read."""

import logging
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from awsvpc_audit.cli._options import AccountOptions
from awsvpc_audit.collectors.cloudtrail import with_changes
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.redaction import redacted_answer
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot, load


@dataclass(frozen=True, slots=True)
class Account:
    """What was read, typed, and how."""

    model: Model
    collection: Collection


def configure_logging(options: AccountOptions) -> None:
    """Send the log to stderr: warnings, with `-v` what went wrong on the way, with `-vv` every request."""
    level = logging.ERROR if options.quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(options.verbose, 2)]
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s", level=level, force=True)
    # botocore's debug log holds whole requests and answers: secrets of the account among them.
    for noisy in ("botocore", "boto3", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def read_account(
    options: AccountOptions,
    *clusters: str,
    instance_types: tuple[str, ...] = (),
    changes_since: datetime | None = None,
) -> Account:
    """The account that the options name, or the snapshot.

    Args:
        options: whose account.
        clusters: names or ARNs of the clusters to collect; none for all of the Region.
        instance_types: types to describe beside those that run.
        changes_since: how far to look back at changes of the network, which no other question needs; ``None`` for not.

    Raises:
        CollectError: nothing can be read.
        NotFoundError: no such cluster.
        SnapshotError: the snapshot cannot be read.
        UsageError: options that do not go together.
    """
    configure_logging(options)
    if options.from_ is not None:
        return _from_snapshot(options)
    if options.account is not None:
        raise UsageError("--account goes with --from: a live account is chosen by --profile or --role-arn")
    collected = collect_live(options, *clusters, instance_types=instance_types, changes_since=changes_since)
    return Account(Model.of(collected.snapshot), collected.collection)


def _from_snapshot(options: AccountOptions) -> Account:
    live_only = {
        "--profile": options.profile,
        "--endpoint-url": options.endpoint_url,
        "--role-arn": options.role_arn,
        "--external-id": options.external_id,
    }
    given = [name for name, value in live_only.items() if value is not None]
    if given:
        raise UsageError(f"{', '.join(given)} cannot be used with --from: a snapshot is read without AWS")
    if options.from_ is None:
        raise UsageError("--from names no snapshot")
    stored = load(options.from_)
    missing = tuple(missing for scope in stored.scopes for missing in scope.missing)
    collection = Collection(
        source="snapshot",
        started_at=stored.created_at,
        finished_at=stored.created_at,
        api_calls=0,
        calls_by_operation={},
        missing=missing,
    )
    return Account(Model.of(stored), collection)


def redacted_copy(options: AccountOptions, cluster: str | None) -> Snapshot:
    """The snapshot that `--from` names, without what may hold a secret: people may have made it without us.

    Raises:
        NotFoundError: the cluster is not in it.
        SnapshotError: it cannot be read.
    """
    if options.from_ is None:
        raise UsageError("--from names no snapshot")
    stored = load(options.from_)
    model = Model.of(stored)
    if cluster is not None:
        model.find_cluster(cluster, account=options.account, region=options.region)
    for scope in stored.scopes:
        for answers in (scope.responses, scope.global_responses):
            for stem, content in answers.items():
                answers[stem] = redacted_answer(stem.replace(".", ":", 1), content)
    return stored


def collect_live(
    options: AccountOptions,
    *clusters: str,
    instance_types: tuple[str, ...] = (),
    changes_since: datetime | None = None,
) -> Collected:
    """Collect from AWS, with progress on stderr where it is a terminal.

    Raises:
        CollectError: nothing can be read.
        NotFoundError: no such cluster.
    """
    session = Session(
        SessionOptions(
            profile=options.profile,
            region=options.region or _region_of(clusters),
            endpoint_url=options.endpoint_url,
            role_arn=options.role_arn,
            external_id=options.external_id,
        )
    )
    show = sys.stderr.isatty() and not options.no_progress and not options.quiet
    watching: AbstractContextManager[_Bar | None] = _Bar() if show else nullcontext()
    with watching as bar:
        target = Target(tuple(clusters), instance_types, changes_since)
        operations = OPERATIONS if changes_since is None else with_changes(OPERATIONS)
        return collect(session, target, progress=bar, operations=operations)


def _region_of(clusters: tuple[str, ...]) -> str | None:
    """The Region in the first ARN among the clusters: it says better than the environment where the cluster is."""
    return next((cluster.split(":")[3] for cluster in clusters if cluster.startswith("arn:")), None)


class _Bar:
    """A progress bar on stderr that is gone when the collection is done."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("reading AWS"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("requests · {task.fields[resources]} resources"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("collect", total=None, resources=0)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, *, done: int, known: int, resources: int) -> None:
        """Redraw."""
        self._progress.update(self._task, completed=done, total=known, resources=resources)
