"""Routes whose target is gone, down or of another kind than the question needs."""

import pytest

from tests.analyzers.reachability.questions import add_s3_gateway, blocked, flow, hops, path, proof, resource, unseen
from tests.world import World, healthy, route

WORKER = "service:prod/worker"


def leading_to(**target: str) -> World:
    """The worker in `subnet-a`, whose default route has this target."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    world.route_table("rtb-a")["Routes"][-1] = route("0.0.0.0/0", **target)
    return world


def add_endpoint(world: World, state: str | None, type_: str = "GatewayLoadBalancer") -> None:
    world.rows["ec2:DescribeVpcEndpoints"].append(
        {
            "VpcEndpointId": "vpce-1",
            "VpcEndpointType": type_,
            "VpcId": "vpc-main",
            "ServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1",
            "State": state,
        }
    )


def test_a_nat_gateway_that_is_gone() -> None:
    """A deleted one shows for about an hour; the routes to it stay."""
    world = leading_to(NatGatewayId="nat-gone")
    found = flow(world, WORKER, "internet")
    assert (found.verdict, blocked(found)) == ("unreachable", ("NET006", "nat-gone"))
    assert resource(found) == ("nat_gateway", "nat-gone")
    assert "egress nat_gateway nat-gone deny" in hops(found)
    assert proof(world, WORKER) == [("ec2:DescribeNatGateways", "nat-gone", "State", None)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param("failed", ("NET006", "nat-a"), id="it failed, and shows for an hour with the reason"),
        pytest.param("pending", ("NET006", "nat-a"), id="it is not there yet"),
        pytest.param("deleting", ("NET006", "nat-a"), id="it is going"),
        pytest.param("deleted", ("NET005", "rtb-a"), id="it is gone"),
        pytest.param("available", ("NET005", "rtb-a"), id="nothing is wrong with it"),
    ],
)
def test_a_nat_gateway_that_says_why_its_route_is_a_blackhole(state: str, expected: tuple[str, str]) -> None:
    world = leading_to(NatGatewayId="nat-a", State="blackhole")
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = state
    assert blocked(flow(world, WORKER, "internet")) == expected


def test_one_that_is_gone_and_whose_route_says_so() -> None:
    found = flow(leading_to(NatGatewayId="nat-gone", State="blackhole"), WORKER, "internet")
    assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "rtb-a"))


@pytest.mark.parametrize("state", ["available", "Available", None])
def test_a_firewall_endpoint_is_where_sight_ends(state: str | None) -> None:
    world = leading_to(GatewayId="vpce-1")
    add_endpoint(world, state)
    found = flow(world, WORKER, "internet")
    assert (found.verdict, blocked(found)) == ("unknown", None)
    assert "egress firewall vpce-1 unknown" in hops(found)
    assert unseen(world, WORKER) == [("vpc_endpoint", "vpce-1")]


@pytest.mark.parametrize("state", ["pending", "pendingAcceptance", "rejected", "failed", "deleting", "deleted"])
def test_one_that_is_not_available_takes_nothing(state: str) -> None:
    world = leading_to(GatewayId="vpce-1")
    add_endpoint(world, state)
    found = flow(world, WORKER, "internet")
    assert (found.verdict, blocked(found)) == ("unreachable", ("END005", "vpce-1"))
    assert resource(found) == ("vpc_endpoint", "vpce-1")
    assert "egress vpc_endpoint vpce-1 deny" in hops(found)
    assert next(hop.detail for hop in found.hops if hop.id == "vpce-1") == f"vpce-1 is {state}, not available"
    assert proof(world, WORKER) == [("ec2:DescribeVpcEndpoints", "vpce-1", "State", state)]


def test_one_that_is_gone() -> None:
    world = leading_to(GatewayId="vpce-1")
    found = flow(world, WORKER, "internet")
    assert (found.verdict, blocked(found)) == ("unreachable", ("END005", "vpce-1"))
    assert next(hop.detail for hop in found.hops if hop.id == "vpce-1") == "vpce-1 does not exist"
    assert proof(world, WORKER) == [("ec2:DescribeVpcEndpoints", "vpce-1", "State", None)]


def test_one_that_was_not_read_leaves_it_open() -> None:
    world = leading_to(GatewayId="vpce-1").deny("ec2:DescribeVpcEndpoints")
    found = path(world, WORKER, "internet")
    assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeVpcEndpoints",))
    assert "egress vpc_endpoint vpce-1 unknown" in hops(found.flows[0])


@pytest.mark.parametrize(("state", "expected"), [("available", None), ("deleting", ("END005", "vpce-s3"))])
def test_a_gateway_endpoint_takes_the_service_s_addresses_while_it_is_available(
    state: str, expected: tuple[str, str] | None
) -> None:
    world = leading_to(NatGatewayId="nat-gone")
    add_s3_gateway(world, "rtb-a")["State"] = state
    found = flow(world, WORKER, "52.216.0.1")
    assert blocked(found) == expected
    assert f"egress vpc_endpoint vpce-s3 {'deny' if expected else 'allow'}" in hops(found)


def test_the_local_route_may_have_another_target() -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/replace-local-route-target.html."""
    world = leading_to(NatGatewayId="nat-a")
    add_endpoint(world, "available")
    world.route_table("rtb-a")["Routes"][0] = route("10.0.0.0/16", GatewayId="vpce-1")
    found = flow(world, WORKER, "10.0.2.10")
    assert (found.verdict, "egress firewall vpce-1 unknown" in hops(found)) == ("unknown", True)
