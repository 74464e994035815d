"""A Region as large as they come, from a snapshot: CPU, wall time and peak memory of the audit, and what is shown.

Ten clusters with 5,000 services, 50,000 tasks and 5,000 instances in all. One cluster is audited by the command line
itself; then all of them in one process. Memory is judged against what the decoded snapshot takes: that of a process
which decodes and does nothing else.
"""

import gc
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import measuring
import synthetic
from alone import alone, serve
from synthetic import Account, Size

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import Collection
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot, load, save
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.table import render

CLUSTERS = 10
EACH = Size(services=500, tasks=5000, instances=500)
MOST_MEMORY = 3.0
MOST_LINES = 400
"""Of the report of a cluster with an incident: what somebody still scrolls through."""

_SERVICE = re.compile(rb"service-0([0-9]{4})")
_ID = re.compile(rb"(?<![0-9a-z])0([0-9a-f]{31}|[0-9a-z]{16}|[0-9a-f]{15})(?![0-9a-z])")
_UUID = re.compile(rb"0([0-9a-f]{7}-1111-4222-8333-)")
_NAME = re.compile(rb"\b" + synthetic.CLUSTER.encode() + rb"\b")

NOTHING = Collection(source="snapshot", started_at=None, finished_at=None, api_calls=0, calls_by_operation={})


def cluster_name(number: int) -> str:
    return f"{synthetic.CLUSTER}{number}"


def renamed(content: bytes, number: int) -> bytes:
    """The answers about one cluster, its names and ids those of another: each in a VPC of its own."""
    digit = f"{number:x}".encode()
    content = _SERVICE.sub(rb"service-" + digit + rb"\1", content)
    content = _ID.sub(digit + rb"\1", content)
    content = _UUID.sub(digit + rb"\1", content)
    return _NAME.sub(cluster_name(number).encode(), content)


def joined(content: bytes, number_of_clusters: int) -> bytes:
    """One answer about all clusters. What is the same for each, the settings of the account among it, stands once."""
    parts = [renamed(content, number) for number in range(number_of_clusters)]
    if len(set(parts)) == 1 or not (opened := content.find(b"[")) > 0:
        return parts[0]
    bodies = [part[part.index(b"[") + 1 : part.rindex(b"]")] for part in parts]
    return content[: opened + 1] + b",".join(body for body in bodies if body.strip()) + b"]}"


def store(folder: Path, faults: synthetic.Faults, clusters: str) -> dict[str, Any]:
    """Collect one cluster from the fake AWS, and save it ten times over under other names."""
    _, collected = measuring.collected(Account(EACH, faults=faults))
    (one,) = collected.snapshot.scopes
    count = int(clusters)
    scope = ScopeSnapshot(
        account=one.account,
        region=one.region,
        responses={stem: joined(content, count) for stem, content in one.responses.items()},
        global_responses=one.global_responses,
        clusters=tuple(cluster_name(number) for number in range(count)),
    )
    save(Snapshot(scopes=(scope,)), folder / "snapshot")
    return {"bytes": sum(len(content) for content in scope.responses.values())}


def decode(folder: Path) -> dict[str, Any]:
    """Decode, and nothing else."""
    begin = time.process_time()
    model = Model.of(load(folder / "snapshot"))
    gc.collect()
    scope = model.scopes[0]
    sizes = {name: len(getattr(scope, name).known()) for name in ("services", "tasks", "instances")}
    return {"cpu": time.process_time() - begin, "now": resident(), **sizes}


def audit(folder: Path, clusters: str) -> dict[str, Any]:
    """Audit some of the clusters in this process, and render each."""
    begin, wall = time.process_time(), time.perf_counter()
    model = Model.of(load(folder / "snapshot"))
    lines = []
    for number in range(int(clusters)):
        scope, name = model.find_cluster(cluster_name(number))
        result = run_audit(ALL_CHECKS, Context(cluster=Cluster(scope, name), model=model), NOTHING)
        lines.append(len(render(result, RenderOptions(width=100)).splitlines()))
    return {"cpu": time.process_time() - begin, "wall": time.perf_counter() - wall, "lines": max(lines)}


def resident() -> int:
    """Memory that this process holds now, in KiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def command_line(folder: str) -> dict[str, Any]:
    """`awsvpc-audit cluster` on one of the clusters, as a whole process."""
    arguments = ["cluster", cluster_name(3), "--from", f"{folder}/snapshot", "--output", f"{folder}/report.txt"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "awsvpc_audit", *arguments], check=False)  # noqa: S603 - ourselves
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = Path(folder, "report.txt").read_text(encoding="utf-8")
    return {"code": done.returncode, "cpu": cpu, "wall": wall, "lines": report.count("\n"), "bytes": len(report)}


def main() -> None:
    verdicts = measuring.Verdicts()
    kinds: dict[synthetic.Faults, str] = {"none": "healthy", "some": "with an incident in each cluster"}
    for faults, kind in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            stored = alone(__file__, "store", folder, faults, str(CLUSTERS))
            decoded = alone(__file__, "decode", folder)
            taken = decoded["now"] - decoded["before"]
            print(
                f"{kind}: {CLUSTERS} clusters, {decoded['services']:,} services, {decoded['tasks']:,} tasks, "
                f"{decoded['instances']:,} instances; {stored['bytes'] / 1e6:.0f} MB of JSON"
            )
            print(f"  decoding: {decoded['cpu']:.1f} s CPU, takes {taken / 1024:.0f} MiB")
            seen = command_line(folder)
            print(f"  `awsvpc-audit cluster`: {seen['cpu']:.1f} s CPU, {seen['wall']:.1f} s wall, ", end="")
            print(f"exit {seen['code']}, {seen['lines']} lines, {seen['bytes'] / 1000:.0f} kB")
            for count in (1, CLUSTERS):
                figures = alone(__file__, "audit", folder, str(count))
                print(f"  {count} audited: {figures['cpu']:.1f} s CPU, {figures['wall']:.1f} s wall, ", end="")
                print(f"peak memory {figures['peak'] / 1024:.0f} MiB, imports {figures['before'] / 1024:.0f} MiB")
                ratio = (figures["peak"] - figures["before"]) / taken
                verdicts.ratio(f"  peak memory of auditing {count} / decoded snapshot", [ratio], MOST_MEMORY)
            verdicts.ratio("  lines of the report of one cluster", [seen["lines"]], MOST_LINES, digits=0)
    verdicts.end()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        serve({"store": store, "decode": decode, "audit": audit}, *sys.argv[1:])
    else:
        main()
