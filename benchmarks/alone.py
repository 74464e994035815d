"""Jobs of a benchmark, each in a process of its own: memory is measured from its start."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def alone(benchmark: str, job: str, *arguments: str) -> Figures:
    """Do a job of a benchmark (its `__file__`) in a new process; its figures."""
    command = [sys.executable, benchmark, job, *arguments]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout  # noqa: S603 - ourselves
    figures: Figures = json.loads(output)
    return figures


def serve(jobs: Mapping[str, Callable[..., Figures]], job: str, folder: str, *more: str) -> None:
    """Do a job in this process: print its figures, with the peak memory (KiB) before and after it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = jobs[job](Path(folder), *more)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({**figures, "before": before, "peak": peak}))
