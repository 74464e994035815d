"""AWS Systems Manager Parameter Store shapes: what a parameter is called, never its value."""

import msgspec

from awsvpc_audit.model.ec2 import Shape


class ParameterMetadata(Shape, frozen=True, kw_only=True):
    name: str
    arn: str | None = msgspec.field(default=None, name="ARN")
    type: str | None = None
