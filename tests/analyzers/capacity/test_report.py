from typing import Any

import pytest

from awsvpc_audit.findings import Amount, EniSlots, InstanceCapacity, Placement, SubnetCapacity, TrunkingState
from awsvpc_audit.model import tables
from tests.analyzers.capacity.documents import capacity, crowded, instance, placement
from tests.world import TASK_ENI, World, healthy


def resources(**amounts: int) -> list[dict[str, Any]]:
    return [{"name": name, "integerValue": amount} for name, amount in amounts.items()]


def with_services(**sizes: tuple[str, int, int]) -> World:
    """`healthy()` with services on EC2 that have no task yet: network mode, CPU units and MiB of a task, by name."""
    world = healthy()
    for name, (mode, cpu, memory) in sizes.items():
        world.add_task_definition(name, mode=mode, cpu=str(cpu), memory=str(memory))
        world.add_service(name, desired=1, running=0, awsvpc=mode == "awsvpc")
    return world


def without_web(world: World) -> World:
    """Without the awsvpc service on EC2 and its tasks; the one on Fargate stays."""
    world.rows["ecs:DescribeServices"] = [s for s in world.rows["ecs:DescribeServices"] if s["serviceName"] != "web"]
    world.rows["ecs:DescribeTasks"] = [t for t in world.rows["ecs:DescribeTasks"] if t["group"] != "service:web"]
    return world


def test_a_healthy_cluster_fits_what_it_wants() -> None:
    document = capacity(healthy())
    assert (document.cluster, document.trunking) == ("prod", TrunkingState(setting="disabled", assumed=None))
    assert [i.binding for i in document.instances] == ["none", "none"]
    web = placement(document, "web")
    assert (web.requested, web.placeable, web.binding) == (2, 2, "none")
    assert (web.by_instance, web.rejected) == ({"i-a": 1, "i-b": 1}, {})
    assert [(s.id, s.availability_zone, s.free_ips) for s in document.subnets] == [
        ("subnet-a", "us-east-1a", 200),
        ("subnet-b", "us-east-1b", 200),
    ]


def test_task_enis_bind_a_crowded_c5_large() -> None:
    document = capacity(crowded())
    slots = instance(document, "i-aa").eni
    assert (slots.limit, slots.task_slots, slots.used_by_tasks, slots.free) == (3, 2, 2, 0)
    assert instance(document, "i-aa").binding == "eni"
    assert instance(document, "i-aa").cpu.remaining == 2048 - 2 * 256
    api = placement(document, "api")
    assert (api.requested, api.placeable, api.binding) == (6, 4, "eni")
    assert api.by_instance == {"i-aa": 2, "i-bb": 2}
    assert api.rejected == {"i-aa": "eni", "i-bb": "eni"}


def test_a_number_of_tasks_is_for_the_services_shown() -> None:
    document = capacity(crowded(), "api", tasks=3)
    assert [p.service for p in document.placement] == ["api"]
    api = placement(document, "api")
    assert (api.requested, api.placeable, api.by_instance) == (3, 3, {"i-aa": 2, "i-bb": 1})


def test_tasks_spread_over_zones_with_those_that_are_there() -> None:
    """ECS's default for services: the next task goes where the service has fewer."""
    world = healthy()
    world.add_service("api", desired=2, running=1, on=("i-a",))
    assert placement(capacity(world), "api").by_instance == {"i-a": 1, "i-b": 1}


def test_other_services_take_their_share_of_the_slots() -> None:
    world = healthy()
    world.add_service("api", desired=4, running=0)
    world.service("web")["desiredCount"] = 6
    document = capacity(world)
    assert (placement(document, "api").placeable, placement(document, "web").placeable) == (2, 4)


def test_the_subnets_are_those_of_the_services_shown() -> None:
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b", "subnet-gone"]
    assert capacity(world, "worker").subnets == (
        SubnetCapacity(id="subnet-b", availability_zone="us-east-1b", free_ips=200),
        SubnetCapacity(id="subnet-gone", availability_zone=None, free_ips=None),
    )
    assert [s.id for s in capacity(world, "worker", lost_zone="us-east-1b").subnets] == ["subnet-gone"]


def test_standalone_tasks_hold_slots_and_want_none() -> None:
    world = healthy()
    world.add_task(None, definition="web", on="i-a")
    document = capacity(world)
    assert [p.service for p in document.placement] == ["web", "worker"]
    assert instance(document, "i-a").eni.used_by_tasks == 2


class TestAddresses:
    """Each task takes one of its subnets' addresses, on Fargate as on EC2, and no address is taken twice."""

    @staticmethod
    def world(a: int, b: int, **desired: int) -> World:
        world = healthy()
        for name, tasks in desired.items():
            if name not in {"web", "worker"}:
                world.add_service(name, launch_type="FARGATE", desired=0)
            world.service(name)["desiredCount"] = tasks
        world.subnet("subnet-a")["AvailableIpAddressCount"] = a
        world.subnet("subnet-b")["AvailableIpAddressCount"] = b
        return world

    @pytest.mark.parametrize(
        ("world", "expected"),
        [
            pytest.param(world(1, 1, worker=4), {"worker": (4, 4, "none")}, id="the last address is enough"),
            pytest.param(world(1, 0, worker=4), {"worker": (4, 3, "addresses")}, id="without it, addresses bind"),
            pytest.param(world(0, 0, worker=2), {"worker": (2, 2, "none")}, id="those that run have theirs"),
            pytest.param(world(0, 0, worker=1), {"worker": (1, 1, "none")}, id="fewer than run"),
            pytest.param(
                world(2, 1, batch=2, worker=4),
                {"batch": (2, 2, "none"), "worker": (4, 3, "addresses")},
                id="two services on Fargate",
            ),
            pytest.param(
                world(1, 1, worker=3, web=4),
                {"worker": (3, 3, "none"), "web": (4, 3, "addresses")},
                id="one on Fargate and one on EC2",
            ),
            pytest.param(world(1, 0, web=4), {"web": (4, 3, "addresses")}, id="on EC2"),
        ],
    )
    def test_so_many_fit(self, world: World, expected: dict[str, tuple[int, int, str]]) -> None:
        assert {p.service: (p.requested, p.placeable, p.binding) for p in capacity(world, *expected).placement} == (
            expected
        )

    def test_services_that_are_not_shown_take_theirs(self) -> None:
        assert capacity(self.world(2, 1, batch=2, worker=4), "worker").placement == (
            Placement(service="worker", requested=4, placeable=3, binding="addresses", by_instance={}, rejected={}),
        )

    @pytest.mark.parametrize("service", ["web", "worker"])
    def test_an_ipv6_only_subnet_has_no_end_of_them(self, service: str) -> None:
        """AWS counts IPv4 addresses alone."""
        world = self.world(0, 0, **{service: 4})
        assert placement(capacity(world), service).placeable == 2
        world.subnet("subnet-a")["Ipv6Native"] = True
        world.subnet("subnet-b")["Ipv6Native"] = True
        assert (placement(capacity(world), service).placeable, placement(capacity(world), service).binding) == (
            4,
            "none",
        )

    def test_an_ipv6_only_subnet_takes_what_the_other_has_none_for(self) -> None:
        world = self.world(1, 0, worker=6)
        world.subnet("subnet-b")["Ipv6Native"] = True
        assert placement(capacity(world), "worker").placeable == 6

    @pytest.mark.parametrize(("desired", "expected"), [(2, (2, 2, "none")), (3, (3, None, "unknown"))])
    @pytest.mark.parametrize("unread", ["ec2:DescribeSubnets", "AvailableIpAddressCount"])
    def test_what_was_not_read_matters_where_tasks_wait(
        self, desired: int, expected: tuple[int, int | None, str], unread: str
    ) -> None:
        world = self.world(9, 9, worker=desired)
        if unread.startswith("ec2:"):
            world.deny(unread)
        else:
            del world.subnet("subnet-b")[unread]
        worker = placement(capacity(world), "worker")
        assert (worker.requested, worker.placeable, worker.binding) == expected


@pytest.mark.parametrize(
    ("change", "binding"),
    [
        pytest.param({"status": "DRAINING"}, "status", id="draining"),
        pytest.param({"agentConnected": False}, "agent", id="agent away"),
        pytest.param({"remainingResources": [{"name": "CPU", "integerValue": 255}]}, "cpu", id="too little CPU"),
        pytest.param(
            {
                "remainingResources": [
                    {"name": "CPU", "integerValue": 256},
                    {"name": "MEMORY", "integerValue": 511},
                ]
            },
            "memory",
            id="too little memory",
        ),
        pytest.param({"remainingResources": []}, "unknown", id="nothing said of what is left"),
        pytest.param({"status": None}, "none", id="no status said"),
        pytest.param({"agentConnected": None}, "none", id="nothing said of the agent"),
    ],
)
def test_what_binds_an_instance(change: dict[str, Any], binding: str) -> None:
    world = healthy()
    world.container_instance("i-a").update(change)
    assert instance(capacity(world), "i-a").binding == binding


@pytest.mark.parametrize(
    ("world", "left", "binding"),
    [
        pytest.param(with_services(large=("awsvpc", 4096, 64)), (256, 512), "none", id="the smaller of two sizes fits"),
        pytest.param(
            with_services(large=("awsvpc", 4096, 64), wide=("awsvpc", 64, 9000)),
            (200, 500),
            "memory",
            id="the size that is nearest: it has the CPU for one",
        ),
        pytest.param(with_services(small=("bridge", 1, 4)), (255, 512), "cpu", id="a bridge task has no ENI to count"),
        pytest.param(without_web(with_services(wide=("bridge", 4096, 9000))), (1, 6), "none", id="no awsvpc task"),
        pytest.param(without_web(healthy()), (0, 6), "cpu", id="no CPU for any task"),
        pytest.param(without_web(healthy()), (1, 5), "memory", id="less memory than ECS takes for any container"),
    ],
)
def test_what_binds_an_instance_among_several_sizes(world: World, left: tuple[int, int], binding: str) -> None:
    world.container_instance("i-a")["remainingResources"] = resources(CPU=left[0], MEMORY=left[1])
    assert instance(capacity(world), "i-a").binding == binding


def test_what_binds_an_instance_is_what_is_asked_last() -> None:
    """ECS asks for memory before it asks for a slot: a task that lacks the slot alone is nearer to its place."""
    world = with_services(wide=("awsvpc", 64, 9000))
    world.container_instance("i-a")["remainingResources"] = resources(CPU=256, MEMORY=512)
    for index in (2, 3):
        world.add_eni("subnet-a", instance_id="i-a", device_index=index, description="by hand")
    assert instance(capacity(world), "i-a").binding == "eni"


def test_without_an_instance_there_is_nothing_to_be_bound_by() -> None:
    world = healthy()
    world.rows["ecs:DescribeContainerInstances"].clear()
    world.service("web").update(desiredCount=4, runningCount=0)
    world.rows["ecs:DescribeTasks"].clear()
    document = capacity(world, "web")
    assert document.placement == (
        Placement(service="web", requested=4, placeable=0, binding="no_instances", by_instance={}, rejected={}),
    )
    assert document.instances == ()


def test_no_task_is_a_number_of_tasks() -> None:
    assert capacity(crowded(), "api", tasks=0).placement == (
        Placement(service="api", requested=0, placeable=0, binding="none", by_instance={}, rejected={}),
    )


def test_a_deployment_that_cannot_go_on_wants_its_new_tasks_beside_the_old() -> None:
    world = crowded(4)
    service = world.service("api")
    old = service["deployments"][0] | {"status": "ACTIVE", "id": "ecs-svc/old"}
    new = {**old, "status": "PRIMARY", "id": "ecs-svc/new", "runningCount": 0, "rolloutState": "IN_PROGRESS"}
    service["deployments"] = [new, old]
    api = placement(capacity(world), "api")
    assert (api.requested, api.placeable, api.binding) == (8, 4, "eni")
    service["deploymentConfiguration"]["minimumHealthyPercent"] = 50
    assert placement(capacity(world), "api").binding == "none"


@pytest.mark.parametrize("operation", sorted(spec.operation for spec in tables.TABLES))
def test_it_never_raises(operation: str) -> None:
    document = capacity(crowded().deny(operation))
    if operation == "ecs:DescribeContainerInstances":
        assert (document.instances, placement(document, "api").placeable) == ((), None)
    elif operation == "ecs:DescribeTasks":
        assert instance(document, "i-aa").eni.used_by_tasks is None
        assert placement(document, "api").placeable is None
    elif operation == "ecs:DescribeServices":
        assert document.placement == ()
    elif operation == "ec2:DescribeInstanceTypes":
        assert instance(document, "i-aa").eni.limit_source == "table"


NO_SLOTS = EniSlots(
    limit=None, task_slots=None, used_by_tasks=None, foreign=None, free=None, trunk=None, limit_source=None
)


@pytest.mark.parametrize(
    ("change", "binding"),
    [
        pytest.param({}, "none", id="in service"),
        pytest.param({"status": None}, "none", id="no status said"),
        pytest.param({"status": "DRAINING", "agentConnected": False}, "status", id="draining"),
        pytest.param({"agentConnected": False}, "agent", id="agent away"),
    ],
)
@pytest.mark.parametrize("kind", ["managed", "external"])
def test_instances_that_are_not_on_ec2_are_listed_and_not_modelled(
    kind: str, change: dict[str, Any], binding: str
) -> None:
    world = healthy()
    world.rows["ecs:DescribeCapacityProviders"].append({"name": "managed", "type": "MANAGED_INSTANCES"})
    launch: dict[str, Any] = {"strategy": [{"capacityProvider": "managed", "weight": 1}]}
    world.add_service("other", **(launch if kind == "managed" else {"launch_type": "EXTERNAL"}), running=0, desired=3)
    other_id = "mi-1" if kind == "external" else "i-managed"
    row = {
        "containerInstanceArn": world.arn("ecs", "container-instance/prod/1"),
        "clusterArn": world.arn("ecs", "cluster/prod"),
        "ec2InstanceId": other_id,
        "status": "ACTIVE",
        "agentConnected": True,
        "versionInfo": {"agentVersion": "1.89.0"},
        "attributes": [
            {"name": "ecs.instance-type", "value": "c6i.large"},
            {"name": "ecs.availability-zone", "value": "us-east-1a"},
            *([{"name": "ecs.capability.external"}] if kind == "external" else []),
        ],
        "registeredResources": resources(CPU=2048, MEMORY=3900),
        "remainingResources": resources(CPU=1024, MEMORY=1900),
        "runningTasksCount": 1,
        **({"capacityProviderName": "managed"} if kind == "managed" else {}),
        **change,
    }
    world.rows["ecs:DescribeContainerInstances"].append(row)
    world.add_task("other", on=None)["containerInstanceArn"] = row["containerInstanceArn"]
    document = capacity(world)
    assert document.instances[2:] == (
        InstanceCapacity(
            ec2_instance_id=other_id,
            container_instance="arn:aws:ecs:us-east-1:123456789012:container-instance/prod/1",
            instance_type="c6i.large",
            availability_zone="us-east-1a",
            status=row["status"],
            agent_version="1.89.0",
            agent_connected=row["agentConnected"],
            eni=NO_SLOTS,
            cpu=Amount(registered=2048, remaining=1024),
            memory=Amount(registered=3900, remaining=1900),
            binding=binding,
        ),
    )
    assert placement(document, "other") == Placement(
        service="other", requested=3, placeable=None, binding="unknown", by_instance={other_id: 1}, rejected={}
    )
    assert [i.ec2_instance_id for i in capacity(world, lost_zone="us-east-1b").instances] == ["i-a", other_id]
    assert [i.ec2_instance_id for i in capacity(world, lost_zone="us-east-1a").instances] == ["i-b"]


def test_an_external_instance_that_says_nothing_of_its_size() -> None:
    world = healthy()
    world.rows["ecs:DescribeContainerInstances"].append(
        {
            "containerInstanceArn": world.arn("ecs", "container-instance/prod/1"),
            "clusterArn": world.arn("ecs", "cluster/prod"),
            "ec2InstanceId": "mi-1",
        }
    )
    other = instance(capacity(world), "mi-1")
    assert (other.cpu, other.memory) == (Amount(registered=None, remaining=None),) * 2


def test_without_zone_and_vpc_attributes_ec2_tells_where_an_instance_is() -> None:
    world = crowded()
    world.rows["ec2:DescribeInstanceTypes"][-1]["NetworkInfo"]["MaximumNetworkInterfaces"] = 4
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["attributes"] = [{"name": TASK_ENI}, {"name": "ecs.instance-type", "value": "c5.large"}]
    document = capacity(world)
    assert instance(document, "i-aa").availability_zone == "us-east-1a"
    assert placement(document, "api").placeable == 6
