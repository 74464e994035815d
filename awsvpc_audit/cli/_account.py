"""From options to a typed model: a live account collected with progress, or a snapshot read."""

import logging
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from awsvpc_audit.cli._options import AccountOptions
from awsvpc_audit.collectors.cloudtrail import LAUNCHES_LOOK_BACK, with_changes
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.pace import Pace
from awsvpc_audit.collectors.redaction import redacted_answer
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.credentials import without_credentials
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.snapshot import Snapshot, load
from awsvpc_audit.model.tables import BY_OPERATION


@dataclass(frozen=True, slots=True)
class Account:
    """What was read, typed, and how."""

    model: Model
    collection: Collection


class _Discreet(logging.Formatter):
    """Lines of the log without credentials: exceptions quote headers and signed URLs."""

    def format(self, record: logging.LogRecord) -> str:
        return without_credentials(super().format(record))


def configure_logging(options: AccountOptions) -> None:
    """Send the log to stderr: warnings, with `-v` what went wrong on the way, with `-vv` every request."""
    level = logging.ERROR if options.quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(options.verbose, 2)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Discreet("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=level, force=True)
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
        stored = stored_snapshot(options)
        missing = tuple(missing for scope in stored.scopes for missing in scope.missing)
        return Account(Model.of(stored), collection_of(stored, missing))
    require_live(options)
    collected = collect_live(options, *clusters, instance_types=instance_types, changes_since=changes_since)
    return Account(Model.of(collected.snapshot), collected.collection)


def require_live(options: AccountOptions) -> None:
    """Refuse an option that chooses within a snapshot.

    Raises:
        UsageError: there is one.
    """
    if options.account is not None:
        raise UsageError("--account goes with --from: a live account is chosen by --profile or --role-arn")


def stored_snapshot(options: AccountOptions) -> Snapshot:
    """The snapshot that `--from` names.

    Raises:
        SnapshotError: it cannot be read.
        UsageError: options that do not go with it.
    """
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
    return load(options.from_)


def collection_of(stored: Snapshot, missing: tuple[Missing, ...]) -> Collection:
    """How the state of a snapshot was read, with what is missing of the part that is looked at."""
    return Collection(
        source="snapshot",
        started_at=stored.created_at,
        finished_at=stored.created_at,
        api_calls=0,
        calls_by_operation={},
        missing=missing,
    )


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
            for stem, content in tuple(answers.items()):
                operation = stem.replace(".", ":", 1)
                if operation in BY_OPERATION:
                    answers[stem] = redacted_answer(operation, content)
                else:
                    del answers[stem]  # what is not read here is not known to be harmless: values of secrets, user data
    return stored


def collect_live(
    options: AccountOptions,
    *clusters: str,
    instance_types: tuple[str, ...] = (),
    changes_since: datetime | None = None,
    session: Session | None = None,
    doing: str = "reading AWS",
) -> Collected:
    """Collect from AWS, with progress on stderr where it is a terminal.

    Args:
        options: whose account.
        clusters: names or ARNs of the clusters to collect; none for all of the Region.
        instance_types: types to describe beside those that run.
        changes_since: how far to look back at changes of the network; ``None`` for not.
        session: an open session, in place of the one that the options name.
        doing: what the progress says.

    Raises:
        CollectError: nothing can be read.
        NotFoundError: no such cluster.
    """
    if session is None:
        session = session_of(options, options.region or _region_of(clusters))
    show = sys.stderr.isatty() and not options.no_progress and not options.quiet
    watching: AbstractContextManager[_Bar | None] = _Bar(doing) if show else nullcontext()
    with watching as bar:
        launches_since = datetime.now(UTC) - LAUNCHES_LOOK_BACK
        target = Target(tuple(clusters), instance_types, changes_since, launches_since)
        operations = OPERATIONS if changes_since is None else with_changes(OPERATIONS)
        return collect(session, target, progress=bar, operations=operations, pace=Pace(max_rate=options.max_rate))


def session_of(options: AccountOptions, region: str | None) -> Session:
    """A session in the account that the options name, in a Region, or in the one that the environment names.

    Raises:
        CollectError: no such profile, or no Region.
    """
    return Session(
        SessionOptions(
            profile=options.profile,
            region=region,
            endpoint_url=options.endpoint_url,
            role_arn=options.role_arn,
            external_id=options.external_id,
            connect_timeout=options.cli_connect_timeout,
            read_timeout=options.cli_read_timeout,
        )
    )


def _region_of(clusters: tuple[str, ...]) -> str | None:
    """The Region in the first ARN among the clusters: it says better than the environment where the cluster is."""
    return next((cluster.split(":")[3] for cluster in clusters if cluster.startswith("arn:")), None)


class _Bar:
    """A progress bar on stderr that is gone when the collection is done."""

    def __init__(self, doing: str) -> None:
        self._progress = Progress(
            TextColumn(doing, markup=False),
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
