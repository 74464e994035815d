"""Traffic as sets of packets, and what a list of rules lets through of it.

A `Flow` is the set of connections of one family whose protocol, addresses and ports lie in its five sets. Request and
reply are one record: the reply of a connection has its addresses and ports the other way round, so a rule on replies
looks at the client's side of the same record.

ICMP has no ports. As both ACLs and groups match it by type and code, `type * 256 + code` stands in place of the port:
the request's as `ports`, the reply's as `client_ports`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from awsvpc_audit.analyzers.reachability.address import (
    EMPTY,
    Family,
    Ranges,
    describe_addresses,
    describe_ports,
    intersect,
    subtract,
    union,
)

ALL_PORTS: Ranges = ((0, 65535),)
ALL_PROTOCOLS: Ranges = ((0, 255),)
CLIENT_PORTS: Ranges = ((1024, 65535),)
"""Ports that clients use for their side: NAT gateways and load balancers all of these, Linux a part of them
(docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html, Ephemeral ports)."""

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMPV6}
_NAMES = {number: name for name, number in PROTOCOLS.items()}


class Flow(NamedTuple):
    """The connections whose five properties lie in these sets; none of the sets is empty."""

    protocols: Ranges
    sources: Ranges
    destinations: Ranges
    ports: Ranges
    client_ports: Ranges


Flows = tuple[Flow, ...]
"""A set of connections: flows that do not overlap."""


class Side(NamedTuple):
    """Which of a flow's properties a rule looks at."""

    address: int
    ports: int


TO_DESTINATION = Side(address=2, ports=3)
"""A rule on requests going out: destination address, service port."""
FROM_SOURCE = Side(address=1, ports=3)
"""A rule on requests coming in: source address, service port."""
TO_SOURCE = Side(address=1, ports=4)
"""A rule on replies going out: the client's address and port."""
FROM_DESTINATION = Side(address=2, ports=4)
"""A rule on replies coming in: the server's address, the client's port."""


class Match(NamedTuple):
    """What one rule looks for."""

    protocols: Ranges
    addresses: Ranges
    ports: Ranges


def misses(flows: Flows, match: Match, side: Side) -> bool:
    """Whether a rule surely matches none of the traffic, told from the ends of its ranges alone: most rules do not."""
    _, addresses, ports = match
    if not addresses or not ports:
        return True
    low, high = addresses[0][0], addresses[-1][1]
    first, last = ports[0][0], ports[-1][1]
    address_at, ports_at = side
    for flow in flows:
        theirs, wanted = flow[address_at], flow[ports_at]
        if low <= theirs[-1][1] and high >= theirs[0][0] and first <= wanted[-1][1] and last >= wanted[0][0]:
            return False
    return True


def split(flows: Flows, match: Match, side: Side) -> tuple[Flows, Flows]:
    """What a rule matches of the traffic, and the rest."""
    matched: list[Flow] = []
    rest: list[Flow] = []
    for flow in flows:
        protocols = intersect(flow.protocols, match.protocols)
        addresses = intersect(flow[side.address], match.addresses) if protocols else EMPTY
        ports = intersect(flow[side.ports], match.ports) if addresses else EMPTY
        if not ports:
            rest.append(flow)
            continue
        inside = flow
        if protocols != inside.protocols:
            rest.append(inside._replace(protocols=subtract(inside.protocols, protocols)))
            inside = inside._replace(protocols=protocols)
        inside, left = _narrow(inside, side.address, addresses)
        rest.extend(left)
        inside, left = _narrow(inside, side.ports, ports)
        rest.extend(left)
        matched.append(inside)
    return tuple(matched), tuple(rest)


def _narrow(flow: Flow, index: int, part: Ranges) -> tuple[Flow, tuple[Flow, ...]]:
    if flow[index] == part:
        return flow, ()
    fields = list(flow)
    fields[index] = part
    others = list(flow)
    others[index] = subtract(flow[index], part)
    return Flow(*fields), (Flow(*others),)


def within(flows: Flows, addresses: Ranges, side: Side) -> tuple[Flows, Flows]:
    """The traffic whose address lies in a set, and the rest."""
    return split(flows, Match(ALL_PROTOCOLS, addresses, ALL_PORTS), side)


def column(flows: Flows, index: int) -> Ranges:
    """All values of one property in some traffic."""
    return union(*(flow[index] for flow in flows))


def describe(flows: Flows, family: Family, side: Side) -> str:
    """A part of the traffic as people write it: `tcp 1024-32767 from 10.0.0.0/8`."""
    if not flows:
        return "nothing"
    protocols = column(flows, 0)
    word = "to" if side in {TO_DESTINATION, TO_SOURCE} else "from"
    names = protocol_name(protocols[0][0]) if protocols[0][0] == protocols[-1][1] else "all protocols"
    ports = column(flows, side.ports)
    shown = "" if ports == ALL_PORTS or names in {"icmp", "icmpv6"} else f" {describe_ports(ports)}"
    return f"{names}{shown} {word} {describe_addresses(column(flows, side.address), family)}"


def protocol_name(number: int) -> str:
    """`tcp` for 6, and so on; the number where it has no name here."""
    return _NAMES.get(number, str(number))


def protocol_number(text: str, family: Family) -> int | None:
    """The number of a protocol as AWS writes it; ``None`` for all of them (`-1`, `all`).

    Raises:
        ValueError: neither a name nor a number from 0 to 255.
    """
    lowered = text.strip().lower()
    if lowered in {"-1", "all"}:
        return None
    if lowered == "icmp" and family is Family.IPV6:
        return ICMPV6
    if lowered in PROTOCOLS:
        return PROTOCOLS[lowered]
    number = int(lowered)
    if not 0 <= number <= 255:
        raise ValueError(f"no protocol {text}")
    return number


def icmp_ports(icmp_type: int | None, code: int | None) -> Ranges:
    """ICMP types and codes of a rule in place of ports; -1 and absent stand for all."""
    if icmp_type is None or icmp_type < 0:
        return ALL_PORTS
    if code is None or code < 0:
        return ((icmp_type * 256, icmp_type * 256 + 255),)
    return ((icmp_type * 256 + code, icmp_type * 256 + code),)


def request(protocol: str, port: int | None, family: Family, sources: Ranges, destinations: Ranges) -> Flows:
    """The connections that a question is about.

    Args:
        protocol: `tcp`, `udp`, `icmp` (an echo and its reply), a number, or `all`.
        port: of the server; ``None`` for all. Only TCP and UDP have ports.
        family: of both sets of addresses.
        sources: where clients may be.
        destinations: where servers may be.

    Raises:
        ValueError: no such protocol.
    """
    if not sources or not destinations:
        return ()
    number = protocol_number(protocol, family)
    ports = ALL_PORTS if port is None else ((port, port),)
    if number in {ICMP, ICMPV6}:
        echo, reply = (8, 0) if number == ICMP else (128, 129)
        return (Flow(((number, number),), sources, destinations, icmp_ports(echo, 0), icmp_ports(reply, 0)),)
    if number in {TCP, UDP}:
        return (Flow(((number, number),), sources, destinations, ports, CLIENT_PORTS),)
    if number is not None:
        return (Flow(((number, number),), sources, destinations, ALL_PORTS, ALL_PORTS),)
    return (Flow(ALL_PROTOCOLS, sources, destinations, ports, CLIENT_PORTS),)


@dataclass(frozen=True, slots=True)
class Filtered:
    """What a list of rules does to traffic.

    Attributes:
        passed: what it lets through.
        blocked: what it drops.
        passed_by: the rules that let something through, as written.
        blocked_by: the rules that drop something, as written, or that none matched.
        unsure: what passes only if something that was not read is so; `operations` would tell.
        operations: what to read.
    """

    passed: Flows
    blocked: Flows
    passed_by: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()
    unsure: Flows = ()
    operations: tuple[str, ...] = ()


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts in order, each once."""
    return tuple(dict.fromkeys(texts))
