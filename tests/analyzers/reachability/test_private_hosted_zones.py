"""Names of AWS services that a private hosted zone answers, as where endpoints are kept in one central VPC.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zones-private.html and
https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html.
"""

from typing import Any

import pytest

from tests.analyzers.reachability.questions import add_endpoint, blocked, flow, hops, path
from tests.world import Row, World, finding, healthy, permission

WORKER = "service:prod/worker"
NAME = "api.ecr.us-east-1.amazonaws.com."
APEX = (
    {"Type": "NS", "ResourceRecords": [{"Value": "ns-0.awsdns-00.com."}]},
    {"Type": "SOA", "ResourceRecords": [{"Value": "ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900"}]},
)
"""What Route 53 puts into every zone, under the zone's own name."""
TO_ENDPOINT = {
    "Type": "A",
    "AliasTarget": {"HostedZoneId": "Z7H", "DNSName": "vpce-0abc-0def.api.ecr.us-east-1.vpce.amazonaws.com."},
}


def with_zone(*records: Row, isolated: bool = True) -> World:
    """The worker in `subnet-a`, without a way to the internet unless said; the zone Z1 for ECR's API."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    if isolated:
        world.route_table("rtb-a")["Routes"].pop()
    world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "10.0.0.0/16", 443))
    world.rows["route53:ListHostedZonesByVPC"].append({"HostedZoneId": "Z1", "Name": NAME, "VPCId": "vpc-main"})
    for record in (*APEX, *records):
        world.rows["route53:ListResourceRecordSets"].append({"HostedZoneId": "Z1", "Name": NAME, **record})
    return world


def address_of_an_endpoint(world: World) -> str:
    """An interface that admits HTTPS from the VPC."""
    return str(world.add_eni("subnet-b", groups=("sg-endpoints",))["PrivateIpAddress"])


def test_an_alias_leads_to_the_endpoint_whose_own_private_dns_is_off() -> None:
    world = with_zone(TO_ENDPOINT)
    add_endpoint(world, "ecr.api", "subnet-b", VpcEndpointId="vpce-0abc", PrivateDnsEnabled=False)
    found = flow(world, WORKER, "ecr.api")
    assert found.verdict == "reachable"
    assert hops(found)[-1] == "ingress vpc_endpoint vpce-0abc allow"


@pytest.mark.parametrize("isolated", [True, False], ids=["isolated", "with a NAT gateway"])
@pytest.mark.parametrize(
    "record",
    [
        pytest.param(TO_ENDPOINT, id="an endpoint in an account that was not read"),
        pytest.param({"Type": "CNAME", "ResourceRecords": [{"Value": "proxy.corp.example."}]}, id="another name"),
        pytest.param({"Type": "AAAA", "ResourceRecords": [{"Value": "2001:db8::1"}]}, id="an IPv6 address only"),
    ],
)
def test_where_it_leads_to_what_cannot_be_seen_the_answer_is_open(record: Row, isolated: bool) -> None:
    found = flow(with_zone(record, isolated=isolated), WORKER, "ecr.api")
    assert (found.verdict, found.blocked_by) == ("unknown", None)
    assert [(hop.kind, hop.id) for hop in found.hops if hop.verdict == "unknown"] == [("dns", "Z1")]


def test_an_endpoint_that_cannot_be_seen_is_no_fault_of_a_cluster() -> None:
    """Endpoints of a central account are not this account's to read; that the way ends there is information."""
    world = with_zone(TO_ENDPOINT, isolated=False)
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a", "subnet-b"]
    image = f"{world.account}.dkr.ecr.us-east-1.amazonaws.com/worker:1"
    world.task_definition("worker")["containerDefinitions"][0]["image"] = image
    findings = world.audit().findings
    failing = {finding.check_id: finding.severity for finding in findings if finding.status == "fail"}
    assert failing == {"END009": "info", "NET017": "info"}


def test_with_endpoints_unread_what_is_missing_is_named() -> None:
    world = with_zone(TO_ENDPOINT).deny("ec2:DescribeVpcEndpoints")
    assert path(world, WORKER, "ecr.api").missing == ("ec2:DescribeVpcEndpoints",)


def test_with_records_unread_the_zone_may_lead_anywhere() -> None:
    world = with_zone(TO_ENDPOINT, isolated=False).deny("route53:ListResourceRecordSets")
    found = path(world, WORKER, "ecr.api")
    assert found.verdict == "unknown"
    assert found.missing == ("route53:ListResourceRecordSets",)


def test_an_endpoint_that_is_not_available_is_what_blocks() -> None:
    world = with_zone(TO_ENDPOINT)
    add_endpoint(world, "ecr.dkr", "subnet-b", VpcEndpointId="vpce-0abc", State="pendingAcceptance")
    assert blocked(flow(world, WORKER, "ecr.api")) == ("END005", "vpce-0abc")


@pytest.mark.parametrize("order", [1, -1], ids=["A first", "AAAA first"])
def test_addresses_of_each_family_are_records_of_their_own(order: int) -> None:
    world = with_zone()
    records: list[Row] = [
        {"Type": "A", "ResourceRecords": [{"Value": address_of_an_endpoint(world)}]},
        {"Type": "AAAA", "ResourceRecords": [{"Value": "2001:db8::1"}]},
    ]
    for record in records[::order]:
        world.rows["route53:ListResourceRecordSets"].append({"HostedZoneId": "Z1", "Name": NAME, **record})
    assert flow(world, WORKER, "ecr.api").verdict == "reachable"


class TestWithoutARecordForTheName:
    """The resolver asks nobody else, and says that there is no such name, unless the zone falls back to public DNS.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html.
    """

    def test_the_zone_is_at_fault_where_the_public_way_is_none_either(self) -> None:
        found = flow(with_zone(), WORKER, "ecr.api")
        assert blocked(found) == ("END010", "Z1")
        assert "has no record for api.ecr.us-east-1.amazonaws.com" in found.hops[0].detail

    def test_where_public_addresses_are_reached_it_is_open(self) -> None:
        """Public DNS fallback is not in what Route 53 lists."""
        found = flow(with_zone(isolated=False), WORKER, "ecr.api")
        assert (found.verdict, found.blocked_by) == ("unknown", None)
        assert (found.hops[0].kind, found.hops[0].id, found.hops[0].verdict) == ("dns", "Z1", "unknown")

    def test_a_zone_of_another_name_is_not_asked(self) -> None:
        world = with_zone(isolated=False)
        world.rows["route53:ListHostedZonesByVPC"][0]["Name"] = "ecr.api.us-east-1.amazonaws.com."
        assert flow(world, WORKER, "ecr.api").verdict == "reachable"

    def test_a_zone_of_something_else_has_nothing_to_do_with_it(self) -> None:
        world = with_zone()
        world.rows["route53:ListHostedZonesByVPC"][0]["Name"] = "corp.internal."
        assert blocked(flow(world, WORKER, "ecr.api")) == ("NET004", "rtb-a")

    @pytest.mark.parametrize(
        ("name", "operation"),
        [
            ("api.ecr.us-east-1.amazonaws.com.", "route53:ListResourceRecordSets"),
            ("ecr.api.us-east-1.amazonaws.com.", "route53:ListHostedZonesByVPC"),
        ],
        ids=["no record", "misnamed"],
    )
    def test_the_finding_shows_the_zone_as_it_was_read(self, name: str, operation: str) -> None:
        world = with_zone()
        image = f"{world.account}.dkr.ecr.us-east-1.amazonaws.com/worker:1"
        world.task_definition("worker")["containerDefinitions"][0]["image"] = image
        add_endpoint(world, "ecr.dkr", "subnet-b")
        world.rows["route53:ListHostedZonesByVPC"][0]["Name"] = name
        found = finding(world.audit(), "END010", "Z1")
        shown = [(each.operation, each.resource, each.field, each.value) for each in found.evidence]
        assert (operation, "Z1", "Name", name.rstrip(".")) in shown


@pytest.mark.parametrize(
    ("zone", "record"),
    [
        pytest.param(NAME, {"Name": NAME.upper()}, id="in capitals"),
        pytest.param(NAME, {"Name": NAME, "HostedZoneId": "/hostedzone/Z1"}, id="a zone's id as Route 53 writes it"),
        pytest.param("us-east-1.amazonaws.com.", {"Name": "*.ecr.us-east-1.amazonaws.com."}, id="a wildcard"),
        pytest.param("us-east-1.amazonaws.com.", {"Name": "\\052.us-east-1.amazonaws.com."}, id="one further up"),
    ],
)
def test_records_that_answer_for_the_name(zone: str, record: Row) -> None:
    world = with_zone()
    world.rows["route53:ListHostedZonesByVPC"][0]["Name"] = zone
    address = {"HostedZoneId": "Z1", "Type": "A", "ResourceRecords": [{"Value": address_of_an_endpoint(world)}]}
    world.rows["route53:ListResourceRecordSets"].append({**address, "Name": "other.us-east-1.amazonaws.com."})
    assert blocked(flow(world, WORKER, "ecr.api")) == ("END010", "Z1")
    world.rows["route53:ListResourceRecordSets"].append({**address, **record})
    assert flow(world, WORKER, "ecr.api").verdict == "reachable"


@pytest.mark.parametrize(
    "name", ["*", "\\052", "123456789012"], ids=["all registries", "as AWS writes it", "one registry"]
)
def test_registries_have_a_name_for_each_account(name: str) -> None:
    world = with_zone()
    zone = "dkr.ecr.us-east-1.amazonaws.com."
    world.rows["route53:ListHostedZonesByVPC"][0]["Name"] = zone
    address = address_of_an_endpoint(world)
    record = {"HostedZoneId": "Z1", "Type": "A", "ResourceRecords": [{"Value": address}]}
    world.rows["route53:ListResourceRecordSets"].append({**record, "Name": zone})
    assert blocked(flow(world, WORKER, "ecr.dkr")) == ("END010", "Z1")
    world.rows["route53:ListResourceRecordSets"].append({**record, "Name": f"{name}.{zone}"})
    assert flow(world, WORKER, "ecr.dkr").verdict == "reachable"


class TestDnsHostnamesOff:
    """Private hosted zones need both DNS attributes of the VPC."""

    @staticmethod
    def world(**more: Any) -> World:
        world = with_zone(**more)
        address = address_of_an_endpoint(world)
        world.rows["route53:ListResourceRecordSets"].append(
            {"HostedZoneId": "Z1", "Name": NAME, "Type": "A", "ResourceRecords": [{"Value": address}]}
        )
        world.find("ec2:DescribeVpcAttribute", "VpcId", "vpc-main")["EnableDnsHostnames"] = {"Value": False}
        return world

    def test_the_zone_is_not_asked(self) -> None:
        assert blocked(flow(self.world(), WORKER, "ecr.api")) == ("END006", "vpc-main")

    def test_public_addresses_do_where_they_are_reached(self) -> None:
        assert flow(self.world(isolated=False), WORKER, "ecr.api").verdict == "reachable"


def test_the_zone_with_the_longest_name_answers() -> None:
    world = with_zone()
    world.rows["route53:ListHostedZonesByVPC"].insert(
        0, {"HostedZoneId": "Z0", "Name": "amazonaws.com.", "VPCId": "vpc-main"}
    )
    assert blocked(flow(world, WORKER, "ecr.api")) == ("END010", "Z1")


@pytest.mark.parametrize(
    ("server", "verdict"),
    [
        ("AmazonProvidedDNS", "reachable"),
        ("10.0.0.2", "reachable"),
        ("169.254.169.253", "reachable"),
        ("fd00:ec2::253", "reachable"),
        ("10.0.0.3", "unknown"),
    ],
)
def test_amazon_s_resolver_has_several_addresses(server: str, verdict: str) -> None:
    """The base of the VPC's range plus two: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html."""
    world = with_zone()
    address = {"Type": "A", "ResourceRecords": [{"Value": address_of_an_endpoint(world)}]}
    world.rows["route53:ListResourceRecordSets"].append({"HostedZoneId": "Z1", "Name": NAME, **address})
    options = world.find("ec2:DescribeDhcpOptions", "DhcpOptionsId", "dopt-default")
    options["DhcpConfigurations"][0]["Values"] = [{"Value": server}]
    assert flow(world, WORKER, "ecr.api").verdict == verdict


def test_own_dns_servers_may_not_know_the_zone() -> None:
    world = with_zone()
    world.rows["route53:ListResourceRecordSets"].append(
        {
            "HostedZoneId": "Z1",
            "Name": NAME,
            "Type": "A",
            "ResourceRecords": [{"Value": address_of_an_endpoint(world)}],
        }
    )
    assert flow(world, WORKER, "ecr.api").verdict == "reachable"
    options = world.find("ec2:DescribeDhcpOptions", "DhcpOptionsId", "dopt-default")
    options["DhcpConfigurations"][0]["Values"] = [{"Value": "10.9.9.9"}]
    assert flow(world, WORKER, "ecr.api").verdict == "unknown"
