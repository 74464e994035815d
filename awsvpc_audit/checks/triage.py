"""The triage guide: from the words of an error to what they mean and the checks that can be behind them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.facts.messages import CALLS_OUT, NOT_A_FAILURE, Message, messages, read_text, signals

AnyCheck = Check[Any]

_INTRO = """\
# From the error text to the cause

`awsvpc-audit cluster CLUSTER` reads these texts itself, wherever ECS has put them, and holds each candidate against the
account. Without access to the account, find the text here. Old and new wordings, curly quotes and texts that were cut
are one and the same to the tool; the samples are texts as they were seen.
"""

_SIGNALS = """\
## What the end of a text tells

A failed call tells more by how it ended than by what it was for:
"""

_ADDRESSES = """\

An address in a time-out says which way the call went: a private one means that an interface endpoint was used (look at
its groups, and the ACLs of its subnets), a public one that it was not (routes, NAT, private DNS).
`awsvpc-audit path service:CLUSTER/SERVICE ecr.api` shows the hop."""


@dataclass(frozen=True, slots=True)
class _Stage:
    prefix: str
    title: str
    intro: str


_STAGES = (
    _Stage(
        "place.",
        "A task is not placed",
        "The service event says so; there is no task to look at. `awsvpc-audit capacity CLUSTER` shows the slots of\n"
        "each instance and why it was not chosen.",
    ),
    _Stage(
        "start.",
        "A task stops before its containers run",
        "`stoppedReason` of the task, or the reason of a container, says so. ECS forgets a stopped task after about\n"
        "an hour: `awsvpc-audit snapshot CLUSTER -o now.zip` keeps it. `awsvpc-audit task CLUSTER TASK` has the whole\n"
        "story.",
    ),
    _Stage(
        "run.",
        "A task runs and is stopped again",
        "The network that a start needs has worked. What is left is the application, its health check, or its host.",
    ),
    _Stage(
        "service.",
        "A service does not become steady",
        "These words leave open why: the events and stopped tasks before them say it.",
    ),
)
_SPECIAL = re.compile(r"[\\*_<>\[\]`|]")
_SAMPLE = 400
_MOST_CHECKS = 8


def triage_guide(checks: Iterable[AnyCheck]) -> str:
    """The guide as Markdown, ending with a line feed."""
    return "\n".join(_lines(tuple(checks))) + "\n"


def _lines(checks: tuple[AnyCheck, ...]) -> Iterator[str]:
    yield _INTRO
    yield "- [What the end of a text tells](#what-the-end-of-a-text-tells)"
    yield from (f"- [{stage.title}](#{stage.title.lower().replace(' ', '-')})" for stage in _STAGES)
    yield f"\n{_SIGNALS}"
    yield "| a text like | what it proves | what is left |"
    yield "| --- | --- | --- |"
    for signal in signals():
        named = (check_id for check_id in signal.names if not signal.excludes(check_id))
        able = (check.id for check in checks if CALLS_OUT & set(check.symptoms) and not signal.excludes(check.id))
        left = _links(checks, (*named, *able)) or "nothing in the network or its permissions"
        yield f"| {_escaped(signal.sample)} | {signal.proven} | {left} |"
    yield _ADDRESSES
    for stage in _STAGES:
        yield f"\n## {stage.title}\n\n{stage.intro}"
        for code, rows in _by_code(stage.prefix).items():
            yield f"\n### `{code}`"
            for row in rows:
                yield f"\n> {_escaped(row.sample)}\n\n{row.meaning}."
                behind = _behind(checks, row)
                if row.code in NOT_A_FAILURE:
                    yield "\nThat is no failure."
                elif behind:
                    yield f"\nLook at {behind}."


def _by_code(prefix: str) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for row in messages():
        if row.code is not None and row.code.startswith(prefix):
            found.setdefault(row.code, []).append(row)
    return found


def _behind(checks: tuple[AnyCheck, ...], row: Message) -> str:
    """The checks that can explain the row's sample, those that its words name first."""
    reading = read_text(row.sample)
    can = [check.id for check in checks if row.code in check.symptoms and not reading.excludes(check.id)]
    named = [check_id for check_id in reading.names if check_id in can]
    return _links(checks, (*named, *can))


def _links(checks: tuple[AnyCheck, ...], ids: Iterable[str]) -> str:
    titles = {check.id: check.title for check in checks}
    wanted = [check_id for check_id in dict.fromkeys(ids) if check_id in titles]
    links = [f'[{check_id}](checks/{check_id}.md "{titles[check_id]}")' for check_id in wanted]
    more = len(links) - _MOST_CHECKS
    return ", ".join(links[:_MOST_CHECKS]) + (f" and {more} more" if more > 0 else "")


def _escaped(text: str) -> str:
    cut = text if len(text) <= _SAMPLE else text[: _SAMPLE - 1] + "…"
    return _SPECIAL.sub(r"\\\g<0>", cut)
