"""What checks look at: one function for each kind of subject, from context to subjects in a stable order.

Each yields what is known first and then, where some may be missing, raises `NotCollectedError`: the runner judges the
known ones and adds one *unknown* for the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.hosts import Host, hosts_of
from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError


def the_cluster(context: Context) -> Iterator[Cluster]:
    """The cluster itself."""
    yield context.cluster


def awsvpc_workloads(context: Context) -> Iterator[Workload]:
    """Services and standalone tasks in awsvpc mode."""
    yield from context.workloads
    context.cluster.require_services()


def all_workloads(context: Context) -> Iterator[Workload]:
    """Services and standalone tasks of every network mode."""
    for workload in context.cluster.workloads:
        if not context.services or workload.service is None or workload.name in context.services:
            yield workload
    context.cluster.require_services()


def on_compute(*computes: Compute) -> "_OnCompute":
    """The awsvpc workloads that run on one of these; whose compute is not known: unknown."""
    return _OnCompute(computes)


@dataclass(frozen=True, slots=True)
class _OnCompute:
    computes: tuple[Compute, ...]

    def __call__(self, context: Context) -> Iterator[Workload]:
        gap: tuple[str, ...] = ()
        for workload in awsvpc_workloads(context):
            if workload.compute is None:
                gap = workload.compute_gap
            elif workload.compute in self.computes:
                yield workload
        if gap:
            raise NotCollectedError(gap)


@dataclass(frozen=True, slots=True)
class TaskSubnet:
    """A subnet id of some awsvpcConfiguration, with the workloads that name it."""

    subnet_id: str
    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by its id, whether it exists or not."""
        return ResourceRef(type="subnet", id=self.subnet_id)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who uses it."""
        return tuple(workload.ref for workload in self.workloads)


def task_subnets(context: Context) -> Iterator[TaskSubnet]:
    """Every subnet that an awsvpc workload names, once."""
    users: dict[str, list[Workload]] = {}
    for workload in context.workloads:
        for subnet_id in workload.subnets:
            users.setdefault(subnet_id, []).append(workload)
    for subnet_id, workloads in sorted(users.items()):
        yield TaskSubnet(subnet_id, tuple(workloads))
    context.cluster.require_services()


@dataclass(frozen=True, slots=True)
class TaskVpc:
    """A VPC that task subnets lie in, with the workloads in it."""

    vpc_id: str
    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by its id."""
        return ResourceRef(type="vpc", id=self.vpc_id)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who runs in it."""
        return tuple(workload.ref for workload in self.workloads)


def task_vpcs(context: Context) -> Iterator[TaskVpc]:
    """Every VPC that a task subnet lies in, once. A subnet that is gone lies in none."""
    users: dict[str, dict[ResourceRef, Workload]] = {}
    gap: NotCollectedError | None = None
    for workload in context.workloads:
        for subnet_id in workload.subnets:
            try:
                subnet = context.scope.subnets.get(subnet_id)
            except NotCollectedError as error:
                gap = error
                continue
            if subnet is not None and subnet.vpc_id is not None:
                users.setdefault(subnet.vpc_id, {})[workload.ref] = workload
    for vpc_id, workloads in sorted(users.items()):
        yield TaskVpc(vpc_id, tuple(workloads.values()))
    if gap is not None:
        raise gap
    context.cluster.require_services()


@dataclass(frozen=True, slots=True)
class TaskSecurityGroup:
    """A security group id of some awsvpcConfiguration, with the workloads that name it."""

    group_id: str
    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by its id, whether it exists or not."""
        return ResourceRef(type="security_group", id=self.group_id)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who uses it."""
        return tuple(workload.ref for workload in self.workloads)


def task_security_groups(context: Context) -> Iterator[TaskSecurityGroup]:
    """Every security group that an awsvpc workload names, once."""
    users: dict[str, dict[ResourceRef, Workload]] = {}
    for workload in context.workloads:
        for group_id in workload.security_groups:
            users.setdefault(group_id, {})[workload.ref] = workload
    for group_id, workloads in sorted(users.items()):
        yield TaskSecurityGroup(group_id, tuple(workloads.values()))
    context.cluster.require_services()


@dataclass(frozen=True, slots=True)
class TaskTargetGroup:
    """The ARN of a target group of some awsvpc service, with the services that register their tasks there."""

    target_group_arn: str
    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by its name, which its ARN holds, whether it exists or not."""
        name = self.target_group_arn.rsplit(":targetgroup/", 1)[-1].split("/", 1)[0]
        return ResourceRef(type="target_group", id=name, arn=self.target_group_arn)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who registers tasks there."""
        return tuple(workload.ref for workload in self.workloads)


def task_target_groups(context: Context) -> Iterator[TaskTargetGroup]:
    """Every target group that an awsvpc service registers its tasks with, once."""
    users: dict[str, dict[ResourceRef, Workload]] = {}
    for workload in context.workloads:
        for load_balancer in load_balancers_of(workload):
            if load_balancer.target_group_arn:
                users.setdefault(load_balancer.target_group_arn, {})[workload.ref] = workload
    for arn, workloads in sorted(users.items()):
        yield TaskTargetGroup(arn, tuple(workloads.values()))
    context.cluster.require_services()


def load_balancers_of(workload: Workload) -> tuple[ecs.LoadBalancer, ...]:
    """The load balancers a service's tasks are registered with; under an external controller, its task sets'."""
    if workload.service is None:
        return ()
    of_task_sets = (each for task_set in workload.service.task_sets for each in task_set.load_balancers)
    return tuple(dict.fromkeys((*workload.service.load_balancers, *of_task_sets)))


@dataclass(frozen=True, slots=True)
class UsedTaskDefinition:
    """A task definition in awsvpc mode, with the workloads that run it."""

    task_definition: ecs.TaskDefinition
    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named `family:revision`."""
        return task_definition_ref(self.task_definition)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who runs it."""
        return tuple(workload.ref for workload in self.workloads)


def task_definition_ref(definition: ecs.TaskDefinition) -> ResourceRef:
    """How findings name a task definition: `family:revision`."""
    return ResourceRef(type="task_definition", id=definition.short_name, arn=definition.task_definition_arn)


def awsvpc_task_definitions(context: Context) -> Iterator[UsedTaskDefinition]:
    """Every task definition that an awsvpc workload runs, once."""
    users: dict[str, tuple[ecs.TaskDefinition, dict[ResourceRef, Workload]]] = {}
    gap: NotCollectedError | None = None
    for workload in context.workloads:
        try:
            definition = context.cluster.task_definition(workload)
        except NotCollectedError as error:
            gap = error
            continue
        if definition is not None:
            users.setdefault(definition.task_definition_arn, (definition, {}))[1][workload.ref] = workload
    for _, (definition, workloads) in sorted(users.items()):
        yield UsedTaskDefinition(definition, tuple(workloads.values()))
    if gap is not None:
        raise gap
    context.cluster.require_services()


def hosts(context: Context) -> Iterator[Host]:
    """Container instances on EC2, Linux and Windows, of any status but gone."""
    yield from hosts_of(context.cluster)
