"""What is asked about load balancers: those of the cluster's services, their subnets and VPCs, and no others."""

from typing import Any

from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.scope import Scope
from tests.collectors.scripted import ScriptedSession, refused, services

WEB, OTHER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1", "arn:of-another-cluster"
BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/1"
ACCOUNT: dict[str, Any] = {
    **services("web", taskDefinition="web:1", loadBalancers=[{"targetGroupArn": WEB, "containerPort": 80}]),
    "elbv2:DescribeTargetGroups": {
        "TargetGroups": [
            {"TargetGroupArn": WEB, "VpcId": "vpc-edge", "LoadBalancerArns": [BALANCER]},
            {"TargetGroupArn": OTHER, "VpcId": "vpc-other", "LoadBalancerArns": ["arn:other"]},
        ]
    },
    "elbv2:DescribeLoadBalancers": {
        "LoadBalancers": [
            {"LoadBalancerArn": BALANCER, "AvailabilityZones": [{"SubnetId": "subnet-edge"}]},
            {"LoadBalancerArn": "arn:other", "AvailabilityZones": [{"SubnetId": "subnet-other"}]},
        ]
    },
    "elbv2:DescribeListeners": {"Listeners": [{"ListenerArn": "arn:listener", "Port": 80}]},
    "elbv2:DescribeTargetHealth": {
        "TargetHealthDescriptions": [{"Target": {"Id": "10.0.1.10"}, "TargetHealth": {"State": "healthy"}}]
    },
}


def run(**answers: Any) -> tuple[ScriptedSession, Collected, Scope]:
    session = ScriptedSession(ACCOUNT | {name.replace("_", ":"): answer for name, answer in answers.items()})
    collected = collect(session.as_session(), Target(("prod",)))
    return session, collected, Model.of(collected.snapshot).scopes[0]


def test_target_health_and_listeners_are_asked_for_the_clusters_services_alone() -> None:
    session, _, scope = run()

    assert session.parameters_of("elbv2:DescribeTargetHealth") == [{"TargetGroupArn": WEB}]
    assert session.parameters_of("elbv2:DescribeListeners") == [{"LoadBalancerArn": BALANCER, "PageSize": 400}]
    assert [row.target and row.target.id for row in scope.target_health_of(WEB)] == ["10.0.1.10"]
    assert [row.port for row in scope.listeners_of(BALANCER)] == [80]


def test_the_subnets_of_the_load_balancer_and_the_vpc_of_the_target_group_are_read() -> None:
    session, _, _ = run()

    asked = [params["Filters"][0] for params in session.parameters_of("ec2:DescribeSubnets")]
    assert {"Name": "subnet-id", "Values": ["subnet-edge"]} in asked
    assert session.parameters_of("ec2:DescribeRouteTables")[0]["Filters"][0]["Values"] == ["vpc-edge"]


def test_a_target_group_that_is_gone_is_no_gap() -> None:
    _, collected, scope = run(
        elbv2_DescribeTargetHealth=refused("elbv2:DescribeTargetHealth", "TargetGroupNotFound"),
        elbv2_DescribeListeners=refused("elbv2:DescribeListeners", "LoadBalancerNotFound"),
    )

    assert not any(each.operation.startswith("elbv2:") for each in collected.collection.missing)
    assert scope.target_health_of(WEB) == ()
    assert scope.listeners_of(BALANCER) == ()


def test_what_is_denied_names_whom_it_is_about() -> None:
    _, collected, _ = run(elbv2_DescribeTargetHealth=refused("elbv2:DescribeTargetHealth", "AccessDenied"))

    gaps = {e.operation: e.resources for e in collected.collection.missing if e.operation.startswith("elbv2:")}
    assert gaps == {"elbv2:DescribeTargetHealth": (WEB,)}
