"""AGT006: the attribute that ECS asks for before it considers an instance for awsvpc tasks."""

from awsvpc_audit.findings import Evidence, Severity
from tests.world import World, finding, healthy, verdicts


def without_attribute() -> World:
    world = healthy()
    attributes = world.container_instance("i-a")["attributes"]
    attributes[:] = [a for a in attributes if a["name"] != "ecs.capability.task-eni"]
    return world


def test_an_instance_without_it_fails() -> None:
    found = finding(without_attribute().audit(), "AGT006")

    assert found.resource.id == "i-a"
    assert found.severity is Severity.CRITICAL
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.evidence[0] == Evidence(
        operation="ecs:DescribeContainerInstances",
        resource="i-a",
        field="attributes[ecs.capability.task-eni]",
        value=None,
    )


def test_an_attribute_without_a_value_is_there() -> None:
    assert verdicts(healthy().audit(), "AGT006") == {"i-a": "pass", "i-b": "pass"}


def test_the_ipv6_attribute_is_another_one() -> None:
    world = without_attribute()
    assert any(a["name"] == "ecs.capability.task-eni.ipv6" for a in world.container_instance("i-a")["attributes"])

    assert verdicts(world.audit(), "AGT006")["i-a"] == "fail"


def test_an_instance_that_still_registers_has_none_yet() -> None:
    world = without_attribute()
    world.container_instance("i-a")["status"] = "REGISTERING"

    assert verdicts(world.audit(), "AGT006")["i-a"] == "pass"


def test_unread_container_instances_are_unknown() -> None:
    found = finding(healthy().deny("ecs:DescribeContainerInstances").audit(), "AGT006")

    assert found.missing == ("ecs:DescribeContainerInstances",)
