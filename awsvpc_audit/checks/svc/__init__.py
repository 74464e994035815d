"""SVC: task definition, service and account."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.svc.no_subnets import no_subnets
from awsvpc_audit.checks.svc.not_awsvpc_mode import not_awsvpc_mode
from awsvpc_audit.checks.svc.ports_clash import ports_clash
from awsvpc_audit.checks.svc.service_linked_role_missing import service_linked_role_missing
from awsvpc_audit.checks.svc.windows_trunking import windows_trunking

CHECKS: tuple[Check[Any], ...] = (
    not_awsvpc_mode,
    no_subnets,
    service_linked_role_missing,
    windows_trunking,
    ports_clash,
)
