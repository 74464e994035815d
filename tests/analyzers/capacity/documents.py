"""The capacity document of a world, and its parts by name."""

from typing import Any

from awsvpc_audit.analyzers.capacity.report import capacity_of
from awsvpc_audit.analyzers.capacity.whatif import WhatIf
from awsvpc_audit.findings import Capacity, InstanceCapacity, Placement
from tests.world import World, healthy


def crowded(desired: int = 6) -> World:
    """Two c5.large with two tasks each, all their slots, and a service that wants more."""
    world = healthy()
    world.rows["ecs:DescribeContainerInstances"].clear()
    for letter in "ab":
        world.add_instance(f"i-{letter}{letter}", "c5.large", f"subnet-{letter}")
    world.add_service("api", desired=desired, running=4, on=("i-aa", "i-bb"))
    return world


def capacity(world: World, *services: str, **what_if: Any) -> Capacity:
    return capacity_of(world.context().cluster, WhatIf(**what_if), frozenset(services))


def placement(document: Capacity, service: str) -> Placement:
    return next(p for p in document.placement if p.service == service)


def instance(document: Capacity, instance_id: str) -> InstanceCapacity:
    return next(i for i in document.instances if i.ec2_instance_id == instance_id)
