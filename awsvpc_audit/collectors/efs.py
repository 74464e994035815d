"""Amazon EFS operations."""

from awsvpc_audit.collectors.operation import Ask, Operation, Paging, each, ids_of
from awsvpc_audit.collectors.selection import file_systems
from awsvpc_audit.model import tables

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="efs:DescribeMountTargets",
        table=tables.MOUNT_TARGETS,
        paging=Paging(token="Marker", next_token="NextMarker", limit="MaxItems", size=100),  # noqa: S106
        subjects=ids_of("FileSystemId"),
        absent=frozenset({"FileSystemNotFound"}),
        asks=(
            Ask(
                label="by-file-system",
                after=("ecs:DescribeTaskDefinition",),
                requests=lambda answers: each("FileSystemId", file_systems(answers)),
            ),
        ),
        why="in which zones the file systems of task definitions can be mounted",
    ),
    Operation(
        name="efs:DescribeMountTargetSecurityGroups",
        table=tables.MOUNT_TARGET_SECURITY_GROUPS,
        entries=lambda response: [{"SecurityGroups": list(response["SecurityGroups"])}],
        subjects=ids_of("MountTargetId"),
        absent=frozenset({"MountTargetNotFound", "IncorrectMountTargetState"}),
        asks=(
            Ask(
                label="by-id",
                after=("efs:DescribeMountTargets",),
                requests=lambda answers: each(
                    "MountTargetId",
                    {target["MountTargetId"] for target in answers.entries("efs:DescribeMountTargets")},
                ),
                annotate=lambda params: {"MountTargetId": params["MountTargetId"]},
            ),
        ),
        why="whom the mount targets admit",
    ),
)
