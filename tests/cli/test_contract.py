"""What other programs rely on: exit codes, what goes where, the same bytes for the same snapshot."""

import csv
import io
import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from awsvpc_audit import __version__
from awsvpc_audit.checks import ALL_CHECKS
from tests.cli.conftest import Command, Said, Stored
from tests.world import World, healthy

ERROR_PREFIX = "awsvpc-audit: "


def in_trouble() -> World:
    """A full subnet: SUB001, critical."""
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


def minor() -> World:
    """Host names off: DNS002, low, and nothing else."""
    world = healthy()
    world.rows["ec2:DescribeVpcAttribute"][0]["EnableDnsHostnames"] = {"Value": False}
    return world


def undecided() -> World:
    """Subnets unread: nothing fails, and SUB001 cannot be told."""
    return healthy().deny("ec2:DescribeSubnets")


def assert_one_line(said: Said, *words: str) -> None:
    assert said.out == ""
    assert said.err.startswith(ERROR_PREFIX)
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


class TestExitCodes:
    @pytest.mark.parametrize(
        ("world", "options", "code"),
        [
            pytest.param(healthy, (), 0, id="healthy"),
            pytest.param(in_trouble, (), 1, id="something critical fails"),
            pytest.param(in_trouble, ("--fail-on", "critical"), 1, id="at the severity asked for"),
            pytest.param(in_trouble, ("--fail-on", "never"), 0, id="never"),
            pytest.param(minor, (), 0, id="less than high fails"),
            pytest.param(minor, ("--fail-on", "low"), 1, id="low fails and counts"),
            pytest.param(minor, ("--fail-on", "medium"), 0, id="low fails and medium counts"),
            pytest.param(undecided, (), 0, id="unknown"),
            pytest.param(undecided, ("--strict",), 1, id="unknown counts"),
            pytest.param(undecided, ("--strict", "--fail-on", "never"), 0, id="unknown counts and nothing does"),
            pytest.param(healthy, ("--strict",), 0, id="healthy and strict"),
        ],
    )
    def test_zero_and_one(
        self, command: Command, stored: Stored, world: type[World], options: tuple[str, ...], code: int
    ) -> None:
        said = command("cluster", "prod", "--from", stored(world()), "--format", "json", *options)
        assert said.code == code
        assert json.loads(said.out)["schema_version"] == "1"

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("clutser", "prod"),
            ("cluster",),
            ("cluster", "prod", "--format", "yaml"),
            ("cluster", "prod", "--fail-on", "bad"),
            ("cluster", "prod", "--nope"),
            ("cluster", "prod", "--account", "123456789012"),
            ("cluster", "prod", "--from", "x", "--profile", "y"),
            ("cluster", "prod", "--from", "x", "--role-arn", "y"),
            ("cluster", "prod", "--from", "x", "--endpoint-url", "http://z"),
            ("explain",),
            ("explain", "NET999"),
            ("snapshot", "prod"),
            ("snapshot", "-o", "x"),
            ("snapshot", "prod", "--all", "-o", "x"),
            ("checks", "--format", "yaml"),
        ],
        ids=" ".join,
    )
    def test_two_for_a_wrong_command_line(self, command: Command, arguments: tuple[str, ...]) -> None:
        said = command(*arguments)
        assert said.code == 2
        assert said.err or said.out
        assert "Traceback" not in said.err

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            pytest.param(("cluster", "prd"), ('"prd"', "Did you mean prod?"), id="unknown cluster"),
            pytest.param(("cluster", "prod", "--region", "eu-west-1"), ("eu-west-1", "us-east-1"), id="other Region"),
            pytest.param(("cluster", "prod", "--account", "000000000000"), ("000000000000",), id="other account"),
            pytest.param(("cluster", "prod", "--service", "wbe"), ('"wbe"', "Did you mean web?"), id="unknown service"),
        ],
    )
    def test_three_for_what_is_not_there(
        self, command: Command, healthy_snapshot: Path, arguments: tuple[str, ...], words: tuple[str, ...]
    ) -> None:
        said = command(*arguments, "--from", healthy_snapshot)
        assert said.code == 3
        assert_one_line(said, *words)

    def test_three_for_a_service_that_nobody_could_look_for(self, command: Command, stored: Stored) -> None:
        said = command("cluster", "prod", "--service", "web", "--from", stored(healthy().deny("ecs:DescribeServices")))
        assert said.code == 3
        assert_one_line(said, "ecs:DescribeServices was not")

    def test_three_for_a_snapshot_that_is_none(self, command: Command, tmp_path: Path) -> None:
        said = command("cluster", "prod", "--from", tmp_path / "nowhere")
        assert said.code == 3
        assert_one_line(said, "nowhere")

    def test_three_for_a_broken_snapshot_with_file_and_field(self, command: Command, healthy_snapshot: Path) -> None:
        file = healthy_snapshot / "123456789012/us-east-1/ec2.DescribeSubnets.json"
        file.write_text(file.read_text().replace('"AvailableIpAddressCount":200', '"AvailableIpAddressCount":"many"'))
        said = command("cluster", "prod", "--from", healthy_snapshot)
        assert said.code == 3
        assert_one_line(said, "ec2.DescribeSubnets.json", "AvailableIpAddressCount")

    def test_three_for_no_region(self, command: Command) -> None:
        said = command("cluster", "prod")
        assert said.code == 3
        assert_one_line(said, "--region")

    def test_three_for_no_credentials(self, command: Command) -> None:
        said = command("cluster", "prod", "--region", "us-east-1")
        assert said.code == 3
        assert_one_line(said, "no AWS credentials", "awsvpc-audit demo")

    def test_three_for_an_unknown_profile(self, command: Command) -> None:
        said = command("cluster", "prod", "--profile", "nowhere")
        assert said.code == 3
        assert_one_line(said, "nowhere")

    def test_three_where_nothing_listens(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        said = command("cluster", "prod", "--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:9")
        assert said.code == 3
        assert_one_line(said, "cannot reach AWS", "127.0.0.1:9")

    def test_three_for_an_endpoint_that_is_no_address(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        said = command("cluster", "prod", "--region", "us-east-1", "--endpoint-url", "nonsense")
        assert said.code == 3
        assert_one_line(said, "nonsense", "--endpoint-url takes a URL")

    def test_three_for_output_that_cannot_be_written(self, command: Command, healthy_snapshot: Path) -> None:
        said = command("cluster", "prod", "--from", healthy_snapshot, "--output", healthy_snapshot / "no/such/file")
        assert said.code == 3
        assert_one_line(said, "cannot write")

    def test_130_for_an_interrupt(
        self, command: Command, healthy_snapshot: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("awsvpc_audit.cli._account.load", interrupted)
        said = command("cluster", "prod", "--from", healthy_snapshot)
        assert said.code == 130
        assert said.out == ""

    def test_a_defect_is_three_in_one_line_and_v_shows_where(
        self, command: Command, healthy_snapshot: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise ZeroDivisionError("by us")

        monkeypatch.setattr("awsvpc_audit.cli._account.load", broken)
        said = command("cluster", "prod", "--from", healthy_snapshot)
        assert said.code == 3
        assert_one_line(said, "ZeroDivisionError", "-v")
        assert "Traceback" in command("cluster", "prod", "--from", healthy_snapshot, "-v").err


class TestStdout:
    @pytest.mark.parametrize("verbosity", [(), ("-v",), ("-vv",), ("-q",)])
    def test_it_holds_the_document_alone(self, command: Command, stored: Stored, verbosity: tuple[str, ...]) -> None:
        source = ("--from", stored(in_trouble()), *verbosity)
        json.loads(command("cluster", "prod", *source, "--format", "json").out)
        json.loads(command("cluster", "prod", *source, "--format", "sarif").out)
        ElementTree.fromstring(command("cluster", "prod", *source, "--format", "junit").out)  # noqa: S314 - our own
        rows = list(csv.reader(io.StringIO(command("cluster", "prod", *source, "--format", "csv").out)))
        assert len({len(row) for row in rows}) == 1
        assert command("cluster", "prod", *source, "--format", "markdown").out.startswith("#")

    @pytest.mark.parametrize("format_", ["table", "json", "markdown", "csv", "junit", "sarif"])
    def test_nothing_is_said_beside_it_where_nothing_is_wrong_with_the_run(
        self, command: Command, stored: Stored, format_: str
    ) -> None:
        said = command("cluster", "prod", "--from", stored(in_trouble()), "--format", format_)
        assert said.err == ""
        assert said.out.endswith("\n")

    @pytest.mark.parametrize("format_", ["json", "markdown", "csv", "junit", "sarif"])
    def test_the_same_snapshot_gives_the_same_bytes(self, command: Command, stored: Stored, format_: str) -> None:
        where = stored(in_trouble())
        once = command("cluster", "prod", "--from", where, "--format", format_).out
        assert command("cluster", "prod", "--from", where, "--format", format_).out == once

    def test_no_colour_where_it_is_no_terminal(self, command: Command, stored: Stored) -> None:
        assert "\x1b" not in command("cluster", "prod", "--from", stored(in_trouble())).out

    def test_all_shows_what_passed_too(self, command: Command, healthy_snapshot: Path) -> None:
        arguments = ("cluster", "prod", "--from", healthy_snapshot, "--format", "json")
        assert json.loads(command(*arguments).out)["findings"] == []
        document = json.loads(command(*arguments, "--all").out)
        assert {finding["status"] for finding in document["findings"]} == {"pass"}
        assert len(document["findings"]) == document["summary"]["findings"]["pass"] > 20

    def test_a_service_narrows_it(self, command: Command, healthy_snapshot: Path) -> None:
        said = command("cluster", "prod", "--from", healthy_snapshot, "--service", "web", "--format", "json")
        assert json.loads(said.out)["scope"]["services"] == ["web"]

    def test_an_arn_names_the_cluster_as_well(self, command: Command, healthy_snapshot: Path) -> None:
        arn = "arn:aws:ecs:us-east-1:123456789012:cluster/prod"
        assert command("cluster", arn, "--from", healthy_snapshot).code == 0


class TestOutputFile:
    def test_it_holds_the_document_and_stdout_nothing(self, command: Command, stored: Stored, tmp_path: Path) -> None:
        target = tmp_path / "report.json"
        said = command("cluster", "prod", "--from", stored(in_trouble()), "--format", "json", "--output", target)
        assert (said.code, said.out) == (1, "")
        assert json.loads(target.read_text())["summary"]["verdict"] == "fail"
        assert stat.S_IMODE(target.stat().st_mode) == 0o644
        assert sorted(p.name for p in tmp_path.iterdir()) == ["report.json", "stored"], "nothing is left beside it"

    def test_what_was_there_stays_where_the_audit_fails(self, command: Command, tmp_path: Path) -> None:
        target = tmp_path / "report.json"
        target.write_text("yesterday's")
        assert command("cluster", "prod", "--from", tmp_path / "nowhere", "--output", target).code == 3
        assert target.read_text() == "yesterday's"


class TestWaivers:
    def waived(self, command: Command, stored: Stored, tmp_path: Path, text: str) -> Said:
        (tmp_path / "waivers.toml").write_text(text)
        arguments = ("--waivers", tmp_path / "waivers.toml", "--format", "json")
        return command("cluster", "prod", "--from", stored(in_trouble()), *arguments)

    def test_what_is_accepted_is_shown_and_does_not_fail(
        self, command: Command, stored: Stored, tmp_path: Path
    ) -> None:
        said = self.waived(
            command,
            stored,
            tmp_path,
            '[[waivers]]\ncheck = "SUB001"\nresource = "subnet-*"\nreason = "known"\nexpires = 2999-01-31\n',
        )
        (finding,) = [f for f in json.loads(said.out)["findings"] if f["check_id"] == "SUB001"]
        assert (said.code, finding["status"]) == (0, "waived")
        assert finding["waiver"] == {"reason": "known", "expires": "2999-01-31"}

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('[[waivers]]\ncheck = "SUB001"\nreason = "x"\nexpires = 2020-01-31\n', id="it has expired"),
            pytest.param('[[waivers]]\ncheck = "SUB001"\nreason = "x"\nresource = "vpc-*"\n', id="another resource"),
            pytest.param('[[waivers]]\ncheck = "SUB001"\nreason = "x"\ncluster = "dev"\n', id="another cluster"),
            pytest.param('[[waivers]]\ncheck = "DNS002"\nreason = "x"\n', id="another check"),
        ],
    )
    def test_what_is_not_accepted_fails(self, command: Command, stored: Stored, tmp_path: Path, text: str) -> None:
        assert self.waived(command, stored, tmp_path, text).code == 1

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("[[waivers", "waivers.toml"),
            ('[[waivers]]\ncheck = "SUB001"\n', "reason"),
            ('[[waivers]]\ncheck = "SUB001"\nreason = "x"\nuntil = 1\n', "until"),
            ('[[waivers]]\ncheck = "SUB999"\nreason = "x"\n', "SUB999"),
        ],
        ids=["no TOML", "no reason", "an unknown member", "an unknown check"],
    )
    def test_a_broken_file_is_a_wrong_command_line(
        self, command: Command, stored: Stored, tmp_path: Path, text: str, word: str
    ) -> None:
        said = self.waived(command, stored, tmp_path, text)
        assert said.code == 2
        assert_one_line(said, word)


class TestCatalogue:
    def test_checks_lists_every_check(self, command: Command) -> None:
        lines = command("checks").out.splitlines()
        assert [line.split()[0] for line in lines if line[:6] in {c.id for c in ALL_CHECKS}] == [
            c.id for c in ALL_CHECKS
        ]
        assert [row["id"] for row in json.loads(command("checks", "--format", "json").out)] == [
            c.id for c in ALL_CHECKS
        ]
        assert command("checks", "--format", "markdown").out.count("\n| [") == len(ALL_CHECKS)

    @pytest.mark.parametrize("check_id", [check.id for check in ALL_CHECKS])
    def test_explain_shows_the_whole_page(self, command: Command, check_id: str) -> None:
        said = command("explain", check_id)
        assert said.code == 0
        for heading in ("Why it happens", "How it is proven", "How to fix it", "What it cannot see", "Sources"):
            assert f"## {heading}\n" in said.out

    def test_explain_takes_small_letters(self, command: Command) -> None:
        assert command("explain", "sub001").out == command("explain", "SUB001").out

    def test_an_unknown_check_has_its_near_matches(self, command: Command) -> None:
        said = command("explain", "SUB01")
        assert said.code == 2
        assert_one_line(said, "Did you mean SUB001")

    def test_iam_policy_is_json(self, command: Command) -> None:
        assert json.loads(command("iam-policy").out)["Version"] == "2012-10-17"

    def test_version_and_help(self, command: Command) -> None:
        assert command("--version").out == f"awsvpc-audit {__version__}\n"
        assert "Exit codes" in command("--help").out
        assert command("cluster", "-h").code == 0


class TestSnapshotOfASnapshot:
    @pytest.mark.parametrize("name", ["copy", "copy.zip"])
    def test_it_is_the_same(self, command: Command, healthy_snapshot: Path, tmp_path: Path, name: str) -> None:
        assert command("snapshot", "prod", "--from", healthy_snapshot, "-o", tmp_path / name).code == 0
        arguments = ("cluster", "prod", "--format", "json", "--all", "--from")
        assert command(*arguments, tmp_path / name).out == command(*arguments, healthy_snapshot).out

    def test_it_holds_no_secret_that_a_hand_made_one_held(
        self, command: Command, stored: Stored, tmp_path: Path
    ) -> None:
        world = healthy()
        container = world.task_definition("web")["containerDefinitions"][0]
        container["environment"] = [{"name": "PASSWORD", "value": "c4n4ry"}]
        container["command"] = ["--password=c4n4ry"]
        where = stored(world)
        assert command("snapshot", "prod", "--from", where, "-o", tmp_path / "copy.zip").code == 0
        with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
            assert not any(b"c4n4ry" in archive.read(name) for name in archive.namelist())
        assert "c4n4ry" not in command("cluster", "prod", "--from", where, "--format", "json", "--all").out

    def test_of_an_unknown_cluster_there_is_none(
        self, command: Command, healthy_snapshot: Path, tmp_path: Path
    ) -> None:
        said = command("snapshot", "prd", "--from", healthy_snapshot, "-o", tmp_path / "copy")
        assert said.code == 3
        assert_one_line(said, "Did you mean prod?")
        assert not (tmp_path / "copy").exists()


class TestAsAProgram:
    @staticmethod
    def program(*arguments: str | Path, code: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "awsvpc_audit", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=120)  # noqa: S603

    def test_help_imports_no_aws(self) -> None:
        done = self.program(
            code="import sys\nfrom awsvpc_audit.cli.app import run\n"
            "assert run(['--help']) == 0 and run(['cluster', '--help']) == 0\n"
            "slow = {'boto3', 'botocore', 'moto', 'msgspec', 'jsonschema'} & set(sys.modules)\n"
            "assert not slow, slow\n"
        )
        assert done.returncode == 0, done.stderr

    def test_a_snapshot_is_audited_without_aws(self, healthy_snapshot: Path) -> None:
        done = self.program("cluster", "prod", "--from", healthy_snapshot, "--format", "json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["summary"]["verdict"] == "pass"
        assert done.stderr == ""

    def test_it_goes_by_its_name(self) -> None:
        done = self.program("cluster")
        assert done.returncode == 2
        assert "Usage: awsvpc-audit cluster" in done.stderr

    def test_a_reader_that_goes_away_is_no_defect(self, healthy_snapshot: Path) -> None:
        arguments = [sys.executable, "-m", "awsvpc_audit", "explain", "ENI001"]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ) as process:  # noqa: S603
            assert process.stdout is not None
            process.stdout.close()
            process.wait(timeout=60)
            assert process.stderr is not None
            assert b"Traceback" not in process.stderr.read()
