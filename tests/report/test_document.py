import json
from datetime import datetime, timedelta, timezone
from typing import Any

import jsonschema
import msgspec
import pytest

from awsvpc_audit.findings import (
    AuditResult,
    BlockedBy,
    Capacity,
    PathDocument,
    PathFlow,
    PathHop,
    Placement,
    SymptomSeen,
    TrunkingState,
    Verdict,
)
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.report.document import document_of, encode
from awsvpc_audit.report.schema import packaged_schema, schema, schema_text
from tests.report.results import (
    NAT,
    NAT_FAILED,
    READ_AT,
    a_diagnosis,
    an_audit,
    an_instance,
    hostile,
    in_trouble,
    not_told,
    passed,
    ref,
)
from tests.world import healthy


def validate(content: bytes) -> Any:
    parsed = json.loads(content)
    validator = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    validator.validate(parsed)
    return parsed


def test_the_packaged_schema_is_the_one_the_records_give() -> None:
    assert packaged_schema() == schema_text()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(healthy().audit(), id="a healthy account"),
        pytest.param(healthy().deny("ec2:DescribeSubnets").audit(), id="an account that was not read whole"),
        pytest.param(in_trouble(), id="everything a report can hold"),
        pytest.param(hostile(), id="hostile text"),
    ],
)
@pytest.mark.parametrize("include_passed", [False, True], ids=["without passes", "with passes"])
def test_every_document_is_valid(result: AuditResult, include_passed: bool) -> None:
    parsed = validate(document_of(result, include_passed=include_passed))
    assert list(parsed) == [
        "schema_version",
        "tool",
        "scope",
        "collection",
        "summary",
        "diagnoses",
        "findings",
        "capacity",
        "waivers",
        "baseline",
        "networks",
    ]


def test_the_capacity_and_path_documents_are_valid_too() -> None:
    placement = Placement(
        service="web", requested=4, placeable=2, binding="eni", by_instance={"i-a": 2}, rejected={"i-b": "eni"}
    )
    capacity = Capacity(
        cluster="prod",
        trunking=TrunkingState(setting="unknown", assumed="on"),
        instances=(an_instance("i-a", 2, 2, "eni"), an_instance("i-b", None, None)),
        placement=(placement,),
    )
    hop = PathHop(kind="nat_gateway", id="nat-0c3", direction="egress", verdict="deny", detail="State failed")
    flow = PathFlow(
        subnet="subnet-a",
        eni=None,
        address_family="ipv4",
        verdict=Verdict.UNREACHABLE,
        hops=(hop,),
        blocked_by=BlockedBy(check_id="NET006", resource=NAT),
    )
    path = PathDocument(
        source="service:prod/web",
        destination="internet",
        protocol="tcp",
        port=443,
        verdict=Verdict.UNREACHABLE,
        flows=(flow,),
    )
    assert validate(encode(capacity))["placement"][0]["by_instance"] == {"i-a": 2}
    assert validate(encode(path))["flows"][0]["blocked_by"]["check_id"] == "NET006"


@pytest.mark.parametrize("member", ["detail", "evidence", "waiver", "missing"])
def test_a_document_without_a_member_is_not_valid(member: str) -> None:
    parsed = json.loads(document_of(an_audit(NAT_FAILED)))
    del parsed["findings"][0][member]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parsed, schema())


def test_what_passed_is_left_out_and_still_counted() -> None:
    result = an_audit(NAT_FAILED, passed("ENI001", ref("cluster", "prod")), not_told("NET004", NAT, "ec2:X"))
    short, whole = json.loads(document_of(result)), json.loads(document_of(result, include_passed=True))
    assert [f["status"] for f in short["findings"]] == ["fail", "unknown"]
    assert [f["status"] for f in whole["findings"]] == ["fail", "unknown", "pass"]
    assert short["summary"] == whole["summary"]
    assert short["summary"]["findings"] == {"fail": 1, "unknown": 1, "pass": 1, "waived": 0}


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(READ_AT, id="UTC"),
        pytest.param(READ_AT.astimezone(timezone(timedelta(hours=2))), id="the offset of whoever ran the AWS CLI"),
        pytest.param(READ_AT.replace(tzinfo=None), id="none"),
    ],
)
def test_times_are_written_in_utc_whatever_their_offset(at: datetime) -> None:
    result = an_audit(diagnoses=(a_diagnosis("web", symptoms=(SymptomSeen(code="run.exit", text="x", at=at),)),))
    collection = msgspec.structs.replace(result.collection, started_at=at, finished_at=at)
    parsed = validate(document_of(msgspec.structs.replace(result, collection=collection)))
    assert parsed["collection"]["started_at"] == "2026-11-22T23:14:02Z"
    assert parsed["collection"]["finished_at"] == "2026-11-22T23:14:02Z"
    assert parsed["diagnoses"][0]["symptoms"][0]["at"] == "2026-11-22T23:14:02Z"


def test_gaps_are_in_order_and_say_every_member() -> None:
    gaps = (Missing(operation="ec2:B", error="AccessDenied"), Missing(operation="ec2:A", error="Throttled"))
    parsed = validate(document_of(an_audit(missing=gaps)))
    assert [gap["operation"] for gap in parsed["collection"]["missing"]] == ["ec2:A", "ec2:B"]
    assert parsed["collection"]["missing"][1]["message"] == ""


def test_names_of_operations_and_instances_are_in_order() -> None:
    collection = msgspec.structs.replace(an_audit().collection, calls_by_operation={"ec2:B": 1, "ec2:A": 2})
    parsed = json.loads(document_of(msgspec.structs.replace(an_audit(), collection=collection)))
    assert list(parsed["collection"]["calls_by_operation"]) == ["ec2:A", "ec2:B"]


def test_no_character_that_a_terminal_obeys_is_in_the_document() -> None:
    text = document_of(hostile(), include_passed=True).decode()
    assert not {c for c in text if c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or c == "\u202e")}
    assert text.endswith("}\n")
