"""What a check finds: one finding, its proof and its fix."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

SCHEMA_VERSION = "1"


class Severity(StrEnum):
    """How bad it is if true."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Status(StrEnum):
    """What became of one check on one resource."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - a verdict
    WAIVED = "waived"


_ORDER = {status: place for place, status in enumerate((Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.PASS))}


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A record of the JSON document: a tree, so the garbage collector need not search it for cycles."""


class ResourceRef(Record, frozen=True, kw_only=True, order=True):
    """A resource as a report names it.

    Attributes:
        type: AWS's word in snake_case (`nat_gateway`, `subnet`, `service`, `container_instance` …).
        id: the id or name people know it by.
        arn: where there is one.
    """

    type: str
    id: str
    arn: str | None = None


class Evidence(Record, frozen=True, kw_only=True):
    """One value that was read, and where.

    Attributes:
        operation: `ec2:DescribeNatGateways`.
        resource: the id of the resource that has the field.
        field: AWS's path to it (`State`, `NetworkInfo.MaximumNetworkInterfaces`).
        value: as read: text, number, boolean, or ``None`` for absent.
    """

    operation: str
    resource: str
    field: str
    value: str | int | float | bool | None


class Remediation(Record, frozen=True, kw_only=True):
    """What to do; commands are shown and never run."""

    text: str
    commands: tuple[str, ...] = ()


class Waiver(Record, frozen=True, kw_only=True):
    """Why a failing finding is accepted, and until when (ISO date)."""

    reason: str
    expires: str | None = None


class Finding(Record, frozen=True, kw_only=True):
    """One check on one resource.

    Attributes:
        controls: ids of the well-known controls that the check speaks to, as in `facts.controls`.
    """

    check_id: str
    status: Status
    severity: Severity
    title: str
    detail: str
    resource: ResourceRef
    affected: tuple[ResourceRef, ...] = ()
    observed: bool = False
    evidence: tuple[Evidence, ...] = ()
    remediation: Remediation
    missing: tuple[str, ...] = ()
    waiver: Waiver | None = None
    controls: tuple[str, ...] = ()
    doc_url: str
    fingerprint: str

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Failing first, worst first, then by check and resource."""
        return (_ORDER[self.status], self.severity.rank, self.check_id, self.resource.type, self.resource.id)


def fingerprint(check_id: str, resource: ResourceRef, affected: Iterable[ResourceRef]) -> str:
    """A stable id of check, resource and affected, for baselines: the same fault has the same one in every run."""
    return fingerprint_with(check_id, resource, digest_of(affected))


def digest_of(affected: Iterable[ResourceRef]) -> str:
    """The affected as a fingerprint takes them in: worth keeping where many findings affect the same hundreds."""
    lines = sorted(f"{ref.type}/{ref.id}" for ref in affected)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def fingerprint_with(check_id: str, resource: ResourceRef, digest: str) -> str:
    """As `fingerprint`, with the digest of the affected at hand."""
    text = f"{check_id}\n{resource.type}\n{resource.arn or resource.id}\n{digest}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
