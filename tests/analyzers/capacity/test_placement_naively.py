"""The placement model beside the plainest way to say what ECS does: before every task, look at every instance anew.

The model keeps heaps of instances, and looks again at those that changed. Whatever it keeps must make no difference.
"""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.demand import Demand
from awsvpc_audit.analyzers.capacity.eligibility import Room, reasons
from awsvpc_audit.analyzers.capacity.placement import place
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from tests.analyzers.capacity.candidates import SUBNETS, demand, instance, member_of

Wanted = list[tuple[Demand, int]]
Present = dict[str, dict[str, int]]


def rank(room: Room, wanted: Demand, rooms: list[Room], mine: Counter[str]) -> tuple[float, ...]:
    """How good an instance is for the next task: the strategies in their order, the least is best."""
    key: list[float] = []
    for kind, field in wanted.strategies:
        if kind == "binpack":
            key.append(getattr(room, field) or 0)
        elif field == "instanceId":
            key.append(mine[room.candidate.id])
        elif kind == "spread":
            name = field.removeprefix("attribute:")
            here = room.candidate.attributes.get(name)
            key.append(sum(mine[r.candidate.id] for r in rooms if r.candidate.attributes.get(name) == here))
    return tuple(key)


def placed_naively(
    wanted: Wanted, candidates: list[Candidate], addresses: dict[str, int | None], present: Present
) -> dict[str, Counter[str]]:
    """How many tasks of each service each instance gets."""
    rooms = [Room(candidate) for candidate in candidates]
    wanted = sorted(wanted, key=lambda pair: pair[0].name)
    mine = {service.name: Counter(present.get(service.name, {})) for service, _ in wanted}
    found: dict[str, Counter[str]] = {service.name: Counter() for service, _ in wanted}
    goes_on = True
    while goes_on:
        goes_on = False
        for service, count in wanted:
            able = [room for room in rooms if not reasons(room, service, addresses)]
            if found[service.name].total() == count or not able:
                continue
            best = min(able, key=lambda room: rank(room, service, rooms, mine[service.name]))
            best.take(service)
            zone = best.candidate.availability_zone
            with_address = [s for s, subnet in SUBNETS.items() if subnet.availability_zone == zone and addresses[s]]
            for subnet_id in with_address[:1] if service.size and service.size.needs_eni else ():
                addresses[subnet_id] = (addresses[subnet_id] or 0) - 1
            for counts in (mine, found):
                counts[service.name][best.candidate.id] += 1
            goes_on = True
    return found


instances = st.lists(
    st.builds(
        lambda zone, rack, cpu, memory, slots, running: {
            "zone": zone,
            "attributes": {"rack": rack},
            "cpu": cpu,
            "memory": memory,
            "slots": slots,
            "running_tasks": running,
            "task_groups": {"service:db": running},
        },
        st.sampled_from("abc"),
        st.sampled_from(["r1", "r2"]),
        st.sampled_from([256, 600, 4096]),
        st.sampled_from([512, 1100, 8192]),
        st.integers(0, 6),
        st.integers(0, 1),
    ),
    max_size=5,
)
strategy = st.sampled_from(
    [
        ("spread", "attribute:ecs.availability-zone"),
        ("spread", "attribute:rack"),
        ("spread", "instanceId"),
        ("binpack", "cpu"),
        ("binpack", "memory"),
        ("random", ""),
    ]
)
constraint = st.sampled_from(
    [
        (),
        (),
        member_of("task:group == service:db"),
        member_of("not task:group == service:api"),
        member_of("runningTasksCount < 2"),
        member_of("attribute:rack == r1"),
    ]
)


def services(name: str) -> st.SearchStrategy[tuple[Demand, int]]:
    """A service of this name, and how many tasks it wants."""

    def built(strategies: list[tuple[str, str]], member: Any, distinct: bool, bridge: bool, count: int) -> Any:
        size = TaskSize(cpu=256, memory=512, needs_eni=not bridge)
        more: dict[str, Any] = {"size": size, "strategies": tuple(strategies), "member_of": member}
        return demand(name, is_distinct=distinct, required=(), **more), count

    few = st.lists(strategy, max_size=2, unique=True)
    return st.builds(built, few, constraint, st.booleans(), st.booleans(), st.integers(0, 8))


@given(
    kinds=instances,
    wanted=st.tuples(services("api"), services("db"), services("web")),
    free=st.tuples(*[st.sampled_from([0, 1, 2, 9, None])] * 3),
    present=st.dictionaries(st.sampled_from(["i-0", "i-1", "i-2"]), st.integers(1, 2)),
)
def test_as_many_tasks_on_each_instance_as_the_plainest_way_puts_there(
    kinds: list[dict[str, Any]],
    wanted: tuple[tuple[Demand, int], ...],
    free: tuple[int | None, ...],
    present: dict[str, int],
) -> None:
    candidates = [instance(f"i-{number}", **kind) for number, kind in enumerate(kinds)]
    addresses = dict(zip(SUBNETS, free, strict=True))
    before = {"web": present, "db": {"i-0": 1}}
    found = place(wanted, candidates, addresses, present=before)
    expected = placed_naively(list(wanted), candidates, dict(addresses), before)
    assert {name: result.by_instance for name, result in found.items()} == expected
    assert all(bool(found[service.name].rejected) <= (found[service.name].placed < count) for service, count in wanted)
