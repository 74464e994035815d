"""The engine's sets against single packets, over thousands of random small networks."""

import ipaddress
import itertools
import random
from typing import Any

import pytest

from awsvpc_audit.analyzers.reachability.address import Family, parse_cidr
from awsvpc_audit.analyzers.reachability.network import Place
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.analyzers.reachability.steps import Node
from awsvpc_audit.findings import ResourceRef
from tests.analyzers.reachability.brute_force import BruteForce, Packet, Sender
from tests.world import World, acl_entry, permission, route

PORTS = (80, 443, 5432)
PUBLIC = ("8.8.8.8", "52.10.20.30", "198.41.0.4")
PUBLIC6 = ("2600:1f00::1", "2a00:1450::2")


def random_world(rng: random.Random) -> World:
    """One or two VPCs of up to three subnets, with everything that can go wrong going wrong now and then."""
    world = World()
    world.rows["ec2:DescribeVpcs"].clear()
    vpcs = [("vpc-one", "10.0.0.0/16", "2600:1f18:1::/56")]
    if rng.random() < 0.6:
        vpcs.append(("vpc-two", "10.1.0.0/16", "2600:1f18:2::/56"))
    for vpc_id, cidr, ipv6 in vpcs:
        world.add_vpc(vpc_id, cidr, ipv6=ipv6)
        name = vpc_id[4:]
        if rng.random() < 0.1:
            world.find("ec2:DescribeInternetGateways", "InternetGatewayId", f"igw-{name}")["Attachments"] = []
        world.rows["ec2:DescribeEgressOnlyInternetGateways"].append(
            {
                "EgressOnlyInternetGatewayId": f"eigw-{name}",
                "Attachments": [{"VpcId": vpc_id, "State": "attached"}] if rng.random() < 0.9 else [],
            }
        )
        for number in range(1, rng.randint(2, 3) + 1):
            world.add_subnet(
                f"subnet-{name}-{number}",
                cidr.replace("0.0/16", f"{number}.0/24"),
                vpc_id=vpc_id,
                ipv6=ipv6.replace("::/56", f":{number}::/64").replace("1::", "1::"),
            )
    subnets = [row["SubnetId"] for row in world.rows["ec2:DescribeSubnets"]]
    for subnet_id in rng.sample(subnets, min(len(subnets), 2)):
        nat = world.add_nat_gateway(f"nat-{subnet_id[7:]}", subnet_id)
        nat["State"] = rng.choice(["available"] * 5 + ["failed", "pending"])
        nat["ConnectivityType"] = rng.choice(["public"] * 6 + ["private"])
    if len(vpcs) == 2:
        world.rows["ec2:DescribeVpcPeeringConnections"].append(
            {
                "VpcPeeringConnectionId": "pcx-1",
                "RequesterVpcInfo": {"VpcId": "vpc-one", "Region": "us-east-1"},
                "AccepterVpcInfo": {"VpcId": "vpc-two", "Region": "us-east-1"},
                "Status": {"Code": rng.choice(["active"] * 4 + ["deleted"])},
            }
        )
    nats = [row["NatGatewayId"] for row in world.rows["ec2:DescribeNatGateways"]]
    for subnet_id in subnets:
        vpc_id = world.subnet(subnet_id)["VpcId"]
        if rng.random() < 0.85:
            world.add_route_table(
                f"rtb-{subnet_id[7:]}", vpc_id, *random_routes(rng, vpc_id, nats), subnets=(subnet_id,)
            )
        if rng.random() < 0.6:
            world.rows["ec2:DescribeNetworkAcls"].append(
                {
                    "NetworkAclId": f"acl-{subnet_id[7:]}",
                    "VpcId": vpc_id,
                    "IsDefault": False,
                    "Associations": [{"SubnetId": subnet_id}],
                    "Entries": random_entries(rng),
                }
            )
    for group_id in ("sg-a", "sg-b", "sg-c"):
        world.rows["ec2:DescribeSecurityGroups"].append(
            {
                "GroupId": group_id,
                "GroupName": group_id,
                "VpcId": "vpc-one",
                "IpPermissions": random_permissions(rng),
                "IpPermissionsEgress": random_permissions(rng),
            }
        )
    return world


def random_routes(rng: random.Random, vpc_id: str, nats: list[str]) -> list[dict[str, Any]]:
    name = vpc_id[4:]
    here = [nat for nat in nats if nat.startswith(f"nat-{name}")]
    targets = [{"GatewayId": f"igw-{name}"}] * 3 + [{"NatGatewayId": nat} for nat in here] * 2
    routes = []
    for cidr in ("0.0.0.0/0", "8.8.0.0/16", "8.8.8.0/24", "52.0.0.0/8"):
        if rng.random() < (0.85 if cidr == "0.0.0.0/0" else 0.12):
            routes.append(route(cidr, **rng.choice(targets), State=rng.choice(["active"] * 8 + ["blackhole"])))
    if rng.random() < 0.7:
        target = rng.choice([{"GatewayId": f"igw-{name}"}, {"EgressOnlyInternetGatewayId": f"eigw-{name}"}])
        routes.append(route("::/0", **target, State=rng.choice(["active"] * 8 + ["blackhole"])))
    other = ("10.1.0.0/16", "2600:1f18:2::/56") if name == "one" else ("10.0.0.0/16", "2600:1f18:1::/56")
    for cidr in other:
        if rng.random() < 0.75:
            routes.append(route(cidr, VpcPeeringConnectionId="pcx-1"))
    return routes


ACL_CIDRS = (
    "0.0.0.0/0",
    "0.0.0.0/0",
    "10.0.0.0/16",
    "10.0.1.0/24",
    "8.8.8.0/24",
    "0.0.0.0/1",
    "::/0",
    "::/0",
    "2600::/12",
)


def random_entries(rng: random.Random) -> list[dict[str, Any]]:
    entries = []
    for egress in (True, False):
        number = 10
        for _ in range(rng.randint(1, 5)):
            number += rng.randint(1, 20)
            protocol = rng.choice(["-1", "-1", "6", "6", "17"])
            low = rng.choice([0, 80, 443, 1024, 32768, 49152])
            entries.append(
                acl_entry(
                    number,
                    rng.choice(["allow"] * 4 + ["deny"]),
                    egress=egress,
                    cidr=rng.choice(ACL_CIDRS),
                    protocol=protocol,
                    ports=(low, rng.choice([p for p in (443, 5432, 32767, 61000, 65535) if p >= low]))
                    if protocol != "-1"
                    else None,
                )
            )
        if rng.random() < 0.7:
            entries.append(acl_entry(500, "allow", egress=egress))
            entries.append(acl_entry(501, "allow", egress=egress, cidr="::/0"))
        entries.append(acl_entry(32767, "deny", egress=egress))
    rng.shuffle(entries)
    return entries


def random_permissions(rng: random.Random) -> list[dict[str, Any]]:
    peers = ("0.0.0.0/0", "::/0", "10.0.0.0/8", "8.8.8.0/24", "sg-a", "sg-b", "2600::/12")
    rules = [
        permission(rng.choice(["tcp", "tcp", "udp"]), rng.choice(peers), rng.choice([0, 80, 443]), 5432)
        for _ in range(rng.randint(0, 3))
    ]
    if rng.random() < 0.6:
        rules.append(permission("-1", rng.choice(("0.0.0.0/0", "::/0", "sg-a"))))
    return rules


def senders(world: World, rng: random.Random, family: Family) -> list[Sender]:
    found = []
    for subnet in world.rows["ec2:DescribeSubnets"]:
        block = (
            subnet["CidrBlock"] if family is Family.IPV4 else subnet["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
        )
        address = str(ipaddress.ip_network(block)[rng.randint(100, 200)])
        groups = tuple(sorted(rng.sample(("sg-a", "sg-b", "sg-c"), rng.randint(1, 2))))
        found.append(Sender(subnet["SubnetId"], address, groups, rng.random() < 0.6))
    return found


def node(sender: Sender, reachability: Reachability, family: Family) -> Node:
    scope = reachability.network.model.scopes[0]
    subnet = scope.subnets.get(sender.subnet_id)
    assert subnet is not None
    parsed = parse_cidr(sender.address)
    assert parsed is not None
    return Node(
        place=Place(scope, subnet),
        eni_id=f"eni-{sender.address}",
        ipv4=parsed[1] if family is Family.IPV4 else (),
        ipv6=parsed[1] if family is Family.IPV6 else (),
        groups=sender.groups,
        has_public_ipv4=sender.has_public_ipv4,
        without_public=("NET001", ResourceRef(type="subnet", id=sender.subnet_id)),
        description=sender.address,
    )


def interesting_ports(world: World) -> list[int]:
    """Client ports at both sides of every boundary of every rule: what holds for them holds for all."""
    edges = {1024, 65535}
    for acl in world.rows["ec2:DescribeNetworkAcls"]:
        for entry in acl["Entries"]:
            if span := entry.get("PortRange"):
                edges |= {span["From"] - 1, span["From"], span["To"], span["To"] + 1}
    return sorted(port for port in edges if 1024 <= port <= 65535)


def expected(results: list[bool | None]) -> str:
    if None in results:
        return "unknown"
    return "reachable" if all(results) else "partial" if any(results) else "unreachable"


@pytest.mark.parametrize("batch", range(20))
def test_the_engine_agrees_with_single_packets_on_random_networks(batch: int) -> None:
    rng = random.Random(batch)  # noqa: S311 - the same networks in every run
    seen: dict[str, int] = {}
    for number in range(100):
        world = random_world(rng)
        reachability = Reachability(world.model())
        brute = BruteForce(world.rows)
        client_ports = interesting_ports(world)
        for family in Family:
            everyone = senders(world, rng, family)
            sender, receiver = rng.sample(everyone, 2)
            protocol, port = rng.choice([("tcp", 6), ("tcp", 6), ("udp", 17)]), rng.choice(PORTS)
            public = rng.choice(PUBLIC if family is Family.IPV4 else PUBLIC6)
            start = node(sender, reachability, family)
            wanted = parse_cidr(public)
            assert wanted is not None
            out = reachability.to_addresses(start, family, wanted[1], protocol=protocol[0], port=port)
            packets = [Packet(sender.address, public, protocol[1], p, port) for p in client_ports]
            nat_ports = client_ports if brute.leaves_by_nat(sender, public) else client_ports[:1]
            truth = expected([brute.to_internet(sender, p, q) for p, q in itertools.product(packets, nat_ports)])
            assert out.verdict.value == truth, (
                batch,
                number,
                sender,
                public,
                protocol,
                port,
                [f"{h.kind} {h.id} {h.direction} {h.verdict} {h.detail}" for h in out.hops],
            )
            seen[truth] = seen.get(truth, 0) + 1
            out = reachability.to_node(
                start, node(receiver, reachability, family), family, protocol=protocol[0], port=port
            )
            packets = [Packet(sender.address, receiver.address, protocol[1], p, port) for p in client_ports]
            truth = expected([brute.to_interface(sender, receiver, packet) for packet in packets])
            assert out.verdict.value == truth, (
                batch,
                number,
                sender,
                receiver,
                protocol,
                port,
                [f"{h.kind} {h.id} {h.direction} {h.verdict} {h.detail}" for h in out.hops],
            )
            seen[truth] = seen.get(truth, 0) + 1
    assert min(seen.get(v, 0) for v in ("reachable", "unreachable", "partial")) > 0, seen
