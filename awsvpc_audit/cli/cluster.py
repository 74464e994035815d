"""`awsvpc-audit cluster`: the main job."""

from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, OutputOptions, VerdictOptions, with_options


@with_options
def cluster(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")],
    account: AccountOptions,
    output: OutputOptions,
    verdict: VerdictOptions,
    service: Annotated[
        list[str] | None, typer.Option("--service", metavar="SERVICE", help="Only this service; may be repeated.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut, and what passed.")] = False,
) -> int:
    """Collect, check and diagnose one cluster."""
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import Judged, context_of, exit_code, warn
    from awsvpc_audit.cli._output import destinations, needs_pictures, publish
    from awsvpc_audit.report.writers import WRITERS

    where = destinations(output)
    judged = Judged.by(verdict)
    read = read_account(account, cluster)
    context = context_of(read, cluster, account, tuple(service or ()))
    result = judged.audit(context, read.collection, pictures=needs_pictures(where))
    warn(result, account)
    publish(result, where, WRITERS, show_all=all_, strict=verdict.strict)
    return exit_code(result, verdict)
