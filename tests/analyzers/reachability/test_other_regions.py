"""Ids are looked up in other accounts of a Region, and never in another Region: AWS gives an id once."""

import pytest

from awsvpc_audit.analyzers.reachability.sources import Where
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import Finding, Status
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from tests.analyzers.reachability.questions import add_endpoint, path, together
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


def test_a_private_hosted_zone_leads_to_no_endpoint_of_another_region() -> None:
    """The record names an endpoint that nobody read here; that a far one has its id says nothing about it."""
    home, twin = healthy(), healthy()
    name = "api.ecr.us-east-1.amazonaws.com."
    home.rows["route53:ListHostedZonesByVPC"].append({"HostedZoneId": "Z1", "Name": name, "VPCId": "vpc-main"})
    alias = {"DNSName": "vpce-0abc-0def.api.ecr.us-east-1.vpce.amazonaws.com.", "HostedZoneId": "Z7HUB22UULQXV"}
    home.rows["route53:ListResourceRecordSets"].append(
        {"HostedZoneId": "Z1", "Name": name, "Type": "A", "AliasTarget": alias}
    )
    twin.region = "eu-west-1"
    add_endpoint(twin, "ecr.api", "subnet-a", VpcEndpointId="vpce-0abc")
    alone = path(home, "service:prod/worker", "ecr.api", where=Where(region="us-east-1"))
    assert alone.verdict == "unknown"
    assert path(together(home, twin), "service:prod/worker", "ecr.api", where=Where(region="us-east-1")) == alone
