"""All scopes of a snapshot, and how a cluster, service or task is found in them by what people type."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from awsvpc_audit.errors import NotFoundError
from awsvpc_audit.model import ecs
from awsvpc_audit.model.scope import Scope, cluster_name
from awsvpc_audit.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Model:
    """The typed snapshot: one `Scope` for each account and Region."""

    scopes: tuple[Scope, ...]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "Model":
        """The model of a snapshot, every table decoded.

        Raises:
            SnapshotError: a file is not of its operation's shape; names file and field.
        """
        scopes = tuple(Scope(scope) for scope in snapshot.scopes)
        for scope in scopes:
            scope.decode_all()
        return cls(scopes)

    def narrowed(self, *, account: str | None = None, region: str | None = None) -> tuple[Scope, ...]:
        """The scopes of an account and a Region, where given."""
        return tuple(
            scope
            for scope in self.scopes
            if (account is None or scope.account == account) and (region is None or scope.region == region)
        )

    def find_cluster(
        self, name_or_arn: str, *, account: str | None = None, region: str | None = None
    ) -> tuple[Scope, str]:
        """The scope that holds a cluster, and the cluster's name.

        Args:
            name_or_arn: what the user typed.
            account: narrows the choice where the name stands in several accounts.
            region: narrows the choice where the name stands in several Regions.

        Raises:
            NotFoundError: no such cluster, with the near matches; or several, with how to choose.
        """
        if name_or_arn.startswith("arn:"):
            parts = name_or_arn.split(":")
            region, account = parts[3], parts[4]
        name = cluster_name(name_or_arn)
        scopes = self.narrowed(account=account, region=region)
        if not scopes:
            wanted = " of ".join(each for each in (region, account) if each) or "any account"
            held = ", ".join(f"{scope.region} of {scope.account}" for scope in self.scopes)
            raise NotFoundError(f'no cluster "{name}": nothing of {wanted} was read (there is {held or "nothing"})')
        found = [scope for scope in scopes if name in scope.cluster_names]
        if len(found) == 1:
            return found[0], name
        if found:
            places = ", ".join(f"{scope.account}/{scope.region}" for scope in found)
            raise NotFoundError(
                f'cluster "{name}" stands in several scopes ({places}): choose with --region or --account'
            )
        known = sorted({name for scope in scopes for name in scope.cluster_names})
        where = ", ".join(f"{scope.region} of {scope.account}" for scope in scopes)
        raise NotFoundError(f'no cluster "{name}" in {where}.{near_matches(name, known, "clusters")}')


def near_matches(name: str, known: Iterable[str], plural: str) -> str:
    """` Did you mean prod? (clusters: prod, staging)`: the end of a message about an unknown name."""
    names = sorted(set(known))
    if not names:
        return f" There are no {plural}."
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"{hint} ({plural}: {shown})"


def find_service(services: Iterable[ecs.Service], name_or_arn: str, cluster: str) -> ecs.Service:
    """A service by name or ARN.

    Raises:
        NotFoundError: no such service, with the near matches.
    """
    candidates = list(services)
    for service in candidates:
        if name_or_arn in {service.service_name, service.service_arn}:
            return service
    hint = near_matches(name_or_arn, (s.service_name for s in candidates), "services")
    raise NotFoundError(f'no service "{name_or_arn}" in cluster {cluster}.{hint}')
