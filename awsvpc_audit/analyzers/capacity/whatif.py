"""What-ifs: the same cluster with trunking on or off, with more instances, with others, or without an AZ."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.cluster_query import Queried
from awsvpc_audit.analyzers.capacity.demand import Demand
from awsvpc_audit.analyzers.capacity.instance_size import InstanceSize, size_of_type
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots, limit_of
from awsvpc_audit.analyzers.capacity.trunking import supports_trunking, trunking_setting
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.errors import UsageError
from awsvpc_audit.model.account_model import near_matches

MAX_ADDED = 5000
"""More container instances than a cluster may have are a slip of the finger."""

_ADDITION = re.compile(r"([a-z][a-z0-9-]*\.[a-z0-9-]+):(\d{1,5})(?:@([a-z0-9-]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """More instances of a type, in an AZ or spread over those that the cluster uses."""

    instance_type: str
    count: int
    availability_zone: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Addition":
        """The addition behind `TYPE:COUNT[@AZ]`.

        Raises:
            UsageError: it is none.
        """
        match = _ADDITION.fullmatch(text)
        if match is None or not 0 < int(match[2]) <= MAX_ADDED:
            raise UsageError(f'"{text}" is no TYPE:COUNT[@AZ], such as c6i.large:3 or c6i.large:3@us-east-1a')
        return cls(instance_type=match[1], count=int(match[2]), availability_zone=match[3])


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """Changes to think through; they combine.

    Attributes:
        tasks: the desired count, instead of the service's own.
        trunking: every instance that can have a trunk has one, or none has.
        additions: more instances.
        lost_zone: an AZ that is gone, with its instances, tasks and subnets.
        instance_type: what every instance is replaced with.
    """

    tasks: int | None = None
    trunking: Literal["on", "off"] | None = None
    additions: tuple[Addition, ...] = ()
    lost_zone: str | None = None
    instance_type: str | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether it leaves all as it is."""
        return self == WhatIf()

    @property
    def moves_tasks(self) -> bool:
        """Whether tasks that have a place may lose it."""
        return self.lost_zone is not None or self.instance_type is not None or self.trunking == "off"

    def in_words(self) -> str:
        """`with trunking on, 3 more c6i.large`."""
        parts = []
        if self.instance_type is not None:
            parts.append(f"on {self.instance_type}")
        if self.trunking is not None:
            parts.append(f"with trunking {self.trunking}")
        for addition in self.additions:
            where = f" in {addition.availability_zone}" if addition.availability_zone else ""
            parts.append(f"{addition.count} more {addition.instance_type}{where}")
        if self.lost_zone is not None:
            parts.append(f"without {self.lost_zone}")
        if self.tasks is not None:
            parts.append(f"wanting {self.tasks}")
        return ", ".join(parts)


def require_zone(zone: str | None, cluster: Cluster) -> None:
    """Refuse an AZ that nothing of the cluster is in: a what-if about it would say that nothing changes.

    Raises:
        UsageError: no instance, task or subnet is there, and names those that are used.
    """
    used = {subnet.availability_zone for subnet in cluster.scope.subnets.known() if subnet.availability_zone}
    for instance in cluster.scope.container_instances.known():
        used.add(instance.attribute("ecs.availability-zone") or "")
    used.discard("")
    if zone is not None and used and zone not in used:
        raise UsageError(f'no Availability Zone "{zone}" is used here.{near_matches(zone, used, "zones")}')


def changed(
    candidates: tuple[Candidate, ...], what_if: WhatIf, cluster: Cluster, demands: Iterable[Demand]
) -> tuple[Candidate, ...]:
    """The instances as they would be."""
    there = candidates
    if what_if.instance_type is not None:
        size = size_of_type(what_if.instance_type, cluster, there)
        candidates = tuple(_as_type(c, what_if.instance_type, size, cluster) for c in candidates)
    if what_if.trunking is not None:
        candidates = tuple(_with_trunking(c, what_if.trunking, cluster) for c in candidates)
    candidates = (*candidates, *_added(there, what_if, cluster, tuple(demands)))
    return tuple(c for c in candidates if what_if.lost_zone is None or c.availability_zone != what_if.lost_zone)


def _with_slots(candidate: Candidate, instance_type: str, cluster: Cluster, *, trunk: bool) -> Candidate:
    """The instance with the slots of a type; whoever holds slots now still does."""
    limit = limit_of(instance_type, cluster, trunk=trunk)
    now = candidate.slots
    slots = TaskEniSlots(
        limit=limit.limit,
        task_slots=limit.task_slots,
        used_by_tasks=now.used_by_tasks,
        foreign=now.foreign,
        has_trunk=trunk,
        trunk=now.trunk if trunk else None,
        limit_source=limit.source,
    )
    return replace(candidate, slots=slots, free_slots=slots.free)


def _with_trunking(candidate: Candidate, trunking: Literal["on", "off"], cluster: Cluster) -> Candidate:
    kind, now = candidate.instance_type, candidate.slots.has_trunk
    if kind is None or candidate.is_windows:
        return candidate
    trunk = trunking == "on" and bool(now or supports_trunking(kind))
    return candidate if trunk is now else _with_slots(candidate, kind, cluster, trunk=trunk)


def _as_type(candidate: Candidate, kind: str, size: InstanceSize, cluster: Cluster) -> Candidate:
    """The instance replaced by one of a type, with the same tasks on it.

    Its successor registers anew: it gets a trunk where it has one now, and where trunking has been turned on since.
    """
    attributes = {
        **candidate.attributes,
        "ecs.instance-type": kind,
        "ecs.cpu-architecture": size.architecture,
    }
    is_on = candidate.slots.has_trunk or (not candidate.is_windows and trunking_setting(cluster.scope) == "enabled")
    trunk = bool(is_on) and bool(supports_trunking(kind))
    resized = replace(
        candidate,
        instance_type=kind,
        attributes=attributes,
        queried=replace(candidate.queried, attributes=attributes),
        registered_cpu=size.cpu,
        registered_memory=size.memory,
        cpu=_moved(size.cpu, candidate.registered_cpu, candidate.cpu),
        memory=_moved(size.memory, candidate.registered_memory, candidate.memory),
        registered_gpus=size.gpus,
        gpus=size.gpus - (candidate.registered_gpus - candidate.gpus),
    )
    return _with_slots(resized, kind, cluster, trunk=trunk)


def _moved(size: int | None, registered: int | None, remaining: int | None) -> int | None:
    """What is left on an instance of another size that holds the same tasks."""
    if size is None or registered is None or remaining is None:
        return None
    return size - (registered - remaining)


def _added(
    there: tuple[Candidate, ...], what_if: WhatIf, cluster: Cluster, demands: tuple[Demand, ...]
) -> Iterable[Candidate]:
    vpc_of = {
        subnet.availability_zone: subnet.vpc_id
        for demand in demands
        for subnet in (demand.subnets or {}).values()
        if subnet.availability_zone
    }
    used = {c.availability_zone: c.vpc_id for c in there if c.availability_zone}
    zones = sorted(zone for zone in vpc_of or used if zone != what_if.lost_zone)
    is_on = trunking_setting(cluster.scope) == "enabled" if what_if.trunking is None else what_if.trunking == "on"
    # New instances are like those there are: same VPC, custom attributes, operating system (Linux before Windows).
    vpcs = vpc_of | used
    active = sorted((c for c in there if c.status == "ACTIVE"), key=lambda c: c.is_windows)
    model = active[0] if active else None
    numbers = itertools.count(1)
    for addition in what_if.additions:
        kind = addition.instance_type
        size = size_of_type(kind, cluster, there)
        for number in range(addition.count):
            zone = addition.availability_zone or (zones[number % len(zones)] if zones else None)
            attributes = {
                **(model.attributes if model else {"ecs.os-type": "linux", "ecs.os-family": "LINUX"}),
                "ecs.instance-type": kind,
                "ecs.availability-zone": zone,
                "ecs.cpu-architecture": size.architecture,
            }
            name = f"new-{next(numbers)}"
            new = Candidate(
                id=name,
                instance_type=kind,
                availability_zone=zone,
                vpc_id=vpcs.get(zone or ""),
                status="ACTIVE",
                agent_connected=True,
                attributes=attributes,
                queried=Queried(
                    attributes=attributes,
                    agent_connected=True,
                    agent_version=model.queried.agent_version if model else None,
                    ec2_instance_id=name,
                    running_tasks_count=0,
                    task_groups=frozenset(),
                ),
                registered_cpu=size.cpu,
                registered_memory=size.memory,
                cpu=size.cpu,
                memory=size.memory,
                registered_gpus=size.gpus,
                gpus=size.gpus,
                slots=TaskEniSlots(used_by_tasks=0, foreign=()),
                task_groups={},
                running_tasks=0,
                is_assumed=True,
            )
            trunk = is_on and not new.is_windows and bool(supports_trunking(kind))
            yield _with_slots(new, kind, cluster, trunk=trunk)
