"""Security groups: stateful, only allowing, all groups of an interface together.

Source: docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from awsvpc_audit.analyzers.reachability.address import (
    EMPTY,
    INTERNET,
    Family,
    Ranges,
    everything,
    has_symbols,
    intersect,
    parse_cidr,
    symbols,
)
from awsvpc_audit.analyzers.reachability.flows import (
    ALL_PORTS,
    ALL_PROTOCOLS,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    Filtered,
    Flows,
    Match,
    Side,
    column,
    icmp_ports,
    misses,
    protocol_number,
    split,
    unique,
)
from awsvpc_audit.model import ec2


@dataclass(frozen=True, slots=True)
class Listed:
    """Addresses that a rule names indirectly, by prefix list or group.

    Attributes:
        addresses: by family; for a prefix list that was not read, its stand-in.
        blocks: the entries one by one, as a route by prefix list needs them.
        operations: what to read to know them; empty where they are known.
    """

    addresses: dict[Family, Ranges]
    blocks: tuple[tuple[Family, tuple[int, int]], ...] = ()
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRule:
    """One peer of one permission."""

    protocols: dict[Family, Ranges]
    ports: Ranges
    text: str
    cidr: tuple[Family, Ranges] | None = None
    prefix_list_id: str | None = None
    group_id: str | None = None


class SecurityGroupRules:
    """The rules of one group, ready to match."""

    def __init__(self, group: ec2.SecurityGroup) -> None:
        """Compile a group once; rules that are not well formed match nothing."""
        self.group_id = group.group_id
        self.ingress = tuple(_rules(group, group.ip_permissions, "ingress", "from"))
        self.egress = tuple(_rules(group, group.ip_permissions_egress, "egress", "to"))


def _rules(
    group: ec2.SecurityGroup, permissions: Iterable[ec2.IpPermission], direction: str, word: str
) -> Iterable[GroupRule]:
    for permission in permissions:
        try:
            protocols = {family: _protocols(permission.ip_protocol, family) for family in Family}
            ports = _ports(permission)
        except ValueError:
            continue
        start = f"{direction} {permission.ip_protocol}{_port_text(permission)} {word}"
        for cidr in (
            *(r.cidr_ip for r in permission.ip_ranges),
            *(r.cidr_ipv6 for r in permission.ipv6_ranges),
        ):
            parsed = parse_cidr(cidr or "")
            if parsed is not None:
                yield GroupRule(protocols, ports, f"{start} {cidr}", cidr=parsed)
        for listed in permission.prefix_list_ids:
            if listed.prefix_list_id:
                yield GroupRule(
                    protocols, ports, f"{start} {listed.prefix_list_id}", prefix_list_id=listed.prefix_list_id
                )
        for pair in permission.user_id_group_pairs:
            if pair.group_id:
                yield GroupRule(protocols, ports, f"{start} {pair.group_id}", group_id=pair.group_id)


def _protocols(text: str, family: Family) -> Ranges:
    number = protocol_number(text, family)
    return ALL_PROTOCOLS if number is None else ((number, number),)


def _ports(permission: ec2.IpPermission) -> Ranges:
    number = protocol_number(permission.ip_protocol, Family.IPV4)
    if number in {ICMP, ICMPV6}:
        return icmp_ports(permission.from_port, permission.to_port)
    first, last = permission.from_port, permission.to_port
    if number not in {TCP, UDP} or first is None or last is None or first < 0 or last < 0:
        return ALL_PORTS
    if first > last:
        raise ValueError("a port range that ends before it starts")
    return ((first, min(65535, last)),)


def _port_text(permission: ec2.IpPermission) -> str:
    first, last = permission.from_port, permission.to_port
    if permission.ip_protocol == "-1" or first is None or first == -1:
        return ""
    return f" {first}" if first == last else f" {first}-{last}"


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is on the other side of a group's rules.

    Attributes:
        groups: of the peer where it is one known interface, whose groups rules may name; empty where rules that name
            groups cannot match it (the internet, a middlebox). ``None`` where the peer is a range of addresses: then
            the members of a named group are looked up.
    """

    groups: frozenset[str] | None = frozenset()


def apply_groups(
    groups: Iterable[SecurityGroupRules],
    flows: Flows,
    *,
    egress: bool,
    family: Family,
    side: Side,
    peer: Peer,
    prefix_list: Callable[[str], Listed],
    members: Callable[[str], Listed],
) -> Filtered:
    """What the groups of one interface, together, let out or in of some requests. Replies need no rule.

    Args:
        groups: all groups of the interface.
        flows: the traffic.
        egress: the outbound rules, else the inbound ones.
        family: of the traffic.
        side: what the rules look at.
        peer: who is on the other side.
        prefix_list: the addresses of a prefix list.
        members: the addresses of the interfaces that have a group.
    """
    passed: list[Flows] = []
    passed_by: list[str] = []
    unsure: list[Flows] = []
    operations: list[str] = []
    rest = flows
    doubtful: list[tuple[Match, tuple[str, ...]]] = []
    is_named = has_symbols(column(flows, side.address), family)
    for group in groups:
        for rule in group.egress if egress else group.ingress:
            if not rest:
                break
            peers, missing = _peers(rule, family, peer, prefix_list, members)
            if missing:
                doubtful.append((Match(rule.protocols[family], everything(family), rule.ports), missing))
            if not peers:
                continue
            if is_named and rule.cidr is not None and _may_hold_unread(rule.cidr, family):
                # Addresses that were not read may lie in this CIDR.
                doubtful.append((Match(rule.protocols[family], symbols(family), rule.ports), (ENTRIES,)))
            match = Match(rule.protocols[family], peers, rule.ports)
            if misses(rest, match, side):
                continue
            matched, rest = split(rest, match, side)
            if matched:
                passed.append(matched)
                passed_by.append(f"{group.group_id}: {rule.text}")
    for match, missing in doubtful:
        matched, rest = split(rest, match, side)
        if matched:
            unsure.append(matched)
            operations.extend(missing)
    return Filtered(
        passed=tuple(flow for part in passed for flow in part),
        blocked=rest,
        passed_by=unique(passed_by),
        unsure=tuple(flow for part in unsure for flow in part),
        operations=unique(operations),
    )


ENTRIES = "ec2:GetManagedPrefixListEntries"


def _may_hold_unread(cidr: tuple[Family, Ranges], family: Family) -> bool:
    """Whether a public CIDR might hold addresses that are known by name alone."""
    return cidr[0] is family and not has_symbols(cidr[1], family) and bool(intersect(cidr[1], INTERNET[family]))


def _peers(
    rule: GroupRule,
    family: Family,
    peer: Peer,
    prefix_list: Callable[[str], Listed],
    members: Callable[[str], Listed],
) -> tuple[Ranges, tuple[str, ...]]:
    """The addresses a rule names, and what is missing to know them all."""
    if rule.cidr is not None:
        return (rule.cidr[1] if rule.cidr[0] is family else EMPTY), ()
    if rule.prefix_list_id is not None:
        listed = prefix_list(rule.prefix_list_id)
        return listed.addresses.get(family, EMPTY), listed.operations
    if rule.group_id is None:
        return EMPTY, ()
    if peer.groups is not None:
        return (everything(family) if rule.group_id in peer.groups else EMPTY), ()
    listed = members(rule.group_id)
    return listed.addresses.get(family, EMPTY), listed.operations
