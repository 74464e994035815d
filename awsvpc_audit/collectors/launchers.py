"""Operations on what other than a service runs tasks: EventBridge rules and schedules, Step Functions.

None of what they need is asked of a whole account where AWS can narrow it down to the cluster.
"""

from collections.abc import Callable, Iterable

from awsvpc_audit.analyzers.launchers import DEFAULT_BUS, is_universal_target
from awsvpc_audit.collectors.operation import Answers, Ask, Entry, Operation, Paging, Params, Response, each, ids_of
from awsvpc_audit.collectors.selection import clusters
from awsvpc_audit.model import tables

TARGETS = "events:ListTargetsByRule"
SCHEDULES = "scheduler:GetSchedule"
STATE_MACHINES = "stepfunctions:DescribeStateMachine"


def _whole(identity: str) -> Callable[[Response], list[Entry]]:
    """Reads a response as the entry. Without its identity it is no answer: a body that broke off reads as empty."""

    def read(response: Response) -> list[Entry]:
        return [{identity: response[identity]} | {k: v for k, v in response.items() if k != "ResponseMetadata"}]

    return read


def _targets_on_buses(answers: Answers) -> Iterable[Params]:
    """Which rules of each bus that somebody made, or a partner's, lead to the clusters.

    Most lead elsewhere, so nothing is listed of a bus that has no such rule.
    """
    for entry in answers.entries("events:ListEventBuses"):
        if entry["Name"] != DEFAULT_BUS:
            yield from each("TargetArn", _cluster_arns(answers), EventBusName=entry["Name"])


def _cluster_arns(answers: Answers) -> set[str]:
    return {arn for arn in clusters(answers) if arn.startswith("arn:")}


def _buses_with_rules(answers: Answers) -> Iterable[Params]:
    buses = {entry.get("EventBusName", DEFAULT_BUS) for entry in answers.entries("events:ListRuleNamesByTarget")}
    return ({} if bus == DEFAULT_BUS else {"EventBusName": bus} for bus in sorted(buses))


def _rules(answers: Answers) -> Iterable[Params]:
    found = {
        (entry["Rule"], entry.get("EventBusName", "")) for entry in answers.entries("events:ListRuleNamesByTarget")
    }
    return ({"Rule": rule, **({"EventBusName": bus} if bus else {})} for rule, bus in sorted(found))


def _bus(params: Params) -> Entry:
    """The bus that was asked about, where it is not the default one."""
    return {"EventBusName": params["EventBusName"]} if "EventBusName" in params else {}


def _runs_tasks(schedule: Entry, answers: Answers) -> bool:
    arn = (schedule.get("Target") or {}).get("Arn")
    # A listing does not tell the request of a universal target, which says for which cluster it is.
    return arn in clusters(answers) or is_universal_target(arn)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="events:ListEventBuses",
        result_key="EventBuses",
        paging=Paging(limit="Limit", size=100),
        asks=(Ask(label="all", requests=lambda _answers: ({},)),),
        why="event buses beside the default one, whose rules may run tasks in the cluster as well",
    ),
    Operation(
        name="events:ListRuleNamesByTarget",
        result_key="RuleNames",
        entries=lambda response: [{"Rule": name} for name in response["RuleNames"]],
        paging=Paging(limit="Limit", size=100),
        subjects=ids_of("TargetArn"),
        asks=(
            Ask(
                label="by-cluster",
                after=("ecs:DescribeClusters",),
                requests=lambda answers: each("TargetArn", _cluster_arns(answers)),
            ),
            Ask(
                label="by-bus",
                after=("ecs:DescribeClusters",),
                also_after=("events:ListEventBuses",),
                requests=_targets_on_buses,
                annotate=_bus,
            ),
        ),
        why="EventBridge rules that run tasks in the cluster",
    ),
    Operation(
        name="events:ListRules",
        table=tables.EVENT_RULES,
        paging=Paging(limit="Limit", size=100),
        asks=(
            Ask(
                label="by-bus",
                after=("events:ListRuleNamesByTarget",),
                requests=_buses_with_rules,
                annotate=_bus,
            ),
        ),
        why="whether those rules are enabled",
    ),
    Operation(
        name=TARGETS,
        table=tables.EVENT_TARGETS,
        lists_from="events:ListRuleNamesByTarget",
        paging=Paging(limit="Limit", size=100),
        subjects=ids_of("Rule"),
        asks=(
            Ask(
                label="by-rule",
                after=("events:ListRuleNamesByTarget",),
                requests=_rules,
                annotate=lambda params: {"Rule": params["Rule"], **_bus(params)},
            ),
        ),
        why="the network configuration with which they run tasks",
    ),
    Operation(
        name="scheduler:ListSchedules",
        result_key="Schedules",
        paging=Paging(size=100),
        asks=(Ask(label="all", requests=lambda _answers: ({},)),),
        why="schedules of EventBridge Scheduler that run tasks in the cluster",
    ),
    Operation(
        name=SCHEDULES,
        table=tables.SCHEDULES,
        lists_from="scheduler:ListSchedules",
        entries=_whole("Name"),
        subjects=ids_of("Name"),
        absent=frozenset({"ResourceNotFoundException"}),
        asks=(
            Ask(
                label="by-target",
                after=("scheduler:ListSchedules", "ecs:DescribeClusters"),
                requests=lambda answers: (
                    {"Name": entry["Name"], "GroupName": entry.get("GroupName", "default")}
                    for entry in answers.entries("scheduler:ListSchedules")
                    if _runs_tasks(entry, answers)
                ),
            ),
        ),
        why="the network configuration with which they run tasks",
    ),
    Operation(
        name="stepfunctions:ListStateMachines",
        result_key="stateMachines",
        paging=Paging(token="nextToken", limit="maxResults", size=1000),  # noqa: S106 - the name of a member
        asks=(Ask(label="all", requests=lambda _answers: ({},)),),
        why="state machines, of which some may run tasks in the cluster",
    ),
    Operation(
        name=STATE_MACHINES,
        table=tables.STATE_MACHINES,
        lists_from="stepfunctions:ListStateMachines",
        entries=_whole("stateMachineArn"),
        subjects=ids_of("stateMachineArn"),
        absent=frozenset({"StateMachineDoesNotExist"}),
        asks=(
            Ask(
                label="each",
                after=("stepfunctions:ListStateMachines",),
                requests=lambda answers: each(
                    "stateMachineArn",
                    {entry["stateMachineArn"] for entry in answers.entries("stepfunctions:ListStateMachines")},
                ),
            ),
        ),
        why="states that run tasks; of a definition nothing else is kept",
    ),
)
