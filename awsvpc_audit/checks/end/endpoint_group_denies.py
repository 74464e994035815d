"""END003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="END003",
    title="Security group of the VPC endpoint does not admit the task",
    severity=Severity.CRITICAL,
    resource="vpc_endpoint",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeVpcEndpoints Groups",
        "ec2:DescribeSecurityGroups IpPermissions",
        "ec2:DescribeNetworkInterfaces Groups",
        *TRACED,
    ),
    fix=(
        "Allow inbound tcp 443 in the endpoint's security group from the tasks' group or subnets (on EC2: the "
        "instances')."
    ),
    commands=("aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {vpc_endpoint_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html",
    ),
    subjects=awsvpc_workloads,
)
def endpoint_group_denies(workload: Workload, context: Context) -> Iterator[Fault]:
    """The service's name resolves to this interface endpoint, whose groups do not admit the caller.

    No rule allows tcp 443 from where the call comes. The call times out; the internet is no way round, for the name
    leads here.

    ## Why it happens
    The endpoint was made with the VPC's default group, which admits only its own members, or with a group made for
    another service.

    ## What it cannot see
    The endpoint's policy: see END007.
    """
    yield from faults("END003", workload, context)
