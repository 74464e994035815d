"""PLC004, PLC005 and PLC011: instances without CPU, memory or GPUs left."""

from typing import Any

import pytest

from tests.world import World, failing, finding, healthy, unknown

ROOM = {"PLC004", "PLC005", "PLC011", "ENI001"}


def world(*remaining: tuple[int, int], gpus: int = 0, wanted_gpus: int = 0) -> World:
    """A task of 256 CPU units and 512 MiB that waits, and instances with that much CPU and memory left."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    for number, (cpu, memory) in enumerate(remaining):
        row = world.add_instance(f"i-{number}", "c5.large", "subnet-a")
        row["remainingResources"] = [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
            {"name": "GPU", "type": "STRINGSET", "stringSetValue": [f"GPU-{n}" for n in range(gpus)]},
        ]
    world.add_service("api", desired=1, running=0)
    if wanted_gpus:
        containers = world.task_definition("api")["containerDefinitions"]
        containers[0]["resourceRequirements"] = [{"type": "GPU", "value": str(wanted_gpus)}]
    return world


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(world((256, 512)), set(), id="exactly enough"),
        pytest.param(world((255, 512)), {"PLC004"}, id="one CPU unit short"),
        pytest.param(world((256, 511)), {"PLC005"}, id="one MiB short"),
        pytest.param(world((255, 511)), {"PLC004", "PLC005"}, id="both short"),
        pytest.param(world((255, 512), (256, 512)), set(), id="another instance has room"),
        pytest.param(world((255, 512), (256, 511)), {"PLC004", "PLC005"}, id="each lacks only one of them"),
        pytest.param(world((0, 0), (256, 511)), {"PLC005"}, id="memory is all that keeps the nearest"),
        pytest.param(world((256, 512), gpus=1, wanted_gpus=1), set(), id="a GPU is free"),
        pytest.param(world((256, 512), gpus=1, wanted_gpus=2), {"PLC011"}, id="one GPU short"),
        pytest.param(world((256, 512), wanted_gpus=1), {"PLC011"}, id="no GPU at all"),
    ],
)
def test_boundaries(account: World, expected: set[str]) -> None:
    assert {check for check, _ in failing(account.audit())} & ROOM == expected


def test_evidence_has_every_instance() -> None:
    found = finding(world((255, 512), (100, 512)).audit(), "PLC004")
    assert (found.resource.type, found.resource.id, found.severity) == ("service", "api", "critical")
    left = {(e.resource, e.value) for e in found.evidence if e.field == "remainingResources[CPU]"}
    assert left == {("i-0", 255), ("i-1", 100)}
    assert "none of 2 otherwise eligible instances has the 256 CPU units a task takes" in found.detail


def test_task_sizes_of_windows_are_the_containers() -> None:
    account = world((256, 512))
    definition = account.task_definition("api")
    definition["runtimePlatform"]["operatingSystemFamily"] = "WINDOWS_SERVER_2022_CORE"
    definition["containerDefinitions"][0] |= {"cpu": 512, "memory": 512}
    for attribute in account.container_instance("i-0")["attributes"]:
        attribute |= {
            "ecs.os-type": {"value": "windows"},
            "ecs.os-family": {"value": "WINDOWS_SERVER_2022_CORE"},
        }.get(attribute["name"], {})
    assert ("PLC004", "api") in failing(account.audit())


@pytest.mark.parametrize(
    "change", [{"status": "DRAINING"}, {"agentConnected": False}], ids=["draining", "agent not connected"]
)
def test_an_instance_out_of_service_counts_neither_way(change: dict[str, Any]) -> None:
    account = world((255, 512), (4096, 4096))
    account.container_instance("i-1").update(change)
    assert ("PLC004", "api") in failing(account.audit())


def test_remaining_resources_that_the_source_leaves_out_are_unknown() -> None:
    account = world((256, 512))
    account.container_instance("i-0")["remainingResources"] = []
    result = account.audit()
    assert unknown(result) >= {("PLC004", "api"), ("PLC005", "api")}
    assert ("ENI001", "api") not in unknown(result)  # slots are free, whatever else is missing
    assert not {check for check, _ in failing(result)} & ROOM


@pytest.mark.parametrize("check_id", ["PLC004", "PLC005", "PLC011"])
@pytest.mark.parametrize("operation", ["ecs:DescribeContainerInstances", "ecs:DescribeTaskDefinition"])
def test_it_is_unknown_without(check_id: str, operation: str) -> None:
    assert (check_id, "api") in unknown(world((0, 0), wanted_gpus=1).deny(operation).audit())
