"""CPU of the analysis (decode and audit) ÷ CPU that botocore needs to parse the same answers; growth; peak memory.

Every measurement is a process of its own, so that caches, garbage and peak memory are nobody else's. CPU time and not
wall time: the machine may be shared. Imports are not counted on either side.
"""

import gc
import pickle
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measuring
from alone import alone, serve
from botocore.parsers import create_parser
from botocore.session import Session
from fake_aws import SERVICES
from synthetic import CLUSTER, Account, Faults, Size

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import AuditResult, Collection
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import load

SIZES = tuple(Size(services=n, tasks=10 * n, instances=n) for n in (100, 1000))
TASKS_ALONE = Size(services=1000, tasks=1000, instances=1000)
RUNS = 5
LINEAR = 1.2
KINDS: dict[Faults, str] = {
    "none": "healthy account",
    "some": "account with an incident",
    "many": "account with one in twenty agents dead and services short of tasks",
}
NOTHING = Collection(source="snapshot", started_at=None, finished_at=None, api_calls=0, calls_by_operation={})


def store(folder: Path, faults: Faults, *size: str) -> dict[str, Any]:
    """Make an account, and collect it."""
    services, tasks, instances = map(int, size)
    account = Account(Size(services=services, tasks=tasks, instances=instances), faults=faults)
    measuring.store(account, folder)
    return {}


def analyse(folder: Path) -> dict[str, Any]:
    """Decode and audit, in this process."""
    stored = load(folder / "snapshot")
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


def parse(folder: Path) -> dict[str, Any]:
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
        for service, operation, body in pickle.loads((folder / "answers.pickle").read_bytes())  # noqa: S301 - written by this benchmark
    ]
    shapes = [operation.output_shape for _, _, operation in made]
    gc.collect()
    begin = time.process_time()
    for (response, parser, _), shape in zip(made, shapes, strict=True):
        parser.parse(response, shape)
    return {"cpu": time.process_time() - begin, "bytes": sum(len(response["body"]) for response, _, _ in made)}


def main() -> None:
    verdicts = measuring.Verdicts()
    for faults in KINDS:
        medians: dict[Size, float] = {}
        for size in (*SIZES, TASKS_ALONE) if faults == "none" else SIZES:
            print(f"{KINDS[faults]}: {size}")
            with tempfile.TemporaryDirectory() as folder:
                # Elsewhere too: a process starts with the peak memory of its parent.
                alone(__file__, "store", folder, faults, str(size.services), str(size.tasks), str(size.instances))
                pairs = [(alone(__file__, "analyse", folder), alone(__file__, "parse", folder)) for _ in range(RUNS)]
            ours, theirs = [[each["cpu"] for each in side] for side in zip(*pairs, strict=True)]
            medians[size] = statistics.median(ours)
            print(f"  {pairs[0][0]['findings']}; answers: {pairs[0][1]['bytes'] / 1e6:.1f} MB on the wire")
            print(f"  analysis: {measuring.spread(ours, ' s CPU')}, of which decoding ", end="")
            print(measuring.spread([mine["decode"] for mine, _ in pairs], " s"))
            print(f"  botocore's parsers: {measuring.spread(theirs, ' s CPU')}")
            print(f"  peak memory of the analysis: {max(mine['peak'] for mine, _ in pairs) / 1024:.0f} MiB, ", end="")
            print(f"of which the imports {max(mine['before'] for mine, _ in pairs) / 1024:.0f} MiB")
            ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            if size is TASKS_ALONE:
                print(f"  analysis / parsing: {measuring.spread(ratios)}  no target: ten times the services to a task")
            else:
                verdicts.ratio("  analysis / parsing", ratios, 1.0)
        large = SIZES[-1]
        for small, what in ((SIZES[0], "services, tasks and instances"), (TASKS_ALONE, "tasks alone")):
            if small not in medians:
                continue
            growth = medians[large] / medians[small] / (large.tasks / small.tasks)
            text = f"  growth of {what}, from {small.tasks:,} to {large.tasks:,} tasks / linear"
            if faults == "many":
                print(f"{text}: {growth:.2f}  no target: ten times the services in trouble, with ten times the causes")
            else:
                verdicts.ratio(text, [growth], LINEAR)
    verdicts.end()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        serve({"store": store, "analyse": analyse, "parse": parse}, *sys.argv[1:])
    else:
        main()
