"""AGT: the container agent and its instance."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.agt.agent_cannot_reach_ecs import agent_cannot_reach_ecs
from awsvpc_audit.checks.agt.agent_disconnected import agent_disconnected
from awsvpc_audit.checks.agt.agent_too_old_for_awsvpc import agent_too_old_for_awsvpc
from awsvpc_audit.checks.agt.agent_too_old_for_ipv6 import agent_too_old_for_ipv6
from awsvpc_audit.checks.agt.agent_too_old_for_trunking import agent_too_old_for_trunking
from awsvpc_audit.checks.agt.instance_not_active import instance_not_active
from awsvpc_audit.checks.agt.task_eni_capability_missing import task_eni_capability_missing
from awsvpc_audit.checks.agt.tasks_fail_on_one_instance import tasks_fail_on_one_instance
from awsvpc_audit.checks.agt.windows_agent_too_old_for_awsvpc import windows_agent_too_old_for_awsvpc
from awsvpc_audit.checks.agt.windows_agent_without_metrics import windows_agent_without_metrics

CHECKS: tuple[Check[Any], ...] = (
    agent_too_old_for_awsvpc,
    agent_too_old_for_trunking,
    agent_too_old_for_ipv6,
    windows_agent_too_old_for_awsvpc,
    windows_agent_without_metrics,
    task_eni_capability_missing,
    agent_disconnected,
    instance_not_active,
    tasks_fail_on_one_instance,
    agent_cannot_reach_ecs,
)
