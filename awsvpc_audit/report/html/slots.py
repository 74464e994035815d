"""Where everything lies in the bar of an instance's task-ENI slots."""

from dataclasses import dataclass
from itertools import chain, pairwise, repeat

from awsvpc_audit.findings import EniSlots

_WIDTH, _GAP, _MOST_CELLS = 120, 2, 20


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the bar: one slot where there are few, all of a kind where there are many."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotBar:
    """The bar, and what it says.

    Attributes:
        segments: from left to right: held by tasks, held by ENIs that ECS did not create, free. None where the slots
            are not known.
        text: `2 of 10 task ENIs used, 1 held by others`.
    """

    width: int
    segments: tuple[Segment, ...]
    text: str


def slot_bar(eni: EniSlots) -> SlotBar:
    """Draw the slots of one instance."""
    if eni.task_slots is None or eni.used_by_tasks is None:
        return SlotBar(width=_WIDTH, segments=(), text="task ENIs not known")
    foreign = eni.foreign or 0
    free = eni.free if eni.free is not None else max(0, eni.task_slots - eni.used_by_tasks - foreign)
    amounts = (("used", eni.used_by_tasks), ("foreign", foreign), ("free", free))
    text = f"{eni.used_by_tasks} of {eni.task_slots} task ENIs used" + (
        f", {foreign} held by others" if foreign else ""
    )
    total = sum(amount for _, amount in amounts)
    if not total:
        return SlotBar(width=_WIDTH, segments=(), text=text)
    if total <= _MOST_CELLS:
        kinds = tuple(chain.from_iterable(repeat(kind, amount) for kind, amount in amounts))
        edges = [round(number * (_WIDTH + _GAP) / total) for number in range(total + 1)]
        cells = (Segment(a, b - a - _GAP, kind) for (a, b), kind in zip(pairwise(edges), kinds, strict=True))
        return SlotBar(width=_WIDTH, segments=tuple(cells), text=text)
    segments, x = [], 0
    for kind, amount in amounts:
        # Even one of many is seen.
        width = max(_GAP, round(_WIDTH * amount / total)) if amount else 0
        width = min(width, _WIDTH - x)
        if width:
            segments.append(Segment(x, width, kind))
        x += width
    return SlotBar(width=_WIDTH, segments=tuple(segments), text=text)
