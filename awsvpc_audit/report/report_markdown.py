"""The report over many clusters for a ticket or a chat: the overview as tables, then each cluster that is not well."""

from collections.abc import Iterator

from awsvpc_audit.findings import Report, Severity
from awsvpc_audit.report.markdown import audit_blocks, waiver_blocks
from awsvpc_audit.report.notices import (
    in_numbers,
    is_well,
    not_audited_place,
    place,
    report_verdict,
    scope_of,
    short_places,
)
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.text import counted, markdown_code, markdown_text


def write_markdown(document: Document, options: RenderOptions) -> str:
    """The report of one audit or of many. Nothing is cut: a document is searched, not scrolled."""
    blocks = _blocks(document, options) if isinstance(document, Report) else audit_blocks(document, options)
    return "\n".join(blocks).strip() + "\n"


def _blocks(report: Report, options: RenderOptions) -> Iterator[str]:
    names = short_places(report)
    yield f"# {report_verdict(report)}\n"
    yield f"{markdown_text(scope_of(report))}\n"
    severities = [severity.value for severity in Severity]
    compared = report.baseline is not None
    if report.scopes:
        headers = (
            "Cluster",
            "Verdict",
            *severities,
            "unknown",
            "waived",
            *(("remain",) if compared else ()),
            "In trouble",
        )
        yield f"| {' | '.join(headers)} |"
        yield f"|{' --- |' * len(headers)}"
    for scope, audit in zip(report.scopes, report.audits, strict=True):
        cells = (
            markdown_code(names[scope.account, scope.region, scope.cluster], in_table=True),
            scope.summary.verdict,
            *(f"{scope.summary.by_severity.get(severity, 0):,}" for severity in severities),
            f"{scope.summary.findings.unknown:,}",
            f"{scope.summary.findings.waived:,}",
            *((f"{len(audit.baseline.remaining) if audit.baseline is not None else 0:,}",) if compared else ()),
            ", ".join(markdown_code(name, in_table=True) for name in scope.in_trouble),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield from _checks(report)
    if report.not_audited:
        yield f"## Not audited ({len(report.not_audited)})\n"
        yield from (
            f"- {markdown_text(not_audited_place(each))}: {markdown_text(each.error)}" for each in report.not_audited
        )
        yield ""
    if report.baseline is not None:
        yield f"## Baseline: {in_numbers(report.baseline)}\n"
        for text, places in (
            ("Not in it, so that all is new", report.baseline.added),
            ("In it, and not in this report", report.baseline.left_out),
        ):
            if places:
                yield f"{text}: {', '.join(map(markdown_code, places))}\n"
    yield from waiver_blocks(report)
    for audit in report.audits:
        if not is_well(audit) or options.all:
            yield "---\n"
            yield from audit_blocks(audit, options)
    well = [place(audit.scope) for audit in report.audits if is_well(audit)]
    if well:
        yield "---\n"
        yield f"**Well:** {', '.join(map(markdown_code, well))}\n"


def _checks(report: Report) -> Iterator[str]:
    if not report.checks:
        return
    yield f"## By check ({len(report.checks)})\n"
    yield "| Severity | Check | Fault | fail | unknown | waived | Fails in |"
    yield f"|{' --- |' * 7}"
    for check in report.checks:
        where = counted(len(check.clusters), "cluster")
        named = ", ".join(markdown_code(name, in_table=True) for name in check.clusters)
        cells = (
            check.severity.upper(),
            check.check_id,
            markdown_text(check.title),
            f"{check.fail:,}",
            f"{check.unknown:,}",
            f"{check.waived:,}",
            f"{where}: {named}" if check.clusters else "",
        )
        yield f"| {' | '.join(cells)} |"
    yield ""
