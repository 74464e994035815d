"""Which container instances are EC2 instances that their owner runs."""

from awsvpc_audit.analyzers.hosts import hosts_of
from tests.world import World, healthy


def ids(world: World) -> list[str]:
    return [host.id for host in hosts_of(world.context().cluster)]


def test_linux_and_windows_instances_of_any_status_are() -> None:
    world = healthy()
    world.add_instance("i-win", subnet_id="subnet-a", windows=True)
    world.container_instance("i-b")["status"] = "DRAINING"

    assert ids(world) == ["i-a", "i-b", "i-win"]
    assert [host.is_windows for host in hosts_of(world.context().cluster)] == [False, False, True]


def test_external_instances_are_not() -> None:
    world = healthy()
    world.container_instance("i-b")["attributes"].append({"name": "ecs.capability.external"})

    assert ids(world) == ["i-a"]


def test_managed_instances_are_not_by_their_id() -> None:
    world = healthy()
    world.container_instance("i-b")["ec2InstanceId"] = "mi-0123456789abcdef0"

    assert ids(world) == ["i-a"]


def test_managed_instances_are_not_by_their_capacity_provider() -> None:
    world = healthy()
    world.add_capacity_provider("managed", type="MANAGED_INSTANCES")
    world.container_instance("i-b")["capacityProviderName"] = "managed"

    assert ids(world) == ["i-a"]


def test_the_type_comes_from_ec2_where_ecs_leaves_it_out() -> None:
    world = healthy()
    instance = world.container_instance("i-a")
    instance["attributes"] = [a for a in instance["attributes"] if a["name"] != "ecs.instance-type"]
    cluster = world.context().cluster

    assert [host.instance_type(cluster) for host in hosts_of(cluster)] == ["m5.xlarge", "m5.xlarge"]
