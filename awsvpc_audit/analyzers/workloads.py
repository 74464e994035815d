"""What runs in a cluster, as launch configurations: services, groups of alike standalone tasks, and launchers.

Every analysis asks of a workload: where do its tasks run (launch type), on which network (subnets, groups, public
address), of which task definition, how many. AWS spreads those over service, deployment, task set, cluster default and
task; here they are found once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TypeVar, cast

from awsvpc_audit.analyzers.launchers import Launch, launches_of
from awsvpc_audit.analyzers.recorded_launches import RecordedLaunch, launcher_of, recorded_launches
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope, cluster_name
from awsvpc_audit.model.times import in_utc


class Compute(StrEnum):
    """What tasks run on. The rules of the AWS page differ by it."""

    EC2 = "EC2"
    FARGATE = "FARGATE"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"
    EXTERNAL = "EXTERNAL"


FARGATE_PROVIDERS = frozenset({"FARGATE", "FARGATE_SPOT"})

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A service, the standalone tasks of one task definition on the same network settings, or a launcher of such.

    Attributes:
        ref: how findings name it: type `service`, `task` or `launcher`.
        compute: ``None`` where the capacity provider behind it could not be read (`compute_gap` says what is missing).
        capacity_providers: names in the strategy, where one is used.
        task_definition_arn: of the primary deployment.
        subnets, security_groups: ids of the awsvpcConfiguration; empty where there is none. For standalone tasks, which
            do not keep it: of their ENIs.
        assign_public_ip: ``True`` for `ENABLED`.
        desired, running, pending: numbers of tasks, as the service counts them.
        placed: live tasks that have a place: on Fargate all, else those on a container instance. A task that waits in
            PROVISIONING for capacity has none.
        service: where it is one.
        launch: where it is a launcher (a rule, a schedule, a state of Step Functions), its settings as written. It
            wants no tasks until its time comes, or until there was no room for one.
        recorded: where standalone tasks have stopped or were refused, the call that launched them, with their network
            settings.
        refused: calls of RunTask for it that AWS refused, since it last launched one.
        is_network_known: whether groups and public address are known; of tasks that stopped they may not be.
        tasks: the live tasks, where `ecs:DescribeTasks` was read; empty otherwise.
    """

    ref: ResourceRef
    compute: Compute | None
    compute_gap: tuple[str, ...] = ()
    capacity_providers: tuple[str, ...] = ()
    task_definition_arn: str | None = None
    has_awsvpc_configuration: bool = False
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False
    platform_version: str | None = None
    platform_family: str | None = None
    desired: int = 0
    running: int = 0
    pending: int = 0
    placed: int = 0
    service: ecs.Service | None = None
    launch: Launch | None = None
    recorded: RecordedLaunch | None = None
    refused: tuple[RecordedLaunch, ...] = ()
    is_network_known: bool = True
    tasks: tuple[ecs.Task, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Service name, or task family and revision."""
        return self.ref.id

    @property
    def family(self) -> str:
        """The family of its task definition."""
        return (self.task_definition_arn or "").rsplit("/", 1)[-1].partition(":")[0]

    @property
    def unplaced(self) -> int:
        """How many of the tasks it wants have no place yet."""
        return max(0, self.desired - self.placed)

    @property
    def short(self) -> int:
        """How many of the tasks it wants do not run."""
        return max(0, self.desired - self.running)

    @property
    def is_daemon(self) -> bool:
        """Whether one task goes on every matching instance."""
        return self.service is not None and self.service.scheduling_strategy == "DAEMON"


class Cluster:
    """One cluster and what runs in it.

    Attributes:
        scope: the account and Region it lies in.
        name: its name.
    """

    def __init__(self, scope: Scope, name: str) -> None:
        """Look at a cluster of a scope.

        Args:
            scope: the account and Region.
            name: the cluster's name, one of `scope.cluster_names`.
        """
        self.scope = scope
        self.name = name
        self._answers: dict[str, object] = {}

    def once(self, name: str, compute: Callable[[], Answer]) -> Answer:
        """The answer of an analysis of this cluster that many ask for, computed at the first call under this name.

        Args:
            name: of the analysis, with whatever it depends on beside the cluster.
            compute: gives the answer; what it raises is raised at every call.
        """
        if name not in self._answers:
            self._answers[name] = compute()
        return cast("Answer", self._answers[name])

    @cached_property
    def arn(self) -> str:
        """The ARN, as AWS gives it, or as it must be where `ecs:DescribeClusters` was not read."""
        for cluster in self.scope.clusters.known():
            if cluster_name(cluster.cluster_arn) == self.name:
                return cluster.cluster_arn
        return f"arn:{self.scope.partition}:ecs:{self.scope.region}:{self.scope.account}:cluster/{self.name}"

    @property
    def ref(self) -> ResourceRef:
        """How findings name the cluster."""
        return ResourceRef(type="cluster", id=self.name, arn=self.arn)

    def _is_here(self, cluster_arn: str | None) -> bool:
        return cluster_arn is not None and cluster_name(cluster_arn) == self.name

    def row(self) -> ecs.Cluster | None:
        """`ecs:DescribeClusters` on this cluster."""
        return self.scope.clusters.get(self.arn)

    @cached_property
    def services(self) -> tuple[ecs.Service, ...]:
        """Services of this cluster that are not gone, by name. Those that were read: see `require_services`."""
        return tuple(
            sorted(
                (
                    s
                    for s in self.scope.services.known()
                    if self._is_here(s.cluster_arn) and s.status not in {"INACTIVE", "DRAINING"}
                ),
                key=lambda s: s.service_name,
            )
        )

    def require_services(self) -> None:
        """Raise `NotCollectedError` unless all services were read."""
        self.scope.services.require()

    @cached_property
    def container_instances(self) -> tuple[ecs.ContainerInstance, ...]:
        """Container instances of this cluster that are not gone, by EC2 instance id.

        Raises:
            NotCollectedError: they were not, or not all, read.
        """
        return tuple(
            sorted(
                (i for i in self.scope.container_instances if self._is_here(i.cluster_arn) and i.status != "INACTIVE"),
                key=lambda i: i.instance_id,
            )
        )

    @cached_property
    def tasks(self) -> tuple[ecs.Task, ...]:
        """Tasks of this cluster, running and stopped.

        Raises:
            NotCollectedError: they were not, or not all, read.
        """
        return tuple(sorted((t for t in self.scope.tasks if self._is_here(t.cluster_arn)), key=lambda t: t.task_arn))

    @cached_property
    def _known_tasks_by_service(self) -> dict[str, tuple[ecs.Task, ...]]:
        groups: dict[str, list[ecs.Task]] = {}
        for task in self.scope.tasks.known():
            if self._is_here(task.cluster_arn) and task.group and task.group.startswith("service:"):
                groups.setdefault(task.group.removeprefix("service:"), []).append(task)
        return {name: tuple(tasks) for name, tasks in groups.items()}

    @cached_property
    def workloads(self) -> tuple["Workload", ...]:
        """Services, by name, groups of standalone tasks, launchers; of every network mode. Those that were read."""
        return (
            *(self._service_workload(service) for service in self.services),
            *self._standalone_workloads(),
            *(workload for workload in self.failed_families if workload.is_network_known),
            *(self._launcher_workload(launch) for launch in self.launches),
        )

    @cached_property
    def launches(self) -> tuple[Launch, ...]:
        """The launchers that were read."""
        return launches_of(self.scope, self.name)

    @cached_property
    def _recorded_launches(self) -> tuple[RecordedLaunch, ...]:
        return recorded_launches(self.scope, self.name)

    @cached_property
    def refused_launches(self) -> tuple[RecordedLaunch, ...]:
        """Calls of RunTask that AWS refused, oldest first: those since it last launched a task of the same family."""
        launched: dict[str, dict[str, datetime]] = {}
        for launch in self._recorded_launches:
            if not launch.refusals and launch.at is not None:
                launched.setdefault(launch.family, {}).update(dict.fromkeys(launch.tasks, launch.at))
        for task in self.known_standalone_tasks:
            if task.created_at is not None:
                launched.setdefault(family_of(task), {})[task.task_arn] = in_utc(task.created_at)
        return tuple(
            launch
            for launch in self._recorded_launches
            if launch.refusals
            and launch.service is None
            # What the same call did launch is no later success.
            and not any(
                launch.at is not None and at > launch.at
                for arn, at in launched.get(launch.family, {}).items()
                if arn not in launch.tasks
            )
        )

    @cached_property
    def _refused_by_launcher(self) -> dict[str, tuple[RecordedLaunch, ...]]:
        """The same by the launcher that called, under `""` those of anybody else."""
        found: dict[str, list[RecordedLaunch]] = {}
        for refused in self.refused_launches:
            launcher = launcher_of(refused, self.launches)
            found.setdefault(launcher.ref.id if launcher is not None else "", []).append(refused)
        return {name: tuple(calls) for name, calls in found.items()}

    @cached_property
    def failed_families(self) -> tuple["Workload", ...]:
        """Standalone tasks by family: the newest, where they never came to run, and those that AWS refused to launch.

        What a launcher runs is left out, for the launcher says more of it; so are stopped tasks where others live.
        """
        return tuple(self._failed_families())

    @cached_property
    def known_standalone_tasks(self) -> tuple[ecs.Task, ...]:
        """Tasks of this cluster that no service started, oldest first. Those that were read."""
        return tuple(
            sorted(
                (t for t in self.scope.tasks.known() if self._is_here(t.cluster_arn) and is_standalone(t)),
                key=lambda t: (str(t.created_at or ""), t.task_arn),
            )
        )

    @cached_property
    def awsvpc_workloads(self) -> tuple["Workload", ...]:
        """The workloads whose tasks have an ENI of their own."""
        return tuple(w for w in self.workloads if self.is_awsvpc(w))

    @cached_property
    def all_services(self) -> tuple[ecs.Service, ...]:
        """As `services`, but proven to be all of them.

        Raises:
            NotCollectedError: some may be missing.
        """
        self.require_services()
        return self.services

    def is_awsvpc(self, workload: "Workload") -> bool:
        """Whether the workload's tasks run in `awsvpc` mode.

        The task definition says so; where it was not read, an awsvpcConfiguration says the same, for ECS takes one for
        no other network mode.
        """
        try:
            definition = self.task_definition(workload)
        except NotCollectedError:
            definition = None
        if definition is None:
            return workload.has_awsvpc_configuration
        return definition.network_mode == "awsvpc"

    def task_definition(self, workload: "Workload") -> ecs.TaskDefinition | None:
        """The workload's task definition; ``None`` where it is proven to be gone.

        Raises:
            NotCollectedError: it was not read.
        """
        return self.scope.task_definition_of(workload.task_definition_arn)

    def _service_workload(self, service: ecs.Service) -> "Workload":
        source = _launch_source(service)
        compute, gap = self._compute(source.launch_type, source.capacity_provider_strategy)
        config = source.network_configuration or service.network_configuration
        awsvpc = config.awsvpc_configuration if config else None
        live = tuple(t for t in self._known_tasks_by_service.get(service.service_name, ()) if not t.is_stopped)
        return Workload(
            ref=ResourceRef(type="service", id=service.service_name, arn=service.service_arn),
            compute=compute,
            compute_gap=gap,
            capacity_providers=tuple(item.capacity_provider for item in source.capacity_provider_strategy),
            task_definition_arn=source.task_definition or service.task_definition,
            has_awsvpc_configuration=awsvpc is not None and bool(awsvpc.subnets or awsvpc.security_groups),
            subnets=awsvpc.subnets if awsvpc else (),
            security_groups=awsvpc.security_groups if awsvpc else (),
            assign_public_ip=awsvpc is not None and awsvpc.assign_public_ip == "ENABLED",
            platform_version=source.platform_version or service.platform_version,
            platform_family=source.platform_family or service.platform_family,
            desired=service.desired_count,
            running=service.running_count,
            pending=service.pending_count,
            placed=self._placed(service, live),
            service=service,
            tasks=live,
        )

    def _launcher_workload(self, launch: Launch) -> "Workload":
        strategy = [ecs.CapacityProviderStrategyItem(capacity_provider=name) for name in launch.capacity_providers]
        refused = self._refused_by_launcher.get(launch.ref.id, ())
        compute, gap = self._compute(launch.launch_type, strategy)
        return Workload(
            ref=launch.ref,
            compute=compute,
            compute_gap=gap,
            capacity_providers=launch.capacity_providers,
            task_definition_arn=self._newest_revision(launch.task_definition),
            has_awsvpc_configuration=launch.has_configuration,
            subnets=launch.subnets,
            security_groups=launch.security_groups,
            assign_public_ip=launch.assign_public_ip,
            platform_version=launch.platform_version,
            desired=int(any(call.found_no_room for call in refused)),
            launch=launch,
            refused=refused,
        )

    def _failed_families(self) -> Iterator["Workload"]:
        launched = {(launch.task_definition or "").rsplit("/", 1)[-1].partition(":")[0] for launch in self.launches}
        by_family: dict[str, list[ecs.Task]] = {}
        for task in self.known_standalone_tasks:
            by_family.setdefault(family_of(task), []).append(task)
        refused: dict[str, list[RecordedLaunch]] = {}
        for call in self._refused_by_launcher.get("", ()):
            if call.has_configuration:
                refused.setdefault(call.family, []).append(call)
        for family in sorted({*by_family, *refused}):
            tasks = by_family.get(family, [])
            is_well = family in launched or any(not task.is_stopped for task in tasks)
            failed = [] if is_well else _never_ran(tasks)
            calls = tuple(refused.get(family, ()))
            if failed or calls:
                yield self._failed_family(family, failed, calls)

    def _failed_family(self, family: str, tasks: list[ecs.Task], refused: tuple[RecordedLaunch, ...]) -> "Workload":
        arns = {task.task_arn for task in tasks}
        launched = (call for call in reversed(self._recorded_launches) if call.subnets and arns & set(call.tasks))
        call = next(launched, next(reversed(refused), None))
        newest = tasks[-1] if tasks else None
        providers = call.capacity_providers if call is not None and newest is None else ()
        if newest is not None and newest.capacity_provider_name:
            providers = (newest.capacity_provider_name,)
        strategy = [ecs.CapacityProviderStrategyItem(capacity_provider=name) for name in providers]
        launch_type = newest.launch_type if newest else call.launch_type if call else None
        compute, gap = self._compute(launch_type, strategy)
        interfaces = [
            eni
            for task in tasks
            if (eni := self.scope.network_interfaces.peek(task.network_interface_id or "")) is not None
        ]
        groups = {group.group_id for eni in interfaces for group in eni.groups if group.group_id}
        return Workload(
            ref=ResourceRef(type="task", id=family, arn=newest.task_arn if newest else None),
            compute=compute,
            compute_gap=gap,
            capacity_providers=providers,
            task_definition_arn=newest.task_definition_arn
            if newest
            else self._newest_revision(refused[-1].task_definition),
            has_awsvpc_configuration=call is not None or any(task.network_interface_attachment for task in tasks),
            subnets=tuple(
                sorted({*(call.subnets if call else ()), *(task.subnet_id for task in tasks if task.subnet_id)})
            ),
            security_groups=call.security_groups if call else tuple(sorted(groups)),
            assign_public_ip=call.assign_public_ip
            if call
            else any(eni.association and eni.association.public_ip for eni in interfaces),
            platform_version=newest.platform_version if newest else call.platform_version if call else None,
            platform_family=newest.platform_family if newest else None,
            desired=int(any(call.found_no_room for call in refused)),
            recorded=call,
            refused=refused,
            is_network_known=call is not None or bool(interfaces),
        )

    def _newest_revision(self, written: str | None) -> str | None:
        """The ARN of a task definition by ARN, family or `family:revision`; without one, of the newest revision."""
        family, _, revision = (written or "").rsplit("/", 1)[-1].partition(":")
        alike = [
            row
            for row in self.scope.task_definitions.known()
            if row.short_name.partition(":")[0] == family
            and (row.short_name.partition(":")[2] == revision if revision else row.status in {None, "ACTIVE"})
        ]
        newest = max(alike, key=lambda row: int(row.short_name.partition(":")[2] or 0), default=None)
        return newest.task_definition_arn if newest is not None else written

    def _placed(self, service: ecs.Service, live: tuple[ecs.Task, ...]) -> int:
        if not self.scope.tasks.is_complete:
            return service.running_count + service.pending_count
        has_place = sum(
            t.container_instance_arn is not None or t.last_status == "RUNNING" or is_on_fargate(t) for t in live
        )
        return max(service.running_count, has_place)

    def _compute(
        self, launch_type: str | None, strategy: Iterable[ecs.CapacityProviderStrategyItem]
    ) -> tuple[Compute | None, tuple[str, ...]]:
        """What a launch type or capacity provider strategy runs on, and what is missing to say so."""
        providers = [item.capacity_provider for item in strategy]
        if not providers and launch_type in set(Compute):
            return Compute(launch_type), ()
        if not providers:
            try:
                cluster = self.row()
            except NotCollectedError as gap:
                return None, gap.operations
            # ECS runs on the cluster's default strategy where neither is given; without one, on EC2.
            providers = [i.capacity_provider for i in cluster.default_capacity_provider_strategy] if cluster else []
            if not providers:
                return Compute.EC2, ()
        if any(name in FARGATE_PROVIDERS for name in providers):
            return Compute.FARGATE, ()
        try:
            provider = self.scope.capacity_providers.get(providers[0])
        except NotCollectedError as gap:
            return None, gap.operations
        if provider is not None and (provider.type == "MANAGED_INSTANCES" or provider.managed_instances_provider):
            return Compute.MANAGED_INSTANCES, ()
        return Compute.EC2, ()

    def _standalone_workloads(self) -> Iterable["Workload"]:
        """Live tasks that no service started, grouped by task definition, compute, subnets and groups."""
        groups: dict[tuple[str, str, str], list[ecs.Task]] = {}
        for task in self.known_standalone_tasks:
            if task.is_stopped:
                continue
            key = (task.task_definition_arn or "", task.launch_type or "", task.capacity_provider_name or "")
            groups.setdefault(key, []).append(task)
        for (definition, launch_type, provider), tasks in sorted(groups.items()):
            strategy = (ecs.CapacityProviderStrategyItem(capacity_provider=provider),) if provider else ()
            compute, gap = self._compute(launch_type, strategy)
            interfaces = [
                eni
                for task in tasks
                if task.network_interface_id
                and (eni := self.scope.network_interfaces.peek(task.network_interface_id)) is not None
            ]
            first = tasks[0]
            yield Workload(
                ref=ResourceRef(type="task", id=definition.rsplit("/", 1)[-1], arn=first.task_arn),
                compute=compute,
                compute_gap=gap,
                capacity_providers=(provider,) if provider else (),
                task_definition_arn=definition,
                has_awsvpc_configuration=any(task.network_interface_attachment for task in tasks),
                subnets=tuple(sorted({task.subnet_id for task in tasks if task.subnet_id})),
                security_groups=tuple(sorted({g.group_id for eni in interfaces for g in eni.groups if g.group_id})),
                assign_public_ip=any(eni.association and eni.association.public_ip for eni in interfaces),
                platform_version=first.platform_version,
                platform_family=first.platform_family,
                desired=len(tasks),
                running=sum(task.last_status == "RUNNING" for task in tasks),
                pending=sum(task.last_status != "RUNNING" for task in tasks),
                placed=sum(task.container_instance_arn is not None or is_on_fargate(task) for task in tasks),
                tasks=tuple(tasks),
            )


def family_of(task: ecs.Task) -> str:
    """The family of the task's definition."""
    return (task.task_definition_arn or "").rsplit("/", 1)[-1].rpartition(":")[0]


def is_standalone(task: ecs.Task) -> bool:
    """Whether no service started the task."""
    return not (task.group or "").startswith("service:") and not (task.started_by or "").startswith("ecs-svc/")


def _never_ran(tasks: list[ecs.Task]) -> list[ecs.Task]:
    """The stopped tasks that never came to run, of those after the last that did; oldest first, as they are given."""
    last = max((number for number, task in enumerate(tasks) if task.started_at is not None), default=-1)
    return [task for task in tasks[last + 1 :] if task.stop_code != "UserInitiated"]


def compute_of(task: ecs.Task) -> Compute:
    """What a task runs on, or ran on before it stopped."""
    if is_on_fargate(task):
        return Compute.FARGATE
    return Compute(task.launch_type) if task.launch_type in set(Compute) else Compute.EC2


def is_on_fargate(task: ecs.Task) -> bool:
    """Whether AWS Fargate runs the task."""
    return task.launch_type == "FARGATE" or task.capacity_provider_name in FARGATE_PROVIDERS


def _launch_source(service: ecs.Service) -> ecs.Service | ecs.Deployment | ecs.TaskSet:
    """Where a service keeps its launch settings: itself, or its primary task set under an external controller.

    The deployments of an `ECS` controller repeat the service's own settings; task sets have settings of their own
    (CODE_DEPLOY and EXTERNAL controllers).
    """
    for task_set in service.task_sets:
        if task_set.status == "PRIMARY" and task_set.network_configuration is not None:
            return task_set
    return service
