"""The engine: questions in, outcomes out. Every question is answered once and shared."""

from collections.abc import Callable

import msgspec

from awsvpc_audit.analyzers.reachability.address import (
    INTERNET,
    NAT64,
    Family,
    Ranges,
    addresses,
    describe_addresses,
    subtract,
)
from awsvpc_audit.analyzers.reachability.flows import TO_DESTINATION, TO_SOURCE, column, request, within
from awsvpc_audit.analyzers.reachability.network import Network, Place
from awsvpc_audit.analyzers.reachability.routes import RouteRule, TargetKind
from awsvpc_audit.analyzers.reachability.security_group import Peer
from awsvpc_audit.analyzers.reachability.steps import Goal, Leg, Node, leads_elsewhere
from awsvpc_audit.analyzers.reachability.trace import Block, Outcome, Walk
from awsvpc_audit.analyzers.reachability.transit import Transit
from awsvpc_audit.findings import Evidence, PathHop, ResourceRef
from awsvpc_audit.model import tables
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import NotCollectedError

_OPAQUE = {
    TargetKind.VPN_GATEWAY: "a virtual private gateway: what is beyond it cannot be seen",
    TargetKind.LOCAL_GATEWAY: "an Outpost's local gateway: what is beyond it cannot be seen",
    TargetKind.CARRIER_GATEWAY: "a carrier gateway: what is beyond it cannot be seen",
    TargetKind.CORE_NETWORK: "a Cloud WAN core network: what is beyond it cannot be seen",
}


class Engine(Transit):
    """Answers who can reach what, over one model.

    Every answer is for one interface, one address family, one protocol and port, for all addresses and client ports
    that the question allows: an `Outcome` with the hops out and back.
    """

    def __init__(self, model: Model) -> None:
        """Answer over a model; nothing is compiled before a question needs it."""
        super().__init__(Network(model))
        self._answers: dict[object, Outcome] = {}

    def answer(self, key: object, compute: Callable[[], Outcome]) -> Outcome:
        """An outcome, computed at the first time its question is asked."""
        outcome = self._answers.get(key)
        if outcome is None:
            outcome = self._answers[key] = compute()
        return outcome

    # Questions.

    def to_internet(self, node: Node, family: Family, *, protocol: str = "tcp", port: int | None = 443) -> Outcome:
        """Whether an interface reaches the internet: all public addresses of a family."""
        return self._to_public(("internet",), node, family, INTERNET[family], protocol, port)

    def to_anywhere(self, node: Node, family: Family, *, protocol: str = "tcp", port: int | None = 443) -> Outcome:
        """As `to_internet` for `0.0.0.0/0` or `::/0`: rules on private addresses count, ways to them do not."""
        special = (
            ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
            if family is Family.IPV4
            else ("::/16", "fe80::/10", "ff00::/8")
        )
        everywhere = subtract(((0, (1 << family.bits) - 1),), addresses(special, family))
        return self._to_public(("anywhere",), node, family, everywhere, protocol, port)

    def _to_public(
        self, what: tuple[str, ...], node: Node, family: Family, wanted: Ranges, protocol: str, port: int | None
    ) -> Outcome:
        def compute() -> Outcome:
            if family is Family.IPV4 and not node.ipv4 and node.ipv6:
                return self._over_nat64(node, wanted, protocol, port)
            goal = Goal(destinations={family: wanted}, is_internet=True)
            return self._trace(node, goal, family, protocol, port)

        return self.answer((*what, node.key, family, protocol, port), compute)

    def _over_nat64(self, node: Node, wanted: Ranges, protocol: str, port: int | None) -> Outcome:
        """IPv4 destinations from an IPv6-only interface: DNS64 makes up addresses, a NAT gateway translates them."""
        subnet = node.place.subnet
        walk = Walk(Family.IPV6, ())
        if not subnet.enable_dns64:
            walk.deny("dns", subnet.subnet_id, "egress", _no_ipv4(subnet.subnet_id, "EnableDns64", subnet.enable_dns64))
            return walk.outcome()
        low = NAT64[0][0]
        limit = (1 << 32) - 1
        mapped = tuple((low + start, low + min(end, limit)) for start, end in wanted if start <= limit)
        goal = Goal(destinations={Family.IPV6: mapped}, is_internet=True)
        return self._trace(
            node, goal, Family.IPV6, protocol, port, lambda walk: walk.allow("dns", subnet.subnet_id, "egress", "DNS64")
        )

    def to_addresses(
        self, node: Node, family: Family, wanted: Ranges, *, protocol: str = "tcp", port: int | None = 443
    ) -> Outcome:
        """Whether an interface reaches an address or a block of addresses."""

        def compute() -> Outcome:
            return self._trace(node, Goal(destinations={family: wanted}), family, protocol, port)

        return self.answer(("addresses", node.key, family, wanted, protocol, port), compute)

    def to_node(
        self,
        node: Node,
        other: Node,
        family: Family,
        *,
        protocol: str = "tcp",
        port: int | None = 443,
        admission: tuple[str, ResourceRef] | None = None,
    ) -> Outcome:
        """Whether one interface reaches another, by its private addresses."""

        def compute() -> Outcome:
            goal = Goal(destinations={family: other.addresses(family)}, node=other, admission=admission)
            return self._trace(node, goal, family, protocol, port)

        return self.answer(("node", node.key, other.key, family, protocol, port, admission), compute)

    def from_internet(self, node: Node, family: Family, *, protocol: str = "tcp", port: int | None = 443) -> Outcome:
        """Whether the internet reaches an interface."""

        def compute() -> Outcome:
            walk = Walk(family, request(protocol, port, family, INTERNET[family], node.addresses(family)))
            if not walk.is_over:
                self._come_in(walk, node)
            return walk.outcome()

        return self.answer(("from internet", node.key, family, protocol, port), compute)

    def _trace(
        self,
        node: Node,
        goal: Goal,
        family: Family,
        protocol: str,
        port: int | None,
        first: Callable[[Walk], None] | None = None,
    ) -> Outcome:
        sources = node.addresses(family)
        walk = Walk(family, request(protocol, port, family, sources, goal.destinations.get(family, ())))
        if walk.is_over:
            at_fault = goal.node if sources and goal.node is not None else node
            who = "the destination" if sources else node.description
            reason = f"{who} has no {'IPv4' if family is Family.IPV4 else 'IPv6'} address"
            resource = ResourceRef(type="subnet", id=node.place.subnet_id)
            block = Block(check_id=None, resource=resource, reason=reason, evidence=(_no_address(at_fault, family),))
            walk.deny("subnet", node.place.subnet_id, "egress", block)
            return walk.outcome()
        if first is not None:
            first(walk)
        leg = Leg(
            goal=goal,
            groups=frozenset(node.groups),
            has_public_ipv4=node.has_public_ipv4,
            without_public=node.without_public,
        )
        self.leave_node(walk, node, leg)
        return walk.outcome()

    # Beyond routes.

    def follow(self, walk: Walk, place: Place, route: RouteRule, table: str, leg: Leg) -> None:
        """Follow a route to its target and beyond, and back."""
        target = route.target
        match route.kind:
            case TargetKind.LOCAL:
                self.deliver(walk, place.subnet.vpc_id or "", place, leg)
            case TargetKind.INTERNET_GATEWAY:
                self.internet_gateway(walk, place, target, leg)
            case TargetKind.NAT_GATEWAY:
                self.nat_gateway(walk, place, target, table, leg)
            case TargetKind.EGRESS_ONLY:
                self.egress_only_gateway(walk, place, target, leg)
            case TargetKind.VPC_ENDPOINT:
                self.endpoint_target(walk, place, target, leg)
            case TargetKind.PEERING:
                self.peering(walk, place, target, table, leg)
            case TargetKind.TRANSIT_GATEWAY:
                self.transit_gateway(walk, place, target, table, leg)
            case TargetKind.NETWORK_INTERFACE:
                self.appliance(walk, place, target, table, leg)
            case _:
                detail = _OPAQUE.get(route.kind, "its target is of a kind that is not known")
                ref = ResourceRef(type=route.kind.value, id=target or table)
                walk.hide(
                    "route_table" if route.kind is TargetKind.NOTHING else route.kind.value, ref, "egress", detail
                )

    # From the internet.

    def _come_in(self, walk: Walk, node: Node) -> None:
        place = node.place
        if walk.family is Family.IPV4 and not node.has_public_ipv4:
            reason = f"{node.description} has no public IPv4 address"
            check_id, resource = node.without_public
            block = Block(check_id=check_id, resource=resource, reason=reason, evidence=(_no_public_address(node),))
            walk.deny("eni", node.eni_id or place.subnet_id, "ingress", block)
            return
        try:
            table = self.network.route_table(place)
        except NotCollectedError as gap:
            walk.unread("route_table", place.subnet_id, "ingress", gap)
            return
        rules = [taken.route for taken in table.lookup(column(walk.flows, TO_SOURCE.address), walk.family).taken]
        gateway = next((rule.target for rule in rules if rule.kind is TargetKind.INTERNET_GATEWAY), None)
        if gateway is None:
            self._no_gateway(walk, table.route_table_id)
            return
        self._gateway_in(
            walk,
            place,
            gateway,
            Leg(goal=Goal(destinations={}, is_internet=True), has_public_ipv4=True, without_public=node.without_public),
        )
        if walk.is_over:
            return
        self.acl(walk, place, egress=False, is_reply=False, direction="ingress", leg=None)
        if not walk.is_over:
            self.groups(walk, node, egress=False, peer=Peer(frozenset()))
        self.acl(walk, place, egress=True, is_reply=True, direction="return", leg=None)
        if not walk.is_over:
            # What a more specific route takes elsewhere is no part of the internet at large.
            elsewhere = [
                t.addresses
                for t in table.lookup(column(walk.flows, TO_SOURCE.address), walk.family).taken
                if leads_elsewhere(t.route)
            ]
            for part in elsewhere:
                walk.flows = within(walk.flows, part, TO_SOURCE)[1]
            self.route_back(walk, place, TargetKind.INTERNET_GATEWAY, gateway)

    def _no_gateway(self, walk: Walk, table_id: str) -> None:
        reason = f"{table_id} has no route to an internet gateway: nothing comes in from the internet"
        evidence = Evidence(
            operation="ec2:DescribeRouteTables",
            resource=table_id,
            field="Routes[].GatewayId",
            value="no internet gateway",
        )
        resource = ResourceRef(type="route_table", id=table_id)
        block = Block(check_id="NET004", resource=resource, reason=reason, evidence=(evidence,))
        walk.deny("route_table", table_id, "ingress", block)

    def _gateway_in(self, walk: Walk, place: Place, igw_id: str, leg: Leg) -> None:
        """In through an internet gateway: what stops packets out of it stops those into it."""
        flows = walk.flows
        probe = Walk(walk.family, tuple(f._replace(sources=f.destinations, destinations=f.sources) for f in flows))
        self.internet_gateway(probe, place, igw_id, leg)
        walk.missing.extend(probe.missing)
        walk.block = walk.block or probe.block
        walk.hops.extend(_turned(hop) for hop in probe.hops)
        walk.flows = flows if probe.flows else ()
        for table in place.scope.table(tables.ROUTE_TABLES).known():
            if walk.is_over or not any(association.gateway_id == igw_id for association in table.associations):
                continue
            edge = self.network.compiled(place.scope, table, place)
            taken = edge.lookup(column(walk.flows, TO_DESTINATION.address), walk.family).taken
            diverted = next((part.route for part in taken if part.route.kind is not TargetKind.LOCAL), None)
            if diverted is not None:
                ref = ResourceRef(type="route_table", id=edge.route_table_id)
                walk.hide("firewall", ref, "ingress", f"{diverted.text} in {ref.id}, for what comes in by {igw_id}")


def _turned(hop: PathHop) -> PathHop:
    return msgspec.structs.replace(hop, direction="ingress")


def _no_address(node: Node, family: Family) -> Evidence:
    """That an interface, or the subnet that one would be in, has no address of a family."""
    if node.eni_id is not None:
        member = "PrivateIpAddress" if family is Family.IPV4 else "Ipv6Addresses"
        return Evidence(operation=tables.NETWORK_INTERFACES.operation, resource=node.eni_id, field=member, value=None)
    member = "CidrBlock" if family is Family.IPV4 else "Ipv6CidrBlockAssociationSet"
    blocks = describe_addresses(node.place.blocks(family), family) or None
    return Evidence(operation=tables.SUBNETS.operation, resource=node.place.subnet_id, field=member, value=blocks)


def _no_public_address(node: Node) -> Evidence:
    if node.eni_id is not None:
        operation = tables.NETWORK_INTERFACES.operation
        return Evidence(operation=operation, resource=node.eni_id, field="Association.PublicIp", value=None)
    member, value = "MapPublicIpOnLaunch", node.place.subnet.map_public_ip_on_launch
    return Evidence(operation=tables.SUBNETS.operation, resource=node.place.subnet_id, field=member, value=value)


def _no_ipv4(subnet_id: str, member: str, value: bool | None) -> Block:
    evidence = Evidence(operation="ec2:DescribeSubnets", resource=subnet_id, field=member, value=value)
    return Block(
        check_id="IP6006",
        resource=ResourceRef(type="subnet", id=subnet_id),
        reason=f"{subnet_id} is IPv6-only and DNS64 is off: IPv4 destinations have no address there",
        evidence=(evidence,),
    )
