"""SVC003: the service-linked role of Amazon ECS."""

import pytest

from awsvpc_audit.findings import Evidence, ResourceRef, Status
from tests.world import ACCOUNT, World, failing, finding, healthy, unknown

ARN = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"


def without_role() -> World:
    world = healthy()
    world.rows["iam:GetRole"].remove(world.find("iam:GetRole", "RoleName", "AWSServiceRoleForECS"))
    return world


def test_an_account_without_the_role_fails() -> None:
    result = without_role().audit()

    assert failing(result) == {("SVC003", "AWSServiceRoleForECS")}
    found = finding(result, "SVC003")
    assert found.severity == "critical"
    assert found.resource == ResourceRef(type="iam_role", id="AWSServiceRoleForECS", arn=ARN)
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    assert found.evidence == (
        Evidence(operation="iam:GetRole", resource="AWSServiceRoleForECS", field="RoleName", value=None),
    )
    assert found.remediation.commands == ("aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com",)


def test_iam_does_not_look_at_the_case_of_a_role_name() -> None:
    world = healthy()
    world.find("iam:GetRole", "RoleName", "AWSServiceRoleForECS")["RoleName"] = "AWSServiceRoleForecs"

    assert failing(world.audit()) == set()


def test_the_service_linked_role_of_another_service_is_no_substitute() -> None:
    world = healthy()
    world.find("iam:GetRole", "RoleName", "AWSServiceRoleForECS")["RoleName"] = "AWSServiceRoleForElasticLoadBalancing"

    assert ("SVC003", "AWSServiceRoleForECS") in failing(world.audit())


def test_denied_is_unknown_and_not_missing() -> None:
    result = without_role().deny("iam:GetRole").audit()

    assert failing(result) == set()
    found = finding(result, "SVC003")
    assert (found.status, found.missing) == (Status.UNKNOWN, ("iam:GetRole",))
    assert found.resource.id == "AWSServiceRoleForECS"


@pytest.mark.parametrize("is_denied", [False, True], ids=["role missing", "role unread"])
def test_a_cluster_without_awsvpc_workloads_does_not_need_it(is_denied: bool) -> None:
    world = without_role()
    for operation in ("ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    world.add_service("legacy", awsvpc=False, on=("i-a",))
    if is_denied:
        world.deny("iam:GetRole")

    result = world.audit()
    assert failing(result) == set()
    assert "SVC003" not in {check for check, _ in unknown(result)}
