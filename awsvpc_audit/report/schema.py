"""The JSON Schema of every document, derived from the records of `findings`."""

import inspect
import re
from datetime import datetime
from importlib import resources
from typing import Any, get_args

import msgspec

from awsvpc_audit import findings
from awsvpc_audit.findings import (
    SCHEMA_VERSION,
    AuditResult,
    Capacity,
    PathDocument,
    Report,
    ServiceAudit,
    SnapshotDiff,
    TaskAudit,
    Timeline,
    WatchRound,
)
from awsvpc_audit.model.gaps import Missing

DOCUMENTS = (AuditResult, Report, ServiceAudit, TaskAudit, Capacity, PathDocument, Timeline, SnapshotDiff, WatchRound)
"""The records that are a whole document, of the commands with `--format json`."""
FILE_NAME = "report.schema.json"

_MEMBER = re.compile(r"(?m)^ {4}(\w+): ((?:.+)(?:\n {5,}.+)*)")


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12: any of the documents, with every record under `$defs`.

    Every member is required, since the documents write them all; further members are allowed, since the contract
    adds some in time.
    """
    references, definitions = msgspec.json.schema_components(DOCUMENTS, ref_template="#/$defs/{name}")
    for record in _records():
        if record.__name__ in definitions:
            _complete(definitions[record.__name__], record)
    for audit in (AuditResult, Report, ServiceAudit, TaskAudit, SnapshotDiff, WatchRound):
        definitions[audit.__name__]["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "awsvpc-audit documents",
        "description": "What awsvpc-audit writes with --format json: an audit, a capacity report or a path trace.",
        "anyOf": list(references),
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as the file of the package holds it."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def packaged_schema() -> str:
    """The file of the package."""
    return resources.files("awsvpc_audit.report").joinpath(FILE_NAME).read_text(encoding="utf-8")


def _records() -> list[type[msgspec.Struct]]:
    defined = [value for value in vars(findings).values() if isinstance(value, type)]
    return [value for value in (*defined, Missing) if issubclass(value, msgspec.Struct)]


def _complete(definition: dict[str, Any], record: type[msgspec.Struct]) -> None:
    """Add what msgspec leaves out: members with a default are written too, times have a format, words explain."""
    properties = definition["properties"]
    definition["required"] = list(properties)
    for name, member in _described(definition).items():
        properties[name]["description"] = member
    for field in msgspec.structs.fields(record):
        member = properties[field.encode_name]
        member.pop("default", None)
        if datetime in get_args(field.type):
            member["anyOf"] = [{"type": "string", "format": "date-time"}, {"type": "null"}]


def _described(definition: dict[str, Any]) -> dict[str, str]:
    """Split the docstring: its prose stays with the record, its `Attributes:` go to the members."""
    prose, _, attributes = inspect.cleandoc(definition.get("description", "")).partition("\nAttributes:\n")
    definition["description"] = " ".join(prose.split())
    return {
        name: " ".join(text.split()) for name, text in _MEMBER.findall(attributes) if name in definition["properties"]
    }
