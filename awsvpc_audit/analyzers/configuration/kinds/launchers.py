"""What starts tasks: rules, schedules and state machines."""

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, plain
from awsvpc_audit.analyzers.configuration.members import Elements, Member, Names, Plain, Policy, Row
from awsvpc_audit.model import tables


def _schedule_id(row: Row) -> str:
    return f"scheduler:schedule/{row.get('GroupName') or 'default'}/{row.get('Name')}"


_RUN_TASK: tuple[str, ...] = (
    *("TaskDefinitionArn", "TaskCount", "LaunchType", "PlatformVersion"),
    "NetworkConfiguration.awsvpcConfiguration.AssignPublicIp",
)


def _launched(path: str) -> tuple[Member, ...]:
    """How a launcher runs tasks."""
    network = f"{path}.NetworkConfiguration.awsvpcConfiguration"
    return (
        *plain(*(f"{path}.{each}" for each in _RUN_TASK)),
        Names(f"{network}.Subnets"),
        Names(f"{network}.SecurityGroups"),
        Elements(f"{path}.CapacityProviderStrategy", by("capacityProvider"), ("base", "weight")),
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.EVENT_RULES,
        type="launcher",
        key=by("Name"),
        id=lambda row: f"events:rule/{row['Name']}",
        arn="Arn",
        members=plain("State", "ScheduleExpression"),
    ),
    Kind(
        table=tables.EVENT_TARGETS,
        type="launcher",
        key=lambda row: f"{row.get('Rule')}/{row.get('Id')}",
        id=lambda row: f"events:rule/{row.get('Rule')}",
        label=lambda row: f"target {row.get('Id')}",
        members=(Plain("Arn"), *_launched("EcsParameters")),
    ),
    Kind(
        table=tables.SCHEDULES,
        type="launcher",
        key=_schedule_id,
        id=_schedule_id,
        arn="Arn",
        members=(*plain("State", "ScheduleExpression", "Target.Arn"), *_launched("Target.EcsParameters")),
    ),
    Kind(
        table=tables.STATE_MACHINES,
        type="launcher",
        key=by("stateMachineArn"),
        id=lambda row: f"states:statemachine/{row.get('name') or row['stateMachineArn'].rsplit(':', 1)[-1]}",
        arn="stateMachineArn",
        members=(Plain("status"), Policy("definition")),
    ),
)
"""In the order of a report."""
