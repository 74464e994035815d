"""What is said to be wrong right now: events, rollouts, stopped tasks, refused instances, unhealthy targets, counted.

There is no clock here: what is history is told by order alone. An event or a stop before the last "has reached a steady
state" of the same service is history; so is whatever kept a task from its place once nothing waits for one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from typing import Literal

from awsvpc_audit.analyzers.recorded_launches import RecordedLaunch, read_refusal
from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload, family_of, is_on_fargate, is_standalone
from awsvpc_audit.facts.messages import NOT_A_FAILURE, SYMPTOM_CODES, UNCLASSIFIED, Reading, read_text
from awsvpc_audit.findings import SymptomSeen
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import cluster_name
from awsvpc_audit.model.times import in_utc


class Stage(StrEnum):
    """How far a task came, by its timestamps."""

    BEFORE_PULL = "before pull"
    PULL = "pull"
    RAN = "ran"


_STAGE_ALLOWS = {
    Stage.BEFORE_PULL: ("start.eni", "start.pull-auth", "start.secrets", "start.efs", "start.role"),
    Stage.PULL: ("start.pull-image",),
    Stage.RAN: ("run.",),
}

_OF_STOP_CODE = {
    "UserInitiated": "run.stopped-by-user",
    "ServiceSchedulerInitiated": "run.stopped-by-user",
    "SpotInterruption": "run.spot",
    "TerminationNotice": "run.host",
    "InfrastructureHealth": "run.host",
    "EssentialContainerExited": "run.exit",
}
"""What a stop code says where the text says nothing. `TaskFailedToStart` alone leaves the kind of failure open."""

_NO_CHANCE = 3
"""Failures in one place that are no chance any more."""

_MOOT_WHEN_WHOLE = ("place.", "run.spot", "run.host")
"""Codes of what no longer matters to a service that has all its tasks: they found a place since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One symptom of one subject, with what its texts say beyond the code.

    Attributes:
        code: the symptom code.
        text: the newest text, whole.
        at: when it was said last.
        first_at: when it was said first, as far back as ECS remembers.
        count: how often.
        readings: what the different texts say; empty where none was given.
        allows: symptom codes, or their beginnings, that explain it. More than its own code where the texts do not say
            why.
        subnets: where the tasks were that show it, as far as known.
        of: how many tasks of the subject are known, see `SymptomSeen`.
        where: what all tasks that show it have in common, see `SymptomSeen`.
    """

    code: str
    text: str
    at: datetime | None = None
    first_at: datetime | None = None
    count: int = 1
    readings: tuple[Reading, ...] = ()
    allows: tuple[str, ...] = ()
    subnets: frozenset[str] = frozenset()
    of: int | None = None
    where: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it leaves open what went wrong."""
        return self.code == UNCLASSIFIED or self.allows != (self.code,)

    @property
    def seen(self) -> SymptomSeen:
        """As a report shows it."""
        return SymptomSeen(
            code=self.code,
            text=self.text,
            at=self.at,
            count=self.count,
            first_at=self.first_at,
            of=self.of,
            where=self.where,
        )

    def allows_code(self, code: str) -> bool:
        """Whether a cause of `code` would explain it."""
        return any(code.startswith(allowed) for allowed in self.allows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Observation:
    """One thing said once."""

    code: str
    text: str
    source: str
    at: datetime | None
    reading: Reading | None = None
    allows: tuple[str, ...] = ()
    subnet: str | None = None
    task: ecs.Task | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """What one subject uses, to hold failures against.

    Attributes:
        tasks: how many of its tasks are known; ``None`` where not all were read.
        instances: container instances by ARN, with how people call them: where its tasks are, and the others that are
            ACTIVE.
        subnets: of its tasks and of its configuration, with the Availability Zone where known.
    """

    tasks: int | None
    instances: Mapping[str, str]
    subnets: Mapping[str, str | None]

    def shared_by(self, failures: list[_Observation]) -> str | None:
        """The one place of all the failures, if there are enough of them and others to compare with."""
        if len(failures) < _NO_CHANCE:
            return None
        tasks = [failure.task for failure in failures if failure.task is not None]
        instance = _one(task.container_instance_arn for task in tasks)
        if instance is not None and len(self.instances) > 1:
            return f"all on {self.instances.get(instance, instance.rsplit('/', 1)[-1])}"
        subnet = _one(failure.subnet for failure in failures)
        if subnet is not None and len(self.subnets) > 1:
            zone = self.subnets.get(subnet)
            return f"all in {subnet} ({zone})" if zone else f"all in {subnet}"
        zone = _one(self.subnets.get(failure.subnet or "") for failure in failures)
        if zone is not None and len({known for known in self.subnets.values() if known}) > 1:
            return f"all in {zone}"
        return None


Subject = tuple[Literal["service", "task", "launcher"], str]
"""Who shows symptoms: a service by its name, standalone tasks by their family, or a launcher."""

Symptoms = Mapping[Subject, tuple[Symptom, ...]]


def symptoms_of(cluster: Cluster) -> Symptoms:
    """The current symptoms by subject.

    What was read is used; what was not is for the diagnosis to name. A healthy subject has none.
    """
    return cluster.once("symptoms", lambda: _find_symptoms(cluster))


def _find_symptoms(cluster: Cluster) -> Symptoms:
    known = _known_by_subject(cluster)
    stopped = {subject: of for subject, tasks in known.items() if (of := [t for t in tasks if t.is_stopped])}
    found: dict[Subject, tuple[Symptom, ...]] = {}
    refused = tuple(_refused_instances(cluster))
    for workload in cluster.awsvpc_workloads:
        if workload.service is None or workload.desired == 0:
            continue
        on_hosts = workload.compute is Compute.EC2 and workload.short > 0
        observations = [
            *_of_service(workload.service, stopped.get(("service", workload.name), ())),
            *(refused if on_hosts else ()),
            *_of_targets(cluster, workload),
        ]
        if any(_is_trouble(o, workload.service) for o in observations):
            places = _places(cluster, known.get(("service", workload.name), ()), workload.subnets)
            found["service", workload.name] = _summed(observations, places)
    refused_of = _refused_by_subject(cluster)
    standalone = {subject for subject in stopped if subject[0] == "task"}
    for subject in sorted({*standalone, *refused_of}):
        failures = [
            *_of_standalone(cluster, subject[1], stopped.get(subject, ())),
            *(_of_refusal(call, text) for call in refused_of.get(subject, ()) for text in call.refusals),
        ]
        if failures:
            found[subject] = _summed(failures, _places(cluster, known.get(subject, ())))
    return found


def _refused_by_subject(cluster: Cluster) -> dict[Subject, tuple[RecordedLaunch, ...]]:
    """Launches that AWS refused, by the launcher that called or else by the family that it would run."""
    found: dict[Subject, tuple[RecordedLaunch, ...]] = {}
    for workload in cluster.awsvpc_workloads:
        if workload.refused:
            found["launcher" if workload.launch is not None else "task", workload.name] = workload.refused
    return found


def _of_refusal(call: RecordedLaunch, text: str) -> _Observation:
    """A launch that AWS refused, with AWS's words."""
    return _said(read_refusal(text), f"{call.call}: {text}", "launch", call.at)


def symptom_of(task: ecs.Task) -> Symptom:
    """What one stopped task shows."""
    return _sum([_of_stop(task)])


def stage_of(task: ecs.Task) -> Stage | None:
    """How far a stopped task came; ``None`` where it has no timestamps to tell."""
    if task.started_at is not None:
        return Stage.RAN
    if task.pull_started_at is not None:
        return Stage.PULL if task.pull_stopped_at is None else None
    return Stage.BEFORE_PULL if task.created_at is not None and task.stopped_at is not None else None


def is_whole(service: ecs.Service) -> bool:
    """Whether a service has all the tasks it wants, of its newest deployment too."""
    return service.running_count >= service.desired_count and all(
        (d.running_count or 0) >= d.desired_count
        for d in service.deployments
        if d.status == "PRIMARY" and d.desired_count is not None and d.rollout_state != "COMPLETED"
    )


def _of_service(service: ecs.Service, stopped: Iterable[ecs.Task]) -> Iterator[_Observation]:
    steady_at: datetime | None = None
    is_history = False
    current: list[_Observation] = []
    for event in reversed(_oldest_first(service.events)):
        reading = read_text(event.message)
        if reading.message is not None and reading.message.is_steady:
            is_history = True
            steady_at = _moment(event.created_at)
            # The events before it say no more, unless it has no time and an older one has.
            if steady_at is not None:
                break
        elif not is_history and reading.code is not None:
            current.append(_said(reading, event.message, "event", _moment(event.created_at)))
    current.reverse()
    current += _of_rollouts(service, steady_at)
    for task in stopped:
        at = _stop_time(task)
        if steady_at is None or at is None or at > steady_at:
            current.append(_of_stop(task))
    moot = _MOOT_WHEN_WHOLE if is_whole(service) else ()
    yield from (observation for observation in current if not observation.code.startswith(moot))


def _oldest_first(events: tuple[ecs.ServiceEvent, ...]) -> list[ecs.ServiceEvent]:
    """ECS lists the newest first; where all have a time, that decides, whoever wrote the list."""
    turned = list(reversed(events))
    times = [_moment(event.created_at) for event in turned]
    if all(times):
        turned.sort(key=lambda event: _moment(event.created_at) or datetime.min.replace(tzinfo=UTC))
    return turned


def _of_rollouts(service: ecs.Service, steady_at: datetime | None) -> Iterator[_Observation]:
    for deployment in service.deployments:
        at = _moment(deployment.updated_at)
        text = deployment.rollout_state_reason or ""
        if deployment.rollout_state == "FAILED":
            is_past = deployment.status != "PRIMARY" and (
                is_whole(service) or (steady_at is not None and at is not None and at <= steady_at)
            )
            if not is_past:
                reading = read_text(text or "deployment failed")
                yield _said(reading, text or f"rolloutState FAILED of {deployment.id}", "rollout", at)
        elif deployment.rollout_state == "IN_PROGRESS" and deployment.failed_tasks:
            yield _Observation(
                code="service.unsteady",
                text=f"{text} failedTasks: {deployment.failed_tasks}".strip(),
                source="rollout",
                at=at,
                allows=("service.unsteady", "place.", "start.", "run."),
                count=deployment.failed_tasks,
            )


def _said(reading: Reading, text: str, source: str, at: datetime | None) -> _Observation:
    code = reading.code or UNCLASSIFIED
    allows = reading.message.allows if reading.message else ("place.", "start.", "run.")
    return _Observation(
        code=code,
        text=text,
        source=source,
        at=at,
        reading=reading,
        allows=(code, *allows),
        subnet=_subnet_in(reading),
    )


def _of_stop(task: ecs.Task) -> _Observation:
    """A stopped task as an observation: by its text, else by its containers' texts, else by its stop code."""
    code, text, reading = _stop(task)
    allows: tuple[str, ...] = (code,)
    if code == UNCLASSIFIED or (code == "start.other" and (reading is None or reading.is_vague)):
        stage = stage_of(task)
        by_text = reading.message.allows if reading and reading.message else ("start.",)
        allows = (code, *(_STAGE_ALLOWS[stage] if stage is not None else by_text))
    return _Observation(
        code=code,
        text=text,
        source="stopped",
        at=_stop_time(task),
        reading=reading,
        allows=allows,
        subnet=(_subnet_in(reading) if reading else None) or task.subnet_id,
        task=task,
    )


def _stop(task: ecs.Task) -> tuple[str, str, Reading | None]:
    reason = task.stopped_reason or ""
    reading = read_text(reason)
    code = reading.code
    if task.stop_code == "UserInitiated" and code not in {"run.host", "run.spot"}:
        return "run.stopped-by-user", reason or task.stop_code, None
    if code is not None and not reading.is_vague:
        return code, reason, reading
    for container in task.containers:
        of_container = read_text(container.reason or "")
        if of_container.code is not None and not of_container.is_vague:
            return of_container.code, _with_container(reason, container), of_container
    text = reason or task.stop_code or "stopped without a reason"
    details = next((c for c in task.containers if c.reason or c.exit_code not in {None, 0}), None)
    if details is not None:
        text = _with_container(text, details)
    if code is None or code == UNCLASSIFIED:
        code = _OF_STOP_CODE.get(task.stop_code or "") or (
            "start.other" if not reason and task.stop_code == "TaskFailedToStart" else UNCLASSIFIED
        )
    return code, text, reading


def _with_container(reason: str, container: ecs.Container) -> str:
    what = container.reason or f"exit code {container.exit_code}"
    return f"{reason} [{container.name}: {what}]" if reason else what


def _of_standalone(cluster: Cluster, family: str, tasks: Iterable[ecs.Task]) -> list[_Observation]:
    """Failures of standalone tasks of one family, unless a later one of them runs, or ended well."""
    failures: list[tuple[datetime | None, _Observation]] = []
    succeeded = [
        _begin(task) for task in cluster.known_standalone_tasks if family_of(task) == family and _did_well(task)
    ]
    for task in tasks:
        observation = _of_stop(task)
        if _is_awsvpc(cluster, task) and _is_failed_run(task, observation):
            failures.append((_begin(task), observation))
    return [
        observation
        for begin, observation in failures
        if begin is None or not any(success is not None and success > begin for success in succeeded)
    ]


def _is_failed_run(task: ecs.Task, observation: _Observation) -> bool:
    if observation.code in NOT_A_FAILURE | {"run.spot", "run.host"}:
        return False
    if observation.code == "run.exit":
        return any(container.exit_code not in {None, 0} for container in task.containers)
    return True


def _did_well(task: ecs.Task) -> bool:
    if not task.is_stopped:
        return task.last_status == "RUNNING"
    return task.stop_code == "EssentialContainerExited" and not _is_failed_run(task, _of_stop(task))


def _is_awsvpc(cluster: Cluster, task: ecs.Task) -> bool:
    if is_on_fargate(task) or task.network_interface_attachment is not None:
        return True
    try:
        definition = cluster.scope.task_definition_of(task.task_definition_arn)
    except NotCollectedError:
        return False
    return definition is not None and definition.network_mode == "awsvpc"


def _known_by_subject(cluster: Cluster) -> dict[Subject, list[ecs.Task]]:
    """The tasks that ECS still shows, stopped and live."""
    deployments = {d.id: s.service_name for s in cluster.services for d in s.deployments if d.id}
    found: dict[Subject, list[ecs.Task]] = {}
    for task in sorted(cluster.scope.tasks.known(), key=lambda t: t.task_arn):
        if not _is_here(task, cluster):
            continue
        if is_standalone(task):
            found.setdefault(("task", family_of(task)), []).append(task)
        elif (task.group or "").startswith("service:"):
            found.setdefault(("service", (task.group or "").removeprefix("service:")), []).append(task)
        elif (name := deployments.get(task.started_by or "")) is not None:
            found.setdefault(("service", name), []).append(task)
    return found


def _places(cluster: Cluster, tasks: Sequence[ecs.Task], configured: Iterable[str] = ()) -> _Places:
    try:
        instances = cluster.container_instances
    except NotCollectedError:
        instances = ()
    used = {task.container_instance_arn for task in tasks if task.container_instance_arn}
    rows = {subnet_id: cluster.scope.subnets.peek(subnet_id) for subnet_id in (*configured, *_subnets_of(tasks))}
    return _Places(
        tasks=len(tasks) if cluster.scope.tasks.is_complete else None,
        instances={arn: arn.rsplit("/", 1)[-1] for arn in used}
        | {
            i.container_instance_arn: i.instance_id
            for i in instances
            if i.container_instance_arn in used or i.status in {None, "ACTIVE"}
        },
        subnets={subnet_id: row.availability_zone if row else None for subnet_id, row in rows.items()},
    )


def _subnets_of(tasks: Iterable[ecs.Task]) -> Iterator[str]:
    return (task.subnet_id for task in tasks if task.subnet_id)


def _one(values: Iterable[str | None]) -> str | None:
    """What all the values are; ``None`` where they differ or one is not known."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _refused_instances(cluster: Cluster) -> Iterator[_Observation]:
    """Container instances that could not be registered: ECS says why in `statusReason`."""
    try:
        instances = cluster.container_instances
    except NotCollectedError:
        return
    for instance in instances:
        if instance.status_reason and instance.status != "ACTIVE":
            reading = read_text(instance.status_reason)
            code = reading.code or UNCLASSIFIED
            yield _Observation(
                code=code,
                text=f"{instance.instance_id} is {instance.status}: {instance.status_reason}",
                source="instance",
                at=_moment(instance.registered_at),
                reading=reading,
                allows=(code, "place."),
            )


def _of_targets(cluster: Cluster, workload: Workload) -> Iterator[_Observation]:
    """Tasks that a load balancer finds unhealthy right now, for a reason of their own."""
    service = workload.service
    if service is None:
        return
    of_task_sets = (each for task_set in service.task_sets for each in task_set.load_balancers)
    registered = {each.target_group_arn for each in (*service.load_balancers, *of_task_sets) if each.target_group_arn}
    addresses = {
        address
        for task in workload.tasks
        for container in task.containers
        for interface in container.network_interfaces
        for address in (interface.private_ipv4_address, interface.ipv6_address)
        if address
    }
    targets = (
        cluster.scope.target_health.known_where("target_group_arn", lambda each: (each.target_group_arn,), arn)
        for arn in sorted(registered)
    )
    for each in chain.from_iterable(targets):
        health, target = each.target_health, each.target
        if health is None or target is None:
            continue
        # Of a task that is gone the event or the stopped task tells.
        if health.state != "unhealthy" or not (health.reason or "").startswith("Target.") or target.id not in addresses:
            continue
        why = health.description or health.reason
        yield _Observation(
            code="run.health-elb",
            text=f"target {target.id}:{target.port} is unhealthy: {health.reason}: {why}",
            source="target",
            at=None,
            # In the words of a service event, which the catalogue knows.
            reading=read_text(
                f"(port {target.port}) is unhealthy in (target-group {each.target_group_arn}) due to (reason {why})"
            ),
            allows=("run.health-elb",),
        )


def _is_trouble(observation: _Observation, service: ecs.Service) -> bool:
    if observation.code in NOT_A_FAILURE:
        return False
    # An event that nobody has seen before may be harmless; only a service that lacks tasks makes it suspect.
    return not (observation.code == UNCLASSIFIED and observation.source == "event" and is_whole(service))


def _summed(observations: Iterable[_Observation], places: _Places) -> tuple[Symptom, ...]:
    """Repeats as one symptom, those that say why before those that do not."""
    groups: dict[tuple[str, str], list[_Observation]] = {}
    for observation in observations:
        text = observation.text if observation.code == UNCLASSIFIED else ""
        groups.setdefault((observation.code, text), []).append(observation)
    symptoms = [_sum(group, places) for group in groups.values()]
    return tuple(sorted(symptoms, key=lambda s: (s.is_open, SYMPTOM_CODES.index(s.code), s.text)))


def _sum(group: list[_Observation], places: _Places | None = None) -> Symptom:
    earliest = datetime.min.replace(tzinfo=UTC)
    newest = max(enumerate(group), key=lambda item: (item[1].at or earliest, item[0]))[1]
    by_source: dict[str, int] = {}
    for observation in group:
        by_source[observation.source] = by_source.get(observation.source, 0) + observation.count
    times = [observation.at for observation in group if observation.at is not None]
    clear = [o for o in group if o.allows == (o.code,)]
    failures = [o for o in group if o.task is not None and o.code not in NOT_A_FAILURE]
    # An event and a stopped task tell of one failure each: the same ones. A refused launch leaves neither.
    refused = by_source.pop("launch", 0)
    count = max(by_source.values(), default=0) + refused
    return Symptom(
        code=newest.code,
        text=newest.text,
        at=max(times, default=None),
        first_at=min(times, default=None),
        count=count,
        readings=tuple(_distinct(o.reading for o in group if o.reading is not None)),
        allows=tuple(dict.fromkeys(a for o in clear or group for a in o.allows)),
        subnets=frozenset(o.subnet for o in group if o.subnet is not None),
        of=places.tasks if places is not None and count == len(failures) else None,
        where=places.shared_by(failures) if places is not None else None,
    )


def _distinct(readings: Iterable[Reading]) -> Iterator[Reading]:
    seen: list[Reading] = []
    for reading in readings:
        if reading not in seen:
            seen.append(reading)
            yield reading


def _subnet_in(reading: Reading) -> str | None:
    subnet = reading.carries.get("subnet")
    return subnet if subnet and subnet.startswith("subnet-") else None


def _is_here(task: ecs.Task, cluster: Cluster) -> bool:
    return task.cluster_arn is not None and cluster_name(task.cluster_arn) == cluster.name


def _begin(task: ecs.Task) -> datetime | None:
    return _moment(task.created_at or task.started_at)


def _stop_time(task: ecs.Task) -> datetime | None:
    return _moment(task.stopped_at or task.stopping_at or task.execution_stopped_at or task.created_at)


def _moment(at: datetime | None) -> datetime | None:
    """Aware, so that times of every source compare."""
    return None if at is None else in_utc(at)
