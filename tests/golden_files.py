"""Golden files: what a writer said last time, reviewed like code."""

from collections.abc import Callable
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"

Golden = Callable[[str, str], None]
"""`golden(name, text)`: the text equals the file of that name; with `--update-golden` it becomes the file."""


def compare(name: str, text: str, *, update: bool) -> None:
    path = GOLDEN / name
    if update:
        path.write_bytes(text.encode())
    assert path.exists(), f"no golden file {name}: run pytest --update-golden and review it"
    assert text == path.read_bytes().decode(), f"{name} differs: pytest --update-golden writes it anew"
