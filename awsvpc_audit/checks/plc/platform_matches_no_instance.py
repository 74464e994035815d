"""PLC009."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="PLC009",
    title="OS family or CPU architecture of the task definition matches no container instance",
    severity=Severity.CRITICAL,
    resource="service",
    source="+",
    symptoms=("place.attribute",),
    proof=(
        "ecs:DescribeTaskDefinition runtimePlatform",
        "ecs:DescribeContainerInstances attributes[ecs.os-family]",
        "ecs:DescribeContainerInstances attributes[ecs.cpu-architecture]",
    ),
    fix=(
        "Set runtimePlatform to what the image was built for, and run the service on instances of that OS family and "
        "architecture."
    ),
    commands=(
        "aws ecs describe-task-definition --task-definition {task_definition} --query taskDefinition.runtimePlatform",
    ),
    references=(f"{DOCS_URL}/task_definition_parameters.html", f"{DOCS_URL}/task-placement-constraints.html"),
    subjects=ec2_workloads,
)
def platform_matches_no_instance(workload: Workload, context: Context) -> Iterator[Fault]:
    """A task definition with a `runtimePlatform` runs only on instances of that OS family and CPU architecture.

    No instance matches both.

    ## Why it happens
    The service or the instances moved to Graviton (ARM64) and the other did not; or a Windows image was built for
    another release than the instances run.

    ## What it cannot see
    What the image itself was built for. Task definitions without a `runtimePlatform` ask for nothing.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or not outlook.active:
        return
    if outlook.demand.size is None:
        raise NotCollectedError(outlook.demand.missing or ("ecs:DescribeTaskDefinition",))
    candidates = [s.candidate for s in outlook.active]
    if not all({"os", "architecture"} & s.codes for s in outlook.active) or any(c.is_windows_2016 for c in candidates):
        return
    definition = (workload.task_definition_arn or "").rsplit("/", 1)[-1]
    wanted = " ".join(v for v in (outlook.demand.os_family, outlook.demand.cpu_architecture) if v)
    there = sorted(
        {
            " ".join(
                v
                for v in (
                    c.attributes.get("ecs.os-family") or c.attributes.get("ecs.os-type"),
                    c.attributes.get("ecs.cpu-architecture"),
                )
                if v
            )
            for c in candidates
        }
    )
    yield Fault(
        detail=f"{waits(outlook)}: {definition} is for {wanted}, and the instances are {', '.join(there)}",
        evidence=(
            proof_of(
                "ecs:DescribeTaskDefinition",
                definition,
                "runtimePlatform.operatingSystemFamily",
                outlook.demand.os_family,
            ),
            proof_of(
                "ecs:DescribeTaskDefinition",
                definition,
                "runtimePlatform.cpuArchitecture",
                outlook.demand.cpu_architecture,
            ),
            *(
                proof_of("ecs:DescribeContainerInstances", c.id, f"attributes[{name}]", c.attributes.get(name))
                for c in candidates
                for name in ("ecs.os-family", "ecs.cpu-architecture")
            ),
            *waiting_evidence(workload),
        ),
        values=command_values(context, workload),
    )
