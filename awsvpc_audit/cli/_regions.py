"""Several clusters of several Regions: what there is, read together; what cannot be read, and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from awsvpc_audit.cli._account import (
    collect_live,
    collection_of,
    configure_logging,
    require_live,
    session_of,
    stored_snapshot,
)
from awsvpc_audit.cli._options import AccountOptions
from awsvpc_audit.collectors.clusters import all_clusters, those_there
from awsvpc_audit.compliance import ScopeName
from awsvpc_audit.errors import CollectError, NotFoundError, SnapshotError, UsageError
from awsvpc_audit.findings import Collection, NotAudited
from awsvpc_audit.model.account_model import Model, near_matches
from awsvpc_audit.model.scope import Scope, cluster_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be audited.

    Attributes:
        clusters: names or ARNs; empty for every cluster.
        regions: where to look for names; empty for the Region that the environment names, or for all of a snapshot.
    """

    clusters: tuple[str, ...]
    regions: tuple[str, ...]

    @classmethod
    def of(cls, clusters: Sequence[str], *, all_: bool, region: str | None, regions: str | None) -> "Asked":
        """As the options say.

        Raises:
            UsageError: neither clusters nor all of them, or both; Regions said twice, or none where some are to be
                named; an ARN of something else.
        """
        if bool(clusters) == all_:
            raise UsageError("name clusters with --cluster, or pass --all-clusters for every cluster")
        if region is not None and regions is not None:
            raise UsageError("--region and --regions say the same: pass one of them")
        named = tuple(dict.fromkeys(part.strip() for part in (regions or region or "").split(",") if part.strip()))
        if regions is not None and not named:
            raise UsageError("--regions names no Region: --regions us-east-1,eu-west-1")
        for name in clusters:
            if name.startswith("arn:") and (name.split(":")[2:3] != ["ecs"] or ":cluster/" not in name):
                raise UsageError(f'--cluster "{name}" is no ARN of a cluster')
        return cls(clusters=tuple(dict.fromkeys(clusters)), regions=named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was read, and what was not.

    Attributes:
        model: every scope that was read.
        collections: how each was read.
        clusters: what there is to audit, by scope and name.
        not_audited: what was asked for and is not among `clusters`.
    """

    model: Model
    collections: dict[ScopeName, Collection]
    clusters: tuple[tuple[ScopeName, str], ...]
    not_audited: tuple[NotAudited, ...]


def gather(options: AccountOptions, asked: Asked) -> Gathered:
    """Read every cluster asked for, or the snapshot.

    Raises:
        CollectError: nothing at all can be read.
        NotFoundError: there is nothing to audit, or none of the clusters asked for, with the near matches.
        SnapshotError: the snapshot cannot be read.
        UsageError: options that do not go together.
    """
    configure_logging(options)
    if options.from_ is not None:
        return _chosen(_from_snapshot(options, asked), asked)
    require_live(options)
    return _chosen(_live(options, asked), asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What there is to choose from.

    Attributes:
        named: the scopes in which names are looked for; ARNs are in all of the model.
        regions: Regions that could be looked into for names.
        failed: Regions that could not.
        known: the account, where it is one, and the names of the clusters that there are: for near matches.
    """

    model: Model
    collections: dict[ScopeName, Collection]
    named: tuple[Scope, ...]
    regions: tuple[str, ...]
    failed: tuple[NotAudited, ...]
    known: Callable[[], tuple[str | None, list[str]]]


def _from_snapshot(options: AccountOptions, asked: Asked) -> _Read:
    stored = stored_snapshot(options)
    model = Model.of(stored)
    held = model.narrowed(account=options.account)
    named = tuple(scope for scope in held if not asked.regions or scope.region in asked.regions)
    present = tuple(dict.fromkeys(scope.region for scope in held))

    def known() -> tuple[str | None, list[str]]:
        accounts = {scope.account for scope in held}
        names = [name for scope in held for name in scope.cluster_names]
        return accounts.pop() if len(accounts) == 1 else options.account, names

    return _Read(
        model=model,
        collections={_name(scope): collection_of(stored, scope.missing) for scope in model.scopes},
        named=named,
        regions=tuple(dict.fromkeys(scope.region for scope in named)),
        failed=tuple(
            NotAudited(
                account=options.account,
                region=region,
                cluster=None,
                error=f"nothing of it is in the snapshot (there is {', '.join(present) or 'nothing'})",
            )
            for region in asked.regions
            if region not in present
        ),
        known=known,
    )


def _live(options: AccountOptions, asked: Asked) -> _Read:
    by_arn = [cluster for cluster in asked.clusters if cluster.startswith("arn:")]
    regions = asked.regions
    if not regions and (not asked.clusters or len(by_arn) < len(asked.clusters)):
        regions = (session_of(options, None).region or "",)
    # What to read in each Region: the names in all of them, an ARN in its own; of none of them everything.
    plan = {region: [each for each in asked.clusters if each not in by_arn] for region in regions}
    for arn in by_arn:
        plan.setdefault(arn.split(":")[3], []).append(arn)
    scopes: list[Scope] = []
    collections: dict[ScopeName, Collection] = {}
    failed: list[NotAudited] = []
    for number, (region, wanted) in enumerate(plan.items(), 1):
        if asked.clusters and not wanted:
            continue
        share = f" ({number} of {len(plan)})" if len(plan) > 1 else ""
        try:
            collected = _collected(options, region, wanted, f"reading {region}{share}")
        except (CollectError, NotFoundError, SnapshotError) as error:
            failed.append(NotAudited(account=None, region=region, cluster=None, error=str(error)))
            continue
        for scope, collection in collected:
            scopes.append(scope)
            collections[_name(scope)] = collection
    model = Model(tuple(scopes))
    unread = {each.region for each in failed}
    account = next((scope.account for scope in scopes), None)

    def known() -> tuple[str | None, list[str]]:
        arns: list[str] = []
        for region in plan:
            try:
                arns += all_clusters(session_of(options, region)) if region not in unread else ()
            except CollectError:
                continue  # it would only have been a hint
        return next((arn.split(":")[4] for arn in arns), account), list(map(cluster_name, arns))

    return _Read(
        model=model,
        collections=collections,
        named=tuple(scope for scope in model.scopes if scope.region in regions),
        regions=tuple(region for region in regions if region not in unread),
        failed=tuple(
            NotAudited(account=account, region=each.region, cluster=None, error=each.error) for each in failed
        ),
        known=known,
    )


def _collected(
    options: AccountOptions, region: str, wanted: Sequence[str], doing: str
) -> Iterator[tuple[Scope, Collection]]:
    """Read the clusters asked for that are in a Region, or all of it; nothing where there are none.

    Raises:
        CollectError: nothing can be read there.
        SnapshotError: an answer is not of its operation's shape.
        NotFoundError: nobody could say which clusters there are, and one of several is not there.
    """
    session = session_of(options, region)
    there = those_there(session, wanted) if wanted else all_clusters(session)
    if there is None:
        clusters = tuple(wanted)
    elif wanted:
        clusters = tuple(arn for arn in there if any(_is_meant(each, arn) for each in wanted))
    else:
        clusters = there
    if not clusters:
        return iter(())
    try:
        collected = collect_live(options, *(clusters if wanted else ()), session=session, doing=doing)
    except NotFoundError:
        if len(wanted) == 1:
            return iter(())
        raise
    return iter([(scope, collected.collection) for scope in Model.of(collected.snapshot).scopes])


def _chosen(read: _Read, asked: Asked) -> Gathered:
    found = dict.fromkeys(_found(read, asked))
    missing = tuple(_missing(read, asked, found))
    not_audited = (*read.failed, *missing)
    if not found:
        where = ", ".join(read.regions)
        raise (
            _nothing(not_audited)
            if not_audited
            else NotFoundError(f"there are no clusters in {where or 'the snapshot'}: nothing to report on")
        )
    return Gathered(model=read.model, collections=read.collections, clusters=tuple(found), not_audited=not_audited)


def _found(read: _Read, asked: Asked) -> Iterator[tuple[ScopeName, str]]:
    if not asked.clusters:
        yield from ((_name(scope), name) for scope in read.named for name in _active(scope))
    for wanted in asked.clusters:
        for scope in read.model.scopes if wanted.startswith("arn:") else read.named:
            yield from ((_name(scope), name) for name in scope.cluster_names if _is_here(wanted, scope, name))


def _missing(read: _Read, asked: Asked, found: dict[tuple[ScopeName, str], None]) -> Iterator[NotAudited]:
    """What was asked for and is not where anybody could look."""
    unread = {each.region for each in read.failed}
    known: tuple[str | None, list[str]] | None = None
    for wanted in asked.clusters:
        name, parts = cluster_name(wanted), wanted.split(":")
        is_arn = wanted.startswith("arn:")
        regions = tuple(region for region in ((parts[3],) if is_arn else read.regions) if region not in unread)
        if not regions or any(
            each == name and (not is_arn or tuple(parts[3:5]) == (where.region, where.account)) for where, each in found
        ):
            continue
        if known is None:
            known = read.known()
        account, names = known
        account = parts[4] if is_arn else account
        places, hint = ", ".join(regions), near_matches(name, names, "clusters")
        yield NotAudited(
            account=account,
            region=places,
            cluster=name,
            error=f'no cluster "{name}" in {places} of {account or "this account"}.{hint}',
        )


def _nothing(not_audited: Sequence[NotAudited]) -> CollectError | NotFoundError:
    """What to say where nothing can be audited: the reason alone, where there is but one."""
    reasons = dict.fromkeys(each.error for each in not_audited)
    if len(reasons) == 1:
        text = next(iter(reasons))
    else:
        said = (each.error if each.cluster else f"{each.region}: {each.error}" for each in not_audited)
        text = f"nothing could be audited: {'; '.join(said)}"
    return NotFoundError(text) if all(each.cluster for each in not_audited) else CollectError(text)


def _active(scope: Scope) -> list[str]:
    """Names of the clusters that are not deleted: such a one can be described for a while."""
    deleted = {cluster_name(each.cluster_arn) for each in scope.clusters.known() if each.status == "INACTIVE"}
    return [name for name in scope.cluster_names if name not in deleted]


def _is_here(wanted: str, scope: Scope, name: str) -> bool:
    if not wanted.startswith("arn:"):
        return wanted == name
    return cluster_name(wanted) == name and tuple(wanted.split(":")[3:5]) == (scope.region, scope.account)


def _is_meant(wanted: str, arn: str) -> bool:
    return wanted == arn if wanted.startswith("arn:") else wanted == cluster_name(arn)


def _name(scope: Scope) -> ScopeName:
    return ScopeName(scope.account, scope.region)
