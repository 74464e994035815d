"""What happened, in order: folded, and with the last change before the first failure marked."""

import json
from datetime import UTC, datetime
from typing import Any

from awsvpc_audit.analyzers.changes import changes_of
from awsvpc_audit.analyzers.timeline import timeline_of
from awsvpc_audit.findings import Timeline
from tests.analyzers.test_incidents import PLACE
from tests.world import World, healthy

NO_ENI = PLACE + 'encountered error "RESOURCE:ENI".'
TERRAFORM = "arn:aws:sts::123456789012:assumed-role/terraform/ci-4411"


def change(world: World, name: str, at: str, parameters: dict[str, Any], **more: Any) -> None:
    record = {
        "userIdentity": {"type": "AssumedRole", "arn": TERRAFORM},
        "eventSource": "ec2.amazonaws.com",
        "requestParameters": parameters,
        **more,
    }
    world.rows["cloudtrail:LookupEvents"].append(
        {"EventId": world.new_uuid(), "EventName": name, "EventTime": at, "CloudTrailEvent": json.dumps(record)}
    )


def delete_route(world: World, at: str, table: str = "rtb-a") -> None:
    change(world, "DeleteRoute", at, {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0"})


def timeline(world: World, since: datetime | None = None) -> Timeline:
    return timeline_of(world.context().cluster, since=since)


def test_the_last_change_before_the_first_failure_is_marked() -> None:
    world = healthy()
    delete_route(world, "2026-11-22T09:40:00Z")
    delete_route(world, "2026-11-22T09:47:00Z", "rtb-b")
    delete_route(world, "2026-11-22T10:05:00Z")
    world.add_event("web", NO_ENI, "2026-11-22T10:00:00Z")
    found = timeline(world)
    assert found.first_failure == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert [e.text for e in found.entries if e.is_last_change] == ["DeleteRoute rtb-b 0.0.0.0/0"]
    assert [e.kind for e in found.entries if e.text != "?"][-1] == "change"


def test_without_a_failure_nothing_is_marked() -> None:
    world = healthy()
    delete_route(world, "2026-11-22T09:40:00Z")
    found = timeline(world)
    assert found.first_failure is None
    assert not any(entry.is_last_change for entry in found.entries)


def test_repeats_of_a_failure_are_one_entry_with_their_span() -> None:
    world = healthy()
    for minute in range(5):
        world.add_event("web", NO_ENI.replace("1d3cf1d0", f"{minute}d3cf1d0"), f"2026-11-22T10:0{minute}:00Z")
    (entry,) = [entry for entry in timeline(world).entries if entry.is_failure]
    assert (entry.count, entry.symptom) == (5, "place.eni")
    assert entry.at == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert entry.until == datetime(2026, 11, 22, 10, 4, tzinfo=UTC)


def test_stopped_tasks_of_two_services_are_two_entries() -> None:
    world = healthy()
    world.add_stopped_task("web", "Timeout waiting for network interface provisioning to complete.")
    world.add_stopped_task("worker", "Timeout waiting for network interface provisioning to complete.")
    assert [e.subject for e in timeline(world).entries if e.kind == "stopped"] == ["web", "worker"]


def test_a_steady_state_is_no_failure() -> None:
    world = healthy()
    world.add_event("web", "(service web) has reached a steady state.")
    assert not any(entry.is_failure for entry in timeline(world).entries)


def test_what_was_before_the_span_is_left_out() -> None:
    world = healthy()
    world.add_event("web", NO_ENI, "2026-11-22T08:00:00Z")
    assert timeline(world, datetime(2026, 11, 22, 9, tzinfo=UTC)).entries == ()


def test_a_change_to_what_the_cluster_does_not_use_is_left_out() -> None:
    world = healthy()
    world.add_route_table("rtb-unused")
    delete_route(world, "2026-11-22T09:40:00Z", "rtb-unused")
    change(world, "DeleteVpcEndpoints", "2026-11-22T09:41:00Z", {"vpcEndpointIds": ["vpce-gone"]})
    assert [entry.text for entry in timeline(world).entries] == ["DeleteVpcEndpoints vpce-gone"]


def test_a_call_that_was_refused_changed_nothing() -> None:
    world = healthy()
    change(world, "DeleteRoute", "2026-11-22T09:40:00Z", {"routeTableId": "rtb-a"}, errorCode="UnauthorizedOperation")
    assert changes_of(world.scope()) == ()


def test_who_changed_it_is_told_with_the_session() -> None:
    world = healthy()
    delete_route(world, "2026-11-22T09:40:00Z")
    (found,) = changes_of(world.scope())
    assert found.by == "role/terraform (session ci-4411)"
    assert found.ids == ("rtb-a",)


def test_what_was_not_read_is_named() -> None:
    world = healthy()
    assert timeline(world).missing == ()
    assert timeline(world.deny("cloudtrail:LookupEvents")).missing == ("cloudtrail:LookupEvents",)


def test_a_launch_that_aws_refused_is_a_failure_with_its_caller() -> None:
    world = healthy()
    for minute in range(3):
        world.add_launch_call("batch:7", failures=("RESOURCE:ENI",), at=f"2026-11-22T10:0{minute}:00Z")
    delete_route(world, "2026-11-22T09:40:00Z")
    found = timeline(world)
    (entry,) = [entry for entry in found.entries if entry.kind == "launch"]
    assert (entry.subject, entry.text, entry.symptom, entry.count) == ("batch", "RunTask: RESOURCE:ENI", "place.eni", 3)
    assert (entry.by, entry.is_failure) == ("role/ci (session build)", True)
    assert [e.text for e in found.entries if e.is_last_change] == ["DeleteRoute rtb-a 0.0.0.0/0"]


def test_a_launcher_and_a_service_that_was_not_created_are_named() -> None:
    world = healthy()
    world.add_rule("nightly", "nightly")
    world.add_launch_call(
        "nightly", startedBy="events-rule/nightly", error="ClientException: TaskDefinition is inactive"
    )
    world.add_launch_call("web", call="CreateService", serviceName="web-2", error="InvalidParameterException: no")
    assert [(e.subject, e.text) for e in timeline(world).entries] == [
        ("events:rule/nightly", "RunTask: ClientException: TaskDefinition is inactive"),
        ("web-2", "CreateService: InvalidParameterException: no"),
    ]


def test_a_launch_that_went_well_is_no_entry_and_no_change() -> None:
    world = healthy()
    world.add_launch_call("batch", tasks=("arn:aws:ecs:us-east-1:123456789012:task/prod/1",))
    assert timeline(world).entries == ()


def test_a_tag_and_a_filter_are_no_names_of_a_change() -> None:
    world = healthy()
    tags = {"tagSpecificationSet": {"items": [{"tags": [{"key": "Name", "value": "secret", "name": "x"}]}]}}
    change(world, "CreateRoute", "2026-11-22T09:40:00Z", {"routeTableId": "rtb-a", **tags})
    assert [found.text for found in changes_of(world.scope())] == ["CreateRoute rtb-a"]


def test_a_setting_and_a_service_are_named_by_a_change() -> None:
    world = healthy()
    setting = {"name": "awsvpcTrunking", "value": "disabled"}
    change(world, "PutAccountSetting", "2026-11-22T09:40:00Z", setting, eventSource="ecs.amazonaws.com")
    service = {"service": "web", "cluster": "prod", "desiredCount": 4}
    change(world, "UpdateService", "2026-11-22T09:41:00Z", service, eventSource="ecs.amazonaws.com")
    assert [entry.text for entry in timeline(world).entries] == [
        "PutAccountSetting awsvpcTrunking disabled",
        "UpdateService web prod 4",
    ]
