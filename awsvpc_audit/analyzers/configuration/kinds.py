"""What is compared: every kind of resource as data, in the order in which a difference tells them.

Left out is what changes by itself: times, events, counts of tasks and of free addresses, the ENIs of tasks, health.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from awsvpc_audit.analyzers.configuration.members import Elements, Member, Names, Plain, Policy, Row, Texts, at
from awsvpc_audit.model import tables
from awsvpc_audit.model.tables import TableSpec

SERVICE_LINKED_ROLE = "AWSServiceRoleForECS"

LOG_OPTIONS = ("awslogs-group", "awslogs-region", "awslogs-create-group", "awslogs-endpoint", "mode", "max-buffer-size")
"""Options of log drivers that name a place or a mode. Any other may be a secret, so none other is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How the rows of one operation are compared.

    Attributes:
        table: the operation.
        type: the type of the resource, as findings say it.
        key: what identifies a row. Two rows with one key are one resource at two times.
        id: how people call it.
        arn: path to its ARN, where it has one.
        label: what to say beside the id.
        members: what matters of it.
        is_news: whether it is worth telling that just one side has a row. Not where rows are only asked for when
            something is wrong, nor where another kind tells it.
        ended: path to the state and its last values: of such a row it means nothing that AWS forgets it.
        cluster: path to the ARN of the cluster that it belongs to.
        vpc: path to the VPC that it is read with.
    """

    table: TableSpec[Any]
    type: str
    key: Callable[[Row], str]
    id: Callable[[Row], str]
    arn: str = ""
    label: Callable[[Row], str | None] = lambda row: name_tag(row)
    members: tuple[Member, ...] = ()
    is_news: Callable[[Row], bool] = lambda _row: True
    ended: tuple[str, frozenset[str]] = ("", frozenset())
    cluster: str = ""
    vpc: str = ""


def name_tag(row: Row) -> str | None:
    """The `Name` tag."""
    return next((tag["Value"] for tag in row.get("Tags") or () if tag.get("Key") == "Name" and tag.get("Value")), None)


def _nothing(_row: Row) -> None:
    return None


def _never(_row: Row) -> bool:
    return False


def _last(path: str, separator: str = "/") -> Callable[[Row], str]:
    return lambda row: str(at(row, path)).rsplit(separator, 1)[-1]


def _by(path: str) -> Callable[[Row], str]:
    return lambda row: str(at(row, path))


def _ended(path: str, *values: str) -> tuple[str, frozenset[str]]:
    return path, frozenset(values)


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


_HOST_ATTRIBUTES = frozenset(
    {
        *("ecs.awsvpc-trunk-id", "ecs.capability.task-eni", "ecs.capability.task-eni-trunking"),
        *("ecs.capability.task-eni.ipv6", "ecs.capability.ipv6-only", "ecs.instance-type", "ecs.os-family"),
    }
)


def _host_attributes(row: Row) -> Iterator[str]:
    """Attributes that decide on awsvpc placement, and people's own, which placement constraints name."""
    for attribute in row.get("attributes") or ():
        name = str(attribute.get("name"))
        if name in _HOST_ATTRIBUTES or not name.startswith(("ecs.", "com.amazonaws.ecs.")):
            yield f"{name}={attribute['value']}" if attribute.get("value") else name


def _balancers(row: Row) -> Iterator[str]:
    for entry in row.get("loadBalancers") or ():
        what = entry.get("targetGroupArn") or entry.get("loadBalancerName")
        yield f"{what} {entry.get('containerName')}:{entry.get('containerPort')}"


def _constraints(row: Row) -> Iterator[str]:
    for entry in row.get("placementConstraints") or ():
        yield " ".join(str(each) for each in (entry.get("type"), entry.get("expression")) if each)


def _strategies(row: Row) -> Iterator[str]:
    """Of placement strategies the order counts."""
    steps = [
        " ".join(str(each) for each in (e.get("type"), e.get("field")) if each)
        for e in row.get("placementStrategy") or ()
    ]
    if steps:
        yield ", then ".join(steps)


def _port_mappings(container: Row) -> Iterator[str]:
    for mapping in container.get("portMappings") or ():
        port = mapping.get("containerPort") or mapping.get("containerPortRange")
        host = mapping.get("hostPort")
        yield f"{port}{f' on host {host}' if host not in {None, port} else ''}/{mapping.get('protocol') or 'tcp'}"


def _requirements(container: Row) -> Iterator[str]:
    for entry in container.get("resourceRequirements") or ():
        yield f"{entry.get('type')} {entry.get('value')}"


def _forwards(row: Row) -> Iterator[str]:
    for action in row.get("DefaultActions") or ():
        arns = {action.get("TargetGroupArn")}
        arns |= {each.get("TargetGroupArn") for each in at(action, "ForwardConfig.TargetGroups") or ()}
        for arn in sorted(arn for arn in arns if arn):
            yield f"{action.get('Type')} {arn}"


def _records(row: Row) -> Iterator[str]:
    for record in row.get("ResourceRecords") or ():
        yield str(record.get("Value"))
    if at(row, "AliasTarget.DNSName"):
        yield f"alias {at(row, 'AliasTarget.DNSName')}"


def _dhcp_values(row: Row) -> Iterator[str]:
    """Of name servers the order counts."""
    for entry in row.get("DhcpConfigurations") or ():
        yield f"{entry.get('Key')} {', '.join(str(each.get('Value')) for each in entry.get('Values') or ())}"


def _tgw_route_target(route: Row) -> str:
    return _destination(route)


def _schedule_id(row: Row) -> str:
    return f"scheduler:schedule/{row.get('GroupName') or 'default'}/{row.get('Name')}"


def _plain(*paths: str) -> tuple[Member, ...]:
    return tuple(Plain(path) for path in paths)


_VPC_CONFIGURATION = "networkConfiguration.awsvpcConfiguration"

_STRATEGY_ITEM = Elements("capacityProviderStrategy", _by("capacityProvider"), ("base", "weight"))

_RUN_TASK: tuple[str, ...] = (
    *("TaskDefinitionArn", "TaskCount", "LaunchType", "PlatformVersion"),
    "NetworkConfiguration.awsvpcConfiguration.AssignPublicIp",
)


def _launched(path: str) -> tuple[Member, ...]:
    """How a launcher runs tasks."""
    network = f"{path}.NetworkConfiguration.awsvpcConfiguration"
    return (
        *_plain(*(f"{path}.{each}" for each in _RUN_TASK)),
        Names(f"{network}.Subnets"),
        Names(f"{network}.SecurityGroups"),
        Elements(f"{path}.CapacityProviderStrategy", _by("capacityProvider"), ("base", "weight")),
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.CLUSTERS,
        type="cluster",
        key=_by("clusterArn"),
        id=_last("clusterArn"),
        arn="clusterArn",
        label=_nothing,
        ended=_ended("status", "INACTIVE"),
        cluster="clusterArn",
        members=(
            Plain("status"),
            Names("capacityProviders"),
            Elements("defaultCapacityProviderStrategy", _by("capacityProvider"), ("base", "weight")),
            Elements("settings", _by("name"), ("value",)),
        ),
    ),
    Kind(
        table=tables.SERVICES,
        type="service",
        key=_by("serviceArn"),
        id=lambda row: str(row.get("serviceName") or row["serviceArn"]).rsplit("/", 1)[-1],
        arn="serviceArn",
        label=_nothing,
        ended=_ended("status", "INACTIVE"),
        cluster="clusterArn",
        members=(
            *_plain("status", "desiredCount", "taskDefinition", "launchType"),
            _STRATEGY_ITEM,
            *_plain("platformVersion", "schedulingStrategy"),
            Names(f"{_VPC_CONFIGURATION}.subnets"),
            Names(f"{_VPC_CONFIGURATION}.securityGroups"),
            Plain(f"{_VPC_CONFIGURATION}.assignPublicIp"),
            Texts("loadBalancers", _balancers),
            Elements("serviceRegistries", _by("registryArn"), ("containerName", "containerPort", "port")),
            Texts("placementConstraints", _constraints),
            Texts("placementStrategy", _strategies),
            *_plain(
                "deploymentConfiguration.maximumPercent",
                "deploymentConfiguration.minimumHealthyPercent",
                "deploymentConfiguration.deploymentCircuitBreaker.enable",
                "deploymentConfiguration.deploymentCircuitBreaker.rollback",
                "deploymentController.type",
                "healthCheckGracePeriodSeconds",
                "enableExecuteCommand",
                "availabilityZoneRebalancing",
                "roleArn",
            ),
            Elements(
                "taskSets",
                _by("id"),
                (
                    *("status", "taskDefinition", "launchType", "platformVersion"),
                    f"{_VPC_CONFIGURATION}.subnets",
                    f"{_VPC_CONFIGURATION}.securityGroups",
                    f"{_VPC_CONFIGURATION}.assignPublicIp",
                ),
            ),
        ),
    ),
    Kind(
        table=tables.TASK_DEFINITIONS,
        type="task_definition",
        key=_by("taskDefinitionArn"),
        id=_last("taskDefinitionArn"),
        arn="taskDefinitionArn",
        label=_nothing,
        # A revision never changes, and which ones are read is what services use: they tell it.
        is_news=_never,
        members=(Plain("status"),),
    ),
    Kind(
        table=tables.CONTAINER_INSTANCES,
        type="instance",
        key=_by("containerInstanceArn"),
        id=lambda row: str(row.get("ec2InstanceId") or row["containerInstanceArn"]).rsplit("/", 1)[-1],
        arn="containerInstanceArn",
        label=_nothing,
        ended=_ended("status", "INACTIVE", "DEREGISTERING"),
        cluster="clusterArn",
        members=(
            *_plain("status", "statusReason", "agentConnected", "versionInfo.agentVersion", "capacityProviderName"),
            Texts("attributes", _host_attributes),
        ),
    ),
    Kind(
        table=tables.CAPACITY_PROVIDERS,
        type="capacity_provider",
        key=_by("name"),
        id=_by("name"),
        arn="capacityProviderArn",
        label=_nothing,
        members=_plain(
            "status",
            "updateStatus",
            "autoScalingGroupProvider.autoScalingGroupArn",
            "autoScalingGroupProvider.managedScaling.status",
            "autoScalingGroupProvider.managedScaling.targetCapacity",
            "autoScalingGroupProvider.managedScaling.minimumScalingStepSize",
            "autoScalingGroupProvider.managedScaling.maximumScalingStepSize",
            "autoScalingGroupProvider.managedTerminationProtection",
        ),
    ),
    Kind(
        table=tables.AUTO_SCALING_GROUPS,
        type="auto_scaling_group",
        key=_by("AutoScalingGroupName"),
        id=_by("AutoScalingGroupName"),
        arn="AutoScalingGroupARN",
        members=(
            *_plain("MinSize", "MaxSize"),
            Names("AvailabilityZones"),
            Names("SuspendedProcesses", "ProcessName"),
        ),
    ),
    Kind(
        table=tables.ACCOUNT_SETTINGS,
        type="account_setting",
        key=lambda row: f"{row.get('name')} of {row.get('principalArn') or 'the caller'}",
        id=_by("name"),
        label=lambda row: row.get("principalArn"),
        # Those of instance roles are only asked for where an instance lacks its trunk.
        is_news=lambda row: ":role/" not in str(row.get("principalArn")),
        members=_plain("value"),
    ),
    Kind(
        table=tables.VPCS,
        type="vpc",
        key=_by("VpcId"),
        id=_by("VpcId"),
        members=(
            Texts("CidrBlockAssociationSet[].CidrBlock", _associated_ipv4),
            Texts("Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", _associated_ipv6),
            Plain("DhcpOptionsId"),
        ),
    ),
    Kind(
        table=tables.VPC_ATTRIBUTES,
        type="vpc",
        key=_by("VpcId"),
        id=_by("VpcId"),
        is_news=_never,
        members=_plain("EnableDnsSupport.Value", "EnableDnsHostnames.Value"),
    ),
    Kind(
        table=tables.DHCP_OPTIONS,
        type="dhcp_options",
        key=_by("DhcpOptionsId"),
        id=_by("DhcpOptionsId"),
        members=(Texts("DhcpConfigurations", _dhcp_values),),
    ),
    Kind(
        table=tables.BLOCK_PUBLIC_ACCESS_OPTIONS,
        type="vpc_block_public_access_options",
        key=lambda _row: "account",
        id=lambda row: str(row.get("AwsRegion") or "account"),
        is_news=_never,
        members=_plain("InternetGatewayBlockMode", "State"),
    ),
    Kind(
        table=tables.BLOCK_PUBLIC_ACCESS_EXCLUSIONS,
        type="vpc_block_public_access_exclusion",
        key=_by("ExclusionId"),
        id=_by("ExclusionId"),
        ended=_ended("State", "delete-complete"),
        members=_plain("ResourceArn", "InternetGatewayExclusionMode", "State"),
    ),
    Kind(
        table=tables.SUBNETS,
        type="subnet",
        vpc="VpcId",
        key=_by("SubnetId"),
        id=_by("SubnetId"),
        members=(
            *_plain("VpcId", "CidrBlock", "AvailabilityZone", "State", "OwnerId", "MapPublicIpOnLaunch"),
            Texts("Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", _associated_ipv6),
            *_plain(
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
        key=_by("RouteTableId"),
        id=_by("RouteTableId"),
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
        key=_by("NetworkAclId"),
        id=_by("NetworkAclId"),
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
        key=_by("GroupId"),
        id=_by("GroupId"),
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
        key=_by("PrefixListId"),
        id=_by("PrefixListId"),
        members=(Names("Entries", "Cidr"),),
    ),
    Kind(
        table=tables.INTERNET_GATEWAYS,
        type="internet_gateway",
        key=_by("InternetGatewayId"),
        id=_by("InternetGatewayId"),
        members=(Elements("Attachments", _by("VpcId"), ("State",)),),
    ),
    Kind(
        table=tables.EGRESS_ONLY_INTERNET_GATEWAYS,
        type="egress_only_internet_gateway",
        key=_by("EgressOnlyInternetGatewayId"),
        id=_by("EgressOnlyInternetGatewayId"),
        members=(Elements("Attachments", _by("VpcId"), ("State",)),),
    ),
    Kind(
        table=tables.NAT_GATEWAYS,
        type="nat_gateway",
        vpc="VpcId",
        key=_by("NatGatewayId"),
        id=_by("NatGatewayId"),
        ended=_ended("State", "deleted"),
        members=(
            *_plain("State", "FailureCode", "FailureMessage", "SubnetId", "ConnectivityType", "AvailabilityMode"),
            Names("NatGatewayAddresses", "PublicIp"),
        ),
    ),
    Kind(
        table=tables.VPC_ENDPOINTS,
        type="vpc_endpoint",
        vpc="VpcId",
        key=_by("VpcEndpointId"),
        id=_by("VpcEndpointId"),
        label=lambda row: row.get("ServiceName"),
        ended=_ended("State", "deleted"),
        members=(
            *_plain("State", "VpcEndpointType", "PrivateDnsEnabled", "IpAddressType", "DnsOptions.DnsRecordIpType"),
            Names("SubnetIds"),
            Names("Groups", "GroupId"),
            Names("RouteTableIds"),
            Policy("PolicyDocument"),
        ),
    ),
    Kind(
        table=tables.VPC_PEERING_CONNECTIONS,
        type="vpc_peering_connection",
        key=_by("VpcPeeringConnectionId"),
        id=_by("VpcPeeringConnectionId"),
        ended=_ended("Status.Code", "deleted", "rejected", "expired", "failed"),
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
        key=_by("TransitGatewayAttachmentId"),
        id=_by("TransitGatewayAttachmentId"),
        ended=_ended("State", "deleted"),
        members=_plain("State", "ResourceId", "Association.TransitGatewayRouteTableId", "Association.State"),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_VPC_ATTACHMENTS,
        type="transit_gateway_attachment",
        key=_by("TransitGatewayAttachmentId"),
        id=_by("TransitGatewayAttachmentId"),
        is_news=_never,
        members=(Names("SubnetIds"),),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_ROUTES,
        type="transit_gateway_route_table",
        key=_by("TransitGatewayRouteTableId"),
        id=_by("TransitGatewayRouteTableId"),
        members=(
            Elements(
                "Routes",
                _tgw_route_target,
                ("Type", "State", "TransitGatewayAttachments"),
            ),
        ),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_ASSOCIATIONS,
        type="transit_gateway_route_table",
        key=_by("TransitGatewayRouteTableId"),
        id=_by("TransitGatewayRouteTableId"),
        is_news=_never,
        members=(Elements("Associations", _by("TransitGatewayAttachmentId"), ("State",)),),
    ),
    Kind(
        table=tables.TRANSIT_GATEWAY_PROPAGATIONS,
        type="transit_gateway_route_table",
        key=_by("TransitGatewayRouteTableId"),
        id=_by("TransitGatewayRouteTableId"),
        is_news=_never,
        members=(Elements("TransitGatewayRouteTablePropagations", _by("TransitGatewayAttachmentId"), ("State",)),),
    ),
    Kind(
        table=tables.INSTANCES,
        type="instance",
        key=_by("InstanceId"),
        id=_by("InstanceId"),
        # Container instances tell which came and which are gone.
        is_news=_never,
        members=(
            *_plain("InstanceType", "State.Name", "SubnetId", "PublicIpAddress", "SourceDestCheck"),
            Names("SecurityGroups", "GroupId"),
            Plain("IamInstanceProfile.Arn"),
            Plain("PrivateDnsNameOptions.EnableResourceNameDnsARecord"),
            Texts("NetworkInterfaces", _own_interfaces),
        ),
    ),
    Kind(
        table=tables.LOAD_BALANCERS,
        type="load_balancer",
        key=_by("LoadBalancerArn"),
        id=lambda row: str(row.get("LoadBalancerName") or row["LoadBalancerArn"]),
        arn="LoadBalancerArn",
        members=(
            *_plain("State.Code", "Scheme", "IpAddressType", "VpcId"),
            Texts(
                "AvailabilityZones",
                lambda row: (f"{z.get('ZoneName')} {z.get('SubnetId')}" for z in row.get("AvailabilityZones") or ()),
            ),
            Names("SecurityGroups"),
            Plain("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"),
        ),
    ),
    Kind(
        table=tables.LISTENERS,
        type="listener",
        key=_by("ListenerArn"),
        id=_last("ListenerArn", ":listener/"),
        arn="ListenerArn",
        members=(*_plain("Port", "Protocol"), Texts("DefaultActions", _forwards)),
    ),
    Kind(
        table=tables.TARGET_GROUPS,
        type="target_group",
        key=_by("TargetGroupArn"),
        id=lambda row: str(row.get("TargetGroupName") or row["TargetGroupArn"]),
        arn="TargetGroupArn",
        members=(
            *_plain("TargetType", "Protocol", "Port", "VpcId", "IpAddressType"),
            *_plain("HealthCheckEnabled", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath"),
            *_plain("Matcher.HttpCode", "Matcher.GrpcCode"),
            Names("LoadBalancerArns"),
        ),
    ),
    Kind(
        table=tables.MOUNT_TARGETS,
        type="mount_target",
        key=_by("MountTargetId"),
        id=_by("MountTargetId"),
        label=lambda row: row.get("FileSystemId"),
        members=_plain("LifeCycleState", "SubnetId", "IpAddress"),
    ),
    Kind(
        table=tables.MOUNT_TARGET_SECURITY_GROUPS,
        type="mount_target",
        key=_by("MountTargetId"),
        id=_by("MountTargetId"),
        is_news=_never,
        members=(Names("SecurityGroups"),),
    ),
    Kind(
        table=tables.HOSTED_ZONES_BY_VPC,
        type="hosted_zone",
        key=lambda row: f"{row['HostedZoneId']} of {row.get('VPCId')}",
        id=_last("HostedZoneId"),
        label=lambda row: f"{row.get('Name')} of {row.get('VPCId')}",
    ),
    Kind(
        table=tables.RESOURCE_RECORD_SETS,
        type="resource_record_set",
        key=lambda row: f"{row.get('Type')} {row.get('Name')} in {row.get('HostedZoneId')}",
        id=lambda row: f"{row.get('Name')} {row.get('Type')}",
        label=lambda row: row.get("HostedZoneId"),
        members=(Texts("ResourceRecords", _records),),
    ),
    Kind(
        table=tables.ROLES,
        type="iam_role",
        key=_by("RoleName"),
        id=_by("RoleName"),
        arn="Arn",
        # Roles of tasks are asked for where tasks do not start.
        is_news=lambda row: row["RoleName"] == SERVICE_LINKED_ROLE,
        members=(Policy("AssumeRolePolicyDocument"),),
    ),
    Kind(
        table=tables.INSTANCE_PROFILES,
        type="instance_profile",
        key=_by("InstanceProfileName"),
        id=_by("InstanceProfileName"),
        arn="Arn",
        is_news=_never,
        members=(Names("Roles", "RoleName"),),
    ),
    Kind(
        table=tables.EVENT_RULES,
        type="launcher",
        key=_by("Name"),
        id=lambda row: f"events:rule/{row['Name']}",
        arn="Arn",
        members=_plain("State", "ScheduleExpression"),
    ),
    Kind(
        table=tables.EVENT_TARGETS,
        type="launcher",
        key=lambda row: f"{row.get('Rule')}/{row.get('Id')}",
        id=lambda row: f"events:rule/{row.get('Rule')}",
        label=lambda row: f"target {row.get('Id')}",
        members=(Plain("Arn"), *_launched("EcsParameters")),
    ),
    Kind(
        table=tables.SCHEDULES,
        type="launcher",
        key=_schedule_id,
        id=_schedule_id,
        arn="Arn",
        members=(*_plain("State", "ScheduleExpression", "Target.Arn"), *_launched("Target.EcsParameters")),
    ),
    Kind(
        table=tables.STATE_MACHINES,
        type="launcher",
        key=_by("stateMachineArn"),
        id=lambda row: f"states:statemachine/{row.get('name') or row['stateMachineArn'].rsplit(':', 1)[-1]}",
        arn="stateMachineArn",
        members=(Plain("status"), Policy("definition")),
    ),
)
"""Every kind, in the order of a report."""

CONTAINER: tuple[Member, ...] = (
    *_plain("image", "cpu", "memory", "memoryReservation", "essential"),
    Texts("portMappings", _port_mappings),
    Elements("secrets", _by("name"), ("valueFrom",)),
    Names("environmentFiles", "value"),
    Plain("repositoryCredentials.credentialsParameter"),
    Plain("logConfiguration.logDriver"),
    *_plain(*(f"logConfiguration.options.{option}" for option in LOG_OPTIONS)),
    Elements("logConfiguration.secretOptions", _by("name"), ("valueFrom",)),
    Texts("resourceRequirements", _requirements),
)
"""What matters of one container of a task definition. Values of environment variables are not even in the model."""

TASK_DEFINITION: tuple[Member, ...] = (
    *_plain("networkMode", "cpu", "memory", "taskRoleArn", "executionRoleArn"),
    *_plain("runtimePlatform.operatingSystemFamily", "runtimePlatform.cpuArchitecture"),
    Names("requiresCompatibilities"),
    Names("requiresAttributes", "name"),
    Texts("placementConstraints", _constraints),
    Elements(
        "volumes",
        _by("name"),
        (
            "efsVolumeConfiguration.fileSystemId",
            "efsVolumeConfiguration.rootDirectory",
            "efsVolumeConfiguration.transitEncryption",
            "efsVolumeConfiguration.authorizationConfig.accessPointId",
            "efsVolumeConfiguration.authorizationConfig.iam",
        ),
    ),
)
"""What matters of a task definition beside its containers."""


def container_names(*task_definitions: Row) -> list[str]:
    """Names of the containers of all these, in order."""
    found: Iterable[str] = {
        str(container.get("name"))
        for definition in task_definitions
        for container in definition.get("containerDefinitions") or ()
    }
    return sorted(found)
