"""END001."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, paths
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError

_NO_WAY = frozenset({None, "NET001", "NET002", "NET004", "DNS001", "IP6006"})
"""Blocks that mean that there is no way at all; any other names the thing on the way that is broken."""


@check(
    id="END001",
    title="Needed AWS service is reached neither over the internet nor by a VPC endpoint",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ecs:DescribeTaskDefinition containerDefinitions",
        *TRACED,
    ),
    fix="Create a VPC endpoint for each service named, or give the subnet a way to the internet.",
    commands=(
        (
            "aws ec2 create-vpc-endpoint --vpc-id {vpc_id} --vpc-endpoint-type Interface --service-name {service_name} "
            "--subnet-ids {subnet_id} --private-dns-enabled"
        ),
    ),
    references=(
        f"{DOCS_URL}/vpc-endpoints.html",
        f"{DOCS_URL}/fargate-task-networking.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    ),
    subjects=awsvpc_workloads,
)
def needed_service_unreachable(workload: Workload, context: Context) -> Iterator[Fault]:
    """A service of AWS that the tasks need to start has no way to be reached from where the call leaves.

    On Fargate (platform version 1.4.0 and later) that is the task's own interface; on EC2 it is the primary interface
    of the instance, for images, secrets and the awslogs driver. What is needed is read from the task definition: the
    registry of its images, log driver, secrets, environment files, and ECS Exec.

    Where something on the way is broken (a NAT gateway, an ACL, a group, an endpoint), that is the finding, and this
    one stays silent.

    ## Why it happens
    An isolated subnet got endpoints for some services and not for all: `logs`, or `s3` for image layers, are the ones
    that are forgotten.

    ## What it cannot see
    Services that the application calls by itself. Endpoint policies are told by END007.
    """
    answers = paths(context).services(workload)
    for answer in answers:
        block = answer.outcome.block
        if block is None or not answer.is_blocked or block.check_id not in _NO_WAY:
            continue
        start = answer.host or answer.subnet_id
        scope_region = answer.node.place.scope.region if answer.node else ""
        values = {"subnet_id": answer.subnet_id}
        if answer.node is not None and answer.node.place.subnet.vpc_id:
            values["vpc_id"] = answer.node.place.subnet.vpc_id
        # S3 is reached by a gateway endpoint, which this command does not make.
        if answer.destination != "s3":
            values["service_name"] = f"com.amazonaws.{scope_region}.{answer.destination}"
        yield Fault(
            detail=f"{workload.name} does not reach {answer.destination} from {start}: {block.reason}",
            evidence=block.evidence,
            affected=(workload.ref,),
            values=values,
        )
    for answer in answers:
        if answer.missing:
            raise NotCollectedError(answer.missing, answer.destination)
