"""PLC002, PLC003 and PLC007: instances and task subnets that lie in different places."""

import pytest

from tests.world import World, failing, finding, healthy, unknown

PLACES = {"PLC002", "PLC003", "PLC007"}


def world(instances: str, subnets: str, *, running: int = 0, desired: int = 1) -> World:
    """One c5.large in each of the first zones, and a service with subnets in the second."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    world.add_subnet("subnet-c", "10.0.3.0/24", "us-east-1c")
    for zone in instances:
        world.add_instance(f"i-{zone}{zone}", "c5.large", f"subnet-{zone}")
    names = tuple(f"i-{zone}{zone}" for zone in instances)
    subnet_ids = tuple(f"subnet-{zone}" for zone in subnets)
    world.add_service("api", desired=desired, running=running, on=names[:1], subnets=subnet_ids)
    return world


def test_no_instance_is_in_a_zone_of_the_subnets() -> None:
    found = finding(world("ab", "c").audit(), "PLC002")
    assert (found.resource.type, found.resource.id) == ("service", "api")
    assert "its subnets are in us-east-1c, and the instances are in us-east-1a, us-east-1b" in found.detail
    assert {(e.resource, e.value) for e in found.evidence} >= {("subnet-c", "us-east-1c"), ("i-aa", "us-east-1a")}


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(world("a", "a"), set(), id="the same zone"),
        pytest.param(world("ab", "c"), {"PLC002"}, id="no zone in common"),
        pytest.param(world("a", "ab"), set(), id="a zone without an instance, and room in the other"),
        pytest.param(world("a", "ab", running=2, desired=3), {"PLC003"}, id="a zone without an instance, and no room"),
        pytest.param(world("ab", "a", running=2, desired=3), {"PLC003"}, id="an instance with room outside the zones"),
        pytest.param(world("a", "a", running=2, desired=3), set(), id="short of slots, and the zones agree"),
        pytest.param(world("ab", "c", desired=0), set(), id="nobody waits"),
    ],
)
def test_zones(account: World, expected: set[str]) -> None:
    assert {check for check, _ in failing(account.audit())} & PLACES == expected


def test_a_daemon_is_not_kept_from_instances_outside_its_zones() -> None:
    account = world("ab", "a", running=2, desired=3)
    account.service("api")["schedulingStrategy"] = "DAEMON"
    assert "PLC003" not in {check for check, _ in failing(account.audit())}


def test_what_plc003_says() -> None:
    found = finding(world("ab", "a", running=2, desired=3).audit(), "PLC003")
    assert "i-bb (c5.large, us-east-1b) could take one but for being outside the zones" in found.detail
    found = finding(world("a", "ab", running=2, desired=3).audit(), "PLC003")
    assert "us-east-1b has a task subnet (subnet-b) and no ACTIVE instance" in found.detail


def in_other_vpc(*, with_attribute: bool) -> World:
    account = world("a", "a")
    account.rows["ecs:DescribeContainerInstances"].clear()
    account.add_vpc("vpc-other", "10.1.0.0/16")
    account.add_subnet("subnet-other", "10.1.1.0/24", "us-east-1a", vpc_id="vpc-other")
    account.add_security_group("sg-other", "vpc-other")
    row = account.add_instance("i-other", "c5.large", "subnet-other", group="sg-other")
    if not with_attribute:
        row["attributes"] = [a for a in row["attributes"] if a["name"] != "ecs.vpc-id"]
    return account


@pytest.mark.parametrize("with_attribute", [True, False], ids=["ECS says so", "only EC2 says so"])
def test_the_instances_are_in_another_vpc(with_attribute: bool) -> None:
    result = in_other_vpc(with_attribute=with_attribute).audit()
    found = finding(result, "PLC007")
    assert (found.resource.type, found.resource.id) == ("service", "api")
    assert {(e.resource, e.value) for e in found.evidence} >= {("subnet-a", "vpc-main"), ("i-other", "vpc-other")}
    assert "PLC002" not in {check for check, _ in failing(result)}


def test_one_instance_in_the_right_vpc_is_enough() -> None:
    account = in_other_vpc(with_attribute=True)
    account.add_instance("i-aa", "c5.large", "subnet-a")
    assert "PLC007" not in {check for check, _ in failing(account.audit())}


@pytest.mark.parametrize("check_id", sorted(PLACES))
def test_without_the_subnets_it_is_unknown(check_id: str) -> None:
    assert (check_id, "api") in unknown(world("ab", "c").deny("ec2:DescribeSubnets").audit())


def test_without_ec2_the_vpc_is_unknown() -> None:
    account = in_other_vpc(with_attribute=False).deny("ec2:DescribeInstances")
    assert ("PLC007", "api") in unknown(account.audit())
