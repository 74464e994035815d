"""AGT009: tasks that fail on one instance and start on others."""

import pytest

from awsvpc_audit.findings import Status
from tests.world import Row, World, failing, finding, healthy, unknown

REASON = "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob1: no space left on device"


def fail_on(world: World, instance_id: str, times: int, *, hour: int = 10, reason: str = REASON) -> list[Row]:
    arn = world.container_instance(instance_id)["containerInstanceArn"]
    rows = [world.add_stopped_task("web", reason, at=f"2026-11-20T{hour}:{10 + number}:00Z") for number in range(times)]
    for row in rows:
        row["containerInstanceArn"] = arn
    return rows


def one_bad_instance(times: int = 3) -> World:
    """`web` fails on i-a; on i-b it started at 10:01 of the same day, as all tasks of this world did."""
    world = healthy()
    fail_on(world, "i-a", times)
    return world


def agt009(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "AGT009"}


def test_three_failures_on_one_instance_fail() -> None:
    found = finding(one_bad_instance().audit(), "AGT009")

    assert (found.status, found.severity) == (Status.FAIL, "high")
    assert (found.resource.type, found.resource.id) == ("instance", "i-a")
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "web")]
    assert found.detail == (
        "3 tasks of web failed to start on i-a (m5.xlarge, us-east-1a), the last one at 2026-11-20T10:12:00Z; "
        "meanwhile 1 of web:1 started on i-b"
    )
    assert [(e.operation, e.field, e.value) for e in found.evidence] == [
        *[("ecs:DescribeTasks", "stoppedReason", REASON)] * 3,
        ("ecs:DescribeTasks", "containerInstanceArn", "3 failed to start"),
        ("ecs:DescribeTasks", "startedAt", "2026-11-20T10:01:00Z"),
    ]
    assert found.remediation.commands[0].endswith("--status DRAINING")


def test_two_failures_may_be_chance() -> None:
    assert agt009(one_bad_instance(2)) == set()


def test_failures_on_every_instance_are_no_fault_of_one() -> None:
    world = one_bad_instance(4)
    fail_on(world, "i-b", 3)

    assert agt009(world) == set()


def test_one_failure_elsewhere_among_many_does_not_hide_it_where_a_third_instance_starts_them() -> None:
    world = one_bad_instance(6)
    world.add_instance("i-c", "m5.xlarge", "subnet-b", enis=4, cpu=4096, memory=15000)
    fail_on(world, "i-b", 1)
    assert agt009(world) == set()

    world.add_task("web", on="i-c")
    assert agt009(world) == {"i-a"}


def test_failures_on_two_of_three_instances_are_no_fault_of_one() -> None:
    world = one_bad_instance(5)
    fail_on(world, "i-b", 2)
    world.add_instance("i-c", "m5.xlarge", "subnet-b", enis=4, cpu=4096, memory=15000)
    world.add_task("web", on="i-c")

    assert agt009(world) == set()


def test_tasks_that_started_elsewhere_long_before_prove_nothing() -> None:
    world = healthy()
    fail_on(world, "i-a", 3, hour=14)

    assert agt009(world) == set()


def test_another_service_that_starts_elsewhere_proves_nothing() -> None:
    world = healthy()
    world.add_service("api", on=("i-b",))
    web = [t for t in world.rows["ecs:DescribeTasks"] if t["group"] == "service:web"]
    world.rows["ecs:DescribeTasks"] = [t for t in world.rows["ecs:DescribeTasks"] if t not in web]
    fail_on(world, "i-a", 3)

    assert agt009(world) == set()


@pytest.mark.parametrize("code", ["UserInitiated", "ServiceSchedulerInitiated", "EssentialContainerExited"])
def test_tasks_that_stopped_for_other_reasons_do_not_count(code: str) -> None:
    world = healthy()
    for row in fail_on(world, "i-a", 3):
        row["stopCode"] = code

    assert agt009(world) == set()


def test_tasks_that_ran_do_not_count() -> None:
    world = healthy()
    for row in fail_on(world, "i-a", 3):
        row["startedAt"] = row["createdAt"]

    assert agt009(world) == set()


def test_an_instance_that_starts_tasks_again_is_well() -> None:
    world = one_bad_instance()
    world.add_task("web", on="i-a")["startedAt"] = "2026-11-20T10:30:00Z"

    assert agt009(world) == set()


def test_a_service_that_has_been_steady_since_is_well() -> None:
    world = one_bad_instance()
    world.add_event("web", "(service web) has reached a steady state.", at="2026-11-20T10:30:00Z")

    assert agt009(world) == set()


def test_tasks_that_were_not_read_matter_where_a_service_is_short() -> None:
    world = healthy().deny("ecs:DescribeTasks")
    assert "AGT009" not in {check for check, _ in unknown(world.audit())}

    world.service("web")["runningCount"] = 1
    found = [f for f in world.audit().findings if f.check_id == "AGT009"]
    assert {(f.status, f.missing) for f in found} == {(Status.UNKNOWN, ("ecs:DescribeTasks",))}
