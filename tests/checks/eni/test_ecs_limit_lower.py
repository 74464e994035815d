import pytest

from tests.world import World, failing, finding, healthy, unknown


def refused(instance_id: str = "i-a", reason: str = "RESOURCE:ENI") -> World:
    """ECS names one instance for its ENIs, though slots are free there."""
    world = healthy()
    arn = world.container_instance(instance_id)["containerInstanceArn"]
    message = (
        "(service web) was unable to place a task because no container instance met all of its requirements. "
        f'The closest matching (container-instance {arn.rsplit("/", 1)[-1]}) encountered error "{reason}".'
    )
    world.service("web")["desiredCount"] = 3
    world.service("web")["events"] = [{"id": "2", "createdAt": "2026-11-20T12:00:00Z", "message": message}]
    return world


def test_ecs_names_an_instance_with_free_slots() -> None:
    found = finding(refused().audit(), "ENI010")
    assert (found.resource.type, found.resource.id) == ("instance", "i-a")
    assert [ref.id for ref in found.affected] == ["web"]
    assert "2 of 3 task-ENI slots are free" in found.detail


@pytest.mark.parametrize(
    "world", [pytest.param(refused(reason="RESOURCE:CPU"), id="it names CPU"), pytest.param(healthy(), id="no event")]
)
def test_passes(world: World) -> None:
    assert "ENI010" not in {check_id for check_id, _ in failing(world.audit())}


def test_events_from_before_a_steady_state_are_over() -> None:
    world = refused()
    steady = {"id": "3", "createdAt": "2026-11-20T13:00:00Z", "message": "(service web) has reached a steady state."}
    world.service("web")["events"].insert(0, steady)
    assert "ENI010" not in {check_id for check_id, _ in failing(world.audit())}


def test_all_tasks_have_a_place_by_now() -> None:
    world = refused()
    world.service("web")["desiredCount"] = 2
    assert "ENI010" not in {check_id for check_id, _ in failing(world.audit())}


def test_it_is_unknown_without_the_tasks() -> None:
    assert ("ENI010", "web") in unknown(refused().deny("ecs:DescribeTasks").audit())
