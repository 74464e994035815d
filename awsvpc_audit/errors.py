"""Errors that end a run, each with a message that says what happened and what to do next."""


class AwsvpcAuditError(Exception):
    """Root of every error that this package raises on purpose."""


class UsageError(AwsvpcAuditError):
    """The caller asked for something that does not exist or does not fit together (exit code 2)."""


class CollectError(AwsvpcAuditError):
    """Nothing could be audited: no credentials, no such cluster, endpoint unreachable (exit code 3)."""


class SnapshotError(AwsvpcAuditError):
    """A snapshot cannot be read or written; the message names the file and, where there is one, the field."""


class NotFoundError(AwsvpcAuditError):
    """The named cluster, service or task is not in what was read (exit code 3); the message has near matches."""


class WriteRefusedError(AwsvpcAuditError):
    """An AWS operation that is not a read was about to be sent. Always a defect of this program."""
