"""SUB002."""

import math
from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.demand import deployment_bounds
from awsvpc_audit.analyzers.hosts import hosts_of
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._subjects import TaskSubnet, task_subnets
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="SUB002",
    title="Task subnet has too few free addresses for a full rolling deployment",
    severity=Severity.MEDIUM,
    resource="subnet",
    source="+",
    symptoms=("start.eni-no-address",),
    proof=(
        "ec2:DescribeSubnets AvailableIpAddressCount",
        "ec2:DescribeSubnets AvailabilityZone",
        "ecs:DescribeServices deploymentConfiguration.maximumPercent",
        "ecs:DescribeServices desiredCount",
        "ecs:DescribeContainerInstances attributes[ecs.availability-zone]",
    ),
    fix=(
        "Add a larger subnet to the services' awsvpcConfiguration, lower maximumPercent so that old tasks stop before "
        "new ones start, or deploy the services one after the other."
    ),
    commands=(
        (
            "aws ec2 describe-network-interfaces --filters Name=subnet-id,Values={subnet_id} "
            "--query 'NetworkInterfaces[].[NetworkInterfaceId,Description,Status]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/deployment-type-ecs.html",
        "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    ),
    controls=("wellarchitected/REL02-BP03",),
    subjects=task_subnets,
)
def too_few_addresses_for_deployment(task_subnet: TaskSubnet, context: Context) -> Iterator[Fault]:
    """During a deployment new tasks run beside the old ones, up to `maximumPercent`, and each takes an address.

    The subnet has addresses, and fewer than it takes if all the services that use it are deployed. Each service's new
    tasks are taken to spread evenly over its subnets.

    ## Why it happens
    Subnets were sized for the tasks that run, and not for twice as many; or other things in them took the rest.

    ## What it cannot see
    Whether the services are ever deployed at the same time. ENIs of stopped tasks hold their address for some seconds
    more.
    """
    subnet = context.scope.subnets.get(task_subnet.subnet_id)
    if subnet is None or subnet.ipv6_native:
        return
    needs = {w.name: _share(w, task_subnet.subnet_id, context) for w in task_subnet.workloads if w.service is not None}
    needed = sum(needs.values())
    if not needed:
        return
    free = known(subnet.available_ip_address_count, "ec2:DescribeSubnets", "AvailableIpAddressCount")
    if not 0 < free < needed:
        return
    users = tuple(w for w in task_subnet.workloads if needs.get(w.name))
    yield Fault(
        detail=(
            f"{subnet.subnet_id} ({subnet.cidr_block}, {subnet.availability_zone}) has {free} free IPv4 addresses, and "
            f"a full deployment takes {needed} more ({', '.join(f'{w.name} {needs[w.name]}' for w in users)})"
        ),
        evidence=(
            proof_of("ec2:DescribeSubnets", subnet.subnet_id, "AvailableIpAddressCount", free),
            *(proof_of("ecs:DescribeServices", w.name, "desiredCount", w.desired) for w in users),
            *(
                proof_of(
                    "ecs:DescribeServices",
                    w.name,
                    "deploymentConfiguration.maximumPercent",
                    w.service.deployment_configuration.maximum_percent
                    if w.service and w.service.deployment_configuration
                    else None,
                )
                for w in users
            ),
        ),
        affected=tuple(w.ref for w in users),
        values={"subnet_id": subnet.subnet_id},
    )


def _share(workload: Workload, subnet_id: str, context: Context) -> int:
    """How many more tasks of a service a deployment puts into one of its subnets."""
    if workload.is_daemon:
        return 0
    service = workload.service
    controller = service.deployment_controller.type if service and service.deployment_controller else None
    _, maximum = deployment_bounds(workload)
    # Blue/green runs the whole new set beside the old one.
    most = 2 * workload.desired if controller in {"CODE_DEPLOY", "EXTERNAL"} else max(maximum, workload.desired)
    more = max(0, most - workload.placed)
    subnets = _used_subnets(workload, context)
    return math.ceil(more / len(subnets)) if subnet_id in subnets else 0


def _used_subnets(workload: Workload, context: Context) -> tuple[str, ...]:
    """The subnets that get tasks: on EC2, those in a zone with instances."""
    if workload.compute is not Compute.EC2:
        return workload.subnets
    try:
        zones = context.once("zones with hosts", lambda: _zones_with_hosts(context))
        found = {subnet_id: context.scope.subnets.get(subnet_id) for subnet_id in workload.subnets}
    except NotCollectedError:
        return workload.subnets
    if None in zones:
        return workload.subnets
    return tuple(i for i, subnet in found.items() if subnet is not None and subnet.availability_zone in zones)


def _zones_with_hosts(context: Context) -> frozenset[str | None]:
    return frozenset(host.container_instance.attribute("ecs.availability-zone") for host in hosts_of(context.cluster))
