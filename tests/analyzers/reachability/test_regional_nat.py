"""Regional NAT gateways: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html."""

import pytest

from tests.analyzers.reachability.questions import blocked, flow, hops, path, proof, resource
from tests.world import Row, World, acl_entry, healthy, route

WORKER = "service:prod/worker"


def behind_regional_nat() -> World:
    """The worker in `subnet-a`; `nat-a` spans the VPC's zones and has the route table `rtb-nat`."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    row = nat(world)
    del row["SubnetId"]
    row.update(AvailabilityMode="regional", AutoProvisionZones="enabled", RouteTableId="rtb-nat")
    world.add_route_table("rtb-nat", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
    return world


def nat(world: World) -> Row:
    return world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")


def test_every_hop_out_and_back_is_told() -> None:
    found = flow(behind_regional_nat(), WORKER, "internet")
    assert found.verdict == "reachable"
    assert hops(found) == [
        "egress security_group sg-app allow",
        "egress network_acl acl-main allow",
        "egress route_table rtb-a allow",
        "egress nat_gateway nat-a allow",
        "egress route_table rtb-nat allow",
        "egress internet_gateway igw-main allow",
        "return network_acl acl-main allow",
    ]
    assert "regional" in next(hop.detail for hop in found.hops if hop.kind == "nat_gateway")


def test_it_lies_in_no_subnet_so_no_other_acl_sees_it() -> None:
    world = behind_regional_nat()
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": "acl-public",
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": "subnet-public-a"}, {"SubnetId": "subnet-public-b"}],
            "Entries": [acl_entry(1, "deny", egress=egress) for egress in (True, False)],
        }
    )
    assert flow(world, WORKER, "internet").verdict == "reachable"


class TestItsRouteTable:
    @pytest.mark.parametrize(
        "routes",
        [
            pytest.param((), id="has no default route"),
            pytest.param((route("0.0.0.0/0", GatewayId="igw-main", State="blackhole"),), id="leads nowhere"),
            pytest.param((route("0.0.0.0/0", NatGatewayId="nat-a"),), id="leads back to it"),
        ],
    )
    def test_is_the_gateway_s_fault(self, routes: tuple[Row, ...]) -> None:
        world = behind_regional_nat()
        world.route_table("rtb-nat")["Routes"][1:] = routes
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET007", "nat-a"))
        assert resource(found) == ("nat_gateway", "nat-a")
        assert next(hop for hop in hops(found) if hop.endswith("deny")).startswith("egress ")
        assert [each[:2] for each in proof(world, WORKER)] == [("ec2:DescribeRouteTables", "rtb-nat")]

    def test_may_lead_out_for_a_part_of_the_internet(self) -> None:
        world = behind_regional_nat()
        world.route_table("rtb-nat")["Routes"][1:] = [route("8.0.0.0/8", GatewayId="igw-main")]
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("partial", ("NET007", "nat-a"))
        assert flow(world, WORKER, "8.8.8.8").verdict == "reachable"
        assert flow(world, WORKER, "9.9.9.9").verdict == "unreachable"

    @pytest.mark.parametrize("listed", [True, False], ids=["named and not listed", "not named"])
    def test_is_aws_s_own_where_it_is_not_listed(self, listed: bool) -> None:
        world = behind_regional_nat()
        world.rows["ec2:DescribeRouteTables"].remove(world.route_table("rtb-nat"))
        if not listed:
            del nat(world)["RouteTableId"]
        found = flow(world, WORKER, "internet")
        assert found.verdict == "reachable"
        assert hops(found)[3:] == ["egress nat_gateway nat-a allow", "return network_acl acl-main allow"]

    def test_does_not_show_in_a_shared_subnet(self) -> None:
        """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html."""
        world = behind_regional_nat()
        world.rows["ec2:DescribeRouteTables"].remove(world.route_table("rtb-nat"))
        world.subnet("subnet-a")["OwnerId"] = "210987654321"
        found = path(world, WORKER, "internet")
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeRouteTables",))
        assert "egress route_table rtb-nat unknown" in hops(found.flows[0])

    def test_one_that_was_not_read_leaves_it_open(self) -> None:
        world = behind_regional_nat()
        world.rows["ec2:DescribeRouteTables"].remove(world.route_table("rtb-nat"))
        found = path(world.deny("ec2:DescribeRouteTables"), WORKER, "internet")
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeRouteTables",))


class TestTheGatewayItself:
    @pytest.mark.parametrize("state", ["pending", "failed", "deleting", "deleted"])
    def test_it_must_be_available(self, state: str) -> None:
        world = behind_regional_nat()
        nat(world)["State"] = state
        assert blocked(flow(world, WORKER, "internet")) == ("NET006", "nat-a")

    @pytest.mark.parametrize("addresses", [[], [{"AllocationId": "eipalloc-1", "PublicIp": "203.0.113.10"}]])
    def test_its_addresses_need_no_private_ones(self, addresses: list[Row]) -> None:
        world = behind_regional_nat()
        nat(world)["NatGatewayAddresses"] = addresses
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_the_internet_gateway_must_be_attached(self) -> None:
        world = behind_regional_nat()
        world.find("ec2:DescribeInternetGateways", "InternetGatewayId", "igw-main")["Attachments"] = []
        assert blocked(flow(world, WORKER, "internet")) == ("NET012", "igw-main")

    @pytest.mark.parametrize(
        ("mode", "expected"), [("block-ingress", None), ("block-bidirectional", ("NET016", "vpc-main"))]
    )
    def test_block_public_access(self, mode: str, expected: tuple[str, str] | None) -> None:
        world = behind_regional_nat()
        for row in world.rows["ec2:DescribeSubnets"]:
            row["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
        assert blocked(flow(world, WORKER, "internet")) == expected

    @pytest.mark.parametrize(
        ("port_from", "verdict"), [(1024, "reachable"), (1025, "partial")], ids=["all of them", "all but one"]
    )
    def test_replies_to_the_task_come_to_its_own_ports(self, port_from: int, verdict: str) -> None:
        world = behind_regional_nat()
        replies = acl_entry(100, "allow", egress=False, protocol="6", ports=(port_from, 65535))
        world.rows["ec2:DescribeNetworkAcls"].append(
            {
                "NetworkAclId": "acl-a",
                "VpcId": "vpc-main",
                "IsDefault": False,
                "Associations": [{"SubnetId": "subnet-a"}],
                "Entries": [acl_entry(100, "allow", egress=True), replies],
            }
        )
        assert flow(world, WORKER, "internet").verdict == verdict
