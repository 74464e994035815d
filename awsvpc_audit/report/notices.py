"""What a report says beside its findings: waivers that do nothing, what was not audited, what is gone since a baseline.

Every format shows them: a report that leaves them out looks better than the account is.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from awsvpc_audit.findings import (
    AuditResult,
    BaselineComparison,
    BaselineCounts,
    Finding,
    NotAudited,
    Report,
    ScopeRef,
    ScopeSummary,
    WaiverUse,
)
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.options import Document
from awsvpc_audit.report.text import counted, some


def place(scope: ScopeRef | ScopeSummary) -> str:
    """`account/region/cluster`, as the report's own lists of clusters name it."""
    return f"{scope.account}/{scope.region}/{scope.cluster}"


def short_places(report: Report) -> dict[tuple[str, str, str], str]:
    """A name for each audited cluster, as short as tells them apart, by account, Region and cluster."""
    keys = [(scope.account, scope.region, scope.cluster) for scope in report.scopes]
    accounts, regions = {key[0] for key in keys}, {key[:2] for key in keys}
    first = 0 if len(accounts) > 1 else 1 if len(regions) > 1 else 2
    return {key: "/".join(key[first:]) for key in keys}


def scope_of(report: Report) -> str:
    """What was audited and when it was read: clusters, Regions, account, time."""
    regions = dict.fromkeys(sorted(scope.region for scope in report.scopes))
    accounts = dict.fromkeys(sorted(scope.account for scope in report.scopes))
    parts = [counted(len(report.scopes), "cluster"), some(regions, 3), some(accounts, 3)]
    read_at = report.finished_at or report.started_at
    return " · ".join([*filter(None, parts), *([_minute(read_at)] if read_at else [])])


def is_well(audit: AuditResult) -> bool:
    """Whether nothing fails and nothing is unknown in a cluster, nor was left out for being in a baseline."""
    left_out = audit.baseline
    return (
        audit.summary.verdict == "pass"
        and not audit.diagnoses
        and not (left_out and (left_out.remaining or left_out.diagnoses or left_out.undetermined))
    )


def idle_waivers(document: Document) -> tuple[WaiverUse, ...]:
    """Waivers that accept nothing: expired, unmatched, or nobody can tell."""
    return tuple(use for use in document.waivers if use.state != "used")


def waiver_name(use: WaiverUse) -> str:
    """What the waiver is for: `DNS002 vpc-0abc* in prod*`."""
    parts = [use.check]
    parts += [use.resource] if use.resource != "*" else []
    parts += [f"in {use.cluster}"] if use.cluster != "*" else []
    return " ".join(parts)


def waiver_state(use: WaiverUse) -> str:
    """What became of a waiver, as the end of a sentence about it."""
    match use.state:
        case "expired":
            again = (
                f"{counted(use.findings, 'finding')} no longer accepted" if use.findings else "nothing is left of it"
            )
            return f"expired after {use.expires}; {again}"
        case "unmatched":
            return "matches nothing that fails; it can go"
        case "undetermined":
            return "matches nothing that is known to fail, but not all of it could be told"
        case _:
            until = f" until {use.expires}" if use.expires else ""
            return f"accepts {counted(use.findings, 'finding')}{until}"


def not_audited_place(what: NotAudited) -> str:
    """What was asked for: a cluster, or a whole Region."""
    where = "/".join(part for part in (what.account, what.region) if part)
    return f"cluster {what.cluster} in {where}" if what.cluster else where


def since(baseline: BaselineComparison) -> str:
    """The time of the baseline, as `since 2026-11-20 23:14 UTC`, or what there is to say without one."""
    return f"since {_minute(baseline.created_at)}" if baseline.created_at else "since the baseline"


def _minute(at: datetime) -> str:
    return f"{in_utc(at):%Y-%m-%d %H:%M} UTC"


def baseline_counts(document: Document) -> BaselineCounts | None:
    """The comparison in numbers; ``None`` where there is no baseline."""
    baseline = document.baseline
    if isinstance(baseline, BaselineComparison):
        return BaselineCounts(
            new=baseline.new,
            remaining=len(baseline.remaining),
            fixed=len(baseline.fixed),
            undetermined=len(baseline.undetermined),
        )
    return baseline


def in_numbers(counts: BaselineCounts) -> str:
    """`2 new, 3 remain, 1 fixed`; what cannot be told is only said where there is some."""
    open_ = f", {counts.undetermined:,} cannot be told" if counts.undetermined else ""
    verb = "remains" if counts.remaining == 1 else "remain"
    return f"{counts.new:,} new, {counts.remaining:,} {verb}, {counts.fixed:,} fixed{open_}"


def compared_findings(result: AuditResult) -> Iterator[tuple[str, Finding]]:
    """What a baseline had and the findings do not show: `remaining`, `fixed` or `undetermined`, with the finding."""
    if result.baseline is not None:
        yield from (("remaining", finding) for finding in result.baseline.remaining)
        yield from (("fixed", finding) for finding in result.baseline.fixed)
        yield from (("undetermined", finding) for finding in result.baseline.undetermined)


def report_verdict(report: Report) -> str:
    """The answer of a report in a few words: `3 of 12 clusters fail, 1 not audited`."""
    verdicts = [scope.summary.verdict for scope in report.scopes]
    failing, unknown = verdicts.count("fail"), verdicts.count("unknown")
    compared = report.baseline is not None
    total = counted(len(verdicts), "cluster")
    if failing:
        verb = (
            ("has new faults" if failing == 1 else "have new faults")
            if compared
            else "fails"
            if failing == 1
            else "fail"
        )
        parts = [f"{failing} of {total} {verb}"]
    else:
        parts = [f"nothing {'new ' if compared else ''}fails in {total}"]
    parts += [f"{unknown} not wholly known"] if unknown else []
    parts += [f"{len(report.not_audited)} not audited"] if report.not_audited else []
    return ", ".join(parts)


def warnings(document: Document) -> tuple[str, ...]:
    """What whoever runs the program should know of the run itself, a line each."""
    return tuple(_warnings(document))


def _warnings(document: Document) -> Iterable[str]:
    if isinstance(document, Report):
        yield from (f"not audited: {not_audited_place(each)}: {each.error}" for each in document.not_audited)
        if document.baseline is not None and document.baseline.left_out:
            first, *others = document.baseline.left_out
            more = f" and {counted(len(others), 'other cluster')}" if others else ""
            yield f"the baseline also holds {first}{more}, which this report does not"
    yield from (f"waiver {waiver_name(use)}: {waiver_state(use)}" for use in idle_waivers(document))
