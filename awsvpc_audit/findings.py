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


# Many clusters: `report --format json`.


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


# Two snapshots: `diff --format json`.


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


# Round after round: `watch --format json`, one document a line.


class DeploymentSeen(Record, frozen=True, kw_only=True):
    """One deployment of a service, as ECS counts it."""

    id: str
    status: str | None
    rollout_state: str | None
    task_definition: str | None
    desired: int | None
    running: int | None
    pending: int | None
    failed_tasks: int | None


class ServiceSeen(Record, frozen=True, kw_only=True):
    """One service as ECS counts it."""

    name: str
    desired: int
    running: int
    pending: int
    deployments: tuple[DeploymentSeen, ...] = ()


class ServiceChange(Record, frozen=True, kw_only=True):
    """Something of a service that is otherwise than in the last round.

    Attributes:
        field: AWS's path (`runningCount`, `deployments[ecs-svc/123].rolloutState`); null for a service that came or is
            gone.
        old, new: the values; null for absent.
    """

    service: str
    field: str | None
    old: str | int | None
    new: str | int | None


class RoundChanges(Record, frozen=True, kw_only=True):
    """What is otherwise than in the last round that was read.

    Attributes:
        new, fixed, undetermined: findings, as in a comparison with a baseline.
        not_known_before: fingerprints of those new ones that could not be told in the last round.
        diagnoses_came, diagnoses_gone: who is newly in trouble or for another first cause, and who is no longer.
        services: counts and deployments.
    """

    new: tuple[Finding, ...] = ()
    not_known_before: tuple[str, ...] = ()
    fixed: tuple[Finding, ...] = ()
    undetermined: tuple[Finding, ...] = ()
    diagnoses_came: tuple[Diagnosis, ...] = ()
    diagnoses_gone: tuple[Diagnosis, ...] = ()
    services: tuple[ServiceChange, ...] = ()


class WatchRound(Record, frozen=True, kw_only=True):
    """One round of a watch.

    Attributes:
        number: counted from 1.
        error: why nothing could be read in this round; null where it was. The members below are null or empty then.
        scope: what was audited.
        summary: of all findings, new or not.
        kept_tasks: how many stopped tasks of earlier rounds, which ECS has forgotten, the diagnoses rest on too.
        services: as ECS counts them, by name; null where services were not read.
        changes: since the last round that was read; null in the first.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    number: int
    started_at: datetime
    finished_at: datetime
    error: str | None = None
    scope: ScopeRef | None = None
    summary: Summary | None = None
    kept_tasks: int = 0
    services: tuple[ServiceSeen, ...] | None = None
    changes: RoundChanges | None = None


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
        kind: who says so: a service event, a stopped task, a deployment, an Auto Scaling activity, or CloudTrail, of a
            launch that AWS refused or of a change.
        subject: the service, task family, Auto Scaling group or resource that it is about.
        text: ECS's or the group's words whole; of a change the call and the resources it names.
        count: how often.
        until: when last; null where it happened once.
        symptom: its symptom code, where it is one.
        by: who made the call, as CloudTrail names them.
        resources: ids that a change names.
        is_failure: whether it is a failure.
        is_last_change: whether it is the last change before the first failure.
    """

    at: datetime | None
    kind: Literal["change", "event", "stopped", "deployment", "scaling", "launch"]
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
