"""Names that do not resolve, or resolve to what cannot be reached."""

from __future__ import annotations

from awsvpc_audit.demo.emulator import REGION
from tests.scenarios import texts
from tests.scenarios.account import Account
from tests.scenarios.incidents import endpoints
from tests.scenarios.scenario import VAULT, Area, scenario

NO_SUCH_HOST = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from "
    "Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. "
    f'RequestError: send request failed caused by: Post "https://api.ecr.{REGION}.amazonaws.com/": dial tcp: lookup '
    f"api.ecr.{REGION}.amazonaws.com"
)


@scenario(
    Area.DNS,
    first=("DNS001", "vpc"),
    beside=(
        *(("END001", service) for service in ("worker", "web", "orders")),
        *(("AGT010", host) for host in ("host-b", "host-c")),
    ),
)
def dns_support_of_the_vpc_was_switched_off(account: Account) -> None:
    account.ec2.modify_vpc_attribute(VpcId=account["vpc"], EnableDnsSupport={"Value": False})
    account.fails("worker", f"{NO_SUCH_HOST}: no such host")


@scenario(
    Area.DNS,
    first=("DNS003", "dopt"),
    beside=(("END001", "worker"), ("END001", "web"), ("AGT010", "host-b"), ("AGT010", "host-c")),
)
def the_own_dns_servers_cannot_be_reached(account: Account) -> None:
    """The servers are in a network that no route of the VPC leads to any more."""
    dhcp(account, "192.168.200.10", "192.168.200.11")
    for zone in "abc":
        account.route(f"rtb-{zone}", "192.168.0.0/16", VpcPeeringConnectionId=peering(account))
        account.blackhole(f"rtb-{zone}", "192.168.0.0/16")
    account.fails(
        "worker", f"{NO_SUCH_HOST} on 192.168.200.10:53: read udp 10.0.10.5:38711->192.168.200.10:53: i/o timeout"
    )


def dhcp(account: Account, *servers: str) -> None:
    options = account.ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name-servers", "Values": list(servers)}]
    )["DhcpOptions"]["DhcpOptionsId"]
    account.ids["dopt"] = options
    account.ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=account["vpc"])


def peering(account: Account) -> str:
    """A peering connection that was taken down again."""
    if "pcx" not in account.ids:
        account.ids["pcx"] = account.ec2.create_vpc_peering_connection(
            VpcId=account["vpc"], PeerVpcId=account["island"]
        )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return account["pcx"]


@scenario(Area.DNS, first=("END010", "zone"), subject=VAULT, beside=(("END001", "vault"),))
def the_private_zone_of_the_central_endpoint_is_misnamed(account: Account) -> None:
    """The endpoint service is called `ecr.api`; clients ask for `api.ecr`."""
    endpoints.drop(account, "vpce-ecr.api")
    zone = account.client("route53").create_hosted_zone(
        Name=f"ecr.api.{REGION}.amazonaws.com",
        VPC={"VPCRegion": REGION, "VPCId": account["island"]},
        CallerReference="1",
        HostedZoneConfig={"PrivateZone": True},
    )["HostedZone"]["Id"]
    account.ids["zone"] = zone.rpartition("/")[2]
    account.client("route53").change_resource_record_sets(
        HostedZoneId=account["zone"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": f"ecr.api.{REGION}.amazonaws.com",
                        "Type": "A",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": "10.100.0.10"}],
                    },
                }
            ]
        },
    )
    endpoints.fails(account, texts.NO_WAY_TO_ECR)
