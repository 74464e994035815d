"""Operations on what other than a service runs tasks: EventBridge rules and schedules, Step Functions.

None of what they need is asked of a whole account where AWS can narrow it down to the cluster.
"""

from awsvpc_audit.collectors.operation import Ask, Entry, Operation, Paging, Response, each, ids_of
from awsvpc_audit.collectors.selection import clusters
from awsvpc_audit.model import tables

TARGETS = "events:ListTargetsByRule"
SCHEDULES = "scheduler:GetSchedule"
STATE_MACHINES = "stepfunctions:DescribeStateMachine"


def _whole(response: Response) -> list[Entry]:
    return [{key: value for key, value in response.items() if key != "ResponseMetadata"}]


OPERATIONS: tuple[Operation, ...] = (
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
                requests=lambda answers: each(
                    "TargetArn", {arn for arn in clusters(answers) if arn.startswith("arn:")}
                ),
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
                label="all",
                after=("events:ListRuleNamesByTarget",),
                requests=lambda answers: ({},) if answers.entries("events:ListRuleNamesByTarget") else (),
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
                requests=lambda answers: each(
                    "Rule", {entry["Rule"] for entry in answers.entries("events:ListRuleNamesByTarget")}
                ),
                annotate=lambda params: {"Rule": params["Rule"]},
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
        entries=_whole,
        subjects=ids_of("Name"),
        absent=frozenset({"ResourceNotFoundException"}),
        asks=(
            Ask(
                label="by-target",
                after=("scheduler:ListSchedules", "ecs:DescribeClusters"),
                requests=lambda answers: (
                    {"Name": entry["Name"], "GroupName": entry.get("GroupName", "default")}
                    for entry in answers.entries("scheduler:ListSchedules")
                    if (entry.get("Target") or {}).get("Arn") in set(clusters(answers))
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
        entries=_whole,
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
