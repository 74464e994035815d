"""PLC010."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.operating_system import is_windows
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity


@check(
    id="PLC010",
    title="All Windows container instances run Windows Server 2016, which cannot host awsvpc tasks",
    severity=Severity.CRITICAL,
    resource="instance",
    source="doc",
    statements=("S27",),
    symptoms=("place.attribute",),
    proof=(
        "ecs:DescribeContainerInstances attributes[ecs.os-family]",
        "ecs:DescribeTaskDefinition runtimePlatform.operatingSystemFamily",
    ),
    fix="Add instances with a newer Windows Server AMI, and images built for it: 2016 hosts no awsvpc tasks.",
    commands=(
        "aws ecs list-attributes --cluster {cluster} --target-type container-instance --attribute-name ecs.os-family",
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html", f"{DOCS_URL}/ecs-optimized_windows_AMI.html"),
    subjects=ec2_workloads,
)
def only_windows_2016(workload: Workload, context: Context) -> Iterator[Fault]:
    """Windows Server 2016 does not support awsvpc tasks; ECS uses the other instances of the cluster for them.

    A Windows service waits for a place, and every Windows instance of the cluster runs 2016.

    ## Why it happens
    The Auto Scaling group's launch template still names an old AMI.

    ## What it cannot see
    Which release the image was built for, beyond what the task definition says.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None:
        return
    candidates = [s.candidate for s in outlook.active if s.candidate.is_windows or s.candidate.is_windows_2016]
    if not candidates or not all(c.is_windows_2016 for c in candidates):
        return
    if not is_windows(workload, context.cluster):
        return
    for candidate in candidates:
        yield Fault(
            detail=(
                f"{candidate.label()} runs {candidate.attributes['ecs.os-family']} as all Windows instances of "
                f"{context.cluster.name} do; {waits(outlook)}"
            ),
            evidence=(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    candidate.id,
                    "attributes[ecs.os-family]",
                    candidate.attributes["ecs.os-family"],
                ),
                *waiting_evidence(workload),
            ),
            resource=candidate.ref,
            affected=(workload.ref,),
            values=command_values(context, workload),
        )
