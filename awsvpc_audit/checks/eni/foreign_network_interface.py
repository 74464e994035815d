"""ENI002."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.capacity.slots import foreign_enis
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.findings import ResourceRef, Severity


@check(
    id="ENI002",
    title="ENI that ECS did not create is attached to a container instance",
    severity=Severity.HIGH,
    resource="eni",
    source="doc",
    statements=("S20", "S34"),
    told=("S8", "S22"),
    symptoms=("place.eni", "start.eni-timeout", "start.eni-attach"),
    proof=(
        "ec2:DescribeInstances NetworkInterfaces[].Attachment.DeviceIndex",
        "ec2:DescribeInstances NetworkInterfaces[].Description",
        "ec2:DescribeNetworkInterfaces InterfaceType",
        "ecs:DescribeContainerInstances attachments[].details[networkInterfaceId]",
        "ecs:DescribeTasks attachments[].details[networkInterfaceId]",
    ),
    fix=(
        "Detach the ENI from the container instance, or move what needs it to an instance outside the cluster; take it "
        "out of the launch template if it comes from there."
    ),
    commands=(
        "aws ec2 describe-network-interfaces --network-interface-ids {network_interface_id}",
        "aws ec2 detach-network-interface --attachment-id {attachment_id}",
    ),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html",),
    subjects=awsvpc_hosts,
)
def foreign_network_interface(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """ECS counts the ENIs that it attached to a container instance, and no others. This one takes a slot all the same.

    ECS goes on placing awsvpc tasks until, by its own count, the instance is full. The last of them get no ENI: they
    time out in PROVISIONING, go to DEPROVISIONING and stop.

    The ENIs of tasks themselves are ECS's own: the account can neither detach nor change them by hand, and only
    stopping the task frees one.

    ## Why it happens
    Somebody attached a second ENI by hand or by a start script; the launch template lists more than one network
    interface; another tool (a CNI plug-in, a firewall appliance) manages interfaces on the same instance.

    ## What it cannot see
    Who attached the ENI, and whether something on the instance needs it. An ENI is taken for ECS's own if its
    description is the ARN of an ECS attachment, or if a task or the container instance names it.
    """
    for eni in foreign_enis(host, context.cluster):
        values = host.values(context) | {"network_interface_id": eni.network_interface_id}
        if eni.attachment_id:
            values["attachment_id"] = eni.attachment_id
        described = f'described as "{eni.description}"' if eni.description else "without a description"
        place = "" if eni.device_index is None else f" at device index {eni.device_index}"
        yield Fault(
            resource=ResourceRef(type="eni", id=eni.network_interface_id),
            detail=(
                f"{eni.network_interface_id}, {described}, is attached to {host.label()}{place}: ECS did not create "
                "it and does not count it, so it takes one of the instance's task-ENI slots unseen"
            ),
            evidence=(
                proof_of(eni.operation, eni.resource, eni.path("Attachment.DeviceIndex"), eni.device_index),
                proof_of(eni.operation, eni.resource, eni.path("Description"), eni.description),
            ),
            values=values,
        )
