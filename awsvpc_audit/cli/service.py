"""`awsvpc-audit service` and `awsvpc-audit task`: one of them in depth."""

from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, OutputOptions, VerdictOptions, with_options


@with_options
def service(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="Name or ARN of the service.")],
    account: AccountOptions,
    output: OutputOptions,
    verdict: VerdictOptions,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut, and what passed.")] = False,
) -> int:
    """Show one service in depth: its diagnosis, what its tasks reach, its capacity."""
    from datetime import UTC, datetime

    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import context_of, exit_code
    from awsvpc_audit.cli._output import render_options, write
    from awsvpc_audit.config import Waivers, load_waivers
    from awsvpc_audit.in_depth import audit_service
    from awsvpc_audit.report.depth_table import render_service
    from awsvpc_audit.report.writers import WRITERS

    accepted = load_waivers(verdict.waivers) if verdict.waivers is not None else Waivers()
    read = read_account(account, cluster)
    context = context_of(read, cluster, account, (service,))
    today = datetime.now(UTC).date()
    result = audit_service(ALL_CHECKS, context, read.collection, waivers=accepted, today=today)
    options = render_options(output.output, show_all=all_, strict=verdict.strict)
    is_table = output.format.value == "table"
    write(render_service(result, options) if is_table else WRITERS[output.format.value](result, options), output.output)
    return exit_code(result, verdict)


@with_options
def task(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")],
    task: Annotated[str, typer.Argument(metavar="TASK", help="Id or ARN of the task, running or stopped.")],
    account: AccountOptions,
    output: OutputOptions,
    verdict: VerdictOptions,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut, and what passed.")] = False,
) -> int:
    """Show one task in depth: why it stopped, or what it can reach."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import context_of, exit_code
    from awsvpc_audit.cli._output import render_options, write
    from awsvpc_audit.config import Waivers, load_waivers
    from awsvpc_audit.in_depth import audit_task, find_task, service_of
    from awsvpc_audit.report.depth_table import render_task
    from awsvpc_audit.report.writers import WRITERS

    accepted = load_waivers(verdict.waivers) if verdict.waivers is not None else Waivers()
    read = read_account(account, cluster)
    context = context_of(read, cluster, account)
    found = find_task(context, task)
    name = service_of(found, context)
    if name is not None:
        context = replace(context, services=frozenset({name}))
    today = datetime.now(UTC).date()
    result = audit_task(ALL_CHECKS, context, read.collection, found, waivers=accepted, today=today)
    options = render_options(output.output, show_all=all_, strict=verdict.strict)
    is_table = output.format.value == "table"
    write(render_task(result, options) if is_table else WRITERS[output.format.value](result, options), output.output)
    return exit_code(result, verdict)
