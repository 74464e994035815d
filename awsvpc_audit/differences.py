"""What changed between two snapshots: the configuration, and the findings of every cluster that both hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec

from awsvpc_audit import __version__
from awsvpc_audit.analyzers.configuration.changes import configuration_changes
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import AnyCheck, run_audit
from awsvpc_audit.baseline import Baseline, BaselineAudit, compared, first_known
from awsvpc_audit.checks._base import Context
from awsvpc_audit.config import Waivers
from awsvpc_audit.errors import NotFoundError
from awsvpc_audit.findings import (
    AuditResult,
    BaselineComparison,
    ClusterDiff,
    ClusterRef,
    Collection,
    ConfigurationChange,
    DiffSummary,
    Finding,
    ScopeDiff,
    SnapshotDiff,
    Status,
    Tool,
)
from awsvpc_audit.model.account_model import Model, near_matches
from awsvpc_audit.model.scope import Scope, cluster_name

ScopeKey = tuple[str, str]
"""Account and Region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One snapshot.

    Attributes:
        model: its scopes.
        collection: how it was read.
    """

    model: Model
    collection: Collection

    @property
    def created_at(self) -> datetime | None:
        """When it was made."""
        return self.collection.finished_at


def differences(
    checks: Iterable[AnyCheck],
    old: Recorded,
    new: Recorded,
    *,
    clusters: Iterable[str] = (),
    account: str | None = None,
    region: str | None = None,
    waivers: Waivers | None = None,
    today: date | None = None,
) -> SnapshotDiff:
    """Hold two snapshots against each other.

    Args:
        checks: the checks to run on both.
        old: the earlier one.
        new: the later one.
        clusters: names or ARNs of the clusters to look at; none for all.
        account: only this account.
        region: only this Region.
        waivers: failing findings that are accepted, in both.
        today: the day that waivers may have expired by.

    Raises:
        NotFoundError: a named cluster is in neither; or they have no account and Region in common.
    """
    checks = tuple(checks)
    before = {(scope.account, scope.region): scope for scope in old.model.narrowed(account=account, region=region)}
    after = {(scope.account, scope.region): scope for scope in new.model.narrowed(account=account, region=region)}
    shared = sorted(before.keys() & after.keys())
    if not shared:
        raise NotFoundError(
            f"nothing to compare: OLD holds {_places(before)}, NEW holds {_places(after)}"
            + (" (as narrowed by --account and --region)" if account or region else "")
        )
    chosen = _chosen(clusters, before, after)
    then, now = _clusters(before, chosen), _clusters(after, chosen)
    accepted = waivers or Waivers()

    def audit(of: Recorded, scopes: Mapping[ScopeKey, Scope], ref: ClusterRef) -> AuditResult:
        context = Context(cluster=Cluster(scopes[ref.account, ref.region], ref.cluster), model=of.model)
        return run_audit(checks, context, of.collection, waivers=accepted, today=today)

    diffs = tuple(
        _cluster_diff(ref, audit(old, before, ref), audit(new, after, ref), after[ref.account, ref.region])
        for ref in sorted(then & now)
    )
    near = _named_by_new(diffs)
    with_global = {min(key for key in shared if key[0] == account_) for account_ in {key[0] for key in shared}}
    scopes = tuple(
        _marked(
            configuration_changes(
                before[key], after[key], _shared_names(then & now, key), with_global=key in with_global
            ),
            near.get(key, {}),
        )
        for key in shared
    )
    return SnapshotDiff(
        tool=Tool(name="awsvpc-audit", version=__version__),
        old_created_at=old.created_at,
        new_created_at=new.created_at,
        summary=DiffSummary(
            changes=sum(len(scope.changes) for scope in scopes),
            new=sum(len(diff.new) for diff in diffs),
            fixed=sum(len(diff.fixed) for diff in diffs),
            unchanged=sum(len(diff.unchanged) for diff in diffs),
            undetermined=sum(len(diff.undetermined) for diff in diffs),
        ),
        scopes=scopes,
        clusters=diffs,
        only_in_old=tuple(sorted(then - now)),
        only_in_new=tuple(sorted(now - then)),
    )


def _places(scopes: Iterable[ScopeKey]) -> str:
    return ", ".join(f"{region} of {account}" for account, region in sorted(scopes)) or "nothing"


def _clusters(scopes: Mapping[ScopeKey, Scope], chosen: frozenset[str] | None) -> set[ClusterRef]:
    return {
        ClusterRef(account=account, region=region, cluster=name)
        for (account, region), scope in scopes.items()
        for name in scope.cluster_names
        if chosen is None or name in chosen
    }


def _shared_names(refs: Iterable[ClusterRef], key: ScopeKey) -> frozenset[str]:
    """Names of the clusters to compare in one scope. A cluster that just one snapshot holds may not be recorded."""
    return frozenset(ref.cluster for ref in refs if (ref.account, ref.region) == key)


def _chosen(
    clusters: Iterable[str], before: Mapping[ScopeKey, Scope], after: Mapping[ScopeKey, Scope]
) -> frozenset[str] | None:
    """Names of the clusters to look at; ``None`` for all."""
    wanted = [cluster_name(each) for each in clusters]
    known = {name for scopes in (before, after) for scope in scopes.values() for name in scope.cluster_names}
    for name in wanted:
        if name not in known:
            raise NotFoundError(f'no cluster "{name}" in OLD or NEW.{near_matches(name, known, "clusters")}')
    return frozenset(wanted) or None


def _cluster_diff(ref: ClusterRef, old: AuditResult, new: AuditResult, scope: Scope) -> ClusterDiff:
    narrowed = compared(new, _as_baseline(old))
    comparison = narrowed.baseline or BaselineComparison(created_at=None, new=0)
    failing = tuple(finding for finding in narrowed.findings if finding.status is Status.FAIL)
    tells_trouble = scope.services.is_complete and scope.tasks.is_complete
    return ClusterDiff(
        account=ref.account,
        region=ref.region,
        cluster=ref.cluster,
        new=failing,
        not_known_before=first_known(failing, old.findings),
        fixed=comparison.fixed,
        unchanged=comparison.remaining,
        undetermined=comparison.undetermined,
        unknown=tuple(
            f for f in new.findings if f.status is Status.UNKNOWN and f.fingerprint not in comparison.unknown
        ),
        diagnoses_came=narrowed.diagnoses,
        diagnoses_gone=compared(old, _as_baseline(new)).diagnoses if tells_trouble else (),
    )


def _as_baseline(result: AuditResult) -> Baseline:
    scope = result.scope
    audit = BaselineAudit(scope=scope, diagnoses=result.diagnoses, findings=result.findings)
    return Baseline(Path("OLD"), {(scope.account, scope.region, scope.cluster): audit})


Named = dict[str, set[str]]
"""Ids and ARNs, with the checks of the new findings that name them."""


def _named_by_new(diffs: Iterable[ClusterDiff]) -> dict[ScopeKey, Named]:
    found: dict[ScopeKey, Named] = {}
    for diff in diffs:
        named = found.setdefault((diff.account, diff.region), {})
        for finding in diff.new:
            for name in _names_in(finding):
                named.setdefault(name, set()).add(finding.check_id)
    return found


def _names_in(finding: Finding) -> set[str]:
    names = {finding.resource.id, finding.resource.arn or "", *(entry.resource for entry in finding.evidence)}
    return names - {""}


def _marked(diff: ScopeDiff, named: Named) -> ScopeDiff:
    return msgspec.structs.replace(diff, changes=tuple(_near(change, named) for change in diff.changes))


def _near(change: ConfigurationChange, named: Named) -> ConfigurationChange:
    names = (change.resource.id, change.resource.arn or "")
    checks = set().union(*(named.get(name, set()) for name in names))
    return msgspec.structs.replace(change, near=tuple(sorted(checks))) if checks else change
