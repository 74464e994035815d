"""`awsvpc-audit snapshot`: record the AWS responses for offline work."""

from pathlib import Path
from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, with_options


@with_options
def snapshot(
    account: AccountOptions,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="PATH", help="Directory, or a file that ends in .zip.")
    ],
    cluster: Annotated[str | None, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every cluster of the Region.")] = False,
) -> int:
    """Record the AWS responses for offline work: `--from PATH` reads them again.

    With what CloudTrail tells of the network changes of the last 24 hours, for `timeline --from PATH`.
    """
    from datetime import UTC, datetime

    from awsvpc_audit.cli._account import collect_live, configure_logging, redacted_copy
    from awsvpc_audit.collectors.cloudtrail import CHANGES_LOOK_BACK
    from awsvpc_audit.errors import UsageError
    from awsvpc_audit.model.snapshot import save

    if (cluster is None) == (not all_):
        raise UsageError("name a cluster, or pass --all for every cluster of the Region")
    configure_logging(account)
    if account.from_ is not None:
        save(redacted_copy(account, cluster), output)
        return 0
    since = datetime.now(UTC) - CHANGES_LOOK_BACK
    collected = collect_live(account, *([cluster] if cluster else []), changes_since=since)
    save(collected.snapshot, output)
    scope = collected.snapshot.scopes[0]
    missing = sorted({each.operation for each in scope.missing})
    if not account.quiet:
        typer.echo(
            f"{output}: {len(scope.clusters)} {'cluster' if len(scope.clusters) == 1 else 'clusters'}, "
            f"{len(scope.responses) + len(scope.global_responses)} answers, {collected.collection.api_calls} calls"
            + (f"; not read: {', '.join(missing)}" if missing else ""),
            err=True,
        )
    return 0
