import pytest

from tests.world import World, failing, finding, healthy, unknown


def crowded(instance_type: str = "c5.large") -> World:
    """One instance whose two slots are taken, and a service that wants a third task."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    world.add_instance("i-aa", instance_type, "subnet-a")
    world.add_service("api", desired=3, running=2, on=("i-aa",), subnets=("subnet-a",))
    return world


def test_short_of_slots_with_trunking_off() -> None:
    found = finding(crowded().audit(), "ENI004")
    assert (found.resource.type, found.resource.id) == ("account_setting", "awsvpcTrunking")
    assert [ref.id for ref in found.affected] == ["api"]
    assert "10 tasks with a trunk instead of 2" in found.detail
    assert ("settings[awsvpcTrunking].value", "disabled") in {(e.field, e.value) for e in found.evidence}


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(healthy(), id="nothing waits"),
        pytest.param(crowded("t3.medium"), id="the type cannot trunk"),
    ],
)
def test_passes(world: World) -> None:
    assert ("ENI004", "awsvpcTrunking") not in failing(world.audit())


def test_it_is_on_already() -> None:
    world = crowded()
    world.setting("awsvpcTrunking", "enabled")
    assert "ENI004" not in {check_id for check_id, _ in failing(world.audit())}


def test_windows_cannot_trunk() -> None:
    world = crowded()
    for attribute in world.container_instance("i-aa")["attributes"]:
        if attribute["name"] == "ecs.os-type":
            attribute["value"] = "windows"
    assert "ENI004" not in {check_id for check_id, _ in failing(world.audit())}


def test_it_is_unknown_without_the_settings() -> None:
    result = crowded().deny("ecs:ListAccountSettings").audit()
    assert finding(result, "ENI004").missing == ("ecs:ListAccountSettings",)


def test_an_empty_list_of_settings_proves_nothing() -> None:
    world = crowded()
    world.rows["ecs:ListAccountSettings"].clear()
    assert ("ENI004", "api") in unknown(world.audit())


def test_the_settings_are_no_matter_where_nothing_waits() -> None:
    assert "ENI004" not in {c for c, _ in unknown(healthy().deny("ecs:ListAccountSettings").audit())}
