"""The container instances that awsvpc tasks may run on, with the workloads that suffer with each."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.hosts import Host, hosts_of
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model.gaps import NotCollectedError


@dataclass(frozen=True)
class AwsvpcHost(Host):
    """A container instance on EC2, and the awsvpc workloads that ECS may place on it: at least one."""

    workloads: tuple[Workload, ...]
    affected: tuple[ResourceRef, ...]
    """The workloads that may run on it, as findings name them: one tuple for all hosts alike, for there may be many."""

    def values(self, context: Context) -> dict[str, str]:
        """What the placeholders of commands about it stand for."""
        return {
            "cluster": context.cluster.name,
            "region": context.scope.region,
            "instance_id": self.id,
            "container_instance": self.container_instance.container_instance_arn,
        }

    def label(self) -> str:
        """How a sentence names it: id, type and Availability Zone, as far as ECS has them."""
        known = (self.container_instance.attribute(a) for a in ("ecs.instance-type", "ecs.availability-zone"))
        about = ", ".join(value for value in known if value)
        return f"{self.id} ({about})" if about else self.id


def awsvpc_hosts_of_any_status(context: Context) -> Iterator[AwsvpcHost]:
    """Every container instance on EC2 that awsvpc workloads may run on.

    None where nothing in awsvpc mode runs, or wants to run, on EC2: then the rules on its instances have no object, and
    what was not read of them is no loss.
    """
    workloads = tuple(w for w in context.workloads if w.compute is Compute.EC2)
    skipped = not workloads and _may_have_instances(context)
    alike: dict[str | None, tuple[tuple[Workload, ...], tuple[ResourceRef, ...]]] = {}
    for host in hosts_of(context.cluster) if workloads else ():
        provider = host.container_instance.capacity_provider_name
        if provider not in alike:
            may_run = tuple(w for w in workloads if _may_run_on(w, provider))
            alike[provider] = (may_run, tuple(w.ref for w in may_run))
        on_host, affected = alike[provider]
        if on_host:
            yield AwsvpcHost(host.container_instance, on_host, affected)
        else:
            skipped = True
    if skipped:
        require_workloads(context)


def require_workloads(context: Context) -> None:
    """Raise `NotCollectedError` unless it is known what runs in the cluster, and on what."""
    for workload in context.workloads:
        if workload.compute is None:
            raise NotCollectedError(workload.compute_gap)
    context.cluster.require_services()


def awsvpc_hosts(context: Context) -> Iterator[AwsvpcHost]:
    """As `awsvpc_hosts_of_any_status`, those in service or about to be.

    What is wrong with an instance that drains or deregisters is nobody's to mend.
    """
    return (host for host in awsvpc_hosts_of_any_status(context) if host.takes_or_will_take_tasks)


def linux_awsvpc_hosts(context: Context) -> Iterator[AwsvpcHost]:
    """The Linux ones of `awsvpc_hosts`."""
    return (host for host in awsvpc_hosts(context) if not host.is_windows)


def windows_awsvpc_hosts(context: Context) -> Iterator[AwsvpcHost]:
    """The Windows ones of `awsvpc_hosts`."""
    return (host for host in awsvpc_hosts(context) if host.is_windows)


def _may_run_on(workload: Workload, provider: str | None) -> bool:
    """Whether the capacity providers leave it open that a workload's tasks run on an instance of a provider.

    An instance without a provider counts: the member is left out by sources that do not know of providers.
    """
    return not workload.capacity_providers or provider is None or provider in workload.capacity_providers


def _may_have_instances(context: Context) -> bool:
    """Whether the cluster has, or may have, container instances on EC2."""
    try:
        return any(True for _ in hosts_of(context.cluster))
    except NotCollectedError:
        return True
