"""NET: the hop that blocks first is the check; one broken thing is one finding, with everyone who suffers."""

from collections.abc import Callable

import pytest

from awsvpc_audit.findings import AuditResult
from tests.analyzers.reachability.questions import add_endpoint, add_s3_gateway
from tests.world import World, acl_entry, failing, finding, healthy, permission, route, unknown

ECR_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"


def net(result: AuditResult) -> set[tuple[str, str]]:
    """What fails among the NET checks that name a broken hop."""
    return {(c, r) for c, r in failing(result) if c.startswith("NET") and c not in {"NET015", "NET014"}}


def nat(world: World, letter: str = "a") -> dict[str, object]:
    return world.find("ec2:DescribeNatGateways", "NatGatewayId", f"nat-{letter}")


def default_route(world: World, **target: object) -> None:
    world.route_table("rtb-a")["Routes"][-1] = route("0.0.0.0/0", **target)


def fail_nat(world: World) -> None:
    nat(world).update(State="failed", FailureCode="InsufficientFreeAddressesInSubnet")


def make_nat_private(world: World) -> None:
    nat(world)["ConnectivityType"] = "private"


def take_nat_route(world: World) -> None:
    world.route_table("rtb-public")["Routes"].pop()


def detach_gateway(world: World) -> None:
    world.find("ec2:DescribeInternetGateways", "InternetGatewayId", "igw-main")["Attachments"] = []


def block_all(world: World) -> None:
    for row in world.rows["ec2:DescribeSubnets"]:
        row["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": "block-bidirectional"}


def acl(world: World, subnet_id: str, *, out: bool = True, back: bool = True) -> None:
    entries = [acl_entry(32767, "deny", egress=egress) for egress in (True, False)]
    if out:
        entries.append(acl_entry(100, "allow", egress=True))
    if back:
        entries.append(acl_entry(100, "allow", egress=False))
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": "acl-x",
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": subnet_id}],
            "Entries": entries,
        }
    )


@pytest.mark.parametrize(
    ("break_", "expected", "affected"),
    [
        pytest.param(
            lambda w: default_route(w, GatewayId="igw-main"),
            {("NET001", "subnet-a"), ("NET002", "worker")},
            {"NET001": ["web"], "NET002": ["worker"]},
            id="a public subnet: EC2 and Fargate each by its own rule",
        ),
        pytest.param(
            lambda w: w.route_table("rtb-a")["Routes"].pop(),
            {("NET004", "rtb-a")},
            {"NET004": ["web", "worker"]},
            id="no default route",
        ),
        pytest.param(
            lambda w: default_route(w, NatGatewayId="nat-gone", State="blackhole"),
            {("NET005", "rtb-a")},
            {"NET005": ["web", "worker"]},
            id="a blackhole",
        ),
        pytest.param(fail_nat, {("NET006", "nat-a")}, {"NET006": ["web", "worker"]}, id="a failed NAT gateway"),
        pytest.param(
            take_nat_route,
            {("NET007", "nat-a"), ("NET007", "nat-b")},
            {},
            id="NAT gateways in a subnet without a route out",
        ),
        pytest.param(
            make_nat_private, {("NET008", "nat-a")}, {"NET008": ["web", "worker"]}, id="a private NAT gateway"
        ),
        pytest.param(
            lambda w: acl(w, "subnet-a", out=False), {("NET009", "acl-x")}, {"NET009": ["web", "worker"]}, id="ACL, out"
        ),
        pytest.param(
            lambda w: acl(w, "subnet-a", back=False),
            {("NET010", "acl-x")},
            {"NET010": ["web", "worker"]},
            id="ACL, back",
        ),
        pytest.param(
            lambda w: w.security_group("sg-app").update(IpPermissionsEgress=[permission("-1", "10.0.0.0/16")]),
            {("NET011", "sg-app")},
            {"NET011": ["web", "worker"]},
            id="a group that lets nothing out",
        ),
        pytest.param(detach_gateway, {("NET012", "igw-main")}, {"NET012": ["web", "worker"]}, id="a detached gateway"),
        pytest.param(
            lambda w: acl(w, "subnet-public-a", back=False),
            {("NET013", "acl-x")},
            {"NET013": ["web", "worker"]},
            id="the ACL of the NAT gateway's subnet",
        ),
        pytest.param(block_all, {("NET016", "vpc-main")}, {"NET016": ["web", "worker"]}, id="VPC Block Public Access"),
        pytest.param(
            lambda w: default_route(w, GatewayId="vgw-1"),
            {("NET017", "vgw-1")},
            {"NET017": ["web", "worker"]},
            id="a way that cannot be seen",
        ),
    ],
)
def test_the_blocking_hop_is_the_finding(
    break_: Callable[[World], object], expected: set[tuple[str, str]], affected: dict[str, list[str]]
) -> None:
    world = healthy()
    break_(world)

    result = world.audit()

    assert net(result) == expected
    for check_id, names in affected.items():
        found = finding(result, check_id)
        assert [ref.id for ref in found.affected] == names
        assert found.evidence


def test_a_healthy_account_has_no_finding_of_any_check() -> None:
    result = healthy().audit()

    assert failing(result) == set()
    assert unknown(result) == set()


def test_ten_services_behind_one_failed_nat_gateway_are_one_finding() -> None:
    world = healthy()
    fail_nat(world)
    for number in range(10):
        world.add_service(f"s{number}", launch_type="FARGATE", subnets=("subnet-a",))

    found = finding(world.audit(), "NET006")

    assert len(found.affected) == 12
    assert found.evidence[0].value == "failed"
    assert found.evidence[1].value == "InsufficientFreeAddressesInSubnet"
    assert "aws ec2 describe-nat-gateways --nat-gateway-ids nat-a" in found.remediation.commands


@pytest.mark.parametrize(
    ("operation", "check_ids"),
    [
        ("ec2:DescribeRouteTables", {"NET001", "NET002", "NET004", "NET005", "NET006", "NET015"}),
        ("ec2:DescribeNatGateways", {"NET006", "NET007", "NET008", "NET013", "NET014"}),
        ("ec2:DescribeNetworkAcls", {"NET009", "NET010", "NET013"}),
        ("ec2:DescribeSecurityGroups", {"NET011"}),
        ("ec2:DescribeInternetGateways", {"NET012"}),
        ("ec2:DescribeVpcBlockPublicAccessOptions", {"NET016"}),
    ],
)
def test_what_was_not_read_leaves_the_checks_open_that_it_may_hide(operation: str, check_ids: set[str]) -> None:
    found = {check_id for check_id, _ in unknown(healthy().deny(operation).audit())}

    assert check_ids <= found


def test_block_public_access_that_no_source_tells_is_taken_as_off() -> None:
    world = healthy()
    del world.rows["ec2:DescribeVpcBlockPublicAccessExclusions"]

    assert unknown(world.audit()) == set()


class TestPublicAddressWithoutGateway:
    def test_an_address_behind_a_nat_gateway_is_useless(self) -> None:
        world = healthy()
        world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"

        found = finding(world.audit(), "NET003")

        assert found.resource.id == "worker"
        assert [e.value for e in found.evidence[:2]] == ["ENABLED", "0.0.0.0/0 -> nat-a"]

    def test_in_a_public_subnet_it_is_of_use(self) -> None:
        world = healthy()
        world.service("worker")["networkConfiguration"]["awsvpcConfiguration"] |= {
            "assignPublicIp": "ENABLED",
            "subnets": ["subnet-public-a"],
        }

        assert failing(world.audit()) == set()

    def test_without_route_tables_it_is_open(self) -> None:
        world = healthy().deny("ec2:DescribeRouteTables")
        world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"

        assert ("NET003", "worker") in unknown(world.audit())


def test_a_nat_gateway_in_another_zone_is_told() -> None:
    world = healthy()
    default_route(world, NatGatewayId="nat-b")

    found = finding(world.audit(), "NET014")

    assert found.resource.id == "nat-b"
    assert [e.value for e in found.evidence] == ["subnet-public-b", "us-east-1b", "us-east-1a"]


def test_subnets_that_differ_are_told_of_the_service() -> None:
    world = healthy()
    fail_nat(world)

    found = finding(world.audit(), "NET015", "worker")

    assert "from subnet-b and not from subnet-a" in found.detail


def test_all_subnets_alike_do_not_differ() -> None:
    world = healthy()
    for letter in "ab":
        nat(world, letter)["State"] = "failed"

    assert not {r for c, r in failing(world.audit()) if c == "NET015"}


class TestIsolatedByDesign:
    """Endpoints for everything, no default route, images in private ECR: nothing is wrong with that."""

    @staticmethod
    def world(*services: str) -> World:
        world = healthy()
        world.rows["ecs:DescribeServices"] = [world.service("worker")]
        world.rows["ecs:DescribeTasks"] = []
        world.rows["ecs:DescribeContainerInstances"] = []
        world.rows["ec2:DescribeNatGateways"] = []
        definition = world.task_definition("worker")["containerDefinitions"][0]
        definition["image"] = ECR_IMAGE
        definition["logConfiguration"] = {"logDriver": "awslogs", "options": {"awslogs-region": "us-east-1"}}
        for letter in "ab":
            world.route_table(f"rtb-{letter}")["Routes"].pop()
        world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "sg-app", 443))
        for service in services:
            add_endpoint(world, service, "subnet-a", "subnet-b")
        add_s3_gateway(world, "rtb-a", "rtb-b")
        return world

    def test_it_is_silent(self) -> None:
        result = self.world("ecr.api", "ecr.dkr", "logs").audit()

        assert {c for c, _ in failing(result)} & {"NET004", "NET011", "NET015", "END001"} == set()

    def test_a_narrow_group_is_no_fault_there(self) -> None:
        world = self.world("ecr.api", "ecr.dkr", "logs")
        world.security_group("sg-app")["IpPermissionsEgress"] = [
            permission("tcp", "sg-endpoints", 443),
            permission("tcp", "pl-s3", 443),
        ]

        assert {c for c, _ in failing(world.audit())} & {"NET004", "NET011", "END001"} == set()

    def test_without_the_prefix_list_in_its_group_layers_cannot_come(self) -> None:
        world = self.world("ecr.api", "ecr.dkr", "logs")
        world.security_group("sg-app")["IpPermissionsEgress"] = [permission("tcp", "sg-endpoints", 443)]

        found = finding(world.audit(), "NET011")

        assert found.resource.id == "sg-app"
        assert "s3" in found.detail

    def test_the_endpoint_that_is_missing_is_named(self) -> None:
        result = self.world("ecr.api", "ecr.dkr").audit()

        found = finding(result, "END001")
        assert (found.resource.id, "logs" in found.detail) == ("worker", True)
        assert not {c for c, _ in failing(result)} & {"NET004"}

    def test_a_public_image_needs_the_internet(self) -> None:
        world = self.world("ecr.api", "ecr.dkr", "logs")
        world.task_definition("worker")["containerDefinitions"].append({"name": "side", "image": "nginx:latest"})

        assert {("NET004", "rtb-a"), ("NET004", "rtb-b")} <= failing(world.audit())


def test_a_few_networks_kept_away_from_the_internet_are_meant() -> None:
    world = healthy()
    entries = world.find("ec2:DescribeNetworkAcls", "NetworkAclId", "acl-main")["Entries"]
    entries.insert(0, acl_entry(10, "deny", egress=True, cidr="185.220.100.0/22"))
    entries.insert(0, acl_entry(11, "deny", egress=False, cidr="185.220.100.0/22"))

    assert failing(world.audit()) == set()
