"""Roles and instance profiles."""

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, never
from awsvpc_audit.analyzers.configuration.members import Names, Policy
from awsvpc_audit.model import tables
from awsvpc_audit.model.iam import SERVICE_LINKED_ROLE

KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.ROLES,
        type="iam_role",
        key=by("RoleName"),
        id=by("RoleName"),
        arn="Arn",
        # Roles of tasks are asked for where tasks do not start.
        is_news=lambda row: row["RoleName"] == SERVICE_LINKED_ROLE,
        members=(Policy("AssumeRolePolicyDocument"),),
    ),
    Kind(
        table=tables.INSTANCE_PROFILES,
        type="instance_profile",
        key=by("InstanceProfileName"),
        id=by("InstanceProfileName"),
        arn="Arn",
        is_news=never,
        members=(Names("Roles", "RoleName"),),
    ),
)
"""In the order of a report."""
