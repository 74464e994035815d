import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.analyzers.capacity.pattern import Pattern, PatternError

_LEAVES = st.sampled_from(["a", "b", ".", r"\.", r"\d", r"\W", "[ab]", "[^a]", "[a-c]", "[]a]", "[a-]"])
_PATTERNS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join).map("({})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(pattern=_PATTERNS, text=st.text("abc.1-]", max_size=6))
def test_it_agrees_with_regular_expressions(pattern: str, text: str) -> None:
    assert Pattern(pattern).fullmatch(text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    "text", [r"g2.*", r"m5\.(large|xlarge)", r"^(c|m|r)[56]\..+$", r"us-east-1[a-c]", r"t[23]a?\..*"]
)
@pytest.mark.parametrize(
    "value", ["g2.2xlarge", "m5.large", "m5-large", "c6.metal", "us-east-1a", "us-east-1d", "t3a.nano"]
)
def test_what_people_write_means_what_it_means_elsewhere(text: str, value: str) -> None:
    assert Pattern(text).fullmatch(value) == (re.fullmatch(text, value) is not None)


@pytest.mark.parametrize(
    "text", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(a*)*b", ".*" * 40 + "b", "a?" * 60 + "a" * 60 + "b"]
)
def test_no_pattern_takes_long(text: str) -> None:
    begin = time.process_time()
    assert not Pattern(text).fullmatch("a" * 128)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(a", "missing )"),
        ("a)", "unbalanced"),
        ("[a", "ends too early"),
        ("a\\", "ends too early"),
        ("*a", "nothing to repeat"),
        ("a**", "multiple repeat"),
        ("a{3,2}", "min repeat"),
        ("[b-a]", "bad character range"),
        ("(?=a)", "not understood"),
        (r"(a)\1", "not understood"),
        ("a^b", "not understood"),
        ("(" * 5000, "too deeply"),
        ("((a{1000}){1000}){1000}", "too large"),
    ],
)
def test_what_it_does_not_understand_it_says(text: str, problem: str) -> None:
    with pytest.raises(PatternError, match=re.escape(problem)):
        Pattern(text)


def test_a_text_no_attribute_can_hold_matches_nothing() -> None:
    assert Pattern(".*").fullmatch("a" * 10_000)
    assert not Pattern(".*").fullmatch("a" * 10_001)
