"""NET: the way to the internet, as the path engine finds it."""

from typing import Any

from awsvpc_audit.checks._base import Check
from awsvpc_audit.checks.net.blackhole_route import blackhole_route
from awsvpc_audit.checks.net.internet_gateway_detached import internet_gateway_detached
from awsvpc_audit.checks.net.nat_gateway_in_other_zone import nat_gateway_in_other_zone
from awsvpc_audit.checks.net.nat_gateway_not_available import nat_gateway_not_available
from awsvpc_audit.checks.net.nat_gateway_without_internet_route import nat_gateway_without_internet_route
from awsvpc_audit.checks.net.nat_instance_not_forwarding import nat_instance_not_forwarding
from awsvpc_audit.checks.net.network_acl_denies_outbound import network_acl_denies_outbound
from awsvpc_audit.checks.net.network_acl_denies_reply import network_acl_denies_reply
from awsvpc_audit.checks.net.network_acl_of_nat_subnet_denies import network_acl_of_nat_subnet_denies
from awsvpc_audit.checks.net.no_default_route import no_default_route
from awsvpc_audit.checks.net.no_public_address_in_public_subnet import no_public_address_in_public_subnet
from awsvpc_audit.checks.net.private_nat_gateway import private_nat_gateway
from awsvpc_audit.checks.net.public_address_without_gateway import public_address_without_gateway
from awsvpc_audit.checks.net.public_subnet_for_ec2_tasks import public_subnet_for_ec2_tasks
from awsvpc_audit.checks.net.security_group_denies_outbound import security_group_denies_outbound
from awsvpc_audit.checks.net.some_subnets_without_internet import some_subnets_without_internet
from awsvpc_audit.checks.net.vpc_block_public_access import vpc_block_public_access
from awsvpc_audit.checks.net.way_out_cannot_be_seen import way_out_cannot_be_seen

CHECKS: tuple[Check[Any], ...] = (
    public_subnet_for_ec2_tasks,
    no_public_address_in_public_subnet,
    public_address_without_gateway,
    no_default_route,
    blackhole_route,
    nat_gateway_not_available,
    nat_gateway_without_internet_route,
    private_nat_gateway,
    network_acl_denies_outbound,
    network_acl_denies_reply,
    security_group_denies_outbound,
    internet_gateway_detached,
    network_acl_of_nat_subnet_denies,
    nat_gateway_in_other_zone,
    some_subnets_without_internet,
    vpc_block_public_access,
    way_out_cannot_be_seen,
    nat_instance_not_forwarding,
)
