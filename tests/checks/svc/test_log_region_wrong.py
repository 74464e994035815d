"""SVC009."""

import pytest

from tests.failing_starts import LOG_GROUP_NOT_FOUND, awslogs, container, starting
from tests.world import World, failing, finding, verdicts


def logging_to(region: str, *, reason: str | None = None, running: int = 0, create: bool = False) -> World:
    options = {"awslogs-create-group": "true"} if create else {}
    app = container(logConfiguration=awslogs("/ecs/api", region, **options))
    return starting(app, reason=reason, running=running)


def faults(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "SVC009"}


@pytest.mark.parametrize(
    "region",
    [
        pytest.param("us-east-1a", id="a zone"),
        pytest.param("us-esat-1", id="a typing error"),
        pytest.param("eu-west-11", id="a number too many"),
    ],
)
def test_a_region_that_does_not_exist(region: str) -> None:
    found = finding(logging_to(region, reason=LOG_GROUP_NOT_FOUND).audit(), "SVC009")

    assert found.status == "fail"
    assert (found.resource.type, found.resource.id) == ("task_definition", "api:1")
    assert [ref.id for ref in found.affected] == ["api"]
    assert (found.evidence[0].field, found.evidence[0].value) == (
        "containerDefinitions[app].logConfiguration.options[awslogs-region]",
        region,
    )


def test_the_own_region_is_right() -> None:
    assert faults(logging_to("us-east-1", reason=LOG_GROUP_NOT_FOUND)) == set()


def test_another_region_that_has_no_such_group_by_the_words_of_the_task() -> None:
    world = logging_to("eu-west-1", reason=LOG_GROUP_NOT_FOUND)
    world.rows["logs:DescribeLogGroups"].clear()

    found = finding(world.audit(), "SVC009")
    assert "eu-west-1" in found.detail
    assert "us-east-1" in found.detail
    assert found.evidence[1].value == LOG_GROUP_NOT_FOUND
    assert world.audit().diagnoses[0].causes[0].check_id == "SVC009"


def test_another_region_while_the_group_is_in_this_one() -> None:
    world = logging_to("eu-west-1", reason="ResourceInitializationError: failed to validate logger args:")

    found = finding(world.audit(), "SVC009")
    assert (found.evidence[1].operation, found.evidence[1].resource) == ("logs:DescribeLogGroups", "/ecs/api")
    assert found.remediation.commands == (
        "aws logs describe-log-groups --log-group-name-prefix /ecs/api --region us-east-1",
    )


def test_a_group_that_is_in_neither_region_as_far_as_known_is_no_proof() -> None:
    world = logging_to("eu-west-1", reason="ResourceInitializationError: failed to validate logger args:")
    world.rows["logs:DescribeLogGroups"].clear()

    assert faults(world) == set()


def test_logging_into_another_region_on_purpose_is_no_fault() -> None:
    assert faults(logging_to("eu-west-1", running=2)) == set()
    assert faults(logging_to("eu-west-1", reason=LOG_GROUP_NOT_FOUND, create=True)) == set()


def test_another_symptom_does_not_speak_of_logs() -> None:
    assert faults(logging_to("eu-west-1", reason="Timeout waiting for network interface provisioning")) == set()


def test_what_was_not_read_is_unknown() -> None:
    world = logging_to("eu-west-1", reason="ResourceInitializationError: failed to validate logger args:")
    world.deny("logs:DescribeLogGroups")

    assert verdicts(world.audit(), "SVC009")["api:1"] == "unknown"
    assert finding(world.audit(), "SVC009").missing == ("logs:DescribeLogGroups",)
