"""LBS001."""

from collections.abc import Iterator

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._subjects import TaskTargetGroup, task_target_groups
from awsvpc_audit.findings import Severity


@check(
    id="LBS001",
    title="Target group of an awsvpc service does not take IP addresses",
    severity=Severity.CRITICAL,
    resource="target_group",
    source="doc",
    statements=("S25", "S34"),
    symptoms=("run.health-elb", "service.unsteady"),
    proof=(
        "elbv2:DescribeTargetGroups TargetType",
        "ecs:DescribeServices loadBalancers[].targetGroupArn",
    ),
    fix=(
        "Create a target group with target type ip (the type of a target group cannot be changed), point the listener "
        "at it, and give it to the service."
    ),
    commands=(
        (
            "aws elbv2 create-target-group --name {new_name} --target-type ip --protocol {protocol} --port {port} "
            "--vpc-id {vpc_id}"
        ),
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        f"{DOCS_URL}/alb.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
    ),
    subjects=task_target_groups,
)
def target_type_not_ip(target_group: TaskTargetGroup, context: Context) -> Iterator[Fault]:
    """A task in awsvpc mode has an address of its own and is registered with it: the target type must be `ip`.

    This target group takes something else, so ECS cannot register the tasks, and the service does not become steady.

    ## Why it happens
    `instance` is the default type of a target group, and right for tasks in bridge or host mode; the service was
    changed to awsvpc later, or a template was copied.

    ## What it cannot see
    A target group that is gone: ECS says so itself in its service events.
    """
    row = context.scope.target_groups.get(target_group.target_group_arn)
    if row is None:
        return
    target_type = known(row.target_type, "elbv2:DescribeTargetGroups", "TargetType")
    if target_type == "ip":
        return
    services = ", ".join(workload.name for workload in target_group.workloads)
    values = {"new_name": f"{target_group.ref.id[:29]}-ip"}
    values |= {"protocol": row.protocol} if row.protocol else {}
    values |= {"port": str(row.port)} if row.port else {}
    values |= {"vpc_id": row.vpc_id} if row.vpc_id else {}
    yield Fault(
        detail=f"{target_group.ref.id} has target type {target_type}; awsvpc tasks of {services} need ip",
        evidence=(
            proof_of("elbv2:DescribeTargetGroups", target_group.ref.id, "TargetType", target_type),
            *(
                proof_of(
                    "ecs:DescribeServices",
                    workload.name,
                    "loadBalancers[].targetGroupArn",
                    target_group.target_group_arn,
                )
                for workload in target_group.workloads
            ),
        ),
        values=values,
    )
