"""The audit as events of the Open Cybersecurity Schema Framework: class Compliance Finding, one event a finding.

Written for OCSF 1.8.0, the newest version that an independent validator knows; a later minor version takes it as it is.
What could not be read or audited, and a waiver that is no longer good, are events of their own: whoever reads nothing
but events would take a part for the whole otherwise.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from awsvpc_audit.facts.controls import CONTROLS
from awsvpc_audit.findings import (
    AuditResult,
    Evidence,
    Finding,
    NotAudited,
    Report,
    ResourceRef,
    Severity,
    Status,
    Tool,
    WaiverUse,
)
from awsvpc_audit.model.gaps import Missing, iam_action
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.notices import compared_findings, idle_waivers, not_audited_place, waiver_name, waiver_state
from awsvpc_audit.report.options import Document, RenderOptions, audits_of
from awsvpc_audit.report.outline import subject_first, why_missing
from awsvpc_audit.report.text import clean, json_safe, without_controls

VERSION = "1.8.0"
CLASS_UID = 2003
CATEGORY_UID = 2

_UNKNOWN_SEVERITY = (0, "Unknown")
_SEVERITIES = {
    Severity.CRITICAL: (5, "Critical"),
    Severity.HIGH: (4, "High"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.LOW: (2, "Low"),
    Severity.INFO: (1, "Informational"),
}
_CREATE = (1, "Create")
_UPDATE = (2, "Update")
_CLOSE = (3, "Close")
_NEW = (1, "New")
_SUPPRESSED = (3, "Suppressed")
_RESOLVED = (4, "Resolved")
_NO_ANSWER = (2, "Warning")
"""In the standard's words: the compliance check did not yield a result due to missing information."""
_OUTCOMES = {
    Status.PASS: (1, "Pass"),
    Status.FAIL: (3, "Fail"),
    Status.WAIVED: (3, "Fail"),  # accepted, not mended: the finding is suppressed
    Status.UNKNOWN: _NO_ANSWER,
}
_SINCE = {
    "remaining": (Status.FAIL, _UPDATE),
    "undetermined": (Status.UNKNOWN, _UPDATE),
    "fixed": (Status.PASS, _CLOSE),
}
"""What is now with a finding of a baseline, and what the event does to it."""

_WITHOUT_REGION = frozenset({"iam_role", "hosted_zone"})
_OF_A_CLUSTER = frozenset({"service", "task"})
"""What is known by a name that may occur in every cluster."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write_ocsf(document: Document, options: RenderOptions) -> str:
    """A JSON array of events. With `options.all` what passes is there too.

    Compared with a baseline, what is new is created, what remains or cannot be told is updated, what is mended is
    closed.
    """
    events: list[dict[str, Any]] = []
    for audit in audits_of(document):
        scope = _Scope.of(audit)
        events += [_event_of(scope, f) for f in audit.findings if f.status is not Status.PASS or options.all]
        events += _since_baseline(scope, audit)
        events += [_gap(scope, gap) for gap in _in_order(audit.collection.missing)]
    if isinstance(document, Report):
        everywhere = _Scope(tool=document.tool, at=document.finished_at or document.started_at)
        events += [_not_audited(everywhere, missing) for missing in document.not_audited]
        if document.baseline is not None:
            events += [_left_out(everywhere, place) for place in document.baseline.left_out]
    else:
        everywhere = _Scope.of(document)
    events += [_idle_waiver(everywhere, use) for use in idle_waivers(document)]
    return json_safe(msgspec.json.format(msgspec.json.encode(events), indent=2).decode()) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What an event is about as a whole; of a report over many clusters no account, Region or cluster is *the* one."""

    tool: Tool
    at: datetime | None
    account: str | None = None
    partition: str | None = None
    region: str | None = None
    cluster: str | None = None

    @classmethod
    def of(cls, audit: AuditResult) -> "_Scope":
        scope, collection = audit.scope, audit.collection
        return cls(
            tool=audit.tool,
            at=collection.finished_at or collection.started_at,
            account=scope.account,
            partition=scope.partition,
            region=scope.region,
            cluster=scope.cluster,
        )

    def uid(self, *parts: str) -> str:
        """A name that is one over all accounts, Regions and clusters."""
        return "/".join((*(part for part in (self.account, self.region, self.cluster) if part), *parts))

    def cloud(self) -> dict[str, Any]:
        account = {"uid": self.account, "type": "AWS Account", "type_id": 10} if self.account else None
        return _with(
            {"provider": "AWS"}, account=account, region=self.region or None, cloud_partition=self.partition or None
        )

    def resource(self, ref: ResourceRef, role: tuple[int, str]) -> dict[str, Any]:
        return _with(
            {
                "uid": ref.arn or ref.id,
                "name": clean(ref.id),
                "type": ref.type,
                "role_id": role[0],
                "role": role[1],
                "provider": "AWS",
            },
            cloud_partition=self.partition or None,
            region=None if ref.type in _WITHOUT_REGION else self.region or None,
            namespace=self.cluster if ref.type in _OF_A_CLUSTER else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What one kind of event has of its own; pairs are an enumerated value and its caption."""

    uid: str
    code: str
    kind: str
    title: str
    text: str
    severity: tuple[int, str]
    compliance: dict[str, Any]
    activity: tuple[int, str] = _CREATE
    status: tuple[int, str] = _NEW
    status_code: str
    sources: Iterable[str] = ()
    more: dict[str, Any]


def _event(scope: _Scope, parts: _Parts) -> dict[str, Any]:
    # The time is required. Where nobody knows when the state was read, the epoch is a value that nobody takes for one.
    time = _milliseconds(scope.at) if scope.at else 0
    information = {
        "uid": scope.uid(parts.uid),
        "title": clean(parts.title),
        "desc": clean(parts.text),
        "types": [parts.kind],
    }
    sources = sorted(set(parts.sources))
    return {
        "activity_id": parts.activity[0],
        "activity_name": parts.activity[1],
        "category_uid": CATEGORY_UID,
        "category_name": "Findings",
        "class_uid": CLASS_UID,
        "class_name": "Compliance Finding",
        "type_uid": CLASS_UID * 100 + parts.activity[0],
        "type_name": f"Compliance Finding: {parts.activity[1]}",
        "time": time,
        "severity_id": parts.severity[0],
        "severity": parts.severity[1],
        "status_id": parts.status[0],
        "status": parts.status[1],
        "status_code": parts.status_code,
        "message": clean(parts.text),
        "metadata": {
            "version": VERSION,
            "product": {"name": scope.tool.name, "vendor_name": scope.tool.name, "version": scope.tool.version},
            "profiles": ["cloud"],
            "event_code": parts.code,
        },
        "cloud": scope.cloud(),
        "finding_info": _with(information, data_sources=sources, created_time=time or None),
        "compliance": parts.compliance,
        **parts.more,
    }


def _event_of(scope: _Scope, finding: Finding, activity: tuple[int, str] = _CREATE) -> dict[str, Any]:
    """One check on one resource."""
    outcome = _OUTCOMES[finding.status]
    severity = _SEVERITIES[finding.severity]
    status = {_CLOSE: _RESOLVED}.get(activity, _SUPPRESSED if finding.status is Status.WAIVED else _NEW)
    more: dict[str, Any] = {
        "resources": [
            scope.resource(finding.resource, (1, "Target")),
            *(scope.resource(ref, (3, "Affected")) for ref in finding.affected),
        ],
        "remediation": {
            "desc": clean(finding.remediation.text),
            "references": [without_controls(finding.doc_url)],
        },
        "unmapped": _unmapped(scope, finding),
    }
    if finding.evidence:
        more["evidences"] = [_evidence(evidence) for evidence in finding.evidence]
    if finding.waiver is not None:
        more["comment"] = clean(finding.waiver.reason)
    event = _event(
        scope,
        _Parts(
            uid=finding.fingerprint,
            code=finding.check_id,
            kind="Configuration check",
            title=finding.title,
            text=subject_first(finding),
            # What passes is no critical event, however bad it would be if it failed.
            severity=_SEVERITIES[Severity.INFO] if finding.status is Status.PASS else severity,
            compliance=_compliance(finding, outcome, severity),
            activity=activity,
            status=status,
            status_code=finding.status,
            sources=(*(evidence.operation for evidence in finding.evidence), *finding.missing),
            more=more,
        ),
    )
    event["finding_info"]["analytic"] = {
        "uid": finding.check_id,
        "name": clean(finding.title),
        "type_id": 1,
        "type": "Rule",
    }
    return event


def _compliance(finding: Finding, outcome: tuple[int, str], severity: tuple[int, str]) -> dict[str, Any]:
    controls = [CONTROLS[control] for control in finding.controls if control in CONTROLS]
    requirements = [control.label for control in controls]
    standards = list(dict.fromkeys(control.framework for control in controls))
    details = [f"not read: {operation}" for operation in finding.missing]
    return _with(
        {
            "status_id": outcome[0],
            "status": outcome[1],
            "status_code": finding.status,
            "checks": [
                _with(
                    {
                        "uid": finding.check_id,
                        "name": clean(finding.title),
                        "status_id": outcome[0],
                        "status": outcome[1],
                        "severity_id": severity[0],
                        "severity": severity[1],
                    },
                    standards=standards,
                )
            ],
        },
        control=requirements[0] if requirements else None,
        requirements=requirements,
        standards=standards,
        status_details=details,
    )


def _unmapped(scope: _Scope, finding: Finding) -> dict[str, Any]:
    return {
        "cluster": scope.cluster,
        "fingerprint": finding.fingerprint,
        "observed": finding.observed,
        "commands": [without_controls(command) for command in finding.remediation.commands],
        "missing": list(finding.missing),
        "waiver": msgspec.to_builtins(finding.waiver),
        "controls": list(finding.controls),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    service, _, operation = evidence.operation.partition(":")
    return {
        "api": {"operation": operation, "service": {"name": service}},
        "resources": [{"uid": evidence.resource}],
        "data": {
            "operation": evidence.operation,
            "resource": evidence.resource,
            "field": evidence.field,
            "value": evidence.value,
        },
    }


def _since_baseline(scope: _Scope, audit: AuditResult) -> Iterator[dict[str, Any]]:
    """What failed at the time of the baseline and what has become of it, but for what the findings tell already."""
    told = {finding.fingerprint for finding in audit.findings}
    for said, finding in compared_findings(audit):
        if finding.fingerprint not in told:
            now, activity = _SINCE[said]
            yield _event_of(scope, msgspec.structs.replace(finding, status=now), activity)


def _gap(scope: _Scope, gap: Missing) -> dict[str, Any]:
    """What could not be read."""
    permission = f"Allow {iam_action(gap.operation)}." if gap.error == "AccessDenied" else "Read it again."
    more: dict[str, Any] = {
        "remediation": {"desc": permission},
        "unmapped": {"cluster": scope.cluster, **msgspec.structs.asdict(gap)},
    }
    if gap.resources:
        more["resources"] = [{"uid": uid, "name": clean(uid), "provider": "AWS"} for uid in gap.resources]
    return _event(
        scope,
        _Parts(
            uid=f"not-read/{gap.operation}/{_digest(gap.error, *gap.resources, *gap.because)}",
            code="not-read",
            kind="Not read",
            title=f"{gap.operation} was not read",
            text=f"{gap.operation} was not read: {why_missing(gap)}",
            severity=_UNKNOWN_SEVERITY,
            compliance={"status_id": _NO_ANSWER[0], "status": _NO_ANSWER[1], "status_code": clean(gap.error)},
            status_code="not-read",
            sources=(gap.operation,),
            more=more,
        ),
    )


def _not_audited(scope: _Scope, missing: NotAudited) -> dict[str, Any]:
    """A cluster or a Region that was asked for and is not in the report."""
    where = _Scope(
        tool=scope.tool, at=scope.at, account=missing.account, region=missing.region, cluster=missing.cluster
    )
    what = f"{not_audited_place(missing)} was not audited"
    return _no_answer(
        where, "not-audited", "not-audited", what, f"{what}: {missing.error}", msgspec.to_builtins(missing)
    )


def _left_out(scope: _Scope, place: str) -> dict[str, Any]:
    """A cluster of the baseline that is not in the report: nobody looked at what failed in it."""
    what = f"{place} is in the baseline and was not audited"
    return _no_answer(scope, f"{place}/not-compared", "not-compared", what, what, {"place": place})


def _no_answer(scope: _Scope, uid: str, code: str, title: str, text: str, unmapped: dict[str, Any]) -> dict[str, Any]:
    return _event(
        scope,
        _Parts(
            uid=uid,
            code=code,
            kind="Not audited",
            title=title,
            text=text,
            severity=_UNKNOWN_SEVERITY,
            compliance={"status_id": _NO_ANSWER[0], "status": _NO_ANSWER[1], "status_code": code},
            status_code=code,
            more={"unmapped": unmapped},
        ),
    )


def _idle_waiver(scope: _Scope, use: WaiverUse) -> dict[str, Any]:
    """A waiver that accepts nothing."""
    return _event(
        scope,
        _Parts(
            uid=f"waiver/{_digest(use.check, use.resource, use.cluster, use.expires or '', use.reason)}",
            code="waiver",
            kind="Waiver",
            title=f"Waiver {waiver_name(use)}: {use.state}",
            text=f"Waiver {waiver_name(use)}: {waiver_state(use)}",
            severity=_SEVERITIES[Severity.INFO],
            compliance={"status_id": 99, "status": f"Waiver {use.state}", "status_code": use.state},
            status_code=use.state,
            more={"comment": clean(use.reason), "unmapped": msgspec.to_builtins(use)},
        ),
    )


def _in_order(gaps: Iterable[Missing]) -> list[Missing]:
    return sorted(gaps, key=lambda gap: (gap.operation, gap.error, gap.resources, gap.message))


def _with(members: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """The members, and of the optional ones those that say something."""
    return members | {name: value for name, value in optional.items() if value not in (None, [])}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _milliseconds(at: datetime) -> int:
    elapsed = in_utc(at) - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000
