"""Findings, diagnoses and the result of an audit: what analyses hand to reports.

These records are the JSON document of the contract: their fields, in this order, are its members.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import msgspec

from awsvpc_audit.model.gaps import Missing

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
    """One check on one resource."""

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


class SymptomSeen(Record, frozen=True, kw_only=True):
    """What ECS said: one symptom code with the newest text, when it was said last and first, and how often.

    Attributes:
        of: how many tasks of the subject ECS still knows, stopped and live: `count` of them failed so. Null where the
            count is not one of stopped tasks, or where not all tasks were read.
        where: what at least three failed tasks have in common, and all of them, while the subject uses several: `all on
            i-0abc`, `all in subnet-0bb (us-east-1b)`, `all in us-east-1b`.
    """

    code: str
    text: str
    at: datetime | None = None
    count: int = 1
    first_at: datetime | None = None
    of: int | None = None
    where: str | None = None


class TaskCounts(Record, frozen=True, kw_only=True):
    """How many tasks a subject wants and has."""

    desired: int
    running: int
    pending: int


class SubjectRef(Record, frozen=True, kw_only=True):
    """Who is diagnosed: a service, a stopped standalone task (by family) or a launcher."""

    type: Literal["service", "task", "launcher"]
    id: str
    cluster: str


class Confidence(StrEnum):
    """How much the data proves: see the contract, section 3."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return list(Confidence).index(self)


class Cause(Record, frozen=True, kw_only=True):
    """A cause of a subject's trouble.

    Attributes:
        follows_from: the check of the cause, listed before, that this one only follows from; null where it stands for
            itself.
    """

    check_id: str
    resource: ResourceRef
    confidence: Confidence
    explanation: str
    fix: Remediation
    follows_from: str | None = None


class Cleared(Record, frozen=True, kw_only=True):
    """A cause that was ruled out."""

    check_id: str
    detail: str


class Diagnosis(Record, frozen=True, kw_only=True):
    """Why one subject is in trouble. The first cause is what on-call acts on."""

    subject: SubjectRef
    state: TaskCounts
    symptoms: tuple[SymptomSeen, ...] = ()
    causes: tuple[Cause, ...] = ()
    cleared: tuple[Cleared, ...] = ()
    unknown: tuple[str, ...] = ()


# Capacity: `capacity --format json`, and the member of that name in the audit document.


class EniSlots(Record, frozen=True, kw_only=True):
    """Task-ENI slots of one instance. `limit` counts the primary interface and, where there is one, the trunk."""

    limit: int | None
    task_slots: int | None
    used_by_tasks: int | None
    foreign: int | None
    free: int | None
    trunk: str | None
    limit_source: str | None


class Amount(Record, frozen=True, kw_only=True):
    """CPU units (1,024 a vCPU) or MiB of memory, as ECS registered them and as they remain."""

    registered: int | None
    remaining: int | None


class InstanceCapacity(Record, frozen=True, kw_only=True):
    """One container instance and what binds it. `binding` is `none` where another task would fit."""

    ec2_instance_id: str
    container_instance: str
    instance_type: str | None
    availability_zone: str | None
    status: str | None
    agent_version: str | None
    agent_connected: bool | None
    eni: EniSlots
    cpu: Amount
    memory: Amount
    binding: str


class SubnetCapacity(Record, frozen=True, kw_only=True):
    """A task subnet and its free IPv4 addresses."""

    id: str
    availability_zone: str | None
    free_ips: int | None


class Placement(Record, frozen=True, kw_only=True):
    """How many of the tasks a service wants would place, where, and what stops the rest on each instance."""

    service: str
    requested: int
    placeable: int | None
    binding: str
    by_instance: dict[str, int]
    rejected: dict[str, str]


class TrunkingState(Record, frozen=True, kw_only=True):
    """The account's `awsvpcTrunking`, and what a what-if assumes instead."""

    setting: Literal["enabled", "disabled", "unknown"]
    assumed: Literal["on", "off"] | None = None


class Capacity(Record, frozen=True, kw_only=True):
    """Task-ENI slots, addresses and placement of one cluster."""

    cluster: str
    trunking: TrunkingState
    instances: tuple[InstanceCapacity, ...] = ()
    subnets: tuple[SubnetCapacity, ...] = ()
    placement: tuple[Placement, ...] = ()


# The path: `path --format json`.


class Verdict(StrEnum):
    """The answer to a question of reachability."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


Direction = Literal["egress", "ingress", "return"]
"""Out of where it comes from, into where it goes to, or the reply on its way back."""

HopVerdict = Literal["allow", "deny", "unknown"]


class PathHop(Record, frozen=True, kw_only=True):
    """One thing that the traffic passes, and the rule or route of it that decides, as written in AWS.

    Attributes:
        kind: one of the contract's words (`security_group`, `network_acl`, `route_table`, `nat_gateway`,
            `internet_gateway`, `egress_only_internet_gateway`, `vpc_endpoint`, `vpc_peering_connection`,
            `transit_gateway`, `subnet`, `eni`, `vpc`, `dns`, `firewall`), or `vpn_gateway`, `local_gateway`,
            `carrier_gateway`, `core_network` for what a route leads to and nobody can see into.
        id: of the resource, as AWS gives it.
    """

    kind: str
    id: str
    direction: Direction
    verdict: HopVerdict
    detail: str


class BlockedBy(Record, frozen=True, kw_only=True):
    """The hop that blocks, as a check and the resource at fault."""

    check_id: str
    resource: ResourceRef


class PathFlow(Record, frozen=True, kw_only=True):
    """The trace from one subnet or interface in one address family, up to the first hop that blocks it."""

    subnet: str | None
    eni: str | None
    address_family: Literal["ipv4", "ipv6"]
    verdict: Verdict
    hops: tuple[PathHop, ...] = ()
    blocked_by: BlockedBy | None = None


class PathDocument(Record, frozen=True, kw_only=True):
    """Whether a source reaches a destination, by every subnet it may leave from.

    `missing` names the operations that would tell what is unknown.
    """

    source: str
    destination: str
    protocol: str
    port: int | None
    verdict: Verdict
    flows: tuple[PathFlow, ...] = ()
    missing: tuple[str, ...] = ()


# The document.


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


class AuditResult(Record, frozen=True, kw_only=True):
    """The whole audit of one cluster: the JSON document of the contract, section 3."""

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    scope: ScopeRef
    collection: Collection
    summary: Summary
    diagnoses: tuple[Diagnosis, ...] = ()
    findings: tuple[Finding, ...] = ()
    capacity: Capacity


# One service or one task in depth: `service --format json` and `task --format json`.


class ServiceAudit(AuditResult, frozen=True, kw_only=True):
    """The audit of a cluster, narrowed to one service: its diagnosis, the findings that concern it, its capacity.

    Attributes:
        paths: from its tasks to the internet and to what they need to start, each traced. What the host fetches for a
            task (images, secrets and logs on EC2) is traced from instances, one for all that are alike.
    """

    paths: tuple[PathDocument, ...] = ()


class ContainerSeen(Record, frozen=True, kw_only=True):
    """One container of a task, and how it ended."""

    name: str | None
    status: str | None
    exit_code: int | None
    reason: str | None


class TaskSeen(Record, frozen=True, kw_only=True):
    """One task as ECS shows it.

    Attributes:
        service: who started it; null for a standalone task.
        stage: how far a stopped task came, by its times: `before pull`, `pull` or `ran`; null where they do not tell.
        subnet: of its ENI; a failed task often keeps it after the ENI is gone.
    """

    id: str
    arn: str
    service: str | None
    task_definition: str | None
    status: str | None
    launch_type: str | None
    capacity_provider: str | None
    instance: str | None
    availability_zone: str | None
    subnet: str | None
    eni: str | None
    private_ipv4: str | None
    stage: str | None
    stop_code: str | None
    stopped_reason: str | None
    created_at: datetime | None
    pull_started_at: datetime | None
    pull_stopped_at: datetime | None
    started_at: datetime | None
    stopped_at: datetime | None
    containers: tuple[ContainerSeen, ...] = ()


class TaskAudit(ServiceAudit, frozen=True, kw_only=True):
    """The audit of a cluster, narrowed to one task. Its diagnosis, where it stopped, has the task's id as subject."""

    task: TaskSeen


# What happened: `timeline --format json`.


class TimelineEntry(Record, frozen=True, kw_only=True):
    """Something that happened, or that happened again and again.

    Attributes:
        at: when, or when first.
        kind: who says so: a service event, a stopped task, a deployment, an Auto Scaling activity, or CloudTrail.
        subject: the service, task family, Auto Scaling group or resource that it is about.
        text: ECS's or the group's words whole; of a change the call and the resources it names.
        count: how often.
        until: when last; null where it happened once.
        symptom: its symptom code, where it is one.
        by: who made a change, as CloudTrail names them.
        resources: ids that a change names.
        is_failure: whether it is a failure.
        is_last_change: whether it is the last change before the first failure.
    """

    at: datetime | None
    kind: Literal["change", "event", "stopped", "deployment", "scaling"]
    subject: str
    text: str
    count: int = 1
    until: datetime | None = None
    symptom: str | None = None
    by: str | None = None
    resources: tuple[str, ...] = ()
    is_failure: bool = False
    is_last_change: bool = False


class Timeline(Record, frozen=True, kw_only=True):
    """What happened to a cluster's services, oldest first.

    Attributes:
        since, until: the span that was looked at.
        first_failure: when the first failure in it was.
        missing: operations that were not, or not wholly, read.
    """

    cluster: str
    since: datetime | None
    until: datetime | None
    first_failure: datetime | None
    entries: tuple[TimelineEntry, ...] = ()
    missing: tuple[str, ...] = ()
