"""For whom trunking is on, and why an instance has no trunk."""

import pytest

from awsvpc_audit.analyzers.capacity.trunking import (
    missing_trunk_reasons,
    role_arn_of,
    supports_trunking,
    trunking_enabled_for,
    trunking_of_role,
    trunking_setting,
)
from awsvpc_audit.analyzers.hosts import Host, hosts_of
from awsvpc_audit.model.gaps import Missing, NotCollectedError
from tests.world import World, healthy

ROLE = "arn:aws:iam::123456789012:role/ecsInstanceRole"
ALICE = "arn:aws:iam::123456789012:user/alice"


def world_without_settings() -> World:
    world = healthy()
    world.rows["ecs:ListAccountSettings"].clear()
    return world


def refuse_role(world: World) -> None:
    world.denied["role"] = Missing(operation="ecs:ListAccountSettings", error="AccessDenied", resources=(ROLE,))


def host_a(world: World) -> Host:
    return next(iter(hosts_of(world.context().cluster)))


class TestSetting:
    def test_the_accounts_default_is_what_is_reported(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled", principal=ALICE)
        world.setting("awsvpcTrunking", "disabled")

        assert trunking_setting(world.scope()) == "disabled"

    def test_else_the_callers_effective_value(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled", principal=ALICE)

        assert trunking_setting(world.scope()) == "enabled"

    def test_a_row_without_principal_is_the_callers(self) -> None:
        world = world_without_settings()
        world.rows["ecs:ListAccountSettings"].append({"name": "awsvpcTrunking", "value": "enabled"})

        assert trunking_setting(world.scope()) == "enabled"

    def test_the_row_of_an_instance_role_is_not_the_accounts(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled", principal=ROLE)

        assert trunking_setting(world.scope()) == "unknown"

    def test_no_row_proves_nothing(self) -> None:
        assert trunking_setting(world_without_settings().scope()) == "unknown"

    def test_an_unread_answer_is_unknown(self) -> None:
        assert trunking_setting(healthy().deny("ecs:ListAccountSettings").scope()) == "unknown"


class TestRole:
    def test_its_own_row_overrides_the_default(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled")
        world.setting("awsvpcTrunking", "disabled", principal=ROLE)

        assert trunking_of_role(world.scope(), ROLE) == "disabled"

    def test_without_one_the_default_holds(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled")

        assert trunking_of_role(world.scope(), ROLE) == "enabled"

    def test_the_callers_value_says_nothing_of_it(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled", principal=ALICE)

        assert trunking_of_role(world.scope(), ROLE) == "unknown"

    def test_a_row_that_was_refused_may_override_the_default(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled")
        refuse_role(world)

        assert trunking_of_role(world.scope(), ROLE) == "unknown"

    def test_the_role_of_a_host_is_that_of_its_instance_profile(self) -> None:
        world = healthy()

        assert role_arn_of(host_a(world), world.context().cluster) == ROLE


class TestEnabledFor:
    def test_a_role_of_its_own_that_has_it_on_is_enough(self) -> None:
        world = healthy()
        world.setting("awsvpcTrunking", "enabled", principal=ROLE)

        row = trunking_enabled_for(host_a(world), world.context().cluster)

        assert row is not None
        assert row.principal_arn == ROLE

    def test_another_instances_role_is_not(self) -> None:
        world = healthy()
        other = "arn:aws:iam::123456789012:role/other"
        world.rows["iam:GetInstanceProfile"].append(
            {"InstanceProfileName": "other", "Roles": [{"RoleName": "other", "Arn": other}]}
        )
        world.setting("awsvpcTrunking", "enabled", principal=other)

        assert trunking_enabled_for(host_a(world), world.context().cluster) is None

    def test_off_for_the_account_is_off(self) -> None:
        world = healthy()

        assert trunking_enabled_for(host_a(world), world.context().cluster) is None

    def test_unread_settings_are_not_off(self) -> None:
        world = healthy().deny("ecs:ListAccountSettings")

        with pytest.raises(NotCollectedError):
            trunking_enabled_for(host_a(world), world.context().cluster)

    def test_a_refused_role_leaves_the_callers_own_rows_whole(self) -> None:
        world = healthy()
        refuse_role(world)

        assert trunking_enabled_for(host_a(world), world.context().cluster) is None


@pytest.mark.parametrize(
    ("instance_type", "supported"),
    [
        ("m5.xlarge", True),
        ("m8azn.large", True),
        ("t3.medium", False),
        ("c5.metal", False),
        ("hpc8a.96xlarge", None),
        ("x9.huge", None),
    ],
)
def test_support_of_a_type_is_yes_no_or_not_known(instance_type: str, supported: bool | None) -> None:
    assert supports_trunking(instance_type) is supported


def reasons(world: World) -> list[str]:
    return [reason.text for reason in missing_trunk_reasons(host_a(world), world.context().cluster)]


def set_attribute(world: World, name: str, value: str) -> None:
    next(a for a in world.container_instance("i-a")["attributes"] if a["name"] == name)["value"] = value


class TestReasons:
    def test_windows(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.os-type", "windows")

        assert reasons(world) == ["it runs Windows, where ENI trunking is not supported"]

    def test_a_type_that_aws_does_not_list(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.instance-type", "t3.medium")

        assert reasons(world) == ["t3.medium does not support ENI trunking (the Amazon ECS guide does not list it)"]

    def test_a_type_that_aws_names_as_not_supported(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.instance-type", "c5.metal")

        assert reasons(world) == [
            "c5.metal does not support ENI trunking (the Amazon ECS guide names it as not supported)"
        ]

    def test_a_type_that_is_newer_than_the_lists_is_a_possibility_beside_the_launch(self) -> None:
        world = healthy()
        set_attribute(world, "ecs.instance-type", "hpc8a.96xlarge")

        first, second = reasons(world)

        assert first.startswith("whether hpc8a.96xlarge supports ENI trunking is UNCONFIRMED")
        assert second.startswith("it may have been registered before the setting was on")

    def test_without_another_reason_it_may_have_been_registered_before(self) -> None:
        (reason,) = missing_trunk_reasons(host_a(world := healthy()), world.context().cluster)

        assert reason.certain is False
        assert reason.text == (
            "it may have been registered before the setting was on (it registered at 2026-11-01T00:01:00Z)"
        )

    def test_an_old_agent(self) -> None:
        world = healthy()
        world.container_instance("i-a")["versionInfo"]["agentVersion"] = "1.28.0"

        assert reasons(world) == ["its agent is 1.28.0, and trunking needs 1.28.1"]

    def test_a_missing_capability(self) -> None:
        world = healthy()
        attributes = world.container_instance("i-a")["attributes"]
        attributes[:] = [a for a in attributes if a["name"] != "ecs.capability.task-eni-trunking"]

        (text,) = reasons(world)

        assert text.startswith("it lacks the attribute ecs.capability.task-eni-trunking")

    def test_a_shared_subnet(self) -> None:
        world = healthy()
        world.subnet("subnet-a")["OwnerId"] = "999999999999"

        assert reasons(world) == [
            "its subnet subnet-a is shared by account 999999999999, where trunks are not supported"
        ]

    def test_resource_name_dns_records(self) -> None:
        world = healthy()
        world.instance("i-a")["PrivateDnsNameOptions"]["EnableResourceNameDnsARecord"] = True

        assert reasons(world) == ["its resource-name DNS A record is on, which trunking does not allow"]

    def test_a_role_that_has_it_off(self) -> None:
        world = healthy()
        world.setting("awsvpcTrunking", "disabled", principal=ROLE)

        assert reasons(world) == [f"awsvpcTrunking is disabled for its role {ROLE}"]

    def test_a_registration_that_failed_with_awss_words(self) -> None:
        world = healthy()
        world.container_instance("i-a").update(status="REGISTRATION_FAILED", statusReason="Unexpected EC2 error")

        assert reasons(world) == ["its registration failed: Unexpected EC2 error"]

    def test_several_stand_in_awss_order(self) -> None:
        world = healthy()
        world.container_instance("i-a")["versionInfo"]["agentVersion"] = "1.20.0"
        set_attribute(world, "ecs.instance-type", "t3.medium")
        world.instance("i-a")["PrivateDnsNameOptions"]["EnableResourceNameDnsARecord"] = True

        assert [text.split()[0] for text in reasons(world)] == ["t3.medium", "its", "its"]
        assert all(r.certain for r in missing_trunk_reasons(host_a(world), world.context().cluster))

    def test_what_was_not_read_is_no_reason(self) -> None:
        world = healthy()
        for operation in ("ec2:DescribeInstances", "ec2:DescribeSubnets", "iam:GetInstanceProfile"):
            world.deny(operation)

        (text,) = reasons(world)

        assert text.startswith("it may have been registered before")
