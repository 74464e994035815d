"""The audit as SARIF 2.1.0, for code-scanning dashboards.

Each cluster is a run. A failing finding is a result, a waived one a suppressed result. What could not be told or read
is no result but a notification of the invocation: a dashboard would open an alert for it. With a baseline each result
says what it is to that (`baselineState`), fixed ones among them. The ARN (or the path of the id) is the logical
location; the physical one is the file of a snapshot that holds the first piece of evidence.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from awsvpc_audit.findings import AuditResult, Finding, Report, ResourceRef, ScopeRef, Severity, Status
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.notices import (
    baseline_counts,
    compared_findings,
    idle_waivers,
    in_numbers,
    not_audited_place,
    place,
    since,
    waiver_name,
    waiver_state,
)
from awsvpc_audit.report.options import Document, RenderOptions, audits_of
from awsvpc_audit.report.outline import affected_names, subject_first, value_text, why_missing
from awsvpc_audit.report.text import clean, json_safe, without_controls

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SNAPSHOT_ROOT = "SNAPSHOT"
_LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_BASELINE_STATES = {"remaining": "unchanged", "fixed": "absent"}
"""SARIF's words for findings of a baseline. What cannot be told is neither."""
_GLOBAL_SERVICES = frozenset({"iam", "route53"})


def write_sarif(document: Document, options: RenderOptions) -> str:
    """The audits as runs. With `options.all` what passes is there too, as results of kind `pass`."""
    runs = [_run(result, options) for result in audits_of(document)]
    if isinstance(document, Report):
        runs.append(_run_of_report(document))
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json_safe(msgspec.json.format(msgspec.json.encode(log), indent=2).decode()) + "\n"


def _run_of_report(report: Report) -> dict[str, Any]:
    """A run without results, for what is of no one cluster: what was not audited, and the waivers."""
    invocation: dict[str, Any] = {
        "executionSuccessful": not report.not_audited,
        "toolExecutionNotifications": [
            *(
                _notification("not-audited", f"Not audited: {not_audited_place(each)}: {each.error}", "error")
                for each in report.not_audited
            ),
            *_waiver_notifications(report),
        ],
    }
    if report.started_at:
        invocation["startTimeUtc"] = _time(report.started_at)
    if report.finished_at:
        invocation["endTimeUtc"] = _time(report.finished_at)
    properties: dict[str, Any] = {
        "verdict": report.summary.verdict,
        "findings": msgspec.to_builtins(report.summary.findings),
        "clusters": [place(scope) for scope in report.scopes],
    }
    if report.baseline is not None:
        properties["baseline"] = msgspec.to_builtins(report.baseline)
    return {
        "tool": {"driver": {"name": report.tool.name, "version": report.tool.version, "rules": []}},
        "automationDetails": {"id": clean(f"{report.tool.name}/report/")},
        "invocations": [invocation],
        "results": [],
        "columnKind": "unicodeCodePoints",
        "properties": properties,
    }


def _run(result: AuditResult, options: RenderOptions) -> dict[str, Any]:
    scope, collection = result.scope, result.collection
    gone = tuple(compared_findings(result))
    rules = {finding.check_id: finding for finding in (*reversed(result.findings), *(each for _, each in gone))}
    order = {check_id: index for index, check_id in enumerate(sorted(rules))}
    shown = {Status.FAIL, Status.WAIVED} | ({Status.PASS} if options.all else set())
    unknown = [finding for finding in result.findings if finding.status is Status.UNKNOWN]
    invocation: dict[str, Any] = {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            *(
                _notification("not-read", f"Not read: {gap.operation}: {why_missing(gap)}")
                for gap in collection.missing
            ),
            *(_unknown_notification("Unknown", finding, order, scope) for finding in unknown),
            *(
                _unknown_notification("Failed in the baseline, cannot be told now", finding, order, scope)
                for state, finding in gone
                if state == "undetermined"
            ),
            *_waiver_notifications(result),
        ],
    }
    if collection.started_at:
        invocation["startTimeUtc"] = _time(collection.started_at)
    if collection.finished_at:
        invocation["endTimeUtc"] = _time(collection.finished_at)
    state = "new" if result.baseline is not None else None
    properties: dict[str, Any] = {
        "verdict": result.summary.verdict,
        "findings": msgspec.to_builtins(result.summary.findings),
    }
    counts = baseline_counts(result)
    if counts is not None and result.baseline is not None:
        properties["baseline"] = f"{in_numbers(counts)} {since(result.baseline)}"
    return {
        "tool": {
            "driver": {
                "name": result.tool.name,
                "version": result.tool.version,
                "rules": [_rule(rules[check_id]) for check_id in order],
            }
        },
        "automationDetails": {
            "id": clean("/".join((result.tool.name, scope.account, scope.region, scope.cluster, "")))
        },
        "invocations": [invocation],
        "originalUriBaseIds": {
            SNAPSHOT_ROOT: {"description": {"text": "The snapshot that `awsvpc-audit snapshot` records."}}
        },
        "results": [
            *(
                _result(f, order, scope, state if f.status is Status.FAIL else None)
                for f in result.findings
                if f.status in shown
            ),
            *(_result(f, order, scope, _BASELINE_STATES[said]) for said, f in gone if said in _BASELINE_STATES),
        ],
        "columnKind": "unicodeCodePoints",
        "properties": properties,
    }


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.check_id,
        "shortDescription": {"text": clean(finding.title)},
        "helpUri": without_controls(finding.doc_url),
        "defaultConfiguration": {"level": _LEVEL[finding.severity]},
        "properties": {
            "severity": finding.severity,
            "controls": list(finding.controls),
            "tags": ["aws", "ecs", "networking", *finding.controls],
        },
    }


def _result(finding: Finding, order: dict[str, int], scope: ScopeRef, baseline_state: str | None) -> dict[str, Any]:
    passed = finding.status is Status.PASS
    result: dict[str, Any] = {
        "ruleId": finding.check_id,
        "ruleIndex": order[finding.check_id],
        # SARIF, 3.27.10: a result that is no failure has the level "none".
        "kind": "pass" if passed else "fail",
        "level": "none" if passed else _LEVEL[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, scope)],
        "partialFingerprints": {"awsvpcAudit/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity,
            "observed": finding.observed,
            "affected": [f"{ref.type}:{clean(ref.id)}" for ref in finding.affected],
            "evidence": [
                _plain(e.operation, e.resource, f"{e.field} = {value_text(e.value)}") for e in finding.evidence
            ],
            "commands": [without_controls(command) for command in finding.remediation.commands],
        },
    }
    if baseline_state is not None:
        result["baselineState"] = baseline_state
    if finding.status is Status.WAIVED:
        reason = clean(finding.waiver.reason) if finding.waiver else ""
        until = f" (until {finding.waiver.expires})" if finding.waiver and finding.waiver.expires else ""
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": f"{reason}{until}"}]
    return result


def _message(finding: Finding) -> str:
    if finding.status is Status.PASS:
        return clean(subject_first(finding))
    affects = f"\nAffects: {clean(affected_names(finding))}" if finding.affected else ""
    return f"{clean(subject_first(finding))}{affects}\nFix: {clean(finding.remediation.text)}"


def _location(finding: Finding, scope: ScopeRef) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [_logical(finding.resource, scope)]}
    if finding.evidence:
        service, _, operation = finding.evidence[0].operation.partition(":")
        folder = "global" if service in _GLOBAL_SERVICES else scope.region
        location["physicalLocation"] = {
            "artifactLocation": {
                "uri": f"{scope.account}/{folder}/{service}.{operation}.json",
                "uriBaseId": SNAPSHOT_ROOT,
            },
            "region": {"startLine": 1},
        }
    return location


def _logical(resource: ResourceRef, scope: ScopeRef) -> dict[str, Any]:
    path = "/".join((scope.account, scope.region, resource.type, resource.id))
    return {"name": clean(resource.id), "fullyQualifiedName": clean(resource.arn or path), "kind": "resource"}


def _notification(descriptor: str, text: str, level: str = "warning") -> dict[str, Any]:
    return {"descriptor": {"id": descriptor}, "level": level, "message": {"text": clean(text)}}


def _unknown_notification(lead: str, finding: Finding, order: dict[str, int], scope: ScopeRef) -> dict[str, Any]:
    return {
        **_notification("unknown", f"{lead}: {subject_first(finding)}"),
        "associatedRule": {"id": finding.check_id, "index": order[finding.check_id]},
        "locations": [{"logicalLocations": [_logical(finding.resource, scope)]}],
    }


def _waiver_notifications(document: Document) -> Iterator[dict[str, Any]]:
    for use in idle_waivers(document):
        text = f"Waiver {waiver_name(use)}: {waiver_state(use)} ({use.reason})"
        yield _notification(f"waiver-{use.state}", text)


def _plain(*parts: str) -> str:
    return " ".join(clean(part) for part in parts)


def _time(at: datetime) -> str:
    return f"{in_utc(at):%Y-%m-%dT%H:%M:%S}Z"
