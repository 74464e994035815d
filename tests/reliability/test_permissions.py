"""The printed policy, enforced: with all of it nothing is missing; without a part something is, and it is named."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from awsvpc_audit.collectors.cloudtrail import with_changes
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.policy import policy_document
from awsvpc_audit.demo.emulator import REGION
from tests.cli.conftest import Command
from tests.emulator_faults import FaultyAws
from tests.reliability.comparing import AUDITED, Document, faults_of, of_status
from tests.reliability.conftest import Audit

STATEMENTS: list[dict[str, Any]] = json.loads(policy_document())["Statement"]
ACTIONS = sorted(action for statement in STATEMENTS for action in statement["Action"])
NO_VERDICT_HANGS_ON = {"AwsvpcAuditAutoscaling", "AwsvpcAuditRoute53"}
"""Statements for what this account's faults do not depend on: what they allow is missing, and named as such."""

NOT_OF_A_NAMED_CLUSTER = "ecs:ListClusters"


def allowed_by(statements: list[dict[str, Any]]) -> frozenset[str]:
    """What IAM allows by these statements, which must be as plain as the proxy understands them."""
    for statement in statements:
        assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
        assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
        assert not any("*" in action or "?" in action for action in statement["Action"])
    return frozenset(action for statement in statements for action in statement["Action"])


@pytest.fixture
def enforced(aws: FaultyAws) -> Iterator[FaultyAws]:
    aws.allowed = allowed_by(STATEMENTS)
    yield aws
    aws.allowed = None


def missing(document: Document) -> dict[str, str]:
    return {each["operation"]: each["error"] for each in document["collection"]["missing"]}


def test_the_command_prints_this_policy(command: Command) -> None:
    said = command("iam-policy")
    assert json.loads(said.out)["Statement"] == STATEMENTS


def test_nothing_is_missing_with_it(audit: Audit, enforced: FaultyAws, whole: Document) -> None:
    code, document = audit()
    assert code in AUDITED
    assert document["collection"]["missing"] == []
    assert document["findings"] == whole["findings"]
    assert {request.action for request in enforced.requests} - {"sts:GetCallerIdentity"} == {*ACTIONS} - {
        NOT_OF_A_NAMED_CLUSTER
    }


def test_nor_for_every_cluster_and_for_a_timeline(command: Command, enforced: FaultyAws, tmp_path: Any) -> None:
    account = ("--region", REGION, "--endpoint-url", enforced.endpoint_url)
    said = command("snapshot", "--all", *account, "-o", tmp_path / "stored")
    assert said.code == 0
    assert "not read" not in said.err
    assert enforced.calls[NOT_OF_A_NAMED_CLUSTER]
    command("timeline", "prod", *account, "--format", "json")
    assert {request.action for request in enforced.requests} <= {*ACTIONS, "sts:GetCallerIdentity"}


def test_it_allows_no_more_than_is_called() -> None:
    names = {operation.name.partition(":")[2] for operation in with_changes(OPERATIONS)} - {"GetCallerIdentity"}
    assert {action.partition(":")[2] for action in ACTIONS} == names


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement["Sid"])
def test_without_a_statement_it_is_named_and_hides_nothing(
    audit: Audit, command: Command, enforced: FaultyAws, whole: Document, statement: dict[str, Any]
) -> None:
    enforced.allowed = allowed_by([each for each in STATEMENTS if each is not statement])
    if statement["Sid"] == "AwsvpcAuditEcs":
        said = command("cluster", "prod", "--region", REGION, "--endpoint-url", enforced.endpoint_url)
        assert (said.code, said.out) == (3, "")
        assert "ecs:DescribeClusters failed (AccessDenied)" in said.err
        assert "iam-policy" in said.err
        return
    code, document = audit()
    assert code in AUDITED
    denied = {request.operation for request in enforced.requests if request.action in statement["Action"]}
    assert denied
    assert {missing(document).get(operation) for operation in denied} == {"AccessDenied"}
    assert faults_of(whole, document) == []
    named = {operation for each in of_status(document, "unknown").values() for operation in each["missing"]}
    assert named & denied or statement["Sid"] in NO_VERDICT_HANGS_ON, "nothing is unknown for want of it"


@pytest.mark.reliability
@pytest.mark.parametrize("action", [action for action in ACTIONS if action != NOT_OF_A_NAMED_CLUSTER])
def test_without_an_action_it_is_named_and_hides_nothing(
    audit: Audit, enforced: FaultyAws, whole: Document, action: str
) -> None:
    enforced.allowed = allowed_by(STATEMENTS) - {action}
    code, document = audit()
    assert code in AUDITED
    (operation,) = {request.operation for request in enforced.requests if request.action == action}
    assert missing(document)[operation] == "AccessDenied"
    assert faults_of(whole, document) == []
