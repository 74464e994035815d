"""Pictures of a trace: Mermaid for documents and tickets, SVG for everything else."""

from html import escape

from awsvpc_audit.findings import PathDocument, PathFlow, PathHop
from awsvpc_audit.report.text import clean

_MARKS = {"allow": "✓", "deny": "✗", "unknown": "?"}
_FILLS = {"allow": "#e6f4ea", "deny": "#fce8e6", "unknown": "#fef7e0"}
_STROKES = {"allow": "#188038", "deny": "#c5221f", "unknown": "#b06000"}
_BOX_WIDTH, _BOX_HEIGHT, _GAP, _MARGIN, _TITLE = 560, 44, 18, 24, 56
_LONGEST = 84
"""Characters of one line in a box, at the font size used."""


def mermaid(path: PathDocument) -> str:
    """A Mermaid flowchart: one column a flow, one box a hop, ending with a line feed."""
    lines = ["flowchart TD"]
    for number, flow in enumerate(path.flows):
        start = f"f{number}s"
        lines.append(f'  {start}(["{_mermaid_text(_start_of(path, flow))}"])')
        previous = start
        for index, hop in enumerate(flow.hops):
            box = f"f{number}h{index}"
            text = f"{_MARKS[hop.verdict]} {hop.direction}: {hop.kind} {hop.id}"
            lines.append(f'  {box}["{_mermaid_text(text)}<br/>{_mermaid_text(hop.detail)}"]:::{hop.verdict}')
            lines.append(f"  {previous} --> {box}")
            previous = box
        lines.append(f'  f{number}e(["{_mermaid_text(_end_of(path, flow))}"])')
        lines.append(f"  {previous} --> f{number}e")
    for verdict, fill in _FILLS.items():
        lines.append(f"  classDef {verdict} fill:{fill},stroke:{_STROKES[verdict]},color:#202124")
    return "\n".join(lines) + "\n"


def _start_of(path: PathDocument, flow: PathFlow) -> str:
    place = " ".join(part for part in (flow.subnet, flow.eni) if part)
    return f"{path.source} {place} {flow.address_family}".strip()


def _end_of(path: PathDocument, flow: PathFlow) -> str:
    port = f"/{path.port}" if path.port is not None else ""
    blocked = f" ({flow.blocked_by.check_id} {flow.blocked_by.resource.id})" if flow.blocked_by else ""
    return f"{path.destination} {path.protocol}{port}: {flow.verdict.value}{blocked}"


def _mermaid_text(text: str) -> str:
    """Text inside quotes of a node: Mermaid reads entities there, and nothing else as markup."""
    return escape(clean(text), quote=True).replace("#x27;", "#39;").replace("`", "#96;")


def svg(path: PathDocument) -> str:
    """One SVG picture: a column a flow, a box a hop, ending with a line feed. It needs no fonts, scripts or network."""
    tallest = max((len(flow.hops) for flow in path.flows), default=0)
    width = _MARGIN + max(1, len(path.flows)) * (_BOX_WIDTH + _MARGIN)
    height = _TITLE + (tallest + 2) * (_BOX_HEIGHT + _GAP) + _MARGIN
    title = _svg_text(f"{path.source} to {path.destination}: {path.verdict.value}")
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" font-family="sans-serif" font-size="13">'
        ),
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="34" font-size="18" fill="#202124">{title}</text>',
    ]
    for number, flow in enumerate(path.flows):
        left = _MARGIN + number * (_BOX_WIDTH + _MARGIN)
        lines.extend(_column(path, flow, left))
    return "\n".join([*lines, "</svg>"]) + "\n"


def _column(path: PathDocument, flow: PathFlow, left: int) -> list[str]:
    lines = _box(left, 0, _start_of(path, flow), "", "#f1f3f4", "#5f6368")
    for index, hop in enumerate(flow.hops, start=1):
        lines += _arrow(left, index)
        lines += _box(left, index, _head(hop), hop.detail, _FILLS[hop.verdict], _STROKES[hop.verdict])
    last = len(flow.hops) + 1
    verdict = {"reachable": "allow", "unknown": "unknown"}.get(flow.verdict.value, "deny")
    lines += _arrow(left, last)
    return lines + _box(left, last, _end_of(path, flow), "", _FILLS[verdict], _STROKES[verdict])


def _head(hop: PathHop) -> str:
    return f"{_MARKS[hop.verdict]} {hop.direction}  {hop.kind}  {hop.id}"


def _top(index: int) -> int:
    return _TITLE + index * (_BOX_HEIGHT + _GAP)


def _box(left: int, index: int, head: str, detail: str, fill: str, stroke: str) -> list[str]:
    top = _top(index)
    lines = [
        (
            f'<rect x="{left}" y="{top}" width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="6" fill="{fill}" '
            f'stroke="{stroke}"/>'
        ),
        f'<text x="{left + 12}" y="{top + (19 if detail else 27)}" fill="#202124">{_svg_text(head)}</text>',
    ]
    if detail:
        lines.append(f'<text x="{left + 12}" y="{top + 36}" font-size="11" fill="#5f6368">{_svg_text(detail)}</text>')
    return lines


def _arrow(left: int, index: int) -> list[str]:
    middle, end = left + _BOX_WIDTH // 2, _top(index)
    return [
        f'<path d="M{middle} {end - _GAP} V{end - 5}" stroke="#5f6368" fill="none"/>',
        f'<path d="M{middle - 4} {end - 6} L{middle} {end} L{middle + 4} {end - 6} Z" fill="#5f6368"/>',
    ]


def _svg_text(text: str) -> str:
    text = clean(text)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
