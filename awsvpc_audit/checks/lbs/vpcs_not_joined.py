"""LBS006."""

from collections.abc import Iterator
from dataclasses import replace

from awsvpc_audit.analyzers.reachability.trace import Block
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.checks.lbs._ways import Way, blocked_ways, fault_of, target_group_ref, ways
from awsvpc_audit.findings import Severity


@check(
    id="LBS006",
    title="Target group and tasks are in different VPCs that nothing joins",
    severity=Severity.HIGH,
    resource="target_group",
    source="+",
    symptoms=("run.health-elb", "service.unsteady"),
    proof=(
        "elbv2:DescribeTargetGroups VpcId",
        "elbv2:DescribeLoadBalancers AvailabilityZones[].SubnetId",
        "ec2:DescribeSubnets VpcId",
        "ec2:DescribeRouteTables Routes",
        "ec2:DescribeVpcEndpoints RouteTableIds",
        "ec2:DescribeVpcPeeringConnections Status",
        "ec2:DescribeTransitGatewayVpcAttachments State",
        "ec2:SearchTransitGatewayRoutes Routes",
        "ec2:DescribeSecurityGroups IpPermissions",
        "ec2:DescribeNetworkAcls Entries",
        "ec2:DescribeVpcs CidrBlockAssociationSet",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
    ),
    fix=(
        "Create a target group and load balancer in the VPC of the tasks, or join the VPCs by peering or a transit "
        "gateway with routes in both directions."
    ),
    commands=(
        (
            "aws elbv2 describe-target-groups --target-group-arns {target_group_arn} "
            "--query 'TargetGroups[].[VpcId,LoadBalancerArns]'"
        ),
        "aws ec2 describe-route-tables --filters Name=vpc-id,Values={vpc_id},{task_vpc_id}",
    ),
    references=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
        f"{DOCS_URL}/alb.html",
    ),
    subjects=awsvpc_workloads,
)
def vpcs_not_joined(workload: Workload, context: Context) -> Iterator[Fault]:
    """Targets of type `ip` may lie in another VPC than their load balancer, as long as packets get there and back.

    From the subnets of this load balancer no route leads to the task subnets: there is no peering connection and no
    transit gateway, or one of the two sides has no route to it.

    ## Why it happens
    The target group of another environment was given to the service, or a route was added on one side of a peering
    connection only.

    ## What it cannot see
    What lies behind a transit gateway, a VPN or a peering connection that was not read: such a way is not judged.
    """
    every = [way for way in ways(workload, context) if way.crosses_vpcs and way.load_balancer is None]
    for way, block in blocked_ways("LBS006", workload, context):
        # Without a load balancer nobody knows the subnets that it will be in: one that gets there is enough.
        if way.load_balancer is not None or all(other.check_id == "LBS006" for other in every):
            yield _fault(way, block)


def _fault(way: Way, block: Block) -> Fault:
    name = target_group_ref(way.target_group)
    there, here = way.source.place.subnet.vpc_id, way.target.place.subnet.vpc_id
    return replace(
        fault_of(way, block),
        detail=f"{name.id} is in {there}, the tasks of {way.workload.name} are in {here}: {block.reason}",
        evidence=(
            proof_of("elbv2:DescribeTargetGroups", name.id, "VpcId", way.target_group.vpc_id or there),
            proof_of("ec2:DescribeSubnets", way.target.place.subnet_id, "VpcId", here),
            *block.evidence,
        ),
        resource=name,
    )
