"""PLC003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC003",
    title="Task subnets and container instances do not cover the same Availability Zones, and room is short",
    severity=Severity.MEDIUM,
    resource="service",
    source="doc",
    statements=("S6",),
    symptoms=("place.eni", "place.cpu", "place.memory", "place.attribute"),
    proof=(
        "ecs:DescribeContainerInstances attributes[ecs.availability-zone]",
        "ec2:DescribeSubnets AvailabilityZone",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Let the service's subnets and the Auto Scaling group's cover the same zones: add a task subnet where there "
        "are instances with room, or instances where there are only task subnets."
    ),
    commands=(
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].networkConfiguration.awsvpcConfiguration.subnets'"
        ),
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html",),
    controls=("wellarchitected/REL10-BP01",),
    subjects=ec2_workloads,
)
def zones_of_subnets_and_instances_differ(workload: Workload, context: Context) -> Iterator[Fault]:
    """ECS places awsvpc tasks only on instances in the Availability Zones of the task subnets.

    Some instances are there and none of them takes another task. Others are outside those zones and would take it; or
    some of the zones have a task subnet and no instance.

    ## Why it happens
    The list of subnets in the service and the one in the Auto Scaling group were written at different times, or a zone
    has lost its instances.

    ## What it cannot see
    Whether the zones differ on purpose.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or workload.is_daemon or not outlook.active:
        return
    if outlook.demand.subnets is None:
        raise NotCollectedError(outlook.demand.missing)
    inside = [s for s in outlook.active if not {"vpc", "availability_zone"} & s.codes]
    if not inside:
        return
    outside = [s for s in outlook.active if s.codes == {"availability_zone"}]
    empty = sorted(outlook.demand.zones - {s.candidate.availability_zone for s in outlook.active})
    if not outside and not empty:
        return
    outlook.require_no_open()
    told = []
    if outside:
        names = ", ".join(s.candidate.label() for s in outside)
        told.append(f"{names} could take one but for being outside the zones of the task subnets")
    if empty:
        subnets = sorted(i for i, s in outlook.demand.subnets.items() if s.availability_zone in empty)
        told.append(f"{', '.join(empty)} has a task subnet ({', '.join(subnets)}) and no ACTIVE instance")
    yield Fault(
        detail=f"{waits(outlook)}: {'; '.join(told)}",
        evidence=(
            *(
                proof_of("ec2:DescribeSubnets", subnet_id, "AvailabilityZone", subnet.availability_zone)
                for subnet_id, subnet in sorted(outlook.demand.subnets.items())
            ),
            *(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    s.candidate.id,
                    "attributes[ecs.availability-zone]",
                    s.candidate.availability_zone,
                )
                for s in outlook.active
            ),
            *waiting_evidence(workload),
        ),
        values=command_values(context, workload),
    )
