"""LBS004, LBS005 and LBS006: what stands between a load balancer and the tasks behind it."""

from typing import Any

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, acl_entry, failing, finding, healthy, permission, route, unknown


def behind_network_load_balancer(*groups: str) -> World:
    """`web` behind a Network Load Balancer, with an address in each of its subnets, and with these groups."""
    world = healthy()
    balancer = world.load_balancer("alb-web")
    arn = balancer["LoadBalancerArn"].replace("/app/", "/net/")
    balancer |= {"Type": "network", "LoadBalancerArn": arn, "SecurityGroups": list(groups)}
    target_group = world.target_group("web")
    target_group |= {"Protocol": "TCP", "HealthCheckProtocol": "TCP", "LoadBalancerArns": [arn]}
    for listener in world.rows["elbv2:DescribeListeners"]:
        listener["LoadBalancerArn"] = arn
    for subnet in ("subnet-public-a", "subnet-public-b"):
        world.add_eni(subnet, groups=groups, description=f"ELB {arn.rsplit(':loadbalancer/', 1)[-1]}")
    return world


def admit(world: World, *ingress: dict[str, Any]) -> World:
    """Let `sg-app` admit this and nothing else."""
    world.security_group("sg-app")["IpPermissions"] = list(ingress)
    return world


def rejecting_acl(world: World, subnet: str, *entries: dict[str, Any]) -> str:
    """An ACL of its own for a subnet: these entries first, then everything is allowed."""
    id_ = f"acl-{subnet.removeprefix('subnet-')}"
    allow = [acl_entry(200, "allow", egress=egress) for egress in (True, False)]
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": id_,
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": subnet, "NetworkAclId": id_}],
            "Entries": [*entries, *allow],
        }
    )
    return id_


# LBS004.


def test_a_task_group_that_admits_another_port_fails() -> None:
    world = admit(healthy(), permission("tcp", "sg-alb", 80))

    result = world.audit()

    assert failing(result) == {("LBS004", "sg-app")}
    found = finding(result, "LBS004")
    assert (found.severity, found.resource.type) == ("critical", "security_group")
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "web")]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("ec2:DescribeSecurityGroups", "sg-app", "IpPermissions", "ingress tcp 80 from sg-alb"),
        ("ecs:DescribeServices", "web", "loadBalancers[].containerPort", 8080),
    ]
    assert "alb-web (sg-alb)" in found.detail
    assert "tcp 8080" in found.detail
    assert found.remediation.commands == (
        (
            "aws ec2 authorize-security-group-ingress --group-id sg-app --ip-permissions "
            "'IpProtocol=tcp,FromPort=8080,ToPort=8080,UserIdGroupPairs=[{GroupId=sg-alb}]'"
        ),
    )


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="no rule at all"),
        pytest.param([permission("tcp", "sg-host", 8080)], id="a rule for another group"),
        pytest.param([permission("udp", "sg-alb", 8080)], id="a rule for another protocol"),
        pytest.param([permission("tcp", "10.1.0.0/16", 8080)], id="a rule for other addresses"),
        pytest.param([permission("tcp", "sg-alb", 8081, 9000)], id="a range that begins one port above"),
    ],
)
def test_rules_that_do_not_admit_the_load_balancer(rules: list[dict[str, Any]]) -> None:
    assert failing(admit(healthy(), *rules).audit()) == {("LBS004", "sg-app")}


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([permission("tcp", "sg-alb", 8080)], id="its group on the port"),
        pytest.param([permission("tcp", "sg-alb", 8000, 8080)], id="a range that ends with the port"),
        pytest.param([permission("-1", "sg-alb")], id="its group on everything"),
        pytest.param([permission("tcp", "10.0.0.0/16", 8080)], id="the addresses of the VPC"),
        pytest.param(
            [permission("tcp", "10.0.101.0/24", 8080), permission("tcp", "10.0.102.0/24", 8080)], id="its two subnets"
        ),
    ],
)
def test_rules_that_admit_the_load_balancer(rules: list[dict[str, Any]]) -> None:
    assert failing(admit(healthy(), *rules).audit()) == set()


def test_rules_of_all_groups_of_the_task_count_together() -> None:
    world = admit(healthy())
    world.add_security_group("sg-from-alb", "vpc-main", permission("tcp", "sg-alb", 8080))
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"].append("sg-from-alb")

    assert failing(world.audit()) == set()


def test_a_health_check_on_a_port_of_its_own_must_be_admitted_too() -> None:
    world = healthy()
    world.target_group("web")["HealthCheckPort"] = "9090"

    found = finding(world.audit(), "LBS004")

    assert "tcp 9090 (health check)" in found.detail
    last = found.evidence[-1]
    assert (last.operation, last.field, last.value) == ("elbv2:DescribeTargetGroups", "HealthCheckPort", "9090")


def test_traffic_counts_where_only_the_health_check_is_admitted() -> None:
    world = admit(healthy(), permission("tcp", "sg-alb", 9090))
    world.target_group("web")["HealthCheckPort"] = "9090"

    assert "tcp 8080 (traffic)" in finding(world.audit(), "LBS004").detail


def test_the_default_group_of_the_vpc_stands_in_where_a_service_names_none() -> None:
    world = healthy()
    world.add_security_group("sg-default", "vpc-main", permission("-1", "sg-default"))["GroupName"] = "default"
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = []

    assert ("LBS004", "sg-default") in failing(world.audit())


def test_a_task_group_that_is_gone_is_left_to_sub004() -> None:
    world = healthy()
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = ["sg-gone"]

    assert {check for check, _ in failing(world.audit())} == {"SUB004"}


def test_a_snapshot_without_the_load_balancers_subnets_is_judged_by_groups() -> None:
    world = admit(healthy())
    for zone in world.load_balancer("alb-web")["AvailabilityZones"]:
        zone["SubnetId"] = "subnet-of-nobody"

    assert failing(world.audit()) == {("LBS004", "sg-app")}
    assert failing(admit(world, permission("tcp", "sg-alb", 8080)).audit()) == set()


def test_a_target_group_of_another_type_is_left_to_lbs001() -> None:
    world = admit(healthy())
    world.target_group("web")["TargetType"] = "instance"

    assert {check for check, _ in failing(world.audit())} == {"LBS001"}


def test_a_snapshot_without_the_load_balancers_group_is_not_judged() -> None:
    world = healthy()
    groups = world.rows["ec2:DescribeSecurityGroups"]
    groups.remove(world.security_group("sg-alb"))

    assert failing(world.audit()) == set()


def test_a_part_of_a_subnet_may_be_all_that_the_load_balancer_has() -> None:
    rules = (permission("tcp", "10.0.101.0/25", 8080), permission("tcp", "10.0.102.0/25", 8080))

    assert failing(admit(healthy(), *rules).audit()) == set()


def test_a_zone_that_the_load_balancer_does_not_serve_is_left_to_lbs003() -> None:
    world = admit(healthy())
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b"]
    world.load_balancer("alb-web")["AvailabilityZones"].pop()

    assert {check for check, _ in failing(world.audit()) if check.startswith("LBS")} == {"LBS003"}


def test_a_health_check_that_is_off_needs_no_port() -> None:
    world = healthy()
    world.target_group("web").update(HealthCheckPort="9090", HealthCheckEnabled=False)

    assert failing(world.audit()) == set()


def test_an_ipv6_target_group_needs_rules_for_ipv6() -> None:
    world = healthy()
    world.give_ipv6("subnet-a", "subnet-b", "subnet-public-a", "subnet-public-b")
    world.setting("dualStackIPv6", "enabled")
    world.target_group("web")["IpAddressType"] = "ipv6"
    admit(world, permission("tcp", "10.0.0.0/16", 8080))
    assert ("LBS004", "sg-app") in failing(world.audit())

    admit(world, permission("tcp", "2001:db8::/56", 8080))
    assert "LBS004" not in {check for check, _ in failing(world.audit())}


def test_a_load_balancer_whose_groups_nobody_told_is_not_judged() -> None:
    world = admit(healthy(), permission("tcp", "sg-alb", 8080))
    world.load_balancer("alb-web")["SecurityGroups"] = []

    assert failing(world.audit()) == set()
    assert unknown(world.audit()) == set()


@pytest.mark.parametrize("operation", ["ec2:DescribeSecurityGroups", "elbv2:DescribeTargetGroups"])
def test_without_groups_or_target_groups_lbs004_is_unknown(operation: str) -> None:
    found = finding(admit(healthy()).deny(operation).audit(), "LBS004")

    assert (found.status, found.missing) == (Status.UNKNOWN, (operation,))
    assert (found.resource.type, found.resource.id) == ("service", "web")


def test_acls_that_were_not_read_do_not_hide_what_the_group_refuses() -> None:
    found = finding(admit(healthy()).deny("ec2:DescribeNetworkAcls").audit(), "LBS004")

    assert found.status is Status.FAIL


def test_acls_that_were_not_read_leave_lbs005_open_and_not_lbs004() -> None:
    result = healthy().deny("ec2:DescribeNetworkAcls").audit()

    assert finding(result, "LBS005").missing == ("ec2:DescribeNetworkAcls",)
    assert "LBS004" not in {check for check, _ in unknown(result)}


# Network Load Balancers.


@pytest.mark.parametrize(
    "peer", ["10.0.0.0/16", "10.0.101.0/24", "0.0.0.0/0"], ids=["the VPC", "one subnet of it", "anybody"]
)
def test_a_network_load_balancer_without_groups_is_admitted_by_its_addresses(peer: str) -> None:
    rules = [permission("tcp", peer, 8080)]
    if peer == "10.0.101.0/24":
        rules.append(permission("tcp", "10.0.102.10/31", 8080))

    assert failing(admit(behind_network_load_balancer(), *rules).audit()) == set()


def test_a_network_load_balancer_without_groups_that_is_not_admitted_fails() -> None:
    world = admit(behind_network_load_balancer(), permission("tcp", "sg-alb", 8080))

    found = finding(world.audit(), "LBS004", "sg-app")

    assert "IpRanges=[{CidrIp=10.0.101.0/24}]" in found.remediation.commands[0]


def test_the_rest_of_its_subnets_is_not_a_network_load_balancer() -> None:
    rules = (permission("tcp", "10.0.101.128/25", 8080), permission("tcp", "10.0.102.128/25", 8080))

    assert failing(admit(behind_network_load_balancer(), *rules).audit()) == {("LBS004", "sg-app")}


def test_clients_of_a_network_load_balancer_alone_cannot_pass_its_health_check() -> None:
    world = admit(behind_network_load_balancer(), permission("tcp", "198.51.100.0/24", 8080))

    assert failing(world.audit()) == {("LBS004", "sg-app")}


def test_clients_whose_addresses_a_network_load_balancer_keeps_may_be_all_that_is_admitted_to_traffic() -> None:
    world = admit(
        behind_network_load_balancer(),
        permission("tcp", "198.51.100.0/24", 8080),
        permission("tcp", "10.0.0.0/16", 9090),
    )
    world.target_group("web")["HealthCheckPort"] = "9090"

    assert failing(world.audit()) == set()
    admit(world, permission("tcp", "10.0.0.0/16", 9090))
    assert failing(world.audit()) == {("LBS004", "sg-app")}


def test_a_udp_target_group_needs_udp_for_traffic_and_tcp_for_its_health_check() -> None:
    world = admit(behind_network_load_balancer(), permission("tcp", "10.0.0.0/16", 8080))
    world.target_group("web")["Protocol"] = "UDP"

    assert "udp 8080 (traffic)" in finding(world.audit(), "LBS004").detail
    admit(world, permission("tcp", "10.0.0.0/16", 8080), permission("udp", "0.0.0.0/0", 8080))
    assert failing(world.audit()) == set()


def test_a_network_load_balancer_with_groups_is_admitted_by_its_group() -> None:
    world = behind_network_load_balancer("sg-alb")

    assert failing(world.audit()) == set()
    assert failing(admit(world).audit()) == {("LBS004", "sg-app")}


# LBS005.


def test_outbound_rules_of_the_load_balancers_group_that_leave_the_port_out_fail() -> None:
    world = healthy()
    world.security_group("sg-alb")["IpPermissionsEgress"] = [permission("tcp", "sg-app", 80)]

    result = world.audit()

    assert failing(result) == {("LBS005", "sg-alb")}
    found = finding(result, "LBS005")
    assert (found.severity, found.resource.type) == ("critical", "security_group")
    assert [ref.id for ref in found.affected] == ["web"]
    first = found.evidence[0]
    assert (first.operation, first.resource, first.field, first.value) == (
        "ec2:DescribeSecurityGroups",
        "sg-alb",
        "IpPermissionsEgress",
        "egress tcp 80 to sg-app",
    )
    assert found.remediation.commands == (
        (
            "aws ec2 authorize-security-group-egress --group-id sg-alb --ip-permissions "
            "'IpProtocol=tcp,FromPort=8080,ToPort=8080,UserIdGroupPairs=[{GroupId=sg-app}]'"
        ),
    )


def test_outbound_rules_that_name_the_task_group_are_enough() -> None:
    world = healthy()
    world.security_group("sg-alb")["IpPermissionsEgress"] = [permission("tcp", "sg-app", 8080)]

    assert failing(world.audit()) == set()


@pytest.mark.parametrize(
    ("subnet", "entry", "back"),
    [
        pytest.param("subnet-public-a", {"egress": True, "ports": (8080, 8080)}, False, id="out of its subnet"),
        pytest.param("subnet-a", {"egress": False, "ports": (8080, 8080)}, False, id="into the task subnet"),
        pytest.param("subnet-a", {"egress": True, "ports": (1024, 65535)}, True, id="the reply out of the task subnet"),
        pytest.param(
            "subnet-public-a", {"egress": False, "ports": (1024, 65535)}, True, id="the reply into its subnet"
        ),
        pytest.param("subnet-public-a", {"egress": False, "ports": (1024, 32767)}, True, id="a part of the replies"),
    ],
)
def test_an_acl_between_them_fails(subnet: str, entry: dict[str, Any], back: bool) -> None:
    world = healthy()
    cidr = "10.0.0.0/16"
    acl = rejecting_acl(world, subnet, acl_entry(100, "deny", cidr=cidr, protocol="6", **entry))

    result = world.audit()

    found = finding(result, "LBS005")
    assert (found.resource.type, found.resource.id) == ("network_acl", acl)
    assert [ref.id for ref in found.affected] == ["web"]
    assert ("on the way back" in found.detail) is back
    assert any(
        e.operation == "ec2:DescribeNetworkAcls" and str(e.value).startswith("rule 100 deny") for e in found.evidence
    ), found.evidence
    assert "LBS004" not in {check for check, _ in failing(result)}


def test_an_acl_that_keeps_others_out_is_well() -> None:
    world = healthy()
    rejecting_acl(world, "subnet-a", acl_entry(100, "deny", egress=False, cidr="10.0.5.0/24", protocol="6"))

    assert failing(world.audit()) == set()


def test_a_load_balancer_in_the_subnet_of_the_tasks_meets_no_acl() -> None:
    world = healthy()
    balancer = world.load_balancer("alb-web")
    balancer["AvailabilityZones"] = [{"ZoneName": "us-east-1a", "SubnetId": "subnet-a"}]
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    rejecting_acl(world, "subnet-a", acl_entry(100, "deny", egress=True, cidr="10.0.0.0/16"))

    assert "LBS005" not in {check for check, _ in failing(world.audit())}


def test_a_network_load_balancer_is_not_judged_across_zones() -> None:
    world = behind_network_load_balancer("sg-alb")
    cidr = world.subnet("subnet-b")["CidrBlock"]
    rejecting_acl(world, "subnet-public-a", acl_entry(100, "deny", egress=True, cidr=cidr, protocol="6"))

    assert "LBS005" not in {check for check, _ in failing(world.audit())}


# LBS006.


def in_another_vpc(*, peered: bool = False, both_ways: bool = True) -> World:
    """The load balancer of `web` in a VPC of its own, where wanted with a peering connection and its routes."""
    world = healthy()
    world.add_vpc("vpc-edge", "10.9.0.0/16")
    there = [route("10.0.0.0/16", VpcPeeringConnectionId="pcx-1")] if peered else []
    world.add_route_table("rtb-edge", "vpc-edge", *there)
    world.add_subnet("subnet-edge", "10.9.1.0/24", vpc_id="vpc-edge", route_table="rtb-edge")
    world.add_security_group("sg-edge", "vpc-edge", permission("tcp", "0.0.0.0/0", 80))
    world.load_balancer("alb-web").update(
        VpcId="vpc-edge",
        SecurityGroups=["sg-edge"],
        AvailabilityZones=[{"ZoneName": "us-east-1a", "SubnetId": "subnet-edge"}],
    )
    world.target_group("web")["VpcId"] = "vpc-edge"
    if peered:
        world.rows["ec2:DescribeVpcPeeringConnections"].append(
            {
                "VpcPeeringConnectionId": "pcx-1",
                "Status": {"Code": "active"},
                "RequesterVpcInfo": {"VpcId": "vpc-edge", "Region": "us-east-1"},
                "AccepterVpcInfo": {"VpcId": "vpc-main", "Region": "us-east-1"},
            }
        )
        for table in ("rtb-a", "rtb-b") if both_ways else ():
            world.route_table(table)["Routes"].append(route("10.9.0.0/16", VpcPeeringConnectionId="pcx-1"))
    return admit(world, permission("tcp", "10.9.0.0/16", 8080))


def test_vpcs_that_nothing_joins_fail() -> None:
    result = in_another_vpc().audit()

    assert failing(result) == {("LBS006", "web")}
    found = finding(result, "LBS006")
    assert (found.severity, found.resource.type) == ("high", "target_group")
    assert [ref.id for ref in found.affected] == ["web"]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence][:2] == [
        ("elbv2:DescribeTargetGroups", "web", "VpcId", "vpc-edge"),
        ("ec2:DescribeSubnets", "subnet-a", "VpcId", "vpc-main"),
    ]
    assert found.detail.startswith("web is in vpc-edge, the tasks of web are in vpc-main: rtb-edge has no route")
    assert found.remediation.commands[1] == (
        "aws ec2 describe-route-tables --filters Name=vpc-id,Values=vpc-edge,vpc-main"
    )


def test_peering_with_routes_on_both_sides_joins_them() -> None:
    assert failing(in_another_vpc(peered=True).audit()) == set()


def test_peering_without_a_route_back_does_not() -> None:
    assert failing(in_another_vpc(peered=True, both_ways=False).audit()) == {("LBS006", "web")}


def test_a_group_across_vpcs_is_lbs004() -> None:
    world = admit(in_another_vpc(peered=True), permission("tcp", "10.0.0.0/16", 8080))

    assert failing(world.audit()) == {("LBS004", "sg-app")}


def test_a_target_group_without_a_load_balancer_is_judged_from_its_vpc() -> None:
    world = in_another_vpc()
    world.target_group("web")["LoadBalancerArns"] = []

    assert failing(world.audit()) == {("LBS006", "web")}


def test_one_subnet_that_gets_there_is_enough_before_there_is_a_load_balancer() -> None:
    world = in_another_vpc(peered=True)
    world.target_group("web")["LoadBalancerArns"] = []
    world.add_subnet("subnet-isolated", "10.9.2.0/24", vpc_id="vpc-edge")

    assert failing(world.audit()) == set()


def test_a_transit_gateway_that_was_not_read_is_not_judged() -> None:
    world = in_another_vpc()
    world.route_table("rtb-edge")["Routes"].append(route("10.0.0.0/8", TransitGatewayId="tgw-1"))
    world.deny("ec2:DescribeTransitGatewayVpcAttachments").deny("ec2:DescribeTransitGatewayAttachments")

    result = world.audit()

    assert failing(result) == set()
    assert finding(result, "LBS006").status is Status.UNKNOWN


def test_one_vpc_has_nothing_to_join() -> None:
    result = healthy().deny("ec2:DescribeRouteTables").audit()

    assert "LBS006" not in {check for check, _ in unknown(result)}
