"""`--waivers`, on every command that judges: what is accepted stays visible, what accepts nothing is said."""

import json
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.cli._options import Format
from awsvpc_audit.model.snapshot import save
from tests.cli.conftest import Command, Said, Stored
from tests.regions import side_by_side
from tests.world import World, healthy

EXPIRED = '[[waivers]]\ncheck = "SUB001"\nresource = "subnet-*"\nreason = "grows soon"\nexpires = 2020-01-31\n'
UNMATCHED = '[[waivers]]\ncheck = "DNS001"\ncluster = "prod"\nreason = "names are elsewhere"\n'
USED = '[[waivers]]\ncheck = "SUB001"\nresource = "arn:aws:ec2:*:subnet/subnet-a"\nreason = "known"\n'
BY_ID = '[[waivers]]\ncheck = "SUB001"\nresource = "subnet-a"\nreason = "known"\nexpires = 2999-12-31\n'


def full_subnet() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    world.subnet("subnet-a")["SubnetArn"] = world.arn("ec2", "subnet/subnet-a")
    return world


@pytest.fixture
def waivers(tmp_path: Path) -> Any:
    def write(*rules: str) -> Path:
        (tmp_path / "waivers.toml").write_text("\n".join(rules))
        return tmp_path / "waivers.toml"

    return write


def commands(snapshot: Path) -> dict[str, tuple[str | Path, ...]]:
    return {
        "cluster": ("cluster", "prod", "--from", snapshot),
        "service": ("service", "prod", "web", "--from", snapshot),
        "report": ("report", "--all-clusters", "--from", snapshot),
    }


def findings(said: Said) -> list[dict[str, Any]]:
    document = json.loads(said.out)
    found: list[dict[str, Any]] = [f for each in document.get("audits", [document]) for f in each["findings"]]
    return found


@pytest.mark.parametrize("name", ["cluster", "service", "report"])
def test_every_command_that_judges_takes_them(command: Command, stored: Stored, waivers: Any, name: str) -> None:
    arguments = commands(stored(full_subnet()))[name]
    assert command(*arguments).code == 1
    said = command(*arguments, "--waivers", waivers(BY_ID), "--format", "json")
    assert (said.code, said.err) == (0, "")
    (finding,) = [f for f in findings(said) if f["check_id"] == "SUB001"]
    assert (finding["status"], finding["waiver"]) == ("waived", {"reason": "known", "expires": "2999-12-31"})
    assert [use["state"] for use in json.loads(said.out)["waivers"]] == ["used"]


def test_a_task_too(command: Command, stored: Stored, waivers: Any) -> None:
    world = full_subnet()
    snapshot = stored(world)
    task = world.rows["ecs:DescribeTasks"][0]["taskArn"]
    assert command("task", "prod", task, "--from", snapshot, "--waivers", waivers(BY_ID)).code == 0


@pytest.mark.parametrize("format_", list(Format))
def test_what_is_accepted_and_what_accepts_nothing_is_in_every_format(
    command: Command, stored: Stored, waivers: Any, format_: Format
) -> None:
    for name, arguments in commands(stored(full_subnet())).items():
        where = waivers(BY_ID, EXPIRED, UNMATCHED)
        text = command(*arguments, "--waivers", where, "--format", format_.value).out
        assert "SUB001" in text, name
        assert "expired" in text, name
        if name != "service":
            assert "unmatched" in text or "matches nothing" in text, name
            assert "DNS001" in text, name


@pytest.mark.parametrize("name", ["cluster", "report"])
def test_what_accepts_nothing_is_said_on_stderr(command: Command, stored: Stored, waivers: Any, name: str) -> None:
    arguments = (*commands(stored(full_subnet()))[name], "--waivers", waivers(EXPIRED, UNMATCHED), "--format", "json")
    said = command(*arguments)
    assert said.code == 1
    assert said.err.splitlines() == [
        "awsvpc-audit: warning: waiver SUB001 subnet-*: expired after 2020-01-31; 1 finding no longer accepted",
        "awsvpc-audit: warning: waiver DNS001 in prod: matches nothing that fails; it can go",
    ]
    assert [use["state"] for use in json.loads(said.out)["waivers"]] == ["expired", "unmatched"]
    assert command(*arguments, "-q").err == ""


def test_a_waiver_for_what_nobody_could_look_at_is_not_unmatched(
    command: Command, stored: Stored, waivers: Any
) -> None:
    snapshot = stored(healthy().deny("ec2:DescribeSubnets"))
    said = command("cluster", "prod", "--from", snapshot, "--waivers", waivers(BY_ID), "--format", "json")
    assert [use["state"] for use in json.loads(said.out)["waivers"]] == ["undetermined"]
    assert "not all of it could be told" in said.err


def test_of_a_report_on_one_cluster_the_waivers_of_others_are_not_judged(
    command: Command, stored: Stored, waivers: Any
) -> None:
    where = waivers('[[waivers]]\ncheck = "SUB001"\ncluster = "dev"\nreason = "small"\n')
    snapshot = stored(healthy())
    assert command("report", "--cluster", "prod", "--from", snapshot, "--waivers", where).err == ""
    assert "matches nothing" in command("report", "--all-clusters", "--from", snapshot, "--waivers", where).err


def test_one_cluster_of_a_name_by_its_arn(command: Command, tmp_path: Path, waivers: Any) -> None:
    save(side_by_side({"us-east-1": full_subnet(), "eu-west-1": full_subnet()}), tmp_path / "two")
    where = waivers(
        '[[waivers]]\ncheck = "SUB001"\ncluster = "arn:aws:ecs:us-east-1:*:cluster/prod"\nreason = "known"\n'
    )
    said = command("report", "--all-clusters", "--from", tmp_path / "two", "--waivers", where, "--format", "json")
    verdicts = {scope["region"]: scope["summary"]["verdict"] for scope in json.loads(said.out)["scopes"]}
    assert verdicts == {"us-east-1": "pass", "eu-west-1": "fail"}


@pytest.mark.parametrize("name", ["cluster", "service", "report"])
@pytest.mark.parametrize(
    ("rules", "words"),
    [
        pytest.param(("[[waivers",), ("waivers.toml",), id="no TOML"),
        pytest.param(('[[waivers]]\ncheck = "SUB001"\n',), ("reason", "$.waivers[0]"), id="no reason"),
        pytest.param(
            (USED, '[[waivers]]\ncheck = "SUB999"\nreason = "x"\n'),
            ('"SUB999"', "$.waivers[1].check", "Did you mean SUB0"),
            id="an unknown check",
        ),
    ],
)
def test_a_broken_file_is_a_wrong_command_line(
    command: Command, stored: Stored, waivers: Any, name: str, rules: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = command(*commands(stored(healthy()))[name], "--waivers", waivers(*rules))
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    for word in ("waivers.toml", *words):
        assert word in said.err
