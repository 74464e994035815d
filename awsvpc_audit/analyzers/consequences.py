"""Which causes of one subject only follow from another one, so that they are listed under it.

What is declared is which checks can follow from which. From which finding one follows, its proof says where it can: it
names the resource of the other.
"""

from collections.abc import Container, Sequence

from awsvpc_audit.findings import Finding, ResourceRef, Status

WORKLOADS = frozenset({"service", "task", "launcher"})
"""Types of references that name a workload."""

ON_THE_WAY = ("NET", "END", "IP6", "DNS", "SUB")
"""Families of checks about what packets pass."""

SUMMARIES = frozenset({"END001", "NET015"})
"""Checks that say that something is not reached, where others say which hop stops it."""

RESTATES = frozenset({"SVC005", "SVC011"})
"""Checks that say again what the symptom says, and are the last to act on."""

_FOLLOWS = {
    "AGT006": frozenset({"AGT001", "AGT004"}),
    "AGT007": frozenset({"AGT010"}),
    "ENI003": frozenset({"AGT002"}),
}
"""Checks that only tell what follows from another one on the same resource: an old agent does not register what it
cannot do, and one that reaches nothing is not connected."""

_FOLLOWS_ANYWHERE = {
    # Nobody asks for more slots while some are free.
    "ENI004": ("ENI001",),
    "NET015": ("NET0", "END0", "IP60"),
    "END001": ("NET0", "END0", "IP60"),
    "SVC005": ("",),
    "SVC011": ("SUB0", "NET0", "END0", "IP60"),
}
"""Checks that only tell what follows from another one of the same subject, and the ids of those, or how they begin."""

_SHOW_WHAT_STOPS = frozenset({"NET015", "END001", "SVC011"})
"""Of those, the checks whose proof is the hop that stops the traffic: where it is another one than that of any other
cause, they tell of a fault of their own."""

_OF_WAYS = (*ON_THE_WAY, "AGT010")
"""Checks about what packets pass, of the tasks or of the hosts."""

_HOLD_EVERYTHING = frozenset({"subnet", "vpc", *WORKLOADS})
"""Types of resources that any proof may name, and not because something follows from them."""


def follows_on_resource(finding: Finding, proven: Container[tuple[str, ResourceRef]]) -> bool:
    """Whether a finding follows from one that is proven on the same resource.

    Args:
        finding: the one that may follow.
        proven: check and resource of the others.
    """
    return any((check_id, finding.resource) in proven for check_id in _FOLLOWS.get(finding.check_id, ()))


def leads_of(ranked: Sequence[Finding]) -> tuple[int | None, ...]:
    """For each finding the place of the one that it only follows from; ``None`` where it stands for itself.

    Only a finding that fails and is ranked before leads to another: what on-call acts on first stays first. What
    follows from one that follows itself is listed under the first of them.

    Args:
        ranked: the findings that explain the symptoms of one subject, best first.
    """
    leads = _Leads()
    return tuple(leads.add(finding) for finding in ranked)


class _Leads:
    """The findings that lead to others, the first by check, and all by what they are about: there may be a thousand."""

    def __init__(self) -> None:
        self._ranked: list[Finding] = []
        self._roots: list[int] = []
        self._by_check: dict[str, int] = {}
        self._about: dict[str, list[int]] = {}

    def add(self, finding: Finding) -> int | None:
        number, lead = len(self._ranked), self._lead_of(finding)
        if finding.status is Status.FAIL:
            self._about.setdefault(finding.resource.id, []).append(number)
            if lead is None:
                self._by_check.setdefault(finding.check_id, number)
        self._ranked.append(finding)
        self._roots.append(number if lead is None else self._roots[lead])
        return None if lead is None else self._roots[lead]

    def _lead_of(self, finding: Finding) -> int | None:
        for number in self._about.get(finding.resource.id, ()):
            if follows_on_resource(finding, ((self._ranked[number].check_id, self._ranked[number].resource),)):
                return number
        # A hop may be the workload itself, as the one that has no public address.
        names = {finding.resource.id, *_named_in(finding)}
        named = [number for name in names for number in self._about.get(name, ())]
        leads = _FOLLOWS_ANYWHERE.get(finding.check_id)
        if leads is None:
            return min((number for number in named if _depends_on(finding, self._ranked[number])), default=None)
        if finding.check_id not in _SHOW_WHAT_STOPS or not finding.evidence:
            named = list(self._by_check.values())
        found = [number for number in named if self._ranked[number].check_id.startswith(leads)]
        # What says which hop stops it is nearer to the fault than what says that something is not reached.
        hops = [number for number in found if self._ranked[number].check_id not in SUMMARIES | RESTATES]
        summaries = [number for number in found if self._ranked[number].check_id in SUMMARIES]
        return min(hops or (summaries if finding.check_id in RESTATES else []), default=None)


def _depends_on(finding: Finding, lead: Finding) -> bool:
    """Whether the proof of a fault on the way names what another one is about, and not the other way round."""
    return (
        lead.check_id.startswith(ON_THE_WAY)
        and finding.check_id.startswith(_OF_WAYS)
        and lead.resource != finding.resource
        and lead.resource.type not in _HOLD_EVERYTHING
        and finding.resource.id not in _named_in(lead)
    )


def _named_in(finding: Finding) -> frozenset[str]:
    """What the proof of a finding names."""
    return frozenset(text for each in finding.evidence for text in (each.resource, each.value) if isinstance(text, str))
