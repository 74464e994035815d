"""Why somebody is in trouble: symptoms and ranked causes."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from awsvpc_audit.findings.finding import Record, Remediation, ResourceRef


class SymptomSeen(Record, frozen=True, kw_only=True):
    """What ECS said: one symptom code with the newest text, when it was said last and first, and how often.

    Attributes:
        of: how many tasks of the subject ECS still knows, stopped and live: `count` of them failed so. Null where the
            count is not one of stopped tasks, or where not all tasks were read.
        where: what at least three failed tasks have in common, and all of them, while the subject uses several: `all on
            i-0abc`, `all in subnet-0bb (us-east-1b)`, `all in us-east-1b`.
    """

    code: str
    text: str
    at: datetime | None = None
    count: int = 1
    first_at: datetime | None = None
    of: int | None = None
    where: str | None = None


class TaskCounts(Record, frozen=True, kw_only=True):
    """How many tasks a subject wants and has."""

    desired: int
    running: int
    pending: int


class SubjectRef(Record, frozen=True, kw_only=True):
    """Who is diagnosed: a service, a stopped standalone task (by family) or a launcher."""

    type: Literal["service", "task", "launcher"]
    id: str
    cluster: str


class Confidence(StrEnum):
    """How much the data proves: see the contract, section 3."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return list(Confidence).index(self)


class Cause(Record, frozen=True, kw_only=True):
    """A cause of a subject's trouble.

    Attributes:
        follows_from: the check of the cause, listed before, that this one only follows from; null where it stands for
            itself.
    """

    check_id: str
    resource: ResourceRef
    confidence: Confidence
    explanation: str
    fix: Remediation
    follows_from: str | None = None


class Cleared(Record, frozen=True, kw_only=True):
    """A cause that was ruled out."""

    check_id: str
    detail: str


class Diagnosis(Record, frozen=True, kw_only=True):
    """Why one subject is in trouble. The first cause is what on-call acts on."""

    subject: SubjectRef
    state: TaskCounts
    symptoms: tuple[SymptomSeen, ...] = ()
    causes: tuple[Cause, ...] = ()
    cleared: tuple[Cleared, ...] = ()
    unknown: tuple[str, ...] = ()
