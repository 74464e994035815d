"""What is asked about launchers and changes, what of it is kept, and at which pace."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from awsvpc_audit.collectors.cloudtrail import CHANGES, with_changes
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.redaction import redacted
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.model.account_model import Model
from tests.collectors.scripted import ACCOUNT, CLUSTER, ScriptedSession, refused

CANARY = "c4n4ry-s3cr3t"
NETWORK = {"awsvpcConfiguration": {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-a"]}}
DEFINITION = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/nightly"
ANSWERS: dict[str, Any] = {
    "events:ListRuleNamesByTarget": {"RuleNames": ["nightly"]},
    "events:ListRules": {"Rules": [{"Name": "nightly", "State": "ENABLED"}]},
    "events:ListTargetsByRule": {
        "Targets": [
            {
                "Id": "1",
                "Arn": CLUSTER,
                "Input": CANARY,
                "EcsParameters": {"TaskDefinitionArn": DEFINITION, "NetworkConfiguration": NETWORK},
            }
        ]
    },
}


def operations_of(session: ScriptedSession) -> list[str]:
    return [name for name, _ in session.calls]


def test_a_rules_network_and_task_definition_are_read_too() -> None:
    session = ScriptedSession(ANSWERS)
    collect(session, Target(("prod",)))  # type: ignore[arg-type]
    asked = dict(session.calls)
    assert asked["events:ListTargetsByRule"]["Rule"] == "nightly"
    assert asked["ecs:DescribeTaskDefinition"]["taskDefinition"] == DEFINITION
    assert asked["ec2:DescribeSubnets"]["Filters"] == [{"Name": "subnet-id", "Values": ["subnet-a"]}]


def test_without_a_rule_on_the_cluster_rules_are_not_listed() -> None:
    session = ScriptedSession({"events:ListRuleNamesByTarget": {"RuleNames": []}})
    collect(session, Target(("prod",)))  # type: ignore[arg-type]
    assert not {"events:ListRules", "events:ListTargetsByRule"} & set(operations_of(session))


def test_only_schedules_of_the_cluster_are_described() -> None:
    schedules = [
        {"Name": "ours", "GroupName": "default", "Target": {"Arn": CLUSTER}},
        {"Name": "other", "GroupName": "default", "Target": {"Arn": "arn:aws:lambda:us-east-1:1:function:f"}},
    ]
    session = ScriptedSession(
        {"scheduler:ListSchedules": {"Schedules": schedules}, "scheduler:GetSchedule": {"Name": "ours"}}
    )
    collect(session, Target(("prod",)))  # type: ignore[arg-type]
    assert [p["Name"] for name, p in session.calls if name == "scheduler:GetSchedule"] == ["ours"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnknownOperationException"])
def test_launchers_that_cannot_be_listed_leave_everything_else_known(code: str) -> None:
    answers = {
        name: refused(name, code)
        for name in ("events:ListRuleNamesByTarget", "scheduler:ListSchedules", "stepfunctions:ListStateMachines")
    }
    session = ScriptedSession(answers)
    collected = collect(session, Target(("prod",)))  # type: ignore[arg-type]
    scope = Model.of(collected.snapshot).scopes[0]
    assert scope.subnets.is_complete
    assert scope.task_definitions.is_complete
    assert not scope.event_targets.is_complete
    assert not scope.state_machines.is_complete


def test_of_a_target_only_how_tasks_are_run_is_kept() -> None:
    entry = {"Id": "1", "Arn": CLUSTER, "Input": CANARY, "EcsParameters": {"Tags": [CANARY], "LaunchType": "EC2"}}
    assert redacted("events:ListTargetsByRule", entry) == {
        "Id": "1",
        "Arn": CLUSTER,
        "EcsParameters": {"LaunchType": "EC2"},
    }
    assert CANARY not in str(redacted("scheduler:GetSchedule", {"Name": "x", "Target": entry}))


def test_of_a_state_machine_only_run_task_states_are_kept_without_overrides() -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask",
        "Parameters": {"Cluster": "prod", "Overrides": {"Environment": CANARY}, "TaskDefinition.$": "$.definition"},
    }
    definition = {"Comment": CANARY, "States": {"Run": state, "Pass": {"Type": "Pass", "Result": CANARY}}}
    entry = {
        "stateMachineArn": "arn",
        "name": "etl",
        "definition": json.dumps(definition),
        "loggingConfiguration": CANARY,
    }
    kept = redacted("stepfunctions:DescribeStateMachine", entry)
    assert CANARY not in str(kept)
    assert json.loads(kept["definition"])["States"]["Run"]["Parameters"] == {
        "Cluster": "prod",
        "TaskDefinition.$": "$.definition",
    }


def test_of_a_recorded_call_who_and_which_ids_are_kept() -> None:
    record = {
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/alice", "accessKeyId": CANARY},
        "eventSource": "iam.amazonaws.com",
        "requestParameters": {"roleName": "web", "policyDocument": CANARY},
        "responseElements": CANARY,
    }
    kept = redacted(
        "cloudtrail:LookupEvents", {"EventId": "1", "AccessKeyId": CANARY, "CloudTrailEvent": json.dumps(record)}
    )
    assert CANARY not in str(kept)
    assert json.loads(kept["CloudTrailEvent"])["requestParameters"] == {"roleName": "web"}
    assert "CloudTrailEvent" in redacted("cloudtrail:LookupEvents", {"EventId": "1", "CloudTrailEvent": "{"})


def test_an_audit_asks_for_no_changes() -> None:
    session = ScriptedSession({})
    collected = collect(session, Target(("prod",)))  # type: ignore[arg-type]
    assert "cloudtrail:LookupEvents" not in operations_of(session)
    assert not Model.of(collected.snapshot).scopes[0].trail_events.is_complete


def test_a_timeline_asks_for_each_kind_of_change_since_its_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    since = datetime(2026, 11, 23, 20, tzinfo=UTC)
    session = ScriptedSession({"cloudtrail:LookupEvents": {"Events": []}})
    collect(session, Target(("prod",), (), since), operations=with_changes(OPERATIONS))  # type: ignore[arg-type]
    asked = [params for name, params in session.calls if name == "cloudtrail:LookupEvents"]
    assert sorted(p["LookupAttributes"][0]["AttributeValue"] for p in asked) == sorted(CHANGES)
    assert {p["StartTime"] for p in asked} == {since}


def test_changes_are_asked_for_no_faster_than_aws_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    begin = time.monotonic()
    session = ScriptedSession({"cloudtrail:LookupEvents": {"Events": []}})
    collect(session, Target(("prod",)), operations=with_changes(OPERATIONS))  # type: ignore[arg-type]
    took = time.monotonic() - begin
    assert max(waited) == pytest.approx((len(CHANGES) - 1) / 2, abs=took + 0.1)


def test_after_one_refusal_no_more_changes_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    name = "cloudtrail:LookupEvents"
    session = ScriptedSession({name: refused(name, "AccessDeniedException")})
    collected = collect(session, Target(("prod",)), operations=with_changes(OPERATIONS), concurrency=1)  # type: ignore[arg-type]
    assert operations_of(session).count(name) < len(CHANGES)
    assert [m.error for m in collected.collection.missing if m.operation == name] == ["AccessDenied"]
