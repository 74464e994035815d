"""What is new since an earlier audit, and what must never be called fixed."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsvpc_audit.audit import summarize
from awsvpc_audit.baseline import Baseline, BaselineAudit, compared, load_baseline
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import AuditResult, Confidence, Diagnosis, Finding, Status, SymptomSeen, Waiver
from awsvpc_audit.report.document import document_of
from awsvpc_audit.report.notices import place
from tests.report.reports import whole_report
from tests.report.results import (
    READ_AT,
    a_diagnosis,
    a_finding,
    an_audit,
    because_of,
    in_trouble,
    not_told,
    passed,
    ref,
)
from tests.world import healthy

SUBNET = ref("subnet", "subnet-a")
NAT = ref("nat_gateway", "nat-a")
WEB, API = ref("service", "web"), ref("service", "api")


def fault(*affected: Any, **more: Any) -> Finding:
    return a_finding("SUB001", SUBNET, affected=affected, **more)


def accepted(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, status=Status.WAIVED, waiver=Waiver(reason="known"))


def of(result: AuditResult) -> Baseline:
    """The baseline that a document makes, by way of its JSON."""
    path = Path("earlier.json")
    scope = result.scope
    held = msgspec.json.decode(document_of(result), type=BaselineAudit)
    return Baseline(path, {(scope.account, scope.region, scope.cluster): held})


def since(before: AuditResult, now: AuditResult, only: set[str] | None = None) -> AuditResult:
    return compared(now, of(before), only)


def named(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.check_id, finding.resource.id) for finding in findings]


def outcome(result: AuditResult) -> dict[str, Any]:
    baseline = result.baseline
    assert baseline is not None
    return {
        "new": named(tuple(f for f in result.findings if f.status is Status.FAIL)),
        "remaining": named(baseline.remaining),
        "fixed": named(baseline.fixed),
        "undetermined": named(baseline.undetermined),
    }


A = ("SUB001", "subnet-a")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param([fault(WEB)], [fault(WEB)], {"remaining": [A]}, id="the same fault remains"),
        pytest.param([], [fault(WEB)], {"new": [A]}, id="what was not there is new"),
        pytest.param([passed("SUB001", SUBNET)], [fault(WEB)], {"new": [A]}, id="what passed is new"),
        pytest.param([not_told("SUB001", SUBNET, "x:Y")], [fault(WEB)], {"new": [A]}, id="what was unknown is new"),
        pytest.param([accepted(fault(WEB))], [fault(WEB)], {"new": [A]}, id="what was waived and is no more is new"),
        pytest.param([fault(WEB)], [fault(WEB, API)], {"new": [A]}, id="with one more who suffers it is new"),
        pytest.param([fault()], [fault(WEB)], {"new": [A]}, id="with somebody who suffers it is new"),
        pytest.param([fault(WEB, API)], [fault(WEB)], {"remaining": [A]}, id="with fewer who suffer it remains"),
        pytest.param([fault(WEB)], [passed("SUB001", SUBNET)], {"fixed": [A]}, id="what passes is fixed"),
        pytest.param([fault(WEB)], [], {"fixed": [A]}, id="what is there no more is fixed"),
        pytest.param([fault(WEB)], [accepted(fault(WEB))], {}, id="what is waived now is not fixed"),
        pytest.param(
            [fault(WEB)],
            [not_told("SUB001", SUBNET, "ec2:DescribeSubnets")],
            {"undetermined": [A]},
            id="what is unknown now is not fixed",
        ),
        pytest.param(
            [fault(WEB)],
            [not_told("SUB001", ref("cluster", "prod"), "ec2:DescribeSubnets")],
            {"undetermined": [A]},
            id="where nobody could list the subnets it is not fixed",
        ),
        pytest.param(
            [fault(WEB)],
            [not_told("SUB001", ref("subnet", "subnet-b"), "x:Y")],
            {"undetermined": [A]},
            id="gone while another of its check is unknown is not fixed",
        ),
        pytest.param(
            [fault(WEB)],
            [passed("SUB001", SUBNET), not_told("SUB001", ref("subnet", "subnet-b"), "x:Y")],
            {"fixed": [A]},
            id="what passes is fixed though another of its check is unknown",
        ),
        pytest.param(
            [fault(WEB)],
            [passed("SUB001", SUBNET), not_told("SUB001", SUBNET, "x:Y")],
            {"undetermined": [A]},
            id="what passes for one and is unknown for another is not fixed",
        ),
        pytest.param(
            [fault(WEB)],
            [not_told("SUB002", SUBNET, "x:Y")],
            {"fixed": [A]},
            id="another check that is unknown says nothing of it",
        ),
    ],
)
def test_what_becomes_of_a_finding(
    before: list[Finding], now: list[Finding], expected: dict[str, list[tuple[str, str]]]
) -> None:
    nothing: dict[str, list[tuple[str, str]]] = {"new": [], "remaining": [], "fixed": [], "undetermined": []}
    assert outcome(since(an_audit(*before), an_audit(*now))) == nothing | expected


def test_the_summary_and_the_counts_are_of_what_is_new() -> None:
    result = since(an_audit(fault(WEB)), an_audit(fault(WEB), a_finding("NET006", NAT)))
    assert result.summary == summarize(result.findings)
    assert (result.summary.verdict, result.summary.findings.fail) == ("fail", 1)
    assert result.baseline is not None
    assert (result.baseline.new, result.baseline.created_at) == (1, READ_AT)


def test_unknown_is_shown_all_the_same_and_known_to_have_been_so() -> None:
    old, new = not_told("NET004", NAT, "ec2:A"), not_told("NET005", NAT, "ec2:A")
    result = since(an_audit(old, fault(WEB)), an_audit(old, new, not_told("SUB001", SUBNET, "ec2:B")))
    assert result.summary.verdict == "unknown"
    assert {f.check_id for f in result.findings if f.status is Status.UNKNOWN} == {"NET004", "NET005", "SUB001"}
    assert result.baseline is not None
    by_print = {finding.fingerprint: finding.check_id for finding in result.findings}
    assert sorted(by_print[each] for each in result.baseline.unknown) == ["NET004", "SUB001"]


def diagnosed(*causes: Finding, symptom: str = "start.pull-image", confidence: Any = Confidence.CONFIRMED) -> Diagnosis:
    return a_diagnosis(
        "web",
        *(because_of(cause, confidence) for cause in causes),
        symptoms=(SymptomSeen(code=symptom, text="said", at=READ_AT, count=3),),
    )


@pytest.mark.parametrize(
    ("before", "now", "is_new"),
    [
        pytest.param(diagnosed(fault(WEB)), diagnosed(fault(WEB)), False, id="the same cause"),
        pytest.param(
            diagnosed(fault(WEB)),
            diagnosed(fault(WEB), symptom="place.eni", confidence=Confidence.LIKELY),
            False,
            id="the same cause in other words",
        ),
        pytest.param(diagnosed(fault(WEB)), diagnosed(a_finding("NET006", NAT)), True, id="another cause"),
        pytest.param(diagnosed(fault(WEB)), diagnosed(), True, id="no cause any more"),
        pytest.param(diagnosed(), diagnosed(), False, id="no cause, and the same symptom"),
        pytest.param(diagnosed(), diagnosed(symptom="run.exit"), True, id="no cause, and another symptom"),
        pytest.param(None, diagnosed(fault(WEB)), True, id="newly in trouble from an old fault"),
    ],
)
def test_trouble_is_new_unless_it_has_the_same_first_cause(
    before: Diagnosis | None, now: Diagnosis, is_new: bool
) -> None:
    earlier = an_audit(fault(WEB), diagnoses=(before,) if before else ())
    result = since(earlier, an_audit(fault(WEB), diagnoses=(now,)))
    assert result.baseline is not None
    assert (result.diagnoses, result.baseline.diagnoses) == (((now,), ()) if is_new else ((), (now,)))


def test_a_document_that_was_narrowed_itself_makes_the_same_baseline_as_the_whole_one() -> None:
    first = an_audit(fault(WEB), a_finding("NET006", NAT), diagnoses=(diagnosed(fault(WEB)),))
    second = since(first, first)
    assert not [f for f in second.findings if f.status is Status.FAIL]
    third = since(second, first)
    assert outcome(third) == outcome(second)
    assert not third.diagnoses
    assert outcome(since(second, an_audit()))["fixed"] == named(tuple(first.findings))


def test_what_could_not_be_told_once_and_fails_again_is_not_new() -> None:
    blind = since(an_audit(fault(WEB)), an_audit(not_told("SUB001", SUBNET, "ec2:DescribeSubnets")))
    assert outcome(since(blind, an_audit(fault(WEB))))["remaining"] == [A]


def test_a_cluster_that_the_baseline_does_not_hold_is_new_throughout() -> None:
    result = compared(an_audit(fault(WEB)), Baseline(Path("earlier.json"), {}))
    assert outcome(result)["new"] == [A]
    assert result.baseline is not None
    assert result.baseline.created_at is None


class TestNarrowedToAService:
    """The audit of one service, against one of the whole cluster."""

    BEFORE = an_audit(
        fault(WEB, API), a_finding("NET006", NAT, affected=(API,)), a_finding("LBS003", WEB), a_finding("DNS002", NAT)
    )

    def test_what_is_of_others_is_left_alone(self) -> None:
        result = since(self.BEFORE, an_audit(fault(WEB), services=("web",)), {"web"})
        assert outcome(result) == {"new": [], "remaining": [A], "fixed": [("LBS003", "web")], "undetermined": []}

    def test_what_was_looked_at_and_passes_is_fixed(self) -> None:
        result = since(self.BEFORE, an_audit(passed("DNS002", NAT), fault(WEB), services=("web",)), {"web"})
        assert sorted(outcome(result)["fixed"]) == [("DNS002", "nat-a"), ("LBS003", "web")]

    def test_a_task_family_is_named_with_its_revision(self) -> None:
        before = an_audit(a_finding("SUB001", SUBNET, affected=(ref("task", "nightly:7"),)))
        assert outcome(since(before, an_audit(), {"nightly"}))["fixed"] == [A]
        assert outcome(since(before, an_audit(), {"weekly"}))["fixed"] == []


# Whatever the findings are.

STATUSES = st.sampled_from(("fail", "unknown", "pass", "waived", "absent"))
CHECKS, RESOURCES = ("SUB001", "NET006"), (SUBNET, ref("subnet", "subnet-b"), NAT)
SUFFERERS = st.sets(st.sampled_from((WEB, API)))


@st.composite
def audits(draw: st.DrawFn) -> AuditResult:
    findings = []
    for check_id in CHECKS:
        for resource in RESOURCES:
            status = draw(STATUSES)
            if status != "absent":
                affected = tuple(sorted(draw(SUFFERERS)))
                findings.append(a_finding(check_id, resource, status=Status(status), affected=affected))
    return an_audit(*findings)


def faults(findings: tuple[Finding, ...], *statuses: Status) -> list[tuple[str, str]]:
    return sorted((f.check_id, f.resource.id) for f in findings if f.status in statuses)


@given(audits())
def test_nothing_is_new_since_the_same_audit(audit: AuditResult) -> None:
    result = since(audit, audit)
    assert result.baseline is not None
    assert not faults(result.findings, Status.FAIL)
    assert faults(result.baseline.remaining, Status.FAIL) == faults(audit.findings, Status.FAIL)
    assert result.baseline.fixed == result.baseline.undetermined == ()
    assert len(result.baseline.unknown) == len(faults(audit.findings, Status.UNKNOWN))


@given(audits(), audits())
def test_every_finding_is_accounted_for_once(before: AuditResult, now: AuditResult) -> None:
    result = since(before, now)
    baseline = result.baseline
    assert baseline is not None
    new = faults(result.findings, Status.FAIL)
    assert sorted([*new, *faults(baseline.remaining, Status.FAIL)]) == faults(now.findings, Status.FAIL)
    assert baseline.new == len(new)
    waived = set(faults(now.findings, Status.WAIVED))
    gone = [*faults(baseline.fixed, Status.FAIL), *faults(baseline.undetermined, Status.FAIL)]
    still = set(faults(now.findings, Status.FAIL)) | waived
    then = faults(before.findings, Status.FAIL)
    assert sorted([*gone, *(each for each in then if each in still)]) == then
    others = (Status.UNKNOWN, Status.WAIVED, Status.PASS)
    assert faults(result.findings, *others) == faults(now.findings, *others)


@given(audits(), audits())
def test_nothing_is_fixed_that_could_not_be_looked_at(before: AuditResult, now: AuditResult) -> None:
    result = since(before, now)
    assert result.baseline is not None
    unknown = set(faults(now.findings, Status.UNKNOWN))
    assert not unknown & set(faults(result.baseline.fixed, Status.FAIL))
    passed_ = set(faults(now.findings, Status.PASS))
    blind = {check_id for check_id, _ in unknown}
    assert all(key in passed_ for key in faults(result.baseline.fixed, Status.FAIL) if key[0] in blind)


# The file.


def stored(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "old.json"
    path.write_bytes(content)
    return path


def test_a_real_audit_is_its_own_baseline(tmp_path: Path) -> None:
    world = healthy().deny("iam:GetRole")
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    audit = world.audit()
    result = compared(audit, load_baseline(stored(tmp_path, document_of(audit))))
    assert outcome(result)["remaining"]
    assert outcome(result)["new"] == []


def test_a_report_holds_an_audit_of_each_cluster(tmp_path: Path) -> None:
    held = load_baseline(stored(tmp_path, document_of(whole_report())))
    assert {"/".join(key) for key in held.audits} == {place(audit.scope) for audit in whole_report().audits}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", ("no JSON report",), id="empty"),
        pytest.param(b"not json", ("no JSON report",), id="no JSON"),
        pytest.param(b"\xff\xfe{}", ("no JSON report",), id="no UTF-8"),
        pytest.param(b"[]", ("no JSON report",), id="a list"),
        pytest.param(b"[" * 100_000, ("no JSON report",), id="nested without end"),
        pytest.param(b"{}", ("schema_version",), id="another document"),
        pytest.param(b'{"schema_version": "1"}', ("holds no audit",), id="without an audit"),
        pytest.param(b'{"schema_version": "1", "audits": []}', ("holds no audit",), id="a report on nothing"),
        pytest.param(b'{"schema_version": "2", "audits": []}', ("'2'", "another version"), id="later"),
        pytest.param(b'{"schema_version": "1", "scope": {}}', ("account", "$.scope"), id="a scope that says nothing"),
        pytest.param(
            document_of(in_trouble()).replace(b'"status": "fail"', b'"status": "bad"', 1),
            ("bad", "$.findings[0].status"),
            id="a finding of no status",
        ),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_by_name_and_place(
    tmp_path: Path, content: bytes, words: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError) as raised:
        load_baseline(stored(tmp_path, content))
    for word in ("old.json", *words):
        assert word in str(raised.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the baseline .*nowhere"):
        load_baseline(tmp_path / "nowhere.json")


def test_a_baseline_of_other_clusters_is_refused_with_what_it_is_of() -> None:
    held = {("123456789012", "us-east-1", f"c{number}"): of(an_audit()).audits.popitem()[1] for number in range(7)}
    with pytest.raises(UsageError, match=r"123456789012/us-east-1/prod: it is of .*/c0.*/c4 and 2 more"):
        Baseline(Path("old.json"), held).require(an_audit().scope)
