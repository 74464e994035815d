"""Tasks that an instance of a what-if has no room for any more: of a smaller type, another architecture, trunkless."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.demand import Demand
from awsvpc_audit.analyzers.capacity.eligibility import Code, fixed_reasons
from awsvpc_audit.analyzers.capacity.task_size import TaskSize


def without_displaced(
    now: Candidate, then: Candidate, tasks: Iterable[tuple[Demand, int]]
) -> tuple[Candidate, Counter[str]]:
    """An instance without the tasks that it is not known to hold any more, and how many those are by service.

    Args:
        now: the instance as it is; what keeps a task from it already does not displace one that runs.
        then: as it would be, with all its tasks on it.
        tasks: what the services with tasks on it ask for, and how many those are.
    """
    gone: Counter[str] = Counter()
    for demand, number in tasks:
        size = demand.size
        if size is None:
            gone[demand.name] = number
            continue
        is_refused = bool(_obstacles(then, demand) - _obstacles(now, demand))
        while gone[demand.name] < number and (is_refused or _is_too_full(then, size)):
            then = _without_one(then, size, demand.group)
            gone[demand.name] += 1
    return replace(then, gpus=max(0, then.gpus)), gone


def _obstacles(candidate: Candidate, demand: Demand) -> set[Code]:
    return {reason.code for reason in fixed_reasons(candidate, demand) if reason.is_proven}


def _is_too_full(candidate: Candidate, size: TaskSize) -> bool:
    """Whether an instance holds more than it has, or may do, and one task of this size less would help."""
    slots = candidate.slots
    free_slots = (
        None
        if slots.task_slots is None or slots.used_by_tasks is None
        else slots.task_slots - slots.used_by_tasks - len(slots.foreign or ())
    )
    return any(
        wanted and (left is None or left < 0)
        for wanted, left in (
            (size.cpu, candidate.cpu),
            (size.memory, candidate.memory),
            (size.gpus, candidate.gpus),
            (size.needs_eni, free_slots),
        )
    )


def _without_one(candidate: Candidate, size: TaskSize, group: str) -> Candidate:
    slots = candidate.slots
    if size.needs_eni and slots.used_by_tasks:
        slots = replace(slots, used_by_tasks=slots.used_by_tasks - 1)
    return replace(
        candidate,
        cpu=None if candidate.cpu is None else candidate.cpu + size.cpu,
        memory=None if candidate.memory is None else candidate.memory + size.memory,
        gpus=candidate.gpus + size.gpus,
        used_ports=candidate.used_ports - size.ports,
        slots=slots,
        free_slots=slots.free,
        task_groups=Counter(candidate.task_groups) - Counter((group,)),
        running_tasks=max(0, (candidate.running_tasks or 0) - 1),
    )
