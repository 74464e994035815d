"""IAM and STS operations."""

from awsvpc_audit.collectors import failing_starts
from awsvpc_audit.collectors.operation import Ask, Operation, Paging, ids_of, one_under
from awsvpc_audit.collectors.selection import instance_profiles
from awsvpc_audit.model import tables
from awsvpc_audit.model.iam import SERVICE_LINKED_ROLE

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
                    "ec2:DescribeInstances/by-id",
                ),
                requests=instance_profiles,
            ),
            Ask(
                label="of-hosts-where-tasks-do-not-start",
                after=("ecs:ListAccountSettings/caller", "ec2:DescribeInstances/by-id", *failing_starts.AFTER),
                requests=failing_starts.instance_profiles,
            ),
        ),
        why="the role of container instances, where an instance lacks its trunk or tasks on it do not start",
    ),
    Operation(
        name="iam:GetRole",
        table=tables.ROLES,
        entries=one_under("Role"),
        subjects=ids_of("RoleName"),
        absent=frozenset({"NoSuchEntity"}),
        asks=(
            Ask(label="service-linked", requests=lambda _answers: ({"RoleName": SERVICE_LINKED_ROLE},)),
            Ask(label="of-failing-starts", after=failing_starts.AFTER, requests=failing_starts.roles),
        ),
        why="whether the service-linked role of ECS exists, and the roles of tasks that do not start",
    ),
    Operation(
        name="iam:SimulatePrincipalPolicy",
        table=tables.SIMULATIONS,
        paging=Paging(token="Marker", limit="MaxItems", size=1000),  # noqa: S106 - the name of a member
        subjects=ids_of("PolicySourceArn"),
        absent=frozenset({"NoSuchEntity"}),
        asks=(
            Ask(
                label="of-failing-starts",
                after=("iam:GetInstanceProfile", "secretsmanager:DescribeSecret", *failing_starts.AFTER),
                requests=failing_starts.simulations,
                annotate=lambda params: {"PolicySourceArn": params["PolicySourceArn"]},
            ),
        ),
        why="whether the roles of tasks that do not start may do what a start needs",
    ),
)
