"""SUB004: a configured security group that is gone."""

import pytest

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_checks
from awsvpc_audit.checks._base import Context
from awsvpc_audit.checks.sub.missing_security_group import missing_security_group
from awsvpc_audit.findings import Evidence, ResourceRef, Status
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from tests.world import World, failing, finding, healthy, unknown


def world_with_gone_group() -> World:
    world = healthy()
    config = world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]
    config["securityGroups"] = ["sg-app", "sg-gone"]
    return world


def test_a_group_that_is_not_there_fails_alone() -> None:
    result = world_with_gone_group().audit()

    assert failing(result) == {("SUB004", "sg-gone")}
    assert unknown(result) == set()


def test_it_names_group_service_and_proof() -> None:
    found = finding(world_with_gone_group().audit(), "SUB004")

    assert found.resource == ResourceRef(type="security_group", id="sg-gone")
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "worker")]
    assert found.evidence == (
        Evidence(
            operation="ecs:DescribeServices",
            resource="worker",
            field="networkConfiguration.awsvpcConfiguration.securityGroups",
            value="sg-gone",
        ),
        Evidence(operation="ec2:DescribeSecurityGroups", resource="sg-gone", field="GroupId", value=None),
    )
    assert found.remediation.commands == (
        (
            "aws ecs update-service --cluster prod --service worker --network-configuration "
            "'awsvpcConfiguration={subnets=[subnet-a,subnet-b],securityGroups=[sg-app],assignPublicIp=DISABLED}'"
        ),
    )


def test_a_service_at_zero_tasks_is_misconfigured_all_the_same() -> None:
    world = healthy()
    world.add_service("idle", launch_type="FARGATE", desired=0, groups=("sg-gone",))

    found = finding(world.audit(), "SUB004")
    assert [ref.id for ref in found.affected] == ["idle"]
    assert found.remediation.commands == ()


def test_a_service_without_groups_uses_the_default_group_of_the_vpc() -> None:
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = []

    assert failing(world.audit()) == set()


def test_without_groups_read_it_is_unknown_and_never_a_failure() -> None:
    result = world_with_gone_group().deny("ec2:DescribeSecurityGroups").audit()

    assert failing(result) == set()
    found = finding(result, "SUB004", "sg-gone")
    assert found.status is Status.UNKNOWN
    assert found.missing == ("ec2:DescribeSecurityGroups",)


@pytest.mark.parametrize("is_denied", [False, True], ids=["groups read", "groups denied"])
def test_a_group_on_the_eni_of_a_standalone_task_exists_whoever_owns_it(is_denied: bool) -> None:
    world = healthy()
    world.add_task_definition("job")
    world.add_task(None, definition="job", subnet_id="subnet-a")
    world.rows["ec2:DescribeNetworkInterfaces"][-1]["Groups"] = [{"GroupId": "sg-of-another-vpc"}]
    if is_denied:
        world.deny("ec2:DescribeSecurityGroups")

    result = world.audit()
    assert ("SUB004", "sg-of-another-vpc") not in failing(result) | unknown(result)


def test_a_standalone_task_is_not_among_those_who_suffer() -> None:
    world = world_with_gone_group()
    world.add_task_definition("job")
    world.add_task(None, definition="job", subnet_id="subnet-a")
    world.rows["ec2:DescribeNetworkInterfaces"][-1]["Groups"] = [{"GroupId": "sg-gone"}]

    assert [ref.id for ref in finding(world.audit(), "SUB004").affected] == ["worker"]


def test_a_group_that_another_account_of_the_snapshot_owns_is_there() -> None:
    owner = World(account="210987654321", cluster="other")
    owner.add_vpc()
    owner.add_security_group("sg-gone")
    model = Model.of(Snapshot(scopes=(world_with_gone_group().scope_snapshot(), owner.scope_snapshot())))

    findings = run_checks((missing_security_group,), Context(cluster=Cluster(model.scopes[0], "prod"), model=model))

    assert {finding.status for finding in findings} == {Status.PASS}
