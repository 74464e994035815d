"""Amazon EC2 Auto Scaling shapes. Field names are AWS's in snake_case."""

from datetime import datetime

import msgspec

from awsvpc_audit.model.ec2 import Shape


class SuspendedProcess(Shape, frozen=True, kw_only=True):
    process_name: str | None = None
    suspension_reason: str | None = None


class AutoScalingGroup(Shape, frozen=True, kw_only=True):
    auto_scaling_group_name: str
    auto_scaling_group_arn: str | None = msgspec.field(default=None, name="AutoScalingGroupARN")
    min_size: int | None = None
    max_size: int | None = None
    desired_capacity: int | None = None
    availability_zones: tuple[str, ...] = ()
    suspended_processes: tuple[SuspendedProcess, ...] = ()


class Activity(Shape, frozen=True, kw_only=True):
    """One attempt of a group to start or stop an instance."""

    activity_id: str
    auto_scaling_group_name: str | None = None
    status_code: str | None = None
    status_message: str | None = None
    description: str | None = None
    cause: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
