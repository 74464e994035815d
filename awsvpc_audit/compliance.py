"""The compliance report: an audit of every cluster of a model, and what they come to together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from awsvpc_audit import __version__
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import AnyCheck, run_audit, summarize
from awsvpc_audit.baseline import Baseline, compared
from awsvpc_audit.checks._base import Context
from awsvpc_audit.config import Waivers
from awsvpc_audit.findings import (
    AuditResult,
    BaselineCounts,
    CheckCount,
    Collection,
    Finding,
    NotAudited,
    Report,
    ResourceRef,
    ScopeSummary,
    Status,
    Summary,
    Tool,
)
from awsvpc_audit.in_depth import networks_of
from awsvpc_audit.model.account_model import Model


class ScopeName(NamedTuple):
    """An account and a Region."""

    account: str
    region: str


def report_on(
    checks: Iterable[AnyCheck],
    model: Model,
    collections: Mapping[ScopeName, Collection],
    clusters: Iterable[tuple[ScopeName, str]],
    *,
    waivers: Waivers | None = None,
    today: date | None = None,
    baseline: Baseline | None = None,
    not_audited: Iterable[NotAudited] = (),
    whole: bool = False,
    pictures: bool = False,
) -> Report:
    """Audit clusters, one after the other, and sum up.

    Args:
        checks: the checks to run.
        model: every scope that was read: paths are followed from one into another.
        collections: how each scope was read.
        clusters: what to audit, by scope and name.
        waivers: failing findings that are accepted.
        today: the day that waivers may have expired by; ``None`` to let none expire.
        baseline: what to compare with.
        not_audited: what was asked for and could not even be read.
        whole: whether these are all the clusters there are, so that a waiver for none of them is unmatched.
        pictures: whether to trace the networks for pictures too.
    """
    checks = tuple(checks)
    scopes = {ScopeName(scope.account, scope.region): scope for scope in model.scopes}
    missing = tuple(not_audited)
    audits: list[AuditResult] = []
    judged: list[tuple[ResourceRef, Sequence[Finding]]] = []
    for where, name in clusters:
        context = Context(cluster=Cluster(scopes[where], name), model=model)
        result = run_audit(checks, context, collections[where], waivers=waivers, today=today)
        if pictures:
            result = msgspec.structs.replace(result, networks=networks_of(context))
        # What a waiver is not used for here it may be used for in another cluster: the report says it of all together.
        audits.append(msgspec.structs.replace(result, waivers=()))
        judged.append((context.cluster.ref, result.findings))
    uses = (waivers or Waivers()).uses(judged, today, whole=whole, unseen=[each.cluster for each in missing])
    if baseline is not None:
        audits = [compared(audit, baseline) for audit in audits]
    audits.sort(key=_worst_first)
    return Report(
        tool=Tool(name="awsvpc-audit", version=__version__),
        started_at=min((c.started_at for c in collections.values() if c.started_at), default=None),
        finished_at=max((c.finished_at for c in collections.values() if c.finished_at), default=None),
        summary=_together(audits, is_whole=not missing),
        scopes=tuple(map(_summary_of, audits)),
        checks=_by_check(audits),
        not_audited=missing,
        waivers=uses,
        baseline=_counted(audits, baseline) if baseline is not None else None,
        audits=tuple(audits),
    )


def _worst_first(audit: AuditResult) -> tuple[object, ...]:
    summary = audit.summary
    scope = audit.scope
    return (
        ("fail", "unknown", "pass").index(summary.verdict),
        [-count for count in summary.by_severity.values()],  # in the order of severities, worst first
        -len(audit.diagnoses),
        -summary.findings.unknown,
        (scope.account, scope.region, scope.cluster),
    )


def _summary_of(audit: AuditResult) -> ScopeSummary:
    return ScopeSummary(
        account=audit.scope.account,
        region=audit.scope.region,
        cluster=audit.scope.cluster,
        summary=audit.summary,
        services=len(audit.scope.services),
        in_trouble=tuple(dict.fromkeys(diagnosis.subject.id for diagnosis in audit.diagnoses)),
    )


def _together(audits: Iterable[AuditResult], *, is_whole: bool) -> Summary:
    summary = summarize(finding for audit in audits for finding in audit.findings)
    if summary.verdict == "pass" and not is_whole:
        return msgspec.structs.replace(summary, verdict="unknown")
    return summary


def _by_check(audits: Iterable[AuditResult]) -> tuple[CheckCount, ...]:
    """Sorted by severity, then by how many fail."""
    by_id: dict[str, list[tuple[AuditResult, Finding]]] = {}
    for audit in audits:
        for finding in audit.findings:
            if finding.status is not Status.PASS:
                by_id.setdefault(finding.check_id, []).append((audit, finding))
    counts = []
    for check_id, found in by_id.items():
        statuses = [finding.status for _, finding in found]
        first = found[0][1]
        failing = {_place(audit) for audit, finding in found if finding.status is Status.FAIL}
        counts.append(
            CheckCount(
                check_id=check_id,
                title=first.title,
                severity=first.severity,
                fail=statuses.count(Status.FAIL),
                unknown=statuses.count(Status.UNKNOWN),
                waived=statuses.count(Status.WAIVED),
                clusters=tuple(sorted(failing)),
            )
        )
    return tuple(sorted(counts, key=lambda count: (not count.fail, count.severity.rank, -count.fail, count.check_id)))


def _place(audit: AuditResult) -> str:
    return f"{audit.scope.account}/{audit.scope.region}/{audit.scope.cluster}"


def _counted(audits: Sequence[AuditResult], baseline: Baseline) -> BaselineCounts:
    each = [audit.baseline for audit in audits if audit.baseline is not None]
    held = {"/".join(key) for key in baseline.audits}
    here = {_place(audit) for audit in audits}
    return BaselineCounts(
        new=sum(one.new for one in each),
        remaining=sum(len(one.remaining) for one in each),
        fixed=sum(len(one.fixed) for one in each),
        undetermined=sum(len(one.undetermined) for one in each),
        added=tuple(sorted(here - held)),
        left_out=tuple(sorted(held - here)),
    )
