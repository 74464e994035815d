"""Runs checks over a cluster of a model: (check, subject) pairs in, findings out. No AWS, no clock, no terminal."""

import logging
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec

from awsvpc_audit import __version__
from awsvpc_audit.analyzers.capacity.report import capacity_of
from awsvpc_audit.analyzers.diagnosis import diagnose
from awsvpc_audit.analyzers.symptoms import symptoms_of
from awsvpc_audit.checks._base import Check, Context, Fault
from awsvpc_audit.config import Waivers
from awsvpc_audit.findings import (
    AuditResult,
    Collection,
    Confidence,
    Diagnosis,
    Finding,
    FindingCounts,
    Remediation,
    ResourceRef,
    ScopeRef,
    Severity,
    Status,
    Summary,
    Tool,
    digest_of,
    fingerprint_with,
)
from awsvpc_audit.model.gaps import NotCollectedError, iam_action

log = logging.getLogger(__name__)

AnyCheck = Check[Any]


def run_audit(
    checks: Iterable[AnyCheck],
    context: Context,
    collection: Collection,
    *,
    waivers: Waivers | None = None,
    today: date | None = None,
) -> AuditResult:
    """The whole audit of one cluster.

    Args:
        checks: the checks to run.
        context: the cluster, and the services it is narrowed to.
        collection: how its state was read.
        waivers: failing findings that are accepted.
        today: the day that waivers may have expired by; ``None`` to let none expire.

    Returns:
        The document of the contract, with every finding, passing ones too: reports leave those out unless asked.
    """
    checks = tuple(checks)
    found = run_checks(checks, context)
    diagnoses = diagnose(
        context.cluster,
        context.workloads,
        found,
        symptoms_of(context.cluster),
        {check.id: check.symptoms for check in checks},
    )
    findings = observed(found, diagnoses)
    name = context.cluster.name
    accepted = waivers or Waivers()
    cluster = context.cluster.ref
    findings = accepted.apply(findings, cluster, today)
    uses = accepted.uses([(cluster, findings)], today, whole=False)
    if context.services:
        # What an audit of some services does not look at cannot leave a waiver unmatched.
        uses = tuple(use for use in uses if use.findings)
    scope = context.scope
    return AuditResult(
        tool=Tool(name="awsvpc-audit", version=__version__),
        scope=ScopeRef(
            account=scope.account,
            partition=scope.partition,
            region=scope.region,
            cluster=name,
            services=tuple(w.name for w in context.workloads if w.service is not None),
        ),
        collection=collection,
        summary=summarize(findings),
        diagnoses=diagnoses,
        findings=findings,
        capacity=capacity_of(context.cluster),
        waivers=uses,
    )


def run_checks(checks: Iterable[AnyCheck], context: Context) -> tuple[Finding, ...]:
    """Every check on every one of its subjects, as findings, worst first.

    Faults of one check on one resource are one finding, with everyone who suffers from it.
    """
    found: dict[tuple[str, Status, ResourceRef], Finding] = {}
    for check in checks:
        for finding in _run(check, context):
            key = (finding.check_id, finding.status, finding.resource)
            found[key] = _joined(found[key], finding) if key in found else finding
    return tuple(sorted(_fingerprinted(found.values()), key=lambda f: f.sort_key))


def _run(check: AnyCheck, context: Context) -> Iterator[Finding]:
    subjects = iter(check.subjects(context))
    shared: list[Finding] = []
    """Passes of what several use: worth nothing where not all are known who do."""
    while True:
        try:
            subject = next(subjects)
        except StopIteration:
            yield from shared
            return
        except NotCollectedError as gap:
            yield _unknown(check, context.cluster.ref, (), gap.operations)
            return
        affected: tuple[ResourceRef, ...] = getattr(subject, "affected", ())
        faults: list[Fault] = []
        try:
            faults.extend(check.evaluate(subject, context))
        except NotCollectedError as gap:
            yield _unknown(check, subject.ref, affected, gap.operations)
        except Exception as error:  # one broken check must not cost on-call all the others
            log.warning("%s broke on %s: %r", check.id, subject.ref.id, error)
            log.info("where it broke", exc_info=error)
            yield _broken(check, subject.ref, affected, error)
        else:
            if not faults:
                passed = _finding(check, Status.PASS, subject.ref, f"{subject.ref.id}: no fault found", affected)
                if hasattr(subject, "affected"):
                    shared.append(passed)
                else:
                    yield passed
        for fault in faults:
            yield msgspec.structs.replace(
                _finding(check, Status.FAIL, fault.resource or subject.ref, fault.detail, fault.affected or affected),
                evidence=fault.evidence,
                remediation=check.remediation(fault.values),
            )


def _unknown(
    check: AnyCheck, subject: ResourceRef, affected: tuple[ResourceRef, ...], operations: tuple[str, ...]
) -> Finding:
    allow = ", ".join(iam_action(operation) for operation in operations)
    return msgspec.structs.replace(
        _finding(check, Status.UNKNOWN, subject, f"{subject.id}: cannot be told without {allow}", affected),
        remediation=Remediation(text=f"Allow {allow} to whoever runs the audit."),
        missing=operations,
    )


def _broken(check: AnyCheck, subject: ResourceRef, affected: tuple[ResourceRef, ...], error: Exception) -> Finding:
    detail = f"{subject.id}: cannot be told, the check itself broke ({type(error).__name__}: {error})"
    return msgspec.structs.replace(
        _finding(check, Status.UNKNOWN, subject, detail, affected),
        remediation=Remediation(
            text="A defect of awsvpc-audit: please report it, with a snapshot if you can share one."
        ),
    )


def _finding(
    check: AnyCheck, status: Status, resource: ResourceRef, detail: str, affected: tuple[ResourceRef, ...]
) -> Finding:
    return Finding(
        check_id=check.id,
        status=status,
        severity=check.severity,
        title=check.title,
        detail=detail,
        resource=resource,
        affected=affected,
        remediation=Remediation(text=check.fix),
        controls=check.controls,
        doc_url=check.doc_url,
        fingerprint="",
    )


def _joined(one: Finding, other: Finding) -> Finding:
    return msgspec.structs.replace(
        one,
        affected=tuple(dict.fromkeys((*one.affected, *other.affected))),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        missing=tuple(dict.fromkeys((*one.missing, *other.missing))),
    )


def _fingerprinted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings with their affected in order, and their fingerprints.

    In a large cluster thousands of findings affect the same hundreds of services: subjects share the tuple, so it is
    sorted once, by its identity, and stays shared.
    """
    ordered: dict[int, tuple[tuple[ResourceRef, ...], tuple[ResourceRef, ...], str]] = {}
    for finding in findings:
        key = id(finding.affected)
        if key not in ordered:
            # The original goes along: an identity is only good for as long as what it belongs to lives.
            ordered[key] = (finding.affected, tuple(sorted(finding.affected)), digest_of(finding.affected))
        _, affected, digest = ordered[key]
        yield msgspec.structs.replace(
            finding, affected=affected, fingerprint=fingerprint_with(finding.check_id, finding.resource, digest)
        )


def observed(findings: tuple[Finding, ...], diagnoses: Iterable[Diagnosis]) -> tuple[Finding, ...]:
    """Mark the failing findings that explain a symptom which someone they affect shows right now."""
    seen = {
        (cause.check_id, cause.resource)
        for diagnosis in diagnoses
        if diagnosis.symptoms
        for cause in diagnosis.causes
        if cause.confidence is not Confidence.POSSIBLE
    }
    return tuple(
        msgspec.structs.replace(finding, observed=True)
        if finding.status is Status.FAIL and (finding.check_id, finding.resource) in seen
        else finding
        for finding in findings
    )


def summarize(findings: Iterable[Finding]) -> Summary:
    """Counts and verdict. Any failing finding makes `fail`; else any unknown makes `unknown`."""
    by_status = dict.fromkeys(Status, 0)
    by_severity = dict.fromkeys((severity.value for severity in Severity), 0)
    for finding in findings:
        by_status[finding.status] += 1
        if finding.status is Status.FAIL:
            by_severity[finding.severity.value] += 1
    return Summary(
        verdict="fail" if by_status[Status.FAIL] else "unknown" if by_status[Status.UNKNOWN] else "pass",
        findings=FindingCounts(
            fail=by_status[Status.FAIL],
            unknown=by_status[Status.UNKNOWN],
            passed=by_status[Status.PASS],
            waived=by_status[Status.WAIVED],
        ),
        by_severity=by_severity,
    )
