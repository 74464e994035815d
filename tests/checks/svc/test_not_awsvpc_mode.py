"""SVC001: a task definition that is not in awsvpc mode and must be."""

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy, unknown


def test_a_fargate_service_on_a_bridge_definition_fails() -> None:
    world = healthy()
    world.add_service("old", launch_type="FARGATE", awsvpc=False, desired=0)

    found = finding(world.audit(), "SVC001")

    assert found.status is Status.FAIL
    assert found.severity == "high"
    assert (found.resource.type, found.resource.id) == ("task_definition", "old:1")
    assert found.resource.arn == world.task_definition("old")["taskDefinitionArn"]
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "old")]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("ecs:DescribeTaskDefinition", "old:1", "networkMode", "bridge"),
        ("ecs:DescribeServices", "old", "launchType", "FARGATE"),
    ]


@pytest.mark.parametrize("mode", ["bridge", "host", "none", None])
def test_a_service_with_an_awsvpc_configuration_needs_the_mode(mode: str | None) -> None:
    world = healthy()
    world.add_service("odd", desired=0)
    definition = world.task_definition("odd")
    if mode is None:
        del definition["networkMode"]
    else:
        definition["networkMode"] = mode

    found = finding(world.audit(), "SVC001")
    assert found.resource.id == "odd:1"
    assert found.evidence[0].value == mode
    assert found.evidence[1].field == "networkConfiguration.awsvpcConfiguration.subnets"


def test_fargate_by_capacity_provider_needs_the_mode() -> None:
    world = healthy()
    world.add_service(
        "spot",
        launch_type=None,
        strategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}],
        awsvpc=False,
        desired=0,
    )

    assert finding(world.audit(), "SVC001").evidence[1].value == "FARGATE_SPOT"


@pytest.mark.parametrize("mode", ["bridge", "host"])
def test_bridge_and_host_services_on_ec2_raise_nothing(mode: str) -> None:
    world = healthy()
    world.add_task_definition("legacy", mode=mode)
    world.add_service("legacy", awsvpc=False, on=("i-a",))

    result = world.audit()
    assert failing(result) == set()
    assert unknown(result) == set()


def test_managed_instances_take_host_mode_as_well() -> None:
    world = healthy()
    world.add_capacity_provider("mi", type="MANAGED_INSTANCES", managedInstancesProvider={})
    strategy = [{"capacityProvider": "mi", "weight": 1, "base": 0}]
    world.add_task_definition("hosted", mode="host")
    world.add_service("hosted", launch_type=None, strategy=strategy, awsvpc=False, desired=0)

    assert failing(world.audit()) == set()


def test_one_definition_of_two_services_is_one_finding() -> None:
    world = healthy()
    world.add_task_definition("old", mode="bridge")
    world.add_service("one", launch_type="FARGATE", awsvpc=False, definition="old", desired=0)
    world.add_service("two", launch_type="FARGATE", awsvpc=False, definition="old", desired=0)

    assert [ref.id for ref in finding(world.audit(), "SVC001").affected] == ["one", "two"]


def test_without_task_definitions_it_is_unknown_where_the_mode_matters() -> None:
    world = healthy()
    world.add_service("legacy", awsvpc=False, on=("i-a",))

    result = world.deny("ecs:DescribeTaskDefinition").audit()

    assert {resource for check, resource in unknown(result) if check == "SVC001"} == {"web", "worker"}
    assert finding(result, "SVC001", "web").missing == ("ecs:DescribeTaskDefinition",)


def with_unread_provider(mode: str) -> World:
    world = healthy()
    world.add_task_definition("x", mode=mode)
    strategy = [{"capacityProvider": "custom", "weight": 1, "base": 0}]
    world.add_service("x", launch_type=None, strategy=strategy, awsvpc=False, desired=0)
    return world.deny("ecs:DescribeCapacityProviders")


def test_an_unread_capacity_provider_makes_a_bridge_service_unknown() -> None:
    found = finding(with_unread_provider("bridge").audit(), "SVC001")

    assert (found.status, found.missing) == (Status.UNKNOWN, ("ecs:DescribeCapacityProviders",))


def test_an_unread_capacity_provider_is_no_matter_in_awsvpc_mode() -> None:
    assert "SVC001" not in {check for check, _ in unknown(with_unread_provider("awsvpc").audit())}


def test_a_definition_without_a_mode_is_told_so_with_the_commands_for_its_service() -> None:
    world = healthy()
    world.add_service("odd", desired=0)
    del world.task_definition("odd")["networkMode"]

    found = finding(world.audit(), "SVC001")
    assert found.detail == "odd:1 has network mode not set, but odd has an awsvpcConfiguration"
    assert found.remediation.commands == (
        "aws ecs describe-task-definition --task-definition odd:1 --query taskDefinition",
        "aws ecs update-service --cluster prod --service odd --task-definition odd",
    )


def test_a_standalone_fargate_task_has_no_service_to_update() -> None:
    world = healthy()
    world.add_task_definition("job", mode="bridge")
    world.add_task(None, definition="job", subnet_id="subnet-a")

    found = finding(world.audit(), "SVC001")
    assert [(ref.type, ref.id) for ref in found.affected] == [("task", "job:1")]
    assert len(found.remediation.commands) == 1
