"""Prints the accuracy of the diagnosis on the scenarios, and what it got wrong.

python -m tests.scenarios            print
python -m tests.scenarios --write    write the table into the README as well
"""

import sys
from pathlib import Path

from tests.scenarios.account import accounts
from tests.scenarios.accuracy import run, table
from tests.scenarios.catalogue import SCENARIOS

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- scenarios -->", "<!-- /scenarios -->"


def written(text: str, content: str) -> str:
    """A text with what stands between the markers replaced."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md has no {BEGIN} … {END}")
    return f"{head}{begin}\n{content}\n{end}{tail}"


def main(arguments: list[str]) -> int:
    """Run all scenarios; exit 1 where any answer is wrong."""
    with accounts() as healthy:
        outcomes = run(healthy)
    found = table(outcomes.values())
    sys.stdout.write(found + "\n")
    expected = {scenario.name: scenario.first for scenario in SCENARIOS}
    wrong = {name: each for name, each in outcomes.items() if each.place != 1 or each.false_alarms}
    for name, outcome in wrong.items():
        sys.stdout.write(
            f"\n{name}: expected {expected[name]}, said {list(outcome.said)}, false alarms {list(outcome.false_alarms)}"
        )
    if "--write" in arguments:
        README.write_text(written(README.read_text(encoding="utf-8"), found), encoding="utf-8")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
