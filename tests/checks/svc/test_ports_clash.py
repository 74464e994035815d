"""SVC012: the containers of an awsvpc task share one network stack (S10)."""

from typing import Any

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy, unknown


def container(name: str, *mappings: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "image": "public.ecr.aws/docker/library/nginx:1.27", "portMappings": list(mappings)}


def port(number: int, protocol: str | None = "tcp") -> dict[str, Any]:
    return {"containerPort": number, "hostPort": number} | ({"protocol": protocol} if protocol else {})


def ports(text: str, protocol: str = "tcp") -> dict[str, Any]:
    return {"containerPortRange": text, "protocol": protocol}


def with_containers(*containers: dict[str, Any], mode: str = "awsvpc") -> World:
    world = healthy()
    world.add_task_definition("pair", mode=mode, containers=list(containers))
    world.add_service("pair", desired=0, awsvpc=mode == "awsvpc")
    return world


def test_two_containers_on_one_port_fail() -> None:
    world = with_containers(container("app", port(8080)), container("sidecar", port(8080)))

    result = world.audit()

    assert failing(result) == {("SVC012", "pair:1")}
    found = finding(result, "SVC012")
    assert found.resource.type == "task_definition"
    assert found.resource.arn == world.task_definition("pair")["taskDefinitionArn"]
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "pair")]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        (
            "ecs:DescribeTaskDefinition",
            "pair:1",
            f"containerDefinitions[{name}].portMappings[].containerPort",
            8080,
        )
        for name in ("app", "sidecar")
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(port(53, None), port(53, "tcp"), id="the protocol is tcp where none is given"),
        pytest.param(port(53, "udp"), port(53, "udp"), id="both udp"),
        pytest.param(ports("8000-8010"), port(8010), id="the last port of a range"),
        pytest.param(port(8000), ports("8000-8010"), id="the first port of a range"),
        pytest.param(ports("8000-8010"), ports("8010-8020"), id="two ranges that touch"),
    ],
)
def test_what_overlaps_fails(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert ("SVC012", "pair:1") in failing(with_containers(container("a", one), container("b", other)).audit())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(port(8080), port(8081), id="different ports"),
        pytest.param(port(53, "tcp"), port(53, "udp"), id="different protocols"),
        pytest.param(ports("8000-8010"), port(8011), id="one past a range"),
        pytest.param(port(7999), ports("8000-8010"), id="one before a range"),
    ],
)
def test_what_does_not_overlap_is_well(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert failing(with_containers(container("a", one), container("b", other)).audit()) == set()


def test_one_container_that_maps_a_port_for_tcp_and_udp_is_well() -> None:
    world = with_containers(container("dns", port(53, "tcp"), port(53, "udp")), container("b", port(8080)))

    assert failing(world.audit()) == set()


def test_in_bridge_mode_each_container_has_a_stack_of_its_own() -> None:
    world = with_containers(container("a", port(80)), container("b", port(80)), mode="bridge")

    assert failing(world.audit()) == set()


def test_a_definition_that_nothing_runs_is_no_matter() -> None:
    world = healthy()
    world.add_task_definition("unused", containers=[container("a", port(80)), container("b", port(80))])

    assert failing(world.audit()) == set()


def test_several_clashes_are_one_finding_that_names_them_all() -> None:
    world = with_containers(container("a", port(80), port(443)), container("b", port(80)), container("c", port(443)))

    found = finding(world.audit(), "SVC012")
    assert "a (80) and b (80) over tcp" in found.detail
    assert "a (443) and c (443) over tcp" in found.detail
    assert len(found.evidence) == 4


def test_two_services_of_one_definition_are_one_finding() -> None:
    world = with_containers(container("a", port(80)), container("b", port(80)))
    world.add_service("second", definition="pair", desired=0)

    assert [ref.id for ref in finding(world.audit(), "SVC012").affected] == ["pair", "second"]


def test_without_task_definitions_read_it_is_unknown() -> None:
    result = with_containers(container("a", port(80)), container("b", port(80)))
    found = finding(result.deny("ecs:DescribeTaskDefinition").audit(), "SVC012")

    assert (found.status, found.missing) == (Status.UNKNOWN, ("ecs:DescribeTaskDefinition",))
    assert "SVC012" not in {check for check, _ in unknown(healthy().audit())}
