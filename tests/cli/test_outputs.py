"""One run, several documents: `--output FORMAT:FILE`."""

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from awsvpc_audit.cli._options import Format
from awsvpc_audit.model.snapshot import save
from tests.cli.conftest import Command, Stored
from tests.regions import side_by_side
from tests.world import World, healthy


def full_subnet() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


@pytest.fixture
def two(tmp_path: Path) -> Path:
    save(side_by_side({"us-east-1": full_subnet(), "eu-west-1": healthy()}), tmp_path / "two")
    return tmp_path / "two"


def test_one_audit_writes_every_format(command: Command, stored: Stored, tmp_path: Path) -> None:
    files = {each: tmp_path / f"report.{each.value}" for each in Format}
    outputs = [f"{each.value}:{path}" for each, path in files.items()]
    arguments = [part for output in outputs for part in ("--output", output)]
    said = command("cluster", "prod", "--from", stored(full_subnet()), *arguments)
    assert (said.code, said.out, said.err) == (1, "", "")
    texts = {each: path.read_text() for each, path in files.items()}
    assert all("SUB001" in text for text in texts.values())
    assert json.loads(texts[Format.JSON])["summary"]["verdict"] == "fail"
    assert json.loads(texts[Format.SARIF])["version"] == "2.1.0"
    assert texts[Format.MARKDOWN].startswith("# prod")
    assert next(csv.reader(texts[Format.CSV].splitlines()))[0] == "account"


def test_one_report_writes_every_format(command: Command, two: Path, tmp_path: Path) -> None:
    files = {each: tmp_path / f"report.{each.value}" for each in Format}
    arguments = [part for each, path in files.items() for part in ("--output", f"{each.value}:{path}")]
    said = command("report", "--from", two, "--all-clusters", *arguments)
    assert (said.code, said.out, said.err) == (1, "", "")
    texts = {each: path.read_text() for each, path in files.items()}
    assert all("SUB001" in text for text in texts.values())
    # An OCSF event is of a finding: a cluster that is well has none, unless what passes is written too.
    assert all("eu-west-1" in text for each, text in texts.items() if each is not Format.OCSF)
    assert len(json.loads(texts[Format.JSON])["audits"]) == 2
    runs = json.loads(texts[Format.SARIF])["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == [
        "awsvpc-audit/123456789012/us-east-1/prod/",
        "awsvpc-audit/123456789012/eu-west-1/prod/",
        "awsvpc-audit/report/",
    ]
    suites = ElementTree.fromstring(texts[Format.JUNIT])  # noqa: S314 - our own
    assert [suite.get("hostname") for suite in suites] == [
        "123456789012/us-east-1",
        "123456789012/eu-west-1",
        "123456789012/us-east-1, 123456789012/eu-west-1",
    ]


def test_files_and_stdout_together(command: Command, stored: Stored, tmp_path: Path) -> None:
    where = stored(full_subnet())
    said = command("cluster", "prod", "--from", where, "--output", f"json:{tmp_path / 'r.json'}", "--format", "csv")
    assert said.out.startswith("account,region,cluster")
    assert json.loads((tmp_path / "r.json").read_text())["schema_version"] == "1"


def test_a_plain_file_takes_the_format(command: Command, stored: Stored, tmp_path: Path) -> None:
    where, plain, other = stored(full_subnet()), tmp_path / "plain", tmp_path / "other"
    said = command(
        "cluster", "prod", "--from", where, "--format", "json", "--output", plain, "--output", f"csv:{other}"
    )
    assert said.out == ""
    assert json.loads(plain.read_text())["schema_version"] == "1"
    assert other.read_text().startswith("account,")


@pytest.mark.parametrize(
    ("outputs", "word"),
    [
        pytest.param(("a.json", "b.json"), "FORMAT:FILE", id="two files without a format"),
        pytest.param(("json:same", "csv:same"), "names same twice", id="one file for two"),
        pytest.param(("json:",), "names no file", id="a format without a file"),
    ],
)
def test_what_is_no_set_of_files_is_a_wrong_command_line(
    command: Command, healthy_snapshot: Path, outputs: tuple[str, ...], word: str
) -> None:
    arguments = [part for output in outputs for part in ("--output", output)]
    said = command("cluster", "prod", "--from", healthy_snapshot, *arguments)
    assert (said.code, said.out) == (2, "")
    assert word in said.err


def test_nothing_is_written_where_nothing_could_be_audited(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    said = command("report", "--from", tmp_path / "nowhere", "--all-clusters", "--output", f"json:{target}")
    assert said.code == 3
    assert not target.exists()
