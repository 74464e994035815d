"""What only follows from another cause, by declaration and by proof."""

from __future__ import annotations

import pytest

from awsvpc_audit.analyzers.consequences import leads_of
from awsvpc_audit.findings import Evidence, Finding, Remediation, ResourceRef, Severity, Status


def fault(check_id: str, type_: str, id_: str, *named: str, status: Status = Status.FAIL) -> Finding:
    return Finding(
        check_id=check_id,
        status=status,
        severity=Severity.HIGH,
        title=check_id,
        detail=id_,
        resource=ResourceRef(type=type_, id=id_),
        evidence=tuple(Evidence(operation="ec2:X", resource=name, field="F", value=None) for name in named),
        remediation=Remediation(text=""),
        doc_url="",
        fingerprint="",
    )


NAT_A = fault("NET006", "nat_gateway", "nat-a", "nat-a")
NAT_B = fault("NET006", "nat_gateway", "nat-b", "nat-b")
GROUP = fault("NET011", "security_group", "sg-app", "sg-app")
UNREACHED = fault("END001", "service", "worker")
FAILING = fault("SVC005", "service", "worker", "worker")


@pytest.mark.parametrize(
    ("ranked", "leads"),
    [
        ([NAT_A, GROUP, fault("END001", "service", "worker", "sg-app")], (None, None, 1)),
        ([NAT_A, NAT_B, fault("NET015", "service", "worker", "nat-b")], (None, None, 1)),
        ([NAT_A, GROUP, fault("END001", "service", "worker", "rtb-a")], (None, None, None)),
        ([NAT_A, GROUP, UNREACHED], (None, None, 0)),
        ([NAT_A, fault("NET002", "service", "worker"), fault("END001", "service", "worker", "rtb-a")], (None, None, 1)),
        ([NAT_A, GROUP, fault("SVC011", "launcher", "events:rule/x", "sg-app")], (None, None, 1)),
        ([NAT_A, fault("SVC011", "launcher", "events:rule/x", "subnet-gone")], (None, None)),
    ],
    ids=[
        "the group that stops it",
        "the second of two gateways",
        "a hop of its own",
        "no proof: the first",
        "the service itself, without a public address",
        "a launcher's group",
        "a launcher's fault of its own",
    ],
)
def test_what_is_not_reached_follows_from_the_hop_in_its_proof(
    ranked: list[Finding], leads: tuple[int | None, ...]
) -> None:
    assert leads_of(ranked) == leads


@pytest.mark.parametrize(
    ("ranked", "leads"),
    [
        ([UNREACHED, FAILING], (None, 0)),
        ([UNREACHED, NAT_A, FAILING], (None, None, 1)),
        ([NAT_A, UNREACHED, FAILING], (None, 0, 0)),
        ([fault("NET015", "service", "worker"), UNREACHED], (None, None)),
        ([fault("SVC011", "launcher", "x"), FAILING], (None, None)),
        ([fault("NET004", "route_table", "rtb-a", status=Status.UNKNOWN), FAILING], (None, None)),
        ([FAILING, NAT_A], (None, None)),
    ],
    ids=[
        "all that is known is that something is not reached",
        "the hop is nearer to the fault, wherever it is ranked",
        "both under the hop",
        "one summary does not lead to another",
        "nor what says the failure again",
        "nor what is not proven",
        "nor what is ranked after it",
    ],
)
def test_what_says_the_failure_again_follows_from_what_is_nearest_to_the_fault(
    ranked: list[Finding], leads: tuple[int | None, ...]
) -> None:
    assert leads_of(ranked) == leads


@pytest.mark.parametrize(
    ("ranked", "leads"),
    [
        ([NAT_A, fault("NET005", "route_table", "rtb-a", "rtb-a", "nat-a")], (None, 0)),
        ([NAT_A, fault("AGT010", "instance", "i-a", "nat-a")], (None, 0)),
        ([NAT_A, fault("NET005", "route_table", "rtb-a", "rtb-a")], (None, None)),
        (
            [fault("NET006", "nat_gateway", "nat-a", "rtb-a"), fault("NET005", "route_table", "rtb-a", "nat-a")],
            (None,) * 2,
        ),
        ([fault("SUB001", "subnet", "subnet-a"), fault("NET004", "route_table", "rtb-a", "subnet-a")], (None, None)),
        ([NAT_A, fault("SVC007", "iam_role", "role", "nat-a")], (None, None)),
        ([fault("SVC007", "iam_role", "role"), fault("NET006", "nat_gateway", "nat-a", "role")], (None, None)),
        ([GROUP, fault("LBS004", "security_group", "sg-app", "sg-app")], (None, None)),
        ([fault("NET009", "network_acl", "acl-a"), fault("NET010", "network_acl", "acl-a", "acl-a")], (None, None)),
    ],
    ids=[
        "a route to the gateway that failed",
        "a host behind it",
        "a route elsewhere",
        "each names the other",
        "everything lies in a subnet",
        "a permission is not on the way",
        "nothing on the way follows from a permission",
        "two faults of one group",
        "two faults of one ACL",
    ],
)
def test_a_fault_on_the_way_follows_from_the_one_that_its_proof_names(
    ranked: list[Finding], leads: tuple[int | None, ...]
) -> None:
    assert leads_of(ranked) == leads


@pytest.mark.parametrize(
    ("lead", "follows"), [("AGT001", "AGT006"), ("AGT004", "AGT006"), ("AGT010", "AGT007"), ("AGT002", "ENI003")]
)
def test_on_one_instance_the_state_follows_from_its_reason(lead: str, follows: str) -> None:
    reason = fault(lead, "instance", "i-a")
    assert leads_of([reason, fault(follows, "instance", "i-a")]) == (None, 0)
    assert leads_of([reason, fault(follows, "instance", "i-b")]) == (None, None)
    assert leads_of([fault(lead, "cluster", "i-a"), fault(follows, "instance", "i-a")]) == (None, None)


def test_what_follows_from_a_consequence_is_listed_under_the_first_cause() -> None:
    route = fault("NET005", "route_table", "rtb-a", "nat-a")
    host = fault("AGT010", "instance", "i-a", "rtb-a")
    acl = fault("NET013", "network_acl", "acl-a", "rtb-a")
    gateway = fault("NET012", "internet_gateway", "igw-a", "acl-a")
    assert leads_of([GROUP, NAT_A, route, host, acl, gateway]) == (None, None, 1, 1, 1, 1)
