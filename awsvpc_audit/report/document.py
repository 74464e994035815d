"""The JSON document of the contract."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from awsvpc_audit.findings import AuditResult, Collection, Diagnosis, Record, Status
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.text import json_safe


def document(result: AuditResult, *, include_passed: bool = False) -> bytes:
    """An audit as JSON. The same result gives the same bytes.

    Args:
        result: the audit, with everything that passed.
        include_passed: whether findings that pass are written; the summary counts them either way.

    Returns:
        UTF-8, ending with a line feed, valid against `report.schema.json`.
    """
    findings = result.findings
    if not include_passed:
        findings = tuple(finding for finding in findings if finding.status is not Status.PASS)
    return encode(
        msgspec.structs.replace(
            result,
            collection=_collection(result.collection),
            diagnoses=tuple(_in_utc(diagnosis) for diagnosis in result.diagnoses),
            findings=findings,
        )
    )


def encode(record: Any) -> bytes:
    """Any record of a document (`Capacity`, `PathDocument` …) as JSON, laid out like the audit's."""
    # "deterministic" sorts the keys of objects that are keyed by names, and leaves the members of records in order.
    text = msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=2).decode()
    return (json_safe(text) + "\n").encode()


def write_json(result: AuditResult, options: RenderOptions) -> str:
    """The document as text, for the table of writers."""
    return document(result, include_passed=options.all).decode()


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC. A time without an offset is AWS's own, hence UTC already."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


class _Gap(Record, frozen=True, kw_only=True):
    """A `Missing` with every member written: a manifest leaves out what is empty, the document does not."""

    operation: str
    error: str
    message: str
    resources: tuple[str, ...]
    because: tuple[str, ...]


def _collection(collection: Collection) -> Collection:
    gaps = sorted(collection.missing, key=lambda gap: (gap.operation, gap.error, gap.resources, gap.message))
    return msgspec.structs.replace(
        collection,
        started_at=collection.started_at and in_utc(collection.started_at),
        finished_at=collection.finished_at and in_utc(collection.finished_at),
        missing=tuple(_Gap(**msgspec.structs.asdict(gap)) for gap in gaps),
    )


def _in_utc(diagnosis: Diagnosis) -> Diagnosis:
    symptoms = tuple(
        msgspec.structs.replace(
            symptom,
            at=symptom.at and in_utc(symptom.at),
            first_at=symptom.first_at and in_utc(symptom.first_at),
        )
        for symptom in diagnosis.symptoms
    )
    return msgspec.structs.replace(diagnosis, symptoms=symptoms)
