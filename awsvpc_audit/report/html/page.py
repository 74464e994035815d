"""The page: what is shown of an audit or a report, put into the templates.

The page asks for nothing: style and script are in it, and a content security policy names their hashes and allows no
other, no image, no font, no request. Every text of an audit goes through `report.text.clean` and is escaped, by the
template environment, wherever it is put.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files

import jinja2
from markupsafe import Markup

from awsvpc_audit.findings import (
    AuditResult,
    Diagnosis,
    Report,
    Severity,
    Status,
    Summary,
    TaskAudit,
    TaskSeen,
    WaiverUse,
)
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.html.entries import CheckGroup, Register, controls_of, named
from awsvpc_audit.report.html.pictures import name_of, picture_of, place_of
from awsvpc_audit.report.html.routes import MOST_PICTURES, Neighbourhood, neighbourhoods_of
from awsvpc_audit.report.html.slots import slot_bar
from awsvpc_audit.report.notices import (
    baseline_counts,
    in_numbers,
    not_audited_place,
    report_verdict,
    scope_of,
    since,
    waiver_state,
)
from awsvpc_audit.report.options import Document, RenderOptions, audits_of
from awsvpc_audit.report.outline import (
    Outline,
    effort,
    headline,
    outline,
    seen,
    value_text,
    why_missing,
    without_cause,
)
from awsvpc_audit.report.text import clean, counted, some

CHUNK = 40
"""Findings that a browser lays out together: those far from what is on the screen wait."""

MOST_UNPACKED = 500
"""Findings of which a browser gets every part at once. Of more, it gets the lines, and the rest when one is unfolded;
one without scripts gets all of it, however many there are."""

SHORT_LIST = 6
"""Names shown of a list before it is cut in a line; the whole list stands where there is room."""

MARKS = {"fail": "✗", "unknown": "?", "pass": "✓", "waived": "–"}  # noqa: RUF001 - a dash, as it is meant


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterView:
    """One audit, as the page shows it.

    Attributes:
        prefix: of the ids of its elements.
        groups: its findings; what passed among them where that was asked for.
        networks: the networks to draw.
        left_out: those for which the page has no room.
    """

    number: int
    prefix: str
    result: AuditResult
    told: Outline
    groups: tuple[CheckGroup, ...]
    anchors: dict[tuple[str, str, str], str]
    networks: tuple[Neighbourhood, ...]
    left_out: tuple[Neighbourhood, ...]
    read_at: datetime | None

    @property
    def task(self) -> TaskSeen | None:
        """The task, where the audit is of one."""
        return self.result.task if isinstance(self.result, TaskAudit) else None

    @property
    def has_capacity(self) -> bool:
        """Whether there is anything to say about room."""
        capacity = self.result.capacity
        return bool(capacity.instances or capacity.subnets or capacity.placement)

    def anchor_of(self, check_id: str, resource_type: str, resource_id: str) -> str | None:
        """The id of a failing finding."""
        return self.anchors.get((check_id, resource_type, resource_id))

    def state_of(self, diagnosis: Diagnosis) -> str:
        """How a subject in trouble is doing, in a line."""
        return headline(diagnosis, self.read_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the summary."""

    kind: str
    name: str
    count: int


def write_html(document: Document, options: RenderOptions) -> str:
    """An audit, or a report over many, as one HTML page. The same document gives the same bytes.

    Args:
        document: what to show.
        options: with `all`, what passed is listed too.
    """
    register = Register()
    audits = audits_of(document)
    report = document if isinstance(document, Report) else None
    views: list[ClusterView] = []
    room = MOST_PICTURES
    for result in audits:
        view = _view(len(views) + 1, result, register, show_passed=options.all, is_only=report is None, room=room)
        room -= len(view.networks)
        views.append(view)
    facets = register.facets()
    read_at = document.finished_at if isinstance(document, Report) else views[0].read_at
    text = (
        _templates()
        .get_template("page.html.j2")
        .render(
            policy=_policy(),
            style=Markup(_packaged("style.css")),  # noqa: S704 - the package's own file
            script=Markup(_packaged("script.js")),  # noqa: S704 - the package's own file
            tool=document.tool,
            report=report,
            views=views,
            summary=document.summary,
            verdict=report_verdict(report) if report is not None else views[0].told.verdict,
            figures=_figures(document.summary),
            facets=facets,
            is_packed=facets.total > MOST_UNPACKED,
            read_at=read_at,
            waivers=_noteworthy_first(document.waivers),
        )
    )
    return text.rstrip("\n") + "\n"


def _view(
    number: int, result: AuditResult, register: Register, *, show_passed: bool, is_only: bool, room: int
) -> ClusterView:
    prefix = "" if is_only else f"c{number}-"
    shown = [finding for finding in result.findings if show_passed or finding.status is not Status.PASS]
    groups = register.groups(shown, prefix)
    networks = neighbourhoods_of(result)
    return ClusterView(
        number=number,
        prefix=prefix,
        result=result,
        told=outline(result),
        groups=groups,
        anchors={
            (entry.finding.check_id, entry.finding.resource.type, entry.finding.resource.id): entry.anchor
            for group in groups
            if group.status is Status.FAIL
            for entry in group.entries
        },
        networks=networks[:room],
        left_out=networks[room:],
        read_at=result.collection.finished_at or result.collection.started_at,
    )


def _figures(summary: Summary) -> tuple[Figure, ...]:
    counts = summary.findings
    return (
        *(
            Figure(kind=f"sev-{severity}", name=severity.capitalize(), count=summary.by_severity.get(severity, 0))
            for severity in Severity
        ),
        Figure(kind="st-unknown", name="Unknown", count=counts.unknown),
        Figure(kind="st-waived", name="Waived", count=counts.waived),
        Figure(kind="st-pass", name="Passed", count=counts.passed),
    )


_URGENCY = ("expired", "unmatched", "undetermined", "used")


def _noteworthy_first(waivers: Iterable[WaiverUse]) -> tuple[WaiverUse, ...]:
    return tuple(sorted(waivers, key=lambda waiver: _URGENCY.index(waiver.state)))


def _policy() -> str:
    """The content security policy: this style, this script, and nothing else."""
    style, script = (
        b64encode(sha256(_packaged(name).encode()).digest()).decode() for name in ("style.css", "script.js")
    )
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _packaged(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "CHUNK": CHUNK,
        "MARKS": MARKS,
        "MOST_PICTURES": MOST_PICTURES,
        "baseline_counts": baseline_counts,
        "controls_of": controls_of,
        "counted": counted,
        "effort": effort,
        "hop_name": name_of,
        "in_numbers": in_numbers,
        "named": named,
        "not_audited_place": not_audited_place,
        "picture_of": picture_of,
        "place_of": place_of,
        "scope_of": scope_of,
        "seen": seen,
        "since": since,
        "slot_bar": slot_bar,
        "value_text": value_text,
        "waiver_state": waiver_state,
        "why_missing": why_missing,
        "without_cause": without_cause,
    }
    environment.filters |= {
        "few": _few,
        "link": _link,
        "number": _number,
        "datetime": lambda at: f"{in_utc(at):%Y-%m-%dT%H:%M:%SZ}",
        "time": _time,
        "words": lambda text: text.replace("_", " "),
        "enumerated": enumerate,
    }
    return environment


def _shown(value: object) -> object:
    """Text as it may be shown. What a macro made, out of shown text, is markup already."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _few(names: Iterable[str]) -> str:
    return some(names, SHORT_LIST)


def _link(url: str) -> str:
    """The address, if it is one of the web; else nothing. A finding of a baseline file brings any text as such."""
    return url if url.startswith("https://") else ""


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _time(at: datetime) -> str:
    return f"{in_utc(at):%Y-%m-%d %H:%M:%S} UTC"
