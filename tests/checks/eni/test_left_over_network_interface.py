import pytest

from tests.world import World, failing, finding, healthy, unknown


def left_over(world: World, **more: object) -> str:
    """An ENI of ECS in a task subnet that no task has; its id."""
    description = world.arn("ecs", f"attachment/{world.new_uuid()}")
    eni = world.add_eni("subnet-a", description=description)
    eni.update(more)
    return str(eni["NetworkInterfaceId"])


def test_an_unattached_eni_of_ecs_without_a_task() -> None:
    world = healthy()
    eni_id = left_over(world, Status="available")
    found = finding(world.audit(), "ENI008")
    assert (found.resource.type, found.resource.id) == ("eni", eni_id)
    assert ("Status", "available") in {(e.field, e.value) for e in found.evidence}
    assert {ref.id for ref in found.affected} == {"web", "worker"}


def test_the_eni_of_a_stopped_task() -> None:
    world = healthy()
    world.rows["ecs:DescribeTasks"][0] |= {"lastStatus": "STOPPED", "desiredStatus": "STOPPED"}
    (eni_id,) = (
        detail["value"]
        for detail in world.rows["ecs:DescribeTasks"][0]["attachments"][0]["details"]
        if detail["name"] == "networkInterfaceId"
    )
    assert ("ENI008", eni_id) in failing(world.audit())


def test_an_eni_that_stayed_on_a_container_instance() -> None:
    world = healthy()
    description = world.arn("ecs", f"attachment/{world.new_uuid()}")
    eni = world.add_eni("subnet-a", description=description, instance_id="i-a", device_index=2)
    assert ("ENI008", eni["NetworkInterfaceId"]) in failing(world.audit())


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"Status": "in-use"}, id="in use, maybe by a task of another cluster"),
        pytest.param({"Status": "available", "InterfaceType": "branch"}, id="a branch ENI is never attached itself"),
        pytest.param({"Status": "available", "Description": "mine"}, id="not created by ECS"),
    ],
)
def test_others_are_none(more: dict[str, str]) -> None:
    world = healthy()
    assert ("ENI008", left_over(world, **more)) not in failing(world.audit())


def test_the_eni_of_a_live_task_that_is_just_being_attached() -> None:
    world = healthy()
    world.add_task("web", subnet_id="subnet-a", status="PROVISIONING")
    world.rows["ec2:DescribeNetworkInterfaces"][-1]["Status"] = "available"
    assert "ENI008" not in {check_id for check_id, _ in failing(world.audit())}


def test_a_trunk_is_no_task_eni() -> None:
    world = healthy()
    world.add_trunk("i-a")
    assert "ENI008" not in {check_id for check_id, _ in failing(world.audit())}


def test_without_the_tasks_it_is_unknown_only_for_a_suspect() -> None:
    world = healthy()
    eni_id = left_over(world, Status="available")
    assert ("ENI008", eni_id) in unknown(world.deny("ecs:DescribeTasks").audit())
