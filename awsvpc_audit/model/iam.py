"""IAM shapes."""

from typing import Any

from awsvpc_audit.model.ec2 import Shape

SERVICE_LINKED_ROLE = "AWSServiceRoleForECS"
"""The name of the role as which ECS makes ENIs and registers targets; AWS makes it with the first cluster."""


class Role(Shape, frozen=True, kw_only=True):
    role_name: str
    arn: str | None = None
    path: str | None = None
    assume_role_policy_document: dict[str, Any] | str | None = None


class InstanceProfile(Shape, frozen=True, kw_only=True):
    instance_profile_name: str
    arn: str | None = None
    roles: tuple[Role, ...] = ()


class ResourceSpecificResult(Shape, frozen=True, kw_only=True):
    eval_resource_name: str = ""
    eval_resource_decision: str | None = None
    missing_context_values: tuple[str, ...] = ()


class EvaluationResult(Shape, frozen=True, kw_only=True):
    """One answer of the IAM policy simulator."""

    policy_source_arn: str | None = None
    """Not in AWS's answer: what was asked for, added while collecting."""
    eval_action_name: str = ""
    eval_resource_name: str | None = None
    eval_decision: str | None = None
    missing_context_values: tuple[str, ...] = ()
    resource_specific_results: tuple[ResourceSpecificResult, ...] = ()
