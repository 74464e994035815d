"""LBS: load balancers."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.lbs.classic_load_balancer import classic_load_balancer
from awsvpc_audit.checks.lbs.health_check_mismatch import health_check_mismatch
from awsvpc_audit.checks.lbs.listener_port_closed import listener_port_closed
from awsvpc_audit.checks.lbs.target_type_not_ip import target_type_not_ip
from awsvpc_audit.checks.lbs.task_group_refuses_load_balancer import task_group_refuses_load_balancer
from awsvpc_audit.checks.lbs.vpcs_not_joined import vpcs_not_joined
from awsvpc_audit.checks.lbs.way_to_tasks_blocked import way_to_tasks_blocked
from awsvpc_audit.checks.lbs.zone_not_enabled import zone_not_enabled

CHECKS: tuple[Check[Any], ...] = (
    target_type_not_ip,
    classic_load_balancer,
    zone_not_enabled,
    task_group_refuses_load_balancer,
    way_to_tasks_blocked,
    vpcs_not_joined,
    health_check_mismatch,
    listener_port_closed,
)
