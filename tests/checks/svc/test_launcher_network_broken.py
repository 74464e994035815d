"""SVC011: launchers with a network on which their tasks cannot start."""

import pytest

from tests.scenarios.planted import rule, schedule
from tests.world import failing, finding, healthy, unknown, verdicts

RULE = "events:rule/nightly"


def test_a_launcher_on_a_good_network_passes() -> None:
    world = healthy()
    rule(world)
    result = world.audit()
    assert failing(result) == set()
    assert unknown(result) == set()
    assert verdicts(result, "SVC011") == {RULE: "pass"}


@pytest.mark.parametrize(
    ("members", "beside"),
    [
        ({"Subnets": ["subnet-public-a"]}, ("NET002", RULE)),
        ({"Subnets": ["subnet-gone"]}, ("SUB003", "subnet-gone")),
        ({"SecurityGroups": ["sg-gone"]}, ("SUB004", "sg-gone")),
        ({"Subnets": []}, None),
    ],
    ids=["a public subnet without an address", "a subnet that is gone", "a group that is gone", "no subnet"],
)
def test_a_launcher_on_a_bad_network_fails_and_the_check_of_the_fault_names_it_too(
    members: dict[str, list[str]], beside: tuple[str, str] | None
) -> None:
    world = healthy()
    rule(world, **members)
    result = world.audit()
    assert failing(result) == {("SVC011", RULE)} | ({beside} if beside else set())
    found = finding(result, "SVC011")
    assert (found.resource.type, found.resource.arn) == ("launcher", world.arn("events", "rule/nightly"))
    assert found.evidence
    assert found.remediation.commands == ("aws events list-targets-by-rule --rule nightly",)
    if beside and beside[1] != RULE:
        assert [ref.id for ref in finding(result, beside[0]).affected] == [RULE]


def test_a_public_address_on_ec2_is_refused_by_ecs() -> None:
    world = healthy()
    rule(world, AssignPublicIp="ENABLED")
    world.rows["events:ListTargetsByRule"][0]["EcsParameters"]["LaunchType"] = "EC2"
    assert ("SVC011", RULE) in failing(world.audit())


def test_the_evidence_is_where_the_launcher_has_it() -> None:
    world = healthy()
    schedule(world, Subnets=["subnet-gone"])
    (evidence,) = finding(world.audit(), "SVC011").evidence
    assert evidence.operation == "scheduler:GetSchedule"
    assert evidence.field == "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration.Subnets"
    assert evidence.value == "subnet-gone"


def test_refused_listings_are_unknown_once_for_the_cluster() -> None:
    world = healthy()
    world.deny("events:ListTargetsByRule").deny("scheduler:GetSchedule")
    result = world.audit()
    assert unknown(result) == {("SVC011", "prod")}
    assert finding(result, "SVC011").missing == ("events:ListTargetsByRule", "scheduler:GetSchedule")


def test_a_snapshot_without_these_files_has_no_finding() -> None:
    world = healthy()
    for operation in ("events:ListRules", "events:ListTargetsByRule", "scheduler:GetSchedule"):
        del world.rows[operation]
    result = world.audit()
    assert (failing(result), unknown(result)) == (set(), set())


def test_a_subnet_that_was_not_read_is_unknown() -> None:
    world = healthy()
    rule(world, Subnets=["subnet-gone"])
    world.deny("ec2:DescribeSubnets")
    assert ("SVC011", RULE) in unknown(world.audit())
