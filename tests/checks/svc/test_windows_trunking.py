"""SVC004: ENI trunking is on and there are Windows hosts, where AWS does not support it."""

from awsvpc_audit.findings import Status
from tests.world import ACCOUNT, World, failing, finding, healthy, unknown

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def with_windows(*, trunking: str = "enabled", windows_service: bool = True) -> World:
    world = healthy()
    for instance in ("i-a", "i-b"):
        world.add_trunk(instance)
    world.add_instance("i-win", "m5.large", "subnet-a", windows=True)
    if windows_service:
        world.add_task_definition("iis", windows=True, compatibilities=("EC2",))
        world.add_service("iis", on=("i-win",))
    world.setting("awsvpcTrunking", trunking)
    return world


def svc004(world: World) -> set[tuple[str, str]]:
    result = world.audit()
    return {pair for pair in failing(result) | unknown(result) if pair[0] == "SVC004"}


def test_a_windows_host_with_windows_tasks_is_told_where_trunking_is_on() -> None:
    found = finding(with_windows().audit(), "SVC004")

    assert found.status is Status.FAIL
    assert found.severity == "info"
    assert (found.resource.type, found.resource.id) == ("instance", "i-win")
    assert [ref.id for ref in found.affected] == ["iis"]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("ecs:ListAccountSettings", ROOT, "settings[awsvpcTrunking].value", "enabled"),
        ("ecs:DescribeContainerInstances", "i-win", "attributes[ecs.os-type]", "windows"),
    ]


def test_with_trunking_off_there_is_nothing_to_tell() -> None:
    assert svc004(with_windows(trunking="disabled")) == set()


def test_without_windows_tasks_nobody_counts_on_it() -> None:
    assert svc004(with_windows(windows_service=False)) == set()


def test_a_linux_cluster_with_trunking_on_is_well() -> None:
    world = healthy()
    world.setting("awsvpcTrunking", "enabled")

    assert svc004(world) == set()


def test_windows_tasks_of_another_capacity_provider_do_not_count() -> None:
    world = with_windows()
    world.add_capacity_provider("win-asg")
    del world.service("iis")["launchType"]
    world.service("iis")["capacityProviderStrategy"] = [{"capacityProvider": "win-asg", "weight": 1, "base": 0}]

    assert svc004(world) == set()

    world.container_instance("i-win")["capacityProviderName"] = "win-asg"
    assert svc004(world) == {("SVC004", "i-win")}


def test_unread_settings_make_it_unknown_where_it_would_matter() -> None:
    found = finding(with_windows().deny("ecs:ListAccountSettings").audit(), "SVC004")

    assert (found.status, found.resource.id) == (Status.UNKNOWN, "i-win")
    assert found.missing == ("ecs:ListAccountSettings",)


def test_unread_settings_are_no_matter_without_windows_tasks() -> None:
    assert svc004(with_windows(windows_service=False).deny("ecs:ListAccountSettings")) == set()


def test_unread_task_definitions_make_it_unknown_where_no_task_shows_its_system() -> None:
    world = with_windows(windows_service=False)
    world.add_service("new", desired=0)

    found = finding(world.deny("ecs:DescribeTaskDefinition").audit(), "SVC004")
    assert (found.status, found.missing) == (Status.UNKNOWN, ("ecs:DescribeTaskDefinition",))


def test_unread_container_instances_are_no_matter_without_windows_tasks() -> None:
    assert svc004(with_windows(windows_service=False).deny("ecs:DescribeContainerInstances")) == set()


def test_unread_container_instances_make_it_unknown_with_windows_tasks() -> None:
    found = finding(with_windows().deny("ecs:DescribeContainerInstances").audit(), "SVC004")

    assert (found.status, found.resource.id) == (Status.UNKNOWN, "prod")
