"""Amazon EFS: mount targets."""

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, never, plain
from awsvpc_audit.analyzers.configuration.members import Names
from awsvpc_audit.model import tables

KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.MOUNT_TARGETS,
        type="mount_target",
        key=by("MountTargetId"),
        id=by("MountTargetId"),
        label=lambda row: row.get("FileSystemId"),
        members=plain("LifeCycleState", "SubnetId", "IpAddress"),
    ),
    Kind(
        table=tables.MOUNT_TARGET_SECURITY_GROUPS,
        type="mount_target",
        key=by("MountTargetId"),
        id=by("MountTargetId"),
        is_news=never,
        members=(Names("SecurityGroups"),),
    ),
)
"""In the order of a report."""
