"""What changed between two times of one account: each change by AWS's path, and nothing that changes by itself."""

import copy
import json
from collections.abc import Callable
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsvpc_audit.analyzers.configuration.changes import configuration_changes
from awsvpc_audit.findings import ConfigurationChange, NotCompared, ScopeDiff
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import Missing
from tests.world import Row, World, acl_entry, healthy, permission, route

Change = Callable[[World], object]
ARN = "arn:aws:ecs:us-east-1:123456789012"


def compare(change: Change, before: Change = lambda _world: None) -> ScopeDiff:
    old, new = healthy(), healthy()
    before(old)
    change(new)
    return configuration_changes(old.scope(), new.scope())


def told(changes: tuple[ConfigurationChange, ...]) -> list[tuple[object, ...]]:
    return [(c.kind, c.resource.type, c.resource.id, c.field, c.old, c.new) for c in changes]


def endpoint(world: World, **more: object) -> Row:
    row: Row = {
        "VpcEndpointId": "vpce-ecr",
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-main",
        "ServiceName": "com.amazonaws.us-east-1.ecr.api",
        "State": "available",
        "SubnetIds": ["subnet-a", "subnet-b"],
        "Groups": [{"GroupId": "sg-app"}],
        "PrivateDnsEnabled": True,
        "PolicyDocument": '{"Statement": [{"Effect": "Allow", "Action": "*"}]}',
        **more,
    }
    world.rows["ec2:DescribeVpcEndpoints"].append(row)
    return row


def move_association(world: World) -> None:
    first, second = world.route_table("rtb-a"), world.route_table("rtb-public")
    second["Associations"].append(first["Associations"].pop())


def replace_default_route(world: World) -> None:
    world.route_table("rtb-a")["Routes"][-1] = route("0.0.0.0/0", GatewayId="igw-main")


def new_revision(world: World, **container: object) -> Row:
    row = copy.deepcopy(world.task_definition("web"))
    row |= {"taskDefinitionArn": f"{ARN}:task-definition/web:2", "revision": 2}
    row["containerDefinitions"][0] |= container
    world.rows["ecs:DescribeTaskDefinition"].append(row)
    world.service("web")["taskDefinition"] = row["taskDefinitionArn"]
    return row


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda w: w.route_table("rtb-a")["Routes"].pop(),
            ("changed", "route_table", "rtb-a", "Routes[0.0.0.0/0]", "NatGatewayId nat-a, State active", None),
            id="a route is gone",
        ),
        pytest.param(
            lambda w: w.route_table("rtb-a")["Routes"].append(route("10.9.0.0/16", TransitGatewayId="tgw-1")),
            ("changed", "route_table", "rtb-a", "Routes[10.9.0.0/16]", None, "TransitGatewayId tgw-1, State active"),
            id="a route came",
        ),
        pytest.param(
            lambda w: w.route_table("rtb-a")["Routes"][-1].update(State="blackhole"),
            ("changed", "route_table", "rtb-a", "Routes[0.0.0.0/0].State", "active", "blackhole"),
            id="a route became a blackhole",
        ),
        pytest.param(
            replace_default_route,
            ("changed", "route_table", "rtb-a", "Routes[0.0.0.0/0]", "NatGatewayId nat-a", "GatewayId igw-main"),
            id="a route leads elsewhere",
        ),
        pytest.param(
            lambda w: w.security_group("sg-app")["IpPermissions"].append(permission("tcp", "10.0.0.0/8", 80, 90)),
            ("changed", "security_group", "sg-app", "IpPermissions", None, "tcp 80-90 10.0.0.0/8"),
            id="a rule came",
        ),
        pytest.param(
            lambda w: w.security_group("sg-app")["IpPermissionsEgress"].clear(),
            ("changed", "security_group", "sg-app", "IpPermissionsEgress", "all 0.0.0.0/0", None),
            id="all egress is gone",
        ),
        pytest.param(
            lambda w: w.rows["ec2:DescribeNetworkAcls"][0]["Entries"].append(
                acl_entry(90, "deny", egress=True, cidr="10.0.0.0/8")
            ),
            (
                *("changed", "network_acl", "acl-main", "Entries[egress 90]", None),
                "RuleAction deny, Protocol -1, CidrBlock 10.0.0.0/8",
            ),
            id="an ACL entry came",
        ),
        pytest.param(
            lambda w: w.rows["ec2:DescribeNetworkAcls"][0]["Entries"][0].update(RuleAction="deny"),
            ("changed", "network_acl", "acl-main", "Entries[egress 100].RuleAction", "allow", "deny"),
            id="an ACL entry denies",
        ),
        pytest.param(
            lambda w: w.subnet("subnet-a").update(MapPublicIpOnLaunch=True),
            ("changed", "subnet", "subnet-a", "MapPublicIpOnLaunch", False, True),
            id="an attribute of a subnet",
        ),
        pytest.param(
            lambda w: w.rows["ec2:DescribeVpcAttribute"][0].update(EnableDnsHostnames={"Value": False}),
            ("changed", "vpc", "vpc-main", "EnableDnsHostnames.Value", True, False),
            id="an attribute of the VPC",
        ),
        pytest.param(
            lambda w: w.vpc()["CidrBlockAssociationSet"].append(
                {"CidrBlock": "100.64.0.0/16", "CidrBlockState": {"State": "associated"}}
            ),
            ("changed", "vpc", "vpc-main", "CidrBlockAssociationSet[].CidrBlock", None, "100.64.0.0/16"),
            id="a block of the VPC",
        ),
        pytest.param(
            lambda w: w.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a").update(State="deleting"),
            ("changed", "nat_gateway", "nat-a", "State", "available", "deleting"),
            id="a NAT gateway is being deleted",
        ),
        pytest.param(
            lambda w: w.rows["ec2:DescribeNatGateways"].pop(0),
            ("gone", "nat_gateway", "nat-a", None, ANY, None),
            id="a NAT gateway is gone",
        ),
        pytest.param(
            lambda w: w.add_subnet("subnet-new", "10.0.9.0/24"),
            ("came", "subnet", "subnet-new", None, None, ANY),
            id="a subnet came",
        ),
        pytest.param(
            lambda w: w.container_instance("i-a").update(status="DRAINING"),
            ("changed", "instance", "i-a", "status", "ACTIVE", "DRAINING"),
            id="an instance drains",
        ),
        pytest.param(
            lambda w: w.container_instance("i-a").update(agentConnected=False),
            ("changed", "instance", "i-a", "agentConnected", True, False),
            id="an agent lost its connection",
        ),
        pytest.param(
            lambda w: w.instance("i-a").update(InstanceType="m5.large"),
            ("changed", "instance", "i-a", "InstanceType", "m5.xlarge", "m5.large"),
            id="an instance of another type",
        ),
        pytest.param(
            lambda w: w.setting("awsvpcTrunking", "enabled"),
            ("changed", "account_setting", "awsvpcTrunking", "value", "disabled", "enabled"),
            id="an account setting",
        ),
        pytest.param(
            lambda w: w.service("web").update(desiredCount=7),
            ("changed", "service", "web", "desiredCount", 2, 7),
            id="a desired count",
        ),
        pytest.param(
            lambda w: w.service("worker").update(launchType="EC2"),
            ("changed", "service", "worker", "launchType", "FARGATE", "EC2"),
            id="a launch type",
        ),
        pytest.param(
            lambda w: w.target_group("web").update(HealthCheckPath="/health"),
            ("changed", "target_group", "web", "HealthCheckPath", None, "/health"),
            id="a health check",
        ),
        pytest.param(
            lambda w: w.load_balancer("alb-web")["AvailabilityZones"].pop(),
            ("changed", "load_balancer", "alb-web", "AvailabilityZones", "us-east-1b subnet-public-b", None),
            id="a zone of a load balancer",
        ),
        pytest.param(
            lambda w: w.rows["iam:GetRole"].pop(1),
            ("gone", "iam_role", "AWSServiceRoleForECS", None, None, None),
            id="the service-linked role is gone",
        ),
    ],
)
def test_one_change_is_told_once(change: Change, expected: tuple[object, ...]) -> None:
    diff = compare(change)
    assert expected in told(diff.changes)
    assert len(diff.changes) == 1


def test_an_association_that_moved_is_told_of_both_tables() -> None:
    assert told(compare(move_association).changes) == [
        ("changed", "route_table", "rtb-a", "Associations", "subnet-a", None),
        ("changed", "route_table", "rtb-public", "Associations", None, "subnet-a"),
    ]


def test_subnets_and_groups_of_a_service_are_told_one_by_one() -> None:
    def change(world: World) -> None:
        config = world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]
        config["subnets"] = ["subnet-b", "subnet-public-a"]

    path = "networkConfiguration.awsvpcConfiguration.subnets"
    assert told(compare(change).changes) == [
        ("changed", "service", "worker", path, "subnet-a", None),
        ("changed", "service", "worker", path, None, "subnet-public-a"),
    ]


@pytest.mark.parametrize(
    ("more", "field", "old", "new"),
    [
        ({"PrivateDnsEnabled": False}, "PrivateDnsEnabled", True, False),
        ({"State": "pending"}, "State", "available", "pending"),
        ({"Groups": []}, "Groups[].GroupId", "sg-app", None),
        ({"SubnetIds": ["subnet-b"]}, "SubnetIds", "subnet-a", None),
        (
            {"PolicyDocument": '{"Statement":[]}'},
            "PolicyDocument",
            '{"Statement":[{"Action":"*","Effect":"Allow"}]}',
            '{"Statement":[]}',
        ),
    ],
)
def test_what_matters_of_an_endpoint(more: Row, field: str, old: object, new: object) -> None:
    diff = compare(lambda world: endpoint(world, **more), endpoint)
    assert told(diff.changes) == [("changed", "vpc_endpoint", "vpce-ecr", field, old, new)]


def test_spacing_of_a_policy_means_nothing() -> None:
    policy = '{ "Statement":[ {"Action":"*", "Effect":"Allow"} ] }'
    assert compare(lambda world: endpoint(world, PolicyDocument=policy), endpoint).changes == ()


def noise(world: World) -> None:
    """All that changes without anybody changing anything."""
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 3
    world.add_event("web", "(service web) has reached a steady state.")
    world.add_stopped_task("web", "Task failed to start")
    world.add_task("worker", subnet_id="subnet-b")
    world.service("web")["runningCount"] = 1
    world.service("web")["events"][0]["createdAt"] = "2026-11-23T10:00:00Z"
    host = world.container_instance("i-a")
    host["runningTasksCount"] += 1
    host["remainingResources"][0]["integerValue"] -= 1
    host["versionInfo"]["agentHash"] = "*abc"
    world.security_group("sg-app")["Description"] = "other words"
    for table in ("ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups"):
        world.rows[table].reverse()
    world.route_table("rtb-a")["Routes"].reverse()
    world.subnet("subnet-a").pop("MapPublicIpOnLaunch")


def test_what_changes_by_itself_is_no_change() -> None:
    assert compare(noise).changes == ()


def test_enis_of_tasks_are_no_change_and_others_are() -> None:
    def change(world: World) -> None:
        world.add_task("web", on="i-a")
        world.add_eni("subnet-a", instance_id="i-b", device_index=3, description="mine")

    diff = compare(change)
    assert [(c.resource.id, c.field, c.old) for c in diff.changes] == [("i-b", "NetworkInterfaces", None)]


class TestRevisions:
    def test_the_revisions_that_a_service_used_then_and_now_are_compared(self) -> None:
        diff = compare(lambda w: new_revision(w, image="web:2", secrets=[{"name": "DB", "valueFrom": "arn:x"}]))
        arns = (f"{ARN}:task-definition/web:1", f"{ARN}:task-definition/web:2")
        assert [(c.resource.id, c.field) for c in diff.changes] == [
            ("web", "taskDefinition"),
            ("web:2", "containerDefinitions[app].image"),
            ("web:2", "containerDefinitions[app].secrets[DB]"),
        ]
        assert (diff.changes[0].old, diff.changes[0].new) == arns
        assert diff.changes[1].was is not None
        assert (diff.changes[1].was.id, diff.changes[1].new) == ("web:1", "web:2")
        assert diff.changes[2].new == "valueFrom arn:x"

    def test_a_container_that_came_is_told_by_its_image(self) -> None:
        def change(world: World) -> None:
            new_revision(world)["containerDefinitions"].append({"name": "sidecar", "image": "envoy:1"})

        change_ = compare(change).changes[1]
        assert (change_.field, change_.old, change_.new) == ("containerDefinitions[sidecar]", None, "image envoy:1")

    def test_values_of_environment_and_of_secret_log_options_are_never_told(self) -> None:
        diff = compare(
            lambda w: new_revision(
                w,
                image="web:2",
                environment=[{"name": "PASSWORD", "value": "hunter2"}],
                command=["--password", "hunter2"],
                logConfiguration={"logDriver": "splunk", "options": {"splunk-token": "hunter2"}},
            )
        )
        assert "hunter2" not in repr(diff)
        assert any(c.field and c.field.endswith("logConfiguration.logDriver") for c in diff.changes)

    def test_a_revision_that_was_not_read_is_said(self) -> None:
        def change(world: World) -> None:
            new_revision(world, image="web:2")
            world.denied["x"] = Missing(
                operation="ecs:DescribeTaskDefinition", error="Throttled", resources=(f"{ARN}:task-definition/web:2",)
            )
            world.rows["ecs:DescribeTaskDefinition"].pop()

        diff = compare(change)
        assert [c.field for c in diff.changes] == ["taskDefinition"]
        gap = NotCompared(
            operation="ecs:DescribeTaskDefinition", side="new", resources=(f"{ARN}:task-definition/web:2",)
        )
        assert gap in diff.not_compared


class TestNotKnown:
    @pytest.mark.parametrize("denied_in", ["old", "new", "both"])
    def test_what_was_not_collected_is_neither_gone_nor_new(self, denied_in: str) -> None:
        old, new = healthy(), healthy()
        new.route_table("rtb-a")["Routes"].pop()
        for side, world in (("old", old), ("new", new)):
            if denied_in in {side, "both"}:
                world.deny("ec2:DescribeRouteTables")
        diff = configuration_changes(old.scope(), new.scope())
        assert diff.changes == ()
        gaps = {(gap.operation, gap.side, gap.resources) for gap in diff.not_compared}
        assert ("ec2:DescribeRouteTables", denied_in, ()) in gaps

    def test_a_row_that_was_not_read_is_not_gone_and_others_are(self) -> None:
        old, new = healthy(), healthy()
        new.rows["ec2:DescribeSubnets"] = [
            row for row in new.rows["ec2:DescribeSubnets"] if row["SubnetId"] not in {"subnet-a", "subnet-b"}
        ]
        new.denied["x"] = Missing(operation="ec2:DescribeSubnets", error="Throttled", resources=("subnet-a",))
        diff = configuration_changes(old.scope(), new.scope())
        assert told(diff.changes) == [("gone", "subnet", "subnet-b", None, ANY, None)]
        assert NotCompared(operation="ec2:DescribeSubnets", side="new", resources=("subnet-a",)) in diff.not_compared

    def test_rows_of_an_incomplete_table_are_compared_where_both_sides_have_them(self) -> None:
        old, new = healthy(), healthy()
        new.subnet("subnet-a")["MapPublicIpOnLaunch"] = True
        new.rows["ec2:DescribeSubnets"] = [new.subnet("subnet-a")]
        snapshot = new.snapshot()
        snapshot.scopes[0].missing = (Missing(operation="ec2:DescribeSubnets", error="Throttled"),)
        diff = configuration_changes(old.scope(), Model.of(snapshot).scopes[0])
        assert [(c.resource.id, c.kind) for c in diff.changes] == [("subnet-a", "changed")]
        assert NotCompared(operation="ec2:DescribeSubnets", side="new") in diff.not_compared


def test_that_aws_forgets_what_was_deleted_is_no_change() -> None:
    def deleted(world: World) -> None:
        world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = "deleted"

    assert compare(lambda w: w.rows["ec2:DescribeNatGateways"].pop(0), deleted).changes == ()


def test_only_the_chosen_clusters_services_and_hosts_are_compared() -> None:
    old, new = healthy(), healthy()
    for world in (old, new):
        other = copy.deepcopy(world.service("web"))
        other |= {"clusterArn": f"{ARN}:cluster/other", "serviceArn": f"{ARN}:service/other/web"}
        world.rows["ecs:DescribeServices"].append(other)
        world.container_instance("i-b")["clusterArn"] = f"{ARN}:cluster/other"
    new.rows["ecs:DescribeServices"][-1]["desiredCount"] = 9
    new.container_instance("i-b")["status"] = "DRAINING"
    new.instance("i-b")["InstanceType"] = "m5.large"
    new.service("worker")["desiredCount"] = 3
    new.subnet("subnet-b")["MapPublicIpOnLaunch"] = True
    every = configuration_changes(old.scope(), new.scope())
    chosen = configuration_changes(old.scope(), new.scope(), frozenset({"prod"}))
    assert len(every.changes) == 5
    assert {c.resource.id for c in chosen.changes} == {"worker", "subnet-b"}


def test_an_instance_that_moved_from_another_cluster_is_compared() -> None:
    old, new = healthy(), healthy()
    old.container_instance("i-b")["clusterArn"] = f"{ARN}:cluster/other"
    new.instance("i-b")["InstanceType"] = "m5.large"
    diff = configuration_changes(old.scope(), new.scope(), frozenset({"prod"}))
    assert ("i-b", "InstanceType") in {(c.resource.id, c.field) for c in diff.changes}


def test_what_came_is_told_with_what_matters_of_it() -> None:
    diff = compare(lambda w: w.add_nat_gateway("nat-c", "subnet-public-a"))
    came = next(change for change in diff.changes if change.resource.id == "nat-c")
    assert str(came.new).startswith("State available; SubnetId subnet-public-a; ConnectivityType public")
    assert came.old is None


def test_a_vpc_that_just_one_side_looks_into_is_told_and_not_all_that_is_in_it() -> None:
    def change(world: World) -> None:
        world.add_vpc("vpc-other", "10.9.0.0/16")
        world.add_subnet("subnet-other", "10.9.1.0/24", vpc_id="vpc-other")
        world.add_security_group("sg-other", "vpc-other")

    kinds = {(c.kind, c.resource.type, c.resource.id) for c in compare(change).changes}
    assert kinds == {("came", "vpc", "vpc-other"), ("came", "internet_gateway", "igw-other")}


def test_load_balancers_of_others_are_not_compared() -> None:
    def change(world: World) -> None:
        world.add_target_group("not-ours")

    assert compare(change).changes == ()


def test_the_first_target_group_of_a_service_came_and_those_of_others_did_not() -> None:
    def before(world: World) -> None:
        for table in ("TargetGroups", "LoadBalancers", "Listeners"):
            world.rows[f"elbv2:Describe{table}"].clear()
        world.service("web")["loadBalancers"] = []

    diff = compare(lambda world: world.add_target_group("not-ours"), before)
    assert [(c.kind, c.resource.type) for c in diff.changes] == [
        ("changed", "service"),
        ("came", "load_balancer"),
        ("came", "listener"),
        ("came", "target_group"),
    ]


MUTATIONS: tuple[Change, ...] = (
    lambda w: w.route_table("rtb-a")["Routes"].pop(),
    replace_default_route,
    move_association,
    lambda w: w.security_group("sg-app")["IpPermissions"].append(permission("tcp", "10.0.0.0/8", 80, 90)),
    lambda w: w.rows["ec2:DescribeNatGateways"].pop(0),
    lambda w: w.subnet("subnet-b").update(MapPublicIpOnLaunch=True, AssignIpv6AddressOnCreation=True),
    lambda w: w.service("worker").update(desiredCount=9, launchType="EC2"),
    lambda w: w.container_instance("i-b").update(status="DRAINING"),
    lambda w: w.setting("dualStackIPv6", "enabled"),
    lambda w: w.rows["ecs:DescribeContainerInstances"].pop(0),
    lambda w: new_revision(w, image="web:2", cpu=7),
    lambda w: w.deny("ec2:DescribeSecurityGroups"),
    lambda w: w.deny("ecs:DescribeContainerInstances"),
    endpoint,
    noise,
)


def made_of(mutations: list[int]) -> World:
    world = healthy()
    # A default route is popped or replaced, never both.
    for number in sorted(set(mutations), reverse=True):
        MUTATIONS[number](world)
    return world


worlds = st.lists(st.integers(0, len(MUTATIONS) - 1), max_size=6).map(made_of)


@settings(deadline=None, max_examples=50)
@given(world=worlds)
def test_a_snapshot_differs_in_nothing_from_itself(world: World) -> None:
    scope = world.scope()
    assert configuration_changes(scope, scope).changes == ()
    assert configuration_changes(scope, world.scope()).changes == ()


@settings(deadline=None, max_examples=50)
@given(one=worlds, other=worlds)
def test_what_came_one_way_is_gone_the_other_way(one: World, other: World) -> None:
    there = configuration_changes(one.scope(), other.scope())
    back = configuration_changes(other.scope(), one.scope())
    turned = {"came": "gone", "gone": "came", "changed": "changed"}
    sides = {"old": "new", "new": "old", "both": "both"}

    def key(change: ConfigurationChange) -> str:
        revisions = sorted(ref.id for ref in (change.resource, change.was) if ref is not None)
        return json.dumps([change.kind, change.resource.type, revisions, change.field, change.old, change.new])

    swapped = [
        ConfigurationChange(
            kind=turned[c.kind],  # type: ignore[arg-type]
            resource=c.resource,
            was=c.was,
            operation=c.operation,
            field=c.field,
            old=c.new,
            new=c.old,
        )
        for c in back.changes
    ]
    assert sorted(map(key, there.changes)) == sorted(map(key, swapped))
    assert {(g.operation, g.side, g.resources) for g in there.not_compared} == {
        (g.operation, sides[g.side], g.resources) for g in back.not_compared
    }
