"""AWS's token buckets, enforced by the proxy: no call is lost, little time, and something is left for others."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.pace import Pace, unpaced
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.demo.account import CLUSTER, build
from awsvpc_audit.demo.emulator import REGION, Emulator, emulator
from tests.cli.conftest import Command
from tests.conftest import NOW
from tests.emulator_faults import FaultyAws, TokenBuckets, faulty
from tests.reliability.many_services import multiply

BUCKETS = Path(__file__).with_name("buckets.csv")
DEFINITION = "ecs:DescribeTaskDefinition"


@dataclass
class Throttled:
    aws: FaultyAws
    emulator: Emulator
    session: Session

    def services(self, count: int) -> float:
        """So many services; gives the seconds that a collection of them takes without any buckets."""
        multiply(self.aws, self.emulator, count)
        self.aws.buckets = None
        took = 0.0
        for _ in range(2):  # the first one makes clients, and the emulator its answers
            _, took = self.collect(unpaced())
        self.aws.forget()
        self.aws.buckets = TokenBuckets(BUCKETS)
        return took

    def collect(self, pace: Pace | None = None) -> tuple[Collected, float]:
        begin = time.monotonic()
        collected = collect(self.session, Target((CLUSTER,)), pace=pace)
        return collected, time.monotonic() - begin

    @property
    def buckets(self) -> TokenBuckets:
        assert self.aws.buckets is not None
        return self.aws.buckets


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[Emulator, FaultyAws, Session]]:
    with emulator() as running:
        build(running, NOW)
        with faulty(running.endpoint_url) as aws:
            aws.remember = True
            yield running, aws, Session(SessionOptions(endpoint_url=aws.endpoint_url, region=REGION))


@pytest.fixture
def throttled(account: tuple[Emulator, FaultyAws, Session]) -> Throttled:
    running, aws, session = account
    aws.heal()
    return Throttled(aws, running, session)


@contextmanager
def somebody_else(buckets: TokenBuckets, operation: str, per_second: float) -> Iterator[list[bool]]:
    """Another caller in the account: gives whether each of its calls was taken."""
    taken: list[bool] = []
    stop = threading.Event()

    def call() -> None:
        while not stop.wait(1 / per_second):
            taken.append(buckets.take(operation))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(100, id="100 services"),
        pytest.param(1000, id="1,000 services", marks=pytest.mark.reliability),
    ],
)
def test_no_call_is_lost_and_the_time_is_near_the_least_there_is(
    throttled: Throttled, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    throttled.session = Session(SessionOptions(endpoint_url=throttled.aws.endpoint_url, region=REGION))
    free = throttled.services(count)
    collected, took = throttled.collect()
    least = throttled.buckets.least_seconds(throttled.aws.calls)
    assert collected.collection.missing == ()
    # On a machine that is kept busy by others, turns are used late and together: then AWS refuses a few.
    assert throttled.buckets.refused.total() <= count / 50
    assert throttled.aws.calls[DEFINITION] - throttled.buckets.refused[DEFINITION] == count
    assert took < 1.2 * least + free, f"{took:.1f} s; the buckets allow {least:.1f} s, the machine alone {free:.1f} s"


@pytest.mark.parametrize("count", [pytest.param(10, id="10 services"), pytest.param(40, id="40 services")])
def test_a_small_cluster_waits_for_nothing(throttled: Throttled, count: int) -> None:
    throttled.services(count)
    waited: list[float] = []

    class Watched(Pace):
        def take(self, operation: str) -> float:
            delay = super().take(operation)
            waited.append(delay)
            return delay

    collected, _ = throttled.collect(Watched(sleep=waited.append))
    assert collected.collection.missing == ()
    assert set(waited) == {0.0}


def test_a_tenth_is_left_to_others(throttled: Throttled) -> None:
    throttled.services(120)
    with somebody_else(throttled.buckets, DEFINITION, per_second=1.5) as taken:
        collected, _ = throttled.collect()
    assert taken
    assert all(taken)
    assert collected.collection.missing == ()


@pytest.mark.reliability
def test_where_others_take_more_than_their_share_no_call_is_lost_either(
    throttled: Throttled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS", raising=False)
    throttled.services(80)
    session = Session(SessionOptions(endpoint_url=throttled.aws.endpoint_url, region=REGION))
    assert throttled.buckets.take(DEFINITION, 50), "the others were there first and have had the whole burst"
    with somebody_else(throttled.buckets, DEFINITION, per_second=14) as taken:
        collected = collect(session, Target((CLUSTER,)))
    assert collected.collection.missing == ()
    assert throttled.buckets.refused.total() > 0, "nobody was throttled"
    assert sum(taken) > len(taken) / 3, "the other caller got next to nothing"


def test_max_rate_holds_over_all_operations(throttled: Throttled) -> None:
    throttled.services(5)
    begin = time.monotonic()
    collected, took = throttled.collect(Pace(max_rate=40))
    calls = throttled.aws.calls.total()
    assert collected.collection.missing == ()
    assert took >= (calls - 1) / 40
    assert took < calls / 40 + 3, time.monotonic() - begin


def test_max_rate_is_an_option(command: Command, throttled: Throttled) -> None:
    throttled.services(2)
    account = ("--region", REGION, "--endpoint-url", throttled.aws.endpoint_url)
    begin = time.monotonic()
    assert command("cluster", CLUSTER, *account, "--max-rate", "20", "--format", "json").code in {0, 1}
    assert time.monotonic() - begin >= (throttled.aws.calls.total() - 1) / 20
    assert command("cluster", CLUSTER, *account, "--max-rate", "0").code == 2
