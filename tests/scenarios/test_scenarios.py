"""Every planted incident: the first cause is the right one on the right resource, and nobody else is blamed."""

import pytest

from tests.scenarios.accuracy import Outcome, judge, run, table
from tests.scenarios.planted import PLANTED, Scenario, world_of
from tests.world import healthy


@pytest.mark.parametrize("scenario", PLANTED.values(), ids=PLANTED)
def test_the_first_cause_is_right_and_nobody_else_is_in_trouble(scenario: Scenario) -> None:
    outcome = judge(scenario, world_of(scenario).audit())
    assert outcome.place == 1, outcome.said
    assert outcome.false_alarms == ()


def test_there_are_enough_of_them_over_all_areas() -> None:
    assert len(PLANTED) >= 60
    assert sum(scenario.first is None or scenario.unknown is not None for scenario in PLANTED.values()) >= 10
    assert len({scenario.area for scenario in PLANTED.values()}) >= 7


def test_a_healthy_account_is_nobodys_trouble() -> None:
    assert healthy().audit().diagnoses == ()


def test_a_wrong_answer_and_a_false_alarm_are_counted() -> None:
    scenario = PLANTED["a NAT gateway was deleted"]
    world = world_of(scenario)
    wrong = Scenario(area="way out", plant=scenario.plant, first=("NET004", "rtb-a"), subject=("service", "web"))
    outcome = judge(wrong, world.audit())
    assert outcome.place == 0
    assert outcome.false_alarms == ("service worker",)
    assert "| **all** | 1 | 0 (0%) | 0 (0%) | 1 |" in table([outcome])


def test_a_right_cause_in_third_place_counts_among_the_first_three() -> None:
    outcome = Outcome(area="x", place=3, false_alarms=(), said=())
    assert "| x | 1 | 0 (0%) | 1 (100%) | 0 |" in table([outcome])


def test_run_gives_each_outcome_by_name() -> None:
    name = "a subnet is full"
    assert list(run({name: PLANTED[name]})) == [name]
