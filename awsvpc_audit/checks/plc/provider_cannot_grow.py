"""PLC012."""

from collections.abc import Iterator
from datetime import UTC, datetime

from awsvpc_audit.analyzers.capacity.outlook import Outlook
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks._placement import command_values, ec2_workloads, outlook_of_waiting, waiting_evidence, waits
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model import autoscaling

GROUPS = "autoscaling:DescribeAutoScalingGroups"
ACTIVITIES = "autoscaling:DescribeScalingActivities"
NEEDED_PROCESSES = frozenset({"Launch", "AlarmNotification"})
"""Processes that managed scaling goes through: its alarms change the desired capacity, and then instances launch."""

_NEVER = datetime.min.replace(tzinfo=UTC)


@check(
    id="PLC012",
    title="Capacity provider cannot add instances",
    severity=Severity.HIGH,
    resource="capacity_provider",
    source="+",
    symptoms=("place.capacity", "place.no-instances", "place.cpu", "place.memory", "place.eni"),
    proof=(
        "ecs:DescribeCapacityProviders autoScalingGroupProvider.managedScaling.status",
        f"{GROUPS} DesiredCapacity",
        f"{GROUPS} MaxSize",
        f"{GROUPS} SuspendedProcesses",
        f"{ACTIVITIES} StatusMessage",
    ),
    fix=(
        "Raise the Auto Scaling group's maximum, resume its processes, turn managed scaling on, or mend what its "
        "failed activity names (a quota, a launch template, the capacity of a zone)."
    ),
    commands=(
        "aws autoscaling describe-scaling-activities --auto-scaling-group-name {group} --max-items 5",
        "aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names {group}",
        "aws ecs describe-capacity-providers --capacity-providers {provider}",
    ),
    references=(
        f"{DOCS_URL}/cluster-auto-scaling.html",
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html",
    ),
    controls=("wellarchitected/REL07-BP01", "wellarchitected/REL07-BP03"),
    subjects=ec2_workloads,
)
def provider_cannot_grow(workload: Workload, context: Context) -> Iterator[Fault]:
    """Tasks wait for room that the Auto Scaling group behind their capacity provider could add, and it cannot.

    ## Why it happens
    Managed scaling is off; the group is at its maximum (ECS never changes minimum or maximum); processes are suspended,
    often since an incident; or its launches fail: a vCPU quota, no capacity of the type in the zone, a launch template
    that names what is gone. The newest activity's own words are shown.

    ## What it cannot see
    Whether the instances that it starts register with the cluster, and whether managed scaling counts ENIs: AWS
    documents CPU, memory and ports.
    """
    outlook = outlook_of_waiting(workload, context)
    if outlook is None or (outlook.active and not outlook.otherwise_eligible):
        return
    for name in outlook.demand.providers:
        row = context.scope.capacity_providers.get(name)
        provider = row.auto_scaling_group_provider if row else None
        if row is None or provider is None:
            continue
        group_name = (provider.auto_scaling_group_arn or "").rsplit("autoScalingGroupName/", 1)[-1]
        values = command_values(context, workload) | {"group": group_name, "provider": name}
        scaling = provider.managed_scaling
        why = _why(name, group_name, scaling.status if scaling else None, context)
        if why is not None:
            yield Fault(
                detail=f"{name}: {why[0]}; {waits(outlook)}",
                evidence=(*why[1], *waiting_evidence(workload), *_instances(outlook)),
                resource=ResourceRef(type="capacity_provider", id=name, arn=row.capacity_provider_arn),
                affected=(workload.ref,),
                values=values,
            )


def _instances(outlook: Outlook) -> Iterator[Evidence]:
    yield proof_of(
        "ecs:DescribeContainerInstances", outlook.workload.name, "containerInstances[of its provider]", len(outlook.own)
    )


def _why(
    provider: str, group_name: str, managed_scaling: str | None, context: Context
) -> tuple[str, tuple[Evidence, ...]] | None:
    """Why the group cannot grow, and the proof; ``None`` where nothing keeps it."""
    field = "autoScalingGroupProvider.managedScaling.status"
    if known(managed_scaling, "ecs:DescribeCapacityProviders", field) == "DISABLED":
        return "managed scaling is off", (proof_of("ecs:DescribeCapacityProviders", provider, field, managed_scaling),)
    group = context.scope.auto_scaling_groups.get(group_name)
    if group is None:
        return None
    for reason in (_at_maximum(group), _suspended(group)):
        if reason is not None:
            return reason
    return _failing(group_name, context)


def _at_maximum(group: autoscaling.AutoScalingGroup) -> tuple[str, tuple[Evidence, ...]] | None:
    name = group.auto_scaling_group_name
    desired = known(group.desired_capacity, GROUPS, "DesiredCapacity")
    maximum = known(group.max_size, GROUPS, "MaxSize")
    if desired < maximum:
        return None
    proofs = (proof_of(GROUPS, name, "DesiredCapacity", desired), proof_of(GROUPS, name, "MaxSize", maximum))
    return f"Auto Scaling group {name} is at its maximum of {maximum}", proofs


def _suspended(group: autoscaling.AutoScalingGroup) -> tuple[str, tuple[Evidence, ...]] | None:
    name = group.auto_scaling_group_name
    stopped = sorted(p.process_name for p in group.suspended_processes if p.process_name in NEEDED_PROCESSES)
    if not stopped:
        return None
    proofs = tuple(proof_of(GROUPS, name, "SuspendedProcesses[].ProcessName", process) for process in stopped)
    return f"Auto Scaling group {name} has {', '.join(stopped)} suspended", proofs


def _failing(group_name: str, context: Context) -> tuple[str, tuple[Evidence, ...]] | None:
    activities = context.scope.scaling_activities.where(
        "group", lambda activity: (activity.auto_scaling_group_name,), group_name
    )
    newest = max(activities, key=lambda a: (a.start_time or _NEVER, a.activity_id), default=None)
    if newest is None or newest.status_code != "Failed":
        return None
    text = newest.status_message or newest.description or newest.status_code
    return (
        f"the newest scaling activity of {group_name} failed: {text}",
        (proof_of(ACTIVITIES, newest.activity_id, "StatusMessage", text),),
    )
