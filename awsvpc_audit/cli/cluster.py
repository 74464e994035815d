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
    from awsvpc_audit.cli._audit import audit_cluster, exit_code
    from awsvpc_audit.cli._output import render_options, write
    from awsvpc_audit.report.writers import WRITERS

    read = read_account(account, cluster)
    result = audit_cluster(read, cluster, account, services=tuple(service or ()), waivers=verdict.waivers)
    options = render_options(output.output, show_all=all_, strict=verdict.strict)
    write(WRITERS[output.format.value](result, options), output.output)
    return exit_code(result, verdict)
