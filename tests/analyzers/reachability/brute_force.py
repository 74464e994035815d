"""A second opinion: one packet at a time, over raw `describe-*` dictionaries, written from AWS's rules alone.

It shares no code with the engine. It is slow and simple on purpose: `ipaddress`, loops, and a packet that is sent and
answered. It knows route tables, ACLs, groups, internet, egress-only and zonal NAT gateways, and peering.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import Any

Raw = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Packet:
    source: str
    destination: str
    protocol: int
    source_port: int
    destination_port: int

    def reply(self) -> Packet:
        return Packet(self.destination, self.source, self.protocol, self.destination_port, self.source_port)


@dataclass(frozen=True)
class Sender:
    """An interface: its subnet, address, groups, and whether an internet gateway has a public address for it."""

    subnet_id: str
    address: str
    groups: tuple[str, ...]
    has_public_ipv4: bool = False


def holds(cidr: str, address: str) -> bool:
    network, ip = ipaddress.ip_network(cidr, strict=False), ipaddress.ip_address(address)
    return network.version == ip.version and ip in network


class BruteForce:
    """Sends packets through a network of raw rows."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def row(self, operation: str, key: str, value: str) -> dict[str, Any] | None:
        return next((row for row in self.raw.get(operation, []) if row[key] == value), None)

    def subnet(self, subnet_id: str) -> dict[str, Any]:
        row = self.row("ec2:DescribeSubnets", "SubnetId", subnet_id)
        assert row is not None
        return row

    # https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html: lowest number first, first match decides,
    # what matches nothing is denied; each direction and family for itself.
    def acl_allows(self, subnet_id: str, packet: Packet, *, egress: bool) -> bool:
        subnet = self.subnet(subnet_id)
        acls = self.raw["ec2:DescribeNetworkAcls"]
        acl = next(
            (a for a in acls if any(x.get("SubnetId") == subnet_id for x in a["Associations"])),
            next((a for a in acls if a["VpcId"] == subnet["VpcId"] and a["IsDefault"]), None),
        )
        assert acl is not None
        peer = packet.destination if egress else packet.source
        for entry in sorted(acl["Entries"], key=lambda e: e["RuleNumber"]):
            if entry["Egress"] is not egress:
                continue
            if not holds(entry.get("CidrBlock") or entry["Ipv6CidrBlock"], peer):
                continue
            if entry["Protocol"] != "-1":
                if int(entry["Protocol"]) != packet.protocol:
                    continue
                ports = entry.get("PortRange")
                in_ports = not ports or ports["From"] <= packet.destination_port <= ports["To"]
                if packet.protocol in {6, 17} and not in_ports:
                    continue
            return bool(entry["RuleAction"] == "allow")
        return False

    # https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html: any rule of any group allows.
    def groups_allow(self, groups: tuple[str, ...], packet: Packet, peers: tuple[str, ...], *, egress: bool) -> bool:
        peer = packet.destination if egress else packet.source
        for group_id in groups:
            group = self.row("ec2:DescribeSecurityGroups", "GroupId", group_id)
            for rule in (group or {}).get("IpPermissionsEgress" if egress else "IpPermissions", []):
                number = {"tcp": 6, "udp": 17, "-1": packet.protocol}[rule["IpProtocol"]]
                if number != packet.protocol:
                    continue
                if rule["IpProtocol"] != "-1" and not rule["FromPort"] <= packet.destination_port <= rule["ToPort"]:
                    continue
                named = [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]
                cidrs = [r["CidrIp"] for r in rule["IpRanges"]] + [r["CidrIpv6"] for r in rule["Ipv6Ranges"]]
                if any(holds(cidr, peer) for cidr in cidrs) or any(name in peers for name in named):
                    return True
        return False

    # https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html: the longest prefix wins.
    def route(self, subnet_id: str, destination: str) -> dict[str, Any] | None:
        subnet = self.subnet(subnet_id)
        tables = self.raw["ec2:DescribeRouteTables"]
        table = next(
            (t for t in tables if any(a.get("SubnetId") == subnet_id for a in t["Associations"])),
            next(
                (t for t in tables if t["VpcId"] == subnet["VpcId"] and any(a["Main"] for a in t["Associations"])), None
            ),
        )
        assert table is not None
        best, length = None, -1
        for route in table["Routes"]:
            cidr = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") or ""
            if holds(cidr, destination) and ipaddress.ip_network(cidr).prefixlen > length:
                best, length = route, ipaddress.ip_network(cidr).prefixlen
        return best if best and best["State"] == "active" else None

    def attached(self, operation: str, key: str, gateway_id: str, vpc_id: str) -> bool:
        gateway = self.row(operation, key, gateway_id)
        return gateway is not None and any(a["VpcId"] == vpc_id for a in gateway["Attachments"])

    def subnet_of(self, address: str, vpc_id: str) -> str | None:
        for subnet in self.raw["ec2:DescribeSubnets"]:
            blocks = [subnet["CidrBlock"]]
            blocks += [a["Ipv6CidrBlock"] for a in subnet.get("Ipv6CidrBlockAssociationSet", [])]
            if subnet["VpcId"] == vpc_id and any(holds(block, address) for block in blocks):
                return str(subnet["SubnetId"])
        return None

    # A connection: the request there, the reply back.

    def to_interface(self, sender: Sender, receiver: Sender, packet: Packet) -> bool | None:
        """From one interface to another, inside a VPC or over a peering connection; ``None``: over the internet."""
        here, there = self.subnet(sender.subnet_id), self.subnet(receiver.subnet_id)
        if not self.groups_allow(sender.groups, packet, receiver.groups, egress=True):
            return False
        admitted = self.groups_allow(receiver.groups, packet, sender.groups, egress=False)
        if here["SubnetId"] == there["SubnetId"]:
            return admitted
        filters = (
            self.acl_allows(here["SubnetId"], packet, egress=True)
            and self.acl_allows(there["SubnetId"], packet, egress=False)
            and self.acl_allows(there["SubnetId"], packet.reply(), egress=True)
            and self.acl_allows(here["SubnetId"], packet.reply(), egress=False)
        )
        out = self.carries(here, packet.destination, there)
        if out is None:
            # Whatever comes then is beyond this evaluator; only the sender's own ACL is on the way for sure.
            own = self.acl_allows(here["SubnetId"], packet, egress=True)
            return None if own and self.acl_allows(here["SubnetId"], packet.reply(), egress=False) else False
        back = self.carries(there, packet.source, here, is_reply=True)
        if not out or back is False or not filters or not admitted:
            return False
        return back

    def carries(
        self, here: dict[str, Any], destination: str, there: dict[str, Any], *, is_reply: bool = False
    ) -> bool | None:
        route = self.route(here["SubnetId"], destination)
        if route is None:
            return False
        if ":" in destination:
            # An IPv6 address is public: an attached gateway takes packets to it, and they go over the internet.
            vpc_id, igw, eigw = here["VpcId"], str(route.get("GatewayId")), route.get("EgressOnlyInternetGatewayId")
            if igw.startswith("igw-"):
                attached = self.attached("ec2:DescribeInternetGateways", "InternetGatewayId", igw, vpc_id)
                return None if attached or is_reply else False
            if eigw and not is_reply:
                operation, key = "ec2:DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGatewayId"
                return None if self.attached(operation, key, eigw, vpc_id) else False
        if route.get("GatewayId") == "local":
            return bool(here["VpcId"] == there["VpcId"])
        connection = self.row(
            "ec2:DescribeVpcPeeringConnections", "VpcPeeringConnectionId", route.get("VpcPeeringConnectionId", "")
        )
        if connection is None or connection["Status"]["Code"] != "active":
            return False
        sides = {connection["RequesterVpcInfo"]["VpcId"], connection["AccepterVpcInfo"]["VpcId"]}
        return sides == {here["VpcId"], there["VpcId"]}

    def to_internet(self, sender: Sender, packet: Packet, nat_port: int) -> bool:
        """From an interface to a public address and back; `nat_port` is what a NAT gateway would pick."""
        subnet = self.subnet(sender.subnet_id)
        if not self.groups_allow(sender.groups, packet, (), egress=True):
            return False
        if not self.acl_allows(sender.subnet_id, packet, egress=True):
            return False
        route = self.route(sender.subnet_id, packet.destination)
        if route is None:
            return False
        if str(route.get("GatewayId", "")).startswith("igw-"):
            is_ipv6 = ":" in packet.source
            out = self.attached(
                "ec2:DescribeInternetGateways", "InternetGatewayId", route["GatewayId"], subnet["VpcId"]
            )
            out = out and (is_ipv6 or sender.has_public_ipv4)
        elif route.get("EgressOnlyInternetGatewayId"):
            out = self.attached(
                "ec2:DescribeEgressOnlyInternetGateways",
                "EgressOnlyInternetGatewayId",
                route["EgressOnlyInternetGatewayId"],
                subnet["VpcId"],
            )
        elif route.get("NatGatewayId"):
            out = self.through_nat(sender, route["NatGatewayId"], packet, nat_port)
        else:
            out = False
        return out and self.acl_allows(sender.subnet_id, packet.reply(), egress=False)

    def leaves_by_nat(self, sender: Sender, destination: str) -> bool:
        """Whether the port that a NAT gateway picks makes a difference."""
        return "NatGatewayId" in (self.route(sender.subnet_id, destination) or {})

    # https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
    def through_nat(self, sender: Sender, nat_id: str, packet: Packet, nat_port: int) -> bool:
        nat = self.row("ec2:DescribeNatGateways", "NatGatewayId", nat_id)
        if nat is None or nat["State"] != "available" or nat["ConnectivityType"] != "public":
            return False
        home = nat["SubnetId"]
        outside = replace(packet, source=nat["NatGatewayAddresses"][0]["PrivateIp"], source_port=nat_port)
        if home != sender.subnet_id and not (
            self.acl_allows(home, packet, egress=False) and self.acl_allows(home, packet.reply(), egress=True)
        ):
            return False
        if not (self.acl_allows(home, outside, egress=True) and self.acl_allows(home, outside.reply(), egress=False)):
            return False
        route = self.route(home, packet.destination)
        if route is None or not str(route.get("GatewayId", "")).startswith("igw-"):
            return False
        if home != sender.subnet_id:
            back = self.route(home, packet.source)
            if back is None or back.get("GatewayId") != "local":
                return False
        vpc_id = self.subnet(home)["VpcId"]
        return self.attached("ec2:DescribeInternetGateways", "InternetGatewayId", route["GatewayId"], vpc_id)
