"""Launchers in `tests.world`: rules and schedules that run tasks in its cluster."""

from __future__ import annotations

from typing import Any

from tests.world import World


def awsvpc(**members: Any) -> dict[str, Any]:
    return {
        "awsvpcConfiguration": {
            "Subnets": ["subnet-a"],
            "SecurityGroups": ["sg-app"],
            "AssignPublicIp": "DISABLED",
            **members,
        }
    }


def rule(world: World, **members: Any) -> None:
    world.add_task_definition("nightly")
    world.rows["events:ListRules"].append(
        {"Name": "nightly", "Arn": world.arn("events", "rule/nightly"), "State": "ENABLED"}
    )
    world.rows["events:ListTargetsByRule"].append(
        {
            "Rule": "nightly",
            "Id": "1",
            "Arn": world.arn("ecs", f"cluster/{world.cluster}"),
            "EcsParameters": {
                "TaskDefinitionArn": world.arn("ecs", "task-definition/nightly"),
                "LaunchType": "FARGATE",
                "NetworkConfiguration": awsvpc(**members),
            },
        }
    )


def schedule(world: World, **members: Any) -> None:
    world.add_task_definition("hourly")
    world.rows["scheduler:GetSchedule"].append(
        {
            "Name": "hourly",
            "GroupName": "default",
            "Arn": world.arn("scheduler", "schedule/default/hourly"),
            "State": "ENABLED",
            "Target": {
                "Arn": world.arn("ecs", f"cluster/{world.cluster}"),
                "EcsParameters": {
                    "TaskDefinitionArn": world.arn("ecs", "task-definition/hourly:1"),
                    "LaunchType": "FARGATE",
                    "NetworkConfiguration": awsvpc(**members),
                },
            },
        }
    )
