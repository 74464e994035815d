"""END002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="END002",
    title="ECR endpoints without a way to S3 for image layers",
    severity=Severity.CRITICAL,
    resource="route_table",
    source="+",
    symptoms=("start.pull-image",),
    proof=(
        "ec2:DescribeRouteTables Routes[].DestinationPrefixListId",
        "ec2:DescribeVpcEndpoints RouteTableIds",
        *TRACED,
    ),
    fix=("Associate an S3 gateway endpoint with the route table (it costs nothing)."),
    commands=(
        (
            "aws ec2 create-vpc-endpoint --vpc-id {vpc_id} --service-name {service_name} "
            "--route-table-ids {route_table_id}"
        ),
    ),
    references=(
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
        f"{DOCS_URL}/fargate-task-networking.html",
    ),
    subjects=awsvpc_workloads,
)
def s3_unreachable_for_layers(workload: Workload, context: Context) -> Iterator[Fault]:
    """Images in ECR come in two steps: manifests from ECR, layers from an S3 bucket of AWS.

    The ECR endpoints are there, and the route table of the subnet that pulls has no route to an S3 gateway endpoint
    and no other way to S3. The pull starts and then hangs until it times out.

    On Fargate the task's subnet pulls, on EC2 the instance's.

    ## Why it happens
    The S3 gateway endpoint was forgotten, or it is associated with other route tables than this one.

    ## What it cannot see
    The endpoint's policy: see END007.
    """
    yield from faults("END002", workload, context)
