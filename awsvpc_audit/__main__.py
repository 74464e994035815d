"""``python -m awsvpc_audit``."""

from awsvpc_audit.cli.app import main

if __name__ == "__main__":
    main()
