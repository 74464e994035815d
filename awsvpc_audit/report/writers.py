"""The writer of each format."""

from collections.abc import Callable

from awsvpc_audit.report.csv import write_csv
from awsvpc_audit.report.document import write_json
from awsvpc_audit.report.html.page import write_html
from awsvpc_audit.report.junit import write_junit
from awsvpc_audit.report.ocsf import write_ocsf
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.report_markdown import write_markdown
from awsvpc_audit.report.report_table import render_document
from awsvpc_audit.report.sarif import write_sarif

Writer = Callable[[Document, RenderOptions], str]
"""A pure function from an audit, or a report over many, to the whole text, ending with a line feed."""

WRITERS: dict[str, Writer] = {
    "table": render_document,
    "json": write_json,
    "markdown": write_markdown,
    "html": write_html,
    "csv": write_csv,
    "junit": write_junit,
    "sarif": write_sarif,
    "ocsf": write_ocsf,
}
