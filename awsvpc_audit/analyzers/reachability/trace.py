"""What a trace is made of: hops, what blocks, the flow, the answer. The records are `path --format json`."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from awsvpc_audit.analyzers.reachability.address import Family, intersect
from awsvpc_audit.analyzers.reachability.flows import Filtered, Flows, Side, column, describe, unique
from awsvpc_audit.findings import Direction, Evidence, PathHop, ResourceRef, Verdict
from awsvpc_audit.model.gaps import NotCollectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Why traffic stops at a hop.

    Attributes:
        check_id: the check that is this block; ``None`` where no check speaks of it.
        resource: the resource at fault.
        reason: one sentence with ids and values.
        evidence: what was read that proves it.
        part: what is blocked, as written (`tcp 443 to 10.0.0.0/8`), where it is only a part; empty where it is all.
        is_reply: whether it is the reply that stops.
        splits_ports: whether, of connections to one address, some client ports pass and some do not: then connections
            fail by chance, whatever they are for.
        hop: the kind of hop that blocks.
    """

    check_id: str | None
    resource: ResourceRef
    reason: str
    evidence: tuple[Evidence, ...]
    part: str = ""
    is_reply: bool = False
    splits_ports: bool = False
    hop: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of some traffic.

    Attributes:
        hops: on the way, in order.
        passed: what gets there, and its replies back.
        block: the first block, where anything was blocked.
        missing: operations that were not read and might change the answer.
        opaque: hops whose inside cannot be seen, by design of AWS or for want of access.
        through: resources that carried it and that checks speak of: NAT gateways, endpoints.
    """

    hops: tuple[PathHop, ...] = ()
    passed: Flows = ()
    block: Block | None = None
    missing: tuple[str, ...] = ()
    opaque: tuple[ResourceRef, ...] = ()
    through: tuple[ResourceRef, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Blocked parts are certain; what is unknown leaves open only what is not blocked."""
        if not self.passed:
            return Verdict.UNREACHABLE if self.block else Verdict.UNKNOWN
        if self.missing or self.opaque:
            return Verdict.UNKNOWN
        return Verdict.PARTIAL if self.block else Verdict.REACHABLE


@dataclass(slots=True)
class Walk:
    """A trace under way: what is still alive of the traffic, and what happened so far."""

    family: Family
    flows: Flows
    hops: list[PathHop] = field(default_factory=list)
    block: Block | None = None
    missing: list[str] = field(default_factory=list)
    opaque: list[ResourceRef] = field(default_factory=list)
    through: list[ResourceRef] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to follow."""
        return not self.flows

    def allow(self, kind: str, id_: str, direction: Direction, detail: str) -> None:
        """Pass a hop."""
        self.hops.append(PathHop(kind=kind, id=id_, direction=direction, verdict="allow", detail=detail))

    def deny(self, kind: str, id_: str, direction: Direction, block: Block) -> None:
        """Stop: nothing of the traffic gets past this hop."""
        self.hops.append(PathHop(kind=kind, id=id_, direction=direction, verdict="deny", detail=block.reason))
        self.flows = ()
        self.block = self.block or replace(block, hop=kind, is_reply=direction == "return")

    def doubt(self, kind: str, id_: str, direction: Direction, detail: str, operations: Iterable[str]) -> None:
        """Pass a hop that could not be judged; the rest is followed, as a certain block there ends the question."""
        self.hops.append(PathHop(kind=kind, id=id_, direction=direction, verdict="unknown", detail=detail))
        self.missing.extend(operations)

    def unread(self, kind: str, id_: str, direction: Direction, gap: NotCollectedError) -> None:
        """Pass a hop that was not read."""
        self.doubt(kind, id_, direction, f"not read: {', '.join(gap.operations)}", gap.operations)

    def hide(self, kind: str, resource: ResourceRef, direction: Direction, detail: str) -> None:
        """Come to a hop whose inside cannot be seen: the rest of the way is unknown."""
        self.hops.append(PathHop(kind=kind, id=resource.id, direction=direction, verdict="unknown", detail=detail))
        self.opaque.append(resource)

    def filter(
        self,
        kind: str,
        id_: str,
        direction: Direction,
        result: Filtered,
        side: Side,
        block: Block,
    ) -> None:
        """Pass rules that may let through all, a part or nothing.

        Args:
            kind: of the hop.
            id_: of the resource whose rules they are.
            direction: of the packets they see.
            result: what the rules do.
            side: what they look at, for the words.
            block: what it means where they drop something; its reason is a prefix for what decided.
        """
        if result.passed_by:
            self.allow(kind, id_, direction, "; ".join(result.passed_by[:3]))
        if result.unsure:
            self.doubt(
                kind,
                id_,
                direction,
                f"{describe(result.unsure, self.family, side)}: cannot be told, not read: "
                f"{', '.join(result.operations)}",
                result.operations,
            )
        if result.blocked:
            part = describe(result.blocked, self.family, side)
            because = "; ".join(result.blocked_by[:3])
            reason = f"{block.reason} {part}" + (f" ({because})" if because else "")
            alive = bool(result.passed or result.unsure)
            self.hops.append(PathHop(kind=kind, id=id_, direction=direction, verdict="deny", detail=because or reason))
            shared = intersect(column(result.blocked, 2), column(result.passed, 2))
            self.block = self.block or replace(
                block,
                reason=reason,
                part=part if alive else "",
                hop=kind,
                is_reply=direction == "return",
                splits_ports=bool(shared) and direction == "return",
            )
        self.flows = (*result.passed, *result.unsure)

    def fork(self, flows: Flows) -> "Walk":
        """A walk of its own for a part of the traffic."""
        return Walk(self.family, flows)

    def join(self, branches: Iterable["Walk"]) -> None:
        """Go on with what the branches let through; what they met is told, the ways that work first."""
        branches = list(branches)
        ordered = sorted(branches, key=lambda branch: (branch.is_over, branch.block is not None))
        self.flows = tuple(flow for branch in ordered for flow in branch.flows)
        told: set[PathHop] = set()
        for branch in ordered:
            # Ways that run side by side share hops; those are told once.
            self.hops.extend(hop for hop in branch.hops if hop not in told)
            told.update(branch.hops if len(ordered) > 1 else ())
            self.block = self.block or branch.block
            self.missing.extend(branch.missing)
            self.opaque.extend(branch.opaque)
            self.through.extend(branch.through)

    def outcome(self) -> Outcome:
        """What became of it."""
        return Outcome(
            hops=tuple(self.hops),
            passed=self.flows,
            block=self.block,
            missing=unique(self.missing),
            opaque=tuple(dict.fromkeys(self.opaque)),
            through=tuple(dict.fromkeys(self.through)),
        )


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict for several flows: all alike, or `partial`; unknown where that might still change it."""
    kinds = set(verdicts)
    if not kinds or kinds == {Verdict.UNKNOWN}:
        return Verdict.UNKNOWN
    if len(kinds) == 1:
        return kinds.pop()
    if Verdict.PARTIAL in kinds or {Verdict.REACHABLE, Verdict.UNREACHABLE} <= kinds:
        return Verdict.PARTIAL
    return Verdict.UNKNOWN
