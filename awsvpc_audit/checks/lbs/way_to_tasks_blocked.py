"""LBS005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.checks.lbs._ways import blocked_ways, fault_of
from awsvpc_audit.findings import Severity


@check(
    id="LBS005",
    title="The load balancer's own group or a network ACL blocks the way to the tasks",
    severity=Severity.CRITICAL,
    resource="security_group",
    source="+",
    statements=("S19",),
    symptoms=("run.health-elb", "service.unsteady"),
    proof=(
        "ec2:DescribeSecurityGroups IpPermissionsEgress",
        "ec2:DescribeNetworkAcls Entries",
        "elbv2:DescribeLoadBalancers AvailabilityZones[].SubnetId",
        "elbv2:DescribeTargetGroups HealthCheckPort",
        "ecs:DescribeServices loadBalancers[].containerPort",
        "ec2:DescribeSubnets CidrBlock",
        "ec2:DescribeVpcs CidrBlockAssociationSet",
        "ec2:DescribeRouteTables Routes",
        "ec2:DescribeVpcEndpoints RouteTableIds",
    ),
    fix=(
        "Let the load balancer's group send to the task group on that port; let the ACLs of both subnets pass the port "
        "one way and ports 1024-65535 the other."
    ),
    commands=(
        (
            "aws ec2 authorize-security-group-egress --group-id {security_group_id} --ip-permissions "
            "'IpProtocol={protocol},FromPort={port},ToPort={port},UserIdGroupPairs=[{GroupId={task_group}}]'"
        ),
        "aws ec2 describe-network-acls --network-acl-ids {network_acl_id} --query 'NetworkAcls[].Entries[]'",
    ),
    references=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html",
        f"{DOCS_URL}/alb.html",
    ),
    subjects=awsvpc_workloads,
)
def way_to_tasks_blocked(workload: Workload, context: Context) -> Iterator[Fault]:
    """Something between the load balancer and the task drops the packet or its reply.

    It is the outbound rules of the load balancer's own security group, or the network ACL of its subnet or of the task
    subnet. Network ACLs keep no state: the reply needs a rule of its own, for all ports from 1024 to 65535, as a load
    balancer takes any of them for its side. Where only some of them pass, connections fail by chance.

    ## Why it happens
    The outbound rules of the load balancer's group were narrowed to a port that the container no longer has. Or ACLs
    were written with the internet in mind, and forbid what subnets say to each other.

    ## What it cannot see
    Cross-zone load balancing of Network Load Balancers: only the way inside each zone is looked at. An appliance that
    routes between the two subnets lead to is not judged.
    """
    for way, block in blocked_ways("LBS005", workload, context):
        yield fault_of(way, block)
