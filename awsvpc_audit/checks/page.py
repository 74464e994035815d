"""A check's page: what it means, how it shows, why, how it is proven, how to fix it. All from its declaration."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.facts.controls import CONTROLS
from awsvpc_audit.facts.messages import read_text, samples_of

AnyCheck = Check[Any]

WHY = "Why it happens"
LIMITS = "What it cannot see"


def page_of(check: AnyCheck) -> str:
    """The page as Markdown, without a final line feed: `explain` prints it, the docs hold it."""
    parts = [f"# {check.id}: {check.title}", _facts(check), check.sections[""]]
    if shows := _symptoms(check):
        parts.append(f"## How it shows\n\n{shows}")
    parts.append(f"## {WHY}\n\n{check.sections[WHY]}")
    parts.append("## How it is proven\n\n" + "\n".join(_proof(line) for line in check.proof))
    fix = f"## How to fix it\n\n{check.fix}"
    if check.commands:
        fix += "\n\n" + "\n".join(f"    {command}" for command in check.commands)
    parts.append(fix)
    parts.append(f"## {LIMITS}\n\n{check.sections[LIMITS]}")
    if check.controls:
        parts.append("## Controls it speaks to\n\n" + "\n".join(_control(control) for control in check.controls))
    parts.append("## Sources\n\n" + "\n".join(f"- {reference}" for reference in check.references))
    return "\n\n".join(parts)


def _facts(check: AnyCheck) -> str:
    facts = [f"severity **{check.severity}**", f"resource `{check.resource}`"]
    if check.statements or check.told:
        facts.append(f"AWS page {', '.join((*check.statements, *(f'{told} (told here)' for told in check.told)))}")
    elif check.source == "+":
        facts.append("beyond the AWS page")
    return " · ".join(facts)


def _symptoms(check: AnyCheck) -> str:
    lines: list[str] = []
    for code in check.symptoms:
        lines.append(f"- `{code}`")
        # Of the texts with this code only those that the check can be behind: a full disk is no network fault.
        lines.extend(f"  - “{sample}”" for sample in samples_of(code) if not read_text(sample).excludes(check.id))
    return "\n".join(lines)


def _proof(line: str) -> str:
    operation, _, field = line.partition(" ")
    return f"- `{operation}`" + (f": `{field}`" if field else "")


def _control(control_id: str) -> str:
    control = CONTROLS[control_id]
    return f"- {control.number}: {control.title}\n  ({control.framework}, {control.part})\n  {control.url}"
