"""Runs scenarios and counts: how often the first cause is right, how often one of the first three, and false alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from awsvpc_audit.findings import AuditResult, Confidence
from tests.scenarios.planted import PLANTED, Scenario, world_of


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one scenario.

    Attributes:
        area: of the scenario.
        place: of the right cause among the causes, 1 for the first; 0 where it is missing.
        false_alarms: diagnoses of anybody else than the one in trouble.
        said: the causes in order, for a failing test.
    """

    area: str
    place: int
    false_alarms: tuple[str, ...]
    said: tuple[str, ...]


def judge(scenario: Scenario, result: AuditResult) -> Outcome:
    """Hold an audit against what a scenario expects."""
    own = [d for d in result.diagnoses if (d.subject.type, d.subject.id) == scenario.subject]
    others = tuple(
        f"{d.subject.type} {d.subject.id}"
        for d in result.diagnoses
        if (d.subject.type, d.subject.id) != scenario.subject
    )
    causes = own[0].causes if own else ()
    said = tuple(f"{c.check_id} {c.resource.id} {c.confidence}" for c in causes)
    right = {(cause.check_id, cause.resource.id): number for number, cause in enumerate(reversed(causes))}
    place = 0
    if scenario.unknown is not None:
        is_open = bool(own) and all(cause.confidence is not Confidence.CONFIRMED for cause in causes)
        place = int(is_open and scenario.unknown in own[0].unknown)
    elif scenario.first is None:
        place = int(bool(own) and not causes)
    elif scenario.first in right:
        place = len(causes) - right[scenario.first]
    return Outcome(area=scenario.area, place=place, false_alarms=others, said=said)


def run(scenarios: Mapping[str, Scenario] = PLANTED) -> dict[str, Outcome]:
    """The outcome of each scenario, by its name."""
    return {name: judge(scenario, world_of(scenario).audit()) for name, scenario in scenarios.items()}


def table(outcomes: Iterable[Outcome]) -> str:
    """A Markdown table: one row an area, and the sum."""
    outcomes = list(outcomes)
    areas = list(dict.fromkeys(outcome.area for outcome in outcomes))
    rows = [(area, [outcome for outcome in outcomes if outcome.area == area]) for area in areas]
    lines = ["| area | scenarios | first cause right | among the first three | false alarms |", "| --- " * 5 + "|"]
    for name, group in (*rows, ("**all**", outcomes)):
        first = sum(outcome.place == 1 for outcome in group)
        three = sum(1 <= outcome.place <= 3 for outcome in group)
        alarms = sum(len(outcome.false_alarms) for outcome in group)
        shares = f"{first} ({first / len(group):.0%}) | {three} ({three / len(group):.0%})"
        lines.append(f"| {name} | {len(group)} | {shares} | {alarms} |")
    return "\n".join(lines)
