"""ENI trunking: for whom it is on, which types take a trunk, and why an instance has none.

What counts is the setting of the principal that registers the instance, which is its role. The caller of
`ecs:ListAccountSettings` reads his own effective value; another principal's only as root. So three answers are told
apart: a role's own row, the account's default (`…:root`), and the caller's.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.versions import TRUNKING, AgentVersion
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.facts.eni_limits import eni_limits_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope

SettingValue = Literal["enabled", "disabled", "unknown"]

SETTING = "awsvpcTrunking"
LIST_SETTINGS = "ecs:ListAccountSettings"
TRUNKING_CAPABILITY = "ecs.capability.task-eni-trunking"


class TrunkingSettings:
    """The rows of `awsvpcTrunking` in one account and Region, told apart by whom they hold for."""

    def __init__(self, scope: Scope) -> None:
        """Read the rows of a scope; rows that were not read are no error here, see `is_read`."""
        self._scope = scope

    @property
    def is_read(self) -> bool:
        """Whether the caller's own settings were read. A role's may be missing all the same: see `is_role_unread`."""
        table = self._scope.account_settings
        if table.is_complete or self.account_default or self.of_caller:
            return True
        # A role's row that was refused leaves the caller's rows whole; a page that was not read does not.
        whole = not any(m.operation == LIST_SETTINGS and not m.resources for m in self._scope.missing)
        return whole and bool(table.known())

    def require(self) -> None:
        """Raise `NotCollectedError` unless the caller's own settings were read."""
        if not self.is_read:
            raise self._scope.account_settings.missing()

    @cached_property
    def _rows(self) -> tuple[ecs.Setting, ...]:
        return tuple(row for row in self._scope.account_settings.known() if row.name == SETTING and row.value)

    @cached_property
    def _role_arns(self) -> frozenset[str]:
        return frozenset(
            role.arn for profile in self._scope.instance_profiles.known() for role in profile.roles if role.arn
        )

    @cached_property
    def account_default(self) -> ecs.Setting | None:
        """The row of `…:root`."""
        return next((row for row in self._rows if (row.principal_arn or "").endswith(":root")), None)

    @cached_property
    def of_caller(self) -> ecs.Setting | None:
        """The row of whoever read the account, where it is not the account's default: his own, or one without owner."""
        return next(
            (
                row
                for row in self._rows
                if not (row.principal_arn or "").endswith(":root") and row.principal_arn not in self._role_arns
            ),
            None,
        )

    def of_role(self, role_arn: str) -> ecs.Setting | None:
        """The row of an instance role; ``None`` where there is none, which proves nothing."""
        return next((row for row in self._rows if row.principal_arn == role_arn), None)

    def is_role_unread(self, role_arn: str) -> bool:
        """Whether the role's value was asked for and refused."""
        return any(m.operation == LIST_SETTINGS and role_arn in m.resources for m in self._scope.missing)

    @property
    def enabled_for_roles(self) -> bool:
        """Whether some instance role has it on, whatever it is for the others."""
        return any(row.value == "enabled" for row in self._rows if row.principal_arn in self._role_arns)

    @cached_property
    def enabled_row(self) -> ecs.Setting | None:
        """The row that shows that someone wants trunking: the account's default, else the caller's value."""
        return next((row for row in (self.account_default, self.of_caller) if row and row.value == "enabled"), None)

    @property
    def value(self) -> SettingValue:
        """What the account has it at: the default where it was seen, else the caller's effective value.

        No row proves nothing: `effectiveSettings` may not have been asked for.
        """
        return _value_of(self.account_default or self.of_caller)


def trunking_setting(scope: Scope) -> SettingValue:
    """What `awsvpcTrunking` is in the account and Region: the default where it was seen, else the caller's value."""
    return TrunkingSettings(scope).value


def trunking_of_role(scope: Scope, role_arn: str) -> SettingValue:
    """What `awsvpcTrunking` is for an instance role.

    Its own row where there is one; else the account's default, unless the role's row was asked for and refused; a
    caller's value says nothing of a role.
    """
    settings = TrunkingSettings(scope)
    row = settings.of_role(role_arn)
    if row is None and not settings.is_role_unread(role_arn):
        row = settings.account_default
    return _value_of(row)


def _value_of(row: ecs.Setting | None) -> SettingValue:
    if row is None:
        return "unknown"
    return "enabled" if row.value == "enabled" else "disabled"


def supports_trunking(instance_type: str) -> bool | None:
    """Whether a type takes a trunk, by AWS's lists; ``None`` where they do not name a type that may be newer."""
    limits = eni_limits_of(instance_type)
    return limits.takes_trunk if limits else None


def takes_trunk(host: Host, cluster: Cluster) -> bool | None:
    """Whether a container instance could have a trunk: Linux, and a type that AWS lists.

    Raises:
        NotCollectedError: its type was not read.
    """
    if host.is_windows:
        return False
    instance_type = host.instance_type(cluster)
    return supports_trunking(instance_type) if instance_type else None


def role_arn_of(host: Host, cluster: Cluster) -> str | None:
    """The role that registers a container instance; ``None`` where it is proven to have none.

    Raises:
        NotCollectedError: the instance or its profile was not read.
    """
    instance = host.instance(cluster)
    role = cluster.scope.instance_role_of(instance) if instance else None
    return role.arn if role else None


def trunking_enabled_for(host: Host, cluster: Cluster) -> ecs.Setting | None:
    """The row by which someone wants trunking for a container instance: account, caller, or the instance's own role.

    Returns:
        ``None`` where nobody is seen to want it. No row at all counts as that: the setting is off until it is set.

    Raises:
        NotCollectedError: the settings were not read; or only some roles have it on, and this one's is not known.
    """
    settings = TrunkingSettings(cluster.scope)
    settings.require()
    if settings.enabled_row is not None:
        return settings.enabled_row
    if not settings.enabled_for_roles:
        return None
    role_arn = role_arn_of(host, cluster)
    row = settings.of_role(role_arn) if role_arn else None
    return row if row and row.value == "enabled" else None


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
    evidence: tuple[Evidence, ...] = ()


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
        evidence=(_attribute(host, "ecs.os-type"),),
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
    match limits.takes_trunk if limits else None:
        case True:
            return None
        case False:
            how = "names it as not supported" if limits and "unsupported" in limits.source else "does not list it"
            return TrunkReason(
                text=f"{instance_type} does not support ENI trunking (the Amazon ECS guide {how})",
                certain=True,
                evidence=evidence,
            )
        case None:
            return TrunkReason(
                text=f"whether {instance_type} supports ENI trunking is UNCONFIRMED "
                "(the Amazon ECS guide's lists do not name it)",
                certain=False,
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
        evidence=(_attribute(host, TRUNKING_CAPABILITY),),
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
    settings = TrunkingSettings(cluster.scope)
    row = settings.of_role(role_arn) if role_arn else None
    if row is None or role_arn is None or _value_of(row) != "disabled":
        return None
    return TrunkReason(
        text=f"{SETTING} is disabled for its role {role_arn}", certain=True, evidence=(setting_evidence(row),)
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


def setting_evidence(row: ecs.Setting) -> Evidence:
    """A row of `awsvpcTrunking` as evidence."""
    return Evidence(
        operation=LIST_SETTINGS,
        resource=row.principal_arn or "caller",
        field=f"settings[{SETTING}].value",
        value=row.value,
    )


def type_evidence(host: Host, instance_type: str) -> Evidence:
    """The type of a container instance as evidence, from where `Host.instance_type` has it."""
    if host.container_instance.attribute("ecs.instance-type"):
        return _attribute(host, "ecs.instance-type")
    return Evidence(operation="ec2:DescribeInstances", resource=host.id, field="InstanceType", value=instance_type)


def _attribute(host: Host, name: str) -> Evidence:
    """An attribute of a container instance as evidence: its value, or ``None`` where it is absent."""
    return Evidence(
        operation="ecs:DescribeContainerInstances",
        resource=host.id,
        field=f"attributes[{name}]",
        value=host.container_instance.attribute(name),
    )
