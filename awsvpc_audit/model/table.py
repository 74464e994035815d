"""A table of typed rows that knows what it does not know."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from awsvpc_audit.model.gaps import NotCollectedError

Row = TypeVar("Row")


class Table(Generic[Row]):
    """The rows of one operation, with its gaps.

    Three ways to read, each honest about what is missing:

    - iterate: all rows, or `NotCollectedError` where any might be missing;
    - `get`: a row, ``None`` where it is proven that there is none, or `NotCollectedError`;
    - `known`: the rows that were read, whatever else there may be.
    """

    __slots__ = ("_by_key", "_gap", "_indexes", "_rows", "_unread_keys", "operation")

    def __init__(
        self,
        operation: str,
        rows: Iterable[Row] = (),
        *,
        key: Callable[[Row], str | None] = lambda _row: None,
        gap: tuple[str, ...] = (),
        unread_keys: Iterable[str] = (),
    ) -> None:
        """Build a table.

        Args:
            operation: what fills it, `service:Operation`.
            rows: what was read. Of rows with one key the last is kept.
            key: the identity of a row.
            gap: operations to name where the whole table may be incomplete; empty where it is whole.
            unread_keys: keys of rows that exist but could not be read.
        """
        self.operation = operation
        self._by_key: dict[str, Row] = {}
        keyless: list[Row] = []
        for row in rows:
            identity = key(row)
            if identity is None:
                keyless.append(row)
            else:
                self._by_key[identity] = row
        self._rows: tuple[Row, ...] = (*self._by_key.values(), *keyless)
        self._gap = gap
        self._unread_keys = frozenset(unread_keys)
        self._indexes: dict[str, Mapping[Hashable, tuple[Row, ...]]] = {}

    @property
    def is_complete(self) -> bool:
        """Whether every row there is was read."""
        return not self._gap and not self._unread_keys

    def missing(self) -> NotCollectedError:
        """The signal to raise for what this table lacks."""
        return NotCollectedError(self._gap or (self.operation,))

    def require(self) -> None:
        """Raise `NotCollectedError` unless the table is complete."""
        if not self.is_complete:
            raise self.missing()

    def require_key(self, key: str) -> None:
        """Raise `NotCollectedError` unless all rows that a request about this key would bring were read."""
        if self._gap or key in self._unread_keys:
            raise self.missing()

    def known(self) -> tuple[Row, ...]:
        """The rows that were read, whatever else there may be."""
        return self._rows

    def __iter__(self) -> Iterator[Row]:
        self.require()
        return iter(self._rows)

    def __len__(self) -> int:
        self.require()
        return len(self._rows)

    def get(self, key: str) -> Row | None:
        """The row with this key, or ``None`` where there is none.

        Raises:
            NotCollectedError: the row may exist but was not read.
        """
        row = self._by_key.get(key)
        if row is None and (self._gap or key in self._unread_keys):
            raise self.missing()
        return row

    def peek(self, key: str) -> Row | None:
        """The row with this key where it was read; ``None`` proves nothing. For names and labels only."""
        return self._by_key.get(key)

    def where(self, index: str, by: Callable[[Row], Iterable[Hashable]], value: Hashable) -> tuple[Row, ...]:
        """The rows for which `by` yields `value`. The index is built once under its name.

        Raises:
            NotCollectedError: rows may be missing.
        """
        self.require()
        return self.known_where(index, by, value)

    def known_where(self, index: str, by: Callable[[Row], Iterable[Hashable]], value: Hashable) -> tuple[Row, ...]:
        """As `where`, over the rows that were read."""
        rows_by = self._indexes.get(index)
        if rows_by is None:
            groups: defaultdict[Hashable, list[Row]] = defaultdict(list)
            for row in self._rows:
                for each in by(row):
                    groups[each].append(row)
            rows_by = {each: tuple(group) for each, group in groups.items()}
            self._indexes[index] = rows_by
        return rows_by.get(value, ())
