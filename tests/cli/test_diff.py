"""`diff` from the front door: exit codes, formats, errors."""

import json
from pathlib import Path

import jsonschema
import pytest

from awsvpc_audit.model.snapshot import save
from awsvpc_audit.report.schema import packaged_schema
from tests.cli.conftest import Command
from tests.world import World, healthy


def full_subnet() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


def minor() -> World:
    world = healthy()
    world.rows["ec2:DescribeVpcAttribute"][0]["EnableDnsHostnames"] = {"Value": False}
    return world


def blind() -> World:
    return full_subnet().deny("ec2:DescribeSubnets")


class Stored:
    def __init__(self, root: Path) -> None:
        self.root = root

    def __call__(self, name: str, world: World) -> Path:
        save(world.snapshot(), self.root / name)
        return self.root / name


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "options", "code"),
    [
        pytest.param(healthy, healthy, (), 0, id="nothing changed"),
        pytest.param(healthy, full_subnet, (), 1, id="something critical is new"),
        pytest.param(full_subnet, healthy, (), 0, id="it is fixed"),
        pytest.param(full_subnet, full_subnet, (), 0, id="it was there before"),
        pytest.param(healthy, full_subnet, ("--fail-on", "never"), 0, id="never"),
        pytest.param(healthy, minor, (), 0, id="what is new is less than high"),
        pytest.param(healthy, minor, ("--fail-on", "low"), 1, id="what is new is low and counts"),
        pytest.param(full_subnet, blind, (), 0, id="it can no longer be told"),
        pytest.param(full_subnet, blind, ("--strict",), 1, id="it can no longer be told and that counts"),
        pytest.param(healthy, healthy, ("--strict",), 0, id="strict and healthy"),
    ],
)
def test_exit_codes(
    command: Command, stored: Stored, old: type[World], new: type[World], options: tuple[str, ...], code: int
) -> None:
    assert command("diff", stored("old.zip", old()), stored("new", new()), *options).code == code


def test_the_json_is_one_document_of_the_schema(command: Command, stored: Stored) -> None:
    said = command("diff", stored("old", healthy()), stored("new", full_subnet()), "--format", "json")
    document = json.loads(said.out)
    jsonschema.validate(document, json.loads(packaged_schema()))
    assert said.err == ""
    assert document["summary"]["new"] == len(document["clusters"][0]["new"])


def test_several_formats_of_one_run(command: Command, stored: Stored, tmp_path: Path) -> None:
    old, new = stored("old", healthy()), stored("new", full_subnet())
    command("diff", old, new, "--output", f"json:{tmp_path / 'd.json'}", "--output", f"markdown:{tmp_path / 'd.md'}")
    assert json.loads((tmp_path / "d.json").read_bytes())["summary"]["new"]
    assert (tmp_path / "d.md").read_text().startswith("# ")


def test_a_waived_fault_does_not_count(command: Command, stored: Stored, tmp_path: Path) -> None:
    old, new = stored("old", healthy()), stored("new", full_subnet())
    document = json.loads(command("diff", old, new, "--format", "json").out)
    checks = {f["check_id"] for f in document["clusters"][0]["new"]}
    rules = "".join(f'[[waivers]]\ncheck = "{check}"\nreason = "known"\n' for check in sorted(checks))
    (tmp_path / "waivers.toml").write_text(rules)
    assert command("diff", old, new, "--waivers", tmp_path / "waivers.toml").code == 0


@pytest.mark.parametrize("broken", ["missing", "no snapshot", "broken file"])
@pytest.mark.parametrize("side", ["old", "new"])
def test_an_unreadable_side_is_named(command: Command, stored: Stored, tmp_path: Path, broken: str, side: str) -> None:
    bad = tmp_path / "bad"
    if broken == "no snapshot":
        bad.mkdir()
    elif broken == "broken file":
        stored("bad", healthy())
        (bad / "123456789012/us-east-1/ec2.DescribeSubnets.json").write_text('{"Subnets": [{"SubnetId": 5')
    good = stored("good", healthy())
    said = command("diff", *((bad, good) if side == "old" else (good, bad)))
    assert said.code == 3
    assert said.out == ""
    assert str(bad) in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--cluster", "prd"), 3, "Did you mean prod?"),
        (("--region", "eu-west-1"), 3, "nothing to compare"),
        (("--format", "csv"), 2, "table or json or markdown"),
        (("--fail-on", "bad"), 2, ""),
        (("--baseline", "x.json"), 2, ""),
    ],
)
def test_what_is_wrong_is_said(
    command: Command, stored: Stored, options: tuple[str, ...], code: int, words: str
) -> None:
    said = command("diff", stored("old", healthy()), stored("new", healthy()), *options)
    assert said.code == code
    assert words in said.err
    assert "Traceback" not in said.err


def test_two_snapshots_are_needed(command: Command, stored: Stored) -> None:
    assert command("diff", stored("old", healthy())).code == 2


def test_no_credentials_are_needed_and_none_are_looked_for(
    command: Command, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    assert command("diff", stored("old", healthy()), stored("new", healthy())).code == 0
