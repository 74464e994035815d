"""Auto Scaling groups."""

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, plain
from awsvpc_audit.analyzers.configuration.members import Names
from awsvpc_audit.model import tables

KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.AUTO_SCALING_GROUPS,
        type="auto_scaling_group",
        key=by("AutoScalingGroupName"),
        id=by("AutoScalingGroupName"),
        arn="AutoScalingGroupARN",
        members=(
            *plain("MinSize", "MaxSize"),
            Names("AvailabilityZones"),
            Names("SuspendedProcesses", "ProcessName"),
        ),
    ),
)
"""In the order of a report."""
