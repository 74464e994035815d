"""AGT007: an ACTIVE instance whose agent is not connected."""

import pytest

from awsvpc_audit.findings import Evidence, Severity
from tests.world import World, finding, healthy, verdicts


def disconnected(status: str = "ACTIVE") -> World:
    world = healthy()
    world.container_instance("i-a").update(agentConnected=False, status=status)
    return world


def test_it_fails_and_says_that_one_reading_is_no_proof() -> None:
    found = finding(disconnected().audit(), "AGT007")

    assert found.resource.id == "i-a"
    assert found.severity is Severity.CRITICAL
    assert [ref.id for ref in found.affected] == ["web"]
    assert "a single reading is no proof" in found.detail
    assert found.evidence == (
        Evidence(operation="ecs:DescribeContainerInstances", resource="i-a", field="agentConnected", value=False),
        Evidence(operation="ecs:DescribeContainerInstances", resource="i-a", field="status", value="ACTIVE"),
    )


def test_connected_agents_pass() -> None:
    assert verdicts(healthy().audit(), "AGT007") == {"i-a": "pass", "i-b": "pass"}


@pytest.mark.parametrize("status", ["DRAINING", "REGISTERING", "DEREGISTERING"])
def test_an_instance_that_is_not_active_need_not_be_connected(status: str) -> None:
    assert "fail" not in verdicts(disconnected(status).audit(), "AGT007").values()


def test_an_absent_member_is_unknown() -> None:
    world = healthy()
    del world.container_instance("i-a")["agentConnected"]

    assert verdicts(world.audit(), "AGT007") == {"i-a": "unknown", "i-b": "pass"}


def test_a_cluster_without_awsvpc_tasks_on_ec2_is_not_asked() -> None:
    world = disconnected()
    world.task_definition("web")["networkMode"] = "bridge"

    assert verdicts(world.audit(), "AGT007") == {}
