from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.eligibility import ORDER
from awsvpc_audit.analyzers.capacity.placement import Placed, place
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.model import ec2
from tests.analyzers.capacity.candidates import PLENTY, SUBNETS, demand, instance, member_of, placed, why

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


def test_zones_that_have_alike_are_told_apart_by_the_instance_with_the_fewest() -> None:
    wanted = demand(strategies=(("spread", "attribute:ecs.availability-zone"), ("spread", "instanceId")))
    rows = [instance("i-a", slots=9), instance("i-b1", "b", slots=9), instance("i-b2", "b", slots=9)]
    found = placed(1, *rows, wanted=wanted, present={"web": {"i-a": 2, "i-b1": 1, "i-b2": 1}})
    assert found.by_instance == {"i-b1": 1}


def test_zones_that_have_alike_are_told_apart_by_the_instance_with_the_least_left() -> None:
    wanted = demand(strategies=(("spread", "attribute:ecs.availability-zone"), ("binpack", "cpu")))
    found = placed(3, instance("i-a", slots=9), instance("i-b", "b", slots=9, cpu=600), wanted=wanted)
    assert found.by_instance == {"i-b": 2, "i-a": 1}


def test_the_first_strategy_decides_and_the_next_only_where_it_cannot() -> None:
    wanted = demand(strategies=(("binpack", "memory"), ("spread", "attribute:ecs.availability-zone")))
    small: dict[str, Any] = {"slots": 9, "memory": 1600}
    large: dict[str, Any] = {"slots": 9, "memory": 8000}
    rows = [instance("i-b1", "b", **small), instance("i-b2", "b", **large), instance("i-c", "c", **large)]
    assert placed(4, *rows, wanted=wanted).by_instance == {"i-b1": 3, "i-c": 1}


@pytest.mark.parametrize("field", ["instanceId", "host"])
@pytest.mark.parametrize(
    ("present", "tasks", "expected"),
    [
        ({}, 5, {"i-a": 3, "i-b": 2}),
        ({"i-a": 1}, 3, {"i-b": 2, "i-a": 1}),
        ({"i-a": 3}, 3, {"i-b": 3}),
    ],
    ids=["in turn", "the one with fewer first", "until they have alike"],
)
def test_spread_over_instances(field: str, present: dict[str, int], tasks: int, expected: dict[str, int]) -> None:
    wanted = demand(strategies=(("spread", field),))
    found = placed(tasks, instance("i-a", slots=9), instance("i-b", slots=9), wanted=wanted, present={"web": present})
    assert found.by_instance == expected


def test_spread_is_over_where_an_instance_is_and_what_it_is_also_where_only_ec2_tells() -> None:
    unsaid: dict[str, Any] = {"slots": 9, "attributes": {"ecs.availability-zone": None, "ecs.instance-type": None}}
    by_zone = placed(2, instance("i-a1", **unsaid), instance("i-a2", **unsaid), instance("i-b", "b", **unsaid))
    assert by_zone.by_instance == {"i-a1": 1, "i-b": 1}
    by_type = placed(
        2,
        instance("i-a1", **unsaid),
        instance("i-a2", **unsaid),
        instance("i-a3", instance_type="m5.large", **unsaid),
        wanted=demand(strategies=(("spread", "attribute:ecs.instance-type"),)),
    )
    assert by_type.by_instance == {"i-a1": 1, "i-a3": 1}


def test_tasks_on_an_instance_that_takes_no_more_count_for_its_zone() -> None:
    found = placed(1, instance("i-a"), instance("i-b1", "b", status="DRAINING"), instance("i-b2", "b"),
                   present={"web": {"i-b1": 1}})  # fmt: skip
    assert found.by_instance == {"i-a": 1}


def test_spread_over_a_custom_attribute() -> None:
    wanted = demand(strategies=(("spread", "attribute:rack"),))
    rows = [instance(f"i-{n}", attributes={"rack": rack}, slots=9) for n, rack in enumerate(("r1", "r1", "r2"))]
    assert placed(4, *rows, wanted=wanted).by_instance == {"i-0": 2, "i-2": 2}


@pytest.mark.parametrize("resource", ["cpu", "memory", "CPU", "MEMORY"])
def test_binpack_fills_the_instance_with_the_least_left(resource: str) -> None:
    wanted = demand(strategies=(("binpack", resource),))
    left: dict[str, Any] = {"cpu": 600} if resource.lower() == "cpu" else {"memory": 1500}
    small = instance("i-small", **left)
    assert placed(3, instance("i-big"), small, wanted=wanted).by_instance == {"i-small": 2, "i-big": 1}


def test_binpack_sees_what_other_services_take() -> None:
    web = demand("web", strategies=(("binpack", "cpu"),))
    api = demand("api", size=TaskSize(cpu=1024), subnets={"subnet-b": SUBNETS["subnet-b"]})
    instances = [instance("i-a", cpu=2048, slots=9), instance("i-b", "b", cpu=2100, slots=9)]
    found = place([(web, 1), (api, 1)], instances, PLENTY)
    assert (found["api"].by_instance, found["web"].by_instance) == ({"i-b": 1}, {"i-b": 1})


def test_binpack_leaves_an_instance_of_which_nobody_knows_what_is_left_to_the_last() -> None:
    wanted = demand(size=TaskSize(memory=512), strategies=(("binpack", "cpu"),))
    found = placed(3, instance("i-a", cpu=None), instance("i-b", cpu=4096), wanted=wanted)
    assert found.by_instance == {"i-b": 2, "i-a": 1}


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


@pytest.mark.parametrize("name", ["app", "web"], ids=["asked before it", "asked after it"])
def test_a_task_that_wants_to_be_beside_another_service_waits_for_it(name: str) -> None:
    beside = demand(name, member_of=member_of("task:group == service:db"))
    rows = [instance("i-a", slots=9), instance("i-b", "b", slots=9)]
    found = place([(beside, 2), (demand("db", subnets={"subnet-b": SUBNETS["subnet-b"]}), 1)], rows, PLENTY)
    assert (found["db"].by_instance, found[name].by_instance) == ({"i-b": 1}, {"i-b": 2})
    alone = place([(beside, 2), (demand("queue"), 1)], rows, PLENTY)
    assert (alone["queue"].placed, alone[name].placed, alone[name].binding) == (1, 0, "constraint")


def test_a_service_without_room_leaves_it_to_the_others() -> None:
    found = place([(demand("api", size=TaskSize(cpu=9999)), 2), (demand("web"), 2)], [instance("i-a")], PLENTY)
    assert [(found[name].placed, found[name].binding) for name in ("api", "web")] == [(0, "cpu"), (2, "none")]


def test_what_others_took_is_why_the_rest_finds_no_place() -> None:
    found = place([(demand("api"), 1), (demand("web"), 3)], [instance("i-a")], PLENTY)
    assert [(found[name].placed, found[name].binding) for name in ("api", "web")] == [(1, "none"), (1, "eni")]
    assert [reason.detail for reason in found["web"].rejected["i-a"]] == [
        "no task-ENI slot left of 2 on c5.large (2 by tasks that would fit)"
    ]


@pytest.mark.parametrize("tasks", [0, -1], ids=["none", "fewer than there are"])
def test_a_service_that_wants_no_more_is_kept_by_nothing(tasks: int) -> None:
    assert placed(tasks, instance("i-a", status="DRAINING")) == Placed()


def test_a_cluster_without_instances_rejects_nothing() -> None:
    assert placed(2) == Placed()


def test_a_proven_obstacle_is_one_however_much_is_trusted() -> None:
    rows = [instance("i-a", cpu=None), instance("i-b", cpu=None, status="DRAINING")]
    assert placed(2, *rows, trust_unknown=True).by_instance == {"i-a": 2}
    unread = demand(size=None, missing=("ecs:DescribeTaskDefinition",))
    assert placed(2, *rows, wanted=unread).rejected.keys() == {"i-a", "i-b"}
    assert placed(2, *rows, wanted=unread, trust_unknown=True).by_instance == {"i-a": 2}


def test_an_instance_whose_zone_no_source_gives_takes_tasks_and_no_address() -> None:
    nowhere = instance("i-a", availability_zone=None, slots=9)
    assert placed(3, nowhere, addresses=dict.fromkeys(SUBNETS, 1)).placed == 3


def test_services_take_turns_for_the_same_slots() -> None:
    found = place([(demand("web"), 4), (demand("api"), 4)], [instance("i-a"), instance("i-b", "b")], PLENTY)
    assert {name: result.placed for name, result in found.items()} == {"web": 2, "api": 2}


def test_each_task_takes_an_address() -> None:
    found = placed(3, instance("i-a", slots=9), addresses={"subnet-a": 1, "subnet-b": 9, "subnet-c": 9})
    assert (found.placed, found.binding) == (1, "addresses")


def test_addresses_are_those_of_the_subnets_in_the_zone_one_after_the_other() -> None:
    second = ec2.Subnet(subnet_id="subnet-a2", vpc_id="vpc-main", availability_zone="us-east-1a")
    wanted = demand(subnets=SUBNETS | {"subnet-a2": second})
    bridge = demand("bridge", size=TaskSize(needs_eni=False), required=())
    free: dict[str, int | None] = {"subnet-a": 1, "subnet-a2": 2, "subnet-b": 9, "subnet-c": 9}
    found = place([(bridge, 4), (wanted, 4)], [instance("i-a", slots=9)], free)
    assert (found["bridge"].placed, found["web"].placed, found["web"].binding) == (4, 3, "addresses")
    assert free == {"subnet-a": 1, "subnet-a2": 2, "subnet-b": 9, "subnet-c": 9}


def test_services_in_the_same_subnet_share_its_addresses() -> None:
    free: dict[str, int | None] = {"subnet-a": 3, "subnet-b": 9, "subnet-c": 9}
    found = place([(demand("api"), 2), (demand("web"), 2)], [instance("i-a", slots=9)], free)
    assert (found["api"].placed, found["web"].placed, found["web"].binding) == (2, 1, "addresses")


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
