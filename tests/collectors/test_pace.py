"""The pace: whose turn it is and when, by a clock of our own."""

import threading

import pytest

from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.collectors.pace import Pace
from awsvpc_audit.facts.throttling import Bucket, bucket_of

DEFINITION = "ecs:DescribeTaskDefinition"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def taken_at_once(pace: Pace, operation: str) -> int:
    count = 0
    while pace.take(operation) == 0:
        count += 1
    return count


@pytest.mark.parametrize(
    ("operation", "bucket"),
    [
        (DEFINITION, Bucket("ecs: Task definition read", 50, 20)),
        ("ecs:ListTasks", Bucket("ecs: Cluster resource read", 100, 20)),
        ("ecs:DescribeContainerInstances", Bucket("ecs: Cluster resource read", 100, 20)),
        ("ecs:ListServices", Bucket("ecs: Service read", 100, 20)),
        ("ec2:DescribeSubnets", Bucket("ec2:DescribeSubnets", 100, 20)),
        ("ec2:SearchTransitGatewayRoutes", Bucket("ec2:SearchTransitGatewayRoutes", 100, 20)),
        ("elbv2:DescribeTargetHealth", Bucket("elbv2: Non-mutating", 40, 10)),
        ("cloudtrail:LookupEvents", Bucket("cloudtrail: LookupEvents", 1, 2)),
        ("iam:GetRole", None),
    ],
)
def test_the_bucket_of_an_operation(operation: str, bucket: Bucket | None) -> None:
    assert bucket_of(operation) == bucket


@pytest.mark.parametrize("service", ["ecs", "ec2", "elbv2", "cloudtrail"])
def test_every_operation_of_a_service_with_buckets_has_one(service: str) -> None:
    names = [operation.name for operation in OPERATIONS if operation.service == service]
    assert names
    assert [name for name in names if bucket_of(name) is None] == []


def test_nine_tenths_of_a_bucket_at_once_and_of_its_refill_after_that() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    assert taken_at_once(pace, DEFINITION) == 45
    begin = clock.now
    for _ in range(180):
        pace.wait(DEFINITION)
    assert clock.now - begin == pytest.approx(180 / 18)


def test_operations_of_one_bucket_share_it_and_others_do_not_wait() -> None:
    pace = Pace(clock=Clock())
    assert taken_at_once(pace, "ecs:ListTasks") == 90
    assert pace.take("ecs:DescribeTasks") > 0
    assert pace.take("ecs:ListServices") == 0
    assert pace.queue_of("ecs:ListTasks") == pace.queue_of("ecs:DescribeTasks") != pace.queue_of("ecs:ListServices")


def test_what_is_refused_takes_nothing() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    taken_at_once(pace, DEFINITION)
    delays = [pace.take(DEFINITION) for _ in range(5)]
    assert delays == [delays[0]] * 5
    clock.now += delays[0]
    assert pace.take(DEFINITION) == 0


def test_an_empty_bucket_is_full_again_after_its_time_and_holds_no_more() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    taken_at_once(pace, DEFINITION)
    clock.now += 1000
    assert taken_at_once(pace, DEFINITION) == 45


def test_what_botocore_tried_again_counts() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    pace.charge(DEFINITION, 44)
    assert taken_at_once(pace, DEFINITION) == 1
    pace.charge(DEFINITION, 0)
    pace.charge("iam:GetRole", 3)
    assert pace.take(DEFINITION) == pytest.approx(1 / 18)


def test_a_rate_of_ones_own_holds_for_operations_with_and_without_a_bucket() -> None:
    clock = Clock()
    pace = Pace(max_rate=4, clock=clock, sleep=clock.sleep)
    begin = clock.now
    for operation in ("iam:GetRole", DEFINITION, "ecs:ListTasks") * 4:
        pace.wait(operation)
    assert clock.now - begin == pytest.approx(11 / 4)


def test_cloudtrail_is_asked_less_than_twice_a_second() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    begin = clock.now
    for _ in range(10):
        pace.wait("cloudtrail:LookupEvents")
    assert clock.now - begin == pytest.approx(9 / 1.8)


def test_threads_take_no_more_together() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    taken: list[int] = []
    threads = [threading.Thread(target=lambda: taken.append(taken_at_once(pace, DEFINITION))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 45


def test_turns_that_are_used_late_and_together_wait_at_the_gate() -> None:
    clock = Clock()
    waited: list[float] = []
    pace = Pace(clock=clock, sleep=waited.append)
    for _ in range(47):
        pace.gate(DEFINITION)
    assert waited == []
    pace.gate(DEFINITION)
    assert waited == [pytest.approx(0.5 / 19)]
    pace.gate("iam:GetRole")
    assert len(waited) == 1


def test_at_its_pace_nobody_waits_at_the_gate() -> None:
    clock = Clock()
    waited: list[float] = []
    pace = Pace(clock=clock, sleep=waited.append)
    for _ in range(500):
        while delay := pace.take(DEFINITION):
            clock.now += delay
        pace.gate(DEFINITION)
    assert waited == []
