"""`service`, `task` and `timeline`: one of them in depth, from a snapshot."""

import json
from pathlib import Path

import jsonschema
import pytest

from awsvpc_audit.cli.timeline import begin_of
from awsvpc_audit.errors import UsageError
from awsvpc_audit.model.snapshot import save
from awsvpc_audit.report.schema import packaged_schema
from tests.analyzers.test_incidents import fail_nat_gateway, incident_world
from tests.cli.conftest import Command
from tests.conftest import NOW
from tests.world import World


@pytest.fixture
def world() -> World:
    world = incident_world("worker")
    fail_nat_gateway(world)
    return world


@pytest.fixture
def stored(world: World, tmp_path: Path) -> Path:
    save(world.snapshot(), tmp_path / "snapshot")
    return tmp_path / "snapshot"


def test_a_service_is_the_audit_narrowed_to_it_with_its_paths(command: Command, stored: Path) -> None:
    said = command("service", "prod", "worker", "--from", stored, "--format", "json")
    document = json.loads(said.out)
    assert said.code == 1
    assert document["scope"]["services"] == ["worker"]
    assert [d["subject"]["id"] for d in document["diagnoses"]] == ["worker"]
    assert [p["service"] for p in document["capacity"]["placement"]] == ["worker"]
    assert not {f["check_id"] for f in document["findings"]} & {"AGT010", "ENI001"}
    (internet,) = [p for p in document["paths"] if p["destination"] == "internet"]
    assert (internet["source"], internet["verdict"]) == ("service:prod/worker", "partial")
    assert [f["blocked_by"] and f["blocked_by"]["check_id"] for f in internet["flows"]] == ["NET006", None]
    assert document["summary"]["findings"]["fail"] == sum(f["status"] == "fail" for f in document["findings"])


def test_a_service_that_is_well_exits_0(command: Command, stored: Path) -> None:
    said = command("service", "prod", "cache", "--from", stored, "--fail-on", "critical")
    assert "Reaches (tcp/443)" in said.out


def test_the_table_of_a_service_has_cause_paths_and_capacity(command: Command, stored: Path) -> None:
    out = command("service", "prod", "worker", "--from", stored).out
    assert "NET006 confirmed" in out
    assert "✗ internet  partial 1 of 2: from subnet-a, subnet-b" in out
    assert "worker  wants 3" in out


def test_an_unknown_service_is_told_with_near_matches(command: Command, stored: Path) -> None:
    said = command("service", "prod", "workr", "--from", stored)
    assert said.code == 3
    assert "Did you mean worker?" in said.err


def test_a_stopped_task_is_diagnosed_by_its_own_words(command: Command, stored: Path, world: World) -> None:
    task = world.rows["ecs:DescribeTasks"][-1]["taskArn"]
    said = command("task", "prod", task, "--from", stored, "--format", "json")
    document = json.loads(said.out)
    (diagnosis,) = document["diagnoses"]
    assert diagnosis["subject"] == {"type": "task", "id": task.rsplit("/", 1)[-1], "cluster": "prod"}
    assert diagnosis["causes"][0]["check_id"] == "NET006"
    assert diagnosis["state"] == {"desired": 1, "running": 0, "pending": 0}
    assert (document["task"]["service"], document["task"]["stage"]) == ("worker", "before pull")
    assert document["task"]["stop_code"] == "TaskFailedToStart"
    assert said.code == 1


def test_a_running_task_has_no_diagnosis_and_tells_what_it_reaches(
    command: Command, stored: Path, world: World
) -> None:
    running = next(t for t in world.rows["ecs:DescribeTasks"] if t["group"] == "service:worker")
    name = running["taskArn"].rsplit("/", 1)[-1]
    document = json.loads(command("task", "prod", name, "--from", stored, "--format", "json").out)
    assert document["diagnoses"] == []
    assert document["task"]["status"] == "RUNNING"
    assert document["paths"][0]["source"] == f"task:prod/{name}"
    assert document["paths"][0]["flows"][0]["eni"] == document["task"]["eni"]


def test_a_task_that_a_person_stopped_has_no_cause(command: Command, tmp_path: Path) -> None:
    world = incident_world("worker")
    row = world.add_stopped_task("worker", "Task stopped by user", code="UserInitiated", started=True)
    save(world.snapshot(), tmp_path / "other")
    document = json.loads(command("task", "prod", row["taskArn"], "--from", tmp_path / "other", "--format", "json").out)
    (diagnosis,) = document["diagnoses"]
    assert diagnosis["causes"] == []
    assert diagnosis["symptoms"][0]["code"] == "run.stopped-by-user"


def test_the_table_of_a_task_tells_how_far_it_came(command: Command, stored: Path, world: World) -> None:
    out = command("task", "prod", world.rows["ecs:DescribeTasks"][-1]["taskArn"], "--from", stored).out
    assert "of      service worker" in out
    assert "stopped before it pulled an image" in out


def test_an_unknown_task_is_told(command: Command, stored: Path) -> None:
    said = command("task", "prod", "deadbeef", "--from", stored)
    assert said.code == 3
    assert 'no task "deadbeef" in cluster prod; ECS forgets a stopped task after about an hour' in said.err


def test_the_beginning_of_several_ids_names_none(command: Command, stored: Path) -> None:
    said = command("task", "prod", "00000000", "--from", stored)
    assert said.code == 3
    assert "is the beginning of" in said.err


def test_a_timeline_is_a_document(command: Command, stored: Path) -> None:
    said = command("timeline", "prod", "--from", stored, "--format", "json")
    document = json.loads(said.out)
    assert said.code == 0
    assert list(document) == ["cluster", "since", "until", "first_failure", "entries", "missing"]
    assert [(e["kind"], e["subject"], e["symptom"]) for e in document["entries"]] == [
        ("stopped", "worker", "start.pull-auth")
    ]


def test_a_timeline_is_a_line_for_each_thing(command: Command, stored: Path) -> None:
    said = command("timeline", "prod", "--from", stored)
    assert "10:00:00  stopped    worker:" in said.out


@pytest.mark.parametrize("arguments", [("service", "prod", "worker"), ("task", "prod", "TASK"), ("timeline", "prod")])
def test_each_document_is_of_the_packaged_schema(
    arguments: tuple[str, ...], command: Command, stored: Path, world: World
) -> None:
    task = world.rows["ecs:DescribeTasks"][-1]["taskArn"]
    said = command(*(task if each == "TASK" else each for each in arguments), "--from", stored, "--format", "json")
    jsonschema.validate(json.loads(said.out), json.loads(packaged_schema()))


def test_a_timeline_has_two_formats(command: Command, stored: Path) -> None:
    assert command("timeline", "prod", "--from", stored, "--format", "csv").code == 2
    assert command("timeline", "prod", "--from", stored, "--since", "soon").code == 2


@pytest.mark.parametrize(
    ("since", "begin"),
    [
        ("90m", "2026-11-23T21:44:00+00:00"),
        ("3h", "2026-11-23T20:14:00+00:00"),
        ("2d", "2026-11-21T23:14:00+00:00"),
        ("2026-11-23T21:00:00Z", "2026-11-23T21:00:00+00:00"),
        ("2026-11-23", "2026-11-23T00:00:00+00:00"),
    ],
)
def test_a_span_or_a_time_is_taken(since: str, begin: str) -> None:
    assert begin_of(since, NOW).isoformat() == begin


@pytest.mark.parametrize("since", ["", "h", "3 years", "-1h", "99999999999w"])
def test_anything_else_is_a_wrong_command_line(since: str) -> None:
    with pytest.raises(UsageError):
        begin_of(since, NOW)
