"""Elastic Load Balancing operations."""

from awsvpc_audit.collectors.operation import (
    Ask,
    Operation,
    Paging,
)
from awsvpc_audit.collectors.selection import (
    has_target_groups,
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
)
