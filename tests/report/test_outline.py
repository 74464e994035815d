import pytest

from awsvpc_audit.findings import Evidence, Remediation
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.outline import affected_names, outline, subject_first, value_text, why_missing
from awsvpc_audit.report.writers import WRITERS
from tests.report.results import a_diagnosis, a_finding, an_audit, not_told, ref

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
