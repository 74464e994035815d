import json
from pathlib import Path

import pytest

from awsvpc_audit.cli.app import run
from awsvpc_audit.model.snapshot import save
from tests.world import healthy


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    world = healthy()
    world.service("web")["desiredCount"] = 8
    path = tmp_path / "snapshot"
    save(world.snapshot(), path)
    return str(path)


def test_json_is_the_contracts_document(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capacity", "prod", "--from", snapshot, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["cluster", "trunking", "instances", "subnets", "placement"]
    assert document["trunking"] == {"setting": "disabled", "assumed": None}
    web = next(p for p in document["placement"] if p["service"] == "web")
    assert (web["requested"], web["placeable"], web["binding"]) == (8, 6, "eni")


def test_what_ifs_combine(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    what_if = ["--service", "web", "--tasks", "9", "--trunking", "on", "--add", "c6i.large:2@us-east-1a"]
    assert run(["capacity", "prod", "--from", snapshot, "--format", "json", *what_if, "--lose-az", "us-east-1b"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["trunking"]["assumed"] == "on"
    assert [i["ec2_instance_id"] for i in document["instances"]] == ["i-a", "new-1", "new-2"]
    assert [(p["service"], p["requested"], p["placeable"]) for p in document["placement"]] == [("web", 9, 9)]


def test_the_table_shows_both(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capacity", "prod", "--from", snapshot, "--instance-type", "m5.2xlarge"]) == 0
    out = capsys.readouterr().out
    assert "task ENIs now" in out
    assert "What if: on m5.2xlarge" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--add", "c5.large"], 2, "TYPE:COUNT"),
        (["--trunking", "maybe"], 2, "maybe"),
        (["--tasks", "-1"], 2, "--tasks"),
        (["--lose-az", "us-east-1f"], 2, "zones: us-east-1a, us-east-1b"),
        (["--format", "sarif"], 2, "table or json"),
        (["--service", "wep"], 3, "Did you mean web"),
    ],
    ids=["no count", "no such value", "a negative number", "an unknown AZ", "a format of findings", "unknown service"],
)
def test_a_wrong_command_line(
    snapshot: str, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert run(["capacity", "prod", "--from", snapshot, *arguments]) == code
    assert message in capsys.readouterr().err
