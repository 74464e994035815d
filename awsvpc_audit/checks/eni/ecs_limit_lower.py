"""ENI010."""

import re
from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.demand import unplaced_tasks
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import candidates, ec2_workloads, waiting_evidence
from awsvpc_audit.checks._service_events import events_since_steady
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError

_NAMED = re.compile(r"container-instance\s+\(?(?:\S*/)?([0-9A-Za-z-]{8,})\)?.{0,80}RESOURCE:ENI", re.DOTALL)


@check(
    id="ENI010",
    title="ECS refuses an instance for want of ENIs though slots are free",
    severity=Severity.MEDIUM,
    resource="instance",
    source="+",
    symptoms=("place.eni",),
    proof=(
        "ecs:DescribeServices events",
        "ec2:DescribeInstanceTypes NetworkInfo.MaximumNetworkInterfaces",
        "ec2:DescribeInstances NetworkInterfaces",
        "ecs:DescribeTasks attachments[ElasticNetworkInterface]",
    ),
    fix=(
        "Use an instance type that the Amazon ECS guide lists, or count on fewer tasks on this one; ask AWS Support "
        "when ECS will know the type."
    ),
    commands=(
        "aws ecs describe-container-instances --cluster {cluster} --container-instances {container_instance}",
        (
            "aws ec2 describe-instance-types --instance-types {instance_type} "
            "--query 'InstanceTypes[].NetworkInfo.MaximumNetworkInterfaces'"
        ),
    ),
    references=(f"{DOCS_URL}/service-event-messages-list.html", f"{DOCS_URL}/container-instance-eni.html"),
    subjects=ec2_workloads,
)
def ecs_limit_lower(workload: Workload, context: Context) -> Iterator[Fault]:
    """ECS reckons with ENI limits of its own for each instance type, and they may lag behind EC2's for new types.

    The newest events of the service name RESOURCE:ENI for this instance, and by EC2's limit it has free slots.

    ## Why it happens
    The type is newer than the table in ECS; or a slot was freed after ECS tried last, and it has not tried again.

    ## What it cannot see
    ECS's own limit: no API tells it.
    """
    if not unplaced_tasks(workload):
        return
    named = {
        match[1]: event.message
        for event in reversed(tuple(events_since_steady(workload)))
        if (match := _NAMED.search(event.message))
    }
    if not named:
        return
    for candidate in candidates(context):
        text = named.get(candidate.container_instance_arn.rsplit("/", 1)[-1]) or named.get(candidate.id)
        if text is None:
            continue
        if candidate.free_slots is None:
            raise NotCollectedError(candidate.missing.get("eni", ("ec2:DescribeInstanceTypes",)))
        if candidate.free_slots > 0:
            yield _fault(candidate, workload, context, text)


def _fault(candidate: Candidate, workload: Workload, context: Context, text: str) -> Fault:
    slots = candidate.slots
    values = {"cluster": context.cluster.name, "container_instance": candidate.container_instance_arn}
    if candidate.instance_type:
        values["instance_type"] = candidate.instance_type
    return Fault(
        detail=(
            f"ECS names RESOURCE:ENI for {candidate.label()}, where {candidate.free_slots} of {slots.task_slots} "
            f"task-ENI slots are free by EC2's limit of {slots.limit}"
        ),
        evidence=(
            proof_of("ecs:DescribeServices", workload.name, "events[].message", text),
            proof_of("ecs:DescribeTasks", candidate.id, "attachments[ElasticNetworkInterface]", slots.used_by_tasks),
            proof_of(
                "ec2:DescribeInstanceTypes"
                if slots.limit_source == "ec2:DescribeInstanceTypes"
                else "ecs:DescribeContainerInstances",
                candidate.id,
                "NetworkInfo.MaximumNetworkInterfaces"
                if slots.limit_source == "ec2:DescribeInstanceTypes"
                else "attributes[ecs.instance-type]",
                slots.limit if slots.limit_source == "ec2:DescribeInstanceTypes" else candidate.instance_type,
            ),
            *waiting_evidence(workload),
        ),
        resource=candidate.ref,
        affected=(workload.ref,),
        values=values,
    )
