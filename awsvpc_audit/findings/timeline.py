"""What happened: `timeline --format json`."""

from datetime import datetime
from typing import Literal

from awsvpc_audit.findings.finding import Record


class TimelineEntry(Record, frozen=True, kw_only=True):
    """Something that happened, or that happened again and again.

    Attributes:
        at: when, or when first.
        kind: who says so: a service event, a stopped task, a deployment, an Auto Scaling activity, or CloudTrail, of a
            launch that AWS refused or of a change.
        subject: the service, task family, Auto Scaling group or resource that it is about.
        text: ECS's or the group's words whole; of a change the call and the resources it names.
        count: how often.
        until: when last; null where it happened once.
        symptom: its symptom code, where it is one.
        by: who made the call, as CloudTrail names them.
        resources: ids that a change names.
        is_failure: whether it is a failure.
        is_last_change: whether it is the last change before the first failure.
    """

    at: datetime | None
    kind: Literal["change", "event", "stopped", "deployment", "scaling", "launch"]
    subject: str
    text: str
    count: int = 1
    until: datetime | None = None
    symptom: str | None = None
    by: str | None = None
    resources: tuple[str, ...] = ()
    is_failure: bool = False
    is_last_change: bool = False


class Timeline(Record, frozen=True, kw_only=True):
    """What happened to a cluster's services, oldest first.

    Attributes:
        since, until: the span that was looked at.
        first_failure: when the first failure in it was.
        missing: operations that were not, or not wholly, read.
    """

    cluster: str
    since: datetime | None
    until: datetime | None
    first_failure: datetime | None
    entries: tuple[TimelineEntry, ...] = ()
    missing: tuple[str, ...] = ()
