"""Rounds of a watch, with time in our hands."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.errors import AwsvpcAuditError, CollectError
from awsvpc_audit.findings import Collection, ServiceSeen
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from awsvpc_audit.watching import StoppedTasks, Watch, Watched, rounds, service_changes
from tests.analyzers.test_incidents import fail_nat_gateway, incident_world
from tests.world import COLLECTION, World, healthy

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
Round = Callable[[], World]


class Days:
    """A clock that a test turns, and the waits it was asked for."""

    def __init__(self) -> None:
        self.now = NOW
        self.waits: list[float] = []

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return (self.now - NOW).total_seconds()

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)


def context_of(model: Model) -> Context:
    scope, name = model.find_cluster("prod")
    return Context(cluster=Cluster(scope, name), model=model)


def watch_of(*worlds: World | AwsvpcAuditError, days: Days | None = None, takes: float = 0) -> Iterator[Watched]:
    """Rounds over accounts that are one after the other what AWS answers; an error is raised instead."""
    days = days or Days()
    states = iter(worlds)

    def read() -> tuple[Snapshot, Collection]:
        days.now += timedelta(seconds=takes)
        state = next(states)
        if isinstance(state, AwsvpcAuditError):
            raise state
        return state.snapshot(), COLLECTION

    watch = Watch(
        read=read,
        context_of=context_of,
        audit=lambda context, collection: run_audit(ALL_CHECKS, context, collection),
        clock=days.clock,
    )
    return rounds(watch, interval=60, count=len(worlds), monotonic=days.monotonic, wait=days.wait)


def full_subnet() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


def checks(watched: Watched, of: str) -> set[str]:
    assert watched.record.changes is not None
    return {finding.check_id for finding in getattr(watched.record.changes, of)}


class TestWhatChanged:
    def test_the_first_round_has_nothing_to_compare_with(self) -> None:
        (first,) = watch_of(full_subnet())
        assert first.record.changes is None
        assert first.record.number == 1
        assert first.record.summary is not None
        assert first.record.summary.verdict == "fail"

    def test_findings_come_and_go(self) -> None:
        _, worse, same, better = watch_of(healthy(), full_subnet(), full_subnet(), healthy())
        assert "SUB001" in checks(worse, "new")
        assert checks(same, "new") == checks(same, "fixed") == set()
        assert checks(better, "fixed") == checks(worse, "new")

    def test_what_a_round_could_not_tell_is_neither_fixed_nor_new_when_it_is_there_again(self) -> None:
        blind = full_subnet().deny("ec2:DescribeSubnets")
        _, dark, again = watch_of(full_subnet(), blind, full_subnet())
        assert "SUB001" in checks(dark, "undetermined")
        assert "SUB001" not in checks(dark, "fixed")
        assert "SUB001" not in checks(again, "new")

    def test_it_is_fixed_when_a_later_round_can_tell(self) -> None:
        blind = full_subnet().deny("ec2:DescribeSubnets")
        *_, later = watch_of(full_subnet(), blind, blind, healthy())
        assert "SUB001" in checks(later, "fixed")

    def test_what_the_first_round_could_not_tell_is_marked(self) -> None:
        _, second = watch_of(healthy().deny("ec2:DescribeSubnets"), full_subnet())
        assert second.record.changes is not None
        (finding,) = [f for f in second.record.changes.new if f.check_id == "SUB001"]
        assert finding.fingerprint in second.record.changes.not_known_before

    def test_counts_and_deployments(self) -> None:
        world = healthy()
        world.service("web").update(desiredCount=3, pendingCount=1)
        world.service("web")["deployments"] = [
            {"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "taskDefinition": "x/web:2"}
        ]
        before = healthy()
        before.service("web")["deployments"] = [
            {"id": "ecs-svc/1", "status": "PRIMARY", "rolloutState": "COMPLETED", "taskDefinition": "x/web:2"}
        ]
        _, second = watch_of(before, world)
        assert second.record.changes is not None
        assert [(c.service, c.field, c.old, c.new) for c in second.record.changes.services] == [
            ("web", "desiredCount", 2, 3),
            ("web", "pendingCount", 0, 1),
            ("web", "deployments[ecs-svc/1].rolloutState", "COMPLETED", "IN_PROGRESS"),
        ]

    def test_counts_are_compared_with_the_last_that_were_read(self) -> None:
        other = healthy()
        other.service("web")["desiredCount"] = 3
        _, dark, third = watch_of(healthy(), healthy().deny("ecs:DescribeServices"), other)
        assert dark.record.services is None
        assert dark.record.changes is not None
        assert dark.record.changes.services == ()
        assert third.record.changes is not None
        assert [c.field for c in third.record.changes.services] == ["desiredCount"]

    def test_a_service_that_came_and_one_that_is_gone(self) -> None:
        one = (ServiceSeen(name="a", desired=1, running=1, pending=0),)
        other = (ServiceSeen(name="b", desired=1, running=1, pending=0),)
        assert [(c.service, c.field, c.old, c.new) for c in service_changes(one, other)] == [
            ("a", None, "there", None),
            ("b", None, None, "there"),
        ]

    def test_the_last_service_that_goes_is_told(self) -> None:
        empty = healthy()
        empty.rows["ecs:DescribeServices"].clear()
        _, second = watch_of(healthy(), empty)
        assert second.record.changes is not None
        assert [(c.service, c.new) for c in second.record.changes.services] == [("web", None), ("worker", None)]

    def test_diagnoses_are_carried_over_a_round_that_could_not_read_services(self) -> None:
        ill = incident_world("worker")
        fail_nat_gateway(ill)
        blind = incident_world("worker").deny("ecs:DescribeServices")
        fail_nat_gateway(blind)
        first, dark, again = watch_of(ill, blind, ill)
        assert first.result is not None
        assert first.result.diagnoses
        assert dark.record.changes is not None
        assert dark.record.changes.diagnoses_gone == ()
        assert again.record.changes is not None
        assert again.record.changes.diagnoses_came == ()


class TestFailedRounds:
    def test_a_round_that_reads_nothing_is_told_and_the_watch_goes_on(self) -> None:
        first, failed, third = watch_of(full_subnet(), CollectError("throttled"), full_subnet())
        assert (failed.record.error, failed.result, failed.record.summary) == ("throttled", None, None)
        assert failed.record.number == 2
        assert third.record.error is None
        assert checks(third, "new") == set()
        assert first.record.error is None

    def test_the_first_round_must_read_something(self) -> None:
        with pytest.raises(CollectError, match="no credentials"):
            list(watch_of(CollectError("no credentials"), healthy()))

    def test_a_defect_is_no_failed_round(self) -> None:
        def read() -> tuple[Snapshot, Collection]:
            raise ZeroDivisionError

        watch = Watch(
            read=read,
            context_of=context_of,
            audit=lambda c, _: run_audit(ALL_CHECKS, c, COLLECTION),
            clock=Days().clock,
        )
        with pytest.raises(ZeroDivisionError):
            watch.round(1)


class TestTime:
    def test_the_interval_is_from_start_to_start(self) -> None:
        days = Days()
        starts = [w.record.started_at for w in watch_of(healthy(), healthy(), healthy(), days=days, takes=15)]
        assert [(at - NOW).total_seconds() for at in starts] == [0, 60, 120]
        assert days.waits == [45, 45]

    def test_a_round_that_takes_longer_delays_the_next_and_never_overlaps(self) -> None:
        days = Days()
        starts = [w.record.started_at for w in watch_of(healthy(), healthy(), days=days, takes=90)]
        assert [(at - NOW).total_seconds() for at in starts] == [0, 90]
        assert days.waits == [0]

    def test_after_the_last_round_nobody_waits(self) -> None:
        days = Days()
        list(watch_of(healthy(), days=days))
        assert days.waits == []

    def test_failed_rounds_count_and_keep_the_interval(self) -> None:
        days = Days()
        failed = CollectError("x")
        assert [w.record.number for w in watch_of(healthy(), failed, failed, days=days)] == [1, 2, 3]
        assert days.waits == [60, 60]


def stopped(world: World) -> list[str]:
    return [t["taskArn"] for t in world.rows["ecs:DescribeTasks"] if t["lastStatus"] == "STOPPED"]


def forgotten() -> World:
    """The incident an hour later: ECS no longer tells the stopped tasks."""
    world = incident_world("worker")
    fail_nat_gateway(world)
    world.rows["ecs:DescribeTasks"] = [t for t in world.rows["ecs:DescribeTasks"] if t["lastStatus"] != "STOPPED"]
    return world


class TestStoppedTasks:
    def test_a_diagnosis_keeps_its_evidence_after_ecs_forgot_the_tasks(self) -> None:
        ill = incident_world("worker")
        fail_nat_gateway(ill)
        first, second = watch_of(ill, forgotten())
        assert first.result is not None
        assert second.result is not None
        assert second.record.kept_tasks == len(stopped(ill)) > 0
        texts = [[s.text for s in d.symptoms] for d in first.result.diagnoses]
        assert [[s.text for s in d.symptoms] for d in second.result.diagnoses] == texts

    def test_without_the_first_round_the_cause_could_only_be_guessed(self) -> None:
        ill = incident_world("worker")
        fail_nat_gateway(ill)
        first, _ = watch_of(ill, forgotten())
        (alone,) = watch_of(forgotten())
        assert first.result is not None
        assert alone.result is not None
        said = {s.code for d in alone.result.diagnoses for s in d.symptoms}
        assert {s.code for d in first.result.diagnoses for s in d.symptoms} - said

    def test_the_snapshot_of_the_round_holds_them(self) -> None:
        ill = incident_world("worker")
        fail_nat_gateway(ill)
        _, second = watch_of(ill, forgotten())
        assert second.snapshot is not None
        tasks = json.loads(second.snapshot.scopes[0].responses["ecs.DescribeTasks"])["tasks"]
        assert {t["taskArn"] for t in tasks} >= set(stopped(ill))
        assert len({t["taskArn"] for t in tasks}) == len(tasks)

    def test_a_task_that_ecs_still_tells_is_as_ecs_tells_it(self) -> None:
        kept = StoppedTasks()
        first, second = healthy(), healthy()
        row = first.add_stopped_task("web", "first words")
        second.rows["ecs:DescribeTasks"].append(row | {"stoppedReason": "other words"})
        kept.merged(first.snapshot(), NOW)
        merged, more = kept.merged(second.snapshot(), NOW)
        assert more == 0
        assert merged.scopes[0].responses == second.snapshot().scopes[0].responses

    def test_their_task_definitions_are_kept_too(self) -> None:
        kept = StoppedTasks()
        first, second = healthy(), healthy()
        first.add_task_definition("report")
        first.add_stopped_task(None, "failed", definition="report")
        kept.merged(first.snapshot(), NOW)
        for _ in range(2):
            merged, _more = kept.merged(second.snapshot(), NOW)
            rows = json.loads(merged.scopes[0].responses["ecs.DescribeTaskDefinition"])["taskDefinitions"]
            assert [row["family"] for row in rows].count("report") == 1

    @pytest.mark.parametrize(("minutes", "count"), [(59, 1), (60, 1), (61, 0)])
    def test_they_are_kept_for_a_while(self, minutes: int, count: int) -> None:
        kept = StoppedTasks(keep_for=timedelta(hours=1))
        world = healthy()
        world.add_stopped_task("web", "words", at="2026-11-22T10:30:00Z")
        kept.merged(world.snapshot(), NOW)
        assert kept.merged(healthy().snapshot(), NOW + timedelta(minutes=minutes))[1] == count

    def test_a_task_without_a_time_counts_from_when_it_was_seen(self) -> None:
        kept = StoppedTasks(keep_for=timedelta(hours=1))
        world = healthy()
        row = world.add_stopped_task("web", "words")
        row.pop("stoppedAt")
        row.pop("stoppingAt")
        kept.merged(world.snapshot(), NOW)
        assert kept.merged(healthy().snapshot(), NOW + timedelta(minutes=30))[1] == 1
        assert kept.merged(healthy().snapshot(), NOW + timedelta(minutes=90))[1] == 0

    def test_only_the_newest_are_kept(self) -> None:
        kept = StoppedTasks(most=2)
        world = healthy()
        rows = [world.add_stopped_task("web", "words", at=f"2026-11-22T10:0{minute}:00Z") for minute in range(5)]
        kept.merged(world.snapshot(), NOW)
        merged, more = kept.merged(healthy().snapshot(), NOW)
        tasks = json.loads(merged.scopes[0].responses["ecs.DescribeTasks"])["tasks"]
        assert more == 2
        assert {t["taskArn"] for t in tasks if t["lastStatus"] == "STOPPED"} == {r["taskArn"] for r in rows[3:]}

    def test_running_tasks_are_not_kept(self) -> None:
        kept = StoppedTasks()
        kept.merged(healthy().snapshot(), NOW)
        empty = healthy()
        empty.rows["ecs:DescribeTasks"].clear()
        assert kept.merged(empty.snapshot(), NOW)[1] == 0

    def test_a_round_without_tasks_at_all_keeps_the_gap(self) -> None:
        ill = incident_world("worker")
        fail_nat_gateway(ill)
        _, dark = watch_of(ill, incident_world("worker").deny("ecs:DescribeTasks"))
        assert dark.result is not None
        assert dark.snapshot is not None
        assert not Model.of(dark.snapshot).scopes[0].tasks.is_complete
