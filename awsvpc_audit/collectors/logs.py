"""Amazon CloudWatch Logs operations."""

from awsvpc_audit.collectors.failing_starts import AFTER, log_groups
from awsvpc_audit.collectors.operation import Ask, Operation, Paging, ids_of
from awsvpc_audit.model import tables

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="logs:DescribeLogGroups",
        table=tables.LOG_GROUPS,
        paging=Paging(token="nextToken", limit="limit", size=50),  # noqa: S106 - the name of a member
        subjects=ids_of("logGroupNamePrefix"),
        asks=(Ask(label="by-name", after=AFTER, requests=log_groups),),
        why="whether the log group exists, of tasks that do not start",
    ),
)
