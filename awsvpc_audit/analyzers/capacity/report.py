"""The capacity document of a cluster."""

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.findings import Capacity, TrunkingState


def capacity_of(cluster: Cluster) -> Capacity:
    """Slots, addresses and placement of a cluster as it is."""
    return Capacity(cluster=cluster.name, trunking=TrunkingState(setting="unknown"))
