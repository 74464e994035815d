"""Amazon EC2 operations: instances, and everything that networking in their and the tasks' VPCs depends on."""

from awsvpc_audit.collectors.operation import (
    EC2_PAGES,
    Ask,
    Entry,
    Operation,
    Paging,
    Params,
    Response,
    batches,
    each,
    filter_values,
    filtered,
    ids_of,
)
from awsvpc_audit.collectors.selection import (
    BESIDE_SERVICES,
    block_public_access,
    block_public_access_exclusions,
    dhcp_options,
    ec2_instances,
    instance_types,
    other_subnets,
    other_vpcs,
    prefix_lists,
    route_targets,
    routing_instances,
    service_subnets,
    service_vpcs,
    transit_gateway_route_tables,
    transit_gateways,
    unread_groups,
    unread_internet_gateways,
    vpcs,
)
from awsvpc_audit.model import tables

SUBNETS_BY_ID = "ec2:DescribeSubnets/by-id"
IN_SERVICE_VPC = ("ec2:DescribeSubnets/of-services", "ec2:DescribeInstances/by-id")
"""What says which VPCs the services live in. Tasks, of which there may be thousands, are not waited for."""
IN_VPC = (*IN_SERVICE_VPC, SUBNETS_BY_ID)
"""What says which VPCs the cluster lives in."""


def in_vpcs(filter_name: str = "vpc-id", *, member: str = "Filters") -> tuple[Ask, Ask]:
    """Everything of this kind in the VPCs of the cluster: first those of services, then what others there are."""
    return (
        Ask(
            label="by-vpc",
            after=IN_SERVICE_VPC,
            requests=lambda answers: filtered(filter_name, service_vpcs(answers), member=member),
        ),
        Ask(
            label="by-other-vpc",
            after=IN_VPC,
            requests=lambda answers: filtered(filter_name, other_vpcs(answers), member=member),
        ),
    )


def vpc_attribute(response: Response) -> list[Entry]:
    """One attribute of a VPC: the response itself is the entry."""
    return [{key: value for key, value in response.items() if key != "ResponseMetadata"}]


def the_transit_gateway_route_table(params: Params) -> Entry:
    """The route table that a request asked about, to add to its answer."""
    return {"TransitGatewayRouteTableId": params["TransitGatewayRouteTableId"]}


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="ec2:DescribeInstances",
        table=tables.INSTANCES,
        paging=EC2_PAGES,
        subjects=filter_values,
        asks=(
            Ask(
                label="by-id",
                after=("ecs:DescribeContainerInstances",),
                requests=lambda answers: filtered("instance-id", ec2_instances(answers)),
            ),
            Ask(
                label="on-routes",
                after=("ecs:DescribeContainerInstances",),
                also_after=("ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces"),
                requests=lambda answers: filtered("instance-id", routing_instances(answers)),
            ),
        ),
        why="ENIs, subnet, type and role of the EC2 instances under container instances; whether NAT instances run",
    ),
    Operation(
        name="ec2:DescribeInstanceTypes",
        table=tables.INSTANCE_TYPES,
        paging=Paging(size=100),
        subjects=filter_values,
        asks=(
            Ask(
                label="by-type",
                after=("ec2:DescribeInstances/by-id",),
                requests=lambda answers: filtered("instance-type", instance_types(answers)),
            ),
        ),
        why="how many ENIs an instance type holds",
    ),
    Operation(
        name="ec2:DescribeSubnets",
        table=tables.SUBNETS,
        paging=EC2_PAGES,
        subjects=lambda params: filter_values(params) if params["Filters"][0]["Name"] == "subnet-id" else (),
        asks=(
            Ask(
                label="of-services",
                after=("ecs:DescribeServices",),
                requests=lambda answers: filtered("subnet-id", service_subnets(answers)),
            ),
            Ask(
                label="by-id",
                after=(
                    "ec2:DescribeSubnets/of-services",
                    "ec2:DescribeSubnets/by-vpc",
                    "ecs:DescribeServices",
                    "ecs:DescribeTasks",
                    "elbv2:DescribeTargetGroups",
                    "elbv2:DescribeLoadBalancers",
                ),
                also_after=BESIDE_SERVICES,
                requests=lambda answers: filtered("subnet-id", other_subnets(answers)),
            ),
            *in_vpcs(),
        ),
        why="zones, free addresses and IPv6 blocks of subnets",
    ),
    Operation(
        name="ec2:DescribeVpcs",
        table=tables.VPCS,
        paging=EC2_PAGES,
        subjects=filter_values,
        asks=in_vpcs(),
        why="address blocks and DHCP options of VPCs",
    ),
    Operation(
        name="ec2:DescribeVpcAttribute",
        table=tables.VPC_ATTRIBUTES,
        entries=vpc_attribute,
        merge_on="VpcId",
        subjects=ids_of("VpcId"),
        absent=frozenset({"InvalidVpcID.NotFound"}),
        asks=(
            Ask(
                label="each",
                after=IN_VPC,
                requests=lambda answers: (
                    {"VpcId": vpc, "Attribute": attribute}
                    for vpc in sorted(vpcs(answers))
                    for attribute in ("enableDnsSupport", "enableDnsHostnames")
                ),
                annotate=lambda params: {"VpcId": params["VpcId"]},
            ),
        ),
        why="DNS support and DNS hostnames of VPCs",
    ),
    Operation(
        name="ec2:DescribeSecurityGroups",
        table=tables.SECURITY_GROUPS,
        paging=EC2_PAGES,
        asks=(
            *in_vpcs(),
            Ask(
                label="elsewhere",
                after=("ec2:DescribeSecurityGroups/by-vpc", "ec2:DescribeSecurityGroups/by-other-vpc"),
                requests=unread_groups,
            ),
        ),
        why="rules of security groups",
    ),
    Operation(
        name="ec2:DescribeNetworkInterfaces",
        table=tables.NETWORK_INTERFACES,
        paging=EC2_PAGES,
        asks=in_vpcs(),
        why="task ENIs, trunks and ENIs of load balancers and endpoints",
    ),
    Operation(
        name="ec2:DescribeRouteTables",
        table=tables.ROUTE_TABLES,
        paging=Paging(size=100),
        asks=in_vpcs(),
        why="routes of the subnets",
    ),
    Operation(
        name="ec2:DescribeNetworkAcls",
        table=tables.NETWORK_ACLS,
        paging=EC2_PAGES,
        asks=in_vpcs(),
        why="network ACLs of the subnets",
    ),
    Operation(
        name="ec2:DescribeNatGateways",
        table=tables.NAT_GATEWAYS,
        paging=EC2_PAGES,
        asks=in_vpcs(member="Filter"),
        why="state of NAT gateways",
    ),
    Operation(
        name="ec2:DescribeInternetGateways",
        table=tables.INTERNET_GATEWAYS,
        paging=EC2_PAGES,
        asks=(
            *in_vpcs("attachment.vpc-id"),
            Ask(
                label="elsewhere",
                after=(
                    "ec2:DescribeInternetGateways/by-vpc",
                    "ec2:DescribeInternetGateways/by-other-vpc",
                    "ec2:DescribeRouteTables",
                ),
                requests=unread_internet_gateways,
            ),
        ),
        why="whether internet gateways are attached",
    ),
    Operation(
        name="ec2:DescribeEgressOnlyInternetGateways",
        table=tables.EGRESS_ONLY_INTERNET_GATEWAYS,
        paging=Paging(size=255),
        asks=(
            Ask(
                label="by-route",
                after=("ec2:DescribeRouteTables",),
                requests=lambda answers: (
                    {"EgressOnlyInternetGatewayIds": batch}
                    for batch in batches(route_targets(answers, "EgressOnlyInternetGatewayId", "eigw-"), 200)
                ),
            ),
        ),
        why="whether egress-only internet gateways are attached",
    ),
    Operation(
        name="ec2:DescribeVpcEndpoints",
        table=tables.VPC_ENDPOINTS,
        paging=EC2_PAGES,
        asks=in_vpcs(),
        why="VPC endpoints to AWS services",
    ),
    Operation(
        name="ec2:DescribeDhcpOptions",
        table=tables.DHCP_OPTIONS,
        paging=EC2_PAGES,
        asks=(
            Ask(
                label="by-vpc",
                after=("ec2:DescribeVpcs",),
                requests=lambda answers: filtered("dhcp-options-id", dhcp_options(answers)),
            ),
        ),
        why="DNS servers of the VPCs",
    ),
    Operation(
        name="ec2:DescribeVpcPeeringConnections",
        table=tables.VPC_PEERING_CONNECTIONS,
        paging=EC2_PAGES,
        asks=(
            Ask(
                label="by-route",
                after=("ec2:DescribeRouteTables",),
                requests=lambda answers: filtered(
                    "vpc-peering-connection-id", route_targets(answers, "VpcPeeringConnectionId", "pcx-")
                ),
            ),
        ),
        why="VPC peering connections that routes lead to",
    ),
    Operation(
        name="ec2:DescribeTransitGatewayAttachments",
        table=tables.TRANSIT_GATEWAY_ATTACHMENTS,
        paging=EC2_PAGES,
        asks=(
            Ask(
                label="by-gateway",
                after=("ec2:DescribeRouteTables",),
                requests=lambda answers: filtered("transit-gateway-id", transit_gateways(answers)),
            ),
        ),
        why="what is attached to transit gateways that routes lead to",
    ),
    Operation(
        name="ec2:DescribeTransitGatewayVpcAttachments",
        table=tables.TRANSIT_GATEWAY_VPC_ATTACHMENTS,
        paging=EC2_PAGES,
        asks=(
            Ask(
                label="by-gateway",
                after=("ec2:DescribeRouteTables",),
                requests=lambda answers: filtered("transit-gateway-id", transit_gateways(answers)),
            ),
        ),
        why="subnets that transit gateways reach VPCs through",
    ),
    Operation(
        name="ec2:DescribeTransitGatewayRouteTables",
        table=tables.TRANSIT_GATEWAY_ROUTE_TABLES,
        paging=EC2_PAGES,
        asks=(
            Ask(
                label="by-gateway",
                after=("ec2:DescribeRouteTables",),
                requests=lambda answers: filtered("transit-gateway-id", transit_gateways(answers)),
            ),
        ),
        why="route tables of transit gateways that routes lead to",
    ),
    Operation(
        name="ec2:SearchTransitGatewayRoutes",
        table=tables.TRANSIT_GATEWAY_ROUTES,
        paging=EC2_PAGES,
        entries=lambda response: [
            {
                "Routes": list(response.get("Routes", [])),
                "AdditionalRoutesAvailable": response.get("AdditionalRoutesAvailable", False),
            }
        ],
        subjects=ids_of("TransitGatewayRouteTableId"),
        merge_on="TransitGatewayRouteTableId",
        asks=(
            Ask(
                label="each",
                after=("ec2:DescribeTransitGatewayRouteTables",),
                requests=lambda answers: each(
                    "TransitGatewayRouteTableId",
                    transit_gateway_route_tables(answers),
                    Filters=[{"Name": "state", "Values": ["active", "blackhole"]}],
                ),
                annotate=the_transit_gateway_route_table,
            ),
        ),
        why="routes of transit gateways",
    ),
    Operation(
        name="ec2:GetTransitGatewayRouteTableAssociations",
        table=tables.TRANSIT_GATEWAY_ASSOCIATIONS,
        paging=EC2_PAGES,
        entries=lambda response: [{"Associations": list(response.get("Associations", []))}],
        subjects=ids_of("TransitGatewayRouteTableId"),
        merge_on="TransitGatewayRouteTableId",
        asks=(
            Ask(
                label="each",
                after=("ec2:DescribeTransitGatewayRouteTables",),
                requests=lambda answers: each("TransitGatewayRouteTableId", transit_gateway_route_tables(answers)),
                annotate=the_transit_gateway_route_table,
            ),
        ),
        why="which attachments use which transit gateway route table",
    ),
    Operation(
        name="ec2:GetTransitGatewayRouteTablePropagations",
        table=tables.TRANSIT_GATEWAY_PROPAGATIONS,
        paging=EC2_PAGES,
        entries=lambda response: [
            {"TransitGatewayRouteTablePropagations": list(response.get("TransitGatewayRouteTablePropagations", []))}
        ],
        subjects=ids_of("TransitGatewayRouteTableId"),
        merge_on="TransitGatewayRouteTableId",
        asks=(
            Ask(
                label="each",
                after=("ec2:DescribeTransitGatewayRouteTables",),
                requests=lambda answers: each("TransitGatewayRouteTableId", transit_gateway_route_tables(answers)),
                annotate=the_transit_gateway_route_table,
            ),
        ),
        why="which attachments propagate their routes where",
    ),
    Operation(
        name="ec2:DescribeManagedPrefixLists",
        table=tables.MANAGED_PREFIX_LISTS,
        paging=Paging(size=100),
        asks=(
            Ask(
                label="by-use",
                after=("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
                requests=lambda answers: filtered("prefix-list-id", prefix_lists(answers)),
            ),
        ),
        why="names of prefix lists that routes and groups use",
    ),
    Operation(
        name="ec2:GetManagedPrefixListEntries",
        table=tables.PREFIX_LIST_ENTRIES,
        paging=Paging(size=100),
        entries=lambda response: [{"Entries": list(response.get("Entries", []))}],
        subjects=ids_of("PrefixListId"),
        merge_on="PrefixListId",
        asks=(
            Ask(
                label="each",
                after=("ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
                requests=lambda answers: each("PrefixListId", prefix_lists(answers)),
                annotate=lambda params: {"PrefixListId": params["PrefixListId"]},
            ),
        ),
        why="address blocks of those prefix lists",
    ),
    Operation(
        name="ec2:DescribeVpcBlockPublicAccessOptions",
        table=tables.BLOCK_PUBLIC_ACCESS_OPTIONS,
        asks=(Ask(label="account", after=("ec2:DescribeSubnets/by-id",), requests=block_public_access),),
        why="whether VPC Block Public Access stops traffic",
    ),
    Operation(
        name="ec2:DescribeVpcBlockPublicAccessExclusions",
        table=tables.BLOCK_PUBLIC_ACCESS_EXCLUSIONS,
        paging=EC2_PAGES,
        asks=(
            Ask(
                label="account",
                after=("ec2:DescribeVpcBlockPublicAccessOptions",),
                requests=block_public_access_exclusions,
            ),
        ),
        why="VPCs and subnets excluded from it",
    ),
)
