"""The ways that lead out of a service's subnets: what a picture of its network, and the table beside it, show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from awsvpc_audit.findings import (
    AuditResult,
    NetworkSubnet,
    PathDocument,
    PathFlow,
    PathHop,
    ServiceAudit,
    ServiceNetwork,
    TaskAudit,
    Verdict,
)

MOST_PICTURES = 200
"""In one page: more than anyone looks at, and as many as a browser shows without effort."""

_GATEWAYS = frozenset(
    {
        "nat_gateway",
        "internet_gateway",
        "egress_only_internet_gateway",
        "vpc_endpoint",
        "vpc_peering_connection",
        "transit_gateway",
        "vpn_gateway",
        "local_gateway",
        "carrier_gateway",
        "core_network",
        "firewall",
    }
)
"""Hops that a picture shows though they let pass: they say which way it is."""

_WORST_FIRST = (Verdict.UNREACHABLE, Verdict.PARTIAL, Verdict.UNKNOWN, Verdict.REACHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out, which leads to everything that is reached alike.

    Attributes:
        destinations: what is at its end, as `path` takes it.
        address_family: `ipv4` or `ipv6`.
        verdict: whether it gets there.
        route: gateways and endpoints on the way, and the hop where it ends or is not known to go on.
        hops: every hop, of the first of the destinations.
        blocked_by: the check that tells of the fault, where one does.
    """

    destinations: tuple[str, ...]
    address_family: str
    verdict: Verdict
    route: tuple[PathHop, ...]
    hops: tuple[PathHop, ...]
    blocked_by: str | None

    @property
    def deciding(self) -> PathHop | None:
        """The hop that blocks, else the one that is not known."""
        return next((h for h in self.hops if h.verdict == "deny"), None) or next(
            (h for h in self.hops if h.verdict == "unknown"), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where ways begin: a subnet of the tasks, or a container instance that fetches for them.

    Attributes:
        subnet: its id, or the empty text where a trace names none.
        availability_zone, cidr: of the subnet, where known.
        host: the instance; ``None`` for the tasks themselves.
        running_tasks: how many tasks run in the subnet now; ``None`` of an instance.
        ways: worst first.
    """

    subnet: str
    availability_zone: str | None
    cidr: str | None
    host: str | None
    running_tasks: int | None
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The network that one service has, or several have alike.

    Attributes:
        services: their names, those in trouble first.
        starts: by Availability Zone, tasks before instances.
        in_trouble: whether any of them is diagnosed.
        missing: operations that would tell what is unknown.
    """

    services: tuple[str, ...]
    starts: tuple[Start, ...]
    in_trouble: bool
    missing: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Of all its ways together: unreachable where none gets there, partial where some do not."""
        verdicts = {way.verdict for start in self.starts for way in start.ways}
        if len(verdicts) == 1:
            return next(iter(verdicts))
        return Verdict.PARTIAL if verdicts & {Verdict.UNREACHABLE, Verdict.PARTIAL} else Verdict.UNKNOWN


def neighbourhoods_of(result: AuditResult) -> tuple[Neighbourhood, ...]:
    """The networks of an audit, each once: of services in trouble first, then those with a way that is blocked."""
    troubled = {diagnosis.subject.id for diagnosis in result.diagnoses}
    alike: dict[object, list[tuple[ServiceNetwork, tuple[Start, ...]]]] = {}
    for network in _networks(result):
        starts = tuple(_starts(network))
        if starts:
            key = tuple((s.subnet, s.host, s.ways) for s in starts)
            alike.setdefault(key, []).append((network, starts))
    found = [_united(group, troubled) for group in alike.values()]
    return tuple(sorted(found, key=lambda n: (not n.in_trouble, _WORST_FIRST.index(n.verdict), n.services)))


def _networks(result: AuditResult) -> Iterable[ServiceNetwork]:
    if result.networks or not isinstance(result, ServiceAudit) or not result.paths:
        return result.networks
    # One service or task in depth was traced without being asked for pictures.
    if isinstance(result, TaskAudit):
        name = result.task.service or result.task.id
    else:
        name = next(iter(result.scope.services), result.paths[0].source)
    return (ServiceNetwork(service=name, paths=result.paths),)


def _united(group: list[tuple[ServiceNetwork, tuple[Start, ...]]], troubled: set[str]) -> Neighbourhood:
    starts = tuple(
        Start(
            subnet=same[0].subnet,
            availability_zone=same[0].availability_zone,
            cidr=same[0].cidr,
            host=same[0].host,
            running_tasks=None if same[0].running_tasks is None else sum(start.running_tasks or 0 for start in same),
            ways=same[0].ways,
        )
        for same in zip(*(starts for _, starts in group), strict=True)
    )
    names = sorted({network.service for network, _ in group}, key=lambda name: (name not in troubled, name))
    missing = {operation for network, _ in group for path in network.paths for operation in path.missing}
    return Neighbourhood(
        services=tuple(names),
        starts=starts,
        in_trouble=names[0] in troubled,
        missing=tuple(sorted(missing)),
    )


def _starts(network: ServiceNetwork) -> Iterator[Start]:
    subnets = {subnet.id: subnet for subnet in network.subnets}
    flows: dict[tuple[str, str | None], list[tuple[PathDocument, PathFlow]]] = {
        (subnet.id, None): [] for subnet in network.subnets
    }
    for path in network.paths:
        host = path.source if path.source.startswith("i-") else None
        for flow in path.flows:
            flows.setdefault((flow.subnet or "", host), []).append((path, flow))

    def place(key: tuple[str, str | None]) -> tuple[str, bool, str, str]:
        subnet_id, host = key
        subnet = subnets.get(subnet_id)
        return ((subnet.availability_zone if subnet else None) or "\uffff", host is not None, subnet_id, host or "")

    for key in sorted(flows, key=place):
        subnet_id, host = key
        subnet: NetworkSubnet | None = subnets.get(subnet_id)
        yield Start(
            subnet=subnet_id,
            availability_zone=subnet.availability_zone if subnet else None,
            cidr=subnet.cidr if subnet else None,
            host=host,
            running_tasks=subnet.running_tasks if subnet and host is None else None,
            ways=tuple(_ways(flows[key])),
        )


def _ways(flows: Iterable[tuple[PathDocument, PathFlow]]) -> list[Way]:
    alike: dict[object, list[tuple[str, PathFlow]]] = {}
    for path, flow in flows:
        route = tuple((hop.kind, hop.id, hop.direction, hop.verdict) for hop in _route(flow))
        blocked_by = flow.blocked_by.check_id if flow.blocked_by else None
        alike.setdefault((flow.address_family, flow.verdict, route, blocked_by), []).append((path.destination, flow))
    ways = [
        Way(
            destinations=tuple(dict.fromkeys(destination for destination, _ in group)),
            address_family=group[0][1].address_family,
            verdict=group[0][1].verdict,
            route=tuple(_route(group[0][1])),
            hops=group[0][1].hops,
            blocked_by=group[0][1].blocked_by.check_id if group[0][1].blocked_by else None,
        )
        for group in alike.values()
    ]
    return sorted(ways, key=lambda way: _WORST_FIRST.index(way.verdict))


def _route(flow: PathFlow) -> Iterator[PathHop]:
    for hop in flow.hops:
        if hop.verdict != "allow" or (hop.kind in _GATEWAYS and hop.direction != "return"):
            yield hop
