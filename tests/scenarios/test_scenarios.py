"""Every scenario in the emulator: the first cause is the right one on the right resource, and nobody else is blamed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenarios.__main__ import BEGIN, END, README
from tests.scenarios.account import Account, accounts
from tests.scenarios.accuracy import Outcome, judge, run, table
from tests.scenarios.catalogue import SCENARIOS
from tests.scenarios.scenario import WEB, Area, Scenario

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
ROUTE_DELETED = BY_NAME["the default route was deleted"]


@pytest.fixture(scope="module")
def new_account() -> Iterator[Callable[[], Account]]:
    with accounts() as healthy:
        yield healthy


@pytest.fixture
def account(new_account: Callable[[], Account]) -> Account:
    return new_account()


def test_a_healthy_account_is_nobodys_trouble(account: Account) -> None:
    result = account.audit()
    assert result.diagnoses == ()
    assert {f"{f.check_id} {f.status}" for f in result.findings if f.status.value != "pass"} == {"END009 fail"}


@pytest.mark.parametrize("scenario", [pytest.param(s, id=s.name) for s in SCENARIOS])
def test_the_first_cause_is_right_and_nobody_else_is_blamed(scenario: Scenario, account: Account) -> None:
    scenario.plant(account)
    outcome = judge(scenario, account, account.audit())
    assert outcome.place == 1, outcome.said
    assert outcome.false_alarms == ()


def test_one_scenario_leaves_nothing_behind_for_the_next(new_account: Callable[[], Account]) -> None:
    before = new_account()
    ROUTE_DELETED.plant(before)
    before.answer("elbv2:DescribeTargetHealth", {})
    before.deny("ec2:DescribeVpcs")
    assert new_account().audit().diagnoses == ()


def test_there_are_enough_of_them_over_all_areas() -> None:
    assert len(BY_NAME) == len(SCENARIOS) >= 60
    assert sum(scenario.has_no_certain_answer for scenario in SCENARIOS) >= 10
    assert sum(scenario.record is not None for scenario in SCENARIOS) >= 10
    assert {scenario.area for scenario in SCENARIOS} == set(Area)


def test_the_readme_counts_these_scenarios() -> None:
    written = README.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in written.strip().splitlines()[2:]]
    counts = {area.value: str(sum(scenario.area is area for scenario in SCENARIOS)) for area in Area}
    assert dict(rows) == {**counts, "**all**": str(len(SCENARIOS))}


def test_a_wrong_answer_and_false_alarms_are_counted(account: Account) -> None:
    ROUTE_DELETED.plant(account)
    wrong = replace(ROUTE_DELETED, first=("NET005", "rtb-a"), subject=WEB, beside=())
    outcome = judge(wrong, account, account.audit())
    assert outcome.place == 0
    assert "service worker" in outcome.false_alarms
    assert f"NET004 {account['rtb-a']}" in outcome.false_alarms
    assert f"| **all** | 1 | 0 (0%) | 0 (0%) | {len(outcome.false_alarms)} |" in table([outcome])


def test_what_is_certain_is_not_called_unknown(account: Account) -> None:
    ROUTE_DELETED.plant(account)
    open_question = replace(ROUTE_DELETED, unknown="ec2:DescribeRouteTables")
    assert judge(open_question, account, account.audit()).place == 0


def test_a_right_cause_in_third_place_counts_among_the_first_three() -> None:
    outcome = Outcome(area=Area.DNS, place=3, false_alarms=(), said=())
    assert "| DNS | 1 | 0 (0%) | 1 (100%) | 0 |" in table([outcome])


def test_run_gives_each_outcome_by_name(new_account: Callable[[], Account]) -> None:
    assert list(run(new_account, [ROUTE_DELETED])) == [ROUTE_DELETED.name]


def test_every_module_of_incidents_is_in_the_catalogue() -> None:
    written = {path.stem for path in (Path(__file__).parent / "incidents").glob("*.py")}
    assert {scenario.plant.__module__.rpartition(".")[2] for scenario in SCENARIOS} == written
