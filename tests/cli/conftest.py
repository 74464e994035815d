"""The command line as a function: arguments in; exit code, stdout and stderr out."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from awsvpc_audit.cli.app import run
from awsvpc_audit.model.snapshot import save
from tests.world import World


@dataclass(frozen=True, slots=True)
class Said:
    """What one command said."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]
Stored = Callable[[World], Path]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield call
    root.setLevel(before[0])
    root.handlers[:] = before[1]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Save a world as a snapshot directory."""

    def store(world: World) -> Path:
        save(world.snapshot(), tmp_path / "stored")
        return tmp_path / "stored"

    return store
