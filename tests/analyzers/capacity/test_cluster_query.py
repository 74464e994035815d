from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.analyzers.capacity.cluster_query import (
    And,
    Not,
    Or,
    Queried,
    QueryError,
    Term,
    asks_of_tasks,
    parse,
)

INSTANCE = Queried(
    attributes={
        "ecs.instance-type": "g2.2xlarge",
        "ecs.availability-zone": "us-east-1a",
        "stack": "prod",
        "ssd": None,
        "rank": "10",
        "note": "two words",
    },
    agent_connected=True,
    agent_version="1.28.1",
    ec2_instance_id="i-abcd1234",
    registered_at=datetime(2018, 6, 18, 22, 28, 28, tzinfo=UTC),
    running_tasks_count=1,
    task_groups=frozenset({"service:production", "databases"}),
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # The examples of AWS's page.
        ("attribute:ecs.availability-zone == us-east-1a", True),
        ("attribute:ecs.instance-type == t2.small", False),
        ("attribute:ecs.instance-type in [g2.2xlarge, g2.8xlarge]", True),
        ("attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d", True),
        ("task:group == service:production", True),
        ("not(task:group == databases)", False),
        ("runningTasksCount == 1", True),
        ("ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", True),
        ("agentConnected == true", True),
        ("registeredAt > 2018-06-18T22:28:27+00:00", True),
        # Every operator, by sign and by name.
        ("attribute:stack equals prod", True),
        ("attribute:stack not_equals prod", False),
        ("attribute:stack != dev", True),
        ("agentVersion > 1.9.0", True),
        ("agentVersion greater_than 1.28.1", False),
        ("agentVersion >= 1.28.1", True),
        ("agentVersion greater_than_equal 1.28.2", False),
        ("agentVersion < 1.100.0", True),
        ("agentVersion less_than 1.28.1", False),
        ("agentVersion <= 1.28.1", True),
        ("agentVersion less_than_equal 1.28.0", False),
        ("agentVersion != 1.28.1", False),
        ("attribute:ssd exists", True),
        ("attribute:ssd !exists", False),
        ("attribute:none not_exists", True),
        ("attribute:stack !in [dev, test]", True),
        ("attribute:stack not_in [dev, prod]", False),
        ("attribute:stack matches p.*", True),
        ("attribute:stack =~~ pro", False),
        ("attribute:stack !~ p.*", False),
        ("attribute:stack not_matches d.*", True),
        ("attribute:rank > 9", True),
        ("attribute:note == 'two words'", True),
        ("attribute:ecs.instance-type =~ (g2|g3)\\.(2|8)xlarge", True),
        ("registeredAt < 2018-06-19", True),
        ("registeredAt == 2018-06-18T22:28:28Z", True),
        ("registeredAt >= 2018-06-18T22:28:29", False),
        # An attribute that is not there has no value, so it is unequal to any.
        ("attribute:none == x", False),
        ("attribute:none != x", True),
        # How they combine.
        ("runningTasksCount == 1 || attribute:none exists && attribute:none exists", True),
        ("(runningTasksCount == 1 or attribute:none exists) and attribute:none exists", False),
        ("!(attribute:stack == dev)", True),
        ("NOT attribute:stack == prod", False),
        ("not not attribute:stack == prod", True),
        ("(attribute:stack =~ p.*) && (attribute:ssd exists)", True),
    ],
)
def test_answers_as_aws_documents(expression: str, expected: bool) -> None:
    assert parse(expression).evaluate(INSTANCE) is expected


@pytest.mark.parametrize(
    ("expression", "position", "problem"),
    [
        ("", 0, "too early"),
        ("attribute:x ==", 14, "expected a value"),
        ("attribute:x ~ y", 12, "operator"),
        ("atribute:x == y", 0, "no subject"),
        ("attribute:a!b == y", 11, "operator"),
        ("attribute: == y", 10, "1 to 128"),
        ("(attribute:x exists", 0, "never closed"),
        ("attribute:x exists)", 18, "too much"),
        ("attribute:x in [a, b", 15, "never closed"),
        ("attribute:x in a", 15, "list"),
        ("attribute:x == 'a", 15, "never closed"),
        ("agentVersion exists", 13, "does not take exists"),
        ("runningTasksCount in [1]", 18, "does not take in"),
        ("agentConnected > true", 15, "does not take >"),
        ("runningTasksCount == many", 21, "not a number"),
        ("registeredAt > yesterday", 15, "not a date"),
        ("agentVersion > new", 15, "not a version"),
        ("attribute:x =~ *", 15, "cannot be read"),
        ("attribute:x exists and", 22, "too early"),
        ("attribute:x == and", 15, "expected a value"),
    ],
)
def test_points_at_the_bad_character(expression: str, position: int, problem: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(expression)
    assert (caught.value.position, problem in caught.value.problem) == (position, True)
    assert str(caught.value).splitlines()[-1] == "  " + " " * position + "^"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("task:group == a", None),
        ("not task:group == a", None),
        ("task:group == a or attribute:stack == prod", True),
        ("task:group == a and attribute:stack == dev", False),
        ("task:group == a and attribute:stack == prod", None),
        ("agentVersion > 1.0.0", None),
    ],
)
def test_what_was_not_read_is_neither_true_nor_false(expression: str, expected: bool | None) -> None:
    assert parse(expression).evaluate(Queried(attributes={"stack": "prod"})) is expected


def test_and_binds_tighter_than_or() -> None:
    term = parse("attribute:a exists")
    assert isinstance(term, Term)
    match parse("attribute:a exists or attribute:a exists and not attribute:a exists"):
        case Or((first, And((second, Not(third))))):
            assert first == second == third == term
        case other:
            pytest.fail(f"parsed as {other}")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("attribute:a exists", False),
        ("attribute:a exists or not (task:group == a)", True),
        ("runningTasksCount < 3 and attribute:a exists", True),
    ],
)
def test_knows_whether_placing_changes_the_answer(expression: str, expected: bool) -> None:
    assert asks_of_tasks(parse(expression)) is expected


@given(st.text(alphabet="ab:=!~<>()[]&|' ,ntosrd.*1", max_size=40))
def test_any_text_is_an_expression_or_a_query_error(text: str) -> None:
    position = 0
    try:
        parse(text)
    except QueryError as error:
        position = error.position
    assert 0 <= position <= len(text)
