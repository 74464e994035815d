"""Network ACLs: numbered rules, the first that matches decides, each direction and family for itself.

Source: docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html.
"""

from dataclasses import dataclass

from awsvpc_audit.analyzers.reachability.address import Family, Ranges, parse_cidr
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
    icmp_ports,
    misses,
    protocol_name,
    protocol_number,
    split,
    unique,
)
from awsvpc_audit.model import ec2

FINAL_RULE = 32767
"""The rule with `*` in the console: deny, after all others (32768 for IPv6 in what the API answers)."""


@dataclass(frozen=True, slots=True)
class AclRule:
    """One entry, ready to match."""

    allows: bool
    match: Match
    text: str


class NetworkAclRules:
    """The rules of one ACL in the order they count."""

    def __init__(self, acl: ec2.NetworkAcl) -> None:
        """Compile an ACL once; entries that are not well formed match nothing.

        Args:
            acl: as `ec2:DescribeNetworkAcls` gives it; the order of its entries does not matter.
        """
        self.network_acl_id = acl.network_acl_id
        self._rules: dict[tuple[bool, Family], list[AclRule]] = {}
        self._results: dict[tuple[bool, Family, Side, Flows], Filtered] = {}
        for entry in sorted(acl.entries, key=lambda e: e.rule_number):
            parsed = parse_cidr(entry.cidr_block or entry.ipv6_cidr_block or "")
            if parsed is None:
                continue
            family, peers = parsed
            try:
                match = _match(entry, family, peers)
            except ValueError:
                continue
            rule = AclRule(entry.rule_action == "allow", match, _text(entry))
            self._rules.setdefault((entry.egress, family), []).append(rule)

    def apply(self, flows: Flows, *, egress: bool, family: Family, side: Side) -> Filtered:
        """What the outbound or inbound rules let through of some traffic.

        Args:
            flows: the traffic.
            egress: the outbound rules, else the inbound ones.
            family: of the traffic.
            side: whether these are requests or replies, which says what the rules look at.
        """
        key = (egress, family, side, flows)
        result = self._results.get(key)
        if result is None:
            result = self._results[key] = self._apply(flows, egress, family, side)
        return result

    def _apply(self, flows: Flows, egress: bool, family: Family, side: Side) -> Filtered:
        passed: list[Flows] = []
        blocked: list[Flows] = []
        passed_by: list[str] = []
        blocked_by: list[str] = []
        rest = flows
        for rule in self._rules.get((egress, family), ()):
            if not rest:
                break
            if misses(rest, rule.match, side):
                continue
            matched, rest = split(rest, rule.match, side)
            if matched:
                (passed if rule.allows else blocked).append(matched)
                (passed_by if rule.allows else blocked_by).append(rule.text)
        if rest:
            blocked.append(rest)
            blocked_by.append(f"rule * deny: no {'outbound' if egress else 'inbound'} rule matches")
        return Filtered(
            passed=tuple(flow for part in passed for flow in part),
            blocked=tuple(flow for part in blocked for flow in part),
            passed_by=unique(passed_by),
            blocked_by=unique(blocked_by),
        )

    def allows_any(self, *, egress: bool, family: Family) -> bool:
        """Whether any rule of this direction and family allows anything."""
        return any(rule.allows for rule in self._rules.get((egress, family), ()))


def _match(entry: ec2.NetworkAclEntry, family: Family, peers: Ranges) -> Match:
    number = protocol_number(entry.protocol, family)
    if number is None:
        return Match(ALL_PROTOCOLS, peers, ALL_PORTS)
    if number in {ICMP, ICMPV6}:
        code = entry.icmp_type_code
        return Match(((number, number),), peers, icmp_ports(code.type, code.code) if code else ALL_PORTS)
    span = entry.port_range
    if number not in {TCP, UDP} or span is None or span.from_ is None or span.to is None:
        return Match(((number, number),), peers, ALL_PORTS)
    if span.from_ > span.to:
        raise ValueError("a port range that ends before it starts")
    return Match(((number, number),), peers, ((max(0, span.from_), min(65535, span.to)),))


def _text(entry: ec2.NetworkAclEntry) -> str:
    """`rule 100 allow tcp 443 to 0.0.0.0/0`."""
    protocol = entry.protocol
    if protocol.isdigit():
        protocol = protocol_name(int(protocol))
    ports = ""
    if entry.port_range is not None and entry.port_range.from_ is not None:
        first, last = entry.port_range.from_, entry.port_range.to
        ports = f" {first}" if first == last else f" {first}-{last}"
    number = "*" if entry.rule_number >= FINAL_RULE else str(entry.rule_number)
    word = "to" if entry.egress else "from"
    return f"rule {number} {entry.rule_action} {protocol}{ports} {word} {entry.cidr_block or entry.ipv6_cidr_block}"
