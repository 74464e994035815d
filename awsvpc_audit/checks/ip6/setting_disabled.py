"""IP6001."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.operating_system import is_windows
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, known, proof_of
from awsvpc_audit.checks.ip6._dual_stack import BLOCK_FIELD, blocks, subnets_with_ipv6, tasks_have_ipv6
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import ec2, ecs
from awsvpc_audit.model.gaps import NotCollectedError

SETTING = "dualStackIPv6"
_OPERATION = "ecs:ListAccountSettings"


@dataclass(frozen=True, slots=True)
class DualStackSetting:
    """The account setting `dualStackIPv6`, with the workloads whose task subnets may have IPv6 blocks."""

    workloads: tuple[Workload, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named by the setting's name."""
        return ResourceRef(type="account_setting", id=SETTING)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Whose tasks it concerns."""
        return tuple(workload.ref for workload in self.workloads)


def dual_stack_setting(context: Context) -> Iterator[DualStackSetting]:
    """The setting, where a cluster has awsvpc workloads; with those whose subnets have IPv6 or could not be read."""
    workloads = list(context.workloads)
    if workloads:
        yield DualStackSetting(tuple(w for w in workloads if _concerns(w, context)))
    context.cluster.require_services()


def _concerns(workload: Workload, context: Context) -> bool:
    try:
        return bool(_dual_stack_subnets(workload, context))
    except NotCollectedError:
        return True


def _dual_stack_subnets(workload: Workload, context: Context) -> tuple[ec2.Subnet, ...]:
    """The dual-stack subnets of a workload whose tasks could have IPv6 there, but do not show that they have."""
    subnets = tuple(s for s in subnets_with_ipv6(workload.subnets, context) if not s.ipv6_native)
    if not subnets or is_windows(workload, context.cluster):
        return ()
    return () if tasks_have_ipv6(workload, (s.subnet_id for s in subnets), context) else subnets


@check(
    id="IP6001",
    title="Task subnets have IPv6, but the account setting dualStackIPv6 is off",
    severity=Severity.MEDIUM,
    resource="account_setting",
    source="doc",
    statements=("S4", "S38"),
    proof=(
        "ecs:ListAccountSettings settings[dualStackIPv6].value",
        "ec2:DescribeSubnets Ipv6CidrBlockAssociationSet",
        "ecs:DescribeServices createdBy",
        "ecs:DescribeTaskDefinition runtimePlatform.operatingSystemFamily",
        "ecs:DescribeContainerInstances attributes[ecs.os-type]",
        "ecs:DescribeTasks containers[].networkInterfaces[].ipv6Address",
        "ec2:DescribeNetworkInterfaces Ipv6Addresses",
        "iam:GetInstanceProfile Roles[].Arn",
    ),
    fix=(
        "Turn dualStackIPv6 on as the account's default, or for the principal that creates and updates the services; "
        "then deploy them anew: running tasks keep the addresses they have."
    ),
    commands=(
        "aws ecs put-account-setting-default --name dualStackIPv6 --value enabled",
        "aws ecs update-service --cluster {cluster} --service {service} --force-new-deployment",
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        f"{DOCS_URL}/ecs-account-settings.html",
        f"{DOCS_URL}/fargate-task-networking.html",
    ),
    subjects=dual_stack_setting,
)
def setting_disabled(setting: DualStackSetting, context: Context) -> Iterator[Fault]:
    """A task in a dual-stack subnet gets an IPv6 address only if `dualStackIPv6` is on for who launches it.

    It is off here, so the tasks have IPv4 only, although their subnets have IPv6 blocks. The setting is per Region,
    an account's default that each principal may override, and can be changed by API and CLI only.

    ## Why it happens
    AWS's pages contradict each other on the default, and the console does not show the setting. Or it was turned on for
    one user, and a pipeline's role launches the tasks.

    ## What it cannot see
    The value for another principal than the caller, unless it was read; for a service that is the one that created or
    updated it. Where only the caller's value or the account's default is known, the finding says so. IPv6-only subnets
    are left out: AWS's pages do not tie them to this setting. A task that runs with an IPv6 address proves that it
    works and clears its workload.
    """
    read: dict[ecs.Setting, list[tuple[Workload, tuple[ec2.Subnet, ...]]]] = {}
    gap: NotCollectedError | None = None
    for workload in setting.workloads:
        try:
            if subnets := _dual_stack_subnets(workload, context):
                read.setdefault(effective_setting(workload, context), []).append((workload, subnets))
        except NotCollectedError as error:
            gap = error
    for row, concerned in read.items():
        if known(row.value, _OPERATION, SETTING).lower() != "disabled":
            continue
        names = ", ".join(workload.name for workload, _ in concerned)
        seen = {subnet.subnet_id: subnet for _, subnets in concerned for subnet in subnets}
        services = [workload for workload, _ in concerned if workload.service is not None]
        values = {"cluster": context.cluster.name, "service": services[0].name} if services else {}
        yield Fault(
            detail=(
                f"dualStackIPv6 is disabled {_for_whom(row, concerned[0][0])}; "
                f"tasks of {names} get no IPv6 address in {', '.join(sorted(seen))}"
            ),
            evidence=(
                proof_of(_OPERATION, row.principal_arn or SETTING, f"settings[{SETTING}].value", row.value),
                *(
                    proof_of("ec2:DescribeSubnets", s.subnet_id, BLOCK_FIELD, blocks(s))
                    for _, s in sorted(seen.items())
                ),
            ),
            affected=tuple(workload.ref for workload, _ in concerned),
            values=values,
        )
    if gap is not None:
        raise gap


def effective_setting(workload: Workload, context: Context) -> ecs.Setting:
    """The row that says most about the principal which launches a workload's tasks.

    That principal's own row, else the account's default (`principalArn` ends in `:root`) or the caller's effective
    value. Rows of the container instances' roles were read for trunking and say nothing of who launches tasks.

    Raises:
        NotCollectedError: no row says it, or rows of several other principals contradict each other.
    """
    # Those that were read: a role's row that was refused does not unsay the account's default.
    rows = [row for row in context.scope.account_settings.known() if row.name == SETTING]
    launcher = workload.service.created_by if workload.service else None
    own = [row for row in rows if launcher and row.principal_arn == launcher]
    general = [row for row in rows if row.principal_arn is None or row.principal_arn.endswith(":root")]
    host_roles = {role.arn for profile in context.scope.instance_profiles.known() for role in profile.roles}
    others = [row for row in rows if row not in general and row.principal_arn not in host_roles]
    candidates = own or general or others
    if not candidates or len({row.value for row in candidates}) > 1:
        raise context.scope.account_settings.missing()
    return min(candidates, key=lambda row: row.principal_arn or "")


def _for_whom(row: ecs.Setting, workload: Workload) -> str:
    if row.principal_arn and workload.service and row.principal_arn == workload.service.created_by:
        return f"for {row.principal_arn}, which created the service"
    if row.principal_arn and row.principal_arn.endswith(":root"):
        return "by the account's default (who launches the tasks may have another value)"
    return f"for {row.principal_arn or 'the caller'} (who launches the tasks may have another value)"
