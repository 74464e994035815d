"""How the rows of one operation are compared, and the words to declare it in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from awsvpc_audit.analyzers.configuration.members import Member, Plain, Row, at
from awsvpc_audit.model.tables import TableSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How the rows of one operation are compared.

    Attributes:
        table: the operation.
        type: the type of the resource, as findings say it.
        key: what identifies a row. Two rows with one key are one resource at two times.
        id: how people call it.
        arn: path to its ARN, where it has one.
        label: what to say beside the id.
        members: what matters of it.
        is_news: whether it is worth telling that just one side has a row. Not where rows are only asked for when
            something is wrong, nor where another kind tells it.
        ended: path to the state and its last values: of such a row it means nothing that AWS forgets it.
        cluster: path to the ARN of the cluster that it belongs to.
        vpc: path to the VPC that it is read with.
    """

    table: TableSpec[Any]
    type: str
    key: Callable[[Row], str]
    id: Callable[[Row], str]
    arn: str = ""
    label: Callable[[Row], str | None] = lambda row: name_tag(row)
    members: tuple[Member, ...] = ()
    is_news: Callable[[Row], bool] = lambda _row: True
    ended: tuple[str, frozenset[str]] = ("", frozenset())
    cluster: str = ""
    vpc: str = ""


def name_tag(row: Row) -> str | None:
    """The `Name` tag."""
    return next((tag["Value"] for tag in row.get("Tags") or () if tag.get("Key") == "Name" and tag.get("Value")), None)


def nothing(_row: Row) -> None:
    """No label: the id says it."""


def never(_row: Row) -> bool:
    """For kinds of which no coming and going is told."""
    return False


def last(path: str, separator: str = "/") -> Callable[[Row], str]:
    """Reads the last part of what lies under a path, as of an ARN."""
    return lambda row: str(at(row, path)).rsplit(separator, 1)[-1]


def by(path: str) -> Callable[[Row], str]:
    """Reads what lies under a path, as text."""
    return lambda row: str(at(row, path))


def ended(path: str, *values: str) -> tuple[str, frozenset[str]]:
    """The state under a path, and the values of it after which AWS forgets the resource."""
    return path, frozenset(values)


def plain(*paths: str) -> tuple[Member, ...]:
    """Plain values, one for each path."""
    return tuple(Plain(path) for path in paths)
