"""What the denial matrix has found, one test each: a gap that hid a fault, or made one up."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.launchers import unread_launchers
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.scope import Scope
from tests.analyzers.test_incidents import incident_world
from tests.launching import rule
from tests.world import World, failing, healthy, permission, route, unknown, verdicts

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1"


def isolated() -> World:
    """A service that lives without the internet, as it is meant to: endpoints for all it needs."""
    world = healthy()
    world.task_definition("worker")["containerDefinitions"][0]["image"] = IMAGE
    world.add_route_table("rtb-island", "vpc-main")
    world.add_subnet("subnet-island", "10.0.9.0/24", route_table="rtb-island")
    world.add_security_group("sg-endpoint", "vpc-main", permission("tcp", "sg-app", 443))
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-island"]
    for task in [task for task in world.rows["ecs:DescribeTasks"] if task["group"] == "service:worker"]:
        world.rows["ecs:DescribeTasks"].remove(task)
    for service in ("ecr.api", "ecr.dkr"):
        eni = world.add_eni("subnet-island", groups=("sg-endpoint",), type_="vpc_endpoint")
        world.rows["ec2:DescribeVpcEndpoints"].append(
            {
                "VpcEndpointId": f"vpce-{service.replace('.', '-')}",
                "VpcEndpointType": "Interface",
                "VpcId": "vpc-main",
                "ServiceName": f"com.amazonaws.us-east-1.{service}",
                "State": "available",
                "SubnetIds": ["subnet-island"],
                "Groups": [{"GroupId": "sg-endpoint", "GroupName": "endpoint"}],
                "PrivateDnsEnabled": True,
                "NetworkInterfaceIds": [eni["NetworkInterfaceId"]],
            }
        )
    world.rows["ec2:DescribePrefixLists"].append(
        {"PrefixListId": "pl-s3", "PrefixListName": "com.amazonaws.us-east-1.s3", "Cidrs": ["52.216.0.0/15"]}
    )
    world.rows["ec2:DescribeVpcEndpoints"].append(
        {
            "VpcEndpointId": "vpce-s3",
            "VpcEndpointType": "Gateway",
            "VpcId": "vpc-main",
            "ServiceName": "com.amazonaws.us-east-1.s3",
            "State": "available",
            "RouteTableIds": ["rtb-island"],
        }
    )
    world.route_table("rtb-island")["Routes"].append(route("pl-s3", GatewayId="vpce-s3"))
    return world


class TestAServiceThatIsBuiltWithoutTheInternet:
    def test_has_no_fault(self) -> None:
        assert not [each for each in failing(isolated().audit()) if each[0].startswith(("NET", "END"))]

    @pytest.mark.parametrize("operation", ["ecs:DescribeTaskDefinition", "ec2:DescribeVpcEndpoints"])
    def test_nor_has_it_one_where_what_it_needs_was_not_read(self, operation: str) -> None:
        result = isolated().deny(operation).audit()
        assert ("NET004", "rtb-island") not in failing(result)
        assert ("NET004", "worker") in unknown(result)

    def test_one_that_pulls_from_the_internet_has(self) -> None:
        world = isolated()
        world.task_definition("worker")["containerDefinitions"][0]["image"] = "public.ecr.aws/nginx:1"
        assert ("NET004", "rtb-island") in failing(world.audit())


def test_what_several_use_does_not_pass_where_not_all_are_known_who_use_it() -> None:
    world = healthy()
    rule(world)
    assert set(verdicts(world.audit(), "SUB001").values()) == {"pass"}
    denied = world.deny("ecs:DescribeServices").audit()
    assert "pass" not in verdicts(denied, "SUB001").values()
    assert ("SUB001", "prod") in unknown(denied)


class TestAStartThatNobodySaidAWordOf:
    """A service is short of a task, and its image is not in the registry, which may have nothing to do with it."""

    def world(self) -> World:
        world = incident_world("worker")
        world.task_definition("worker")["containerDefinitions"][0]["image"] = IMAGE
        return world

    def test_is_looked_into_where_all_tasks_were_read(self) -> None:
        assert ("SVC008", "worker") in failing(self.world().audit())

    def test_is_unknown_where_tasks_were_not_read(self) -> None:
        result = self.world().deny("ecs:DescribeTasks").audit()
        assert ("SVC008", "worker") not in failing(result)
        assert ("SVC008", "worker") in unknown(result)


def test_starts_are_unknown_where_services_were_not_read() -> None:
    result = incident_world("worker").deny("ecs:DescribeServices").audit()
    assert {("SVC007", "prod"), ("SVC008", "prod")} <= unknown(result)


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        pytest.param({"error": "AccessDenied"}, True, id="denied"),
        pytest.param({"error": "Timeout"}, True, id="no answer"),
        pytest.param({"error": "InternalError"}, True, id="broken"),
        pytest.param({"error": "MalformedResponse"}, True, id="garbled"),
        pytest.param({"error": "NotCollected", "because": ("ecs:DescribeClusters",)}, True, id="not asked for"),
        pytest.param({"error": "NotCollected"}, False, id="not in a snapshot made by hand"),
    ],
)
def test_launchers_are_unknown_however_their_listing_failed(missing: dict[str, Any], named: bool) -> None:
    world = healthy()
    snapshot = world.scope_snapshot()
    snapshot.missing = (Missing(operation="scheduler:ListSchedules", **missing),)

    assert bool(unread_launchers(Scope(snapshot))) is named


def test_a_launcher_does_not_pass_where_routes_were_not_read() -> None:
    world = healthy()
    rule(world, Subnets=["subnet-public-a"])
    assert ("SVC011", "events:rule/nightly") in failing(world.audit())
    assert ("SVC011", "events:rule/nightly") in unknown(world.deny("ec2:DescribeRouteTables").audit())
