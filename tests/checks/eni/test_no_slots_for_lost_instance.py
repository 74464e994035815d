import pytest

from tests.world import World, failing, finding, healthy, unknown

PROD = ("ENI007", "prod")


def cluster(tasks: int, zones: str = "ab") -> World:
    """One c5.large, with two slots, in each AZ, and tasks that all run."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    names = []
    for number, zone in enumerate(zones):
        names.append(f"i-{zone}{number}")
        world.add_instance(names[-1], "c5.large", f"subnet-{zone}")
    world.add_service("api", desired=tasks, on=tuple(names))
    return world


@pytest.mark.parametrize(
    ("tasks", "zones", "fails"),
    [
        pytest.param(2, "ab", False, id="one task moves to the one free slot"),
        pytest.param(3, "ab", True, id="two tasks, one free slot"),
        pytest.param(4, "aaa", False, id="three instances, two tasks move, two slots left"),
        pytest.param(5, "aaa", True, id="three instances, two tasks move, one slot left"),
        pytest.param(4, "aabb", False, id="a zone with two tasks, two slots in the other"),
        pytest.param(6, "aabb", True, id="an instance could be lost, a zone could not"),
        pytest.param(2, "a", False, id="one instance has nothing to lose to"),
    ],
)
def test_boundary(tasks: int, zones: str, fails: bool) -> None:
    assert (PROD in failing(cluster(tasks, zones).audit())) is fails


def test_what_it_says() -> None:
    found = finding(cluster(6, "aabb").audit(), "ENI007")
    assert found.severity == "low"
    assert "without Availability Zone us-east-1b, 2 awsvpc tasks" in found.detail
    assert [ref.id for ref in found.affected] == ["api"]


def test_managed_scaling_replaces_what_is_lost() -> None:
    world = cluster(4)
    world.add_capacity_provider("asg")
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["capacityProviderName"] = "asg"
    assert PROD not in failing(world.audit())


def test_daemon_tasks_go_with_their_instance() -> None:
    world = cluster(4)
    world.service("api")["schedulingStrategy"] = "DAEMON"
    assert PROD not in failing(world.audit())


def test_where_tasks_wait_already_others_speak() -> None:
    world = cluster(4)
    world.service("api")["desiredCount"] = 5
    assert PROD not in failing(world.audit())


def test_it_is_unknown_without_the_tasks() -> None:
    assert PROD in unknown(cluster(4).deny("ecs:DescribeTasks").audit())
