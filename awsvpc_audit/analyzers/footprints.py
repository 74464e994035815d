"""Which network resources the traffic of a workload passes, so that a fault elsewhere is not held against it.

Ids only: whether the way is open is for the path engine. What could not be read is left out, and so excludes nothing.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope, cluster_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """The resources that a workload's tasks, and the hosts under them, send their packets through.

    Attributes:
        by_subnet: for each task subnet, what its packets pass.
        groups: the security groups of the task ENIs.
        of_hosts: what the packets of the container instances pass; empty where there are none of the owner's.
    """

    by_subnet: dict[str, frozenset[str]]
    groups: frozenset[str]
    of_hosts: frozenset[str]

    @property
    def of_tasks(self) -> frozenset[str]:
        """Everything that packets of the task ENIs pass."""
        return self.groups.union(*self.by_subnet.values())

    def is_elsewhere(self, resource_id: str, subnets: Iterable[str]) -> bool:
        """Whether a resource is on the way from other task subnets, and not from these."""
        here = [self.by_subnet[subnet] for subnet in subnets if subnet in self.by_subnet]
        if not here:
            return False
        on_the_way = self.groups.union(*here)
        return resource_id in self.of_tasks and resource_id not in on_the_way

    def is_of_tasks_only(self, resource_id: str) -> bool:
        """Whether a resource is on the way from the task ENIs, and not from the hosts."""
        return resource_id in self.of_tasks and resource_id not in self.of_hosts


def footprint_of(cluster: Cluster, subnets: Iterable[str], groups: Iterable[str], *, on_hosts: bool) -> Footprint:
    """The footprint of tasks in these subnets and groups.

    Args:
        cluster: where they run.
        subnets: of the task ENIs.
        groups: security groups of the task ENIs.
        on_hosts: whether they run on the cluster's container instances.
    """
    scope = cluster.scope
    return Footprint(
        by_subnet={subnet_id: frozenset(_passed_from(subnet_id, scope)) for subnet_id in subnets},
        groups=frozenset(groups),
        of_hosts=cluster.once("footprint of hosts", lambda: _passed_by_hosts(cluster)) if on_hosts else frozenset(),
    )


def _passed_by_hosts(cluster: Cluster) -> frozenset[str]:
    scope = cluster.scope
    subnets: set[str] = set()
    passed: set[str] = set()
    for instance in scope.container_instances.known():
        if cluster_name(instance.cluster_arn or "") != cluster.name:
            continue
        host = scope.instances.peek(instance.instance_id)
        subnet_id = (host.subnet_id if host else None) or instance.attribute("ecs.subnet-id")
        if subnet_id is not None:
            subnets.add(subnet_id)
        passed |= {group.group_id for group in (host.security_groups if host else ()) if group.group_id}
    return frozenset(passed.union(*(_passed_from(subnet_id, scope) for subnet_id in subnets)))


def _passed_from(subnet_id: str, scope: Scope) -> set[str]:
    passed = _passed_in(subnet_id, scope)
    gateways = (scope.table(tables.NAT_GATEWAYS).peek(resource_id) for resource_id in sorted(passed))
    # One step and no further: a NAT gateway behind another is a fault of its own.
    behind = (gateway.subnet_id for gateway in gateways if gateway is not None and gateway.subnet_id)
    return passed.union(*(_passed_in(nat_subnet_id, scope) for nat_subnet_id in behind))


def _passed_in(subnet_id: str, scope: Scope) -> set[str]:
    passed = {subnet_id}
    subnet = scope.subnets.peek(subnet_id)
    if subnet is None:
        return passed
    if subnet.vpc_id is not None:
        passed.add(subnet.vpc_id)
    with suppress(NotCollectedError):
        if (acl := scope.network_acl_of(subnet)) is not None:
            passed.add(acl.network_acl_id)
    with suppress(NotCollectedError):
        if (table := scope.route_table_of(subnet)) is not None:
            passed.add(table.route_table_id)
            passed |= {target for route in table.routes for target in _targets(route) if target}
    return passed


def _targets(route: ec2.Route) -> tuple[str | None, ...]:
    return (
        route.gateway_id,
        route.nat_gateway_id,
        route.transit_gateway_id,
        route.vpc_peering_connection_id,
        route.network_interface_id,
        route.instance_id,
        route.egress_only_internet_gateway_id,
    )
