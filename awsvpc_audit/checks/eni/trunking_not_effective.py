"""ENI005."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.capacity.slots import TRUNK_ATTRIBUTE, has_trunk
from awsvpc_audit.analyzers.capacity.trunking import (
    LIST_SETTINGS,
    SETTING,
    TrunkingSettings,
    role_arn_of,
    setting_evidence,
    takes_trunk,
)
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, linux_awsvpc_hosts
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError


@dataclass(frozen=True, slots=True)
class TrunkingForHosts:
    """The setting `awsvpcTrunking`, with the container instances it decides about."""

    hosts: tuple[AwsvpcHost, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by the setting."""
        return ResourceRef(type="account_setting", id=SETTING)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """The workloads on those instances."""
        # Hosts of one capacity provider share the tuple.
        shared = {id(host.affected): host.affected for host in self.hosts}
        return tuple(dict.fromkeys(ref for affected in shared.values() for ref in affected))


def _setting_for_hosts(context: Context) -> Iterator[TrunkingForHosts]:
    """The setting, once, where there are Linux instances whose type takes a trunk, or may."""
    hosts = tuple(host for host in linux_awsvpc_hosts(context) if takes_trunk(host, context.cluster) is not False)
    if hosts:
        yield TrunkingForHosts(hosts)


@check(
    id="ENI005",
    title="Trunking is not on for the role of the container instances",
    severity=Severity.HIGH,
    resource="account_setting",
    source="doc",
    statements=("S9", "S16"),
    symptoms=("place.eni",),
    proof=(
        "ecs:ListAccountSettings settings[awsvpcTrunking].value",
        "ecs:ListAccountSettings settings[awsvpcTrunking].principalArn",
        "ecs:DescribeContainerInstances attributes[ecs.awsvpc-trunk-id]",
        "ec2:DescribeInstances IamInstanceProfile.Arn",
        "ec2:DescribeNetworkInterfaces InterfaceType",
        "iam:GetInstanceProfile Roles[].Arn",
    ),
    fix=(
        "Enable awsvpcTrunking for the role of the container instances, or as the account's default where the role has "
        "no value of its own; then replace the instances, for it holds only for those that register afterwards."
    ),
    commands=(
        "aws ecs list-account-settings --name awsvpcTrunking --effective-settings --principal-arn {role_arn}",
        "aws ecs put-account-setting --name awsvpcTrunking --value enabled --principal-arn {role_arn}",
        "aws ecs put-account-setting-default --name awsvpcTrunking --value enabled",
    ),
    references=(f"{DOCS_URL}/container-instance-eni.html", f"{DOCS_URL}/ecs-account-settings.html"),
    subjects=_setting_for_hosts,
)
def trunking_not_effective(setting: TrunkingForHosts, context: Context) -> Iterator[Fault]:
    """Whoever registers a container instance must have `awsvpcTrunking` on: that is the instance's role, not the user.

    A value that was set for the role itself overrides the account's default. Here trunking is wanted (it is on for the
    account or the caller, or instances have trunks), and for the role it is off.

    ## Why it happens
    `put-account-setting` was called by a user, which sets it for that user alone; the role once got a value of its own
    that nobody remembers; the account's default was set in another Region (the setting is one for each Region).

    ## What it cannot see
    A role's own value can be read by the root user and by that role alone. Where it was not read, instances that have
    their trunk prove that it is on; where one that could have a trunk has none, it stays unknown. No row for the
    setting proves nothing: it may have been listed without effective settings.
    """
    judge = _Judge(context, setting.hosts)
    rows = judge.rows_that_disable()
    if rows:
        roles = sorted(rows)
        why = "; ".join(_sentence(role, rows[role]) for role in roles)
        yield Fault(
            detail=f"{SETTING} is disabled for the container instances: {why}",
            evidence=tuple(dict.fromkeys(setting_evidence(rows[role]) for role in roles)),
            values={"role_arn": roles[0]},
        )
    if judge.gap:
        raise NotCollectedError(judge.gap)


def _sentence(role_arn: str, row: ecs.Setting) -> str:
    if row.principal_arn == role_arn:
        return f"role {role_arn} has it disabled"
    return f"role {role_arn} has no value of its own, and the account's default is disabled"


class _Judge:
    """Which roles have trunking off, and what is missing to say so of the others."""

    def __init__(self, context: Context, hosts: tuple[AwsvpcHost, ...]) -> None:
        self.context = context
        self.hosts = hosts
        self.settings = TrunkingSettings(context.scope)
        self.gap: tuple[str, ...] = ()

    def rows_that_disable(self) -> dict[str, ecs.Setting]:
        """The row that has trunking off, for each role that it is off for."""
        without_trunk = [host for host in self.hosts if not host.container_instance.has_attribute(TRUNK_ATTRIBUTE)]
        if without_trunk:
            self.settings.require()
        if self.settings.enabled_row is None and len(without_trunk) == len(self.hosts):
            return {}
        rows: dict[str, ecs.Setting] = {}
        open_roles: set[str] = set()
        proven: set[str] = set()
        for host in self.hosts:
            trunked = has_trunk(host, self.context.cluster)
            role_arn = self._role_of(host, matters=not trunked)
            if role_arn is None:
                continue
            row = self.settings.of_role(role_arn)
            if row is not None:
                if row.value != "enabled":
                    rows[role_arn] = row
            elif trunked:
                proven.add(role_arn)
            elif takes_trunk(host, self.context.cluster):
                open_roles.add(role_arn)
        for role_arn in sorted(open_roles):
            default = self.settings.account_default
            by_default = default is not None and default.value != "enabled"
            if default and by_default and role_arn not in proven and not self.settings.is_role_unread(role_arn):
                rows[role_arn] = default
            else:
                self._lacks(LIST_SETTINGS)
        return rows

    def _role_of(self, host: AwsvpcHost, *, matters: bool) -> str | None:
        try:
            role_arn = role_arn_of(host, self.context.cluster)
        except NotCollectedError as gap:
            if matters:
                self._lacks(*gap.operations)
            return None
        if role_arn is None and matters:
            # Registered by somebody else's credentials: whose, no API says.
            self._lacks(LIST_SETTINGS)
        return role_arn

    def _lacks(self, *operations: str) -> None:
        self.gap = tuple(dict.fromkeys((*self.gap, *operations)))
