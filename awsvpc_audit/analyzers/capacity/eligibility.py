"""Why a container instance can, or cannot, take one more task of a service: every reason, in the order ECS asks.

A reason is an obstacle: without any, the instance is eligible, and with each of them removed it becomes so.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.cluster_query import Queried
from awsvpc_audit.analyzers.capacity.demand import Demand, MemberOf

Code = Literal[
    "capacity_provider",
    "status",
    "agent",
    "vpc",
    "availability_zone",
    "attribute",
    "os",
    "architecture",
    "cpu",
    "memory",
    "gpu",
    "ports",
    "eni",
    "constraint",
    "addresses",
    "unknown",
]

ORDER: tuple[Code, ...] = (
    "capacity_provider",
    "status",
    "agent",
    "vpc",
    "availability_zone",
    "attribute",
    "os",
    "architecture",
    "cpu",
    "memory",
    "gpu",
    "ports",
    "eni",
    "constraint",
    "addresses",
    "unknown",
)
"""In which order an instance is asked; the first obstacle is the one that ECS names."""

_RANK: dict[Code, int] = {code: rank for rank, code in enumerate(ORDER)}

ROOM: frozenset[Code] = frozenset({"cpu", "memory", "gpu", "ports", "eni", "addresses"})
"""Obstacles that are a matter of how much is left; the others hold however empty the instance is."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One obstacle.

    Attributes:
        code: its kind.
        detail: what is asked and what there is.
        missing: where the obstacle is not proven: the operations that would tell. Empty for a proven one.
    """

    code: Code
    detail: str
    missing: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether what was read proves it."""
        return not self.missing


class Room:
    """What is left on an instance while tasks are placed on it."""

    __slots__ = ("candidate", "cpu", "gpus", "groups", "memory", "ports", "slots", "tasks")

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.cpu = candidate.cpu
        self.memory = candidate.memory
        self.gpus = candidate.gpus
        self.ports = candidate.used_ports
        self.slots = candidate.free_slots
        self.tasks = candidate.running_tasks or 0
        self.groups: Counter[str] | None = None if candidate.task_groups is None else Counter(candidate.task_groups)

    def take(self, demand: Demand) -> None:
        """Place one task."""
        size = demand.size
        if size is not None:
            self.cpu = None if self.cpu is None else self.cpu - size.cpu
            self.memory = None if self.memory is None else self.memory - size.memory
            self.gpus -= size.gpus
            self.ports |= size.ports
            if size.needs_eni and self.slots is not None:
                self.slots -= 1
        self.tasks += 1
        if self.groups is not None:
            self.groups[demand.group] += 1


Addresses = dict[str, int | None]
"""Free IPv4 addresses by subnet id; ``None`` for a subnet without IPv4, where there is no end of them."""


def reasons(room: Room, demand: Demand, addresses: Addresses) -> tuple[Reason, ...]:
    """Every obstacle, in the order of `ORDER`."""
    found = [*fixed_reasons(room.candidate, demand), *room_reasons(room, demand, addresses)]
    return tuple(sorted(found, key=lambda reason: _RANK[reason.code]))


def fixed_reasons(candidate: Candidate, demand: Demand) -> tuple[Reason, ...]:
    """The obstacles that no task coming or going changes."""
    found: tuple[Reason, ...] | None = candidate.answers.get(demand.fixed_key)
    if found is None:
        found = candidate.answers[demand.fixed_key] = tuple(_find_fixed_reasons(candidate, demand))
    return found


def _find_fixed_reasons(candidate: Candidate, demand: Demand) -> list[Reason]:
    found: list[Reason] = []
    if demand.providers and candidate.capacity_provider not in demand.providers and not candidate.is_assumed:
        of = candidate.capacity_provider or "no capacity provider"
        found.append(Reason("capacity_provider", f"is of {of}, not of {' or '.join(demand.providers)}"))
    if candidate.status not in {None, "ACTIVE"}:
        found.append(Reason("status", f"status is {candidate.status}"))
    if candidate.agent_connected is False:
        found.append(Reason("agent", "agent is not connected"))
    if demand.size is None:
        found.append(Reason("unknown", "the task definition was not read", demand.missing))
    elif demand.size.needs_eni:
        found.extend(_place_reasons(candidate, demand))
    found.extend(_attribute_reasons(candidate, demand))
    found.extend(_platform_reasons(candidate, demand))
    if demand.fixed_constraints:
        found.extend(_member_reasons(demand.fixed_constraints, candidate.queried))
    return found


def _place_reasons(candidate: Candidate, demand: Demand) -> list[Reason]:
    if demand.subnets is None:
        return [Reason("availability_zone", "the task subnets were not read", demand.missing)]
    found = []
    vpcs, zones = demand.vpcs, demand.zones
    if candidate.vpc_id is None:
        missing = candidate.missing.get("vpc")
        if missing and vpcs:
            found.append(Reason("vpc", "its VPC is not known", missing))
    elif vpcs and candidate.vpc_id not in vpcs:
        found.append(Reason("vpc", f"is in {candidate.vpc_id}, the task subnets are in {', '.join(sorted(vpcs))}"))
    if candidate.availability_zone is None:
        missing = candidate.missing.get("availability_zone")
        if missing and zones:
            found.append(Reason("availability_zone", "its Availability Zone is not known", missing))
    elif candidate.availability_zone not in zones:
        where = ", ".join(sorted(zones)) or "no known zone"
        found.append(
            Reason("availability_zone", f"is in {candidate.availability_zone}, the task subnets are in {where}")
        )
    return found


def _attribute_reasons(candidate: Candidate, demand: Demand) -> list[Reason]:
    if candidate.is_assumed:
        return []
    lacking = [
        name if value is None else f"{name} = {value}"
        for name, value in demand.required
        if name not in candidate.attributes or (value is not None and candidate.attributes[name] != value)
    ]
    return [Reason("attribute", f"lacks {', '.join(lacking)}")] if lacking else []


def _platform_reasons(candidate: Candidate, demand: Demand) -> list[Reason]:
    found = []
    wanted = demand.os_family
    if wanted:
        there = candidate.attributes.get("ecs.os-family") or candidate.attributes.get("ecs.os-type")
        if there and not is_os_family(there, wanted):
            found.append(Reason("os", f"runs {there}, the task is for {wanted}"))
    if not found and demand.size is not None and demand.size.needs_eni and candidate.is_windows_2016:
        found.append(Reason("os", "runs Windows Server 2016, which cannot host awsvpc tasks"))
    if demand.cpu_architecture:
        architecture = candidate.attributes.get("ecs.cpu-architecture")
        if architecture and architecture.lower() != demand.cpu_architecture.lower():
            found.append(Reason("architecture", f"is {architecture}, the task is for {demand.cpu_architecture}"))
    return found


def is_os_family(there: str, wanted: str) -> bool:
    """Whether an instance's `ecs.os-family` (or, for want of it, `ecs.os-type`) serves a task's OS family."""
    there, wanted = there.upper(), wanted.upper()
    if there == "WINDOWS":
        return wanted.startswith("WINDOWS")
    return there == wanted


def room_reasons(room: Room, demand: Demand, addresses: Addresses) -> list[Reason]:
    """The obstacles that tasks coming and going change."""
    found: list[Reason] = []
    size, candidate = demand.size, room.candidate
    if size is not None:
        if size.cpu and (room.cpu is None or room.cpu < size.cpu):
            found.append(_short("cpu", room.cpu, size.cpu, "CPU units"))
        if size.memory and (room.memory is None or room.memory < size.memory):
            found.append(_short("memory", room.memory, size.memory, "MiB of memory"))
        if room.gpus < size.gpus:
            found.append(_short("gpu", room.gpus, size.gpus, "GPUs"))
        if size.ports & room.ports:
            found.append(Reason("ports", f"port {', '.join(sorted(size.ports & room.ports))} is in use"))
        if size.needs_eni and (room.slots is None or room.slots <= 0):
            if room.slots is None:
                missing = candidate.missing.get("eni", ("ec2:DescribeInstanceTypes",))
                found.append(Reason("eni", "its task-ENI slots are not known", missing))
            else:
                found.append(Reason("eni", slots_in_words(room)))
    if demand.is_distinct or demand.changing_constraints:
        found.extend(_constraint_reasons(room, demand))
    if size is not None and size.needs_eni and demand.subnets:
        found.extend(_address_reasons(candidate, demand, addresses))
    return found


def _short(code: Code, left: int | None, wanted: int, unit: str) -> Reason:
    if left is None:
        return Reason(code, f"remaining {unit} are not known", ("ecs:DescribeContainerInstances",))
    return Reason(code, f"has {max(left, 0)} {unit} left, a task takes {wanted}")


def slots_in_words(room: Room) -> str:
    """`no task-ENI slot left of 2 on c5.large (1 by tasks, 1 by tasks that would fit)`."""
    slots, kind = room.candidate.slots, room.candidate.instance_type or "the instance"
    if slots.task_slots == 0:
        return f"no task-ENI slot at all on {kind}"
    held_by = {
        "tasks": slots.used_by_tasks or 0,
        "ENIs that ECS did not create": len(slots.foreign or ()),
        "tasks that would fit": room.candidate.free_slots or 0,
    }
    holders = ", ".join(f"{number} by {who}" for who, number in held_by.items() if number)
    return f"no task-ENI slot left of {slots.task_slots} on {kind} ({holders})"


def _constraint_reasons(room: Room, demand: Demand) -> list[Reason]:
    """The placement constraints that the instance does not meet with the tasks that are on it."""
    found: list[Reason] = []
    if demand.is_distinct:
        if room.groups is None:
            found.append(Reason("constraint", "which tasks run on it is not known", ("ecs:DescribeTasks",)))
        elif room.groups[demand.group]:
            found.append(Reason("constraint", f"distinctInstance: runs a task of {demand.group} already"))
    if demand.changing_constraints:
        queried = replace(
            room.candidate.queried,
            running_tasks_count=room.tasks,
            task_groups=None if room.groups is None else frozenset(g for g, n in room.groups.items() if n),
        )
        found.extend(_member_reasons(demand.changing_constraints, queried))
    return found


def _member_reasons(constraints: tuple[MemberOf, ...], queried: Queried) -> list[Reason]:
    found = []
    for constraint in constraints:
        if constraint.expression is None:
            what = f"memberOf cannot be read: {constraint.problem}"
            found.append(Reason("constraint", what, ("ecs:DescribeServices",)))
            continue
        answer = constraint.expression.evaluate(queried)
        if answer is None:
            what = f"memberOf ({constraint.text}) cannot be told"
            found.append(Reason("constraint", what, ("ecs:DescribeContainerInstances", "ecs:DescribeTasks")))
        elif not answer:
            found.append(Reason("constraint", f"not memberOf ({constraint.text})"))
    return found


def _address_reasons(candidate: Candidate, demand: Demand, addresses: Addresses) -> list[Reason]:
    here = demand.subnets_by_zone.get(candidate.availability_zone or "")
    if not here or any(addresses.get(subnet_id) is None or addresses[subnet_id] for subnet_id in here):
        return []
    return [Reason("addresses", f"no free address in {', '.join(here)}")]
