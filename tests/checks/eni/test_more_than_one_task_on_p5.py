"""ENI006: more than one awsvpc task on, or wanted on, a p5.48xlarge."""

from awsvpc_audit.findings import Severity
from tests.world import World, finding, healthy, verdicts


def world_with_p5(*, desired: int, on: tuple[str, ...] = ("i-p5",), others: bool = False) -> World:
    """A service `train` whose instances are p5.48xlarge; with `others`, the two m5.xlarge as well."""
    world = healthy()
    world.add_capacity_provider("gpu")
    world.add_instance("i-p5", "p5.48xlarge", "subnet-a", enis=64, cpu=196608, memory=2000000, capacity_provider="gpu")
    strategy = [{"capacityProvider": "gpu", "weight": 1, "base": 0}]
    world.add_service(
        "train",
        desired=desired,
        running=len(on),
        on=on,
        strategy=None if others else strategy,
        launch_type="EC2" if others else None,
    )
    for instance in ("i-a", "i-b"):
        world.container_instance(instance)["capacityProviderName"] = "general"
    world.add_capacity_provider("general")
    return world


def test_two_tasks_on_one_instance_fail_with_both_of_awss_statements() -> None:
    world = world_with_p5(desired=2, on=("i-p5", "i-p5"))

    found = finding(world.audit(), "ENI006")

    assert found.resource.id == "i-p5"
    assert found.severity is Severity.HIGH
    assert "train" in [ref.id for ref in found.affected]
    assert found.detail == (
        "2 awsvpc tasks are on i-p5 (p5.48xlarge, us-east-1a); AWS's page on task networking allows one on "
        "p5.48xlarge, its page on trunking 63 (242 with a trunk)"
    )
    assert [(e.operation, e.field, e.value) for e in found.evidence] == [
        ("ecs:DescribeContainerInstances", "attributes[ecs.instance-type]", "p5.48xlarge"),
        ("ecs:DescribeTasks", "attachments[ElasticNetworkInterface]", 2),
    ]


def test_one_task_passes() -> None:
    assert verdicts(world_with_p5(desired=1).audit(), "ENI006") == {"i-p5": "pass"}


def test_a_service_that_can_run_nowhere_else_and_wants_two_fails() -> None:
    found = finding(world_with_p5(desired=2).audit(), "ENI006")

    assert [ref.id for ref in found.affected] == ["train"]
    assert found.detail.startswith(
        "2 awsvpc tasks of train are wanted on i-p5, and no instance but p5.48xlarge can run them; "
    )
    assert ("ecs:DescribeServices", "desiredCount", 2) in [(e.operation, e.field, e.value) for e in found.evidence]


def test_two_services_that_can_run_nowhere_else_want_two_together() -> None:
    world = world_with_p5(desired=1)
    world.add_service(
        "tune", desired=1, running=0, launch_type=None, strategy=[{"capacityProvider": "gpu", "weight": 1}]
    )

    assert [ref.id for ref in finding(world.audit(), "ENI006").affected] == ["train", "tune"]


def test_as_many_instances_as_tasks_pass() -> None:
    world = world_with_p5(desired=2)
    world.add_instance("i-p6", "p5.48xlarge", "subnet-b", enis=64, capacity_provider="gpu")

    assert verdicts(world.audit(), "ENI006") == {"i-p5": "pass", "i-p6": "pass"}


def test_a_service_that_can_run_on_other_types_is_not_counted() -> None:
    assert verdicts(world_with_p5(desired=5, others=True).audit(), "ENI006") == {"i-p5": "pass"}


def test_other_types_are_not_asked() -> None:
    assert verdicts(healthy().audit(), "ENI006") == {}


def test_unread_tasks_are_unknown() -> None:
    found = finding(world_with_p5(desired=1).deny("ecs:DescribeTasks").audit(), "ENI006")

    assert found.status.value == "unknown"
    assert found.missing == ("ecs:DescribeTasks",)
