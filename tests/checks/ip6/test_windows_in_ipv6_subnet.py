"""IP6005: AWS supports no IPv6 for Windows tasks in awsvpc mode."""

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy, unknown


def with_windows_service(*, ipv6: tuple[str, ...] = ("subnet-a", "subnet-b"), definition: bool = True) -> World:
    world = healthy()
    world.add_task_definition("iis", windows=definition, compatibilities=("EC2",))
    world.add_instance("i-win", "m5.large", "subnet-a", windows=True)
    world.add_service("iis", on=("i-win",))
    if ipv6:
        world.give_ipv6(*ipv6)
    world.setting("dualStackIPv6", "enabled")
    return world


def test_a_windows_service_in_dual_stack_subnets_fails_and_linux_ones_do_not() -> None:
    result = with_windows_service().audit()

    assert {resource for check, resource in failing(result) if check.startswith("IP6")} == {"iis"}
    found = finding(result, "IP6005")
    assert (found.resource.type, found.resource.id) == ("service", "iis")
    assert found.severity == "high"
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence][:2] == [
        ("ecs:DescribeTaskDefinition", "iis:1", "runtimePlatform.operatingSystemFamily", "WINDOWS_SERVER_2022_CORE"),
        ("ec2:DescribeSubnets", "subnet-a", "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", "2001:db8:0:0::/64"),
    ]


def test_one_dual_stack_subnet_of_two_is_enough() -> None:
    found = finding(with_windows_service(ipv6=("subnet-b",)).audit(), "IP6005")

    assert found.detail == "iis runs Windows tasks in subnet-b (dual-stack)"


def test_an_ipv6_only_subnet_fails_too() -> None:
    world = with_windows_service(ipv6=("subnet-b",))
    world.subnet("subnet-b")["Ipv6Native"] = True

    assert "subnet-b (IPv6-only)" in finding(world.audit(), "IP6005").detail


def test_a_windows_service_in_ipv4_subnets_is_well() -> None:
    assert "IP6005" not in {check for check, _ in failing(with_windows_service(ipv6=()).audit())}


def test_windows_on_fargate_is_known_by_the_platform_family_of_the_service() -> None:
    world = with_windows_service()
    world.service("worker")["platformFamily"] = "WINDOWS_SERVER_2022_CORE"

    found = finding(world.audit(), "IP6005", "worker")
    assert [(e.operation, e.field, e.value) for e in found.evidence][:1] == [
        ("ecs:DescribeServices", "platformFamily", "WINDOWS_SERVER_2022_CORE")
    ]


def test_a_task_on_a_windows_instance_shows_it_where_the_definition_does_not() -> None:
    world = with_windows_service(definition=False)

    found = finding(world.audit(), "IP6005", "iis")
    assert found.evidence[0].operation == "ecs:DescribeContainerInstances"
    assert found.evidence[0].value == "windows"


@pytest.mark.parametrize(
    ("operation", "is_unknown"),
    [
        pytest.param("ec2:DescribeSubnets", True, id="subnets denied"),
        pytest.param("ecs:DescribeTaskDefinition", False, id="definitions denied, but a task runs on Windows"),
    ],
)
def test_a_denied_operation(operation: str, is_unknown: bool) -> None:
    found = finding(with_windows_service().deny(operation).audit(), "IP6005", "iis")

    assert found.status is (Status.UNKNOWN if is_unknown else Status.FAIL)


def test_a_linux_service_is_not_unknown_where_subnets_were_not_read() -> None:
    result = with_windows_service().deny("ec2:DescribeSubnets").audit()

    assert {resource for check, resource in unknown(result) if check == "IP6005"} == {"iis"}


def test_without_task_definitions_it_is_unknown_only_in_ipv6_subnets() -> None:
    world = with_windows_service(ipv6=("subnet-a",))
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b"]

    result = world.deny("ecs:DescribeTaskDefinition").audit()
    assert {resource for check, resource in unknown(result) if check == "IP6005"} == {"web"}
