"""Why a container instance has no trunk although ENI trunking is on: AWS's prerequisites, one by one."""

from dataclasses import dataclass

from awsvpc_audit.analyzers.capacity.trunking import (
    SETTING,
    TrunkingSettings,
    attribute_evidence,
    role_arn_of,
    setting_evidence,
    type_evidence,
)
from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.versions import TRUNKING, AgentVersion
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.facts.eni_limits import eni_limits_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model.gaps import NotCollectedError

TRUNKING_CAPABILITY = "ecs.capability.task-eni-trunking"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkReason:
    """One reason why an instance has no trunk.

    Attributes:
        text: a clause with the real values, its subject the instance (`it runs Windows …`).
        certain: ``False`` for what may be so and nothing disproves.
        evidence: what was read that shows it.
    """

    text: str
    certain: bool
    evidence: tuple[Evidence, ...]


def missing_trunk_reasons(host: Host, cluster: Cluster) -> tuple[TrunkReason, ...]:
    """Why a container instance has no trunk although trunking is on, in AWS's order of prerequisites.

    Reasons that are only possible come where nothing certain was found: an instance that registered before the setting
    was on has no other mark. What was not read gives no reason.
    """
    found = [reason for judge in _REASONS if (reason := judge(host, cluster)) is not None]
    certain = tuple(reason for reason in found if reason.certain)
    return certain or tuple(found)


def _windows(host: Host, _cluster: Cluster) -> TrunkReason | None:
    if not host.is_windows:
        return None
    return TrunkReason(
        text="it runs Windows, where ENI trunking is not supported",
        certain=True,
        evidence=(attribute_evidence(host, "ecs.os-type"),),
    )


def _type_not_supported(host: Host, cluster: Cluster) -> TrunkReason | None:
    try:
        instance_type = host.instance_type(cluster)
    except NotCollectedError:
        return None
    if instance_type is None:
        return None
    evidence = (type_evidence(host, instance_type),)
    limits = eni_limits_of(instance_type)
    if limits is None or limits.takes_trunk is None:
        return TrunkReason(
            text=f"whether {instance_type} supports ENI trunking is UNCONFIRMED "
            "(the Amazon ECS guide's lists do not name it)",
            certain=False,
            evidence=evidence,
        )
    if limits.takes_trunk:
        return None
    how = "names it as not supported" if "unsupported" in limits.source else "does not list it"
    return TrunkReason(
        text=f"{instance_type} does not support ENI trunking (the Amazon ECS guide {how})",
        certain=True,
        evidence=evidence,
    )


def _registered_before(host: Host, _cluster: Cluster) -> TrunkReason | None:
    registered_at = host.container_instance.registered_at
    when = f" (it registered at {registered_at:%Y-%m-%dT%H:%M:%SZ})" if registered_at else ""
    return TrunkReason(
        text=f"it may have been registered before the setting was on{when}",
        certain=False,
        evidence=(
            Evidence(
                operation="ecs:DescribeContainerInstances",
                resource=host.id,
                field="registeredAt",
                value=registered_at.isoformat() if registered_at else None,
            ),
        ),
    )


def _old_agent(host: Host, _cluster: Cluster) -> TrunkReason | None:
    text = host.container_instance.agent_version
    version = AgentVersion.parse(text)
    if host.is_windows or version is None or version >= TRUNKING:
        return None
    return TrunkReason(
        text=f"its agent is {text}, and trunking needs {TRUNKING}",
        certain=True,
        evidence=(
            Evidence(
                operation="ecs:DescribeContainerInstances",
                resource=host.id,
                field="versionInfo.agentVersion",
                value=text,
            ),
        ),
    )


def _capability_missing(host: Host, _cluster: Cluster) -> TrunkReason | None:
    if host.is_windows or host.container_instance.has_attribute(TRUNKING_CAPABILITY):
        return None
    return TrunkReason(
        text=f"it lacks the attribute {TRUNKING_CAPABILITY} (agent too old, or ECS_ENABLE_TASK_ENI not true, "
        "or ECS_ENABLE_HIGH_DENSITY_ENI false)",
        certain=True,
        evidence=(attribute_evidence(host, TRUNKING_CAPABILITY),),
    )


def _shared_subnet(host: Host, cluster: Cluster) -> TrunkReason | None:
    instance = cluster.scope.instances.peek(host.id)
    subnet_id = (instance.subnet_id if instance else None) or host.container_instance.attribute("ecs.subnet-id")
    subnet = cluster.scope.subnets.peek(subnet_id) if subnet_id else None
    if subnet is None or subnet.owner_id in {None, cluster.scope.account}:
        return None
    return TrunkReason(
        text=f"its subnet {subnet.subnet_id} is shared by account {subnet.owner_id}, where trunks are not supported",
        certain=True,
        evidence=(
            Evidence(
                operation="ec2:DescribeSubnets", resource=subnet.subnet_id, field="OwnerId", value=subnet.owner_id
            ),
        ),
    )


def _resource_name_dns(host: Host, cluster: Cluster) -> TrunkReason | None:
    instance = cluster.scope.instances.peek(host.id)
    options = instance.private_dns_name_options if instance else None
    if options is None or not options.enable_resource_name_dns_a_record:
        return None
    return TrunkReason(
        text="its resource-name DNS A record is on, which trunking does not allow",
        certain=True,
        evidence=(
            Evidence(
                operation="ec2:DescribeInstances",
                resource=host.id,
                field="PrivateDnsNameOptions.EnableResourceNameDnsARecord",
                value=True,
            ),
        ),
    )


def _role_disabled(host: Host, cluster: Cluster) -> TrunkReason | None:
    try:
        role_arn = role_arn_of(host, cluster)
    except NotCollectedError:
        return None
    row = TrunkingSettings(cluster.scope).of_role(role_arn) if role_arn else None
    if row is None or row.value == "enabled":
        return None
    return TrunkReason(
        text=f"{SETTING} is disabled for its role {row.principal_arn}", certain=True, evidence=(setting_evidence(row),)
    )


def _registration_failed(host: Host, _cluster: Cluster) -> TrunkReason | None:
    instance = host.container_instance
    if instance.status != "REGISTRATION_FAILED":
        return None
    why = f": {instance.status_reason}" if instance.status_reason else ""
    return TrunkReason(
        text=f"its registration failed{why}",
        certain=True,
        evidence=(
            Evidence(
                operation="ecs:DescribeContainerInstances", resource=host.id, field="status", value=instance.status
            ),
            Evidence(
                operation="ecs:DescribeContainerInstances",
                resource=host.id,
                field="statusReason",
                value=instance.status_reason,
            ),
        ),
    )


_REASONS = (
    _windows,
    _type_not_supported,
    _registered_before,
    _old_agent,
    _capability_missing,
    _shared_subnet,
    _resource_name_dns,
    _role_disabled,
    _registration_failed,
)
