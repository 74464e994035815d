import csv
import io
import itertools
import json
import random
import unicodedata
import xml.etree.ElementTree as ET
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import pytest
from markdown_it import MarkdownIt

from awsvpc_audit.audit import run_checks
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.findings import AuditResult
from awsvpc_audit.report.junit import OWN as OF_THE_RUN
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.writers import WRITERS
from tests.golden_files import Golden
from tests.report.reports import compared, hostile_report, whole_report
from tests.report.results import HOSTILE, an_audit, hostile, in_trouble
from tests.world import World, healthy

SUFFIX = {
    "table": "txt",
    "markdown": "md",
    "html": "html",
    "csv": "csv",
    "junit": "xml",
    "sarif": "sarif",
    "ocsf": "ocsf.json",
    "json": "json",
}


def with_assets_named(page: str) -> str:
    """The page with its style and script, which it holds whole and allows by hash, by name: they are no golden text."""
    for name in ("style.css", "script.js"):
        asset = files("awsvpc_audit.report.html").joinpath(name).read_text(encoding="utf-8")
        digest = b64encode(sha256(asset.encode()).digest()).decode()
        assert page.count(f">{asset}</") == 1
        assert page.count(digest) == 1
        page = page.replace(asset, f"({name})").replace(digest, f"({name})")
    return page


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_everything_a_report_can_hold(name: str, golden: Golden) -> None:
    text = WRITERS[name](in_trouble(), RenderOptions())
    golden(f"in_trouble.{SUFFIX[name]}", with_assets_named(text) if name == "html" else text)


OWN = ("table", "markdown", "csv", "junit", "sarif")
"""Formats of which the comparison and the report have golden files: of the others the parts have tests of their own."""


@pytest.mark.parametrize("name", OWN)
def test_what_is_new_since_a_baseline(name: str, golden: Golden) -> None:
    golden(f"compared.{SUFFIX[name]}", WRITERS[name](compared(), RenderOptions()))


@pytest.mark.parametrize("name", OWN)
def test_a_report_over_many_clusters(name: str, golden: Golden) -> None:
    command = "awsvpc-audit report --all-clusters"
    golden(f"report.{SUFFIX[name]}", WRITERS[name](whole_report(), RenderOptions(command=command)))


@pytest.mark.parametrize("name", sorted(WRITERS))
@pytest.mark.parametrize("show_all", [False, True], ids=["short", "all"])
def test_every_format_says_what_is_of_the_whole_run(name: str, show_all: bool) -> None:
    text = " ".join(WRITERS[name](whole_report(), RenderOptions(all=show_all)).split())
    for said in ("gone", "ClusterNotFound", "ap-south-2", "the Region is not enabled", "the new one is ordered"):
        assert said in text
    for said in ("nat-old", "subnet-fixed", "subnet-unread") if show_all or name not in {"table", "html"} else ():
        assert said in text


@pytest.mark.parametrize("document", [hostile(), hostile_report()], ids=["audit", "report"])
@pytest.mark.parametrize("name", sorted(WRITERS))
def test_hostile_text_reaches_no_terminal(name: str, document: Document) -> None:
    text = WRITERS[name](document, RenderOptions(all=True))
    lines = text.replace("\r\n", "\n") if name == "csv" else text
    assert not {c for c in lines if c != "\n" and unicodedata.category(c) in {"Cc", "Cf"}}
    assert text.endswith("\n")


@pytest.mark.parametrize("name", ["table", "markdown", "csv"])
def test_a_hostile_name_starts_no_line_of_its_own(name: str) -> None:
    assert HOSTILE.splitlines()[-1][:5] == "@here"
    lines = WRITERS[name](hostile(), RenderOptions(all=True, width=120)).splitlines()
    assert not [line for line in lines if line.startswith(("@here", "=cmd"))]


def test_no_hostile_text_becomes_markup_in_markdown() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(WRITERS["markdown"](hostile(), RenderOptions(all=True)))
    inline = [child for token in tokens for child in token.children or ()]
    assert not {token.type for token in (*tokens, *inline)} & {"html_block", "html_inline", "image", "hr"}
    links = {token.attrGet("href") for token in inline if token.type == "link_open"}
    assert {str(link).split("/")[2] for link in links} == {"docs.aws.amazon.com"}
    fences = [token.content for token in tokens if token.type == "fence"]
    assert fences
    assert all(fence.startswith("aws ") and fence.count("\n") == 1 for fence in fences)


def test_no_hostile_cell_in_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(WRITERS["csv"](hostile(), RenderOptions(all=True)))))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd()" in {cell for row in rows for cell in row}


def test_hostile_junit_is_well_formed() -> None:
    root = ET.fromstring(WRITERS["junit"](hostile(), RenderOptions()))  # noqa: S314 - our own output
    failure = root.find(".//failure")
    assert failure is not None
    assert "<script>alert(1)</script>" in str(failure.get("message"))


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_format_tells_of_faults_unknowns_gaps_and_waivers(name: str) -> None:
    text = WRITERS[name](in_trouble(), RenderOptions())
    for said in ("NET006", "nat-0c3", "LBS003", "SVC007", "iam:SimulatePrincipalPolicy", "AccessDenied"):
        assert said in text
    assert "names are not used" in text


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_format_shows_what_passed_when_asked(name: str) -> None:
    assert "ENI001" in WRITERS[name](in_trouble(), RenderOptions(all=True))


def broken() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    world.subnet("subnet-b")["AvailableIpAddressCount"] = 0
    return world


def shuffled(seed: int) -> AuditResult:
    world = broken()
    for rows in world.rows.values():
        random.Random(seed).shuffle(rows)  # noqa: S311
    return world.audit()


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_the_same_account_gives_the_same_bytes_whatever_the_order_of_aws(name: str) -> None:
    options = RenderOptions(all=True)
    texts = {WRITERS[name](result, options) for result in (broken().audit(), *map(shuffled, range(3)))}
    assert len(texts) == 1


def test_findings_are_in_the_same_order_whatever_the_order_of_checks() -> None:
    context = broken().context()
    checks = list(itertools.islice(ALL_CHECKS, 10))
    assert run_checks(checks, context) == run_checks(reversed(checks), context)


def test_junit_counts_what_it_holds() -> None:
    for strict in (False, True):
        suite = ET.fromstring(WRITERS["junit"](in_trouble(), RenderOptions(strict=strict)))[0]  # noqa: S314
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == 6 + 3, "findings, and idle waivers"
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == 2
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped")) == (1 if strict else 2) + 3
        assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error")) == (1 if strict else 0)


def test_junit_of_a_report_has_a_suite_a_cluster_and_one_for_the_run() -> None:
    root = ET.fromstring(WRITERS["junit"](whole_report(), RenderOptions()))  # noqa: S314
    assert len(root) == len(whole_report().audits) + 1
    for total in ("tests", "failures", "errors"):
        assert int(root.attrib[total]) == sum(int(suite.attrib[total]) for suite in root)
    assert [case.get("name") for case in root[-1].iter("testcase") if case.find("error") is not None] == [
        "every cluster asked for is audited"
    ]


def test_junit_of_a_comparison_fails_for_what_is_new_alone() -> None:
    for strict in (False, True):
        suite = ET.fromstring(WRITERS["junit"](compared(), RenderOptions(strict=strict)))[0]  # noqa: S314
        outcomes = {
            str(case.get("name")).split()[-1]: [element.tag for element in case]
            for case in suite.iter("testcase")
            if case.get("classname") != OF_THE_RUN
        }
        assert outcomes == {
            "nat-new": ["failure"],
            "nat-old": ["skipped"],
            "subnet-fixed": [],
            "subnet-unread": ["error" if strict else "skipped"],
        }


def test_sarif_says_what_a_result_is_to_the_baseline() -> None:
    run = json.loads(WRITERS["sarif"](compared(), RenderOptions()))["runs"][0]
    assert [result["baselineState"] for result in run["results"]] == ["new", "unchanged", "absent"]
    told = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert "Failed in the baseline, cannot be told now: subnet-unread is broken" in told
    assert not [r for r in json.loads(WRITERS["sarif"](in_trouble(), RenderOptions()))["runs"][0]["results"]
                if "baselineState" in r]  # fmt: skip


def test_csv_says_what_a_row_is_to_the_baseline() -> None:
    rows = list(csv.DictReader(io.StringIO(WRITERS["csv"](compared(), RenderOptions()))))
    assert [(row["resource_id"], row["status"], row["baseline"]) for row in rows if row["check_id"] != "WAIVER"] == [
        ("nat-new", "fail", "new"),
        ("nat-old", "fail", "remaining"),
        ("subnet-fixed", "pass", "fixed"),
        ("subnet-unread", "unknown", "undetermined"),
    ]


def test_sarif_says_faults_as_results_and_gaps_as_notifications() -> None:
    run = json.loads(WRITERS["sarif"](in_trouble(), RenderOptions()))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [(r["ruleId"], r["level"], "suppressions" in r) for r in run["results"]] == [
        ("NET006", "error", False),
        ("LBS003", "error", False),
        ("DNS002", "note", True),
    ]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    assert [n["descriptor"]["id"] for n in notifications] == [
        "not-read",
        "unknown",
        "waiver-expired",
        "waiver-unmatched",
        "waiver-undetermined",
    ]
    assert rules[notifications[1]["associatedRule"]["index"]] == "SVC007"


def test_sarif_fingerprints_are_those_of_the_findings() -> None:
    result = in_trouble()
    run = json.loads(WRITERS["sarif"](result, RenderOptions(all=True)))["runs"][0]
    shown = [f.fingerprint for f in result.findings if f.status != "unknown"]
    assert [r["partialFingerprints"]["awsvpcAudit/v1"] for r in run["results"]] == shown
    assert [r["level"] for r in run["results"] if r["kind"] == "pass"] == ["none", "none"]


def test_sarif_locations_are_arns_and_files_of_a_snapshot() -> None:
    run = json.loads(WRITERS["sarif"](in_trouble(), RenderOptions()))["runs"][0]
    location = run["results"][0]["locations"][0]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "123456789012/us-east-1/nat_gateway/nat-0c3"
    artifact = location["physicalLocation"]["artifactLocation"]
    assert artifact["uri"] == "123456789012/us-east-1/ec2.DescribeNatGateways.json"
    assert artifact["uriBaseId"] in run["originalUriBaseIds"]


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_an_audit_that_found_nothing_is_a_whole_document(name: str) -> None:
    assert WRITERS[name](an_audit(), RenderOptions()).endswith("\n")
