"""END004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="END004",
    title="Private DNS is off on the VPC endpoint",
    severity=Severity.HIGH,
    resource="vpc_endpoint",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeVpcEndpoints PrivateDnsEnabled",
        *TRACED,
    ),
    fix=("Enable private DNS names on the endpoint."),
    commands=("aws ec2 modify-vpc-endpoint --vpc-endpoint-id {vpc_endpoint_id} --private-dns-enabled",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    ),
    subjects=awsvpc_workloads,
)
def endpoint_private_dns_off(workload: Workload, context: Context) -> Iterator[Fault]:
    """There is an interface endpoint for the service, and private DNS is off on it.

    The service's own name still resolves to public addresses, which the caller cannot reach. ECS and Docker ask for
    that name and no other; for `ecr.dkr` private DNS is a must.

    ## Why it happens
    Private DNS was left off when the endpoint was made, often because two endpoints for one service cannot both
    have it in one VPC.

    ## What it cannot see
    Private hosted zones that were not read may lead the name to the endpoint all the same.
    """
    yield from faults("END004", workload, context)
