"""What holds for every network: opening never closes, denying all closes all, and no snapshot breaks the engine."""

import copy
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsvpc_audit.analyzers.reachability.address import Family, intersect, ranges, size, subtract, union
from awsvpc_audit.analyzers.reachability.path import trace_path
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.errors import NotFoundError
from awsvpc_audit.findings import Verdict
from awsvpc_audit.model import tables
from awsvpc_audit.model.gaps import Missing
from tests.analyzers.reachability.joined import central_egress, peered
from tests.analyzers.reachability.questions import together
from tests.analyzers.reachability.test_brute_force import node, random_world, senders
from tests.world import World, acl_entry, healthy, permission

numbers = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (min(p), max(p))), max_size=6)
ORDER = [Verdict.UNREACHABLE, Verdict.PARTIAL, Verdict.REACHABLE]


def members(pairs: tuple[tuple[int, int], ...]) -> set[int]:
    return {number for low, high in pairs for number in range(low, high + 1)}


@given(numbers, numbers)
def test_ranges_are_sets_of_numbers(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    a, b = ranges(one), ranges(other)

    assert members(union(a, b)) == members(a) | members(b)
    assert members(intersect(a, b)) == members(a) & members(b)
    assert members(subtract(a, b)) == members(a) - members(b)
    assert size(a) == len(members(a))
    assert all(high + 1 < low for (_, high), (low, _) in itertools.pairwise(a)), "gaps between ranges"


def verdicts(world: World, seed: int) -> list[Verdict]:
    """Answers to the same few questions in a world."""
    rng = random.Random(seed)  # noqa: S311 - the same questions for both worlds
    reachability = Reachability(world.model())
    found = []
    for family in Family:
        one, other = rng.sample(senders(world, rng, family), 2)
        start, end = node(one, reachability, family), node(other, reachability, family)
        found.append(reachability.to_internet(start, family).verdict)
        found.append(reachability.to_node(start, end, family).verdict)
    return found


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 100_000), st.booleans(), st.sampled_from(["0.0.0.0/0", "8.0.0.0/7", "10.0.0.0/8", "::/0"]))
def test_adding_an_allow_rule_never_makes_less_reachable(seed: int, in_acl: bool, cidr: str) -> None:
    world = random_world(random.Random(seed))  # noqa: S311
    before = verdicts(world, seed)
    if in_acl:
        for acl in world.rows["ec2:DescribeNetworkAcls"]:
            acl["Entries"] += [acl_entry(1, "allow", egress=egress, cidr=cidr) for egress in (True, False)]
    else:
        for group in world.rows["ec2:DescribeSecurityGroups"]:
            group["IpPermissions"].append(permission("tcp", cidr, 443))
            group["IpPermissionsEgress"].append(permission("-1", cidr))

    for old, new in zip(before, verdicts(world, seed), strict=True):
        if Verdict.UNKNOWN not in {old, new}:
            assert ORDER.index(new) >= ORDER.index(old)
        else:
            assert new is not Verdict.UNREACHABLE or old is Verdict.UNREACHABLE


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_acls_that_deny_everything_stop_all_that_crosses_a_subnet(seed: int) -> None:
    world = random_world(random.Random(seed))  # noqa: S311
    for acl in world.rows["ec2:DescribeNetworkAcls"]:
        acl["Entries"] = []

    assert set(verdicts(world, seed)) == {Verdict.UNREACHABLE}


QUESTIONS = ("internet", "internet6", "ecr.api", "s3", "10.0.2.10", "10.0.0.0/8", "0.0.0.0/0", "i-b", "10.9.1.10")
SOURCES = ("service:prod/worker", "service:prod/web", "i-a", "subnet-a")


def ask_everything(reachability: Reachability) -> set[Verdict]:
    return {
        trace_path(reachability, source, destination, protocol=protocol).verdict
        for source in SOURCES
        for destination in QUESTIONS
        for protocol in ("tcp", "icmp", "all")
    }


@settings(max_examples=80, deadline=None)
@given(st.sets(st.sampled_from([spec.operation for spec in tables.TABLES if spec.operation.startswith("ec2:")])))
def test_a_half_missing_snapshot_is_answered_and_never_more_surely_than_a_whole_one(denied: set[str]) -> None:
    whole, half = healthy(), healthy()
    for operation in denied:
        half.denied[operation] = Missing(operation=operation, error="AccessDenied")
    ask_everything(Reachability(half.model()))
    for destination in ("internet", "10.0.2.10"):
        known = trace_path(Reachability(whole.model()), "service:prod/worker", destination).verdict
        found = trace_path(Reachability(half.model()), "service:prod/worker", destination).verdict
        assert found in {known, Verdict.UNKNOWN}


def mutilate(value: object, rng: random.Random) -> None:
    """Take away members that AWS may leave out, anywhere; identities stay."""
    if isinstance(value, dict):
        for key in list(value):
            is_identity = key.endswith("Id") or key.endswith("Arn") or key in {"RuleNumber", "clusterArn", "name"}
            if not is_identity and rng.random() < 0.08:
                del value[key]
            else:
                mutilate(value[key], rng)
    elif isinstance(value, list):
        for member in list(value):
            if rng.random() < 0.04:
                value.remove(member)
            else:
                mutilate(member, rng)


@pytest.mark.parametrize("seed", range(60))
def test_members_that_a_source_leaves_out_break_nothing(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    worlds = [peered, central_egress][seed % 2]()
    for world in worlds:
        for operation, rows in world.rows.items():
            if operation.startswith("ec2:") and operation not in {"ec2:DescribeInstances", "ec2:DescribeInstanceTypes"}:
                kept = copy.deepcopy(rows)
                mutilate(kept, rng)
                world.rows[operation] = [row for row in kept if row]
    model = together(*worlds)
    reachability = Reachability(model)
    for source in ("service:prod/worker", "service:prod/web"):
        for destination in QUESTIONS:
            try:
                trace_path(reachability, source, destination)
            except NotFoundError:
                # What was asked about is gone altogether, and that was said.
                continue
