"""AGT: the container agent and its instance."""

from typing import Any

from awsvpc_audit.checks._base import Check

CHECKS: tuple[Check[Any], ...] = ()
