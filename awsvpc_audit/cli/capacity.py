"""`awsvpc-audit capacity`: task-ENI slots and how many tasks would place, now or in a what-if."""

from enum import StrEnum
from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, Format, OutputOptions, with_options


class Trunking(StrEnum):
    """What to assume of trunking."""

    ON = "on"
    OFF = "off"


@with_options
def capacity(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Name or ARN of the cluster.")],
    account: AccountOptions,
    output: OutputOptions,
    service: Annotated[
        list[str] | None, typer.Option("--service", metavar="SERVICE", help="Only this service; may be repeated.")
    ] = None,
    tasks: Annotated[
        int | None, typer.Option("--tasks", min=0, help="What if the services shown wanted this many tasks each.")
    ] = None,
    trunking: Annotated[
        Trunking | None,
        typer.Option("--trunking", help="What if trunking were on (or off) for every instance that supports it."),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add", metavar="TYPE:COUNT[@AZ]", help="What if there were these instances too; may be repeated."
        ),
    ] = None,
    lose_az: Annotated[
        str | None, typer.Option("--lose-az", metavar="AZ", help="What if this Availability Zone were lost.")
    ] = None,
    instance_type: Annotated[
        str | None,
        typer.Option("--instance-type", metavar="TYPE", help="What if every instance were replaced with this type."),
    ] = None,
) -> int:
    """Show task-ENI slots, and how many tasks would place: now or in a what-if. What-ifs combine."""
    from awsvpc_audit.analyzers.capacity.report import capacity_of
    from awsvpc_audit.analyzers.capacity.whatif import Addition, WhatIf, require_zone
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import context_of
    from awsvpc_audit.cli._output import destinations, publish
    from awsvpc_audit.report.capacity_table import render
    from awsvpc_audit.report.document import encode

    what_if = WhatIf(
        tasks=tasks,
        trunking=trunking.value if trunking else None,
        additions=tuple(Addition.parse(text) for text in add or ()),
        lost_zone=lose_az,
        instance_type=instance_type,
    )
    where = destinations(output, (Format.TABLE, Format.JSON))
    types = tuple(filter(None, (instance_type, *(addition.instance_type for addition in what_if.additions))))
    context = context_of(read_account(account, cluster, instance_types=types), cluster, account, tuple(service or ()))
    require_zone(lose_az, context.cluster)
    then = capacity_of(context.cluster, what_if, context.services)
    now = then if what_if.is_nothing else capacity_of(context.cluster, services=context.services)
    writers = {
        "json": lambda document, _options: encode(document).decode(),
        "table": lambda document, options: render(
            now,
            None if what_if.is_nothing else document,
            options.width,
            options.colour,
            change=what_if.in_words(),
        ),
    }
    publish(then, where, writers)
    return 0
