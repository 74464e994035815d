"""SUB005."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Evidence, Severity


@check(
    id="SUB005",
    title="Task subnets or task security groups are of different VPCs",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    statements=("S5",),
    symptoms=("start.eni-attach", "start.other", "service.unsteady"),
    proof=(
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration",
        "ec2:DescribeSubnets VpcId",
        "ec2:DescribeSecurityGroups VpcId",
    ),
    fix="Give the service subnets and security groups of one VPC, the one its instances and its load balancer are in.",
    commands=(
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].networkConfiguration.awsvpcConfiguration'"
        ),
    ),
    references=(
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
        f"{DOCS_URL}/task-networking-awsvpc.html",
    ),
    subjects=awsvpc_workloads,
)
def mixed_vpcs(workload: Workload, context: Context) -> Iterator[Fault]:
    """All subnets of an awsvpcConfiguration must be of one VPC, and all its security groups of that VPC.

    A task ENI lies in one subnet and can only have groups of that subnet's VPC. Tasks that ECS starts with a subnet
    and a group of different VPCs get no ENI and do not start.

    ## Why it happens
    Ids were copied from another environment, or a VPC was replaced and only part of the service was updated.

    ## What it cannot see
    A security group can be associated with further VPCs of the Region; AWS lists that apart, and ECS's own reference
    still asks for groups of the same VPC, so such a group is reported. Subnets and groups that do not exist are left
    to SUB003 and SUB004. Standalone tasks do not keep their awsvpcConfiguration and are not judged.
    """
    is_task = workload.service is None and workload.launch is None
    if is_task or len(workload.subnets) + len(workload.security_groups) < 2:
        return
    subnets = {
        subnet.subnet_id: known(subnet.vpc_id, "ec2:DescribeSubnets", "VpcId")
        for subnet in map(context.scope.subnets.get, sorted(workload.subnets))
        if subnet is not None
    }
    values = {"cluster": context.cluster.name, "service": workload.name} if workload.service is not None else {}
    of_subnets = [proof_of("ec2:DescribeSubnets", subnet, "VpcId", vpc) for subnet, vpc in subnets.items()]
    if len(set(subnets.values())) > 1:
        yield Fault(
            detail=f"{workload.name}: task subnets lie in different VPCs: {_listed(subnets)}",
            evidence=tuple(of_subnets),
            values=values,
        )
        return
    groups = {
        group.group_id: known(group.vpc_id, "ec2:DescribeSecurityGroups", "VpcId")
        for group in map(context.scope.security_groups.get, sorted(workload.security_groups))
        if group is not None
    }
    if len({*subnets.values(), *groups.values()}) <= 1:
        return
    of_groups: list[Evidence] = [
        proof_of("ec2:DescribeSecurityGroups", group, "VpcId", vpc) for group, vpc in groups.items()
    ]
    against = f"its task subnets are of {next(iter(subnets.values()))}" if subnets else "they are of different VPCs"
    yield Fault(
        detail=f"{workload.name}: security groups {_listed(groups)}; {against}",
        evidence=(*of_groups, *of_subnets),
        values=values,
    )


def _listed(vpcs: dict[str, str]) -> str:
    return ", ".join(f"{resource_id} of {vpc_id}" for resource_id, vpc_id in vpcs.items())
