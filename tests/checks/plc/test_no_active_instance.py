import pytest

from tests.world import World, failing, finding, healthy, unknown

PROD = ("PLC001", "prod")


def world(*statuses: str) -> World:
    """A service that waits for its first task, and instances of these statuses."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    for number, status in enumerate(statuses):
        world.add_instance(f"i-{number}", "c5.large", "subnet-a")["status"] = status
    world.add_service("api", desired=1, running=0)
    return world


def test_the_cluster_has_no_instance() -> None:
    found = finding(world().audit(), "PLC001")
    assert (found.resource.type, found.resource.id, found.severity) == ("cluster", "prod", "critical")
    assert [ref.id for ref in found.affected] == ["api"]
    assert ("containerInstances", 0) in {(e.field, e.value) for e in found.evidence}


@pytest.mark.parametrize(
    ("statuses", "fails"),
    [
        pytest.param(["DRAINING", "REGISTERING"], True, id="none is ACTIVE"),
        pytest.param(["DRAINING", "ACTIVE"], False, id="one is"),
        pytest.param(["INACTIVE"], True, id="the only one is gone"),
    ],
)
def test_boundary(statuses: list[str], fails: bool) -> None:
    assert (PROD in failing(world(*statuses).audit())) is fails


def test_nothing_else_of_placement_is_said_of_an_empty_cluster() -> None:
    placement = {c for c, _ in failing(world().audit()) if c.startswith(("PLC", "ENI"))}
    assert placement == {"PLC001"}


def test_instances_of_no_capacity_provider_are_no_help_to_a_service_on_one() -> None:
    account = world("ACTIVE")
    account.add_capacity_provider("asg")
    service = account.service("api")
    service["capacityProviderStrategy"] = [{"capacityProvider": "asg", "weight": 1}]
    del service["launchType"]
    found = finding(account.audit(), "PLC001")
    assert "no container instance of capacity provider asg" in found.detail
    account.container_instance("i-0")["capacityProviderName"] = "asg"
    assert PROD not in failing(account.audit())


def test_nobody_needs_an_instance() -> None:
    account = world()
    account.service("api")["desiredCount"] = 0
    assert PROD not in failing(account.audit())
    account.service("api").update(desiredCount=2, launchType="FARGATE")
    assert PROD not in failing(account.audit())


def test_it_is_unknown_without_the_instances_and_never_a_fail() -> None:
    result = world().deny("ecs:DescribeContainerInstances").audit()
    assert ("PLC001", "api") in unknown(result)
    assert PROD not in failing(result)
