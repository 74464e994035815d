"""The steps that every trace is made of: groups, ACLs, routes, and arriving inside a VPC."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Literal

from awsvpc_audit.analyzers.reachability.address import (
    EMPTY,
    INTERNET,
    NAT64,
    Family,
    Ranges,
    describe_addresses,
    size,
    subtract,
    symbols,
    union,
)
from awsvpc_audit.analyzers.reachability.flows import (
    FROM_DESTINATION,
    FROM_SOURCE,
    TO_DESTINATION,
    TO_SOURCE,
    Filtered,
    Flows,
    column,
    within,
)
from awsvpc_audit.analyzers.reachability.network import Network, Place, eni_addresses
from awsvpc_audit.analyzers.reachability.routes import RouteRule, RouteTableRules, TargetKind
from awsvpc_audit.analyzers.reachability.security_group import Peer, apply_groups
from awsvpc_audit.analyzers.reachability.trace import Block, Walk
from awsvpc_audit.findings import Direction, Evidence, ResourceRef
from awsvpc_audit.model import ec2
from awsvpc_audit.model.gaps import NotCollectedError

CheckAndResource = tuple[str, ResourceRef]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Where traffic starts or ends: a network interface, or the one that a task would get in a subnet.

    Attributes:
        place: its subnet.
        eni_id: ``None`` for a planned one.
        ipv4, ipv6: its private addresses; for a planned one, all that it might get.
        groups: its security groups, the VPC's default group where none was named.
        has_public_ipv4: whether an internet gateway has a public address for it.
        without_public: which check it is, on which resource, that it has none.
        description: how a hop calls it.
    """

    place: Place
    eni_id: str | None = None
    ipv4: Ranges = EMPTY
    ipv6: Ranges = EMPTY
    groups: tuple[str, ...] = ()
    has_public_ipv4: bool = False
    without_public: CheckAndResource
    description: str

    @property
    def key(self) -> tuple[object, ...]:
        """What makes its traces differ from those of others."""
        scope = self.place.scope
        return (
            scope.account,
            scope.region,
            self.place.subnet_id,
            self.eni_id,
            self.ipv4,
            self.ipv6,
            self.groups,
            self.has_public_ipv4,
            self.without_public,
        )

    def addresses(self, family: Family) -> Ranges:
        """Its addresses of one family."""
        return self.ipv4 if family is Family.IPV4 else self.ipv6


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What traffic shall reach.

    Attributes:
        destinations: addresses by family.
        is_internet: the question is about the internet at large: what routes take elsewhere by a more specific
            prefix (a VPN's networks, an endpoint's prefix list) is no part of it.
        node: the interface, where it is one.
        admission: which check it is, on which resource, that the node's groups do not admit the traffic.
    """

    destinations: dict[Family, Ranges] = field(hash=False)
    is_internet: bool = False
    node: Node | None = None
    admission: CheckAndResource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A stretch of the way on which addresses do not change.

    Attributes:
        goal: what shall be reached.
        role: who sends on this stretch, which says whose fault a block is.
        fault: for a middlebox: which check it is, on which resource, that it has no way out.
        groups: of the sender, for rules that name groups; ``None`` behind a NAT gateway, which has none.
        doubtful_groups: of the sender, where rules beyond may or may not name them.
        has_public_ipv4: of the sender.
        without_public: as for `Node`.
        came: middleboxes passed so far.
        entered: how the traffic came into the VPC it is in, which replies must leave the same way.
    """

    goal: Goal
    role: Literal["source", "nat", "appliance"] = "source"
    fault: CheckAndResource | None = None
    groups: frozenset[str] | None = None
    doubtful_groups: frozenset[str] = frozenset()
    has_public_ipv4: bool = False
    without_public: CheckAndResource
    came: tuple[str, ...] = ()
    entered: tuple[TargetKind, str] = (TargetKind.LOCAL, "")


class Steps(ABC):
    """Groups, ACLs, routes and arrival. What lies beyond a route's target is for subclasses."""

    def __init__(self, network: Network) -> None:
        """Trace over a network."""
        self.network = network
        self._group_results: dict[object, Filtered] = {}
        self._behind_nat: dict[object, Walk] = {}

    @abstractmethod
    def follow(self, walk: Walk, place: Place, route: RouteRule, table: str, leg: Leg) -> None:
        """Follow a route to its target and beyond, and back."""

    # Groups.

    def groups(
        self, walk: Walk, node: Node, *, egress: bool, peer: Peer, refusal: CheckAndResource | None = None
    ) -> None:
        """Pass the security groups of an interface with requests."""
        direction: Direction = "egress" if egress else "ingress"
        home = node.place.scope
        label = node.groups[0] if node.groups else node.eni_id or node.place.subnet_id
        if not node.groups:
            # Only interfaces of some AWS services have none; a task gets the default group, where that was read.
            if node.eni_id is None:
                gap = NotCollectedError(("ec2:DescribeSecurityGroups",))
                walk.unread("security_group", label, direction, gap)
            return
        try:
            rules = self.network.security_groups(node.groups, home)
        except NotCollectedError as gap:
            walk.unread("security_group", label, direction, gap)
            return
        side = TO_DESTINATION if egress else FROM_SOURCE
        key = (home.account, home.region, node.groups, egress, walk.family, walk.flows, peer.groups)
        result = self._group_results.get(key)
        if result is None:
            result = self._group_results[key] = apply_groups(
                rules,
                walk.flows,
                egress=egress,
                family=walk.family,
                side=side,
                peer=peer,
                prefix_list=lambda prefix_list_id: self.network.prefix_list(prefix_list_id, home),
                members=lambda group_id: self.network.members(group_id, home),
            )
        check_id, resource = refusal or ("NET011", ResourceRef(type="security_group", id=label))
        names = " and ".join(node.groups) or "no security group"
        member = "IpPermissionsEgress" if egress else "IpPermissions"
        passed_by = tuple(text.split(": ", 1) for text in result.passed_by)
        block = Block(
            check_id=check_id,
            resource=resource,
            reason=f"no {'outbound' if egress else 'inbound'} rule of {names} allows",
            evidence=tuple(
                Evidence(
                    operation="ec2:DescribeSecurityGroups",
                    resource=group_id,
                    field=member,
                    value="; ".join(rule.text for rule in (group.egress if egress else group.ingress)[:5]) or "none",
                )
                for group_id, group in ((rule.group_id, rule) for rule in rules)
            )
            or (
                Evidence(
                    operation="ec2:DescribeSecurityGroups", resource=label, field="SecurityGroups", value="not found"
                ),
            ),
        )
        # Each group has hops of its own: what lets through is told under the group that does.
        by_group = list(dict.fromkeys(group_id for group_id, _ in passed_by)) or [label]
        walk.filter(
            "security_group",
            by_group[0] if not result.blocked else label,
            direction,
            replace(result, passed_by=tuple(f"{text}" for _, text in passed_by)),
            side,
            block,
        )

    # ACLs.

    def acl(
        self, walk: Walk, place: Place, *, egress: bool, is_reply: bool, direction: Direction, leg: Leg | None
    ) -> None:
        """Pass the ACL of a subnet with requests or replies.

        Args:
            walk: the trace.
            place: the subnet.
            egress: out of it, else into it.
            is_reply: whether these are replies.
            direction: how the hop is told.
            leg: the stretch; ``None`` at the destination.
        """
        if walk.is_over:
            return
        side = (
            (TO_SOURCE if is_reply else TO_DESTINATION) if egress else (FROM_DESTINATION if is_reply else FROM_SOURCE)
        )
        try:
            rules = self.network.network_acl(place)
        except NotCollectedError as gap:
            walk.unread("network_acl", place.subnet_id, direction, gap)
            return
        id_ = rules.network_acl_id
        result = rules.apply(walk.flows, egress=egress, family=walk.family, side=side)
        check_id = "NET013" if leg is not None and leg.role == "nat" else "NET010" if is_reply else "NET009"
        block = Block(
            check_id=check_id,
            resource=ResourceRef(type="network_acl", id=id_),
            reason=f"{id_} of {place.subnet_id} denies {'outbound' if egress else 'inbound'}",
            evidence=tuple(
                Evidence(operation="ec2:DescribeNetworkAcls", resource=id_, field="Entries", value=text)
                for text in result.blocked_by
            ),
        )
        walk.filter("network_acl", id_, direction, result, side, block)

    # Routes.

    def leave_node(self, walk: Walk, node: Node, leg: Leg) -> None:
        """From an interface to the goal and back: its groups, then its subnet and beyond."""
        self.groups(walk, node, egress=True, peer=self._peer_of(leg.goal, node.place))
        self.leave(walk, node.place, leg)

    def _peer_of(self, goal: Goal, place: Place) -> Peer:
        if goal.node is not None:
            return Peer(frozenset(goal.node.groups))
        return Peer(frozenset() if goal.is_internet else None)

    def leave(self, walk: Walk, place: Place, leg: Leg) -> None:
        """From a subnet, past the sender's groups, to the goal and back into the subnet."""
        own = place.blocks(walk.family)
        inside, outside = within(walk.flows, own, TO_DESTINATION)
        branches: list[Walk] = []
        if inside and not leg.goal.is_internet:
            branch = walk.fork(inside)
            branch.allow("subnet", place.subnet_id, "egress", "inside one subnet: no ACL, no route")
            self.arrive(branch, place, leg, same_subnet=True)
            branches.append(branch)
        if outside:
            branch = walk.fork(outside)
            self._leave_subnet(branch, place, leg)
            branches.append(branch)
        walk.join(branches)

    def _leave_subnet(self, walk: Walk, place: Place, leg: Leg) -> None:
        self.acl(walk, place, egress=True, is_reply=False, direction="egress", leg=leg)
        if walk.is_over:
            return
        try:
            table = self.network.route_table(place)
        except NotCollectedError as gap:
            walk.unread("route_table", place.subnet_id, "egress", gap)
        else:
            self.route(walk, place, table, leg)
        self.acl(walk, place, egress=False, is_reply=True, direction="return", leg=leg)

    def route(self, walk: Walk, place: Place, table: RouteTableRules, leg: Leg) -> None:
        """Send each part of the traffic where its route leads."""
        found = table.lookup(column(walk.flows, TO_DESTINATION.address), walk.family)
        branches: list[Walk] = []
        together: dict[tuple[TargetKind, str, bool], list[tuple[Ranges, RouteRule]]] = {}
        for taken in found.taken:
            if leg.goal.is_internet and leads_elsewhere(taken.route):
                continue
            rule = taken.route
            together.setdefault((rule.kind, rule.target, rule.is_blackhole), []).append((taken.addresses, rule))
        for parts in together.values():
            flows = tuple(flow for part, _ in parts for flow in within(walk.flows, part, TO_DESTINATION)[0])
            # The shortest prefix speaks for all that go to one target: it is the one people look for.
            rule = min((rule for _, rule in parts), key=lambda rule: rule.prefix_length or 0)
            branch = walk.fork(flows)
            self._take(branch, place, rule, table.route_table_id, leg)
            branches.append(branch)
        if found.unrouted:
            branch = walk.fork(within(walk.flows, found.unrouted, TO_DESTINATION)[0])
            self._no_route(branch, found.unrouted, table, leg)
            branches.append(branch)
        walk.join(branches)
        self._doubtful_routes(walk, found.doubtful, table.route_table_id, leg)

    def _doubtful_routes(self, walk: Walk, doubtful: tuple[RouteRule, ...], table_id: str, leg: Leg) -> None:
        """Routes by unread prefix lists might take what went elsewhere: that matters for single destinations only."""
        if leg.goal.is_internet or not doubtful or not walk.flows:
            return
        for rule in doubtful:
            # AWS's own lists hold addresses of that service alone, and who asks for those asks by the service's name.
            if rule.kind is not TargetKind.VPC_ENDPOINT:
                walk.doubt(
                    "route_table",
                    table_id,
                    "egress",
                    f"{rule.text}: might be for it, not read: {', '.join(rule.unread)}",
                    rule.unread,
                )

    def _take(self, walk: Walk, place: Place, rule: RouteRule, table_id: str, leg: Leg) -> None:
        if rule.is_blackhole and not self.explains_blackhole(rule, place):
            check_id, resource = leg.fault or ("NET005", ResourceRef(type="route_table", id=table_id))
            walk.deny(
                "route_table",
                table_id,
                "egress",
                Block(
                    check_id=check_id,
                    resource=resource,
                    reason=f"{rule.text} in {table_id}: the target is gone or detached",
                    evidence=(
                        Evidence(
                            operation="ec2:DescribeRouteTables",
                            resource=table_id,
                            field=f"Routes[{rule.destination}].State",
                            value="blackhole",
                        ),
                    ),
                ),
            )
            return
        walk.allow("route_table", table_id, "egress", rule.text)
        self.follow(walk, place, rule, table_id, leg)

    @abstractmethod
    def explains_blackhole(self, rule: RouteRule, place: Place) -> bool:
        """Whether the target itself can still tell why it takes no traffic."""

    def _no_route(self, walk: Walk, unrouted: Ranges, table: RouteTableRules, leg: Leg) -> None:
        table_id = table.route_table_id
        where = "the internet" if leg.goal.is_internet else describe_addresses(unrouted, walk.family)
        check_id, resource = leg.fault or ("NET004", ResourceRef(type="route_table", id=table_id))
        default = "0.0.0.0/0" if walk.family is Family.IPV4 else "::/0"
        written = "; ".join(rule.text for rule in table.routes(walk.family)[:6]) or "none"
        walk.deny(
            "route_table",
            table_id,
            "egress",
            Block(
                check_id=check_id,
                resource=resource,
                reason=f"{table_id} has no route to {where} and no {default} route",
                evidence=(
                    Evidence(operation="ec2:DescribeRouteTables", resource=table_id, field="Routes", value=written),
                ),
            ),
        )

    # Arrival.

    def arrive(self, walk: Walk, place: Place, leg: Leg, *, same_subnet: bool = False) -> None:
        """At the destination's subnet: its ACL, the destination's groups, and the ACL again for the reply.

        The way back from the subnet is for the caller: it depends on how the traffic came.
        """
        if not same_subnet:
            self.acl(walk, place, egress=False, is_reply=False, direction="ingress", leg=None)
        if walk.is_over:
            return
        self._admit(walk, place, leg)
        if not same_subnet:
            self.acl(walk, place, egress=True, is_reply=True, direction="return", leg=None)

    def _admit(self, walk: Walk, place: Place, leg: Leg) -> None:
        node = leg.goal.node
        addresses = column(walk.flows, TO_DESTINATION.address)
        if node is None:
            if size(addresses) > 1:
                walk.allow(
                    "subnet",
                    place.subnet_id,
                    "ingress",
                    f"{describe_addresses(addresses, walk.family)}: up to the subnet; groups differ by interface",
                )
                return
            try:
                found = self.network.eni_with_address(addresses[0][0], walk.family, place.subnet.vpc_id, place.scope)
            except NotCollectedError as gap:
                walk.unread("eni", describe_addresses(addresses, walk.family), "ingress", gap)
                return
            if found is None:
                text = describe_addresses(addresses, walk.family)
                reason = f"no network interface has the address {text}"
                resource = ResourceRef(type="subnet", id=place.subnet_id)
                member = "PrivateIpAddresses" if walk.family is Family.IPV4 else "Ipv6Addresses"
                evidence = Evidence(
                    operation="ec2:DescribeNetworkInterfaces",
                    resource=place.subnet_id,
                    field=member,
                    value=f"none with {text}",
                )
                block = Block(check_id=None, resource=resource, reason=reason, evidence=(evidence,))
                walk.deny("eni", text, "ingress", block)
                return
            node = node_of_eni(found[1], Place(found[0], place.subnet))
        if not self._may_be_named(walk, node, leg):
            self.groups(walk, node, egress=False, peer=Peer(leg.groups or frozenset()), refusal=leg.goal.admission)
        if not walk.is_over and node.eni_id:
            walk.allow("eni", node.eni_id, "ingress", node.description)

    def _may_be_named(self, walk: Walk, node: Node, leg: Leg) -> bool:
        """Whether it all turns on rules that name the sender's groups, and nobody can say if they count."""
        if not leg.doubtful_groups:
            return False
        without, named = walk.fork(walk.flows), walk.fork(walk.flows)
        self.groups(without, node, egress=False, peer=Peer())
        self.groups(named, node, egress=False, peer=Peer(leg.doubtful_groups))
        if set(named.flows) == set(without.flows):
            return False
        kind, id_ = leg.entered
        detail = (
            f"rules of {' and '.join(node.groups)} name the sender's groups: whether {id_} carries those is not seen"
        )
        walk.hide("security_group", ResourceRef(type=kind.value, id=id_), "ingress", detail)
        walk.flows = named.flows
        return True

    def deliver(self, walk: Walk, vpc_id: str, place: Place, leg: Leg) -> None:
        """Arrive inside a VPC from outside the destination's subnet, and start back.

        Args:
            walk: the trace.
            vpc_id: where the traffic is routed locally.
            place: a subnet of the scope to look in.
            leg: the stretch; `entered` says where replies must go.
        """
        wanted = column(walk.flows, TO_DESTINATION.address)
        try:
            if leg.goal.node is not None and leg.goal.node.place.vpc_id == vpc_id:
                targets: tuple[tuple[Place, Ranges], ...] = ((leg.goal.node.place, wanted),)
            else:
                targets = self.network.places_with(vpc_id, place.scope, walk.family, wanted)
        except NotCollectedError as gap:
            walk.unread("subnet", vpc_id, "ingress", gap)
            return
        if not targets:
            text = describe_addresses(wanted, walk.family)
            evidence = Evidence(
                operation="ec2:DescribeSubnets", resource=vpc_id, field="CidrBlock", value=f"none that holds {text}"
            )
            walk.deny(
                "vpc",
                vpc_id,
                "ingress",
                Block(
                    check_id=None,
                    resource=ResourceRef(type="vpc", id=vpc_id),
                    reason=f"no subnet of {vpc_id} holds {text}",
                    evidence=(evidence,),
                ),
            )
            return
        branches = []
        for target, part in targets:
            branch = walk.fork(within(walk.flows, part, TO_DESTINATION)[0])
            self.arrive(branch, target, leg)
            if not branch.is_over:
                self.route_back(branch, target, *leg.entered)
            branches.append(branch)
        walk.join(branches)

    def route_back(self, walk: Walk, place: Place, kind: TargetKind, target: str) -> None:
        """Route replies out of a subnet: they must leave the way the requests came, or be lost or unseen.

        Args:
            walk: the trace.
            place: the subnet that answers.
            kind: what the route back must lead to.
            target: its id; ignored for `local`.
        """
        try:
            table = self.network.route_table(place)
        except NotCollectedError as gap:
            walk.unread("route_table", place.subnet_id, "return", gap)
            return
        table_id = table.route_table_id
        found = table.lookup(column(walk.flows, TO_SOURCE.address), walk.family)
        alive: Flows = ()
        for taken in found.taken:
            rule = taken.route
            flows = within(walk.flows, taken.addresses, TO_SOURCE)[0]
            if rule.is_blackhole:
                self._no_way_back(walk, "NET005", table_id, f"{rule.text} in {table_id}: replies are dropped", rule)
                continue
            if rule.kind is not kind and _loses_replies(rule.kind, walk.family):
                reason = f"{rule.text} in {table_id} takes replies to the internet, which drops them"
                self._no_way_back(walk, "NET004", table_id, reason, None)
                continue
            alive = (*alive, *flows)
            if rule.kind is kind and (kind is TargetKind.LOCAL or rule.target == target):
                walk.allow("route_table", table_id, "return", rule.text)
            else:
                walk.hide(
                    "route_table",
                    ResourceRef(type=rule.kind.value, id=rule.target),
                    "return",
                    f"{rule.text}: replies leave another way than requests came",
                )
        if found.unrouted:
            text = describe_addresses(found.unrouted, walk.family)
            self._no_way_back(walk, "NET004", table_id, f"{table_id} has no route back to {text}", None)
        walk.flows = alive

    def _no_way_back(self, walk: Walk, check_id: str, table_id: str, reason: str, rule: RouteRule | None) -> None:
        flows = walk.flows
        evidence = Evidence(
            operation="ec2:DescribeRouteTables",
            resource=table_id,
            field=f"Routes[{rule.destination}].State" if rule else "Routes",
            value="blackhole" if rule else "no route back",
        )
        resource = ResourceRef(type="route_table", id=table_id)
        walk.deny(
            "route_table",
            table_id,
            "return",
            Block(check_id=check_id, resource=resource, reason=reason, evidence=(evidence,)),
        )
        walk.flows = flows


def node_of_eni(eni: ec2.NetworkInterface, place: Place) -> Node:
    """An existing interface. A task ENI on an EC2 instance has no association, and so no public address."""
    association = eni.association
    public = bool(association and (association.public_ip or association.carrier_ip)) or any(
        address.association and address.association.public_ip for address in eni.private_ip_addresses
    )
    return Node(
        place=place,
        eni_id=eni.network_interface_id,
        ipv4=eni_addresses(eni, Family.IPV4),
        ipv6=eni_addresses(eni, Family.IPV6),
        groups=tuple(g.group_id for g in eni.groups if g.group_id),
        has_public_ipv4=public,
        without_public=("NET001", ResourceRef(type="subnet", id=place.subnet_id)),
        description=f"{eni.network_interface_id} ({eni.private_ip_address or 'IPv6 only'})",
    )


_ELSEWHERE = frozenset(
    {
        TargetKind.LOCAL,
        TargetKind.VPC_ENDPOINT,
        TargetKind.PEERING,
        TargetKind.TRANSIT_GATEWAY,
        TargetKind.VPN_GATEWAY,
        TargetKind.LOCAL_GATEWAY,
        TargetKind.CORE_NETWORK,
    }
)
SPECIFIC = 8
"""Prefixes of this length and longer are somebody's network; shorter ones are parts of a default route."""


def _loses_replies(kind: TargetKind, family: Family) -> bool:
    """Whether replies to a private network are lost at a target.

    NAT and egress-only gateways carry only what was opened from inside, and an internet gateway carries no private
    IPv4 addresses. IPv6 ones it does, wherever they come out.
    """
    if kind is TargetKind.INTERNET_GATEWAY:
        return family is Family.IPV4
    return kind in {TargetKind.NAT_GATEWAY, TargetKind.EGRESS_ONLY}


def leads_elsewhere(rule: RouteRule) -> bool:
    """Whether a route takes a private network or a service out of what is meant by "the internet"."""
    if rule.kind not in _ELSEWHERE:
        return False
    return rule.prefix_length is None or rule.prefix_length >= SPECIFIC


PUBLIC = {family: union(INTERNET[family], symbols(family)) for family in Family}
"""What an internet gateway forwards: public addresses, and those that are known by name alone."""


def split_public(flows: Flows, family: Family) -> tuple[Flows, Flows]:
    """The traffic to public addresses, and that to private ones, which no internet gateway forwards."""
    return within(flows, PUBLIC[family], TO_DESTINATION)


def is_nat64(flows: Flows) -> bool:
    """Whether all of the traffic is for IPv4 destinations behind the NAT64 prefix."""
    destinations = column(flows, TO_DESTINATION.address)
    return bool(destinations) and not subtract(destinations, NAT64)
