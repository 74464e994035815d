"""LBS001: awsvpc tasks are registered by address, so the target type is `ip` (S25)."""

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy, unknown


def with_type(target_type: str) -> World:
    world = healthy()
    world.target_group("web")["TargetType"] = target_type
    return world


@pytest.mark.parametrize("target_type", ["instance", "lambda", "alb"])
def test_a_target_group_of_another_type_fails(target_type: str) -> None:
    world = with_type(target_type)

    result = world.audit()

    assert failing(result) == {("LBS001", "web")}
    found = finding(result, "LBS001")
    assert found.severity == "critical"
    assert found.resource.type == "target_group"
    assert found.resource.arn == world.target_group("web")["TargetGroupArn"]
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "web")]
    assert (found.evidence[0].operation, found.evidence[0].resource) == ("elbv2:DescribeTargetGroups", "web")
    assert (found.evidence[0].field, found.evidence[0].value) == ("TargetType", target_type)
    assert found.remediation.commands == (
        "aws elbv2 create-target-group --name web-ip --target-type ip --protocol HTTP --port 8080 --vpc-id vpc-main",
    )


def test_type_ip_is_well() -> None:
    assert failing(with_type("ip").audit()) == set()


def test_a_bridge_service_behind_an_instance_target_group_raises_nothing() -> None:
    world = healthy()
    group = world.add_target_group("legacy", target_type="instance")
    world.add_service(
        "legacy",
        awsvpc=False,
        on=("i-a",),
        load_balancers=[
            {"targetGroupArn": group["TargetGroupArn"], "containerName": "app", "containerPort": 8080},
        ],
    )

    assert failing(world.audit()) == set()


def test_one_target_group_of_two_services_is_one_finding() -> None:
    world = with_type("instance")
    world.service("worker")["loadBalancers"] = world.service("web")["loadBalancers"]

    assert [ref.id for ref in finding(world.audit(), "LBS001").affected] == ["web", "worker"]


def test_the_target_group_of_a_task_set_counts() -> None:
    world = healthy()
    group = world.add_target_group("green", target_type="instance")
    world.service("worker")["taskSets"] = [
        {"id": "ecs-svc/9", "status": "ACTIVE", "loadBalancers": [{"targetGroupArn": group["TargetGroupArn"]}]}
    ]

    assert ("LBS001", "green") in failing(world.audit())


def test_a_target_group_that_is_gone_is_not_said_here() -> None:
    world = healthy()
    world.rows["elbv2:DescribeTargetGroups"].clear()

    result = world.audit()
    assert {check for check, _ in failing(result) | unknown(result) if check in {"LBS001", "LBS003"}} == set()


def test_without_target_groups_read_it_is_unknown() -> None:
    result = with_type("instance").deny("elbv2:DescribeTargetGroups").audit()

    found = finding(result, "LBS001")
    assert (found.status, found.resource.id, found.missing) == (
        Status.UNKNOWN,
        "web",
        ("elbv2:DescribeTargetGroups",),
    )
    assert "elasticloadbalancing:DescribeTargetGroups" in found.detail


def test_a_target_group_read_without_its_type_is_unknown() -> None:
    world = healthy()
    del world.target_group("web")["TargetType"]

    assert ("LBS001", "web") in unknown(world.audit())
