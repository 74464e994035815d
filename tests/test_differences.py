"""Two snapshots held against each other: findings by what became of them, and which changes lie near the new ones."""

import pytest

from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.config import WaiverRule, Waivers
from awsvpc_audit.differences import Recorded, differences
from awsvpc_audit.errors import NotFoundError
from awsvpc_audit.findings import ClusterDiff, ClusterRef, Finding, SnapshotDiff
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from tests.analyzers.test_incidents import fail_nat_gateway, incident_world
from tests.world import ACCOUNT, COLLECTION, REGION, World, healthy


def recorded(*worlds: World) -> Recorded:
    scopes = tuple(world.scope_snapshot() for world in worlds)
    return Recorded(model=Model.of(Snapshot(scopes=scopes)), collection=COLLECTION)


def diff_of(old: World, new: World) -> SnapshotDiff:
    return differences(ALL_CHECKS, recorded(old), recorded(new))


def only(diff: SnapshotDiff) -> ClusterDiff:
    (cluster,) = diff.clusters
    return cluster


def names(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(finding.check_id, finding.resource.id) for finding in findings}


def full_subnet() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


@pytest.mark.parametrize("world", [healthy, full_subnet], ids=["healthy", "in trouble"])
def test_a_snapshot_differs_in_nothing_from_itself(world: type[World]) -> None:
    diff = diff_of(world(), world())
    cluster = only(diff)
    assert diff.summary.changes == 0
    assert (cluster.new, cluster.fixed, cluster.undetermined, cluster.unknown) == ((), (), (), ())
    assert (cluster.diagnoses_came, cluster.diagnoses_gone) == ((), ())
    assert diff.summary.unchanged == len(cluster.unchanged)


def test_a_fault_that_is_only_in_new_is_new_and_the_other_way_round_fixed() -> None:
    there, back = diff_of(healthy(), full_subnet()), diff_of(full_subnet(), healthy())
    assert ("SUB001", "subnet-a") in names(only(there).new)
    assert only(there).fixed == ()
    assert names(only(back).fixed) == names(only(there).new)
    assert only(back).new == ()
    assert (there.summary.new, back.summary.fixed) == (len(only(there).new), len(only(there).new))


def test_a_fault_in_both_is_unchanged() -> None:
    assert ("SUB001", "subnet-a") in names(only(diff_of(full_subnet(), full_subnet())).unchanged)


def test_a_fault_that_new_cannot_tell_is_undetermined_and_not_fixed() -> None:
    cluster = only(diff_of(full_subnet(), full_subnet().deny("ec2:DescribeSubnets")))
    assert ("SUB001", "subnet-a") in names(cluster.undetermined)
    assert ("SUB001", "subnet-a") not in names(cluster.fixed)


def test_what_could_be_told_and_no_longer_can_is_said() -> None:
    cluster = only(diff_of(healthy(), healthy().deny("ec2:DescribeSubnets")))
    assert "SUB001" in {finding.check_id for finding in cluster.unknown}
    assert only(diff_of(healthy().deny("ec2:DescribeSubnets"), healthy().deny("ec2:DescribeSubnets"))).unknown == ()


def test_a_fault_that_old_could_not_tell_is_marked() -> None:
    cluster = only(diff_of(healthy().deny("ec2:DescribeSubnets"), full_subnet()))
    (finding,) = [f for f in cluster.new if f.check_id == "SUB001"]
    assert finding.fingerprint in cluster.not_known_before
    assert only(diff_of(healthy(), full_subnet())).not_known_before == ()


def test_diagnoses_came_and_went() -> None:
    well, ill = incident_world("worker"), incident_world("worker")
    fail_nat_gateway(ill)
    well.rows["ecs:DescribeTasks"] = [t for t in well.rows["ecs:DescribeTasks"] if t["lastStatus"] != "STOPPED"]
    well.service("worker")["events"] = []
    there, back = only(diff_of(well, ill)), only(diff_of(ill, well))
    assert "worker" in {d.subject.id for d in there.diagnoses_came}
    assert {d.subject.id for d in back.diagnoses_gone} == {d.subject.id for d in there.diagnoses_came}


def test_nobody_is_called_well_where_services_were_not_read() -> None:
    ill, blind = incident_world("worker"), incident_world("worker").deny("ecs:DescribeServices")
    fail_nat_gateway(ill)
    assert only(diff_of(ill, blind)).diagnoses_gone == ()


def test_a_change_of_what_a_new_finding_names_is_near_it() -> None:
    new = healthy()
    new.route_table("rtb-b")["Routes"][-1]["State"] = "blackhole"
    new.subnet("subnet-public-a")["MapPublicIpOnLaunch"] = True
    (scope,) = diff_of(healthy(), new).scopes
    near = {change.resource.id: change.near for change in scope.changes}
    assert "NET005" in near["rtb-b"]
    assert near["subnet-public-a"] == ()


def test_a_change_near_an_old_finding_is_not_marked() -> None:
    old, new = full_subnet(), full_subnet()
    new.subnet("subnet-a")["MapPublicIpOnLaunch"] = True
    (scope,) = diff_of(old, new).scopes
    assert [change.near for change in scope.changes] == [()]


def test_a_waived_fault_is_not_new() -> None:
    waivers = Waivers(waivers=(WaiverRule(check="SUB001", reason="known"),))
    diff = differences(ALL_CHECKS, recorded(healthy()), recorded(full_subnet()), waivers=waivers)
    assert ("SUB001", "subnet-a") not in names(only(diff).new)


def test_clusters_that_just_one_holds_are_said_and_not_compared() -> None:
    old, new = World(cluster="blue"), World(cluster="green")
    diff = diff_of(old, new)
    assert diff.clusters == ()
    assert diff.only_in_old == (ClusterRef(account=ACCOUNT, region=REGION, cluster="blue"),)
    assert diff.only_in_new == (ClusterRef(account=ACCOUNT, region=REGION, cluster="green"),)


def test_services_of_a_cluster_that_old_did_not_record_did_not_come() -> None:
    new = healthy()
    other = World(cluster="other")
    row = dict(new.service("web"))
    row |= {"clusterArn": other.arn("ecs", "cluster/other"), "serviceArn": other.arn("ecs", "service/other/web")}
    new.rows["ecs:DescribeServices"].append(row)
    new.rows["ecs:DescribeClusters"] += other.rows["ecs:DescribeClusters"]
    diff = diff_of(healthy(), new)
    assert diff.summary.changes == 0
    assert [ref.cluster for ref in diff.only_in_new] == ["other"]


def test_a_named_cluster_that_neither_holds_is_told_with_near_matches() -> None:
    with pytest.raises(NotFoundError, match="Did you mean prod"):
        differences(ALL_CHECKS, recorded(healthy()), recorded(healthy()), clusters=("prd",))


def test_a_cluster_may_be_named_by_its_arn() -> None:
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod"
    diff = differences(ALL_CHECKS, recorded(healthy()), recorded(healthy()), clusters=(arn,))
    assert [cluster.cluster for cluster in diff.clusters] == ["prod"]


def test_snapshots_of_different_accounts_have_nothing_to_compare() -> None:
    with pytest.raises(NotFoundError, match="OLD holds us-east-1 of 123456789012, NEW holds us-east-1 of 999"):
        diff_of(healthy(), World(account="999999999999"))


def test_regions_are_compared_each_with_itself_and_what_is_global_once() -> None:
    def worlds() -> list[World]:
        first, second = healthy(), World(region="eu-west-1", cluster="eu")
        second.rows["iam:GetRole"] = first.rows["iam:GetRole"]
        return [first, second]

    old, new = worlds(), worlds()
    new[0].rows["iam:GetRole"][2]["AssumeRolePolicyDocument"] = {}
    new[1].setting("awsvpcTrunking", "enabled")
    diff = differences(ALL_CHECKS, recorded(*old), recorded(*new))
    told = [(scope.region, change.resource.id) for scope in diff.scopes for change in scope.changes]
    assert told == [("eu-west-1", "awsvpcTrunking"), ("eu-west-1", "ecsTaskExecutionRole")]
    narrowed = differences(ALL_CHECKS, recorded(*old), recorded(*new), region="us-east-1")
    assert [scope.region for scope in narrowed.scopes] == ["us-east-1"]
    assert [change.resource.id for change in narrowed.scopes[0].changes] == ["ecsTaskExecutionRole"]
