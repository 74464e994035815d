"""Findings as a page shows them: in groups of one check, each with what the filters ask it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from awsvpc_audit.facts.controls import CONTROLS, Control
from awsvpc_audit.findings import Finding, ResourceRef, Severity, Status

AREAS = {
    "ENI": "Task network interfaces",
    "AGT": "Container agent",
    "PLC": "Placement",
    "SUB": "Subnets and addresses",
    "NET": "Way to the internet",
    "END": "AWS services and endpoints",
    "DNS": "DNS",
    "IP6": "IPv6",
    "SVC": "Services and roles",
    "LBS": "Load balancers",
}
"""What the first three letters of a check's ID stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One finding.

    Attributes:
        anchor: its id in the page; the same in every report of the same fault.
        services: numbers of the services it is about, for the filter.
    """

    finding: Finding
    anchor: str
    services: tuple[int, ...]

    @property
    def area(self) -> str:
        """The family of its check."""
        return area_of(self.finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """Findings of one check with one status."""

    check_id: str
    title: str
    severity: Severity
    status: Status
    doc_url: str
    controls: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What findings can be filtered by, with how many there are of each.

    Attributes:
        services: names in the order of their numbers.
    """

    severities: tuple[tuple[Severity, int], ...]
    statuses: tuple[tuple[Status, int], ...]
    areas: tuple[tuple[str, str, int], ...]
    services: tuple[str, ...]
    total: int


@dataclass(slots=True)
class Register:
    """Gives services their numbers and findings their anchors, and counts, while a page is put together."""

    _services: dict[str, int] = field(default_factory=dict)
    _anchors: Counter[str] = field(default_factory=Counter)
    _shown: list[Finding] = field(default_factory=list)

    def groups(self, findings: Iterable[Finding], prefix: str) -> tuple[CheckGroup, ...]:
        """Findings in groups, in the order they come in.

        Args:
            findings: those of one cluster.
            prefix: what tells the anchors of this cluster from others'.
        """
        found = []
        for (status, check_id, title, severity), group in groupby(
            findings, key=lambda f: (f.status, f.check_id, f.title, f.severity)
        ):
            entries = tuple(self._entry(finding, prefix) for finding in group)
            first = entries[0].finding
            found.append(
                CheckGroup(
                    check_id=check_id,
                    title=title,
                    severity=severity,
                    status=status,
                    doc_url=first.doc_url,
                    controls=tuple(dict.fromkeys(c for entry in entries for c in entry.finding.controls)),
                    entries=entries,
                )
            )
        return tuple(found)

    def facets(self) -> Facets:
        """What the findings so far can be filtered by."""
        areas = Counter(map(area_of, self._shown))
        severities = Counter(finding.severity for finding in self._shown)
        statuses = Counter(finding.status for finding in self._shown)
        known = list(AREAS)
        return Facets(
            severities=tuple((severity, severities[severity]) for severity in Severity if severities[severity]),
            statuses=tuple((status, statuses[status]) for status in Status if statuses[status]),
            areas=tuple(
                (area, AREAS.get(area, area), areas[area])
                for area in sorted(areas, key=lambda a: (known.index(a) if a in AREAS else len(known), a))
            ),
            services=tuple(self._services),
            total=len(self._shown),
        )

    def _entry(self, finding: Finding, prefix: str) -> Entry:
        self._shown.append(finding)
        anchor = f"{prefix}{finding.check_id}-{finding.fingerprint[:12]}"
        self._anchors[anchor] += 1
        if self._anchors[anchor] > 1:
            anchor = f"{anchor}-{self._anchors[anchor]}"
        names = dict.fromkeys(ref.id for ref in (finding.resource, *finding.affected) if ref.type == "service")
        return Entry(
            finding=finding,
            anchor=anchor,
            services=tuple(self._services.setdefault(name, len(self._services)) for name in names),
        )


def area_of(finding: Finding) -> str:
    """The family of a finding's check."""
    return finding.check_id[:3]


def controls_of(ids: Iterable[str]) -> Iterator[tuple[str, Control | None]]:
    """Controls by their ids; one that is not in the table (an older report named it) has nothing but its id."""
    for control_id in ids:
        yield control_id, CONTROLS.get(control_id)


def named(ref: ResourceRef) -> str:
    """A resource by its name; its type is said where it is not a service."""
    return ref.id if ref.type == "service" else f"{ref.type.replace('_', ' ')} {ref.id}"
