import pytest

from tests.world import World, failing, finding, healthy, unknown

WORKER = ("PLC013", "worker")
REFUSED = (
    "(service worker) was unable to place a task. Reason: Capacity is unavailable at this time. "
    "Please try again later or in a different availability zone."
)


def world(message: str = REFUSED, *, subnets: tuple[str, ...] = ("subnet-a",), desired: int = 3) -> World:
    world = healthy()
    service = world.service("worker")
    service["desiredCount"] = desired
    service["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = list(subnets)
    service["events"] = [{"id": "2", "createdAt": "2026-11-20T12:00:00Z", "message": message}]
    return world


def test_capacity_was_refused_in_the_only_zone() -> None:
    found = finding(world().audit(), "PLC013")
    assert (found.resource.type, found.resource.id) == ("service", "worker")
    assert "us-east-1a" in found.detail
    assert ("events[].message", REFUSED) in {(e.field, e.value) for e in found.evidence}


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(world(subnets=("subnet-a", "subnet-b")), id="there is another zone"),
        pytest.param(world("(service worker) has started 1 tasks."), id="nothing was refused"),
        pytest.param(world(desired=2), id="all tasks run"),
    ],
)
def test_passes(account: World) -> None:
    assert WORKER not in failing(account.audit())


def test_a_refusal_from_before_a_steady_state_is_over() -> None:
    account = world()
    steady = {"id": "3", "createdAt": "2026-11-20T13:00:00Z", "message": "(service worker) has reached a steady state."}
    account.service("worker")["events"].append(steady)
    assert WORKER not in failing(account.audit())


def test_it_is_unknown_without_the_subnets() -> None:
    assert WORKER in unknown(world().deny("ec2:DescribeSubnets").audit())
