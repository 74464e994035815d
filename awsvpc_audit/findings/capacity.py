"""Slots, addresses and placement: `capacity --format json`, and the member of that name in the audit document."""

from typing import Literal

from awsvpc_audit.findings.finding import Record


class EniSlots(Record, frozen=True, kw_only=True):
    """Task-ENI slots of one instance. `limit` counts the primary interface and, where there is one, the trunk."""

    limit: int | None
    task_slots: int | None
    used_by_tasks: int | None
    foreign: int | None
    free: int | None
    trunk: str | None
    limit_source: str | None


class Amount(Record, frozen=True, kw_only=True):
    """CPU units (1,024 a vCPU) or MiB of memory, as ECS registered them and as they remain."""

    registered: int | None
    remaining: int | None


class InstanceCapacity(Record, frozen=True, kw_only=True):
    """One container instance and what binds it. `binding` is `none` where another task would fit."""

    ec2_instance_id: str
    container_instance: str
    instance_type: str | None
    availability_zone: str | None
    status: str | None
    agent_version: str | None
    agent_connected: bool | None
    eni: EniSlots
    cpu: Amount
    memory: Amount
    binding: str


class SubnetCapacity(Record, frozen=True, kw_only=True):
    """A task subnet and its free IPv4 addresses."""

    id: str
    availability_zone: str | None
    free_ips: int | None


class Placement(Record, frozen=True, kw_only=True):
    """How many of the tasks a service wants would place, where, and what stops the rest on each instance."""

    service: str
    requested: int
    placeable: int | None
    binding: str
    by_instance: dict[str, int]
    rejected: dict[str, str]


class TrunkingState(Record, frozen=True, kw_only=True):
    """The account's `awsvpcTrunking`, and what a what-if assumes instead."""

    setting: Literal["enabled", "disabled", "unknown"]
    assumed: Literal["on", "off"] | None = None


class Capacity(Record, frozen=True, kw_only=True):
    """Task-ENI slots, addresses and placement of one cluster."""

    cluster: str
    trunking: TrunkingState
    instances: tuple[InstanceCapacity, ...] = ()
    subnets: tuple[SubnetCapacity, ...] = ()
    placement: tuple[Placement, ...] = ()
