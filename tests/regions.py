"""Worlds side by side in one snapshot, each in a Region of its own with ids of its own."""

import re

from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot
from tests.world import REGION, World

_ID = re.compile(rb'"((?:subnet|vpc|rtb|nat|sg|igw|eni|i|acl|dopt)-)(?!default)')


def moved(world: World, region: str) -> ScopeSnapshot:
    """A world in another Region. AWS gives no id twice: each has the Region's name in it."""
    scope = world.scope_snapshot()
    if region == REGION:
        return scope
    own = rb'"\g<1>' + region.encode() + b"-"

    def there(content: bytes) -> bytes:
        return _ID.sub(own, content).replace(REGION.encode(), region.encode())

    return ScopeSnapshot(
        account=scope.account,
        region=region,
        responses={stem: there(content) for stem, content in scope.responses.items()},
        global_responses=scope.global_responses,
        missing=scope.missing,
        clusters=scope.clusters,
    )


def side_by_side(worlds: dict[str, World]) -> Snapshot:
    """One snapshot of several Regions."""
    return Snapshot(scopes=tuple(moved(world, region) for region, world in worlds.items()))
