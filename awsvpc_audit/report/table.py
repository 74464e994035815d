"""The report for people: verdict first, then who suffers and the one thing to fix."""

from collections import Counter
from collections.abc import Iterator, Sequence

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
from awsvpc_audit.report.options import RenderOptions
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
    padded,
    some,
    truncated,
    without_controls,
    wrapped,
)

MIN_WIDTH = 60
MAX_WIDTH = 120
MOST_FINDINGS = 10
MOST_SUBJECTS = 5
MOST_PROOF = 6
MOST_INSTANCES = 8
MOST_VALUE = 300
"""Characters of one value of evidence: a policy document would fill the screen."""
BAR = 10

_LABEL = 10
_INDENT = 2
_RED, _YELLOW, _DIM, _BOLD = "31", "33", "2", "1"
_SEVERITY_COLOUR = {Severity.CRITICAL: _RED, Severity.HIGH: _RED, Severity.MEDIUM: _YELLOW}


def render(result: AuditResult, options: RenderOptions) -> str:
    """The report of an audit, ending with a line feed."""
    return "\n".join(line.rstrip() for line in _Table(result, options).lines()) + "\n"


class _Table:
    """One rendering: what was asked for, and the width it is laid out in."""

    def __init__(self, result: AuditResult, options: RenderOptions) -> None:
        self.result = result
        self.options = options
        self.outline = outline(result)
        self.width = max(MIN_WIDTH, min(options.width, MAX_WIDTH))
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
        details = bool(self.outline.troubles or self.outline.also or self.outline.unknown or self.outline.waived)
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
                yield self.paint(f"More about a check: awsvpc-audit explain {check_id}", _DIM)

    def header(self) -> Iterator[str]:
        """The answer, beside what was audited; above it where both do not fit."""
        scope = clean(" · ".join(scope_parts(self.result, self.options)))
        verdict = self.outline.verdict
        colour = {"fail": _RED, "unknown": _YELLOW, "pass": _BOLD}[self.result.summary.verdict]
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
        for number, (other, indent) in enumerate(_further(trouble)):
            yield from self.labelled("" if number else "also", _told(other), indent=indent)
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
        lead = max(_LABEL, display_width(name) + 2)
        if lead > self.width // 2:
            yield self.paint(truncated(name, self.width), _RED)
            yield from self.labelled("", text)
            return
        lines = wrapped(text, self.width - lead) or [""]
        yield self.paint(name, _RED) + " " * (lead - display_width(name)) + lines[0]
        for line in lines[1:]:
            yield " " * lead + line

    def cause(self, cause: Cause) -> Iterator[str]:
        """`cause   NET006 confirmed: nat-0c3 …`."""
        yield from self.labelled("cause", _told(cause), _BOLD)

    def proof(self, evidence: Sequence[Evidence], most: int) -> Iterator[str]:
        """Each value that was read, with the operation that said so."""
        shown = evidence if self.options.all else evidence[:most]
        said = ""
        for number, entry in enumerate(shown):
            # The operation stands once for values that one answer gave.
            operation, said = "" if entry.operation == said else clean(entry.operation), entry.operation
            value = truncated(clean(value_text(entry.value)), MOST_VALUE)
            lines = wrapped(f"{clean(entry.resource)}  {clean(entry.field)} = {value}", self.width - _LABEL)
            room = self.width - _LABEL - display_width(lines[-1]) - len(operation)
            if operation and room < 2:
                lines.append("")
                room = self.width - _LABEL - len(operation)
            lines[-1] += " " * room + self.paint(operation, _DIM)
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
            yield " " * (_LABEL + 2) + without_controls(command)

    def also(self) -> Iterator[str]:
        """Failing findings that are nobody's first cause."""
        findings = self.outline.also
        if not findings:
            return
        yield from self.section(f"{'Also wrong' if self.outline.troubles else 'Wrong'} ({len(findings)})")
        shown = findings if self.options.all else findings[:MOST_FINDINGS]
        for number, finding in enumerate(shown):
            if number:
                yield ""
            yield from self.finding(finding, shown[number - 1].remediation if number else None)
        if len(findings) > len(shown):
            yield ""
            yield f"and {len(findings) - len(shown)} more: {self.command} --all"

    def finding(self, finding: Finding, before: Remediation | None) -> Iterator[str]:
        """One fault: severity, check and what is wrong; who suffers; proof; fix."""
        lead = f"{finding.severity.upper():<{_LABEL}}"
        observed = " (a symptom seen now matches it)" if finding.observed else ""
        text = f"{finding.check_id}  {clean(subject_first(finding))}{observed}"
        for number, line in enumerate(self.hanging(text, len(finding.check_id) + 2)):
            colour = _SEVERITY_COLOUR.get(finding.severity, _DIM)
            yield (" " * _LABEL if number else self.paint(lead, colour)) + line
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
            yield from self.indented(text, 2, 4, _DIM)
        if any(gap.error == "AccessDenied" for gap in self.result.collection.missing):
            yield from self.indented("What to allow: awsvpc-audit iam-policy", 2, 4, _DIM)

    def unknown_group(self, group: UnknownGroup) -> Iterator[str]:
        """One set of operations, why there is no answer, and the checks that wait for it."""
        what = clean(", ".join(group.permissions)) or "no operation named"
        reason = truncated(clean(group.reason), MOST_VALUE)
        yield from self.indented(f"{what}  {reason}", 2, 4, _YELLOW)
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

    # Layout.

    def section(self, title: str) -> Iterator[str]:
        yield ""
        yield self.paint(title, _BOLD)

    def label(self, name: str) -> str:
        return "  " + self.paint(f"{name:<{_LABEL - 2}}", _DIM)

    def labelled(self, name: str, text: str, colour: str = "", indent: int = 0) -> Iterator[str]:
        for number, line in enumerate(wrapped(text, self.width - _LABEL - indent)):
            yield self.label("" if number else name) + " " * indent + self.paint(line, colour)

    def footer(self, name: str, text: str) -> Iterator[str]:
        for number, line in enumerate(wrapped(text, self.width - _LABEL)):
            yield (" " * _LABEL if number else self.paint(padded(name, _LABEL), _BOLD)) + line

    def indented(self, text: str, first: int, rest: int, colour: str = "") -> Iterator[str]:
        for number, line in enumerate(wrapped(text, self.width - rest)):
            yield " " * (rest if number else first) + self.paint(line, colour)

    def hanging(self, text: str, indent: int) -> Iterator[str]:
        head, _, tail = text.partition("  ")
        for number, line in enumerate(wrapped(tail, self.width - _LABEL - indent) or [""]):
            yield (" " * indent if number else f"{head}  ") + line

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.options.colour and colour and text else text


def _further(trouble: Trouble) -> Iterator[tuple[Cause, int]]:
    """The further causes, and how far each is indented: those that follow from another stand under it."""
    yield from ((follower, _INDENT) for follower in trouble.followers)
    for other, followers in trouble.others:
        yield other, 0
        yield from ((follower, _INDENT) for follower in followers)


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
