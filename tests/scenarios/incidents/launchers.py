"""What other than a service runs tasks."""

from __future__ import annotations

import json
from typing import Any

from awsvpc_audit.demo.emulator import ACCOUNT, REGION
from tests.scenarios import texts
from tests.scenarios.account import CLUSTER_ARN, Account, add_definition
from tests.scenarios.scenario import Area, Named, scenario

RULE: Named = ("launcher", "events:rule/nightly")
SCHEDULE: Named = ("launcher", "scheduler:schedule/default/hourly")
MACHINE: Named = ("launcher", "states:statemachine/import/Run")
REPORT: Named = ("task", "report")


def definition_arn(family: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:1"


def awsvpc(account: Account, **members: Any) -> dict[str, Any]:
    return {
        "awsvpcConfiguration": {
            "Subnets": [account["private-a"]],
            "SecurityGroups": [account["sg-worker"]],
            "AssignPublicIp": "DISABLED",
            **members,
        }
    }


def rule(account: Account, **members: Any) -> None:
    """An EventBridge rule that runs a task every night."""
    add_definition(account, "nightly")
    events = account.client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="ENABLED")
    events.put_targets(
        Rule="nightly",
        Targets=[
            {
                "Id": "1",
                "Arn": CLUSTER_ARN,
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/events",
                "EcsParameters": {
                    "TaskDefinitionArn": definition_arn("nightly"),
                    "LaunchType": "FARGATE",
                    "NetworkConfiguration": awsvpc(account, **members),
                },
            }
        ],
    )


def schedule(account: Account, **members: Any) -> None:
    """A schedule of EventBridge Scheduler that runs a task every hour."""
    add_definition(account, "hourly")
    account.client("scheduler").create_schedule(
        Name="hourly",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": CLUSTER_ARN,
            "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/scheduler",
            "EcsParameters": {
                "TaskDefinitionArn": definition_arn("hourly"),
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {
                    "awsvpcConfiguration": awsvpc(account, **members)["awsvpcConfiguration"],
                },
            },
        },
    )


@scenario(
    Area.LAUNCHERS,
    first=("NET002", RULE[1]),
    subject=RULE,
    beside=(("END001", RULE[1]), ("SVC011", RULE[1])),
)
def a_rule_runs_tasks_in_a_public_subnet_without_a_public_address(account: Account) -> None:
    rule(account, Subnets=[account["public-a"]])


@scenario(Area.LAUNCHERS, first=("SUB003", "subnet-0123456789abcdef0"), subject=RULE, beside=(("SVC011", RULE[1]),))
def a_rule_names_a_subnet_that_was_deleted(account: Account) -> None:
    rule(account, Subnets=["subnet-0123456789abcdef0"])


@scenario(Area.LAUNCHERS, first=("SUB004", "sg-0123456789abcdef0"), subject=SCHEDULE, beside=(("SVC011", SCHEDULE[1]),))
def a_schedule_names_a_security_group_that_was_deleted(account: Account) -> None:
    schedule(account, SecurityGroups=["sg-0123456789abcdef0"])


@scenario(Area.LAUNCHERS, first=("SVC011", MACHINE[1]), subject=MACHINE)
def a_state_machine_runs_tasks_without_a_network_configuration(account: Account) -> None:
    """`ecs:RunTask` refuses it: Network Configuration must be provided when networkMode 'awsvpc' is specified."""
    machine(account, {})


@scenario(
    Area.LAUNCHERS,
    first=("NET006", "nat-a"),
    subject=MACHINE,
    beside=(("END001", MACHINE[1]), ("SVC011", MACHINE[1]), ("NET015", "worker"), ("END001", "worker")),
)
def a_state_machine_runs_tasks_behind_a_failed_nat_gateway(account: Account) -> None:
    configuration = {
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": [account["private-a"]],
                "SecurityGroups": [account["sg-worker"]],
                "AssignPublicIp": "DISABLED",
            }
        }
    }
    machine(account, configuration)
    account.nat_state("nat-a", "failed", "InternalError", "Network interface is not available")


def machine(account: Account, parameters: dict[str, Any]) -> None:
    """A state machine with one state that runs a task and waits for it."""
    add_definition(account, "import")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "LaunchType": "FARGATE",
            "Cluster": CLUSTER_ARN,
            "TaskDefinition": definition_arn("import"),
            **parameters,
        },
        "End": True,
    }
    account.client("stepfunctions").create_state_machine(
        name="import",
        definition=json.dumps({"StartAt": "Run", "States": {"Run": state}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/states",
    )


@scenario(Area.LAUNCHERS, first=("SUB001", "private-a"), subject=REPORT)
def standalone_tasks_find_their_subnet_full(account: Account) -> None:
    add_definition(account, "report")
    account.fails_alone("report", texts.no_address(account["private-a"]))
    account.fill("private-a")


@scenario(
    Area.LAUNCHERS,
    first=("NET006", "nat-a"),
    subject=REPORT,
    beside=(("NET015", "worker"), ("END001", "worker"), ("SVC011", "report")),
)
def standalone_tasks_run_behind_a_failed_nat_gateway(account: Account) -> None:
    add_definition(account, "report")
    account.nat_state("nat-a", "failed", "InternalError", "Network interface is not available")
    account.fails_alone("report", texts.no_image("report"))


@scenario(Area.LAUNCHERS, first=None, subject=REPORT)
def standalone_tasks_exit_by_themselves(account: Account) -> None:
    add_definition(account, "report")
    account.fails_alone("report", texts.EXITED, code="EssentialContainerExited", exit_code=1, started=True)
