"""SVC001."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import all_workloads, task_definition_ref
from awsvpc_audit.findings import Evidence, Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="SVC001",
    title="Task definition is not in awsvpc mode, but must be",
    severity=Severity.HIGH,
    resource="task_definition",
    source="doc",
    statements=("S1",),
    symptoms=("place.attribute", "service.unsteady"),
    proof=(
        "ecs:DescribeTaskDefinition networkMode",
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration",
        "ecs:DescribeServices launchType",
        "ecs:DescribeServices capacityProviderStrategy",
        "ecs:DescribeClusters defaultCapacityProviderStrategy",
    ),
    fix=(
        'Register a revision with "networkMode": "awsvpc" and update the service to it; '
        "or, on Amazon EC2, take the network configuration off the service."
    ),
    commands=(
        "aws ecs describe-task-definition --task-definition {task_definition} --query taskDefinition",
        "aws ecs update-service --cluster {cluster} --service {service} --task-definition {family}",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        f"{DOCS_URL}/fargate-task-networking.html",
        f"{DOCS_URL}/task-networking.html",
    ),
    subjects=all_workloads,
)
def not_awsvpc_mode(workload: Workload, context: Context) -> Iterator[Fault]:
    """A task gets an ENI of its own only if its task definition says `awsvpc`.

    This one does not, though the service has an awsvpcConfiguration, which ECS takes for no other mode, or runs on
    Fargate, which knows no other mode. ECS refuses to start such tasks. Services in bridge or host mode without one, on
    Amazon EC2 or Managed Instances, are well.

    ## Why it happens
    The task definition was written for another launch type. Without `networkMode` it is `bridge` on Linux and
    `default` on Windows.

    ## What it cannot see
    A create or update that ECS refused for this: it left no service behind.
    """
    if workload.has_awsvpc_configuration:
        why = f"{workload.name} has an awsvpcConfiguration"
    elif workload.compute in {Compute.FARGATE, None}:
        why = f"{workload.name} runs on Fargate"
    else:
        return
    definition = context.cluster.task_definition(workload)
    if definition is None or definition.network_mode == "awsvpc":
        return
    if not workload.has_awsvpc_configuration and workload.compute is None:
        raise NotCollectedError(workload.compute_gap)
    yield Fault(
        detail=f"{definition.short_name} has network mode {definition.network_mode or 'not set'}, but {why}",
        evidence=(
            proof_of("ecs:DescribeTaskDefinition", definition.short_name, "networkMode", definition.network_mode),
            _proof_of_need(workload),
        ),
        resource=task_definition_ref(definition),
        affected=(workload.ref,),
        values={"task_definition": definition.short_name}
        | (
            {"cluster": context.cluster.name, "service": workload.name, "family": definition.family}
            if workload.service is not None and definition.family
            else {}
        ),
    )


def _proof_of_need(workload: Workload) -> Evidence:
    if workload.launch is not None:
        subnets = ", ".join(workload.subnets) or None
        return proof_of(workload.launch.operation, workload.name, f"{workload.launch.path}.Subnets", subnets)
    if workload.service is None:
        return proof_of("ecs:DescribeTasks", workload.name, "launchType", workload.compute)
    if workload.has_awsvpc_configuration:
        field = "networkConfiguration.awsvpcConfiguration.subnets"
        return proof_of("ecs:DescribeServices", workload.name, field, ", ".join(workload.subnets))
    if workload.capacity_providers:
        field = "capacityProviderStrategy[].capacityProvider"
        return proof_of("ecs:DescribeServices", workload.name, field, ", ".join(workload.capacity_providers))
    return proof_of("ecs:DescribeServices", workload.name, "launchType", workload.service.launch_type)
