"""LBS003: a zone of the task subnets that the load balancer does not serve."""

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy


def without_zone(zone: str = "us-east-1b") -> World:
    world = healthy()
    balancer = world.load_balancer("alb-web")
    balancer["AvailabilityZones"] = [z for z in balancer["AvailabilityZones"] if z["ZoneName"] != zone]
    return world


@pytest.mark.parametrize("kind", ["application", "network"])
def test_a_zone_of_a_task_subnet_that_is_not_enabled_fails(kind: str) -> None:
    world = without_zone()
    world.load_balancer("alb-web")["Type"] = kind

    result = world.audit()

    assert failing(result) == {("LBS003", "alb-web")}
    found = finding(result, "LBS003")
    assert found.severity == "high"
    assert found.resource.type == "load_balancer"
    assert found.resource.arn == world.load_balancer("alb-web")["LoadBalancerArn"]
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "web")]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("elbv2:DescribeLoadBalancers", "alb-web", "AvailabilityZones[].ZoneName", "us-east-1a"),
        ("ec2:DescribeSubnets", "subnet-b", "AvailabilityZone", "us-east-1b"),
    ]
    assert "not in us-east-1b" in found.detail


def test_a_subnet_in_a_further_zone_fails_and_names_only_that() -> None:
    world = healthy()
    world.add_subnet("subnet-c", "10.0.3.0/24", "us-east-1c", route_table="rtb-a")
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"].append("subnet-c")

    found = finding(world.audit(), "LBS003")
    assert [e.resource for e in found.evidence] == ["alb-web", "subnet-c"]
    assert found.evidence[0].value == "us-east-1a, us-east-1b"


def test_a_load_balancer_with_more_zones_than_the_service_is_well() -> None:
    world = healthy()
    world.load_balancer("alb-web")["AvailabilityZones"].append({"ZoneName": "us-east-1c", "SubnetId": "subnet-x"})

    assert failing(world.audit()) == set()


def test_a_service_that_keeps_to_the_enabled_zone_is_well() -> None:
    world = without_zone()
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]

    assert ("LBS003", "alb-web") not in failing(world.audit())


def test_targets_of_another_vpc_are_registered_for_all_zones() -> None:
    world = without_zone()
    world.target_group("web")["VpcId"] = "vpc-edge"

    assert ("LBS003", "alb-web") not in failing(world.audit())


def test_a_target_group_without_a_load_balancer_is_not_judged() -> None:
    world = without_zone()
    world.target_group("web")["LoadBalancerArns"] = []

    assert ("LBS003", "alb-web") not in failing(world.audit())


def test_a_subnet_that_is_gone_is_left_to_sub003() -> None:
    world = healthy()
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"].append("subnet-gone")

    assert failing(world.audit()) == {("SUB003", "subnet-gone")}


@pytest.mark.parametrize(
    "operation", ["elbv2:DescribeLoadBalancers", "elbv2:DescribeTargetGroups", "ec2:DescribeSubnets"]
)
def test_a_denied_operation_makes_it_unknown(operation: str) -> None:
    found = finding(without_zone().deny(operation).audit(), "LBS003")

    assert (found.status, found.missing) == (Status.UNKNOWN, (operation,))
    assert (found.resource.type, found.resource.id) == ("target_group", "web")
    assert [ref.id for ref in found.affected] == ["web"]


def test_a_gateway_load_balancer_is_not_judged() -> None:
    world = without_zone()
    world.load_balancer("alb-web")["Type"] = "gateway"

    assert ("LBS003", "alb-web") not in failing(world.audit())


def test_a_load_balancer_that_is_gone_is_not_judged() -> None:
    world = without_zone()
    world.rows["elbv2:DescribeLoadBalancers"].clear()

    assert "LBS003" not in {check for check, _ in failing(world.audit())}


def test_a_load_balancer_without_a_name_has_it_in_its_arn() -> None:
    world = without_zone()
    del world.load_balancer("alb-web")["LoadBalancerName"]

    assert ("LBS003", "alb-web") in failing(world.audit())


def test_zones_and_subnets_are_in_order_whatever_the_configuration_says() -> None:
    world = healthy()
    world.load_balancer("alb-web")["AvailabilityZones"] = []
    config = world.service("web")["networkConfiguration"]["awsvpcConfiguration"]
    world.add_subnet("subnet-b2", "10.0.4.0/24", "us-east-1b", route_table="rtb-b")
    config["subnets"] = ["subnet-b2", "subnet-b", "subnet-a", "subnet-b"]

    found = finding(world.audit(), "LBS003")
    assert found.detail == (
        "alb-web is enabled in no zone, not in us-east-1a, us-east-1b; web has task subnets there: "
        "subnet-a in us-east-1a, subnet-b in us-east-1b, subnet-b2 in us-east-1b"
    )
    assert found.remediation.commands[0] == (
        "aws ec2 describe-subnets --filters Name=vpc-id,Values=vpc-main "
        "Name=availability-zone,Values=us-east-1a,us-east-1b"
    )


def test_two_load_balancers_of_one_target_group_are_judged_each() -> None:
    world = without_zone()
    arn = world.load_balancer("alb-web")["LoadBalancerArn"].replace("alb-web", "alb-also")
    world.rows["elbv2:DescribeLoadBalancers"].append(
        world.load_balancer("alb-web") | {"LoadBalancerName": "alb-also", "LoadBalancerArn": arn}
    )
    world.target_group("web")["LoadBalancerArns"].append(arn)

    assert {("LBS003", "alb-web"), ("LBS003", "alb-also")} <= failing(world.audit())
