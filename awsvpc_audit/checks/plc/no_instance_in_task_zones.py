"""PLC002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC002",
    title="No container instance is in an Availability Zone of the task subnets",
    severity=Severity.CRITICAL,
    resource="service",
    source="doc",
    statements=("S6",),
    symptoms=("place.attribute", "place.no-instances"),
    proof=(
        "ecs:DescribeContainerInstances attributes[ecs.availability-zone]",
        "ec2:DescribeSubnets AvailabilityZone",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
    ),
    fix=(
        "Add a subnet in the Availability Zone of the instances to the service's awsvpcConfiguration, or start "
        "instances in the zones of its subnets."
    ),
    commands=(
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].networkConfiguration.awsvpcConfiguration'"
        ),
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html",),
    subjects=ec2_workloads,
)
def no_instance_in_task_zones(workload: Workload, context: Context) -> Iterator[Fault]:
    """A task ENI lies in one of the task subnets, and an ENI attaches to instances of its own Availability Zone only.

    So ECS places awsvpc tasks only on instances in the zones of the task subnets, and there is none.

    ## Why it happens
    The service was given subnets of one part of the VPC, and the Auto Scaling group others; or the instances of a zone
    are gone.

    ## What it cannot see
    Instances that are about to start in one of the zones.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.active:
        return
    if outlook.demand.subnets is None:
        raise NotCollectedError(outlook.demand.missing)
    here = [s for s in outlook.active if "vpc" not in s.codes]
    if not here or not outlook.demand.zones or not all("availability_zone" in s.codes for s in here):
        if here and all(any(r.code == "availability_zone" for r in s.reasons) for s in here):
            outlook.require_no_open("availability_zone")
        return
    subnets = outlook.demand.subnets
    yield Fault(
        detail=(
            f"{waits(outlook)}: its subnets are in {', '.join(sorted(outlook.demand.zones))}, and the instances are in "
            f"{', '.join(sorted({s.candidate.availability_zone or '?' for s in here}))}"
        ),
        evidence=(
            *(
                proof_of("ec2:DescribeSubnets", subnet_id, "AvailabilityZone", subnet.availability_zone)
                for subnet_id, subnet in sorted(subnets.items())
            ),
            *(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    s.candidate.id,
                    "attributes[ecs.availability-zone]",
                    s.candidate.availability_zone,
                )
                for s in here
            ),
            *waiting_evidence(workload),
        ),
        values=command_values(context, workload),
    )
