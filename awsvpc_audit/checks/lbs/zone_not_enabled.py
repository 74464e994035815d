"""LBS003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._subjects import TaskTargetGroup, task_target_groups
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model import ec2, elbv2


@check(
    id="LBS003",
    title="Load balancer is not enabled in a zone of the task subnets",
    severity=Severity.HIGH,
    resource="load_balancer",
    source="+",
    symptoms=("run.health-elb",),
    proof=(
        "elbv2:DescribeLoadBalancers AvailabilityZones[].ZoneName",
        "elbv2:DescribeTargetGroups LoadBalancerArns",
        "elbv2:DescribeTargetGroups VpcId",
        "ec2:DescribeSubnets AvailabilityZone",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
        "ecs:DescribeServices loadBalancers[].targetGroupArn",
    ),
    fix=(
        "Enable the zone on the load balancer with a subnet there (set-subnets replaces the list: name all of them), "
        "or take the zone's subnet out of the service."
    ),
    commands=(
        "aws ec2 describe-subnets --filters Name=vpc-id,Values={vpc_id} Name=availability-zone,Values={zones}",
        (
            "aws elbv2 describe-load-balancers --load-balancer-arns {load_balancer_arn} "
            "--query 'LoadBalancers[].AvailabilityZones[]'"
        ),
    ),
    references=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html",
        f"{DOCS_URL}/troubleshoot-service-load-balancers.html",
    ),
    subjects=task_target_groups,
)
def zone_not_enabled(target_group: TaskTargetGroup, context: Context) -> Iterator[Fault]:
    """A load balancer sends no traffic to targets in a zone that is not enabled on it.

    Tasks of the service can land in a zone that the load balancer does not serve. Their targets are `unused`
    (Target.NotInUse) there, and ECS replaces the tasks as unhealthy: it works or not by where a task lands.

    ## Why it happens
    A subnet in a further zone was added to the service and not to the load balancer, or the other way round.

    ## What it cannot see
    Targets outside the load balancer's VPC are registered for all zones and are not judged, nor is a target group that
    is gone or has no load balancer yet.
    """
    row = context.scope.target_groups.get(target_group.target_group_arn)
    if row is None or not row.load_balancer_arns:
        return
    for workload in target_group.workloads:
        subnets = [
            subnet
            for subnet in map(context.scope.subnets.get, sorted(set(workload.subnets)))
            if subnet is not None and subnet.vpc_id == row.vpc_id
        ]
        for arn in sorted(row.load_balancer_arns):
            load_balancer = context.scope.load_balancers.get(arn)
            if load_balancer is not None and load_balancer.type != "gateway":
                yield from _judge(load_balancer, workload, subnets)


def _judge(load_balancer: elbv2.LoadBalancer, workload: Workload, subnets: list[ec2.Subnet]) -> Iterator[Fault]:
    enabled = {zone.zone_name for zone in load_balancer.availability_zones if zone.zone_name}
    outside = {
        subnet.subnet_id: zone
        for subnet in subnets
        if (zone := known(subnet.availability_zone, "ec2:DescribeSubnets", "AvailabilityZone")) not in enabled
    }
    if not outside:
        return
    arn = load_balancer.load_balancer_arn
    name = load_balancer.load_balancer_name or arn.rsplit("/", 2)[-2]
    zones = sorted(set(outside.values()))
    where = ", ".join(f"{subnet_id} in {zone}" for subnet_id, zone in outside.items())
    field = "AvailabilityZones[].ZoneName"
    listed = ", ".join(sorted(enabled))
    evidence: list[Evidence] = [proof_of("elbv2:DescribeLoadBalancers", name, field, listed)]
    evidence += [
        proof_of("ec2:DescribeSubnets", subnet_id, "AvailabilityZone", zone) for subnet_id, zone in outside.items()
    ]
    yield Fault(
        detail=(
            f"{name} is enabled in {listed or 'no zone'}, not in {', '.join(zones)}; "
            f"{workload.name} has task subnets there: {where}"
        ),
        evidence=tuple(evidence),
        resource=ResourceRef(type="load_balancer", id=name, arn=arn),
        affected=(workload.ref,),
        values={"zones": ",".join(zones), "load_balancer_arn": arn}
        | ({"vpc_id": load_balancer.vpc_id} if load_balancer.vpc_id else {}),
    )
