"""The JSON document of the contract."""

from typing import Any

import msgspec

from awsvpc_audit.findings import AuditResult, Collection, Diagnosis, Record, Report, Status
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.options import Document, RenderOptions
from awsvpc_audit.report.text import json_safe


def document_of(result: Document, *, include_passed: bool = False) -> bytes:
    """An audit, or a report over many, as JSON. The same result gives the same bytes.

    Args:
        result: the audit or report, with everything that passed.
        include_passed: whether findings that pass are written; the summary counts them either way.

    Returns:
        UTF-8, ending with a line feed, valid against `report.schema.json`.
    """
    if isinstance(result, Report):
        return encode(
            msgspec.structs.replace(
                result,
                started_at=result.started_at and in_utc(result.started_at),
                finished_at=result.finished_at and in_utc(result.finished_at),
                audits=tuple(_written(audit, include_passed=include_passed) for audit in result.audits),
            )
        )
    return encode(_written(result, include_passed=include_passed))


def _written(result: AuditResult, *, include_passed: bool) -> AuditResult:
    findings, baseline = result.findings, result.baseline
    if not include_passed:
        findings = tuple(finding for finding in findings if finding.status is not Status.PASS)
    if baseline is not None:
        baseline = msgspec.structs.replace(
            baseline,
            created_at=baseline.created_at and in_utc(baseline.created_at),
            diagnoses=tuple(_in_utc(diagnosis) for diagnosis in baseline.diagnoses),
        )
    return msgspec.structs.replace(
        result,
        collection=_collection(result.collection),
        diagnoses=tuple(_in_utc(diagnosis) for diagnosis in result.diagnoses),
        findings=findings,
        baseline=baseline,
    )


def encode(record: Any) -> bytes:
    """Any record of a document (`Capacity`, `PathDocument` …) as JSON, laid out like the audit's."""
    # "deterministic" sorts the keys of objects that are keyed by names, and leaves the members of records in order.
    text = msgspec.json.format(msgspec.json.encode(record, order="deterministic"), indent=2).decode()
    return (json_safe(text) + "\n").encode()


def write_json(document: Document, options: RenderOptions) -> str:
    """The document as text, for the table of writers."""
    return document_of(document, include_passed=options.all).decode()


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
