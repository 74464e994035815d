"""`python -m awsvpc_audit` and `awsvpc-audit`: the command line, interruptible from the first moment on."""

from awsvpc_audit.cli.interruption import EXIT_INTERRUPTED, EXIT_TERMINATED, Terminated, heed_signals, leave_now


def main() -> None:
    """Load the command line, run it, and exit with the contract's code."""
    try:
        heed_signals()
        from awsvpc_audit.cli.app import main as run

        run()
    except KeyboardInterrupt:
        leave_now(EXIT_INTERRUPTED)
    except Terminated:
        leave_now(EXIT_TERMINATED)


if __name__ == "__main__":
    main()
