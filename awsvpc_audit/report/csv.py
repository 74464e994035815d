"""Findings as rows for a spreadsheet: RFC 4180, every cell safe to open."""

import csv
import io
from collections.abc import Iterable

from awsvpc_audit.findings import AuditResult, Evidence, Finding, Status
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import value_text, why_missing
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
)
NOT_READ = "NOT_READ"
"""In place of a check id, in a row that says what could not be read: without it a part looks whole."""


def write_csv(result: AuditResult, options: RenderOptions) -> str:
    """One row a finding, then one a gap. Lists are joined with ` | `, commands with `; `; a line ends with CR LF."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    scope = {"account": result.scope.account, "region": result.scope.region, "cluster": result.scope.cluster}
    for finding in result.findings:
        if finding.status is not Status.PASS or options.all:
            writer.writerow(_safe(scope | _row(finding)))
    for gap in result.collection.missing:
        row = {"check_id": NOT_READ, "status": "unknown", "detail": why_missing(gap), "missing": gap.operation}
        writer.writerow(_safe(scope | row))
    return out.getvalue()


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
    }


def _evidence(evidence: Evidence) -> str:
    return f"{evidence.operation} {evidence.resource} {evidence.field} = {value_text(evidence.value)}"


def _joined(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def _safe(row: dict[str, str]) -> dict[str, str]:
    return {name: csv_safe(text) for name, text in row.items()}
