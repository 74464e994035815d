"""SUB: subnets, addresses, groups."""

from awsvpc_audit.checks.sub.no_free_addresses import no_free_addresses

CHECKS = (no_free_addresses,)
