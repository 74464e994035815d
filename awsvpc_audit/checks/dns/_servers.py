"""The DNS servers that a VPC's DHCP options name, as the DNS checks read them."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from awsvpc_audit.checks._base import Context
from awsvpc_audit.model import ec2

_KEY = "domain-name-servers"
_AMAZON = frozenset({"AmazonProvidedDNS", "169.254.169.253", "fd00:ec2::253"})


@dataclass(frozen=True, slots=True)
class OwnServers:
    """A set of DHCP options that names other DNS servers than Amazon's.

    Attributes:
        dhcp_options_id: the set.
        addresses: of the servers.
        written: what the set holds, as written.
    """

    dhcp_options_id: str
    addresses: tuple[str, ...]
    written: str


def own_servers(vpc_id: str, context: Context) -> OwnServers | None:
    """The DNS servers of the owner's own that a VPC uses; ``None`` where it uses Amazon's, or gives none at all.

    Raises:
        NotCollectedError: the VPC or its DHCP options were not read.
    """
    vpc = context.scope.vpcs.get(vpc_id)
    # `default` stands for no options at all.
    if vpc is None or vpc.dhcp_options_id in {None, "default"}:
        return None
    options = context.scope.dhcp_options.get(vpc.dhcp_options_id or "")
    if options is None:
        return None
    values = [
        value.value
        for configuration in options.dhcp_configurations
        if configuration.key == _KEY
        for value in configuration.values
        if value.value
    ]
    if "AmazonProvidedDNS" in values:
        return None
    own = tuple(value for value in values if value not in _AMAZON and not _is_resolver(value, vpc))
    return OwnServers(options.dhcp_options_id, own, ", ".join(values)) if own and len(own) == len(values) else None


def _is_resolver(text: str, vpc: ec2.Vpc) -> bool:
    """Whether this is the Amazon DNS server by its address in the VPC: the base of the first block plus two."""
    try:
        return vpc.cidr_block is not None and ip_address(text) == ip_network(vpc.cidr_block)[2]
    except (ValueError, IndexError):
        return False
