"""AWS Secrets Manager operations: never one that answers with a value."""

from awsvpc_audit.collectors.failing_starts import AFTER, secrets
from awsvpc_audit.collectors.operation import Ask, Entry, Operation, Response, ids_of
from awsvpc_audit.model import tables

_KEPT = ("ARN", "Name", "DeletedDate", "KmsKeyId")
"""What says whether a secret exists and can be read. Descriptions and rotation are nobody's business here."""


def _secret(response: Response) -> list[Entry]:
    return [{member: response[member] for member in _KEPT if member in response}]


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="secretsmanager:DescribeSecret",
        table=tables.SECRETS,
        entries=_secret,
        subjects=ids_of("SecretId"),
        absent=frozenset({"ResourceNotFoundException"}),
        asks=(
            Ask(
                label="by-id",
                after=AFTER,
                requests=secrets,
                annotate=lambda params: {"SecretId": params["SecretId"]},
            ),
        ),
        why="whether the secret exists, of tasks that do not start; its value is never read",
    ),
)
