"""The difference of two snapshots for a ticket or a chat, as GitHub-flavoured Markdown."""

from collections.abc import Iterator

from awsvpc_audit.findings import ClusterDiff, Finding, ScopeDiff, SnapshotDiff
from awsvpc_audit.report.diff_outline import ABSENT, span, verdict, why_not_compared
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import affected_names, subject_first, value_text
from awsvpc_audit.report.text import markdown_code, markdown_text


def write_diff_markdown(diff: SnapshotDiff, options: RenderOptions) -> str:
    """The difference. Nothing is cut: a document is searched, not scrolled."""
    del options
    return "\n".join(_blocks(diff)).strip() + "\n"


def _blocks(diff: SnapshotDiff) -> Iterator[str]:
    yield f"# {markdown_text(verdict(diff))}\n"
    yield f"{markdown_text(span(diff))}\n"
    for cluster in diff.clusters:
        yield from _cluster(cluster)
    for name, refs in (("OLD", diff.only_in_old), ("NEW", diff.only_in_new)):
        if refs:
            yield f"## Only in {name}, so not compared\n"
            yield from (f"- {markdown_code(ref.cluster)} ({ref.region} of {ref.account})" for ref in refs)
            yield ""
    for scope in diff.scopes:
        yield from _scope(scope)


def _cluster(diff: ClusterDiff) -> Iterator[str]:
    yield f"## {markdown_text(diff.cluster)} · {diff.region} · {diff.account}\n"
    lists = (
        ("New", diff.new),
        ("Fixed", diff.fixed),
        ("Failed in OLD, cannot be told in NEW", diff.undetermined),
        ("Could be told in OLD, not in NEW", diff.unknown),
        ("Still there", diff.unchanged),
    )
    if not any(findings for _, findings in lists):
        yield "No fault in either.\n"
    for title, findings in lists:
        if findings:
            yield f"### {title} ({len(findings)})\n"
            yield "| Severity | Check | Resource | What | Affects |\n| --- | --- | --- | --- | --- |"
            yield from (_finding(finding, finding.fingerprint in diff.not_known_before) for finding in findings)
            yield ""
    for title, diagnoses in (
        ("Newly in trouble, or for another cause", diff.diagnoses_came),
        ("No longer in trouble, or not for this cause", diff.diagnoses_gone),
    ):
        if diagnoses:
            yield f"### {title} ({len(diagnoses)})\n"
            for diagnosis in diagnoses:
                cause = diagnosis.causes[0] if diagnosis.causes else None
                why = f"{cause.check_id} {markdown_code(cause.resource.id)}" if cause else "no cause proven"
                yield f"- {markdown_code(diagnosis.subject.id)}: {why}"
            yield ""


def _finding(finding: Finding, is_first_known: bool) -> str:
    note = " (could not be told in OLD)" if is_first_known else ""
    cells = (
        finding.severity.value,
        finding.check_id,
        _cell(finding.resource.id),
        markdown_text(subject_first(finding)) + note,
        markdown_text(affected_names(finding)),
    )
    return f"| {' | '.join(cells)} |"


def _scope(diff: ScopeDiff) -> Iterator[str]:
    where = f"{diff.region} · {diff.account}"
    if diff.changes:
        yield f"## Configuration · {where} ({len(diff.changes)})\n"
        yield "| Resource | Field | OLD | NEW | Near a new finding |\n| --- | --- | --- | --- | --- |"
        for change in diff.changes:
            named = f"{change.resource.type} {_cell(change.resource.id)}"
            if change.was is not None:
                named += f" (was {_cell(change.was.id)})"
            elif change.name and change.name != change.resource.id:
                named += f" {markdown_text(change.name)}"
            field = _cell(change.field) if change.field else f"**{change.kind}**"
            values = (_value(change.old), _value(change.new))
            yield f"| {named} | {field} | {values[0]} | {values[1]} | {', '.join(change.near)} |"
        yield ""
        if any(change.near for change in diff.changes):
            yield "Near: a new finding names this resource; that is no proof of cause.\n"
    if diff.not_compared:
        yield f"## Not compared · {where}\n"
        yield "| Operation | Why |\n| --- | --- |"
        for gap in diff.not_compared:
            yield f"| {_cell(gap.operation)} | {markdown_text(why_not_compared(gap))} |"
        yield ""


def _value(value: str | int | float | bool | None) -> str:
    return ABSENT if value is None else _cell(value_text(value))


def _cell(text: str) -> str:
    return markdown_code(text, in_table=True)
