"""Amazon Route 53 operations."""

from collections.abc import Iterable

from awsvpc_audit.collectors.ec2 import IN_VPC
from awsvpc_audit.collectors.operation import Answers, Ask, Operation, Paging, Params, each, ids_of
from awsvpc_audit.collectors.selection import hosted_zones, vpcs
from awsvpc_audit.model import tables


def _by_vpc(answers: Answers) -> Iterable[Params]:
    regions = sorted({arn.split(":")[3] for arn in _cluster_arns(answers)})
    return each("VPCId", vpcs(answers), VPCRegion=regions[0]) if regions else ()


def _cluster_arns(answers: Answers) -> Iterable[str]:
    for operation, member in (("ecs:DescribeClusters", "clusterArn"), ("ecs:ListServices", "serviceArn")):
        for entry in answers.entries(operation):
            yield entry[member]


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="route53:ListHostedZonesByVPC",
        table=tables.HOSTED_ZONES_BY_VPC,
        paging=Paging(limit="MaxItems", size="100"),
        subjects=ids_of("VPCId"),
        asks=(
            Ask(
                label="each",
                after=("ecs:DescribeClusters", "ecs:ListServices", *IN_VPC),
                requests=_by_vpc,
                annotate=lambda params: {"VPCId": params["VPCId"]},
            ),
        ),
        why="private hosted zones that lead names of AWS services to central endpoints",
    ),
    Operation(
        name="route53:ListResourceRecordSets",
        table=tables.RESOURCE_RECORD_SETS,
        paging=Paging(
            token="StartRecordName",  # noqa: S106 - the name of a member
            next_token="NextRecordName",  # noqa: S106 - the name of a member
            limit="MaxItems",
            size="300",
            beside=(("StartRecordType", "NextRecordType"), ("StartRecordIdentifier", "NextRecordIdentifier")),
        ),
        subjects=ids_of("HostedZoneId"),
        asks=(
            Ask(
                label="each",
                after=("route53:ListHostedZonesByVPC",),
                requests=lambda answers: each("HostedZoneId", hosted_zones(answers)),
                annotate=lambda params: {"HostedZoneId": params["HostedZoneId"]},
            ),
        ),
        why="records of those zones",
    ),
)
