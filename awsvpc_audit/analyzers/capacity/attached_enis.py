"""The ENIs on a container instance, with all that the two answers of EC2 say of each."""

import re
from dataclasses import dataclass
from typing import Literal, TypeVar

from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.model import ec2

_ATTACHMENT = re.compile(r"arn:[^:]+:ecs:[^:]+:\d{12}:attachment/(?:.+/)?([0-9A-Za-z-]+)")

T = TypeVar("T")


def ecs_attachment_id(description: str | None) -> str | None:
    """The id of the ECS attachment that an ENI's description names; ``None`` where it names none.

    ECS writes `arn:aws:ecs:us-east-1:123456789012:attachment/<uuid>` there for trunks and task ENIs.
    """
    match = _ATTACHMENT.fullmatch(description or "")
    return match[1] if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedEni:
    """An ENI on a container instance, with all that either answer of EC2 says of it.

    Attributes:
        network_interface_id: its id.
        operation: the answer that shows the attachment; `resource` and `path` lead to it.
        description: ``None`` where it could not be read.
        interface_type: `interface`, `trunk`, `efa` …; ``None`` where it could not be read.
        device_index: place on its network card; ``None`` where the answer leaves it out.
        attachment_id: of the EC2 attachment.
    """

    network_interface_id: str
    operation: Literal["ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces"]
    instance_id: str
    description: str | None
    interface_type: str | None
    device_index: int | None
    network_card_index: int
    attachment_id: str | None
    private_ip_address: str | None
    subnet_id: str | None

    @property
    def attachment_uuid(self) -> str | None:
        """The id of the ECS attachment that its description names; ``None`` for an ENI that ECS did not create."""
        return ecs_attachment_id(self.description)

    @property
    def resource(self) -> str:
        """The resource whose description shows the attachment."""
        return self.instance_id if self.operation == "ec2:DescribeInstances" else self.network_interface_id

    def path(self, member: str) -> str:
        """AWS's path to one of its members in that answer."""
        if self.operation == "ec2:DescribeInstances":
            return f"NetworkInterfaces[{self.network_interface_id}].{member}"
        return member


def attached_enis(host: Host, cluster: Cluster) -> tuple[AttachedEni, ...]:
    """The ENIs on an instance, by network card and device index; branch ENIs are not among them.

    Those that `ec2:DescribeInstances` lists, completed by `ec2:DescribeNetworkInterfaces` where that was read. Where
    the instance lists none, which some sources do not fill, those that name the instance in their attachment.

    Raises:
        NotCollectedError: neither answer shows them.
    """
    scope = cluster.scope
    instance = host.instance(cluster)
    if instance is not None and instance.network_interfaces:
        found = [
            _listed(eni, scope.network_interfaces.peek(eni.network_interface_id), host)
            for eni in instance.network_interfaces
        ]
    else:
        found = [
            _by_itself(eni, attachment, host)
            for eni in scope.network_interfaces_of_instance(host.id)
            if (attachment := eni.attachment) is not None and attachment.status != "detached"
        ]
    return tuple(
        sorted(
            found,
            key=lambda e: (
                e.network_card_index,
                e.device_index if e.device_index is not None else 1 << 16,
                e.network_interface_id,
            ),
        )
    )


def _listed(eni: ec2.InstanceNetworkInterface, described: ec2.NetworkInterface | None, host: Host) -> AttachedEni:
    attachment = eni.attachment
    more = described.attachment if described else None
    index = attachment.device_index if attachment else None
    card = attachment.network_card_index if attachment else None
    return AttachedEni(
        network_interface_id=eni.network_interface_id,
        operation="ec2:DescribeInstances",
        instance_id=host.id,
        description=_first(eni.description, described.description if described else None),
        interface_type=_first(described.interface_type if described else None, eni.interface_type),
        device_index=_first(index, more.device_index if more else None),
        network_card_index=_first(card, more.network_card_index if more else None) or 0,
        attachment_id=_first(attachment.attachment_id if attachment else None, more.attachment_id if more else None),
        private_ip_address=eni.private_ip_address,
        subnet_id=_first(eni.subnet_id, described.subnet_id if described else None),
    )


def _by_itself(eni: ec2.NetworkInterface, attachment: ec2.NetworkInterfaceAttachment, host: Host) -> AttachedEni:
    return AttachedEni(
        network_interface_id=eni.network_interface_id,
        operation="ec2:DescribeNetworkInterfaces",
        instance_id=host.id,
        description=eni.description or "",
        interface_type=eni.interface_type,
        device_index=attachment.device_index,
        network_card_index=attachment.network_card_index or 0,
        attachment_id=attachment.attachment_id,
        private_ip_address=eni.private_ip_address,
        subnet_id=eni.subnet_id,
    )


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)
