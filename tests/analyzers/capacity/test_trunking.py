"""For whom trunking is on, and which types take a trunk."""

import pytest

from awsvpc_audit.analyzers.capacity.trunking import (
    attribute_evidence,
    role_arn_of,
    setting_evidence,
    supports_trunking,
    takes_trunk,
    trunking_enabled_for,
    trunking_of_role,
    trunking_setting,
    type_evidence,
)
from awsvpc_audit.analyzers.hosts import Host, hosts_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model import ecs
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

    def test_the_refusal_of_another_roles_row_is_no_matter(self) -> None:
        world = world_without_settings()
        world.setting("awsvpcTrunking", "enabled")
        refuse_role(world)

        assert trunking_of_role(world.scope(), f"{ROLE}2") == "enabled"

    def test_the_role_of_a_host_is_that_of_its_instance_profile(self) -> None:
        world = healthy()

        assert role_arn_of(host_a(world), world.context().cluster) == ROLE

    @pytest.mark.parametrize(
        "profile",
        [
            pytest.param({"Roles": []}, id="its profile holds no role"),
            pytest.param({"Roles": [{"RoleName": "ecsInstanceRole"}]}, id="the source gives the role no ARN"),
        ],
    )
    def test_a_host_without_one_has_none(self, profile: dict[str, object]) -> None:
        world = healthy()
        world.rows["iam:GetInstanceProfile"][0].update(profile)

        assert role_arn_of(host_a(world), world.context().cluster) is None

    def test_nor_has_one_whose_instance_has_no_profile_or_is_gone(self) -> None:
        without, gone = healthy(), healthy()
        del without.instance("i-a")["IamInstanceProfile"]
        gone.rows["ec2:DescribeInstances"].clear()

        assert role_arn_of(host_a(without), without.context().cluster) is None
        assert role_arn_of(host_a(gone), gone.context().cluster) is None

    @pytest.mark.parametrize(
        ("profile", "role"),
        [("ecsInstanceRole", "ecsInstanceRole"), ("fleet/ecsInstanceRole", "team/blue/ecsInstanceRole")],
        ids=["on no path", "on paths of their own"],
    )
    def test_of_a_profile_that_was_not_read_it_is_the_role_of_that_name_with_a_row_of_its_own(
        self, profile: str, role: str
    ) -> None:
        world = healthy().deny("iam:GetInstanceProfile")
        world.instance("i-a")["IamInstanceProfile"] = {"Arn": world.arn("iam", f"instance-profile/{profile}")}
        world.setting("awsvpcTrunking", "enabled", principal=world.arn("iam", "role/other"))
        with pytest.raises(NotCollectedError) as gap:
            role_arn_of(host_a(world), world.context().cluster)
        assert gap.value.operations == ("iam:GetInstanceProfile",)
        world.setting("awsvpcTrunking", "enabled", principal=world.arn("iam", f"role/{role}"))

        assert role_arn_of(host_a(world), world.context().cluster) == world.arn("iam", f"role/{role}")

    def test_without_the_instances_it_is_not_known(self) -> None:
        world = healthy().deny("ec2:DescribeInstances")

        with pytest.raises(NotCollectedError) as gap:
            role_arn_of(host_a(world), world.context().cluster)
        assert gap.value.operations == ("ec2:DescribeInstances",)


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

    def test_its_own_row_that_has_it_off_is_not_whatever_another_role_has(self) -> None:
        world = healthy()
        other = "arn:aws:iam::123456789012:role/other"
        world.rows["iam:GetInstanceProfile"].append(
            {"InstanceProfileName": "other", "Roles": [{"RoleName": "other", "Arn": other}]}
        )
        world.setting("awsvpcTrunking", "enabled", principal=other)
        world.setting("awsvpcTrunking", "disabled", principal=ROLE)

        assert trunking_enabled_for(host_a(world), world.context().cluster) is None

    def test_nor_is_a_host_without_a_role_whatever_some_role_has(self) -> None:
        world = healthy()
        world.setting("awsvpcTrunking", "enabled", principal=ROLE)
        del world.instance("i-a")["IamInstanceProfile"]

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

    def test_that_they_say_nothing_of_trunking_is_then_an_answer(self) -> None:
        world = healthy()
        world.rows["ecs:ListAccountSettings"].clear()
        world.setting("dualStackIPv6", "disabled")
        refuse_role(world)

        assert trunking_enabled_for(host_a(world), world.context().cluster) is None

    def test_but_not_where_a_page_of_them_was_not_read(self) -> None:
        world = healthy()
        world.rows["ecs:ListAccountSettings"].clear()
        world.setting("dualStackIPv6", "disabled")
        world.denied["page"] = Missing(operation="ecs:ListAccountSettings", error="Throttled")

        with pytest.raises(NotCollectedError):
            trunking_enabled_for(host_a(world), world.context().cluster)


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


class TestTypeOfHost:
    @pytest.mark.parametrize(
        ("instance_type", "windows", "expected"),
        [
            pytest.param("m5.xlarge", False, True, id="Linux on a type that AWS lists"),
            pytest.param("m5.xlarge", True, False, id="no Windows, whatever the type"),
            pytest.param("t3.medium", False, False, id="no type that AWS does not list"),
            pytest.param("x9.huge", False, None, id="a type newer than the lists"),
        ],
    )
    def test_a_trunk_takes_linux_and_a_type_of_aws_list(
        self, instance_type: str, windows: bool, expected: bool | None
    ) -> None:
        world = healthy()
        world.add_instance("i-0", instance_type, "subnet-a", windows=windows)

        assert takes_trunk(host_a(world), world.context().cluster) is expected

    def test_where_nobody_says_the_type_it_is_not_known(self) -> None:
        world = healthy()
        world.container_instance("i-a")["attributes"].clear()
        del world.instance("i-a")["InstanceType"]

        assert takes_trunk(host_a(world), world.context().cluster) is None
        with pytest.raises(NotCollectedError):
            takes_trunk(host_a(world), world.deny("ec2:DescribeInstances").context().cluster)

    def test_the_type_is_shown_where_it_was_read(self) -> None:
        world = healthy()
        by_attribute = type_evidence(host_a(world), "m5.xlarge")
        world.container_instance("i-a")["attributes"].clear()

        assert by_attribute == Evidence(
            operation="ecs:DescribeContainerInstances",
            resource="i-a",
            field="attributes[ecs.instance-type]",
            value="m5.xlarge",
        )
        assert type_evidence(host_a(world), "m5.xlarge") == Evidence(
            operation="ec2:DescribeInstances", resource="i-a", field="InstanceType", value="m5.xlarge"
        )

    def test_an_attribute_that_is_absent_is_shown_without_a_value(self) -> None:
        assert attribute_evidence(host_a(healthy()), "ecs.awsvpc-trunk-id") == Evidence(
            operation="ecs:DescribeContainerInstances",
            resource="i-a",
            field="attributes[ecs.awsvpc-trunk-id]",
            value=None,
        )


@pytest.mark.parametrize(
    ("principal", "resource"), [(ROLE, ROLE), (None, "caller")], ids=["of a role", "without owner, the caller's"]
)
def test_a_setting_is_shown_with_whom_it_holds_for(principal: str | None, resource: str) -> None:
    row = ecs.Setting(name="awsvpcTrunking", value="enabled", principal_arn=principal)
    assert setting_evidence(row) == Evidence(
        operation="ecs:ListAccountSettings",
        resource=resource,
        field="settings[awsvpcTrunking].value",
        value="enabled",
    )
