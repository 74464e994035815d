"""AWS Systems Manager operations: never one that answers with a parameter's value."""

from awsvpc_audit.collectors.failing_starts import AFTER, parameters, parameters_asked
from awsvpc_audit.collectors.operation import Ask, Entry, Operation, Paging, Response
from awsvpc_audit.model import tables

_KEPT = ("Name", "ARN", "Type", "KeyId")


def _parameters(response: Response) -> list[Entry]:
    return [{member: row[member] for member in _KEPT if member in row} for row in response["Parameters"]]


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="ssm:DescribeParameters",
        table=tables.PARAMETERS,
        entries=_parameters,
        paging=Paging(size=50),
        subjects=parameters_asked,
        asks=(Ask(label="by-name", after=AFTER, requests=parameters),),
        why="whether the parameter exists, of tasks that do not start; its value is never read",
    ),
)
