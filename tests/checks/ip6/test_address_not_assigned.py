"""IP6007: a subnet with an IPv6 block that assigns no address on creation."""

import pytest

from awsvpc_audit.findings import Evidence, ResourceRef, Status
from tests.world import World, failing, finding, healthy, unknown


def not_assigning(*, setting: str = "enabled") -> World:
    world = healthy()
    world.give_ipv6("subnet-a", "subnet-b")
    world.subnet("subnet-b")["AssignIpv6AddressOnCreation"] = False
    world.setting("dualStackIPv6", setting)
    return world


def test_the_subnet_fails_alone() -> None:
    result = not_assigning().audit()

    assert failing(result) == {("IP6007", "subnet-b")}
    found = finding(result, "IP6007")
    assert found.severity == "low"
    assert found.resource == ResourceRef(type="subnet", id="subnet-b")
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    assert found.evidence[0] == Evidence(
        operation="ec2:DescribeSubnets", resource="subnet-b", field="AssignIpv6AddressOnCreation", value=False
    )
    assert found.remediation.commands == (
        "aws ec2 modify-subnet-attribute --subnet-id subnet-b --assign-ipv6-address-on-creation",
    )


def test_a_subnet_that_assigns_addresses_is_well() -> None:
    world = not_assigning()
    world.subnet("subnet-b")["AssignIpv6AddressOnCreation"] = True

    assert failing(world.audit()) == set()


def test_a_subnet_without_a_block_has_nothing_to_assign() -> None:
    assert ("IP6007", "subnet-b") not in failing(healthy().audit())


def test_the_setting_off_as_well_is_a_second_condition_and_both_are_told() -> None:
    assert failing(not_assigning(setting="disabled").audit()) == {
        ("IP6001", "dualStackIPv6"),
        ("IP6007", "subnet-b"),
    }


def test_for_fargate_the_condition_is_certain_and_for_ec2_the_doubt_is_said() -> None:
    world = not_assigning()
    assert "not confirmed" not in finding(world.audit(), "IP6007").detail

    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    found = finding(world.audit(), "IP6007")
    assert "not confirmed" in found.detail
    assert [ref.id for ref in found.affected] == ["web"]


def test_a_task_with_an_ipv6_address_in_the_subnet_clears_its_service() -> None:
    world = not_assigning()
    for task in world.rows["ecs:DescribeTasks"]:
        if task["group"] == "service:web":
            task["containers"][0]["networkInterfaces"][0]["ipv6Address"] = "2001:db8::17"

    assert [ref.id for ref in finding(world.audit(), "IP6007").affected] == ["worker"]


def test_a_task_with_an_ipv6_address_in_another_subnet_proves_nothing_here() -> None:
    world = not_assigning()
    for task in world.rows["ecs:DescribeTasks"]:
        if task["attachments"][0]["details"][0]["value"] == "subnet-a":
            task["containers"][0]["networkInterfaces"][0]["ipv6Address"] = "2001:db8::17"

    assert [ref.id for ref in finding(world.audit(), "IP6007").affected] == ["web", "worker"]


def test_windows_services_are_left_to_ip6005() -> None:
    world = not_assigning()
    for name in ("web", "worker"):
        world.task_definition(name)["runtimePlatform"]["operatingSystemFamily"] = "WINDOWS_SERVER_2022_CORE"

    assert ("IP6007", "subnet-b") not in failing(world.audit())


def test_a_subnet_read_without_the_member_is_unknown() -> None:
    world = not_assigning()
    del world.subnet("subnet-b")["AssignIpv6AddressOnCreation"]

    assert unknown(world.audit()) == {("IP6007", "subnet-b")}


@pytest.mark.parametrize("operation", ["ec2:DescribeSubnets", "ecs:DescribeTaskDefinition"])
def test_a_denied_operation_makes_it_unknown(operation: str) -> None:
    found = finding(not_assigning().deny(operation).audit(), "IP6007", "subnet-b")

    assert (found.status, found.missing) == (Status.UNKNOWN, (operation,))
