"""SVC011: launchers with a network on which their tasks cannot start."""

from typing import Any

import pytest

from awsvpc_audit.findings import AuditResult
from tests.launching import rule, schedule
from tests.world import World, failing, finding, healthy, unknown, verdicts

RULE = "events:rule/nightly"
TIMEOUT = "CannotPullContainerError: dial tcp 52.46.0.1:443: i/o timeout"


def test_a_launcher_on_a_good_network_passes() -> None:
    world = healthy()
    rule(world)
    result = world.audit()
    assert failing(result) == set()
    assert unknown(result) == set()
    assert verdicts(result, "SVC011") == {RULE: "pass"}


@pytest.mark.parametrize(
    ("members", "beside"),
    [
        ({"Subnets": ["subnet-public-a"]}, ("NET002", RULE)),
        ({"Subnets": ["subnet-gone"]}, ("SUB003", "subnet-gone")),
        ({"SecurityGroups": ["sg-gone"]}, ("SUB004", "sg-gone")),
        ({"Subnets": []}, None),
    ],
    ids=["a public subnet without an address", "a subnet that is gone", "a group that is gone", "no subnet"],
)
def test_a_launcher_on_a_bad_network_fails_and_the_check_of_the_fault_names_it_too(
    members: dict[str, list[str]], beside: tuple[str, str] | None
) -> None:
    world = healthy()
    rule(world, **members)
    result = world.audit()
    assert failing(result) == {("SVC011", RULE)} | ({beside} if beside else set())
    found = finding(result, "SVC011")
    assert (found.resource.type, found.resource.arn) == ("launcher", world.arn("events", "rule/nightly"))
    assert found.evidence
    assert found.remediation.commands == ("aws events list-targets-by-rule --rule nightly",)
    if beside and beside[1] != RULE:
        assert [ref.id for ref in finding(result, beside[0]).affected] == [RULE]


def test_a_public_address_on_ec2_is_refused_by_ecs() -> None:
    world = healthy()
    rule(world, AssignPublicIp="ENABLED")
    world.rows["events:ListTargetsByRule"][0]["EcsParameters"]["LaunchType"] = "EC2"
    assert ("SVC011", RULE) in failing(world.audit())


def test_the_evidence_is_where_the_launcher_has_it() -> None:
    world = healthy()
    schedule(world, Subnets=["subnet-gone"])
    (evidence,) = finding(world.audit(), "SVC011").evidence
    assert evidence.operation == "scheduler:GetSchedule"
    assert evidence.field == "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.Subnets"
    assert evidence.value == "subnet-gone"


def test_refused_listings_are_unknown_once_for_the_cluster() -> None:
    world = healthy()
    world.deny("events:ListTargetsByRule").deny("scheduler:GetSchedule")
    result = world.audit()
    assert unknown(result) == {("SVC011", "prod")}
    assert finding(result, "SVC011").missing == ("events:ListTargetsByRule", "scheduler:GetSchedule")


def test_a_snapshot_without_these_files_has_no_finding() -> None:
    world = healthy()
    for operation in ("events:ListRules", "events:ListTargetsByRule", "scheduler:GetSchedule"):
        del world.rows[operation]
    result = world.audit()
    assert (failing(result), unknown(result)) == (set(), set())


def test_a_subnet_that_was_not_read_is_unknown() -> None:
    world = healthy()
    rule(world, Subnets=["subnet-gone"])
    world.deny("ec2:DescribeSubnets")
    assert ("SVC011", RULE) in unknown(world.audit())


def test_a_rule_on_another_bus_is_judged_and_shown_with_its_bus() -> None:
    world = healthy()
    world.add_task_definition("nightly")
    world.add_rule("nightly", "nightly", bus="orders", Subnets=["subnet-gone"])
    found = finding(world.audit(), "SVC011")
    assert found.resource.id == "events:rule/orders/nightly"
    assert found.remediation.commands == ("aws events list-targets-by-rule --rule nightly --event-bus-name orders",)


def test_a_schedule_that_calls_run_task_itself_is_judged() -> None:
    world = healthy()
    world.add_task_definition("hourly")
    request = (
        '{"cluster": "prod", "taskDefinition": "hourly", "launchType": "FARGATE", "networkConfiguration": '
        '{"awsvpcConfiguration": {"subnets": ["subnet-public-a"], "securityGroups": ["sg-app"]}}}'
    )
    world.add_schedule("hourly", {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": request})
    launcher = "scheduler:schedule/default/hourly"
    assert failing(world.audit()) == {("SVC011", launcher), ("NET002", launcher)}


# Standalone tasks, by family.


def stopped(subnet_id: str, count: int = 3, **more: Any) -> World:
    """Tasks of the family `batch` that never ran, stopped in one subnet; nothing tells their groups."""
    world = healthy()
    world.add_task_definition("batch")
    for minute in range(count):
        world.add_stopped_task(
            None, TIMEOUT, definition="batch", subnet_id=subnet_id, at=f"2026-11-22T10:0{minute}:00Z", **more
        )
    return world


def launched(world: World, **network: Any) -> None:
    """CloudTrail shows the calls that launched them."""
    for task in world.rows["ecs:DescribeTasks"]:
        if task["group"] == "family:batch":
            world.add_launch_call("batch", tasks=(task["taskArn"],), at=task["createdAt"], network=network)


def of_families(result: AuditResult) -> dict[str, str]:
    return {name: verdict for name, verdict in verdicts(result, "SVC011").items() if not name.startswith("events:")}


def test_tasks_that_stopped_on_a_good_network_pass() -> None:
    world = stopped("subnet-a")
    assert of_families(world.audit()) == {"batch": "pass"}
    launched(world)
    assert of_families(world.audit()) == {"batch": "pass"}
    assert failing(world.audit()) == set()


def test_tasks_that_stopped_behind_a_failed_gateway_fail_though_their_groups_are_not_known() -> None:
    world = stopped("subnet-a")
    world.rows["ec2:DescribeNatGateways"][0]["State"] = "failed"
    result = world.audit()
    found = finding(result, "SVC011", "batch")
    assert (found.resource.type, found.status.value) == ("task", "fail")
    assert "nat-a" in found.detail
    assert {evidence.resource for evidence in found.evidence} >= {"nat-a"}


def test_the_network_that_cloudtrail_recorded_is_judged_by_every_check() -> None:
    world = stopped("subnet-public-a")
    assert of_families(world.audit()) == {"batch": "pass"}
    launched(world, subnets=["subnet-public-a"])
    result = world.audit()
    assert failing(result) == {("SVC011", "batch"), ("NET002", "batch")}
    assert [ref.id for ref in finding(result, "NET002").affected] == ["batch"]
    assert finding(result, "SVC011").remediation.commands == (
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=RunTask",
    )
    (diagnosis,) = result.diagnoses
    assert [(c.check_id, c.follows_from) for c in diagnosis.causes] == [("NET002", None), ("SVC011", "NET002")]


def test_a_public_address_that_cloudtrail_recorded_is_a_way_out() -> None:
    world = stopped("subnet-public-a")
    launched(world, subnets=["subnet-public-a"], assignPublicIp="ENABLED")
    assert failing(world.audit()) == set()


def test_a_call_that_launched_other_tasks_says_nothing_of_these() -> None:
    world = stopped("subnet-public-a")
    world.add_launch_call(
        "batch", tasks=("arn:aws:ecs:us-east-1:123456789012:task/prod/other",), at="2026-11-22T08:00:00Z"
    )
    assert failing(world.audit()) == set()


def test_a_group_that_was_stripped_of_its_rules_is_the_default_groups_own_affair() -> None:
    world = stopped("subnet-a")
    world.add_security_group("sg-default")
    world.security_group("sg-default")["GroupName"] = "default"
    world.security_group("sg-default")["IpPermissionsEgress"] = []
    assert failing(world.audit()) == set()
    launched(world, securityGroups=["sg-default"])
    assert ("NET011", "sg-default") in failing(world.audit())


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.add_task(None, definition="batch", subnet_id="subnet-b"),
        lambda world: world.add_stopped_task(
            None, "Essential container in task exited", definition="batch", at="2026-11-22T11:00:00Z", started=True,
            code="EssentialContainerExited", exit_code=0, subnet_id="subnet-b",
        ),
        lambda world: [
            row.update(stopCode="UserInitiated")
            for row in world.rows["ecs:DescribeTasks"] if row["group"] == "family:batch"
        ],
    ],
    ids=["one runs", "a later one ran", "somebody stopped them"],
)  # fmt: skip
def test_a_family_that_came_to_run_is_not_judged(change: Any) -> None:
    world = stopped("subnet-gone-by-now")
    change(world)
    assert "batch" not in of_families(world.audit())


def test_tasks_of_a_launcher_are_the_launchers() -> None:
    world = stopped("subnet-public-a")
    world.add_rule("batch", "batch", Subnets=["subnet-public-a"])
    assert verdicts(world.audit(), "SVC011") == {"events:rule/batch": "fail"}


def test_tasks_in_bridge_mode_are_not_judged() -> None:
    world = stopped("subnet-public-a")
    world.task_definition("batch")["networkMode"] = "bridge"
    for row in world.rows["ecs:DescribeTasks"]:
        if row["group"] == "family:batch":
            row["attachments"] = []
    assert of_families(world.audit()) == {}
