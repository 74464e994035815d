"""Many clusters: `report --format json`."""

from datetime import datetime

from awsvpc_audit.findings.audit import AuditResult, Summary, Tool, WaiverUse
from awsvpc_audit.findings.finding import SCHEMA_VERSION, Record, Severity


class ScopeSummary(Record, frozen=True, kw_only=True):
    """One audited cluster in the overview.

    Attributes:
        services: how many it has.
        in_trouble: names of who is diagnosed.
    """

    account: str
    region: str
    cluster: str
    summary: Summary
    services: int
    in_trouble: tuple[str, ...] = ()


class CheckCount(Record, frozen=True, kw_only=True):
    """What became of one check over all clusters; only where it did not pass everywhere.

    Attributes:
        clusters: where it fails, as `account/region/cluster`.
    """

    check_id: str
    title: str
    severity: Severity
    fail: int
    unknown: int
    waived: int
    clusters: tuple[str, ...] = ()


class NotAudited(Record, frozen=True, kw_only=True):
    """A cluster or a whole Region that was asked for and could not be audited, and why."""

    account: str | None
    region: str
    cluster: str | None
    error: str


class BaselineCounts(Record, frozen=True, kw_only=True):
    """The comparisons of all clusters, counted.

    Attributes:
        added: clusters that the baseline does not hold, as `account/region/cluster`: all that fails there is new.
        left_out: clusters of the baseline that the report does not hold: nothing is said of what failed there.
    """

    new: int
    remaining: int
    fixed: int
    undetermined: int
    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class Report(Record, frozen=True, kw_only=True):
    """The compliance report over many clusters and Regions.

    Attributes:
        summary: over all audits.
        scopes: one row a cluster, worst first.
        checks: one row a check that does not pass everywhere, most failing first within a severity.
        not_audited: what was asked for and is not in `audits`: the report is not whole then.
        waivers: what became of each waiver, over all clusters.
        baseline: the comparisons counted, where there was a baseline.
        audits: the document of each cluster, in the order of `scopes`.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    started_at: datetime | None
    finished_at: datetime | None
    summary: Summary
    scopes: tuple[ScopeSummary, ...] = ()
    checks: tuple[CheckCount, ...] = ()
    not_audited: tuple[NotAudited, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    baseline: BaselineCounts | None = None
    audits: tuple[AuditResult, ...] = ()
