"""The capacity document of a cluster: slots, addresses and placement, as it is or in a what-if."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from awsvpc_audit.analyzers.capacity.candidate import Candidate, candidates_of
from awsvpc_audit.analyzers.capacity.demand import Demand, demand_of, unplaced_tasks
from awsvpc_audit.analyzers.capacity.displaced import without_displaced
from awsvpc_audit.analyzers.capacity.eligibility import ORDER, Addresses, Room, fixed_reasons, room_reasons
from awsvpc_audit.analyzers.capacity.placement import Placed, place
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.analyzers.capacity.trunking import trunking_setting
from awsvpc_audit.analyzers.capacity.whatif import WhatIf, changed
from awsvpc_audit.analyzers.hosts import is_ec2_host
from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload
from awsvpc_audit.findings import (
    Amount,
    Capacity,
    EniSlots,
    InstanceCapacity,
    Placement,
    SubnetCapacity,
    TrunkingState,
)
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError

SMALLEST = TaskSize(cpu=1, memory=6)
"""What binds an instance of a cluster without awsvpc tasks: the least memory that ECS takes for a container."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A service, how many tasks it should have, and how many have a place, in all and by instance.

    `is_known` is ``False`` where those numbers cannot be told: a what-if moves tasks, and not all tasks were read.
    """

    workload: Workload
    demand: Demand
    requested: int
    placed: int
    present: Counter[str]
    is_known: bool

    @property
    def rest(self) -> int:
        return max(0, self.requested - self.placed)

    def without(self, displaced: Counter[str]) -> "_Wish":
        """The same with tasks fewer on some instances."""
        return replace(self, placed=max(0, self.placed - displaced.total()), present=self.present - displaced)


def capacity_of(cluster: Cluster, what_if: WhatIf | None = None, services: frozenset[str] = frozenset()) -> Capacity:
    """Slots, addresses and placement of a cluster. It never raises: what was not read is ``None`` in it.

    Args:
        cluster: the cluster.
        what_if: changes to think through; none for the cluster as it is.
        services: names of the services to show, and to give a what-if's number of tasks; empty for all. The others
            still take their share of the room.
    """
    what_if = what_if or WhatIf()
    try:
        there: tuple[Candidate, ...] | None = tuple(candidates_of(cluster))
        others = tuple(row for row in cluster.container_instances if not is_ec2_host(row, cluster))
    except NotCollectedError:
        there, others = None, ()
    wishes = _wishes(cluster, what_if, services)
    candidates: tuple[Candidate, ...] | None = None
    if there is not None:
        on_ec2 = (w.demand for w in wishes if w.workload.compute is Compute.EC2)
        candidates = changed(there, what_if, cluster, on_ec2)
        wishes = tuple(_as_daemon(wish, cluster, there, candidates) for wish in wishes)
        candidates, wishes = _displace(there, candidates, wishes)
    addresses = _addresses(cluster, wishes)
    shown = tuple(w for w in wishes if not services or w.workload.name in services)
    return Capacity(
        cluster=cluster.name,
        trunking=TrunkingState(setting=trunking_setting(cluster.scope), assumed=what_if.trunking),
        instances=(*_instances(candidates or (), wishes), *_other_instances(others, what_if)),
        subnets=tuple(_subnets(cluster, shown, what_if)),
        placement=_placement(wishes, shown, candidates, addresses),
    )


# What the services want.


def _wishes(cluster: Cluster, what_if: WhatIf, services: frozenset[str]) -> tuple[_Wish, ...]:
    lost = what_if.lost_zone
    zones = {
        row.container_instance_arn: (row.instance_id, row.attribute("ecs.availability-zone"))
        for row in cluster.scope.container_instances.known()
    }
    wishes = []
    for workload in cluster.workloads:
        if workload.service is None:
            continue
        present: Counter[str] = Counter()
        gone = 0
        for task in workload.tasks:
            instance_id, zone = zones.get(task.container_instance_arn or "", (None, None))
            zone = task.availability_zone or zone
            if lost is not None and zone == lost:
                gone += 1
            elif instance_id is not None:
                present[instance_id] += 1
        demand = demand_of(workload, cluster)
        if lost is not None and demand.subnets:
            demand = replace(demand, subnets={i: s for i, s in demand.subnets.items() if s.availability_zone != lost})
        placed = max(0, workload.placed - gone)
        wishes.append(
            _Wish(
                workload=workload,
                demand=demand,
                requested=_requested(workload, what_if, services),
                placed=placed,
                present=present,
                is_known=cluster.scope.tasks.is_complete or not what_if.moves_tasks,
            )
        )
    return tuple(wishes)


def _requested(workload: Workload, what_if: WhatIf, services: frozenset[str]) -> int:
    if what_if.tasks is not None and not workload.is_daemon and (not services or workload.name in services):
        return what_if.tasks
    waiting = unplaced_tasks(workload)
    # A deployment that cannot go on without room for new tasks beside the old ones wants more than the desired count.
    return workload.desired if waiting <= workload.unplaced else workload.placed + waiting


def _as_daemon(wish: _Wish, cluster: Cluster, there: tuple[Candidate, ...], candidates: tuple[Candidate, ...]) -> _Wish:
    """A daemon service wants a task on every instance that suits it: more where instances come, fewer where they go."""
    if not wish.workload.is_daemon:
        return wish
    more = _number_suited(candidates, wish.demand) - _number_suited(there, demand_of(wish.workload, cluster))
    return replace(wish, requested=max(0, wish.requested + more))


def _number_suited(candidates: Iterable[Candidate], demand: Demand) -> int:
    return sum(not any(reason.is_proven for reason in fixed_reasons(c, demand)) for c in candidates)


def _displace(
    there: tuple[Candidate, ...], candidates: tuple[Candidate, ...], wishes: tuple[_Wish, ...]
) -> tuple[tuple[Candidate, ...], tuple[_Wish, ...]]:
    """Tasks that the instances of a what-if have no room for wait for a place again."""
    now = {candidate.id: candidate for candidate in there}
    on_instance: dict[str, list[tuple[Demand, int]]] = {}
    for wish in wishes:
        for instance_id, tasks in wish.present.items():
            on_instance.setdefault(instance_id, []).append((wish.demand, tasks))
    kept = []
    displaced: dict[str, Counter[str]] = {}
    for candidate in candidates:
        before = now.get(candidate.id)
        if before is None or before is candidate:
            kept.append(candidate)
            continue
        after, gone = without_displaced(before, candidate, on_instance.get(candidate.id, ()))
        kept.append(after)
        for name, tasks in gone.items():
            displaced.setdefault(name, Counter())[candidate.id] = tasks
    return tuple(kept), tuple(wish.without(displaced.get(wish.workload.name, Counter())) for wish in wishes)


# Subnets.


def _task_subnets(wishes: Iterable[_Wish]) -> list[str]:
    return sorted({subnet_id for wish in wishes for subnet_id in wish.workload.subnets})


def _addresses(cluster: Cluster, wishes: tuple[_Wish, ...]) -> Addresses:
    addresses: Addresses = {}
    for subnet_id in _task_subnets(wishes):
        subnet = cluster.scope.subnets.peek(subnet_id)
        if subnet is not None:
            addresses[subnet_id] = None if subnet.ipv6_native else subnet.available_ip_address_count
    return addresses


def _subnets(cluster: Cluster, wishes: tuple[_Wish, ...], what_if: WhatIf) -> Iterable[SubnetCapacity]:
    for subnet_id in _task_subnets(wishes):
        subnet = cluster.scope.subnets.peek(subnet_id)
        zone = subnet.availability_zone if subnet else None
        if zone is None or zone != what_if.lost_zone:
            free = subnet.available_ip_address_count if subnet else None
            yield SubnetCapacity(id=subnet_id, availability_zone=zone, free_ips=free)


# Instances.


def _instances(candidates: tuple[Candidate, ...], wishes: tuple[_Wish, ...]) -> Iterable[InstanceCapacity]:
    sizes = {w.demand.size for w in wishes if w.workload.compute is Compute.EC2 and w.demand.size}
    sizes = {size for size in sizes if size.needs_eni} or {SMALLEST}
    for candidate in candidates:
        yield InstanceCapacity(
            ec2_instance_id=candidate.id,
            container_instance=candidate.container_instance_arn,
            instance_type=candidate.instance_type,
            availability_zone=candidate.availability_zone,
            status=candidate.status,
            agent_version=candidate.queried.agent_version,
            agent_connected=candidate.agent_connected,
            eni=candidate.slots.record(),
            cpu=Amount(registered=candidate.registered_cpu, remaining=candidate.cpu),
            memory=Amount(registered=candidate.registered_memory, remaining=candidate.memory),
            binding=binding_of(candidate, sizes),
        )


def binding_of(candidate: Candidate, sizes: Iterable[TaskSize]) -> str:
    """What keeps an instance from one more task of the size that is nearest to fitting; `none` where one fits."""
    if candidate.status not in {None, "ACTIVE"}:
        return "status"
    if candidate.agent_connected is False:
        return "agent"
    room = Room(candidate)
    nearest: list[str] = []
    for size in sizes:
        found = room_reasons(room, Demand(name="", group="", size=size), {})
        if not found:
            return "none"
        nearest.append(next((reason.code for reason in found if reason.is_proven), "unknown"))
    return max(nearest, key=ORDER.index)


def _other_instances(rows: Iterable[ecs.ContainerInstance], what_if: WhatIf) -> Iterable[InstanceCapacity]:
    for row in rows:
        if what_if.lost_zone is None or row.attribute("ecs.availability-zone") != what_if.lost_zone:
            yield _other_instance(row)


def _other_instance(row: ecs.ContainerInstance) -> InstanceCapacity:
    """An external or managed instance: it has no task-ENI slots to count."""
    nothing = EniSlots(
        limit=None, task_slots=None, used_by_tasks=None, foreign=None, free=None, trunk=None, limit_source=None
    )

    def amount(name: str) -> Amount:
        registered, remaining = (
            next((r.integer_value for r in resources if r.name == name), None)
            for resources in (row.registered_resources, row.remaining_resources)
        )
        return Amount(registered=registered, remaining=remaining)

    active = row.status in {None, "ACTIVE"}
    return InstanceCapacity(
        ec2_instance_id=row.instance_id,
        container_instance=row.container_instance_arn,
        instance_type=row.attribute("ecs.instance-type"),
        availability_zone=row.attribute("ecs.availability-zone"),
        status=row.status,
        agent_version=row.agent_version,
        agent_connected=row.agent_connected,
        eni=nothing,
        cpu=amount("CPU"),
        memory=amount("MEMORY"),
        binding="status" if not active else "agent" if row.agent_connected is False else "none",
    )


# Placement.


def _placement(
    wishes: tuple[_Wish, ...],
    shown: tuple[_Wish, ...],
    candidates: tuple[Candidate, ...] | None,
    addresses: Addresses,
) -> tuple[Placement, ...]:
    on_fargate = [w for w in wishes if w.workload.compute is Compute.FARGATE]
    on_ec2 = [w for w in wishes if w.workload.compute is Compute.EC2]
    # Each address is used once: those that wait for Fargate have theirs before instances are asked.
    found = {w.workload.name: _on_fargate(w, addresses) for w in on_fargate}
    if candidates is not None:
        wanted = [(w.demand, w.rest) for w in on_ec2]
        present = {w.workload.name: w.present for w in on_ec2}
        sure = hoped = place(wanted, candidates, addresses, present=present)
        if any(not r.is_proven for placed in sure.values() for why in placed.rejected.values() for r in why):
            hoped = place(wanted, candidates, addresses, present=present, trust_unknown=True)
        found |= {w.workload.name: _on_ec2(w, sure[w.workload.name], hoped[w.workload.name]) for w in on_ec2}
    return tuple(found.get(w.workload.name, _unknown(w)) if w.is_known else _unknown(w) for w in shown)


def _on_ec2(wish: _Wish, sure: Placed, hoped: Placed) -> Placement:
    by_instance = _first(wish.present, wish.requested) + sure.by_instance
    is_known = sure.placed == hoped.placed
    if not is_known:
        binding = "unknown"
    elif sure.placed >= wish.rest:
        binding = "none"
    else:
        binding = sure.binding if sure.rejected else "no_instances"
    return Placement(
        service=wish.workload.name,
        requested=wish.requested,
        placeable=min(wish.requested, wish.placed + sure.placed) if is_known else None,
        binding=binding,
        by_instance=dict(sorted(by_instance.items())),
        rejected={instance: found[0].code for instance, found in sorted(sure.rejected.items())},
    )


def _first(present: Counter[str], number: int) -> Counter[str]:
    """As many of the tasks that are there as are asked for."""
    kept: Counter[str] = Counter()
    for instance, tasks in sorted(present.items()):
        kept[instance] = min(tasks, max(0, number - kept.total()))
    return +kept


def _on_fargate(wish: _Wish, addresses: Addresses) -> Placement:
    """AWS has the room; the task subnets must have the addresses, and each one is used once."""
    rest, subnets = wish.rest, wish.demand.subnets
    if rest and (
        subnets is None or any(s.available_ip_address_count is None and not s.ipv6_native for s in subnets.values())
    ):
        return _unknown(wish)
    for subnet_id in sorted(subnets or ()):
        free = addresses[subnet_id]
        taken = rest if free is None else min(rest, free)
        rest -= taken
        if free is not None:
            addresses[subnet_id] = free - taken
    return Placement(
        service=wish.workload.name,
        requested=wish.requested,
        placeable=wish.requested - rest,
        binding="addresses" if rest else "none",
        by_instance={},
        rejected={},
    )


def _unknown(wish: _Wish) -> Placement:
    """On managed or external instances, where no model tells the room there is, or what was not read."""
    return Placement(
        service=wish.workload.name,
        requested=wish.requested,
        placeable=None,
        binding="unknown",
        by_instance=dict(sorted(wish.present.items())),
        rejected={},
    )
