"""Instances that routes lead to are read beside those of the cluster, and never taken for one of them."""

from typing import Any

import pytest

from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.model import tables
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.scope import Scope
from tests.collectors.scripted import ScriptedSession, refused, services


def with_route(**target: str) -> dict[str, Any]:
    """A service in a subnet whose default route has this target; `eni-nat` is attached to `i-nat`."""
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    route = {"DestinationCidrBlock": "0.0.0.0/0", "State": "active", **target}
    return {
        **services("web", taskDefinition="web:1", networkConfiguration=network),
        "ec2:DescribeSubnets": {"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-a"}]},
        "ec2:DescribeRouteTables": {"RouteTables": [{"RouteTableId": "rtb-a", "VpcId": "vpc-a", "Routes": [route]}]},
        "ec2:DescribeNetworkInterfaces": {
            "NetworkInterfaces": [
                {"NetworkInterfaceId": "eni-nat", "Attachment": {"InstanceId": "i-nat", "DeviceIndex": 0}},
                {"NetworkInterfaceId": "eni-other", "Attachment": {"InstanceId": "i-other", "DeviceIndex": 0}},
                {"NetworkInterfaceId": "eni-free"},
            ]
        },
        "ec2:DescribeInstances": {
            "Reservations": [{"Instances": [{"InstanceId": "i-nat", "InstanceType": "t3.nano"}]}]
        },
    }


def run(answers: dict[str, Any]) -> tuple[ScriptedSession, Scope]:
    session = ScriptedSession(answers)
    return session, Model.of(collect(session.as_session(), Target(("prod",))).snapshot).scopes[0]


def asked(session: ScriptedSession) -> list[list[str]]:
    return [params["Filters"][0]["Values"] for params in session.parameters_of("ec2:DescribeInstances")]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param({"NetworkInterfaceId": "eni-nat", "InstanceId": "i-nat"}, id="as EC2 answers"),
        pytest.param({"NetworkInterfaceId": "eni-nat"}, id="by its interface alone"),
        pytest.param({"InstanceId": "i-nat"}, id="by its id alone"),
    ],
)
def test_the_instance_that_a_route_leads_to_is_read(target: dict[str, str]) -> None:
    session, scope = run(with_route(**target))
    assert asked(session) == [["i-nat"]]
    assert scope.instances.get("i-nat") is not None


@pytest.mark.parametrize("target", [{"NatGatewayId": "nat-a"}, {"NetworkInterfaceId": "eni-free"}])
def test_other_routes_lead_to_no_instance(target: dict[str, str]) -> None:
    session, scope = run(with_route(**target))
    assert asked(session) == []
    assert scope.instances.is_complete


def test_it_is_no_container_instance() -> None:
    session, _ = run(with_route(InstanceId="i-nat"))
    assert session.parameters_of("ec2:DescribeInstanceTypes") == []
    assert session.parameters_of("iam:GetInstanceProfile") == []


def test_a_container_instance_that_routes_is_asked_for_once() -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/1"
    session, _ = run(
        with_route(InstanceId="i-nat")
        | {
            "ecs:ListContainerInstances": {"containerInstanceArns": [arn]},
            "ecs:DescribeContainerInstances": {
                "containerInstances": [{"containerInstanceArn": arn, "ec2InstanceId": "i-nat", "status": "ACTIVE"}]
            },
        }
    )
    assert asked(session) == [["i-nat"]]


def test_one_that_is_denied_is_a_gap_of_its_own() -> None:
    operation = tables.INSTANCES.operation
    _, scope = run(with_route(InstanceId="i-nat") | {operation: refused(operation, "UnauthorizedOperation")})
    assert not scope.instances.is_complete


@pytest.mark.parametrize("operation", ["ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces"])
def test_what_would_name_it_being_denied_takes_nothing_from_the_hosts(operation: str) -> None:
    _, scope = run(with_route(InstanceId="i-nat") | {operation: refused(operation, "UnauthorizedOperation")})
    assert scope.instances.is_complete
