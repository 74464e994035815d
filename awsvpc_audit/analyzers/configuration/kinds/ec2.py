"""Amazon EC2: the network, and the instances in it."""

from collections.abc import Callable, Iterator
from typing import Any

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, ended, name_tag, never, plain
from awsvpc_audit.analyzers.configuration.members import Elements, Names, Plain, Policy, Row, Texts, at
from awsvpc_audit.model import tables


def _associated_ipv6(row: Row) -> Iterator[str]:
    """IPv6 blocks in use; moto answers a text as the state."""
    for block in row.get("Ipv6CidrBlockAssociationSet") or ():
        state = str(at(block, "Ipv6CidrBlockState.State") or "")
        if block.get("Ipv6CidrBlock") and "disassociat" not in state and "fail" not in state:
            yield str(block["Ipv6CidrBlock"])


def _associated_ipv4(row: Row) -> Iterator[str]:
    for block in row.get("CidrBlockAssociationSet") or ():
        if block.get("CidrBlock") and at(block, "CidrBlockState.State") in {None, "associated"}:
            yield str(block["CidrBlock"])


def _destination(route: Row) -> str:
    return str(
        route.get("DestinationCidrBlock")
        or route.get("DestinationIpv6CidrBlock")
        or route.get("DestinationPrefixListId")
        or route.get("PrefixListId")
        or "?"
    )


def _table_associations(row: Row) -> Iterator[str]:
    for association in row.get("Associations") or ():
        if association.get("Main"):
            yield "Main"
        elif association.get("SubnetId") or association.get("GatewayId"):
            yield str(association.get("SubnetId") or association.get("GatewayId"))


def _acl_key(entry: Row) -> str:
    return f"{'egress' if entry.get('Egress') else 'ingress'} {entry.get('RuleNumber')}"


def _ports(protocol: str, first: Any, last: Any) -> str:
    name = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "-1": "all"}.get(protocol, protocol)
    if name in {"icmp", "icmpv6"}:
        return f"{name} type {'any' if first in {None, -1} else first} code {'any' if last in {None, -1} else last}"
    if first is None or name == "all" or (first, last) == (-1, -1):
        return name
    return f"{name} {first}" if first == last else f"{name} {first}-{last}"


def _rules(member: str) -> Callable[[Row], Iterator[str]]:
    """The permissions of a security group, one text for each protocol, ports and peer."""

    def read(row: Row) -> Iterator[str]:
        for permission in row.get(member) or ():
            ports = _ports(str(permission.get("IpProtocol")), permission.get("FromPort"), permission.get("ToPort"))
            for path, name in (
                ("IpRanges", "CidrIp"),
                ("Ipv6Ranges", "CidrIpv6"),
                ("PrefixListIds", "PrefixListId"),
                ("UserIdGroupPairs", "GroupId"),
            ):
                for peer in permission.get(path) or ():
                    yield f"{ports} {peer.get(name) or '?'}"

    return read


def _own_interfaces(row: Row) -> Iterator[str]:
    """ENIs of an instance that no task brought: those of tasks come and go with the tasks."""
    for eni in row.get("NetworkInterfaces") or ():
        description = str(eni.get("Description") or "")
        if not (":ecs:" in description and ":attachment/" in description):
            yield str(eni.get("NetworkInterfaceId"))


def _dhcp_values(row: Row) -> Iterator[str]:
    """Of name servers the order counts."""
    for entry in row.get("DhcpConfigurations") or ():
        yield f"{entry.get('Key')} {', '.join(str(each.get('Value')) for each in entry.get('Values') or ())}"


KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.VPCS,
        type="vpc",
        key=by("VpcId"),
        id=by("VpcId"),
        members=(
            Texts("CidrBlockAssociationSet[].CidrBlock", _associated_ipv4),
            Texts("Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", _associated_ipv6),
            Plain("DhcpOptionsId"),
        ),
    ),
    Kind(
        table=tables.VPC_ATTRIBUTES,
        type="vpc",
        key=by("VpcId"),
        id=by("VpcId"),
        is_news=never,
        members=plain("EnableDnsSupport.Value", "EnableDnsHostnames.Value"),
    ),
    Kind(
        table=tables.DHCP_OPTIONS,
        type="dhcp_options",
        key=by("DhcpOptionsId"),
        id=by("DhcpOptionsId"),
        members=(Texts("DhcpConfigurations", _dhcp_values),),
    ),
    Kind(
        table=tables.BLOCK_PUBLIC_ACCESS_OPTIONS,
        type="vpc_block_public_access_options",
        key=lambda _row: "account",
        id=lambda row: str(row.get("AwsRegion") or "account"),
        is_news=never,
        members=plain("InternetGatewayBlockMode", "State"),
    ),
    Kind(
        table=tables.BLOCK_PUBLIC_ACCESS_EXCLUSIONS,
        type="vpc_block_public_access_exclusion",
        key=by("ExclusionId"),
        id=by("ExclusionId"),
        ended=ended("State", "delete-complete"),
        members=plain("ResourceArn", "InternetGatewayExclusionMode", "State"),
    ),
    Kind(
        table=tables.SUBNETS,
        type="subnet",
        vpc="VpcId",
        key=by("SubnetId"),
        id=by("SubnetId"),
        members=(
            *plain("VpcId", "CidrBlock", "AvailabilityZone", "State", "OwnerId", "MapPublicIpOnLaunch"),
            Texts("Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", _associated_ipv6),
            *plain(
                "AssignIpv6AddressOnCreation",
                "Ipv6Native",
                "EnableDns64",
                "PrivateDnsNameOptionsOnLaunch.HostnameType",
                "PrivateDnsNameOptionsOnLaunch.EnableResourceNameDnsARecord",
                "BlockPublicAccessStates.InternetGatewayBlockMode",
            ),
        ),
    ),
    Kind(
        table=tables.ROUTE_TABLES,
        type="route_table",
        vpc="VpcId",
        key=by("RouteTableId"),
        id=by("RouteTableId"),
        members=(
            Elements(
                "Routes",
                _destination,
                (
                    *("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId"),
                    *("InstanceId", "EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId"),
                    *("CoreNetworkArn", "State"),
                ),
            ),
            Texts("Associations", _table_associations),
        ),
    ),
    Kind(
        table=tables.NETWORK_ACLS,
        type="network_acl",
        vpc="VpcId",
        key=by("NetworkAclId"),
        id=by("NetworkAclId"),
        members=(
            Elements(
                "Entries",
                _acl_key,
                (
                    *("RuleAction", "Protocol", "CidrBlock", "Ipv6CidrBlock", "PortRange.From", "PortRange.To"),
                    *("IcmpTypeCode.Type", "IcmpTypeCode.Code"),
                ),
            ),
            Names("Associations", "SubnetId"),
        ),
    ),
    Kind(
        table=tables.SECURITY_GROUPS,
        type="security_group",
        vpc="VpcId",
        key=by("GroupId"),
        id=by("GroupId"),
        label=lambda row: row.get("GroupName") or name_tag(row),
        members=(
            Plain("VpcId"),
            Texts("IpPermissions", _rules("IpPermissions")),
            Texts("IpPermissionsEgress", _rules("IpPermissionsEgress")),
        ),
    ),
    Kind(
        table=tables.PREFIX_LIST_ENTRIES,
        type="prefix_list",
        key=by("PrefixListId"),
        id=by("PrefixListId"),
        members=(Names("Entries", "Cidr"),),
    ),
    Kind(
        table=tables.INTERNET_GATEWAYS,
        type="internet_gateway",
        key=by("InternetGatewayId"),
        id=by("InternetGatewayId"),
        members=(Elements("Attachments", by("VpcId"), ("State",)),),
    ),
    Kind(
        table=tables.EGRESS_ONLY_INTERNET_GATEWAYS,
        type="egress_only_internet_gateway",
        key=by("EgressOnlyInternetGatewayId"),
        id=by("EgressOnlyInternetGatewayId"),
        members=(Elements("Attachments", by("VpcId"), ("State",)),),
    ),
    Kind(
        table=tables.NAT_GATEWAYS,
        type="nat_gateway",
        vpc="VpcId",
        key=by("NatGatewayId"),
        id=by("NatGatewayId"),
        ended=ended("State", "deleted"),
        members=(
            *plain("State", "FailureCode", "FailureMessage", "SubnetId", "ConnectivityType", "AvailabilityMode"),
            Names("NatGatewayAddresses", "PublicIp"),
        ),
    ),
    Kind(
        table=tables.VPC_ENDPOINTS,
        type="vpc_endpoint",
        vpc="VpcId",
        key=by("VpcEndpointId"),
        id=by("VpcEndpointId"),
        label=lambda row: row.get("ServiceName"),
        ended=ended("State", "deleted"),
        members=(
            *plain("State", "VpcEndpointType", "PrivateDnsEnabled", "IpAddressType", "DnsOptions.DnsRecordIpType"),
            Names("SubnetIds"),
            Names("Groups", "GroupId"),
            Names("RouteTableIds"),
            Policy("PolicyDocument"),
        ),
    ),
    Kind(
        table=tables.VPC_PEERING_CONNECTIONS,
        type="vpc_peering_connection",
        key=by("VpcPeeringConnectionId"),
        id=by("VpcPeeringConnectionId"),
        ended=ended("Status.Code", "deleted", "rejected", "expired", "failed"),
        members=(
            Plain("Status.Code"),
            Names("RequesterVpcInfo.CidrBlockSet", "CidrBlock"),
            Names("AccepterVpcInfo.CidrBlockSet", "CidrBlock"),
            Names("RequesterVpcInfo.Ipv6CidrBlockSet", "Ipv6CidrBlock"),
            Names("AccepterVpcInfo.Ipv6CidrBlockSet", "Ipv6CidrBlock"),
        ),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_ATTACHMENTS,
        type="transit_gateway_attachment",
        key=by("TransitGatewayAttachmentId"),
        id=by("TransitGatewayAttachmentId"),
        ended=ended("State", "deleted"),
        members=plain("State", "ResourceId", "Association.TransitGatewayRouteTableId", "Association.State"),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_VPC_ATTACHMENTS,
        type="transit_gateway_attachment",
        key=by("TransitGatewayAttachmentId"),
        id=by("TransitGatewayAttachmentId"),
        is_news=never,
        members=(Names("SubnetIds"),),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_ROUTES,
        type="transit_gateway_route_table",
        key=by("TransitGatewayRouteTableId"),
        id=by("TransitGatewayRouteTableId"),
        members=(
            Elements(
                "Routes",
                _destination,
                ("Type", "State", "TransitGatewayAttachments"),
            ),
        ),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_ASSOCIATIONS,
        type="transit_gateway_route_table",
        key=by("TransitGatewayRouteTableId"),
        id=by("TransitGatewayRouteTableId"),
        is_news=never,
        members=(Elements("Associations", by("TransitGatewayAttachmentId"), ("State",)),),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_PROPAGATIONS,
        type="transit_gateway_route_table",
        key=by("TransitGatewayRouteTableId"),
        id=by("TransitGatewayRouteTableId"),
        is_news=never,
        members=(Elements("TransitGatewayRouteTablePropagations", by("TransitGatewayAttachmentId"), ("State",)),),
    ),
    Kind(
        table=tables.INSTANCES,
        type="instance",
        key=by("InstanceId"),
        id=by("InstanceId"),
        # Container instances tell which came and which are gone.
        is_news=never,
        members=(
            *plain("InstanceType", "State.Name", "SubnetId", "PublicIpAddress", "SourceDestCheck"),
            Names("SecurityGroups", "GroupId"),
            Plain("IamInstanceProfile.Arn"),
            Plain("PrivateDnsNameOptions.EnableResourceNameDnsARecord"),
            Texts("NetworkInterfaces", _own_interfaces),
        ),
    ),
)
"""In the order of a report."""
