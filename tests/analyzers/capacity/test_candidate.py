"""A container instance as placement sees it, from what ECS and EC2 say of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.candidate import Candidate, candidates_of
from awsvpc_audit.analyzers.capacity.cluster_query import Queried
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots
from awsvpc_audit.findings import ResourceRef
from tests.world import World, healthy

ARN = f"arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{'a':0>32}"


def candidate(world: World) -> Candidate:
    return next(c for c in candidates_of(world.context().cluster) if c.id == "i-a")


def without(*names: str) -> World:
    """`healthy()`, and ECS lacks some attributes of the instance."""
    world = healthy()
    attributes = world.container_instance("i-a")["attributes"]
    attributes[:] = [a for a in attributes if a["name"] not in names]
    return world


def test_all_that_is_said_of_it() -> None:
    world = healthy()
    world.add_task_definition("job", mode="bridge")
    job = "family:job"
    for group, wanted in ((job, "RUNNING"), (job, "PENDING"), (job, "STOPPED"), (None, "RUNNING")):
        world.add_task(None, definition="job", on="i-a", status="RUNNING").update(group=group, desiredStatus=wanted)
    world.add_task(None, definition="job", on="i-a", status="STOPPED")
    world.add_task(None, definition="job", on="i-b")
    attributes = {
        "ecs.availability-zone": "us-east-1a",
        "ecs.instance-type": "m5.xlarge",
        "ecs.vpc-id": "vpc-main",
        "ecs.capability.task-eni": None,
    }
    world.container_instance("i-a").update(
        capacityProviderName="asg",
        attributes=[{"name": name} | ({"value": value} if value else {}) for name, value in attributes.items()],
        runningTasksCount=4,
        registeredResources=[
            {"name": "CPU", "integerValue": 4096},
            {"name": "MEMORY", "integerValue": 15000},
            {"name": "GPU", "stringSetValue": ["gpu-0", "gpu-1", "gpu-2"]},
            {"name": "PORTS", "stringSetValue": ["22"]},
        ],
        remainingResources=[
            {"name": "PORTS_UDP", "stringSetValue": ["53"]},
            {"name": "PORTS", "stringSetValue": ["22", "8080"]},
            {"name": "MEMORY", "integerValue": 13000},
            {"name": "GPU", "stringSetValue": ["gpu-2"]},
            {"name": "CPU", "integerValue": 3000},
        ],
    )
    groups = {"service:web": 1, job: 2, "": 1}
    found = candidate(world)
    assert found == Candidate(
        id="i-a",
        container_instance_arn=ARN,
        instance_type="m5.xlarge",
        availability_zone="us-east-1a",
        vpc_id="vpc-main",
        status="ACTIVE",
        agent_connected=True,
        capacity_provider="asg",
        attributes=attributes,
        queried=Queried(
            attributes=attributes,
            agent_connected=True,
            agent_version="1.89.0",
            ec2_instance_id="i-a",
            registered_at=datetime(2026, 11, 1, 0, 1, tzinfo=UTC),
            running_tasks_count=4,
            task_groups=frozenset(groups),
        ),
        registered_cpu=4096,
        registered_memory=15000,
        registered_gpus=3,
        cpu=3000,
        memory=13000,
        gpus=1,
        used_ports=frozenset({"22/tcp", "8080/tcp", "53/udp"}),
        slots=TaskEniSlots(
            limit=4,
            task_slots=3,
            used_by_tasks=1,
            foreign=(),
            has_trunk=False,
            limit_source="ec2:DescribeInstanceTypes",
        ),
        free_slots=2,
        task_groups=groups,
        running_tasks=4,
        missing={},
        is_assumed=False,
    )
    assert found.ref == ResourceRef(type="instance", id="i-a", arn=ARN)
    assert found.label() == "i-a (m5.xlarge, us-east-1a)"


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        pytest.param(without("ecs.instance-type"), ("m5.xlarge", "us-east-1a", "vpc-main"), id="the type"),
        pytest.param(without("ecs.availability-zone"), ("m5.xlarge", "us-east-1a", "vpc-main"), id="the AZ"),
        pytest.param(without("ecs.vpc-id"), ("m5.xlarge", "us-east-1a", "vpc-main"), id="the VPC"),
        pytest.param(
            without("ecs.vpc-id").deny("ec2:DescribeSubnets"),
            ("m5.xlarge", "us-east-1a", "vpc-main"),
            id="the VPC, for which no subnet is asked",
        ),
    ],
)
def test_what_ecs_leaves_out_ec2_says(world: World, expected: tuple[str, str, str]) -> None:
    """Each by itself: what ECS says is not looked up again."""
    found = candidate(world)
    assert (found.instance_type, found.availability_zone, found.vpc_id) == expected
    assert found.missing == {}


@pytest.mark.parametrize(
    ("change", "expected", "missing"),
    [
        pytest.param(lambda _: None, ("us-east-1b", "vpc-b"), {}, id="from the instance and its subnet"),
        pytest.param(
            lambda world: world.instance("i-a").pop("VpcId"), ("us-east-1b", "vpc-other"), {}, id="from its subnet"
        ),
        pytest.param(lambda world: world.instance("i-a").pop("SubnetId"), (None, "vpc-b"), {}, id="no subnet to ask"),
        pytest.param(
            lambda world: world.instance("i-a").update(SubnetId="subnet-gone"), (None, "vpc-b"), {}, id="no such subnet"
        ),
        pytest.param(
            lambda world: world.rows["ec2:DescribeInstances"].clear(), (None, None), {}, id="no such instance"
        ),
        pytest.param(
            lambda world: world.deny("ec2:DescribeSubnets"),
            (None, None),
            {"availability_zone": ("ec2:DescribeSubnets",), "vpc": ("ec2:DescribeSubnets",)},
            id="subnets not read",
        ),
        pytest.param(
            lambda world: world.deny("ec2:DescribeInstances"),
            (None, None),
            {"availability_zone": ("ec2:DescribeInstances",), "vpc": ("ec2:DescribeInstances",)},
            id="instances not read",
        ),
    ],
)
def test_where_it_is_without_a_word_of_ecs(
    change: Callable[[World], object], expected: tuple[str | None, str | None], missing: dict[str, tuple[str, ...]]
) -> None:
    world = without("ecs.availability-zone", "ecs.vpc-id")
    world.instance("i-a")["VpcId"] = "vpc-b"
    world.subnet("subnet-a").update(AvailabilityZone="us-east-1b", VpcId="vpc-other")
    change(world)
    found = candidate(world)
    assert (found.availability_zone, found.vpc_id) == expected
    assert {code: operations for code, operations in found.missing.items() if code != "eni"} == missing


def test_what_ecs_says_goes_before() -> None:
    world = without("ecs.vpc-id")
    world.subnet("subnet-a").update(AvailabilityZone="us-east-1f", VpcId="vpc-other")
    del world.instance("i-a")["VpcId"]
    found = candidate(world)
    assert (found.availability_zone, found.vpc_id) == ("us-east-1a", "vpc-other")

    world = without("ecs.availability-zone", "ecs.vpc-id")
    world.container_instance("i-a")["attributes"].append({"name": "ecs.vpc-id", "value": "vpc-of-ecs"})
    found = candidate(world)
    assert (found.availability_zone, found.vpc_id) == ("us-east-1a", "vpc-of-ecs")


def test_what_ecs_says_is_not_looked_up() -> None:
    world = healthy().deny("ec2:DescribeInstances").deny("ec2:DescribeSubnets")
    world.container_instance("i-a")["attributes"][5] = {"name": "ecs.vpc-id", "value": "vpc-of-ecs"}
    found = candidate(world)
    assert (found.availability_zone, found.vpc_id) == ("us-east-1a", "vpc-of-ecs")
    assert not {"vpc", "availability_zone"} & set(found.missing)


@pytest.mark.parametrize(
    ("denied", "kind", "missing"),
    [
        ("ecs:DescribeTasks", "m5.xlarge", ("ecs:DescribeTasks",)),
        ("ec2:DescribeInstanceTypes", "zz9.large", ("ec2:DescribeInstanceTypes",)),
        (None, "zz9.large", ("ec2:DescribeInstanceTypes",)),
    ],
    ids=["tasks not read", "its type not read, and in no table", "its type not described, and in no table"],
)
def test_slots_that_cannot_be_told(denied: str | None, kind: str, missing: tuple[str, ...]) -> None:
    world = healthy()
    world.container_instance("i-a")["attributes"][1]["value"] = kind
    if denied:
        world.deny(denied)
    found = candidate(world)
    assert (found.free_slots, found.missing) == (None, {"eni": missing})


def test_an_instance_without_tasks_has_no_group() -> None:
    world = healthy()
    world.rows["ecs:DescribeTasks"].clear()
    found = candidate(world)
    assert (found.task_groups, found.queried.task_groups) == ({}, frozenset())


def test_tasks_that_were_not_read_are_in_no_group() -> None:
    found = candidate(healthy().deny("ecs:DescribeTasks"))
    assert (found.task_groups, found.queried.task_groups) == (None, None)


def test_an_instance_that_says_next_to_nothing() -> None:
    world = healthy()
    row = world.container_instance("i-a")
    for name in set(row) - {"containerInstanceArn", "clusterArn", "ec2InstanceId"}:
        del row[name]
    world.rows["ec2:DescribeInstances"].clear()
    found = candidate(world)
    nothing: dict[str, Any] = {
        name: getattr(found, name)
        for name in ("instance_type", "availability_zone", "vpc_id", "status", "registered_cpu", "cpu", "memory")
    }
    assert set(nothing.values()) == {None}
    assert (found.gpus, found.registered_gpus, found.used_ports) == (0, 0, frozenset())
    assert found.label() == "i-a"


@pytest.mark.parametrize(
    ("attributes", "is_windows", "is_windows_2016"),
    [
        ({"ecs.os-type": "windows", "ecs.os-family": "WINDOWS_SERVER_2016_FULL"}, True, True),
        ({"ecs.os-type": "Windows", "ecs.os-family": "windows_server_2016_full"}, True, True),
        ({"ecs.os-type": "windows", "ecs.os-family": "WINDOWS_SERVER_2022_CORE"}, True, False),
        ({"ecs.os-type": "linux", "ecs.os-family": "LINUX"}, False, False),
        ({}, False, False),
    ],
    ids=["Windows 2016", "in other letters", "Windows 2022", "Linux", "nothing said"],
)
def test_its_operating_system(attributes: dict[str, str], is_windows: bool, is_windows_2016: bool) -> None:
    there = Candidate(id="i-a", attributes=attributes, queried=Queried(attributes=attributes))
    assert (there.is_windows, there.is_windows_2016) == (is_windows, is_windows_2016)
