"""NAT gateways in a subnet, what they need and how they fail.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html and nat-gateway-troubleshooting.html.
"""

from typing import Any

import pytest

from tests.analyzers.reachability.questions import blocked, flow, path, proof
from tests.world import Row, World, healthy, route

WORKER = "service:prod/worker"


def behind_nat() -> World:
    """The worker in `subnet-a`, behind `nat-a` in `subnet-public-a`."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    return world


def nat(world: World) -> Row:
    return world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")


def refusal(world: World, destination: str = "internet") -> str:
    """What the hop says that blocks."""
    return next(hop.detail for hop in flow(world, WORKER, destination).hops if hop.verdict == "deny")


@pytest.mark.parametrize(
    ("change", "reason", "shown"),
    [
        pytest.param({"State": "pending"}, "nat-a is pending, not available", [("State", "pending")], id="pending"),
        pytest.param({"State": "deleting"}, "nat-a is deleting, not available", [("State", "deleting")], id="deleting"),
        pytest.param({"State": "deleted"}, "nat-a is deleted, not available", [("State", "deleted")], id="deleted"),
        pytest.param({"State": "failed"}, "nat-a is failed, not available", [("State", "failed")], id="failed"),
        pytest.param(
            {"State": "failed", "FailureCode": "Gateway.NotAttached"},
            "nat-a is failed (Gateway.NotAttached), not available",
            [("State", "failed"), ("FailureCode", "Gateway.NotAttached")],
            id="failed with a code",
        ),
        pytest.param(
            {
                "State": "failed",
                "FailureCode": "Gateway.NotAttached",
                "FailureMessage": "Network vpc-main has no Internet gateway attached",
            },
            "nat-a is failed (Gateway.NotAttached: Network vpc-main has no Internet gateway attached), not available",
            [("State", "failed"), ("FailureCode", "Gateway.NotAttached")],
            id="failed with a code and a message",
        ),
        pytest.param(
            {"NatGatewayAddresses": [{"PrivateIp": "10.0.100.9"}]},
            "nat-a is public but has no public address",
            [("NatGatewayAddresses[].PublicIp", None)],
            id="without a public address",
        ),
    ],
)
def test_one_that_does_not_work(change: dict[str, Any], reason: str, shown: list[tuple[str, object]]) -> None:
    world = behind_nat()
    nat(world).update(change)
    assert blocked(flow(world, WORKER, "internet")) == ("NET006", "nat-a")
    assert refusal(world) == reason
    assert proof(world, WORKER) == [("ec2:DescribeNatGateways", "nat-a", *each) for each in shown]


def test_one_that_is_gone() -> None:
    world = behind_nat()
    world.rows["ec2:DescribeNatGateways"].remove(nat(world))
    assert blocked(flow(world, WORKER, "internet")) == ("NET006", "nat-a")
    assert refusal(world) == "nat-a does not exist"
    assert proof(world, WORKER) == [("ec2:DescribeNatGateways", "nat-a", "State", None)]


def test_an_address_that_is_only_allocated_is_one() -> None:
    """Emulators and older answers leave the address itself out."""
    world = behind_nat()
    nat(world)["NatGatewayAddresses"] = [{"AllocationId": "eipalloc-1", "PrivateIp": "10.0.100.9"}]
    assert flow(world, WORKER, "internet").verdict == "reachable"


def test_a_private_one_has_no_way_to_the_internet() -> None:
    world = behind_nat()
    nat(world).update(ConnectivityType="private", NatGatewayAddresses=[{"PrivateIp": "10.0.100.9"}])
    assert blocked(flow(world, WORKER, "internet")) == ("NET008", "nat-a")
    assert refusal(world) == "nat-a is a private NAT gateway: it has no way to the internet"
    assert proof(world, WORKER) == [("ec2:DescribeNatGateways", "nat-a", "ConnectivityType", "private")]


@pytest.mark.parametrize("destination", ["internet", "8.8.8.8"])
def test_one_whose_subnet_leads_back_to_it(destination: str) -> None:
    """In a private subnet, as where the wizard was given the wrong one."""
    world = behind_nat()
    nat(world)["SubnetId"] = "subnet-a"
    found = flow(world, WORKER, destination)
    assert (found.verdict, blocked(found)) == ("unreachable", ("NET007", "nat-a"))
    assert refusal(world, destination) == "rtb-a leads back to nat-a: the packets go in a circle"


def test_two_that_lead_to_each_other() -> None:
    world = behind_nat()
    nat(world)["SubnetId"] = "subnet-b"
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-b")["SubnetId"] = "subnet-a"
    found = flow(world, WORKER, "internet")
    assert found.verdict == "unreachable"
    assert refusal(world) == "rtb-a leads back to nat-a: the packets go in a circle"


def test_one_whose_subnet_is_gone() -> None:
    world = behind_nat()
    nat(world)["SubnetId"] = "subnet-gone"
    assert blocked(flow(world, WORKER, "internet")) == ("NET007", "nat-a")
    assert refusal(world) == "the subnet subnet-gone of nat-a does not exist"
    assert proof(world, WORKER) == [("ec2:DescribeNatGateways", "nat-a", "SubnetId", "subnet-gone")]


def test_one_whose_subnet_is_the_owner_s_is_no_fault() -> None:
    """A shared VPC: the gateway may show where its subnet does not."""
    world = behind_nat()
    nat(world)["SubnetId"] = "subnet-owners"
    world.subnet("subnet-a")["OwnerId"] = "999988887777"
    found = path(world, WORKER, "internet")
    assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeSubnets",))


def test_it_takes_no_ipv6_but_for_nat64() -> None:
    world = behind_nat()
    world.give_ipv6("subnet-a")
    world.route_table("rtb-a")["Routes"][-1] = route("::/0", NatGatewayId="nat-a")
    found = flow(world, WORKER, "internet6")
    assert blocked(found) == ("IP6003", "rtb-a")
    assert refusal(world, "internet6") == "nat-a takes IPv6 packets only to 64:ff9b::/96 (NAT64)"
