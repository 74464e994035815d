"""Which clusters there are in a Region: asked before a whole Region is read for nothing."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from awsvpc_audit.collectors.failures import error_code, error_message, fatal_reason
from awsvpc_audit.collectors.session import Session
from awsvpc_audit.errors import CollectError

_FAILURES = (BotoCoreError, ClientError, ResponseParserError, AttributeError, LookupError, TypeError)
"""What botocore raises; the last three where a body is valid and of another shape."""

MOST_AT_ONCE = 100
"""Clusters of one `ecs:DescribeClusters`, by its API reference."""


def all_clusters(session: Session) -> tuple[str, ...]:
    """The ARNs of the clusters of the Region.

    Raises:
        CollectError: they cannot be listed.
    """
    try:
        pages = session.client("ecs").get_paginator("list_clusters").paginate()
        return tuple(arn for page in pages for arn in page["clusterArns"])
    except _FAILURES as error:
        raise CollectError(_why("ecs:ListClusters", error)) from error


def those_there(session: Session, wanted: Iterable[str]) -> tuple[str, ...] | None:
    """The ARNs of those clusters that there are.

    Args:
        session: whose account and which Region.
        wanted: names or ARNs.

    Returns:
        ``None`` where nobody may say, and an audit may be worth having all the same.

    Raises:
        CollectError: nothing can be read there at all.
    """
    there: list[str] = []
    try:
        distinct = list(dict.fromkeys(wanted))
        for first in range(0, len(distinct), MOST_AT_ONCE):
            some = distinct[first : first + MOST_AT_ONCE]
            answer: Any = session.client("ecs").describe_clusters(clusters=some)
            there += [each["clusterArn"] for each in answer["clusters"] if each.get("status") != "INACTIVE"]
    except _FAILURES as error:
        reason = fatal_reason(error)
        # Where somebody is there, other calls may fare better.
        if reason is not None and not isinstance(error, ReadTimeoutError | ConnectionClosedError):
            raise CollectError(reason) from error
        return None
    return tuple(there)


def _why(operation: str, error: Exception) -> str:
    return fatal_reason(error) or (
        f"nothing could be read: {operation} failed ({error_code(error)}): {error_message(error)}. "
        "`awsvpc-audit iam-policy` prints what must be allowed"
    )
