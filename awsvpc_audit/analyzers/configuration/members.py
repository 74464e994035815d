"""Which members of an AWS answer are compared: declared as data, read from any row in AWS's own spelling."""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Value = str | int | float | bool | None
Row = Mapping[str, Any]
"""A row with AWS's names, as `msgspec.to_builtins` gives it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One value, or one element of a list, of one row.

    Attributes:
        field: AWS's path to it.
        key: tells elements of one path apart.
        value: a plain value, or of an element its members.
    """

    field: str
    key: Hashable
    value: Value | Mapping[str, Value]


class Member(Protocol):
    """Something of a row that matters."""

    def read(self, row: Row) -> Iterator[Seen]:
        """What a row has of it."""


def at(row: Row, path: str) -> Any:
    """What lies under a path (`State.Code`), or ``None``."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain value under a path."""

    path: str

    def read(self, row: Row) -> Iterator[Seen]:
        """The one value."""
        yield Seen(self.path, None, at(row, self.path))


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document under a path, as text or as an object: spacing and the order of members mean nothing."""

    path: str

    def read(self, row: Row) -> Iterator[Seen]:
        """The document in one spelling; as written where it is no JSON."""
        document = at(row, self.path)
        if isinstance(document, str):
            try:
                document = json.loads(document)
            except (ValueError, RecursionError):
                yield Seen(self.path, None, document)
                return
        text = None if document is None else json.dumps(document, sort_keys=True, separators=(",", ":"))
        yield Seen(self.path, None, text)


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names whose order means nothing; of objects, the member `of`."""

    path: str
    of: str = ""

    def read(self, row: Row) -> Iterator[Seen]:
        """Each name."""
        for element in at(row, self.path) or ():
            name = at(element, self.of) if self.of else element
            if name is not None:
                yield Seen(f"{self.path}[].{self.of}" if self.of else self.path, str(name), str(name))


@dataclass(frozen=True, slots=True)
class Texts:
    """A list whose elements have no identity of their own: each is told as text, and came or is gone."""

    field: str
    of: Callable[[Row], Iterable[str]]

    def read(self, row: Row) -> Iterator[Seen]:
        """Each element."""
        for text in self.of(row):
            yield Seen(self.field, text, text)


@dataclass(frozen=True, slots=True)
class Elements:
    """A list of objects that can be told apart.

    Attributes:
        path: to the list.
        key: what identifies an element, in words for the brackets of its path.
        members: paths in an element that matter.
        where: which elements matter.
    """

    path: str
    key: Callable[[Row], str]
    members: tuple[str, ...]
    where: Callable[[Row], bool] = lambda _element: True

    def read(self, row: Row) -> Iterator[Seen]:
        """Each element with its members."""
        for element in at(row, self.path) or ():
            if self.where(element):
                key = self.key(element)
                values = {member: plain(at(element, member)) for member in self.members}
                yield Seen(f"{self.path}[{key}]", key, values)


def plain(value: Any) -> Value:
    """A value that can stand in a report: a list as its sorted elements, an object as its members."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(value[name])}" for name in sorted(value))
    return ", ".join(sorted(str(plain(element)) for element in value))


Difference = tuple[str, Value, Value]
"""Field, old value, new value."""


def differences(members: Iterable[Member], old: Row, new: Row) -> Iterator[Difference]:
    """What is otherwise in one row than in another, in the order of declaration.

    A member that is absent is the same as one that is false or empty: AWS documents those as defaults, and tools that
    record answers leave them out.
    """
    for member in members:
        before = {(seen.field, seen.key): seen.value for seen in member.read(old)}
        after = {(seen.field, seen.key): seen.value for seen in member.read(new)}
        for field, key in sorted(before.keys() | after.keys(), key=str):
            yield from _difference(field, before.get((field, key)), after.get((field, key)))


def summary(members: Iterable[Member], row: Row) -> str | None:
    """What matters of a whole row, as text; ``None`` where nothing of it is set."""
    told = [
        f"{seen.field} {_word(value)}"
        for member in members
        for seen in sorted(member.read(row), key=lambda seen: (seen.field, str(seen.key)))
        if not _is_empty(value := _whole(seen.value))
    ]
    return "; ".join(told) or None


def _difference(
    field: str, before: Value | Mapping[str, Value], after: Value | Mapping[str, Value]
) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        changed = [name for name in before if not _is_same(before[name], after[name])]
        if len(changed) == 1:
            (name,) = changed
            yield f"{field}.{name}", before[name], after[name]
        elif changed:
            yield field, _told(before, changed), _told(after, changed)
        return
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        yield field, _whole(before), _whole(after)
    elif not _is_same(before, after):
        yield field, before, after


def _whole(value: Value | Mapping[str, Value]) -> Value:
    """An element that only one side has."""
    return _told(value, value) or "there" if isinstance(value, Mapping) else value


def _told(element: Mapping[str, Value], names: Iterable[str]) -> str | None:
    return ", ".join(f"{name} {_word(element[name])}" for name in names if not _is_empty(element[name])) or None


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_same(one: Value, other: Value) -> bool:
    return one == other or (_is_empty(one) and _is_empty(other))


def _is_empty(value: Value) -> bool:
    return value is None or value is False or value == ""
