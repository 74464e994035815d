"""Findings as rows for a spreadsheet: RFC 4180, every cell safe to open."""

import csv
import io
from collections.abc import Iterable, Iterator

from awsvpc_audit.findings import Evidence, Finding, Report, Status
from awsvpc_audit.report.notices import compared_findings, idle_waivers, waiver_state
from awsvpc_audit.report.options import Document, RenderOptions, audits_of
from awsvpc_audit.report.outline import outline, value_text, why_missing
from awsvpc_audit.report.text import csv_safe, without_controls

COLUMNS = (
    "account",
    "region",
    "cluster",
    "check_id",
    "status",
    "severity",
    "title",
    "resource_type",
    "resource_id",
    "resource_arn",
    "affected",
    "observed",
    "detail",
    "evidence",
    "fix",
    "commands",
    "missing",
    "waiver_reason",
    "waiver_expires",
    "doc_url",
    "fingerprint",
    "baseline",
    "controls",
)
NOT_READ = "NOT_READ"
"""In place of a check id, in a row that says what could not be read: without it a part looks whole."""
AUDITED = "AUDITED"
"""The same for a cluster of a report, with its verdict: one that is well has no other row."""
NOT_AUDITED = "NOT_AUDITED"
"""The same for a cluster or a whole Region of a report that could not be audited."""
WAIVER = "WAIVER"
"""The same for a waiver that accepts nothing; the status is what became of it."""

_STATUSES = {"remaining": Status.FAIL, "fixed": Status.PASS, "undetermined": Status.UNKNOWN}
"""What is now with a finding of a baseline."""


def write_csv(document: Document, options: RenderOptions) -> str:
    """One row a finding, then one a gap; at the end what is of the whole run. A report says each cluster's verdict.

    With a baseline, the column of that name says `new` of what is, and the rows of what remains, what is fixed and what
    cannot be told now follow. Lists are joined with ` | `, commands with `; `; a line ends with CR LF.
    """
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(_safe(row) for row in _rows(document, options))
    return out.getvalue()


def _rows(document: Document, options: RenderOptions) -> Iterator[dict[str, str]]:
    for result in audits_of(document):
        scope = {"account": result.scope.account, "region": result.scope.region, "cluster": result.scope.cluster}
        if isinstance(document, Report):
            yield scope | {"check_id": AUDITED, "status": result.summary.verdict, "detail": outline(result).verdict}
        for finding in result.findings:
            if finding.status is not Status.PASS or options.all:
                is_new = result.baseline is not None and finding.status is Status.FAIL
                yield scope | _row(finding) | {"baseline": "new" if is_new else ""}
        for said, finding in compared_findings(result):
            yield scope | _row(finding) | {"status": _STATUSES[said], "baseline": said}
        for gap in result.collection.missing:
            row = {"check_id": NOT_READ, "status": "unknown", "detail": why_missing(gap), "missing": gap.operation}
            yield scope | row
    if isinstance(document, Report):
        for each in document.not_audited:
            yield {
                "account": each.account or "",
                "region": each.region,
                "cluster": each.cluster or "",
                "check_id": NOT_AUDITED,
                "status": "unknown",
                "detail": each.error,
            }
    for use in idle_waivers(document):
        yield {
            "cluster": use.cluster,
            "check_id": WAIVER,
            "status": use.state,
            "title": f"Waiver of {use.check}",
            "resource_id": use.resource,
            "detail": waiver_state(use),
            "waiver_reason": use.reason,
            "waiver_expires": use.expires or "",
        }


def _row(finding: Finding) -> dict[str, str]:
    return {
        "check_id": finding.check_id,
        "status": finding.status,
        "severity": finding.severity,
        "title": finding.title,
        "resource_type": finding.resource.type,
        "resource_id": finding.resource.id,
        "resource_arn": finding.resource.arn or "",
        "affected": _joined(f"{ref.type}:{ref.id}" for ref in finding.affected),
        "observed": value_text(finding.observed),
        "detail": finding.detail,
        "evidence": _joined(map(_evidence, finding.evidence)),
        "fix": finding.remediation.text,
        # Nothing that a shell would take for more than one command after the other.
        "commands": "; ".join(without_controls(command) for command in finding.remediation.commands),
        "missing": _joined(finding.missing),
        "waiver_reason": finding.waiver.reason if finding.waiver else "",
        "waiver_expires": (finding.waiver.expires or "") if finding.waiver else "",
        "doc_url": finding.doc_url,
        "fingerprint": finding.fingerprint,
        "controls": _joined(finding.controls),
    }


def _evidence(evidence: Evidence) -> str:
    return f"{evidence.operation} {evidence.resource} {evidence.field} = {value_text(evidence.value)}"


def _joined(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def _safe(row: dict[str, str]) -> dict[str, str]:
    return {name: csv_safe(text) for name, text in row.items()}
