"""What a difference says, in words that every format for people shares."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from awsvpc_audit.findings import ClusterDiff, ConfigurationChange, NotCompared, SnapshotDiff
from awsvpc_audit.report.outline import moment, value_text
from awsvpc_audit.report.text import counted, some

ABSENT = "absent"
MOST_RESOURCES = 8
"""Resources of one operation that are named where they cannot be compared."""


@dataclass(frozen=True, slots=True)
class ChangedResource:
    """One resource with everything that changed of it.

    Attributes:
        title: type, id and what it is called.
        changes: at least one, in order.
        near: check ids of new findings that name it.
    """

    title: str
    changes: tuple[ConfigurationChange, ...]
    near: tuple[str, ...]


def verdict(diff: SnapshotDiff) -> str:
    """The answer: `2 new, 1 fixed, 3 unchanged · 8 changes`."""
    summary = diff.summary
    parts = [f"{summary.new:,} new", f"{summary.fixed:,} fixed", f"{summary.unchanged:,} unchanged"]
    parts += [f"{summary.undetermined:,} undetermined"] if summary.undetermined else []
    return f"{', '.join(parts)} · {counted(summary.changes, 'configuration change')}"


def span(diff: SnapshotDiff) -> str:
    """When both were made."""
    old, new = (
        f"{moment(at, None)} UTC" if at else "time unknown" for at in (diff.old_created_at, diff.new_created_at)
    )
    return f"OLD {old} → NEW {new}"


def is_quiet(diff: ClusterDiff) -> bool:
    """Whether there is nothing to tell of a cluster but what was there before."""
    return not any((diff.new, diff.fixed, diff.undetermined, diff.unknown, diff.diagnoses_came, diff.diagnoses_gone))


def resources(changes: tuple[ConfigurationChange, ...]) -> Iterator[ChangedResource]:
    """Changes by resource, in the order of the changes."""
    for (ref, name, was), group in groupby(changes, key=lambda change: (change.resource, change.name, change.was)):
        told = tuple(group)
        title = f"{ref.type} {ref.id}"
        if was is not None:
            title += f" (was {was.id})"
        elif name and name != ref.id:
            title += f" ({name})"
        near = sorted({check for change in told for check in change.near})
        yield ChangedResource(title, told, tuple(near))


def what_changed(change: ConfigurationChange) -> str:
    """`desiredCount  2 → 3`, `Routes[0.0.0.0/0]  gone: NatGatewayId nat-a`, `came`."""
    if change.field is None:
        told = change.new if change.kind == "came" else change.old
        return change.kind if told is None else f"{change.kind}: {value_text(told)}"
    if change.old is None:
        return f"{change.field}  + {value_text(change.new)}"
    if change.new is None:
        return f"{change.field}  - {value_text(change.old)}"
    return f"{change.field}  {value_text(change.old)} → {value_text(change.new)}"


def why_not_compared(gap: NotCompared) -> str:
    """`not read in NEW`, with the resources that it is about."""
    where = {"old": "not known in OLD", "new": "not known in NEW", "both": "not known in OLD or NEW"}[gap.side]
    return f"{where}: {some(gap.resources, MOST_RESOURCES)}" if gap.resources else where
