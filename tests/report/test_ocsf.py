"""OCSF: what the events say. That they are valid is in test_validators."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from ocsf_json_schema import get_ocsf_schema

from awsvpc_audit.facts.controls import FSBP, WELL_ARCHITECTED
from awsvpc_audit.findings import Finding, NotAudited, Severity, Status, Waiver
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.report.ocsf import VERSION, write_ocsf
from awsvpc_audit.report.options import Document, RenderOptions
from tests.report.reports import (
    EXPIRED,
    a_report,
    compared,
    documents,
    in_region,
    shuffled_gaps,
    undated,
    whole_report,
)
from tests.report.results import READ_AT, a_finding, an_audit, in_trouble, not_told, passed, ref

NAT = ref("nat_gateway", "nat-1")
SCHEMA: dict[str, Any] = get_ocsf_schema(version=VERSION)
CLASS = SCHEMA["classes"]["compliance_finding"]
ALL = RenderOptions(all=True)


def events(document: Document, options: RenderOptions = ALL) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = json.loads(write_ocsf(document, options))
    return written


def event_of(finding: Finding) -> dict[str, Any]:
    (event,) = events(an_audit(finding))
    return event


def siblings(value: Mapping[str, Any], attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any, str]]:
    """Each enumerated value with the caption beside it, and the standard's caption for it."""
    for name, member in value.items():
        attribute = attributes.get(name, {})
        if "enum" in attribute and "sibling" in attribute and attribute["sibling"] in value:
            yield name, member, value[attribute["sibling"]], attribute["enum"][str(member)]["caption"]
        if attribute.get("object_type") in SCHEMA["objects"]:
            below = SCHEMA["objects"][attribute["object_type"]]["attributes"]
            for item in member if isinstance(member, list) else [member]:
                yield from siblings(item, below)


@pytest.mark.parametrize("document", documents().values(), ids=documents())
def test_a_caption_beside_a_number_is_the_standards(document: Document) -> None:
    found = [pair for event in events(document) for pair in siblings(event, CLASS["attributes"])]
    for name, number, caption, standard in found:
        assert caption == standard or number == 99, name
    if events(document):
        names = {name for name, *_ in found}
        assert {"activity_id", "severity_id", "status_id", "type_uid", "class_uid", "category_uid"} <= names


@pytest.mark.parametrize("document", documents().values(), ids=documents())
def test_numbers_of_class_activity_and_type_fit_together(document: Document) -> None:
    for event in events(document):
        assert event["class_uid"] == 2003
        assert event["category_uid"] == 2
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["metadata"]["version"] == VERSION
        assert event["metadata"]["profiles"] == ["cloud"]


@pytest.mark.parametrize("document", documents().values(), ids=documents())
def test_no_two_events_of_a_document_are_of_one_finding(document: Document) -> None:
    uids = [event["finding_info"]["uid"] for event in events(document)]
    assert len(uids) == len(set(uids))


def test_the_same_fault_in_two_regions_is_two_findings() -> None:
    fault = a_finding("NET006", NAT)
    uids = [
        e["finding_info"]["uid"] for e in events(a_report(an_audit(fault), in_region(an_audit(fault), "eu-west-1")))
    ]
    assert uids == [
        f"123456789012/us-east-1/prod/{fault.fingerprint}",
        f"123456789012/eu-west-1/prod/{fault.fingerprint}",
    ]


@pytest.mark.parametrize(
    ("finding", "compliance", "status", "severity"),
    [
        pytest.param(
            a_finding("NET006", NAT, severity=Severity.CRITICAL),
            "Fail",
            "New",
            "Critical",
            id="what fails is new and as bad as it is",
        ),
        pytest.param(
            not_told("NET006", NAT, "ec2:DescribeNatGateways"),
            "Warning",
            "New",
            "High",
            id="what is unknown gave no result for want of information",
        ),
        pytest.param(
            a_finding("NET006", NAT, status=Status.WAIVED, waiver=Waiver(reason="planned")),
            "Fail",
            "Suppressed",
            "High",
            id="what is waived still fails and is suppressed",
        ),
        pytest.param(passed("NET006", NAT), "Pass", "New", "Informational", id="what passes is no bad news"),
    ],
)
def test_what_became_of_a_finding(finding: Finding, compliance: str, status: str, severity: str) -> None:
    event = event_of(finding)
    assert event["compliance"]["status"] == compliance
    assert event["status"] == status
    assert event["severity"] == severity
    assert event["status_code"] == event["compliance"]["status_code"] == finding.status.value
    (check,) = event["compliance"]["checks"]
    assert (check["uid"], check["status"]) == ("NET006", compliance)


@pytest.mark.parametrize(
    ("severity", "number"),
    [(Severity.CRITICAL, 5), (Severity.HIGH, 4), (Severity.MEDIUM, 3), (Severity.LOW, 2), (Severity.INFO, 1)],
)
def test_severities(severity: Severity, number: int) -> None:
    assert event_of(a_finding("NET006", NAT, severity=severity))["severity_id"] == number
    of_the_check = event_of(a_finding("NET006", NAT, severity=severity, status=Status.PASS))
    assert of_the_check["compliance"]["checks"][0]["severity_id"] == number


def test_an_event_names_the_fault_who_suffers_and_how_to_mend_it() -> None:
    event = next(event for event in events(in_trouble()) if event["metadata"]["event_code"] == "NET006")
    target, affected = event["resources"]
    assert (target["uid"], target["type"], target["role"]) == ("nat-0c3", "nat_gateway", "Target")
    assert (target["region"], target["cloud_partition"]) == ("us-east-1", "aws")
    assert (affected["uid"], affected["type"], affected["role"]) == ("worker", "service", "Affected")
    assert affected["namespace"] == "prod"
    assert event["cloud"] == {
        "provider": "AWS",
        "account": {"uid": "123456789012", "type": "AWS Account", "type_id": 10},
        "region": "us-east-1",
        "cloud_partition": "aws",
    }
    assert event["remediation"]["desc"].startswith("Create a NAT gateway")
    assert event["remediation"]["references"][0].startswith("https://docs.aws.amazon.com/")
    assert [command.split()[2] for command in event["unmapped"]["commands"]] == ["create-nat-gateway", "replace-route"]
    assert event["unmapped"]["observed"] is True
    assert event["finding_info"]["data_sources"] == ["ec2:DescribeNatGateways"]


def test_each_piece_of_evidence_is_there_with_its_value() -> None:
    event = next(event for event in events(in_trouble()) if event["metadata"]["event_code"] == "NET006")
    assert [(e["api"]["operation"], e["data"]["field"], e["data"]["value"]) for e in event["evidences"]] == [
        ("DescribeNatGateways", "State", "failed"),
        ("DescribeNatGateways", "FailureCode", "InsufficientFreeAddressesInSubnet"),
    ]
    assert event["evidences"][0]["resources"] == [{"uid": "nat-0c3"}]


def test_a_resource_is_known_by_its_arn_where_it_has_one() -> None:
    arn = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
    role = msgspec.structs.replace(ref("iam_role", "ecsTaskExecutionRole"), arn=arn)
    (resource,) = event_of(a_finding("SVC006", role))["resources"]
    assert (resource["uid"], resource["name"]) == (arn, "ecsTaskExecutionRole")
    assert "region" not in resource, "IAM is of no Region"
    assert "namespace" not in resource


def test_controls_are_standards_and_requirements() -> None:
    controls = ("wellarchitected/COST08-BP02", "fsbp/EC2.55", "fsbp/EC2.56")
    event = event_of(a_finding("END009", ref("vpc", "vpc-1"), controls=controls))
    compliance = event["compliance"]
    assert compliance["standards"] == [WELL_ARCHITECTED, FSBP]
    assert compliance["requirements"] == [
        f"{WELL_ARCHITECTED} - COST08-BP02 - Select components to optimize data transfer cost",
        f"{FSBP} - EC2.55 - VPCs should be configured with an interface endpoint for ECR API",
        f"{FSBP} - EC2.56 - VPCs should be configured with an interface endpoint for Docker Registry",
    ]
    assert compliance["control"] == compliance["requirements"][0]
    assert event["unmapped"]["controls"] == list(controls)


def test_a_finding_without_controls_claims_no_standard() -> None:
    compliance = event_of(a_finding("NET006", NAT))["compliance"]
    assert not {"control", "standards", "requirements"} & set(compliance)


def test_a_waiver_says_why_and_until_when() -> None:
    waiver = Waiver(reason="planned", expires="2027-01-31")
    event = event_of(a_finding("NET006", NAT, status=Status.WAIVED, waiver=waiver))
    assert event["comment"] == "planned"
    assert event["unmapped"]["waiver"] == {"reason": "planned", "expires": "2027-01-31"}


def test_what_passed_is_there_only_when_asked_for() -> None:
    codes = [event["metadata"]["event_code"] for event in events(in_trouble(), RenderOptions())]
    assert "ENI001" not in codes
    assert "ENI001" in [event["metadata"]["event_code"] for event in events(in_trouble())]


def test_times_are_milliseconds_of_when_the_state_was_read() -> None:
    for event in events(in_trouble()):
        assert datetime.fromtimestamp(event["time"] / 1000, UTC) == READ_AT
        assert event["finding_info"]["created_time"] == event["time"]


def test_nobody_takes_the_time_of_writing_for_the_time_of_an_undated_snapshot() -> None:
    for event in events(undated(), RenderOptions(all=True, now=READ_AT)):
        assert event["time"] == 0
        assert "created_time" not in event["finding_info"]


def test_what_was_not_read_is_an_event_that_names_the_permission() -> None:
    gap = Missing(operation="elbv2:DescribeRules", error="AccessDenied", message="no", resources=("rule-1", "rule-2"))
    (event,) = events(an_audit(missing=(gap,)))
    assert event["metadata"]["event_code"] == "not-read"
    assert event["compliance"]["status"] == "Warning"
    assert event["severity"] == "Unknown"
    assert event["remediation"]["desc"] == "Allow elasticloadbalancing:DescribeRules."
    assert [resource["uid"] for resource in event["resources"]] == ["rule-1", "rule-2"]
    assert event["finding_info"]["data_sources"] == ["elbv2:DescribeRules"]


def test_gaps_come_in_the_same_order_however_they_were_met() -> None:
    assert len({write_ocsf(shuffled_gaps(seed), ALL) for seed in range(4)}) == 1


def test_what_was_not_audited_is_an_event_of_its_account_and_region() -> None:
    found = [event for event in events(whole_report()) if event["metadata"]["event_code"] == "not-audited"]
    cluster, region = found
    assert cluster["cloud"]["account"]["uid"] == "123456789012"
    assert "ClusterNotFound" in cluster["message"]
    assert region["cloud"] == {"provider": "AWS", "region": "ap-south-2"}
    assert {event["compliance"]["status"] for event in found} == {"Warning"}


def test_a_cluster_of_the_baseline_that_nobody_looked_at_is_told() -> None:
    (event,) = [e for e in events(whole_report()) if e["metadata"]["event_code"] == "not-compared"]
    assert "us-west-2/retired" in event["message"]


def test_two_clusters_that_were_not_audited_are_two_findings() -> None:
    missing = [NotAudited(account=None, region="us-east-1", cluster=name, error="denied") for name in ("one", "two")]
    found = events(a_report(an_audit(), not_audited=tuple(missing)))
    assert len({event["finding_info"]["uid"] for event in found}) == 2


@pytest.mark.parametrize("document", [compared(), whole_report()], ids=["one cluster", "a report"])
def test_waivers_that_accept_nothing_are_told_once(document: Document) -> None:
    found = [event for event in events(document) if event["metadata"]["event_code"] == "waiver"]
    assert [event["status_code"] for event in found] == ["expired", "unmatched"]
    assert [event["compliance"]["status_id"] for event in found] == [99, 99]
    assert found[0]["comment"] == EXPIRED.reason


def test_a_baseline_makes_findings_new_updated_or_closed() -> None:
    found = {
        event["resources"][0]["uid"]: (event["activity_name"], event["compliance"]["status"], event["status"])
        for event in events(compared(), RenderOptions())
        if event["finding_info"]["types"] == ["Configuration check"]
    }
    assert found == {
        "nat-new": ("Create", "Fail", "New"),
        "nat-old": ("Update", "Fail", "New"),
        "subnet-unread": ("Update", "Warning", "New"),
        "subnet-fixed": ("Close", "Pass", "Resolved"),
    }


def test_what_is_told_as_unknown_is_not_told_again_as_undetermined() -> None:
    unread = ref("subnet", "subnet-unread")
    audit = an_audit(not_told("SUB001", unread, "ec2:DescribeSubnets"))
    both = msgspec.structs.replace(audit, baseline=compared().baseline)
    found = [event for event in events(both) if event.get("resources", [{}])[0].get("uid") == "subnet-unread"]
    assert [event["activity_name"] for event in found] == ["Create"]


def test_no_findings_are_no_events() -> None:
    assert write_ocsf(an_audit(), RenderOptions()) == "[]\n"
