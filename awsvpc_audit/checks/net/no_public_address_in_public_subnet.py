"""NET002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._paths import TRACED, faults
from awsvpc_audit.checks._subjects import on_compute
from awsvpc_audit.findings import Severity


@check(
    id="NET002",
    title="Tasks in a public subnet get no public address",
    severity=Severity.HIGH,
    resource="service",
    source="doc",
    told=("S17",),
    symptoms=("start.pull-auth", "start.pull-image", "start.secrets", "start.logging"),
    proof=(
        "ec2:DescribeRouteTables Routes[].GatewayId",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.assignPublicIp",
        *TRACED,
    ),
    fix=("Set assignPublicIp to ENABLED (Fargate), or move the service to private subnets with a NAT gateway."),
    references=(
        f"{DOCS_URL}/fargate-task-networking.html",
        f"{DOCS_URL}/managed-instances-awsvpc-mode.html",
    ),
    subjects=on_compute(Compute.FARGATE, Compute.MANAGED_INSTANCES),
)
def no_public_address_in_public_subnet(workload: Workload, context: Context) -> Iterator[Fault]:
    """The default route of the task subnet is an internet gateway, and the tasks get no public address.

    On Fargate that is because assignPublicIp is DISABLED (the default of the API), on Managed Instances because
    there is no such thing. An internet gateway drops what comes from interfaces without a public address.

    On Fargate the task's own interface pulls the image, fetches secrets and sends logs, so the tasks fail to start.

    ## Why it happens
    The service was created by API, CLI or template without assignPublicIp: the console enables it, the API does
    not. The subnet's own MapPublicIpOnLaunch does not count for Fargate.

    ## What it cannot see
    Where every service that the tasks need is reached by VPC endpoints, nothing is reported: they can do without a
    public address. What applications in the tasks really call: the trace is for tcp/443 to public addresses.
    """
    yield from faults("NET002", workload, context)
