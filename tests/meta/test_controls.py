"""What holds for the well-known controls: each is used, each is its owner's, and nothing else is named."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.catalogue import as_json
from awsvpc_audit.checks.page import page_of
from awsvpc_audit.docgen import control_reference
from awsvpc_audit.facts.controls import CONTROLS, FSBP, RELATED, WELL_ARCHITECTED, Control
from tests.world import finding, healthy

NUMBERS = {
    WELL_ARCHITECTED: re.compile(r"wellarchitected/(OPS|SEC|REL|PERF|COST|SUS)\d\d-BP\d\d"),
    FSBP: re.compile(r"fsbp/[A-Za-z0-9]+\.\d+"),
}
PILLARS = {"REL": "reliability-pillar", "COST": "cost-optimization-pillar"}
BY_ID = {check.id: check for check in ALL_CHECKS}

every_control = pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda control: control.id)
mapped = pytest.mark.parametrize("check", [c for c in ALL_CHECKS if c.controls], ids=lambda check: check.id)


@mapped
def test_a_check_names_controls_that_there_are_and_each_once(check: Check[Any]) -> None:
    assert set(check.controls) <= set(CONTROLS)
    assert len(set(check.controls)) == len(check.controls)


@every_control
def test_a_control_has_a_check_that_speaks_to_it(control: Control) -> None:
    assert [check.id for check in ALL_CHECKS if control.id in check.controls]


def test_what_only_looks_related_is_no_control_of_a_check() -> None:
    assert not set(RELATED) & set(CONTROLS)
    assert not {control for check in ALL_CHECKS for control in check.controls} & set(RELATED)


@pytest.mark.parametrize("why", RELATED.values(), ids=RELATED)
def test_why_a_control_only_looks_related_is_told_of_checks_that_there_are(why: str) -> None:
    assert set(re.findall(r"\b[A-Z][A-Z0-9]{2}\d{3}\b", why)) <= set(BY_ID)
    assert why.endswith(".")


@every_control
def test_a_control_is_numbered_and_published_by_its_owner(control: Control) -> None:
    assert NUMBERS[control.framework].fullmatch(control.id)
    url = urlsplit(control.url)
    assert (url.scheme, url.netloc) == ("https", "docs.aws.amazon.com")
    if control.framework == WELL_ARCHITECTED:
        pillar, question = re.match(r"([A-Z]+)(\d\d)-BP", control.number).groups()  # type: ignore[union-attr]
        assert f"/latest/{PILLARS[pillar]}/" in url.path
        assert f"{pillar} {int(question)}. How " in control.part
    else:
        assert url.path == "/securityhub/latest/userguide/ec2-controls.html"
        assert url.fragment == control.number.lower().replace(".", "-")
    assert control.title
    assert not control.title.endswith(".")


@mapped
def test_a_page_names_the_controls_and_where_they_stand(check: Check[Any]) -> None:
    page = page_of(check)
    for control in (CONTROLS[identity] for identity in check.controls):
        assert f"{control.number}: {control.title}" in page
        assert control.url in page


def test_a_page_of_a_check_without_controls_has_no_such_section() -> None:
    assert BY_ID["NET006"].controls == ()
    assert "Controls" not in page_of(BY_ID["NET006"])


def test_the_catalogue_for_programs_has_the_controls() -> None:
    listed = {check["id"]: check["controls"] for check in json.loads(as_json(ALL_CHECKS))}
    assert listed["SUB001"] == ["wellarchitected/REL02-BP03"]
    assert listed["END009"] == ["wellarchitected/COST08-BP02", "fsbp/EC2.55", "fsbp/EC2.56"]
    assert listed["NET006"] == []


def test_the_page_of_controls_lists_each_with_its_checks() -> None:
    rows = [line for line in control_reference(ALL_CHECKS).splitlines() if line.startswith("| [")]
    assert len(rows) == len(CONTROLS)
    (nat,) = [row for row in rows if "COST08-BP02" in row]
    assert "[NET014](checks/NET014.md)" in nat
    assert "[END009](checks/END009.md)" in nat
    assert "SUB001" not in nat


def test_a_finding_carries_the_controls_of_its_check() -> None:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    assert finding(world.audit(), "SUB001", "subnet-a").controls == ("wellarchitected/REL02-BP03",)
