"""A container instance as placement sees it: what it is, and what room is left on it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from awsvpc_audit.analyzers.capacity.cluster_query import Queried
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots, slots_of
from awsvpc_audit.analyzers.hosts import Host, hosts_of
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A container instance on EC2. ``None`` is what was not read; `missing` names the operations by member.

    Attributes:
        id: its EC2 instance id.
        attributes: value by name.
        cpu, memory: remaining CPU units and MiB, as ECS reports them.
        registered_gpus, gpus: GPUs that it has, and that are free.
        used_ports: host ports in use, as `80/tcp`.
        slots: its task-ENI slots.
        free_slots: how many of them are free.
        task_groups: live tasks by group; ``None`` where tasks were not read.
        is_assumed: not there: an instance of a what-if. It is taken to have whatever attribute and provider is asked.
    """

    id: str
    container_instance_arn: str = ""
    instance_type: str | None = None
    availability_zone: str | None = None
    vpc_id: str | None = None
    status: str | None = None
    agent_connected: bool | None = None
    capacity_provider: str | None = None
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    queried: Queried
    registered_cpu: int | None = None
    registered_memory: int | None = None
    registered_gpus: int = 0
    cpu: int | None = None
    memory: int | None = None
    gpus: int = 0
    used_ports: frozenset[str] = frozenset()
    slots: TaskEniSlots = field(default_factory=TaskEniSlots)
    free_slots: int | None = None
    task_groups: Mapping[str, int] | None = None
    running_tasks: int | None = None
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_assumed: bool = False

    @cached_property
    def is_windows(self) -> bool:
        """By `ecs.os-type`."""
        return (self.attributes.get("ecs.os-type") or "").lower() == "windows"

    @property
    def is_windows_2016(self) -> bool:
        """By `ecs.os-family`: such an instance cannot host awsvpc tasks."""
        return (self.attributes.get("ecs.os-family") or "").upper().startswith("WINDOWS_SERVER_2016")

    @cached_property
    def answers(self) -> dict[object, Any]:
        """Room for answers about it that hold for every demand alike, by what they depend on."""
        return {}

    @property
    def ref(self) -> ResourceRef:
        """How findings name it."""
        return ResourceRef(type="instance", id=self.id, arn=self.container_instance_arn or None)

    def label(self) -> str:
        """`i-0a1 (c5.large, us-east-1a)`, as far as it is known."""
        about = ", ".join(value for value in (self.instance_type, self.availability_zone) if value)
        return f"{self.id} ({about})" if about else self.id


def candidates_of(cluster: Cluster) -> Iterator[Candidate]:
    """The container instances on EC2 of a cluster, of any status but gone, by instance id.

    Raises:
        NotCollectedError: they were not, or not all, read.
    """
    yield from cluster.once("candidates", lambda: tuple(_find_candidates(cluster)))


def _find_candidates(cluster: Cluster) -> Iterator[Candidate]:
    groups = _task_groups(cluster)
    for host in hosts_of(cluster):
        yield _candidate(host, cluster, groups)


def _task_groups(cluster: Cluster) -> dict[str, Counter[str]] | None:
    """Live tasks by container instance and group; a task that ECS wants stopped no longer counts."""
    if not cluster.scope.tasks.is_complete:
        return None
    groups: dict[str, Counter[str]] = {}
    for task in cluster.tasks:
        if task.container_instance_arn and not task.is_stopped and task.desired_status != "STOPPED":
            groups.setdefault(task.container_instance_arn, Counter())[task.group or ""] += 1
    return groups


def _candidate(host: Host, cluster: Cluster, groups: dict[str, Counter[str]] | None) -> Candidate:
    row = host.container_instance
    attributes = {a.name: a.value for a in row.attributes}
    missing: dict[str, tuple[str, ...]] = {}
    zone, vpc_id = attributes.get("ecs.availability-zone"), attributes.get("ecs.vpc-id")
    if zone is None or vpc_id is None:
        try:
            zone, vpc_id = _place(host, cluster, zone, vpc_id)
        except NotCollectedError as gap:
            missing["availability_zone"] = missing["vpc"] = gap.operations
    slots = slots_of(host, cluster)
    if slots.free is None:
        missing["eni"] = slots.missing or ("ec2:DescribeInstanceTypes",)
    remaining = row.remaining_resources
    of_groups = None if groups is None else groups.get(row.container_instance_arn, Counter())
    return Candidate(
        id=host.id,
        container_instance_arn=row.container_instance_arn,
        instance_type=attributes.get("ecs.instance-type") or _type_in_ec2(host, cluster),
        availability_zone=zone,
        vpc_id=vpc_id,
        status=row.status,
        agent_connected=row.agent_connected,
        capacity_provider=row.capacity_provider_name,
        attributes=attributes,
        queried=Queried(
            attributes=attributes,
            agent_connected=row.agent_connected,
            agent_version=row.agent_version,
            ec2_instance_id=row.ec2_instance_id,
            registered_at=row.registered_at,
            running_tasks_count=row.running_tasks_count,
            task_groups=None if of_groups is None else frozenset(of_groups),
        ),
        registered_cpu=_integer(row.registered_resources, "CPU"),
        registered_memory=_integer(row.registered_resources, "MEMORY"),
        cpu=_integer(remaining, "CPU"),
        memory=_integer(remaining, "MEMORY"),
        registered_gpus=_gpus(row.registered_resources),
        gpus=_gpus(remaining),
        used_ports=frozenset(
            f"{port}/{protocol}"
            for r in remaining
            for name, protocol in (("PORTS", "tcp"), ("PORTS_UDP", "udp"))
            if r.name == name
            for port in r.string_set_value
        ),
        slots=slots,
        free_slots=slots.free,
        task_groups=of_groups,
        running_tasks=row.running_tasks_count,
        missing=missing,
    )


def _place(host: Host, cluster: Cluster, zone: str | None, vpc_id: str | None) -> tuple[str | None, str | None]:
    """AZ and VPC, of EC2 where ECS does not give them as attributes."""
    instance = host.instance(cluster)
    if instance is None:
        return zone, vpc_id
    vpc_id = vpc_id or instance.vpc_id
    if (zone is None or vpc_id is None) and instance.subnet_id:
        subnet = cluster.scope.subnets.get(instance.subnet_id)
        if subnet is not None:
            zone, vpc_id = zone or subnet.availability_zone, vpc_id or subnet.vpc_id
    return zone, vpc_id


def _type_in_ec2(host: Host, cluster: Cluster) -> str | None:
    instance = cluster.scope.instances.peek(host.id)
    return instance.instance_type if instance else None


def _integer(resources: tuple[ecs.Resource, ...], name: str) -> int | None:
    return next((r.integer_value for r in resources if r.name == name), None)


def _gpus(resources: tuple[ecs.Resource, ...]) -> int:
    return sum(len(r.string_set_value) for r in resources if r.name == "GPU")
