"""Where everything lies in a picture of a service's network. What draws it is a template.

A row a way out: the subnet by Availability Zone at the left, what it leads to at the right, gateways, endpoints and the
hop that blocks between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from awsvpc_audit.findings import PathHop, Verdict
from awsvpc_audit.report.html.routes import Neighbourhood, Start, Way
from awsvpc_audit.report.text import clean, counted, some, truncated

_CARD, _NODE, _GOAL = 208, 186, 248
_HEIGHT, _GAP, _BETWEEN, _PADDING, _HEAD = 46, 12, 28, 14, 30
_CHARACTER = 7.25
"""How wide a character of the monospaced font is at 12 px, and room for a wider font."""

_MARGIN = 12

_MARKS = {Verdict.REACHABLE: "✓", Verdict.UNREACHABLE: "✗", Verdict.PARTIAL: "✗", Verdict.UNKNOWN: "?"}
_CLASSES = {
    Verdict.REACHABLE: "allow",
    Verdict.UNREACHABLE: "deny",
    Verdict.PARTIAL: "deny",
    Verdict.UNKNOWN: "unknown",
}

_NAMES = {
    "nat_gateway": "NAT gateway",
    "internet_gateway": "internet gateway",
    "egress_only_internet_gateway": "egress-only gateway",
    "vpc_endpoint": "VPC endpoint",
    "vpc_peering_connection": "peering",
    "vpn_gateway": "VPN gateway",
    "network_acl": "network ACL",
    "eni": "ENI",
    "vpc": "VPC",
    "dns": "DNS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box with two lines of text.

    Attributes:
        kind: its class: `card`, `allow`, `deny` or `unknown`.
        full: what a pointer over it tells, uncut.
    """

    x: int
    y: int
    width: int
    height: int
    kind: str
    first: str
    second: str
    full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line from box to box, as an SVG path, and whether traffic is known to pass there."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """The ground of one Availability Zone."""

    y: int
    height: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawn network.

    Attributes:
        title, description: for who cannot see it.
    """

    width: int
    height: int
    title: str
    description: str
    zones: tuple[Zone, ...]
    lines: tuple[Line, ...]
    boxes: tuple[Box, ...]


def picture_of(network: Neighbourhood) -> Picture:
    """Draw a network."""
    longest = max((len(way.route) for start in network.starts for way in start.ways), default=0)
    goal_x = _PADDING + _CARD + _BETWEEN + longest * (_NODE + _BETWEEN)
    zones: list[Zone] = []
    lines: list[Line] = []
    boxes: list[Box] = []
    y = 0
    for name, group in groupby(network.starts, key=lambda start: start.availability_zone):
        top, y = y, y + _HEAD
        for start in group:
            height = max(1, len(start.ways)) * (_HEIGHT + _GAP) - _GAP
            card_y = y + (height - _HEIGHT) // 2
            boxes.append(_card(start, card_y))
            for number, way in enumerate(start.ways):
                row = y + number * (_HEIGHT + _GAP)
                lines.extend(_lines(way, card_y, row, goal_x))
                boxes.extend(_nodes(way, row))
                boxes.append(_goal(way, goal_x, row))
            y += height + _GAP
        zones.append(Zone(y=top, height=y - top, name=clean(name or "zone not known")))
        y += _GAP
    return Picture(
        width=goal_x + _GOAL + _PADDING,
        height=max(y - _GAP, 1),
        title=f"Network of {some(map(clean, network.services), 3)}",
        description=" ".join(_sentences(network)),
        zones=tuple(zones),
        lines=tuple(lines),
        boxes=tuple(boxes),
    )


def name_of(hop: PathHop) -> str:
    """What a hop is called, in people's words."""
    return _NAMES.get(hop.kind, hop.kind.replace("_", " "))


def place_of(start: Start) -> str:
    """Where ways begin, in words: `subnet-0aa`, `i-0a1 in subnet-0aa`."""
    if start.host is None:
        return start.subnet or "subnet not known"
    return f"{start.host} in {start.subnet}" if start.subnet else start.host


def _card(start: Start, y: int) -> Box:
    if start.host is None:
        tasks = "" if start.running_tasks is None else counted(start.running_tasks, "task")
        second = " · ".join(part for part in (start.cidr, tasks) if part)
        first = start.subnet or "subnet not known"
    else:
        first, second = start.host, f"in {start.subnet}" if start.subnet else "container instance"
    return _box(_PADDING, y, _CARD, "card", first, second, place_of(start))


def _nodes(way: Way, y: int) -> Iterator[Box]:
    for number, hop in enumerate(way.route):
        x = _PADDING + _CARD + _BETWEEN + number * (_NODE + _BETWEEN)
        mark = {"allow": "", "deny": "✗ ", "unknown": "? "}[hop.verdict]
        reply = ", reply" if hop.direction == "return" else ""
        check = f" · {way.blocked_by}" if hop.verdict == "deny" and way.blocked_by else ""
        yield _box(x, y, _NODE, hop.verdict, f"{mark}{name_of(hop)}{reply}{check}", hop.id, f"{hop.id}: {hop.detail}")


def _goal(way: Way, x: int, y: int) -> Box:
    said = {Verdict.REACHABLE: "reached", Verdict.UNKNOWN: "not known"}.get(way.verdict, "blocked")
    family = " over IPv6" if way.address_family == "ipv6" else ""
    return _box(
        x,
        y,
        _GOAL,
        f"goal {_CLASSES[way.verdict]}",
        _fitting(way.destinations, _most(_GOAL)),
        f"{_MARKS[way.verdict]} {said}{family}",
        f"{', '.join(way.destinations)}: {said}",
    )


def _fitting(names: tuple[str, ...], most: int) -> str:
    """As many names as there is room for, and how many more there are."""
    for number in range(len(names), 1, -1):
        text = some(names, number)
        if len(text) <= most:
            return text
    return some(names, 1)


def _most(width: int) -> int:
    return int((width - 2 * _MARGIN) / _CHARACTER)


def _box(x: int, y: int, width: int, kind: str, first: str, second: str, full: str) -> Box:
    most = _most(width)
    return Box(
        x=x,
        y=y,
        width=width,
        height=_HEIGHT,
        kind=kind,
        first=truncated(clean(first), most),
        second=truncated(clean(second), most),
        full=clean(full),
    )


def _lines(way: Way, card_y: int, row: int, goal_x: int) -> Iterator[Line]:
    """From box to box; behind what blocks or is not known, traffic does not, or may not, pass."""
    middle = row + _HEIGHT // 2
    x = _PADDING + _CARD
    bend = x + _BETWEEN // 2
    kind = "allow" if way.route or way.verdict is Verdict.REACHABLE else _CLASSES[way.verdict]
    path = f"M{x} {card_y + _HEIGHT // 2}H{bend}V{middle}"
    for number, hop in enumerate(way.route):
        x = _PADDING + _CARD + _BETWEEN + number * (_NODE + _BETWEEN)
        yield Line(path=f"{path}H{x}", kind=kind)
        path, x = f"M{x + _NODE} {middle}", x + _NODE
        if hop.verdict != "allow" and kind != "deny":
            kind = hop.verdict
    if kind == "allow":
        kind = _CLASSES[way.verdict]
    yield Line(path=f"{path}H{goal_x}", kind=kind)


def _sentences(network: Neighbourhood) -> Iterator[str]:
    for start in network.starts:
        for way in start.ways:
            through = ", ".join(f"{name_of(hop)} {hop.id}" for hop in way.route if hop.verdict == "allow")
            said = {Verdict.REACHABLE: "reaches", Verdict.UNKNOWN: "may or may not reach"}.get(
                way.verdict, "does not reach"
            )
            hop = way.deciding
            where = f", which ends at {name_of(hop)} {hop.id}" if hop is not None else ""
            yield clean(
                f"{place_of(start)} {said} {', '.join(way.destinations)}"
                f"{f' through {through}' if through else ''}{where}."
            )
