"""Agent versions are compared as numbers, not as text."""

import pytest

from awsvpc_audit.analyzers.versions import AgentVersion


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9.0", "1.15.0"),
        ("1.14.5", "1.15.0"),
        ("1.28.0", "1.28.1"),
        ("1.99.1", "1.100.0"),
        ("1.89.0", "2.0.0"),
        ("1.28", "1.28.1"),
    ],
)
def test_order_is_that_of_the_numbers(older: str, newer: str) -> None:
    first, second = AgentVersion.parse(older), AgentVersion.parse(newer)

    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize("text", ["1.15.0", "1.15.0-4", "v1.15.0", " 1.15.0 ", "1.15.0-dev"])
def test_a_suffix_or_prefix_changes_nothing(text: str) -> None:
    assert AgentVersion.parse(text) == AgentVersion(1, 15, 0)


@pytest.mark.parametrize("text", [None, "", "latest", "1", "x1.2.3", "1.2.3.4"])
def test_what_is_no_version_is_none(text: str | None) -> None:
    assert AgentVersion.parse(text) is None


def test_it_is_written_as_aws_writes_it() -> None:
    assert str(AgentVersion(1, 28, 1)) == "1.28.1"
