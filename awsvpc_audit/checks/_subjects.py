"""What checks look at: one function for each kind of subject, from context to subjects in a stable order.

Each yields what is known first and then, where some may be missing, raises `NotCollectedError`: the runner judges the
known ones and adds one *unknown* for the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ec2, ecs
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
    """Every VPC that a task subnet lies in, once."""
    users: dict[str, dict[str, Workload]] = {}
    for task_subnet in task_subnets(context):
        subnet = context.scope.subnets.get(task_subnet.subnet_id)
        if subnet is not None and subnet.vpc_id is not None:
            users.setdefault(subnet.vpc_id, {}).update({w.name: w for w in task_subnet.workloads})
    for vpc_id, workloads in sorted(users.items()):
        yield TaskVpc(vpc_id, tuple(workloads.values()))


@dataclass(frozen=True)
class Host:
    """A container instance on Amazon EC2, and the EC2 instance under it.

    External instances (ECS Anywhere) and Managed Instances are none: the rules on task ENIs, agents and trunks do not
    apply to them.
    """

    container_instance: ecs.ContainerInstance

    @property
    def ref(self) -> ResourceRef:
        """Named by its EC2 instance id."""
        return ResourceRef(
            type="instance",
            id=self.container_instance.instance_id,
            arn=self.container_instance.container_instance_arn,
        )

    @cached_property
    def is_windows(self) -> bool:
        """By `ecs.os-type`."""
        return (self.container_instance.attribute("ecs.os-type") or "").lower() == "windows"

    def instance(self, context: Context) -> ec2.Instance | None:
        """`ec2:DescribeInstances` on it; ``None`` where it is proven to be gone."""
        return context.scope.instances.get(self.container_instance.instance_id)


def hosts(context: Context) -> Iterator[Host]:
    """Container instances on EC2, Linux and Windows, of any status but gone."""
    yield from hosts_of(context.cluster)


def hosts_of(cluster: Cluster) -> Iterator[Host]:
    """As `hosts`, of a cluster."""
    for instance in cluster.container_instances:
        if is_ec2_host(instance, cluster):
            yield Host(instance)


def is_ec2_host(instance: ecs.ContainerInstance, cluster: Cluster) -> bool:
    """Whether a container instance is an EC2 instance that its owner runs."""
    if instance.has_attribute("ecs.capability.external") or instance.instance_id.startswith("mi-"):
        return False
    if instance.capacity_provider_name is None:
        return True
    provider = cluster.scope.capacity_providers.peek(instance.capacity_provider_name)
    return not (provider and (provider.type == "MANAGED_INSTANCES" or provider.managed_instances_provider))
