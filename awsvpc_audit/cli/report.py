"""`awsvpc-audit report`: many clusters of an account and its Regions in one run, for schedules and for evidence."""

from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, OutputOptions, VerdictOptions, with_options


@with_options
def report(
    account: AccountOptions,
    output: OutputOptions,
    verdict: VerdictOptions,
    cluster: Annotated[
        list[str] | None,
        typer.Option("--cluster", metavar="CLUSTER", help="Name or ARN of a cluster; may be repeated."),
    ] = None,
    all_clusters: Annotated[bool, typer.Option("--all-clusters", help="Every cluster of the Regions.")] = False,
    regions: Annotated[
        str | None, typer.Option("--regions", metavar="R,...", help="Regions to look in, separated by commas.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Show everything: long lists uncut, and what passed.")] = False,
) -> int:
    """Audit many clusters and Regions in one run: which is worst, what fails where, what is new since a baseline."""
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._audit import Judged, report_exit_code, warn
    from awsvpc_audit.cli._output import destinations, needs_pictures, publish
    from awsvpc_audit.cli._regions import Asked, gather
    from awsvpc_audit.compliance import report_on
    from awsvpc_audit.report.writers import WRITERS

    asked = Asked.of(cluster or (), all_=all_clusters, region=account.region, regions=regions)
    where = destinations(output)
    judged = Judged.by(verdict)
    read = gather(account, asked)
    result = report_on(
        ALL_CHECKS,
        read.model,
        read.collections,
        read.clusters,
        waivers=judged.waivers,
        today=judged.today,
        baseline=judged.baseline,
        not_audited=read.not_audited,
        whole=all_clusters,
        pictures=needs_pictures(where),
    )
    warn(result, account)
    publish(result, where, WRITERS, show_all=all_, strict=verdict.strict)
    return report_exit_code(result, verdict)
