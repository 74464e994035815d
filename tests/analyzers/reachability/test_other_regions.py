"""Ids are looked up in other accounts of a Region, and never in another Region: AWS gives an id once."""

import pytest

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import Finding, Status
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from tests.world import COLLECTION, World, healthy


def verdicts(*worlds: World) -> dict[tuple[str, str], Status]:
    """What becomes of the cluster of the first world, read beside the others."""
    model = Model.of(Snapshot(scopes=tuple(world.scope_snapshot() for world in worlds)))
    scope, name = model.find_cluster(worlds[0].cluster, account=worlds[0].account, region=worlds[0].region)
    result = run_audit(ALL_CHECKS, Context(cluster=Cluster(scope, name), model=model), COLLECTION)

    def key(finding: Finding) -> tuple[str, str]:
        return finding.check_id, finding.resource.id

    return {key(finding): finding.status for finding in result.findings}


@pytest.mark.parametrize(
    "operation",
    [
        "ec2:DescribeSubnets",
        "ec2:DescribeRouteTables",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNatGateways",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
    ],
)
def test_another_region_with_the_same_ids_answers_nothing_that_was_not_read_here(operation: str) -> None:
    twin = healthy()
    twin.region = "eu-west-1"
    assert verdicts(healthy().deny(operation), twin) == verdicts(healthy().deny(operation))
