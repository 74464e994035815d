"""The report over many clusters for people: the answer, which clusters, which checks, what each suffers from."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from awsvpc_audit.findings import AuditResult, Diagnosis, Evidence, Report, ScopeRef, ScopeSummary, Severity
from awsvpc_audit.report.layout import BOLD, DIM, LABEL, RED, YELLOW, Layout
from awsvpc_audit.report.notices import (
    in_numbers,
    is_well,
    not_audited_place,
    report_verdict,
    scope_of,
    short_places,
)
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.outline import subject_first
from awsvpc_audit.report.table import AuditTable, render, waiver_lines
from awsvpc_audit.report.text import clean, counted, display_width, padded, some, truncated, without_controls

MOST_CLUSTERS = 20
MOST_DETAILED = 10
"""Clusters that are looked at one by one."""
MOST_CHECKS = 10
MOST_PLACES = 5
MOST_BRIEF = 3
"""Troubles, and other faults, of one cluster among many."""

NOTHING = "·"
"""In place of a zero, so that what there is stands out."""

_COLUMNS = ("crit", "high", "med", "low", "info", "unkn", "waiv")
_COLOURS = {"fail": RED, "unknown": YELLOW, "pass": ""}

Item = TypeVar("Item")


def render_document(document: Document, options: RenderOptions) -> str:
    """The report of one audit or of many, ending with a line feed."""
    if not isinstance(document, Report):
        return render(document, options)
    return "\n".join(line.rstrip() for line in _ReportTable(document, options).lines()) + "\n"


class _ReportTable(Layout):
    """The overview, then the clusters that are not well."""

    def __init__(self, report: Report, options: RenderOptions) -> None:
        super().__init__(options)
        self.report = report
        self.command = without_controls(options.command or "awsvpc-audit report")
        self.places = short_places(report)
        self.named = {"/".join(key): name for key, name in self.places.items()}

    def lines(self) -> Iterator[str]:
        """Every line, top to bottom."""
        yield from self.header()
        yield from self.clusters()
        yield from self.checks()
        yield from self.not_audited()
        yield from self.baseline()
        yield from waiver_lines(self, self.report)
        sick = [audit for audit in self.report.audits if not is_well(audit)]
        for audit in self.first(sick, MOST_DETAILED):
            yield ""
            yield self.paint("─" * self.width, DIM)
            yield from _Brief(audit, self.options, self.command).lines()
        yield from self.more(sick, MOST_DETAILED, "clusters")
        well = [self.name(audit.scope) for audit in self.report.audits if is_well(audit)]
        if well:
            yield ""
            yield from self.footer("Well", clean(self.listed(well)))
        failing = next((check.check_id for check in self.report.checks if check.fail), None)
        if failing:
            yield ""
            yield self.paint(f"More about a check: awsvpc-audit explain {failing}", DIM)

    def header(self) -> Iterator[str]:
        """The answer, beside what was audited; above it where both do not fit."""
        scope, verdict = clean(scope_of(self.report)), report_verdict(self.report)
        colour = _COLOURS[self.report.summary.verdict] or BOLD
        room = self.width - display_width(scope) - display_width(verdict)
        if room >= 2:
            yield scope + " " * room + self.paint(verdict, colour)
        else:
            yield self.paint(verdict, colour)
            yield truncated(scope, self.width)

    def clusters(self) -> Iterator[str]:
        """A row a cluster, worst first."""
        if not self.report.scopes:
            return
        headers = ["cluster", "verdict", *_COLUMNS, *self.if_compared("remain"), "in trouble"]
        shown = zip(self.first(self.report.scopes, MOST_CLUSTERS), self.report.audits, strict=False)
        rows = [headers, *(self.row(scope, audit) for scope, audit in shown)]
        # A column in which nothing stands would only take the room of the others.
        told = [any(row[column] != NOTHING for row in rows[1:]) for column in range(len(headers))]
        rows = [[cell for cell, is_told in zip(row, told, strict=True) if is_told] for row in rows]
        numbers = range(2, len(rows[0]) - told[-1])
        widths = [max(map(display_width, column)) for column in zip(*rows, strict=True)]
        yield ""
        for row in rows:
            cells = (
                cell.rjust(width) if number in numbers else padded(cell, width)
                for number, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            yield truncated(f"  {'  '.join(cells)}".rstrip(), self.width)
        yield from self.more(self.report.scopes, MOST_CLUSTERS, "clusters")

    def row(self, scope: ScopeSummary, audit: AuditResult) -> list[str]:
        """One cluster in numbers."""
        summary = scope.summary
        return [
            truncated(clean(self.name(scope)), 40),
            summary.verdict,
            *(_number(summary.by_severity.get(severity.value, 0)) for severity in Severity),
            _number(summary.findings.unknown),
            _number(summary.findings.waived),
            *self.if_compared(_number(len(audit.baseline.remaining) if audit.baseline is not None else 0)),
            truncated(clean(some(scope.in_trouble, 3)), 40) or NOTHING,
        ]

    def if_compared(self, cell: str) -> list[str]:
        """A cell that there is with a baseline only."""
        return [cell] if self.report.baseline is not None else []

    def checks(self) -> Iterator[str]:
        """What fails, by check, with where."""
        failing = [check for check in self.report.checks if check.fail]
        if not failing:
            return
        yield from self.section(f"Wrong, by check ({len(failing)})")
        for check in self.first(failing, MOST_CHECKS):
            names = [self.named.get(where, where) for where in check.clusters]
            where = clean(", ".join(names) if self.options.all else some(names, MOST_PLACES))
            text = (
                f"{check.check_id} {clean(check.title)}: {counted(check.fail, 'finding')} in "
                f"{counted(len(names), 'cluster')} ({where})"
            )
            lead = self.paint(f"{check.severity.upper():<{LABEL}}", RED if check.severity.rank < 2 else YELLOW)
            for number, line in enumerate(self.hanging(text.replace(" ", "  ", 1), len(check.check_id) + 2)):
                yield (" " * LABEL if number else lead) + line
        yield from self.more(failing, MOST_CHECKS, "checks")

    def not_audited(self) -> Iterator[str]:
        """What was asked for and could not be audited."""
        if not self.report.not_audited:
            return
        yield from self.section(f"Not audited ({len(self.report.not_audited)})")
        for each in self.first(self.report.not_audited, MOST_CLUSTERS):
            yield from self.indented(f"{clean(not_audited_place(each))}: {clean(each.error)}", 2, 4, YELLOW)
        yield from self.more(self.report.not_audited, MOST_CLUSTERS, "places")

    def baseline(self) -> Iterator[str]:
        """The comparison in numbers, and the clusters that it could not be made for."""
        counts = self.report.baseline
        if counts is None:
            return
        yield from self.section(f"Baseline: {in_numbers(counts)}")
        if counts.added:
            yield from self.indented(f"not in it, so that all is new: {clean(self.listed(counts.added))}", 2, 4)
        if counts.left_out:
            yield from self.indented(f"in it, and not in this report: {clean(self.listed(counts.left_out))}", 2, 4)

    def name(self, scope: ScopeRef | ScopeSummary) -> str:
        """A cluster, as short as tells it apart."""
        return self.places[scope.account, scope.region, scope.cluster]

    def listed(self, names: Sequence[str]) -> str:
        """Names, cut unless everything is to be shown."""
        return ", ".join(names) if self.options.all else some(names, MOST_CLUSTERS)

    def first(self, items: Sequence[Item], most: int) -> Sequence[Item]:
        """As many as are shown."""
        return items if self.options.all else items[:most]

    def more(self, items: Sequence[object], most: int, noun: str) -> Iterator[str]:
        """How many are not shown, and the command that shows them."""
        if len(items) > most and not self.options.all:
            yield f"  and {len(items) - most:,} more {noun}: {self.command} --all"


class _Brief(AuditTable):
    """One cluster among many: who suffers and the fix, other faults a line each, the rest in numbers."""

    def __init__(self, result: AuditResult, options: RenderOptions, command: str) -> None:
        super().__init__(result, options)
        self.command = command

    def lines(self) -> Iterator[str]:
        """Every line, top to bottom."""
        if self.options.all:
            yield from super().lines()
            return
        yield from self.header()
        told = self.outline
        for trouble in told.troubles[:MOST_BRIEF]:
            yield ""
            yield from self.trouble(trouble)
        if len(told.troubles) > MOST_BRIEF:
            yield f"  and {len(told.troubles) - MOST_BRIEF} more causes of trouble: {self.command} --all"
        if told.also:
            yield from self.section(f"{'Also wrong' if told.troubles else 'Wrong'} ({len(told.also)})")
            for finding in told.also[:MOST_BRIEF]:
                text = f"{finding.severity.upper():<{LABEL}}{finding.check_id}  {clean(subject_first(finding))}"
                yield truncated(text, self.width)
            if len(told.also) > MOST_BRIEF:
                yield f"{'':<{LABEL}}and {len(told.also) - MOST_BRIEF:,} more: {self.command} --all"
        numbers = list(self.numbers())
        if numbers:
            yield ""
        for name, text in numbers:
            yield from self.footer(name, text)

    def proof(self, evidence: Sequence[Evidence], most: int) -> Iterator[str]:
        """The values that were read, with everything alone."""
        if self.options.all:
            yield from super().proof(evidence, most)

    def said(self, diagnosis: Diagnosis, label: str) -> Iterator[str]:
        """The words of ECS where no cause is proven."""
        if label == "symptom" or self.options.all:
            yield from super().said(diagnosis, label)

    def numbers(self) -> Iterator[tuple[str, str]]:
        """What is unknown, waived, and left of a baseline, in a line each."""
        told, baseline = self.outline, self.result.baseline
        if told.unknown:
            permissions = dict.fromkeys(permission for group in told.unknown for permission in group.permissions)
            count = self.result.summary.findings.unknown
            yield "Unknown", f"{counted(count, 'answer')} without {clean(some(permissions, MOST_PLACES))}"
        if told.gaps:
            yield "Not read", clean(some((gap.operation for gap in told.gaps), MOST_PLACES))
        if told.waived:
            yield "Waived", clean(some((f"{f.check_id} {f.resource.id}" for f in told.waived), MOST_PLACES))
        if baseline is not None and (baseline.remaining or baseline.diagnoses):
            names = [diagnosis.subject.id for diagnosis in baseline.diagnoses]
            trouble = f"; still in trouble: {some(names, MOST_PLACES)}" if names else ""
            yield "Remains", clean(f"{counted(len(baseline.remaining), 'fault')} of the baseline{trouble}")
        if baseline is not None and baseline.undetermined:
            yield "Unclear", f"{counted(len(baseline.undetermined), 'fault')} of the baseline cannot be told now"


def _number(count: int) -> str:
    return f"{count:,}" if count else NOTHING
