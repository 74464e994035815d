"""What is generated from the checks: their pages, and the table of the AWS page's statements."""

import pytest

from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks.page import page_of
from awsvpc_audit.facts.statements import NOT_A_CHECK, STATEMENTS

BY_ID = {check.id: check for check in ALL_CHECKS}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.id)
def test_every_statement_of_the_aws_page_is_held_by_a_check(statement: object) -> None:
    identity = getattr(statement, "id", "")
    held = [check.id for check in ALL_CHECKS if identity in (*check.statements, *check.told)]
    assert held or identity in NOT_A_CHECK


def test_a_page_shows_the_texts_that_its_check_can_be_behind_and_no_others() -> None:
    page = page_of(BY_ID["NET006"])
    assert "failed to resolve ref" in page
    assert "no space left on device" not in page
    assert "toomanyrequests" not in page
