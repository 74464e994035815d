"""END: the AWS services a task must reach."""

from typing import Any

from awsvpc_audit.checks._base import Check

CHECKS: tuple[Check[Any], ...] = ()
