"""The report over many clusters on a terminal: what is cut, what is left out, what must be there."""

from typing import Any

import msgspec
import pytest

from awsvpc_audit.findings import AuditResult, BaselineComparison, CheckCount, Report, Severity
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.report_table import MOST_CHECKS, MOST_CLUSTERS, MOST_DETAILED, render_document
from awsvpc_audit.report.text import display_width
from tests.report.reports import a_report
from tests.report.results import (
    NAT_FAILED,
    a_diagnosis,
    a_finding,
    an_audit,
    because_of,
    in_trouble,
    not_told,
    ref,
)

COMMAND = "awsvpc-audit report --all-clusters"


def show(report: Report, **options: Any) -> str:
    return render_document(report, RenderOptions(**({"command": COMMAND} | options)))


def called(audit: AuditResult, name: str) -> AuditResult:
    return msgspec.structs.replace(audit, scope=msgspec.structs.replace(audit.scope, cluster=name))


def faulty(number: int) -> AuditResult:
    return called(an_audit(a_finding("SUB001", ref("subnet", f"subnet-{number}"))), f"c{number:02}")


def row(text: str, name: str) -> list[str]:
    return next(line for line in text.splitlines() if line.strip().startswith(f"{name} ")).split()


def test_one_audit_is_shown_as_ever() -> None:
    assert render_document(in_trouble(), RenderOptions()).startswith("prod · us-east-1")


def test_the_overview_has_a_row_a_cluster_and_no_empty_column() -> None:
    text = show(a_report(faulty(1), called(an_audit(), "well")))
    assert row(text, "cluster") == ["cluster", "verdict", "high"]
    assert row(text, "c01") == ["c01", "fail", "1"]
    assert row(text, "well") == ["well", "pass", "·"]
    assert text.splitlines()[0].endswith("1 of 2 clusters fails")


def test_a_healthy_cluster_is_a_line() -> None:
    text = show(a_report(*(called(an_audit(), f"c{number}") for number in range(3))))
    assert "nothing fails in 3 clusters" in text
    assert "Well      c0, c1, c2" in text
    assert len(text.splitlines()) == 9


def test_long_lists_are_cut_with_counts_and_the_command_that_shows_all() -> None:
    checks = tuple(
        CheckCount(
            check_id=f"NET{number:03}",
            title="broken",
            severity=Severity.HIGH,
            fail=1,
            unknown=0,
            waived=0,
            clusters=("123456789012/us-east-1/c00",),
        )
        for number in range(MOST_CHECKS + 2)
    )
    audits = [faulty(number) for number in range(MOST_CLUSTERS + 3)]
    short, whole = (show(a_report(*audits, checks=checks), all=all_) for all_ in (False, True))
    for said in (
        f"and 3 more clusters: {COMMAND} --all",
        f"and 2 more checks: {COMMAND} --all",
        f"and {MOST_CLUSTERS + 3 - MOST_DETAILED} more clusters: {COMMAND} --all",
    ):
        assert said in short
        assert said not in whole
    assert f"c{MOST_CLUSTERS + 2}" in whole
    assert f"c{MOST_CLUSTERS + 2}" not in short


def test_a_cluster_among_many_says_who_suffers_and_the_fix_without_the_proof() -> None:
    diagnosed = an_audit(NAT_FAILED, diagnoses=(a_diagnosis("worker", because_of(NAT_FAILED)),))
    text = show(a_report(diagnosed), width=120)
    assert "✗ worker" in text
    assert "NET006 confirmed" in text
    assert "aws ec2 create-nat-gateway" in text
    assert "proof" not in text
    assert "proof" in show(a_report(diagnosed), width=120, all=True)


def test_a_cluster_that_was_not_wholly_read_says_what_is_missing() -> None:
    audit = an_audit(not_told("NET004", ref("subnet", "subnet-a"), "ec2:DescribeRouteTables"))
    text = show(a_report(audit))
    assert "Unknown   1 answer without ec2:DescribeRouteTables" in text
    assert "Well" not in text


def test_a_cluster_in_which_a_fault_of_the_baseline_remains_is_not_well() -> None:
    comparison = BaselineComparison(created_at=None, new=0, remaining=(NAT_FAILED,))
    audit = msgspec.structs.replace(an_audit(), baseline=comparison)
    text = show(a_report(audit))
    assert "Remains   1 fault of the baseline" in text
    assert "Well" not in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_the_overview_is_wider_than_the_terminal(width: int) -> None:
    audits = [called(faulty(number), f"a-cluster-with-a-rather-long-name-{number}" * 2) for number in range(3)]
    text = show(a_report(*audits), width=width, command="report")
    assert max(map(display_width, text.splitlines())) <= width
