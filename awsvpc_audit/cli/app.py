"""The command line: every command of the contract, thin; and the one place where errors become exit codes.

Only typer is imported here. A command imports what it needs when it runs, so that `--help` stays quick.
"""

import logging
import os
import sys
from typing import Annotated

import typer

from awsvpc_audit import __version__
from awsvpc_audit.cli import capacity, catalogue, cluster, demo, diff, path, report, service, snapshot, timeline, watch
from awsvpc_audit.cli.interruption import EXIT_INTERRUPTED, EXIT_TERMINATED, Terminated, heed_signals, leave

app = typer.Typer(
    name="awsvpc-audit",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 nothing fails, 1 something fails, 2 wrong command line, 3 could not audit, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"awsvpc-audit {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Says why Amazon ECS tasks in awsvpc network mode are not placed, do not start, or cannot reach what they need."""


app.command("cluster")(cluster.cluster)
app.command("service")(service.service)
app.command("task")(service.task)
app.command("path")(path.path)
app.command("capacity")(capacity.capacity)
app.command("timeline")(timeline.timeline)
app.command("report")(report.report)
app.command("snapshot")(snapshot.snapshot)
app.command("diff")(diff.diff)
app.command("watch")(watch.watch)
app.command("checks")(catalogue.checks)
app.command("explain")(catalogue.explain)
app.command("iam-policy")(catalogue.iam_policy)
app.command("demo")(demo.demo)

EXIT_FAILING = 1
EXIT_USAGE = 2
EXIT_COULD_NOT_AUDIT = 3


def main() -> None:
    """Run the command line and exit with the contract's code."""
    heed_signals()
    leave(_flushed(run()))


def run(arguments: list[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: as after the program's name; ``None`` for those of this process.

    Returns:
        The exit code of the contract, section 2; after SIGTERM 143, as of any program.
    """
    from awsvpc_audit.errors import AwsvpcAuditError, UsageError

    try:
        code = app(args=arguments, prog_name="awsvpc-audit", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except Terminated:
        return EXIT_TERMINATED
    except typer.TyperException as error:
        _show_usage(error)
        return EXIT_USAGE
    except UsageError as error:
        _complain(str(error))
        return EXIT_USAGE
    except AwsvpcAuditError as error:
        _complain(str(error))
        return EXIT_COULD_NOT_AUDIT
    except BrokenPipeError:
        # The reader of a pipe has gone (`| head`): nobody is left to tell.
        return EXIT_INTERRUPTED
    except OSError as error:
        _complain(f"cannot read or write {error.filename or 'standard output'}: {error.strerror or error}")
        return EXIT_COULD_NOT_AUDIT
    except Exception as error:  # a defect must not look like "findings" (1) to whoever gates on us
        logging.getLogger(__name__).info("unexpected", exc_info=error)
        _complain(f"internal error ({type(error).__name__}: {error}); -v shows the traceback. Please report it.")
        return EXIT_COULD_NOT_AUDIT
    return code if isinstance(code, int) else 0


def _flushed(code: int) -> int:
    """The code, unless what was written cannot leave this process: the disk is full, or the reader of a pipe gone."""
    if code in {EXIT_INTERRUPTED, EXIT_TERMINATED}:
        return code  # the reader of a pipe may be slow, and the user is not to wait for it
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # Python would try again when it ends, and complain in its own words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if code in {0, EXIT_FAILING} and not isinstance(error, BrokenPipeError):
            _complain(f"cannot write to standard output: {error.strerror or error}")
            return EXIT_COULD_NOT_AUDIT
    return code


def _show_usage(error: typer.TyperException) -> None:
    """What is wrong with the command line, as typer words it: with the usage line, where it knows the command."""
    show = getattr(error, "show", None)
    if callable(show):
        show()
    else:
        _complain(error.format_message())


def _complain(message: str) -> None:
    """One line on stderr that says what happened and what to do."""
    from awsvpc_audit.model.credentials import without_credentials
    from awsvpc_audit.report.text import clean

    if sys.stderr is not None:
        sys.stderr.write(f"awsvpc-audit: {clean(without_credentials(message))}\n")
