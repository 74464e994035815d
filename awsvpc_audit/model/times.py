"""Times as AWS means them."""

from datetime import UTC, datetime


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC. AWS means UTC where it says no zone.

    Within a day of the calendar's ends, where no true answer lies, a zone other than UTC is ignored.
    """
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return at.replace(tzinfo=UTC)
