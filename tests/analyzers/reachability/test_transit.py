"""From one VPC into another, each story from AWS's documentation, with the hop that decides."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.reachability.sources import Where
from awsvpc_audit.findings import PathFlow
from tests.analyzers.reachability.joined import central_egress, peered
from tests.analyzers.reachability.questions import blocked, flow, hops, path, together
from tests.world import acl_entry, permission, route

WORKER = "service:prod/worker"


def open_hops(found: PathFlow) -> list[tuple[str, str, str]]:
    """Direction, kind and id of the hops that could not be judged."""
    return [(hop.direction, hop.kind, hop.id) for hop in found.hops if hop.verdict == "unknown"]


def refusal(found: PathFlow) -> str:
    """What the hop says that blocks."""
    return next(hop.detail for hop in found.hops if hop.verdict == "deny")


class TestPeering:
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html."""

    def test_it_is_followed_into_the_other_account(self) -> None:
        here, there = peered()
        database = there.add_eni("subnet-data", groups=("sg-db",))
        found = flow(together(here, there), WORKER, database["PrivateIpAddress"], port=5432)
        assert found.verdict == "reachable"
        assert "egress vpc_peering_connection pcx-1 allow" in hops(found)
        assert "return route_table rtb-data allow" in hops(found)

    def test_the_other_side_needs_a_route_back(self) -> None:
        here, there = peered()
        database = there.add_eni("subnet-data", groups=("sg-db",))
        there.route_table("rtb-data")["Routes"].pop()
        found = flow(together(here, there), WORKER, database["PrivateIpAddress"], port=5432)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET004", "rtb-data"))

    def test_the_other_side_that_was_not_read_is_unknown(self) -> None:
        here, _ = peered()
        found = flow(here, WORKER, "10.9.1.10", port=5432)
        assert found.verdict == "unknown"
        assert found.hops[-2].id == "pcx-1"

    def test_it_leads_no_further(self) -> None:
        here, there = peered()
        here.route_table("rtb-a")["Routes"][1] = route("0.0.0.0/0", VpcPeeringConnectionId="pcx-1")
        found = flow(together(here, there), WORKER, "internet")
        assert blocked(found) == ("NET005", "rtb-a")
        assert refusal(found) == "pcx-1 joins two VPCs and carries no traffic for the internet"

    def test_it_carries_nothing_that_comes_from_a_nat_gateway(self) -> None:
        """Edge to edge routing: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html."""
        here, there = peered()
        here.route_table("rtb-a")["Routes"] = [route("0.0.0.0/0", NatGatewayId="nat-a")]
        here.route_table("rtb-public")["Routes"].append(route("10.9.0.0/16", VpcPeeringConnectionId="pcx-1"))
        found = flow(together(here, there), WORKER, "10.9.1.10", port=5432)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "rtb-public"))
        assert refusal(found) == "pcx-1 joins two VPCs and carries no traffic for what comes from a NAT gateway"

    @pytest.mark.parametrize(
        "status", ["pending-acceptance", "provisioning", "rejected", "expired", "failed", "deleting", "deleted"]
    )
    def test_only_an_active_one_carries_anything(self, status: str) -> None:
        here, there = peered()
        here.rows["ec2:DescribeVpcPeeringConnections"][0]["Status"]["Code"] = status
        found = flow(together(here, there), WORKER, "10.9.1.10", port=5432)
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "rtb-a"))
        assert refusal(found) == f"pcx-1 is {status}, not active"

    def test_one_that_is_gone(self) -> None:
        here, there = peered()
        here.rows["ec2:DescribeVpcPeeringConnections"].clear()
        found = flow(together(here, there), WORKER, "10.9.1.10", port=5432)
        assert (blocked(found), refusal(found)) == (("NET005", "rtb-a"), "pcx-1 is gone, not active")

    def test_one_that_does_not_show_in_a_shared_subnet_may_be_the_owner_s(self) -> None:
        here, there = peered()
        here.rows["ec2:DescribeVpcPeeringConnections"].clear()
        here.subnet("subnet-a")["OwnerId"] = "999988887777"
        found = path(together(here, there), WORKER, "10.9.1.10", port=5432)
        assert found.verdict == "unknown"
        assert found.missing == ("ec2:DescribeVpcPeeringConnections",)

    @pytest.mark.parametrize(
        ("region", "verdict"), [("us-east-1", "reachable"), ("eu-west-1", "unreachable")], ids=["one", "another"]
    )
    def test_rules_name_groups_of_the_peer_within_one_region(self, region: str, verdict: str) -> None:
        """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html."""
        here, there = peered()
        there.region = region
        here.rows["ec2:DescribeVpcPeeringConnections"][0]["AccepterVpcInfo"]["Region"] = region
        database = there.add_eni("subnet-data", groups=("sg-db",))
        where = Where(region="us-east-1", account=here.account)
        found = flow(together(here, there), WORKER, database["PrivateIpAddress"], port=5432, where=where)
        assert found.verdict == verdict
        assert blocked(found) == (None if verdict == "reachable" else ("NET011", "sg-db"))


class TestTransitGateway:
    """https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html: central egress."""

    def test_central_egress_is_followed_into_the_hub_and_out(self) -> None:
        found = flow(together(*central_egress()), WORKER, "internet")
        assert found.verdict == "reachable", hops(found)
        assert "egress nat_gateway nat-hub allow" in hops(found)
        assert "return transit_gateway tgw-1 allow" in hops(found)

    def test_the_hub_s_nat_gateway_needs_a_route_back_to_the_spoke(self) -> None:
        here, hub = central_egress()
        hub.route_table("rtb-hub-public")["Routes"].pop()
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET004", "rtb-hub-public"))

    def test_a_blackhole_in_the_transit_gateway_s_table_blocks(self) -> None:
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"][0]["Routes"][0]["State"] = "blackhole"
        assert blocked(flow(together(here, hub), WORKER, "internet")) == ("NET005", "tgw-rtb-main")

    def test_without_the_hub_it_is_unknown_with_the_gateway_named(self) -> None:
        here, _ = central_egress()
        found = flow(here, WORKER, "internet")
        assert found.verdict == "unknown"
        assert any(hop.kind == "transit_gateway" and hop.verdict == "unknown" for hop in found.hops)

    def test_the_first_attachment_of_a_vpc_may_be_gone_for_long(self) -> None:
        """AWS shows a deleted attachment for a while, beside the one that took its place."""
        here, hub = central_egress()
        rows = here.rows["ec2:DescribeTransitGatewayVpcAttachments"]
        rows.insert(0, {**rows[0], "TransitGatewayAttachmentId": "tgw-attach-before", "State": "deleted"})
        assert flow(together(here, hub), WORKER, "internet").verdict == "reachable"

    @pytest.mark.parametrize("state", ["pendingAcceptance", "rejected", "failed", "deleting", "deleted"])
    def test_an_attachment_must_be_available(self, state: str) -> None:
        here, hub = central_egress()
        here.rows["ec2:DescribeTransitGatewayVpcAttachments"][0]["State"] = state
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "rtb-a"))
        assert refusal(found) == f"vpc-main is not attached to tgw-1 ({state})"

    def test_without_an_attachment_the_route_leads_nowhere(self) -> None:
        here, hub = central_egress()
        here.rows["ec2:DescribeTransitGatewayVpcAttachments"].clear()
        found = flow(together(here, hub), WORKER, "internet")
        assert (blocked(found), refusal(found)) == (("NET005", "rtb-a"), "vpc-main is not attached to tgw-1")

    def test_in_a_shared_subnet_the_attachment_is_the_owner_s_to_see(self) -> None:
        here, hub = central_egress()
        here.rows["ec2:DescribeTransitGatewayVpcAttachments"].clear()
        here.subnet("subnet-a")["OwnerId"] = "999988887777"
        found = path(together(here, hub), WORKER, "internet")
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeTransitGatewayVpcAttachments",))

    def test_it_takes_nothing_from_a_zone_without_a_subnet_of_the_attachment(self) -> None:
        """https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#transit-gateway-overview."""
        here, hub = central_egress()
        here.rows["ec2:DescribeTransitGatewayVpcAttachments"][0]["SubnetIds"] = ["subnet-b"]
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "rtb-a"))
        assert refusal(found) == "tgw-attach-main has no subnet in us-east-1a: tgw-1 takes nothing from there"

    def test_a_subnet_of_the_attachment_that_was_not_read_may_lie_in_the_zone(self) -> None:
        here, hub = central_egress()
        here.rows["ec2:DescribeTransitGatewayVpcAttachments"][0]["SubnetIds"] = ["subnet-b", "subnet-owners"]
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, open_hops(found)) == ("unknown", [("egress", "transit_gateway", "tgw-1")])

    @pytest.mark.parametrize("egress", [False, True], ids=["on the way out", "on the way back"])
    def test_the_acl_of_the_attachment_s_subnet_counts(self, egress: bool) -> None:
        """https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html."""
        here, hub = central_egress()
        here.add_subnet("subnet-tgw", "10.0.200.0/28", "us-east-1a")
        here.rows["ec2:DescribeTransitGatewayVpcAttachments"][0]["SubnetIds"] = ["subnet-tgw"]
        here.rows["ec2:DescribeNetworkAcls"].append(
            {
                "NetworkAclId": "acl-tgw",
                "VpcId": "vpc-main",
                "Associations": [{"SubnetId": "subnet-tgw"}],
                "Entries": [acl_entry(100, "allow", egress=not egress), acl_entry(32767, "deny", egress=egress)],
            }
        )
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, blocked(found)) == (
            "unreachable",
            ("NET010" if egress else "NET009", "acl-tgw"),
        )

    def test_the_longest_prefix_of_its_table_decides(self) -> None:
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"][0]["Routes"].append(
            {"DestinationCidrBlock": "200.1.2.0/24", "Type": "static", "State": "blackhole"}
        )
        found = flow(together(here, hub), WORKER, "200.1.2.3")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "tgw-rtb-main"))
        assert refusal(found) == "200.1.2.0/24 -> nothing (static) in tgw-rtb-main is a blackhole"
        assert flow(together(here, hub), WORKER, "200.1.3.3").verdict == "reachable"

    def test_without_a_route_in_its_table_it_drops_what_it_gets(self) -> None:
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"][0]["Routes"].clear()
        found = flow(together(here, hub), WORKER, "8.8.8.8")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "tgw-rtb-main"))
        assert refusal(found) == "tgw-rtb-main of tgw-1 has no route to 8.8.8.8"

    def test_a_table_with_more_routes_than_aws_answers_leaves_it_open(self) -> None:
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"][0].update(Routes=[], AdditionalRoutesAvailable=True)
        found = path(together(here, hub), WORKER, "8.8.8.8")
        assert (found.verdict, found.missing) == ("unknown", ("ec2:SearchTransitGatewayRoutes",))

    def test_the_table_of_the_far_attachment_must_lead_replies_back(self) -> None:
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"][1]["Routes"].clear()
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "tgw-rtb-hub"))
        assert [hop.direction for hop in found.hops if hop.verdict == "deny"] == ["return"]
        assert refusal(found) == "tgw-rtb-hub of tgw-1 has no route back to 10.0.1.0/24"

    @pytest.mark.parametrize(
        "change",
        [{"State": "blackhole"}, {"TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-hub"}]}],
        ids=["a blackhole", "to another attachment"],
    )
    def test_a_route_back_that_does_not_lead_there(self, change: dict[str, Any]) -> None:
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"][1]["Routes"][0].update(change)
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET005", "tgw-rtb-hub"))

    @pytest.mark.parametrize("kind", ["vpn", "direct-connect-gateway", "peering", "connect"])
    def test_what_is_no_vpc_cannot_be_seen_into(self, kind: str) -> None:
        here, hub = central_egress()
        hub.rows["ec2:DescribeTransitGatewayAttachments"].append(
            {
                "TransitGatewayAttachmentId": "tgw-attach-far",
                "TransitGatewayId": "tgw-1",
                "ResourceType": kind,
                "ResourceId": "far",
                "State": "available",
            }
        )
        hub.rows["ec2:SearchTransitGatewayRoutes"][0]["Routes"][0]["TransitGatewayAttachments"] = [
            {"TransitGatewayAttachmentId": "tgw-attach-far", "ResourceType": kind, "ResourceId": "far"}
        ]
        found = flow(together(here, hub), WORKER, "internet")
        assert (found.verdict, open_hops(found)) == ("unknown", [("egress", "transit_gateway", "tgw-1")])

    def test_with_propagations_alone_the_known_part_is_followed_and_the_rest_open(self) -> None:
        """Routes of the table were not read; the VPCs that propagate into it were."""
        here, hub = central_egress()
        hub.rows["ec2:SearchTransitGatewayRoutes"].clear()
        for name, attachment, vpc_id in (("main", "hub", "vpc-hub"), ("hub", "main", "vpc-main")):
            hub.rows["ec2:GetTransitGatewayRouteTablePropagations"].append(
                {
                    "TransitGatewayRouteTableId": f"tgw-rtb-{name}",
                    "TransitGatewayRouteTablePropagations": [
                        {
                            "TransitGatewayAttachmentId": f"tgw-attach-{attachment}",
                            "ResourceType": "vpc",
                            "ResourceId": vpc_id,
                            "State": "enabled",
                        }
                    ],
                }
            )
        here.route_table("rtb-a")["Routes"].append(route("10.9.0.0/16", TransitGatewayId="tgw-1"))
        hub.route_table("rtb-hub-tgw")["Routes"].append(route("10.0.0.0/16", TransitGatewayId="tgw-1"))
        hub.add_security_group("sg-db", "vpc-hub", permission("tcp", "10.0.0.0/16", 5432))
        database = hub.add_eni("subnet-hub-tgw", groups=("sg-db",))
        assert flow(together(here, hub), WORKER, database["PrivateIpAddress"], port=5432).verdict == "reachable"
        assert path(together(here, hub), WORKER, "8.8.8.8").missing == ("ec2:SearchTransitGatewayRoutes",)


class TestGroupsBeyondATransitGateway:
    """Inbound rules may name groups of another VPC where the gateway and both attachments support it.

    The gateway's own option is not read, so it cannot be told whether they count.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-security.
    """

    @staticmethod
    def ask(peer: str, *supported: str) -> PathFlow:
        here, hub = central_egress()
        here.route_table("rtb-a")["Routes"].append(route("10.9.0.0/16", TransitGatewayId="tgw-1"))
        hub.route_table("rtb-hub-tgw")["Routes"].append(route("10.0.0.0/16", TransitGatewayId="tgw-1"))
        hub.rows["ec2:SearchTransitGatewayRoutes"][0]["Routes"][0]["DestinationCidrBlock"] = "10.9.0.0/16"
        for world, value in zip((here, hub), supported, strict=False):
            options = {"SecurityGroupReferencingSupport": value}
            world.rows["ec2:DescribeTransitGatewayVpcAttachments"][0]["Options"] = options
        hub.add_security_group("sg-db", "vpc-hub", permission("tcp", peer, 5432))
        database = hub.add_eni("subnet-hub-tgw", groups=("sg-db",))
        return flow(together(here, hub), WORKER, database["PrivateIpAddress"], port=5432)

    @pytest.mark.parametrize("supported", [(), ("enable", "enable")], ids=["nothing said", "both attachments"])
    def test_a_rule_that_names_the_sender_s_group_leaves_it_open(self, supported: tuple[str, ...]) -> None:
        found = self.ask("sg-app", *supported)
        assert (found.verdict, open_hops(found)) == ("unknown", [("ingress", "security_group", "tgw-1")])

    @pytest.mark.parametrize("supported", [("disable", "enable"), ("enable", "disable")], ids=["near", "far"])
    def test_an_attachment_without_support_settles_it(self, supported: tuple[str, str]) -> None:
        assert blocked(self.ask("sg-app", *supported)) == ("NET011", "sg-db")

    def test_another_group_is_no_question(self) -> None:
        assert blocked(self.ask("sg-alb")) == ("NET011", "sg-db")

    def test_nor_is_an_address(self) -> None:
        assert self.ask("10.0.0.0/16").verdict == "reachable"
