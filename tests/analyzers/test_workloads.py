"""What runs in a cluster: launch type, provider, default strategy, task sets, standalone tasks."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.workloads import Compute, Workload
from tests.world import World, healthy

CONFIGURATION = {"awsvpcConfiguration": {"subnets": ["subnet-b"], "securityGroups": ["sg-host"]}}


def workload(world: World, name: str) -> Workload:
    (found,) = [w for w in world.context().cluster.workloads if w.name == name]
    return found


def on_providers(world: World, *names: str) -> Workload:
    service = world.service("web")
    service.pop("launchType", None)
    service["capacityProviderStrategy"] = [{"capacityProvider": name, "weight": 1} for name in names]
    return workload(world, "web")


class TestCompute:
    @pytest.mark.parametrize("launch_type", ["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"])
    def test_a_launch_type_says_it(self, launch_type: str) -> None:
        world = healthy()
        world.service("web")["launchType"] = launch_type
        assert workload(world, "web").compute is Compute(launch_type)

    @pytest.mark.parametrize("provider", ["FARGATE", "FARGATE_SPOT"])
    def test_a_provider_of_aws_is_fargate(self, provider: str) -> None:
        found = on_providers(healthy(), provider)
        assert (found.compute, found.capacity_providers) == (Compute.FARGATE, (provider,))

    def test_a_provider_with_an_auto_scaling_group_is_ec2(self) -> None:
        world = healthy()
        world.add_capacity_provider("group", autoScalingGroupProvider={"autoScalingGroupArn": "arn:asg"})
        assert on_providers(world, "group").compute is Compute.EC2

    @pytest.mark.parametrize(
        "more", [{"type": "MANAGED_INSTANCES"}, {"managedInstancesProvider": {"infrastructureRoleArn": "arn:role"}}]
    )
    def test_a_provider_of_managed_instances(self, more: dict[str, Any]) -> None:
        world = healthy()
        world.add_capacity_provider("managed", **more)
        assert on_providers(world, "managed").compute is Compute.MANAGED_INSTANCES

    def test_a_provider_that_was_not_read_leaves_it_open(self) -> None:
        found = on_providers(healthy().deny("ecs:DescribeCapacityProviders"), "group")
        assert (found.compute, found.compute_gap) == (None, ("ecs:DescribeCapacityProviders",))

    def test_without_either_the_clusters_default_strategy_counts(self) -> None:
        world = healthy()
        world.rows["ecs:DescribeClusters"][0]["defaultCapacityProviderStrategy"] = [{"capacityProvider": "FARGATE"}]
        del world.service("web")["launchType"]
        assert workload(world, "web").compute is Compute.FARGATE

    def test_without_a_default_strategy_it_is_ec2(self) -> None:
        world = healthy()
        del world.service("web")["launchType"]
        assert workload(world, "web").compute is Compute.EC2

    def test_without_either_and_with_the_cluster_unread_it_is_open(self) -> None:
        world = healthy().deny("ecs:DescribeClusters")
        del world.service("web")["launchType"]
        assert workload(world, "web").compute_gap == ("ecs:DescribeClusters",)


class TestServices:
    @pytest.mark.parametrize("status", ["INACTIVE", "DRAINING"])
    def test_one_that_is_going_does_not_count(self, status: str) -> None:
        world = healthy()
        world.service("web")["status"] = status
        assert [w.name for w in world.context().cluster.workloads] == ["worker"]

    def test_one_of_another_cluster_does_not_count(self) -> None:
        world = healthy()
        world.service("web")["clusterArn"] = world.arn("ecs", "cluster/other")
        assert [w.name for w in world.context().cluster.workloads] == ["worker"]

    def test_the_primary_task_set_has_the_settings_under_another_controller(self) -> None:
        world = healthy()
        world.service("web")["taskSets"] = [
            {"id": "ecs-svc/1", "status": "ACTIVE", "networkConfiguration": {"awsvpcConfiguration": {}}},
            {
                "id": "ecs-svc/2",
                "status": "PRIMARY",
                "launchType": "FARGATE",
                "taskDefinition": world.service("worker")["taskDefinition"],
                "networkConfiguration": CONFIGURATION,
            },
        ]
        found = workload(world, "web")
        assert (found.compute, found.subnets, found.security_groups) == (Compute.FARGATE, ("subnet-b",), ("sg-host",))
        assert found.task_definition_arn == world.service("worker")["taskDefinition"]

    def test_what_waits_for_a_place_has_none(self) -> None:
        world = healthy()
        world.service("web")["desiredCount"] = 5
        found = workload(world, "web")
        assert (found.placed, found.unplaced, found.short) == (2, 3, 3)

    def test_without_tasks_read_the_services_own_counts_stand(self) -> None:
        world = healthy().deny("ecs:DescribeTasks")
        world.service("web").update(desiredCount=5, runningCount=2, pendingCount=1)
        assert workload(world, "web").placed == 3


class TestNetworkMode:
    def test_the_task_definition_says_it(self) -> None:
        world = healthy()
        world.task_definition("web")["networkMode"] = "bridge"
        assert [w.name for w in world.context().cluster.awsvpc_workloads] == ["worker"]

    def test_else_an_awsvpc_configuration_does(self) -> None:
        world = healthy().deny("ecs:DescribeTaskDefinition")
        del world.service("web")["networkConfiguration"]
        assert [w.name for w in world.context().cluster.awsvpc_workloads] == ["worker"]


class TestStandaloneTasks:
    @staticmethod
    def lone(world: World, name: str = "worker") -> dict[str, Any]:
        """Make the tasks of a service tasks that no service started."""
        world.rows["ecs:DescribeServices"].remove(world.service(name))
        rows = [row for row in world.rows["ecs:DescribeTasks"] if row["group"] == f"service:{name}"]
        for row in rows:
            row.update(group="family:job", startedBy="events")
        return rows[0]

    def test_those_of_one_task_definition_are_one_workload(self) -> None:
        world = healthy()
        first = self.lone(world)
        (found,) = [w for w in world.context().cluster.workloads if w.ref.type == "task"]
        assert found.name == first["taskDefinitionArn"].rsplit("/", 1)[-1]
        assert (found.compute, found.desired, found.running) == (Compute.FARGATE, 2, 2)
        assert set(found.subnets) == {"subnet-a", "subnet-b"}
        assert found.security_groups == ("sg-app",)
        assert found.has_awsvpc_configuration

    def test_stopped_ones_are_none(self) -> None:
        world = healthy()
        self.lone(world)
        for row in world.rows["ecs:DescribeTasks"]:
            if row["group"] == "family:job":
                row["lastStatus"] = "STOPPED"
        assert not [w for w in world.context().cluster.workloads if w.ref.type == "task"]

    def test_those_on_another_launch_type_are_another_workload(self) -> None:
        world = healthy()
        self.lone(world)["launchType"] = "EC2"
        found = [w for w in world.context().cluster.workloads if w.ref.type == "task"]
        assert sorted(str(w.compute) for w in found) == ["EC2", "FARGATE"]
