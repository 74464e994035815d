"""END005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="END005",
    title="VPC endpoint is not available",
    severity=Severity.CRITICAL,
    resource="vpc_endpoint",
    source="+",
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeVpcEndpoints State",
        *TRACED,
    ),
    fix=("See why the endpoint is not available; a failed or rejected one must be made again."),
    commands=("aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {vpc_endpoint_id}",),
    references=("https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",),
    subjects=awsvpc_workloads,
)
def endpoint_not_available(workload: Workload, context: Context) -> Iterator[Fault]:
    """The endpoint for a service that the tasks need is not in the state `available`.

    There is no other way to the service.

    ## Why it happens
    It is new (`pending`), waits to be accepted (`pendingAcceptance`), was refused (`rejected`), or could not be
    made (`failed`).

    ## What it cannot see
    Health beyond the state: an endpoint that is available may still drop.
    """
    yield from faults("END005", workload, context)
