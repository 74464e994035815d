"""How fast to call: below what AWS allows the account, for others call too.

AWS throttles an account and not a caller: whoever takes all of a token bucket takes it from deployments, autoscalers
and consoles. So this program takes at most nine tenths of each: of its size at once, and of its refill after that. A
tenth is always left, and what is left over of the burst fills up again while it works.

Nine tenths and not less because a large cluster's time is that of one bucket: of task definitions AWS lets be read 20 a
second, one at a time. At nine tenths a thousand take 53 seconds where 48 are the least; at a half they would take 98.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from awsvpc_audit.facts.throttling import Bucket, bucket_of

SHARE = 0.9
"""Of a bucket's size and refill."""

GATE = 0.95
"""Of a bucket, for calls as they leave: whoever took a turn in time may have been kept from using it, with others."""

_EVERYTHING = "every operation"


@dataclass(slots=True)
class _Level:
    """What is left of our share of a bucket. Below zero: so many calls wait for their turn."""

    size: float
    refill: float
    tokens: float
    at: float

    def fill(self, now: float) -> None:
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.refill)
        self.at = now

    @property
    def delay(self) -> float:
        """Seconds until there is a whole token; rounding must not leave one a hair short for ever."""
        return max(0.0, (1 - self.tokens) / self.refill) if self.tokens < 1 - 1e-9 else 0.0


class Pace:
    """Says when the next call of an operation may be made. Safe to share among threads."""

    def __init__(
        self,
        *,
        max_rate: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        buckets: Callable[[str], Bucket | None] = bucket_of,
    ) -> None:
        """Full buckets.

        Args:
            max_rate: calls a second over all operations, at most; ``None`` for no limit beside AWS's own.
            clock: seconds, monotonic.
            sleep: waits so many seconds.
            buckets: the bucket of an operation, where it has one.
        """
        self._clock = clock
        self._sleep = sleep
        self._buckets = buckets
        self._levels: dict[str, _Level] = {}
        self._gates: dict[str, _Level] = {}
        self._lock = threading.Lock()
        if max_rate is not None:
            self._levels[_EVERYTHING] = _Level(1.0, max_rate, 1.0, clock())

    def queue_of(self, operation: str) -> str:
        """Whose turn it is together: operations of one bucket; all that have none wait for nobody but each other."""
        bucket = self._buckets(operation)
        return bucket.name if bucket is not None else ""

    def take(self, operation: str) -> float:
        """Take a call's turn where it may be made now.

        Returns:
            0 where it is taken; else the seconds until it may be, and nothing is taken.
        """
        with self._lock:
            levels = self._filled(operation)
            delay = max((level.delay for level in levels), default=0.0)
            if delay == 0:
                for level in levels:
                    level.tokens -= 1
            return delay

    def wait(self, operation: str) -> None:
        """Take the next free turn, and wait for it."""
        with self._lock:
            levels = self._filled(operation)
            delay = max((level.delay for level in levels), default=0.0)
            for level in levels:
                level.tokens -= 1
        if delay > 0:
            self._sleep(delay)

    def gate(self, operation: str) -> None:
        """Wait at the door where turns that were taken in time are used late and together, as on a busy machine."""
        bucket = self._buckets(operation)
        if bucket is None:
            return
        with self._lock:
            level = self._level(self._gates, bucket, GATE)
            delay = level.delay
            level.tokens -= 1
        if delay > 0:
            self._sleep(delay)

    def charge(self, operation: str, calls: int) -> None:
        """Count calls that were made without asking: what botocore tried again by itself."""
        if calls > 0:
            with self._lock:
                for level in self._filled(operation):
                    level.tokens -= calls

    def _filled(self, operation: str) -> list[_Level]:
        bucket = self._buckets(operation)
        levels = [] if bucket is None else [self._level(self._levels, bucket, SHARE)]
        if _EVERYTHING in self._levels:
            self._levels[_EVERYTHING].fill(self._clock())
            levels.append(self._levels[_EVERYTHING])
        return levels

    def _level(self, levels: dict[str, _Level], bucket: Bucket, share: float) -> _Level:
        now = self._clock()
        if bucket.name not in levels:
            size = max(1.0, bucket.size * share)
            levels[bucket.name] = _Level(size, bucket.refill * share, size, now)
        levels[bucket.name].fill(now)
        return levels[bucket.name]


def unpaced() -> Pace:
    """No pace at all: for an AWS of one's own, where nobody else calls and nothing is throttled."""
    return Pace(buckets=lambda _operation: None)
