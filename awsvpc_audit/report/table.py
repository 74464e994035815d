"""The report for people: verdict first, then who suffers and the one thing to fix."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tabulate import tabulate

from awsvpc_audit.findings import (
    AuditResult,
    Capacity,
    Cause,
    Diagnosis,
    Evidence,
    Finding,
    InstanceCapacity,
    Remediation,
    Severity,
    Status,
)
from awsvpc_audit.report.layout import BOLD, DIM, LABEL, RED, YELLOW, Layout
from awsvpc_audit.report.notices import (
    baseline_counts,
    idle_waivers,
    in_numbers,
    since,
    waiver_name,
    waiver_state,
)
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.outline import (
    Trouble,
    UnknownGroup,
    affected_names,
    command_line,
    effort,
    headline,
    outline,
    scope_parts,
    seen,
    subject_first,
    value_text,
    why_missing,
    without_cause,
)
from awsvpc_audit.report.text import (
    clean,
    counted,
    display_width,
    some,
    truncated,
    without_controls,
    wrapped,
)

Entry = TypeVar("Entry")

MOST_FINDINGS = 10
MOST_ALIKE = 3
"""Of one check: what is wrong with many resources in the same way must not hide what else is wrong."""
MOST_SUBJECTS = 5
MOST_PROOF = 6
MOST_INSTANCES = 8
MOST_GONE = 5
MOST_VALUE = 300
"""Characters of one value of evidence: a policy document would fill the screen."""
BAR = 10

_INDENT = 2
_SEVERITY_COLOUR = {Severity.CRITICAL: RED, Severity.HIGH: RED, Severity.MEDIUM: YELLOW}


def render(result: AuditResult, options: RenderOptions) -> str:
    """The report of one audit, ending with a line feed."""
    return "\n".join(line.rstrip() for line in AuditTable(result, options).lines()) + "\n"


class AuditTable(Layout):
    """The report of one audit."""

    def __init__(self, result: AuditResult, options: RenderOptions) -> None:
        """Lay out this audit by these options."""
        super().__init__(options)
        self.result = result
        self.outline = outline(result)
        self.read_at = result.collection.finished_at or result.collection.started_at or options.now
        self.command = without_controls(command_line(result, options))

    def lines(self) -> Iterator[str]:
        """Every line, top to bottom."""
        yield from self.header()
        for trouble in self.outline.troubles:
            yield ""
            yield from self.trouble(trouble)
        yield from self.also()
        yield from self.unknown()
        yield from self.waived()
        yield from waiver_lines(self, self.result)
        yield from self.since_baseline()
        told = self.outline
        details = bool(told.troubles or told.also or told.unknown or told.waived or idle_waivers(self.result))
        details = details or self.result.baseline is not None
        if details:
            yield ""
        yield from self.capacity(self.result.capacity)
        yield from self.well()
        if self.options.all:
            yield from self.passed()
        if self.outline.troubles or self.outline.also:
            known = [trouble.cause.check_id for trouble in self.outline.troubles if trouble.cause]
            check_id = (known or [finding.check_id for finding in self.outline.also] or [""])[0]
            if check_id:
                yield ""
                yield self.paint(f"More about a check: awsvpc-audit explain {check_id}", DIM)

    def header(self) -> Iterator[str]:
        """The answer, beside what was audited; above it where both do not fit."""
        scope = clean(" · ".join(scope_parts(self.result, self.options)))
        verdict = self.outline.verdict
        colour = {"fail": RED, "unknown": YELLOW, "pass": BOLD}[self.result.summary.verdict]
        room = self.width - display_width(scope) - display_width(verdict)
        if room >= 2:
            yield scope + " " * room + self.paint(verdict, colour)
        else:
            yield self.paint(verdict, colour)
            yield truncated(scope, self.width)

    def trouble(self, trouble: Trouble) -> Iterator[str]:
        """Who suffers from a cause, then the cause with proof and fix."""
        shown = trouble.diagnoses if self.options.all else trouble.diagnoses[:MOST_SUBJECTS]
        for diagnosis in shown:
            yield from self.subject(diagnosis)
        if len(trouble.diagnoses) > len(shown):
            yield f"  and {len(trouble.diagnoses) - len(shown)} more with the same cause: {self.command} --all"
        first = trouble.diagnoses[0]
        if trouble.cause is None:
            yield from self.said(first, "symptom")
            yield from self.labelled("cause", without_cause(first))
        else:
            yield from self.cause(trouble.cause)
        if trouble.proof is not None:
            yield from self.proof(trouble.proof.evidence, MOST_PROOF)
        if trouble.cause is not None:
            yield from self.said(first, "" if trouble.proof and trouble.proof.evidence else "proof")
            yield from self.fix(trouble.cause.fix)
        further = list(_further(trouble))
        some_of_each = further if self.options.all else _some_of_each(further, lambda each: each[0].check_id)
        for number, (other, indent) in enumerate(some_of_each):
            yield from self.labelled("" if number else "also", _told(other), indent=indent)
        if len(further) > len(some_of_each):
            left = _left(further, some_of_each, lambda each: each[0].check_id)
            yield from self.labelled("", f"and {left}: {self.command} --all")
        cleared = {entry.check_id: entry for diagnosis in trouble.diagnoses for entry in diagnosis.cleared}
        if trouble.cause is None and cleared:
            entries = list(cleared.values()) if self.options.all else list(cleared.values())[:MOST_PROOF]
            for number, entry in enumerate(entries):
                yield from self.labelled("" if number else "cleared", f"{entry.check_id} {clean(entry.detail)}")
            if len(cleared) > len(entries):
                yield from self.labelled("", f"and {len(cleared) - len(entries)} more: {self.command} --all")
        unread = sorted({operation for diagnosis in trouble.diagnoses for operation in diagnosis.unknown})
        if unread:
            yield from self.labelled("unknown", f"not read, and might change this: {clean(', '.join(unread))}")

    def subject(self, diagnosis: Diagnosis) -> Iterator[str]:
        """`✗ api  2 of 6 tasks running, 4 cannot be placed …`."""
        kind = "" if diagnosis.subject.type == "service" else f"{diagnosis.subject.type} "
        name = f"✗ {kind}{clean(diagnosis.subject.id)}"
        text = headline(diagnosis, self.read_at)
        lead = max(LABEL, display_width(name) + 2)
        if lead > self.width // 2:
            yield self.paint(truncated(name, self.width), RED)
            yield from self.labelled("", text)
            return
        lines = wrapped(text, self.width - lead) or [""]
        yield self.paint(name, RED) + " " * (lead - display_width(name)) + lines[0]
        for line in lines[1:]:
            yield " " * lead + line

    def cause(self, cause: Cause) -> Iterator[str]:
        """`cause   NET006 confirmed: nat-0c3 …`."""
        yield from self.labelled("cause", _told(cause), BOLD)

    def proof(self, evidence: Sequence[Evidence], most: int) -> Iterator[str]:
        """Each value that was read, with the operation that said so."""
        shown = evidence if self.options.all else evidence[:most]
        said = ""
        for number, entry in enumerate(shown):
            # The operation stands once for values that one answer gave.
            operation, said = "" if entry.operation == said else clean(entry.operation), entry.operation
            value = truncated(clean(value_text(entry.value)), MOST_VALUE)
            lines = wrapped(f"{clean(entry.resource)}  {clean(entry.field)} = {value}", self.width - LABEL)
            room = self.width - LABEL - display_width(lines[-1]) - len(operation)
            if operation and room < 2:
                lines.append("")
                room = self.width - LABEL - len(operation)
            lines[-1] += " " * room + self.paint(operation, DIM)
            for line in lines:
                yield self.label("proof" if line is lines[0] and not number else "") + line
        if len(evidence) > len(shown):
            yield from self.labelled("", f"and {len(evidence) - len(shown)} more: {self.command} --all")

    def said(self, diagnosis: Diagnosis, label: str) -> Iterator[str]:
        """The words of ECS, each with how often and when."""
        for number, symptom in enumerate(diagnosis.symptoms[: None if self.options.all else 3]):
            when = seen(symptom, self.read_at) if number else ""
            text = f'ECS: "{clean(symptom.text)}"' + (f" ({when})" if when else "")
            yield from self.labelled("" if number else label, text)

    def fix(self, fix: Remediation, before: Remediation | None = None) -> Iterator[str]:
        """What to do, said once for neighbours; a command stays on one line, so that it can be pasted."""
        said = before is not None and before.text == fix.text
        yield from self.labelled("fix", "as above" if said else clean(fix.text))
        for command in fix.commands:
            yield " " * (LABEL + 2) + without_controls(command)

    def also(self) -> Iterator[str]:
        """Failing findings that are nobody's first cause."""
        findings = self.outline.also
        if not findings:
            return
        yield from self.section(f"{'Also wrong' if self.outline.troubles else 'Wrong'} ({len(findings)})")
        shown = findings if self.options.all else _some_of_each(findings, lambda finding: finding.check_id)
        for number, finding in enumerate(shown):
            if number:
                yield ""
            yield from self.finding(finding, shown[number - 1].remediation if number else None)
        if len(findings) > len(shown):
            yield ""
            left = _left(findings, shown, lambda finding: finding.check_id)
            yield from self.indented(f"and {left}: {self.command} --all", 0, 2)

    def finding(self, finding: Finding, before: Remediation | None) -> Iterator[str]:
        """One fault: severity, check and what is wrong; who suffers; proof; fix."""
        lead = f"{finding.severity.upper():<{LABEL}}"
        observed = " (a symptom seen now matches it)" if finding.observed else ""
        text = f"{finding.check_id}  {clean(subject_first(finding))}{observed}"
        for number, line in enumerate(self.hanging(text, len(finding.check_id) + 2)):
            colour = _SEVERITY_COLOUR.get(finding.severity, DIM)
            yield (" " * LABEL if number else self.paint(lead, colour)) + line
        if finding.affected:
            yield from self.labelled("affects", clean(affected_names(finding, None if self.options.all else 8)))
        yield from self.proof(finding.evidence, MOST_PROOF // 2)
        yield from self.fix(finding.remediation, before)

    def unknown(self) -> Iterator[str]:
        """What could not be told, by the permission it lacks."""
        groups = self.outline.unknown
        if not groups and not self.outline.gaps:
            return
        count = self.result.summary.findings.unknown
        yield from self.section(f"Unknown ({count})" if groups else "Not read")
        for group in groups:
            yield from self.unknown_group(group)
        for gap in self.outline.gaps:
            text = f"{clean(gap.operation)}: {clean(why_missing(gap))}; no check asked for it"
            yield from self.indented(text, 2, 4, DIM)
        if any(gap.error == "AccessDenied" for gap in self.result.collection.missing):
            yield from self.indented("What to allow: awsvpc-audit iam-policy", 2, 4, DIM)

    def unknown_group(self, group: UnknownGroup) -> Iterator[str]:
        """One set of operations, why there is no answer, and the checks that wait for it."""
        what = clean(", ".join(group.permissions)) or "no operation named"
        reason = truncated(clean(group.reason), MOST_VALUE)
        yield from self.indented(f"{what}  {reason}", 2, 4, YELLOW)
        checks = ", ".join(group.checks) if self.options.all else some(group.checks, 12)
        resources = len({(f.resource.type, f.resource.id) for f in group.findings})
        yield from self.indented(f"needed by {checks} on {counted(resources, 'resource')}", 4, 6)

    def waived(self) -> Iterator[str]:
        """Accepted faults, and why."""
        findings = self.outline.waived
        if not findings:
            return
        yield from self.section(f"Waived ({len(findings)})")
        shown = findings if self.options.all else findings[:MOST_FINDINGS]
        for finding in shown:
            waiver = finding.waiver
            until = f", until {waiver.expires}" if waiver and waiver.expires else ""
            reason = waiver.reason if waiver else "no reason given"
            text = f"{finding.check_id}  {clean(finding.resource.id)}: {clean(reason)}{until}"
            yield from self.indented(text, 2, 4)
        if len(findings) > len(shown):
            yield f"  and {len(findings) - len(shown)} more: {self.command} --all"

    def since_baseline(self) -> Iterator[str]:
        """What the baseline had: counts, then what remains, what is fixed and what cannot be told."""
        baseline, counts = self.result.baseline, baseline_counts(self.result)
        if baseline is None or counts is None:
            return
        yield from self.section(f"Baseline: {in_numbers(counts)} {since(baseline)}")
        if baseline.diagnoses:
            names = (clean(diagnosis.subject.id) for diagnosis in baseline.diagnoses)
            yield from self.indented(f"still in trouble, from the same cause: {self.listed(names)}", 2, 4)
        yield from self.gone("remains", baseline.remaining)
        yield from self.gone("fixed", baseline.fixed)
        yield from self.gone("unclear", baseline.undetermined)

    def gone(self, name: str, findings: Sequence[Finding]) -> Iterator[str]:
        """Findings of a baseline, a line each."""
        shown = findings if self.options.all else findings[:MOST_GONE]
        for number, finding in enumerate(shown):
            text = f"{finding.severity.upper()} {finding.check_id} {clean(finding.resource.id)}: {clean(finding.title)}"
            yield from self.labelled("" if number else name, truncated(text, self.width - LABEL))
        if len(findings) > len(shown):
            yield from self.labelled("", f"and {len(findings) - len(shown)} more: {self.command} --all")

    def listed(self, names: Iterable[str]) -> str:
        """Names, cut unless everything is to be shown."""
        return ", ".join(names) if self.options.all else some(names, MOST_SUBJECTS)

    def capacity(self, capacity: Capacity) -> Iterator[str]:
        """Task-ENI slots in one line, and the instances that are short of them."""
        if not capacity.instances:
            return
        known = [i.eni for i in capacity.instances if i.eni.task_slots is not None and i.eni.used_by_tasks is not None]
        slots = sum(eni.task_slots or 0 for eni in known)
        used = sum(eni.used_by_tasks or 0 for eni in known)
        parts = [f"{used:,} of {slots:,} task ENIs used"] if known else []
        if len(known) < len(capacity.instances):
            parts.append(f"slots of {counted(len(capacity.instances) - len(known), 'instance')} unknown")
        open_ = sum(instance.binding == "none" for instance in capacity.instances)
        parts.append(f"{open_:,} of {counted(len(capacity.instances), 'instance')} could take another task")
        yield from self.footer("Capacity", " · ".join(parts))
        short = [instance for instance in capacity.instances if _is_short(instance)]
        if short:
            shown = short if self.options.all else short[:MOST_INSTANCES]
            rows = [_row(instance) for instance in shown]
            headers = ("instance", "type", "AZ", "task ENIs", "binds")
            table = tabulate(rows, headers, tablefmt="plain", disable_numparse=True)
            yield ""
            yield from (f"  {line}" for line in table.splitlines())
            if len(short) > len(shown):
                yield f"  and {len(short) - len(shown)} more: awsvpc-audit capacity {clean(capacity.cluster)}"
            yield ""

    def well(self) -> Iterator[str]:
        """Everything that is well, in one line."""
        names = [clean(name) for name in self.outline.well]
        parts = [", ".join(names) if self.options.all else some(names, 8)] if names else []
        yield from self.footer("Well", " · ".join([*parts, effort(self.result)]))

    def passed(self) -> Iterator[str]:
        """What passed, by check."""
        passed = [finding for finding in self.result.findings if finding.status is Status.PASS]
        if not passed:
            return
        yield from self.section(f"Passed ({len(passed)})")
        titles = {finding.check_id: finding.title for finding in passed}
        counts = Counter(finding.check_id for finding in passed)
        rows = [(check_id, titles[check_id], counts[check_id]) for check_id in sorted(titles)]
        room = self.width - 20
        rows = [(check_id, truncated(clean(title), room), count) for check_id, title, count in rows]
        table = tabulate(rows, ("check", "found nowhere", "resources"), tablefmt="plain")
        yield from (f"  {line}" for line in table.splitlines())


def waiver_lines(layout: Layout, document: Document) -> Iterator[str]:
    """Waivers that accept nothing, each with why."""
    idle = idle_waivers(document)
    if not idle:
        return
    yield from layout.section(f"Waivers that accept nothing ({len(idle)} of {len(document.waivers)})")
    shown = idle if layout.options.all else idle[:MOST_FINDINGS]
    for use in shown:
        yield from layout.indented(f"{clean(waiver_name(use))}: {waiver_state(use)} ({clean(use.reason)})", 2, 4)
    if len(idle) > len(shown):
        yield f"  and {len(idle) - len(shown)} more: {without_controls(layout.options.command)} --all"


def _further(trouble: Trouble) -> Iterator[tuple[Cause, int]]:
    """The further causes, and how far each is indented: those that follow from another stand under it."""
    yield from ((follower, _INDENT) for follower in trouble.followers)
    for other, followers in trouble.others:
        yield other, 0
        yield from ((follower, _INDENT) for follower in followers)


def _some_of_each(entries: Sequence[Entry], check_id: Callable[[Entry], str]) -> Sequence[Entry]:
    """The first entries in their order: a few of each check, and then more where there is room."""
    taken: Counter[str] = Counter()
    early: list[int] = []
    late: list[int] = []
    for number, entry in enumerate(entries):
        taken[check_id(entry)] += 1
        (early if taken[check_id(entry)] <= MOST_ALIKE else late).append(number)
    return [entries[number] for number in sorted([*early, *late][:MOST_FINDINGS])]


def _left(entries: Sequence[Entry], shown: Sequence[Entry], check_id: Callable[[Entry], str]) -> str:
    """`669 more (157 AGT010, 512 PLC003)`: what is not shown, by check."""
    counts = Counter(map(check_id, entries)) - Counter(map(check_id, shown))
    named = some([f"{count} {name}" for name, count in sorted(counts.items())], MOST_SUBJECTS)
    return f"{counts.total()} more" + (f" ({named})" if len(counts) > 1 else "")


def _told(cause: Cause) -> str:
    resource = "" if cause.resource.id in cause.explanation else f"{clean(cause.resource.id)}: "
    follows = f", follows from {clean(cause.follows_from)}" if cause.follows_from else ""
    return f"{cause.check_id} {cause.confidence}{follows}: {resource}{clean(cause.explanation)}"


def _is_short(instance: InstanceCapacity) -> bool:
    """Whether the instance has at most a fifth of its task-ENI slots left."""
    slots, free = instance.eni.task_slots, instance.eni.free
    return slots is not None and free is not None and free * 5 <= slots


def _row(instance: InstanceCapacity) -> tuple[str, ...]:
    slots, used = instance.eni.task_slots or 0, instance.eni.used_by_tasks or 0
    filled = min(BAR, -(-used * BAR // slots)) if slots else BAR
    return (
        clean(instance.ec2_instance_id),
        clean(instance.instance_type or "?"),
        clean(instance.availability_zone or "?"),
        f"{'█' * filled}{'·' * (BAR - filled)} {used}/{slots}",
        clean(instance.binding),
    )
