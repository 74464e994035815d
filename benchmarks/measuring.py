"""What the benchmarks share: credentials that are none, a collected account, and how figures are printed."""

import os
import pickle
import statistics
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import synthetic
from fake_aws import FakeAws

from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.pace import unpaced
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.model.snapshot import save

os.environ.update(AWS_ACCESS_KEY_ID="benchmark", AWS_SECRET_ACCESS_KEY="benchmark")  # noqa: S106 - of nobody
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"):
    os.environ.pop(name, None)

TARGET = Target((synthetic.CLUSTER,))


def collected(account: synthetic.Account) -> tuple[FakeAws, Collected]:
    """An account, collected by the program's own collectors."""
    aws = FakeAws(account, remember=True)
    return aws, collect(aws.session(), TARGET, pace=unpaced())


def store(account: synthetic.Account, folder: Path) -> None:
    """Collect an account, and write down its `snapshot`, and every answer as it came over the wire."""
    aws, result = collected(account)
    if result.collection.missing:
        raise RuntimeError(f"the fake AWS does not answer everything: {result.collection.missing}")
    save(result.snapshot, folder / "snapshot")
    answers = [(call.service, call.operation, call.body) for call in aws.made]
    (folder / "answers.pickle").write_bytes(pickle.dumps(answers))


def spread(values: Sequence[float], unit: str = "", digits: int = 2) -> str:
    """Median, and the least and greatest where they vary."""
    middle = f"{statistics.median(values):.{digits}f}{unit}"
    if len(values) == 1:
        return middle
    return f"{middle} (min {min(values):.{digits}f}, max {max(values):.{digits}f}, n={len(values)})"


class Verdicts:
    """Collects what met its target; the process ends with 1 where something did not."""

    def __init__(self) -> None:
        self._failed: list[str] = []

    def ratio(self, what: str, values: Iterable[float], most: float, digits: int = 2) -> None:
        """Print one ratio, judged by its median."""
        figures = list(values)
        met = round(statistics.median(figures), digits) <= most
        print(f"{what}: {spread(figures, digits=digits)}  target <= {most:g}: {'met' if met else 'MISSED'}")
        if not met:
            self._failed.append(what)

    def end(self) -> None:
        """Leave, with 1 where a target was missed."""
        sys.exit(1 if self._failed else 0)
