"""DNS."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.dns.hostnames_disabled import hostnames_disabled
from awsvpc_audit.checks.dns.own_server_unreachable import own_server_unreachable
from awsvpc_audit.checks.dns.support_disabled import support_disabled
from awsvpc_audit.checks.dns.tasks_keep_old_options import tasks_keep_old_options

CHECKS: tuple[Check[Any], ...] = (
    support_disabled,
    hostnames_disabled,
    own_server_unreachable,
    tasks_keep_old_options,
)
