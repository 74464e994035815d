"""NET003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.reachability.address import Family
from awsvpc_audit.analyzers.reachability.routes import TargetKind
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths
from awsvpc_audit.checks._subjects import on_compute
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="NET003",
    title="Public address assigned in a subnet that is not public",
    severity=Severity.LOW,
    resource="service",
    source="+",
    proof=(
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.assignPublicIp",
        *TRACED,
    ),
    fix="Set assignPublicIp to DISABLED, or move the service to public subnets.",
    references=(f"{DOCS_URL}/fargate-task-networking.html",),
    subjects=on_compute(Compute.FARGATE),
)
def public_address_without_gateway(workload: Workload, context: Context) -> Iterator[Fault]:
    """Tasks get public addresses in a subnet whose default route is no internet gateway.

    Nothing reaches such an address from the internet, and nothing leaves by it: the way out is whatever the default
    route says. Each address is billed all the same.

    ## Why it happens
    `assignPublicIp` was turned on to make tasks start, and the reason was another one; or the subnets were changed.

    ## What it cannot see
    Subnets whose route table was not read.
    """
    if not workload.assign_public_ip:
        return
    answers = paths(context)
    for answer in answers.internet(workload):
        if answer.node is None:
            raise NotCollectedError(answer.gap)
        table = answers.reachability.network.route_table(answer.node.place)
        default = table.default_route(Family.IPV4)
        if default is not None and default.kind is TargetKind.INTERNET_GATEWAY:
            continue
        route = default.text if default else "no default route"
        yield Fault(
            detail=f"tasks of {workload.name} get public addresses in {answer.subnet_id}, "
            f"whose table {table.route_table_id} has {route}",
            evidence=(
                proof_of(
                    "ecs:DescribeServices",
                    workload.name,
                    "networkConfiguration.awsvpcConfiguration.assignPublicIp",
                    "ENABLED",
                ),
                proof_of("ec2:DescribeRouteTables", table.route_table_id, "Routes[0.0.0.0/0]", route),
            ),
            affected=(workload.ref,),
        )
