"""The checks: one module each, in families of the catalogue."""

from typing import Any

from awsvpc_audit.checks import agt, dns, end, eni, ip6, lbs, net, plc, sub, svc
from awsvpc_audit.checks._base import Check

ALL_CHECKS: tuple[Check[Any], ...] = (
    *eni.CHECKS,
    *agt.CHECKS,
    *plc.CHECKS,
    *sub.CHECKS,
    *net.CHECKS,
    *end.CHECKS,
    *dns.CHECKS,
    *ip6.CHECKS,
    *svc.CHECKS,
    *lbs.CHECKS,
)
"""Every check, in the order of the catalogue."""
