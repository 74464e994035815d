"""Task-ENI slots of a container instance: how many it has, who holds them, how many are free.

An instance takes as many ENIs as its type allows. The primary is one of them; without a trunk, each awsvpc task takes
one more. With a trunk, the primary and the trunk are two, and tasks have branch ENIs, of which AWS states the number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

from awsvpc_audit.analyzers.capacity.attached_enis import AttachedEni, attached_enis
from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.facts.eni_limits import EniLimits, eni_limits_of
from awsvpc_audit.findings import EniSlots
from awsvpc_audit.model import ec2, ecs
from awsvpc_audit.model.gaps import NotCollectedError

LimitSource = Literal["ec2:DescribeInstanceTypes", "table"]

TRUNK_ATTRIBUTE = "ecs.awsvpc-trunk-id"
"""On a container instance if and only if it has a trunk; its value is the id of the ECS attachment."""

_GONE = frozenset({"DETACHED", "DELETED"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEniSlots:
    """The task-ENI slots of one container instance.

    Attributes:
        limit: ENIs in all, the primary and the trunk among them; ``None`` where it is not known.
        task_slots: how many awsvpc tasks that is.
        used_by_tasks: slots that tasks hold: with an ENI, with one that is still on its way, or one not yet detached.
        foreign: ENIs that ECS did not create, beside the primary.
        has_trunk: whether ECS gave it a trunk.
        trunk: the trunk's ENI id, or the id of its ECS attachment where the ENI cannot be seen; ``None`` without one.
        free: slots for more tasks.
        limit_source: where `limit` comes from.
        notes: what is UNCONFIRMED or contradicted about the limit, for people.
        missing: operations without which a ``None`` above stays unknown; empty where AWS answered and has no limit.
    """

    limit: int | None = None
    task_slots: int | None = None
    used_by_tasks: int | None = None
    foreign: tuple[AttachedEni, ...] | None = None
    has_trunk: bool | None = None
    trunk: str | None = None
    limit_source: LimitSource | None = None
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def free(self) -> int | None:
        """Slots for more tasks; ``None`` where it cannot be told."""
        if self.task_slots is None or self.used_by_tasks is None or self.foreign is None:
            return None
        return max(0, self.task_slots - len(self.foreign) - self.used_by_tasks)

    def require(self) -> None:
        """Raise `NotCollectedError` unless everything that it takes to count was read."""
        if self.missing:
            raise NotCollectedError(self.missing)

    def record(self) -> EniSlots:
        """As the JSON document shows it."""
        return EniSlots(
            limit=self.limit,
            task_slots=self.task_slots,
            used_by_tasks=self.used_by_tasks,
            foreign=None if self.foreign is None else len(self.foreign),
            free=self.free,
            trunk=self.trunk,
            limit_source=self.limit_source,
        )


def slots_of(host: Host, cluster: Cluster) -> TaskEniSlots:
    """The task-ENI slots of a container instance, as far as they can be told: see `TaskEniSlots.missing`."""
    return _Reading(host, cluster).slots()


def has_trunk(host: Host, cluster: Cluster) -> bool:
    """Whether a container instance has a trunk: by its attribute, else by an attached ENI of that type.

    Raises:
        NotCollectedError: it has no such attribute, and its ENIs were not read.
    """
    return _Reading(host, cluster).has_trunk()


def foreign_enis(host: Host, cluster: Cluster) -> tuple[AttachedEni, ...]:
    """The ENIs on a container instance that ECS did not create, beside the primary.

    Raises:
        NotCollectedError: the ENIs, or the tasks that might hold them, were not read.
    """
    return _Reading(host, cluster).foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLimit:
    """How many ENIs and awsvpc tasks an instance type takes, with a trunk or without."""

    limit: int | None = None
    task_slots: int | None = None
    source: LimitSource | None = None
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def limit_of(instance_type: str, cluster: Cluster, *, trunk: bool) -> TypeLimit:
    """The limit of an instance type: what EC2 says, else the packaged table; with a trunk, always the table.

    Args:
        instance_type: as EC2 names it.
        cluster: whose account and Region to ask.
        trunk: whether the instance has a trunk (or would have one, in a what-if).
    """
    row = eni_limits_of(instance_type)
    if trunk:
        if row is None or row.tasks_with_trunk is None:
            return TypeLimit(notes=(f"how many tasks {instance_type} runs with a trunk is in no table",))
        notes = (row.note,) if row.note else ()
        return TypeLimit(limit=row.tasks_with_trunk + 2, task_slots=row.tasks_with_trunk, source="table", notes=notes)
    missing: tuple[str, ...] = ()
    try:
        described = _described_maximum(cluster.scope.instance_types.get(instance_type))
    except NotCollectedError as gap:
        described, missing = None, gap.operations
    if described is not None:
        return TypeLimit(
            limit=described,
            task_slots=max(0, described - 1),
            source="ec2:DescribeInstanceTypes",
            notes=_notes_beside(described, row),
        )
    if row is not None:
        return TypeLimit(
            limit=row.max_enis, task_slots=row.max_enis - 1, source="table", notes=_notes_beside(None, row)
        )
    return TypeLimit(missing=missing)


def _described_maximum(described: ec2.InstanceTypeInfo | None) -> int | None:
    """`NetworkInfo.MaximumNetworkInterfaces`, else the sum over the network cards."""
    network = described.network_info if described else None
    if network is None:
        return None
    if network.maximum_network_interfaces is not None:
        return network.maximum_network_interfaces
    of_cards = [card.maximum_network_interfaces for card in network.network_cards]
    return sum(n for n in of_cards if n is not None) if of_cards and None not in of_cards else None


def _notes_beside(described: int | None, row: EniLimits | None) -> tuple[str, ...]:
    if row is None:
        return ()
    notes = []
    if described is not None and described != row.max_enis:
        notes.append(
            f"ec2:DescribeInstanceTypes says {described} ENIs for {row.instance_type}, "
            f"the packaged table {row.max_enis}"
        )
    # What is doubtful about a trunk is no matter here; that AWS contradicts itself on the number of tasks is.
    if row.note and (row.source == "ecs-guide-one-task" or (described is None and row.source == "ecs-guide-only")):
        notes.append(row.note)
    return tuple(notes)


class _Reading:
    """One container instance, with what is read about it once."""

    def __init__(self, host: Host, cluster: Cluster) -> None:
        self.host = host
        self.cluster = cluster
        self.trunk_uuid = host.container_instance.attribute(TRUNK_ATTRIBUTE)
        self.has_trunk_attribute = host.container_instance.has_attribute(TRUNK_ATTRIBUTE)

    def slots(self) -> TaskEniSlots:
        missing: list[str] = []

        def unless_missing(read: Callable[[], T]) -> T | None:
            try:
                return read()
            except NotCollectedError as gap:
                missing.extend(gap.operations)
                return None

        has_trunk = unless_missing(self.has_trunk)
        instance_type = unless_missing(lambda: self.host.instance_type(self.cluster))
        limit = TypeLimit()
        if has_trunk is not None and instance_type:
            limit = limit_of(instance_type, self.cluster, trunk=has_trunk)
            missing.extend(limit.missing)
        foreign = unless_missing(lambda: self.foreign)
        used = unless_missing(self.used_by_tasks)
        return TaskEniSlots(
            limit=limit.limit,
            task_slots=limit.task_slots,
            used_by_tasks=used,
            foreign=foreign,
            has_trunk=has_trunk,
            trunk=unless_missing(self.trunk),
            limit_source=limit.source,
            notes=limit.notes,
            missing=tuple(dict.fromkeys(missing)),
        )

    @cached_property
    def attached(self) -> tuple[AttachedEni, ...]:
        return attached_enis(self.host, self.cluster)

    @cached_property
    def primary_id(self) -> str | None:
        """The primary: device index 0 on network card 0.

        Sources that leave the index out are asked for the instance's own address, then for the only ENI there is.
        """
        for eni in self.attached:
            if eni.device_index == 0 and eni.network_card_index == 0:
                return eni.network_interface_id
        unplaced = [eni for eni in self.attached if eni.device_index is None]
        instance = self.cluster.scope.instances.peek(self.host.id)
        for eni in unplaced:
            if instance and instance.private_ip_address and eni.private_ip_address == instance.private_ip_address:
                return eni.network_interface_id
        return unplaced[0].network_interface_id if len(unplaced) == 1 == len(self.attached) else None

    @cached_property
    def trunk_eni(self) -> AttachedEni | None:
        for eni in self.attached:
            if eni.interface_type == "trunk" or (self.trunk_uuid and eni.attachment_uuid == self.trunk_uuid):
                return eni
        return None

    def has_trunk(self) -> bool:
        return self.has_trunk_attribute or self.trunk_eni is not None

    def trunk(self) -> str | None:
        try:
            eni = self.trunk_eni
        except NotCollectedError:
            if not self.has_trunk_attribute:
                raise
            eni = None
        if eni is not None:
            return eni.network_interface_id
        return (self.trunk_uuid or "unknown") if self.has_trunk_attribute else None

    @cached_property
    def beside_primary_and_trunk(self) -> tuple[AttachedEni, ...]:
        trunk = self.trunk_eni.network_interface_id if self.trunk_eni else None
        return tuple(e for e in self.attached if e.network_interface_id not in {self.primary_id, trunk})

    @cached_property
    def foreign(self) -> tuple[AttachedEni, ...]:
        return tuple(eni for eni in self.beside_primary_and_trunk if not self.is_of_ecs(eni))

    def is_of_ecs(self, eni: AttachedEni) -> bool:
        """Whether ECS created an ENI: its description is the ARN of an attachment, or a task or the instance has it."""
        if eni.attachment_uuid is not None:
            return True
        if any(
            a.detail("networkInterfaceId") == eni.network_interface_id for a in self.host.container_instance.attachments
        ):
            return True
        tasks = self.cluster.scope.tasks
        if tasks.known_where("network_interface_id", _eni_ids_of_task, eni.network_interface_id):
            return True
        # Whoever holds it may be a task that was not read.
        tasks.require()
        if eni.description is None:
            self.cluster.scope.network_interfaces.require()
        return False

    def used_by_tasks(self) -> int:
        tasks = self.live_awsvpc_tasks()
        held = {task.network_interface_id for task in tasks} | {
            task.network_interface_attachment.id for task in tasks if task.network_interface_attachment
        }
        still_attached = sum(
            eni.network_interface_id not in held and (eni.attachment_uuid or "") not in held
            for eni in self.beside_primary_and_trunk
            if self.is_of_ecs(eni)
        )
        return len(tasks) + still_attached

    def live_awsvpc_tasks(self) -> tuple[ecs.Task, ...]:
        return live_awsvpc_tasks_on(self.host, self.cluster)


def live_awsvpc_tasks_on(host: Host, cluster: Cluster) -> tuple[ecs.Task, ...]:
    """The awsvpc tasks on an instance that hold, or are about to get, an ENI.

    Raises:
        NotCollectedError: the tasks, or what their network mode is, were not read.
    """
    arn = host.container_instance.container_instance_arn
    return tuple(task for task in cluster.scope.tasks_on(arn) if _holds_slot(task, cluster))


def _holds_slot(task: ecs.Task, cluster: Cluster) -> bool:
    attachment = task.network_interface_attachment
    if attachment is not None:
        return attachment.status not in _GONE
    definition = cluster.scope.task_definition_of(task.task_definition_arn)
    return definition is not None and definition.network_mode == "awsvpc"


def _eni_ids_of_task(task: ecs.Task) -> tuple[str, ...]:
    return (task.network_interface_id,) if task.network_interface_id else ()
