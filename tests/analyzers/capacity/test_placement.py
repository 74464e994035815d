from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.cluster_query import Queried, parse
from awsvpc_audit.analyzers.capacity.demand import Demand, MemberOf
from awsvpc_audit.analyzers.capacity.eligibility import ORDER, Reason, Room, reasons
from awsvpc_audit.analyzers.capacity.placement import Placed, place
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.model import ec2

SUBNETS = {
    f"subnet-{letter}": ec2.Subnet(
        subnet_id=f"subnet-{letter}",
        vpc_id="vpc-main",
        availability_zone=f"us-east-1{letter}",
        available_ip_address_count=200,
    )
    for letter in "abc"
}
PLENTY: dict[str, int | None] = dict.fromkeys(SUBNETS, 200)
TASK = TaskSize(cpu=256, memory=512)


def instance(id_: str, zone: str = "a", *, slots: int | None = 2, **changes: Any) -> Candidate:
    attributes: dict[str, str | None] = {
        "ecs.capability.task-eni": None,
        "ecs.availability-zone": f"us-east-1{zone}",
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": "x86_64",
    } | changes.pop("attributes", {})
    members: dict[str, Any] = {
        "id": id_,
        "instance_type": "c5.large",
        "availability_zone": f"us-east-1{zone}",
        "vpc_id": "vpc-main",
        "status": "ACTIVE",
        "agent_connected": True,
        "attributes": attributes,
        "queried": Queried(attributes=attributes, running_tasks_count=0, task_groups=frozenset()),
        "cpu": 2048,
        "memory": 3800,
        "free_slots": slots,
        "slots": TaskEniSlots(limit=3, task_slots=2, used_by_tasks=0, foreign=()),
        "task_groups": {},
        "running_tasks": 0,
    }
    return Candidate(**(members | changes))


def demand(name: str = "web", **changes: Any) -> Demand:
    members: dict[str, Any] = {
        "name": name,
        "group": f"service:{name}",
        "size": TASK,
        "subnets": SUBNETS,
        "required": (("ecs.capability.task-eni", None),),
        "strategies": (("spread", "attribute:ecs.availability-zone"),),
    }
    return Demand(**(members | changes))


def placed(tasks: int, *instances: Candidate, wanted: Demand | None = None, **more: Any) -> Placed:
    wanted = wanted or demand()
    return place([(wanted, tasks)], instances, more.pop("addresses", PLENTY), **more)[wanted.name]


def why(there: Candidate, wanted: Demand, addresses: Mapping[str, int | None] = PLENTY) -> tuple[Reason, ...]:
    return reasons(Room(there), wanted, dict(addresses))


def member_of(text: str) -> tuple[MemberOf, ...]:
    return (MemberOf(text, parse(text)),)


OBSTACLES: list[Any] = [
    pytest.param(
        "capacity_provider",
        {"capacity_provider": "other"},
        {"providers": ("own",)},
        {"capacity_provider": "own"},
        id="of another capacity provider",
    ),
    pytest.param("status", {"status": "DRAINING"}, {}, {"status": "ACTIVE"}, id="draining"),
    pytest.param("agent", {"agent_connected": False}, {}, {"agent_connected": True}, id="agent not connected"),
    pytest.param("vpc", {"vpc_id": "vpc-other"}, {}, {"vpc_id": "vpc-main"}, id="in another VPC"),
    pytest.param(
        "availability_zone",
        {"availability_zone": "us-east-1f"},
        {},
        {"availability_zone": "us-east-1b"},
        id="in no AZ of the task subnets",
    ),
    pytest.param(
        "attribute",
        {},
        {"required": (("ecs.capability.efs", None),)},
        {"attributes": {"ecs.capability.efs": None}},
        id="without a required attribute",
    ),
    pytest.param(
        "attribute",
        {"attributes": {"disk": "hdd"}},
        {"required": (("disk", "ssd"),)},
        {"attributes": {"disk": "ssd"}},
        id="with another value of a required attribute",
    ),
    pytest.param(
        "os",
        {},
        {"os_family": "WINDOWS_SERVER_2022_CORE"},
        {"attributes": {"ecs.os-family": "WINDOWS_SERVER_2022_CORE"}},
        id="another operating system",
    ),
    pytest.param(
        "architecture",
        {},
        {"cpu_architecture": "ARM64"},
        {"attributes": {"ecs.cpu-architecture": "arm64"}},
        id="another architecture",
    ),
    pytest.param("cpu", {"cpu": 255}, {}, {"cpu": 256}, id="one CPU unit short"),
    pytest.param("memory", {"memory": 511}, {}, {"memory": 512}, id="one MiB short"),
    pytest.param("gpu", {"gpus": 1}, {"size": TaskSize(gpus=2)}, {"gpus": 2}, id="one GPU short"),
    pytest.param(
        "ports",
        {"used_ports": frozenset({"80/tcp"})},
        {"size": TaskSize(ports=frozenset({"80/tcp"}), needs_eni=False), "required": ()},
        {"used_ports": frozenset({"80/udp"})},
        id="port in use",
    ),
    pytest.param("eni", {"slots": 0}, {}, {"slots": 1}, id="no task-ENI slot"),
    pytest.param(
        "constraint",
        {"task_groups": {"service:web": 1}},
        {"is_distinct": True},
        {"task_groups": {"service:other": 1}},
        id="distinctInstance",
    ),
    pytest.param(
        "constraint",
        {},
        {"member_of": member_of("attribute:stack == prod")},
        {"attributes": {"stack": "prod"}},
        id="memberOf",
    ),
]


@pytest.mark.parametrize(("code", "there", "wanted", "removed"), OBSTACLES)
def test_each_obstacle_is_named_and_removing_it_makes_the_instance_eligible(
    code: str, there: dict[str, Any], wanted: dict[str, Any], removed: dict[str, Any]
) -> None:
    asked = demand(**wanted)
    assert [reason.code for reason in why(instance("i-a", **there), asked)] == [code]
    assert why(instance("i-a", **(there | removed)), asked) == ()


def test_windows_server_2016_hosts_no_awsvpc_task() -> None:
    there = instance("i-a", attributes={"ecs.os-family": "WINDOWS_SERVER_2016_FULL"})
    wanted = demand(os_family="WINDOWS_SERVER_2016_FULL")
    assert [reason.code for reason in why(there, wanted)] == ["os"]
    assert why(there, demand(os_family="WINDOWS_SERVER_2016_FULL", size=TaskSize(needs_eni=False))) == ()


def test_no_address_in_the_subnet_of_the_instances_zone() -> None:
    assert [r.code for r in why(instance("i-a"), demand(), PLENTY | {"subnet-a": 0})] == ["addresses"]
    assert why(instance("i-b", "b"), demand(), PLENTY | {"subnet-a": 0}) == ()


def test_an_ipv6_only_subnet_has_addresses_without_end() -> None:
    assert why(instance("i-a"), demand(), PLENTY | {"subnet-a": None}) == ()


def test_all_obstacles_come_in_the_order_that_ecs_asks() -> None:
    there = instance(
        "i-a", slots=0, cpu=0, memory=0, status="DRAINING", agent_connected=False, vpc_id="vpc-x", availability_zone="z"
    )
    wanted = demand(member_of=member_of("attribute:x exists"), cpu_architecture="ARM64", required=(("y", None),))
    codes = [reason.code for reason in why(there, wanted)]
    of_the_instance = ["status", "agent", "vpc", "availability_zone", "attribute", "architecture"]
    assert codes == [*of_the_instance, "cpu", "memory", "eni", "constraint"]
    assert codes == sorted(codes, key=lambda code: [*map(str, ORDER)].index(code))


@pytest.mark.parametrize(
    ("there", "operation"),
    [
        pytest.param({"slots": None, "missing": {"eni": ("ecs:DescribeTasks",)}}, "ecs:DescribeTasks", id="slots"),
        pytest.param({"cpu": None}, "ecs:DescribeContainerInstances", id="CPU"),
        pytest.param(
            {"vpc_id": None, "missing": {"vpc": ("ec2:DescribeInstances",)}}, "ec2:DescribeInstances", id="VPC"
        ),
    ],
)
def test_what_was_not_read_is_an_obstacle_that_is_not_proven(there: dict[str, Any], operation: str) -> None:
    (reason,) = why(instance("i-a", **there), demand())
    assert (reason.is_proven, reason.missing) == (False, (operation,))
    assert placed(1, instance("i-a", **there)).placed == 0
    assert placed(1, instance("i-a", **there), trust_unknown=True).placed == 1


def test_c5_large_takes_two_awsvpc_tasks_and_ten_with_a_trunk() -> None:
    room: dict[str, Any] = {"cpu": 100_000, "memory": 100_000}
    without = placed(12, instance("i-a", slots=2, **room))
    assert (without.placed, without.binding) == (2, "eni")
    assert placed(12, instance("i-a", slots=10, **room)).placed == 10


def test_a_bridge_task_takes_no_slot() -> None:
    wanted = demand(size=TaskSize(cpu=256, memory=512, needs_eni=False), required=(), subnets={})
    assert placed(5, instance("i-a", slots=0), wanted=wanted).placed == 5


def test_spread_over_zones_is_what_services_do_by_default() -> None:
    found = placed(4, instance("i-a1"), instance("i-a2"), instance("i-b", "b", slots=4))
    assert found.by_instance == {"i-a1": 2, "i-b": 2}


def test_spread_counts_the_tasks_that_are_there() -> None:
    found = placed(2, instance("i-a", slots=9), instance("i-b", "b", slots=9), present={"web": {"i-a": 2}})
    assert found.by_instance == {"i-b": 2}


def test_spread_over_instances_within_zones() -> None:
    wanted = demand(strategies=(("spread", "attribute:ecs.availability-zone"), ("spread", "instanceId")))
    found = placed(3, instance("i-a1"), instance("i-a2"), instance("i-b", "b"), wanted=wanted)
    assert found.by_instance == {"i-a1": 1, "i-a2": 1, "i-b": 1}


def test_spread_over_a_custom_attribute() -> None:
    wanted = demand(strategies=(("spread", "attribute:rack"),))
    rows = [instance(f"i-{n}", attributes={"rack": rack}, slots=9) for n, rack in enumerate(("r1", "r1", "r2"))]
    assert placed(4, *rows, wanted=wanted).by_instance == {"i-0": 2, "i-2": 2}


@pytest.mark.parametrize("resource", ["cpu", "memory"])
def test_binpack_fills_the_instance_with_the_least_left(resource: str) -> None:
    wanted = demand(strategies=(("binpack", resource),))
    left: dict[str, Any] = {"cpu": 600} if resource == "cpu" else {"memory": 1500}
    small = instance("i-small", **left)
    assert placed(3, instance("i-big"), small, wanted=wanted).by_instance == {"i-small": 2, "i-big": 1}


def test_binpack_sees_what_other_services_take() -> None:
    web = demand("web", strategies=(("binpack", "cpu"),))
    api = demand("api", size=TaskSize(cpu=1024), strategies=(("binpack", "cpu"),))
    instances = [instance("i-a", cpu=2100, slots=9), instance("i-b", cpu=2048, slots=9)]
    found = place([(web, 1), (api, 1)], instances, PLENTY)
    assert (found["api"].by_instance, found["web"].by_instance) == ({"i-b": 1}, {"i-b": 1})


def test_random_is_the_first_by_id_so_that_the_answer_is_stable() -> None:
    wanted = demand(strategies=(("random", ""),))
    assert placed(3, instance("i-a"), instance("i-b"), wanted=wanted).by_instance == {"i-a": 2, "i-b": 1}


def test_distinct_instance_places_one_task_on_each() -> None:
    found = placed(3, instance("i-a"), instance("i-b"), wanted=demand(is_distinct=True))
    assert (found.placed, found.binding, found.by_instance) == (2, "constraint", {"i-a": 1, "i-b": 1})


def test_a_constraint_on_task_groups_follows_the_tasks_that_are_placed() -> None:
    apart = demand(member_of=member_of("not(task:group == service:web)"))
    assert placed(3, instance("i-a"), instance("i-b"), wanted=apart).by_instance == {"i-a": 1, "i-b": 1}
    few = demand(member_of=member_of("runningTasksCount < 1"))
    assert placed(3, instance("i-a"), instance("i-b"), wanted=few).placed == 2


def test_services_take_turns_for_the_same_slots() -> None:
    found = place([(demand("web"), 4), (demand("api"), 4)], [instance("i-a"), instance("i-b", "b")], PLENTY)
    assert {name: result.placed for name, result in found.items()} == {"web": 2, "api": 2}


def test_each_task_takes_an_address() -> None:
    found = placed(3, instance("i-a", slots=9), addresses={"subnet-a": 1, "subnet-b": 9, "subnet-c": 9})
    assert (found.placed, found.binding) == (1, "addresses")


def test_the_binding_obstacle_is_that_of_the_instance_nearest_to_taking_a_task() -> None:
    found = placed(1, instance("i-a", status="DRAINING"), instance("i-b", slots=0))
    assert found.binding == "eni"
    assert {name: [r.code for r in why] for name, why in found.rejected.items()} == {"i-a": ["status"], "i-b": ["eni"]}


instances_of_any_kind = st.lists(
    st.builds(
        lambda zone, slots, cpu, memory, status: {
            "zone": zone,
            "slots": slots,
            "cpu": cpu,
            "memory": memory,
            "status": status,
        },
        st.sampled_from("abcf"),
        st.integers(0, 4),
        st.sampled_from([0, 255, 256, 1024]),
        st.sampled_from([0, 512, 2048]),
        st.sampled_from(["ACTIVE", "ACTIVE", "DRAINING"]),
    ),
    max_size=6,
)
any_strategies = st.sampled_from(
    [
        (),
        (("spread", "attribute:ecs.availability-zone"),),
        (("spread", "attribute:ecs.availability-zone"), ("binpack", "memory")),
        (("binpack", "cpu"), ("spread", "instanceId")),
        (("spread", "instanceId"),),
    ]
)


def built(kinds: list[dict[str, Any]]) -> list[Candidate]:
    return [instance(f"i-{number}", **kind) for number, kind in enumerate(kinds)]


@given(kinds=instances_of_any_kind, tasks=st.integers(0, 12), strategies=any_strategies)
def test_one_more_instance_never_lowers_the_count(
    kinds: list[dict[str, Any]], tasks: int, strategies: tuple[tuple[str, str], ...]
) -> None:
    wanted = demand(strategies=strategies)
    counts = [placed(tasks, *built(kinds[:number]), wanted=wanted).placed for number in range(len(kinds) + 1)]
    assert counts == sorted(counts)


@given(
    kinds=instances_of_any_kind,
    tasks=st.integers(0, 12),
    cpu=st.integers(0, 1024),
    memory=st.integers(0, 2048),
    more=st.integers(0, 512),
)
def test_a_larger_task_never_raises_the_count(
    kinds: list[dict[str, Any]], tasks: int, cpu: int, memory: int, more: int
) -> None:
    small = placed(tasks, *built(kinds), wanted=demand(size=TaskSize(cpu=cpu, memory=memory)))
    large = placed(tasks, *built(kinds), wanted=demand(size=TaskSize(cpu=cpu + more, memory=memory + more)))
    assert large.placed <= small.placed


@given(kinds=instances_of_any_kind, tasks=st.integers(0, 12), strategies=any_strategies)
def test_the_count_is_the_sum_of_what_each_instance_has_room_for(
    kinds: list[dict[str, Any]], tasks: int, strategies: tuple[tuple[str, str], ...]
) -> None:
    def room(kind: dict[str, Any]) -> int:
        if kind["status"] != "ACTIVE" or kind["zone"] == "f":
            return 0
        return min(int(kind["slots"]), int(kind["cpu"]) // 256, int(kind["memory"]) // 512)

    found = placed(tasks, *built(kinds), wanted=demand(strategies=strategies))
    assert found.placed == min(tasks, sum(map(room, kinds))) == found.by_instance.total()
    if found.placed < tasks:
        assert set(found.rejected) == {f"i-{number}" for number in range(len(kinds))}


REPAIR: dict[str, dict[str, Any]] = {
    "status": {"status": "ACTIVE"},
    "availability_zone": {"zone": "a"},
    "cpu": {"cpu": 256},
    "memory": {"memory": 512},
    "eni": {"slots": 1},
}


@given(kinds=instances_of_any_kind)
def test_the_reasons_are_exactly_why(kinds: list[dict[str, Any]]) -> None:
    for kind in kinds:
        codes = [reason.code for reason in why(instance("i-a", **kind), demand())]
        for spared in codes:
            repaired = dict(kind)
            for code in codes:
                if code != spared:
                    repaired |= REPAIR[code]
            assert [r.code for r in why(instance("i-a", **repaired), demand())] == [spared]
            assert why(instance("i-a", **(repaired | REPAIR[spared])), demand()) == ()
