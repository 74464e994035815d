"""The report over many clusters: what it puts first, what it counts, and what it may not leave out."""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.baseline import load_baseline
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.compliance import ScopeName, report_on
from awsvpc_audit.config import WaiverRule, Waivers
from awsvpc_audit.findings import Collection, NotAudited, Report
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.report.document import document_of
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.writers import WRITERS
from tests.regions import side_by_side
from tests.report.reports import a_report, in_region
from tests.report.results import a_finding, an_audit, ref
from tests.world import ACCOUNT, World, healthy

READ_AT = datetime(2026, 11, 23, 23, 14, tzinfo=UTC)


def full_subnet() -> World:
    """SUB001, critical."""
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


def no_host_names() -> World:
    """DNS002, low."""
    world = healthy()
    world.rows["ec2:DescribeVpcAttribute"][0]["EnableDnsHostnames"] = {"Value": False}
    return world


def unread() -> World:
    return healthy().deny("ec2:DescribeSubnets")


def collection(world: World) -> Collection:
    return Collection(
        source="snapshot",
        started_at=READ_AT,
        finished_at=READ_AT,
        api_calls=0,
        calls_by_operation={},
        missing=tuple(world.denied.values()),
    )


def report(worlds: dict[str, World], **more: Any) -> Report:
    model = Model.of(side_by_side(worlds))
    collections = {ScopeName(ACCOUNT, region): collection(world) for region, world in worlds.items()}
    clusters = [
        (ScopeName(scope.account, scope.region), name) for scope in model.scopes for name in scope.cluster_names
    ]
    return report_on(ALL_CHECKS, model, collections, clusters, **more)


FOUR = {
    "us-east-1": no_host_names(),
    "eu-west-1": healthy(),
    "eu-west-2": unread(),
    "eu-central-1": full_subnet(),
}


def test_the_worst_comes_first_in_every_list() -> None:
    found = report(FOUR)
    expected = ["eu-central-1", "us-east-1", "eu-west-2", "eu-west-1"]
    assert [scope.region for scope in found.scopes] == expected
    assert [audit.scope.region for audit in found.audits] == expected
    assert [scope.summary.verdict for scope in found.scopes] == ["fail", "fail", "unknown", "pass"]
    assert found.summary.verdict == "fail"
    failing = [(check.check_id, check.fail, check.clusters) for check in found.checks if check.fail]
    assert failing == [
        ("SUB001", 1, (f"{ACCOUNT}/eu-central-1/prod",)),
        ("DNS002", 1, (f"{ACCOUNT}/us-east-1/prod",)),
    ]
    assert all(check.unknown and not check.clusters for check in found.checks if not check.fail)


def test_the_numbers_are_those_of_the_audits() -> None:
    found = report(FOUR)
    counts = [audit.summary.findings for audit in found.audits]
    assert found.summary.findings.fail == sum(each.fail for each in counts) == 2
    assert found.summary.findings.unknown == sum(each.unknown for each in counts) > 0
    assert (found.started_at, found.finished_at) == (READ_AT, READ_AT)


def test_what_one_region_could_not_read_is_no_gap_of_another() -> None:
    found = report(FOUR)
    missing = {audit.scope.region: len(audit.collection.missing) for audit in found.audits}
    assert missing == {"eu-central-1": 0, "us-east-1": 0, "eu-west-2": 1, "eu-west-1": 0}


NOT_READ = NotAudited(account=None, region="eu-south-1", cluster=None, error="denied")


def test_a_report_that_is_not_whole_never_passes() -> None:
    assert report({"eu-west-1": healthy()}).summary.verdict == "pass"
    assert report({"eu-west-1": healthy()}, not_audited=[NOT_READ]).summary.verdict == "unknown"
    assert report({"us-east-1": full_subnet()}, not_audited=[NOT_READ]).summary.verdict == "fail"


def waiver(**more: Any) -> Waivers:
    return Waivers(waivers=(WaiverRule(check="SUB001", reason="known", **more),))


@pytest.mark.parametrize(
    ("rules", "more", "state"),
    [
        pytest.param(waiver(), {}, "used", id="it accepts something in one of the clusters"),
        pytest.param(waiver(expires=date(2026, 1, 1)), {}, "expired", id="it has expired"),
        pytest.param(waiver(resource="none"), {"whole": True}, "undetermined", id="one cluster was not wholly read"),
        pytest.param(waiver(cluster="dev"), {"whole": True}, "unmatched", id="no cluster of all is called so"),
        pytest.param(waiver(cluster="dev"), {}, None, id="a cluster that was not asked for"),
        pytest.param(
            waiver(cluster="dev"), {"not_audited": [NOT_READ]}, "undetermined", id="it may be where we are blind"
        ),
    ],
)
def test_a_waiver_is_judged_over_all_clusters(rules: Waivers, more: dict[str, Any], state: str | None) -> None:
    found = report(FOUR, waivers=rules, today=date(2026, 11, 23), **more)
    assert [use.state for use in found.waivers] == ([state] if state else [])
    # What one cluster has no use for another may have: no audit speaks for the whole file.
    assert not any(audit.waivers for audit in found.audits)


def test_a_baseline_is_compared_cluster_by_cluster(tmp_path: Path) -> None:
    before = {"us-east-1": full_subnet(), "eu-west-1": no_host_names(), "eu-west-3": full_subnet()}
    (tmp_path / "old.json").write_bytes(document_of(report(before)))
    baseline = load_baseline(tmp_path / "old.json")
    now = {"us-east-1": full_subnet(), "eu-west-1": healthy(), "eu-central-1": full_subnet()}
    found = report(now, baseline=baseline)
    assert found.baseline is not None
    counts = found.baseline
    assert (counts.new, counts.remaining, counts.fixed, counts.undetermined) == (1, 1, 1, 0)
    assert counts.added == (f"{ACCOUNT}/eu-central-1/prod",)
    assert counts.left_out == (f"{ACCOUNT}/eu-west-3/prod",)
    assert [(scope.region, scope.summary.verdict) for scope in found.scopes] == [
        ("eu-central-1", "fail"),
        ("eu-west-1", "pass"),
        ("us-east-1", "pass"),
    ]
    assert [check.check_id for check in found.checks if check.fail] == ["SUB001"]


def test_a_cluster_that_could_not_be_read_is_not_mended(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_bytes(document_of(report({"us-east-1": full_subnet()})))
    found = report({"us-east-1": unread()}, baseline=load_baseline(tmp_path / "old.json"))
    assert found.baseline is not None
    assert (found.baseline.fixed, found.baseline.undetermined) == (0, 1)


def large(clusters: int, findings: int) -> Report:
    faults = [a_finding("SUB001", ref("subnet", f"subnet-{number:05}")) for number in range(findings)]
    audits = []
    for number in range(clusters):
        audit = in_region(an_audit(*faults), f"us-east-{number}")
        audits.append(audit)
    return a_report(*audits)


@pytest.mark.parametrize("name", ["table", "json", "markdown", "csv", "junit", "sarif"])
def test_ten_clusters_with_a_thousand_findings_are_written_quickly(name: str) -> None:
    document = large(10, 1000)
    began = time.perf_counter()
    text = WRITERS[name](document, RenderOptions(command="awsvpc-audit report --all-clusters"))
    assert time.perf_counter() - began < 10
    if name == "table":
        assert len(text.splitlines()) < 300
        assert "and 997 more: awsvpc-audit report --all-clusters --all" in text


def test_the_same_clusters_in_another_order_give_the_same_bytes() -> None:
    texts = {
        WRITERS[name](report(dict(order)), RenderOptions())
        for name in ("table", "json")
        for order in (list(FOUR.items()), list(FOUR.items())[::-1])
    }
    assert len(texts) == 2
