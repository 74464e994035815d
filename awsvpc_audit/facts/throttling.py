"""How many calls AWS takes: the token buckets of its APIs, for an account and a Region, whoever calls.

A bucket holds so many tokens, a call takes one, and so many come back each second. Each row of the table names its
page, read 2026-11. Services that are not in it (IAM, Route 53, EventBridge …) publish no numbers.

EC2's smaller bucket for calls that neither filter nor ask for pages is not here: this program makes none. Of CloudTrail
AWS says two calls a second and no burst.
"""

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple


class Bucket(NamedTuple):
    """A token bucket.

    Attributes:
        name: the calls that share it have this name alike.
        size: calls it allows at once.
        refill: calls a second that it allows after that.
    """

    name: str
    size: float
    refill: float


def bucket_of(operation: str) -> Bucket | None:
    """The bucket that an operation (`service:Operation`) takes from; ``None`` where AWS publishes none."""
    service, _, action = operation.partition(":")
    for row in _rows():
        if row["service"] == service and (row["actions"] == "*" or action in row["actions"].split()):
            name = operation if row["per"] == "action" else f"{service}: {row['category']}"
            return Bucket(name, float(row["bucket_size"]), float(row["refill_per_second"]))
    return None


@cache
def _rows() -> tuple[dict[str, str], ...]:
    path = resources.files("awsvpc_audit.facts") / "data" / "api_throttling.csv"
    return tuple(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
