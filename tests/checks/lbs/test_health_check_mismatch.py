"""LBS007: the way is open, and the health check fails all the same."""

from typing import Any

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy, unknown

CODES = "Health checks failed with these codes: [404]"


def add_target(world: World, state: str, reason: str | None = None, *, address: str = "10.0.1.12") -> World:
    health: dict[str, Any] = {"State": state}
    if reason:
        health |= {"Reason": reason, "Description": CODES if "Mismatch" in reason else "Request timed out"}
    world.rows["elbv2:DescribeTargetHealth"].append(
        {
            "TargetGroupArn": world.target_group("web")["TargetGroupArn"],
            "Target": {"Id": address, "Port": 8080, "AvailabilityZone": "us-east-1a"},
            "HealthCheckPort": "8080",
            "TargetHealth": health,
        }
    )
    return world


def unhealthy_event(world: World, reason: str = CODES) -> World:
    arn = world.target_group("web")["TargetGroupArn"]
    world.add_event(
        "web", f"(service web) (task 0123) (port 8080) is unhealthy in (target-group {arn}) due to (reason {reason})."
    )
    return world


def test_targets_that_answer_with_another_code_fail() -> None:
    world = add_target(healthy(), "unhealthy", "Target.ResponseCodeMismatch")
    world.target_group("web").update(HealthCheckPath="/ping", Matcher={"HttpCode": "200-299"})

    result = world.audit()

    assert failing(result) == {("LBS007", "web")}
    found = finding(result, "LBS007")
    assert (found.severity, found.resource.type) == ("medium", "target_group")
    assert found.resource.arn == world.target_group("web")["TargetGroupArn"]
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "web")]
    assert found.detail == (
        "web checks web by HTTP /ping on port 8080, wanting 200-299: 1 x Target.ResponseCodeMismatch "
        "(the container answers with another code than the health check wants)"
    )
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        (
            "elbv2:DescribeTargetHealth",
            "10.0.1.12:8080",
            "TargetHealth",
            f"unhealthy Target.ResponseCodeMismatch: {CODES}",
        ),
        ("elbv2:DescribeTargetGroups", "web", "HealthCheckPort", "traffic-port"),
        ("elbv2:DescribeTargetGroups", "web", "HealthCheckPath", "/ping"),
        ("elbv2:DescribeTargetGroups", "web", "Matcher", "200-299"),
    ]


@pytest.mark.parametrize("reason", ["Target.FailedHealthChecks", "Target.Timeout"])
def test_other_reasons_of_the_target_fail_too(reason: str) -> None:
    assert failing(add_target(healthy(), "unhealthy", reason).audit()) == {("LBS007", "web")}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("healthy", None),
        ("initial", "Elb.InitialHealthChecking"),
        ("draining", "Target.DeregistrationInProgress"),
        ("unused", "Target.NotInUse"),
        ("unhealthy", "Elb.InternalError"),
    ],
)
def test_states_that_are_no_fault_of_the_container(state: str, reason: str | None) -> None:
    assert failing(add_target(healthy(), state, reason).audit()) == set()


def test_a_port_that_no_container_maps_is_told() -> None:
    world = add_target(healthy(), "unhealthy", "Target.FailedHealthChecks")
    world.target_group("web")["HealthCheckPort"] = "9090"
    world.security_group("sg-app")["IpPermissions"][0]["ToPort"] = 9999

    found = finding(world.audit(), "LBS007")

    assert "no container of the task definition maps port 9090" in found.detail
    last = found.evidence[-1]
    assert (last.operation, last.resource, last.value) == ("ecs:DescribeTaskDefinition", "web:1", "8080")


def test_what_ecs_says_is_enough_where_the_targets_are_gone_again() -> None:
    result = unhealthy_event(healthy()).audit()

    assert failing(result) == {("LBS007", "web")}
    found = finding(result, "LBS007")
    assert CODES in found.detail
    assert found.evidence[0].operation == "ecs:DescribeServices"
    assert found.observed


def test_a_stopped_task_that_names_no_target_group_is_enough() -> None:
    world = healthy()
    world.add_stopped_task("web", "Task failed ELB health checks", code="ServiceSchedulerInitiated", started=True)

    assert ("LBS007", "web") in failing(world.audit())


def test_what_ecs_says_of_another_target_group_is_not_held_against_this_one() -> None:
    world = healthy()
    arn = world.target_group("web")["TargetGroupArn"].replace("/web/", "/other/")
    world.add_stopped_task("web", f"Task failed ELB health checks in (target-group {arn})", started=True)

    assert "LBS007" not in {check for check, _ in failing(world.audit())}


def test_what_ecs_said_before_it_was_steady_is_over() -> None:
    world = unhealthy_event(healthy())
    world.add_event("web", "(service web) has reached a steady state.", at="2026-11-22T10:05:00Z")

    assert failing(world.audit()) == set()


def test_a_target_that_something_else_took_away_is_another_matter() -> None:
    assert failing(unhealthy_event(healthy(), "TARGET IS NOT FOUND").audit()) == set()


@pytest.mark.parametrize("source", [add_target, unhealthy_event], ids=["target health", "service events"])
def test_a_way_that_is_blocked_is_why(source: Any) -> None:
    world = healthy()
    source(world, *(("unhealthy", "Target.Timeout") if source is add_target else ("Request timed out",)))
    world.security_group("sg-app")["IpPermissions"] = []

    assert failing(world.audit()) == {("LBS004", "sg-app")}


def test_a_zone_that_is_not_served_is_why() -> None:
    world = unhealthy_event(healthy(), "Request timed out")
    world.load_balancer("alb-web")["AvailabilityZones"].pop()

    assert failing(world.audit()) == {("LBS003", "alb-web")}


def test_targets_of_a_shared_target_group_are_told_apart_by_their_addresses() -> None:
    world = healthy()
    world.add_service("api", on=("i-a",), load_balancers=world.service("web")["loadBalancers"], definition="web")
    task = next(t for t in world.rows["ecs:DescribeTasks"] if t["group"] == "service:api")
    address = next(d["value"] for d in task["attachments"][0]["details"] if d["name"] == "privateIPv4Address")
    add_target(world, "unhealthy", "Target.Timeout", address=address)

    assert [ref.id for ref in finding(world.audit(), "LBS007").affected] == ["api"]


def test_groups_that_were_not_read_leave_it_open() -> None:
    world = add_target(healthy(), "unhealthy", "Target.Timeout").deny("ec2:DescribeSecurityGroups")

    found = finding(world.audit(), "LBS007")

    assert (found.status, found.missing) == (Status.UNKNOWN, ("ec2:DescribeSecurityGroups",))


def test_target_health_that_was_not_read_matters_to_a_service_that_is_short() -> None:
    world = healthy().deny("elbv2:DescribeTargetHealth")
    assert unknown(world.audit()) == set()

    world.service("web")["runningCount"] = 1
    found = finding(world.audit(), "LBS007")
    assert (found.status, found.missing) == (Status.UNKNOWN, ("elbv2:DescribeTargetHealth",))


def test_target_health_that_was_not_read_is_made_up_for_by_what_ecs_says() -> None:
    world = unhealthy_event(healthy()).deny("elbv2:DescribeTargetHealth")

    assert finding(world.audit(), "LBS007").status is Status.FAIL


def test_a_task_that_is_unhealthy_now_is_a_symptom_of_its_service() -> None:
    world = healthy()
    task = next(t for t in world.rows["ecs:DescribeTasks"] if t["group"] == "service:web")
    address = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    add_target(world, "unhealthy", "Target.ResponseCodeMismatch", address=address)

    (diagnosis,) = world.audit().diagnoses

    assert diagnosis.subject.id == "web"
    assert [(s.code, s.text, s.count) for s in diagnosis.symptoms] == [
        ("run.health-elb", f"target {address}:8080 is unhealthy: Target.ResponseCodeMismatch: {CODES}", 1)
    ]
    assert [(c.check_id, c.resource.id, c.confidence) for c in diagnosis.causes] == [("LBS007", "web", "confirmed")]


def test_a_target_that_no_task_of_the_service_has_is_no_symptom() -> None:
    assert add_target(healthy(), "unhealthy", "Target.Timeout", address="10.0.1.99").audit().diagnoses == ()
