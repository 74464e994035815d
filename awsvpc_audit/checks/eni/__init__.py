"""ENI: room for task network interfaces."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.eni.ecs_limit_lower import ecs_limit_lower
from awsvpc_audit.checks.eni.foreign_network_interface import foreign_network_interface
from awsvpc_audit.checks.eni.left_over_network_interface import left_over_network_interface
from awsvpc_audit.checks.eni.limit_unknown import limit_unknown
from awsvpc_audit.checks.eni.more_than_one_task_on_p5 import more_than_one_task_on_p5
from awsvpc_audit.checks.eni.no_free_task_eni import no_free_task_eni
from awsvpc_audit.checks.eni.no_slots_for_lost_instance import no_slots_for_lost_instance
from awsvpc_audit.checks.eni.trunk_missing import trunk_missing
from awsvpc_audit.checks.eni.trunking_disabled import trunking_disabled
from awsvpc_audit.checks.eni.trunking_not_effective import trunking_not_effective

CHECKS: tuple[Check[Any], ...] = (
    no_free_task_eni,
    foreign_network_interface,
    trunk_missing,
    trunking_disabled,
    trunking_not_effective,
    more_than_one_task_on_p5,
    no_slots_for_lost_instance,
    left_over_network_interface,
    limit_unknown,
    ecs_limit_lower,
)
