"""PLC013."""

import re
from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, waiting_evidence
from awsvpc_audit.checks._service_events import events_since_steady
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Evidence, Severity

_REFUSED = re.compile(
    r"capacity is unavailable|RESOURCE:FARGATE|InsufficientInstanceCapacity|do not have sufficient .{0,60}capacity"
    r"|insufficient capacity",
    re.IGNORECASE,
)


@check(
    id="PLC013",
    title="AWS refused capacity in the only Availability Zone of the task subnets",
    severity=Severity.MEDIUM,
    resource="service",
    source="+",
    symptoms=("place.capacity",),
    proof=(
        "ecs:DescribeServices events",
        "ecs:DescribeServices runningCount",
        "ec2:DescribeSubnets AvailabilityZone",
    ),
    fix=(
        "Add task subnets in other Availability Zones (for EC2, instances there too), so that ECS can go where there "
        "is capacity; until then, try again."
    ),
    commands=(
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].networkConfiguration.awsvpcConfiguration.subnets'"
        ),
    ),
    references=(f"{DOCS_URL}/service-event-messages-list.html", f"{DOCS_URL}/fargate-capacity-providers.html"),
    controls=("wellarchitected/REL10-BP01",),
    subjects=awsvpc_workloads,
)
def capacity_refused_in_only_zone(workload: Workload, context: Context) -> Iterator[Fault]:
    """Capacity runs out in one Availability Zone at a time. All task subnets lie in the zone that had none.

    ## Why it happens
    The service was given the subnets of one zone; AWS had no Fargate or Spot capacity, or no instance of the type,
    there at that moment. Nothing in the account is broken.

    ## What it cannot see
    Whether AWS has capacity there by now.
    """
    if not workload.short:
        return
    said = _refusal(workload)
    if said is None:
        return
    zones: dict[str, str | None] = {}
    for subnet_id in workload.subnets:
        subnet = context.scope.subnets.get(subnet_id)
        if subnet is not None:
            zones[subnet_id] = subnet.availability_zone
    if len(set(zones.values())) != 1:
        return
    zone = next(iter(zones.values()))
    kind = "Fargate" if workload.compute is Compute.FARGATE else "EC2"
    yield Fault(
        detail=(
            f"{workload.name} runs {workload.running} of {workload.desired} tasks: {kind} capacity was refused, and "
            f"all its subnets ({', '.join(sorted(zones))}) are in {zone}"
        ),
        evidence=(
            said,
            *(proof_of("ec2:DescribeSubnets", i, "AvailabilityZone", z) for i, z in sorted(zones.items())),
            *waiting_evidence(workload),
        ),
        values=command_values(context, workload),
    )


def _refusal(workload: Workload) -> Evidence | None:
    """The newest event that says so."""
    for event in events_since_steady(workload):
        if _REFUSED.search(event.message):
            return proof_of("ecs:DescribeServices", workload.name, "events[].message", event.message)
    return None
