"""The rounds of `watch` on a terminal, in a pipe and in a directory."""

import os
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from awsvpc_audit.checks._base import Context
from awsvpc_audit.cli._account import Account, collect_live, configure_logging, session_of
from awsvpc_audit.cli._audit import Judged, context_of, exit_code
from awsvpc_audit.cli._options import AccountOptions, VerdictOptions
from awsvpc_audit.cli._output import OutputError, render_options, write
from awsvpc_audit.collectors.session import Session
from awsvpc_audit.errors import AwsvpcAuditError, SnapshotError
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot, save
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.diff_document import round_line
from awsvpc_audit.report.document import document_of
from awsvpc_audit.report.text import clean
from awsvpc_audit.report.watch_table import News, Picture, latest, news_of, render_block, render_picture
from awsvpc_audit.watching import Watch, Watched, rounds

EXIT_COULD_NOT_AUDIT = 3
EXIT_INTERRUPTED = 130


class _Screen:
    """The picture on a terminal, drawn over itself. Leaving it gives the cursor back and lets the last one stand."""

    def __init__(self) -> None:
        self._live = Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="crop")
        self._picture: Picture | None = None
        self._show_all = False

    def __enter__(self) -> "_Screen":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, picture: Picture, *, show_all: bool) -> None:
        """Draw a picture."""
        self._picture, self._show_all = picture, show_all
        options = render_options(None, show_all=show_all)
        self._live.update(Text.from_ansi(render_picture(picture, options)), refresh=True)

    def say(self, status: str) -> None:
        """Draw the same picture with another status."""
        if self._picture is None:
            self._live.update(Text(status), refresh=True)
        else:
            self.show(replace(self._picture, status=status), show_all=self._show_all)


@dataclass(kw_only=True)
class Watching:
    """One watch.

    Attributes:
        cluster: name or ARN.
        services: names or ARNs; empty for all.
        account: whose account.
        verdict: what counts as failing.
        directory: where to write each round; ``None`` for nowhere.
        with_snapshots: whether to write snapshots there, too.
        as_json: whether stdout gets a JSON document a line.
        show_all: whether no list is cut.
    """

    cluster: str
    services: tuple[str, ...]
    account: AccountOptions
    verdict: VerdictOptions
    directory: Path | None
    with_snapshots: bool
    as_json: bool
    show_all: bool
    _session: Session | None = None
    _log: tuple[News, ...] = ()
    _last: Watched | None = None

    def run(self, *, interval: float, count: int | None) -> int:
        """Round after round.

        Args:
            interval: seconds from start to start.
            count: how many rounds; ``None`` for no end.

        Returns:
            The exit code: of the last round, or 130 on Ctrl-C.

        Raises:
            AwsvpcAuditError: the first round could read nothing, or not be written.
        """
        configure_logging(self.account)
        judged = Judged.by(self.verdict)
        if self.directory is not None:
            try:
                self.directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OutputError(f"cannot write to {self.directory}: {error.strerror or error}") from error
        on_terminal = sys.stdout.isatty() and not self.as_json
        screen: AbstractContextManager[_Screen | None] = _Screen() if on_terminal else nullcontext()
        code = 0
        try:
            with screen as shown:
                watch = Watch(
                    read=lambda: self._read(shown),
                    context_of=self._context_of,
                    # A watch may go on over midnight, and a waiver may end there.
                    audit=lambda context, collection: replace(judged, today=datetime.now(UTC).date()).audit(
                        context, collection
                    ),
                    clock=lambda: datetime.now(UTC),
                )
                for watched in rounds(
                    watch,
                    interval=interval,
                    count=count,
                    monotonic=time.monotonic,
                    wait=lambda seconds: _wait(seconds, shown),
                ):
                    notice = self._keep(watched)
                    self._show(watched, shown, notice)
                    code = EXIT_COULD_NOT_AUDIT if watched.result is None else exit_code(watched.result, self.verdict)
        except KeyboardInterrupt:
            return _leave()
        return code

    def _read(self, screen: _Screen | None) -> tuple[Snapshot, Collection]:
        if screen is not None:
            screen.say("reading AWS …")
        options = replace(self.account, no_progress=True)
        region = options.region or (self.cluster.split(":")[3] if self.cluster.startswith("arn:") else None)
        try:
            if self._session is None:
                self._session = session_of(options, region)
            collected = collect_live(options, self.cluster, session=self._session)
        except AwsvpcAuditError:
            # Credentials that were renewed in a file or by a login are only seen by a new session.
            self._session = None
            raise
        return collected.snapshot, collected.collection

    def _context_of(self, model: Model) -> Context:
        nothing = Collection(source="live", started_at=None, finished_at=None, api_calls=0, calls_by_operation={})
        return context_of(Account(model, nothing), self.cluster, self.account, self.services)

    def _keep(self, watched: Watched) -> str:
        """Write a round to the directory; each file whole or not at all.

        Returns:
            What went wrong; empty where nothing did. A full disk does not end a watch that has begun.

        Raises:
            AwsvpcAuditError: the first round cannot be written.
        """
        if self.directory is None or watched.result is None or watched.snapshot is None:
            return ""
        name = f"{in_utc(watched.record.started_at):%Y%m%dT%H%M%SZ}"
        try:
            write(document_of(watched.result, include_passed=self.show_all).decode(), self.directory / f"{name}.json")
            if self.with_snapshots:
                save(watched.snapshot, self.directory / f"{name}.zip")
        except (OutputError, SnapshotError) as error:
            if watched.record.number == 1:
                raise
            return str(error)
        return ""

    def _show(self, watched: Watched, screen: _Screen | None, notice: str) -> None:
        record, result = watched.record, watched.result
        self._log = latest(self._log, news_of(record))
        if result is not None:
            self._last = watched
        if screen is not None and self._last is not None and self._last.result is not None:
            picture = Picture(
                record=self._last.record,
                result=self._last.result,
                failed=record if record.error is not None else None,
                log=self._log,
                notice=notice,
            )
            screen.show(picture, show_all=self.show_all)
            return
        if self.as_json:
            write(round_line(record), None)
        else:
            write(render_block(record, result, render_options(None, show_all=self.show_all)), None)
        if notice:
            sys.stderr.write(f"awsvpc-audit: {clean(notice)}\n")


def _wait(seconds: float, screen: _Screen | None) -> None:
    """Wait, and on a terminal count down."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if screen is not None:
            screen.say(f"next in {left:.0f} s")
        time.sleep(min(left, 1.0) if screen is not None else left)


def _leave() -> int:
    """Go at once. Requests under way cannot be called back, and Python would wait for their threads at its end."""
    if any(thread.name.startswith("collect") for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_INTERRUPTED)
    return EXIT_INTERRUPTED
