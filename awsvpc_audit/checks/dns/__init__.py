"""DNS."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.dns.hostnames_disabled import hostnames_disabled
from awsvpc_audit.checks.dns.support_disabled import support_disabled

CHECKS: tuple[Check[Any], ...] = (support_disabled, hostnames_disabled)
