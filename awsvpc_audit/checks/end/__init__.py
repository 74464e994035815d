"""END: the AWS services a task must reach."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.end.efs_mount_target_unusable import efs_mount_target_unusable
from awsvpc_audit.checks.end.endpoint_group_denies import endpoint_group_denies
from awsvpc_audit.checks.end.endpoint_not_available import endpoint_not_available
from awsvpc_audit.checks.end.endpoint_policy_denies import endpoint_policy_denies
from awsvpc_audit.checks.end.endpoint_private_dns_off import endpoint_private_dns_off
from awsvpc_audit.checks.end.needed_service_unreachable import needed_service_unreachable
from awsvpc_audit.checks.end.private_zone_misnamed import private_zone_misnamed
from awsvpc_audit.checks.end.s3_unreachable_for_layers import s3_unreachable_for_layers
from awsvpc_audit.checks.end.services_over_nat import services_over_nat
from awsvpc_audit.checks.end.vpc_dns_attributes_off import vpc_dns_attributes_off

CHECKS: tuple[Check[Any], ...] = (
    needed_service_unreachable,
    s3_unreachable_for_layers,
    endpoint_group_denies,
    endpoint_private_dns_off,
    endpoint_not_available,
    vpc_dns_attributes_off,
    endpoint_policy_denies,
    efs_mount_target_unusable,
    services_over_nat,
    private_zone_misnamed,
)
