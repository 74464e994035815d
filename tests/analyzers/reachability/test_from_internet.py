"""Connections from the internet.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html and gateway-route-tables.html there.
"""

from typing import Any

import pytest

from awsvpc_audit.analyzers.reachability.path import trace_path
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.findings import PathFlow
from tests.analyzers.reachability.questions import blocked, flow, hops, path, proof, resource, unseen
from tests.world import Row, World, acl_entry, healthy, permission, route


def public() -> World:
    """`eni-web` in the public subnet, with a public address and a group that admits port 80."""
    world = healthy()
    eni = world.add_eni("subnet-public-a", groups=("sg-alb",), public_ip="198.51.100.7")
    eni["NetworkInterfaceId"] = "eni-web"
    return world


def ask(world: World, **more: Any) -> PathFlow:
    return flow(world, "internet", "eni-web", **({"port": 80} | more))


def interface(world: World) -> Row:
    return world.find("ec2:DescribeNetworkInterfaces", "NetworkInterfaceId", "eni-web")


def add_acl(world: World, *entries: Row) -> None:
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": "acl-x",
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": "subnet-public-a"}],
            "Entries": list(entries),
        }
    )


def test_every_hop_in_and_back_is_told() -> None:
    found = ask(public())
    assert (found.verdict, found.subnet, found.eni) == ("reachable", "subnet-public-a", "eni-web")
    assert hops(found) == [
        "ingress internet_gateway igw-main allow",
        "ingress network_acl acl-main allow",
        "ingress security_group sg-alb allow",
        "return network_acl acl-main allow",
        "return route_table rtb-public allow",
    ]


def test_questions_about_one_interface_are_answered_each_for_itself() -> None:
    reachability = Reachability(public().model())
    verdicts = [
        trace_path(reachability, "internet", "eni-web", protocol=protocol, port=port).verdict
        for protocol, port in (("tcp", 80), ("tcp", 81), ("udp", 80), ("tcp", 80))
    ]
    assert verdicts == ["reachable", "unreachable", "unreachable", "reachable"]
    assert trace_path(reachability, "eni-web", "internet", port=80).verdict == "reachable"


class TestThePublicAddress:
    def test_an_interface_of_ec2_needs_one(self) -> None:
        world = public()
        del interface(world)["Association"]
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET001", "subnet-public-a"))
        assert resource(found) == ("subnet", "subnet-public-a")
        assert hops(found) == ["ingress eni eni-web deny"]
        assert found.hops[0].detail.endswith("has no public IPv4 address")

    def test_it_may_be_that_of_a_secondary_private_address(self) -> None:
        world = public()
        del interface(world)["Association"]
        interface(world)["PrivateIpAddresses"].append(
            {"PrivateIpAddress": "10.0.101.77", "Primary": False, "Association": {"PublicIp": "198.51.100.8"}}
        )
        assert ask(world).verdict == "reachable"

    @pytest.mark.parametrize(("public_ip", "expected"), [("ENABLED", None), ("DISABLED", ("NET002", "worker"))])
    def test_a_task_on_fargate_that_has_no_interface_yet(
        self, public_ip: str, expected: tuple[str, str] | None
    ) -> None:
        world = healthy()
        world.security_group("sg-app")["IpPermissions"] = [permission("tcp", "0.0.0.0/0", 80)]
        network = world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]
        network.update(subnets=["subnet-public-a"], assignPublicIp=public_ip)
        task = next(row for row in world.rows["ecs:DescribeTasks"] if row["group"] == "service:worker")
        task["attachments"] = []
        found = flow(world, "internet", f"task:prod/{task['taskArn'].rsplit('/', 1)[-1]}", port=80)
        assert (blocked(found), found.eni) == (expected, None)
        if expected:
            assert hops(found) == ["ingress eni subnet-public-a deny"]


class TestIpv6:
    """No address is private there: what has one is reached through an internet gateway."""

    @staticmethod
    def dual_stack(**target: str) -> World:
        world = public()
        world.give_ipv6("subnet-public-a")
        interface(world)["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8::a"}]
        world.route_table("rtb-public")["Routes"][-1] = route("::/0", **target)
        world.security_group("sg-alb")["IpPermissions"].append(permission("tcp", "::/0", 80))
        return world

    @staticmethod
    def ask6(world: World, **more: Any) -> PathFlow:
        flows = path(world, "internet", "eni-web", **({"port": 80} | more)).flows
        assert [each.address_family for each in flows] == ["ipv4", "ipv6"]
        return flows[1]

    def test_each_family_for_itself(self) -> None:
        world = self.dual_stack(GatewayId="igw-main")
        assert path(world, "internet", "eni-web", port=80).verdict == "reachable"
        del interface(world)["Association"]
        assert path(world, "internet", "eni-web", port=80).verdict == "partial"
        found = self.ask6(world)
        assert found.verdict == "reachable"
        assert hops(found)[0] == "ingress internet_gateway igw-main allow"

    def test_an_egress_only_gateway_lets_nothing_in(self) -> None:
        found = self.ask6(self.dual_stack(EgressOnlyInternetGatewayId="eigw-main"))
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET004", "rtb-public"))
        assert hops(found) == ["ingress route_table rtb-public deny"]

    @pytest.mark.parametrize(("protocol", "verdict"), [("icmpv6", "reachable"), ("udp", "unreachable")])
    def test_an_echo_is_one_of_icmpv6(self, protocol: str, verdict: str) -> None:
        world = self.dual_stack(GatewayId="igw-main")
        world.security_group("sg-alb")["IpPermissions"] = [permission(protocol, "::/0", -1, -1)]
        assert self.ask6(world, protocol="icmp", port=None).verdict == verdict


class TestTheRoutes:
    def test_without_one_to_an_internet_gateway_nothing_comes_in(self) -> None:
        """A public address on an interface in a subnet behind a NAT gateway is of no use."""
        world = public()
        interface(world)["SubnetId"] = "subnet-a"
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET004", "rtb-a"))
        assert resource(found) == ("route_table", "rtb-a")
        assert hops(found) == ["ingress route_table rtb-a deny"]
        assert proof(world, "eni-web", inbound=True, port=80) == [
            ("ec2:DescribeRouteTables", "rtb-a", "Routes[].GatewayId", "no internet gateway")
        ]

    def test_ones_that_were_not_read_leave_it_open(self) -> None:
        found = path(public().deny("ec2:DescribeRouteTables"), "internet", "eni-web", port=80)
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeRouteTables",))
        assert hops(found.flows[0]) == ["ingress route_table subnet-public-a unknown"]

    def test_replies_to_a_part_of_the_internet(self) -> None:
        world = public()
        world.route_table("rtb-public")["Routes"][-1:] = [
            route("8.8.0.0/16", GatewayId="igw-main"),
            route("0.0.0.0/0", NatGatewayId="nat-a"),
        ]
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("partial", ("NET004", "rtb-public"))
        assert "return route_table rtb-public deny" in hops(found)
        assert "return route_table rtb-public allow" in hops(found)

    def test_a_blackhole_for_a_part_of_it(self) -> None:
        world = public()
        world.route_table("rtb-public")["Routes"].append(route("8.8.0.0/16", NatGatewayId="nat-x", State="blackhole"))
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("partial", ("NET005", "rtb-public"))

    @pytest.mark.parametrize(
        ("destination", "verdict"),
        [
            pytest.param("8.0.0.0/8", "reachable", id="a network of somebody, which is no part of it"),
            pytest.param("8.0.0.0/7", "unknown", id="more than a network: replies leave where nobody sees them"),
        ],
    )
    def test_what_goes_to_a_vpn(self, destination: str, verdict: str) -> None:
        world = public()
        world.route_table("rtb-public")["Routes"].append(route(destination, GatewayId="vgw-1"))
        found = ask(world)
        assert (found.verdict, blocked(found)) == (verdict, None)


class TestTheInternetGateway:
    @pytest.mark.parametrize(
        ("attachments", "value"),
        [
            pytest.param([], "none", id="attached to nothing"),
            pytest.param([{"VpcId": "vpc-x", "State": "available"}], "vpc-x available", id="attached elsewhere"),
            pytest.param([{"VpcId": "vpc-main", "State": "detaching"}], "vpc-main detaching", id="on its way out"),
        ],
    )
    def test_it_must_be_attached(self, attachments: list[Row], value: str) -> None:
        world = public()
        world.find("ec2:DescribeInternetGateways", "InternetGatewayId", "igw-main")["Attachments"] = attachments
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET012", "igw-main"))
        assert hops(found) == ["ingress internet_gateway igw-main deny"]
        assert proof(world, "eni-web", inbound=True, port=80) == [
            ("ec2:DescribeInternetGateways", "igw-main", "Attachments", value)
        ]

    def test_one_that_was_not_read_leaves_it_open(self) -> None:
        found = path(public().deny("ec2:DescribeInternetGateways"), "internet", "eni-web", port=80)
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeInternetGateways",))
        assert hops(found.flows[0])[0] == "ingress internet_gateway igw-main unknown"

    def test_one_that_was_not_read_does_not_hide_what_is_known(self) -> None:
        found = flow(public().deny("ec2:DescribeInternetGateways"), "internet", "eni-web", port=443)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET011", "sg-alb"))

    @pytest.mark.parametrize(
        ("mode", "expected"),
        [
            ("off", None),
            ("block-ingress", ("NET016", "vpc-main")),
            ("block-bidirectional", ("NET016", "vpc-main")),
        ],
    )
    def test_block_public_access(self, mode: str, expected: tuple[str, str] | None) -> None:
        world = public()
        world.subnet("subnet-public-a")["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
        found = ask(world)
        assert blocked(found) == expected
        assert ("ingress vpc vpc-main deny" in hops(found)) == bool(expected)


class TestGatewayRouteTables:
    """They say where what comes in by a gateway goes, before it reaches a subnet."""

    @staticmethod
    def world(*routes: Row, gateway: str = "igw-main") -> World:
        world = public()
        table = world.add_route_table("rtb-edge", "vpc-main", *routes)
        table["Associations"] = [{"Main": False, "RouteTableId": "rtb-edge", "GatewayId": gateway}]
        return world

    @pytest.mark.parametrize(
        "routes",
        [
            pytest.param((route("10.0.101.0/24", NetworkInterfaceId="eni-fw"),), id="to an appliance"),
            pytest.param((route("10.0.101.0/24", GatewayId="vpce-fw"),), id="to a firewall endpoint"),
        ],
    )
    def test_a_route_for_the_subnet_leads_through_what_nobody_sees(self, routes: tuple[Row, ...]) -> None:
        world = self.world(*routes)
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unknown", None)
        assert hops(found)[1] == "ingress firewall rtb-edge unknown"
        assert "10.0.101.0/24 -> " in found.hops[1].detail
        assert unseen(world, "eni-web", inbound=True, port=80) == [("route_table", "rtb-edge")]

    def test_so_does_another_target_for_the_whole_vpc(self) -> None:
        world = self.world()
        world.route_table("rtb-edge")["Routes"] = [route("10.0.0.0/16", NetworkInterfaceId="eni-fw")]
        assert ask(world).verdict == "unknown"

    @pytest.mark.parametrize(
        ("world", "why"),
        [
            pytest.param(lambda make: make(), "local", id="the local route alone"),
            pytest.param(
                lambda make: make(route("10.0.102.0/24", NetworkInterfaceId="eni-fw")), "other", id="for another subnet"
            ),
            pytest.param(
                lambda make: make(route("10.0.101.0/24", NetworkInterfaceId="eni-fw"), gateway="igw-other"),
                "other gateway",
                id="of another gateway",
            ),
        ],
    )
    def test_others_change_nothing(self, world: Any, why: str) -> None:
        assert ask(world(self.world)).verdict == "reachable", why

    def test_what_blocks_behind_it_blocks_all_the_same(self) -> None:
        found = ask(self.world(route("10.0.101.0/24", NetworkInterfaceId="eni-fw")), port=443)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET011", "sg-alb"))


class TestAclsAndGroups:
    IN = acl_entry(100, "allow", egress=False, protocol="6", ports=(80, 80))
    OUT = acl_entry(100, "allow", egress=True, protocol="6", ports=(1024, 65535))

    def test_what_each_acl_entry_must_allow(self) -> None:
        world = public()
        add_acl(world, self.IN, self.OUT)
        assert ask(world).verdict == "reachable"
        world.security_group("sg-alb")["IpPermissions"] = [permission("tcp", "0.0.0.0/0", 0, 65535)]
        for port in (79, 81):
            found = ask(world, port=port)
            assert (found.verdict, blocked(found)) == ("unreachable", ("NET009", "acl-x"))
            assert hops(found)[-1] == "ingress network_acl acl-x deny"

    def test_replies_leave_by_the_client_s_port(self) -> None:
        world = public()
        add_acl(world, self.IN, acl_entry(100, "allow", egress=True, protocol="6", ports=(80, 80)))
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET010", "acl-x"))
        assert hops(found)[-1] == "return network_acl acl-x deny"

    def test_replies_to_some_clients_alone(self) -> None:
        world = public()
        add_acl(world, self.IN, self.OUT | {"PortRange": {"From": 32768, "To": 65535}})
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("partial", ("NET010", "acl-x"))

    def test_a_group_that_admits_a_part_of_the_internet(self) -> None:
        world = public()
        world.security_group("sg-alb")["IpPermissions"] = [permission("tcp", "8.8.8.0/24", 80)]
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("partial", ("NET011", "sg-alb"))

    def test_a_group_that_admits_another_group_admits_nobody_outside(self) -> None:
        world = public()
        world.security_group("sg-alb")["IpPermissions"] = [permission("tcp", "sg-alb", 80)]
        found = ask(world)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET011", "sg-alb"))

    @pytest.mark.parametrize("operation", ["ec2:DescribeNetworkAcls", "ec2:DescribeSecurityGroups"])
    def test_what_was_not_read_leaves_it_open(self, operation: str) -> None:
        found = path(public().deny(operation), "internet", "eni-web", port=80)
        assert (found.verdict, found.missing) == ("unknown", (operation,))
