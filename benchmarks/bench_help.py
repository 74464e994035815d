"""`awsvpc-audit --help` ÷ `python -c "import typer"`: whole processes, in turns, with what an installed tool pays."""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import measuring

RUNS = 25
HELP = (sys.executable, str(Path(sys.executable).with_name("awsvpc-audit")), "--help")
IMPORT = (sys.executable, "-c", "import typer")


def cost(command: tuple[str, ...]) -> tuple[float, float]:
    """Wall and CPU seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "COLUMNS": "100"})  # noqa: S603
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    for command in (HELP, IMPORT):
        cost(command)  # the first run fills the caches of the disk, and writes bytecode
    turns = [(cost(HELP), cost(IMPORT)) for _ in range(RUNS)]
    verdicts = measuring.Verdicts()
    for index, what in enumerate(("wall", "CPU")):
        ours, theirs = [mine[index] for mine, _ in turns], [other[index] for _, other in turns]
        print(f"{what}: --help {measuring.spread([1000 * each for each in ours], ' ms', 0)}, ", end="")
        print(f"import typer {measuring.spread([1000 * each for each in theirs], ' ms', 0)}")
        ratio = statistics.median(ours) / statistics.median(theirs)
        verdicts.ratio(f"  {what}: median --help / median import typer", [ratio], 1.5)
    verdicts.end()


if __name__ == "__main__":
    main()
