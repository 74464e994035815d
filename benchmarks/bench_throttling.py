"""Collection against AWS's token buckets: calls refused, calls lost, and wall time ÷ what the buckets allow at best.

The buckets are `api_throttling.csv` of the package, enforced anew here, in front of the fake AWS: a call that finds
its bucket empty gets AWS's own error. The best is the same collection where it takes every token there is and leaves
none to others: what must be known before the first task definition can be asked for takes its time there as well, and
so does the machine. Beside it stands what follows from the numbers alone, as if all calls could be made from the first
moment on: of each bucket, the calls beyond its size at its refill.
"""

import json
import threading
import time
from collections import Counter
from typing import Any

import measuring
from botocore.awsrequest import AWSResponse
from fake_aws import FakeAws, _Raw
from synthetic import Account, Size

from awsvpc_audit.collectors.pace import SHARE, Pace, unpaced
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.facts.throttling import Bucket, bucket_of

DELAY = 0.02
CASES = ((10, 3), (100, 3), (1000, 1))


class Throttling(FakeAws):
    """The fake AWS with its buckets."""

    enforced = False

    def refill(self) -> None:
        """All buckets full, nothing counted."""
        self.levels: dict[str, tuple[float, float]] = {}
        self.refused: Counter[str] = Counter()
        self.calls.clear()

    def _take(self, name: str) -> bool:
        bucket = bucket_of(name) if self.enforced else None
        if bucket is None:
            return True
        with self._gate:
            now = time.monotonic()
            level, at = self.levels.get(bucket.name, (bucket.size, now))
            level = min(bucket.size, level + (now - at) * bucket.refill)
            taken = level >= 1
            self.levels[bucket.name] = (level - 1 if taken else level, now)
            self.refused[name] += not taken
            return taken

    _gate = threading.Lock()

    def _send(self, service: str, operation: str, model: Any, params: dict[str, Any], url: str) -> AWSResponse:
        if self._take(f"{service}:{operation}"):
            return super()._send(service, operation, model, params, url)
        code = "RequestLimitExceeded" if service == "ec2" else "ThrottlingException"
        if model.service_model.resolved_protocol in {"json", "rest-json"}:
            body = json.dumps({"__type": code, "message": "Rate exceeded"}).encode()
            return AWSResponse(url, 400, {}, _Raw(body))
        error = f"<Error><Code>{code}</Code><Message>Rate exceeded</Message></Error>"
        body = f"<Response><Errors>{error}</Errors></Response>" if service == "ec2" else f"<E>{error}</E>"
        return AWSResponse(url, 503, {}, _Raw(body.encode()))


def least_seconds(calls: Counter[str]) -> float:
    needed: Counter[Bucket] = Counter()
    for name, count in calls.items():
        bucket = bucket_of(name)
        if bucket is not None:
            needed[bucket] += count
    return max((max(0.0, count - bucket.size) / bucket.refill for bucket, count in needed.items()), default=0.0)


def whole(name: str) -> Bucket | None:
    """The bucket of which our share is all that AWS's has."""
    bucket = bucket_of(name)
    return bucket and bucket._replace(size=bucket.size / SHARE, refill=bucket.refill / SHARE)


def timed(session: Any, pace: Pace) -> tuple[Collected, float]:
    begin = time.perf_counter()
    collected = collect(session, measuring.TARGET, pace=pace)
    return collected, time.perf_counter() - begin


def main() -> None:
    verdicts = measuring.Verdicts()
    for services, runs in CASES:
        size = Size(services=services, tasks=10 * services, instances=services)
        aws = Throttling(Account(size), delay=DELAY)
        aws.refill()
        session = aws.session()
        timed(session, unpaced())  # makes the answers, and the clients
        took: list[float] = []
        best: list[float] = []
        for _ in range(runs):
            aws.refill()
            aws.enforced = True
            collected, seconds = timed(session, Pace())
            aws.enforced = False
            took.append(seconds)
            least = least_seconds(aws.calls)
            refused, lost = aws.refused.total(), len(collected.collection.missing)
            print(f"{size}: {aws.calls.total():,} calls, {refused} refused, {lost} operations lost")
            verdicts.ratio("  operations with a lost call", [lost], 0)
            best.append(timed(session, Pace(buckets=whole))[1])
        free = [timed(session, unpaced())[1] for _ in range(runs)]
        print(f"  {measuring.spread(took, ' s')}; whole buckets {measuring.spread(best, ' s')}", end="")
        print(f", by their numbers {least:.1f} s; without buckets {measuring.spread(free, ' s')}")
        verdicts.ratio("  wall / best", [mine / theirs for mine, theirs in zip(took, best, strict=True)], 1.2)
    verdicts.end()


if __name__ == "__main__":
    main()
