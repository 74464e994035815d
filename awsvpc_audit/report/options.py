"""What a writer is given."""

from dataclasses import dataclass
from datetime import datetime

from awsvpc_audit.findings import AuditResult, Report

Document = AuditResult | Report
"""One cluster, or many."""


def audits_of(document: Document) -> tuple[AuditResult, ...]:
    """The audits that a document is made of."""
    return document.audits if isinstance(document, Report) else (document,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How to show a result. What does not apply to a format is ignored by it.

    Attributes:
        width: columns of the terminal; text is laid out for at least 60 and at most 120.
        colour: whether colours may be used; they repeat what the words say.
        all: whether to show what passed too, and to cut no list.
        now: the time of rendering, for a result that does not say when its state was read.
        strict: whether *unknown* counts as failing.
        command: the command line that made the result, to name in hints; made of the result where empty.
    """

    width: int = 80
    colour: bool = False
    all: bool = False
    now: datetime | None = None
    strict: bool = False
    command: str = ""
