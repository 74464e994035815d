"""Where documents go: stdout or a file, whole or not at all."""

import os
import shlex
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from awsvpc_audit.errors import AwsvpcAuditError
from awsvpc_audit.report.options import RenderOptions


class OutputError(AwsvpcAuditError):
    """The document cannot be written (exit code 3)."""


def write(text: str, output: Path | None) -> None:
    """Write a document to a file, or to stdout where none is named.

    A file appears whole or not at all; what was there before stays until then.

    Raises:
        OutputError: it cannot be written.
    """
    if not text.endswith("\n"):
        text += "\n"
    if output is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
        return
    try:
        if output.exists() and not output.is_file():
            output.write_text(text, encoding="utf-8")  # a pipe or a device
            return
        handle, name = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            temporary.chmod(0o644)
            temporary.replace(output)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from error


def render_options(
    output: Path | None, *, show_all: bool = False, strict: bool = False, now: datetime | None = None
) -> RenderOptions:
    """How to render for where it goes: a terminal's own width, else 100; colour only there and without `NO_COLOR`."""
    terminal = output is None and sys.stdout.isatty()
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
