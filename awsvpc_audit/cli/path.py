"""`awsvpc-audit path`: whether this can reach that, and which hop stops it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from awsvpc_audit.cli._options import AccountOptions, with_options


class PathFormat(StrEnum):
    """Formats of a trace."""

    TABLE = "table"
    JSON = "json"
    MERMAID = "mermaid"
    SVG = "svg"


@dataclass(frozen=True, kw_only=True)
class PathOutput:
    """Where a trace goes and in which format."""

    format: Annotated[PathFormat, typer.Option("--format", help="Format of the trace.")] = PathFormat.TABLE
    output: Annotated[Path | None, typer.Option("--output", help="Write to this file instead of stdout.")] = None


@with_options
def path(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", help="eni-…, i-…, subnet-…, task:CLUSTER/TASK, service:CLUSTER/SERVICE or internet."
        ),
    ],
    destination: Annotated[
        str,
        typer.Argument(
            metavar="DESTINATION",
            help="internet, internet6, an IP or CIDR, eni-…, i-…, task:CLUSTER/TASK, or an AWS service (ecr.api …).",
        ),
    ],
    account: AccountOptions,
    output: PathOutput,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the destination.")] = 443,
    protocol: Annotated[str, typer.Option("--protocol", help="tcp, udp, icmp, all, or a protocol number.")] = "tcp",
    security_group: Annotated[
        list[str] | None,
        typer.Option("--security-group", metavar="SG", help="Of a subnet source: may be repeated."),
    ] = None,
    assign_public_ip: Annotated[
        bool,
        typer.Option(
            "--assign-public-ip/--no-assign-public-ip", help="Of a subnet source: with a public IPv4 address or not."
        ),
    ] = False,
) -> int:
    """Trace hop by hop whether SOURCE reaches DESTINATION. Exit 0: reachable; 1: unreachable or partial; 3: unknown."""
    from awsvpc_audit.analyzers.reachability.path import trace_path
    from awsvpc_audit.analyzers.reachability.services import Reachability
    from awsvpc_audit.analyzers.reachability.sources import Where, clusters_in
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.cli._account import read_account
    from awsvpc_audit.cli._output import render_options, write
    from awsvpc_audit.findings import Verdict
    from awsvpc_audit.report.document import encode
    from awsvpc_audit.report.path_pictures import mermaid, svg
    from awsvpc_audit.report.path_table import render

    read = read_account(account, *clusters_in(source, destination))
    traced = trace_path(
        Reachability(read.model),
        source,
        destination,
        protocol=protocol,
        port=port if protocol.lower() not in {"icmp", "icmpv6", "1", "58"} else None,
        where=Where(account=account.account, region=account.region),
        security_groups=tuple(security_group or ()),
        assign_public_ip=assign_public_ip,
    )
    match output.format:
        case PathFormat.JSON:
            text = encode(traced).decode()
        case PathFormat.MERMAID:
            text = mermaid(traced)
        case PathFormat.SVG:
            text = svg(traced)
        case _:
            options = render_options(output.output)
            fixes = {check.id: check.fix for check in ALL_CHECKS}
            text = render(traced, width=options.width, colour=options.colour, fixes=fixes)
    write(text, output.output)
    return {Verdict.REACHABLE: 0, Verdict.UNKNOWN: 3}.get(traced.verdict, 1)
