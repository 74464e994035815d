"""The capacity report for people: one row an instance, then each service's answer."""

from collections import Counter
from collections.abc import Iterator

from tabulate import tabulate

from awsvpc_audit.findings import Amount, Capacity, EniSlots, InstanceCapacity, Placement
from awsvpc_audit.report.text import clean, counted, some, wrapped

BAR = 10
NARROW = 100
"""Below this width the columns of CPU and memory are left out."""
LONGEST_LABEL = 20
"""A longer what-if is told once above the table, and its column is headed `then`."""

_RED, _YELLOW, _DIM, _BOLD = "31", "33", "2", "1"
_WORDS = {
    "eni": "ENI",
    "cpu": "CPU",
    "memory": "memory",
    "gpu": "GPU",
    "ports": "ports",
    "agent": "agent",
    "status": "status",
    "vpc": "VPC",
    "availability_zone": "AZ",
    "attribute": "attribute",
    "os": "operating system",
    "architecture": "CPU architecture",
    "constraint": "placement constraint",
    "addresses": "subnet addresses",
    "capacity_provider": "capacity provider",
    "no_instances": "no instances",
    "unknown": "what was not read",
}


def render(
    capacity: Capacity, what_if: Capacity | None, width: int, colour: bool, *, change: str = "", show_all: bool = False
) -> str:
    """The capacity report, ending with a line feed.

    Args:
        capacity: the cluster as it is.
        what_if: the cluster in a what-if, or ``None``.
        width: columns to lay it out in.
        colour: whether colours may be used; they repeat what the words say.
        change: the what-if in words (`with trunking on`).
        show_all: whether no list is cut.
    """
    lines = _Table(capacity, what_if, max(60, width), colour, change or "in the what-if", show_all).lines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Table:
    def __init__(
        self, now: Capacity, then: Capacity | None, width: int, colour: bool, change: str, show_all: bool
    ) -> None:
        self.now = now
        self.then = then
        self.width = width
        self.colour = colour
        self.change = clean(change)
        self.label = self.change if len(self.change) <= LONGEST_LABEL else "then"
        self.most = None if show_all else 40

    def lines(self) -> Iterator[str]:
        yield self.header()
        if self.then:
            yield from wrapped(f"What if: {self.change}", self.width)
        yield ""
        yield from self.instances()
        yield from self.services()
        yield from self.subnets()

    def header(self) -> str:
        slots = [i.eni for i in self.now.instances if i.eni.task_slots is not None]
        used = sum(slot.used_by_tasks or 0 for slot in slots)
        total = sum(slot.task_slots or 0 for slot in slots)
        parts = [clean(self.now.cluster), counted(len(self.now.instances), "container instance")]
        if slots:
            parts.append(f"{used:,} of {total:,} task ENIs used")
        parts.append(f"awsvpcTrunking {self.now.trunking.setting}")
        return self.paint(" · ".join(parts), _BOLD)

    def instances(self) -> Iterator[str]:
        now = {instance.ec2_instance_id: instance for instance in self.now.instances}
        then = {instance.ec2_instance_id: instance for instance in self.then.instances} if self.then else {}
        names = sorted({*now, *then}, key=lambda name: (name not in now, name))
        if not names:
            yield "No container instance."
            yield ""
            return
        headers = ["instance", "type", "AZ", "task ENIs now"]
        if self.then:
            headers.append(self.label)
        if self.width >= NARROW:
            headers += ["CPU free", "memory free"]
        headers.append("binds")
        shown = names[: self.most]
        rows = [self.row(now.get(name), then.get(name)) for name in shown]
        yield from tabulate(rows, headers, tablefmt="plain", disable_numparse=True).splitlines()
        if len(shown) < len(names):
            yield f"and {len(names) - len(shown)} more"
        yield ""

    def row(self, now: InstanceCapacity | None, then: InstanceCapacity | None) -> list[str]:
        one = then or now
        if one is None:
            return []
        cells = [
            clean(one.ec2_instance_id),
            clean(one.instance_type or "?"),
            clean(one.availability_zone or "?"),
            bar(now.eni) if now else "new",
        ]
        if self.then:
            cells.append(self.what_if_bar(now, then) if then else "lost")
        if self.width >= NARROW:
            cells += [_cpu(one.cpu), _memory(one.memory)]
        cells.append("" if one.binding == "none" else _word(one.binding))
        return cells

    def what_if_bar(self, now: InstanceCapacity | None, then: InstanceCapacity) -> str:
        """The bar, with a word where trunking changes nothing."""
        unmoved = now is not None and now.eni.trunk is None and now.eni.task_slots == then.eni.task_slots
        assumed_on = self.then is not None and self.then.trunking.assumed == "on"
        return bar(then.eni) + (" (no trunk)" if unmoved and assumed_on else "")

    def services(self) -> Iterator[str]:
        then = {placement.service: placement for placement in self.then.placement} if self.then else {}
        size = max((len(clean(p.service)) for p in self.now.placement), default=0)
        for placement in self.now.placement:
            text = f"wants {placement.requested:,} · {_answer(placement)}"
            other = then.get(placement.service)
            if other is not None:
                wants = f"wants {other.requested:,} · " if other.requested != placement.requested else ""
                text += f" · {self.label}: {wants}{_answer(other)}"
            lines = wrapped(text, self.width - size - 2)
            final = other or placement
            paint = "" if final.binding == "none" else _YELLOW if final.placeable is None else _RED
            for number, line in enumerate(lines):
                name = clean(placement.service) if number == 0 else ""
                yield f"{name:<{size}}  {self.paint(line, paint)}"
            refused = Counter(_word(code) for code in final.rejected.values())
            if refused:
                why = ", ".join(f"{word} on {number}" for word, number in refused.most_common())
                yield from (
                    f"{'':<{size}}  {self.paint(line, _DIM)}"
                    for line in wrapped(f"no room: {why}", self.width - size - 2)
                )
        if self.now.placement:
            yield ""

    def subnets(self) -> Iterator[str]:
        subnets = (self.then or self.now).subnets
        if not subnets:
            return
        told = [
            f"{clean(subnet.id)} ({clean(subnet.availability_zone or '?')}) "
            f"{'?' if subnet.free_ips is None else f'{subnet.free_ips:,}'}"
            for subnet in sorted(subnets, key=lambda s: (s.free_ips is None, s.free_ips or 0, s.id))
        ]
        yield from wrapped(f"Free addresses: {some(told, self.most or len(told))}", self.width)

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and colour and text else text


def bar(slots: EniSlots) -> str:
    """`████······ 4/10`: slots that tasks and other ENIs hold, of those there are."""
    if slots.task_slots is None:
        return "not known"
    if slots.used_by_tasks is None or slots.foreign is None:
        return f"{'?' * BAR} ?/{slots.task_slots}"
    held = slots.used_by_tasks + slots.foreign
    filled = min(BAR, -(-held * BAR // slots.task_slots)) if slots.task_slots else BAR
    foreign = f" ({slots.foreign} not of ECS)" if slots.foreign else ""
    return f"{'█' * filled}{'·' * (BAR - filled)} {held}/{slots.task_slots}{foreign}"


def _cpu(amount: Amount) -> str:
    return f"{_number(amount.remaining)}/{_number(amount.registered)}"


def _memory(amount: Amount) -> str:
    remaining, registered = (
        "?" if value is None else f"{value / 1024:.1f}" for value in (amount.remaining, amount.registered)
    )
    return f"{remaining}/{registered} GiB"


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _answer(placement: Placement) -> str:
    if placement.placeable is None:
        return "how many fit cannot be told"
    if placement.binding == "none":
        return f"fits {placement.placeable:,}"
    return f"fits {placement.placeable:,} · bound by {_word(placement.binding)}"


def _word(code: str) -> str:
    return _WORDS.get(code, clean(code))
