"""The container instances on Amazon EC2: those to which the rules on task ENIs, agents and trunks apply."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ec2, ecs
from awsvpc_audit.model.scope import Scope


class InScope(Protocol):
    """What lies in an account and Region: a cluster, or the context of a check."""

    @property
    def scope(self) -> Scope:
        """The account and Region."""


@dataclass(frozen=True)
class Host:
    """A container instance on Amazon EC2, and the EC2 instance under it.

    External instances (ECS Anywhere) and Managed Instances are none: the rules on task ENIs, agents and trunks do not
    apply to them.
    """

    container_instance: ecs.ContainerInstance

    @property
    def ref(self) -> ResourceRef:
        """Named by its EC2 instance id."""
        return ResourceRef(
            type="instance",
            id=self.container_instance.instance_id,
            arn=self.container_instance.container_instance_arn,
        )

    @property
    def id(self) -> str:
        """Its EC2 instance id."""
        return self.container_instance.instance_id

    @cached_property
    def is_windows(self) -> bool:
        """By `ecs.os-type`."""
        return (self.container_instance.attribute("ecs.os-type") or "").lower() == "windows"

    @property
    def takes_or_will_take_tasks(self) -> bool:
        """Whether it is in service or about to be; a host on its way out is nobody's fault to mend."""
        return self.container_instance.status in {None, "ACTIVE", "REGISTERING"}

    def instance(self, within: InScope) -> ec2.Instance | None:
        """`ec2:DescribeInstances` on it; ``None`` where it is proven to be gone.

        Raises:
            NotCollectedError: it was not read.
        """
        return within.scope.instances.get(self.id)

    def instance_type(self, within: InScope) -> str | None:
        """Its type, as ECS has it in `ecs.instance-type`, else as EC2 has it; ``None`` where neither says so.

        Raises:
            NotCollectedError: ECS does not say, and EC2 was not read.
        """
        registered = self.container_instance.attribute("ecs.instance-type")
        if registered:
            return registered
        instance = self.instance(within)
        return instance.instance_type if instance else None


def hosts_of(cluster: Cluster) -> Iterator[Host]:
    """Container instances of a cluster on EC2, Linux and Windows, of any status but gone, by instance id.

    Raises:
        NotCollectedError: the container instances were not, or not all, read.
    """
    yield from cluster.once(
        "hosts",
        lambda: tuple(Host(instance) for instance in cluster.container_instances if is_ec2_host(instance, cluster)),
    )


def is_ec2_host(instance: ecs.ContainerInstance, cluster: Cluster) -> bool:
    """Whether a container instance is an EC2 instance that its owner runs."""
    if instance.has_attribute("ecs.capability.external") or instance.instance_id.startswith("mi-"):
        return False
    if instance.capacity_provider_name is None:
        return True
    provider = cluster.scope.capacity_providers.peek(instance.capacity_provider_name)
    return not (provider and (provider.type == "MANAGED_INSTANCES" or provider.managed_instances_provider))
