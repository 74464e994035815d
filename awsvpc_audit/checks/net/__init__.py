"""NET: the way to the internet, as the path engine finds it."""

from typing import Any

from awsvpc_audit.checks._base import Check

CHECKS: tuple[Check[Any], ...] = ()
