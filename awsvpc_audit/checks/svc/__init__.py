"""SVC: task definition, service and account."""

from typing import Any

from awsvpc_audit.checks._base import Check

CHECKS: tuple[Check[Any], ...] = ()
