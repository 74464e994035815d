"""SVC: task definition, service and account."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.svc.deployment_keeps_failing import deployment_keeps_failing
from awsvpc_audit.checks.svc.execution_role_missing import execution_role_missing
from awsvpc_audit.checks.svc.launcher_network_broken import launcher_network_broken
from awsvpc_audit.checks.svc.log_region_wrong import log_region_wrong
from awsvpc_audit.checks.svc.no_subnets import no_subnets
from awsvpc_audit.checks.svc.not_awsvpc_mode import not_awsvpc_mode
from awsvpc_audit.checks.svc.ports_clash import ports_clash
from awsvpc_audit.checks.svc.role_not_allowed import role_not_allowed
from awsvpc_audit.checks.svc.secret_unusable import secret_unusable
from awsvpc_audit.checks.svc.service_linked_role_missing import service_linked_role_missing
from awsvpc_audit.checks.svc.start_target_missing import start_target_missing
from awsvpc_audit.checks.svc.windows_trunking import windows_trunking

CHECKS: tuple[Check[Any], ...] = (
    not_awsvpc_mode,
    no_subnets,
    service_linked_role_missing,
    windows_trunking,
    deployment_keeps_failing,
    execution_role_missing,
    role_not_allowed,
    start_target_missing,
    log_region_wrong,
    secret_unusable,
    launcher_network_broken,
    ports_clash,
)
