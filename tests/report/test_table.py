import re
from typing import Any

import msgspec
import pytest

from awsvpc_audit.findings import (
    AuditResult,
    Capacity,
    Confidence,
    Finding,
    Remediation,
    Severity,
    SubjectRef,
    SymptomSeen,
    TaskCounts,
    TrunkingState,
)
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.table import MOST_FINDINGS, render
from awsvpc_audit.report.text import display_width
from tests.golden_files import Golden
from tests.report.results import (
    NAT_FAILED,
    PULL_FAILED,
    READ_AT,
    a_diagnosis,
    a_finding,
    an_audit,
    an_instance,
    because_of,
    in_trouble,
    not_told,
    passed,
    ref,
)
from tests.world import healthy

DENIED = Missing(
    operation="ec2:DescribeRouteTables",
    error="AccessDenied",
    message="User: arn:aws:iam::123456789012:user/audit is not authorized to perform: ec2:DescribeRouteTables "
    "because no identity-based policy allows the ec2:DescribeRouteTables action",
)


def show(result: AuditResult, **options: Any) -> str:
    return render(result, RenderOptions(**options))


def first_line(result: AuditResult) -> str:
    return show(result).splitlines()[0]


def roomy() -> Capacity:
    instances = (an_instance("i-a", 1, 3), an_instance("i-b", 1, 3))
    return Capacity(cluster="prod", trunking=TrunkingState(setting="disabled"), instances=instances)


def test_a_healthy_cluster_is_three_lines(golden: Golden) -> None:
    text = show(an_audit(passed("ENI001", ref("cluster", "prod")), capacity=roomy()))
    assert len(text.splitlines()) == 3
    golden("table_healthy.txt", text)


def test_a_healthy_account_reads_as_well() -> None:
    text = show(healthy().audit())
    assert "all 2 services well" in text.splitlines()[0]
    assert len(text.splitlines()) <= 3


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        pytest.param(an_audit(), "all 3 services well", id="nothing wrong"),
        pytest.param(an_audit(services=()), "no fault found", id="no services"),
        pytest.param(an_audit(services=("web",)), "the one service is well", id="one service"),
        pytest.param(an_audit(NAT_FAILED), "1 fault, no service in trouble", id="a fault and no symptom"),
        pytest.param(
            an_audit(not_told("NET004", ref("subnet", "s-a"), "x:Y"), not_told("NET004", ref("subnet", "s-b"), "x:Y")),
            "no fault found · 1 check unknown",
            id="nothing found but not all was read",
        ),
        pytest.param(in_trouble(), "2 of 5 services in trouble", id="services in trouble"),
        pytest.param(
            an_audit(
                diagnoses=(
                    a_diagnosis("batch", subject=SubjectRef(type="task", id="batch", cluster="prod")),
                    a_diagnosis("rule", subject=SubjectRef(type="launcher", id="rule", cluster="prod")),
                )
            ),
            "1 task family, 1 launcher in trouble",
            id="what is no service",
        ),
    ],
)
def test_the_first_line_is_the_answer(result: AuditResult, verdict: str) -> None:
    assert first_line(result).endswith(verdict)


def test_a_scope_too_long_for_the_line_stands_under_the_answer() -> None:
    result = an_audit()
    scope = msgspec.structs.replace(result.scope, cluster="a-cluster-with-a-very-long-name-of-its-own")
    lines = show(msgspec.structs.replace(result, scope=scope)).splitlines()
    assert lines[0] == "all 3 services well"
    assert lines[1].startswith("a-cluster-with")


def test_a_snapshot_says_its_day() -> None:
    lines = show(an_audit(source="snapshot")).splitlines()
    assert lines[0].startswith("prod · us-east-1 · 123456789012 · 2026-11-22 23:14 UTC")
    assert lines[-1].endswith("read from a snapshot")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_keep_to_the_width_but_for_what_is_pasted(width: int) -> None:
    lines = show(in_trouble(), width=width).splitlines()
    assert not [x for x in lines if display_width(x) > width and not x.lstrip().startswith("aws ")]


def test_a_command_stays_on_one_line() -> None:
    lines = [line.strip() for line in show(in_trouble(), width=60).splitlines()]
    assert set(NAT_FAILED.remediation.commands) <= set(lines)


def test_the_cause_has_its_proof_and_its_fix_and_is_not_told_twice() -> None:
    text = show(in_trouble())
    assert text.index("cause ") < text.index("proof ") < text.index("fix ")
    assert len(re.findall(r"\bnat-0c3 \(us-east-1b\) failed", text)) == 1
    assert "Also wrong (1)" in text


def test_subjects_with_the_same_cause_share_it() -> None:
    names = [f"svc-{number}" for number in range(8)]
    diagnoses = tuple(a_diagnosis(name, because_of(NAT_FAILED), symptoms=(PULL_FAILED,)) for name in names)
    text = show(an_audit(NAT_FAILED, diagnoses=diagnoses, services=tuple(names)))
    assert text.count("cause ") == 1
    assert "svc-4" in text
    assert "svc-5" not in text
    assert "and 3 more with the same cause: awsvpc-audit cluster prod --all" in text
    assert "svc-7" in show(an_audit(NAT_FAILED, diagnoses=diagnoses, services=tuple(names)), all=True)


def test_a_further_cause_stands_under_the_first() -> None:
    other = a_finding("NET004", ref("route_table", "rtb-1"), detail="rtb-1 has no default route")
    diagnosis = a_diagnosis("web", because_of(NAT_FAILED), because_of(other, Confidence.LIKELY))
    assert "also    NET004 likely: rtb-1 has no default route" in show(
        an_audit(NAT_FAILED, other, diagnoses=(diagnosis,))
    )


def test_a_diagnosis_without_cause_says_what_was_ruled_out() -> None:
    text = show(in_trouble())
    assert "cleared NET004 rtb-0f6 has a default route" in text
    assert "unknown not read, and might change this: logs:DescribeLogGroups" in text


@pytest.mark.parametrize(
    ("symptom", "said"),
    [
        pytest.param(SymptomSeen(code="place.eni", text="x", at=READ_AT, count=31), "3 cannot be placed: no task ENI"
                     " (31 times, last 23:14)", id="tasks that wait are counted"),
        pytest.param(SymptomSeen(code="start.secrets", text="x", at=READ_AT.replace(day=21)),
                     "tasks stop while fetching secrets (2026-11-21 23:14)", id="another day is said"),
        pytest.param(SymptomSeen(code="unclassified", text="x", count=2), "running (1 pending) (2 times)",
                     id="what has no class has no words"),
    ],
)  # fmt: skip
def test_the_headline_says_what_is_seen(symptom: SymptomSeen, said: str) -> None:
    diagnosis = a_diagnosis("web", state=TaskCounts(desired=6, running=2, pending=1), symptoms=(symptom,))
    assert said in " ".join(show(an_audit(diagnoses=(diagnosis,)), width=120).split())


def many(number: int) -> AuditResult:
    return an_audit(*(a_finding("SUB001", ref("subnet", f"subnet-{i:03}")) for i in range(number)))


def test_a_long_list_is_cut_with_the_command_that_shows_all() -> None:
    text = show(many(MOST_FINDINGS + 1))
    assert "and 1 more: awsvpc-audit cluster prod --all" in text
    assert "subnet-010" not in text
    assert "subnet-010" in show(many(MOST_FINDINGS + 1), all=True)
    assert " more: " not in show(many(MOST_FINDINGS))


def test_hints_name_the_command_that_was_given() -> None:
    text = show(many(MOST_FINDINGS + 1), command="awsvpc-audit cluster prod --from snap.zip")
    assert "awsvpc-audit cluster prod --from snap.zip --all" in text


def test_unknown_is_told_by_permission_and_not_by_resource(golden: Golden) -> None:
    subnets = [ref("subnet", f"subnet-{i}") for i in range(30)]
    result = an_audit(
        *(not_told("NET004", subnet, "ec2:DescribeRouteTables") for subnet in subnets),
        *(not_told("NET005", subnet, "ec2:DescribeRouteTables") for subnet in subnets),
        not_told("LBS001", ref("service", "web"), "elbv2:DescribeTargetGroups"),
        missing=(DENIED, Missing(operation="ec2:DescribeVpcPeeringConnections", error="Throttled")),
    )
    text = show(result)
    assert "elasticloadbalancing:DescribeTargetGroups" in text
    assert "subnet-17" not in text
    golden("table_unknown.txt", text)


def test_what_was_not_asked_for_want_of_something_else_is_told_once() -> None:
    result = an_audit(
        not_told("NET004", ref("subnet", "s"), "ec2:DescribeRouteTables"),
        missing=(
            DENIED,
            Missing(operation="ec2:Derived", error="NotCollected", because=("ec2:DescribeRouteTables",)),
            Missing(operation="ec2:Other", error="NotCollected", because=("ec2:Root",)),
            Missing(operation="logs:DescribeLogGroups", error="AccessDenied"),
        ),
        diagnoses=(a_diagnosis("web", unknown=("logs:DescribeLogGroups",)),),
    )
    text = show(result)
    assert "ec2:Derived" not in text
    assert "ec2:Other: not asked, for want of ec2:Root; no check asked for it" in " ".join(text.split())
    assert text.count("logs:DescribeLogGroups") == 1


def test_a_service_about_which_something_is_unknown_is_not_called_well() -> None:
    result = an_audit(not_told("LBS001", ref("service", "web"), "elbv2:DescribeTargetGroups"))
    well = show(result).splitlines()[-1]
    assert "api, worker" in well
    assert "web" not in well


def test_capacity_shows_only_instances_that_are_short() -> None:
    instances = (an_instance("i-full", 2, 2, "eni"), an_instance("i-empty", 0, 2), an_instance("i-dark", None, None))
    text = show(
        an_audit(capacity=Capacity(cluster="prod", trunking=TrunkingState(setting="disabled"), instances=instances))
    )
    assert "2 of 4 task ENIs used · slots of 1 instance unknown · 2 of 3 instances could take another task" in " ".join(
        text.split()
    )
    assert "██████████ 2/2" in text
    assert "i-empty" not in text


def test_an_instance_with_a_fifth_of_its_slots_left_is_short() -> None:
    def listed(used: int) -> bool:
        capacity = Capacity(
            cluster="prod", trunking=TrunkingState(setting="disabled"), instances=(an_instance("i-a", used, 10),)
        )
        return "i-a" in show(an_audit(capacity=capacity))

    assert listed(8)
    assert listed(9)
    assert not listed(7)


def test_a_bar_shows_even_the_first_slot_that_is_used() -> None:
    capacity = Capacity(
        cluster="prod", trunking=TrunkingState(setting="disabled"), instances=(an_instance("i-a", 97, 120),)
    )
    assert "█████████· 97/120" in show(an_audit(capacity=capacity))


def test_what_passed_is_listed_when_asked() -> None:
    text = show(an_audit(passed("ENI001", ref("cluster", "prod")), passed("SUB001", ref("subnet", "s"))), all=True)
    assert "Passed (2)" in text
    assert re.search(r"SUB001 .* 1$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("severity", "colour"),
    [(Severity.CRITICAL, "31"), (Severity.HIGH, "31"), (Severity.MEDIUM, "33"), (Severity.LOW, "2")],
)
def test_colour_says_what_the_words_say(severity: Severity, colour: str) -> None:
    result = an_audit(a_finding("SUB001", ref("subnet", "s"), severity=severity))
    coloured = show(result, colour=True)
    assert f"\x1b[{colour}m{severity.upper()}" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured).replace(" ", "") == show(result).replace(" ", "")


def test_no_escape_without_colour() -> None:
    assert "\x1b" not in show(in_trouble())


def test_a_fix_without_commands_is_text_alone() -> None:
    finding = a_finding("SUB001", ref("subnet", "s"), remediation=Remediation(text="Free addresses."))
    assert "fix     Free addresses.\n\n" in show(an_audit(finding))


def test_neighbours_with_the_same_fix_say_it_once_and_keep_their_commands() -> None:
    def fault(subnet: str) -> Finding:
        fix = Remediation(text="Free addresses.", commands=(f"aws ec2 x {subnet}",))
        return a_finding("SUB001", ref("subnet", subnet), remediation=fix)

    text = show(an_audit(fault("subnet-a"), fault("subnet-b")))
    assert text.count("Free addresses.") == 1
    assert "  fix     as above\n            aws ec2 x subnet-b\n" in text


def test_the_words_of_ecs_stand_before_a_cause_that_nobody_knows() -> None:
    text = show(an_audit(diagnoses=(a_diagnosis("web", symptoms=(PULL_FAILED,)),)))
    assert text.index('symptom ECS: "CannotPull') < text.index("cause   none proven")
