"""SUB004: a configured security group that is gone."""

from awsvpc_audit.findings import Evidence, ResourceRef, Status
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
