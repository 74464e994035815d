"""A cluster of as many services as wanted, before an emulated one: what ECS says of one is said of all."""

from typing import Any

from awsvpc_audit.demo.account import CLUSTER
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator
from tests.emulator_faults import FaultyAws

_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}"


def multiply(aws: FaultyAws, emulator: Emulator, count: int, *, like: str = "worker") -> None:
    """Let the cluster have `count` services with a task definition and a running task each, all like one it has."""
    ecs = emulator.client("ecs")
    (service,) = ecs.describe_services(cluster=CLUSTER, services=[like])["services"]
    definition = ecs.describe_task_definition(taskDefinition=like)["taskDefinition"]
    names = [f"many-{number:05d}" for number in range(count)]
    services = {f"{_ARN}:service/{CLUSTER}/{name}": name for name in names}
    tasks = {f"{_ARN}:task/{CLUSTER}/{number:032x}": name for number, name in enumerate(names)}
    plain = {key: value for key, value in service.items() if key in _KEPT_OF_SERVICE}

    def page(arns: list[str], key: str, asked: dict[str, Any]) -> dict[str, Any]:
        start, size = int(asked.get("nextToken", 0)), int(asked.get("maxResults", 10))
        found: dict[str, Any] = {key: arns[start : start + size]}
        return found | ({"nextToken": str(start + size)} if start + size < len(arns) else {})

    def described_services(asked: dict[str, Any]) -> dict[str, Any]:
        rows = [
            plain
            | {"serviceArn": arn, "serviceName": services[arn], "taskDefinition": _definition(services[arn])}
            | {"runningCount": 1, "desiredCount": 1, "deployments": [], "events": []}
            for arn in asked["services"]
        ]
        return {"services": rows, "failures": []}

    def described_definition(asked: dict[str, Any]) -> dict[str, Any]:
        family = asked["taskDefinition"].rsplit("/", 1)[-1].split(":")[0]
        return {"taskDefinition": {**definition, "family": family, "taskDefinitionArn": _definition(family)}}

    def described_tasks(asked: dict[str, Any]) -> dict[str, Any]:
        rows = [
            {
                "taskArn": arn,
                "clusterArn": f"{_ARN}:cluster/{CLUSTER}",
                "taskDefinitionArn": _definition(tasks[arn]),
                "group": f"service:{tasks[arn]}",
                "lastStatus": "RUNNING",
                "desiredStatus": "RUNNING",
                "attachments": [],
                "containers": [],
            }
            for arn in asked["tasks"]
        ]
        return {"tasks": rows, "failures": []}

    aws.say("ecs:ListServices", lambda asked: page(list(services), "serviceArns", asked))
    aws.say("ecs:DescribeServices", described_services)
    aws.say("ecs:DescribeTaskDefinition", described_definition)
    aws.say(
        "ecs:ListTasks",
        lambda asked: page(list(tasks) if asked["desiredStatus"] == "RUNNING" else [], "taskArns", asked),
    )
    aws.say("ecs:DescribeTasks", described_tasks)


_KEPT_OF_SERVICE = (
    *("clusterArn", "status", "launchType", "platformVersion"),
    *("networkConfiguration", "schedulingStrategy"),
)


def _definition(family: str) -> str:
    return f"{_ARN}:task-definition/{family}:1"
