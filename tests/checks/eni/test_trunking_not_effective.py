"""ENI005: trunking is off for the role of the container instances, whatever it is for the caller."""

from awsvpc_audit.findings import Evidence, ResourceRef, Severity, Status
from awsvpc_audit.model.gaps import Missing
from tests.world import World, finding, healthy, verdicts

ROOT = "arn:aws:iam::123456789012:root"
ROLE = "arn:aws:iam::123456789012:role/ecsInstanceRole"
ALICE = "arn:aws:iam::123456789012:user/alice"


def trunking(value: str = "enabled", *, principal: str | None = None) -> World:
    world = healthy()
    world.rows["ecs:ListAccountSettings"].clear()
    world.setting("awsvpcTrunking", value, principal=principal)
    return world


def refuse_role(world: World) -> World:
    world.denied["role"] = Missing(operation="ecs:ListAccountSettings", error="AccessDenied", resources=(ROLE,))
    return world


def add_trunks(world: World, *instances: str) -> World:
    for instance in instances:
        world.add_trunk(instance)
    return world


def test_a_role_with_a_value_of_its_own_that_is_off_fails_though_the_account_has_it_on() -> None:
    world = trunking()
    world.setting("awsvpcTrunking", "disabled", principal=ROLE)

    found = finding(world.audit(), "ENI005")

    assert found.status is Status.FAIL
    assert found.severity is Severity.HIGH
    assert found.resource == ResourceRef(type="account_setting", id="awsvpcTrunking")
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.detail == f"awsvpcTrunking is disabled for the container instances: role {ROLE} has it disabled"
    assert found.evidence == (
        Evidence(
            operation="ecs:ListAccountSettings",
            resource=ROLE,
            field="settings[awsvpcTrunking].value",
            value="disabled",
        ),
    )
    assert (
        f"aws ecs put-account-setting --name awsvpcTrunking --value enabled --principal-arn {ROLE}"
        in found.remediation.commands
    )


def test_on_for_the_caller_alone_and_off_by_default_fails() -> None:
    world = trunking(principal=ALICE)
    world.setting("awsvpcTrunking", "disabled")

    found = finding(world.audit(), "ENI005")

    assert found.status is Status.FAIL
    assert "has no value of its own, and the account's default is disabled" in found.detail
    assert found.evidence[0].resource == ROOT


def test_a_default_that_is_off_proves_nothing_where_the_roles_row_was_refused() -> None:
    world = trunking(principal=ALICE)
    world.setting("awsvpcTrunking", "disabled")

    assert verdicts(refuse_role(world).audit(), "ENI005") == {"awsvpcTrunking": "unknown"}


def test_a_default_that_is_off_proves_nothing_where_the_role_made_a_trunk() -> None:
    world = trunking(principal=ALICE)
    world.setting("awsvpcTrunking", "disabled")

    assert verdicts(add_trunks(world, "i-a").audit(), "ENI005") == {"awsvpcTrunking": "unknown"}


def test_a_role_with_it_on_passes() -> None:
    world = trunking()
    world.setting("awsvpcTrunking", "enabled", principal=ROLE)

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "pass"}


def test_trunks_on_every_instance_prove_it_without_the_roles_row() -> None:
    assert verdicts(refuse_role(add_trunks(trunking(), "i-a", "i-b")).audit(), "ENI005") == {"awsvpcTrunking": "pass"}


def test_a_capable_instance_without_a_trunk_is_unknown_where_the_roles_row_was_refused() -> None:
    result = refuse_role(add_trunks(trunking(), "i-b")).audit()

    assert verdicts(result, "ENI005") == {"awsvpcTrunking": "unknown"}
    assert finding(result, "ENI005").missing == ("ecs:ListAccountSettings",)


def test_it_is_unknown_too_where_nobody_asked_for_the_roles_row() -> None:
    assert verdicts(trunking().audit(), "ENI005") == {"awsvpcTrunking": "unknown"}


def test_an_unread_role_is_what_is_missing() -> None:
    found = finding(trunking().deny("iam:GetInstanceProfile").audit(), "ENI005")

    assert found.missing == ("iam:GetInstanceProfile",)


def test_the_row_of_a_role_that_has_the_name_of_the_unread_profile_is_its_row() -> None:
    world = trunking().deny("iam:GetInstanceProfile")
    world.setting("awsvpcTrunking", "disabled", principal=ROLE)

    found = finding(world.audit(), "ENI005")

    assert found.status is Status.FAIL
    assert found.evidence[0].resource == ROLE


def test_the_row_of_a_role_of_another_name_is_the_callers() -> None:
    world = trunking("disabled").deny("iam:GetInstanceProfile")
    world.setting("awsvpcTrunking", "enabled", principal="arn:aws:iam::123456789012:role/auditor")

    assert finding(world.audit(), "ENI005").missing == ("iam:GetInstanceProfile",)


def test_types_that_take_no_trunk_and_windows_prove_nothing_and_need_nothing() -> None:
    world = add_trunks(trunking(), "i-a", "i-b")
    world.add_instance("i-t3", "t3.medium", "subnet-a")
    world.add_instance("i-win", "m5.large", "subnet-a", windows=True)

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "pass"}


def test_nobody_wants_it_and_nothing_is_said() -> None:
    world = trunking("disabled")
    world.setting("awsvpcTrunking", "disabled", principal=ROLE)

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "pass"}


def test_an_instance_with_a_trunk_shows_that_it_was_wanted() -> None:
    world = add_trunks(trunking("disabled"), "i-a")
    world.setting("awsvpcTrunking", "disabled", principal=ROLE)

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "fail"}


def test_an_empty_list_says_nothing_where_nothing_shows_that_it_is_wanted() -> None:
    world = healthy()
    world.rows["ecs:ListAccountSettings"].clear()

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "pass"}


def test_an_empty_list_is_unknown_where_only_one_of_two_has_its_trunk() -> None:
    world = add_trunks(healthy(), "i-a")
    world.rows["ecs:ListAccountSettings"].clear()

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "unknown"}


def test_unread_settings_are_unknown_where_an_instance_has_no_trunk() -> None:
    found = finding(trunking().deny("ecs:ListAccountSettings").audit(), "ENI005")

    assert found.status is Status.UNKNOWN
    assert found.missing == ("ecs:ListAccountSettings",)


def test_unread_settings_do_not_matter_where_every_instance_has_one() -> None:
    world = add_trunks(trunking(), "i-a", "i-b").deny("ecs:ListAccountSettings")

    assert verdicts(world.audit(), "ENI005") == {"awsvpcTrunking": "pass"}


def test_a_cluster_without_awsvpc_tasks_on_ec2_is_not_asked() -> None:
    world = trunking()
    world.task_definition("web")["networkMode"] = "bridge"

    assert verdicts(world.audit(), "ENI005") == {}
