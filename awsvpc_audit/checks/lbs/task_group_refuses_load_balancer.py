"""LBS004."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.checks.lbs._ways import blocked_ways, fault_of
from awsvpc_audit.findings import Severity


@check(
    id="LBS004",
    title="Task security groups do not admit the load balancer",
    severity=Severity.CRITICAL,
    resource="security_group",
    source="+",
    statements=("S19",),
    symptoms=("run.health-elb", "service.unsteady"),
    proof=(
        "ec2:DescribeSecurityGroups IpPermissions",
        "elbv2:DescribeLoadBalancers SecurityGroups",
        "elbv2:DescribeTargetGroups HealthCheckPort",
        "ecs:DescribeServices loadBalancers[].containerPort",
        "ec2:DescribeSubnets CidrBlock",
        "ec2:DescribeVpcs CidrBlockAssociationSet",
        "ec2:DescribeRouteTables Routes",
        "ec2:DescribeVpcEndpoints RouteTableIds",
        "ec2:DescribeNetworkAcls Entries",
    ),
    fix="Let the task security group admit the load balancer's group, or its subnets where it has none, on that port.",
    commands=(
        (
            "aws ec2 authorize-security-group-ingress --group-id {task_group} --ip-permissions "
            "'IpProtocol={protocol},FromPort={port},ToPort={port},UserIdGroupPairs=[{GroupId={load_balancer_group}}]'"
        ),
        (
            "aws ec2 authorize-security-group-ingress --group-id {task_group} --ip-permissions "
            "'IpProtocol={protocol},FromPort={port},ToPort={port},IpRanges=[{CidrIp={cidr}}]'"
        ),
    ),
    references=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html",
        f"{DOCS_URL}/alb.html",
    ),
    subjects=awsvpc_workloads,
)
def task_group_refuses_load_balancer(workload: Workload, context: Context) -> Iterator[Fault]:
    """No inbound rule of the task's security groups admits the load balancer on the port of the container.

    The same holds for the port of the health check where that is another one. Health checks time out, targets become
    unhealthy, and ECS replaces the tasks again and again.

    What is admitted must be a group of the load balancer, or the addresses of all its subnets: an Application Load
    Balancer takes other addresses at will. A Network Load Balancer without groups is known by its addresses alone.

    ## Why it happens
    The container port was changed, the health check got a port of its own, or the service was moved from dynamic host
    ports to awsvpc; the rule stayed as it was. Or the rule names the group of another load balancer.

    ## What it cannot see
    Whose addresses a Network Load Balancer passes on with the traffic (client IP preservation): a port that only
    traffic uses counts as open there once the group admits anybody.
    """
    gone = [group for group in workload.security_groups if context.scope.security_groups.peek(group) is None]
    for way, block in blocked_ways("LBS004", workload, context):
        # A group that is gone is SUB004's, and may have admitted what is missing here.
        if not gone:
            yield fault_of(way, block)
