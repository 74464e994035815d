"""Internet gateways and egress-only internet gateways.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html and egress-only-internet-gateway.html.
"""

from typing import Any

import pytest

from awsvpc_audit.analyzers.reachability.address import Family
from tests.analyzers.reachability.questions import blocked, flow, path, proof
from tests.world import Row, healthy, route

WORKER = "service:prod/worker"


class Gateway:
    """One of the two kinds, with the worker's only way out by it."""

    def __init__(self, kind: str) -> None:
        self.is_egress_only = kind == "egress-only"
        self.world = healthy()
        network = self.world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]
        if self.is_egress_only:
            network["subnets"] = ["subnet-a"]
            self.world.give_ipv6("subnet-a")
            self.operation, self.id, self.destination = (
                "ec2:DescribeEgressOnlyInternetGateways",
                "eigw-main",
                "internet6",
            )
            self.family = Family.IPV6
        else:
            network.update(subnets=["subnet-public-a"], assignPublicIp="ENABLED")
            self.operation, self.id, self.destination = "ec2:DescribeInternetGateways", "igw-main", "internet"
            self.family = Family.IPV4

    @property
    def row(self) -> Row:
        return next(row for row in self.world.rows[self.operation] if self.id in row.values())

    def refused(self) -> tuple[tuple[str, str] | None, list[tuple[str, str, str, object]]]:
        """Check and resource that block, and the proof."""
        found = flow(self.world, WORKER, self.destination)
        return blocked(found), proof(self.world, WORKER, family=self.family)


@pytest.fixture(params=["internet", "egress-only"])
def gateway(request: pytest.FixtureRequest) -> Gateway:
    return Gateway(request.param)


@pytest.mark.parametrize("state", ["attached", "available"])
def test_attached_it_is_the_way(gateway: Gateway, state: str) -> None:
    """EC2's documentation says `attached`, its answer `available`."""
    gateway.row["Attachments"] = [{"VpcId": "vpc-main", "State": state}]
    assert flow(gateway.world, WORKER, gateway.destination).verdict == "reachable"


@pytest.mark.parametrize(
    ("attachments", "value"),
    [
        pytest.param([], "none", id="none"),
        pytest.param([{"VpcId": "vpc-main", "State": "detaching"}], "vpc-main detaching", id="on its way"),
        pytest.param([{"VpcId": "vpc-other", "State": "available"}], "vpc-other available", id="of another VPC"),
    ],
)
def test_it_must_be_attached_to_the_vpc(gateway: Gateway, attachments: list[dict[str, Any]], value: str) -> None:
    gateway.row["Attachments"] = attachments
    check, shown = gateway.refused()
    assert check == ("NET012", gateway.id)
    assert shown == [(gateway.operation, gateway.id, "Attachments", value)]


def test_one_that_is_gone(gateway: Gateway) -> None:
    gateway.world.rows[gateway.operation].remove(gateway.row)
    check, shown = gateway.refused()
    assert check == ("NET012", gateway.id)
    assert shown == [(gateway.operation, gateway.id, "Attachments", "none")]


def test_one_that_was_not_read_is_open(gateway: Gateway) -> None:
    gateway.world.deny(gateway.operation)
    found = path(gateway.world, WORKER, gateway.destination)
    assert (found.verdict, found.missing) == ("unknown", (gateway.operation,))


def test_in_a_shared_subnet_it_is_the_owner_s_to_see(gateway: Gateway) -> None:
    gateway.world.rows[gateway.operation].remove(gateway.row)
    for subnet in gateway.world.rows["ec2:DescribeSubnets"]:
        subnet["OwnerId"] = "999988887777"
    found = path(gateway.world, WORKER, gateway.destination)
    assert (found.verdict, found.missing) == ("unknown", (gateway.operation,))


def test_it_forwards_no_private_addresses() -> None:
    world = Gateway("internet").world
    world.route_table("rtb-public")["Routes"].append(route("10.50.0.0/16", GatewayId="igw-main"))
    found = flow(world, WORKER, "10.50.1.1")
    assert (found.verdict, found.blocked_by) == ("unreachable", None)
    assert found.hops[-1].detail == "igw-main forwards public addresses only"


def test_an_internet_gateway_serves_only_what_has_a_public_address() -> None:
    world = Gateway("internet").world
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "DISABLED"
    assert blocked(flow(world, WORKER, "internet")) in {("NET001", "subnet-public-a"), ("NET002", "worker")}
    assert proof(world, WORKER) == [
        ("ec2:DescribeRouteTables", "subnet-public-a", "Routes[].GatewayId", "igw-main"),
    ]
