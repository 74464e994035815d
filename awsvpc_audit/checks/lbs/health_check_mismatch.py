"""LBS007."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import TaskTargetGroup, load_balancers_of, task_target_groups
from awsvpc_audit.checks.lbs._unhealthy import REASONS, Unhealthy, unhealthy_targets
from awsvpc_audit.checks.lbs._ways import blocked_ways, health_check_port
from awsvpc_audit.findings import Evidence, Severity
from awsvpc_audit.model import elbv2
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="LBS007",
    title="Targets are unhealthy though the way to them is open",
    severity=Severity.MEDIUM,
    resource="target_group",
    source="+",
    symptoms=("run.health-elb",),
    proof=(
        "elbv2:DescribeTargetHealth TargetHealth.Reason",
        "elbv2:DescribeTargetGroups HealthCheckPort",
        "elbv2:DescribeTargetGroups HealthCheckPath",
        "elbv2:DescribeTargetGroups HealthCheckProtocol",
        "elbv2:DescribeTargetGroups Matcher",
        "elbv2:DescribeLoadBalancers AvailabilityZones[]",
        "ecs:DescribeServices events[].message",
        "ecs:DescribeTaskDefinition containerDefinitions[].portMappings[].containerPort",
        "ec2:DescribeSecurityGroups IpPermissions",
        "ec2:DescribeNetworkAcls Entries",
        "ec2:DescribeSubnets AvailabilityZone",
        "ec2:DescribeVpcs CidrBlockAssociationSet",
        "ec2:DescribeRouteTables Routes",
        "ec2:DescribeVpcEndpoints RouteTableIds",
    ),
    fix=(
        "Make port, protocol, path and success codes of the health check what the container answers on, and the grace "
        "period of the service longer than its start."
    ),
    commands=(
        "aws elbv2 describe-target-health --target-group-arn {target_group_arn}",
        (
            "aws elbv2 modify-target-group --target-group-arn {target_group_arn} --health-check-protocol {protocol} "
            "--health-check-port {port} --health-check-path {path}"
        ),
    ),
    references=(
        f"{DOCS_URL}/troubleshoot-service-load-balancers.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html",
    ),
    subjects=task_target_groups,
)
def health_check_mismatch(target_group: TaskTargetGroup, context: Context) -> Iterator[Fault]:
    """Groups, ACLs and routes let the load balancer through to the tasks, and its health check fails all the same.

    What is left is the check and the container: another port than the one it listens on, another protocol (HTTPS to a
    port that speaks HTTP), a path that answers 404 or redirects, success codes that leave the answer out, or an
    application that is slower than the time-out or than the grace period.

    ## Why it happens
    The health check of a target group asks for `/` and wants 200 until somebody says otherwise; many applications
    redirect there or want a login. Or the container listens on localhost alone.

    ## What it cannot see
    What the application answers. Where the health check times out, it may as well be overloaded.
    """
    row = context.scope.target_groups.get(target_group.target_group_arn)
    if row is None or row.target_type not in {None, "ip"}:
        return
    for workload in target_group.workloads:
        seen = unhealthy_targets(row, workload, target_group, context)
        if seen is not None and not _is_blocked(row, workload, context):
            yield _fault(row, workload, seen, context)


def _is_blocked(row: elbv2.TargetGroup, workload: Workload, context: Context) -> bool:
    """Whether something on the way explains it.

    Raises:
        NotCollectedError: something may, that was not read.
    """
    return any(
        way.target_group.target_group_arn == row.target_group_arn
        for check_id in ("LBS004", "LBS005", "LBS006")
        for way, _ in blocked_ways(check_id, workload, context)
    )


def _fault(row: elbv2.TargetGroup, workload: Workload, seen: Unhealthy, context: Context) -> Fault:
    name = TaskTargetGroup(row.target_group_arn, ()).ref.id
    registered = next(
        (each for each in load_balancers_of(workload) if each.target_group_arn == row.target_group_arn), None
    )
    traffic_port = (registered.container_port if registered else None) or row.port or 0
    port = health_check_port(row, traffic_port)
    protocol = row.health_check_protocol or row.protocol or ""
    is_http = protocol.startswith("HTTP")
    path = row.health_check_path or "/"
    codes = (row.matcher.http_code or row.matcher.grpc_code) if row.matcher else None
    asks = f"{protocol} {path} on port {port}" if is_http else f"{protocol or 'TCP'} on port {port}"
    asks += f", wanting {codes}" if codes else ""
    unmapped = _unmapped(port, workload, context)
    why = "; ".join(REASONS[reason] for reason in sorted(seen.reasons) if reason in REASONS)
    detail = f"{name} checks {workload.name} by {asks}: {seen.text}" + (f" ({why})" if why else "")
    detail += f"; no container of the task definition maps port {port}" if unmapped else ""
    target_port = proof_of(
        "elbv2:DescribeTargetGroups", name, "HealthCheckPort", row.health_check_port or "traffic-port"
    )
    evidence = [*seen.evidence, target_port]
    if is_http:
        evidence.append(proof_of("elbv2:DescribeTargetGroups", name, "HealthCheckPath", path))
    if codes:
        evidence.append(proof_of("elbv2:DescribeTargetGroups", name, "Matcher", codes))
    if unmapped:
        evidence.append(unmapped)
    values = {"target_group_arn": row.target_group_arn, "port": str(port), "protocol": protocol}
    return Fault(
        detail=detail,
        evidence=tuple(evidence),
        affected=(workload.ref,),
        values=values | ({"path": path} if is_http else {}),
    )


def _unmapped(port: int, workload: Workload, context: Context) -> Evidence | None:
    """That no container maps the port: no proof, as a container may listen on more, and worth knowing."""
    try:
        definition = context.cluster.task_definition(workload)
    except NotCollectedError:
        return None
    if definition is None:
        return None
    mappings = [mapping for container in definition.container_definitions for mapping in container.port_mappings]
    ports = sorted({mapping.container_port for mapping in mappings if mapping.container_port is not None})
    if port in ports or any(mapping.container_port_range for mapping in mappings):
        return None
    field = "containerDefinitions[].portMappings[].containerPort"
    return proof_of("ecs:DescribeTaskDefinition", definition.short_name, field, ", ".join(map(str, ports)) or "none")
