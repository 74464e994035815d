"""`awsvpc-audit diff`: what changed between two snapshots."""

from pathlib import Path
from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, FailOn, Format, OutputOptions, VerdictOptions, with_options


@with_options
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The earlier snapshot (directory or .zip).")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later one.")],
    output: OutputOptions,
    cluster: Annotated[
        list[str] | None, typer.Option("--cluster", metavar="CLUSTER", help="Only this cluster; may be repeated.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this Region.")] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit 1 for new failing findings of this severity or worse.")
    ] = FailOn.HIGH,
    waivers: Annotated[
        Path | None, typer.Option("--waivers", metavar="FILE", help="TOML file of findings that are accepted.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="What can no longer be told counts as failing, too.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more on stderr.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say less on stderr.")] = False,
) -> int:
    """Say what changed between two snapshots: the configuration, and findings new, fixed and still there."""
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._audit import Judged
    from awsvpc_audit.cli._output import destinations, publish
    from awsvpc_audit.differences import Recorded, differences
    from awsvpc_audit.findings import Severity
    from awsvpc_audit.report.diff_document import write_diff_json
    from awsvpc_audit.report.diff_markdown import write_diff_markdown
    from awsvpc_audit.report.diff_table import render_diff

    where = destinations(output, (Format.TABLE, Format.JSON, Format.MARKDOWN))
    judged = Judged.by(VerdictOptions(fail_on=fail_on, waivers=waivers, strict=strict))
    recorded = []
    for path in (old, new):
        read = read_account(AccountOptions(from_=path, verbose=verbose, quiet=quiet))
        recorded.append(Recorded(model=read.model, collection=read.collection))
    found = differences(
        ALL_CHECKS,
        *recorded,
        clusters=cluster or (),
        account=account,
        region=region,
        waivers=judged.waivers,
        today=judged.today,
    )
    publish(
        found,
        where,
        {"table": render_diff, "json": write_diff_json, "markdown": write_diff_markdown},
        show_all=all_,
        strict=strict,
    )
    if fail_on is FailOn.NEVER:
        return 0
    threshold = Severity(fail_on.value).rank
    counted = [finding for each in found.clusters for finding in each.new]
    if strict:
        counted += [finding for each in found.clusters for finding in (*each.undetermined, *each.unknown)]
    return int(any(finding.severity.rank <= threshold for finding in counted))
