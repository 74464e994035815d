"""ENI003: trunking is on, and the instance has no trunk."""

import pytest

from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from tests.world import World, finding, healthy, verdicts

ROOT = "arn:aws:iam::123456789012:root"
ROLE = "arn:aws:iam::123456789012:role/ecsInstanceRole"


def trunking_on() -> World:
    """Trunking is on for the account; i-b has its trunk, i-a has none."""
    world = healthy()
    world.setting("awsvpcTrunking", "enabled")
    world.add_trunk("i-b")
    return world


def test_an_instance_without_a_trunk_fails_and_the_reason_is_named() -> None:
    world = trunking_on()
    world.container_instance("i-a")["versionInfo"]["agentVersion"] = "1.28.0"

    found = finding(world.audit(), "ENI003")

    assert found.resource == ResourceRef(
        type="instance", id="i-a", arn=world.container_instance("i-a")["containerInstanceArn"]
    )
    assert found.severity is Severity.HIGH
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.detail == (
        "i-a (m5.xlarge, us-east-1a) has no trunk although awsvpcTrunking is enabled for the account: "
        "its agent is 1.28.0, and trunking needs 1.28.1"
    )
    assert found.evidence == (
        Evidence(
            operation="ecs:ListAccountSettings",
            resource=ROOT,
            field="settings[awsvpcTrunking].value",
            value="enabled",
        ),
        Evidence(
            operation="ecs:DescribeContainerInstances",
            resource="i-a",
            field="attributes[ecs.awsvpc-trunk-id]",
            value=None,
        ),
        Evidence(
            operation="ecs:DescribeContainerInstances",
            resource="i-a",
            field="versionInfo.agentVersion",
            value="1.28.0",
        ),
    )


def test_an_instance_with_its_trunk_passes() -> None:
    world = trunking_on()
    world.add_trunk("i-a")

    assert verdicts(world.audit(), "ENI003") == {"i-a": "pass", "i-b": "pass"}


def test_a_trunk_without_the_attribute_is_a_trunk() -> None:
    world = trunking_on()
    world.add_trunk("i-a")
    world.container_instance("i-a")["attributes"].pop()

    assert verdicts(world.audit(), "ENI003")["i-a"] == "pass"


def test_off_for_everybody_is_no_fault() -> None:
    assert verdicts(healthy().audit(), "ENI003") == {"i-a": "pass", "i-b": "pass"}


def test_no_row_at_all_is_no_fault() -> None:
    world = healthy()
    world.rows["ecs:ListAccountSettings"].clear()

    assert verdicts(world.audit(), "ENI003") == {"i-a": "pass", "i-b": "pass"}


def test_on_for_the_instances_own_role_is_on() -> None:
    world = healthy()
    world.setting("awsvpcTrunking", "enabled", principal=ROLE)

    found = finding(world.audit(), "ENI003", "i-a")

    assert f"is enabled for {ROLE}" in found.detail


def test_a_type_that_takes_no_trunk_fails_with_that_reason() -> None:
    world = trunking_on()
    world.add_instance("i-t3", "t3.medium", "subnet-a")
    world.add_trunk("i-a")

    found = finding(world.audit(), "ENI003")

    assert found.resource.id == "i-t3"
    assert "t3.medium does not support ENI trunking" in found.detail


@pytest.mark.parametrize("status", ["REGISTERING", "DRAINING", "DEREGISTERING"])
def test_an_instance_that_is_not_yet_or_no_longer_in_service_is_left_alone(status: str) -> None:
    world = trunking_on()
    world.container_instance("i-a")["status"] = status

    assert verdicts(world.audit(), "ENI003") == {"i-b": "pass"}


def test_an_instance_that_could_not_register_shows_awss_reason() -> None:
    world = trunking_on()
    world.subnet("subnet-a")["OwnerId"] = "999999999999"
    world.container_instance("i-a").update(
        status="REGISTRATION_FAILED",
        statusReason="Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a'",
    )

    found = finding(world.audit(), "ENI003")

    assert "its subnet subnet-a is shared by account 999999999999" in found.detail
    assert "its registration failed: Unexpected EC2 error" in found.detail


def test_unread_settings_are_unknown_on_instances_without_a_trunk() -> None:
    world = trunking_on().deny("ecs:ListAccountSettings")

    result = world.audit()

    assert verdicts(result, "ENI003") == {"i-a": "unknown", "i-b": "pass"}
    assert finding(result, "ENI003").missing == ("ecs:ListAccountSettings",)


def test_unread_instances_are_unknown_where_trunking_is_on() -> None:
    assert verdicts(trunking_on().deny("ec2:DescribeInstances").audit(), "ENI003") == {"i-a": "unknown", "i-b": "pass"}


def test_unread_instances_do_not_matter_where_it_is_off() -> None:
    assert set(verdicts(healthy().deny("ec2:DescribeInstances").audit(), "ENI003").values()) == {"pass"}
