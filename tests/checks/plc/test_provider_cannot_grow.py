from typing import Any

import pytest

from tests.world import World, failing, finding, healthy, unknown

ASG = ("PLC012", "asg")


def world(
    *, waiting: bool = True, scaling: str = "ENABLED", activity: dict[str, Any] | None = None, **group: Any
) -> World:
    """A full c5.large of a capacity provider whose group may have two."""
    world = healthy()
    for operation in ("ecs:DescribeContainerInstances", "ecs:DescribeServices", "ecs:DescribeTasks"):
        world.rows[operation].clear()
    provider = world.add_capacity_provider("asg")
    provider["autoScalingGroupProvider"]["managedScaling"]["status"] = scaling
    world.add_instance("i-aa", "c5.large", "subnet-a", capacity_provider="asg")
    strategy = [{"capacityProvider": "asg", "weight": 1, "base": 0}]
    world.add_service("api", strategy=strategy, desired=3 if waiting else 2, running=2, on=("i-aa",))
    row = {"AutoScalingGroupName": "asg", "MinSize": 0, "MaxSize": 2, "DesiredCapacity": 1, "SuspendedProcesses": []}
    world.rows["autoscaling:DescribeAutoScalingGroups"].append(row | group)
    if activity:
        world.rows["autoscaling:DescribeScalingActivities"].append(
            {
                "ActivityId": "a-2",
                "AutoScalingGroupName": "asg",
                "StartTime": "2026-11-20T12:00:00Z",
                "Description": "Launching a new EC2 instance",
                **activity,
            }
        )
    return world


QUOTA = "You have requested more vCPU capacity than your current vCPU limit of 64 allows."
FAILED = {"StatusCode": "Failed", "StatusMessage": QUOTA}


@pytest.mark.parametrize(
    ("account", "words"),
    [
        pytest.param(world(DesiredCapacity=2), "maximum of 2", id="at its maximum"),
        pytest.param(world(scaling="DISABLED"), "managed scaling is off", id="managed scaling off"),
        pytest.param(
            world(SuspendedProcesses=[{"ProcessName": "Launch"}]), "Launch suspended", id="launching suspended"
        ),
        pytest.param(world(activity=FAILED), QUOTA, id="its launches fail"),
    ],
)
def test_it_cannot_grow(account: World, words: str) -> None:
    found = finding(account.audit(), "PLC012")
    assert (found.resource.type, found.resource.id, found.severity) == ("capacity_provider", "asg", "high")
    assert [ref.id for ref in found.affected] == ["api"]
    assert words in found.detail


@pytest.mark.parametrize(
    "account",
    [
        pytest.param(world(), id="it may have one more"),
        pytest.param(world(SuspendedProcesses=[{"ProcessName": "AZRebalance"}]), id="another process is suspended"),
        pytest.param(world(activity={"StatusCode": "Successful"}), id="the newest activity went well"),
        pytest.param(world(waiting=False, DesiredCapacity=2), id="nobody waits"),
    ],
)
def test_passes(account: World) -> None:
    assert ASG not in failing(account.audit())


def test_an_older_failure_is_over() -> None:
    account = world(activity={"StatusCode": "Successful"})
    older = {"ActivityId": "a-1", "AutoScalingGroupName": "asg", "StartTime": "2026-11-20T11:00:00Z", **FAILED}
    account.rows["autoscaling:DescribeScalingActivities"].append(older)
    assert ASG not in failing(account.audit())


@pytest.mark.parametrize(
    "operation", ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"]
)
def test_it_is_unknown_without_and_only_where_somebody_waits(operation: str) -> None:
    assert operation in finding(world().deny(operation).audit(), "PLC012").missing
    assert "PLC012" not in {check for check, _ in unknown(world(waiting=False).deny(operation).audit())}
