"""Options and fixtures of the whole suite."""

import pytest

from tests.golden_files import Golden, compare


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a file of tests/golden."""
    update = bool(request.config.getoption("--update-golden"))
    return lambda name, text: compare(name, text, update=update)
