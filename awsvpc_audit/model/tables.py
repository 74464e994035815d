"""Every table of the snapshot: which AWS operation fills it, under which key, with rows of which shape.

This is the one place that ties a file of the snapshot (`ec2.DescribeSubnets.json`) to a typed record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from awsvpc_audit.model import (
    autoscaling,
    cloudtrail,
    ec2,
    ecr,
    ecs,
    efs,
    elbv2,
    events,
    iam,
    logs,
    route53,
    secretsmanager,
    ssm,
    stepfunctions,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, eq=False)
class TableSpec(Generic[Row]):
    """One operation's answer as a table.

    Attributes:
        operation: `service:Operation` with boto3's name of the service (`ec2:DescribeSubnets`).
        result_key: the member of the response that holds the list, as boto3 spells it.
        row: the shape of one entry of that list.
        key: the identity of a row, or ``None`` where a table is only ever walked.
        flatten: takes an entry of the list apart, where AWS nests the rows (reservations hold instances).
        is_object: the member is one object and not a list (`ec2:DescribeVpcBlockPublicAccessOptions`).
    """

    operation: str
    result_key: str
    row: type[Any]
    key: Callable[[Row], str | None] = lambda _row: None
    flatten: Callable[[Any], Iterable[Row]] | None = None
    is_object: bool = False

    @property
    def file_stem(self) -> str:
        """The name of its file in a snapshot, without `.json`."""
        return self.operation.replace(":", ".")

    @property
    def is_global(self) -> bool:
        """Whether the file lies under `<account>/global/`."""
        return self.operation.startswith(("iam:", "route53:"))


CLUSTERS: TableSpec[ecs.Cluster] = TableSpec(
    "ecs:DescribeClusters", "clusters", ecs.Cluster, key=lambda row: row.cluster_arn
)
SERVICES: TableSpec[ecs.Service] = TableSpec(
    "ecs:DescribeServices", "services", ecs.Service, key=lambda row: row.service_arn
)
TASKS: TableSpec[ecs.Task] = TableSpec("ecs:DescribeTasks", "tasks", ecs.Task, key=lambda row: row.task_arn)
TASK_DEFINITIONS: TableSpec[ecs.TaskDefinition] = TableSpec(
    "ecs:DescribeTaskDefinition",
    "taskDefinitions",
    ecs.TaskDefinition,
    key=lambda row: row.task_definition_arn,
)
CONTAINER_INSTANCES: TableSpec[ecs.ContainerInstance] = TableSpec(
    "ecs:DescribeContainerInstances",
    "containerInstances",
    ecs.ContainerInstance,
    key=lambda row: row.container_instance_arn,
)
CAPACITY_PROVIDERS: TableSpec[ecs.CapacityProvider] = TableSpec(
    "ecs:DescribeCapacityProviders", "capacityProviders", ecs.CapacityProvider, key=lambda row: row.name
)
ACCOUNT_SETTINGS: TableSpec[ecs.Setting] = TableSpec("ecs:ListAccountSettings", "settings", ecs.Setting)

VPCS: TableSpec[ec2.Vpc] = TableSpec("ec2:DescribeVpcs", "Vpcs", ec2.Vpc, key=lambda row: row.vpc_id)
VPC_ATTRIBUTES: TableSpec[ec2.VpcAttributes] = TableSpec(
    "ec2:DescribeVpcAttribute", "VpcAttributes", ec2.VpcAttributes, key=lambda row: row.vpc_id
)
SUBNETS: TableSpec[ec2.Subnet] = TableSpec("ec2:DescribeSubnets", "Subnets", ec2.Subnet, key=lambda row: row.subnet_id)
ROUTE_TABLES: TableSpec[ec2.RouteTable] = TableSpec(
    "ec2:DescribeRouteTables", "RouteTables", ec2.RouteTable, key=lambda row: row.route_table_id
)
NAT_GATEWAYS: TableSpec[ec2.NatGateway] = TableSpec(
    "ec2:DescribeNatGateways", "NatGateways", ec2.NatGateway, key=lambda row: row.nat_gateway_id
)
INTERNET_GATEWAYS: TableSpec[ec2.InternetGateway] = TableSpec(
    "ec2:DescribeInternetGateways",
    "InternetGateways",
    ec2.InternetGateway,
    key=lambda row: row.internet_gateway_id,
)
EGRESS_ONLY_INTERNET_GATEWAYS: TableSpec[ec2.EgressOnlyInternetGateway] = TableSpec(
    "ec2:DescribeEgressOnlyInternetGateways",
    "EgressOnlyInternetGateways",
    ec2.EgressOnlyInternetGateway,
    key=lambda row: row.egress_only_internet_gateway_id,
)
NETWORK_ACLS: TableSpec[ec2.NetworkAcl] = TableSpec(
    "ec2:DescribeNetworkAcls", "NetworkAcls", ec2.NetworkAcl, key=lambda row: row.network_acl_id
)
SECURITY_GROUPS: TableSpec[ec2.SecurityGroup] = TableSpec(
    "ec2:DescribeSecurityGroups", "SecurityGroups", ec2.SecurityGroup, key=lambda row: row.group_id
)
NETWORK_INTERFACES: TableSpec[ec2.NetworkInterface] = TableSpec(
    "ec2:DescribeNetworkInterfaces",
    "NetworkInterfaces",
    ec2.NetworkInterface,
    key=lambda row: row.network_interface_id,
)
INSTANCES: TableSpec[ec2.Instance] = TableSpec(
    "ec2:DescribeInstances",
    "Reservations",
    ec2.Reservation,
    key=lambda row: row.instance_id,
    flatten=lambda reservation: reservation.instances,
)
INSTANCE_TYPES: TableSpec[ec2.InstanceTypeInfo] = TableSpec(
    "ec2:DescribeInstanceTypes", "InstanceTypes", ec2.InstanceTypeInfo, key=lambda row: row.instance_type
)
VPC_ENDPOINTS: TableSpec[ec2.VpcEndpoint] = TableSpec(
    "ec2:DescribeVpcEndpoints", "VpcEndpoints", ec2.VpcEndpoint, key=lambda row: row.vpc_endpoint_id
)
DHCP_OPTIONS: TableSpec[ec2.DhcpOptions] = TableSpec(
    "ec2:DescribeDhcpOptions", "DhcpOptions", ec2.DhcpOptions, key=lambda row: row.dhcp_options_id
)
PREFIX_LISTS: TableSpec[ec2.PrefixList] = TableSpec(
    "ec2:DescribePrefixLists", "PrefixLists", ec2.PrefixList, key=lambda row: row.prefix_list_id
)
MANAGED_PREFIX_LISTS: TableSpec[ec2.ManagedPrefixList] = TableSpec(
    "ec2:DescribeManagedPrefixLists",
    "PrefixLists",
    ec2.ManagedPrefixList,
    key=lambda row: row.prefix_list_id,
)
PREFIX_LIST_ENTRIES: TableSpec[ec2.PrefixListEntries] = TableSpec(
    "ec2:GetManagedPrefixListEntries",
    "PrefixLists",
    ec2.PrefixListEntries,
    key=lambda row: row.prefix_list_id,
)
VPC_PEERING_CONNECTIONS: TableSpec[ec2.VpcPeeringConnection] = TableSpec(
    "ec2:DescribeVpcPeeringConnections",
    "VpcPeeringConnections",
    ec2.VpcPeeringConnection,
    key=lambda row: row.vpc_peering_connection_id,
)
TRANSIT_GATEWAY_ATTACHMENTS: TableSpec[ec2.TransitGatewayAttachment] = TableSpec(
    "ec2:DescribeTransitGatewayAttachments",
    "TransitGatewayAttachments",
    ec2.TransitGatewayAttachment,
    key=lambda row: row.transit_gateway_attachment_id,
)
TRANSIT_GATEWAY_VPC_ATTACHMENTS: TableSpec[ec2.TransitGatewayVpcAttachment] = TableSpec(
    "ec2:DescribeTransitGatewayVpcAttachments",
    "TransitGatewayVpcAttachments",
    ec2.TransitGatewayVpcAttachment,
    key=lambda row: row.transit_gateway_attachment_id,
)
TRANSIT_GATEWAY_ROUTE_TABLES: TableSpec[ec2.TransitGatewayRouteTable] = TableSpec(
    "ec2:DescribeTransitGatewayRouteTables",
    "TransitGatewayRouteTables",
    ec2.TransitGatewayRouteTable,
    key=lambda row: row.transit_gateway_route_table_id,
)
TRANSIT_GATEWAY_ROUTES: TableSpec[ec2.TransitGatewayRoutes] = TableSpec(
    "ec2:SearchTransitGatewayRoutes",
    "TransitGatewayRouteTables",
    ec2.TransitGatewayRoutes,
    key=lambda row: row.transit_gateway_route_table_id,
)
TRANSIT_GATEWAY_PROPAGATIONS: TableSpec[ec2.TransitGatewayRouteTablePropagations] = TableSpec(
    "ec2:GetTransitGatewayRouteTablePropagations",
    "TransitGatewayRouteTables",
    ec2.TransitGatewayRouteTablePropagations,
    key=lambda row: row.transit_gateway_route_table_id,
)
TRANSIT_GATEWAY_ASSOCIATIONS: TableSpec[ec2.TransitGatewayRouteTableAssociations] = TableSpec(
    "ec2:GetTransitGatewayRouteTableAssociations",
    "TransitGatewayRouteTables",
    ec2.TransitGatewayRouteTableAssociations,
    key=lambda row: row.transit_gateway_route_table_id,
)
BLOCK_PUBLIC_ACCESS_OPTIONS: TableSpec[ec2.VpcBlockPublicAccessOptions] = TableSpec(
    "ec2:DescribeVpcBlockPublicAccessOptions",
    "VpcBlockPublicAccessOptions",
    ec2.VpcBlockPublicAccessOptions,
    is_object=True,
)
BLOCK_PUBLIC_ACCESS_EXCLUSIONS: TableSpec[ec2.VpcBlockPublicAccessExclusion] = TableSpec(
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "VpcBlockPublicAccessExclusions",
    ec2.VpcBlockPublicAccessExclusion,
    key=lambda row: row.exclusion_id,
)

LOAD_BALANCERS: TableSpec[elbv2.LoadBalancer] = TableSpec(
    "elbv2:DescribeLoadBalancers",
    "LoadBalancers",
    elbv2.LoadBalancer,
    key=lambda row: row.load_balancer_arn,
)
TARGET_GROUPS: TableSpec[elbv2.TargetGroup] = TableSpec(
    "elbv2:DescribeTargetGroups",
    "TargetGroups",
    elbv2.TargetGroup,
    key=lambda row: row.target_group_arn,
)
LISTENERS: TableSpec[elbv2.Listener] = TableSpec("elbv2:DescribeListeners", "Listeners", elbv2.Listener)
TARGET_HEALTH: TableSpec[elbv2.TargetHealthDescription] = TableSpec(
    "elbv2:DescribeTargetHealth", "TargetHealthDescriptions", elbv2.TargetHealthDescription
)

AUTO_SCALING_GROUPS: TableSpec[autoscaling.AutoScalingGroup] = TableSpec(
    "autoscaling:DescribeAutoScalingGroups",
    "AutoScalingGroups",
    autoscaling.AutoScalingGroup,
    key=lambda row: row.auto_scaling_group_name,
)
SCALING_ACTIVITIES: TableSpec[autoscaling.Activity] = TableSpec(
    "autoscaling:DescribeScalingActivities", "Activities", autoscaling.Activity, key=lambda row: row.activity_id
)

HOSTED_ZONES_BY_VPC: TableSpec[route53.HostedZoneSummary] = TableSpec(
    "route53:ListHostedZonesByVPC", "HostedZoneSummaries", route53.HostedZoneSummary
)
RESOURCE_RECORD_SETS: TableSpec[route53.ResourceRecordSet] = TableSpec(
    "route53:ListResourceRecordSets", "ResourceRecordSets", route53.ResourceRecordSet
)

ROLES: TableSpec[iam.Role] = TableSpec("iam:GetRole", "Roles", iam.Role, key=lambda row: row.role_name)
INSTANCE_PROFILES: TableSpec[iam.InstanceProfile] = TableSpec(
    "iam:GetInstanceProfile",
    "InstanceProfiles",
    iam.InstanceProfile,
    key=lambda row: row.instance_profile_name,
)

SIMULATIONS: TableSpec[iam.EvaluationResult] = TableSpec(
    "iam:SimulatePrincipalPolicy", "EvaluationResults", iam.EvaluationResult
)

ECR_REPOSITORIES: TableSpec[ecr.Repository] = TableSpec(
    "ecr:DescribeRepositories", "repositories", ecr.Repository, key=lambda row: row.repository_name
)
ECR_IMAGES: TableSpec[ecr.ImageDetail] = TableSpec("ecr:DescribeImages", "imageDetails", ecr.ImageDetail)
LOG_GROUPS: TableSpec[logs.LogGroup] = TableSpec(
    "logs:DescribeLogGroups", "logGroups", logs.LogGroup, key=lambda row: row.log_group_name
)
SECRETS: TableSpec[secretsmanager.Secret] = TableSpec("secretsmanager:DescribeSecret", "Secrets", secretsmanager.Secret)
PARAMETERS: TableSpec[ssm.ParameterMetadata] = TableSpec(
    "ssm:DescribeParameters", "Parameters", ssm.ParameterMetadata, key=lambda row: row.name
)
MOUNT_TARGETS: TableSpec[efs.MountTarget] = TableSpec(
    "efs:DescribeMountTargets", "MountTargets", efs.MountTarget, key=lambda row: row.mount_target_id
)
MOUNT_TARGET_SECURITY_GROUPS: TableSpec[efs.MountTargetSecurityGroups] = TableSpec(
    "efs:DescribeMountTargetSecurityGroups",
    "MountTargets",
    efs.MountTargetSecurityGroups,
    key=lambda row: row.mount_target_id,
)

EVENT_RULES: TableSpec[events.Rule] = TableSpec(
    "events:ListRules", "Rules", events.Rule, key=lambda row: f"{row.event_bus_name or 'default'}/{row.name}"
)
EVENT_TARGETS: TableSpec[events.Target] = TableSpec("events:ListTargetsByRule", "Targets", events.Target)
SCHEDULES: TableSpec[events.Schedule] = TableSpec("scheduler:GetSchedule", "Schedules", events.Schedule)
STATE_MACHINES: TableSpec[stepfunctions.StateMachine] = TableSpec(
    "stepfunctions:DescribeStateMachine",
    "stateMachines",
    stepfunctions.StateMachine,
    key=lambda row: row.state_machine_arn,
)

TRAIL_EVENTS: TableSpec[cloudtrail.Event] = TableSpec(
    "cloudtrail:LookupEvents", "Events", cloudtrail.Event, key=lambda row: row.event_id
)

TABLES: tuple[TableSpec[Any], ...] = tuple(spec for spec in globals().values() if isinstance(spec, TableSpec))
"""Every table, in the order of declaration."""

BY_OPERATION: dict[str, TableSpec[Any]] = {spec.operation: spec for spec in TABLES}
