"""The audit as JUnit XML, for CI: one test case a check and resource."""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from awsvpc_audit.findings import AuditResult, Finding, Status
from awsvpc_audit.report.document import in_utc
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import affected_names, outline, value_text, why_missing
from awsvpc_audit.report.text import clean, without_controls


def write_junit(result: AuditResult, options: RenderOptions) -> str:
    """The audit as one test suite.

    A failing finding is a failure, a waived one is skipped. An unknown one is skipped too, and with `options.strict`
    an error. What passes is always there: without it CI could not tell a check that passed from one that did not run.
    """
    return "\n".join(_lines(result, options)) + "\n"


def _lines(result: AuditResult, options: RenderOptions) -> Iterator[str]:
    counts, scope, collection = result.summary.findings, result.scope, result.collection
    cases = len(result.findings)
    errors = counts.unknown if options.strict else 0
    seconds = 0.0
    if collection.started_at and collection.finished_at:
        seconds = (collection.finished_at - collection.started_at).total_seconds()
    totals = {
        "name": f"{result.tool.name} {scope.cluster}",
        "tests": cases,
        "failures": counts.fail,
        "errors": errors,
        "time": f"{seconds:.3f}",
    }
    skipped = {"skipped": counts.waived + counts.unknown - errors}
    # Never the time of writing: the same snapshot gives the same bytes.
    read_at = collection.finished_at or collection.started_at
    # The schemas in use demand a time without an offset.
    when = {"timestamp": f"{in_utc(read_at):%Y-%m-%dT%H:%M:%S}"} if read_at else {}
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites{_attributes(totals)}>"
    yield f"  <testsuite{_attributes(totals | skipped | when | {'hostname': f'{scope.account}/{scope.region}'})}>"
    yield "    <properties>"
    properties = {
        "account": scope.account,
        "region": scope.region,
        "cluster": scope.cluster,
        "version": result.tool.version,
        "verdict": result.summary.verdict,
    }
    for name, value in properties.items():
        yield f"      <property{_attributes({'name': name, 'value': value})}/>"
    yield "    </properties>"
    for finding in result.findings:
        yield from _case(finding, options)
    yield f"    <system-out>{_text(outline(result).verdict)}</system-out>"
    gaps = "\n".join(_text(f"not read: {gap.operation}: {why_missing(gap)}") for gap in collection.missing)
    yield f"    <system-err>{gaps}</system-err>"
    yield "  </testsuite>"
    yield "</testsuites>"


def _case(finding: Finding, options: RenderOptions) -> Iterator[str]:
    attributes = {
        "classname": f"awsvpc-audit.{finding.check_id}",
        "name": f"{finding.check_id} {finding.resource.type} {finding.resource.id}",
        "time": "0",
    }
    case = f"    <testcase{_attributes(attributes)}"
    match finding.status:
        case Status.PASS:
            yield f"{case}/>"
        case Status.FAIL:
            outcome = {"message": finding.detail, "type": finding.severity.value}
            yield f"{case}>"
            yield f"      <failure{_attributes(outcome)}>{_body(finding)}</failure>"
            yield "    </testcase>"
        case Status.UNKNOWN:
            yield f"{case}>"
            if options.strict:
                outcome = {"message": finding.detail, "type": "unknown"}
                yield f"      <error{_attributes(outcome)}>{_body(finding)}</error>"
            else:
                yield f"      <skipped{_attributes({'message': f'unknown: {finding.detail}'})}/>"
            yield "    </testcase>"
        case Status.WAIVED:
            reason = finding.waiver.reason if finding.waiver else "no reason given"
            until = f" (until {finding.waiver.expires})" if finding.waiver and finding.waiver.expires else ""
            yield f"{case}>"
            yield f"      <skipped{_attributes({'message': f'waived: {reason}{until}'})}/>"
            yield "    </testcase>"


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
