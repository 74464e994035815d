"""`awsvpc-audit demo`: the main job on an embedded sample account."""

from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, OutputOptions, VerdictOptions, with_options


@with_options
def demo(
    output: OutputOptions,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut, and what passed.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on stderr.")] = False,
) -> int:
    """Run the main job on an embedded sample account: no AWS, no credentials."""
    from datetime import UTC, datetime

    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import Judged, context_of
    from awsvpc_audit.cli._output import destinations, needs_pictures, publish
    from awsvpc_audit.errors import UsageError
    from awsvpc_audit.report.writers import WRITERS

    try:
        from awsvpc_audit.demo.account import CLUSTER, build
        from awsvpc_audit.demo.emulator import REGION, emulator
    except ImportError as error:
        raise UsageError(
            f"the demo needs the embedded AWS emulator ({error.name}): pip install 'awsvpc-audit[demo]'"
        ) from error

    where = destinations(output)
    now = datetime.now(UTC)
    with emulator() as emulated:
        build(emulated, now)
        typer.echo(
            "A sample account in an AWS emulator on this machine, read with real API calls.\n"
            "Your own account, read-only, with the credentials the AWS CLI uses:  awsvpc-audit cluster NAME\n",
            err=True,
        )
        options = AccountOptions(endpoint_url=emulated.endpoint_url, region=REGION, no_progress=no_progress)
        read = read_account(options, CLUSTER)
    result = Judged.by(VerdictOptions()).audit(
        context_of(read, CLUSTER, options), read.collection, pictures=needs_pictures(where)
    )
    publish(result, where, WRITERS, show_all=all_, now=now)
    return 0
