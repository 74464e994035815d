"""AGT001 to AGT005: the first agent version for each feature, on both sides of the line."""

import pytest

from awsvpc_audit.findings import Evidence, Severity, Status
from tests.world import World, finding, healthy, verdicts

ROOT = "arn:aws:iam::123456789012:root"


def linux(version: str | None) -> World:
    world = healthy()
    world.container_instance("i-a")["versionInfo"] = {"agentVersion": version} if version else {}
    return world


def windows(version: str) -> World:
    world = healthy()
    world.add_task_definition("iis", windows=True)
    world.add_instance("i-win", "m5.xlarge", "subnet-a", windows=True, agent=version)
    world.add_service("iis", on=("i-win",))
    return world


def dual_stack(version: str, *, setting: str | None = "enabled") -> World:
    world = linux(version)
    world.give_ipv6("subnet-a", "subnet-b")
    settings = world.rows["ecs:ListAccountSettings"]
    settings[:] = [row for row in settings if row["name"] != "dualStackIPv6"]
    if setting:
        world.setting("dualStackIPv6", setting)
    return world


def trunking(version: str) -> World:
    world = linux(version)
    world.setting("awsvpcTrunking", "enabled")
    return world


@pytest.mark.parametrize(
    ("check_id", "world", "verdict"),
    [
        pytest.param("AGT001", linux("1.14.5"), "fail", id="AGT001: 1.14.5 cannot run awsvpc tasks"),
        pytest.param("AGT001", linux("1.9.0"), "fail", id="AGT001: 1.9.0 is older than 1.15.0"),
        pytest.param("AGT001", linux("1.15.0"), "pass", id="AGT001: 1.15.0 can"),
        pytest.param("AGT001", linux("newest"), "unknown", id="AGT001: no version is unknown"),
        pytest.param("AGT001", linux(None), "unknown", id="AGT001: an absent version is unknown"),
        pytest.param("AGT002", trunking("1.28.0"), "fail", id="AGT002: 1.28.0 is too old for trunking"),
        pytest.param("AGT002", trunking("1.28.1"), "pass", id="AGT002: 1.28.1 is not"),
        pytest.param("AGT002", linux("1.28.0"), "pass", id="AGT002: trunking that is off needs no agent"),
        pytest.param(
            "AGT002",
            linux("1.28.0").deny("ecs:ListAccountSettings"),
            "unknown",
            id="AGT002: unread settings are unknown for an old agent",
        ),
        pytest.param(
            "AGT002",
            linux("1.28.1").deny("ecs:ListAccountSettings"),
            "pass",
            id="AGT002: unread settings do not matter to a new agent",
        ),
        pytest.param("AGT003", dual_stack("1.44.4"), "fail", id="AGT003: 1.44.4 gives no IPv6 address"),
        pytest.param("AGT003", dual_stack("1.45.0"), "pass", id="AGT003: 1.45.0 does"),
        pytest.param("AGT003", linux("1.44.4"), "pass", id="AGT003: IPv4 subnets need no IPv6"),
        pytest.param(
            "AGT003", dual_stack("1.44.4", setting="disabled"), "pass", id="AGT003: dual stack that is off needs none"
        ),
        pytest.param(
            "AGT003", dual_stack("1.44.4", setting=None), "unknown", id="AGT003: a setting that no row shows is unknown"
        ),
        pytest.param(
            "AGT003",
            dual_stack("1.44.4").deny("ecs:ListAccountSettings"),
            "unknown",
            id="AGT003: unread settings are unknown",
        ),
        pytest.param(
            "AGT003", linux("1.44.4").deny("ec2:DescribeSubnets"), "unknown", id="AGT003: unread subnets are unknown"
        ),
    ],
)
def test_linux(check_id: str, world: World, verdict: str) -> None:
    found = verdicts(world.audit(), check_id)

    assert found == {"i-a": verdict, "i-b": "pass"}


@pytest.mark.parametrize(
    ("check_id", "version", "verdict"),
    [
        ("AGT004", "1.53.1", "fail"),
        ("AGT004", "1.54.0", "pass"),
        ("AGT004", "?", "unknown"),
        ("AGT005", "1.57.0", "fail"),
        ("AGT005", "1.57.1", "pass"),
        ("AGT005", "?", "unknown"),
        # Two statements of AWS: an agent that is too old for the first breaks the second as well.
        ("AGT005", "1.53.1", "fail"),
    ],
)
def test_windows(check_id: str, version: str, verdict: str) -> None:
    assert verdicts(windows(version).audit(), check_id) == {"i-win": verdict}


@pytest.mark.parametrize("check_id", ["AGT001", "AGT002", "AGT003"])
def test_the_rules_for_linux_do_not_judge_windows(check_id: str) -> None:
    assert "i-win" not in verdicts(windows("1.10.0").audit(), check_id)


@pytest.mark.parametrize("check_id", ["AGT004", "AGT005"])
def test_the_rules_for_windows_do_not_judge_linux(check_id: str) -> None:
    assert verdicts(linux("1.10.0").audit(), check_id) == {}


@pytest.mark.parametrize("check_id", ["AGT001", "AGT002", "AGT003"])
def test_an_instance_that_drains_is_left_alone(check_id: str) -> None:
    world = dual_stack("1.10.0")
    world.setting("awsvpcTrunking", "enabled")
    world.container_instance("i-a")["status"] = "DRAINING"

    assert verdicts(world.audit(), check_id) == {"i-b": "pass"}


def test_an_instance_that_still_registers_may_have_no_version_yet() -> None:
    world = linux(None)
    world.container_instance("i-a")["status"] = "REGISTERING"

    assert verdicts(world.audit(), "AGT001") == {"i-a": "pass", "i-b": "pass"}


def test_the_finding_has_the_version_as_read_and_the_one_that_is_needed() -> None:
    world = linux("1.14.5")
    found = finding(world.audit(), "AGT001")

    assert found.severity is Severity.CRITICAL
    assert found.detail == (
        "The container agent of i-a (m5.xlarge, us-east-1a) is 1.14.5; awsvpc tasks on Linux need 1.15.0"
    )
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.evidence == (
        Evidence(
            operation="ecs:DescribeContainerInstances",
            resource="i-a",
            field="versionInfo.agentVersion",
            value="1.14.5",
        ),
    )
    arn = world.container_instance("i-a")["containerInstanceArn"]
    assert f"aws ecs update-container-agent --cluster prod --container-instance {arn}" in found.remediation.commands


def test_trunking_that_is_wanted_is_part_of_the_proof() -> None:
    found = finding(trunking("1.28.0").audit(), "AGT002")

    assert found.severity is Severity.HIGH
    assert found.evidence[1] == Evidence(
        operation="ecs:ListAccountSettings", resource=ROOT, field="settings[awsvpcTrunking].value", value="enabled"
    )


def test_ipv6_counts_in_the_zone_of_the_instance_alone() -> None:
    world = linux("1.44.4")
    world.give_ipv6("subnet-b")
    world.setting("dualStackIPv6", "enabled")

    assert verdicts(world.audit(), "AGT003") == {"i-a": "pass", "i-b": "pass"}


def test_dual_stack_that_one_principal_has_on_is_wanted_though_the_default_is_off() -> None:
    world = dual_stack("1.44.4", setting="disabled")
    world.setting("dualStackIPv6", "enabled", principal="arn:aws:iam::123456789012:user/alice")

    assert verdicts(world.audit(), "AGT003") == {"i-a": "fail", "i-b": "pass"}


def test_an_ipv6_only_subnet_needs_the_agent_whatever_the_setting() -> None:
    world = dual_stack("1.44.4", setting="disabled")
    world.subnet("subnet-a")["Ipv6Native"] = True

    found = finding(world.audit(), "AGT003")

    assert found.status is Status.FAIL
    assert [ref.id for ref in found.affected] == ["web"]
    assert [(e.operation, e.resource) for e in found.evidence] == [
        ("ecs:DescribeContainerInstances", "i-a"),
        ("ec2:DescribeSubnets", "subnet-a"),
        ("ecs:ListAccountSettings", ROOT),
    ]
