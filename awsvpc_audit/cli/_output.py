"""Where documents go: stdout or files, each whole or not at all."""

import os
import shlex
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from awsvpc_audit.cli._options import Format, OutputOptions
from awsvpc_audit.errors import AwsvpcAuditError, UsageError
from awsvpc_audit.report.options import RenderOptions

D = TypeVar("D")

WITH_PICTURES = frozenset({Format.HTML})
"""Formats that show the network around each service."""


class OutputError(AwsvpcAuditError):
    """The document cannot be written (exit code 3)."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One document to write; a path of ``None`` is stdout."""

    format: Format
    path: Path | None


def destinations(output: OutputOptions, formats: Iterable[Format] = tuple(Format)) -> tuple[Destination, ...]:
    """What to write and where.

    `--output FILE` takes the format of `--format`; `--output FORMAT:FILE` brings its own. What goes nowhere else goes
    to stdout: the one document where no file is named, and with files in formats of their own that of an explicit
    `--format`.

    Args:
        output: the options.
        formats: those that the command can write.

    Raises:
        UsageError: a format that it cannot write, a file named twice, or two files without a format of their own.
    """
    allowed = tuple(formats)
    names = {each.value for each in Format}
    found: list[Destination] = []
    plain: list[Path] = []
    for text in output.output or ():
        name, colon, path = text.partition(":")
        if colon and name in names:
            if not path:
                raise UsageError(f'--output "{text}" names no file')
            found.append(Destination(Format(name), Path(path)))
        else:
            plain.append(Path(text))
    if len(plain) > 1:
        raise UsageError(
            f"--output {plain[0]} and --output {plain[1]} have no format of their own: write FORMAT:FILE, as in "
            f"json:{plain[1]}"
        )
    if plain or output.format is not None or not found:
        found.insert(0, Destination(output.format or Format.TABLE, plain[0] if plain else None))
    paths = [each.path for each in found if each.path is not None]
    for path_ in paths:
        if paths.count(path_) > 1:
            raise UsageError(f"--output names {path_} twice")
    for each in found:
        if each.format not in allowed:
            raise UsageError(f"this is written as {' or '.join(allowed)}, not as {each.format.value}")
    return tuple(found)


def needs_pictures(where: Iterable[Destination]) -> bool:
    """Whether any of the formats shows the services' networks, which have to be traced for it."""
    return any(each.format in WITH_PICTURES for each in where)


def publish(
    document: D,
    where: Iterable[Destination],
    writers: Mapping[str, Callable[[D, RenderOptions], str]],
    *,
    show_all: bool = False,
    strict: bool = False,
    now: datetime | None = None,
) -> None:
    """Write a document in every format asked for. All are rendered before the first is written.

    Raises:
        OutputError: one cannot be written.
    """
    rendered = [
        (
            writers[each.format.value](document, render_options(each.path, show_all=show_all, strict=strict, now=now)),
            each.path,
        )
        for each in where
    ]
    for text, path in rendered:
        write(text, path)


def write(text: str, output: Path | None) -> None:
    """Write a document to a file, or to stdout where none is named.

    A file appears whole or not at all; what was there before stays until then.

    Raises:
        OutputError: it cannot be written.
    """
    if not text.endswith("\n"):
        text += "\n"
    if output is None:
        if sys.stdout is None:
            raise OutputError("cannot write: standard output is closed; name a file with --output")
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
        return
    try:
        if output.exists() and not output.is_file():
            output.write_text(text, encoding="utf-8")  # a pipe or a device
            return
        place = output.resolve()  # of a link, what it leads to is replaced and not the link
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            temporary.chmod(_mode_of(place))
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error


def _mode_of(place: Path) -> int:
    """Who may read a file: whoever may read the one that it replaces; a new one is the user's own choice (umask)."""
    if place.exists():
        return stat.S_IMODE(place.stat().st_mode)
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def render_options(
    output: Path | None, *, show_all: bool = False, strict: bool = False, now: datetime | None = None
) -> RenderOptions:
    """How to render for where it goes: a terminal's own width, else 100; colour only there and without `NO_COLOR`."""
    terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns if terminal else 100
    return RenderOptions(
        width=max(60, min(width, 120)),
        colour=terminal and not os.environ.get("NO_COLOR"),
        all=show_all,
        now=now or datetime.now(UTC),
        strict=strict,
        command=_command_line(),
    )


def _command_line() -> str:
    """The command line as typed, for hints that repeat it with one option more."""
    return shlex.join(["awsvpc-audit", *sys.argv[1:]])
