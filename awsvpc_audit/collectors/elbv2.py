"""Elastic Load Balancing operations."""

from awsvpc_audit.collectors.operation import (
    Ask,
    Operation,
    Paging,
    each,
    ids_of,
)
from awsvpc_audit.collectors.selection import (
    has_target_groups,
    load_balancers,
    target_groups,
)
from awsvpc_audit.model import tables

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="elbv2:DescribeTargetGroups",
        table=tables.TARGET_GROUPS,
        paging=Paging(token="Marker", next_token="NextMarker", limit="PageSize", size=400),  # noqa: S106
        asks=(
            Ask(
                label="all",
                after=("ecs:DescribeServices",),
                # By ARN one deleted group would fail the whole batch, and a batch holds 20; a page holds 400.
                requests=lambda answers: ({},) if has_target_groups(answers) else (),
            ),
        ),
        why="target type, VPC and health check of services' target groups",
    ),
    Operation(
        name="elbv2:DescribeLoadBalancers",
        table=tables.LOAD_BALANCERS,
        paging=Paging(token="Marker", next_token="NextMarker", limit="PageSize", size=400),  # noqa: S106
        asks=(
            Ask(
                label="all",
                after=("ecs:DescribeServices",),
                requests=lambda answers: ({},) if has_target_groups(answers) else (),
            ),
        ),
        why="zones and groups of services' load balancers",
    ),
    Operation(
        name="elbv2:DescribeListeners",
        table=tables.LISTENERS,
        paging=Paging(token="Marker", next_token="NextMarker", limit="PageSize", size=400),  # noqa: S106
        subjects=ids_of("LoadBalancerArn"),
        absent=frozenset({"LoadBalancerNotFound"}),
        asks=(
            Ask(
                label="each",
                after=("elbv2:DescribeTargetGroups",),
                requests=lambda answers: each("LoadBalancerArn", load_balancers(answers)),
                # AWS's answer says it too, and other tools leave it out.
                annotate=lambda params: {"LoadBalancerArn": params["LoadBalancerArn"]},
            ),
        ),
        why="ports on which services' load balancers listen",
    ),
    Operation(
        name="elbv2:DescribeTargetHealth",
        table=tables.TARGET_HEALTH,
        subjects=ids_of("TargetGroupArn"),
        absent=frozenset({"TargetGroupNotFound"}),
        asks=(
            Ask(
                label="each",
                after=("ecs:DescribeServices",),
                requests=lambda answers: each("TargetGroupArn", target_groups(answers)),
                annotate=lambda params: {"TargetGroupArn": params["TargetGroupArn"]},
            ),
        ),
        why="health of the tasks behind services' load balancers, and why it is bad",
    ),
)
