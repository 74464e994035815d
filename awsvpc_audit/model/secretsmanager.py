"""AWS Secrets Manager shapes: what a secret is called and whether it is to be deleted, never its value."""

from datetime import datetime

import msgspec

from awsvpc_audit.model.ec2 import Shape


class Secret(Shape, frozen=True, kw_only=True):
    arn: str | None = msgspec.field(default=None, name="ARN")
    name: str | None = None
    secret_id: str | None = None
    """Not in AWS's answer: what was asked for, added while collecting."""
    deleted_date: datetime | None = None
    kms_key_id: str | None = None
    """The customer's key that it is encrypted with: an ARN, or an id; absent where it is AWS's own."""

    @property
    def known_as(self) -> tuple[str, ...]:
        """What task definitions may call it: by ARN, with or without the random suffix, or by name."""
        partial = self.arn[:-7] if self.arn and self.arn[-7:-6] == "-" else None
        return tuple(dict.fromkeys(each for each in (self.secret_id, self.arn, partial, self.name) if each))
