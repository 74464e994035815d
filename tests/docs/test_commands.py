"""Every command line that the documentation and the examples show is one that the program takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from awsvpc_audit.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("README.md", "docs/*.md", "examples/**/*")
    for path in ROOT.glob(pattern)
    # What `--help` prints is made by the program itself.
    if path.is_file() and path.name != "cli.md"
)
_SAID = re.compile(r"`(awsvpc-audit [^`\n]+)`|^(?:[\w.]+=)?((?:\S.* )?awsvpc-audit (?!@)[\w-].*)$", re.MULTILINE)


def command_lines(text: str) -> Iterator[list[str]]:
    """The arguments of each command in a text, in backquotes or on a line of its own; continued lines joined."""
    for found in _SAID.finditer(re.sub(r"\\\n\s*", "", text)):
        line = (found[1] or found[2]).partition("  ")[0]
        line = line[line.index("awsvpc-audit ") :]
        line = re.split(r"\s(?:\|\||&&|>>|>|#|\||·)\s?|; |, then", line)[0].strip().rstrip(".:,;")
        if "…" in line.split("awsvpc-audit ")[1][:2] or line.endswith("COMMAND --help"):
            continue
        yield shlex.split(line.replace("[", "").replace("]", ""))[1:]


def shown() -> list[Any]:
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = text if page.suffix != ".md" else "\n".join(_code(text))
        for arguments in command_lines(blocks):
            found[f"{page.name}: {shlex.join(arguments)}"] = arguments
    return [pytest.param(arguments, id=name) for name, arguments in sorted(found.items())]


def _code(markdown: str) -> Iterator[str]:
    """Code spans, and fenced blocks of commands (not those of output)."""
    fenced = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
    yield from (body for kind, body in fenced.findall(markdown) if kind in {"console", "sh"})
    yield from re.findall(r"`awsvpc-audit [^`\n]+`", fenced.sub("", markdown))


def test_there_are_commands_to_check() -> None:
    names = {case.values[0][0] for case in shown()}
    assert {"cluster", "report", "path", "capacity", "timeline", "snapshot", "explain"} <= names


@pytest.mark.parametrize("arguments", shown())
def test_the_program_takes_it(arguments: list[str]) -> None:
    root = typer.main.get_command(app)
    commands = root.commands  # type: ignore[attr-defined]
    assert arguments[0] in commands or arguments[0].startswith("-")
    if arguments[0] in commands:
        command = commands[arguments[0]]
        given = arguments[1:]
        # Only parsed, nothing runs. A command named without its arguments is prose about the command.
        command.make_context(arguments[0], list(given), resilient_parsing=not given)
