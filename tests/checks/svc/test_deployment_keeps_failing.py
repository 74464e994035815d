"""SVC005."""

import pytest

from tests.failing_starts import starting
from tests.world import World, failing, finding, healthy, verdicts

TRIPPED = "ECS deployment circuit breaker: tasks failed to start."


def rollout(world: World, **more: object) -> None:
    world.service("api")["deployments"][0] |= more


def faults(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "SVC005"}


def test_the_circuit_breaker_tripped() -> None:
    world = starting()
    rollout(world, rolloutState="FAILED", rolloutStateReason=TRIPPED)

    found = finding(world.audit(), "SVC005")
    assert found.status == "fail"
    assert (found.resource.type, found.resource.id) == ("service", "api")
    assert found.detail == f"api: {TRIPPED}"
    assert {e.field.partition(".")[2] for e in found.evidence} == {"rolloutState", "rolloutStateReason"}


def test_a_rollout_failed_without_a_word() -> None:
    world = starting()
    rollout(world, rolloutState="FAILED")

    assert finding(world.audit(), "SVC005").evidence[0].value == "FAILED"


def test_the_scheduler_gives_up_for_a_while() -> None:
    text = "(service api) is unable to consistently start tasks successfully. For more information, see the guide."
    world = starting()
    world.add_event("api", text)

    found = finding(world.audit(), "SVC005")
    assert (found.evidence[0].field, found.evidence[0].value) == ("events[].message", text)


@pytest.mark.parametrize(("failed", "expected"), [(2, set()), (3, {"api"})])
def test_a_rollout_that_goes_on_and_fails_again_and_again(failed: int, expected: set[str]) -> None:
    world = starting(running=1)
    rollout(world, rolloutState="IN_PROGRESS", failedTasks=failed)

    assert faults(world) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(service api) operations are being throttled on elb. Will try again later.",
        "(service api) was unable to scale in due to (reason 2 tasks under protection)",
    ],
)
def test_other_unrest_is_no_failed_deployment(text: str) -> None:
    world = starting(running=1)
    world.add_event("api", text)

    assert faults(world) == set()


def test_a_failure_before_the_last_steady_state_is_history() -> None:
    world = starting(running=2)
    world.service("api")["deployments"].append(
        {
            "id": "ecs-svc/2",
            "status": "ACTIVE",
            "rolloutState": "FAILED",
            "rolloutStateReason": TRIPPED,
            "updatedAt": "2026-11-22T09:00:00Z",
        }
    )
    world.add_event("api", "(service api) has reached a steady state.", at="2026-11-22T11:00:00Z")

    assert faults(world) == set()


def test_a_service_that_nobody_wants_is_silent() -> None:
    world = starting()
    rollout(world, rolloutState="FAILED", rolloutStateReason=TRIPPED)
    world.service("api")["desiredCount"] = 0

    assert faults(world) == set()


def test_unread_services_are_unknown() -> None:
    assert verdicts(healthy().deny("ecs:DescribeServices").audit(), "SVC005") == {"prod": "unknown"}
