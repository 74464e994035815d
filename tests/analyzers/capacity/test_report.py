from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.report import capacity_of
from awsvpc_audit.analyzers.capacity.whatif import Addition, WhatIf
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Capacity, InstanceCapacity, Placement
from awsvpc_audit.model import tables
from tests.world import TASK_ENI, World, healthy


def crowded(desired: int = 6) -> World:
    """Two c5.large with two tasks each, all their slots, and a service that wants more."""
    world = healthy()
    world.rows["ecs:DescribeContainerInstances"].clear()
    for letter in "ab":
        world.add_instance(f"i-{letter}{letter}", "c5.large", f"subnet-{letter}")
    world.add_service("api", desired=desired, running=4, on=("i-aa", "i-bb"))
    return world


def capacity(world: World, *services: str, **what_if: Any) -> Capacity:
    return capacity_of(world.context().cluster, WhatIf(**what_if), frozenset(services))


def placement(document: Capacity, service: str) -> Placement:
    return next(p for p in document.placement if p.service == service)


def instance(document: Capacity, instance_id: str) -> InstanceCapacity:
    return next(i for i in document.instances if i.ec2_instance_id == instance_id)


def test_a_healthy_cluster_fits_what_it_wants() -> None:
    document = capacity(healthy())
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


def test_with_trunking_all_six_fit() -> None:
    document = capacity(crowded(), trunking="on")
    assert document.trunking.assumed == "on"
    assert instance(document, "i-aa").eni.task_slots == 10
    assert (placement(document, "api").placeable, placement(document, "api").binding) == (6, "none")


def test_trunking_does_nothing_for_a_type_that_cannot_trunk() -> None:
    world = crowded()
    world.container_instance("i-bb")["attributes"][1]["value"] = "t3.large"
    document = capacity(world, trunking="on")
    assert instance(document, "i-bb").eni.task_slots == 2


def test_trunking_off_takes_the_trunks_away() -> None:
    world = crowded(4)
    world.add_trunk("i-aa")
    assert instance(capacity(world), "i-aa").eni.task_slots == 10
    assert instance(capacity(world, trunking="off"), "i-aa").eni.task_slots == 2


@pytest.mark.parametrize(
    ("addition", "placeable"),
    [
        pytest.param("c5.large:1", 6, id="one more takes the two that wait"),
        pytest.param("c5.large:1@us-east-1b", 6, id="in an AZ"),
        pytest.param("c5.large:1@us-east-1f", 4, id="in an AZ without a task subnet it helps nobody"),
        pytest.param("c6i.large:3@us-east-1a", 6, id="of another type, by the packaged table"),
    ],
)
def test_more_instances(addition: str, placeable: int) -> None:
    document = capacity(crowded(), additions=(Addition.parse(addition),))
    assert placement(document, "api").placeable == placeable
    new = instance(document, "new-1")
    assert (new.eni.task_slots, new.cpu.registered, new.status) == (2, 2048, "ACTIVE")


def test_a_type_of_which_nothing_is_known_leaves_the_answer_open() -> None:
    document = capacity(crowded(), additions=(Addition(instance_type="zz9.large", count=1),))
    api = placement(document, "api")
    assert (api.placeable, api.binding) == (None, "unknown")
    assert instance(document, "new-1").binding == "unknown"


def test_replacing_all_instances_keeps_their_tasks() -> None:
    document = capacity(crowded(), instance_type="c5.xlarge")
    one = instance(document, "i-aa")
    assert (one.instance_type, one.eni.task_slots, one.eni.used_by_tasks) == ("c5.xlarge", 3, 2)
    assert (one.cpu.registered, one.cpu.remaining) == (4096, 4096 - 512)
    assert placement(document, "api").placeable == 6


def test_losing_a_zone_loses_its_instances_tasks_and_subnets() -> None:
    document = capacity(crowded(4), lost_zone="us-east-1a")
    assert [i.ec2_instance_id for i in document.instances] == ["i-bb"]
    assert [s.id for s in document.subnets] == ["subnet-b"]
    api = placement(document, "api")
    assert (api.requested, api.placeable, api.by_instance) == (4, 2, {"i-bb": 2})


def test_what_ifs_combine() -> None:
    document = capacity(crowded(), "api", trunking="on", lost_zone="us-east-1a", tasks=9)
    assert (placement(document, "api").requested, placement(document, "api").placeable) == (9, 6)
    assert placement(document, "api").binding == "memory"  # of seven times 512 MiB, web's lost task takes one


def test_a_number_of_tasks_is_for_the_services_shown() -> None:
    document = capacity(crowded(), "api", tasks=3)
    assert [p.service for p in document.placement] == ["api"]
    api = placement(document, "api")
    assert (api.requested, api.placeable, api.by_instance) == (3, 3, {"i-aa": 2, "i-bb": 1})


def test_other_services_take_their_share_of_the_slots() -> None:
    world = healthy()
    world.add_service("api", desired=4, running=0)
    world.service("web")["desiredCount"] = 6
    document = capacity(world)
    assert (placement(document, "api").placeable, placement(document, "web").placeable) == (2, 4)


@pytest.mark.parametrize(
    ("free", "placeable", "binding"),
    [(1, 4, "none"), (0, 3, "addresses")],
    ids=["the last address is enough", "without it, addresses bind"],
)
def test_fargate_takes_an_address_for_each_task(free: int, placeable: int, binding: str) -> None:
    world = healthy()
    world.service("worker")["desiredCount"] = 4
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 1
    world.subnet("subnet-b")["AvailableIpAddressCount"] = free
    worker = placement(capacity(world), "worker")
    assert (worker.requested, worker.placeable, worker.binding) == (4, placeable, binding)


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
    ],
)
def test_what_binds_an_instance(change: dict[str, Any], binding: str) -> None:
    world = healthy()
    world.container_instance("i-a").update(change)
    assert instance(capacity(world), "i-a").binding == binding


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


def test_managed_instances_are_listed_and_not_modelled() -> None:
    world = healthy()
    world.rows["ecs:DescribeCapacityProviders"].append({"name": "managed", "type": "MANAGED_INSTANCES"})
    world.add_service("mi", strategy=[{"capacityProvider": "managed", "weight": 1}])
    world.rows["ecs:DescribeContainerInstances"].append(
        {
            "containerInstanceArn": world.arn("ecs", "container-instance/prod/1"),
            "clusterArn": world.arn("ecs", "cluster/prod"),
            "ec2InstanceId": "i-managed",
            "capacityProviderName": "managed",
            "status": "ACTIVE",
            "agentConnected": True,
        }
    )
    document = capacity(world)
    assert instance(document, "i-managed").eni.limit is None
    assert placement(document, "mi").placeable is None


def test_without_zone_and_vpc_attributes_ec2_tells_where_an_instance_is() -> None:
    world = crowded()
    world.rows["ec2:DescribeInstanceTypes"][-1]["NetworkInfo"]["MaximumNetworkInterfaces"] = 4
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["attributes"] = [{"name": TASK_ENI}, {"name": "ecs.instance-type", "value": "c5.large"}]
    document = capacity(world)
    assert instance(document, "i-aa").availability_zone == "us-east-1a"
    assert placement(document, "api").placeable == 6


@pytest.mark.parametrize(
    "text",
    ["c5.large", "c5.large:", "c5.large:0", "c5.large:-1", "c5.large:9999999", ":3", "c5.large:3@", "C5 large:3"],
)
def test_what_is_no_addition_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="TYPE:COUNT"):
        Addition.parse(text)
