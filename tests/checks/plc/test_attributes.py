"""PLC008, PLC009 and PLC010: what the task definition asks of its host."""

import pytest

from tests.world import TASK_ENI, World, failing, finding, healthy, unknown

ASKED = {"PLC008", "PLC009", "PLC010"}


def waiting(world: World) -> World:
    world.service("web")["desiredCount"] = 3
    return world


def requiring(*attributes: dict[str, str]) -> World:
    world = waiting(healthy())
    world.task_definition("web")["requiresAttributes"] += attributes
    return world


def test_a_required_attribute_is_on_no_instance() -> None:
    found = finding(requiring({"name": "ecs.capability.efs"}).audit(), "PLC008")
    assert (found.resource.type, found.resource.id) == ("service", "web")
    assert "ecs.capability.efs" in found.detail
    assert {e.resource for e in found.evidence if e.field == "attributes[ecs.capability.efs]"} == {"i-a", "i-b"}


def test_one_instance_has_it() -> None:
    world = requiring({"name": "ecs.capability.efs"})
    world.container_instance("i-b")["attributes"].append({"name": "ecs.capability.efs"})
    assert "PLC008" not in {check for check, _ in failing(world.audit())}


def test_a_value_that_is_asked_for_must_be_equal() -> None:
    world = requiring({"name": "disk", "value": "ssd"})
    for instance in ("i-a", "i-b"):
        world.container_instance(instance)["attributes"].append({"name": "disk", "value": "hdd"})
    assert "disk = ssd" in finding(world.audit(), "PLC008").detail


def test_task_eni_is_the_business_of_agt006() -> None:
    world = waiting(healthy())
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["attributes"] = [a for a in row["attributes"] if a["name"] != TASK_ENI]
    assert {check for check, _ in failing(world.audit())} & ASKED == set()


def test_where_nobody_waits_nothing_is_said() -> None:
    world = requiring({"name": "ecs.capability.efs"})
    world.service("web")["desiredCount"] = 2
    assert {check for check, _ in failing(world.audit())} & ASKED == set()


@pytest.mark.parametrize(
    ("platform", "fails"),
    [
        pytest.param({"cpuArchitecture": "ARM64"}, True, id="ARM64 on x86 instances"),
        pytest.param({"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, True, id="Windows on Linux instances"),
        pytest.param({"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}, False, id="they match"),
        pytest.param({}, False, id="the task definition does not say"),
    ],
)
def test_platform(platform: dict[str, str], fails: bool) -> None:
    world = waiting(healthy())
    world.task_definition("web")["runtimePlatform"] = platform
    assert (("PLC009", "web") in failing(world.audit())) is fails


def windows(*releases: str, wanted: str = "WINDOWS_SERVER_2022_CORE") -> World:
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    for number, release in enumerate(releases):
        row = world.add_instance(f"i-{number}", "m5.large", "subnet-a", windows=True)
        for attribute in row["attributes"]:
            if attribute["name"] == "ecs.os-family":
                attribute["value"] = f"WINDOWS_SERVER_{release}"
    world.add_task_definition("win", windows=True)["runtimePlatform"]["operatingSystemFamily"] = wanted
    world.add_service("win", desired=1, running=0)
    return world


def test_all_windows_instances_run_2016() -> None:
    result = windows("2016_FULL", "2016_FULL").audit()
    assert {ref for ref in failing(result) if ref[0] in ASKED} == {("PLC010", "i-0"), ("PLC010", "i-1")}
    found = finding(result, "PLC010", "i-0")
    assert ("attributes[ecs.os-family]", "WINDOWS_SERVER_2016_FULL") in {(e.field, e.value) for e in found.evidence}
    assert [ref.id for ref in found.affected] == ["win"]


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        pytest.param(windows("2016_FULL", "2022_CORE"), set(), id="a newer one takes the task"),
        pytest.param(windows("2019_CORE"), {"PLC009"}, id="another release than the image is for"),
        pytest.param(windows("2016_FULL", wanted="WINDOWS_SERVER_2016_FULL"), {"PLC010"}, id="a task made for 2016"),
    ],
)
def test_releases(world: World, expected: set[str]) -> None:
    assert {check for check, _ in failing(world.audit())} & ASKED == expected


@pytest.mark.parametrize("check_id", ["PLC008", "PLC009"])
def test_without_the_task_definition_it_is_unknown(check_id: str) -> None:
    assert (check_id, "web") in unknown(waiting(healthy()).deny("ecs:DescribeTaskDefinition").audit())


def test_without_the_instances_plc010_is_unknown() -> None:
    assert ("PLC010", "win") in unknown(windows("2016_FULL").deny("ecs:DescribeContainerInstances").audit())
