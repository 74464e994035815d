"""The writer of each format."""

from collections.abc import Callable

from awsvpc_audit.findings import AuditResult
from awsvpc_audit.report.csv import write_csv
from awsvpc_audit.report.document import write_json
from awsvpc_audit.report.junit import write_junit
from awsvpc_audit.report.markdown import write_markdown
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.sarif import write_sarif
from awsvpc_audit.report.table import render

Writer = Callable[[AuditResult, RenderOptions], str]
"""A pure function from a result to the whole document, ending with a line feed."""

WRITERS: dict[str, Writer] = {
    "table": render,
    "json": write_json,
    "markdown": write_markdown,
    "csv": write_csv,
    "junit": write_junit,
    "sarif": write_sarif,
}
