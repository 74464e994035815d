from typing import Any

import msgspec
import pytest

from awsvpc_audit.analyzers.capacity.task_size import TaskSize, task_size
from awsvpc_audit.model import ecs


def definition(**members: Any) -> ecs.TaskDefinition:
    row = {"taskDefinitionArn": "arn:aws:ecs:us-east-1:1:task-definition/app:1", "networkMode": "awsvpc", **members}
    return msgspec.convert(row, ecs.TaskDefinition)


@pytest.mark.parametrize(
    ("members", "cpu", "memory"),
    [
        pytest.param({"cpu": "256", "memory": "512"}, 256, 512, id="task-level values count"),
        pytest.param({"cpu": "1 vCPU", "memory": "2 GB"}, 1024, 2048, id="task-level values may carry units"),
        pytest.param({"cpu": ".5 vcpu", "memory": "0.5GB"}, 512, 512, id="units may be fractions"),
        pytest.param(
            {"cpu": "256", "memory": "512", "containerDefinitions": [{"cpu": 900, "memory": 900}]},
            256,
            512,
            id="task-level values beat the containers'",
        ),
        pytest.param(
            {
                "containerDefinitions": [
                    {"cpu": 100, "memory": 300},
                    {"cpu": 28, "memory": 400, "memoryReservation": 100},
                ]
            },
            128,
            400,
            id="without them containers add up, a reservation before the limit",
        ),
        pytest.param(
            {"cpu": "256", "containerDefinitions": [{"cpu": 100, "memory": 300}]}, 256, 300, id="each value by itself"
        ),
        pytest.param(
            {
                "cpu": "1024",
                "memory": "4096",
                "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
                "containerDefinitions": [{"cpu": 512, "memory": 1024}],
            },
            512,
            1024,
            id="Windows ignores task-level values",
        ),
        pytest.param({}, 0, 0, id="nothing asked for is nothing taken"),
    ],
)
def test_cpu_and_memory(members: dict[str, Any], cpu: int, memory: int) -> None:
    size = task_size(definition(**members))
    assert (size.cpu, size.memory) == (cpu, memory)


def test_gpus_add_up_over_containers() -> None:
    containers = [{"resourceRequirements": [{"type": "GPU", "value": "2"}]}] * 2 + [
        {"resourceRequirements": [{"type": "InferenceAccelerator", "value": "1"}]}
    ]
    assert task_size(definition(containerDefinitions=containers)).gpus == 4


PORTS = [{"portMappings": [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 53, "protocol": "udp"}]}]


@pytest.mark.parametrize(
    ("mode", "ports", "needs_eni"),
    [
        pytest.param("awsvpc", set(), True, id="awsvpc takes an ENI and no port of the host"),
        pytest.param("bridge", {"8080/tcp"}, False, id="bridge takes fixed host ports"),
        pytest.param("host", {"8080/tcp", "53/udp"}, False, id="host takes every container port"),
    ],
)
def test_ports(mode: str, ports: set[str], needs_eni: bool) -> None:
    size = task_size(definition(networkMode=mode, containerDefinitions=PORTS))
    assert size == TaskSize(ports=frozenset(ports), needs_eni=needs_eni)
