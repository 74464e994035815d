"""Subnets with IPv6 addresses alone."""

from __future__ import annotations

from typing import Any

from awsvpc_audit.demo.emulator import ACCOUNT, REGION
from tests.scenarios.account import Account
from tests.scenarios.scenario import Area, scenario

BLOCK = "2600:1f18:1234:5600::/56"


class _Associated(str):
    """The emulator prints the whole of a state where AWS has one word; it looks up the word by a key."""

    def __getitem__(self, key: Any) -> str:
        return str(self)


def ipv6_only(account: Account, *, dns64: bool) -> None:
    """The worker's one subnet has IPv6 addresses alone and a way out for them."""
    ec2 = account.state("ec2")
    vpc = ec2.vpcs[account["vpc"]]
    vpc.associate_vpc_cidr_block(BLOCK, amazon_provided_ipv6_cidr_block=True)
    subnet = account.subnet("private-a")
    subnet.ipv6_native = True
    subnet.enable_dns64 = dns64
    subnet.assign_ipv6_address_on_creation = True
    subnet.attach_ipv6_cidr_block_associations(BLOCK.replace("/56", "/64"))
    for association in subnet.ipv6_cidr_block_associations.values():
        association["ipv6CidrBlockState"] = _Associated("associated")
    gateway = account.ec2.create_egress_only_internet_gateway(VpcId=account["vpc"])["EgressOnlyInternetGateway"]
    account.route("rtb-a", "::/0", EgressOnlyInternetGatewayId=gateway["EgressOnlyInternetGatewayId"])
    account.ec2.authorize_security_group_egress(
        GroupId=account["sg-worker"],
        IpPermissions=[{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
    )
    for egress in (True, False):
        ec2.create_network_acl_entry(acl_of(account), 101, "-1", "allow", egress, None, None, None, None, None, "::/0")
    account.aws.settings[1]["value"] = "enabled"
    account.move("worker", "private-a")


def acl_of(account: Account) -> str:
    return str(
        next(
            row["NetworkAclId"]
            for row in account.ec2.describe_network_acls()["NetworkAcls"]
            for association in row["Associations"]
            if association["SubnetId"] == account["private-a"]
        )
    )


@scenario(Area.IPV6, first=("IP6006", "private-a"), beside=(("END001", "worker"),))
def an_image_with_an_ipv4_name_is_pulled_from_an_ipv6_only_subnet_without_dns64(account: Account) -> None:
    ipv6_only(account, dns64=False)
    account.fails(
        "worker",
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
        f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/worker:1.0: failed to do request: Head "
        f'"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/v2/worker/manifests/1.0": dial tcp 44.213.79.10:443: '
        "connect: network is unreachable",
    )


@scenario(Area.IPV6, first=("IP6006", "private-a"), beside=(("END001", "worker"), ("NET004", "rtb-a")))
def an_ipv6_only_subnet_has_no_route_for_ipv6(account: Account) -> None:
    ipv6_only(account, dns64=False)
    registry = f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws"
    account.container("worker")["image"] = f"{registry}/worker:1.0"
    account.ec2.delete_route(RouteTableId=account["rtb-a"], DestinationIpv6CidrBlock="::/0")
    account.fails(
        "worker",
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
        f'{registry}/worker:1.0: failed to do request: Head "https://{registry}/v2/worker/manifests/1.0": dial tcp '
        "[2600:1f18:22f4:9d00::2a]:443: connect: network is unreachable",
    )
