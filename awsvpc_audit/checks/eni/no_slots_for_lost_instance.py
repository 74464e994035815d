"""ENI007."""

from collections import defaultdict
from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.demand import TASK_ENI_ATTRIBUTE, unplaced_tasks
from awsvpc_audit.analyzers.workloads import Cluster, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._placement import candidates, ec2_workloads
from awsvpc_audit.checks._subjects import the_cluster
from awsvpc_audit.findings import Severity
from awsvpc_audit.model.gaps import NotCollectedError


@check(
    id="ENI007",
    title="Task-ENI slots would not survive the loss of one instance or Availability Zone",
    severity=Severity.LOW,
    resource="cluster",
    source="+",
    symptoms=(),
    proof=(
        "ecs:DescribeTasks attachments[ElasticNetworkInterface]",
        "ec2:DescribeInstanceTypes NetworkInfo.MaximumNetworkInterfaces",
        "ec2:DescribeInstances NetworkInterfaces",
        "ecs:DescribeContainerInstances attributes[ecs.availability-zone]",
        "ecs:DescribeServices desiredCount",
        "ecs:DescribeCapacityProviders autoScalingGroupProvider.managedScaling.status",
    ),
    fix="Keep one more instance (in each zone), enable trunking, or let a capacity provider with managed scaling grow.",
    commands=("aws ecs list-container-instances --cluster {cluster} --status ACTIVE",),
    references=(f"{DOCS_URL}/container-instance-eni.html", f"{DOCS_URL}/cluster-auto-scaling.html"),
    controls=("wellarchitected/REL11-BP05",),
    subjects=the_cluster,
)
def no_slots_for_lost_instance(cluster: Cluster, context: Context) -> Iterator[Fault]:
    """When an instance fails, its tasks move to the others, and each awsvpc task needs a task-ENI slot there.

    All tasks run now. If the instance with the most of them were lost (or, with instances in several zones, the zone
    with the most free slots), the others would have fewer free slots than tasks to take over.

    ## Why it happens
    The cluster was sized for CPU and memory, or grew until its slots were nearly all used.

    ## What it cannot see
    How soon an Auto Scaling group would start another instance. Instances of capacity providers with managed scaling
    are taken to be replaced and are not judged, nor are daemon tasks, which go with their instance.
    """
    workloads = tuple(_movable(context))
    if not workloads or any(unplaced_tasks(w) for w in workloads):
        return
    there = [c for c in candidates(context) if _takes_tasks(c) and not _is_replaced(c, context)]
    if len(there) < 2:
        return
    for candidate in there:
        if candidate.free_slots is None:
            raise NotCollectedError(candidate.missing.get("eni", ("ec2:DescribeInstanceTypes",)))
    tasks = _tasks_by_instance(workloads, context)
    for what, lost in _losses(there):
        gone = {candidate.id for candidate in lost}
        left = [candidate for candidate in there if candidate.id not in gone]
        to_move = sum(tasks.get(candidate.container_instance_arn, 0) for candidate in lost)
        free = sum(candidate.free_slots or 0 for candidate in left)
        if left and to_move > free:
            yield Fault(
                detail=(
                    f"without {what}, {to_move} awsvpc tasks would need a place in {cluster.name}, and the other "
                    f"{len(left)} instance{'s' if len(left) > 1 else ''} would have {free} free task-ENI slots"
                ),
                evidence=tuple(
                    proof_of("ecs:DescribeTasks", c.id, "attachments[ElasticNetworkInterface]", c.slots.used_by_tasks)
                    for c in there
                )
                + tuple(
                    proof_of(c.slots.limit_source or "ec2:DescribeInstanceTypes", c.id, field, c.slots.limit)
                    for c in there
                    for field in ("NetworkInfo.MaximumNetworkInterfaces",)
                    if c.slots.limit_source == "ec2:DescribeInstanceTypes"
                ),
                affected=tuple(w.ref for w in workloads),
                values={"cluster": cluster.name},
            )
            return


def _movable(context: Context) -> Iterator[Workload]:
    """The services on EC2 whose tasks ECS starts elsewhere when an instance is lost."""
    return (w for w in ec2_workloads(context) if w.service is not None and w.desired and not w.is_daemon)


def _takes_tasks(candidate: Candidate) -> bool:
    return (
        candidate.status in {None, "ACTIVE"}
        and candidate.agent_connected is not False
        and TASK_ENI_ATTRIBUTE in candidate.attributes
    )


def _is_replaced(candidate: Candidate, context: Context) -> bool:
    if candidate.capacity_provider is None:
        return False
    row = context.scope.capacity_providers.get(candidate.capacity_provider)
    provider = row.auto_scaling_group_provider if row else None
    scaling = provider.managed_scaling if provider else None
    return scaling is not None and scaling.status == "ENABLED"


def _tasks_by_instance(workloads: tuple[Workload, ...], context: Context) -> dict[str, int]:
    context.scope.tasks.require()
    found: defaultdict[str, int] = defaultdict(int)
    for workload in workloads:
        for task in workload.tasks:
            if task.container_instance_arn:
                found[task.container_instance_arn] += 1
    return found


def _losses(there: list[Candidate]) -> Iterator[tuple[str, list[Candidate]]]:
    """What may be lost: each instance, the one with the most tasks first; then the zone with the most free slots."""
    for candidate in sorted(there, key=lambda c: (-(c.slots.used_by_tasks or 0), c.id)):
        yield candidate.label(), [candidate]
    zones: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in there:
        if candidate.availability_zone:
            zones[candidate.availability_zone].append(candidate)
    if len(zones) > 1:
        zone = max(sorted(zones), key=lambda z: sum(c.free_slots or 0 for c in zones[z]))
        yield f"Availability Zone {zone}", zones[zone]
