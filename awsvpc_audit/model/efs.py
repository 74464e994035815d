"""Amazon EFS shapes, as its API answers them."""

from awsvpc_audit.model.ec2 import Shape


class MountTarget(Shape, frozen=True, kw_only=True):
    mount_target_id: str
    file_system_id: str | None = None
    subnet_id: str | None = None
    vpc_id: str | None = None
    availability_zone_id: str | None = None
    availability_zone_name: str | None = None
    life_cycle_state: str | None = None
    ip_address: str | None = None
    network_interface_id: str | None = None


class MountTargetSecurityGroups(Shape, frozen=True, kw_only=True):
    mount_target_id: str
    """Not in AWS's answer: what was asked for, added while collecting."""
    security_groups: tuple[str, ...] = ()
