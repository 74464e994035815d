"""SVC002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity


@check(
    id="SVC002",
    title="awsvpc service without subnets",
    severity=Severity.HIGH,
    resource="service",
    source="doc",
    statements=("S5",),
    symptoms=("service.unsteady",),
    proof=(
        "ecs:DescribeServices networkConfiguration.awsvpcConfiguration.subnets",
        "ecs:DescribeTaskDefinition networkMode",
    ),
    fix="Give the service an awsvpcConfiguration with at least one subnet of each zone that it is to run in.",
    commands=(
        "aws ec2 describe-subnets --query 'Subnets[].[VpcId,SubnetId,AvailabilityZone,AvailableIpAddressCount]'",
        (
            "aws ecs describe-services --cluster {cluster} --services {service} "
            "--query 'services[].[taskDefinition,networkConfiguration]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
    ),
    subjects=awsvpc_workloads,
)
def no_subnets(workload: Workload, context: Context) -> Iterator[Fault]:
    """The service runs a task definition in awsvpc mode, but names no subnet for the ENIs of its tasks.

    ECS cannot make an ENI without a subnet, so it starts no task. An awsvpcConfiguration needs at least one subnet.
    Security groups may be left out: the task ENIs then have the default group of the VPC.

    ## Why it happens
    The service's task definition was changed to awsvpc mode and the service was not given a network configuration.

    ## What it cannot see
    Standalone tasks do not keep their awsvpcConfiguration. A service with an external deployment controller keeps it in
    its task sets, and is judged only once it has one.
    """
    service = workload.service
    if service is None or workload.subnets:
        return
    controller = service.deployment_controller.type if service.deployment_controller else None
    if controller == "EXTERNAL" and not service.task_sets:
        return
    field = "networkConfiguration.awsvpcConfiguration.subnets"
    definition = context.scope.task_definitions.peek(workload.task_definition_arn or "")
    yield Fault(
        detail=f"{workload.name} runs in awsvpc mode and its awsvpcConfiguration names no subnet",
        evidence=(
            proof_of("ecs:DescribeServices", workload.name, field, None),
            *(
                [proof_of("ecs:DescribeTaskDefinition", definition.short_name, "networkMode", definition.network_mode)]
                if definition is not None
                else []
            ),
        ),
        values={"cluster": context.cluster.name, "service": workload.name},
    )
