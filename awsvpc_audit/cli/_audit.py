"""From a model to an audit and its exit code."""

from datetime import UTC, datetime
from pathlib import Path

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.cli._account import Account
from awsvpc_audit.cli._options import AccountOptions, FailOn, VerdictOptions
from awsvpc_audit.config import Waivers, load_waivers
from awsvpc_audit.errors import CollectError, NotFoundError, UsageError
from awsvpc_audit.findings import AuditResult, Severity, Status
from awsvpc_audit.model.account_model import find_service, near_matches


def audit_cluster(
    account: Account,
    cluster: str,
    options: AccountOptions,
    *,
    services: tuple[str, ...] = (),
    waivers: Path | None = None,
) -> AuditResult:
    """The audit of one cluster of what was read.

    Raises:
        NotFoundError: no such cluster or service, with the near matches.
        UsageError: the waivers file is broken, or names a check that there is not.
    """
    accepted = _accepted(waivers)
    context = context_of(account, cluster, options, services)
    return run_audit(ALL_CHECKS, context, account.collection, waivers=accepted, today=datetime.now(UTC).date())


def _accepted(path: Path | None) -> Waivers:
    if path is None:
        return Waivers()
    waivers = load_waivers(path)
    known = {check.id for check in ALL_CHECKS}
    for rule in waivers.waivers:
        if rule.check not in known:
            raise UsageError(f'{path}: no check "{rule.check}".{near_matches(rule.check, known, "checks")}')
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
    """0 or 1, as the contract says: whether anything fails (with `--strict`, or is unknown) at `--fail-on` or worse."""
    if verdict.fail_on is FailOn.NEVER:
        return 0
    threshold = Severity(verdict.fail_on.value).rank
    counts = {Status.FAIL, Status.UNKNOWN} if verdict.strict else {Status.FAIL}
    return int(any(f.status in counts and f.severity.rank <= threshold for f in result.findings))
