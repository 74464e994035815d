"""Ctrl-C, SIGTERM, full disks and closed pipes: the process ends at once, says so, and leaves nothing half done."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from awsvpc_audit.model.snapshot import Snapshot, load, save
from tests.cli.conftest import Command
from tests.reliability.accounts import everything
from tests.world import World, healthy

PROGRAM = (sys.executable, "-m", "awsvpc_audit")
PATIENCE = 4.0
"""Seconds to end in on a machine that runs other tests; the promise is one second, see `test_within_a_second`."""

HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"


@dataclass(frozen=True, slots=True)
class SilentAws:
    """An endpoint that takes every request and answers none."""

    url: str
    taken: list[socket.socket]

    def is_asked(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self.taken)

    def hang_up(self) -> None:
        """Close every connection: nobody waits any more."""
        while self.taken:
            self.taken.pop().close()


@pytest.fixture
def silent_aws() -> Iterator[SilentAws]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        taken: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        silent = SilentAws(f"http://127.0.0.1:{server.getsockname()[1]}", taken)
        yield silent
    silent.hang_up()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("interrupted") / "snapshot"
    save(everything(), target)
    return target


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Attributes:
        code: its exit code; negative where a signal killed it.
        after: seconds from the signal on.
        out, err: what it wrote.
    """

    code: int
    after: float
    out: bytes
    err: bytes


def interrupted(
    arguments: Sequence[str | Path],
    delay: float,
    *,
    once: Callable[[], bool] = lambda: True,
    number: int = signal.SIGINT,
    on_terminal: bool = False,
    times: int = 1,
    reads: bool = True,
) -> Ended:
    """Start the program, send it a signal after a delay, and see how it ends.

    Args:
        arguments: of the program.
        delay: seconds from its start, or from what is waited for.
        once: what is waited for.
        number: the signal.
        on_terminal: whether its stderr is a terminal.
        times: how often the signal is sent.
        reads: whether anybody reads its stdout before it has ended.
    """
    environment = os.environ | {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "TERM": "xterm"}
    terminal, its_end = pty.openpty() if on_terminal else os.pipe()
    out, its_out = os.pipe()
    with subprocess.Popen(  # noqa: S603 - ourselves
        [*PROGRAM, *map(str, arguments)], stdout=its_out, stderr=its_end, stdin=subprocess.DEVNULL, env=environment
    ) as process:
        os.close(its_end)
        os.close(its_out)
        said: dict[int, bytes] = {}
        readers = [_reading(end, said) for end in ((terminal, out) if reads else (terminal,))]
        while not once() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(delay)
        begin = time.monotonic()
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.02 if times > 1 else 0)
        try:
            code = process.wait(timeout=30)
        finally:
            process.kill()
        after = time.monotonic() - begin
    for reader in readers:
        reader.join(timeout=10)
    if not reads:
        os.close(out)
    return Ended(code, after, said.get(out, b""), said.get(terminal, b""))


def _reading(end: int, said: dict[int, bytes]) -> threading.Thread:
    def read() -> None:
        said[end] = b""
        while True:
            try:
                part = os.read(end, 65536)
            except OSError:  # the other end of a terminal was closed
                break
            if not part:
                break
            said[end] += part
        os.close(end)

    thread = threading.Thread(target=read)
    thread.start()
    return thread


def assert_cleanly(ended: Ended, code: int = 130, *, patience: float = PATIENCE) -> None:
    assert ended.code == code, ended
    assert ended.after < patience, ended
    for word in (b"Traceback", b"internal error", b"Exception ignored"):
        assert word not in ended.err, ended.err.decode()


def live(aws: SilentAws) -> list[str]:
    """The main job on an account that never answers."""
    return ["cluster", "prod", "--region", "us-east-1", "--endpoint-url", aws.url]


class TestWhileAwsIsSilent:
    """Sixteen threads wait for answers, each for half a minute."""

    def test_ctrl_c_ends_it(self, silent_aws: SilentAws) -> None:
        assert_cleanly(interrupted(live(silent_aws), 0.2, once=silent_aws.is_asked))

    def test_sigterm_ends_it(self, silent_aws: SilentAws) -> None:
        assert_cleanly(interrupted(live(silent_aws), 0.2, once=silent_aws.is_asked, number=signal.SIGTERM), 143)

    def test_whoever_presses_it_twice_is_not_shown_where_it_was(self, silent_aws: SilentAws) -> None:
        assert_cleanly(interrupted(live(silent_aws), 0.2, once=silent_aws.is_asked, times=5))

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
    def test_the_terminal_has_its_cursor_again(self, silent_aws: SilentAws, number: int) -> None:
        ended = interrupted(live(silent_aws), 0.5, once=silent_aws.is_asked, number=number, on_terminal=True)
        assert_cleanly(ended, 128 + number)
        assert ended.err.count(HIDE_CURSOR) >= 1, "the progress bar was there"
        assert ended.err.rindex(SHOW_CURSOR) > ended.err.rindex(HIDE_CURSOR)

    def test_a_snapshot_under_way_leaves_nothing(self, silent_aws: SilentAws, tmp_path: Path) -> None:
        arguments: list[str | Path] = ["snapshot", *live(silent_aws)[1:], "-o", tmp_path / "s.zip"]
        assert_cleanly(interrupted(arguments, 0.2, once=silent_aws.is_asked))
        assert not list(tmp_path.iterdir())

    @pytest.mark.reliability
    def test_within_a_second(self, silent_aws: SilentAws) -> None:
        """Ten times, on a machine with nothing else to do."""
        for _ in range(10):
            silent_aws.hang_up()
            assert_cleanly(interrupted(live(silent_aws), 0.2, once=silent_aws.is_asked, on_terminal=True), patience=1.0)


class TestAtAnyMoment:
    """From the first import to the last byte. Before our first line, a signal does what it always does."""

    @staticmethod
    def sweep(stored: Path, folder: Path, number: int, delays: Sequence[float], patience: float) -> None:
        output = folder / "report.json"
        for delay in delays:
            output.write_text("of yesterday")
            arguments: list[str | Path] = ["cluster", "prod", "--from", stored, "--format", "json", "--output", output]
            ended = interrupted(arguments, delay, number=number)
            assert ended.code in {0, 1, 128 + number, -number}, ended
            assert ended.after < patience, ended
            if ended.code == 128 + number:
                assert_cleanly(ended, 128 + number, patience=patience)
            text = output.read_text()
            assert text == "of yesterday" or json.loads(text)["schema_version"] == "1"
            assert [path.name for path in folder.iterdir()] == ["report.json"]

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
    def test_quickly(self, stored: Path, tmp_path: Path, number: int) -> None:
        self.sweep(stored, tmp_path, number, (0.1, 0.4, 0.9, 1.4), PATIENCE)

    @pytest.mark.reliability
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
    def test_thoroughly(self, stored: Path, tmp_path: Path, number: int) -> None:
        self.sweep(stored, tmp_path, number, [step / 50 for step in range(100)], 1.0)

    def test_a_snapshot_is_there_whole_or_not_at_all(self, stored: Path, tmp_path: Path) -> None:
        for delay in (0.3, 0.6, 0.9):
            target = tmp_path / "copy"
            ended = interrupted(("snapshot", "prod", "--from", stored, "-o", target), delay)
            assert ended.code in {0, 130, -2}, ended
            if target.exists():
                assert dict(load(target).files())
            assert {path.name for path in tmp_path.iterdir()} <= {"copy"}

    def test_while_nobody_reads_what_it_writes(self, tmp_path: Path) -> None:
        world = healthy()
        for number in range(300):
            world.add_service(f"service-{number}", launch_type="FARGATE", desired=1)
        save(world.snapshot(), tmp_path / "s")
        arguments: list[str | Path] = ["cluster", "prod", "--from", tmp_path / "s", "--format", "json", "--all"]
        assert_cleanly(interrupted(arguments, 8.0, reads=False))

    def test_while_it_waits_for_the_reader_of_a_pipe(self, stored: Path, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        arguments: list[str | Path] = ["cluster", "prod", "--from", stored, "--output", tmp_path / "pipe"]
        assert_cleanly(interrupted(arguments, 4.0))

    def test_an_exchange_of_directories_that_breaks_leaves_the_old_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        before = dict(load(tmp_path / "s").files())
        rename, calls = Path.rename, iter(range(10))

        def breaking(self: Path, target: Path) -> Path:
            if next(calls) == 1:
                raise KeyboardInterrupt
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", breaking)
        with pytest.raises(KeyboardInterrupt):
            save(World(cluster="other").snapshot(), tmp_path / "s")
        assert dict(load(tmp_path / "s").files()) == before
        assert [path.name for path in tmp_path.iterdir()] == ["s"]


def run(*arguments: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - ourselves
        [*PROGRAM, *map(str, arguments)], stderr=subprocess.PIPE, text=True, check=False, timeout=60, **more
    )


class TestOutputThatCannotBeWritten:
    """Exit 3, with what and why; the reader of a pipe that goes away is told nothing."""

    COMMANDS = (
        ("cluster", "prod"),
        ("cluster", "prod", "--format", "json"),
        ("capacity", "prod"),
        ("timeline", "prod"),
    )

    @pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
    def test_a_full_disk(self, stored: Path, arguments: tuple[str, ...]) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = run(*arguments, "--from", stored, stdout=full)
        assert done.returncode == 3
        assert done.stderr == "awsvpc-audit: cannot read or write standard output: No space left on device\n"

    @pytest.mark.parametrize("arguments", [("--help",), ("checks",), ("explain", "ENI001"), ("iam-policy",)])
    def test_a_full_disk_without_an_audit(self, arguments: tuple[str, ...]) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = run(*arguments, stdout=full)
        assert done.returncode == 3
        assert "No space left on device" in done.stderr
        assert done.stderr.count("\n") == 1

    def test_a_full_disk_behind_a_name(self, command: Command, stored: Path) -> None:
        said = command("cluster", "prod", "--from", stored, "--output", "/dev/full")
        assert said.code == 3
        assert said.err == "awsvpc-audit: cannot write /dev/full: No space left on device\n"

    @pytest.mark.parametrize(
        "arguments",
        [("cluster", "--output", "report.html"), ("snapshot", "-o", "copy"), ("snapshot", "-o", "copy.zip")],
    )
    def test_a_file_that_must_not_grow(self, stored: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        name, option, target = arguments

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        done = run(name, "prod", "--from", stored, option, tmp_path / target, preexec_fn=limit)
        assert done.returncode == 3
        assert target in done.stderr
        assert "File too large" in done.stderr
        assert not list(tmp_path.iterdir())

    def test_a_directory_in_its_place(self, command: Command, stored: Path, tmp_path: Path) -> None:
        said = command("cluster", "prod", "--from", stored, "--output", tmp_path)
        assert (said.code, said.err.count("\n")) == (3, 1)
        assert f"cannot write {tmp_path}: Is a directory" in said.err

    def test_a_folder_that_there_is_not(self, command: Command, stored: Path, tmp_path: Path) -> None:
        said = command("cluster", "prod", "--from", stored, "--output", tmp_path / "no" / "report.txt")
        assert said.code == 3
        assert "report.txt: No such file or directory" in said.err

    def test_standard_output_that_is_closed(self, stored: Path) -> None:
        done = run("cluster", "prod", "--from", stored, preexec_fn=lambda: os.close(1))
        assert done.returncode == 3
        assert done.stderr == "awsvpc-audit: cannot write: standard output is closed; name a file with --output\n"

    @pytest.mark.parametrize("arguments", [*COMMANDS, ("explain", "ENI001")], ids=" ".join)
    def test_a_reader_that_went_away(self, stored: Path, arguments: tuple[str, ...]) -> None:
        more = () if arguments[0] == "explain" else ("--from", str(stored))
        read, write = os.pipe()
        os.close(read)
        done = run(*arguments, *more, stdout=write)
        os.close(write)
        assert done.stderr == ""

    def test_what_was_there_stays_where_it_cannot_be_replaced(
        self, command: Command, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = tmp_path / "report.txt"
        target.write_text("of yesterday")

        def refuse(_self: Path, _target: Path) -> Path:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", refuse)
        assert command("cluster", "prod", "--from", stored, "--output", target).code == 3
        assert target.read_text() == "of yesterday"
        assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]

    def test_a_link_stays_one_and_a_file_keeps_its_mode(self, command: Command, stored: Path, tmp_path: Path) -> None:
        (tmp_path / "real.txt").write_text("of yesterday")
        (tmp_path / "real.txt").chmod(0o640)
        (tmp_path / "link.txt").symlink_to("real.txt")
        command("cluster", "prod", "--from", stored, "--output", tmp_path / "link.txt")
        assert (tmp_path / "link.txt").is_symlink()
        assert (tmp_path / "real.txt").read_text().startswith("prod")
        assert stat.S_IMODE((tmp_path / "real.txt").stat().st_mode) == 0o640

    def test_a_new_file_is_read_by_whom_the_user_lets(self, command: Command, stored: Path, tmp_path: Path) -> None:
        with umask(0o077):
            command("cluster", "prod", "--from", stored, "--output", tmp_path / "report.txt")
        assert stat.S_IMODE((tmp_path / "report.txt").stat().st_mode) == 0o600


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def test_there_is_something_to_interrupt() -> None:
    assert isinstance(everything(), Snapshot)
