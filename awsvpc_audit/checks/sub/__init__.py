"""SUB: subnets, addresses, groups."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.sub.missing_security_group import missing_security_group
from awsvpc_audit.checks.sub.missing_subnet import missing_subnet
from awsvpc_audit.checks.sub.mixed_vpcs import mixed_vpcs
from awsvpc_audit.checks.sub.no_free_addresses import no_free_addresses
from awsvpc_audit.checks.sub.too_few_addresses_for_deployment import too_few_addresses_for_deployment
from awsvpc_audit.checks.sub.too_many_subnets_or_groups import too_many_subnets_or_groups

CHECKS: tuple[Check[Any], ...] = (
    no_free_addresses,
    too_few_addresses_for_deployment,
    missing_subnet,
    missing_security_group,
    mixed_vpcs,
    too_many_subnets_or_groups,
)
