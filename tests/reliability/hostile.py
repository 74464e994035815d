"""What strangers may write into a snapshot, every command that reads one, and what must hold whatever they wrote."""

from __future__ import annotations

import csv
import io
import json
import signal
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType
from typing import Any

import jsonschema
from markdown_it import MarkdownIt

from awsvpc_audit.report.schema import schema
from awsvpc_audit.report.writers import WRITERS
from tests.cli.conftest import Said

DISTANT = "87600h"
"""How far a timeline looks back, for all that the snapshot holds."""

READERS: dict[str, tuple[str, ...]] = {
    "cluster": ("cluster", "prod"),
    "service": ("service", "prod", "web"),
    "service on Fargate": ("service", "prod", "worker"),
    "task": ("task", "prod", "00000000000000000000000000000007"),
    "path": ("path", "service:prod/web", "ecr.api"),
    "path to the internet": ("path", "service:prod/worker", "internet", "--port", "80"),
    "path from the internet": ("path", "internet", "i-a", "--port", "8080"),
    "path to a peer": ("path", "subnet-a", "10.9.1.10", "--security-group", "sg-app"),
    "capacity": ("capacity", "prod"),
    "what-if": (
        "capacity",
        "prod",
        "--tasks",
        "30",
        "--trunking",
        "on",
        "--add",
        "m5.large:2",
        "--lose-az",
        "us-east-1b",
    ),
    "timeline": ("timeline", "prod", "--since", DISTANT),
    "report": ("report", "--all-clusters"),
}
"""A command line of each command that takes `--from`, without it."""

ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    " ",
    True,
    False,
    0,
    -1,
    1.5,
    2**31,
    2**63,
    10**30,
    "99999999999999999999",
    "null",
    [],
    [None],
    [[]],
    {},
    {"Value": None},
    [{}],
    "2026-11-22T10:00:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "not-a-date",
    1e300,
    "300.1.1.1/99",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.5/8",
    "fe80::1%eth0/64",
    "arn:",
    "arn:aws:ecs:::",
    ":" * 50,
    "/" * 50,
    "*" * 2000,
    "(" * 2000,
    "attribute:ecs.instance-type =~ (m+5*)+(\\.|.)*(x+x+)+y",
    "1-99999999999",
    '{"States": {"a": {"Resource": "ecs:runTask", "Parameters": [1]}}}',
    '{"requestParameters": [1], "userIdentity": "x"}',
    '{"a": ' * 2000,
    '{"userIdentity": {"arn": "\\ud800"}}',
    '{"Statement": {"Effect": "Deny", "Principal": {"AWS": [1]}, "Action": 7, "Condition": [1]}}',
    "\x00",
    "\x1b[31m\x1b]0;owned\x07",
    "\u202e\u2066\u200f\ufeff",
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
)
"""Values that belong nowhere, each of which some code somewhere stumbles over."""

EVIL = (
    "=cmd|' /C calc'!A1\x1b[31m\x1b]8;;http://evil\x07\u202egnp\u2066\u200b\x00\x7f\x9b31m|`"
    "\"&]]><x-evil onload=alert(1)>'\\[a](http://evil.example)![b](http://evil.example)\r\n@here\t{{7*7}}${IFS};%%{init}"
)
"""A name that is code in each of the formats."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail what takes longer, wherever it hangs."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def assert_contract(said: Said, file: str = "") -> None:
    """The exit code is one of the contract's, and nothing broke: not the program and no check in it.

    Args:
        said: what a command said.
        file: the file of the snapshot that is odd; it must be named where the command gives up over it.
    """
    assert said.code in {0, 1, 3}, said
    for word in ("Traceback", "internal error", " broke on "):
        assert word not in said.err, said.err
    assert "the check itself broke" not in said.out
    if said.code == 3 and said.err:  # a trace that cannot be told ends so too, and says why in its document
        assert said.err.count("\n") == 1, said.err
        assert said.err.startswith("awsvpc-audit: ")
        assert len(said.err) < 2000
        if "cannot be read" in said.err or "Expected" in said.err:
            assert file in said.err


def assert_harmless(format_: str, text: str) -> None:
    """A document in some format is well formed, says nothing that is not text, and obeys nobody.

    Args:
        format_: its name; one that is not known here fails, so that nobody forgets it.
        text: the document.
    """
    kept = text.replace("\r\n", "\n") if format_ == "csv" else text
    controls = {c for c in kept if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
    assert not controls, f"{format_}: {controls!r}"
    _PARSERS[format_](text)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value for name, value in attrs if name in {"href", "src", "action"} and value}


def _html(text: str) -> None:
    parser = _Tags()
    parser.feed(text)
    parser.close()
    assert "x-evil" not in parser.tags
    assert not {name for name in parser.attributes if name.startswith("on")}
    assert not [
        link for link in parser.links if "evil" in link.split("?")[0].split("/")[2:3] or link.startswith("java")
    ]


def _xml(text: str) -> None:
    root = ET.fromstring(text)  # noqa: S314 - our own output
    assert not [element for element in root.iter() if "x-evil" in str(element.tag)]


def _csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def _markdown(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert not {token.type for token in (*tokens, *inline)} & {"html_block", "html_inline", "image"}
    assert not [token for token in inline if token.type == "link_open" and "evil" in str(token.attrGet("href"))]


def _json(text: str) -> None:
    parsed = json.loads(text)
    if "schema_version" in parsed:
        jsonschema.Draft202012Validator(schema()).validate(parsed)


def _table(text: str) -> None:
    assert not [line for line in text.splitlines() if line.startswith(("=cmd", "@here"))]


def _mermaid(text: str) -> None:
    assert "<x-evil" not in text
    assert not [line for line in text.splitlines() if line.strip().startswith(("click", "%%{", "@here"))]


_PARSERS = {
    "table": _table,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "csv": _csv,
    "junit": _xml,
    "sarif": _json,
    "ocsf": _json,
    "svg": _xml,
    "mermaid": _mermaid,
}

FORMATS: dict[str, tuple[str, ...]] = {
    "cluster": tuple(WRITERS),
    "service": tuple(WRITERS),
    "service on Fargate": ("table",),
    "task": tuple(WRITERS),
    "path": ("table", "json", "mermaid", "svg"),
    "path to the internet": ("table", "json", "mermaid", "svg"),
    "path from the internet": ("table", "json"),
    "path to a peer": ("table", "json", "mermaid", "svg"),
    "capacity": ("table", "json"),
    "what-if": ("table", "json"),
    "timeline": ("table", "json"),
    "report": tuple(WRITERS),
}
"""Formats of each; those of audits are whatever the table of writers holds."""


def saved_text(path: Path) -> str:
    """A document as it was written, line ends too."""
    return path.read_bytes().decode()
