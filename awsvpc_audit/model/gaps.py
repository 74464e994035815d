"""What could not be read: a value of its own, never an empty list."""

import msgspec


class Missing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One operation that gave no answer, or only part of one.

    Attributes:
        operation: `service:Operation`.
        error: `AccessDenied`, `Throttled`, `Timeout`, `ConnectionError`, `MalformedResponse`, `NotCollected` (never
            asked, because what it depends on is missing) or AWS's own error code.
        message: AWS's words, or ours where AWS said none.
        resources: the ids that stay unknown; empty where that is the whole table.
        because: for `NotCollected`, the operations at the root of it.
    """

    operation: str
    error: str
    message: str = ""
    resources: tuple[str, ...] = ()
    because: tuple[str, ...] = ()


class NotCollectedError(Exception):
    """What was asked for was never read, so the answer is *unknown*.

    Not an `AwsvpcAuditError`: it is a signal to whoever evaluates, and never ends a run.

    Attributes:
        operations: what to be allowed to call, root cause first.
    """

    def __init__(self, operations: tuple[str, ...], what: str = "") -> None:
        super().__init__(f"not collected: {', '.join(operations)}" + (f" ({what})" if what else ""))
        self.operations = operations


_IAM_PREFIX = {"elbv2": "elasticloadbalancing", "efs": "elasticfilesystem", "stepfunctions": "states"}


def iam_action(operation: str) -> str:
    """The IAM action that allows an operation: `elbv2:DescribeTargetGroups` is one of `elasticloadbalancing:`."""
    service, _, name = operation.partition(":")
    return f"{_IAM_PREFIX.get(service, service)}:{name}"
