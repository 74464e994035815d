"""IP6: dual-stack and IPv6-only."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.ip6.address_not_assigned import address_not_assigned
from awsvpc_audit.checks.ip6.ipv6_egress_denied import ipv6_egress_denied
from awsvpc_audit.checks.ip6.no_ipv6_route import no_ipv6_route
from awsvpc_audit.checks.ip6.no_ipv6_way_to_service import no_ipv6_way_to_service
from awsvpc_audit.checks.ip6.partly_dual_stack import partly_dual_stack
from awsvpc_audit.checks.ip6.setting_disabled import setting_disabled
from awsvpc_audit.checks.ip6.windows_in_ipv6_subnet import windows_in_ipv6_subnet

CHECKS: tuple[Check[Any], ...] = (
    setting_disabled,
    partly_dual_stack,
    no_ipv6_route,
    ipv6_egress_denied,
    windows_in_ipv6_subnet,
    no_ipv6_way_to_service,
    address_not_assigned,
)
