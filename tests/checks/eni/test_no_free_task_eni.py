import pytest

from tests.world import World, failing, finding, healthy, unknown


def crowded(desired: int = 6, running: int = 4) -> World:
    """Two c5.large, which take two awsvpc tasks each, and a service that runs on them alone."""
    world = healthy()
    world.rows["ecs:DescribeContainerInstances"].clear()
    world.rows["ecs:DescribeServices"].pop(0)
    world.rows["ecs:DescribeTasks"].clear()
    world.rows["ecs:DescribeServices"].clear()
    for letter in "ab":
        world.add_instance(f"i-{letter}{letter}", "c5.large", f"subnet-{letter}")
    world.add_service("api", desired=desired, running=running, on=("i-aa", "i-bb"))
    return world


def test_all_slots_are_taken_and_a_task_waits() -> None:
    world = crowded(5)
    found = finding(world.audit(), "ENI001")
    assert (found.resource.type, found.resource.id) == ("cluster", "prod")
    assert [ref.id for ref in found.affected] == ["api"]
    assert found.severity == "critical"
    values = {(e.operation, e.resource, e.field): e.value for e in found.evidence}
    for instance in ("i-aa", "i-bb"):
        assert values["ec2:DescribeInstanceTypes", instance, "NetworkInfo.MaximumNetworkInterfaces"] == 3
        assert values["ecs:DescribeTasks", instance, "attachments[ElasticNetworkInterface]"] == 2
        assert values["ec2:DescribeInstances", instance, "NetworkInterfaces[not of ECS]"] == 0
    assert values["ecs:DescribeServices", "api", "desiredCount"] == 5
    assert "1 task without a place" in found.detail


@pytest.mark.parametrize(
    ("desired", "running", "fails"),
    [
        pytest.param(4, 4, False, id="all run: full is not short"),
        pytest.param(4, 3, False, id="the one that waits has a slot"),
        pytest.param(4, 2, False, id="the two that wait have slots"),
        pytest.param(5, 3, True, id="two wait for one slot"),
    ],
)
def test_boundary(desired: int, running: int, fails: bool) -> None:
    assert (("ENI001", "prod") in failing(crowded(desired, running).audit())) is fails


def test_a_foreign_eni_takes_a_slot() -> None:
    world = crowded(4, 3)
    world.add_eni("subnet-b", instance_id="i-bb", device_index=2)
    assert ("ENI001", "prod") in failing(world.audit())


def test_a_trunk_has_slots_for_more() -> None:
    world = crowded(6, 0)
    world.add_trunk("i-aa")
    assert ("ENI001", "prod") not in failing(world.audit())


def test_it_is_silent_where_cpu_binds() -> None:
    world = crowded(5)
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["remainingResources"][0]["integerValue"] = 255
    result = world.audit()
    assert ("ENI001", "prod") not in failing(result)
    assert ("PLC004", "api") in failing(result)


def test_it_is_silent_where_no_instance_is_eligible_otherwise() -> None:
    world = crowded(5)
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["agentConnected"] = False
    assert ("ENI001", "prod") not in failing(world.audit())


def test_bridge_tasks_need_no_slot() -> None:
    world = crowded(4)
    world.add_service("bridge", desired=3, running=0, awsvpc=False)
    assert {c for c, _ in failing(world.audit())} & {"ENI001", "PLC001", "PLC004"} == set()


def test_only_instances_of_its_capacity_provider_count() -> None:
    world = crowded(5)
    world.add_capacity_provider("own")
    world.add_instance("i-cc", "c5.large", "subnet-a", capacity_provider="own")
    assert ("ENI001", "prod") not in failing(world.audit())
    world.service("api")["capacityProviderStrategy"] = [{"capacityProvider": "own", "weight": 1}]
    del world.service("api")["launchType"]
    world.service("api")["desiredCount"] = 7
    found = finding(world.audit(), "ENI001")
    assert "i-cc" in found.detail
    assert "i-aa" not in found.detail


def test_a_rolling_deployment_without_room_for_its_new_tasks() -> None:
    world = crowded(4)
    service = world.service("api")
    old = service["deployments"][0] | {"status": "ACTIVE", "id": "ecs-svc/old"}
    service["deployments"] = [
        {**old, "status": "PRIMARY", "id": "ecs-svc/new", "runningCount": 0, "rolloutState": "IN_PROGRESS"},
        old,
    ]
    assert ("ENI001", "prod") in failing(world.audit())
    service["deploymentConfiguration"]["minimumHealthyPercent"] = 50  # ECS stops old tasks first, which frees slots
    assert ("ENI001", "prod") not in failing(world.audit())


def test_a_rolling_deployment_whose_new_tasks_wait_for_the_capacity_provider() -> None:
    world = crowded(4, 4)
    world.add_capacity_provider("asg")
    for row in world.rows["ecs:DescribeContainerInstances"]:
        row["capacityProviderName"] = "asg"
    service = world.service("api")
    del service["launchType"]
    (old,) = service["deployments"]
    new = {**old, "id": "ecs-svc/new", "runningCount": 0, "pendingCount": 4, "rolloutState": "IN_PROGRESS"}
    service |= {
        "capacityProviderStrategy": [{"capacityProvider": "asg", "weight": 1, "base": 0}],
        "deployments": [new, {**old, "status": "ACTIVE"}],
        "pendingCount": 4,
    }
    for _ in range(4):
        world.add_task("api", status="PROVISIONING").update(launchType="EC2", capacityProviderName="asg")
    found = finding(world.audit(), "ENI001")
    assert [ref.id for ref in found.affected] == ["api"]
    assert "4 tasks without a place" in found.detail
    # Where the provider has room, they only have to start.
    for letter in "ab":
        world.add_instance(f"i-{letter}{letter}{letter}", "c5.large", f"subnet-{letter}", capacity_provider="asg")
    assert ("ENI001", "prod") not in failing(world.audit())


@pytest.mark.parametrize("operation", ["ecs:DescribeTasks", "ecs:DescribeContainerInstances", "ec2:DescribeInstances"])
def test_it_is_unknown_where_slots_cannot_be_counted(operation: str) -> None:
    world = crowded(5)
    if operation == "ec2:DescribeInstances":
        world.deny("ec2:DescribeNetworkInterfaces")
    result = world.deny(operation).audit()
    assert ("ENI001", "api") in unknown(result)
    assert operation in finding(result, "ENI001", "api").missing
    assert ("ENI001", "prod") not in failing(result)


def test_the_packaged_table_stands_in_for_instance_types() -> None:
    found = finding(crowded(5).deny("ec2:DescribeInstanceTypes").audit(), "ENI001")
    assert found.status == "fail"


@pytest.mark.parametrize("operation", ["ecs:DescribeTasks", "ecs:DescribeContainerInstances"])
def test_what_was_not_read_is_no_matter_where_nothing_waits(operation: str) -> None:
    assert not {c for c, _ in unknown(crowded(4).deny(operation).audit())} & {"ENI001", "ENI004", "PLC001", "PLC004"}
