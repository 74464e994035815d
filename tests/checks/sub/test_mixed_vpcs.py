"""SUB005: subnets and security groups of different VPCs."""

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy


def two_vpcs() -> World:
    world = healthy()
    world.add_vpc("vpc-other", "10.9.0.0/16")
    world.add_subnet("subnet-other", "10.9.1.0/24", "us-east-1b", vpc_id="vpc-other")
    world.add_security_group("sg-other", "vpc-other")
    return world


def test_subnets_of_two_vpcs_fail() -> None:
    world = two_vpcs()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-a", "subnet-other"))

    found = finding(world.audit(), "SUB005")

    assert found.status is Status.FAIL
    assert (found.resource.type, found.resource.id) == ("service", "idle")
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("ec2:DescribeSubnets", "subnet-a", "VpcId", "vpc-main"),
        ("ec2:DescribeSubnets", "subnet-other", "VpcId", "vpc-other"),
    ]


def test_a_group_of_another_vpc_than_the_subnets_fails() -> None:
    world = two_vpcs()
    world.add_service("idle", launch_type="FARGATE", desired=0, groups=("sg-app", "sg-other"))

    found = finding(world.audit(), "SUB005")

    assert found.resource.id == "idle"
    assert ("ec2:DescribeSecurityGroups", "sg-other", "VpcId", "vpc-other") in [
        (e.operation, e.resource, e.field, e.value) for e in found.evidence
    ]
    assert "sg-other of vpc-other" in found.detail


def test_subnets_and_groups_of_one_other_vpc_are_well() -> None:
    world = two_vpcs()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-other",), groups=("sg-other",))

    assert ("SUB005", "idle") not in failing(world.audit())


def test_a_subnet_that_is_gone_is_left_to_sub003() -> None:
    world = healthy()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-a", "subnet-gone"))

    assert failing(world.audit()) == {("SUB003", "subnet-gone")}


def test_a_group_that_is_gone_is_left_to_sub004() -> None:
    world = healthy()
    world.add_service("idle", launch_type="FARGATE", desired=0, groups=("sg-app", "sg-gone"))

    assert failing(world.audit()) == {("SUB004", "sg-gone")}


def test_different_subnets_fail_even_where_the_groups_were_not_read() -> None:
    world = two_vpcs()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-a", "subnet-other"))

    assert ("SUB005", "idle") in failing(world.deny("ec2:DescribeSecurityGroups").audit())


def test_without_groups_read_it_is_unknown() -> None:
    found = finding(healthy().deny("ec2:DescribeSecurityGroups").audit(), "SUB005", "web")

    assert found.status is Status.UNKNOWN
    assert found.missing == ("ec2:DescribeSecurityGroups",)


def test_without_subnets_read_it_is_unknown() -> None:
    found = finding(healthy().deny("ec2:DescribeSubnets").audit(), "SUB005", "web")

    assert found.status is Status.UNKNOWN
    assert found.missing == ("ec2:DescribeSubnets",)


def test_one_subnet_and_no_group_can_not_differ_whatever_was_read() -> None:
    world = healthy()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-a",), groups=())

    result = world.deny("ec2:DescribeSubnets").audit()

    assert not [f for f in result.findings if (f.check_id, f.resource.id, f.status) == ("SUB005", "idle", "unknown")]


def test_standalone_tasks_of_one_definition_may_run_in_two_vpcs() -> None:
    world = two_vpcs()
    world.add_task_definition("job")
    world.add_task(None, definition="job", subnet_id="subnet-a")
    world.add_task(None, definition="job", subnet_id="subnet-other")

    assert "SUB005" not in {check for check, _ in failing(world.audit())}


def test_one_subnet_and_one_group_of_different_vpcs_fail() -> None:
    world = two_vpcs()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-a",), groups=("sg-other",))

    assert ("SUB005", "idle") in failing(world.audit())


def test_the_order_of_the_configuration_does_not_change_the_finding() -> None:
    world = two_vpcs()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-other", "subnet-a"))
    world.add_service("idle2", launch_type="FARGATE", desired=0, groups=("sg-other", "sg-app"))

    result = world.audit()
    assert [e.resource for e in finding(result, "SUB005", "idle").evidence] == ["subnet-a", "subnet-other"]
    assert [e.resource for e in finding(result, "SUB005", "idle2").evidence][:2] == ["sg-app", "sg-other"]
