"""AGT008: an instance takes no tasks while tasks wait for a place."""

import pytest

from awsvpc_audit.findings import Evidence, Severity
from tests.world import World, finding, healthy, verdicts


def waiting(status: str, *, desired: int = 4) -> World:
    """`web` has two tasks, one on each instance, and wants `desired`; i-a is not ACTIVE."""
    world = healthy()
    world.service("web")["desiredCount"] = desired
    world.container_instance("i-a")["status"] = status
    return world


@pytest.mark.parametrize("status", ["DRAINING", "REGISTERING", "REGISTRATION_FAILED", "DEREGISTERING"])
def test_any_other_status_fails_while_tasks_wait(status: str) -> None:
    world = waiting(status)

    found = finding(world.audit(), "AGT008")

    assert found.resource.id == "i-a"
    assert found.severity is Severity.MEDIUM
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.detail == (
        f"i-a (m5.xlarge, us-east-1a) is {status} and takes no tasks, while tasks wait for a place: 2 of web"
    )
    assert found.evidence[0] == Evidence(
        operation="ecs:DescribeContainerInstances", resource="i-a", field="status", value=status
    )
    assert found.evidence[-1] == Evidence(
        operation="ecs:DescribeServices", resource="web", field="desiredCount", value=4
    )


def test_active_instances_pass() -> None:
    assert verdicts(waiting("ACTIVE").audit(), "AGT008") == {"i-a": "pass", "i-b": "pass"}


def test_an_instance_may_drain_while_every_task_has_its_place() -> None:
    assert verdicts(waiting("DRAINING", desired=2).audit(), "AGT008") == {"i-a": "pass", "i-b": "pass"}


def test_one_task_more_than_have_a_place_is_waiting() -> None:
    assert verdicts(waiting("DRAINING", desired=3).audit(), "AGT008")["i-a"] == "fail"


def test_tasks_that_wait_for_fargate_are_none_of_its_business() -> None:
    world = waiting("DRAINING", desired=2)
    world.service("worker")["desiredCount"] = 9

    assert verdicts(world.audit(), "AGT008")["i-a"] == "pass"


def test_a_standalone_task_without_a_place_waits() -> None:
    world = waiting("DRAINING", desired=2)
    world.add_task_definition("batch")
    task = world.add_task(None, definition="batch", status="PROVISIONING")
    task["launchType"] = "EC2"

    found = finding(world.audit(), "AGT008")

    assert [ref.id for ref in found.affected] == ["batch:1"]
    assert found.evidence[-1] == Evidence(
        operation="ecs:DescribeTasks", resource="batch:1", field="containerInstanceArn", value=None
    )


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (
            "DRAINING",
            "aws ecs update-container-instances-state --cluster prod --container-instances {} --status ACTIVE",
        ),
        ("REGISTRATION_FAILED", "aws ecs deregister-container-instance --cluster prod --container-instance {} --force"),
    ],
)
def test_the_command_fits_the_status(status: str, command: str) -> None:
    world = waiting(status)
    arn = world.container_instance("i-a")["containerInstanceArn"]

    assert finding(world.audit(), "AGT008").remediation.commands[0] == command.format(arn)


def test_awss_reason_is_shown() -> None:
    world = waiting("REGISTRATION_FAILED")
    world.container_instance("i-a")["statusReason"] = "Unexpected EC2 error"

    assert "is REGISTRATION_FAILED (Unexpected EC2 error)" in finding(world.audit(), "AGT008").detail


def test_an_absent_status_is_unknown() -> None:
    world = waiting("ACTIVE")
    del world.container_instance("i-a")["status"]

    assert verdicts(world.audit(), "AGT008") == {"i-a": "unknown", "i-b": "pass"}
