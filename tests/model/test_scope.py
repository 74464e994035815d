"""Look-ups that go through more than one member, and names that people type."""

import pytest

from awsvpc_audit.errors import NotFoundError
from awsvpc_audit.model.account_model import Model, find_service, near_matches
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.snapshot import Snapshot
from tests.world import World, healthy


def subnet_of(scope: Scope, subnet_id: str) -> object:
    found = scope.subnets.get(subnet_id)
    assert found is not None
    return found


class TestRouteTableOf:
    def test_the_explicitly_associated_one(self) -> None:
        scope = healthy().scope()
        subnet = scope.subnets.get("subnet-a")
        assert subnet is not None
        table = scope.route_table_of(subnet)
        assert table is not None
        assert table.route_table_id == "rtb-a"

    def test_else_the_main_one_of_its_own_vpc(self) -> None:
        world = healthy()
        world.add_vpc("vpc-other", "10.9.0.0/16")
        world.add_subnet("subnet-bare", "10.9.1.0/24", vpc_id="vpc-other")
        scope = world.scope()
        subnet = scope.subnets.get("subnet-bare")
        assert subnet is not None
        table = scope.route_table_of(subnet)
        assert table is not None
        assert table.route_table_id == "rtb-main-other"

    def test_an_association_with_a_gateway_is_not_one_with_a_subnet(self) -> None:
        world = healthy()
        world.route_table("rtb-a")["Associations"].append({"Main": False, "GatewayId": "igw-main"})
        scope = world.scope()
        subnet = scope.subnets.get("subnet-b")
        assert subnet is not None
        table = scope.route_table_of(subnet)
        assert table is not None
        assert table.route_table_id == "rtb-b"

    def test_unread_tables_say_so(self) -> None:
        scope = healthy().deny("ec2:DescribeRouteTables").scope()
        subnet = scope.subnets.get("subnet-a")
        assert subnet is not None
        with pytest.raises(NotCollectedError):
            scope.route_table_of(subnet)


class TestNetworkAclOf:
    def test_the_default_one_of_the_vpc(self) -> None:
        scope = healthy().scope()
        subnet = scope.subnets.get("subnet-a")
        assert subnet is not None
        acl = scope.network_acl_of(subnet)
        assert acl is not None
        assert acl.network_acl_id == "acl-main"

    def test_the_associated_one(self) -> None:
        world = healthy()
        world.rows["ec2:DescribeNetworkAcls"].append(
            {
                "NetworkAclId": "acl-tight",
                "VpcId": "vpc-main",
                "IsDefault": False,
                "Associations": [{"SubnetId": "subnet-a", "NetworkAclId": "acl-tight"}],
                "Entries": [],
            }
        )
        scope = world.scope()
        subnet = scope.subnets.get("subnet-a")
        assert subnet is not None
        acl = scope.network_acl_of(subnet)
        assert acl is not None
        assert acl.network_acl_id == "acl-tight"


def test_tasks_on_an_instance_are_those_that_are_not_stopped() -> None:
    world = healthy()
    arn = world.container_instance("i-a")["containerInstanceArn"]
    running = world.scope().tasks_on(arn)
    assert len(running) == 1
    (row,) = [t for t in world.rows["ecs:DescribeTasks"] if t.get("containerInstanceArn") == arn]
    row["lastStatus"] = "STOPPED"
    assert world.scope().tasks_on(arn) == ()


def test_enis_of_an_instance_and_of_a_subnet() -> None:
    world = healthy()
    scope = world.scope()
    on_instance = scope.network_interfaces_of_instance("i-a")
    assert {e.attachment.device_index for e in on_instance if e.attachment} == {0, 1}
    in_subnet = {e.network_interface_id for e in scope.network_interfaces_in("subnet-a")}
    assert {e.network_interface_id for e in on_instance} <= in_subnet
    assert all(e.subnet_id == "subnet-a" for e in scope.network_interfaces_in("subnet-a"))


def test_the_role_of_an_instance_is_the_one_in_its_profile() -> None:
    scope = healthy().scope()
    instance = scope.instances.get("i-a")
    assert instance is not None
    role = scope.instance_role_of(instance)
    assert role is not None
    assert role.role_name == "ecsInstanceRole"


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_the_partition_follows_from_the_region_where_no_arn_says_it(region: str, partition: str) -> None:
    world = World(region=region)
    world.rows["ecs:DescribeClusters"].clear()
    assert world.scope().partition == partition


def test_the_partition_of_an_arn_counts() -> None:
    world = World(region="us-east-1")
    world.rows["ecs:DescribeClusters"][0]["clusterArn"] = "arn:aws-cn:ecs:us-east-1:123456789012:cluster/prod"
    assert world.scope().partition == "aws-cn"


class TestFindingByName:
    @staticmethod
    def two_regions() -> Model:
        worlds = (World(region="us-east-1"), World(region="eu-west-1"), World(account="210987654321", cluster="dev"))
        return Model.of(Snapshot(scopes=tuple(world.scope_snapshot() for world in worlds)))

    def test_by_arn_where_the_name_stands_in_several_scopes(self) -> None:
        scope, name = self.two_regions().find_cluster("arn:aws:ecs:eu-west-1:123456789012:cluster/prod")
        assert (scope.region, name) == ("eu-west-1", "prod")

    def test_by_name_where_it_stands_in_one(self) -> None:
        scope, _ = self.two_regions().find_cluster("dev")
        assert scope.account == "210987654321"

    def test_by_name_and_region(self) -> None:
        scope, _ = self.two_regions().find_cluster("prod", region="eu-west-1")
        assert scope.region == "eu-west-1"

    def test_a_name_in_several_scopes_needs_a_choice(self) -> None:
        with pytest.raises(NotFoundError, match=r"123456789012/eu-west-1, 123456789012/us-east-1|--region"):
            self.two_regions().find_cluster("prod")

    def test_an_unknown_name_has_its_near_matches(self) -> None:
        with pytest.raises(NotFoundError, match=r'no cluster "prd" in .*Did you mean prod\? \(clusters: dev, prod\)'):
            self.two_regions().find_cluster("prd")

    def test_an_account_that_is_not_there_says_so(self) -> None:
        with pytest.raises(NotFoundError, match="000000000000"):
            self.two_regions().find_cluster("prod", account="000000000000")

    def test_a_service_by_name_or_arn(self) -> None:
        world = healthy()
        services = world.context().cluster.services
        by_name = find_service(services, "web", "prod")
        assert find_service(services, by_name.service_arn, "prod") is by_name
        with pytest.raises(NotFoundError, match=r'no service "wb" in cluster prod\. Did you mean web\?'):
            find_service(services, "wb", "prod")


@pytest.mark.parametrize(
    ("known", "text"),
    [
        ([], " There are no clusters."),
        (["staging"], " (clusters: staging)"),
        (["prod", "staging"], " Did you mean prod? (clusters: prod, staging)"),
    ],
)
def test_near_matches(known: list[str], text: str) -> None:
    assert near_matches("prd", known, "clusters") == text


def test_a_long_list_of_names_is_cut_with_its_count() -> None:
    assert near_matches("x", [f"c{n:02}" for n in range(13)], "clusters").endswith("c09 and 3 more)")
