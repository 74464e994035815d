"""IP6003, IP6004 and IP6006: the way out over IPv6."""

from tests.checks.net.test_hops import ECR_IMAGE
from tests.world import World, failing, finding, permission, route, unknown

DUAL_STACK_IMAGE = "123456789012.dkr-ecr.us-east-1.on.aws/app:1"


def dual_stack() -> World:
    """A Fargate service in one dual-stack subnet with a way out in both families."""
    world = World()
    world.add_vpc(ipv6="2600:1f18:1::/56")
    world.setting("dualStackIPv6", "enabled")
    world.rows["ec2:DescribeEgressOnlyInternetGateways"].append(
        {"EgressOnlyInternetGatewayId": "eigw-1", "Attachments": [{"VpcId": "vpc-main", "State": "attached"}]}
    )
    world.add_route_table("rtb-public", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
    world.add_subnet("subnet-public", "10.0.9.0/24", route_table="rtb-public")
    world.add_nat_gateway("nat-1", "subnet-public")
    world.add_route_table(
        "rtb-1",
        "vpc-main",
        route("0.0.0.0/0", NatGatewayId="nat-1"),
        route("::/0", EgressOnlyInternetGatewayId="eigw-1"),
    )
    world.add_subnet("subnet-1", "10.0.1.0/24", route_table="rtb-1", ipv6="2600:1f18:1:1::/64")
    world.add_security_group("sg-app")
    world.add_service("worker", launch_type="FARGATE", subnets=("subnet-1",))
    return world


def ip6(world: World) -> set[tuple[str, str]]:
    return {(c, r) for c, r in failing(world.audit()) if c in {"IP6003", "IP6004", "IP6006"}}


def test_a_way_in_both_families_is_well() -> None:
    assert ip6(dual_stack()) == set()


def test_no_ipv6_default_route() -> None:
    world = dual_stack()
    world.route_table("rtb-1")["Routes"].pop()

    assert ip6(world) == {("IP6003", "rtb-1")}


def test_no_ipv6_default_route_is_no_matter_where_tasks_have_no_ipv6_address() -> None:
    world = dual_stack()
    world.route_table("rtb-1")["Routes"].pop()
    world.setting("dualStackIPv6", "disabled")

    assert ip6(world) == set()


def test_a_group_with_rules_for_ipv4_alone() -> None:
    world = dual_stack()
    world.security_group("sg-app")["IpPermissionsEgress"] = [permission("-1", "0.0.0.0/0")]

    assert ip6(world) == {("IP6004", "sg-app")}


def test_a_group_that_lets_nothing_out_at_all_is_told_by_net011() -> None:
    world = dual_stack()
    world.security_group("sg-app")["IpPermissionsEgress"] = []

    assert ip6(world) == set()
    assert finding(world.audit(), "NET011").resource.id == "sg-app"


def test_without_route_tables_it_is_open() -> None:
    assert "IP6003" in {c for c, _ in unknown(dual_stack().deny("ec2:DescribeRouteTables").audit())}


def test_without_groups_it_is_open() -> None:
    assert "IP6004" in {c for c, _ in unknown(dual_stack().deny("ec2:DescribeSecurityGroups").audit())}


def ipv6_only(image: str) -> World:
    """`dual_stack`, but the subnet has no IPv4 addresses."""
    world = dual_stack()
    world.subnet("subnet-1")["Ipv6Native"] = True
    world.task_definition("worker")["containerDefinitions"][0]["image"] = image
    return world


def test_an_ipv6_only_subnet_without_a_way_to_the_registry() -> None:
    world = ipv6_only(DUAL_STACK_IMAGE)
    assert ip6(world) == set()

    world.route_table("rtb-1")["Routes"].pop()

    assert ("IP6006", "subnet-1") in ip6(world)


def test_an_image_with_an_ipv4_name_needs_nat64_from_an_ipv6_only_subnet() -> None:
    world = ipv6_only(ECR_IMAGE)
    assert ip6(world) == {("IP6006", "subnet-1")}

    world.subnet("subnet-1")["EnableDns64"] = True
    world.route_table("rtb-1")["Routes"].append(route("64:ff9b::/96", NatGatewayId="nat-1"))

    assert ip6(world) == set()
