"""SUB001: a task subnet without a free IPv4 address."""

from awsvpc_audit.findings import Evidence, ResourceRef, Status
from tests.world import failing, finding, healthy


def test_a_subnet_with_no_free_address_fails_and_names_every_service_in_it() -> None:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0

    found = finding(world.audit(), "SUB001")

    assert found.status is Status.FAIL
    assert found.resource == ResourceRef(type="subnet", id="subnet-a")
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    assert found.evidence == (
        Evidence(operation="ec2:DescribeSubnets", resource="subnet-a", field="AvailableIpAddressCount", value=0),
    )
    assert found.detail == "subnet-a (10.0.1.0/24, us-east-1a) has 0 free IPv4 addresses"
    assert found.remediation.commands == (
        "aws ec2 describe-network-interfaces --filters Name=subnet-id,Values=subnet-a Name=status,Values=available",
    )


def test_one_free_address_is_enough() -> None:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 1

    assert ("SUB001", "subnet-a") not in failing(world.audit())


def test_a_full_subnet_that_no_task_uses_is_no_matter() -> None:
    world = healthy()
    world.subnet("subnet-public-a")["AvailableIpAddressCount"] = 0

    assert not failing(world.audit())


def test_an_ipv6_only_subnet_needs_no_ipv4_address() -> None:
    world = healthy()
    world.subnet("subnet-a").update(AvailableIpAddressCount=0, Ipv6Native=True)

    assert ("SUB001", "subnet-a") not in failing(world.audit())


def test_a_subnet_of_bridge_services_only_raises_nothing() -> None:
    world = healthy()
    world.add_service("legacy", awsvpc=False, on=("i-a",))
    world.subnet("subnet-public-b")["AvailableIpAddressCount"] = 0

    assert not failing(world.audit())


def test_without_subnets_read_it_is_unknown() -> None:
    result = healthy().deny("ec2:DescribeSubnets").audit()

    found = finding(result, "SUB001", "subnet-a")
    assert found.status is Status.UNKNOWN
    assert found.missing == ("ec2:DescribeSubnets",)


def test_a_subnet_read_without_its_count_is_unknown() -> None:
    world = healthy()
    del world.subnet("subnet-a")["AvailableIpAddressCount"]

    assert finding(world.audit(), "SUB001", "subnet-a").status is Status.UNKNOWN
