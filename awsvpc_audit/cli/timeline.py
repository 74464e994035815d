"""`awsvpc-audit timeline`: what happened, and what was changed before it broke."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, Format, OutputOptions, with_options

_SPAN = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@with_options
def timeline(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")],
    account: AccountOptions,
    output: OutputOptions,
    since: Annotated[
        str, typer.Option("--since", metavar="SPAN", help="How far to look back: 90m, 3h, 2d, or a time (RFC 3339).")
    ] = "3h",
) -> int:
    """List events, stopped tasks, deployments, scaling and network changes in order: what changed before it broke."""
    from awsvpc_audit.analyzers.timeline import newest, timeline_of
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import context_of
    from awsvpc_audit.cli._output import destinations, publish
    from awsvpc_audit.report.document import encode
    from awsvpc_audit.report.timeline_table import render

    where = destinations(output, (Format.TABLE, Format.JSON))
    now = datetime.now(UTC)
    begin: datetime | None = begin_of(since, now)
    read = read_account(account, cluster, changes_since=begin)
    context = context_of(read, cluster, account)
    until = read.collection.finished_at
    if account.from_ is not None:
        # A span ends when the snapshot was made, or else with the newest thing in it.
        until = until or newest(context.cluster)
        begin = begin_of(since, until) if until is not None else None
    found = timeline_of(context.cluster, since=begin, until=until)
    hint = "" if account.from_ is not None else "`awsvpc-audit iam-policy` prints what must be allowed."
    writers = {
        "json": lambda document, _options: encode(document).decode(),
        "table": lambda document, options: render(
            document, width=options.width, colour=options.colour, missing_hint=hint
        ),
    }
    publish(found, where, writers)
    return 0


def begin_of(since: str, now: datetime) -> datetime:
    """When a span begins.

    Args:
        since: `90m`, `3h`, `2d`, or a time.
        now: where it ends.

    Raises:
        UsageError: neither.
    """
    from awsvpc_audit.errors import UsageError

    match = _SPAN.fullmatch(since.strip().lower())
    try:
        if match is not None:
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        begin = datetime.fromisoformat(since.strip())
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f'--since "{since}" is no span: give 90m, 3h, 2d, or a time as 2026-11-23T21:00:00Z'
        ) from error
    return begin.replace(tzinfo=UTC) if begin.tzinfo is None else begin
