"""SVC011."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from awsvpc_audit.analyzers.launchers import Launch, unread_launchers
from awsvpc_audit.analyzers.recorded_launches import unread_launches
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import is_gone, paths, require_all_seen, sentence
from awsvpc_audit.checks.sub._configured import is_in_another_scope, proof_of_naming
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model import tables
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.tables import TableSpec

_REMARKS = frozenset({"NET003", "NET014", "NET015", "NET017", "END009"})
"""Checks of the way that do not say that anything is out of reach."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """Something other than a service that starts awsvpc tasks: a launcher, or whoever runs the tasks of one family."""

    workload: Workload

    @property
    def ref(self) -> ResourceRef:
        """`events:rule/NAME`, `scheduler:schedule/GROUP/NAME`, `states:statemachine/NAME/STATE`, or the family."""
        return self.workload.ref


def launchers(context: Context) -> Iterator[Launcher]:
    """Every launcher of awsvpc tasks that was read, and the families of standalone tasks that do not start.

    Then what AWS refused to tell, once for the cluster: which launchers there are, and, where there are some, which of
    their launches it refused.
    """
    found = [workload for workload in context.workloads if workload.launch is not None]
    found += [workload for workload in context.cluster.failed_families if context.cluster.is_awsvpc(workload)]
    yield from map(Launcher, found)
    unread = (*unread_launchers(context.scope), *(unread_launches(context.scope) if found else ()))
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
        "cloudtrail:LookupEvents CloudTrailEvent",
        "ecs:DescribeTasks attachments[].details[subnetId]",
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
        "aws events list-targets-by-rule --rule {bus_rule} --event-bus-name {bus}",
        "aws scheduler get-schedule --group-name {group} --name {schedule}",
        "aws stepfunctions describe-state-machine --state-machine-arn {state_machine_arn}",
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue={call}",
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

    What is launched by others (a CI job, a person) shows up as standalone tasks once it has failed. They are judged by
    family, where the newest never came to run: on the network that CloudTrail recorded with the call, else in the
    subnets where they were.

    ## Why it happens
    The network was changed and services were updated, but nobody thought of what runs once a night. Or the task was
    first run from the console, which assigns a public address unless told otherwise, and EventBridge does not.

    ## What it cannot see
    State machines that build their network configuration from input, and launchers outside of AWS before they fail.
    Groups and public address of stopped tasks whose launch CloudTrail does not show: what they would change is left
    open. Disabled rules and schedules are left out.
    """
    workload = launcher.workload
    launch = workload.launch
    details: list[str] = []
    evidence: list[Evidence] = []
    if launch is not None:
        of_configuration = tuple(_of_configuration(workload, launch))
        details += [detail for detail, _ in of_configuration]
        evidence += [proof for _, proof in of_configuration]
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
            evidence.extend(block.evidence)
    if details:
        distinct = list(dict.fromkeys(details))
        more = f" (and {len(distinct) - 2} more)" if len(distinct) > 2 else ""
        yield Fault(
            detail=f"{workload.name}: {'; '.join(distinct[:2])}{more}",
            evidence=tuple(dict.fromkeys(evidence)),
            values=_values(workload),
        )
        return
    if gap is not None:
        raise gap
    if workload.is_network_known:
        require_all_seen(workload, context)


def _of_configuration(workload: Workload, launch: Launch) -> Iterator[tuple[str, Evidence]]:
    """What is wrong with a configuration whatever the network is."""
    if not workload.subnets and not launch.is_partly_dynamic:
        yield (
            "its awsvpcConfiguration names no subnet",
            proof_of(launch.operation, workload.name, f"{launch.path}.Subnets", None),
        )
    if workload.assign_public_ip and workload.compute is Compute.EC2:
        yield (
            "it asks for a public address, which ECS refuses for tasks on EC2",
            proof_of(launch.operation, workload.name, f"{launch.path}.AssignPublicIp", "ENABLED"),
        )


def _values(workload: Workload) -> dict[str, str]:
    ref = workload.ref
    if workload.recorded is not None:
        return {"call": workload.recorded.call}
    kind, _, name = ref.id.partition("/")
    match kind:
        case "events:rule":
            bus, slash, rule = name.rpartition("/")
            return {"bus_rule": rule, "bus": bus} if slash else {"rule": rule}
        case "scheduler:schedule":
            group, _, schedule = name.partition("/")
            return {"group": group, "schedule": schedule}
        case _:
            return {"state_machine_arn": ref.arn} if ref.arn and workload.launch is not None else {}
