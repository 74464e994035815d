"""VPC Block Public Access: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html.

Bidirectional, it stops all that goes by an internet gateway or egress-only gateway, NAT gateways included. For ingress
alone, it leaves what NAT and egress-only gateways carry, for that is only ever opened from inside.
"""

import pytest

from tests.analyzers.reachability.questions import blocked, flow, path, proof
from tests.world import World, healthy

BIDIRECTIONAL, INGRESS, OFF = "block-bidirectional", "block-ingress", "off"
NAT, DIRECT, EGRESS_ONLY = "by NAT gateway", "by internet gateway", "by egress-only gateway"
SUBNET_OF = {NAT: "subnet-public-a", DIRECT: "subnet-public-a", EGRESS_ONLY: "subnet-a"}
"""Whose route leads to the gateway that is blocked."""


def going(way: str) -> World:
    """The worker, with one way out."""
    world = healthy()
    network = world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]
    network["subnets"] = ["subnet-a"]
    if way == DIRECT:
        network.update(subnets=["subnet-public-a"], assignPublicIp="ENABLED")
    if way == EGRESS_ONLY:
        world.give_ipv6("subnet-a")
    return world


def set_option(world: World, mode: str) -> None:
    """The account's option."""
    world.rows["ec2:DescribeVpcBlockPublicAccessOptions"] = [{"InternetGatewayBlockMode": mode}]


def exclude(world: World, resource: str, mode: str, state: str = "create-complete") -> None:
    """An exclusion of a VPC or subnet."""
    world.rows["ec2:DescribeVpcBlockPublicAccessExclusions"].append(
        {
            "ExclusionId": "vpcbpa-exclude-1",
            "ResourceArn": world.arn("ec2", f"{'vpc' if resource.startswith('vpc') else 'subnet'}/{resource}"),
            "InternetGatewayExclusionMode": mode,
            "State": state,
        }
    )


def is_blocked(world: World, way: str) -> bool:
    """Whether it is, by Block Public Access, and not in some other manner."""
    found = flow(world, "service:prod/worker", "internet6" if way == EGRESS_ONLY else "internet")
    assert (found.verdict, blocked(found)) in {("reachable", None), ("unreachable", ("NET016", "vpc-main"))}
    return blocked(found) is not None


@pytest.mark.parametrize(
    ("mode", "way", "expected"),
    [
        (BIDIRECTIONAL, NAT, True),
        (BIDIRECTIONAL, DIRECT, True),
        (BIDIRECTIONAL, EGRESS_ONLY, True),
        (INGRESS, NAT, False),
        (INGRESS, DIRECT, True),
        (INGRESS, EGRESS_ONLY, False),
        (OFF, NAT, False),
        (OFF, DIRECT, False),
        (OFF, EGRESS_ONLY, False),
    ],
)
class TestMode:
    def test_of_the_account(self, mode: str, way: str, expected: bool) -> None:
        world = going(way)
        set_option(world, mode)
        assert is_blocked(world, way) is expected

    def test_of_the_subnet_as_ec2_says_it(self, mode: str, way: str, expected: bool) -> None:
        """It counts before the account's option: an exclusion, or a policy of the organization, is in it."""
        world = going(way)
        set_option(world, BIDIRECTIONAL if mode == OFF else OFF)
        world.subnet(SUBNET_OF[way])["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": mode}
        assert is_blocked(world, way) is expected


@pytest.mark.parametrize("resource", ["vpc-main", "subnet-public-a"])
@pytest.mark.parametrize(
    ("mode", "exclusion", "way", "expected"),
    [
        (BIDIRECTIONAL, "allow-bidirectional", NAT, False),
        (BIDIRECTIONAL, "allow-bidirectional", DIRECT, False),
        (BIDIRECTIONAL, "allow-egress", NAT, False),
        (BIDIRECTIONAL, "allow-egress", DIRECT, True),
        (INGRESS, "allow-bidirectional", DIRECT, False),
        (INGRESS, "allow-egress", DIRECT, True),
    ],
)
def test_an_exclusion_of_a_vpc_or_subnet(mode: str, exclusion: str, way: str, expected: bool, resource: str) -> None:
    world = going(way)
    set_option(world, mode)
    exclude(world, resource, exclusion)
    assert is_blocked(world, way) is expected


@pytest.mark.parametrize("state", ["create-in-progress", "create-failed", "delete-in-progress", "delete-complete"])
def test_an_exclusion_that_is_not_there_yet_or_any_more(state: str) -> None:
    world = going(NAT)
    set_option(world, BIDIRECTIONAL)
    exclude(world, "vpc-main", "allow-bidirectional", state)
    assert is_blocked(world, NAT)


@pytest.mark.parametrize("state", ["update-in-progress", "update-complete"])
def test_one_that_is_changed_holds_meanwhile(state: str) -> None:
    world = going(NAT)
    set_option(world, BIDIRECTIONAL)
    exclude(world, "vpc-main", "allow-bidirectional", state)
    assert not is_blocked(world, NAT)


def test_an_exclusion_of_something_else() -> None:
    world = going(NAT)
    set_option(world, BIDIRECTIONAL)
    exclude(world, "vpc-other", "allow-bidirectional")
    assert is_blocked(world, NAT)


def test_with_exclusions_unread_it_is_open() -> None:
    world = going(NAT)
    set_option(world, BIDIRECTIONAL)
    world.deny("ec2:DescribeVpcBlockPublicAccessExclusions")
    found = path(world, "service:prod/worker", "internet")
    assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeVpcBlockPublicAccessExclusions",))


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("option", ("ec2:DescribeVpcBlockPublicAccessOptions", "123456789012", "InternetGatewayBlockMode")),
        ("subnet", ("ec2:DescribeSubnets", "subnet-public-a", "BlockPublicAccessStates.InternetGatewayBlockMode")),
    ],
)
def test_the_proof_is_where_it_was_read(says: str, expected: tuple[str, str, str]) -> None:
    world = going(NAT)
    if says == "option":
        set_option(world, BIDIRECTIONAL)
    else:
        world.subnet("subnet-public-a")["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": BIDIRECTIONAL}
    assert proof(world, "service:prod/worker") == [(*expected, BIDIRECTIONAL)]
