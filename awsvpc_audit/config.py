"""Waivers: failing findings that somebody accepts, with a reason and, if wanted, an end.

[[waivers]]
check = "DNS002"
resource = "vpc-0abc*"      # a glob; any resource where left out
cluster = "prod*"           # a glob; any cluster where left out
reason = "host names are not used"
expires = 2027-01-31        # the last day it holds; for ever where left out
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Finding, Status, Waiver


class WaiverRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One accepted finding, or several by globs."""

    check: str
    reason: str
    resource: str = "*"
    cluster: str = "*"
    expires: date | None = None

    def holds_for(self, finding: Finding, cluster: str, today: date | None) -> bool:
        """Whether a finding of a cluster is accepted on a day; with no day given, no waiver has expired."""
        return (
            self.check == finding.check_id
            and fnmatchcase(finding.resource.id, self.resource)
            and fnmatchcase(cluster, self.cluster)
            and not self.has_expired(today)
        )

    def has_expired(self, today: date | None) -> bool:
        """Whether its last day is past."""
        return self.expires is not None and today is not None and today > self.expires


class Waivers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    waivers: tuple[WaiverRule, ...] = ()

    def apply(self, findings: Iterable[Finding], cluster: str, today: date | None) -> tuple[Finding, ...]:
        """The findings, those that fail and are accepted as `waived`."""
        return tuple(self._judged(finding, cluster, today) for finding in findings)

    def _judged(self, finding: Finding, cluster: str, today: date | None) -> Finding:
        if finding.status is not Status.FAIL:
            return finding
        for rule in self.waivers:
            if rule.holds_for(finding, cluster, today):
                waiver = Waiver(reason=rule.reason, expires=rule.expires.isoformat() if rule.expires else None)
                return msgspec.structs.replace(finding, status=Status.WAIVED, waiver=waiver)
        return finding


def load_waivers(path: Path) -> Waivers:
    """Read a waivers file.

    Raises:
        UsageError: it cannot be read or is not of the shape above; names the file and the place.
    """
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Waivers)
    except OSError as error:
        raise UsageError(f"cannot read the waivers in {path}: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}") from error
