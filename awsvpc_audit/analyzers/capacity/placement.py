"""Placing tasks on container instances one by one, as the ECS scheduler does: filter, then strategies, then pick.

ECS places the tasks of several services at the same time, and tries again those it found no place for; here services
take turns, one task each, in order of name, until a whole turn places none. The strategy `random` picks the first by
instance id, so that the same snapshot gives the same answer.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.demand import Demand
from awsvpc_audit.analyzers.capacity.eligibility import (
    ORDER,
    Addresses,
    Reason,
    Room,
    fixed_reasons,
    reasons,
    room_reasons,
)

LocalKey = tuple[float, ...]

_EACH_INSTANCE = frozenset({"instanceId", "host"})
"""Fields of a spread over instances; any other one is an attribute."""


@dataclass(slots=True, kw_only=True)
class Placed:
    """What became of the tasks of one service.

    Attributes:
        placed: how many found a place.
        by_instance: how many on each instance.
        rejected: for a service that some tasks of did not: why each instance takes no more.
    """

    placed: int = 0
    by_instance: Counter[str] = field(default_factory=Counter)
    rejected: dict[str, tuple[Reason, ...]] = field(default_factory=dict)

    @property
    def binding(self) -> str:
        """What keeps the rest from the instance that is nearest to taking it: `none` where there is no rest."""
        if not self.rejected:
            return "none"
        return max((found[0].code for found in self.rejected.values()), key=ORDER.index)


def place(
    wanted: Iterable[tuple[Demand, int]],
    candidates: Iterable[Candidate],
    addresses: Addresses,
    *,
    present: Mapping[str, Mapping[str, int]] | None = None,
    trust_unknown: bool = False,
) -> dict[str, Placed]:
    """Place tasks on the instances of a cluster.

    Args:
        wanted: for each service, what a task asks for and how many more to place.
        candidates: the container instances, in order.
        addresses: free IPv4 addresses by subnet.
        present: for each service, how many of its tasks are on each instance now, for spreading.
        trust_unknown: whether an obstacle that is not proven is none.

    Returns:
        What became of each service's tasks, by name. A service without any instance has nothing `rejected`.
    """
    rooms = [Room(candidate) for candidate in candidates]
    left = dict(addresses)
    result: dict[str, Placed] = {}
    queues: list[_Queue] = []
    counts: dict[str, int] = {}
    demands: dict[str, Demand] = {}
    for demand, count in sorted(wanted, key=lambda pair: pair[0].name):
        result[demand.name] = Placed()
        demands[demand.name] = demand
        if count > 0:
            counts[demand.name] = count
            here = (present or {}).get(demand.name, {})
            queues.append(_Queue(demand, rooms, left, here, trust_unknown=trust_unknown))
    heedful = [queue for queue in queues if queue.heeds_others]
    goes_on = True
    while goes_on:
        goes_on = False
        for queue in tuple(queues):
            name = queue.demand.name
            room = queue.next()
            if room is None:
                # A constraint may want it beside tasks of another service that are still to be placed.
                if not queue.demand.changing_constraints:
                    queues.remove(queue)
                continue
            goes_on = True
            _occupy(room, queue.demand, left)
            queue.has_taken(room)
            for other in heedful:
                other.changed(room)
            placed = result[name]
            placed.placed += 1
            placed.by_instance[room.candidate.id] += 1
            counts[name] -= 1
            if not counts[name]:
                queues.remove(queue)
    for name, count in counts.items():
        if count:
            result[name].rejected = _rejected(rooms, demands[name], left)
    return result


def _rejected(rooms: list[Room], demand: Demand, addresses: Addresses) -> dict[str, tuple[Reason, ...]]:
    found = {}
    for room in rooms:
        why = reasons(room, demand, addresses)
        if why:
            found[room.candidate.id] = why
    return found


def _occupy(room: Room, demand: Demand, addresses: Addresses) -> None:
    room.take(demand)
    if demand.size is None or not demand.size.needs_eni:
        return
    for subnet_id in demand.subnets_by_zone.get(room.candidate.availability_zone or "", ()):
        free = addresses.get(subnet_id)
        if free:
            addresses[subnet_id] = free - 1
            return


class _Queue:
    """The instances that may take a service's next task, best first.

    Instances that a spread over an attribute cannot tell apart form a cell; within a cell only what belongs to the
    instance itself decides, so each cell is a heap, and the best of all is the best of the cells' tops. One task costs
    the number of cells and a logarithm of the instances.
    """

    def __init__(
        self,
        demand: Demand,
        rooms: list[Room],
        addresses: Addresses,
        present: Mapping[str, int],
        *,
        trust_unknown: bool,
    ) -> None:
        self.demand = demand
        self.addresses = addresses
        self.trust_unknown = trust_unknown
        self.mine: Counter[str] = Counter(present)
        self.heeds_others = bool(demand.changing_constraints) or any(kind == "binpack" for kind, _ in demand.strategies)
        self.spread_over = tuple(
            name.removeprefix("attribute:")
            for kind, name in demand.strategies
            if kind == "spread" and name not in _EACH_INSTANCE
        )
        self.spread: dict[str, Counter[str | None]] = {name: Counter() for name in self.spread_over}
        self.cells: dict[tuple[str | None, ...], list[tuple[LocalKey, int, int]]] = {}
        self.rooms: list[Room] = []
        self.versions: list[int] = []
        self.index: dict[int, int] = {}
        self.touched: set[int] = set()
        for room in rooms:
            self._count(room, self.mine[room.candidate.id])
            if self._only_unproven(fixed_reasons(room.candidate, demand)):
                self.index[id(room)] = len(self.rooms)
                self.rooms.append(room)
                self.versions.append(0)
        for number, room in enumerate(self.rooms):
            if self._fits(room):
                self._push(number)

    def _only_unproven(self, found: Sequence[Reason]) -> bool:
        return not found or (self.trust_unknown and not any(reason.is_proven for reason in found))

    def _fits(self, room: Room) -> bool:
        return self._only_unproven(room_reasons(room, self.demand, self.addresses))

    def _cell(self, room: Room) -> tuple[str | None, ...]:
        return tuple(_attribute(room.candidate, name) for name in self.spread_over)

    def _count(self, room: Room, tasks: int) -> None:
        if tasks:
            for name in self.spread_over:
                self.spread[name][_attribute(room.candidate, name)] += tasks

    def _local_key(self, room: Room) -> LocalKey:
        key: list[float] = []
        for kind, name in self.demand.strategies:
            if kind == "spread" and name in _EACH_INSTANCE:
                key.append(self.mine[room.candidate.id])
            elif kind == "binpack":
                left = room.memory if name.lower() == "memory" else room.cpu
                key.append(math.inf if left is None else left)
        return tuple(key)

    def _push(self, number: int) -> None:
        room = self.rooms[number]
        heap = self.cells.setdefault(self._cell(room), [])
        heapq.heappush(heap, (self._local_key(room), number, self.versions[number]))

    def next(self) -> Room | None:
        """The instance that takes the next task; ``None`` where none can."""
        for number in sorted(self.touched):
            self.versions[number] += 1
            if self._fits(self.rooms[number]):
                self._push(number)
        self.touched.clear()
        best: tuple[tuple[float, ...], int] | None = None
        for cell, heap in self.cells.items():
            while heap and (heap[0][2] != self.versions[heap[0][1]] or not self._fits(self.rooms[heap[0][1]])):
                heapq.heappop(heap)
            if heap:
                whole = (self._whole_key(cell, heap[0][0]), heap[0][1])
                best = whole if best is None else min(best, whole)
        return None if best is None else self.rooms[best[1]]

    def _whole_key(self, cell: tuple[str | None, ...], local: LocalKey) -> tuple[float, ...]:
        """The strategies in their order: counts of the cell, and what belongs to the instance."""
        of_cell, of_instance = iter(cell), iter(local)
        key: list[float] = []
        for kind, name in self.demand.strategies:
            if kind == "spread" and name not in _EACH_INSTANCE:
                key.append(self.spread[name.removeprefix("attribute:")][next(of_cell)])
            elif kind in {"spread", "binpack"}:
                key.append(next(of_instance))
        return tuple(key)

    def has_taken(self, room: Room) -> None:
        """Count a task of its own that was placed on the instance."""
        self.mine[room.candidate.id] += 1
        self._count(room, 1)
        self.changed(room)

    def changed(self, room: Room) -> None:
        """Queue an instance anew before the next task, for what is left on it has changed."""
        number = self.index.get(id(room))
        if number is not None:
            self.touched.add(number)


def _attribute(candidate: Candidate, name: str) -> str | None:
    if name == "ecs.availability-zone":
        return candidate.availability_zone
    if name == "ecs.instance-type":
        return candidate.instance_type
    return candidate.attributes.get(name)
