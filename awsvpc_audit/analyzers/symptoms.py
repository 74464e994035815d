"""What ECS says is wrong, classified (see the catalogue in `facts`)."""

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.findings import SymptomSeen


def symptoms_of(cluster: Cluster) -> dict[str, tuple[SymptomSeen, ...]]:
    """Symptoms by subject (service name, or family of standalone tasks)."""
    return {}
