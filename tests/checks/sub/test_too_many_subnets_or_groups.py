"""SUB006: 16 subnets and 5 security groups are the quotas (AWS General Reference, Amazon ECS quotas)."""

import pytest

from tests.world import World, failing, finding, healthy


def with_many(*, subnets: int = 1, groups: int = 1) -> World:
    world = healthy()
    subnet_ids = tuple(f"subnet-many-{n:02}" for n in range(subnets))
    group_ids = tuple(f"sg-many-{n}" for n in range(groups))
    for number, subnet_id in enumerate(subnet_ids):
        world.add_subnet(subnet_id, f"10.0.{20 + number}.0/24", "us-east-1a", route_table="rtb-a")
    for group_id in group_ids:
        world.add_security_group(group_id)
    world.add_service("many", launch_type="FARGATE", desired=0, subnets=subnet_ids, groups=group_ids)
    return world


@pytest.mark.parametrize(
    ("subnets", "groups", "field", "count"),
    [
        pytest.param(17, 1, "subnets", 17, id="17 subnets"),
        pytest.param(1, 6, "securityGroups", 6, id="6 security groups"),
    ],
)
def test_one_more_than_the_quota_fails(subnets: int, groups: int, field: str, count: int) -> None:
    found = finding(with_many(subnets=subnets, groups=groups).audit(), "SUB006")

    assert (found.resource.type, found.resource.id) == ("service", "many")
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("ecs:DescribeServices", "many", f"length(networkConfiguration.awsvpcConfiguration.{field})", count)
    ]


def test_both_over_the_quota_are_one_finding() -> None:
    found = finding(with_many(subnets=17, groups=6).audit(), "SUB006")

    assert found.detail == "many names 17 subnets (AWS allows 16) and 6 security groups (AWS allows 5)"
    assert [e.value for e in found.evidence] == [17, 6]


def test_exactly_the_quota_is_well() -> None:
    assert ("SUB006", "many") not in failing(with_many(subnets=16, groups=5).audit())


def test_the_configuration_proves_it_whatever_else_was_denied() -> None:
    world = with_many(subnets=17)
    result = world.deny("ec2:DescribeSubnets").deny("ec2:DescribeSecurityGroups").audit()

    assert ("SUB006", "many") in failing(result)


def test_without_services_read_it_is_unknown_for_the_cluster() -> None:
    found = finding(healthy().deny("ecs:DescribeServices").audit(), "SUB006")

    assert (found.status, found.resource.id, found.missing) == ("unknown", "prod", ("ecs:DescribeServices",))


def test_an_id_that_is_named_twice_counts_once() -> None:
    world = with_many(subnets=16, groups=5)
    config = world.service("many")["networkConfiguration"]["awsvpcConfiguration"]
    config["subnets"].append("subnet-many-00")
    config["securityGroups"].append("sg-many-0")

    assert ("SUB006", "many") not in failing(world.audit())


def test_the_enis_of_standalone_tasks_are_no_configuration() -> None:
    world = with_many(subnets=17)
    world.add_task_definition("job")
    for number in range(17):
        world.add_task(None, definition="job", subnet_id=f"subnet-many-{number:02}")

    assert {resource for check, resource in failing(world.audit()) if check == "SUB006"} == {"many"}
