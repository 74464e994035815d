"""`awsvpc-audit watch`: audit again and again, and show what changed."""

from pathlib import Path
from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, FailOn, Format, with_options

SHORTEST = 5
"""Seconds between rounds, at least: a round is some dozens of calls, and AWS throttles an account's calls together."""


@with_options
def watch(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")],
    account: AccountOptions,
    service: Annotated[
        list[str] | None, typer.Option("--service", metavar="SERVICE", help="Only this service; may be repeated.")
    ] = None,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SECONDS", help=f"From start to start of rounds; {SHORTEST} or more.")
    ] = 60,
    rounds: Annotated[
        int | None,
        typer.Option("--rounds", metavar="N", min=1, help="Stop after so many rounds.", show_default="no end"),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option("--directory", metavar="DIR", help="Write the JSON report of each round here, named by its time."),
    ] = None,
    snapshots: Annotated[
        bool, typer.Option("--snapshots", help="Write a snapshot (.zip) of each round there, too.")
    ] = False,
    format_: Annotated[
        Format,
        typer.Option("--format", help="table, or json: one document a line for each round."),
    ] = Format.TABLE,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit 1 if findings of this severity or worse fail in the last round.")
    ] = FailOn.HIGH,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", metavar="FILE", help="TOML file of findings that are accepted.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Unknown counts as failing.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut.")] = False,
) -> int:
    """Audit a cluster again and again and show what changes, until --rounds or Ctrl-C."""
    from awsvpc_audit.cli._options import VerdictOptions
    from awsvpc_audit.cli._watching import Watching
    from awsvpc_audit.errors import UsageError

    if account.from_ is not None:
        raise UsageError("watch reads a live account: a snapshot does not change. `cluster --from` looks at one")
    if account.account is not None:
        raise UsageError("--account goes with --from: a live account is chosen by --profile or --role-arn")
    if not SHORTEST <= interval < float("inf"):
        raise UsageError(
            f"--interval {interval:g} is too short: {SHORTEST} seconds or more, or AWS throttles the whole account"
            if interval < SHORTEST
            else f"--interval {interval:g} is no number of seconds"
        )
    if format_ not in {Format.TABLE, Format.JSON}:
        raise UsageError(f"this is written as table or json, not as {format_.value}")
    if snapshots and directory is None:
        raise UsageError("--snapshots goes with --directory, which says where to write them")
    return Watching(
        cluster=cluster,
        services=tuple(service or ()),
        account=account,
        verdict=VerdictOptions(fail_on=fail_on, waivers=waivers, strict=strict),
        directory=directory,
        with_snapshots=snapshots,
        as_json=format_ is Format.JSON,
        show_all=all_,
    ).run(interval=interval, count=rounds)
