"""IP6001: dual-stack task subnets, and `dualStackIPv6` off for who launches the tasks."""

import pytest

from awsvpc_audit.findings import ResourceRef, Status
from tests.world import ACCOUNT, World, failing, finding, healthy, unknown

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/deployer"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/auditor"
HOST_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsInstanceRole"


def dual_stack(setting: str = "disabled") -> World:
    world = healthy()
    world.give_ipv6("subnet-a", "subnet-b")
    world.setting("dualStackIPv6", setting)
    return world


def forget_settings(world: World) -> None:
    rows = world.rows["ecs:ListAccountSettings"]
    rows[:] = [row for row in rows if row["name"] != "dualStackIPv6"]


def give_task_ipv6(world: World, service: str) -> None:
    task = next(t for t in world.rows["ecs:DescribeTasks"] if t["group"] == f"service:{service}")
    task["containers"][0]["networkInterfaces"][0]["ipv6Address"] = "2001:db8:0:0::17"


def test_the_account_default_off_fails_for_every_service_in_dual_stack_subnets() -> None:
    result = dual_stack().audit()

    found = finding(result, "IP6001")
    assert found.status is Status.FAIL
    assert found.severity == "medium"
    assert found.resource == ResourceRef(type="account_setting", id="dualStackIPv6")
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    proof = [(e.operation, e.resource, e.field, e.value) for e in found.evidence]
    assert proof == [
        ("ecs:ListAccountSettings", ROOT, "settings[dualStackIPv6].value", "disabled"),
        ("ec2:DescribeSubnets", "subnet-a", "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", "2001:db8:0:0::/64"),
        ("ec2:DescribeSubnets", "subnet-b", "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", "2001:db8:0:1::/64"),
    ]
    assert "by the account's default (who launches the tasks may have another value)" in found.detail
    assert failing(result) == {("IP6001", "dualStackIPv6")}


def test_the_setting_on_is_well() -> None:
    result = dual_stack("enabled").audit()

    assert failing(result) == set()
    assert unknown(result) == set()


def test_the_setting_off_is_no_matter_where_no_task_subnet_has_ipv6() -> None:
    assert failing(healthy().audit()) == set()


def test_only_services_in_the_dual_stack_subnet_suffer() -> None:
    world = healthy()
    world.give_ipv6("subnet-a")
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b"]

    assert [ref.id for ref in finding(world.audit(), "IP6001").affected] == ["web"]


def test_a_block_that_is_being_taken_away_counts_as_none() -> None:
    world = dual_stack()
    for subnet in ("subnet-a", "subnet-b"):
        world.subnet(subnet)["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"] = {"State": "disassociated"}

    assert failing(world.audit()) == set()


def test_a_task_with_an_ipv6_address_proves_that_its_service_gets_them() -> None:
    world = dual_stack()
    give_task_ipv6(world, "web")

    assert [ref.id for ref in finding(world.audit(), "IP6001").affected] == ["worker"]


def test_an_eni_with_an_ipv6_address_proves_it_too() -> None:
    world = dual_stack()
    for task in world.rows["ecs:DescribeTasks"]:
        eni = task["attachments"][0]["details"][1]["value"]
        row = world.find("ec2:DescribeNetworkInterfaces", "NetworkInterfaceId", eni)
        row["Ipv6Addresses"] = [{"Ipv6Address": "2001:db8::17"}]

    assert failing(world.audit()) == set()


def test_the_row_of_the_principal_that_created_the_service_decides() -> None:
    world = dual_stack()
    world.setting("dualStackIPv6", "enabled", principal=DEPLOYER)
    for name in ("web", "worker"):
        world.service(name)["createdBy"] = DEPLOYER

    assert failing(world.audit()) == set()


def test_a_principal_that_opted_out_fails_without_a_doubt() -> None:
    world = dual_stack("enabled")
    world.setting("dualStackIPv6", "disabled", principal=DEPLOYER)
    world.service("web")["createdBy"] = DEPLOYER

    found = finding(world.audit(), "IP6001")
    assert [ref.id for ref in found.affected] == ["web"]
    assert found.evidence[0].resource == DEPLOYER
    assert "which created the service" in found.detail
    assert "another value" not in found.detail


def test_the_callers_own_value_is_used_with_the_doubt_said() -> None:
    world = dual_stack()
    forget_settings(world)
    world.setting("dualStackIPv6", "disabled", principal=CALLER)

    found = finding(world.audit(), "IP6001")
    assert f"for {CALLER} (who launches the tasks may have another value)" in found.detail


def test_an_instance_role_says_nothing_of_who_launches_tasks() -> None:
    world = dual_stack()
    forget_settings(world)
    world.setting("dualStackIPv6", "disabled", principal=HOST_ROLE)

    result = world.audit()
    assert failing(result) == set()
    assert ("IP6001", "dualStackIPv6") in unknown(result)


def test_principals_that_contradict_each_other_leave_it_unknown() -> None:
    world = dual_stack()
    forget_settings(world)
    world.setting("dualStackIPv6", "disabled", principal=CALLER)
    world.setting("dualStackIPv6", "enabled", principal=DEPLOYER)

    assert ("IP6001", "dualStackIPv6") in unknown(world.audit())


def test_no_row_of_the_setting_is_unknown_where_it_matters() -> None:
    world = dual_stack()
    forget_settings(world)

    found = finding(world.audit(), "IP6001")
    assert found.status is Status.UNKNOWN
    assert found.missing == ("ecs:ListAccountSettings",)
    assert [ref.id for ref in found.affected] == ["web", "worker"]


def test_no_row_of_the_setting_is_no_matter_without_ipv6_subnets() -> None:
    world = healthy()
    forget_settings(world)

    assert unknown(world.audit()) == set()


@pytest.mark.parametrize("operation", ["ecs:ListAccountSettings", "ec2:DescribeSubnets"])
def test_a_denied_operation_makes_it_unknown(operation: str) -> None:
    found = finding(dual_stack().deny(operation).audit(), "IP6001")

    assert found.status is Status.UNKNOWN
    assert found.resource.id == "dualStackIPv6"
    assert found.missing == (operation,)


def test_windows_tasks_are_left_to_ip6005() -> None:
    world = dual_stack()
    for name in ("web", "worker"):
        world.task_definition(name)["runtimePlatform"]["operatingSystemFamily"] = "WINDOWS_SERVER_2022_CORE"

    assert "IP6001" not in {check for check, _ in failing(world.audit())}


def test_ipv6_only_subnets_are_not_tied_to_the_setting() -> None:
    world = dual_stack()
    for subnet in ("subnet-a", "subnet-b"):
        world.subnet(subnet)["Ipv6Native"] = True

    assert "IP6001" not in {check for check, _ in failing(world.audit())}


def test_one_services_unread_task_definition_does_not_hide_the_others() -> None:
    world = dual_stack()
    world.rows["ecs:DescribeTaskDefinition"].clear()
    world.service("worker")["platformFamily"] = "Linux"

    found = [f for f in world.deny("ecs:DescribeTaskDefinition").audit().findings if f.check_id == "IP6001"]
    assert {(f.status, tuple(ref.id for ref in f.affected)) for f in found} == {
        (Status.FAIL, ("worker",)),
        (Status.UNKNOWN, ("web", "worker")),
    }


def test_subnets_are_named_in_order_and_a_service_is_deployed_anew() -> None:
    world = dual_stack()
    for name in ("web", "worker"):
        world.service(name)["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-b", "subnet-a"]

    found = finding(world.audit(), "IP6001")
    assert found.detail.endswith("tasks of web, worker get no IPv6 address in subnet-a, subnet-b")
    assert [e.resource for e in found.evidence] == [ROOT, "subnet-a", "subnet-b"]
    assert found.remediation.commands == (
        "aws ecs put-account-setting-default --name dualStackIPv6 --value enabled",
        "aws ecs update-service --cluster prod --service web --force-new-deployment",
    )


def test_a_row_without_a_principal_is_the_callers() -> None:
    world = dual_stack()
    forget_settings(world)
    world.rows["ecs:ListAccountSettings"].append({"name": "dualStackIPv6", "value": "disabled"})

    assert "for the caller (who launches" in finding(world.audit(), "IP6001").detail
