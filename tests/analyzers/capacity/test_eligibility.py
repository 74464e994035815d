"""What is said of each obstacle, and what is none.

AWS's pages on task placement, on its constraints and on task networking say what an instance is asked.
"""

from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.attached_enis import AttachedEni
from awsvpc_audit.analyzers.capacity.demand import Demand, MemberOf
from awsvpc_audit.analyzers.capacity.eligibility import Reason, Room, is_os_family, room_reasons
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.model import ec2
from tests.analyzers.capacity.candidates import PLENTY, SUBNETS, demand, instance, member_of, why

BRIDGE: dict[str, Any] = {"subnets": {}, "required": ()}
UNREADABLE = MemberOf("attribute:", None, "an attribute name has 1 to 128 letters at character 11")


def foreign_eni(number: int) -> AttachedEni:
    return AttachedEni(
        network_interface_id=f"eni-{number}",
        operation="ec2:DescribeInstances",
        instance_id="i-a",
        description="by hand",
        interface_type="interface",
        device_index=number,
        network_card_index=0,
        attachment_id=None,
        private_ip_address=None,
        subnet_id="subnet-a",
    )


def of_c5_large(tasks: int, foreign: int = 0) -> TaskEniSlots:
    return TaskEniSlots(
        limit=3, task_slots=2, used_by_tasks=tasks, foreign=tuple(foreign_eni(number) for number in range(foreign))
    )


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        pytest.param(
            {"capacity_provider": "blue"},
            {"providers": ("green", "red")},
            Reason("capacity_provider", "is of blue, not of green or red"),
            id="of another capacity provider",
        ),
        pytest.param(
            {},
            {"providers": ("green",)},
            Reason("capacity_provider", "is of no capacity provider, not of green"),
            id="of no capacity provider, where the service has one",
        ),
        pytest.param({"status": "DRAINING"}, {}, Reason("status", "status is DRAINING"), id="draining"),
        pytest.param(
            {"status": "REGISTERING"}, {}, Reason("status", "status is REGISTERING"), id="waits for its trunk"
        ),
        pytest.param({"agent_connected": False}, {}, Reason("agent", "agent is not connected"), id="agent away"),
        pytest.param(
            {"vpc_id": "vpc-other"},
            {},
            Reason("vpc", "is in vpc-other, the task subnets are in vpc-main"),
            id="in another VPC",
        ),
        pytest.param(
            {"availability_zone": "us-east-1f"},
            {},
            Reason("availability_zone", "is in us-east-1f, the task subnets are in us-east-1a, us-east-1b, us-east-1c"),
            id="in no AZ of the task subnets",
        ),
        pytest.param(
            {},
            {"subnets": {"subnet-x": ec2.Subnet(subnet_id="subnet-x", vpc_id="vpc-main")}},
            Reason("availability_zone", "is in us-east-1a, the task subnets are in no known zone"),
            id="task subnets whose AZ no source gives",
        ),
        pytest.param(
            {"attributes": {"disk": "hdd"}},
            {"required": (("disk", "ssd"), ("ecs.capability.efs", None))},
            Reason("attribute", "lacks disk = ssd, ecs.capability.efs"),
            id="without the attributes that the task definition requires",
        ),
        pytest.param(
            {},
            {"os_family": "WINDOWS_SERVER_2022_CORE"},
            Reason("os", "runs LINUX, the task is for WINDOWS_SERVER_2022_CORE"),
            id="Linux for a Windows task",
        ),
        pytest.param(
            {"attributes": {"ecs.os-family": None, "ecs.os-type": "windows"}},
            {"os_family": "LINUX"},
            Reason("os", "runs windows, the task is for LINUX"),
            id="Windows for a Linux task, by the type of the operating system",
        ),
        pytest.param(
            {"attributes": {"ecs.os-family": "WINDOWS_SERVER_2016_FULL"}},
            {},
            Reason("os", "runs Windows Server 2016, which cannot host awsvpc tasks"),
            id="Windows Server 2016",
        ),
        pytest.param(
            {},
            {"cpu_architecture": "ARM64"},
            Reason("architecture", "is x86_64, the task is for ARM64"),
            id="another architecture",
        ),
        pytest.param({"cpu": 255}, {}, Reason("cpu", "has 255 CPU units left, a task takes 256"), id="little CPU"),
        pytest.param({"cpu": -8}, {}, Reason("cpu", "has 0 CPU units left, a task takes 256"), id="CPU overcommitted"),
        pytest.param(
            {"memory": 511}, {}, Reason("memory", "has 511 MiB of memory left, a task takes 512"), id="memory"
        ),
        pytest.param(
            {"gpus": 1}, {"size": TaskSize(gpus=2)}, Reason("gpu", "has 1 GPUs left, a task takes 2"), id="too few GPUs"
        ),
        pytest.param(
            {"used_ports": frozenset({"22/tcp", "443/tcp", "80/tcp"})},
            {"size": TaskSize(ports=frozenset({"443/tcp", "80/tcp", "80/udp"}), needs_eni=False), **BRIDGE},
            Reason("ports", "port 443/tcp, 80/tcp is in use"),
            id="host ports in use",
        ),
        pytest.param(
            {"eni": of_c5_large(tasks=2)},
            {},
            Reason("eni", "no task-ENI slot left of 2 on c5.large (2 by tasks)"),
            id="its tasks hold the slots",
        ),
        pytest.param(
            {"eni": of_c5_large(tasks=1, foreign=1)},
            {},
            Reason("eni", "no task-ENI slot left of 2 on c5.large (1 by tasks, 1 by ENIs that ECS did not create)"),
            id="an ENI attached by hand holds a slot",
        ),
        pytest.param(
            {"eni": TaskEniSlots(limit=1, task_slots=0, used_by_tasks=0, foreign=()), "instance_type": None},
            {},
            Reason("eni", "no task-ENI slot at all on the instance"),
            id="a type with one ENI, the primary",
        ),
        pytest.param(
            {"task_groups": {"service:web": 1}},
            {"is_distinct": True},
            Reason("constraint", "distinctInstance: runs a task of service:web already"),
            id="a task of the service is there",
        ),
        pytest.param(
            {},
            {"member_of": member_of("attribute:stack == prod")},
            Reason("constraint", "not memberOf (attribute:stack == prod)"),
            id="no member of the constraint",
        ),
    ],
)
def test_says_of_an_obstacle_what_is_there_and_what_is_asked(
    there: dict[str, Any], wanted: dict[str, Any], expected: Reason
) -> None:
    assert why(instance("i-a", **there), demand(**wanted)) == (expected,)


@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        pytest.param(
            {},
            {"size": None, "missing": ("ecs:DescribeTaskDefinition",)},
            Reason("unknown", "the task definition was not read", ("ecs:DescribeTaskDefinition",)),
            id="the task definition",
        ),
        pytest.param(
            {},
            {"subnets": None, "missing": ("ec2:DescribeSubnets",)},
            Reason("availability_zone", "the task subnets were not read", ("ec2:DescribeSubnets",)),
            id="the task subnets",
        ),
        pytest.param(
            {"vpc_id": None, "missing": {"vpc": ("ec2:DescribeInstances",)}},
            {},
            Reason("vpc", "its VPC is not known", ("ec2:DescribeInstances",)),
            id="the VPC of the instance",
        ),
        pytest.param(
            {"availability_zone": None, "missing": {"availability_zone": ("ec2:DescribeInstances",)}},
            {},
            Reason("availability_zone", "its Availability Zone is not known", ("ec2:DescribeInstances",)),
            id="the AZ of the instance",
        ),
        pytest.param(
            {"cpu": None},
            {},
            Reason("cpu", "remaining CPU units are not known", ("ecs:DescribeContainerInstances",)),
            id="the CPU that is left",
        ),
        pytest.param(
            {"memory": None},
            {},
            Reason("memory", "remaining MiB of memory are not known", ("ecs:DescribeContainerInstances",)),
            id="the memory that is left",
        ),
        pytest.param(
            {"slots": None, "missing": {"eni": ("ecs:DescribeTasks",)}},
            {},
            Reason("eni", "its task-ENI slots are not known", ("ecs:DescribeTasks",)),
            id="the tasks that hold its slots",
        ),
        pytest.param(
            {"slots": None},
            {},
            Reason("eni", "its task-ENI slots are not known", ("ec2:DescribeInstanceTypes",)),
            id="the limit of a type that nobody lists",
        ),
        pytest.param(
            {"task_groups": None},
            {"is_distinct": True},
            Reason("constraint", "which tasks run on it is not known", ("ecs:DescribeTasks",)),
            id="the tasks that distinctInstance asks of",
        ),
        pytest.param(
            {"task_groups": None},
            {"member_of": member_of("task:group == service:db")},
            Reason(
                "constraint",
                "memberOf (task:group == service:db) cannot be told",
                ("ecs:DescribeContainerInstances", "ecs:DescribeTasks"),
            ),
            id="the tasks that memberOf asks of",
        ),
        pytest.param(
            {},
            {"member_of": (UNREADABLE,)},
            Reason("constraint", f"memberOf cannot be read: {UNREADABLE.problem}", ("ecs:DescribeServices",)),
            id="an expression that cannot be read",
        ),
    ],
)
def test_names_what_would_tell_where_an_obstacle_is_not_proven(
    there: dict[str, Any], wanted: dict[str, Any], expected: Reason
) -> None:
    assert why(instance("i-a", **there), demand(**wanted)) == (expected,)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        pytest.param({"capacity_provider": "blue"}, {}, id="any provider serves a service with a launch type"),
        pytest.param({"capacity_provider": "blue"}, {"providers": ("green", "blue")}, id="one of its providers"),
        pytest.param(
            {"is_assumed": True, "attributes": {"ecs.capability.task-eni": None}},
            {"providers": ("green",), "required": (("ecs.capability.efs", None),)},
            id="a new instance is of the provider and has the attributes that are asked for",
        ),
        pytest.param({"status": None, "agent_connected": None}, {}, id="a source that leaves status and agent out"),
        pytest.param(
            {"vpc_id": "vpc-other", "availability_zone": "z"},
            {**BRIDGE, "size": TaskSize(needs_eni=False)},
            id="a bridge task runs in whatever VPC and AZ the instance is",
        ),
        pytest.param({"vpc_id": None, "availability_zone": None}, {}, id="EC2 was asked where it is and does not say"),
        pytest.param(
            {"vpc_id": None, "missing": {"vpc": ("ec2:DescribeInstances",)}},
            {
                "subnets": {"subnet-a": ec2.Subnet(subnet_id="subnet-a", availability_zone="us-east-1a")},
            },
            id="the VPC is no matter where that of the subnets is not known",
        ),
        pytest.param(
            {"attributes": {"ecs.os-family": None, "ecs.os-type": None}}, {"os_family": "LINUX"}, id="no OS said"
        ),
        pytest.param(
            {"attributes": {"ecs.cpu-architecture": None}}, {"cpu_architecture": "ARM64"}, id="no architecture"
        ),
        pytest.param({"cpu": -1, "memory": -1}, {"size": TaskSize()}, id="a task that reserves nothing takes nothing"),
        pytest.param({"cpu": None, "memory": None}, {"size": TaskSize()}, id="nor asks how much is left"),
        pytest.param({"slots": 0}, {"size": TaskSize(needs_eni=False), **BRIDGE}, id="a bridge task takes no slot"),
        pytest.param({"task_groups": {"service:web": 1}}, {}, id="two tasks of a service on an instance"),
        pytest.param(
            {"task_groups": {"service:db": 0}}, {"member_of": member_of("task:group != service:db")}, id="a group gone"
        ),
        pytest.param(
            {"running_tasks": 2}, {"member_of": member_of("runningTasksCount <= 2")}, id="as many tasks as are allowed"
        ),
    ],
)
def test_what_is_no_obstacle(there: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert why(instance("i-a", **there), demand(**wanted)) == ()


def test_an_expression_that_cannot_be_read_hides_no_other() -> None:
    wanted = demand(member_of=(UNREADABLE, *member_of("attribute:stack == prod")))
    assert [reason.is_proven for reason in why(instance("i-a"), wanted)] == [False, True]


def test_what_ecs_asks_first_comes_first_also_of_two() -> None:
    there = instance("i-a", memory=511)
    wanted = demand(member_of=member_of("attribute:stack == prod"))
    assert [reason.code for reason in why(there, wanted)] == ["memory", "constraint"]


def test_windows_server_2016_is_named_once() -> None:
    there = instance("i-a", attributes={"ecs.os-family": "WINDOWS_SERVER_2016_FULL"})
    assert why(there, demand(os_family="LINUX")) == (
        Reason("os", "runs WINDOWS_SERVER_2016_FULL, the task is for LINUX"),
    )


@pytest.mark.parametrize(
    ("there", "wanted", "serves"),
    [
        ("WINDOWS_SERVER_2022_CORE", "WINDOWS_SERVER_2022_CORE", True),
        ("WINDOWS_SERVER_2022_CORE", "windows_server_2022_core", True),
        ("WINDOWS_SERVER_2022_CORE", "WINDOWS_SERVER_2022_FULL", False),
        ("WINDOWS_SERVER_2022_CORE", "WINDOWS_SERVER_2019_CORE", False),
        ("windows", "WINDOWS_SERVER_2019_CORE", True),
        ("windows", "LINUX", False),
        ("linux", "LINUX", True),
        ("LINUX", "WINDOWS_SERVER_2019_CORE", False),
    ],
)
def test_an_image_of_windows_runs_on_the_release_it_was_built_for(there: str, wanted: str, serves: bool) -> None:
    assert is_os_family(there, wanted) is serves


@pytest.mark.parametrize(
    ("free", "code"),
    [
        pytest.param({"subnet-a": 0, "subnet-a2": 0}, "no free address in subnet-a, subnet-a2", id="no address"),
        pytest.param({"subnet-a": 0, "subnet-a2": 1}, None, id="one in the second subnet of the AZ"),
        pytest.param({"subnet-a": 0, "subnet-a2": None}, None, id="an IPv6-only subnet has no end of them"),
        pytest.param({"subnet-a": 0}, None, id="a subnet of which nothing is known may have some"),
    ],
)
def test_a_task_takes_an_address_of_the_subnets_in_the_zone_of_its_instance(
    free: dict[str, int | None], code: str | None
) -> None:
    second = ec2.Subnet(subnet_id="subnet-a2", vpc_id="vpc-main", availability_zone="us-east-1a")
    wanted = demand(subnets=SUBNETS | {"subnet-a2": second})
    expected = (Reason("addresses", code),) if code else ()
    assert why(instance("i-a"), wanted, {"subnet-b": 0, "subnet-c": 0} | free) == expected


def test_no_address_is_asked_for_where_no_subnet_is_in_the_zone_or_none_is_needed() -> None:
    nowhere = dict.fromkeys(PLENTY, 0)
    bridge = demand(size=TaskSize(needs_eni=False), required=())
    assert [reason.code for reason in why(instance("i-f", "f"), demand(), nowhere)] == ["availability_zone"]
    assert why(instance("i-a"), bridge, nowhere) == ()


def left(room: Room) -> dict[str, Any]:
    return {
        "cpu": room.cpu,
        "memory": room.memory,
        "gpus": room.gpus,
        "ports": room.ports,
        "slots": room.slots,
        "tasks": room.tasks,
        "groups": room.groups,
    }


def test_a_task_takes_its_share_of_everything() -> None:
    room = Room(
        instance(
            "i-a",
            cpu=1024,
            memory=2048,
            gpus=4,
            used_ports=frozenset({"22/tcp"}),
            slots=2,
            running_tasks=1,
            task_groups={"service:web": 1},
        )
    )
    room.take(demand("web", size=TaskSize(cpu=256, memory=512, gpus=1)))
    room.take(demand("api", size=TaskSize(cpu=100, memory=200, ports=frozenset({"80/tcp"}), needs_eni=False)))
    room.take(demand("unread", size=None))
    assert left(room) == {
        "cpu": 668,
        "memory": 1336,
        "gpus": 3,
        "ports": {"22/tcp", "80/tcp"},
        "slots": 1,
        "tasks": 4,
        "groups": {"service:web": 2, "service:api": 1, "service:unread": 1},
    }


def test_of_what_is_not_known_a_task_takes_an_unknown_rest() -> None:
    room = Room(instance("i-a", cpu=None, memory=None, slots=None, running_tasks=None, task_groups=None))
    room.take(demand())
    assert left(room) == {
        "cpu": None,
        "memory": None,
        "gpus": 0,
        "ports": frozenset(),
        "slots": None,
        "tasks": 1,
        "groups": None,
    }


def slots_left(there: TaskEniSlots, placed: Demand) -> list[str]:
    room = Room(instance("i-a", eni=there))
    room.take(placed)
    return [reason.detail for reason in room_reasons(room, demand(), PLENTY)]


def test_the_tasks_that_would_fit_are_told_from_those_that_are_there() -> None:
    assert slots_left(of_c5_large(tasks=1), demand()) == [
        "no task-ENI slot left of 2 on c5.large (1 by tasks, 1 by tasks that would fit)"
    ]
    assert slots_left(of_c5_large(tasks=0), demand()) == []


def test_a_constraint_on_the_number_of_tasks_counts_those_that_were_placed() -> None:
    wanted = demand(member_of=member_of("runningTasksCount < 1 and task:group != service:web"))
    room = Room(instance("i-a"))
    assert room_reasons(room, wanted, PLENTY) == []
    room.take(demand("api"))
    assert [reason.code for reason in room_reasons(room, wanted, PLENTY)] == ["constraint"]
