"""Each format, held to its standard by a validator that knows nothing of us."""

import csv
import functools
import importlib.resources
import io
import json
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import html5lib
import jsonschema
import pytest
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from sarif_kit import validation_errors

from awsvpc_audit.report.ocsf import VERSION
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.sarif import SCHEMA as SARIF_SCHEMA
from awsvpc_audit.report.schema import packaged_schema
from awsvpc_audit.report.writers import WRITERS
from tests.report.reports import documents, from_a_world, whole_report
from tests.report.results import in_trouble

ALL = RenderOptions(all=True)
JENKINS = Path(__file__).parent / "schemas/junit-10.xsd"
"""The schema of Jenkins's xUnit plugin, under its MIT licence: no package that tests can import ships one."""

every_document = pytest.mark.parametrize("document", documents().values(), ids=documents())


def written(name: str, document: Document, options: RenderOptions = ALL) -> str:
    return WRITERS[name](document, options)


# JSON: against our own schema, by an independent validator of schemas.


def json_errors(document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(
        json.loads(packaged_schema()), format_checker=jsonschema.FormatChecker()
    )
    return [error.message for error in validator.iter_errors(document)]


def test_our_schema_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(packaged_schema()))


@every_document
def test_json_is_what_our_schema_says(document: Document) -> None:
    assert json_errors(json.loads(written("json", document))) == []


def test_json_with_a_status_that_is_none_is_refused() -> None:
    document = json.loads(written("json", in_trouble()))
    document["findings"][0]["status"] = "broken"
    assert json_errors(document)


# SARIF: against the schema of OASIS, which a package of validators ships unchanged.


def test_the_sarif_schema_is_that_of_oasis() -> None:
    shipped = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json")
    schema = json.loads(shipped.read_text(encoding="utf-8"))
    assert schema["id"] == SARIF_SCHEMA
    jsonschema.Draft4Validator.check_schema(schema)


@every_document
def test_sarif_is_what_its_schema_says(document: Document) -> None:
    assert validation_errors(json.loads(written("sarif", document))) == []


@every_document
def test_sarif_keeps_the_rules_that_its_schema_cannot_say(document: Document) -> None:
    for run in json.loads(written("sarif", document))["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(rules) == len(set(rules))
        for result in run["results"]:
            # 3.27.10: a level other than "none" belongs to a result of kind "fail" alone.
            assert result["kind"] == "fail" or result["level"] == "none"
            # 3.27.6: the index is that of the rule with the same id.
            assert rules[result["ruleIndex"]] == result["ruleId"]
        for notification in run["invocations"][0]["toolExecutionNotifications"]:
            rule = notification.get("associatedRule")
            assert rule is None or rules[rule["index"]] == rule["id"]


def test_sarif_rules_carry_their_controls() -> None:
    (run,) = json.loads(written("sarif", from_a_world()))["runs"]
    rules = {rule["id"]: rule["properties"] for rule in run["tool"]["driver"]["rules"]}
    assert rules["SUB001"]["controls"] == ["wellarchitected/REL02-BP03"]
    assert "wellarchitected/REL02-BP03" in rules["SUB001"]["tags"]
    assert rules["NET006"]["controls"] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("runs", 0, "results", 0, "level"), "bad", id="a level that there is not"),
        pytest.param(("runs", 0, "invented"), 1, id="a property that there is not"),
        pytest.param(("runs", 0, "tool"), {}, id="a tool without a driver"),
        pytest.param(("version",), "2.0.0", id="another version"),
    ],
)
def test_sarif_that_is_none_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    document = json.loads(written("sarif", in_trouble()))
    replace(document, path, value)
    assert validation_errors(document)


def replace(document: Any, path: tuple[str | int, ...], value: Any) -> None:
    *way, last = path
    for step in way:
        document = document[step]
    document[last] = value


# OCSF: against the standard's own definitions; what they do not define is refused.


@functools.cache
def compliance_finding() -> jsonschema.Draft202012Validator:
    schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=VERSION))
    return jsonschema.Draft202012Validator(schemas.get_class_schema("compliance_finding", ["cloud"]))


def ocsf_errors(events: list[Any]) -> list[str]:
    assert isinstance(events, list)
    errors = (error for event in events for error in compliance_finding().iter_errors(event))
    return [f"{error.json_path}: {error.message}" for error in errors]


@every_document
def test_ocsf_events_are_compliance_findings(document: Document) -> None:
    assert ocsf_errors(json.loads(written("ocsf", document))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param((0, "severity_id"), 7, id="a severity that there is not"),
        pytest.param((0, "invented"), 1, id="an attribute that there is not"),
        pytest.param((0, "time"), "2026-11-22", id="a time in words"),
        pytest.param((0, "finding_info"), {"title": "no uid"}, id="a finding without an id"),
        pytest.param((0, "resources", 0), {"type": "subnet"}, id="a resource without a name"),
        pytest.param((0, "cloud"), {"region": "us-east-1"}, id="a cloud without a provider"),
    ],
)
def test_ocsf_that_is_none_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    events = json.loads(written("ocsf", in_trouble()))
    replace(events, path, value)
    assert ocsf_errors(events)


# JUnit: there is no standard; the schema that Jenkins reads by, and a parser that is no test runner's own.


@every_document
@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
def test_junit_is_what_jenkins_reads(document: Document, strict: bool) -> None:
    text = written("junit", document, RenderOptions(strict=strict))
    assert [error.reason for error in xmlschema.XMLSchema(JENKINS).iter_errors(text)] == []


@every_document
def test_junit_counts_what_a_parser_finds_in_it(document: Document) -> None:
    for suite in JUnitXml.fromstring(written("junit", document).encode()):
        outcomes = [outcome for case in suite for outcome in case.result]
        assert suite.tests == len(list(suite))
        assert suite.failures == sum(isinstance(outcome, Failure) for outcome in outcomes)
        assert suite.errors == sum(isinstance(outcome, Error) for outcome in outcomes)
        assert suite.skipped == sum(isinstance(outcome, Skipped) for outcome in outcomes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("testcase", "case", id="an element that there is not"),
        pytest.param(" tests=", " test=", id="a suite without its count"),
    ],
)
def test_junit_that_is_none_is_refused(old: str, new: str) -> None:
    assert not xmlschema.XMLSchema(JENKINS).is_valid(written("junit", in_trouble()).replace(old, new))


# CSV: the grammar of RFC 4180, section 2, with what RFC 7111 allows beyond ASCII; and a strict reader.

FIELD = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
RECORD = re.compile(rf"{FIELD}(?:,{FIELD})*\r\n")


def records(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        record = RECORD.match(text, at)
        assert record, f"no record at {text[at : at + 60]!r}"
        found.append(record[0])
        at = record.end()
    return found


@every_document
def test_csv_is_what_rfc_4180_says(document: Document) -> None:
    text = written("csv", document)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len(records(text)) == len(rows)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(set(rows[0])) == len(rows[0])


@pytest.mark.parametrize("text", ['a,b"c\r\n', "a,b\n", 'a,"b\r\n', 'a,"b"c\r\n', "a,b"])
def test_csv_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AssertionError, match="no record"):
        records(text)


def test_csv_names_the_controls_of_a_finding() -> None:
    rows = csv.DictReader(io.StringIO(written("csv", from_a_world()), newline=""))
    found = {row["check_id"]: row["controls"] for row in rows}
    assert found["SUB001"] == "wellarchitected/REL02-BP03"
    assert found["NET006"] == ""


# Markdown: CommonMark has no wrong text, so what is held is that every table row is read as one, with all its cells.


@every_document
def test_markdown_tables_are_tables(document: Document) -> None:
    text = written("markdown", document)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    tables = [range(*token.map) for token in tokens if token.type == "table_open" and token.map]
    code = [range(*token.map) for token in tokens if token.type in {"fence", "code_block"} and token.map]
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("|") and not any(number in block for block in code):
            assert any(number in table for table in tables), line
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", lines[number])) for number in table}
        assert len(cells) == 1, lines[table.start]


# HTML: a parser that follows the HTML standard and names each parse error; and what no parser minds.

REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns")


class Attributes(HTMLParser):
    """Each element's attributes as written, which a tree has no two of one name of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))


def html_errors(text: str) -> list[Any]:
    parser = html5lib.HTMLParser()
    parser.parse(text)
    return list(parser.errors)


@every_document
def test_html_has_no_parse_error(document: Document) -> None:
    assert html_errors(written("html", document)) == []


@every_document
def test_html_attributes_are_single_and_lead_somewhere(document: Document) -> None:
    elements = Attributes(written("html", document)).elements
    for tag, attributes in elements:
        assert len({name for name, _ in attributes}) == len(attributes), tag
    ids = [value for _, attributes in elements for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        for name, value in attributes:
            if name in REFERENCES:
                assert set((value or "").split()) <= set(ids)
            if name == "href" and (value or "").startswith("#"):
                assert (value or "")[1:] in ids


@every_document
def test_html_times_are_times(document: Document) -> None:
    times = [dict(attributes) for tag, attributes in Attributes(written("html", document)).elements if tag == "time"]
    for attributes in times:
        assert datetime.fromisoformat(attributes["datetime"] or "").utcoffset() is not None


@pytest.mark.parametrize(
    "text",
    [
        "<p>no doctype",
        "<!doctype html><p></b>",
        "<!doctype html><table><p></table>",
        '<!doctype html><p a="1" a="2">',
        "<!doctype html><p>&unheard-of;</p>",
    ],
)
def test_html_that_is_none_is_refused(text: str) -> None:
    assert html_errors(text)


def test_every_format_but_the_terminals_has_a_validator_here() -> None:
    assert set(WRITERS) == {"table", "json", "markdown", "html", "csv", "junit", "sarif", "ocsf"}
    assert all(written(name, whole_report()).endswith("\n") for name in WRITERS)
