"""DNS001 and DNS002: the two DNS attributes of a task VPC."""

import dataclasses
from typing import Any

import pytest

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_checks
from awsvpc_audit.checks._base import Context
from awsvpc_audit.checks.dns.support_disabled import support_disabled
from awsvpc_audit.findings import Evidence, ResourceRef, Status
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.snapshot import Snapshot
from tests.world import World, failing, finding, healthy, unknown

ATTRIBUTES = [
    pytest.param("DNS001", "EnableDnsSupport", "--enable-dns-support", "high", id="DNS support"),
    pytest.param("DNS002", "EnableDnsHostnames", "--enable-dns-hostnames", "low", id="DNS host names"),
]


def attributes(world: World, vpc_id: str = "vpc-main") -> dict[str, Any]:
    return world.find("ec2:DescribeVpcAttribute", "VpcId", vpc_id)


@pytest.mark.parametrize(("check_id", "attribute", "option", "severity"), ATTRIBUTES)
def test_an_attribute_that_is_off_fails_alone(check_id: str, attribute: str, option: str, severity: str) -> None:
    world = healthy()
    attributes(world)[attribute] = {"Value": False}

    result = world.audit()

    assert (check_id, "vpc-main") in failing(result)
    assert {check for check, _ in failing(result) if check.startswith("DNS")} == {check_id}
    found = finding(result, check_id)
    assert found.severity == severity
    assert found.resource == ResourceRef(type="vpc", id="vpc-main")
    assert [ref.id for ref in found.affected] == ["web", "worker"]
    assert found.evidence == (
        Evidence(operation="ec2:DescribeVpcAttribute", resource="vpc-main", field=f"{attribute}.Value", value=False),
    )
    assert found.remediation.commands == (f"aws ec2 modify-vpc-attribute --vpc-id vpc-main {option} Value=true",)


def test_both_off_are_two_findings() -> None:
    world = healthy()
    attributes(world).update(EnableDnsSupport={"Value": False}, EnableDnsHostnames={"Value": False})

    assert {("DNS001", "vpc-main"), ("DNS002", "vpc-main")} <= failing(world.audit())


@pytest.mark.parametrize(("check_id", "attribute"), [("DNS001", "EnableDnsSupport"), ("DNS002", "EnableDnsHostnames")])
@pytest.mark.parametrize("rest", [None, {}], ids=["left out", "without a value"])
def test_an_attribute_that_was_not_read_is_unknown_and_the_other_is_judged(
    check_id: str, attribute: str, rest: dict[str, Any] | None
) -> None:
    world = healthy()
    if rest is None:
        del attributes(world)[attribute]
    else:
        attributes(world)[attribute] = rest

    result = world.audit()

    assert (check_id, "vpc-main") in unknown(result)
    assert {check for check, _ in unknown(result) if check in {"DNS001", "DNS002"}} == {check_id}
    assert finding(result, check_id).missing == ("ec2:DescribeVpcAttribute",)


@pytest.mark.parametrize("check_id", ["DNS001", "DNS002"])
@pytest.mark.parametrize(
    ("operation", "resource"),
    [
        pytest.param("ec2:DescribeVpcAttribute", "vpc-main", id="attributes denied"),
        pytest.param("ec2:DescribeSubnets", "prod", id="subnets denied, so the VPCs are not known"),
    ],
)
def test_a_denied_operation_makes_it_unknown(check_id: str, operation: str, resource: str) -> None:
    found = finding(healthy().deny(operation).audit(), check_id)

    assert found.status is Status.UNKNOWN
    assert found.resource.id == resource
    assert found.missing == (operation,)


def test_a_vpc_whose_attributes_the_snapshot_lacks_is_unknown() -> None:
    world = healthy()
    world.rows["ec2:DescribeVpcAttribute"].clear()

    assert {("DNS001", "vpc-main"), ("DNS002", "vpc-main")} <= unknown(world.audit())


def test_a_vpc_that_no_task_is_in_is_no_matter() -> None:
    world = healthy()
    world.add_vpc("vpc-other", "10.9.0.0/16")
    attributes(world, "vpc-other").update(EnableDnsSupport={"Value": False}, EnableDnsHostnames={"Value": False})

    assert failing(world.audit()) == set()


def test_one_unread_subnet_leaves_the_vpc_of_the_others_judged() -> None:
    world = healthy()
    attributes(world)["EnableDnsSupport"] = {"Value": False}
    world.rows["ec2:DescribeSubnets"].remove(world.subnet("subnet-b"))
    snapshot = world.scope_snapshot()
    unread = Missing(operation="ec2:DescribeSubnets", error="Throttled", resources=("subnet-b",))
    model = Model.of(Snapshot(scopes=(dataclasses.replace(snapshot, missing=(unread,)),)))

    findings = run_checks((support_disabled,), Context(cluster=Cluster(model.scopes[0], "prod"), model=model))

    assert {(f.status, f.resource.id) for f in findings} == {(Status.FAIL, "vpc-main"), (Status.UNKNOWN, "prod")}
