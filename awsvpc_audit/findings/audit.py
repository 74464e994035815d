"""The audit of one cluster: `cluster --format json`, the document of the contract, section 3."""

from datetime import datetime
from typing import Literal

import msgspec

from awsvpc_audit.findings.capacity import Capacity
from awsvpc_audit.findings.diagnosis import Diagnosis
from awsvpc_audit.findings.finding import SCHEMA_VERSION, Finding, Record
from awsvpc_audit.findings.path import PathDocument
from awsvpc_audit.model.gaps import Missing


class Tool(Record, frozen=True, kw_only=True):
    """Who wrote the document."""

    name: str
    version: str


class ScopeRef(Record, frozen=True, kw_only=True):
    """What was audited."""

    account: str
    partition: str
    region: str
    cluster: str
    services: tuple[str, ...] = ()


class Collection(Record, frozen=True, kw_only=True):
    """How the state was read, and what could not be."""

    source: Literal["live", "snapshot"]
    started_at: datetime | None
    finished_at: datetime | None
    api_calls: int
    calls_by_operation: dict[str, int]
    missing: tuple[Missing, ...] = ()


class FindingCounts(msgspec.Struct, frozen=True, kw_only=True, rename={"passed": "pass"}):
    """How many findings of each status."""

    fail: int
    unknown: int
    passed: int
    waived: int


class Summary(Record, frozen=True, kw_only=True):
    """The answer in one line. `by_severity` counts what fails."""

    verdict: Literal["pass", "fail", "unknown"]
    findings: FindingCounts
    by_severity: dict[str, int]


class WaiverUse(Record, frozen=True, kw_only=True):
    """One waiver of the file, and what became of it.

    Attributes:
        check, resource, cluster, reason, expires: as in the file.
        state: `used`; `expired`, so that what it was for fails again; `unmatched`, where nothing that it is for fails
            any more; `undetermined`, where its check could not be answered.
        findings: how many findings it is for, waived or (expired) failing.
    """

    check: str
    resource: str
    cluster: str
    reason: str
    expires: str | None
    state: Literal["used", "expired", "unmatched", "undetermined"]
    findings: int


class BaselineComparison(Record, frozen=True, kw_only=True):
    """What an audit that is narrowed to the new leaves out, and what is gone since the baseline.

    Attributes:
        created_at: when the state of the baseline was read.
        new: how many findings fail now and did not then.
        remaining: what failed then and fails now, with nobody more who suffers from it.
        fixed: what failed then and passes now, or is there no more; as it was then.
        undetermined: what failed then and cannot be told now; as it was then.
        diagnoses: who was in trouble then and is now, from the same first cause.
        unknown: fingerprints of what is unknown now and was unknown, or failed, then.
    """

    created_at: datetime | None
    new: int
    remaining: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()
    undetermined: tuple[Finding, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    unknown: tuple[str, ...] = ()


class NetworkSubnet(Record, frozen=True, kw_only=True):
    """A subnet that tasks of a service lie in or may be started in, and how many run there now."""

    id: str
    availability_zone: str | None
    cidr: str | None
    running_tasks: int


class ServiceNetwork(Record, frozen=True, kw_only=True):
    """The network around one service, for a picture.

    Attributes:
        service: its name; of standalone tasks their family and revision.
        subnets: by Availability Zone.
        paths: from its tasks (or their hosts) to the internet and to what they need to start.
    """

    service: str
    subnets: tuple[NetworkSubnet, ...] = ()
    paths: tuple[PathDocument, ...] = ()


class AuditResult(Record, frozen=True, kw_only=True):
    """The whole audit of one cluster: the JSON document of the contract, section 3.

    Attributes:
        waivers: what became of each waiver that is for this cluster.
        baseline: the comparison, where there was a baseline; `findings`, `diagnoses` and `summary` are of the new then.
        networks: the services' networks, where a report with pictures was asked for.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    scope: ScopeRef
    collection: Collection
    summary: Summary
    diagnoses: tuple[Diagnosis, ...] = ()
    findings: tuple[Finding, ...] = ()
    capacity: Capacity
    waivers: tuple[WaiverUse, ...] = ()
    baseline: BaselineComparison | None = None
    networks: tuple[ServiceNetwork, ...] = ()
