"""The difference of two snapshots for people: what is new, what is fixed, and what was changed meanwhile."""

from collections.abc import Iterable, Iterator

from awsvpc_audit.findings import ClusterDiff, Finding, ScopeDiff, Severity, SnapshotDiff
from awsvpc_audit.report.diff_outline import is_quiet, resources, span, verdict, what_changed, why_not_compared
from awsvpc_audit.report.layout import BOLD, DIM, LABEL, RED, YELLOW, Layout
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import affected_names, headline, subject_first
from awsvpc_audit.report.text import clean, display_width, some, truncated, wrapped

MOST_FINDINGS = 20
MOST_RESOURCES = 40
MOST_VALUE = 300
"""Characters of one value: a policy document would fill the screen."""

GREEN = "32"
SEVERITY_COLOUR = {Severity.CRITICAL: RED, Severity.HIGH: RED, Severity.MEDIUM: YELLOW}


def render_diff(diff: SnapshotDiff, options: RenderOptions) -> str:
    """The difference, ending with a line feed."""
    return "\n".join(line.rstrip() for line in _Table(diff, options).lines()) + "\n"


class _Table(Layout):
    def __init__(self, diff: SnapshotDiff, options: RenderOptions) -> None:
        super().__init__(options)
        self.diff = diff

    def lines(self) -> Iterator[str]:
        """Every line, top to bottom."""
        answer, when = verdict(self.diff), span(self.diff)
        colour = RED if self.diff.summary.new else BOLD
        room = self.width - display_width(answer) - display_width(when)
        if room >= 2:
            yield when + " " * room + self.paint(answer, colour)
        else:
            yield self.paint(answer, colour)
            yield when
        for cluster in self.diff.clusters:
            yield ""
            yield from self.cluster(cluster)
        for name, refs in (("OLD", self.diff.only_in_old), ("NEW", self.diff.only_in_new)):
            if refs:
                yield ""
                held = ", ".join(f"{ref.cluster} ({ref.region} of {ref.account})" for ref in refs)
                yield from self.indented(f"Only in {name}, so not compared: {clean(held)}", 0, 2, YELLOW)
        for scope in self.diff.scopes:
            yield from self.scope(scope)

    def cluster(self, diff: ClusterDiff) -> Iterator[str]:
        """The findings of one cluster."""
        yield self.paint(clean(f"{diff.cluster} · {diff.region} · {diff.account}"), BOLD)
        if is_quiet(diff):
            yield "  nothing new, nothing fixed" + (f"; {self.still(diff.unchanged)}" if diff.unchanged else "")
            return
        note = "could not be told in OLD"
        yield from self.findings("New", diff.new, dict.fromkeys(diff.not_known_before, note))
        yield from self.findings("Fixed", diff.fixed, {})
        yield from self.findings("Failed in OLD, cannot be told in NEW", diff.undetermined, {})
        yield from self.findings("Could be told in OLD, not in NEW", diff.unknown, {})
        for title, diagnoses in (
            ("Newly in trouble, or for another cause", diff.diagnoses_came),
            ("No longer in trouble, or not for this cause", diff.diagnoses_gone),
        ):
            if diagnoses:
                yield f"  {title} ({len(diagnoses)})"
            for diagnosis in diagnoses:
                cause = diagnosis.causes[0] if diagnosis.causes else None
                why = f"{cause.check_id} {cause.resource.id}" if cause else "no cause proven"
                state = headline(diagnosis, self.diff.new_created_at)
                yield from self.indented(clean(f"{diagnosis.subject.id}  {state}: {why}"), 4, 6)
        if diff.unchanged:
            yield from self.indented(self.still(diff.unchanged), 2, 4, DIM)

    def still(self, findings: Iterable[Finding]) -> str:
        """What fails in both, in one line."""
        names = [f"{finding.check_id} {clean(finding.resource.id)}" for finding in findings]
        return f"still there: {', '.join(names) if self.options.all else some(names, 8)}"

    def findings(self, title: str, findings: tuple[Finding, ...], notes: dict[str, str]) -> Iterator[str]:
        """A list of findings, each on a line or two."""
        if not findings:
            return
        yield f"  {title} ({len(findings)})"
        shown = findings if self.options.all else findings[:MOST_FINDINGS]
        for finding in shown:
            note = notes.get(finding.fingerprint)
            text = f"{finding.check_id}  {clean(subject_first(finding))}" + (f" ({note})" if note else "")
            if finding.affected:
                text += f"  [{clean(affected_names(finding, 6))}]"
            lead = "    " + self.paint(
                f"{finding.severity.upper():<{LABEL}}", SEVERITY_COLOUR.get(finding.severity, DIM)
            )
            for number, line in enumerate(wrapped(text, self.width - 4 - LABEL)):
                yield (" " * (4 + LABEL) if number else lead) + line
        yield from self.more(len(findings) - len(shown))

    def scope(self, diff: ScopeDiff) -> Iterator[str]:
        """What is configured otherwise in one account and Region."""
        where = f"{diff.region} · {diff.account}"
        if diff.changes:
            yield ""
            yield self.paint(clean(f"Configuration · {where} ({len(diff.changes)})"), BOLD)
        changed = list(resources(diff.changes))
        shown = changed if self.options.all else changed[:MOST_RESOURCES]
        for resource in shown:
            near = f"  ◀ near {', '.join(resource.near)}" if resource.near else ""
            yield from self.indented(clean(resource.title) + self.paint(near, YELLOW), 2, 4)
            for change in resource.changes:
                colour = {"came": GREEN, "gone": RED}.get(change.kind, "")
                yield from self.indented(truncated(clean(what_changed(change)), MOST_VALUE), 4, 6, colour)
        yield from self.more(len(changed) - len(shown))
        if any(resource.near for resource in shown):
            yield from self.indented("near: a new finding names this resource; that is no proof of cause", 2, 4, DIM)
        if diff.not_compared:
            yield ""
            yield self.paint(clean(f"Not compared · {where}"), BOLD)
            told: dict[str, list[str]] = {}
            for gap in diff.not_compared:
                told.setdefault(why_not_compared(gap), []).append(gap.operation)
            for why, operations in told.items():
                yield from self.indented(clean(f"{', '.join(operations)}: {why}"), 2, 4, YELLOW)

    def more(self, number: int) -> Iterator[str]:
        """How many were cut, and what shows them."""
        if number > 0:
            yield f"    and {number} more: --all"
