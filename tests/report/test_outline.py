import pytest

from awsvpc_audit.findings import Cause, Confidence, Evidence, Remediation, SymptomSeen
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import (
    affected_names,
    outline,
    seen,
    subject_first,
    value_text,
    why_missing,
    without_cause,
)
from awsvpc_audit.report.writers import WRITERS
from tests.report.results import READ_AT, a_diagnosis, a_finding, an_audit, not_told, ref

SUBNET = ref("subnet", "subnet-a")


def test_what_hides_most_answers_comes_first() -> None:
    result = an_audit(
        not_told("NET004", ref("subnet", "s-1"), "ec2:A"),
        not_told("NET004", ref("subnet", "s-2"), "ec2:Z"),
        not_told("NET005", ref("subnet", "s-2"), "ec2:Z"),
    )
    assert [group.operations for group in outline(result).unknown] == [("ec2:Z",), ("ec2:A",)]


def test_only_services_are_named_without_their_type() -> None:
    finding = a_finding("SUB001", SUBNET, affected=(ref("service", "web"), ref("launcher", "nightly"), SUBNET))
    assert affected_names(finding) == "web, launcher nightly, subnet subnet-a"
    assert affected_names(finding, 1) == "web and 2 more"


def test_a_detail_that_does_not_name_its_resource_gets_the_name() -> None:
    assert subject_first(a_finding("SUB001", SUBNET, detail="no free address")) == "subnet-a: no free address"
    assert subject_first(a_finding("SUB001", SUBNET, detail="subnet-a is full")) == "subnet-a is full"


def test_a_service_in_trouble_counts_even_where_the_scope_does_not_name_it() -> None:
    assert outline(an_audit(diagnoses=(a_diagnosis("web"),), services=())).verdict == "1 of 1 service in trouble"


@pytest.mark.parametrize(("value", "text"), [(None, "absent"), (True, "true"), (False, "false"), (0, "0"), ("x", "x")])
def test_values_are_told_as_people_read_them(value: str | int | None, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("gap", "reason"),
    [
        pytest.param(Missing(operation="x:Y", error="Throttled", message="Rate exceeded"), "Throttled: Rate exceeded",
                     id="AWS's own words"),
        pytest.param(Missing(operation="x:Y", error="AccessDenied", message="User: x is not authorized"),
                     "AccessDenied", id="a denial says no more than that"),
        pytest.param(Missing(operation="x:Y", error="AccessDenied", message="User: x may not because of an SCP"),
                     "AccessDenied: of an SCP", id="but for the policy to blame"),
        pytest.param(Missing(operation="x:Y", error="NotCollected", because=("a:B",)), "not asked, for want of a:B",
                     id="what was never asked"),
    ],
)  # fmt: skip
def test_a_gap_says_why(gap: Missing, reason: str) -> None:
    assert why_missing(gap) == reason


def test_a_fence_is_longer_than_any_in_its_commands() -> None:
    finding = a_finding("SUB001", SUBNET, remediation=Remediation(text="x", commands=("aws x '```'",)))
    assert "````sh\naws x '```'\n````\n" in WRITERS["markdown"](an_audit(finding), RenderOptions())


def test_the_file_of_a_global_service_is_the_accounts() -> None:
    proof = Evidence(operation="iam:GetRole", resource="role", field="Arn", value=None)
    finding = a_finding("SVC003", ref("iam_role", "role"), evidence=(proof,))
    assert '"123456789012/global/iam.GetRole.json"' in WRITERS["sarif"](an_audit(finding), RenderOptions())


def test_where_all_failures_were_stands_with_how_often() -> None:
    symptom = SymptomSeen(code="start.secrets", text="x", count=7, at=READ_AT, where="all in subnet-b (us-east-1b)")
    assert seen(symptom, READ_AT) == "7 times, last 23:14, all in subnet-b (us-east-1b)"


@pytest.mark.parametrize(
    ("symptom", "expected"),
    [
        pytest.param(SymptomSeen(code="start.eni-timeout", text="x", count=3, of=300),
                     "; 3 of 300 tasks known failed so (start.eni-timeout); that is sporadic: about 1 in 100 task ENIs "
                     "is not provisioned, with no fault in the configuration", id="sporadic"),
        pytest.param(SymptomSeen(code="start.eni-attach", text="x", count=1, of=19),
                     "; 1 of 19 tasks known failed so (start.eni-attach)", id="too often to be sporadic"),
        pytest.param(SymptomSeen(code="start.eni-attach", text="x", count=1), "", id="no rate known"),
        pytest.param(SymptomSeen(code="run.exit", text="x", count=3, of=4),
                     "; 3 of 4 tasks known stopped so (run.exit)", id="the application"),
        pytest.param(SymptomSeen(code="run.stopped-by-user", text="x", count=3, of=4), "", id="no failure"),
        pytest.param(SymptomSeen(code="place.capacity", text="Reason: Capacity is unavailable at this time.", count=9),
                     "; AWS had no capacity for it then, which no configuration is at fault for", id="no capacity"),
        pytest.param(SymptomSeen(code="place.capacity", text="You've reached the limit on the number of vCPUs"), "",
                     id="a quota is not AWS's capacity"),
        pytest.param(SymptomSeen(code="start.efs", text="failed to invoke EFS utils commands", count=2, of=5),
                     "; 2 of 5 tasks known failed so (start.efs); a file system or mount target that was only just "
                     "created cannot be mounted until its name has spread", id="a new file system"),
        pytest.param(SymptomSeen(code="start.efs", text="mount.nfs4: access denied by server"), "",
                     id="a file system that answers is not new"),
    ],
)  # fmt: skip
def test_no_proven_cause_is_told_with_the_rate_and_what_needs_no_fault(symptom: SymptomSeen, expected: str) -> None:
    none = "none proven: no configuration fault found that explains it"
    assert without_cause(a_diagnosis("web", symptoms=(symptom,))) == none + expected


def caused(check_id: str, follows_from: str | None = None) -> Cause:
    return Cause(
        check_id=check_id,
        resource=SUBNET,
        confidence=Confidence.CONFIRMED,
        explanation=f"subnet-a by {check_id}",
        fix=Remediation(text="x"),
        follows_from=follows_from,
    )


CHAINED = a_diagnosis(
    "web", caused("NET006"), caused("END001", "NET006"), caused("SUB001"), caused("SVC011", "SUB001"), caused("SUB005")
)


def test_followers_stand_under_their_cause_in_the_table() -> None:
    lines = WRITERS["table"](an_audit(diagnoses=(CHAINED,)), RenderOptions(width=100)).splitlines()
    assert [line[10:] for line in lines if " by " in line][1:] == [
        "  END001 confirmed, follows from NET006: subnet-a by END001",
        "SUB001 confirmed: subnet-a by SUB001",
        "  SVC011 confirmed, follows from SUB001: subnet-a by SVC011",
        "SUB005 confirmed: subnet-a by SUB005",
    ]


def test_followers_stand_under_their_cause_in_markdown() -> None:
    lines = WRITERS["markdown"](an_audit(diagnoses=(CHAINED,)), RenderOptions()).splitlines()
    assert [line.partition(" `")[0] for line in lines if " by " in line or line.endswith(":")][1:] == [
        "Follows from it:",
        "- END001",
        "Also possible:",
        "- SUB001",
        "  - follows from it: SVC011",
        "- SUB005",
    ]
