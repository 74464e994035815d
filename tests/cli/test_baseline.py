"""`--baseline`: only what is new, with what was fixed, what remains, and what cannot be told."""

import json
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.cli._options import Format
from awsvpc_audit.model.snapshot import save
from tests.cli.conftest import Command
from tests.world import World, healthy


def full(*subnets: str) -> World:
    world = healthy()
    for subnet in subnets:
        world.subnet(subnet)["AvailableIpAddressCount"] = 0
    return world


def no_host_names(world: World) -> World:
    world.rows["ec2:DescribeVpcAttribute"][0]["EnableDnsHostnames"] = {"Value": False}
    return world


class Runs:
    """A cluster over time: each run of a command against a world."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.command = command
        self.folder = folder
        self.number = 0

    def snapshot(self, world: World) -> Path:
        self.number += 1
        save(world.snapshot(), self.folder / f"snapshot-{self.number}")
        return self.folder / f"snapshot-{self.number}"

    def report(self, world: World, *command: str, more: tuple[str | Path, ...] = ()) -> Path:
        path = self.folder / f"report-{self.number}.json"
        self.command(
            *(command or ("cluster", "prod")), "--from", self.snapshot(world), "--output", f"json:{path}", *more
        )
        return path

    def since(self, baseline: Path, world: World, *command: str | Path) -> tuple[int, dict[str, Any]]:
        arguments = (*(command or ("cluster", "prod")), "--from", self.snapshot(world), "--baseline", baseline)
        said = self.command(*arguments, "--format", "json")
        return said.code, json.loads(said.out)


@pytest.fixture
def runs(command: Command, tmp_path: Path) -> Runs:
    return Runs(command, tmp_path)


def told(document: dict[str, Any]) -> dict[str, Any]:
    baseline = document["baseline"]
    named = {
        kind: [(f["check_id"], f["resource"]["id"]) for f in baseline[kind]]
        for kind in ("remaining", "fixed", "undetermined")
    }
    failing = [(f["check_id"], f["resource"]["id"]) for f in document["findings"] if f["status"] == "fail"]
    return {"new": failing, **named}


A, B = ("SUB001", "subnet-a"), ("SUB001", "subnet-b")
NONE: dict[str, Any] = {"new": [], "remaining": [], "fixed": [], "undetermined": []}


@pytest.mark.parametrize("name", [("cluster", "prod"), ("service", "prod", "web")], ids=["cluster", "service"])
class TestOneCluster:
    def test_what_was_there_does_not_fail_again(self, runs: Runs, name: tuple[str, ...]) -> None:
        code, document = runs.since(runs.report(full("subnet-a"), *name), full("subnet-a"), *name)
        assert (code, told(document)) == (0, NONE | {"remaining": [A]})
        assert document["summary"]["verdict"] == "pass"

    def test_what_is_new_does(self, runs: Runs, name: tuple[str, ...]) -> None:
        code, document = runs.since(runs.report(healthy(), *name), full("subnet-a"), *name)
        assert (code, told(document)) == (1, NONE | {"new": [A]})

    def test_what_is_mended_is_said(self, runs: Runs, name: tuple[str, ...]) -> None:
        code, document = runs.since(runs.report(full("subnet-a"), *name), healthy(), *name)
        assert (code, told(document)) == (0, NONE | {"fixed": [A]})

    def test_what_nobody_could_look_at_is_not_mended(self, runs: Runs, name: tuple[str, ...]) -> None:
        blind = healthy().deny("ec2:DescribeSubnets")
        _, document = runs.since(runs.report(full("subnet-a"), *name), blind, *name)
        assert told(document) == NONE | {"undetermined": [A]}
        assert document["summary"]["verdict"] == "unknown"


def test_one_service_against_the_whole_cluster_leaves_the_others_alone(runs: Runs) -> None:
    world = full("subnet-a", "subnet-b")
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b"]
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    baseline = runs.report(world)
    for command in (("service", "prod", "web"), ("cluster", "prod", "--service", "web")):
        _, document = runs.since(baseline, world, *command)
        assert told(document)["fixed"] == [], command
        assert told(document)["new"] == [], command


def test_a_rolling_baseline_forgets_nothing(runs: Runs) -> None:
    first = runs.report(full("subnet-a"))
    second = runs.report(full("subnet-a"), more=("--baseline", first))
    code, document = runs.since(second, full("subnet-a", "subnet-b"))
    assert (code, told(document)) == (1, NONE | {"new": [B], "remaining": [A]})


def test_strict_counts_only_what_is_newly_unknown(runs: Runs) -> None:
    def blind() -> World:
        return healthy().deny("ec2:DescribeRouteTables")

    baseline = runs.report(blind())
    assert runs.since(baseline, blind(), "cluster", "prod", "--strict")[0] == 0
    assert runs.since(runs.report(healthy()), blind(), "cluster", "prod", "--strict")[0] == 1


def test_a_waiver_that_ends_makes_an_old_fault_new(runs: Runs, tmp_path: Path) -> None:
    waivers = tmp_path / "waivers.toml"
    waivers.write_text('[[waivers]]\ncheck = "SUB001"\nreason = "known"\n')
    baseline = runs.report(full("subnet-a"), more=("--waivers", waivers))
    assert told(runs.since(baseline, full("subnet-a"))[1])["new"] == [A]
    code, document = runs.since(baseline, full("subnet-a"), "cluster", "prod", "--waivers", waivers)
    assert (code, told(document)) == (0, NONE)


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("name", [("cluster", "prod"), ("report", "--all-clusters")], ids=["cluster", "report"])
def test_every_format_says_what_remains_and_what_is_fixed(
    command: Command, runs: Runs, name: tuple[str, ...], format_: Format
) -> None:
    baseline = runs.report(full("subnet-a"), *name)
    world = no_host_names(full("subnet-b"))
    text = command(
        *name, "--from", runs.snapshot(world), "--baseline", baseline, "--format", format_.value, "--all"
    ).out
    for said in ("subnet-a", "subnet-b", "DNS002"):
        assert said in text
    assert any(word in text for word in ("fixed", '"absent"', "Fixed"))


@pytest.mark.parametrize("format_", list(Format))
def test_a_report_with_nothing_new_does_not_look_healthy(command: Command, runs: Runs, format_: Format) -> None:
    for name in (("cluster", "prod"), ("report", "--all-clusters")):
        baseline = runs.report(full("subnet-a"), *name)
        arguments = (*name, "--from", runs.snapshot(full("subnet-a")), "--baseline", baseline)
        text = command(*arguments, "--format", format_.value).out
        assert "SUB001" in text or "1 remain" in text
        assert "all 2 services well" not in text


def test_a_report_against_the_audit_of_one_cluster(runs: Runs) -> None:
    baseline = runs.report(full("subnet-a"))
    code, document = runs.since(baseline, full("subnet-a"), "report", "--all-clusters")
    assert (code, document["baseline"]["remaining"]) == (0, 1)


def test_one_cluster_against_a_report(runs: Runs) -> None:
    baseline = runs.report(full("subnet-a"), "report", "--all-clusters")
    assert told(runs.since(baseline, full("subnet-a"))[1]) == NONE | {"remaining": [A]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("{", ("no JSON report",), id="cut off"),
        pytest.param('{"cluster": "prod", "instances": []}', ("schema_version",), id="a capacity document"),
        pytest.param('{"schema_version": "1"}', ("holds no audit",), id="no audit in it"),
    ],
)
@pytest.mark.parametrize("name", [("cluster", "prod"), ("service", "prod", "web"), ("report", "--all-clusters")])
def test_a_file_that_is_none_is_a_wrong_command_line(
    command: Command,
    healthy_snapshot: Path,
    tmp_path: Path,
    name: tuple[str, ...],
    content: str,
    words: tuple[str, ...],
) -> None:
    (tmp_path / "old.json").write_text(content)
    said = command(*name, "--from", healthy_snapshot, "--baseline", tmp_path / "old.json")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    for word in ("old.json", *words):
        assert word in said.err


def test_a_baseline_of_another_cluster_is_one_too(command: Command, runs: Runs, tmp_path: Path) -> None:
    other = json.loads(runs.report(healthy()).read_text())
    other["scope"]["cluster"] = "staging"
    (tmp_path / "other.json").write_text(json.dumps(other))
    said = command("cluster", "prod", "--from", runs.snapshot(healthy()), "--baseline", tmp_path / "other.json")
    assert (said.code, said.out) == (2, "")
    assert "123456789012/us-east-1/prod: it is of 123456789012/us-east-1/staging" in said.err
