"""Where the waiting tasks of a service could go, and what is in the way of the next one."""

import pytest

from awsvpc_audit.analyzers.capacity.candidate import candidates_of
from awsvpc_audit.analyzers.capacity.eligibility import Code
from awsvpc_audit.analyzers.capacity.outlook import Outlook, outlook_of
from awsvpc_audit.model.gaps import NotCollectedError
from tests.analyzers.capacity.documents import crowded
from tests.world import World, healthy


def outlook(world: World, service: str) -> Outlook:
    cluster = world.context().cluster
    workload = next(w for w in cluster.workloads if w.name == service)
    return outlook_of(workload, cluster, tuple(candidates_of(cluster)))


def told(found: Outlook) -> dict[str, list[tuple[str, str]]]:
    return {s.candidate.id: [(r.code, r.detail) for r in s.reasons] for s in found.standings}


ROOM_TOLD: tuple[Code, ...] = ("eni", "memory")
FULL = "no task-ENI slot left of 2 on c5.large (2 by tasks)"


def test_all_that_wait_fit() -> None:
    world = healthy()
    world.service("web")["desiredCount"] = 4
    found = outlook(world, "web")
    assert (found.workload.name, found.demand.name) == ("web", "web")
    assert (found.waiting, found.placeable, found.all_fit) == (2, 2, True)
    assert told(found) == {"i-a": [], "i-b": []}
    assert not any(standing.is_open for standing in found.standings)


def test_the_obstacles_are_those_of_the_next_task() -> None:
    found = outlook(crowded(), "api")
    assert (found.waiting, found.placeable, found.all_fit) == (2, 0, False)
    assert told(found) == {"i-aa": [("eni", FULL)], "i-bb": [("eni", FULL)]}


def test_those_that_fit_are_placed_first() -> None:
    world = healthy()
    world.service("web")["desiredCount"] = 8  # m5.xlarge: 3 slots each, one of them taken
    found = outlook(world, "web")
    assert (found.waiting, found.placeable) == (6, 4)
    full = "no task-ENI slot left of 3 on m5.xlarge (1 by tasks, 2 by tasks that would fit)"
    assert told(found) == {"i-a": [("eni", full)], "i-b": [("eni", full)]}


@pytest.mark.parametrize(
    ("ipv6_only", "placeable"),
    [((), 0), (("subnet-a",), 2), (("subnet-a", "subnet-b"), 4)],
    ids=["IPv4", "one subnet is IPv6-only", "both are"],
)
def test_ipv6_only_subnets_have_no_end_of_addresses(ipv6_only: tuple[str, ...], placeable: int) -> None:
    """AWS's `AvailableIpAddressCount` is of IPv4 addresses."""
    world = healthy()
    world.service("web")["desiredCount"] = 6
    for subnet_id in ("subnet-a", "subnet-b"):
        world.subnet(subnet_id).update(AvailableIpAddressCount=0, Ipv6Native=subnet_id in ipv6_only)
    assert outlook(world, "web").placeable == placeable


def test_several_obstacles_of_a_kind_stand_together() -> None:
    world = crowded()
    world.service("api")["placementConstraints"] = [
        {"type": "memberOf", "expression": "attribute:stack == blue"},
        {"type": "memberOf", "expression": "attribute:disk == ssd"},
    ]
    (first, _) = outlook(world, "api").standings
    assert first.why("constraint") == "not memberOf (attribute:stack == blue); not memberOf (attribute:disk == ssd)"
    assert first.why("eni") == FULL
    assert first.why("cpu") == ""


@pytest.mark.parametrize(
    ("free_slots", "free_memory", "lack", "only"),
    [
        pytest.param((0, 0), (9000, 9000), ["eni"], ["i-a", "i-b"], id="no slot on either"),
        pytest.param((0, 0), (9000, 100), ["eni"], ["i-a"], id="and no memory on one of them"),
        pytest.param((0, 2), (9000, 100), [], ["i-a"], id="no slot here, no memory there"),
        pytest.param((0, 0), (100, 100), ["eni", "memory"], [], id="neither on either"),
    ],
)
def test_what_all_lack_and_what_alone_is_in_the_way(
    free_slots: tuple[int, int],
    free_memory: tuple[int, int],
    lack: list[Code],
    only: list[str],
) -> None:
    world = healthy()
    for name, slots, memory in zip(("i-a", "i-b"), free_slots, free_memory, strict=True):
        for index in range(2 - slots):
            world.add_eni(f"subnet-{name[-1]}", instance_id=name, device_index=2 + index, description="by hand")
        world.container_instance(name)["remainingResources"][1]["integerValue"] = memory
    world.service("web")["desiredCount"] = 3
    found = outlook(world, "web")
    assert [code for code in ROOM_TOLD if found.all_lack(code)] == lack
    assert [s.candidate.id for s in found.only_for("eni")] == only
    without_slot = [name for name, slots in zip(("i-a", "i-b"), free_slots, strict=True) if not slots]
    assert [s.candidate.id for s in found.only_for("eni", "memory")] == without_slot
    world.container_instance("i-a")["status"] = world.container_instance("i-b")["status"] = "DRAINING"
    nowhere = outlook(world, "web")
    assert (nowhere.all_lack("eni"), nowhere.only_for("eni")) == (False, ())


def test_what_was_not_read_leaves_an_instance_open() -> None:
    world = healthy().deny("ec2:DescribeSubnets")
    world.service("web")["desiredCount"] = 4
    found = outlook(world, "web")
    assert (found.waiting, found.placeable) == (2, 0)
    assert [standing.is_open for standing in found.standings] == [True, True]
    found.require_no_open("eni")
    for codes in ((), ("availability_zone",)):
        with pytest.raises(NotCollectedError) as gap:
            found.require_no_open(*codes)
        assert gap.value.operations == ("ec2:DescribeSubnets",)
