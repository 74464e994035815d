"""ENI trunking: for whom it is on, and which types take a trunk.

What counts is the setting of the principal that registers the instance, which is its role. The caller of
`ecs:ListAccountSettings` reads his own effective value; another principal's only as root. So three answers are told
apart: a role's own row, the account's default (`…:root`), and the caller's.
"""

from functools import cached_property
from typing import Literal

from awsvpc_audit.analyzers.hosts import Host
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.facts.eni_limits import eni_limits_of
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope

SettingValue = Literal["enabled", "disabled", "unknown"]

SETTING = "awsvpcTrunking"
LIST_SETTINGS = "ecs:ListAccountSettings"


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
        read = {role.arn for profile in self._scope.instance_profiles.known() for role in profile.roles if role.arn}
        others = {_name(arn): arn for row in self._rows if (arn := row.principal_arn or "") and ":role/" in arn}
        if self._scope.instance_profiles.is_complete or others.keys() <= {_name(arn) for arn in read}:
            return frozenset(read)
        profiles = {
            _name(instance.iam_instance_profile.arn)
            for instance in self._scope.instances.known()
            if instance.iam_instance_profile and instance.iam_instance_profile.arn
        }
        return frozenset(read | {arn for name, arn in others.items() if name in profiles})

    def role_named(self, profile_arn: str) -> str | None:
        """The role with a row of its own that has the name of an instance profile that was not read.

        AWS's console gives a role and its profile one name; a snapshot made by hand may have the role's row alone.
        """
        return next((arn for arn in self._role_arns if _name(arn) == _name(profile_arn)), None)

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


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


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
    profile = instance.iam_instance_profile if instance else None
    if instance is None or profile is None or profile.arn is None:
        return None
    try:
        role = cluster.scope.instance_role_of(instance)
    except NotCollectedError:
        named = TrunkingSettings(cluster.scope).role_named(profile.arn)
        if named is None:
            raise
        return named
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
        return attribute_evidence(host, "ecs.instance-type")
    return Evidence(operation="ec2:DescribeInstances", resource=host.id, field="InstanceType", value=instance_type)


def attribute_evidence(host: Host, name: str) -> Evidence:
    """An attribute of a container instance as evidence: its value, or ``None`` where it is absent."""
    return Evidence(
        operation="ecs:DescribeContainerInstances",
        resource=host.id,
        field=f"attributes[{name}]",
        value=host.container_instance.attribute(name),
    )
