"""`watch` from the front door, against an emulated account."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import load
from awsvpc_audit.report.schema import packaged_schema
from tests.cli.conftest import Command, Said
from tests.emulator_faults import FaultyAws

PROGRAM = (sys.executable, "-m", "awsvpc_audit", "watch", "prod")


@pytest.fixture
def watch(command: Command, aws: FaultyAws) -> Callable[..., Said]:
    return lambda *arguments: command("watch", "prod", "--endpoint-url", aws.endpoint_url, *arguments)


def test_one_round_says_everything_and_exits_as_an_audit_does(watch: Callable[..., Said]) -> None:
    said = watch("--rounds", "1")
    assert said.code == 1
    assert "round 1" in said.out
    assert "NET006" in said.out
    assert "\x1b" not in said.out
    assert watch("--rounds", "1", "--fail-on", "never").code == 0


def test_two_rounds_keep_the_interval_and_the_second_says_only_what_changed(
    watch: Callable[..., Said], aws: FaultyAws
) -> None:
    said = watch("--rounds", "2", "--interval", "5", "--format", "json")
    first, second = (json.loads(line) for line in said.out.splitlines())
    schema = json.loads(packaged_schema())
    for document in (first, second):
        jsonschema.validate(document, schema)
    assert (first["changes"], first["error"], second["error"]) == (None, None, None)
    assert (second["changes"]["new"], second["changes"]["fixed"], second["changes"]["services"]) == ([], [], [])
    starts = [time.mktime(time.strptime(d["started_at"][:19], "%Y-%m-%dT%H:%M:%S")) for d in (first, second)]
    assert starts[1] - starts[0] >= 4
    assert aws.calls["ecs:DescribeClusters"] == 2
    assert aws.calls["sts:GetCallerIdentity"] == 2


def test_each_round_is_written_whole_and_its_snapshot_gives_the_same_audit(
    watch: Callable[..., Said], command: Command, tmp_path: Path
) -> None:
    watch("--rounds", "1", "--directory", tmp_path / "rounds", "--snapshots")
    document, archive = sorted((tmp_path / "rounds").iterdir())
    assert [document.suffix, archive.suffix] == [".json", ".zip"]
    assert document.stem == archive.stem
    assert document.stem.endswith("Z")
    written = json.loads(document.read_bytes())
    jsonschema.validate(written, json.loads(packaged_schema()))
    assert Model.of(load(archive)).scopes
    again = json.loads(command("cluster", "prod", "--from", archive, "--format", "json").out)
    assert [f["fingerprint"] for f in again["findings"]] == [f["fingerprint"] for f in written["findings"]]


def test_only_the_services_asked_for(watch: Callable[..., Said]) -> None:
    said = watch("--rounds", "1", "--service", "web", "--format", "json")
    assert [each["name"] for each in json.loads(said.out)["services"]] == ["web"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "x"), "a snapshot does not change"),
        (("--interval", "4.9"), "5 seconds or more"),
        (("--interval", "-1"), "5 seconds or more"),
        (("--interval", "nan"), "no number of seconds"),
        (("--interval", "inf"), "no number of seconds"),
        (("--rounds", "0"), ""),
        (("--format", "sarif"), "as table or json"),
        (("--snapshots",), "--directory"),
        (("--account", "123456789012"), "--from"),
        (("--waivers", "there-is-none.toml"), "there-is-none.toml"),
    ],
)
def test_a_wrong_command_line(command: Command, arguments: tuple[str, ...], words: str) -> None:
    said = command("watch", "prod", *arguments)
    assert said.code == 2
    assert words in said.err


def test_a_first_round_that_reads_nothing_ends_it(watch: Callable[..., Said], aws: FaultyAws) -> None:
    aws.error("*", "ExpiredTokenException")
    said = watch("--rounds", "2")
    assert said.code == 3
    assert said.err.startswith("awsvpc-audit: ")
    assert said.err.count("\n") == 1


def test_an_unknown_cluster_and_service(command: Command, aws: FaultyAws) -> None:
    said = command("watch", "prd", "--endpoint-url", aws.endpoint_url, "--rounds", "1")
    assert (said.code, "Did you mean prod?" in said.err) == (3, True)
    said = command("watch", "prod", "--service", "wbe", "--endpoint-url", aws.endpoint_url, "--rounds", "1")
    assert (said.code, "Did you mean web?" in said.err) == (3, True)


def test_a_directory_that_cannot_be_made_is_said(watch: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = watch("--rounds", "1", "--directory", tmp_path / "file" / "below")
    assert said.code == 3
    assert "cannot write to" in said.err


class Running:
    """A watch in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
        )

    def lines(self, count: int) -> list[dict[str, object]]:
        assert self.process.stdout is not None
        return [json.loads(self.process.stdout.readline()) for _ in range(count)]


def test_a_later_round_that_fails_is_told_and_the_watch_goes_on(aws: FaultyAws) -> None:
    running = Running("--endpoint-url", aws.endpoint_url, "--rounds", "3", "--interval", "5", "--format", "json")
    try:
        (first,) = running.lines(1)
        aws.error("*", "ExpiredTokenException")
        (second,) = running.lines(1)
        aws.heal()
        (third,) = running.lines(1)
        assert first["error"] is None
        assert "ExpiredToken" in str(second["error"])
        assert second["summary"] is None
        assert third["error"] is None
        assert isinstance(third["changes"], dict)
        assert third["changes"]["new"] == []
        assert running.process.wait(30) == 1
    finally:
        running.process.kill()
        running.process.communicate()


class Terminal:
    """A watch on a pseudo-terminal."""

    def __init__(self, *arguments: str) -> None:
        self.seen = b""
        self.handle, inside = pty.openpty()
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "60"}
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [*PROGRAM, *arguments], stdin=inside, stdout=inside, stderr=inside, env=environment
        )
        os.close(inside)

    def until(self, words: bytes, seconds: float = 60) -> None:
        """Read until these words are new on the screen."""
        start, end = len(self.seen), time.monotonic() + seconds
        while words not in self.seen[start:]:
            assert time.monotonic() < end, self.seen[-2000:]
            self._read(0.2)

    def exit_code(self) -> int:
        while self._read(10):
            pass
        os.close(self.handle)
        return self.process.wait(30)

    def _read(self, seconds: float) -> bool:
        if not select.select([self.handle], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.handle, 65536)
        except OSError:  # the other end has gone
            return False
        self.seen += data
        return bool(data)

    def interrupt(self) -> float:
        self.process.send_signal(signal.SIGINT)
        return time.monotonic()


@pytest.mark.parametrize("moment", ["while it waits", "in the middle of a round"])
def test_ctrl_c_leaves_at_once_and_gives_the_cursor_back(aws: FaultyAws, moment: str) -> None:
    terminal = Terminal("--endpoint-url", aws.endpoint_url, "--interval", "5")
    terminal.until(b"next in")
    assert b"\x1b[?25l" in terminal.seen
    if moment == "in the middle of a round":
        aws.stall("ec2:DescribeSubnets")
        aws.forget()
        terminal.until(b"reading AWS")
        while not aws.calls["ec2:DescribeSubnets"]:
            time.sleep(0.05)
    pressed = terminal.interrupt()
    assert terminal.exit_code() == 130
    assert time.monotonic() - pressed < 10
    assert terminal.seen.rindex(b"\x1b[?25h") > terminal.seen.rindex(b"\x1b[?25l")
    assert b"Traceback" not in terminal.seen


def test_the_terminal_shows_the_whole_picture(aws: FaultyAws) -> None:
    terminal = Terminal("--endpoint-url", aws.endpoint_url, "--rounds", "1")
    assert terminal.exit_code() == 1
    for words in ("prod", "round 1", "worker", "Failing", "NET006"):
        assert words.encode() in terminal.seen
    assert terminal.seen.rindex(b"\x1b[?25h") > terminal.seen.rindex(b"\x1b[?25l")
