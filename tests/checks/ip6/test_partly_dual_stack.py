"""IP6002: only some task subnets of a dual-stack VPC have an IPv6 block."""

from awsvpc_audit.findings import Evidence, ResourceRef, Status
from tests.world import World, failing, finding, healthy, unknown

FIELD = "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock"


def partly(*subnets: str) -> World:
    world = healthy()
    world.give_ipv6(*subnets)
    world.setting("dualStackIPv6", "enabled")
    return world


def test_the_subnet_without_a_block_fails_alone() -> None:
    result = partly("subnet-a").audit()

    assert failing(result) == {("IP6002", "subnet-b")}
    found = finding(result, "IP6002")
    assert found.severity == "low"
    assert found.resource == ResourceRef(type="subnet", id="subnet-b")
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    assert found.evidence == (
        Evidence(operation="ec2:DescribeSubnets", resource="subnet-b", field=FIELD, value=None),
        Evidence(operation="ec2:DescribeSubnets", resource="subnet-a", field=FIELD, value="2001:db8:0:0::/64"),
    )


def test_all_subnets_with_a_block_are_well() -> None:
    assert failing(partly("subnet-a", "subnet-b").audit()) == set()


def test_no_subnet_with_a_block_is_well() -> None:
    assert failing(partly("subnet-public-a").audit()) == set()


def test_services_that_keep_to_one_kind_of_subnet_are_well() -> None:
    world = partly("subnet-a")
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b"]

    assert ("IP6002", "subnet-b") not in failing(world.audit())


def test_windows_services_want_no_ipv6() -> None:
    world = partly("subnet-a")
    for name in ("web", "worker"):
        world.task_definition(name)["runtimePlatform"]["operatingSystemFamily"] = "WINDOWS_SERVER_2022_CORE"

    assert ("IP6002", "subnet-b") not in failing(world.audit())


def test_a_subnet_that_is_gone_is_left_to_sub003() -> None:
    world = partly("subnet-a", "subnet-b")
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"].append("subnet-gone")

    assert failing(world.audit()) == {("SUB003", "subnet-gone")}


def test_without_subnets_read_it_is_unknown() -> None:
    found = finding(partly("subnet-a").deny("ec2:DescribeSubnets").audit(), "IP6002", "subnet-b")

    assert (found.status, found.missing) == (Status.UNKNOWN, ("ec2:DescribeSubnets",))


def test_without_task_definitions_read_it_is_unknown_only_where_ipv6_is_about() -> None:
    assert ("IP6002", "subnet-b") in unknown(partly("subnet-a").deny("ecs:DescribeTaskDefinition").audit())
    assert ("IP6002", "subnet-b") not in unknown(healthy().deny("ecs:DescribeTaskDefinition").audit())


def test_several_siblings_are_named_in_order() -> None:
    world = healthy()
    world.add_subnet("subnet-c", "10.0.3.0/24", "us-east-1c", route_table="rtb-a")
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = [
        "subnet-c",
        "subnet-b",
        "subnet-a",
    ]
    world.give_ipv6("subnet-a", "subnet-b", "subnet-c")
    del world.subnet("subnet-b")["Ipv6CidrBlockAssociationSet"]
    world.setting("dualStackIPv6", "enabled")
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]

    found = finding(world.audit(), "IP6002", "subnet-b")
    assert found.detail == (
        "subnet-b has no IPv6 block; subnet-a, subnet-c of the same VPC (vpc-main), also for tasks of worker, have"
    )
