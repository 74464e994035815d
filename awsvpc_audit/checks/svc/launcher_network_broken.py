"""SVC011."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from awsvpc_audit.analyzers.launchers import unread_launchers
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import evidence_of, is_gone, paths, require_seen, sentence
from awsvpc_audit.checks.sub._configured import is_in_another_scope, proof_of_naming
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model import tables
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.tables import TableSpec

_REMARKS = frozenset({"NET003", "NET014", "NET015", "NET017", "END009"})
"""Checks of the way that do not say that anything is out of reach."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """Something other than a service that starts awsvpc tasks."""

    workload: Workload

    @property
    def ref(self) -> ResourceRef:
        """`events:rule/NAME`, `scheduler:schedule/GROUP/NAME`, `states:statemachine/NAME/STATE`."""
        return self.workload.ref


def launchers(context: Context) -> Iterator[Launcher]:
    """Every launcher of awsvpc tasks that was read; then what AWS refused to tell, once for the cluster."""
    for workload in context.workloads:
        if workload.launch is not None:
            yield Launcher(workload)
    unread = unread_launchers(context.scope)
    if unread:
        raise NotCollectedError(unread)


@check(
    id="SVC011",
    title="Something other than a service launches tasks on a network where they cannot start",
    severity=Severity.HIGH,
    resource="launcher",
    source="+",
    symptoms=(
        *("start.eni-attach", "start.pull-auth", "start.pull-image", "start.secrets", "start.logging", "start.other"),
        "run.exit",
    ),
    proof=(
        "events:ListTargetsByRule EcsParameters.NetworkConfiguration",
        "events:ListRules State",
        "scheduler:GetSchedule Target.EcsParameters.NetworkConfiguration",
        "stepfunctions:DescribeStateMachine definition",
        "ec2:DescribeSubnets SubnetId",
        "ec2:DescribeSecurityGroups GroupId",
        "ec2:DescribeRouteTables Routes",
    ),
    fix=(
        "Correct subnets, security groups or assignPublicIp in the rule, schedule or state that runs the task: "
        "nothing takes them over from a service."
    ),
    commands=(
        "aws events list-targets-by-rule --rule {rule}",
        "aws scheduler get-schedule --group-name {group} --name {schedule}",
        "aws stepfunctions describe-state-machine --state-machine-arn {state_machine_arn}",
    ),
    references=(
        f"{DOCS_URL}/tasks-scheduled-eventbridge-scheduler.html",
        "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EcsParameters.html",
        "https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html",
    ),
    subjects=launchers,
)
def launcher_network_broken(launcher: Launcher, context: Context) -> Iterator[Fault]:
    """An EventBridge rule or schedule, or a state of Step Functions, runs awsvpc tasks on a network that is wrong.

    It has a network configuration of its own, which no deployment of a service ever tries out. The checks SUB, NET, END
    and IP6 name the subnet, route or group at fault and this launcher as affected; here is everything of one launcher,
    in one place.

    ## Why it happens
    The network was changed and services were updated, but nobody thought of what runs once a night. Or the task was
    first run from the console, which assigns a public address unless told otherwise, and EventBridge does not.

    ## What it cannot see
    Rules on event buses other than the default one, schedules that call RunTask as a universal target, state machines
    that build their network configuration from input, and launchers outside of AWS (a CI job, a Lambda function): what
    those start shows up as standalone tasks once it has failed. Disabled rules and schedules are left out.
    """
    workload = launcher.workload
    launch = workload.launch
    if launch is None:
        return
    details: list[str] = []
    evidence: list[Evidence] = []
    if not workload.subnets and not launch.is_partly_dynamic:
        details.append("its awsvpcConfiguration names no subnet")
        evidence.append(proof_of(launch.operation, workload.name, f"{launch.path}.Subnets", None))
    if workload.assign_public_ip and workload.compute is Compute.EC2:
        details.append("it asks for a public address, which ECS refuses for tasks on EC2")
        evidence.append(proof_of(launch.operation, workload.name, f"{launch.path}.AssignPublicIp", "ENABLED"))
    gap: NotCollectedError | None = None
    named: tuple[tuple[TableSpec[Any], str, str, tuple[str, ...]], ...] = (
        (tables.SUBNETS, "subnets", "subnet", workload.subnets),
        (tables.SECURITY_GROUPS, "securityGroups", "security group", workload.security_groups),
    )
    for table, member, what, ids in named:
        for resource_id in dict.fromkeys(ids):
            try:
                is_there = context.scope.table(table).get(resource_id) is not None
            except NotCollectedError as error:
                gap = error
                continue
            if not is_there and not is_in_another_scope(table, resource_id, context):
                details.append(f"{what} {resource_id} does not exist")
                evidence.append(proof_of_naming(workload, member, resource_id))
    for answer, block in paths(context).blocks(workload):
        if block.check_id not in _REMARKS and not answer.host and not is_gone(block, context):
            details.append(sentence(answer, block, workload))
            evidence.extend(block.evidence or evidence_of(answer))
    if details:
        distinct = list(dict.fromkeys(details))
        more = f" (and {len(distinct) - 2} more)" if len(distinct) > 2 else ""
        yield Fault(
            detail=f"{workload.name}: {'; '.join(distinct[:2])}{more}",
            evidence=tuple(dict.fromkeys(evidence)),
            values=_values(launch.ref),
        )
        return
    if gap is not None:
        raise gap
    require_seen("NET011", workload, context)


def _values(ref: ResourceRef) -> dict[str, str]:
    kind, _, name = ref.id.partition("/")
    match kind:
        case "events:rule":
            return {"rule": name}
        case "scheduler:schedule":
            group, _, schedule = name.partition("/")
            return {"group": group, "schedule": schedule}
        case _:
            return {"state_machine_arn": ref.arn} if ref.arn else {}
