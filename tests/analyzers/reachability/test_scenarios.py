"""Stories from AWS's documentation, each with the hops that decide."""

from typing import Any

import pytest

from tests.analyzers.reachability.questions import (
    add_endpoint,
    add_s3_gateway,
    blocked,
    flow,
    hops,
    path,
)
from tests.world import Row, World, acl_entry, healthy, permission, route

WORKER = "service:prod/worker"


def in_one_subnet(world: World | None = None, service: str = "worker") -> World:
    """The healthy account with a service in `subnet-a` alone."""
    world = world or healthy()
    world.service(service)["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    return world


def add_acl(world: World, acl_id: str, subnet_id: str, *entries: Row) -> None:
    """An ACL of one subnet, with the final deny."""
    final = [acl_entry(32767, "deny", egress=egress) for egress in (True, False)]
    vpc_id = world.subnet(subnet_id)["VpcId"]
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": acl_id,
            "VpcId": vpc_id,
            "IsDefault": False,
            "Associations": [{"SubnetId": subnet_id}],
            "Entries": [*entries, *final],
        }
    )


ALL_OUT, ALL_IN = acl_entry(100, "allow", egress=True), acl_entry(100, "allow", egress=False)


class TestPrivateSubnetWithNatGateway:
    """https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-scenarios.html."""

    def test_every_hop_out_and_back_is_told(self) -> None:
        found = flow(in_one_subnet(), WORKER, "internet")
        assert found.verdict == "reachable"
        assert hops(found) == [
            "egress security_group sg-app allow",
            "egress network_acl acl-main allow",
            "egress route_table rtb-a allow",
            "egress network_acl acl-main allow",
            "egress nat_gateway nat-a allow",
            "egress network_acl acl-main allow",
            "egress route_table rtb-public allow",
            "egress internet_gateway igw-main allow",
            "return network_acl acl-main allow",
            "return network_acl acl-main allow",
            "return route_table rtb-public allow",
            "return network_acl acl-main allow",
        ]

    @pytest.mark.parametrize("state", ["pending", "failed", "deleting", "deleted"])
    def test_a_nat_gateway_in_another_state_blocks(self, state: str) -> None:
        world = in_one_subnet()
        world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = state
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET006", "nat-a"))
        assert found.hops[-1].verdict == "deny"

    def test_a_private_one_leads_to_no_internet(self) -> None:
        world = in_one_subnet()
        world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["ConnectivityType"] = "private"
        assert blocked(flow(world, WORKER, "internet")) == ("NET008", "nat-a")

    def test_one_in_a_private_subnet_goes_in_a_circle(self) -> None:
        world = in_one_subnet()
        world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["SubnetId"] = "subnet-a"
        assert blocked(flow(world, WORKER, "internet")) == ("NET007", "nat-a")

    def test_a_regional_one_uses_its_own_route_table(self) -> None:
        world = in_one_subnet()
        nat = world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")
        del nat["SubnetId"]
        nat |= {"AvailabilityMode": "regional", "RouteTableId": "rtb-nat"}
        world.add_route_table("rtb-nat", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
        assert flow(world, WORKER, "internet").verdict == "reachable"
        world.route_table("rtb-nat")["Routes"].pop()
        assert blocked(flow(world, WORKER, "internet")) == ("NET007", "nat-a")

    def test_its_subnet_s_acl_must_let_replies_in(self) -> None:
        world = in_one_subnet()
        add_acl(
            world,
            "acl-public",
            "subnet-public-a",
            ALL_OUT,
            acl_entry(100, "allow", egress=False, protocol="6", ports=(443, 443)),
        )
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET013", "acl-public"))


class TestNetworkAcls:
    """https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html."""

    def test_replies_need_the_client_ports(self) -> None:
        world = in_one_subnet()
        add_acl(
            world,
            "acl-a",
            "subnet-a",
            ALL_OUT,
            acl_entry(100, "allow", egress=False, protocol="6", ports=(443, 443)),
        )
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET010", "acl-a"))

    def test_a_part_of_the_client_ports_is_named(self) -> None:
        world = in_one_subnet()
        add_acl(
            world,
            "acl-a",
            "subnet-a",
            ALL_OUT,
            acl_entry(100, "allow", egress=False, protocol="6", ports=(32768, 65535)),
        )
        result = path(world, WORKER, "internet")
        assert (result.verdict, blocked(result.flows[0])) == ("partial", ("NET010", "acl-a"))

    def test_the_lowest_number_decides_whatever_the_order(self) -> None:
        world = in_one_subnet()
        add_acl(world, "acl-a", "subnet-a", ALL_OUT, ALL_IN, acl_entry(50, "deny", egress=True))
        assert blocked(flow(world, WORKER, "internet")) == ("NET009", "acl-a")

    def test_private_ranges_are_no_part_of_the_internet_but_of_everything(self) -> None:
        world = in_one_subnet()
        add_acl(world, "acl-a", "subnet-a", ALL_OUT, ALL_IN, acl_entry(50, "deny", egress=True, cidr="10.0.0.0/8"))
        assert flow(world, WORKER, "internet").verdict == "reachable"
        found = flow(world, WORKER, "0.0.0.0/0")
        assert (found.verdict, blocked(found)) == ("partial", ("NET009", "acl-a"))
        assert any("10.0.0.0/8" in hop.detail for hop in found.hops if hop.verdict == "deny")

    def test_they_do_not_see_traffic_inside_a_subnet(self) -> None:
        world = in_one_subnet()
        add_acl(world, "acl-a", "subnet-a")
        world.security_group("sg-host")["IpPermissions"] = [permission("tcp", "sg-app", 443)]
        assert flow(world, WORKER, "i-a").verdict == "reachable"


class TestPublicSubnets:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html."""

    @pytest.mark.parametrize(
        ("service", "public", "expected"),
        [
            pytest.param("worker", "ENABLED", None, id="Fargate with a public address has a way"),
            pytest.param("worker", "DISABLED", ("NET002", "worker"), id="Fargate without one has none"),
            pytest.param("web", "ENABLED", ("NET001", "subnet-public-a"), id="EC2 has none whatever is configured"),
        ],
    )
    def test_internet(self, service: str, public: str, expected: tuple[str, str] | None) -> None:
        world = healthy()
        config = world.service(service)["networkConfiguration"]["awsvpcConfiguration"]
        config |= {"subnets": ["subnet-public-a"], "assignPublicIp": public}
        found = flow(world, f"service:prod/{service}", "internet")
        assert blocked(found) == expected
        assert found.verdict == ("reachable" if expected is None else "unreachable")

    def test_a_detached_gateway_blocks(self) -> None:
        world = in_one_subnet()
        world.find("ec2:DescribeInternetGateways", "InternetGatewayId", "igw-main")["Attachments"] = []
        assert blocked(flow(world, WORKER, "internet")) == ("NET012", "igw-main")

    def test_an_interface_counts_by_its_association(self) -> None:
        world = healthy()
        with_address = world.add_eni("subnet-public-a", groups=("sg-app",), public_ip="198.51.100.7")
        without = world.add_eni("subnet-public-a", groups=("sg-app",))
        assert flow(world, with_address["NetworkInterfaceId"], "internet").verdict == "reachable"
        assert flow(world, without["NetworkInterfaceId"], "internet").verdict == "unreachable"

    def test_the_internet_reaches_only_what_its_group_admits(self) -> None:
        world = healthy()
        eni = world.add_eni("subnet-public-a", groups=("sg-alb",), public_ip="198.51.100.7")["NetworkInterfaceId"]
        assert flow(world, "internet", eni, port=80).verdict == "reachable"
        assert blocked(flow(world, "internet", eni, port=443)) == ("NET011", "sg-alb")


class TestBlockPublicAccess:
    """https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html."""

    @pytest.mark.parametrize(
        ("mode", "nat", "direct"),
        [
            ("off", "reachable", "reachable"),
            ("block-ingress", "reachable", "unreachable"),
            ("block-bidirectional", "unreachable", "unreachable"),
        ],
    )
    def test_modes(self, mode: str, nat: str, direct: str) -> None:
        world = in_one_subnet()
        for row in world.rows["ec2:DescribeSubnets"]:
            row["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
        assert flow(world, WORKER, "internet").verdict == nat
        eni = world.add_eni("subnet-public-a", groups=("sg-app",), public_ip="198.51.100.7")["NetworkInterfaceId"]
        found = flow(world, eni, "internet")
        assert found.verdict == direct
        if direct == "unreachable":
            assert blocked(found) == ("NET016", "vpc-main")


class TestEndpoints:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html."""

    @staticmethod
    def isolated() -> World:
        world = in_one_subnet()
        world.route_table("rtb-a")["Routes"].pop()
        world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "10.0.0.0/16", 443))
        return world

    def test_an_interface_endpoint_with_private_dns_is_the_way(self) -> None:
        world = self.isolated()
        add_endpoint(world, "ecr.api", "subnet-a", "subnet-b")
        found = flow(world, WORKER, "ecr.api")
        assert found.verdict == "reachable"
        assert "ingress vpc_endpoint vpce-ecrapi allow" in hops(found)

    def test_its_group_must_admit_the_task(self) -> None:
        world = self.isolated()
        add_endpoint(world, "ecr.api", "subnet-a")
        world.security_group("sg-endpoints")["IpPermissions"] = [permission("tcp", "sg-alb", 443)]
        found = flow(world, WORKER, "ecr.api")
        assert (found.verdict, blocked(found)) == ("unreachable", ("END003", "vpce-ecrapi"))

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            pytest.param({"PrivateDnsEnabled": False}, ("END004", "vpce-ecrapi"), id="private DNS off"),
            pytest.param({"State": "pendingAcceptance"}, ("END005", "vpce-ecrapi"), id="not available"),
        ],
    )
    def test_a_broken_one_is_named_where_there_is_no_other_way(
        self, change: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        world = self.isolated()
        add_endpoint(world, "ecr.api", "subnet-a", **change)
        assert blocked(flow(world, WORKER, "ecr.api")) == expected

    def test_private_dns_off_is_no_matter_where_the_internet_is_reached(self) -> None:
        world = in_one_subnet()
        add_endpoint(world, "ecr.api", "subnet-a", PrivateDnsEnabled=False)
        assert flow(world, WORKER, "ecr.api").verdict == "reachable"

    @pytest.mark.parametrize("attribute", ["EnableDnsSupport", "EnableDnsHostnames"])
    def test_private_dns_needs_both_attributes_of_the_vpc(self, attribute: str) -> None:
        world = self.isolated()
        add_endpoint(world, "ecr.api", "subnet-a")
        world.find("ec2:DescribeVpcAttribute", "VpcId", "vpc-main")[attribute] = {"Value": False}
        assert blocked(flow(world, WORKER, "ecr.api")) == ("END006", "vpc-main")

    def test_own_dns_servers_leave_it_open(self) -> None:
        world = self.isolated()
        add_endpoint(world, "ecr.api", "subnet-a")
        options = world.find("ec2:DescribeDhcpOptions", "DhcpOptionsId", "dopt-default")
        options["DhcpConfigurations"][0]["Values"] = [{"Value": "10.9.9.9"}]
        assert flow(world, WORKER, "ecr.api").verdict == "unknown"

    def test_s3_goes_by_the_gateway_endpoint_s_prefix_list(self) -> None:
        world = self.isolated()
        add_s3_gateway(world, "rtb-a")
        found = flow(world, WORKER, "s3")
        assert found.verdict == "reachable"
        assert "egress vpc_endpoint vpce-s3 allow" in hops(found)
        assert blocked(flow(world, WORKER, "internet")) == ("NET004", "rtb-a")

    def test_s3_without_the_route_but_with_ecr_s_endpoints(self) -> None:
        world = self.isolated()
        add_endpoint(world, "ecr.dkr", "subnet-a")
        add_s3_gateway(world, "rtb-b")
        assert blocked(flow(world, WORKER, "s3")) == ("END002", "rtb-a")

    def test_a_group_may_name_the_prefix_list(self) -> None:
        world = self.isolated()
        add_s3_gateway(world, "rtb-a")
        world.security_group("sg-app")["IpPermissionsEgress"] = [permission("tcp", "pl-s3", 443)]
        assert flow(world, WORKER, "s3").verdict == "reachable"
        world.security_group("sg-app")["IpPermissionsEgress"] = [permission("tcp", "sg-endpoints", 443)]
        assert blocked(flow(world, WORKER, "s3")) == ("NET011", "sg-app")

    def test_a_prefix_list_whose_entries_were_not_read_still_names_s3(self) -> None:
        world = self.isolated()
        add_s3_gateway(world, "rtb-a")
        world.security_group("sg-app")["IpPermissionsEgress"] = [permission("tcp", "pl-s3", 443)]
        world.deny("ec2:DescribePrefixLists")
        assert flow(world, WORKER, "s3").verdict == "reachable"

    def test_endpoints_that_were_not_read_leave_services_open_and_the_internet_not(self) -> None:
        world = in_one_subnet().deny("ec2:DescribeVpcEndpoints")
        assert path(world, WORKER, "ecr.api").missing == ("ec2:DescribeVpcEndpoints",)
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_a_private_hosted_zone_leads_to_the_endpoint_of_a_central_vpc(self) -> None:
        world = self.isolated()
        world.rows["route53:ListHostedZonesByVPC"].append(
            {"HostedZoneId": "Z1", "Name": "api.ecr.us-east-1.amazonaws.com.", "VPCId": "vpc-main"}
        )
        world.rows["route53:ListResourceRecordSets"].append(
            {
                "HostedZoneId": "Z1",
                "Name": "api.ecr.us-east-1.amazonaws.com.",
                "Type": "A",
                "ResourceRecords": [{"Value": world.add_eni("subnet-b", groups=("sg-endpoints",))["PrivateIpAddress"]}],
            }
        )
        assert flow(world, WORKER, "ecr.api").verdict == "reachable"
        world.rows["route53:ListHostedZonesByVPC"][0]["Name"] = "ecr.api.us-east-1.amazonaws.com."
        assert blocked(flow(world, WORKER, "ecr.api")) == ("END010", "Z1")


class TestRoutes:
    """https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html."""

    def test_the_longest_prefix_wins(self) -> None:
        world = in_one_subnet()
        world.route_table("rtb-a")["Routes"].append(route("8.8.8.0/24", State="blackhole"))
        assert blocked(flow(world, WORKER, "8.8.8.8")) == ("NET005", "rtb-a")
        assert flow(world, WORKER, "8.8.9.9").verdict == "reachable"

    def test_a_subnet_without_a_table_of_its_own_uses_the_main_one(self) -> None:
        world = in_one_subnet()
        world.add_subnet("subnet-c", "10.0.3.0/24")
        found = flow(world, "subnet-c", "internet", security_groups=("sg-app",))
        assert blocked(found) == ("NET004", "rtb-main-main")

    @pytest.mark.parametrize(
        "target",
        [{"GatewayId": "vgw-1"}, {"LocalGatewayId": "lgw-1"}, {"CoreNetworkArn": "arn:aws:networkmanager::1:core/c"}],
    )
    def test_what_cannot_be_seen_is_unknown_with_the_hop_named(self, target: dict[str, str]) -> None:
        world = in_one_subnet()
        world.route_table("rtb-a")["Routes"][-1] = route("0.0.0.0/0", **target)
        found = flow(world, WORKER, "internet")
        assert found.verdict == "unknown"
        assert any(hop.verdict == "unknown" and hop.id == next(iter(target.values())) for hop in found.hops)

    def test_an_address_that_no_interface_has_is_not_reached(self) -> None:
        assert flow(in_one_subnet(), WORKER, "10.0.2.250").verdict == "unreachable"


class TestNatInstance:
    """https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html."""

    @staticmethod
    def world() -> World:
        world = in_one_subnet()
        world.add_security_group("sg-nat", "vpc-main", permission("-1", "10.0.0.0/16"))
        world.rows["ec2:DescribeInstances"].append(
            {
                "Instances": [
                    {
                        "InstanceId": "i-nat",
                        "State": {"Name": "running"},
                        "SubnetId": "subnet-public-a",
                        "VpcId": "vpc-main",
                        "NetworkInterfaces": [],
                    }
                ]
            }
        )
        eni = world.add_eni("subnet-public-a", groups=("sg-nat",), instance_id="i-nat", public_ip="198.51.100.9")
        eni["SourceDestCheck"] = False
        world.route_table("rtb-a")["Routes"][-1] = route(
            "0.0.0.0/0", NetworkInterfaceId=eni["NetworkInterfaceId"], InstanceId="i-nat"
        )
        return world

    def eni(self, world: World) -> Row:
        return next(
            row
            for row in world.rows["ec2:DescribeNetworkInterfaces"]
            if row.get("Attachment", {}).get("InstanceId") == "i-nat"
        )

    def test_it_is_a_way_out(self) -> None:
        assert flow(self.world(), WORKER, "internet").verdict == "reachable"

    def test_its_source_destination_check_must_be_off(self) -> None:
        world = self.world()
        self.eni(world)["SourceDestCheck"] = True
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")

    def test_it_must_run(self) -> None:
        world = self.world()
        world.instance("i-nat")["State"]["Name"] = "stopped"
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")

    def test_its_group_must_admit_the_subnet(self) -> None:
        world = self.world()
        world.security_group("sg-nat")["IpPermissions"] = [permission("-1", "10.0.2.0/24")]
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")

    def test_it_needs_a_public_address(self) -> None:
        world = self.world()
        del self.eni(world)["Association"]
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")


class TestIpv6:
    """https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html."""

    @staticmethod
    def dual_stack(**more: object) -> World:
        world = World()
        world.add_vpc(ipv6="2600:1f18:1::/56")
        world.rows["ec2:DescribeEgressOnlyInternetGateways"].append(
            {
                "EgressOnlyInternetGatewayId": "eigw-1",
                "Attachments": [{"VpcId": "vpc-main", "State": "attached"}],
            }
        )
        world.add_route_table("rtb-1", "vpc-main", route("::/0", EgressOnlyInternetGatewayId="eigw-1"))
        world.add_subnet("subnet-1", "10.0.1.0/24", route_table="rtb-1", ipv6="2600:1f18:1:1::/64")
        world.subnet("subnet-1").update(more)
        world.add_security_group("sg-1")
        return world

    def test_an_egress_only_gateway_needs_no_public_address(self) -> None:
        found = flow(self.dual_stack(), "subnet-1", "internet6", security_groups=("sg-1",))
        assert found.verdict == "reachable"

    def test_each_family_has_rules_of_its_own(self) -> None:
        world = self.dual_stack()
        world.security_group("sg-1")["IpPermissionsEgress"] = [permission("-1", "0.0.0.0/0")]
        found = flow(world, "subnet-1", "internet6", security_groups=("sg-1",))
        assert blocked(found) == ("NET011", "sg-1")

    def test_an_ipv6_only_subnet_reaches_ipv4_by_dns64_and_nat64(self) -> None:
        world = self.dual_stack(Ipv6Native=True)
        assert blocked(flow(world, "subnet-1", "internet", security_groups=("sg-1",))) == ("IP6006", "subnet-1")
        world.subnet("subnet-1")["EnableDns64"] = True
        world.add_route_table("rtb-public", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
        world.add_subnet("subnet-public", "10.0.9.0/24", route_table="rtb-public")
        world.add_nat_gateway("nat-1", "subnet-public")
        assert flow(world, "subnet-1", "internet", security_groups=("sg-1",)).verdict == "unreachable"
        world.route_table("rtb-1")["Routes"].append(route("64:ff9b::/96", NatGatewayId="nat-1"))
        assert flow(world, "subnet-1", "internet", security_groups=("sg-1",)).verdict == "reachable"


@pytest.mark.parametrize(
    ("operation", "internet", "neighbour"),
    [
        ("ec2:DescribeRouteTables", "unknown", "unknown"),
        ("ec2:DescribeNetworkAcls", "unknown", "unknown"),
        ("ec2:DescribeSecurityGroups", "unknown", "unknown"),
        ("ec2:DescribeSubnets", "unknown", "unknown"),
        ("ec2:DescribeNatGateways", "unknown", "reachable"),
        ("ec2:DescribeInternetGateways", "unknown", "reachable"),
        ("ec2:DescribeVpcEndpoints", "reachable", "reachable"),
        ("ec2:DescribeTransitGatewayVpcAttachments", "reachable", "reachable"),
        ("ec2:DescribeVpcPeeringConnections", "reachable", "reachable"),
        ("ec2:DescribePrefixLists", "reachable", "reachable"),
        ("ec2:DescribeDhcpOptions", "reachable", "reachable"),
        ("ec2:DescribeVpcs", "reachable", "reachable"),
    ],
)
def test_a_missing_operation_turns_exactly_the_traces_that_need_it_to_unknown(
    operation: str, internet: str, neighbour: str
) -> None:
    world = in_one_subnet()
    world.security_group("sg-host")["IpPermissions"] = [permission("tcp", "sg-app", 443)]
    world.deny(operation)
    out, across = path(world, WORKER, "internet"), path(world, WORKER, "i-b")
    assert (out.verdict, across.verdict) == (internet, neighbour)
    for answer in (out, across):
        assert answer.missing == ((operation,) if answer.verdict == "unknown" else ())
