"""IAM shapes."""

from typing import Any

from awsvpc_audit.model.ec2 import Shape


class Role(Shape, frozen=True, kw_only=True):
    role_name: str
    arn: str | None = None
    path: str | None = None
    assume_role_policy_document: dict[str, Any] | str | None = None


class InstanceProfile(Shape, frozen=True, kw_only=True):
    instance_profile_name: str
    arn: str | None = None
    roles: tuple[Role, ...] = ()
