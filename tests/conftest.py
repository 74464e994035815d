"""Options and fixtures of the whole suite."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from awsvpc_audit.demo.account import build
from awsvpc_audit.demo.emulator import Emulator, emulator
from awsvpc_audit.model.snapshot import save
from tests.emulator_faults import FaultyAws, faulty
from tests.golden_files import Golden, compare
from tests.world import healthy

# Machines are shared and noisy: no test fails for the time that an example takes.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")

NOW = datetime(2026, 11, 23, 23, 14, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with a file of tests/golden."""
    update = bool(request.config.getoption("--update-golden"))
    return lambda name, text: compare(name, text, update=update)


@pytest.fixture(scope="session", autouse=True)
def no_real_aws() -> Iterator[None]:
    """No test can reach a real account, whatever the developer's environment holds; and none waits for retries."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def emulated() -> Iterator[Emulator]:
    """An empty emulated account. Not together with `demo_account`: there is one emulator in a process."""
    with emulator() as running:
        yield running


@pytest.fixture(scope="module")
def demo_account() -> Iterator[FaultyAws]:
    """The sample account behind a proxy that a test may make faulty; built once for a module."""
    with emulator() as running:
        build(running, NOW)
        with faulty(running.endpoint_url) as aws:
            aws.remember = True
            yield aws


@pytest.fixture
def aws(demo_account: FaultyAws) -> Iterator[FaultyAws]:
    """`demo_account` with no faults and nothing counted."""
    demo_account.heal()
    yield demo_account
    demo_account.heal()


@pytest.fixture
def healthy_snapshot(tmp_path: Path) -> Path:
    """A snapshot directory of an account with nothing wrong in it."""
    save(healthy().snapshot(), tmp_path / "healthy")
    return tmp_path / "healthy"
