"""One service or one task in depth: the audit of its cluster, narrowed to it, with what it reaches."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import msgspec

from awsvpc_audit.analyzers.capacity.report import capacity_of
from awsvpc_audit.analyzers.diagnosis import diagnose
from awsvpc_audit.analyzers.reachability.address import Family
from awsvpc_audit.analyzers.reachability.needs import needs_of
from awsvpc_audit.analyzers.reachability.path import Answered, path_document
from awsvpc_audit.analyzers.reachability.steps import Node
from awsvpc_audit.analyzers.reachability.trace import Outcome
from awsvpc_audit.analyzers.symptoms import Subject, stage_of, symptom_of
from awsvpc_audit.analyzers.workloads import FARGATE_PROVIDERS, Compute, Workload, family_of, is_standalone
from awsvpc_audit.audit import AnyCheck, observed, run_audit, summarize
from awsvpc_audit.checks._base import Context
from awsvpc_audit.checks._paths import paths
from awsvpc_audit.config import Waivers
from awsvpc_audit.errors import NotFoundError
from awsvpc_audit.facts.messages import NOT_A_FAILURE
from awsvpc_audit.findings import (
    AuditResult,
    Collection,
    ContainerSeen,
    Diagnosis,
    Finding,
    NetworkSubnet,
    PathDocument,
    ResourceRef,
    ServiceAudit,
    ServiceNetwork,
    SubjectRef,
    TaskAudit,
    TaskCounts,
    TaskSeen,
)
from awsvpc_audit.model import ecs
from awsvpc_audit.model.account_model import near_matches
from awsvpc_audit.model.gaps import NotCollectedError

_WORKLOADS = frozenset({"service", "task", "launcher"})
_OF_LAUNCHERS = frozenset({"SVC011"})
"""Checks that are about nothing but launchers."""

_ON_HOSTS = ("ENI", "AGT", "PLC")
"""Families of checks about container instances."""

Traced = tuple[str, str, Node, Family, Outcome]
"""Source and destination as `path` takes them, where it starts, and what became of it."""


def audit_service(
    checks: Iterable[AnyCheck],
    context: Context,
    collection: Collection,
    *,
    waivers: Waivers | None = None,
    today: date | None = None,
) -> ServiceAudit:
    """The audit of a cluster, narrowed to one service.

    Args:
        checks: the checks to run.
        context: the cluster; `services` holds the one name.
        collection: how its state was read.
        waivers: failing findings that are accepted.
        today: the day that waivers may have expired by.
    """
    (name,) = context.services
    result = run_audit(checks, context, collection, waivers=waivers, today=today)
    workload = next((w for w in context.workloads if w.service is not None and w.name == name), None)
    traced = _paths_of_workload(workload, context) if workload is not None else ()
    return ServiceAudit(
        **msgspec.structs.asdict(_narrowed(result, context, "service", name, workload)),
        paths=tuple(_documents(traced)),
    )


def find_task(context: Context, name_or_arn: str) -> ecs.Task:
    """A task of the cluster, running or stopped.

    Args:
        context: the cluster.
        name_or_arn: the task's id, the beginning of it that no other has, or its ARN.

    Raises:
        NotFoundError: ECS knows no such task (any more), or several begin like that.
        NotCollectedError: tasks were not read.
    """
    cluster = context.cluster
    here = [t for t in cluster.scope.tasks.known() if (t.cluster_arn or "").rsplit("/", 1)[-1] == cluster.name]
    wanted = name_or_arn.rsplit("/", 1)[-1]
    found = [t for t in here if name_or_arn in {t.task_arn, t.task_id} or t.task_id == wanted]
    if not found and len(wanted) >= 4:
        found = [t for t in here if t.task_id.startswith(wanted)]
    if len(found) > 1:
        ids = ", ".join(sorted(t.task_id for t in found)[:4])
        raise NotFoundError(f'"{name_or_arn}" is the beginning of {len(found)} tasks in cluster {cluster.name}: {ids}')
    if found:
        return found[0]
    try:
        cluster.scope.tasks.require()
    except NotCollectedError as gap:
        raise NotFoundError(
            f'no task "{name_or_arn}" was read in cluster {cluster.name}, for {", ".join(gap.operations)} failed'
        ) from gap
    hint = near_matches(wanted, (t.task_id for t in here), "tasks")
    raise NotFoundError(
        f'no task "{name_or_arn}" in cluster {cluster.name}; ECS forgets a stopped task after about an hour.{hint}'
    )


def audit_task(
    checks: Iterable[AnyCheck],
    context: Context,
    collection: Collection,
    task: ecs.Task,
    *,
    waivers: Waivers | None = None,
    today: date | None = None,
) -> TaskAudit:
    """The audit of a cluster, narrowed to one task: why it stopped, or what it can reach.

    Args:
        checks: the checks to run.
        context: the cluster; `services` holds the task's service, where it is of one.
        collection: how its state was read.
        task: see `find_task`.
        waivers: failing findings that are accepted.
        today: the day that waivers may have expired by.
    """
    checks = tuple(checks)
    result = run_audit(checks, context, collection, waivers=waivers, today=today)
    service = service_of(task, context)
    kind, name = ("service", service) if service else ("task", family_of(task))
    workload = _workload_of(task, service, context)
    narrowed = _narrowed(result, context, kind, name, workload)
    explains = {check.id: check.symptoms for check in checks}
    diagnoses = _diagnoses_of(task, kind, name, workload, context, narrowed.findings, explains)
    narrowed = msgspec.structs.replace(narrowed, diagnoses=diagnoses, findings=observed(narrowed.findings, diagnoses))
    return TaskAudit(
        **msgspec.structs.asdict(narrowed),
        paths=tuple(_documents(_paths_of_task(task, workload, context))),
        task=_seen(task, service, context),
    )


def service_of(task: ecs.Task, context: Context) -> str | None:
    """The service that started a task; ``None`` for a standalone one."""
    if is_standalone(task):
        return None
    group = task.group or ""
    if group.startswith("service:"):
        return group.removeprefix("service:")
    started = task.started_by
    return next((s.service_name for s in context.cluster.services if any(d.id == started for d in s.deployments)), None)


# Narrowing.


def _narrowed(result: AuditResult, context: Context, kind: str, name: str, workload: Workload | None) -> AuditResult:
    """An audit with what is about one workload."""
    on_hosts = workload is not None and workload.compute in {Compute.EC2, None}
    findings = tuple(f for f in result.findings if _concerns(f, kind, name, on_hosts=on_hosts))
    services = frozenset({name}) if kind == "service" else frozenset({""})
    return msgspec.structs.replace(
        result,
        scope=msgspec.structs.replace(result.scope, services=tuple(s for s in result.scope.services if s == name)),
        summary=summarize(findings),
        diagnoses=tuple(d for d in result.diagnoses if (d.subject.type, d.subject.id) == (kind, name)),
        findings=findings,
        capacity=capacity_of(context.cluster, services=services),
    )


def _concerns(finding: Finding, kind: str, name: str, *, on_hosts: bool) -> bool:
    """Whether a finding names the workload, or names none and is about what the workload may use."""
    refs = [ref for ref in (finding.resource, *finding.affected) if ref.type in _WORKLOADS]
    if finding.check_id in _OF_LAUNCHERS:
        return False
    if refs:
        return any(ref.type == kind and (ref.id == name or ref.id.rpartition(":")[0] == name) for ref in refs)
    return on_hosts or not finding.check_id.startswith(_ON_HOSTS)


# The diagnosis of one task.


def _diagnoses_of(
    task: ecs.Task,
    kind: str,
    name: str,
    workload: Workload | None,
    context: Context,
    findings: tuple[Finding, ...],
    explains: Mapping[str, tuple[str, ...]],
) -> tuple[Diagnosis, ...]:
    """Why one stopped task stopped, whatever became of others since; none of a task that goes on."""
    if not task.is_stopped:
        return ()
    symptom = symptom_of(task)
    subject = SubjectRef(type="task", id=task.task_id, cluster=context.cluster.name)
    state = TaskCounts(desired=1, running=0, pending=0)
    if symptom.code in NOT_A_FAILURE:
        return (Diagnosis(subject=subject, state=state, symptoms=(symptom.seen,)),)
    is_of_service = kind == "service" and workload is not None and workload.service is not None
    key: Subject = ("service", name) if is_of_service else ("task", family_of(task))
    found = diagnose(
        context.cluster,
        (workload,) if workload is not None else (),
        findings,
        {key: (symptom,)},
        explains,
    )
    own = next((d for d in found if (d.subject.type, d.subject.id) == key), None)
    if own is None:
        return (Diagnosis(subject=subject, state=state, symptoms=(symptom.seen,)),)
    return (msgspec.structs.replace(own, subject=subject, state=state),)


def _workload_of(task: ecs.Task, service: str | None, context: Context) -> Workload | None:
    """The workload that a task belongs to; of a standalone one that stopped, as far as the task itself tells."""
    workloads = context.cluster.awsvpc_workloads
    if service is not None:
        return next((w for w in workloads if w.service is not None and w.name == service), None)
    definition = (task.task_definition_arn or "").rsplit("/", 1)[-1]
    live = next((w for w in workloads if w.ref.type == "task" and w.name == definition), None)
    if live is not None or task.network_interface_attachment is None:
        return live
    on_fargate = task.launch_type == "FARGATE" or task.capacity_provider_name in FARGATE_PROVIDERS
    return Workload(
        ref=ResourceRef(type="task", id=definition, arn=task.task_arn),
        compute=Compute.FARGATE if on_fargate else Compute.EC2,
        task_definition_arn=task.task_definition_arn,
        has_awsvpc_configuration=True,
        subnets=(task.subnet_id,) if task.subnet_id else (),
        platform_version=task.platform_version,
        platform_family=task.platform_family,
    )


def _seen(task: ecs.Task, service: str | None, context: Context) -> TaskSeen:
    host = context.scope.container_instances.peek(task.container_instance_arn or "")
    attachment = task.network_interface_attachment
    stage = stage_of(task) if task.is_stopped else None
    return TaskSeen(
        id=task.task_id,
        arn=task.task_arn,
        service=service,
        task_definition=(task.task_definition_arn or "").rsplit("/", 1)[-1] or None,
        status=task.last_status,
        launch_type=task.launch_type,
        capacity_provider=task.capacity_provider_name,
        instance=host.instance_id if host else None,
        availability_zone=task.availability_zone,
        subnet=task.subnet_id,
        eni=task.network_interface_id,
        private_ipv4=attachment.detail("privateIPv4Address") if attachment else None,
        stage=stage.value if stage else None,
        stop_code=task.stop_code,
        stopped_reason=task.stopped_reason,
        created_at=task.created_at,
        pull_started_at=task.pull_started_at,
        pull_stopped_at=task.pull_stopped_at,
        started_at=task.started_at,
        stopped_at=task.stopped_at,
        containers=tuple(
            ContainerSeen(name=c.name, status=c.last_status, exit_code=c.exit_code, reason=c.reason)
            for c in task.containers
        ),
    )


# Paths.


def networks_of(context: Context) -> tuple[ServiceNetwork, ...]:
    """The network around each awsvpc workload of a cluster, in the order of their names."""
    return tuple(
        ServiceNetwork(
            service=workload.name,
            subnets=tuple(sorted(_subnets_of(workload, context), key=lambda s: (s.availability_zone or "", s.id))),
            paths=tuple(_documents(_paths_of_workload(workload, context))),
        )
        for workload in sorted(context.workloads, key=lambda w: (w.name, w.ref.type))
    )


def _subnets_of(workload: Workload, context: Context) -> Iterator[NetworkSubnet]:
    running = Counter(task.subnet_id for task in workload.tasks if not task.is_stopped)
    for subnet_id in sorted({*workload.subnets, *(each for each in running if each)}):
        subnet = context.scope.subnets.peek(subnet_id)
        yield NetworkSubnet(
            id=subnet_id,
            availability_zone=subnet.availability_zone if subnet else None,
            cidr=subnet.cidr_block if subnet else None,
            running_tasks=running[subnet_id],
        )


def _paths_of_workload(workload: Workload, context: Context) -> Iterator[Traced]:
    answers = paths(context)
    source = f"service:{context.cluster.name}/{workload.name}"
    for answer in (*answers.internet(workload), *answers.internet6(workload), *answers.services(workload)):
        if answer.node is not None:
            yield answer.host or source, answer.destination, answer.node, answer.family, answer.outcome


def _paths_of_task(task: ecs.Task, workload: Workload | None, context: Context) -> Iterator[Traced]:
    answers = paths(context)
    source = f"task:{context.cluster.name}/{task.task_id}"
    if task.network_interface_attachment is None:
        return
    try:
        nodes = answers.resolver.source(f"task:{context.cluster.arn}/{task.task_id}")
    except (NotCollectedError, NotFoundError):
        return
    for node in nodes:
        for family in (Family.IPV4, Family.IPV6):
            if node.addresses(family):
                destination = "internet" if family is Family.IPV4 else "internet6"
                yield source, destination, node, family, answers.reachability.to_internet(node, family)
    if workload is None:
        return
    try:
        definition = context.scope.task_definition_of(task.task_definition_arn)
        host = context.scope.container_instances.get(task.container_instance_arn or "")
        on = answers.host(host) if host is not None else None
    except NotCollectedError:
        return
    needs = needs_of(replace(workload, tasks=()), definition, context.scope.region) if definition is not None else None
    for need in needs.services if needs is not None else ():
        starts = nodes if need.leaves_from == "task" else (on,) if on is not None else ()
        text = source if need.leaves_from == "task" or host is None else host.instance_id
        for node in starts:
            family = Family.IPV4 if node.ipv4 else Family.IPV6
            yield text, need.service, node, family, answers.reachability.to_service(node, need.service)


def _documents(traced: Iterable[Traced]) -> Iterator[PathDocument]:
    """Each source and destination once, with a flow for each way to start."""
    groups: dict[tuple[str, str], list[Answered]] = {}
    for source, destination, node, family, outcome in traced:
        groups.setdefault((source, destination), []).append((node, family, outcome))
    for (source, destination), flows in groups.items():
        yield path_document(source, destination, "tcp", 443, flows)
