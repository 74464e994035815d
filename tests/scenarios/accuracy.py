"""Runs scenarios and counts: how often the first cause is right, how often one of the first three, and false alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from awsvpc_audit.findings import AuditResult, Cause, Confidence, Finding, Severity, Status
from tests.scenarios.account import Account
from tests.scenarios.catalogue import SCENARIOS
from tests.scenarios.scenario import Area, Named, Scenario

OR = " or "


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one scenario.

    Attributes:
        area: of the scenario.
        place: of the right cause among the causes, 1 for the first; 0 where it is missing.
        false_alarms: diagnoses of anybody else than the one in trouble, and severe findings that are not true.
        said: the causes in order, and what was called unknown, for a failing test.
    """

    area: Area
    place: int
    false_alarms: tuple[str, ...]
    said: tuple[str, ...]


def judge(scenario: Scenario, account: Account, result: AuditResult) -> Outcome:
    """Hold an audit against what a scenario expects."""
    own = [d for d in result.diagnoses if (d.subject.type, d.subject.id) == scenario.subject]
    causes = own[0].causes if own else ()
    unknown = own[0].unknown if own else ()
    right = next((n for n, cause in enumerate(causes, start=1) if _is(account, scenario.first, cause)), 0)
    if scenario.first is None:
        right = int(bool(own) and (not causes or scenario.unknown is not None))
    if scenario.unknown is not None and (
        scenario.unknown not in unknown or any(cause.confidence is Confidence.CONFIRMED for cause in causes)
    ):
        right = 0
    return Outcome(
        area=scenario.area,
        place=right,
        false_alarms=tuple(_false_alarms(scenario, account, result)),
        said=(
            *(f"{cause.check_id} {cause.resource.id} {cause.confidence}" for cause in causes),
            *(f"unknown: {operation}" for operation in unknown),
            *(() if own else ("no diagnosis",)),
        ),
    )


def _false_alarms(scenario: Scenario, account: Account, result: AuditResult) -> Iterator[str]:
    for diagnosis in result.diagnoses:
        if (diagnosis.subject.type, diagnosis.subject.id) != scenario.subject:
            yield f"{diagnosis.subject.type} {diagnosis.subject.id}"
    for finding in result.findings:
        severe = finding.status is Status.FAIL and finding.severity.rank <= Severity.HIGH.rank
        if severe and not any(_is(account, named, finding) for named in (scenario.first, *scenario.beside)):
            yield f"{finding.check_id} {finding.resource.id}"


def _is(account: Account, named: Named | None, said: Cause | Finding) -> bool:
    if named is None or named[0] != said.check_id:
        return False
    return said.resource.id in {account.id_of(name) for name in named[1].split(OR)}


def run(healthy: Callable[[], Account], scenarios: Iterable[Scenario] = SCENARIOS) -> dict[str, Outcome]:
    """The outcome of each scenario, by its name.

    Args:
        healthy: makes the account in which it happens.
        scenarios: what happens.
    """
    outcomes = {}
    for scenario in scenarios:
        account = healthy()
        scenario.plant(account)
        outcomes[scenario.name] = judge(scenario, account, account.audit())
    return outcomes


def table(outcomes: Iterable[Outcome]) -> str:
    """A Markdown table: one row an area, and the sum."""
    outcomes = list(outcomes)
    areas = list(dict.fromkeys(outcome.area for outcome in outcomes))
    rows = [(area.value, [outcome for outcome in outcomes if outcome.area is area]) for area in areas]
    lines = ["| area | scenarios | first cause right | among the first three | false alarms |", "| --- " * 5 + "|"]
    for name, group in (*rows, ("**all**", outcomes)):
        first = sum(outcome.place == 1 for outcome in group)
        three = sum(1 <= outcome.place <= 3 for outcome in group)
        alarms = sum(len(outcome.false_alarms) for outcome in group)
        shares = f"{first} ({first / len(group):.0%}) | {three} ({three / len(group):.0%})"
        lines.append(f"| {name} | {len(group)} | {shares} | {alarms} |")
    return "\n".join(lines)
