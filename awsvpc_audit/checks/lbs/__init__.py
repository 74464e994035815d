"""LBS: load balancers."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.lbs.classic_load_balancer import classic_load_balancer
from awsvpc_audit.checks.lbs.target_type_not_ip import target_type_not_ip
from awsvpc_audit.checks.lbs.zone_not_enabled import zone_not_enabled

CHECKS: tuple[Check[Any], ...] = (target_type_not_ip, classic_load_balancer, zone_not_enabled)
