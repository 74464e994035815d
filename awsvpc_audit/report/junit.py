"""The audit as JUnit XML, for CI: one test case a check and resource."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from awsvpc_audit.findings import AuditResult, Finding, NotAudited, Report, Status
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.notices import (
    baseline_counts,
    compared_findings,
    idle_waivers,
    in_numbers,
    not_audited_place,
    report_verdict,
    since,
    waiver_name,
    waiver_state,
)
from awsvpc_audit.report.options import Document, RenderOptions, audits_of
from awsvpc_audit.report.outline import affected_names, outline, value_text, why_missing
from awsvpc_audit.report.text import clean, counted, without_controls

OWN = "awsvpc-audit.run"
"""The class name of test cases that are about the run and no check."""


def write_junit(document: Document, options: RenderOptions) -> str:
    """The audits as test suites, one a cluster; of a report one more, for what is of no one cluster.

    A failing finding is a failure, a waived one is skipped. An unknown one is skipped too, and with `options.strict`
    an error; so is one that failed in the baseline and cannot be told now. What passes is always there: without it CI
    could not tell a check that passed from one that did not run. With a baseline what remains of it is skipped, and
    what is fixed passes. What was not audited is an error; a waiver that accepts nothing is skipped.
    """
    return "\n".join(_lines(document, options)) + "\n"


def _lines(document: Document, options: RenderOptions) -> Iterator[str]:
    suites = [_suite(result, options) for result in audits_of(document)]
    name = f"{document.tool.name} report"
    if isinstance(document, Report):
        suites.append(_suite_of_report(document))
    else:
        name = f"{document.tool.name} {document.scope.cluster}"
    totals = {
        "name": name,
        "tests": sum(suite.cases.tests for suite in suites),
        "failures": sum(suite.cases.failures for suite in suites),
        "errors": sum(suite.cases.errors for suite in suites),
        "time": f"{max((suite.seconds for suite in suites), default=0.0):.3f}",
    }
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites{_attributes(totals)}>"
    for suite in suites:
        yield from suite.lines()
    yield "</testsuites>"


class _Cases:
    """Test cases, counted as they are written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tests = self.failures = self.errors = self.skipped = 0

    def add(self, class_name: str, name: str, outcome: str = "") -> None:
        """One test case; the outcome is the element that says so, none for a pass."""
        self.tests += 1
        self.failures += outcome.startswith("<failure")
        self.errors += outcome.startswith("<error")
        self.skipped += outcome.startswith("<skipped")
        case = f"    <testcase{_attributes({'classname': class_name, 'name': name, 'time': '0'})}"
        if outcome:
            self.lines += [f"{case}>", f"      {outcome}", "    </testcase>"]
        else:
            self.lines.append(f"{case}/>")

    def add_waivers(self, document: Document) -> None:
        """One for each waiver that accepts nothing."""
        for use in idle_waivers(document):
            self.add(OWN, f"{use.state} waiver {waiver_name(use)}", _skipped(f"{waiver_state(use)} ({use.reason})"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suite:
    name: str
    host: str
    cases: _Cases
    properties: Mapping[str, str]
    seconds: float
    read_at: datetime | None
    out: str
    err: Sequence[str]

    def lines(self) -> Iterator[str]:
        """The element."""
        counts = {
            "name": self.name,
            "tests": self.cases.tests,
            "failures": self.cases.failures,
            "errors": self.cases.errors,
            "time": f"{self.seconds:.3f}",
            "skipped": self.cases.skipped,
        }
        # Never the time of writing: the same snapshot gives the same bytes. The schemas demand it without an offset.
        when = {"timestamp": f"{in_utc(self.read_at):%Y-%m-%dT%H:%M:%S}"} if self.read_at else {}
        yield f"  <testsuite{_attributes(counts | when | {'hostname': self.host})}>"
        yield "    <properties>"
        for name, value in self.properties.items():
            yield f"      <property{_attributes({'name': name, 'value': value})}/>"
        yield "    </properties>"
        yield from self.cases.lines
        yield f"    <system-out>{_text(self.out)}</system-out>"
        err = "\n".join(map(_text, self.err))
        yield f"    <system-err>{err}</system-err>"
        yield "  </testsuite>"


def _suite(result: AuditResult, options: RenderOptions) -> _Suite:
    scope, collection = result.scope, result.collection
    cases = _Cases()
    for finding in result.findings:
        cases.add(*_named(finding), _outcome(finding, options))
    for said, finding in compared_findings(result):
        cases.add(*_named(finding), _outcome_of(said, finding, options))
    cases.add_waivers(result)
    counts = baseline_counts(result)
    properties = {
        "account": scope.account,
        "region": scope.region,
        "cluster": scope.cluster,
        "version": result.tool.version,
        "verdict": result.summary.verdict,
    }
    if counts is not None and result.baseline is not None:
        properties["baseline"] = f"{in_numbers(counts)} {since(result.baseline)}"
    return _Suite(
        name=f"{result.tool.name} {scope.cluster}",
        host=f"{scope.account}/{scope.region}",
        cases=cases,
        properties=properties,
        seconds=_seconds(collection.started_at, collection.finished_at),
        read_at=collection.finished_at or collection.started_at,
        out=outline(result).verdict,
        err=[f"not read: {gap.operation}: {why_missing(gap)}" for gap in collection.missing],
    )


def _suite_of_report(report: Report) -> _Suite:
    cases = _Cases()
    cases.add(OWN, "every cluster asked for is audited", _error(report.not_audited))
    cases.add_waivers(report)
    properties = {
        "version": report.tool.version,
        "verdict": report.summary.verdict,
        "clusters": str(len(report.scopes)),
    }
    if report.baseline is not None:
        properties["baseline"] = in_numbers(report.baseline)
    return _Suite(
        name=f"{report.tool.name} report",
        host=", ".join(dict.fromkeys(f"{scope.account}/{scope.region}" for scope in report.scopes)),
        cases=cases,
        properties=properties,
        seconds=_seconds(report.started_at, report.finished_at),
        read_at=report.finished_at or report.started_at,
        out=report_verdict(report),
        err=[f"not audited: {not_audited_place(each)}: {each.error}" for each in report.not_audited],
    )


def _seconds(started: datetime | None, finished: datetime | None) -> float:
    return (finished - started).total_seconds() if started and finished else 0.0


def _named(finding: Finding) -> tuple[str, str]:
    name = f"{finding.check_id} {finding.resource.type} {finding.resource.id}"
    return f"awsvpc-audit.{finding.check_id}", name


def _outcome(finding: Finding, options: RenderOptions) -> str:
    match finding.status:
        case Status.PASS:
            return ""
        case Status.FAIL:
            said = {"message": finding.detail, "type": finding.severity.value}
            return f"<failure{_attributes(said)}>{_body(finding)}</failure>"
        case Status.UNKNOWN:
            return _unknown(finding, f"unknown: {finding.detail}", options)
        case Status.WAIVED:
            reason = finding.waiver.reason if finding.waiver else "no reason given"
            until = f" (until {finding.waiver.expires})" if finding.waiver and finding.waiver.expires else ""
            return _skipped(f"waived: {reason}{until}")


def _outcome_of(said: str, finding: Finding, options: RenderOptions) -> str:
    """The outcome of what the baseline had."""
    match said:
        case "remaining":
            return _skipped(f"in the baseline and still failing: {finding.detail}")
        case "undetermined":
            return _unknown(finding, f"in the baseline and unknown now: {finding.detail}", options)
        case _:
            return ""


def _unknown(finding: Finding, text: str, options: RenderOptions) -> str:
    if not options.strict:
        return _skipped(text)
    return f"<error{_attributes({'message': finding.detail, 'type': 'unknown'})}>{_body(finding)}</error>"


def _skipped(message: str) -> str:
    return f"<skipped{_attributes({'message': message})}/>"


def _error(not_audited: Sequence[NotAudited]) -> str:
    if not not_audited:
        return ""
    said = {"message": f"{counted(len(not_audited), 'place')} not audited", "type": "not-audited"}
    body = "\n".join(_text(f"{not_audited_place(each)}: {each.error}") for each in not_audited)
    return f"<error{_attributes(said)}>{body}</error>"


def _body(finding: Finding) -> str:
    lines = [finding.title, finding.detail]
    if finding.affected:
        lines.append(f"affects: {affected_names(finding)}")
    lines += [f"proof: {e.operation} {e.resource} {e.field} = {value_text(e.value)}" for e in finding.evidence]
    lines.append(f"fix: {finding.remediation.text}")
    commands = [escape(f"  {without_controls(command)}") for command in finding.remediation.commands]
    return "\n".join([*map(_text, lines), *commands, _text(finding.doc_url)])


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(clean(str(value)))}" for name, value in values.items())


def _text(text: str) -> str:
    return escape(clean(text))
