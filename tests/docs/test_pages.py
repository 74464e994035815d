"""Pages written by hand: their links lead somewhere, and their code runs."""

import re
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.audit import run_checks
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.triage import triage_guide
from awsvpc_audit.facts.messages import UNCLASSIFIED, messages
from awsvpc_audit.findings import Status
from tests.world import healthy

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "benchmarks/README.md", *sorted((ROOT / "docs").glob("*.md"))]


def anchors(markdown: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(<?([^)\s>]+)", text):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


def test_every_page_is_in_the_overview() -> None:
    overview = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert not {name for name in pages if f"({name})" not in overview}


def test_the_check_of_the_contributors_guide_works() -> None:
    guide = (ROOT / "docs/contributing.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    defined: dict[str, Any] = {}
    exec(code, defined)  # noqa: S102 - our own page
    check = defined["tiny_subnet"]
    assert isinstance(check, Check)
    assert check.id not in {each.id for each in ALL_CHECKS}
    world = healthy()
    assert {finding.status for finding in run_checks([check], world.context())} == {Status.PASS}
    subnet = world.subnet("subnet-a")
    subnet["CidrBlock"] = "10.0.11.0/28"
    (fault,) = [finding for finding in run_checks([check], world.context()) if finding.status is Status.FAIL]
    assert fault.resource.id == subnet["SubnetId"]
    assert fault.remediation.commands == (f"aws ec2 describe-subnets --subnet-ids {subnet['SubnetId']}",)
    (unknown,) = run_checks([check], healthy().deny("ec2:DescribeSubnets").context())[:1]
    assert unknown.status is Status.UNKNOWN


def test_the_triage_guide_has_every_text_that_is_a_symptom() -> None:
    guide = triage_guide(ALL_CHECKS)
    plain = re.sub(r"\\(.)", r"\1", guide)
    for message in messages():
        if message.code not in {None, UNCLASSIFIED}:
            assert f"> {message.sample[:300]}" in plain, message.id
            assert f"### `{message.code}`" in guide


def test_the_triage_guide_sends_a_time_out_to_no_permission() -> None:
    guide = triage_guide(ALL_CHECKS)
    (row,) = [line for line in guide.splitlines() if line.startswith("| Post ")]
    assert "END002" in row
    assert "SVC007" not in row
