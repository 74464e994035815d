"""AWS CloudTrail shapes. Field names are AWS's in snake_case."""

from datetime import datetime

from awsvpc_audit.model.ec2 import Shape


class EventResource(Shape, frozen=True, kw_only=True):
    resource_type: str | None = None
    resource_name: str | None = None


class Event(Shape, frozen=True, kw_only=True):
    """One recorded API call. `cloud_trail_event` is a text in JSON; a snapshot holds of it what names who and what."""

    event_id: str | None = None
    event_name: str | None = None
    event_source: str | None = None
    event_time: datetime | None = None
    username: str | None = None
    resources: tuple[EventResource, ...] = ()
    cloud_trail_event: str | None = None
