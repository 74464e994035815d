"""The list of checks, for people and for programs."""

import json
from collections.abc import Iterable
from typing import Any

from awsvpc_audit.checks._base import Check

AnyCheck = Check[Any]


def as_table(checks: Iterable[AnyCheck]) -> str:
    """One line a check, in 80 columns where titles allow it."""
    lines = [f"{check.id}  {check.severity:<8}  {check.title}" for check in checks]
    return "\n".join([*lines, "", "awsvpc-audit explain ID shows a check's whole page."])


def as_json(checks: Iterable[AnyCheck]) -> str:
    """The metadata of every check."""
    return json.dumps(
        [
            {
                "id": check.id,
                "title": check.title,
                "severity": check.severity.value,
                "resource": check.resource,
                "source": check.source,
                "statements": [*check.statements, *check.told],
                "symptoms": list(check.symptoms),
                "operations": list(check.needs),
                "fix": check.fix,
                "references": list(check.references),
                "controls": list(check.controls),
            }
            for check in checks
        ],
        indent=2,
        ensure_ascii=False,
    )


def as_markdown(checks: Iterable[AnyCheck]) -> str:
    """A Markdown table with a link to each page."""
    rows = [f"| [{c.id}]({c.id}.md) | {c.severity} | {c.title} | {c.resource} |" for c in checks]
    return "\n".join(["| id | severity | fails when | resource |", "| --- | --- | --- | --- |", *rows])
