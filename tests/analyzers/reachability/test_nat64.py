"""IPv4 from IPv6-only subnets: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html."""

from typing import Any

import pytest

from awsvpc_audit.findings import PathFlow
from tests.analyzers.reachability.questions import blocked, flow, hops, path, proof, resource
from tests.world import Row, World, acl_entry, permission, route

PREFIX = "64:ff9b::/96"


def ipv6_only() -> World:
    """`subnet-6` as AWS's page sets it up: DNS64, the prefix to a NAT gateway in an IPv4-only public subnet."""
    world = World()
    world.add_vpc(ipv6="2600:1f18:1::/56")
    world.rows["ec2:DescribeEgressOnlyInternetGateways"].append(
        {"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"VpcId": "vpc-main", "State": "attached"}]}
    )
    world.add_route_table("rtb-public", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
    world.add_subnet("subnet-public", "10.0.9.0/24", route_table="rtb-public")
    world.add_nat_gateway("nat-1", "subnet-public")
    routes = (route("::/0", EgressOnlyInternetGatewayId="eigw-1"), route(PREFIX, NatGatewayId="nat-1"))
    world.add_route_table("rtb-6", "vpc-main", *routes)
    world.add_subnet("subnet-6", "10.0.6.0/24", route_table="rtb-6", ipv6="2600:1f18:1:6::/64")
    subnet = world.subnet("subnet-6")
    del subnet["CidrBlock"]
    subnet.update(Ipv6Native=True, EnableDns64=True)
    world.add_security_group("sg-6")
    return world


def ask(world: World, destination: str = "internet", **more: Any) -> PathFlow:
    return flow(world, "subnet-6", destination, security_groups=("sg-6",), **more)


def add_acl(world: World, subnet_id: str, *entries: Row) -> None:
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": "acl-x",
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": subnet_id}],
            "Entries": [
                *(acl_entry(100, "allow", egress=egress) for egress in (True, False)),
                *(acl_entry(101, "allow", egress=egress, cidr="::/0") for egress in (True, False)),
                *entries,
            ],
        }
    )


def test_every_hop_out_and_back_is_told() -> None:
    found = ask(ipv6_only())
    assert (found.verdict, found.address_family) == ("reachable", "ipv6")
    assert hops(found) == [
        "egress dns subnet-6 allow",
        "egress security_group sg-6 allow",
        "egress network_acl acl-main allow",
        "egress route_table rtb-6 allow",
        "egress network_acl acl-main allow",
        "egress nat_gateway nat-1 allow",
        "egress network_acl acl-main allow",
        "egress route_table rtb-public allow",
        "egress internet_gateway igw-main allow",
        "return network_acl acl-main allow",
        "return network_acl acl-main allow",
        "return network_acl acl-main allow",
    ]
    assert found.hops[0].detail == "DNS64"
    assert found.hops[3].detail == "64:ff9b::/96 -> nat-1"


@pytest.mark.parametrize("value", [False, None], ids=["off", "not said, and off by default"])
def test_without_dns64_ipv4_destinations_have_no_address(value: bool | None) -> None:
    world = ipv6_only()
    world.subnet("subnet-6")["EnableDns64"] = value
    found = ask(world)
    assert (found.verdict, blocked(found)) == ("unreachable", ("IP6006", "subnet-6"))
    assert resource(found) == ("subnet", "subnet-6")
    assert hops(found) == ["egress dns subnet-6 deny"]
    assert proof(world, "subnet-6") == [("ec2:DescribeSubnets", "subnet-6", "EnableDns64", value)]


@pytest.mark.parametrize(
    ("target", "hop"),
    [
        ({"EgressOnlyInternetGatewayId": "eigw-1"}, "egress egress_only_internet_gateway eigw-1 deny"),
        ({"GatewayId": "igw-main"}, "egress internet_gateway igw-main deny"),
    ],
)
@pytest.mark.parametrize("destination", ["::/0", PREFIX], ids=["by the default route", "by the prefix itself"])
def test_internet_gateways_do_not_translate(target: dict[str, str], hop: str, destination: str) -> None:
    world = ipv6_only()
    world.route_table("rtb-6")["Routes"][-2:] = [route(destination, **target)]
    found = ask(world)
    assert (found.verdict, blocked(found)) == ("unreachable", ("IP6006", "subnet-6"))
    assert resource(found) == ("subnet", "subnet-6")
    assert hop in hops(found)
    (gateway,) = target.values()
    assert proof(world, "subnet-6") == [("ec2:DescribeRouteTables", "subnet-6", "Routes[64:ff9b::/96]", gateway)]


def test_without_any_route_for_the_prefix_there_is_no_way() -> None:
    world = ipv6_only()
    del world.route_table("rtb-6")["Routes"][-2:]
    assert blocked(ask(world)) == ("NET004", "rtb-6")


def test_a_nat_gateway_takes_no_other_ipv6_packets() -> None:
    world = ipv6_only()
    world.route_table("rtb-6")["Routes"][-2:] = [route("::/0", NatGatewayId="nat-1")]
    assert ask(world).verdict == "reachable", "the prefix lies in ::/0"
    found = ask(world, "internet6")
    assert (found.verdict, blocked(found)) == ("unreachable", ("IP6003", "rtb-6"))
    assert resource(found) == ("route_table", "rtb-6")
    assert "egress nat_gateway nat-1 deny" in hops(found)


class TestGroups:
    """They must let out to 64:ff9b::/96, whatever they say about IPv4."""

    @pytest.mark.parametrize(
        ("peers", "verdict"),
        [
            pytest.param(("0.0.0.0/0",), "unreachable", id="IPv4 alone"),
            pytest.param((PREFIX,), "reachable", id="the prefix"),
            pytest.param(("64:ff9b::/97",), "partial", id="one half of it"),
            pytest.param(("64:ff9b::/97", "64:ff9b::8000:0/97"), "reachable", id="both halves"),
            pytest.param(("64:ff9b:1::/48",), "unreachable", id="another prefix"),
        ],
    )
    def test_addresses(self, peers: tuple[str, ...], verdict: str) -> None:
        world = ipv6_only()
        world.security_group("sg-6")["IpPermissionsEgress"] = [permission("-1", peer) for peer in peers]
        found = ask(world)
        assert found.verdict == verdict
        assert blocked(found) == (None if verdict == "reachable" else ("NET011", "sg-6"))

    @pytest.mark.parametrize(("port", "verdict"), [(443, "reachable"), (442, "unreachable"), (444, "unreachable")])
    def test_ports(self, port: int, verdict: str) -> None:
        world = ipv6_only()
        world.security_group("sg-6")["IpPermissionsEgress"] = [permission("tcp", PREFIX, 443)]
        assert ask(world, port=port).verdict == verdict

    def test_one_address(self) -> None:
        """8.8.8.8 is 64:ff9b::808:808 there."""
        world = ipv6_only()
        world.security_group("sg-6")["IpPermissionsEgress"] = [permission("tcp", "64:ff9b::808:808/128", 443)]
        assert ask(world, "64:ff9b::808:808").verdict == "reachable"
        assert ask(world, "64:ff9b::808:809").verdict == "unreachable"
        assert ask(world).verdict == "partial"


class TestNetworkAcls:
    @pytest.mark.parametrize(
        ("entry", "verdict", "hop"),
        [
            pytest.param(acl_entry(50, "deny", egress=True, cidr=PREFIX), "NET009", "egress", id="requests"),
            pytest.param(acl_entry(50, "deny", egress=False, cidr=PREFIX), "NET010", "return", id="replies"),
            pytest.param(acl_entry(50, "deny", egress=True, cidr="0.0.0.0/0"), None, "", id="IPv4 requests: none here"),
        ],
    )
    def test_the_task_s_sees_the_prefix(self, entry: Row, verdict: str | None, hop: str) -> None:
        world = ipv6_only()
        add_acl(world, "subnet-6", entry)
        found = ask(world)
        assert blocked(found) == (verdict and (verdict, "acl-x"))
        if verdict:
            assert f"{hop} network_acl acl-x deny" in hops(found)

    @pytest.mark.parametrize(("first", "verdict"), [(1024, "reachable"), (32768, "partial")])
    def test_replies_come_to_client_ports(self, first: int, verdict: str) -> None:
        world = ipv6_only()
        replies = acl_entry(50, "allow", egress=False, cidr=PREFIX, protocol="6", ports=(first, 65535))
        add_acl(world, "subnet-6", replies, acl_entry(51, "deny", egress=False, cidr=PREFIX))
        assert ask(world).verdict == verdict

    def test_the_nat_gateway_s_sees_ipv4_behind_it(self) -> None:
        world = ipv6_only()
        add_acl(world, "subnet-public", acl_entry(50, "deny", egress=True, cidr="0.0.0.0/0"))
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET013", "acl-x"))
        assert "egress network_acl acl-x deny" in hops(found)

    def test_a_part_of_ipv4_that_it_denies_is_a_part_of_the_answer(self) -> None:
        world = ipv6_only()
        add_acl(world, "subnet-public", acl_entry(50, "deny", egress=True, cidr="8.0.0.0/8"))
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("partial", ("NET013", "acl-x"))
        assert ask(world, "64:ff9b::808:808").verdict == "unreachable"
        assert ask(world, "64:ff9b::909:909").verdict == "reachable"


class TestTheNatGateway:
    def nat(self, world: World) -> Row:
        return world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-1")

    def test_its_state_counts(self) -> None:
        world = ipv6_only()
        self.nat(world)["State"] = "failed"
        assert blocked(ask(world)) == ("NET006", "nat-1")

    def test_a_private_one_leads_to_no_internet(self) -> None:
        world = ipv6_only()
        self.nat(world)["ConnectivityType"] = "private"
        assert blocked(ask(world)) == ("NET008", "nat-1")
        assert blocked(ask(world, "64:ff9b::808:808")) == ("NET008", "nat-1")

    def test_its_subnet_needs_a_way_out_over_ipv4(self) -> None:
        world = ipv6_only()
        world.route_table("rtb-public")["Routes"].pop()
        assert blocked(ask(world)) == ("NET007", "nat-1")

    def test_one_that_was_not_read_leaves_it_open(self) -> None:
        found = path(
            ipv6_only().deny("ec2:DescribeNatGateways"), "subnet-6", "internet", security_groups=("sg-6",), port=443
        )
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeNatGateways",))


def test_what_a_route_takes_to_a_private_network_is_no_part_of_the_internet() -> None:
    world = ipv6_only()
    world.route_table("rtb-6")["Routes"].append(route("64:ff9b::800:0/104", GatewayId="vgw-1"))
    assert ask(world).verdict == "reachable"
    assert ask(world, "64:ff9b::808:808").verdict == "unknown"


def test_all_of_ipv4_is_asked_by_its_prefix_as_well() -> None:
    world = ipv6_only()
    assert ask(world, "0.0.0.0/0").verdict == "reachable"
    world.subnet("subnet-6")["EnableDns64"] = False
    assert blocked(ask(world, "0.0.0.0/0")) == ("IP6006", "subnet-6")
