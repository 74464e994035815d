"""END009."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths
from awsvpc_audit.checks._subjects import TaskVpc, task_vpcs
from awsvpc_audit.findings import Severity, Verdict
from awsvpc_audit.model.gaps import NotCollectedError

_OF_IMAGES = frozenset({"ecr.api", "ecr.dkr", "s3"})
"""What images come from: most of the traffic."""


@check(
    id="END009",
    title="ECR and other AWS services are reached over NAT while VPC endpoints would do",
    severity=Severity.INFO,
    resource="vpc",
    source="+",
    proof=(*TRACED,),
    fix="Consider VPC endpoints for the services named; the S3 gateway endpoint costs nothing.",
    commands=("aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values={vpc_id}",),
    references=("https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",),
    controls=("wellarchitected/COST08-BP02", "fsbp/EC2.55", "fsbp/EC2.56"),
    subjects=task_vpcs,
)
def services_over_nat(task_vpc: TaskVpc, context: Context) -> Iterator[Fault]:
    """Images, logs and secrets of this VPC's tasks come over a NAT gateway.

    Each gigabyte through it is billed, image layers above all, and when it fails no task can start. Endpoints take
    this traffic off it.

    ## Why it happens
    A NAT gateway does for everything, so nothing asks for endpoints.

    ## What it cannot see
    How much traffic there is, and so what endpoints would save.
    """
    found: dict[str, str] = {}
    unread: list[str] = []
    for workload in task_vpc.workloads:
        for answer in paths(context).services(workload):
            if answer.node is None or answer.node.place.subnet.vpc_id != task_vpc.vpc_id:
                continue
            nat = next((ref.id for ref in answer.outcome.through if ref.type == "nat_gateway"), None)
            if nat is not None and answer.outcome.verdict is Verdict.REACHABLE:
                found.setdefault(answer.destination, nat)
            elif answer.destination in _OF_IMAGES:
                unread.extend(answer.outcome.missing)
    if not _OF_IMAGES & found.keys():
        if unread:
            raise NotCollectedError(tuple(dict.fromkeys(unread)))
        for workload in task_vpc.workloads:
            context.cluster.task_definition(workload)  # says what the tasks need; raises where it was not read
        return
    services = ", ".join(sorted(found))
    yield Fault(
        detail=f"tasks in {task_vpc.vpc_id} reach {services} over {', '.join(sorted(set(found.values())))}",
        evidence=tuple(
            proof_of("ec2:DescribeVpcEndpoints", task_vpc.vpc_id, f"VpcEndpoints[ServiceName=*.{service}]", "none used")
            for service in sorted(found)
        ),
        values={"vpc_id": task_vpc.vpc_id},
    )
