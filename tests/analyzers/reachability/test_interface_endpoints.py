"""Interface endpoints as doors: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html."""

import pytest

from tests.analyzers.reachability.questions import add_endpoint, blocked, flow, hops, path
from tests.world import Row, World, healthy, permission

WORKER = "service:prod/worker"


def isolated() -> tuple[World, Row]:
    """The worker in `subnet-a` without a way out, and an endpoint for ECR's API in both zones."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    world.route_table("rtb-a")["Routes"].pop()
    world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "10.0.0.0/16", 443))
    return world, add_endpoint(world, "ecr.api", "subnet-a", "subnet-b")


def forget_interfaces(world: World) -> None:
    """As in a snapshot without the interfaces of endpoints."""
    rows = world.rows["ec2:DescribeNetworkInterfaces"]
    rows[:] = [row for row in rows if row["InterfaceType"] != "vpc_endpoint"]


class TestWithoutItsInterfaces:
    """Its subnets say where they are, and its groups what they admit."""

    def test_its_subnets_stand_in(self) -> None:
        world, _ = isolated()
        forget_interfaces(world)
        found = flow(world, WORKER, "ecr.api")
        assert found.verdict == "reachable"
        assert hops(found)[-1] == "ingress vpc_endpoint vpce-ecrapi allow"

    def test_its_groups_must_admit_the_task(self) -> None:
        world, _ = isolated()
        forget_interfaces(world)
        world.security_group("sg-endpoints")["IpPermissions"] = [permission("tcp", "10.99.0.0/16", 443)]
        assert blocked(flow(world, WORKER, "ecr.api")) == ("END003", "vpce-ecrapi")

    def test_a_port_that_they_do_not_admit(self) -> None:
        world, _ = isolated()
        forget_interfaces(world)
        assert blocked(flow(world, WORKER, "ecr.api", port=80)) == ("END003", "vpce-ecrapi")

    @pytest.mark.parametrize(
        ("peer", "expected"),
        [("sg-default", ("END003", "vpce-ecrapi")), ("10.0.0.0/16", None)],
        ids=["as AWS makes it", "opened for the VPC"],
    )
    def test_without_groups_it_has_the_vpc_s_default_one(self, peer: str, expected: tuple[str, str] | None) -> None:
        world, endpoint = isolated()
        forget_interfaces(world)
        endpoint["Groups"] = []
        default = world.add_security_group("sg-default", "vpc-main", permission("-1", peer))
        default["GroupName"] = "default"
        assert blocked(flow(world, WORKER, "ecr.api")) == expected

    def test_without_subnets_either_nothing_can_be_said(self) -> None:
        world, endpoint = isolated()
        forget_interfaces(world)
        endpoint["SubnetIds"] = []
        found = path(world, WORKER, "ecr.api")
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeNetworkInterfaces",))


def test_each_door_counts_for_itself() -> None:
    """DNS gives the client any of them: where one subnet's ACL denies, some connections fail."""
    world, _ = isolated()
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": "acl-b",
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": "subnet-b"}],
            "Entries": [],
        }
    )
    found = flow(world, WORKER, "ecr.api")
    assert (found.verdict, blocked(found)) == ("partial", ("NET009", "acl-b"))


@pytest.mark.parametrize("state", ["deleting", "deleted"])
def test_one_that_goes_is_none(state: str) -> None:
    world, endpoint = isolated()
    endpoint["State"] = state
    assert blocked(flow(world, WORKER, "ecr.api")) == ("NET004", "rtb-a")


def test_one_for_another_service_of_a_like_name_is_none() -> None:
    world, endpoint = isolated()
    endpoint["ServiceName"] = "com.amazonaws.us-east-1.not-ecr.api"
    assert blocked(flow(world, WORKER, "ecr.api")) == ("NET004", "rtb-a")


def test_one_in_another_vpc_is_none() -> None:
    world, endpoint = isolated()
    endpoint["VpcId"] = "vpc-other"
    assert blocked(flow(world, WORKER, "ecr.api")) == ("NET004", "rtb-a")
