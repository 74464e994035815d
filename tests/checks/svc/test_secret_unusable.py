"""SVC010."""

import pytest

from tests.failing_starts import JSON_KEY_MISSING, SECRET, SECRET_DENIED, SECRET_NOT_FOUND, container, starting
from tests.world import ACCOUNT, REGION, Row, World, failing, finding, verdicts

OTHER = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/mail-GhIjKl"
BAD_FORMAT = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
    "to retrieve secret from asm: unexpected ARN format with parameters when trying to retrieve ASM secret"
)


def with_secrets(*values: str, reason: str = JSON_KEY_MISSING) -> World:
    secrets: list[Row] = [{"name": f"S{number}", "valueFrom": value} for number, value in enumerate(values)]
    return starting(container(secrets=secrets), reason=reason)


def test_the_only_secret_is_named() -> None:
    found = finding(with_secrets(f"{SECRET}:password::").audit(), "SVC010")

    assert found.status == "fail"
    assert (found.resource.type, found.resource.id, found.resource.arn) == ("secret", "prod/db-AbCdEf", SECRET)
    assert [ref.id for ref in found.affected] == ["api"]
    assert (found.evidence[0].operation, found.evidence[0].value) == ("ecs:DescribeTasks", JSON_KEY_MISSING)
    assert found.evidence[1].value == f"{SECRET}:password::"


def test_of_several_secrets_it_is_the_one_with_the_key() -> None:
    world = with_secrets(f"{SECRET}:user::", f"{OTHER}:password::")

    assert finding(world.audit(), "SVC010").resource.id == "prod/mail-GhIjKl"


def test_of_several_secrets_it_is_the_one_that_the_text_names() -> None:
    reason = JSON_KEY_MISSING.replace("from asm:", f"from asm: {OTHER}:password::")
    world = with_secrets(f"{SECRET}:password::", f"{OTHER}:password::", reason=reason)

    assert finding(world.audit(), "SVC010").resource.id == "prod/mail-GhIjKl"


def test_where_several_may_be_meant_it_is_the_task_definition() -> None:
    world = with_secrets(f"{SECRET}:password::", f"{OTHER}:password::")

    found = finding(world.audit(), "SVC010")
    assert (found.resource.type, found.resource.id) == ("task_definition", "api:1")


def test_a_malformed_reference_is_found_by_its_form() -> None:
    world = with_secrets(f"{SECRET}:password", f"{OTHER}:password::", reason=BAD_FORMAT)

    assert finding(world.audit(), "SVC010").resource.id == "prod/db-AbCdEf"


def test_told_by_an_event() -> None:
    world = starting(container(secrets=[{"name": "DB", "valueFrom": f"{SECRET}:password::"}]))
    world.add_event("api", f"(service api) failed to launch a task with (error {JSON_KEY_MISSING}).")

    assert finding(world.audit(), "SVC010").evidence[0].operation == "ecs:DescribeServices"


@pytest.mark.parametrize("reason", [SECRET_NOT_FOUND, SECRET_DENIED])
def test_other_words_about_secrets_are_other_faults(reason: str) -> None:
    assert verdicts(with_secrets(f"{SECRET}:password::", reason=reason).audit(), "SVC010") == {"api": "pass"}


def test_a_service_that_runs_is_silent() -> None:
    world = with_secrets(f"{SECRET}:password::")
    world.service("api")["runningCount"] = 2
    world.add_event("api", "(service api) has reached a steady state.", at="2026-11-22T11:00:00Z")

    assert not {check for check, _ in failing(world.audit()) if check == "SVC010"}


def test_it_needs_no_call_about_secrets() -> None:
    world = with_secrets(f"{SECRET}:password::").deny("secretsmanager:DescribeSecret")

    assert ("SVC010", "prod/db-AbCdEf") in failing(world.audit())


def test_the_unread_task_definition_is_unknown() -> None:
    world = with_secrets(f"{SECRET}:password::").deny("ecs:DescribeTaskDefinition")

    assert finding(world.audit(), "SVC010").missing == ("ecs:DescribeTaskDefinition",)
