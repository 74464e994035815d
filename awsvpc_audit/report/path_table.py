"""A trace for people: the answer first, then each subnet hop by hop."""

from collections.abc import Iterator, Mapping

from awsvpc_audit.findings import PathDocument, PathFlow, PathHop, Verdict
from awsvpc_audit.report.text import clean, wrapped

_MARKS = {
    Verdict.REACHABLE: "✓",
    Verdict.UNREACHABLE: "✗",
    Verdict.PARTIAL: "✗",
    Verdict.UNKNOWN: "?",
}
_HOP_MARKS = {"allow": "✓", "deny": "✗", "unknown": "?"}
_COLOURS = {"✓": "32", "✗": "31", "?": "33"}
_SHORT = {
    "security_group": "group",
    "network_acl": "acl",
    "route_table": "route",
    "nat_gateway": "nat",
    "internet_gateway": "igw",
    "egress_only_internet_gateway": "eigw",
    "vpc_endpoint": "endpoint",
    "vpc_peering_connection": "peering",
    "transit_gateway": "transit",
    "vpn_gateway": "vpn",
    "core_network": "wan",
}
_NARROWEST = 30
"""Columns that a hop's detail needs beside its name; with fewer it stands below."""
_DIRECTIONS = {"egress": "out", "ingress": "in", "return": "back"}


def render(path: PathDocument, *, width: int, colour: bool = False, fixes: Mapping[str, str] | None = None) -> str:
    """A trace as text, ending with a line feed.

    Args:
        path: the trace.
        width: columns to lay it out in; 80 are enough.
        colour: whether colours may be used; they repeat what the marks say.
        fixes: what to do, by check id; told under the hop that blocks.
    """
    lines = list(_lines(path, max(60, width), fixes or {}))
    if colour:
        lines = [_coloured(line) for line in lines]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _lines(path: PathDocument, width: int, fixes: Mapping[str, str]) -> Iterator[str]:
    port = f"/{path.port}" if path.port is not None and path.protocol.lower() in {"tcp", "udp", "6", "17"} else ""
    question = f"{clean(path.source)} → {clean(path.destination)} {clean(path.protocol)}{port}"
    answer = _answer(path)
    gap = width - len(question) - len(answer)
    yield f"{question}{' ' * gap}{answer}" if gap > 1 else question
    if gap <= 1:
        yield f"  {answer}"
    for flow in path.flows:
        yield ""
        yield f"{_where(flow)}  {_MARKS[flow.verdict]} {_summary(flow)}"
        for hop in flow.hops:
            yield from _hop_lines(hop, width)
        if flow.blocked_by is not None and flow.blocked_by.check_id in fixes:
            for line in wrapped(f"fix: {fixes[flow.blocked_by.check_id]}", width - 10):
                yield " " * 10 + line
    if path.missing:
        yield ""
        yield from wrapped(f"Not read, and needed to tell: {', '.join(path.missing)}", width)


def _answer(path: PathDocument) -> str:
    mark = _MARKS[path.verdict]
    total = len(path.flows)
    if total < 2:
        return f"{mark} {path.verdict.value}"
    good = sum(flow.verdict is Verdict.REACHABLE for flow in path.flows)
    if path.verdict is Verdict.REACHABLE:
        return f"{mark} reachable"
    if path.verdict is Verdict.UNKNOWN:
        return f"{mark} unknown"
    return f"{mark} {path.verdict.value}, {total - good} of {total} ways"


def _where(flow: PathFlow) -> str:
    place = " ".join(part for part in (flow.subnet, flow.eni) if part) or "source"
    return f"{place} {'IPv4' if flow.address_family == 'ipv4' else 'IPv6'}"


def _summary(flow: PathFlow) -> str:
    if flow.verdict is Verdict.REACHABLE:
        through = [hop for hop in flow.hops if hop.kind in {"vpc_endpoint", "nat_gateway", "internet_gateway"}]
        carrier = next((hop for hop in through if hop.kind != "internet_gateway"), through[0] if through else None)
        return f"reachable by {carrier.id}" if carrier else "reachable"
    stops = "deny" if flow.verdict is not Verdict.UNKNOWN else "unknown"
    hop = next((hop for hop in flow.hops if hop.verdict == stops), None)
    if hop is None:
        return flow.verdict.value
    check = f" ({flow.blocked_by.check_id})" if flow.blocked_by else ""
    if flow.verdict is Verdict.UNKNOWN:
        return f"cannot be told at {hop.id}"
    return f"{'partly ' if flow.verdict is Verdict.PARTIAL else ''}blocked at {hop.id}{check}"


def _hop_lines(hop: PathHop, width: int) -> Iterator[str]:
    kind = _SHORT.get(hop.kind, hop.kind)
    start = f"  {_HOP_MARKS[hop.verdict]} {_DIRECTIONS[hop.direction]:<5} {kind:<9} {clean(hop.id):<22} "
    if width - len(start) < _NARROWEST:
        yield start
        start = " " * 10
        for line in wrapped(clean(hop.detail), width - len(start)):
            yield start + line
        return
    for number, line in enumerate(wrapped(clean(hop.detail), width - len(start)) or [""]):
        yield (start if number == 0 else " " * len(start)) + line


def _coloured(line: str) -> str:
    for mark, code in _COLOURS.items():
        if f"{mark} " in line:
            return line.replace(mark, f"\x1b[{code}m{mark}\x1b[0m", 1)
    return line
