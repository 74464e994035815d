"""The timeline for people: one line for each thing that happened."""

from collections.abc import Iterator

from awsvpc_audit.findings import Timeline, TimelineEntry
from awsvpc_audit.report.text import clean, counted, truncated, wrapped

_RED, _YELLOW, _DIM, _BOLD = "31", "33", "2", "1"
_KIND = 11
_MOST = 400
"""Characters shown of one text; the JSON document has it whole."""


def render(timeline: Timeline, *, width: int, colour: bool, missing_hint: str = "") -> str:
    """The timeline, ending with a line feed.

    Args:
        timeline: what happened.
        width: columns to lay it out in.
        colour: whether colours may be used; they repeat what the words say.
        missing_hint: what to say beside operations that were not read.
    """
    return "\n".join(line.rstrip() for line in _lines(timeline, max(60, width), colour, missing_hint)) + "\n"


def _lines(timeline: Timeline, width: int, colour: bool, hint: str) -> Iterator[str]:
    days = {entry.at.date() for entry in timeline.entries if entry.at}
    parts = [clean(timeline.cluster)]
    if timeline.since:
        parts.append(f"since {timeline.since:%Y-%m-%d %H:%M} UTC")
    failures = sum(entry.count for entry in timeline.entries if entry.is_failure)
    changes = sum(entry.kind == "change" for entry in timeline.entries)
    parts += [counted(failures, "failure"), counted(changes, "change")]
    yield _paint(" · ".join(parts), _BOLD, colour)
    yield ""
    if not timeline.entries:
        yield "Nothing happened that AWS remembers."
    layout = "%H:%M:%S" if len(days) <= 1 else "%m-%d %H:%M:%S"
    blank = len("00:00:00" if len(days) <= 1 else "00-00 00:00:00")
    for entry in timeline.entries:
        yield from _entry(entry, layout, blank, width, colour)
    if timeline.first_failure and changes and not any(entry.is_last_change for entry in timeline.entries):
        yield ""
        yield "No change that touches the cluster came before the first failure in this span; try a longer --since."
    if timeline.missing:
        yield ""
        text = f"Not read: {', '.join(timeline.missing)}: what happened there is not known. {hint}"
        yield from wrapped(clean(text), width)


def _entry(entry: TimelineEntry, layout: str, blank: int, width: int, colour: bool) -> Iterator[str]:
    when = f"{entry.at:{layout}}" if entry.at else "?" + " " * (blank - 1)
    indent = blank + 2 + _KIND
    said = truncated(clean(entry.text), _MOST)
    text = said if entry.kind == "change" else f"{clean(entry.subject)}: {said}"
    if entry.by:
        text += f"  by {clean(entry.by)}"
    if entry.count > 1:
        text += f"  ×{entry.count}" + (f" until {entry.until:{layout}}" if entry.until else "")  # noqa: RUF001
    if entry.is_last_change:
        text += "  ◀ last change before the first failure"
    shade = _RED if entry.is_failure else _YELLOW if entry.is_last_change else "" if entry.kind == "change" else _DIM
    for number, line in enumerate(wrapped(text, width - indent) or [""]):
        lead = " " * indent if number else f"{when}  {entry.kind:<{_KIND}}"
        yield lead + _paint(line, shade, colour)


def _paint(text: str, shade: str, colour: bool) -> str:
    return f"\x1b[{shade}m{text}\x1b[0m" if colour and shade else text
