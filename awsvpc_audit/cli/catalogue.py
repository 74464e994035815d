"""`awsvpc-audit checks`, `explain` and `iam-policy`: what the tool knows and needs."""

from enum import StrEnum
from typing import Annotated

import typer


class CatalogueFormat(StrEnum):
    """Formats of the catalogue."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def checks(
    format_: Annotated[CatalogueFormat, typer.Option("--format", help="Format of the list.")] = CatalogueFormat.TABLE,
) -> None:
    """List the checks."""
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.checks.catalogue import as_json, as_markdown, as_table

    writers = {
        CatalogueFormat.TABLE: as_table,
        CatalogueFormat.JSON: as_json,
        CatalogueFormat.MARKDOWN: as_markdown,
    }
    typer.echo(writers[format_](ALL_CHECKS))


def explain(
    check_id: Annotated[str, typer.Argument(metavar="CHECK_ID", help="A check's id, as in NET006.")],
) -> None:
    """Show one check's whole page."""
    from awsvpc_audit.checks import ALL_CHECKS
    from awsvpc_audit.checks.page import page_of
    from awsvpc_audit.errors import UsageError
    from awsvpc_audit.model.account_model import near_matches

    by_id = {check.id: check for check in ALL_CHECKS}
    check = by_id.get(check_id.upper())
    if check is None:
        raise UsageError(f'no check "{check_id}".{near_matches(check_id.upper(), by_id, "checks")}')
    typer.echo(page_of(check))


def iam_policy() -> None:
    """Print the least-privilege IAM policy for what the tool calls."""
    from awsvpc_audit.collectors.policy import policy_document

    typer.echo(policy_document())
