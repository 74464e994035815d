"""What is asked about launchers and changes, what of it is kept, and at which pace."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from awsvpc_audit.analyzers.launchers import launches_of, unread_launchers
from awsvpc_audit.analyzers.recorded_launches import unread_launches
from awsvpc_audit.collectors.cloudtrail import CHANGES, with_changes
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.pace import Pace
from awsvpc_audit.collectors.redaction import redacted
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import NotCollectedError
from tests.collectors.scripted import ACCOUNT, CLUSTER, ScriptedSession, refused, services

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


def test_of_a_recorded_change_only_what_it_names_is_kept() -> None:
    record = {
        "eventSource": "ec2.amazonaws.com",
        "requestParameters": {
            "routeTableId": "rtb-a",
            "CreateVpcEndpointRequest": {
                "TagSpecification": {"Tag": [{"Key": "x", "Value": CANARY}]},
                "VpcId": "vpc-a",
            },
            "ipPermissions": {"items": [{"fromPort": 443, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]},
            "userData": CANARY,
            "tagSpecificationSet": {"items": [{"tags": [{"key": "name", "value": CANARY, "name": CANARY}]}]},
            "groups": ["sg-a", CANARY],
            "enableDnsSupport": {"value": False},
        },
    }
    kept = redacted("cloudtrail:LookupEvents", {"EventName": "CreateRoute", "CloudTrailEvent": json.dumps(record)})
    assert CANARY not in str(kept)
    assert json.loads(kept["CloudTrailEvent"])["requestParameters"] == {
        "routeTableId": "rtb-a",
        "CreateVpcEndpointRequest": {"VpcId": "vpc-a"},
        "ipPermissions": {"items": [{"fromPort": 443, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]},
        "groups": ["sg-a"],
    }


def test_of_a_recorded_launch_the_network_and_the_answer_are_kept_without_overrides() -> None:
    request = {
        "cluster": "prod",
        "taskDefinition": "nightly",
        "startedBy": "events-rule/nightly",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    }
    record = {
        "eventSource": "ecs.amazonaws.com",
        "eventName": "RunTask",
        "errorCode": "ClientException",
        "errorMessage": "TaskDefinition is inactive",
        "requestParameters": {
            **request,
            "overrides": {"containerOverrides": [{"environment": CANARY}]},
            "tags": CANARY,
        },
        "responseElements": {
            "tasks": [{"taskArn": "arn:1", "overrides": CANARY, "containers": CANARY}],
            "failures": [{"arn": "arn:2", "reason": "RESOURCE:ENI", "detail": "no slot", "more": CANARY}],
        },
    }
    kept = redacted("cloudtrail:LookupEvents", {"EventName": "RunTask", "CloudTrailEvent": json.dumps(record)})
    assert CANARY not in str(kept)
    told = json.loads(kept["CloudTrailEvent"])
    assert told["requestParameters"] == request
    assert told["responseElements"] == {
        "tasks": [{"taskArn": "arn:1"}],
        "failures": [{"arn": "arn:2", "reason": "RESOURCE:ENI", "detail": "no slot"}],
    }
    assert (told["errorCode"], told["errorMessage"]) == ("ClientException", "TaskDefinition is inactive")


def test_of_a_schedule_that_calls_run_task_the_request_is_kept_without_overrides() -> None:
    request = {"cluster": "prod", "launchType": "FARGATE", "overrides": {"environment": CANARY}}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": json.dumps(request), "RoleArn": CANARY}
    kept = redacted("scheduler:GetSchedule", {"Name": "x", "Target": target})
    assert CANARY not in str(kept)
    assert json.loads(kept["Target"]["Input"]) == {"Cluster": "prod", "LaunchType": "FARGATE"}


# Event buses.


def test_rules_of_other_buses_are_asked_for_only_where_they_lead_to_the_cluster() -> None:
    by_bus = {"orders": ["nightly"], "quiet": []}
    session = ScriptedSession(
        {
            "events:ListEventBuses": {"EventBuses": [{"Name": name} for name in ("default", "orders", "quiet")]},
            "events:ListRuleNamesByTarget": lambda params: {
                "RuleNames": by_bus.get(params.get("EventBusName", ""), [])
            },
            "events:ListRules": {"Rules": [{"Name": "nightly", "State": "ENABLED"}]},
            "events:ListTargetsByRule": ANSWERS["events:ListTargetsByRule"],
        }
    )
    collected = collect(session, Target(("prod",)))  # type: ignore[arg-type]
    buses = [params.get("EventBusName") for params in session.parameters_of("events:ListRuleNamesByTarget")]
    assert sorted(buses, key=str) == [None, "orders", "quiet"]
    for operation in ("events:ListRules", "events:ListTargetsByRule"):
        assert [params.get("EventBusName") for params in session.parameters_of(operation)] == ["orders"]
    scope = Model.of(collected.snapshot).scopes[0]
    assert [launch.ref.id for launch in launches_of(scope, "prod")] == ["events:rule/orders/nightly"]


def test_buses_that_cannot_be_listed_leave_the_default_one() -> None:
    session = ScriptedSession({**ANSWERS, "events:ListEventBuses": refused("events:ListEventBuses", "AccessDenied")})
    scope = Model.of(collect(session, Target(("prod",))).snapshot).scopes[0]  # type: ignore[arg-type]
    assert [launch.ref.id for launch in launches_of(scope, "prod")] == ["events:rule/nightly"]
    assert scope.event_targets.is_complete
    assert unread_launchers(scope) == ("events:ListEventBuses",)


def test_a_schedule_that_calls_run_task_itself_is_described_whatever_its_cluster() -> None:
    schedules = [{"Name": "ours", "GroupName": "g", "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask"}}]
    session = ScriptedSession(
        {"scheduler:ListSchedules": {"Schedules": schedules}, "scheduler:GetSchedule": {"Name": "x"}}
    )
    collect(session, Target(("prod",)))  # type: ignore[arg-type]
    assert session.parameters_of("scheduler:GetSchedule") == [{"Name": "ours", "GroupName": "g"}]


# CloudTrail.

TRAIL = "cloudtrail:LookupEvents"
END = datetime(2026, 11, 23, 20, tzinfo=UTC)
AT_ONCE = Pace(buckets=lambda _operation: None)
TASKS = {
    "ecs:ListTasks": {"taskArns": [f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/prod/1"]},
    "ecs:DescribeTasks": {
        "tasks": [
            {"taskArn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:task/prod/1", "clusterArn": CLUSTER, "group": "family:x"}
        ]
    },
}


class Trail:
    """Event history as LookupEvents shows it: newest first, fifty a page, by one attribute."""

    def __init__(self, hours: float, writes: int, **changes: int) -> None:
        names = [*(["CreateLogStream"] * writes), *(name for name, count in changes.items() for _ in range(count))]
        step = timedelta(hours=hours) / max(1, len(names))
        self.events: list[dict[str, Any]] = [
            {"EventId": str(number), "EventName": name, "EventTime": END - step * number}
            for number, name in enumerate(names)
        ]

    def __call__(self, params: dict[str, Any]) -> dict[str, Any]:
        (attribute,) = params["LookupAttributes"]
        found = [
            event
            for event in self.events
            if event["EventTime"] >= params.get("StartTime", event["EventTime"])
            and (attribute["AttributeKey"] == "ReadOnly" or event["EventName"] == attribute["AttributeValue"])
        ]
        begin = int(params.get("NextToken", 0))
        more = {"NextToken": str(begin + 50)} if len(found) > begin + 50 else {}
        return {"Events": found[begin : begin + 50], **more}


def changes(trail: Any, since: datetime | None, **answers: Any) -> tuple[list[dict[str, Any]], Collected]:
    """The look-ups of a timeline, and what it collected."""
    session = ScriptedSession({TRAIL: trail, **answers})
    target = Target(("prod",), (), since)
    collected = collect(session.as_session(), target, operations=with_changes(OPERATIONS), pace=AT_ONCE)
    return session.parameters_of(TRAIL), collected


def names(asked: list[dict[str, Any]]) -> set[str]:
    return {
        each["AttributeValue"]
        for params in asked
        for each in params["LookupAttributes"]
        if each["AttributeKey"] != "ReadOnly"
    }


@pytest.mark.parametrize(
    ("hours", "writes", "look_ups"),
    [(3, 0, 1), (3, 49, 1), (3, 50, 2), (3, 400, 9), (24, 400, 9)],
    ids=["nothing", "one page", "one event more", "a hundred and thirty an hour", "seventeen an hour, for a day"],
)
def test_a_quiet_account_is_read_whole(hours: float, writes: int, look_ups: int) -> None:
    asked, collected = changes(Trail(hours, writes, DeleteRoute=1), END - timedelta(hours=hours))
    assert [params["LookupAttributes"][0]["AttributeKey"] for params in asked] == ["ReadOnly"] * look_ups
    scope = Model.of(collected.snapshot).scopes[0]
    assert [event.event_name for event in scope.trail_events] == ["DeleteRoute"]
    assert collected.collection.missing == ()


@pytest.mark.parametrize("writes", [3_000, 100_000], ids=["a thousand an hour", "thirty thousand an hour"])
def test_a_busy_account_is_asked_by_name(writes: int) -> None:
    asked, collected = changes(Trail(3, writes, DeleteRoute=2, UpdateService=60), END - timedelta(hours=3))
    # The first page, each name, and the second page of the one with more than fifty.
    assert len(asked) == 1 + len(names(asked)) + 1
    assert names(asked) <= set(CHANGES)
    assert len(names(asked)) < 42
    counted = Counter(event.event_name for event in Model.of(collected.snapshot).scopes[0].trail_events)
    assert counted == {"DeleteRoute": 2, "UpdateService": 60}
    assert {params["StartTime"] for params in asked} == {END - timedelta(hours=3)}


def test_an_account_that_grows_dense_further_back_is_left_for_the_names() -> None:
    trail = Trail(0.5, 60)
    older = Trail(0.01, 20_000, DeleteRoute=1)
    for event in older.events:
        event["EventTime"] -= timedelta(hours=1)
    trail.events += older.events
    asked, collected = changes(trail, END - timedelta(hours=3))
    assert sum(params["LookupAttributes"][0]["AttributeKey"] == "ReadOnly" for params in asked) <= 5
    assert [event.event_name for event in Model.of(collected.snapshot).scopes[0].trail_events] == ["DeleteRoute"]


def test_without_a_begin_the_names_are_asked_as_soon_as_there_is_more_than_a_page() -> None:
    assert len(changes(Trail(3, 40), None)[0]) == 1
    assert names(changes(Trail(3, 60), None)[0])


def test_a_name_with_too_many_changes_is_cut_and_said_to_be_missing() -> None:
    asked, collected = changes(Trail(3, 50_000, UpdateService=2_000), END - timedelta(hours=3))
    assert len(asked) == len(names(asked)) + 10
    (gap,) = collected.collection.missing
    assert (gap.operation, gap.error, gap.resources) == (TRAIL, "Truncated", ("UpdateService",))
    scope = Model.of(collected.snapshot).scopes[0]
    assert not scope.trail_events.is_complete
    scope.trail_events.require_key("DeleteRoute")
    with pytest.raises(NotCollectedError):
        scope.trail_events.require_key("UpdateService")


@pytest.mark.parametrize(
    ("route", "asked_too"),
    [
        ({"NatGatewayId": "nat-1"}, {"CreateNatGateway", "DeleteNatGateway", "ReleaseAddress"}),
        ({"TransitGatewayId": "tgw-1"}, {"DeleteTransitGatewayVpcAttachment", "DeleteTransitGatewayRoute"}),
        ({"VpcPeeringConnectionId": "pcx-1"}, {"DeleteVpcPeeringConnection"}),
    ],
    ids=["NAT", "transit gateway", "peering"],
)
def test_names_are_asked_where_a_route_leads_there(route: dict[str, str], asked_too: set[str]) -> None:
    vpc = {**services("web", networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}})}
    vpc["ec2:DescribeSubnets"] = {"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-a"}]}
    tables = {"RouteTables": [{"RouteTableId": "rtb-a", "VpcId": "vpc-a", "Routes": [route]}]}
    since = END - timedelta(hours=3)
    without = names(changes(Trail(3, 50_000), since, **vpc)[0])
    with_route = names(changes(Trail(3, 50_000), since, **vpc, **{"ec2:DescribeRouteTables": tables})[0])
    assert with_route - without == asked_too


@pytest.mark.parametrize(
    ("partition", "region", "is_asked"),
    [
        ("aws", "us-east-1", True),
        ("aws", "eu-central-1", False),
        ("aws-cn", "cn-northwest-1", True),
    ],
    ids=["where IAM is recorded", "elsewhere", "a partition of which that is not known"],
)
def test_changes_of_roles_are_looked_up_where_they_are_recorded(partition: str, region: str, is_asked: bool) -> None:
    arn = f"arn:{partition}:ecs:{region}:{ACCOUNT}:cluster/prod"
    cluster = {"ecs:DescribeClusters": {"clusters": [{"clusterArn": arn, "clusterName": "prod", "status": "ACTIVE"}]}}
    asked = names(changes(Trail(3, 50_000), END - timedelta(hours=3), **cluster)[0])
    assert ("PutRolePolicy" in asked) is is_asked
    assert "DeleteRoute" in asked


def test_after_one_refusal_no_more_changes_are_asked_for() -> None:
    asked, collected = changes(refused(TRAIL, "AccessDeniedException"), END - timedelta(hours=3))
    assert len(asked) == 1
    assert [(m.error, m.resources) for m in collected.collection.missing] == [("AccessDenied", ())]


PAGE = {"HTTPStatusCode": 500, "HTTPHeaders": {"content-type": "text/html; charset=utf-8"}}


@pytest.mark.parametrize(
    ("code", "metadata", "is_gap"),
    [
        ("500", PAGE, False),
        ("UnknownOperationException", {"HTTPStatusCode": 400}, False),
        (
            "InternalServiceException",
            {"HTTPStatusCode": 500, "HTTPHeaders": {"content-type": "application/json"}},
            True,
        ),
        ("403", {**PAGE, "HTTPStatusCode": 403}, True),
    ],
    ids=["an emulator's page", "a partition without it", "AWS on a bad day", "a proxy that refuses"],
)
def test_an_endpoint_without_event_history_leaves_it_unknown_without_a_gap(
    code: str, metadata: dict[str, Any], is_gap: bool
) -> None:
    error = ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "LookupEvents")  # type: ignore[typeddict-item]
    asked, collected = changes(error, END - timedelta(hours=3))
    assert len(asked) == 1
    assert bool(collected.collection.missing) is is_gap
    assert collected.collection.calls_by_operation[TRAIL] == 1
    assert not Model.of(collected.snapshot).scopes[0].trail_events.is_complete


# Launches.


def test_an_audit_of_services_alone_asks_cloudtrail_nothing() -> None:
    session = ScriptedSession(services("web"))
    collected = collect(session, Target(("prod",)))  # type: ignore[arg-type]
    assert TRAIL not in operations_of(session)
    assert not Model.of(collected.snapshot).scopes[0].trail_events.is_complete


@pytest.mark.parametrize("answers", [TASKS, ANSWERS], ids=["a standalone task", "a rule"])
def test_launches_are_looked_up_once_where_something_else_than_a_service_runs(answers: dict[str, Any]) -> None:
    session = ScriptedSession(answers)
    since = END - timedelta(hours=24)
    collect(session, Target(("prod",), launches_since=since))  # type: ignore[arg-type]
    (asked,) = session.parameters_of(TRAIL)
    assert asked["LookupAttributes"] == [{"AttributeKey": "EventName", "AttributeValue": "RunTask"}]
    assert asked["StartTime"] == since


def test_what_only_a_refused_launch_names_is_read_too() -> None:
    network = {"awsvpcConfiguration": {"subnets": ["subnet-x"], "securityGroups": ["sg-x"]}}
    record = {
        "eventName": "RunTask",
        "requestParameters": {"cluster": "prod", "taskDefinition": "batch:3", "networkConfiguration": network},
        "responseElements": {"failures": [{"reason": "RESOURCE:ENI"}]},
    }
    event = {"EventId": "1", "EventName": "RunTask", "EventTime": END, "CloudTrailEvent": json.dumps(record)}
    session = ScriptedSession({**TASKS, TRAIL: {"Events": [event]}})
    collect(session, Target(("prod",)))  # type: ignore[arg-type]
    asked = [value for p in session.parameters_of("ec2:DescribeSubnets") for f in p["Filters"] for value in f["Values"]]
    assert "subnet-x" in asked
    assert "batch:3" in {p["taskDefinition"] for p in session.parameters_of("ecs:DescribeTaskDefinition")}
    groups = [
        value
        for p in session.parameters_of("ec2:DescribeSecurityGroups")
        for f in p["Filters"]
        for value in f["Values"]
    ]
    assert "sg-x" in groups


def test_of_many_launches_the_newest_two_hundred_are_read_and_the_rest_is_missing() -> None:
    session = ScriptedSession({**TASKS, TRAIL: Trail(24, 0, RunTask=5_000)})
    collected = collect(session.as_session(), Target(("prod",)), pace=AT_ONCE)
    assert len(session.parameters_of(TRAIL)) == 4
    assert [(m.error, m.resources) for m in collected.collection.missing] == [("Truncated", ("RunTask",))]
    assert len(Model.of(collected.snapshot).scopes[0].trail_events.known()) == 200


def test_launches_that_may_not_be_looked_up_leave_everything_else_known() -> None:
    session = ScriptedSession({**TASKS, TRAIL: refused(TRAIL, "AccessDeniedException")})
    scope = Model.of(collect(session, Target(("prod",))).snapshot).scopes[0]  # type: ignore[arg-type]
    assert scope.subnets.is_complete
    assert scope.task_definitions.is_complete
    assert unread_launches(scope) == (TRAIL,)
