from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.analyzers.capacity.cluster_query import (
    MAX_DEPTH,
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
        # Equal is the text; numbers are ordered as numbers, anything else as text.
        ("attribute:rank == 10.0", False),
        ("attribute:rank in [9, 10]", True),
        ("attribute:rank > 9", True),
        ("attribute:rank >= 10.0", True),
        ("attribute:rank < 10.5", True),
        ("attribute:rank > -11", True),
        ("attribute:rank > 9th", False),
        ("attribute:stack > dev", True),
        ("attribute:stack <= 9", False),
        # Values and patterns in either quotation mark, with what they could not hold without one.
        ("attribute:note == 'two words'", True),
        ('attribute:note == "two words"', True),
        ("attribute:note in ['two words', one]", True),
        ("attribute:note =~ 'two .*'", True),
        ('attribute:note =~ "two .*"', True),
        # Bare patterns: a bracket of theirs is not one of the expression around them.
        ("attribute:ecs.instance-type =~ (g2|g3)\\.(2|8)xlarge", True),
        ("(attribute:stack =~ ((d|p)r)od)", True),
        ("attribute:stack !~ (d|t).*", True),
        ("(attribute:stack =~ \\(?prod)", True),
        ("(attribute:stack =~ prod\\)?)", True),
        ("not (attribute:stack =~ p.* and attribute:stack !~ .*d)", True),
        ("registeredAt < 2018-06-19", True),
        ("registeredAt == 2018-06-18T22:28:28Z", True),
        ("registeredAt >= 2018-06-18T22:28:29", False),
        ("registeredAt == 2018-06-19T00:28:28+02:00", True),
        ("registeredAt < 2018-06-18T23:28:28+01:00", False),
        # An attribute that is not there has no value, so it is unequal to any.
        ("attribute:none == x", False),
        ("attribute:none != x", True),
        # One that has a name only is there, and has the empty text as its value.
        ("attribute:ssd == ''", True),
        ("attribute:ssd != yes", True),
        ("agentConnected in [false]", False),
        ("agentConnected != false", True),
        ("ec2InstanceId =~ i-a.*", True),
        ("ec2InstanceId not_in [i-wxyx7890]", True),
        ("task:group in [databases, caches]", True),
        ("task:group =~ service:.*", True),
        ("task:group !~ family:.*", True),
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


SUBJECTS = "expected attribute:NAME, task:group, agentVersion …"


@pytest.mark.parametrize(
    ("expression", "position", "problem"),
    [
        ("", 0, f"the expression ends too early: {SUBJECTS}"),
        ("attribute:x exists and", 22, f"the expression ends too early: {SUBJECTS}"),
        ("attribute:x exists or )", 22, f'")" is no subject: {SUBJECTS}'),
        ("atribute:x == y", 0, f'"atribute:x" is no subject: {SUBJECTS}'),
        ("attribute", 0, f'"attribute" is no subject: {SUBJECTS}'),
        ("attribute: == y", 10, "an attribute name has 1 to 128 letters, digits and - _ . / \\"),
        ("attribute:x ~ y", 12, "expected an operator after attribute:x"),
        ("attribute:a!b == y", 11, "expected an operator after attribute:a"),
        ("attribute:x  is y", 13, "expected an operator after attribute:x"),
        ("agentVersion exists", 13, "agentVersion does not take exists"),
        ("runningTasksCount in [1]", 18, "runningTasksCount does not take in"),
        ("agentConnected > true", 15, "agentConnected does not take >"),
        ("attribute:x ==", 14, "expected a value"),
        ("attribute:x == and", 15, 'expected a value, not "and"'),
        ("attribute:x in [a, or]", 19, 'expected a value, not "or"'),
        ("attribute:x in []", 16, "expected a value"),
        ("attribute:x == 'a", 15, "the quotation mark is never closed"),
        ("attribute:x =~ 'a", 15, "the quotation mark is never closed"),
        ("attribute:x in a", 15, 'expected a list: "["'),
        ("attribute:x in [a b]", 18, 'expected "," or "]"'),
        ("attribute:x in [a, b ", 15, '"[" is never closed'),
        ("runningTasksCount == many", 21, '"many" is not a number'),
        ("registeredAt > yesterday", 15, '"yesterday" is not a date'),
        ("registeredAt >  'yesterday'", 16, '"yesterday" is not a date'),
        ("agentVersion > new", 15, '"new" is not a version'),
        ("attribute:x =~ ", 15, "expected a pattern"),
        ("(attribute:x =~ )", 16, "expected a pattern"),
        ("attribute:x =~ *", 15, "the pattern cannot be read: no argument for repetition operator: *"),
        (
            "attribute:x =~ '*' and attribute:y exists",
            15,
            "the pattern cannot be read: no argument for repetition operator: *",
        ),
        ("attribute:x =~ a\\", 15, "the pattern cannot be read: trailing \\"),
        ("(attribute:x exists", 0, '"(" is never closed'),
        ("((attribute:x exists) attribute:y exists)", 22, '"(" is never closed'),
        ("attribute:x exists)", 18, '")" is too much: expected "and", "or" or the end'),
    ],
)
def test_points_at_the_bad_character(expression: str, position: int, problem: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(expression)
    assert (caught.value.position, caught.value.problem) == (position, problem)
    assert str(caught.value).splitlines()[-1] == "  " + " " * position + "^"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("task:group == a", None),
        ("not task:group == a", None),
        ("task:group == a or attribute:stack == prod", True),
        ("task:group == a and attribute:stack == dev", False),
        ("task:group == a and attribute:stack == prod", None),
        ("task:group == a or attribute:stack == dev", None),
        ("attribute:stack == test or attribute:stack == dev", False),
        ("agentVersion > 1.0.0", None),
        ("agentConnected != true", None),
        ("ec2InstanceId == None", None),
        ("registeredAt > 2018-06-18", None),
        ("runningTasksCount < 1", None),
        # An instance has the attributes that it lists: one that is not there was not left out.
        ("attribute:rank exists", False),
    ],
)
def test_what_was_not_read_is_neither_true_nor_false(expression: str, expected: bool | None) -> None:
    assert parse(expression).evaluate(Queried(attributes={"stack": "prod"})) is expected


def test_shows_the_expression_with_the_character_that_it_counts_from_one() -> None:
    with pytest.raises(QueryError) as caught:
        parse("attribute:x =~ (prod")
    assert str(caught.value) == (
        "the pattern cannot be read: missing ): (prod at character 16\n  attribute:x =~ (prod\n                 ^"
    )


def test_a_pattern_that_cannot_be_read_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(QueryError):
        parse("attribute:x =~ (prod")
    assert capfd.readouterr() == ("", "")


def test_nests_as_deep_as_anybody_may_write_and_no_deeper() -> None:
    around = MAX_DEPTH - 1
    assert parse("(" * around + "attribute:stack == prod" + ")" * around).evaluate(INSTANCE) is True
    with pytest.raises(QueryError, match="nested more than 50 deep") as caught:
        parse("!" * MAX_DEPTH + "attribute:stack == prod")
    assert caught.value.position == MAX_DEPTH
    with pytest.raises(QueryError, match="nested more than 50 deep"):
        parse("(attribute:stack == prod and " * MAX_DEPTH + "attribute:stack == prod" + ")" * MAX_DEPTH)


def test_a_long_expression_is_not_a_deep_one() -> None:
    expression = " and ".join(["(attribute:stack == prod)"] * (2 * MAX_DEPTH))
    assert parse(expression).evaluate(INSTANCE) is True


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("registeredAt < 2018-06-18T22:28:29Z", True), ("registeredAt != 2018-06-18T22:28:28Z", False)],
)
def test_a_time_of_registration_without_a_zone_is_in_utc(expression: str, expected: bool) -> None:
    instance = Queried(attributes={}, registered_at=datetime(2018, 6, 18, 22, 28, 28))  # noqa: DTZ001 - the point of it
    assert parse(expression).evaluate(instance) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("attribute:a not_exists", ("attribute:a", "!exists", ())),
        ("attribute:a not_in [b, 'c d']", ("attribute:a", "!in", ("b", "c d"))),
        ("attribute:a not_matches b.*", ("attribute:a", "!~", ("b.*",))),
        ("runningTasksCount less_than_equal 3", ("runningTasksCount", "<=", ("3",))),
    ],
)
def test_a_term_is_the_same_by_sign_and_by_name(expression: str, expected: tuple[str, str, tuple[str, ...]]) -> None:
    term = parse(expression)
    assert isinstance(term, Term)
    assert (term.subject, term.operator, term.arguments) == expected


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
