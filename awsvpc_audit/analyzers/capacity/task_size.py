"""What one task takes of a container instance, as ECS reckons it."""

import re
from dataclasses import dataclass

from awsvpc_audit.model import ecs


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSize:
    """What one task takes.

    Attributes:
        cpu: CPU units, 1,024 a vCPU.
        memory: MiB.
        gpus: whole GPUs.
        ports: host ports it takes, as `80/tcp`. None in awsvpc mode: the task has an ENI of its own for them.
        needs_eni: whether it takes a task-ENI slot.
    """

    cpu: int = 0
    memory: int = 0
    gpus: int = 0
    ports: frozenset[str] = frozenset()
    needs_eni: bool = True


def task_size(definition: ecs.TaskDefinition) -> TaskSize:
    """The size of a task of this definition.

    A task-level value counts where there is one, else the sum over the containers: `cpu`, and `memoryReservation` or,
    without one, `memory`. For Windows containers on EC2 task-level values are ignored.
    """
    containers = definition.container_definitions
    by_task = not definition.is_windows
    cpu = _units(definition.cpu, 1024) if by_task else None
    memory = _units(definition.memory, 1024) if by_task else None
    return TaskSize(
        cpu=sum(c.cpu for c in containers) if cpu is None else cpu,
        memory=sum(c.memory_reservation or c.memory or 0 for c in containers) if memory is None else memory,
        gpus=sum(
            int(r.value)
            for c in containers
            for r in c.resource_requirements
            if r.type == "GPU" and r.value and r.value.isdigit()
        ),
        ports=_host_ports(definition),
        needs_eni=definition.network_mode == "awsvpc",
    )


_WITH_UNIT = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*(vcpu|gb)?\s*", re.IGNORECASE)


def _units(text: str | None, per_large_unit: int) -> int | None:
    """`512`, `.5 vCPU`, `2 GB`: ECS takes both forms and answers with the plain number."""
    if not text:
        return None
    match = _WITH_UNIT.fullmatch(text)
    if match is None:
        return None
    return round(float(match[1]) * (per_large_unit if match[2] else 1))


def _host_ports(definition: ecs.TaskDefinition) -> frozenset[str]:
    if definition.network_mode == "awsvpc":
        return frozenset()
    in_host_mode = definition.network_mode == "host"
    ports = set()
    for container in definition.container_definitions:
        for mapping in container.port_mappings:
            # In bridge mode no host port, or 0, stands for one that is chosen when the task starts.
            port = mapping.host_port or (mapping.container_port if in_host_mode else None)
            if port:
                ports.add(f"{port}/{(mapping.protocol or 'tcp').lower()}")
    return frozenset(ports)
