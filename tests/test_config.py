"""Waivers: what they accept, until when, and what becomes of each."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.config import WaiverRule, Waivers, load_waivers
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import Finding, ResourceRef, Status
from tests.report.results import a_finding, not_told, ref
from tests.world import healthy

PROD = ResourceRef(type="cluster", id="prod", arn="arn:aws:ecs:us-east-1:123456789012:cluster/prod")
DEV = ResourceRef(type="cluster", id="dev", arn="arn:aws:ecs:us-east-1:123456789012:cluster/dev")
VPC = ResourceRef(type="vpc", id="vpc-0abc", arn="arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0abc")
FAULT = a_finding("DNS002", VPC)
TODAY = date(2027, 1, 31)


def waivers(*rules: WaiverRule) -> Waivers:
    return Waivers(waivers=rules)


def rule(check: str = "DNS002", *, expires: date | None = None, **more: str) -> WaiverRule:
    return WaiverRule(check=check, reason="names are not used", expires=expires, **more)


def states(
    rules: Waivers,
    *clusters: tuple[ResourceRef, tuple[Finding, ...]],
    whole: bool = True,
    unseen: tuple[str | None, ...] = (),
) -> list[tuple[str, int]]:
    judged = [(cluster, rules.apply(findings, cluster, TODAY)) for cluster, findings in clusters]
    return [(use.state, use.findings) for use in rules.uses(judged, TODAY, whole=whole, unseen=unseen)]


@pytest.mark.parametrize(
    ("of", "is_accepted"),
    [
        pytest.param(rule(), True, id="any resource of any cluster"),
        pytest.param(rule(resource="vpc-0abc"), True, id="an id"),
        pytest.param(rule(resource="vpc-*"), True, id="a glob of ids"),
        pytest.param(rule(resource="arn:aws:ec2:*:vpc/*"), True, id="a glob of ARNs"),
        pytest.param(rule(resource="VPC-*"), False, id="ids in another case"),
        pytest.param(rule(resource="vpc-1*"), False, id="another resource"),
        pytest.param(rule("DNS001"), False, id="another check"),
        pytest.param(rule(cluster="pr*"), True, id="a glob of cluster names"),
        pytest.param(rule(cluster="arn:aws:ecs:us-east-1:*:cluster/prod"), True, id="a glob of cluster ARNs"),
        pytest.param(rule(cluster="arn:aws:ecs:eu-*:cluster/prod"), False, id="a cluster of another Region"),
        pytest.param(rule(cluster="dev"), False, id="another cluster"),
        pytest.param(rule(expires=TODAY), True, id="on its last day"),
        pytest.param(rule(expires=date(2027, 1, 30)), False, id="the day after"),
    ],
)
def test_what_is_accepted(of: WaiverRule, is_accepted: bool) -> None:
    (finding,) = waivers(of).apply([FAULT], PROD, TODAY)
    assert (finding.status is Status.WAIVED, finding.waiver is not None) == (is_accepted, is_accepted)


def test_without_a_day_nothing_has_expired() -> None:
    (finding,) = waivers(rule(expires=date(1999, 1, 1))).apply([FAULT], PROD, None)
    assert finding.status is Status.WAIVED


def test_one_that_holds_is_found_behind_one_that_has_expired() -> None:
    (finding,) = waivers(rule(expires=date(2020, 1, 1)), rule()).apply([FAULT], PROD, TODAY)
    assert finding.status is Status.WAIVED


def test_only_what_fails_is_accepted() -> None:
    unknown = not_told("DNS002", VPC, "ec2:DescribeVpcAttribute")
    assert waivers(rule()).apply([unknown], PROD, TODAY) == (unknown,)


UNKNOWN = not_told("DNS002", ref("cluster", "prod"), "ec2:DescribeVpcAttribute")


@pytest.mark.parametrize(
    ("of", "findings", "expected"),
    [
        pytest.param(rule(), (FAULT,), ("used", 1), id="it accepts something"),
        pytest.param(rule(expires=date(2020, 1, 1)), (FAULT,), ("expired", 1), id="it did so once"),
        pytest.param(rule(expires=date(2020, 1, 1)), (), ("expired", 0), id="expired, and nothing is left of it"),
        pytest.param(rule(), (), ("unmatched", 0), id="nothing is left of it"),
        pytest.param(rule(resource="vpc-9"), (FAULT,), ("unmatched", 0), id="another resource fails"),
        pytest.param(rule(resource="vpc-9"), (FAULT, UNKNOWN), ("undetermined", 0), id="its check is unknown"),
    ],
)
def test_what_becomes_of_a_waiver(of: WaiverRule, findings: tuple[Finding, ...], expected: tuple[str, int]) -> None:
    assert states(waivers(of), (PROD, findings)) == [expected]


def test_a_waiver_for_other_clusters_is_unmatched_only_where_all_were_looked_at() -> None:
    rules = waivers(rule(cluster="dev"))
    assert states(rules, (PROD, (FAULT,)), whole=False) == []
    assert states(rules, (PROD, (FAULT,)), whole=True) == [("unmatched", 0)]


@pytest.mark.parametrize("pattern", ["dev", "d*", "*", "arn:aws:ecs:*:cluster/dev"])
@pytest.mark.parametrize("unseen", ["dev", None], ids=["the cluster was not audited", "a Region was not audited"])
def test_a_waiver_for_what_was_not_audited_is_not_unmatched(pattern: str, unseen: str | None) -> None:
    rules = waivers(rule(cluster=pattern))
    for whole in (False, True):
        assert states(rules, (PROD, ()), whole=whole, unseen=(unseen,)) == [("undetermined", 0)]


def test_it_is_used_where_it_accepts_something_in_one_of_the_clusters() -> None:
    assert states(waivers(rule()), (PROD, ()), (DEV, (FAULT,))) == [("used", 1)]


def test_an_audit_of_one_service_says_of_a_waiver_only_what_it_knows() -> None:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    rules = waivers(rule("SUB001"), rule("DNS002"), rule("SUB001", expires=date(2020, 1, 1)))
    from_all = world.audit()
    assert not from_all.waivers
    context = world.context("web")
    result = run_audit(ALL_CHECKS, context, from_all.collection, waivers=rules, today=TODAY)
    assert [(use.check, use.state) for use in result.waivers] == [("SUB001", "used"), ("SUB001", "expired")]


def test_a_file_as_people_write_it(tmp_path: Path) -> None:
    path = tmp_path / "waivers.toml"
    path.write_bytes(
        b'\xef\xbb\xbf[[waivers]]\ncheck = "DNS002"\nresource = "vpc-0abc*"\ncluster = "prod*"\n'
        b'reason = "host names are not used"\nexpires = 2027-01-31\n'
    )
    (found,) = load_waivers(path).waivers
    assert msgspec.structs.asdict(found) == {
        "check": "DNS002",
        "reason": "host names are not used",
        "resource": "vpc-0abc*",
        "cluster": "prod*",
        "expires": TODAY,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[waivers]]\ncheck = DNS002\n", ("line 2",), id="no TOML"),
        pytest.param('[[waiver]]\ncheck = "X"\nreason = "x"\n', ("waiver",), id="a table of another name"),
        pytest.param('[[waivers]]\ncheck = "X"\n', ("reason", "$.waivers[0]"), id="no reason"),
        pytest.param('[[waivers]]\ncheck = "X"\nreason = " "\n', ("$.waivers[0].reason",), id="a blank reason"),
        pytest.param('[[waivers]]\nreason = "x"\n', ("check",), id="no check"),
        pytest.param('[[waivers]]\ncheck = "X"\nreason = "x"\nuntil = 1\n', ("until",), id="an unknown member"),
        pytest.param(
            '[[waivers]]\ncheck = "X"\nreason = "x"\nexpires = "soon"\n', ("$.waivers[0].expires",), id="no date"
        ),
        pytest.param("waivers = 3\n", ("$.waivers",), id="a number"),
    ],
)
def test_a_broken_file_is_refused_by_name_and_place(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "waivers.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        load_waivers(path)
    for word in ("waivers.toml", *words):
        assert word in str(raised.value)
