"""Route tables: which route takes a packet, by the longest prefix.

Source: docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from awsvpc_audit.analyzers.reachability.address import Family, Ranges, intersect, parse_cidr, subtract
from awsvpc_audit.analyzers.reachability.security_group import Listed
from awsvpc_audit.model import ec2


class TargetKind(StrEnum):
    """What a route leads to, in the contract's words for hops where it has one."""

    LOCAL = "local"
    INTERNET_GATEWAY = "internet_gateway"
    NAT_GATEWAY = "nat_gateway"
    EGRESS_ONLY = "egress_only_internet_gateway"
    VPC_ENDPOINT = "vpc_endpoint"
    PEERING = "vpc_peering_connection"
    TRANSIT_GATEWAY = "transit_gateway"
    NETWORK_INTERFACE = "eni"
    VPN_GATEWAY = "vpn_gateway"
    LOCAL_GATEWAY = "local_gateway"
    CARRIER_GATEWAY = "carrier_gateway"
    CORE_NETWORK = "core_network"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class RouteRule:
    """One route for one block of addresses: a route by prefix list gives one for each entry.

    Attributes:
        order: routes that come first take what they match: longest prefix, then static before prefix list before
            propagated.
        destination: as written, a CIDR or a prefix list.
        is_blackhole: the target is gone or detached.
        unread: the operations that would tell which addresses it is for; empty where they are known.
    """

    order: tuple[int, int]
    addresses: Ranges
    destination: str
    kind: TargetKind
    target: str
    is_blackhole: bool
    prefix_length: int | None
    unread: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The route as written: `0.0.0.0/0 -> nat-0a1`."""
        return f"{self.destination} -> {self.target or 'nothing'}" + (" (blackhole)" if self.is_blackhole else "")


@dataclass(frozen=True, slots=True)
class Taken:
    """The part of a destination that one route takes."""

    addresses: Ranges
    route: RouteRule


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where a set of destinations goes.

    Attributes:
        taken: the parts, by the route that takes each.
        unrouted: what no route is for.
        doubtful: routes by prefix list whose entries were not read and that might take some of it.
    """

    taken: tuple[Taken, ...]
    unrouted: Ranges
    doubtful: tuple[RouteRule, ...]


class RouteTableRules:
    """The routes of one table in the order they count."""

    def __init__(
        self, table: ec2.RouteTable, local_blocks: tuple[str, ...], prefix_list: Callable[[str], Listed]
    ) -> None:
        """Compile a table once.

        Args:
            table: as `ec2:DescribeRouteTables` gives it.
            local_blocks: the CIDRs of its VPC: each has a `local` route, whether the source lists it or not.
            prefix_list: the addresses of a prefix list.
        """
        self.route_table_id = table.route_table_id
        routes: dict[Family, list[RouteRule]] = {family: [] for family in Family}
        written: set[str] = set()
        for route in table.routes:
            if route.state == "filtered":
                continue
            cidr = route.destination_cidr_block or route.destination_ipv6_cidr_block
            if cidr:
                written.add(cidr)
                self._add_cidr(routes, route, cidr)
            elif route.destination_prefix_list_id:
                _add_prefix_list(routes, route, prefix_list(route.destination_prefix_list_id))
        for block in local_blocks:
            if block not in written:
                self._add_cidr(routes, ec2.Route(gateway_id="local", state="active"), block)
        self._routes = {family: sorted(hops, key=lambda hop: hop.order) for family, hops in routes.items()}
        self._lookups: dict[tuple[Family, Ranges], Lookup] = {}

    @staticmethod
    def _add_cidr(routes: dict[Family, list[RouteRule]], route: ec2.Route, cidr: str) -> None:
        parsed = parse_cidr(cidr)
        if parsed is None:
            return
        family, addresses = parsed
        length = _prefix_length(cidr, family)
        rank = 2 if route.origin == "EnableVgwRoutePropagation" else 0
        kind, target = target_of(route)
        routes[family].append(
            RouteRule(
                order=(-length, rank),
                addresses=addresses,
                destination=cidr,
                kind=kind,
                target=target,
                is_blackhole=route.state == "blackhole",
                prefix_length=length,
            )
        )

    def routes(self, family: Family) -> tuple[RouteRule, ...]:
        """All routes of a family in the order they count."""
        return tuple(self._routes[family])

    def default_route(self, family: Family) -> RouteRule | None:
        """The route for `0.0.0.0/0` or `::/0`."""
        return next((hop for hop in self._routes[family] if hop.prefix_length == 0), None)

    def lookup(self, destinations: Ranges, family: Family) -> Lookup:
        """Where each part of a set of destinations goes."""
        key = (family, destinations)
        found = self._lookups.get(key)
        if found is None:
            found = self._lookups[key] = self._lookup(destinations, family)
        return found

    def _lookup(self, destinations: Ranges, family: Family) -> Lookup:
        taken: list[Taken] = []
        doubtful: list[RouteRule] = []
        rest = destinations
        for hop in self._routes[family]:
            if not rest:
                break
            part = intersect(rest, hop.addresses)
            if part:
                taken.append(Taken(part, hop))
                rest = subtract(rest, part)
            elif hop.unread:
                doubtful.append(hop)
        return Lookup(tuple(taken), rest, tuple(doubtful))


def _add_prefix_list(routes: dict[Family, list[RouteRule]], route: ec2.Route, listed: Listed) -> None:
    kind, target = target_of(route)
    for family, (low, high) in listed.blocks:
        # An unread list has one stand-in, which no CIDR but the default one holds: any length above 0 is right.
        length = 1 if listed.operations else family.bits + 1 - (high - low + 1).bit_length()
        routes[family].append(
            RouteRule(
                order=(-length, 1),
                addresses=((low, high),),
                destination=route.destination_prefix_list_id or "",
                kind=kind,
                target=target,
                is_blackhole=route.state == "blackhole",
                prefix_length=None,
                unread=listed.operations,
            )
        )


def _prefix_length(cidr: str, family: Family) -> int:
    _, _, mask = cidr.partition("/")
    return int(mask) if mask.isdigit() else family.bits


def target_of(route: ec2.Route) -> tuple[TargetKind, str]:
    """What a route leads to, and its id."""
    gateway = route.gateway_id or ""
    for prefix, kind in _GATEWAYS.items():
        if gateway.startswith(prefix):
            return kind, gateway
    for kind, target in (
        (TargetKind.NAT_GATEWAY, route.nat_gateway_id),
        (TargetKind.TRANSIT_GATEWAY, route.transit_gateway_id),
        (TargetKind.PEERING, route.vpc_peering_connection_id),
        (TargetKind.EGRESS_ONLY, route.egress_only_internet_gateway_id),
        (TargetKind.NETWORK_INTERFACE, route.network_interface_id or route.instance_id),
        (TargetKind.LOCAL_GATEWAY, route.local_gateway_id),
        (TargetKind.CARRIER_GATEWAY, route.carrier_gateway_id),
        (TargetKind.CORE_NETWORK, route.core_network_arn),
    ):
        if target:
            return kind, target
    return TargetKind.NOTHING, gateway


_GATEWAYS = {
    "local": TargetKind.LOCAL,
    "igw-": TargetKind.INTERNET_GATEWAY,
    "vgw-": TargetKind.VPN_GATEWAY,
    "vpce-": TargetKind.VPC_ENDPOINT,
    "nat-": TargetKind.NAT_GATEWAY,
    "tgw-": TargetKind.TRANSIT_GATEWAY,
    "pcx-": TargetKind.PEERING,
    "eigw-": TargetKind.EGRESS_ONLY,
    "eni-": TargetKind.NETWORK_INTERFACE,
    "i-": TargetKind.NETWORK_INTERFACE,
    "lgw-": TargetKind.LOCAL_GATEWAY,
    "cagw-": TargetKind.CARRIER_GATEWAY,
}
