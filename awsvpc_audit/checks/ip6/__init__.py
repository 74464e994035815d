"""IP6: dual-stack and IPv6-only."""

from typing import Any

from awsvpc_audit.checks._base import Check

CHECKS: tuple[Check[Any], ...] = ()
