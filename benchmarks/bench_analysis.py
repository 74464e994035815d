"""CPU of the analysis (decode and audit) ÷ CPU that botocore needs to parse the same answers; growth; peak memory.

Every measurement is a process of its own, so that caches, garbage and peak memory are nobody else's. CPU time and not
wall time: the machine may be shared. Imports are not counted on either side.
"""

import gc
import itertools
import json
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measuring
from botocore.parsers import create_parser
from botocore.session import Session
from fake_aws import SERVICES
from synthetic import CLUSTER, Account, Size

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import AuditResult, Collection
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import load

SIZES = tuple(Size(services=n, tasks=10 * n, instances=n) for n in (100, 1000))
RUNS = 5
LINEAR = 1.2
NOTHING = Collection(source="snapshot", started_at=None, finished_at=None, api_calls=0, calls_by_operation={})


def analyse(snapshot: Path) -> dict[str, Any]:
    """Decode and audit, in this process."""
    stored = load(snapshot)
    gc.collect()
    begin = time.process_time()
    model = Model.of(stored)
    decoded = time.process_time()
    scope, name = model.find_cluster(CLUSTER)
    result: AuditResult = run_audit(ALL_CHECKS, Context(cluster=Cluster(scope, name), model=model), NOTHING)
    end = time.process_time()
    counts = result.summary.findings
    return {
        "cpu": end - begin,
        "decode": decoded - begin,
        "findings": f"{counts.fail} fail, {counts.unknown} unknown, {counts.passed} pass",
    }


def parse(answers: Path) -> dict[str, Any]:
    """Parse the answers with botocore, in this process, and throw the results away."""
    session = Session()
    models = {service: session.get_service_model(service) for service in SERVICES}
    parsers = {service: create_parser(model.resolved_protocol) for service, model in models.items()}
    made = [
        (
            {"status_code": 200, "headers": {}, "body": body},
            parsers[service],
            models[service].operation_model(operation),
        )
        for service, operation, body in pickle.loads(answers.read_bytes())  # noqa: S301 - written by this benchmark
    ]
    shapes = [operation.output_shape for _, _, operation in made]
    gc.collect()
    begin = time.process_time()
    for (response, parser, _), shape in zip(made, shapes, strict=True):
        parser.parse(response, shape)
    return {"cpu": time.process_time() - begin, "bytes": sum(len(response["body"]) for response, _, _ in made)}


def alone(job: str, path: Path) -> dict[str, Any]:
    """Do a job in a new process."""
    output = subprocess.run([sys.executable, __file__, job, str(path)], check=True, capture_output=True).stdout  # noqa: S603
    figures: dict[str, Any] = json.loads(output)
    return figures


def main() -> None:
    verdicts = measuring.Verdicts()
    for faults in (False, True):
        medians: list[float] = []
        for size in SIZES:
            print(f"{'account with faults' if faults else 'healthy account'}: {size}")
            with tempfile.TemporaryDirectory() as folder:
                stored = measuring.store(Account(size, faults=faults), Path(folder))
                pairs = [(alone("analyse", stored.snapshot), alone("parse", stored.answers)) for _ in range(RUNS)]
            ours, theirs = [[each["cpu"] for each in side] for side in zip(*pairs, strict=True)]
            medians.append(statistics.median(ours))
            print(f"  {pairs[0][0]['findings']}; answers: {pairs[0][1]['bytes'] / 1e6:.1f} MB on the wire")
            print(f"  analysis: {measuring.spread(ours, ' s CPU')}, of which decoding ", end="")
            print(measuring.spread([mine["decode"] for mine, _ in pairs], " s"))
            print(f"  botocore's parsers: {measuring.spread(theirs, ' s CPU')}")
            print(f"  peak memory of the analysis: {max(mine['peak'] for mine, _ in pairs) / 1024:.0f} MiB, ", end="")
            print(f"of which the imports alone {max(mine['before'] for mine, _ in pairs) / 1024:.0f} MiB")
            ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            verdicts.ratio("  analysis / parsing", ratios, 1.0)
        for (small, few), (large, many) in itertools.pairwise(zip(SIZES, medians, strict=True)):
            linear = large.tasks / small.tasks
            verdicts.ratio(
                f"  growth from {small.tasks:,} to {large.tasks:,} tasks / linear", [many / few / linear], LINEAR
            )
    verdicts.end()


if __name__ == "__main__":
    if len(sys.argv) == 3:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures = {"analyse": analyse, "parse": parse}[sys.argv[1]](Path(sys.argv[2]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({**figures, "before": before, "peak": peak}))
    else:
        main()
