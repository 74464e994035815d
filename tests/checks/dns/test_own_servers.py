"""DNS003 and DNS004: DNS servers of the owner's own, and tasks that keep the old ones."""

import json
from typing import Any

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, acl_entry, failing, finding, healthy, permission, unknown


def with_servers(*servers: str) -> World:
    """The VPC with DHCP options of its own."""
    world = healthy()
    world.vpc()["DhcpOptionsId"] = "dopt-own"
    world.rows["ec2:DescribeDhcpOptions"].append(
        {
            "DhcpOptionsId": "dopt-own",
            "DhcpConfigurations": [
                {"Key": "domain-name", "Values": [{"Value": "corp.example"}]},
                {"Key": "domain-name-servers", "Values": [{"Value": server} for server in servers]},
            ],
        }
    )
    return world


def with_server(*ingress: dict[str, Any]) -> World:
    """A DNS server in the VPC itself, whose group admits this."""
    world = with_servers("10.0.7.10")
    world.add_subnet("subnet-dns", "10.0.7.0/24", route_table="rtb-a")
    world.add_security_group("sg-dns", "vpc-main", *ingress)
    world.add_eni("subnet-dns", groups=("sg-dns",))
    return world


def udp_and_tcp(peer: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return permission("udp", peer, 53), permission("tcp", peer, 53)


def test_a_server_whose_group_does_not_admit_the_tasks_fails() -> None:
    result = with_server(permission("tcp", "10.0.0.0/16", 443)).audit()

    assert failing(result) == {("DNS003", "dopt-own")}
    found = finding(result, "DNS003")
    assert (found.severity, found.resource.type) == ("medium", "dhcp_options")
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("ec2:DescribeVpcs", "vpc-main", "DhcpOptionsId", "dopt-own"),
        ("ec2:DescribeDhcpOptions", "dopt-own", "DhcpConfigurations[domain-name-servers]", "10.0.7.10"),
        ("ec2:DescribeSecurityGroups", "sg-dns", "IpPermissions", "ingress tcp 443 from 10.0.0.0/16"),
    ]
    assert "from subnet-a, subnet-b tasks do not reach 10.0.7.10 on udp 53, 10.0.7.10 on tcp 53" in found.detail


@pytest.mark.parametrize("peer", ["10.0.0.0/16", "sg-app", "0.0.0.0/0"])
def test_a_server_that_admits_the_tasks_is_well(peer: str) -> None:
    assert failing(with_server(*udp_and_tcp(peer)).audit()) == set()


def test_tcp_alone_blocked_is_named() -> None:
    found = finding(with_server(permission("udp", "10.0.0.0/16", 53)).audit(), "DNS003")

    assert "on tcp 53" in found.detail
    assert "udp" not in found.detail


@pytest.mark.parametrize("last", [65535, 32767], ids=["all", "a part of them"])
def test_an_acl_that_drops_the_replies_fails(last: int) -> None:
    world = with_server(*udp_and_tcp("10.0.0.0/16"))
    world.rows["ec2:DescribeNetworkAcls"][0]["Entries"].insert(
        0, acl_entry(50, "deny", egress=False, cidr="10.0.7.0/24", protocol="17", ports=(1024, last))
    )

    assert ("DNS003", "dopt-own") in failing(world.audit())


def test_an_address_that_nothing_has_fails() -> None:
    world = with_servers("10.0.1.250")

    assert ("DNS003", "dopt-own") in failing(world.audit())


def test_public_servers_are_reached_over_the_internet() -> None:
    world = with_servers("8.8.8.8", "1.1.1.1")
    assert failing(world.audit()) == set()

    world.security_group("sg-app")["IpPermissionsEgress"] = [permission("tcp", "0.0.0.0/0", 443)]
    assert failing(world.audit()) == {("DNS003", "dopt-own")}


@pytest.mark.parametrize(
    "servers",
    [["AmazonProvidedDNS"], ["10.0.0.2"], ["169.254.169.253"], []],
    ids=["by name", "by its address in the VPC", "by its link-local address", "none named"],
)
def test_the_amazon_server_needs_no_way(servers: list[str]) -> None:
    world = with_servers(*servers)
    world.security_group("sg-app")["IpPermissionsEgress"] = [permission("tcp", "0.0.0.0/0", 443)]

    assert failing(world.audit()) == set()


def test_a_vpc_without_any_options_is_not_judged() -> None:
    world = healthy()
    world.vpc()["DhcpOptionsId"] = "default"

    assert failing(world.audit()) == set()
    assert unknown(world.audit()) == set()


def test_options_that_were_not_read_matter_where_tasks_do_not_start() -> None:
    world = healthy().deny("ec2:DescribeDhcpOptions")
    assert unknown(world.audit()) == set()

    world.service("web")["runningCount"] = 1
    found = finding(world.audit(), "DNS003")
    assert (found.status, found.resource.id, found.missing) == (
        Status.UNKNOWN,
        "vpc-main",
        ("ec2:DescribeDhcpOptions",),
    )


def test_groups_that_were_not_read_leave_it_open() -> None:
    world = with_server(*udp_and_tcp("10.0.0.0/16")).deny("ec2:DescribeSecurityGroups")

    assert finding(world.audit(), "DNS003").missing == ("ec2:DescribeSecurityGroups",)


# DNS004.


def exchanged(world: World, at: str, *, vpc_id: str = "vpc-main", error: str | None = None) -> World:
    record: dict[str, Any] = {
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AssociateDhcpOptions",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/alice"},
        "requestParameters": {"dhcpOptionsId": "dopt-own", "vpcId": vpc_id},
    }
    if error:
        record["errorCode"] = error
    world.rows["cloudtrail:LookupEvents"].append(
        {
            "EventId": world.new_uuid(),
            "EventName": "AssociateDhcpOptions",
            "EventSource": "ec2.amazonaws.com",
            "EventTime": at,
            "CloudTrailEvent": json.dumps(record),
        }
    )
    return world


def test_tasks_that_started_before_the_change_fail() -> None:
    """All tasks of this world started at 10:01 on 20 November."""
    world = exchanged(healthy(), "2026-11-20T10:02:00Z")
    world.add_task("web", on="i-a")["startedAt"] = "2026-11-20T10:03:00Z"

    result = world.audit()

    assert failing(result) == {("DNS004", "web"), ("DNS004", "worker")}
    found = finding(result, "DNS004", "web")
    assert (found.severity, found.resource.type) == ("medium", "service")
    assert found.detail == (
        "vpc-main got dopt-own at 2026-11-20T10:02:00Z by user/alice; 2 running tasks of web started before that and "
        "keep the old ones"
    )
    assert [(e.operation, e.field, e.value) for e in found.evidence] == [
        ("cloudtrail:LookupEvents", "EventTime", "AssociateDhcpOptions dopt-own 2026-11-20T10:02:00Z"),
        *[("ecs:DescribeTasks", "startedAt", "2026-11-20T10:01:00Z")] * 2,
    ]
    assert found.remediation.commands == ("aws ecs update-service --cluster prod --service web --force-new-deployment",)


@pytest.mark.parametrize(
    ("at", "more"),
    [
        pytest.param("2026-11-20T10:01:00Z", {}, id="at the moment they started"),
        pytest.param("2026-11-19T00:00:00Z", {}, id="before they started"),
        pytest.param("2026-11-21T00:00:00Z", {"vpc_id": "vpc-other"}, id="in another VPC"),
        pytest.param("2026-11-21T00:00:00Z", {"error": "Client.UnauthorizedOperation"}, id="refused by AWS"),
    ],
)
def test_changes_that_leave_running_tasks_alone(at: str, more: dict[str, str]) -> None:
    assert failing(exchanged(healthy(), at, **more).audit()) == set()


def test_the_last_of_several_changes_counts() -> None:
    world = exchanged(exchanged(healthy(), "2026-11-21T00:00:00Z"), "2026-11-20T09:00:00Z")

    assert "2026-11-21" in finding(world.audit(), "DNS004", "web").detail


def test_a_trail_that_was_not_read_matters_to_vpcs_with_servers_of_their_own() -> None:
    assert unknown(healthy().deny("cloudtrail:LookupEvents").audit()) == set()

    result = with_servers("8.8.8.8").deny("cloudtrail:LookupEvents").audit()
    assert unknown(result) == {("DNS004", "web"), ("DNS004", "worker")}
    assert finding(result, "DNS004", "web").missing == ("cloudtrail:LookupEvents",)


def test_tasks_that_were_not_read_leave_it_open_after_a_change() -> None:
    world = exchanged(healthy(), "2026-11-21T00:00:00Z").deny("ecs:DescribeTasks")

    assert finding(world.audit(), "DNS004", "web").missing == ("ecs:DescribeTasks",)
