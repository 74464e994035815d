"""END008."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.reachability.address import Family, addresses
from awsvpc_audit.analyzers.reachability.network import Place
from awsvpc_audit.analyzers.reachability.steps import Node
from awsvpc_audit.analyzers.reachability.workload_paths import WorkloadPaths
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model import ec2, efs
from awsvpc_audit.model.gaps import NotCollectedError

NFS = 2049
_TARGETS = "efs:DescribeMountTargets"
_GROUPS = "efs:DescribeMountTargetSecurityGroups"


@check(
    id="END008",
    title="The EFS file system cannot be mounted from a task subnet",
    severity=Severity.CRITICAL,
    resource="file_system",
    source="+",
    symptoms=("start.efs",),
    proof=(
        "efs:DescribeMountTargets AvailabilityZoneName",
        "efs:DescribeMountTargets LifeCycleState",
        "efs:DescribeMountTargetSecurityGroups SecurityGroups",
        "ec2:DescribeSecurityGroups IpPermissions",
        "ec2:DescribeSubnets AvailabilityZone",
        "ecs:DescribeTaskDefinition volumes[].efsVolumeConfiguration.fileSystemId",
        *TRACED,
    ),
    fix=(
        "Create a mount target in each Availability Zone of the task subnets, and let its security group admit TCP "
        "2049 from the tasks' security group."
    ),
    commands=(
        "aws efs create-mount-target --file-system-id {file_system_id} --subnet-id {subnet_id}",
        (
            "aws ec2 authorize-security-group-ingress --group-id {mount_target_group} --ip-permissions "
            "'IpProtocol=tcp,FromPort=2049,ToPort=2049,UserIdGroupPairs=[{GroupId={task_group}}]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/efs-best-practices.html",
        "https://docs.aws.amazon.com/efs/latest/ug/accessing-fs.html",
        "https://docs.aws.amazon.com/efs/latest/ug/network-access.html",
    ),
    subjects=awsvpc_workloads,
)
def efs_mount_target_unusable(workload: Workload, context: Context) -> Iterator[Fault]:
    """A task mounts its EFS volume before its containers start, over TCP 2049 to the mount target in its own zone.

    The name of the file system resolves to the mount target in the task's Availability Zone alone. There is none, or
    its security group does not admit the task.

    ## Why it happens
    A task subnet was added in another zone, the file system is of One Zone storage, or the mount target has the
    default group of the VPC, which admits its own members alone.

    ## What it cannot see
    Whether the file system's own policy or the task role refuses the mount. Mount targets in another VPC, reached by
    peering and names of one's own. On Amazon EC2 either the host or the task may be the one that mounts: it is a fault
    only where both are shut out.
    """
    definition = context.cluster.task_definition(workload)
    for volume in definition.volumes if definition else ():
        configuration = volume.efs_volume_configuration
        if configuration is None or not configuration.file_system_id:
            continue
        file_system_id = configuration.file_system_id
        named = proof_of(
            "ecs:DescribeTaskDefinition",
            workload.name,
            f"volumes[{volume.name}].efsVolumeConfiguration.fileSystemId",
            file_system_id,
        )
        yield from _judged(file_system_id, named, workload, context)


def _judged(file_system_id: str, named: Evidence, workload: Workload, context: Context) -> Iterator[Fault]:
    scope = context.scope
    scope.mount_targets.get(file_system_id)
    targets = scope.mount_targets.known_where("file_system_id", lambda row: (row.file_system_id,), file_system_id)
    ref = ResourceRef(
        type="file_system",
        id=file_system_id,
        arn=f"arn:{scope.partition}:elasticfilesystem:{scope.region}:{scope.account}:file-system/{file_system_id}",
    )
    for subnet_id in workload.subnets:
        subnet = scope.subnets.get(subnet_id)
        if subnet is None or any(t.vpc_id not in {None, subnet.vpc_id} for t in targets):
            continue
        here = [target for target in targets if _is_in_zone_of(target, subnet, context)]
        usable = [target for target in here if target.life_cycle_state in {None, "available"}]
        if not usable:
            yield _no_target(ref, subnet, targets, here, named, workload)
            continue
        refusing = [door for door in (_refusal(target, subnet, workload, context) for target in usable) if door]
        if len(refusing) == len(usable):
            yield _shut(ref, subnet, usable[0], refusing[0], named, workload)


def _is_in_zone_of(target: efs.MountTarget, subnet: ec2.Subnet, context: Context) -> bool:
    if target.availability_zone_id and subnet.availability_zone_id:
        return target.availability_zone_id == subnet.availability_zone_id
    if target.availability_zone_name and subnet.availability_zone:
        return target.availability_zone_name == subnet.availability_zone
    own = context.scope.subnets.get(target.subnet_id or "")
    return own is not None and own.availability_zone == subnet.availability_zone


def _no_target(
    ref: ResourceRef,
    subnet: ec2.Subnet,
    targets: tuple[efs.MountTarget, ...],
    here: list[efs.MountTarget],
    named: Evidence,
    workload: Workload,
) -> Fault:
    zone = subnet.availability_zone
    if here:
        state = here[0].life_cycle_state
        detail = f"The mount target {here[0].mount_target_id} of {ref.id} in {zone} is {state}, not available"
        evidence = proof_of(_TARGETS, here[0].mount_target_id, "LifeCycleState", state)
    else:
        zones = ", ".join(sorted({t.availability_zone_name or t.subnet_id or "?" for t in targets})) or "none"
        detail = f"{ref.id} has no mount target in {zone}, the zone of {subnet.subnet_id}; it has them in: {zones}"
        evidence = proof_of(_TARGETS, ref.id, "AvailabilityZoneName", zones)
    return Fault(
        detail=f"{detail}. Tasks of {workload.name} mount it",
        evidence=(evidence, proof_of("ec2:DescribeSubnets", subnet.subnet_id, "AvailabilityZone", zone), named),
        resource=ref,
        affected=(workload.ref,),
        values={"file_system_id": ref.id, "subnet_id": subnet.subnet_id},
    )


def _shut(
    ref: ResourceRef,
    subnet: ec2.Subnet,
    target: efs.MountTarget,
    groups: tuple[str, ...],
    named: Evidence,
    workload: Workload,
) -> Fault:
    shown = ", ".join(groups)
    values = {"mount_target_group": groups[0]}
    if workload.security_groups:
        values["task_group"] = workload.security_groups[0]
    return Fault(
        detail=(
            f"{shown} of the mount target {target.mount_target_id} of {ref.id} does not admit TCP {NFS} from tasks of "
            f"{workload.name} in {subnet.subnet_id}"
        ),
        evidence=(
            proof_of(_GROUPS, target.mount_target_id, "SecurityGroups", shown),
            proof_of("ec2:DescribeSecurityGroups", groups[0], "IpPermissions", f"no rule for tcp {NFS} from the tasks"),
            named,
        ),
        resource=ref,
        affected=(workload.ref,),
        values=values,
    )


def _refusal(
    target: efs.MountTarget, subnet: ec2.Subnet, workload: Workload, context: Context
) -> tuple[str, ...] | None:
    """The groups of a mount target that shut out a workload's tasks from a subnet; ``None`` where they are let in.

    Raises:
        NotCollectedError: what decides it was not read.
    """
    row = context.scope.mount_target_security_groups.get(target.mount_target_id)
    place = paths(context).reachability.network.place(target.subnet_id or "", context.scope)
    if row is None or place is None or not row.security_groups:
        return None
    door = Node(
        place=place,
        eni_id=target.network_interface_id,
        ipv4=addresses((target.ip_address,), Family.IPV4) or place.blocks(Family.IPV4),
        groups=row.security_groups,
        without_public=("NET001", ResourceRef(type="subnet", id=place.subnet_id)),
        description=target.mount_target_id,
    )
    admission = ("END008", ResourceRef(type="file_system", id=target.file_system_id or ""))
    for node in _mounting(workload, subnet, context):
        outcome = paths(context).reachability.to_node(node, door, Family.IPV4, port=NFS, admission=admission)
        if outcome.passed or (outcome.block is not None and outcome.block.check_id != "END008"):
            return None
        if outcome.block is None:
            raise NotCollectedError(outcome.missing or (_GROUPS,))
    return row.security_groups


def _mounting(workload: Workload, subnet: ec2.Subnet, context: Context) -> Iterator[Node]:
    """The interfaces that may mount: a task's in the subnet, and on Amazon EC2 those of the hosts in its zone."""
    known: WorkloadPaths = paths(context)
    node = known.resolver.of_workload(workload, subnet.subnet_id, context.scope)
    if node is not None:
        yield node
    if workload.compute is not Compute.FARGATE:
        for host, _ in known.hosts:
            if _zone(host.place) == subnet.availability_zone:
                yield host


def _zone(place: Place) -> str | None:
    return place.subnet.availability_zone
