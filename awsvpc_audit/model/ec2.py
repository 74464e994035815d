"""Amazon EC2 shapes, as `ec2:Describe*` answers them. Field names are AWS's in snake_case.

``None`` means that AWS did not set the member. What was not read at all is a gap of the table, never ``None`` here.
"""

from datetime import datetime

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    """A structure of the EC2, Elastic Load Balancing or IAM API: members are spelled in PascalCase there.

    A row holds only what lies below it, so the garbage collector need not search a large account's million for cycles.
    """


class Tag(Shape, frozen=True, kw_only=True):
    key: str = ""
    value: str = ""


class Tagged(Shape, frozen=True, kw_only=True):
    """A shape with tags; only the `Name` tag and those that AWS itself sets keep a value in a snapshot."""

    tags: tuple[Tag, ...] = ()

    @property
    def name(self) -> str | None:
        """The `Name` tag."""
        return next((tag.value for tag in self.tags if tag.key == "Name" and tag.value), None)


class CidrBlockState(Shape, frozen=True, kw_only=True):
    state: str | None = None


class VpcCidrBlockAssociation(Shape, frozen=True, kw_only=True):
    cidr_block: str | None = None
    cidr_block_state: CidrBlockState | None = None


class Ipv6CidrBlockAssociation(Shape, frozen=True, kw_only=True):
    """An IPv6 block of a VPC or subnet."""

    ipv6_cidr_block: str | None = None
    ipv6_cidr_block_state: CidrBlockState | None = None

    @property
    def is_associated(self) -> bool:
        """Whether the block is in use. The member is absent in snapshots made by some tools: then it is."""
        state = self.ipv6_cidr_block_state
        # moto 5.2 answers the text "{'State': 'associated'}" as the state.
        return state is None or state.state is None or ("disassociat" not in state.state and "fail" not in state.state)


class Vpc(Tagged, frozen=True, kw_only=True):
    vpc_id: str
    cidr_block: str | None = None
    cidr_block_association_set: tuple[VpcCidrBlockAssociation, ...] = ()
    ipv6_cidr_block_association_set: tuple[Ipv6CidrBlockAssociation, ...] = ()
    dhcp_options_id: str | None = None
    is_default: bool | None = None
    owner_id: str | None = None

    @property
    def ipv6_cidr_blocks(self) -> tuple[str, ...]:
        """IPv6 blocks in use."""
        return associated_ipv6_blocks(self.ipv6_cidr_block_association_set)


class AttributeBooleanValue(Shape, frozen=True, kw_only=True):
    value: bool | None = None


class VpcAttributes(Shape, frozen=True, kw_only=True):
    """The DNS attributes of one VPC: `ec2:DescribeVpcAttribute`, one call an attribute, merged."""

    vpc_id: str
    enable_dns_support: AttributeBooleanValue | None = None
    enable_dns_hostnames: AttributeBooleanValue | None = None


class PrivateDnsNameOptions(Shape, frozen=True, kw_only=True):
    hostname_type: str | None = None
    enable_resource_name_dns_a_record: bool | None = msgspec.field(default=None, name="EnableResourceNameDnsARecord")


class BlockPublicAccessStates(Shape, frozen=True, kw_only=True):
    internet_gateway_block_mode: str | None = None


class Subnet(Tagged, frozen=True, kw_only=True):
    subnet_id: str
    vpc_id: str | None = None
    cidr_block: str | None = None
    ipv6_cidr_block_association_set: tuple[Ipv6CidrBlockAssociation, ...] = ()
    available_ip_address_count: int | None = None
    availability_zone: str | None = None
    availability_zone_id: str | None = None
    map_public_ip_on_launch: bool | None = None
    assign_ipv6_address_on_creation: bool | None = None
    ipv6_native: bool | None = None
    enable_dns64: bool | None = None
    owner_id: str | None = None
    state: str | None = None
    private_dns_name_options_on_launch: PrivateDnsNameOptions | None = None
    block_public_access_states: BlockPublicAccessStates | None = None

    @property
    def ipv6_cidr_blocks(self) -> tuple[str, ...]:
        """IPv6 blocks in use."""
        return associated_ipv6_blocks(self.ipv6_cidr_block_association_set)


def associated_ipv6_blocks(associations: tuple[Ipv6CidrBlockAssociation, ...]) -> tuple[str, ...]:
    """The IPv6 blocks of these associations that are in use."""
    return tuple(a.ipv6_cidr_block for a in associations if a.ipv6_cidr_block and a.is_associated)


class Route(Shape, frozen=True, kw_only=True):
    """One route, as written. Exactly one destination member and at most one target member are set."""

    destination_cidr_block: str | None = None
    destination_ipv6_cidr_block: str | None = None
    destination_prefix_list_id: str | None = None
    gateway_id: str | None = None
    nat_gateway_id: str | None = None
    transit_gateway_id: str | None = None
    vpc_peering_connection_id: str | None = None
    network_interface_id: str | None = None
    instance_id: str | None = None
    egress_only_internet_gateway_id: str | None = None
    local_gateway_id: str | None = None
    carrier_gateway_id: str | None = None
    core_network_arn: str | None = None
    state: str | None = None
    origin: str | None = None


class RouteTableAssociation(Shape, frozen=True, kw_only=True):
    main: bool | None = None
    subnet_id: str | None = None
    gateway_id: str | None = None
    route_table_association_id: str | None = None


class RouteTable(Tagged, frozen=True, kw_only=True):
    route_table_id: str
    vpc_id: str | None = None
    routes: tuple[Route, ...] = ()
    associations: tuple[RouteTableAssociation, ...] = ()

    @property
    def is_main(self) -> bool:
        """Whether subnets without an explicit association use this table."""
        return any(association.main for association in self.associations)


class NatGatewayAddress(Shape, frozen=True, kw_only=True):
    allocation_id: str | None = None
    network_interface_id: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    is_primary: bool | None = None
    status: str | None = None
    failure_message: str | None = None
    availability_zone: str | None = None
    availability_zone_id: str | None = None


class NatGateway(Tagged, frozen=True, kw_only=True):
    nat_gateway_id: str
    vpc_id: str | None = None
    subnet_id: str | None = None
    """Absent for a regional NAT gateway."""
    state: str | None = None
    connectivity_type: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    nat_gateway_addresses: tuple[NatGatewayAddress, ...] = ()
    availability_mode: str | None = None
    route_table_id: str | None = None
    """The table of a regional NAT gateway itself."""
    create_time: datetime | None = None


class GatewayAttachment(Shape, frozen=True, kw_only=True):
    vpc_id: str | None = None
    state: str | None = None


class InternetGateway(Tagged, frozen=True, kw_only=True):
    internet_gateway_id: str
    attachments: tuple[GatewayAttachment, ...] = ()


class EgressOnlyInternetGateway(Tagged, frozen=True, kw_only=True):
    egress_only_internet_gateway_id: str
    attachments: tuple[GatewayAttachment, ...] = ()


class PortRange(Shape, frozen=True, kw_only=True):
    from_: int | None = msgspec.field(default=None, name="From")
    to: int | None = None


class IcmpTypeCode(Shape, frozen=True, kw_only=True):
    code: int | None = None
    type: int | None = None


class NetworkAclEntry(Shape, frozen=True, kw_only=True):
    rule_number: int
    egress: bool = False
    rule_action: str = "deny"
    protocol: str = "-1"
    cidr_block: str | None = None
    ipv6_cidr_block: str | None = None
    port_range: PortRange | None = None
    icmp_type_code: IcmpTypeCode | None = None


class NetworkAclAssociation(Shape, frozen=True, kw_only=True):
    subnet_id: str | None = None
    network_acl_association_id: str | None = None


class NetworkAcl(Tagged, frozen=True, kw_only=True):
    network_acl_id: str
    vpc_id: str | None = None
    is_default: bool | None = None
    entries: tuple[NetworkAclEntry, ...] = ()
    associations: tuple[NetworkAclAssociation, ...] = ()


class IpRange(Shape, frozen=True, kw_only=True):
    cidr_ip: str | None = None
    description: str | None = None


class Ipv6Range(Shape, frozen=True, kw_only=True):
    cidr_ipv6: str | None = None
    description: str | None = None


class PrefixListId(Shape, frozen=True, kw_only=True):
    prefix_list_id: str | None = None


class UserIdGroupPair(Shape, frozen=True, kw_only=True):
    group_id: str | None = None
    user_id: str | None = None
    vpc_id: str | None = None
    vpc_peering_connection_id: str | None = None
    peering_status: str | None = None


class IpPermission(Shape, frozen=True, kw_only=True):
    ip_protocol: str = "-1"
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()
    prefix_list_ids: tuple[PrefixListId, ...] = ()
    user_id_group_pairs: tuple[UserIdGroupPair, ...] = ()


class SecurityGroup(Tagged, frozen=True, kw_only=True):
    group_id: str
    group_name: str | None = None
    vpc_id: str | None = None
    owner_id: str | None = None
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()


class GroupIdentifier(Shape, frozen=True, kw_only=True):
    group_id: str | None = None
    group_name: str | None = None


class NetworkInterfaceAttachment(Shape, frozen=True, kw_only=True):
    attachment_id: str | None = None
    instance_id: str | None = None
    instance_owner_id: str | None = None
    device_index: int | None = None
    network_card_index: int | None = None
    delete_on_termination: bool | None = None
    status: str | None = None


class NetworkInterfaceAssociation(Shape, frozen=True, kw_only=True):
    public_ip: str | None = None
    allocation_id: str | None = None
    carrier_ip: str | None = None


class NetworkInterfacePrivateIpAddress(Shape, frozen=True, kw_only=True):
    private_ip_address: str | None = None
    primary: bool | None = None
    association: NetworkInterfaceAssociation | None = None


class NetworkInterfaceIpv6Address(Shape, frozen=True, kw_only=True):
    ipv6_address: str | None = None


class NetworkInterface(Shape, frozen=True, kw_only=True):
    network_interface_id: str
    vpc_id: str | None = None
    subnet_id: str | None = None
    availability_zone: str | None = None
    interface_type: str | None = None
    status: str | None = None
    description: str | None = None
    requester_id: str | None = None
    requester_managed: bool | None = None
    owner_id: str | None = None
    private_ip_address: str | None = None
    private_ip_addresses: tuple[NetworkInterfacePrivateIpAddress, ...] = ()
    ipv6_addresses: tuple[NetworkInterfaceIpv6Address, ...] = ()
    groups: tuple[GroupIdentifier, ...] = ()
    attachment: NetworkInterfaceAttachment | None = None
    association: NetworkInterfaceAssociation | None = None
    source_dest_check: bool | None = None
    tag_set: tuple[Tag, ...] = ()


class InstanceNetworkInterfaceAttachment(Shape, frozen=True, kw_only=True):
    attachment_id: str | None = None
    device_index: int | None = None
    network_card_index: int | None = None
    status: str | None = None


class InstanceNetworkInterface(Shape, frozen=True, kw_only=True):
    """An ENI as its instance lists it: a branch ENI of a trunk is not among them."""

    network_interface_id: str
    attachment: InstanceNetworkInterfaceAttachment | None = None
    interface_type: str | None = None
    description: str | None = None
    subnet_id: str | None = None
    vpc_id: str | None = None
    private_ip_address: str | None = None
    ipv6_addresses: tuple[NetworkInterfaceIpv6Address, ...] = ()
    groups: tuple[GroupIdentifier, ...] = ()
    association: NetworkInterfaceAssociation | None = None
    source_dest_check: bool | None = None


class InstanceState(Shape, frozen=True, kw_only=True):
    name: str | None = None


class IamInstanceProfile(Shape, frozen=True, kw_only=True):
    arn: str | None = None
    id: str | None = None


class Instance(Tagged, frozen=True, kw_only=True):
    instance_id: str
    instance_type: str | None = None
    image_id: str | None = None
    launch_time: datetime | None = None
    platform: str | None = None
    state: InstanceState | None = None
    subnet_id: str | None = None
    vpc_id: str | None = None
    private_ip_address: str | None = None
    public_ip_address: str | None = None
    ipv6_address: str | None = None
    iam_instance_profile: IamInstanceProfile | None = None
    network_interfaces: tuple[InstanceNetworkInterface, ...] = ()
    private_dns_name_options: PrivateDnsNameOptions | None = None
    security_groups: tuple[GroupIdentifier, ...] = ()
    source_dest_check: bool | None = None


class Reservation(Shape, frozen=True, kw_only=True):
    instances: tuple[Instance, ...] = ()
    owner_id: str | None = None


class NetworkCardInfo(Shape, frozen=True, kw_only=True):
    maximum_network_interfaces: int | None = None
    network_card_index: int | None = None


class NetworkInfo(Shape, frozen=True, kw_only=True):
    maximum_network_interfaces: int | None = None
    network_cards: tuple[NetworkCardInfo, ...] = ()
    ipv6_supported: bool | None = None


class VCpuInfo(Shape, frozen=True, kw_only=True):
    default_v_cpus: int | None = msgspec.field(default=None, name="DefaultVCpus")


class MemoryInfo(Shape, frozen=True, kw_only=True):
    size_in_mi_b: int | None = msgspec.field(default=None, name="SizeInMiB")


class GpuDeviceInfo(Shape, frozen=True, kw_only=True):
    count: int | None = None


class GpuInfo(Shape, frozen=True, kw_only=True):
    gpus: tuple[GpuDeviceInfo, ...] = ()


class ProcessorInfo(Shape, frozen=True, kw_only=True):
    supported_architectures: tuple[str, ...] = ()


class InstanceTypeInfo(Shape, frozen=True, kw_only=True):
    instance_type: str
    network_info: NetworkInfo | None = None
    v_cpu_info: VCpuInfo | None = msgspec.field(default=None, name="VCpuInfo")
    memory_info: MemoryInfo | None = None
    gpu_info: GpuInfo | None = None
    processor_info: ProcessorInfo | None = None
    hypervisor: str | None = None


class VpcEndpointGroup(Shape, frozen=True, kw_only=True):
    group_id: str | None = None


class VpcEndpointDnsOptions(Shape, frozen=True, kw_only=True):
    dns_record_ip_type: str | None = None
    private_dns_only_for_inbound_resolver_endpoint: bool | None = None


class VpcEndpoint(Tagged, frozen=True, kw_only=True):
    vpc_endpoint_id: str
    vpc_endpoint_type: str | None = None
    vpc_id: str | None = None
    service_name: str | None = None
    service_region: str | None = None
    state: str | None = None
    policy_document: str | None = None
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    groups: tuple[VpcEndpointGroup, ...] = ()
    private_dns_enabled: bool | None = None
    network_interface_ids: tuple[str, ...] = ()
    ip_address_type: str | None = None
    dns_options: VpcEndpointDnsOptions | None = None
    owner_id: str | None = None


class DhcpAttributeValue(Shape, frozen=True, kw_only=True):
    value: str | None = None


class DhcpConfiguration(Shape, frozen=True, kw_only=True):
    key: str | None = None
    values: tuple[DhcpAttributeValue, ...] = ()


class DhcpOptions(Tagged, frozen=True, kw_only=True):
    dhcp_options_id: str
    dhcp_configurations: tuple[DhcpConfiguration, ...] = ()


class PrefixList(Shape, frozen=True, kw_only=True):
    """An AWS service's prefix list: `ec2:DescribePrefixLists`."""

    prefix_list_id: str
    prefix_list_name: str | None = None
    cidrs: tuple[str, ...] = ()


class ManagedPrefixList(Tagged, frozen=True, kw_only=True):
    prefix_list_id: str
    prefix_list_name: str | None = None
    address_family: str | None = None
    max_entries: int | None = None
    owner_id: str | None = None
    state: str | None = None


class PrefixListEntry(Shape, frozen=True, kw_only=True):
    cidr: str | None = None


class PrefixListEntries(Shape, frozen=True, kw_only=True):
    """The entries of one managed prefix list: `ec2:GetManagedPrefixListEntries`."""

    prefix_list_id: str
    entries: tuple[PrefixListEntry, ...] = ()


class VpcPeeringConnectionVpcInfo(Shape, frozen=True, kw_only=True):
    vpc_id: str | None = None
    owner_id: str | None = None
    region: str | None = None
    cidr_block: str | None = None
    cidr_block_set: tuple[VpcCidrBlockAssociation, ...] = ()
    ipv6_cidr_block_set: tuple[Ipv6CidrBlockAssociation, ...] = ()


class VpcPeeringConnectionStateReason(Shape, frozen=True, kw_only=True):
    code: str | None = None
    message: str | None = None


class VpcPeeringConnection(Tagged, frozen=True, kw_only=True):
    vpc_peering_connection_id: str
    accepter_vpc_info: VpcPeeringConnectionVpcInfo | None = None
    requester_vpc_info: VpcPeeringConnectionVpcInfo | None = None
    status: VpcPeeringConnectionStateReason | None = None


class TransitGatewayAttachmentAssociation(Shape, frozen=True, kw_only=True):
    transit_gateway_route_table_id: str | None = None
    state: str | None = None


class TransitGatewayAttachment(Tagged, frozen=True, kw_only=True):
    transit_gateway_attachment_id: str
    transit_gateway_id: str | None = None
    transit_gateway_owner_id: str | None = None
    resource_owner_id: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    state: str | None = None
    association: TransitGatewayAttachmentAssociation | None = None


class TransitGatewayVpcAttachmentOptions(Shape, frozen=True, kw_only=True):
    security_group_referencing_support: str | None = None
    """Counts where the transit gateway has it too; there it is off unless somebody turned it on."""


class TransitGatewayVpcAttachment(Tagged, frozen=True, kw_only=True):
    transit_gateway_attachment_id: str
    transit_gateway_id: str | None = None
    vpc_id: str | None = None
    vpc_owner_id: str | None = None
    state: str | None = None
    subnet_ids: tuple[str, ...] = ()
    options: TransitGatewayVpcAttachmentOptions | None = None


class TransitGatewayRouteTable(Tagged, frozen=True, kw_only=True):
    transit_gateway_route_table_id: str
    transit_gateway_id: str | None = None
    state: str | None = None
    default_association_route_table: bool | None = None
    default_propagation_route_table: bool | None = None


class TransitGatewayRouteAttachment(Shape, frozen=True, kw_only=True):
    resource_id: str | None = None
    transit_gateway_attachment_id: str | None = None
    resource_type: str | None = None


class TransitGatewayRoute(Shape, frozen=True, kw_only=True):
    destination_cidr_block: str | None = None
    prefix_list_id: str | None = None
    transit_gateway_attachments: tuple[TransitGatewayRouteAttachment, ...] = ()
    type: str | None = None
    state: str | None = None


class TransitGatewayRoutes(Shape, frozen=True, kw_only=True):
    """The routes of one transit gateway route table: `ec2:SearchTransitGatewayRoutes`."""

    transit_gateway_route_table_id: str
    routes: tuple[TransitGatewayRoute, ...] = ()
    additional_routes_available: bool | None = None


class TransitGatewayRouteTablePropagation(Shape, frozen=True, kw_only=True):
    transit_gateway_attachment_id: str | None = None
    resource_id: str | None = None
    resource_type: str | None = None
    state: str | None = None


class TransitGatewayRouteTablePropagations(Shape, frozen=True, kw_only=True):
    """What propagates into one transit gateway route table."""

    transit_gateway_route_table_id: str
    transit_gateway_route_table_propagations: tuple[TransitGatewayRouteTablePropagation, ...] = ()


class TransitGatewayRouteTableAssociation(Shape, frozen=True, kw_only=True):
    transit_gateway_attachment_id: str | None = None
    resource_id: str | None = None
    resource_type: str | None = None
    state: str | None = None


class TransitGatewayRouteTableAssociations(Shape, frozen=True, kw_only=True):
    """What is associated with one transit gateway route table."""

    transit_gateway_route_table_id: str
    associations: tuple[TransitGatewayRouteTableAssociation, ...] = ()


class VpcBlockPublicAccessOptions(Shape, frozen=True, kw_only=True):
    """The account's VPC Block Public Access in one Region."""

    aws_account_id: str | None = None
    aws_region: str | None = None
    internet_gateway_block_mode: str | None = None
    exclusions_allowed: str | None = None
    state: str | None = None


class VpcBlockPublicAccessExclusion(Tagged, frozen=True, kw_only=True):
    exclusion_id: str
    internet_gateway_exclusion_mode: str | None = None
    resource_arn: str | None = None
    state: str | None = None
