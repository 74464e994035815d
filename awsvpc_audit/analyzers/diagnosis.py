"""From symptoms and findings to ranked causes."""

from collections.abc import Iterable, Mapping

from awsvpc_audit.analyzers.workloads import Cluster, Workload
from awsvpc_audit.findings import Diagnosis, Finding, SymptomSeen


def diagnose(
    cluster: Cluster,
    workloads: Iterable[Workload],
    findings: Iterable[Finding],
    symptoms: Mapping[str, tuple[SymptomSeen, ...]],
    explains: Mapping[str, tuple[str, ...]],
) -> tuple[Diagnosis, ...]:
    """A diagnosis for every subject in trouble, worst first."""
    return ()
