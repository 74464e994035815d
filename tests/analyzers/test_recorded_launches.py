"""Launches that AWS refused, out of CloudTrail: whose they are, what they say, and when they are history."""

from __future__ import annotations

import json
from typing import Any

import pytest

from awsvpc_audit.analyzers.recorded_launches import (
    RecordedLaunch,
    launcher_of,
    read_refusal,
    recorded_launches,
    unread_launches,
)
from awsvpc_audit.analyzers.symptoms import symptoms_of
from awsvpc_audit.analyzers.timeline import timeline_of
from awsvpc_audit.findings import AuditResult, Diagnosis
from tests.world import World, failing, finding, healthy, unknown

RULE = "events:rule/nightly"
SCHEDULE = "scheduler:schedule/default/hourly"
NO_ENI = "RESOURCE:ENI"
DENIED = (
    "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/ci/build is not authorized to perform: ecs:RunTask on "
    "resource: arn:aws:ecs:us-east-1:123456789012:task-definition/batch:1"
)
GONE = "Error retrieving subnet information: The subnet ID 'subnet-gone' does not exist (InvalidSubnetID.NotFound)"


def with_batch(**launch: Any) -> World:
    world = healthy()
    world.add_task_definition("batch")
    if launch:
        world.add_launch_call("batch", **launch)
    return world


def with_rule(world: World, name: str = "nightly") -> None:
    world.add_task_definition("nightly")
    world.add_rule(name, "nightly")


def with_schedule(world: World) -> None:
    world.add_task_definition("hourly")
    network = {"subnets": ["subnet-a"], "securityGroups": ["sg-app"]}
    request = {"cluster": "prod", "taskDefinition": "hourly", "networkConfiguration": {"awsvpcConfiguration": network}}
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": json.dumps(request)}
    world.add_schedule("hourly", target)


def ill(result: AuditResult) -> dict[tuple[str, str], Diagnosis]:
    return {(d.subject.type, d.subject.id): d for d in result.diagnoses}


def codes(world: World) -> dict[tuple[str, str], list[tuple[str, int]]]:
    return {key: [(s.code, s.count) for s in said] for key, said in symptoms_of(world.context().cluster).items()}


# What is read.


def test_a_call_is_read_with_its_network_and_its_answer() -> None:
    world = with_batch(failures=(NO_ENI, NO_ENI), startedBy="ci-7", network={"assignPublicIp": "ENABLED"})
    assert recorded_launches(world.scope(), "prod") == (
        RecordedLaunch(
            call="RunTask",
            at=recorded_launches(world.scope(), "prod")[0].at,
            by="role/ci (session build)",
            cluster="prod",
            task_definition="batch",
            started_by="ci-7",
            launch_type="FARGATE",
            has_configuration=True,
            subnets=("subnet-a",),
            security_groups=("sg-app",),
            assign_public_ip=True,
            refusals=(NO_ENI, NO_ENI),
        ),
    )
    assert recorded_launches(world.scope(), "other") == ()


def call_of(world: World, cluster: str = "prod") -> RecordedLaunch:
    (call,) = recorded_launches(world.scope(), cluster)
    return call


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (
            [{"capacityProvider": "FARGATE_SPOT", "weight": 1}, {"capacityProvider": "FARGATE"}],
            ("FARGATE_SPOT", "FARGATE"),
        ),
        (["FARGATE", {}, {"capacityProvider": "gpu"}], ("gpu",)),
        ("FARGATE", ()),
    ],
    ids=["two providers", "items of an odd shape", "a text for a list"],
)
def test_a_call_is_read_with_its_capacity_providers(strategy: Any, expected: tuple[str, ...]) -> None:
    world = with_batch(launchType=None, capacityProviderStrategy=strategy, platformVersion="1.3.0")
    call = call_of(world)
    assert (call.launch_type, call.platform_version, call.capacity_providers) == (None, "1.3.0", expected)


def test_texts_of_an_odd_shape_are_not_taken_for_texts() -> None:
    call = call_of(with_batch(launchType="", platformVersion=1.4, startedBy=["ci"], network={"subnets": ["s-1", 7]}))
    assert (call.launch_type, call.platform_version, call.started_by, call.subnets) == (None, None, None, ("s-1",))


def test_a_call_that_names_no_cluster_is_into_the_one_called_default() -> None:
    world = World(cluster="default")
    world.add_launch_call("batch", cluster=None)
    assert call_of(world, "default").cluster == "default"
    assert recorded_launches(world.scope(), "prod") == ()


def test_a_call_without_time_and_identity_is_read_with_the_name_that_cloudtrail_gives() -> None:
    world = with_batch(failures=(NO_ENI,))
    (row,) = world.rows["cloudtrail:LookupEvents"]
    del row["EventTime"]
    row["Username"] = "alice"
    row["CloudTrailEvent"] = json.dumps(
        {name: value for name, value in json.loads(row["CloudTrailEvent"]).items() if name != "userIdentity"}
    )
    call = call_of(world)
    assert (call.at, call.by, call.refusals) == (None, "alice", (NO_ENI,))


def test_calls_are_told_from_the_oldest_on_after_those_of_which_nobody_knows_when() -> None:
    world = healthy()
    for family, at in (("c", "10:05"), ("b", "10:07"), ("a", "10:05"), ("d", None)):
        row = world.add_launch_call(family, at=f"2026-11-22T{at}:00Z")
        if at is None:
            del row["EventTime"]
    assert [call.family for call in recorded_launches(world.scope(), "prod")] == ["d", "a", "c", "b"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            "InvalidParameterException: Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            True,
        ),
        ("ClientException: TaskDefinition is inactive", False),
    ],
    ids=["AWS misses it", "AWS says something else"],
)
def test_a_request_without_network_is_of_awsvpc_mode_where_aws_says_so(error: str, expected: bool) -> None:
    assert call_of(with_batch(error=error, networkConfiguration=None)).has_configuration is expected


@pytest.mark.parametrize(
    ("answer", "refusals", "tasks"),
    [
        ({"errorCode": "AccessDenied", "errorMessage": "no"}, ("AccessDenied: no",), ()),
        ({"errorCode": "ThrottlingException"}, ("ThrottlingException",), ()),
        (
            {"responseElements": {"failures": [{"reason": "ATTRIBUTE", "detail": "gpu"}, {"reason": "AGENT"}]}},
            ("ATTRIBUTE: gpu", "AGENT"),
            (),
        ),
        (
            {"responseElements": {"failures": ["x", {"arn": "i"}], "tasks": ["x", {}, {"taskArn": "arn:1"}]}},
            (),
            ("arn:1",),
        ),
        ({"responseElements": {"failures": "x", "tasks": "y"}}, (), ()),
    ],
    ids=["an error", "an error without words", "failures, one with details", "items of an odd shape", "no lists"],
)
def test_an_answer_is_read_as_refusals_and_tasks(
    answer: dict[str, Any], refusals: tuple[str, ...], tasks: tuple[str, ...]
) -> None:
    world = with_batch(tasks=())
    (row,) = world.rows["cloudtrail:LookupEvents"]
    row["CloudTrailEvent"] = json.dumps(json.loads(row["CloudTrailEvent"]) | answer)
    call = call_of(world)
    assert (call.refusals, call.tasks) == (refusals, tasks)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (NO_ENI, "place.eni"),
        ("RESOURCE:CPU: not enough", "place.cpu"),
        ("RESOURCE:MEMORY", "place.memory"),
        ("RESOURCE:PORTS", "place.ports"),
        ("RESOURCE:GPU", "place.gpu"),
        ("AGENT: arn:aws:ecs:us-east-1:123456789012:container-instance/1", "place.agent"),
        ("ATTRIBUTE", "place.attribute"),
        ("ATTRIBUTE: missing: com.amazonaws.ecs.capability.task-eni", "place.attribute"),
        ("LOCATION", "place.attribute"),
        ("MemberOf placement constraint unsatisfied", "place.constraint"),
        ("InvalidParameterException: No Container Instances were found in your cluster.", "place.no-instances"),
        ("Capacity is unavailable at this time. Please try again later", "place.capacity"),
        ("ThrottlingException: Rate exceeded.", "place.capacity"),
        (DENIED, "start.role"),
        ("AccessDenied: User: x is not authorized to perform: iam:PassRole on resource: role/y", "start.role"),
        ("ClientException: Role is not valid", "start.role"),
        (f"InvalidParameterException: {GONE}", "start.eni-attach"),
        ("InvalidParameterException: Network Configuration must be provided when networkMode", "start.eni-attach"),
        ("InvalidParameterException: Assign public IP is not supported for this launch type.", "start.eni-attach"),
        ("ClientException: TaskDefinition is inactive", "start.other"),
        ("ServerException: Service Unavailable", "unclassified"),
    ],
)
def test_refusals_are_classified_by_the_same_table_as_events(text: str, code: str) -> None:
    assert read_refusal(text).code == code


@pytest.mark.parametrize(
    "record",
    ["", "{", "[]", '{"requestParameters": "x"}', '{"requestParameters": {"networkConfiguration": []}}'],
    ids=["nothing", "cut", "a list", "a text for an object", "a list for an object"],
)
def test_a_record_of_an_odd_shape_refuses_nothing(record: str) -> None:
    world = with_batch(failures=(NO_ENI,))
    world.rows["cloudtrail:LookupEvents"][0]["CloudTrailEvent"] = record
    assert [call for call in recorded_launches(world.scope(), "prod") if call.refusals] == []


# Whose they are.


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"startedBy": "events-rule/nightly"}, RULE),
        ({"startedBy": "chronos-schedule/hourly"}, SCHEDULE),
        ({"startedBy": "events-rule/nightl"}, None),
        ({"startedBy": "events-rule/hourly"}, None),
        ({"startedBy": "ci-4711"}, None),
        ({}, None),
    ],
    ids=["a rule", "a schedule", "another rule", "a rule named as a schedule", "a CI job", "nobody says"],
)
def test_a_call_is_its_launchers(request_: dict[str, Any], expected: str | None) -> None:
    world = healthy()
    with_rule(world)
    with_schedule(world)
    world.add_launch_call("nightly", **request_)
    cluster = world.context().cluster
    (call,) = recorded_launches(world.scope(), "prod")
    found = launcher_of(call, cluster.launches)
    assert (found.ref.id if found else None) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, SCHEDULE),
        ({"network": {"subnets": ["subnet-b"]}}, None),
        ({"startedBy": "ci-4711"}, None),
    ],
    ids=["its request", "another network", "somebody else's"],
)
def test_a_schedule_that_calls_run_task_itself_is_known_by_its_request(
    request_: dict[str, Any], expected: str | None
) -> None:
    world = healthy()
    with_schedule(world)
    world.add_launch_call("hourly:1", **request_)
    (call,) = recorded_launches(world.scope(), "prod")
    found = launcher_of(call, world.context().cluster.launches)
    assert (found.ref.id if found else None) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"startedBy": "AWS Step Functions"}, "states:statemachine/etl/Run"),
        ({"startedBy": "AWS Step Functions", "network": {"subnets": ["subnet-b"]}}, None),
        ({"startedBy": "events-rule/etl"}, None),
    ],
    ids=["its request", "another network", "a rule's"],
)
def test_a_call_of_step_functions_is_the_states_that_asks_for_the_same(
    request_: dict[str, Any], expected: str | None
) -> None:
    """A schedule that asks for the same, and says not who it is, is not Step Functions."""
    world = healthy()
    with_schedule(world)
    target = world.rows["scheduler:GetSchedule"][0]["Target"]
    target["Input"] = json.dumps(json.loads(target["Input"]) | {"taskDefinition": "hourly:3"})
    network = {"AwsvpcConfiguration": {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-app"]}}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {"Cluster": "prod", "TaskDefinition": "hourly:3", "NetworkConfiguration": network},
    }
    world.rows["stepfunctions:DescribeStateMachine"].append(
        {
            "stateMachineArn": world.arn("states", "stateMachine:etl"),
            "name": "etl",
            "status": "ACTIVE",
            "definition": json.dumps({"StartAt": "Run", "States": {"Run": state}}),
        }
    )
    world.add_launch_call("hourly", **request_)
    found = launcher_of(call_of(world), world.context().cluster.launches)
    assert (found.ref.id if found else None) == expected


def test_a_long_name_of_a_launcher_is_cut_where_aws_cuts_it() -> None:
    world = healthy()
    name = "nightly-export-of-everything-there-is"
    with_rule(world, name)
    world.add_launch_call("nightly", startedBy=f"events-rule/{name}"[:36], failures=(NO_ENI,))
    assert list(codes(world)) == [("launcher", f"events:rule/{name}")]


# What becomes of them.


def test_refused_tasks_are_counted_and_dated_by_family() -> None:
    world = with_batch(failures=(NO_ENI, NO_ENI), at="2026-11-22T02:14:00Z")
    world.add_launch_call("batch:1", failures=(NO_ENI,), at="2026-11-22T02:58:00Z")
    (symptom,) = symptoms_of(world.context().cluster)["task", "batch"]
    assert (symptom.code, symptom.count, symptom.text) == ("place.eni", 3, "RunTask: RESOURCE:ENI")
    assert symptom.first_at is not None
    assert symptom.at is not None
    assert (f"{symptom.first_at:%H:%M}", f"{symptom.at:%H:%M}") == ("02:14", "02:58")


def test_a_refused_launch_and_a_stopped_task_are_two_failures() -> None:
    world = with_batch(error="InvalidParameterException: The subnet ID 'subnet-x' does not exist")
    world.add_stopped_task(
        None, "InvalidSubnetID.NotFound", definition="batch", at="2026-11-22T09:00:00Z", subnet_id="subnet-a"
    )
    assert codes(world) == {("task", "batch"): [("start.eni-attach", 2)]}


@pytest.mark.parametrize(
    ("at", "is_history"),
    [("2026-11-22T10:00:01Z", True), ("2026-11-22T10:00:00Z", False), ("2026-11-22T09:55:00Z", False)],
    ids=["after it", "at the same time", "before it"],
)
def test_a_refusal_is_history_once_a_task_of_the_family_was_launched(at: str, is_history: bool) -> None:
    by_call = with_batch(failures=(NO_ENI,))
    by_call.add_launch_call("batch", tasks=("arn:aws:ecs:us-east-1:123456789012:task/prod/1",), at=at)
    by_task = with_batch(failures=(NO_ENI,))
    by_task.add_task(None, definition="batch", subnet_id="subnet-a")["createdAt"] = at
    assert [bool(codes(world)) for world in (by_call, by_task)] == [not is_history] * 2


def test_a_launch_that_went_only_in_part_clears_nothing() -> None:
    world = with_batch(failures=(NO_ENI,))
    arn = "arn:aws:ecs:us-east-1:123456789012:task/prod/1"
    world.add_launch_call("batch", tasks=(arn,), failures=(NO_ENI,), at="2026-11-22T10:05:00Z")
    assert codes(world) == {("task", "batch"): [("place.eni", 2)]}


def test_the_tasks_of_a_call_that_went_in_part_are_no_later_success() -> None:
    world = with_batch()
    task = world.add_task(None, definition="batch", subnet_id="subnet-a")
    task["createdAt"] = "2026-11-22T10:00:00.700Z"
    world.add_launch_call("batch", tasks=(task["taskArn"],), failures=(NO_ENI,))
    assert codes(world) == {("task", "batch"): [("place.eni", 1)]}
    (found,) = world.audit().diagnoses
    assert (found.state.desired, found.state.running) == (2, 1)


def test_launches_in_bridge_mode_a_services_creation_and_other_clusters_raise_nothing() -> None:
    world = with_batch()
    world.add_launch_call("batch", failures=("RESOURCE:CPU",), networkConfiguration=None)
    world.add_launch_call("batch", cluster="staging", failures=(NO_ENI,))
    world.add_launch_call("batch", call="CreateService", serviceName="new", error="ClientException: no")
    result = world.audit()
    assert (failing(result), unknown(result), result.diagnoses) == (set(), set(), ())


def fill_slots(world: World) -> None:
    """All four interfaces that an m5.xlarge can have are taken, on both hosts."""
    for host in ("i-a", "i-b"):
        subnet = world.instance(host)["SubnetId"]
        while len(world.instance(host)["NetworkInterfaces"]) < 4:
            number = len(world.instance(host)["NetworkInterfaces"])
            world.add_eni(subnet, groups=("sg-host",), instance_id=host, device_index=number)


def test_a_family_that_found_no_slot_is_diagnosed_as_a_service_would_be() -> None:
    world = with_batch(failures=(NO_ENI,), launchType="EC2")
    fill_slots(world)
    found = ill(world.audit())["task", "batch"]
    first = found.causes[0]
    assert (first.check_id, first.resource.id, first.confidence.value) == ("ENI001", "prod", "confirmed")
    assert (found.state.desired, found.state.running) == (1, 0)
    assert [s.text for s in found.symptoms] == ["RunTask: RESOURCE:ENI"]


def test_a_launcher_that_found_no_slot_is_diagnosed_too() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_rule("nightly", "nightly")["EcsParameters"]["LaunchType"] = "EC2"
    world.add_launch_call("nightly", startedBy="events-rule/nightly", failures=(NO_ENI,), launchType="EC2")
    fill_slots(world)
    first = ill(world.audit())["launcher", RULE].causes[0]
    assert (first.check_id, first.confidence.value) == ("ENI001", "confirmed")


def test_a_family_for_which_there_is_room_by_now_has_no_proven_cause() -> None:
    found = ill(with_batch(failures=(NO_ENI,), launchType="EC2").audit())["task", "batch"]
    assert found.causes == ()
    assert "ENI001" in {cleared.check_id for cleared in found.cleared}


def test_a_launcher_that_is_refused_is_in_trouble_though_its_network_is_good() -> None:
    world = healthy()
    with_rule(world)
    denied = DENIED.replace("batch", "nightly")
    world.add_launch_call("nightly", startedBy="events-rule/nightly", error=denied)
    found = ill(world.audit())
    assert list(found) == [("launcher", RULE)]
    assert [(s.code, s.text) for s in found["launcher", RULE].symptoms] == [("start.role", f"RunTask: {denied}")]


def test_a_refusal_that_was_recorded_without_its_request_is_the_launchers_of_that_family() -> None:
    world = healthy()
    with_rule(world)
    row = world.add_launch_call("nightly", error=DENIED.replace("batch", "nightly"))
    record = json.loads(row["CloudTrailEvent"])
    row["CloudTrailEvent"] = json.dumps({**record, "requestParameters": None})
    assert codes(world) == {("launcher", RULE): [("start.role", 1)]}
    assert [entry.subject for entry in timeline_of(world.context().cluster).entries] == [RULE]
    row["CloudTrailEvent"] = json.dumps({**record, "requestParameters": None, "errorMessage": DENIED})
    assert codes(world) == {}
    assert timeline_of(world.context().cluster).entries == ()
    assert failing(world.audit()) == set()


def test_a_subnet_that_is_gone_is_the_cause_of_the_refusal_that_names_it() -> None:
    world = with_batch(error=f"InvalidParameterException: {GONE}", network={"subnets": ["subnet-gone"]})
    result = world.audit()
    found = ill(result)["task", "batch"]
    assert [(c.check_id, c.resource.id, c.follows_from) for c in found.causes] == [
        ("SUB003", "subnet-gone", None),
        ("SVC011", "batch", "SUB003"),
    ]
    evidence = finding(result, "SVC011").evidence[0]
    assert (evidence.operation, evidence.value) == ("cloudtrail:LookupEvents", "subnet-gone")


# What could not be read.


def test_launches_that_may_not_be_looked_up_are_unknown_where_something_launches() -> None:
    world = healthy().deny("cloudtrail:LookupEvents")
    assert unknown(world.audit()) == set()
    with_rule(world)
    result = world.audit()
    assert unknown(result) == {("SVC011", "prod")}
    assert finding(result, "SVC011").missing == ("cloudtrail:LookupEvents",)


@pytest.mark.parametrize(
    ("denied", "expected"),
    [("cloudtrail:LookupEvents", ("cloudtrail:LookupEvents",)), ("ec2:DescribeSubnets", ()), (None, ())],
    ids=["the trail", "something else", "nothing"],
)
def test_only_the_trail_that_aws_refused_hides_launches(denied: str | None, expected: tuple[str, ...]) -> None:
    world = healthy()
    del world.rows["cloudtrail:LookupEvents"]
    assert unread_launches((world.deny(denied) if denied else world).scope()) == expected


def test_a_snapshot_without_launches_leaves_nothing_unknown() -> None:
    world = healthy()
    with_rule(world)
    del world.rows["cloudtrail:LookupEvents"]
    assert unknown(world.audit()) == set()


def test_what_is_unread_is_named_with_stopped_tasks_of_which_nothing_else_tells_the_network() -> None:
    world = with_batch().deny("cloudtrail:LookupEvents")
    world.add_stopped_task(None, "CannotPullContainerError: i/o timeout", definition="batch")
    assert ill(world.audit())["task", "batch"].unknown == ("cloudtrail:LookupEvents",)
