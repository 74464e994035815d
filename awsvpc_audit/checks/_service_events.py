"""What the newest events of a service say: those since it was last well."""

from collections.abc import Iterator
from datetime import UTC, datetime

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.model import ecs

STEADY = "has reached a steady state"

_NEVER = datetime.min.replace(tzinfo=UTC)


def events_since_steady(workload: Workload) -> Iterator[ecs.ServiceEvent]:
    """A service's events, newest first, back to when it had all its tasks: older ones tell of what is over."""
    events = workload.service.events if workload.service else ()
    for event in sorted(events, key=lambda e: e.created_at or _NEVER, reverse=True):
        if STEADY in event.message:
            return
        yield event
