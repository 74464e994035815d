"""10,000 traces: 200 subnets to 50 destinations, with large groups and ACLs.

Run: `python benchmarks/bench_reachability.py`. Prints traces a second for first and repeated questions, how time grows
with the number of rules, and how many times faster one set answer is than the packets it stands for.
"""

import itertools
import random
import time
from collections.abc import Callable

from awsvpc_audit.analyzers.reachability.address import Family, parse_cidr
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.analyzers.reachability.steps import Node
from tests.analyzers.reachability.brute_force import BruteForce, Packet, Sender
from tests.analyzers.reachability.test_brute_force import node
from tests.world import World, acl_entry, permission, route

SUBNETS, DESTINATIONS, GROUPS = 200, 50, 500
CLIENT_PORTS = (1024, 2000, 32767, 32768, 49152, 60999, 65535)


def network(*, group_rules: int = 60, acl_rules: int = 20) -> World:
    """One VPC: each subnet with a route table and an ACL of its own, three NAT gateways."""
    rng = random.Random(7)
    world = World()
    world.add_vpc()
    world.add_route_table("rtb-public", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
    for number in range(3):
        world.add_subnet(f"subnet-public-{number}", f"10.0.{250 + number}.0/24", route_table="rtb-public")
        world.add_nat_gateway(f"nat-{number}", f"subnet-public-{number}")
    for number in range(SUBNETS):
        subnet_id = f"subnet-{number}"
        routes = [route(f"172.{16 + n}.0.0/16", GatewayId="vgw-1") for n in range(10)]
        world.add_route_table(
            f"rtb-{number}", "vpc-main", *routes, route("0.0.0.0/0", NatGatewayId=f"nat-{number % 3}")
        )
        world.add_subnet(subnet_id, f"10.0.{number}.0/24", route_table=f"rtb-{number}")
        world.rows["ec2:DescribeNetworkAcls"].append(
            {
                "NetworkAclId": f"acl-{number}",
                "VpcId": "vpc-main",
                "IsDefault": False,
                "Associations": [{"SubnetId": subnet_id}],
                "Entries": [
                    *(
                        acl_entry(n + 1, "deny", egress=egress, cidr=f"185.{rng.randint(0, 255)}.{n}.0/24")
                        for egress in (True, False)
                        for n in range(acl_rules - 1)
                    ),
                    acl_entry(30000, "allow", egress=True),
                    acl_entry(30000, "allow", egress=False),
                ],
            }
        )
    for number in range(GROUPS):
        rules = [
            permission("tcp", f"10.{rng.randint(0, 255)}.{n % 256}.0/24", rng.randint(1, 60000))
            for n in range(group_rules - 1)
        ]
        world.rows["ec2:DescribeSecurityGroups"].append(
            {
                "GroupId": f"sg-{number}",
                "GroupName": f"group-{number}",
                "VpcId": "vpc-main",
                "IpPermissions": rules,
                "IpPermissionsEgress": [*rules, permission("tcp", "0.0.0.0/0", 443)],
            }
        )
    return world


def senders() -> list[Sender]:
    """One interface in each subnet, with five groups."""
    return [
        Sender(f"subnet-{n}", f"10.0.{n}.77", tuple(f"sg-{(n * 5 + k) % GROUPS}" for k in range(5)))
        for n in range(SUBNETS)
    ]


def destinations() -> list[str]:
    """Public addresses and blocks of them."""
    return [f"{8 + n}.{n}.{n}.{n + 1}" if n % 2 else f"{8 + n}.0.0.0/8" for n in range(DESTINATIONS)]


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ask(reachability: Reachability, nodes: list[Node], wanted: list[str]) -> None:
    """Every node to every destination."""
    for start, destination in itertools.product(nodes, wanted):
        parsed = parse_cidr(destination)
        assert parsed is not None
        reachability.to_addresses(start, Family.IPV4, parsed[1])


def measured(world: World, count: int = SUBNETS) -> tuple[float, float]:
    """Seconds for first and for repeated questions; compiling rules counts among the first."""
    reachability = Reachability(world.model())
    nodes = [node(sender, reachability, Family.IPV4) for sender in senders()[:count]]
    wanted = destinations()
    return seconds(lambda: ask(reachability, nodes, wanted)), seconds(lambda: ask(reachability, nodes, wanted))


def compared(world: World) -> float:
    """How much faster a set answer is than a brute-force look at the packets of a few client ports."""
    reachability, brute = Reachability(world.model()), BruteForce(world.rows)
    some = senders()[:10]
    nodes = [node(sender, reachability, Family.IPV4) for sender in some]
    wanted = [text for text in destinations() if "/" not in text][:10]

    def packets() -> None:
        for sender, destination in itertools.product(some, wanted):
            for port, nat_port in itertools.product(CLIENT_PORTS, CLIENT_PORTS):
                brute.to_internet(sender, Packet(sender.address, destination, 6, port, 443), nat_port)

    return seconds(packets) / seconds(lambda: ask(reachability, nodes, wanted))


def main() -> None:
    """Print the figures."""
    total = SUBNETS * DESTINATIONS
    first, again = measured(network())
    print(f"{total} traces: {total / first:,.0f} a second first, {total / again:,.0f} a second repeated")
    base = measured(network(), 40)[0]
    for factor in (2, 4):
        grown = measured(network(group_rules=60 * factor, acl_rules=20 * factor), 40)[0]
        print(f"{factor} times the rules: {grown / base:.2f} times the time")
    ratio = compared(network())
    print(f"one answer for all client ports is {ratio:,.0f} times faster than {len(CLIENT_PORTS) ** 2} packets")


if __name__ == "__main__":
    main()
