"""IAM and STS operations."""

from awsvpc_audit.collectors.operation import (
    Ask,
    Operation,
    ids_of,
    one_under,
)
from awsvpc_audit.collectors.selection import (
    instance_profiles,
)
from awsvpc_audit.model import tables

SERVICE_LINKED_ROLE = "AWSServiceRoleForECS"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="sts:GetCallerIdentity",
        result_key="Account",
        entries=lambda response: [{"Account": response["Account"], "Arn": response["Arn"]}],
        asks=(Ask(label="caller", requests=lambda _answers: ({},)),),
        why="which account this is",
    ),
    Operation(
        name="iam:GetInstanceProfile",
        table=tables.INSTANCE_PROFILES,
        entries=one_under("InstanceProfile"),
        subjects=ids_of("InstanceProfileName"),
        absent=frozenset({"NoSuchEntity"}),
        asks=(
            Ask(
                label="by-name",
                after=(
                    "ecs:ListAccountSettings/caller",
                    "ecs:DescribeContainerInstances",
                    "ec2:DescribeInstances",
                ),
                requests=instance_profiles,
            ),
        ),
        why="the role that registers container instances, where an instance lacks its trunk",
    ),
    Operation(
        name="iam:GetRole",
        table=tables.ROLES,
        entries=one_under("Role"),
        subjects=ids_of("RoleName"),
        absent=frozenset({"NoSuchEntity"}),
        asks=(Ask(label="service-linked", requests=lambda _answers: ({"RoleName": SERVICE_LINKED_ROLE},)),),
        why="whether the service-linked role of ECS exists",
    ),
)
