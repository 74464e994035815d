"""On which container instances the rules on agents, trunks and task ENIs are judged at all."""

import pytest

from awsvpc_audit.checks._awsvpc_hosts import awsvpc_hosts, awsvpc_hosts_of_any_status, require_workloads
from awsvpc_audit.model.gaps import NotCollectedError
from tests.world import World, healthy


def ids(world: World, *services: str) -> list[str]:
    return [host.id for host in awsvpc_hosts(world.context(*services))]


def only_fargate() -> World:
    world = healthy()
    services = world.rows["ecs:DescribeServices"]
    services[:] = [row for row in services if row["serviceName"] == "worker"]
    tasks = world.rows["ecs:DescribeTasks"]
    tasks[:] = [row for row in tasks if row["launchType"] == "FARGATE"]
    return world


def test_instances_of_a_cluster_with_an_awsvpc_service_on_ec2() -> None:
    assert ids(healthy()) == ["i-a", "i-b"]


def test_each_names_the_services_that_may_run_on_it_and_no_fargate_service() -> None:
    for host in awsvpc_hosts(healthy().context()):
        assert [ref.id for ref in host.affected] == ["web"]


def test_none_where_all_awsvpc_tasks_run_on_fargate() -> None:
    assert ids(only_fargate()) == []


def test_none_where_the_tasks_on_ec2_are_in_bridge_mode() -> None:
    world = healthy()
    world.task_definition("web")["networkMode"] = "bridge"

    assert ids(world) == []


def test_none_where_the_audit_is_narrowed_to_a_service_on_fargate() -> None:
    assert ids(healthy(), "worker") == []


def test_unread_container_instances_are_no_loss_to_a_cluster_on_fargate() -> None:
    assert ids(only_fargate().deny("ecs:DescribeContainerInstances")) == []


def test_unread_container_instances_are_missing_where_tasks_run_on_ec2() -> None:
    with pytest.raises(NotCollectedError):
        ids(healthy().deny("ecs:DescribeContainerInstances"))


def test_unread_services_are_missing_where_there_are_instances() -> None:
    world = healthy()
    world.rows["ecs:DescribeTasks"].clear()

    with pytest.raises(NotCollectedError) as gap:
        ids(world.deny("ecs:DescribeServices"))
    assert gap.value.operations == ("ecs:DescribeServices",)


def test_unread_services_are_no_loss_where_there_are_no_instances() -> None:
    world = only_fargate().deny("ecs:DescribeServices")
    world.rows["ecs:DescribeContainerInstances"].clear()

    assert ids(world) == []


def test_an_unread_capacity_provider_is_missing_where_it_decides() -> None:
    world = healthy()
    web = world.service("web")
    del web["launchType"]
    web["capacityProviderStrategy"] = [{"capacityProvider": "asg", "weight": 1}]
    for task in world.rows["ecs:DescribeTasks"]:
        if task["launchType"] == "EC2":
            task["group"] = "service:web"
    world.deny("ecs:DescribeCapacityProviders")

    with pytest.raises(NotCollectedError) as gap:
        ids(world)
    assert gap.value.operations == ("ecs:DescribeCapacityProviders",)
    with pytest.raises(NotCollectedError):
        require_workloads(world.context())


def test_instances_of_a_capacity_provider_that_no_awsvpc_service_uses_are_left_out() -> None:
    world = healthy()
    web = world.service("web")
    del web["launchType"]
    web["capacityProviderStrategy"] = [{"capacityProvider": "asg", "weight": 1}]
    world.add_capacity_provider("asg")
    world.add_capacity_provider("other")
    world.container_instance("i-a")["capacityProviderName"] = "asg"
    world.container_instance("i-b")["capacityProviderName"] = "other"

    assert ids(world) == ["i-a"]


@pytest.mark.parametrize("status", ["DRAINING", "DEREGISTERING", "REGISTRATION_FAILED"])
def test_an_instance_that_is_out_of_service_is_only_among_those_of_any_status(status: str) -> None:
    world = healthy()
    world.container_instance("i-a")["status"] = status

    assert ids(world) == ["i-b"]
    assert [host.id for host in awsvpc_hosts_of_any_status(world.context())] == ["i-a", "i-b"]
