"""PLC001."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity


@check(
    id="PLC001",
    title="No ACTIVE container instance for a service that needs one",
    severity=Severity.CRITICAL,
    resource="cluster",
    source="+",
    symptoms=("place.no-instances",),
    proof=(
        "ecs:DescribeContainerInstances status",
        "ecs:DescribeContainerInstances capacityProviderName",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Start container instances that join this cluster (or its capacity provider), or find out why those there are "
        "do not register: user data with the cluster's name, the instance role, the way to the ECS endpoints."
    ),
    commands=(
        "aws ecs list-container-instances --cluster {cluster}",
        "aws ecs describe-clusters --clusters {cluster} --include ATTACHMENTS",
    ),
    references=(f"{DOCS_URL}/service-event-messages-list.html", f"{DOCS_URL}/launch_container_instance.html"),
    subjects=ec2_workloads,
)
def no_active_instance(workload: Workload, context: Context) -> Iterator[Fault]:
    """Tasks of launch type EC2, or of an Auto Scaling group capacity provider, run on registered instances only.

    This service wants more tasks, and no instance that it may use is registered and ACTIVE.

    ## Why it happens
    The Auto Scaling group has no instances, or they registered in another cluster (often `default`) or not at all; all
    of them drain or deregister; or none is associated with the capacity provider that the service names: instances
    started before the provider was made are not.

    ## What it cannot see
    EC2 instances that run and never registered: nothing ties them to this cluster.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or outlook.active:
        return
    providers = " or ".join(outlook.demand.providers)
    of_provider = f" of capacity provider {providers}" if providers else ""
    if outlook.own:
        states = ", ".join(f"{s.candidate.id} is {s.candidate.status}" for s in outlook.own)
        detail = f"no container instance{of_provider} in {context.cluster.name} is ACTIVE ({states})"
    else:
        detail = f"{context.cluster.name} has no container instance{of_provider}"
        if outlook.standings:
            detail += f", and {len(outlook.standings)} that the service may not use"
    yield Fault(
        detail=f"{detail}; {waits(outlook)}",
        evidence=(
            proof_of("ecs:DescribeContainerInstances", context.cluster.name, "containerInstances", len(outlook.own)),
            *(
                proof_of("ecs:DescribeContainerInstances", s.candidate.id, "status", s.candidate.status)
                for s in outlook.own
            ),
            *(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    s.candidate.id,
                    "capacityProviderName",
                    s.candidate.capacity_provider,
                )
                for s in outlook.standings
                if providers
            ),
            *waiting_evidence(workload),
        ),
        resource=context.cluster.ref,
        affected=(workload.ref,),
        values=command_values(context, workload),
    )
