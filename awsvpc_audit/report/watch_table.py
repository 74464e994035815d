"""A watch for people: the whole picture on a terminal, or block after block with only what changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from awsvpc_audit.findings import AuditResult, Diagnosis, Finding, ServiceSeen, Status, WatchRound
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.layout import BOLD, DIM, LABEL, RED, YELLOW, Layout
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import headline, outline, subject_first, value_text
from awsvpc_audit.report.text import clean, display_width, padded, truncated

GREEN = "32"
MOST_FINDINGS = 10
MOST_SERVICES = 20
LOG = 8
"""Lines of what changed lately that the picture keeps."""

Kind = Literal["bad", "good", "change", "unknown"]
_COLOUR: dict[Kind, str] = {"bad": RED, "good": GREEN, "change": YELLOW, "unknown": YELLOW}
_MARK: dict[Kind, str] = {"bad": "+", "good": "-", "change": "~", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class News:
    """One thing that is otherwise than in the round before."""

    at: datetime
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a terminal shows.

    Attributes:
        record: the last round that was read.
        result: its audit.
        failed: the round after it, where that could not be read.
        log: what changed in this watch, newest last.
        status: what goes on now (`next in 42 s`).
        notice: what else went wrong (a round that could not be written).
    """

    record: WatchRound
    result: AuditResult
    failed: WatchRound | None = None
    log: tuple[News, ...] = ()
    status: str = ""
    notice: str = ""


def news_of(record: WatchRound) -> tuple[News, ...]:
    """What a round brought, worst first."""
    at = record.finished_at
    if record.error is not None:
        return (News(at, "unknown", f"round {record.number} could not be read: {record.error}"),)
    changes = record.changes
    if changes is None:
        return ()
    before = {each.subject: each for each in changes.diagnoses_gone}
    after = {each.subject for each in changes.diagnoses_came}
    found: list[News] = []
    for each in changes.diagnoses_came:
        told = _told(each, record)
        if each.subject in before:
            told = f"{each.subject.id}: cause {_cause(before[each.subject])} → {_cause(each)}"
            found.append(News(at, "change", told))
        else:
            found.append(News(at, "bad", f"in trouble: {told}"))
    for finding in changes.new:
        lead = "now known" if finding.fingerprint in changes.not_known_before else "new"
        found.append(News(at, "bad", f"{lead}: {_finding(finding)}"))
    found += [News(at, "unknown", f"cannot be told now: {_finding(each)}") for each in changes.undetermined]
    found += [
        News(at, "good", f"no longer in trouble: {each.subject.id} (was {_cause(each)})")
        for each in changes.diagnoses_gone
        if each.subject not in after
    ]
    found += [News(at, "good", f"fixed: {_finding(each)}") for each in changes.fixed]
    for change in changes.services:
        if change.field is None:
            words = "came" if change.old is None else "is gone"
            found.append(News(at, "change", f"service {change.service} {words}"))
        else:
            values = f"{value_text(change.old)} → {value_text(change.new)}"
            found.append(News(at, "change", f"{change.service} {change.field} {values}"))
    return tuple(found)


def render_picture(picture: Picture, options: RenderOptions) -> str:
    """The whole picture, ending with a line feed."""
    return "\n".join(line.rstrip() for line in _Table(options).picture(picture)) + "\n"


def render_block(record: WatchRound, result: AuditResult | None, options: RenderOptions) -> str:
    """One round for a log: the first whole, any other with just what changed; ending with a line feed."""
    return "\n".join(line.rstrip() for line in _Table(options).block(record, result)) + "\n"


class _Table(Layout):
    def block(self, record: WatchRound, result: AuditResult | None) -> Iterator[str]:
        """A heading with the time, and what is new."""
        yield from self.header(record, result, "")
        news = news_of(record)
        if record.changes is None and result is not None:
            yield from self.services(record, result)
            yield from self.failing(result, frozenset())
        elif not news:
            yield "  nothing changed"
        for each in news:
            yield from self.news(each, with_time=False)
        yield ""

    def picture(self, picture: Picture) -> Iterator[str]:
        """What is, then what changed."""
        yield from self.header(picture.record, picture.result, picture.status)
        if picture.failed is not None and picture.failed.error is not None:
            said = f"round {picture.failed.number} could not be read, this is round {picture.record.number}: "
            yield from self.indented(clean(said + picture.failed.error), 0, 2, RED)
        if picture.notice:
            yield from self.indented(clean(picture.notice), 0, 2, RED)
        yield ""
        yield from self.services(picture.record, picture.result)
        changes = picture.record.changes
        new = frozenset(finding.fingerprint for finding in changes.new) if changes else frozenset()
        yield from self.failing(picture.result, new)
        if picture.log:
            yield from self.section("Changed")
            for each in picture.log[-LOG:]:
                yield from self.news(each, with_time=True)
        if picture.record.kept_tasks:
            yield ""
            kept = f"{picture.record.kept_tasks:,} stopped tasks kept that ECS has forgotten"
            yield self.paint(kept, DIM)

    def header(self, record: WatchRound, result: AuditResult | None, status: str) -> Iterator[str]:
        """Where, which round, when; and the verdict."""
        parts = [f"round {record.number}", f"{in_utc(record.started_at):%Y-%m-%d %H:%M:%S} UTC", status]
        if record.scope is not None:
            parts = [record.scope.cluster, record.scope.region, record.scope.account, *parts]
        where = clean(" · ".join(part for part in parts if part))
        verdict = outline(result).verdict if result is not None else "not read"
        colour = {"fail": RED, "unknown": YELLOW, "pass": BOLD}[result.summary.verdict] if result else RED
        room = self.width - display_width(where) - display_width(verdict)
        if room >= 2:
            yield where + " " * room + self.paint(verdict, colour)
        else:
            yield self.paint(verdict, colour)
            yield truncated(where, self.width)

    def services(self, record: WatchRound, result: AuditResult) -> Iterator[str]:
        """A line a service: those in trouble first, with the first cause."""
        if record.services is None:
            yield self.paint("  services could not be read", YELLOW)
            return
        trouble = {each.subject.id: each for each in result.diagnoses if each.subject.type == "service"}
        moved = {change.service for change in record.changes.services} if record.changes else set()
        ordered = sorted(record.services, key=lambda service: (service.name not in trouble, service.name))
        shown = ordered if self.options.all else ordered[:MOST_SERVICES]
        width = min(30, max((display_width(clean(service.name)) for service in shown), default=0))
        for service in shown:
            yield from self.service(service, trouble.get(service.name), service.name in moved, width)
        if len(ordered) > len(shown):
            yield f"  and {len(ordered) - len(shown)} more services"
        for diagnosis in result.diagnoses:
            if diagnosis.subject.type != "service":
                yield from self.indented(f"✗ {diagnosis.subject.type} {_told(diagnosis, record)}", 2, 4, RED)

    def service(self, service: ServiceSeen, diagnosis: Diagnosis | None, is_moved: bool, width: int) -> Iterator[str]:
        """`✗ web  2/4 running, 1 pending · web:4 IN_PROGRESS`."""
        name = padded(truncated(clean(service.name), width), width)
        counts = f"{service.running}/{service.desired} running"
        counts += f", {service.pending} pending" if service.pending else ""
        parts = [counts]
        for deployment in service.deployments:
            if deployment.rollout_state not in {None, "COMPLETED"} or len(service.deployments) > 1:
                failed = f", {deployment.failed_tasks} failed" if deployment.failed_tasks else ""
                state = deployment.rollout_state or deployment.status or ""
                parts.append(f"{deployment.task_definition or deployment.id} {state}{failed}")
        mark = "✗" if diagnosis is not None else " " if service.running < service.desired else "✓"
        colour = RED if diagnosis is not None else YELLOW if is_moved or mark == " " else ""
        text = f"{mark} {name}  {clean(' · '.join(parts))}" + ("  ◀ changed" if is_moved else "")
        yield "  " + self.paint(truncated(text, self.width - 2), colour)
        if diagnosis is not None and diagnosis.causes:
            cause = diagnosis.causes[0]
            yield from self.indented(f"{cause.check_id} {cause.confidence}: {clean(cause.explanation)}", 6, 8)

    def failing(self, result: AuditResult, new: frozenset[str]) -> Iterator[str]:
        """Failing findings, worst first; the new ones are marked."""
        failing = [finding for finding in result.findings if finding.status is Status.FAIL]
        if not failing:
            return
        yield from self.section(f"Failing ({len(failing)})")
        failing.sort(key=lambda finding: finding.fingerprint not in new)
        shown = failing if self.options.all else failing[:MOST_FINDINGS]
        for finding in shown:
            mark = "◀ new " if finding.fingerprint in new else ""
            text = f"{finding.severity.upper():<{LABEL}}{mark}{_finding(finding)}"
            colour = RED if mark else ""
            yield "  " + self.paint(truncated(text, self.width - 2), colour)
        if len(failing) > len(shown):
            yield f"  and {len(failing) - len(shown)} more"

    def news(self, news: News, *, with_time: bool) -> Iterator[str]:
        """One line, or a few, of what changed."""
        when = f"{in_utc(news.at):%H:%M:%S} " if with_time else ""
        yield from self.indented(f"{when}{_MARK[news.kind]} {clean(news.text)}", 2, 4, _COLOUR[news.kind])


def _finding(finding: Finding) -> str:
    return f"{finding.check_id} {clean(subject_first(finding))}"


def _told(diagnosis: Diagnosis, record: WatchRound) -> str:
    return clean(f"{diagnosis.subject.id} {headline(diagnosis, record.finished_at)}: {_cause(diagnosis)}")


def _cause(diagnosis: Diagnosis) -> str:
    cause = diagnosis.causes[0] if diagnosis.causes else None
    return f"{cause.check_id} {cause.resource.id}" if cause else "no cause proven"


def latest(log: Iterable[News], more: Iterable[News], most: int = LOG) -> tuple[News, ...]:
    """A log with more in it, cut to the newest."""
    return (*log, *more)[-most:]
