"""Waivers: failing findings that somebody accepts, with a reason and, if wanted, an end.

[[waivers]]
check = "DNS002"
resource = "vpc-0abc*"      # a glob of the id or the ARN; any resource where left out
cluster = "prod*"           # a glob of the name or the ARN; any cluster where left out
reason = "host names are not used"
expires = 2027-01-31        # the last day it holds, in UTC; for ever where left out
"""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Finding, ResourceRef, Status, Waiver, WaiverUse

Words = Annotated[str, msgspec.Meta(pattern=r"\S")]
"""Text that is not blank."""


class WaiverRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One accepted finding, or several by globs."""

    check: Words
    reason: Words
    resource: Words = "*"
    cluster: Words = "*"
    expires: date | None = None

    def holds_for(self, finding: Finding, cluster: ResourceRef, today: date | None) -> bool:
        """Whether a finding of a cluster is accepted on a day; with no day given, no waiver has expired."""
        return self.is_for(finding, cluster) and not self.has_expired(today)

    def is_for(self, finding: Finding, cluster: ResourceRef) -> bool:
        """Whether it is about a finding of a cluster, whatever the day."""
        return (
            self.check == finding.check_id
            and self.is_about(cluster)
            and _is_called(finding.resource.id, finding.resource.arn, self.resource)
        )

    def is_about(self, cluster: ResourceRef) -> bool:
        """Whether it is about a cluster, by its name or its ARN."""
        return _is_called(cluster.id, cluster.arn, self.cluster)

    def has_expired(self, today: date | None) -> bool:
        """Whether its last day is past."""
        return self.expires is not None and today is not None and today > self.expires


class Waivers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    waivers: tuple[WaiverRule, ...] = ()

    def apply(self, findings: Iterable[Finding], cluster: ResourceRef, today: date | None) -> tuple[Finding, ...]:
        """The findings, those that fail and are accepted as `waived`."""
        return tuple(self._judged(finding, cluster, today) for finding in findings)

    def uses(
        self,
        clusters: Iterable[tuple[ResourceRef, Sequence[Finding]]],
        today: date | None,
        *,
        whole: bool,
        unseen: Iterable[str | None] = (),
    ) -> tuple[WaiverUse, ...]:
        """What became of each waiver.

        Args:
            clusters: the audited clusters with their findings, after `apply`.
            today: the day that waivers may have expired by.
            whole: whether these are all the clusters that the file is for. Otherwise a waiver for others is left out.
            unseen: names of clusters that could not be audited, ``None`` for nobody knows which: a waiver that is for
                one of them is not unmatched.
        """
        audited = tuple(clusters)
        unseen = tuple(unseen)
        found = []
        for rule in self.waivers:
            mine = [(cluster, findings) for cluster, findings in audited if rule.is_about(cluster)]
            # Of a cluster that was not audited only the name is known: of a glob of ARNs the last part is that.
            blind = any(name is None or fnmatchcase(name, rule.cluster.rpartition("/")[2]) for name in unseen)
            if mine or whole or blind:
                found.append(_use(rule, mine, today, blind=blind))
        return tuple(found)

    def _judged(self, finding: Finding, cluster: ResourceRef, today: date | None) -> Finding:
        if finding.status is not Status.FAIL:
            return finding
        for rule in self.waivers:
            if rule.holds_for(finding, cluster, today):
                waiver = Waiver(reason=rule.reason, expires=rule.expires.isoformat() if rule.expires else None)
                return msgspec.structs.replace(finding, status=Status.WAIVED, waiver=waiver)
        return finding


def _is_called(name: str, arn: str | None, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or (arn is not None and fnmatchcase(arn, pattern))


def _use(
    rule: WaiverRule,
    audited: Sequence[tuple[ResourceRef, Sequence[Finding]]],
    today: date | None,
    *,
    blind: bool,
) -> WaiverUse:
    is_for = sum(
        finding.status in {Status.FAIL, Status.WAIVED} and rule.is_for(finding, cluster)
        for cluster, findings in audited
        for finding in findings
    )
    # An unknown stands for resources that nobody could look at: it may well be the one of the waiver.
    is_open = blind or any(
        finding.status is Status.UNKNOWN and finding.check_id == rule.check
        for _, findings in audited
        for finding in findings
    )
    state: Literal["used", "expired", "unmatched", "undetermined"]
    if rule.has_expired(today):
        state = "expired"
    elif is_for:
        state = "used"
    else:
        state = "undetermined" if is_open else "unmatched"
    return WaiverUse(
        check=rule.check,
        resource=rule.resource,
        cluster=rule.cluster,
        reason=rule.reason,
        expires=rule.expires.isoformat() if rule.expires else None,
        state=state,
        findings=is_for,
    )


def load_waivers(path: Path) -> Waivers:
    """Read a waivers file.

    Raises:
        UsageError: it cannot be read or is not of the shape above; names the file and the place.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), Waivers)
    except OSError as error:
        raise UsageError(f"cannot read the waivers in {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from error
