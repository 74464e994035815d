"""The account with faults of every area, behind the proxy: built once for a module."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from awsvpc_audit.demo.emulator import REGION, emulator
from tests.cli.conftest import Command, command
from tests.conftest import NOW
from tests.emulator_faults import FaultyAws, faulty
from tests.reliability.account import answer_what_the_emulator_does_not_know, build_all
from tests.reliability.comparing import Document

__all__ = ["command"]


@dataclass
class Broken:
    """The account.

    Attributes:
        aws: the proxy before it.
        kept: the document with nothing broken, once it was made.
    """

    aws: FaultyAws
    kept: Document | None = None


@pytest.fixture(scope="module")
def broken_account() -> Iterator[Broken]:
    with emulator() as running:
        ids = build_all(running, NOW)
        with faulty(running.endpoint_url) as aws:
            aws.remember = True
            answer_what_the_emulator_does_not_know(aws, ids, NOW)
            yield Broken(aws)


@pytest.fixture
def aws(broken_account: Broken) -> Iterator[FaultyAws]:
    """The account with nothing broken between it and the program, and nothing counted."""
    broken_account.aws.heal()
    yield broken_account.aws
    broken_account.aws.heal()


Audit = Callable[..., tuple[int, Document]]


@pytest.fixture
def audit(command: Command, aws: FaultyAws) -> Audit:
    """Run `cluster prod` with these options; gives exit code and document."""

    def run(*options: str) -> tuple[int, Document]:
        account = ("--region", REGION, "--endpoint-url", aws.endpoint_url)
        said = command("cluster", "prod", *account, "--format", "json", "--all", *options)
        assert "Traceback" not in said.err
        assert said.out, said.err
        return said.code, json.loads(said.out)

    return run


@pytest.fixture
def whole(audit: Audit, broken_account: Broken) -> Document:
    """The document of the account with nothing broken."""
    if broken_account.kept is None:
        broken_account.kept = audit()[1]
        broken_account.aws.forget()
    return broken_account.kept
