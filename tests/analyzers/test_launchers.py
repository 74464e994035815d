"""Launchers out of AWS's answers: which tasks they run in which cluster, on which network."""

import json
from typing import Any

import pytest

from awsvpc_audit.analyzers.launchers import Launch, launches_of, run_task_states, unread_launchers
from awsvpc_audit.analyzers.workloads import Compute
from tests.launching import rule, schedule
from tests.world import World, healthy

NETWORK = {"AwsvpcConfiguration": {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-app"], "AssignPublicIp": "ENABLED"}}


def run_task(**arguments: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": "prod",
            "TaskDefinition": "nightly",
            "LaunchType": "FARGATE",
            "NetworkConfiguration": NETWORK,
            **arguments,
        },
    }


def machine(world: World, states: dict[str, Any]) -> None:
    world.rows["stepfunctions:DescribeStateMachine"].append(
        {
            "stateMachineArn": world.arn("states", "stateMachine:etl"),
            "name": "etl",
            "status": "ACTIVE",
            "definition": json.dumps({"StartAt": "Run", "States": states}),
        }
    )


def launches(world: World) -> tuple[Launch, ...]:
    return launches_of(world.scope(), "prod")


def test_a_rule_is_a_launcher_with_its_network() -> None:
    world = healthy()
    rule(world, AssignPublicIp="ENABLED")
    (launch,) = launches(world)
    assert (launch.ref.type, launch.ref.id) == ("launcher", "events:rule/nightly")
    assert (launch.subnets, launch.security_groups, launch.assign_public_ip) == (("subnet-a",), ("sg-app",), True)


def test_a_rule_on_another_bus_is_a_launcher_named_with_its_bus() -> None:
    world = healthy()
    world.add_rule("nightly", "nightly", bus="orders", Subnets=["subnet-b"])
    world.add_rule("nightly", "nightly")
    assert [(launch.ref.id, launch.subnets) for launch in launches(world)] == [
        ("events:rule/nightly", ("subnet-a",)),
        ("events:rule/orders/nightly", ("subnet-b",)),
    ]
    world.rows["events:ListRules"][0]["State"] = "DISABLED"
    assert [launch.ref.id for launch in launches(world)] == ["events:rule/nightly"]


REQUEST = {
    "Cluster": "prod",
    "TaskDefinition": "hourly",
    "LaunchType": "FARGATE",
    "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE_SPOT"}],
    "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-a"], "AssignPublicIp": "ENABLED"}},
}
AS_THE_API_SPELLS_IT = {
    "cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
    "taskDefinition": "hourly",
    "launchType": "FARGATE",
    "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], "assignPublicIp": "ENABLED"}},
}


@pytest.mark.parametrize("request_", [REQUEST, AS_THE_API_SPELLS_IT], ids=["PascalCase", "camelCase"])
@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_a_schedule_that_calls_run_task_as_an_api_is_a_launcher(request_: dict[str, Any], partition: str) -> None:
    world = healthy()
    arn = f"arn:{partition}:scheduler:::aws-sdk:ecs:runTask"
    world.add_schedule("hourly", {"Arn": arn, "Input": json.dumps(request_)})
    (launch,) = launches(world)
    assert (launch.ref.id, launch.operation) == ("scheduler:schedule/default/hourly", "scheduler:GetSchedule")
    assert launch.path == "Target.Input.NetworkConfiguration.AwsvpcConfiguration"
    assert (launch.subnets, launch.assign_public_ip, launch.task_definition) == (("subnet-a",), True, "hourly")
    assert (launch.launch_type, launch.capacity_providers) == ("FARGATE", ("FARGATE_SPOT",))


@pytest.mark.parametrize(
    "target",
    [
        {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": json.dumps({**REQUEST, "Cluster": "staging"})},
        {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:stopTask", "Input": json.dumps(REQUEST)},
        {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": "{"},
        {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask"},
    ],
    ids=["another cluster", "another call", "no JSON", "no request, so the cluster named default"],
)
def test_a_schedule_that_calls_something_else_is_none_of_the_clusters(target: dict[str, Any]) -> None:
    world = healthy()
    world.add_schedule("hourly", target)
    assert launches(world) == ()


def test_a_schedule_is_named_with_its_group() -> None:
    world = healthy()
    schedule(world)
    assert [launch.ref.id for launch in launches(world)] == ["scheduler:schedule/default/hourly"]


def test_a_disabled_rule_or_schedule_launches_nothing() -> None:
    world = healthy()
    rule(world)
    schedule(world)
    world.rows["events:ListRules"][0]["State"] = "DISABLED"
    world.rows["scheduler:GetSchedule"][0]["State"] = "DISABLED"
    assert launches(world) == ()


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:ecs:us-east-1:123456789012:cluster/prod-eu",
        "arn:aws:ecs:eu-west-1:123456789012:cluster/prod",
        "arn:aws:ecs:us-east-1:999999999999:cluster/prod",
        "arn:aws:lambda:us-east-1:123456789012:function:prod",
    ],
    ids=["another cluster", "another Region", "another account", "no cluster"],
)
def test_a_rule_with_another_target_is_none_of_the_clusters(arn: str) -> None:
    world = healthy()
    rule(world)
    world.rows["events:ListTargetsByRule"][0]["Arn"] = arn
    assert launches(world) == ()


def test_a_state_that_runs_a_task_is_a_launcher() -> None:
    world = healthy()
    machine(world, {"Run": run_task(), "Wait": {"Type": "Wait", "Seconds": 5}})
    (launch,) = launches(world)
    assert launch.ref.id == "states:statemachine/etl/Run"
    assert (launch.subnets, launch.assign_public_ip, launch.task_definition) == (("subnet-a",), True, "nightly")


def test_states_in_branches_and_iterations_are_found() -> None:
    inner = {"States": {"Inner": run_task()}}
    definition = {
        "States": {
            "Both": {"Type": "Parallel", "Branches": [inner]},
            "Each": {"Type": "Map", "ItemProcessor": {"States": {"Item": run_task()}}},
            "Old": {"Type": "Map", "Iterator": {"States": {"Entry": run_task()}}},
        }
    }
    assert [name for name, _ in run_task_states(json.dumps(definition))] == ["Inner", "Item", "Entry"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"States": []}', '{"States": {"A": 1}}'])
def test_a_text_that_is_no_definition_has_no_states(text: str | None) -> None:
    assert list(run_task_states(text)) == []


def test_a_state_of_another_cluster_is_left_out_and_without_one_it_is_the_default_cluster() -> None:
    world = healthy()
    machine(world, {"Run": run_task(Cluster="other")})
    assert launches(world) == ()
    state = run_task()
    del state["Parameters"]["Cluster"]
    world = World(cluster="default")
    machine(world, {"Run": state})
    assert len(launches_of(world.scope(), "default")) == 1


def test_a_network_that_the_input_gives_is_dynamic() -> None:
    world = healthy()
    state = run_task()
    state["Parameters"]["NetworkConfiguration"] = {"AwsvpcConfiguration": {"Subnets.$": "$.subnets"}}
    machine(world, {"Run": state})
    (launch,) = launches(world)
    assert launch.is_partly_dynamic
    assert launch.subnets == ()


def test_a_launcher_takes_the_newest_revision_of_a_family() -> None:
    world = healthy()
    rule(world)
    newer = {**world.task_definition("nightly"), "revision": 10}
    newer["taskDefinitionArn"] = newer["taskDefinitionArn"].replace(":1", ":10")
    newer["taskDefinitionArn"] = world.arn("ecs", "task-definition/nightly:10")
    world.rows["ecs:DescribeTaskDefinition"].append(newer)
    workload = next(w for w in world.context().workloads if w.launch is not None)
    assert workload.task_definition_arn == world.arn("ecs", "task-definition/nightly:10")
    assert workload.compute is Compute.FARGATE
    assert (workload.desired, workload.unplaced) == (0, 0)


def test_only_what_aws_refused_is_unread() -> None:
    world = healthy()
    assert unread_launchers(world.deny("events:ListTargetsByRule").scope()) == ("events:ListTargetsByRule",)
    world = healthy()
    del world.rows["scheduler:GetSchedule"]
    assert unread_launchers(world.scope()) == ()
