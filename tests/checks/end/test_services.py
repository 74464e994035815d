"""END and AGT010: the AWS services that a task, and its instance, must reach."""

import pytest

from tests.analyzers.reachability.questions import add_endpoint, add_s3_gateway
from tests.checks.net.test_hops import ECR_IMAGE, TestIsolatedByDesign
from tests.world import World, failing, finding, healthy, permission, unknown

ENDPOINTS = ("ecr.api", "ecr.dkr", "logs")


def isolated() -> World:
    """A Fargate service that lives on endpoints alone, and does so well."""
    return TestIsolatedByDesign.world(*ENDPOINTS)


def end(world: World) -> set[tuple[str, str]]:
    return {(c, r) for c, r in failing(world.audit()) if c.startswith("END")}


def endpoint(world: World, service: str) -> dict[str, object]:
    return world.find("ec2:DescribeVpcEndpoints", "VpcEndpointId", f"vpce-{service.replace('.', '')}")


def test_endpoints_for_all_that_is_needed_raise_nothing() -> None:
    assert end(isolated()) == set()


def test_no_gateway_route_in_one_table_of_two() -> None:
    world = isolated()
    world.route_table("rtb-b")["Routes"].pop()
    world.find("ec2:DescribeVpcEndpoints", "VpcEndpointId", "vpce-s3")["RouteTableIds"] = ["rtb-a"]

    assert end(world) == {("END002", "rtb-b")}


def test_the_endpoint_s_group() -> None:
    world = isolated()
    world.security_group("sg-endpoints")["IpPermissions"] = [permission("tcp", "sg-alb", 443)]

    assert failing(world.audit()) == {("END003", "vpce-ecrapi"), ("END003", "vpce-ecrdkr"), ("END003", "vpce-logs")}


@pytest.mark.parametrize(
    ("change", "check_id"),
    [({"PrivateDnsEnabled": False}, "END004"), ({"State": "failed"}, "END005")],
)
def test_one_endpoint_that_does_not_serve(change: dict[str, object], check_id: str) -> None:
    world = isolated()
    endpoint(world, "logs").update(change)

    assert end(world) == {(check_id, "vpce-logs")}


def test_dns_attributes_of_the_vpc() -> None:
    world = isolated()
    world.find("ec2:DescribeVpcAttribute", "VpcId", "vpc-main")["EnableDnsHostnames"] = {"Value": False}

    found = finding(world.audit(), "END006")

    assert found.resource.id == "vpc-main"
    assert found.evidence[0].value is False


def test_endpoints_that_were_not_read_leave_them_open() -> None:
    found = {check_id for check_id, _ in unknown(isolated().deny("ec2:DescribeVpcEndpoints").audit())}

    assert {"END001", "END002", "END003", "END004", "END005", "END006"} <= found


def test_no_way_at_all_names_each_service() -> None:
    world = isolated()
    world.rows["ec2:DescribeVpcEndpoints"].clear()
    for letter in "ab":
        world.route_table(f"rtb-{letter}")["Routes"].pop()

    result = world.audit()

    assert finding(result, "END001").resource.id == "worker"
    assert ("NET004", "rtb-a") in failing(result)


def test_on_ec2_the_instance_s_subnet_counts_for_images() -> None:
    world = healthy()
    world.task_definition("web")["containerDefinitions"][0]["image"] = ECR_IMAGE
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-public-a"]

    result = world.audit()

    assert ("NET001", "subnet-public-a") in failing(result)
    assert not {c for c, _ in failing(result)} & {"END001", "END002"}


def test_ecr_over_nat_is_worth_a_thought() -> None:
    world = healthy()
    world.task_definition("worker")["containerDefinitions"][0]["image"] = ECR_IMAGE

    assert end(world) == {("END009", "vpc-main")}


class TestAgent:
    @staticmethod
    def world() -> World:
        world = healthy()
        world.route_table("rtb-a")["Routes"].pop()
        return world

    def test_an_instance_without_a_way_cannot_register(self) -> None:
        found = finding(self.world().audit(), "AGT010")

        assert found.resource.id == "i-a"
        assert "ecs" in found.detail

    def test_three_endpoints_are_a_way(self) -> None:
        world = self.world()
        world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "sg-host", 443))
        for service in ("ecs", "ecs-agent", "ecs-telemetry"):
            add_endpoint(world, service, "subnet-a")

        assert "AGT010" not in {c for c, _ in failing(world.audit())}

    def test_two_are_not(self) -> None:
        world = self.world()
        world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "sg-host", 443))
        for service in ("ecs", "ecs-agent"):
            add_endpoint(world, service, "subnet-a")

        assert "ecs-telemetry" in finding(world.audit(), "AGT010").detail

    def test_without_the_instances_it_is_open(self) -> None:
        assert "AGT010" in {c for c, _ in unknown(healthy().deny("ec2:DescribeInstances").audit())}


def test_s3_by_gateway_and_the_rest_over_nat_is_told_without_s3() -> None:
    world = healthy()
    world.task_definition("worker")["containerDefinitions"][0]["image"] = ECR_IMAGE
    add_s3_gateway(world, "rtb-a", "rtb-b")

    assert "reach ecr.api, ecr.dkr over" in finding(world.audit(), "END009").detail
