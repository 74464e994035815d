"""Patterns in placement constraints, which anybody who can write a service can choose."""

import re
import time

import pytest

from awsvpc_audit.analyzers.capacity.cluster_query import Queried, QueryError, parse


def matches(pattern: str, value: str) -> bool | None:
    return parse(f"attribute:stack =~ {pattern}").evaluate(Queried(attributes={"stack": value}))


@pytest.mark.parametrize(
    "text", [r"g2.*", r"m5\.(large|xlarge)", r"^(c|m|r)[56]\..+$", r"us-east-1[a-c]", r"t[23]a?\..*"]
)
@pytest.mark.parametrize(
    "value", ["g2.2xlarge", "m5.large", "m5-large", "c6.metal", "us-east-1a", "us-east-1d", "t3a.nano"]
)
def test_what_people_write_means_what_it_means_elsewhere(text: str, value: str) -> None:
    assert matches(text, value) == (re.fullmatch(text, value) is not None)


@pytest.mark.parametrize(
    "text", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(a*)*b", ".*" * 40 + "b", "a?" * 60 + "a" * 60 + "b"]
)
def test_no_pattern_takes_long(text: str) -> None:
    begin = time.process_time()
    assert matches(text, "a" * 128) is False
    assert time.process_time() - begin < 2


def test_no_number_of_groups_takes_long() -> None:
    begin = time.process_time()
    assert matches("(a)?" * 3000, "a" * 128) is True
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("text", ["(a", "[a", "a\\", "*a", "[b-a]", "(?=a)", r"(a)\1", "((a{1000}){1000}){1000}"])
def test_what_cannot_be_matched_is_refused_with_the_pattern_shown(text: str) -> None:
    with pytest.raises(QueryError, match="the pattern cannot be read"):
        parse(f"attribute:stack =~ {text}")
