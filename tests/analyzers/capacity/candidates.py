"""Instances and services in a few words, for what placement does with them: a c5.large, and a task that fits on it."""

from collections.abc import Mapping
from typing import Any

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.cluster_query import Queried, parse
from awsvpc_audit.analyzers.capacity.demand import Demand, MemberOf
from awsvpc_audit.analyzers.capacity.eligibility import Reason, Room, reasons
from awsvpc_audit.analyzers.capacity.placement import Placed, place
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.model import ec2

SUBNETS = {
    f"subnet-{letter}": ec2.Subnet(
        subnet_id=f"subnet-{letter}",
        vpc_id="vpc-main",
        availability_zone=f"us-east-1{letter}",
        available_ip_address_count=200,
    )
    for letter in "abc"
}
PLENTY: dict[str, int | None] = dict.fromkeys(SUBNETS, 200)
TASK = TaskSize(cpu=256, memory=512)


def instance(
    id_: str, zone: str = "a", *, slots: int | None = 2, eni: TaskEniSlots | None = None, **changes: Any
) -> Candidate:
    """A c5.large without tasks; `eni` says who holds its task-ENI slots, `slots` only how many are free."""
    attributes: dict[str, str | None] = {
        "ecs.capability.task-eni": None,
        "ecs.availability-zone": f"us-east-1{zone}",
        "ecs.os-type": "linux",
        "ecs.os-family": "LINUX",
        "ecs.cpu-architecture": "x86_64",
    } | changes.pop("attributes", {})
    members: dict[str, Any] = {
        "id": id_,
        "instance_type": "c5.large",
        "availability_zone": f"us-east-1{zone}",
        "vpc_id": "vpc-main",
        "status": "ACTIVE",
        "agent_connected": True,
        "attributes": attributes,
        "queried": Queried(attributes=attributes, running_tasks_count=0, task_groups=frozenset()),
        "cpu": 2048,
        "memory": 3800,
        "free_slots": eni.free if eni else slots,
        "slots": eni or TaskEniSlots(limit=3, task_slots=2, used_by_tasks=0, foreign=()),
        "task_groups": {},
        "running_tasks": 0,
    }
    return Candidate(**(members | changes))


def demand(name: str = "web", **changes: Any) -> Demand:
    members: dict[str, Any] = {
        "name": name,
        "group": f"service:{name}",
        "size": TASK,
        "subnets": SUBNETS,
        "required": (("ecs.capability.task-eni", None),),
        "strategies": (("spread", "attribute:ecs.availability-zone"),),
    }
    return Demand(**(members | changes))


def placed(tasks: int, *instances: Candidate, wanted: Demand | None = None, **more: Any) -> Placed:
    wanted = wanted or demand()
    return place([(wanted, tasks)], instances, more.pop("addresses", PLENTY), **more)[wanted.name]


def why(there: Candidate, wanted: Demand, addresses: Mapping[str, int | None] = PLENTY) -> tuple[Reason, ...]:
    return reasons(Room(there), wanted, dict(addresses))


def member_of(text: str) -> tuple[MemberOf, ...]:
    return (MemberOf(text, parse(text)),)
