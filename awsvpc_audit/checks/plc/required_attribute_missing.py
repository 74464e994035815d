"""PLC008."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.demand import TASK_ENI_ATTRIBUTE
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC008",
    title="No container instance has an attribute that the task definition requires",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("place.attribute",),
    proof=(
        "ecs:DescribeTaskDefinition requiresAttributes",
        "ecs:DescribeContainerInstances attributes",
        "ecs:DescribeServices desiredCount",
    ),
    fix=(
        "Update the container agent or the AMI, or turn the feature on in its configuration (`ECS_ENABLE_…`, "
        "`ECS_AVAILABLE_LOGGING_DRIVERS`); or take what asks for the attribute out of the task definition."
    ),
    commands=(
        (
            "aws ecs describe-task-definition --task-definition {task_definition} "
            "--query taskDefinition.requiresAttributes"
        ),
        "aws ecs list-attributes --cluster {cluster} --target-type container-instance --attribute-name {attribute}",
    ),
    references=(f"{DOCS_URL}/task-placement-constraints.html", f"{DOCS_URL}/service-event-messages-list.html"),
    subjects=ec2_workloads,
)
def required_attribute_missing(workload: Workload, context: Context) -> Iterator[Fault]:
    """ECS derives from a task definition which abilities its host must have, and skips instances without them.

    At least one of these attributes is on no instance. (`ecs.capability.task-eni` has a check of its own, AGT006.)

    ## Why it happens
    The agent is older than a feature that the task definition uses, or a feature is off in its configuration: log
    drivers, secrets, execution roles, EFS, ECS Exec. A custom attribute was never put on the instances.

    ## What it cannot see
    Where the task definition comes from a source without `requiresAttributes`, what it requires is not known.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.active:
        return
    if outlook.demand.size is None:
        raise NotCollectedError(outlook.demand.missing or ("ecs:DescribeTaskDefinition",))
    instances = [s.candidate for s in outlook.active]
    lacking = [
        (name, value)
        for name, value in outlook.demand.required
        if name != TASK_ENI_ATTRIBUTE
        and not any(
            name in instance.attributes and (value is None or instance.attributes[name] == value)
            for instance in instances
        )
    ]
    if not lacking:
        return
    names = ", ".join(name if value is None else f"{name} = {value}" for name, value in lacking)
    definition = (workload.task_definition_arn or "").rsplit("/", 1)[-1]
    yield Fault(
        detail=f"{waits(outlook)}: none of {len(instances)} ACTIVE instances has {names}, which {definition} requires",
        evidence=(
            *(
                proof_of("ecs:DescribeTaskDefinition", definition, f"requiresAttributes[{name}]", value or name)
                for name, value in lacking
            ),
            *(
                proof_of(
                    "ecs:DescribeContainerInstances",
                    instance.id,
                    f"attributes[{name}]",
                    instance.attributes.get(name),
                )
                for name, _ in lacking
                for instance in instances
            ),
            *waiting_evidence(workload),
        ),
        values=command_values(context, workload) | {"attribute": lacking[0][0]},
    )
