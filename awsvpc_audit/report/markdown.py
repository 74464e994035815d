"""The report for a ticket or a chat: the order of the terminal, as GitHub-flavoured Markdown."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from awsvpc_audit.findings import AuditResult, Capacity, Cause, Evidence, Finding, Remediation, Status
from awsvpc_audit.report.notices import (
    baseline_counts,
    compared_findings,
    idle_waivers,
    in_numbers,
    since,
    waiver_state,
)
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.outline import (
    Trouble,
    UnknownGroup,
    affected_names,
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
from awsvpc_audit.report.text import counted, markdown_code, markdown_text, without_controls


def audit_blocks(result: AuditResult, options: RenderOptions) -> Iterator[str]:
    """The report of one audit, block by block. Nothing is cut: a document is searched, not scrolled."""
    told = outline(result)
    read_at = result.collection.finished_at or result.collection.started_at
    yield f"# {markdown_text(result.scope.cluster)}: {markdown_text(told.verdict)}\n"
    yield " · ".join(markdown_text(part) for part in (*scope_parts(result, options), effort(result))) + "\n"
    for trouble in told.troubles:
        yield from _trouble(trouble, read_at)
    if told.also:
        yield f"## {'Also wrong' if told.troubles else 'Wrong'} ({len(told.also)})\n"
        for finding in told.also:
            yield from _finding(finding)
    if told.unknown or told.gaps:
        yield f"## Unknown ({result.summary.findings.unknown})\n"
        yield "| Needs | Why | Checks |\n| --- | --- | --- |"
        yield from map(_unknown_row, told.unknown)
        for gap in told.gaps:
            yield f"| {_cell(gap.operation)} | {markdown_text(why_missing(gap))} | no check asked for it |"
        yield ""
    if told.waived:
        yield f"## Waived ({len(told.waived)})\n"
        yield "| Check | Resource | Reason | Until |\n| --- | --- | --- | --- |"
        for finding in told.waived:
            reason = markdown_text(finding.waiver.reason) if finding.waiver else ""
            until = markdown_text(finding.waiver.expires or "") if finding.waiver else ""
            yield f"| {finding.check_id} | {_cell(finding.resource.id)} | {reason} | {until} |"
        yield ""
    yield from waiver_blocks(result)
    yield from _since_baseline(result)
    yield from _capacity(result.capacity)
    if told.well:
        yield f"**Well:** {', '.join(markdown_code(name) for name in told.well)}\n"
    passed = [finding for finding in result.findings if finding.status is Status.PASS] if options.all else []
    if passed:
        yield f"## Passed ({len(passed)})\n"
        yield "| Check | Resource |\n| --- | --- |"
        for finding in passed:
            yield f"| {finding.check_id} | {_cell(finding.resource.id)} |"
        yield ""


def waiver_blocks(document: Document) -> Iterator[str]:
    """Waivers that accept nothing, each with why."""
    idle = idle_waivers(document)
    if not idle:
        return
    yield f"## Waivers that accept nothing ({len(idle)} of {len(document.waivers)})\n"
    yield "| Check | Resource | Cluster | Reason | What became of it |\n| --- | --- | --- | --- | --- |"
    for use in idle:
        cells = (
            markdown_text(use.check),
            _cell(use.resource),
            _cell(use.cluster),
            markdown_text(use.reason),
            waiver_state(use),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _since_baseline(result: AuditResult) -> Iterator[str]:
    baseline, counts = result.baseline, baseline_counts(result)
    if baseline is None or counts is None:
        return
    yield f"## Baseline: {in_numbers(counts)} {since(baseline)}\n"
    if baseline.diagnoses:
        names = ", ".join(markdown_code(diagnosis.subject.id) for diagnosis in baseline.diagnoses)
        yield f"Still in trouble, from the same cause: {names}\n"
    rows = [
        f"| {said} | {finding.severity.upper()} | {finding.check_id} | {_cell(finding.resource.id)} | "
        f"{markdown_text(finding.title)} |"
        for said, finding in compared_findings(result)
    ]
    if rows:
        yield "| Now | Severity | Check | Resource | Fault |\n| --- | --- | --- | --- | --- |"
        yield from rows
        yield ""


def _trouble(trouble: Trouble, read_at: datetime | None) -> Iterator[str]:
    for diagnosis in trouble.diagnoses:
        kind = "" if diagnosis.subject.type == "service" else f"{diagnosis.subject.type} "
        state = headline(diagnosis, read_at)
        yield (
            f"## ✗ {kind}{markdown_text(diagnosis.subject.id)}" + (f": {markdown_text(state)}" if state else "") + "\n"
        )
        for symptom in diagnosis.symptoms:
            when = seen(symptom, read_at)
            yield f"> {markdown_text(symptom.text)}" + (f" ({markdown_text(when)})" if when else "") + "\n"
    cause = trouble.cause
    if cause is None:
        yield f"**Cause:** {without_cause(trouble.diagnoses[0])}\n"
        cleared = {entry.check_id: entry for diagnosis in trouble.diagnoses for entry in diagnosis.cleared}
        if cleared:
            yield "Ruled out:\n"
            yield from (f"- {entry.check_id} {markdown_text(entry.detail)}" for entry in cleared.values())
            yield ""
    else:
        yield f"**Cause:** {_cause(cause)}\n"
        if trouble.proof is not None:
            yield from _proof(trouble.proof.evidence)
        yield from _fix(cause.fix)
    if trouble.followers:
        yield "Follows from it:\n"
        yield from (f"- {_cause(follower)}" for follower in trouble.followers)
        yield ""
    if trouble.others:
        yield "Also possible:\n"
        for other, followers in trouble.others:
            yield f"- {_cause(other)}"
            yield from (f"  - follows from it: {_cause(follower)}" for follower in followers)
        yield ""
    unread = sorted({operation for diagnosis in trouble.diagnoses for operation in diagnosis.unknown})
    if unread:
        yield f"Not read, and might change this: {', '.join(map(markdown_code, unread))}\n"


def _cause(cause: Cause) -> str:
    resource = markdown_code(cause.resource.id)
    return f"{cause.check_id} {resource} ({cause.confidence}): {markdown_text(cause.explanation)}"


def _finding(finding: Finding) -> Iterator[str]:
    observed = " (a symptom seen now matches it)" if finding.observed else ""
    yield f"### {finding.severity.upper()} {finding.check_id} {markdown_text(finding.title)}\n"
    yield f"{markdown_text(subject_first(finding))}{observed}\n"
    if finding.affected:
        yield f"**Affects:** {markdown_text(affected_names(finding))}\n"
    yield from _proof(finding.evidence)
    yield from _fix(finding.remediation)
    yield f"[{finding.check_id}](<{without_controls(finding.doc_url)}>)\n"


def _proof(evidence: Iterable[Evidence]) -> Iterator[str]:
    rows = [
        f"| {_cell(e.resource)} | {_cell(e.field)} | {_cell(value_text(e.value))} | {_cell(e.operation)} |"
        for e in evidence
    ]
    if rows:
        yield "| Resource | Field | Value | Read by |\n| --- | --- | --- | --- |"
        yield from rows
        yield ""


def _fix(fix: Remediation) -> Iterator[str]:
    yield f"**Fix:** {markdown_text(fix.text)}\n"
    if fix.commands:
        commands = [without_controls(command) for command in fix.commands]
        fence = "```"
        while any(fence in command for command in commands):
            fence += "`"
        yield "\n".join([f"{fence}sh", *commands, f"{fence}\n"])


def _unknown_row(group: UnknownGroup) -> str:
    needs = ", ".join(_cell(permission) for permission in group.permissions)
    answers = counted(len(group.findings), "answer")
    return f"| {needs} | {markdown_text(group.reason)} | {', '.join(group.checks)} ({answers}) |"


def _capacity(capacity: Capacity) -> Iterator[str]:
    if not capacity.instances:
        return
    yield "## Capacity\n"
    headers = ("Instance", "Type", "AZ", "Task ENIs", "CPU free", "Memory free", "Binds")
    yield f"| {' | '.join(headers)} |"
    yield f"|{' --- |' * len(headers)}"
    for instance in capacity.instances:
        slots = f"{_number(instance.eni.used_by_tasks)}/{_number(instance.eni.task_slots)}"
        cells = (
            _cell(instance.ec2_instance_id),
            markdown_text(instance.instance_type or "?"),
            markdown_text(instance.availability_zone or "?"),
            slots,
            _number(instance.cpu.remaining),
            f"{_number(instance.memory.remaining)} MiB",
            markdown_text(instance.binding),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _number(value: int | None) -> str:
    return "?" if value is None else f"{value:,}"


def _cell(text: str) -> str:
    return markdown_code(text, in_table=True)
