"""Where the tasks of a service that wait for a place could go: every instance with its obstacles.

Those that fit are placed first; the obstacles are those of the next task.
"""

from dataclasses import dataclass
from functools import cached_property

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.demand import Demand, demand_of, unplaced_tasks
from awsvpc_audit.analyzers.capacity.eligibility import ROOM, Addresses, Code, Reason
from awsvpc_audit.analyzers.capacity.placement import place
from awsvpc_audit.analyzers.workloads import Cluster, Workload
from awsvpc_audit.model.gaps import NotCollectedError


@dataclass(frozen=True, slots=True)
class Standing:
    """One instance, and what keeps it from the next task; nothing where it can take it."""

    candidate: Candidate
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> frozenset[Code]:
        """Kinds of the obstacles that are proven."""
        return frozenset(reason.code for reason in self.reasons if reason.is_proven)

    @property
    def is_open(self) -> bool:
        """Whether it may take it: there are obstacles, and none is proven."""
        return bool(self.reasons) and not self.codes

    def why(self, code: Code) -> str:
        """The obstacles of a kind, in words."""
        return "; ".join(reason.detail for reason in self.reasons if reason.code == code)


@dataclass(frozen=True)
class Outlook:
    """The next task of a workload, and every container instance on EC2 of its cluster.

    Attributes:
        workload: the service or standalone tasks.
        demand: what a task asks for.
        waiting: how many tasks have no place.
        placeable: how many of them would find one.
        standings: every instance, by id, once those are placed.
    """

    workload: Workload
    demand: Demand
    waiting: int
    placeable: int
    standings: tuple[Standing, ...]

    @property
    def all_fit(self) -> bool:
        """Whether every waiting task would find a place."""
        return self.placeable >= self.waiting

    @cached_property
    def own(self) -> tuple[Standing, ...]:
        """The instances of its capacity provider, where one is used; else all."""
        return tuple(s for s in self.standings if "capacity_provider" not in s.codes)

    @cached_property
    def active(self) -> tuple[Standing, ...]:
        """Of those, the ones that are ACTIVE, connected or not."""
        return tuple(s for s in self.own if "status" not in s.codes)

    @cached_property
    def otherwise_eligible(self) -> tuple[Standing, ...]:
        """The instances that only a lack of room keeps, or may keep, from the task."""
        return tuple(s for s in self.standings if s.codes <= ROOM)

    def all_lack(self, code: Code) -> bool:
        """Whether no otherwise eligible instance has room of a kind."""
        return bool(self.otherwise_eligible) and all(code in s.codes for s in self.otherwise_eligible)

    def only_for(self, *codes: Code) -> tuple[Standing, ...]:
        """The instances that would take the task if it were not for these: the first one at least is in the way."""
        return tuple(s for s in self.otherwise_eligible if codes[0] in s.codes and s.codes <= set(codes))

    def require_no_open(self, *codes: Code) -> None:
        """Raise `NotCollectedError` where an instance may take the task: only what was not read is in the way.

        Args:
            codes: only where obstacles of these kinds are the open ones; none for any.
        """
        for standing in self.standings:
            if standing.is_open:
                unread = [r for r in standing.reasons if not codes or r.code in codes]
                if unread:
                    raise NotCollectedError(tuple(dict.fromkeys(op for r in unread for op in r.missing)))


def outlook_of(workload: Workload, cluster: Cluster, candidates: tuple[Candidate, ...]) -> Outlook:
    """Where the waiting tasks of a workload could go, if no other service took the room."""
    demand = demand_of(workload, cluster)
    waiting = unplaced_tasks(workload)
    addresses: Addresses = {
        subnet_id: None if subnet.ipv6_native else subnet.available_ip_address_count
        for subnet_id, subnet in (demand.subnets or {}).items()
    }
    placed = place([(demand, waiting)], candidates, addresses)[demand.name]
    return Outlook(
        workload=workload,
        demand=demand,
        waiting=waiting,
        placeable=placed.placed,
        standings=tuple(Standing(c, placed.rejected.get(c.id, ())) for c in candidates),
    )
