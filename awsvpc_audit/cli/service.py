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
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import Judged, context_of, exit_code, warn
    from awsvpc_audit.cli._output import destinations, publish
    from awsvpc_audit.in_depth import audit_service
    from awsvpc_audit.report.depth_table import render_service
    from awsvpc_audit.report.writers import WRITERS

    where = destinations(output)
    judged = Judged.by(verdict)
    read = read_account(account, cluster)
    context = context_of(read, cluster, account, (service,))
    result = audit_service(ALL_CHECKS, context, read.collection, waivers=judged.waivers, today=judged.today)
    result = judged.narrowed(result, context.services)
    warn(result, account)
    publish(result, where, {**WRITERS, "table": render_service}, show_all=all_, strict=verdict.strict)
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

    from awsvpc_audit.analyzers.workloads import family_of
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import Judged, context_of, exit_code, warn
    from awsvpc_audit.cli._output import destinations, publish
    from awsvpc_audit.in_depth import audit_task, find_task, service_of
    from awsvpc_audit.report.depth_table import render_task
    from awsvpc_audit.report.writers import WRITERS

    where = destinations(output)
    judged = Judged.by(verdict)
    read = read_account(account, cluster)
    context = context_of(read, cluster, account)
    found = find_task(context, task)
    name = service_of(found, context)
    if name is not None:
        context = replace(context, services=frozenset({name}))
    result = audit_task(ALL_CHECKS, context, read.collection, found, waivers=judged.waivers, today=judged.today)
    result = judged.narrowed(result, context.services or {family_of(found) or found.task_id})
    warn(result, account)
    publish(result, where, {**WRITERS, "table": render_task}, show_all=all_, strict=verdict.strict)
    return exit_code(result, verdict)
