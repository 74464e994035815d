"""ENI008."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.capacity.attached_enis import ecs_attachment_id
from awsvpc_audit.analyzers.capacity.slots import TRUNK_ATTRIBUTE
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import ec2, ecs


@dataclass(frozen=True, slots=True)
class TaskEni:
    """An ENI that ECS created, in a task subnet, with the workloads that use the subnet."""

    network_interface: ec2.NetworkInterface
    attachment_id: str
    affected: tuple[ResourceRef, ...]
    """Whose addresses it takes: one tuple for all ENIs of a subnet, for there may be many."""

    @property
    def ref(self) -> ResourceRef:
        """Named by its id."""
        return ResourceRef(type="eni", id=self.network_interface.network_interface_id)


def _task_enis(context: Context) -> Iterator[TaskEni]:
    """The ENIs of ECS in the task subnets; trunks belong to instances, and are none."""
    users: dict[str, list[ResourceRef]] = {}
    for workload in context.workloads:
        for subnet_id in workload.subnets:
            users.setdefault(subnet_id, []).append(workload.ref)
    for subnet_id, refs in sorted(users.items()):
        affected = tuple(refs)
        for eni in sorted(context.scope.network_interfaces_in(subnet_id), key=lambda e: e.network_interface_id):
            attachment_id = ecs_attachment_id(eni.description)
            if attachment_id is not None and eni.interface_type != "trunk":
                yield TaskEni(eni, attachment_id, affected)


@check(
    id="ENI008",
    title="Task ENI is left over",
    severity=Severity.MEDIUM,
    resource="eni",
    source="+",
    statements=("S7",),
    told=("S22",),
    symptoms=("start.eni-no-address", "place.eni"),
    proof=(
        "ec2:DescribeNetworkInterfaces Status",
        "ec2:DescribeNetworkInterfaces Description",
        "ec2:DescribeNetworkInterfaces Attachment.InstanceId",
        "ecs:DescribeTasks attachments[ElasticNetworkInterface]",
        "ecs:DescribeTasks lastStatus",
    ),
    fix=(
        "If it is still there after some minutes, delete it where AWS allows it; one that ECS still holds goes with "
        "its task: stop the task, or ask AWS Support."
    ),
    commands=(
        "aws ec2 describe-network-interfaces --network-interface-ids {network_interface_id}",
        "aws ec2 delete-network-interface --network-interface-id {network_interface_id}",
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html",),
    subjects=_task_enis,
)
def left_over_network_interface(task_eni: TaskEni, context: Context) -> Iterator[Fault]:
    """ECS creates an ENI for each task and deletes it when the task stops. This one is still there without its task.

    It keeps an address of its subnet, and, while it is attached, a slot of its instance. Task ENIs cannot be detached
    by hand: ECS frees them when the task stops.

    ## Why it happens
    The task stopped while its ENI was being attached, its instance disappeared, or the service-linked role was not
    allowed to delete the ENI at that moment.

    ## What it cannot see
    Which cluster an unattached ENI belonged to: tasks of clusters that were not read may be about to get it. ENIs of
    tasks that stopped seconds ago are on their way out, and may be gone by now.
    """
    eni, attachment_id = task_eni.network_interface, task_eni.attachment_id
    is_free = eni.status == "available" and eni.interface_type != "branch"
    task = _task_of(eni, attachment_id, context)
    if task is not None and not task.is_stopped:
        return
    instance_id = eni.attachment.instance_id if eni.attachment else None
    host = _host(instance_id, context) if instance_id else None
    if task is None and not is_free and (host is None or _is_of_instance(host, eni, attachment_id)):
        return
    # Whoever holds it may be a task that was not read.
    context.scope.tasks.require()
    if task is not None:
        why = f"its task {task.task_id} is {task.last_status}"
    elif is_free:
        why = "it is attached to nothing, and no live task has it"
    else:
        why = f"it is attached to {instance_id}, and no live task there has it"
    yield Fault(
        detail=f"{eni.network_interface_id} in {eni.subnet_id} was created by ECS and is {eni.status}: {why}",
        evidence=(
            proof_of("ec2:DescribeNetworkInterfaces", eni.network_interface_id, "Description", eni.description),
            proof_of("ec2:DescribeNetworkInterfaces", eni.network_interface_id, "Status", eni.status),
            proof_of(
                "ecs:DescribeTasks",
                task.task_id if task else eni.network_interface_id,
                "lastStatus" if task else "attachments[ElasticNetworkInterface]",
                task.last_status if task else None,
            ),
        ),
        values={"network_interface_id": eni.network_interface_id},
    )


def _task_of(eni: ec2.NetworkInterface, attachment_id: str, context: Context) -> ecs.Task | None:
    """The task that has the ENI, a live one before a stopped one, in any cluster that was read."""
    tasks = context.scope.tasks.known_where("attachment", _names_of_enis, attachment_id)
    tasks = tasks or context.scope.tasks.known_where("attachment", _names_of_enis, eni.network_interface_id)
    return min(tasks, key=lambda task: (task.is_stopped, task.task_arn), default=None)


def _names_of_enis(task: ecs.Task) -> tuple[str, ...]:
    attachment = task.network_interface_attachment
    if attachment is None:
        return ()
    return tuple(name for name in (attachment.id, attachment.detail("networkInterfaceId")) if name)


def _host(instance_id: str, context: Context) -> ecs.ContainerInstance | None:
    """The container instance of this cluster behind an EC2 instance."""
    instances = context.scope.container_instances
    found = instances.known_where("ec2_instance_id", lambda i: (i.ec2_instance_id,), instance_id)
    return found[0] if found else None


def _is_of_instance(host: ecs.ContainerInstance, eni: ec2.NetworkInterface, attachment_id: str) -> bool:
    """Whether the ENI is the instance's own: its trunk, or one of its attachments."""
    return host.attribute(TRUNK_ATTRIBUTE) == attachment_id or any(
        attachment.id == attachment_id or attachment.detail("networkInterfaceId") == eni.network_interface_id
        for attachment in host.attachments
    )
