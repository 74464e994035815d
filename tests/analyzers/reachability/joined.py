"""Two VPCs of two accounts in one snapshot, joined as AWS's documentation shows it."""

from tests.world import World, healthy, permission, route


def in_one_subnet() -> World:
    """The healthy account with the worker in `subnet-a` alone."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    return world


def peered() -> tuple[World, World]:
    """`vpc-main` with the worker in `subnet-a`, and `vpc-data` of another account, over `pcx-1`."""
    here = in_one_subnet()
    there = World(account="210987654321", cluster="data")
    there.add_vpc("vpc-data", "10.9.0.0/16")
    there.add_route_table("rtb-data", "vpc-data", route("10.0.0.0/16", VpcPeeringConnectionId="pcx-1"))
    there.add_subnet("subnet-data", "10.9.1.0/24", vpc_id="vpc-data", route_table="rtb-data")
    there.add_security_group("sg-db", "vpc-data", permission("tcp", "sg-app", 5432))
    connection = {
        "VpcPeeringConnectionId": "pcx-1",
        "Status": {"Code": "active"},
        "RequesterVpcInfo": {"VpcId": "vpc-main", "OwnerId": here.account, "Region": "us-east-1"},
        "AccepterVpcInfo": {"VpcId": "vpc-data", "OwnerId": there.account, "Region": "us-east-1"},
    }
    here.rows["ec2:DescribeVpcPeeringConnections"].append(connection)
    here.route_table("rtb-a")["Routes"].append(route("10.9.0.0/16", VpcPeeringConnectionId="pcx-1"))
    return here, there


def central_egress() -> tuple[World, World]:
    """`vpc-main` with the worker in `subnet-a`, and `vpc-hub` of another account with the NAT gateway, over `tgw-1`."""
    here = in_one_subnet()
    here.route_table("rtb-a")["Routes"][-1] = route("0.0.0.0/0", TransitGatewayId="tgw-1")
    hub = World(account="210987654321", cluster="hub")
    hub.add_vpc("vpc-hub", "10.9.0.0/16")
    hub.add_route_table(
        "rtb-hub-public",
        "vpc-hub",
        route("0.0.0.0/0", GatewayId="igw-hub"),
        route("10.0.0.0/8", TransitGatewayId="tgw-1"),
    )
    hub.add_subnet("subnet-hub-public", "10.9.1.0/24", vpc_id="vpc-hub", route_table="rtb-hub-public")
    hub.add_nat_gateway("nat-hub", "subnet-hub-public")
    hub.add_route_table("rtb-hub-tgw", "vpc-hub", route("0.0.0.0/0", NatGatewayId="nat-hub"))
    hub.add_subnet("subnet-hub-tgw", "10.9.2.0/24", vpc_id="vpc-hub", route_table="rtb-hub-tgw")
    for world, id_, vpc_id, subnets in (
        (here, "tgw-attach-main", "vpc-main", ["subnet-a", "subnet-b"]),
        (hub, "tgw-attach-hub", "vpc-hub", ["subnet-hub-tgw"]),
    ):
        world.rows["ec2:DescribeTransitGatewayVpcAttachments"].append(
            {
                "TransitGatewayAttachmentId": id_,
                "TransitGatewayId": "tgw-1",
                "VpcId": vpc_id,
                "State": "available",
                "SubnetIds": subnets,
            }
        )
    hub.rows["ec2:GetTransitGatewayRouteTableAssociations"] += [
        {
            "TransitGatewayRouteTableId": f"tgw-rtb-{name}",
            "Associations": [{"TransitGatewayAttachmentId": f"tgw-attach-{name}", "State": "associated"}],
        }
        for name in ("main", "hub")
    ]
    hub.rows["ec2:SearchTransitGatewayRoutes"] += [
        {
            "TransitGatewayRouteTableId": f"tgw-rtb-{name}",
            "AdditionalRoutesAvailable": False,
            "Routes": [
                {
                    "DestinationCidrBlock": cidr,
                    "Type": "static",
                    "State": "active",
                    "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": attachment}],
                }
            ],
        }
        for name, cidr, attachment in (
            ("main", "0.0.0.0/0", "tgw-attach-hub"),
            ("hub", "10.0.0.0/16", "tgw-attach-main"),
        )
    ]
    return here, hub
