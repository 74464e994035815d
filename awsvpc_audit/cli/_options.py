"""The options that every command which reads an account takes, declared once.

A command takes one parameter of a dataclass of options; `with_options` spreads its fields into the command's signature,
where typer finds them. Nothing here is slow to import: `--help` needs all of it.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

F = TypeVar("F", bound=Callable[..., Any])


class Format(StrEnum):
    """Formats of a report."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    JUNIT = "junit"
    SARIF = "sarif"
    OCSF = "ocsf"


class FailOn(StrEnum):
    """The severity from which a failing finding makes exit code 1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class AccountOptions:
    """Whose account, or which snapshot."""

    profile: Annotated[str | None, typer.Option(help="AWS profile.")] = None
    region: Annotated[str | None, typer.Option(help="AWS Region.")] = None
    endpoint_url: Annotated[str | None, typer.Option("--endpoint-url", help="Send requests to this URL.")] = None
    role_arn: Annotated[str | None, typer.Option("--role-arn", help="Role to assume first.")] = None
    external_id: Annotated[str | None, typer.Option("--external-id", help="External ID for that role.")] = None
    account: Annotated[
        str | None,
        typer.Option(help="Account, where a snapshot holds several (with --from)."),
    ] = None
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="SNAPSHOT",
            help="Read a snapshot (directory or .zip) instead of AWS.",
        ),
    ] = None
    max_rate: Annotated[
        float | None,
        typer.Option(
            "--max-rate",
            metavar="N",
            min=0.1,
            help="At most N requests a second. Without it, nine tenths of what AWS lets the account make.",
        ),
    ] = None
    cli_read_timeout: Annotated[
        float, typer.Option("--cli-read-timeout", metavar="SECONDS", min=0.1, help="How long to wait for an answer.")
    ] = 30
    cli_connect_timeout: Annotated[
        float,
        typer.Option("--cli-connect-timeout", metavar="SECONDS", min=0.1, help="How long to wait for a connection."),
    ] = 5
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on stderr.")] = False
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Say more on stderr; twice: every request.")
    ] = 0
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say less on stderr.")] = False


@dataclass(frozen=True, kw_only=True)
class OutputOptions:
    """Where documents go and in which formats."""

    format: Annotated[
        Format | None, typer.Option("--format", help="Format of the report.", show_default=Format.TABLE.value)
    ] = None
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output",
            metavar="[FORMAT:]FILE",
            help="Write to this file instead of stdout; several times as FORMAT:FILE for several formats of one run.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class VerdictOptions:
    """What counts as failing."""

    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit 1 for failing findings of this severity or worse.")
    ] = FailOn.HIGH
    waivers: Annotated[
        Path | None, typer.Option("--waivers", metavar="FILE", help="TOML file of findings that are accepted.")
    ] = None
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="JSON report of an earlier run: show what is new since, and what is fixed.",
        ),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Unknown counts as failing.")] = False


def with_options(command: F) -> F:
    """Spread the fields of a command's dataclass parameters into its signature, for typer to see."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[Any]] = {}
    parameters: list[inspect.Parameter] = []
    spread: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind = hints[name]
        if not (isinstance(kind, type) and hasattr(kind, "__dataclass_fields__")):
            parameters.append(parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[name] = kind
        field_hints = get_type_hints(kind, include_extras=True)
        for each in fields(kind):
            spread.append(
                inspect.Parameter(
                    each.name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=each.default,
                    annotation=field_hints[each.name],
                )
            )

    @functools.wraps(command)
    def run(**given: Any) -> Any:
        for name, kind in groups.items():
            given[name] = kind(**{each.name: given.pop(each.name) for each in fields(kind)})
        return command(**given)

    signature = inspect.Signature([*parameters, *spread])
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return run  # type: ignore[return-value]
