"""LBS008: a listener that the load balancer's own groups let nobody reach."""

from typing import Any

import pytest

from awsvpc_audit.findings import Status
from tests.world import World, failing, finding, healthy, permission, unknown


def admitting(*ingress: dict[str, Any], scheme: str = "internet-facing") -> World:
    world = healthy()
    world.security_group("sg-alb")["IpPermissions"] = list(ingress)
    world.load_balancer("alb-web")["Scheme"] = scheme
    return world


def add_listener(world: World, port: int, *, protocol: str = "HTTP", action: dict[str, Any] | None = None) -> None:
    world.rows["elbv2:DescribeListeners"].append(
        world.rows["elbv2:DescribeListeners"][0]
        | {
            "ListenerArn": world.arn("elasticloadbalancing", f"listener/app/alb-web/0123456789abcdef/{port}"),
            "Port": port,
            "Protocol": protocol,
            "DefaultActions": [action or {"Type": "redirect"}],
        }
    )


def test_a_group_that_admits_another_port_fails() -> None:
    result = admitting(permission("tcp", "0.0.0.0/0", 443)).audit()

    assert failing(result) == {("LBS008", "sg-alb")}
    found = finding(result, "LBS008")
    assert (found.severity, found.resource.type) == ("medium", "security_group")
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "web")]
    assert found.detail == ("alb-web (internet-facing) listens on tcp 80; sg-alb admits nobody from the internet there")
    assert [(e.operation, e.resource, e.field, e.value) for e in found.evidence] == [
        ("elbv2:DescribeListeners", "alb-web", "Listeners[].Port", 80),
        ("elbv2:DescribeLoadBalancers", "alb-web", "Scheme", "internet-facing"),
        ("ec2:DescribeSecurityGroups", "sg-alb", "IpPermissions", "ingress tcp 443 from 0.0.0.0/0"),
    ]
    assert found.remediation.commands[0] == (
        "aws ec2 authorize-security-group-ingress --group-id sg-alb --ip-permissions "
        "'IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=[{CidrIp=0.0.0.0/0}]'"
    )


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(permission("tcp", "10.0.0.0/8", 80), id="private addresses"),
        pytest.param(permission("tcp", "sg-app", 80), id="a group"),
        pytest.param(permission("udp", "0.0.0.0/0", 80), id="another protocol"),
        pytest.param(permission("tcp", "0.0.0.0/0", 81, 90), id="ports from the next one on"),
    ],
)
def test_rules_that_admit_nobody_from_the_internet(rule: dict[str, Any]) -> None:
    assert failing(admitting(rule).audit()) == {("LBS008", "sg-alb")}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(permission("tcp", "0.0.0.0/0", 80), id="everybody"),
        pytest.param(permission("tcp", "::/0", 80), id="everybody over IPv6"),
        pytest.param(permission("-1", "0.0.0.0/0"), id="everything"),
        pytest.param(permission("tcp", "203.0.113.7/32", 80), id="one office"),
        pytest.param(permission("tcp", "pl-3b927c52", 80), id="the prefix list of CloudFront"),
        pytest.param(permission("tcp", "52.0.0.0/8", 70, 80), id="a range that ends with the port"),
    ],
)
def test_a_restricted_load_balancer_is_well(rule: dict[str, Any]) -> None:
    result = admitting(rule).audit()

    assert failing(result) == set()
    assert unknown(result) == set()


def test_a_prefix_list_of_private_addresses_alone_admits_nobody_from_the_internet() -> None:
    world = admitting(permission("tcp", "pl-office", 80))
    world.rows["ec2:GetManagedPrefixListEntries"].append(
        {"PrefixListId": "pl-office", "Entries": [{"Cidr": "10.8.0.0/16"}]}
    )

    assert failing(world.audit()) == {("LBS008", "sg-alb")}


def test_whatever_an_internal_load_balancer_admits_is_enough() -> None:
    assert failing(admitting(permission("tcp", "sg-host", 80), scheme="internal").audit()) == set()


def test_an_internal_load_balancer_that_admits_nobody_fails() -> None:
    found = finding(admitting(permission("tcp", "sg-host", 81), scheme="internal").audit(), "LBS008")

    assert found.detail.endswith("sg-alb admits nobody at all there")
    assert [command.split()[2] for command in found.remediation.commands] == ["describe-listeners"]


def test_a_listener_that_only_redirects_does_not_make_up_for_a_closed_one() -> None:
    world = admitting(permission("tcp", "0.0.0.0/0", 8443))
    add_listener(world, 8443)

    assert failing(world.audit()) == {("LBS008", "sg-alb")}


def test_a_closed_listener_that_only_redirects_is_no_fault() -> None:
    world = admitting(permission("tcp", "0.0.0.0/0", 80))
    add_listener(world, 443)

    assert failing(world.audit()) == set()


def test_one_open_listener_of_several_that_forward_to_the_target_group_is_enough() -> None:
    world = admitting(permission("tcp", "0.0.0.0/0", 443))
    arn = world.target_group("web")["TargetGroupArn"]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": arn, "Weight": 1}]}}
    add_listener(world, 443, protocol="HTTPS", action=forward)

    assert failing(world.audit()) == set()


def test_where_only_rules_forward_any_open_listener_is_enough() -> None:
    world = admitting(permission("tcp", "0.0.0.0/0", 8443))
    world.rows["elbv2:DescribeListeners"][0]["DefaultActions"] = [{"Type": "fixed-response"}]
    assert failing(world.audit()) == {("LBS008", "sg-alb")}

    add_listener(world, 8443)
    assert failing(world.audit()) == set()


def test_a_udp_listener_wants_udp() -> None:
    world = admitting(permission("tcp", "0.0.0.0/0", 80))
    world.load_balancer("alb-web")["Type"] = "network"
    world.rows["elbv2:DescribeListeners"][0]["Protocol"] = "UDP"

    assert ("LBS008", "sg-alb") in failing(world.audit())


@pytest.mark.parametrize(
    ("member", "value"),
    [("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "off"), ("SecurityGroups", []), ("Type", "gateway")],
    ids=["one whose groups do not judge PrivateLink", "one without groups", "a gateway load balancer"],
)
def test_load_balancers_that_are_not_judged(member: str, value: Any) -> None:
    world = admitting()
    world.load_balancer("alb-web")[member] = value

    assert "LBS008" not in {check for check, _ in failing(world.audit())}


def test_a_snapshot_without_the_load_balancers_group_is_not_judged() -> None:
    world = admitting()
    world.rows["ec2:DescribeSecurityGroups"].remove(world.security_group("sg-alb"))

    assert failing(world.audit()) == set()


def test_a_load_balancer_without_listeners_is_not_judged() -> None:
    world = admitting()
    world.rows["elbv2:DescribeListeners"].clear()

    assert failing(world.audit()) == set()


@pytest.mark.parametrize(
    "operation", ["elbv2:DescribeListeners", "elbv2:DescribeLoadBalancers", "ec2:DescribeSecurityGroups"]
)
def test_a_denied_operation_makes_it_unknown(operation: str) -> None:
    found = finding(admitting().deny(operation).audit(), "LBS008")

    assert (found.status, found.missing) == (Status.UNKNOWN, (operation,))
    assert (found.resource.type, found.resource.id) == ("target_group", "web")
