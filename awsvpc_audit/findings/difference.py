"""Two snapshots: `diff --format json`."""

from datetime import datetime
from typing import Literal

from awsvpc_audit.findings.audit import Tool
from awsvpc_audit.findings.diagnosis import Diagnosis
from awsvpc_audit.findings.finding import SCHEMA_VERSION, Finding, Record, ResourceRef


class ConfigurationChange(Record, frozen=True, kw_only=True):
    """One thing that is configured otherwise in NEW than in OLD.

    Attributes:
        kind: `came` for what is in NEW and is proven not to be in OLD, `gone` the other way round; of what is only read
            because something refers to it, that something refers to it now, or no longer does.
        resource: what changed; of a task definition the revision used in NEW.
        name: its `Name` tag; of an account setting the principal it holds for.
        was: the revision of a task definition that was used in OLD.
        operation: which answer tells it.
        field: AWS's path; null for what came or is gone. An element of a list stands in brackets by what identifies it.
        old, new: the values; null for absent. An element of a list that came or is gone, or of which several members
            changed, is told as text, and so is what matters of a resource that came or is gone.
        near: check ids of the new findings whose resource or evidence names this resource: no claim of cause.
    """

    kind: Literal["came", "gone", "changed"]
    resource: ResourceRef
    name: str | None = None
    was: ResourceRef | None = None
    operation: str
    field: str | None = None
    old: str | int | float | bool | None = None
    new: str | int | float | bool | None = None
    near: tuple[str, ...] = ()


class NotCompared(Record, frozen=True, kw_only=True):
    """What was not, or not wholly, read in one snapshot or both, so that nobody knows whether it changed.

    Attributes:
        side: where it is not known.
        resources: the resources that cannot be compared; empty where that is all that the operation tells.
    """

    operation: str
    side: Literal["old", "new", "both"]
    resources: tuple[str, ...] = ()


class ScopeDiff(Record, frozen=True, kw_only=True):
    """What is configured otherwise in one account and Region."""

    account: str
    region: str
    changes: tuple[ConfigurationChange, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()


class ClusterDiff(Record, frozen=True, kw_only=True):
    """The audits of one cluster in both snapshots, held against each other by fingerprint.

    Attributes:
        new: what fails in NEW and did not in OLD.
        not_known_before: fingerprints of those new ones whose check could not be answered in OLD.
        fixed: what failed in OLD and passes in NEW, or is there no more; as it was in OLD.
        unchanged: what fails in both; as it is in NEW.
        undetermined: what failed in OLD and cannot be told in NEW; as it was in OLD.
        unknown: what cannot be told in NEW and could in OLD; as it is in NEW.
        diagnoses_came: who is in trouble in NEW, and was not in OLD or for another first cause.
        diagnoses_gone: who was in trouble in OLD and is not in NEW, or for another first cause. Only where services and
            tasks were read in NEW.
    """

    account: str
    region: str
    cluster: str
    new: tuple[Finding, ...] = ()
    not_known_before: tuple[str, ...] = ()
    fixed: tuple[Finding, ...] = ()
    unchanged: tuple[Finding, ...] = ()
    undetermined: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()
    diagnoses_came: tuple[Diagnosis, ...] = ()
    diagnoses_gone: tuple[Diagnosis, ...] = ()


class ClusterRef(Record, frozen=True, kw_only=True, order=True):
    """A cluster by where it is."""

    account: str
    region: str
    cluster: str


class DiffSummary(Record, frozen=True, kw_only=True):
    """How much there is of each, over all scopes and clusters."""

    changes: int
    new: int
    fixed: int
    unchanged: int
    undetermined: int


class SnapshotDiff(Record, frozen=True, kw_only=True):
    """What changed between two snapshots: configuration and findings.

    Attributes:
        old_created_at, new_created_at: when they were made; null where a snapshot does not say.
        scopes: accounts and Regions that both hold.
        clusters: clusters that both hold.
        only_in_old, only_in_new: clusters that just one of them holds: whether the other lacks them because they were
            deleted, created or not recorded, a snapshot does not tell.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    old_created_at: datetime | None
    new_created_at: datetime | None
    summary: DiffSummary
    scopes: tuple[ScopeDiff, ...] = ()
    clusters: tuple[ClusterDiff, ...] = ()
    only_in_old: tuple[ClusterRef, ...] = ()
    only_in_new: tuple[ClusterRef, ...] = ()
