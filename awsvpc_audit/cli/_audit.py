"""From a model to an audit and its exit code."""

import sys
from collections.abc import Collection as Collection_
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.baseline import Audited, Baseline, compared, load_baseline
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.cli._account import Account
from awsvpc_audit.cli._options import AccountOptions, FailOn, VerdictOptions
from awsvpc_audit.config import Waivers, load_waivers
from awsvpc_audit.errors import CollectError, NotFoundError, UsageError
from awsvpc_audit.findings import AuditResult, Collection, Report, Severity, Status
from awsvpc_audit.in_depth import networks_of
from awsvpc_audit.model.account_model import find_service, near_matches
from awsvpc_audit.report.notices import warnings
from awsvpc_audit.report.text import clean

_MOST_WARNINGS = 10


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a run is held against beside the checks: waivers, the day, and a baseline. Read before AWS is.

    Attributes:
        waivers: accepted findings.
        baseline: what to compare with.
        today: the day, in UTC.
    """

    waivers: Waivers
    baseline: Baseline | None
    today: date

    @classmethod
    def by(cls, verdict: VerdictOptions) -> "Judged":
        """As the options say.

        Raises:
            UsageError: a file is broken, or the waivers name a check that there is not.
        """
        return cls(
            waivers=_accepted(verdict.waivers),
            baseline=load_baseline(verdict.baseline) if verdict.baseline is not None else None,
            today=datetime.now(UTC).date(),
        )

    def audit(self, context: Context, collection: Collection, *, pictures: bool = False) -> AuditResult:
        """The audit of one cluster.

        Raises:
            UsageError: the baseline is of other clusters.
        """
        result = run_audit(ALL_CHECKS, context, collection, waivers=self.waivers, today=self.today)
        if pictures:
            result = msgspec.structs.replace(result, networks=networks_of(context))
        return self.narrowed(result, context.services or None)

    def narrowed(self, result: Audited, only: Collection_[str] | None = None) -> Audited:
        """What is new since the baseline, where there is one.

        Args:
            result: the audit.
            only: names of the services, or the family of the task, that it is of; ``None`` for the whole cluster.

        Raises:
            UsageError: the baseline is of other clusters.
        """
        if self.baseline is None:
            return result
        self.baseline.require(result.scope)
        return compared(result, self.baseline, only)


def _accepted(path: Path | None) -> Waivers:
    if path is None:
        return Waivers()
    waivers = load_waivers(path)
    known = {check.id for check in ALL_CHECKS}
    for number, rule in enumerate(waivers.waivers):
        if rule.check not in known:
            hint = near_matches(rule.check, known, "checks")
            raise UsageError(f'{path}: no check "{rule.check}" - at `$.waivers[{number}].check`.{hint}')
    return waivers


def context_of(account: Account, cluster: str, options: AccountOptions, services: tuple[str, ...] = ()) -> Context:
    """The cluster to look at, narrowed to services where some are named.

    Raises:
        CollectError: a service is named, and services could not be read.
        NotFoundError: no such cluster or service, with the near matches.
    """
    scope, name = account.model.find_cluster(cluster, account=options.account, region=options.region)
    found = Cluster(scope, name)
    names = frozenset(_service_name(found, service) for service in services)
    return Context(cluster=found, model=account.model, services=names)


def _service_name(cluster: Cluster, name_or_arn: str) -> str:
    try:
        return find_service(cluster.services, name_or_arn, cluster.name).service_name
    except NotFoundError as error:
        if cluster.scope.services.is_complete:
            raise
        unread = ", ".join(cluster.scope.services.missing().operations)
        raise CollectError(
            f'service "{name_or_arn}" cannot be looked for: {unread} was not, or not wholly, read'
        ) from error


def exit_code(result: AuditResult, verdict: VerdictOptions) -> int:
    """0 or 1, as the contract says: whether anything fails (with `--strict`, or is unknown) at `--fail-on` or worse.

    With a baseline that is what is new; what was unknown then too is not.
    """
    if verdict.fail_on is FailOn.NEVER:
        return 0
    threshold = Severity(verdict.fail_on.value).rank
    counts = {Status.FAIL, Status.UNKNOWN} if verdict.strict else {Status.FAIL}
    known = frozenset(result.baseline.unknown) if result.baseline is not None else frozenset()
    return int(
        any(
            f.status in counts and f.severity.rank <= threshold
            for f in result.findings
            if f.status is Status.FAIL or f.fingerprint not in known
        )
    )


def warn(document: AuditResult | Report, options: AccountOptions) -> None:
    """Say on stderr what should be known of the run itself: waivers that accept nothing, what was not audited."""
    if options.quiet:
        return
    lines = warnings(document)
    for line in lines[:_MOST_WARNINGS]:
        sys.stderr.write(f"awsvpc-audit: warning: {clean(line)}\n")
    if len(lines) > _MOST_WARNINGS:
        sys.stderr.write(f"awsvpc-audit: warning: and {len(lines) - _MOST_WARNINGS} more, all in the report\n")


def report_exit_code(report: Report, verdict: VerdictOptions) -> int:
    """1 where any audit of the report would exit so, else 3 where it is not whole, else 0."""
    if any(exit_code(audit, verdict) for audit in report.audits):
        return 1
    return 3 if report.not_audited else 0
