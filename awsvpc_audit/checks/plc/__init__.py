"""PLC: why nothing can be placed."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.plc.capacity_refused_in_only_zone import capacity_refused_in_only_zone
from awsvpc_audit.checks.plc.constraints_leave_no_instance import constraints_leave_no_instance
from awsvpc_audit.checks.plc.instances_in_other_vpc import instances_in_other_vpc
from awsvpc_audit.checks.plc.no_active_instance import no_active_instance
from awsvpc_audit.checks.plc.no_cpu_left import no_cpu_left
from awsvpc_audit.checks.plc.no_gpu_left import no_gpu_left
from awsvpc_audit.checks.plc.no_instance_in_task_zones import no_instance_in_task_zones
from awsvpc_audit.checks.plc.no_memory_left import no_memory_left
from awsvpc_audit.checks.plc.only_windows_2016 import only_windows_2016
from awsvpc_audit.checks.plc.platform_matches_no_instance import platform_matches_no_instance
from awsvpc_audit.checks.plc.provider_cannot_grow import provider_cannot_grow
from awsvpc_audit.checks.plc.required_attribute_missing import required_attribute_missing
from awsvpc_audit.checks.plc.zones_of_subnets_and_instances_differ import zones_of_subnets_and_instances_differ

CHECKS: tuple[Check[Any], ...] = (
    no_active_instance,
    no_instance_in_task_zones,
    zones_of_subnets_and_instances_differ,
    no_cpu_left,
    no_memory_left,
    constraints_leave_no_instance,
    instances_in_other_vpc,
    required_attribute_missing,
    platform_matches_no_instance,
    only_windows_2016,
    no_gpu_left,
    provider_cannot_grow,
    capacity_refused_in_only_zone,
)
