"""Amazon EC2 Auto Scaling operations."""

from collections.abc import Iterable

from awsvpc_audit.collectors.operation import Answers, Ask, Operation, Paging, Params, batches, each, ids_of
from awsvpc_audit.collectors.selection import auto_scaling_groups, wanting
from awsvpc_audit.model import tables

GROUPS_PER_CALL = 100
"""As many as a page holds."""


def _activities(answers: Answers) -> Iterable[Params]:
    """The newest activities of each group, where tasks are wanting: they say why no instance came."""
    return each("AutoScalingGroupName", auto_scaling_groups(answers), MaxRecords=100) if wanting(answers) else ()


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="autoscaling:DescribeAutoScalingGroups",
        table=tables.AUTO_SCALING_GROUPS,
        paging=Paging(limit="MaxRecords", size=100),
        subjects=ids_of("AutoScalingGroupNames"),
        asks=(
            Ask(
                label="by-name",
                after=("ecs:DescribeCapacityProviders",),
                requests=lambda answers: (
                    {"AutoScalingGroupNames": batch} for batch in batches(auto_scaling_groups(answers), GROUPS_PER_CALL)
                ),
            ),
        ),
        why="whether the Auto Scaling groups behind capacity providers can grow",
    ),
    Operation(
        name="autoscaling:DescribeScalingActivities",
        table=tables.SCALING_ACTIVITIES,
        # Without pages: the newest come first, and six weeks of them would be many.
        subjects=ids_of("AutoScalingGroupName"),
        asks=(
            Ask(
                label="newest",
                after=("ecs:DescribeCapacityProviders", "ecs:DescribeServices"),
                requests=_activities,
            ),
        ),
        why="why an Auto Scaling group does not grow, where tasks are wanting",
    ),
)
