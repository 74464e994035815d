"""What an instance that is not there yet would register with ECS."""

from typing import Any

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPES

from awsvpc_audit.analyzers.capacity.candidate import candidates_of
from awsvpc_audit.analyzers.capacity.instance_size import InstanceSize, size_of_type
from tests.world import World, healthy


def size(world: World, instance_type: str) -> InstanceSize:
    cluster = world.context().cluster
    return size_of_type(instance_type, cluster, tuple(candidates_of(cluster)))


def described(instance_type: str, **answer: Any) -> World:
    world = healthy()
    world.rows["ec2:DescribeInstanceTypes"].append({"InstanceType": instance_type, **answer})
    return world


def test_types_that_no_call_was_made_about_are_as_a_capture_of_ec2_has_them() -> None:
    """All of them: the size, and the architecture, which nothing but the name says there."""
    world = healthy()
    for name, answer in INSTANCE_TYPES.items():
        architectures = answer["ProcessorInfo"]["SupportedArchitectures"]
        if not name.startswith(("mac", "m5.xlarge")):
            assert (name, size(world, name)) == (
                name,
                InstanceSize(
                    cpu=answer["VCpuInfo"]["DefaultVCpus"] * 1024,
                    memory=answer["MemoryInfo"]["SizeInMiB"] * 92 // 100,
                    gpus=sum(gpu["Count"] for gpu in answer.get("GpuInfo", {}).get("Gpus", ())),
                    architecture="arm64" if "arm64" in architectures else "x86_64",
                ),
            )


@pytest.mark.parametrize(
    ("instance_type", "answer", "expected"),
    [
        pytest.param(
            "zz9.large",
            {
                "VCpuInfo": {"DefaultVCpus": 6},
                "MemoryInfo": {"SizeInMiB": 10_000},
                "ProcessorInfo": {"SupportedArchitectures": ["arm64"]},
                "GpuInfo": {"Gpus": [{"Count": 1}, {"Count": 2}]},
            },
            InstanceSize(cpu=6144, memory=9200, gpus=3, architecture="arm64"),
            id="all of it",
        ),
        pytest.param(
            "zz9g.large",
            {
                "VCpuInfo": {"DefaultVCpus": 1},
                "MemoryInfo": {"SizeInMiB": 100},
                "ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]},
                "GpuInfo": {"Gpus": [{"Name": "L4"}]},
            },
            InstanceSize(cpu=1024, memory=92, gpus=0, architecture="x86_64"),
            id="an architecture that the name does not suggest, and GPUs without a count",
        ),
        pytest.param(
            "g5.12xlarge",
            {"VCpuInfo": {"DefaultVCpus": 50}, "GpuInfo": {"Gpus": [{"Count": 3}]}},
            InstanceSize(cpu=48 * 1024, memory=180_879, gpus=3, architecture="x86_64"),
            id="without memory, CPU and memory are the table's",
        ),
        pytest.param(
            "g5.12xlarge",
            {"MemoryInfo": {"SizeInMiB": 1000}},
            InstanceSize(cpu=48 * 1024, memory=180_879, gpus=4, architecture="x86_64"),
            id="without vCPUs as well, and GPUs too",
        ),
        pytest.param(
            "zz9.large",
            {"MemoryInfo": {"SizeInMiB": 1000}},
            InstanceSize(cpu=None, memory=None, gpus=0, architecture="x86_64"),
            id="half of it, and nothing in the table",
        ),
    ],
)
def test_what_ec2_says_of_a_type(instance_type: str, answer: dict[str, Any], expected: InstanceSize) -> None:
    assert size(described(instance_type, **answer), instance_type) == expected


def test_instances_of_the_type_that_are_there_show_what_one_registers() -> None:
    """A kernel and an agent keep what they keep, and GPUs count where the AMI has their driver."""
    world = described("g5.12xlarge", ProcessorInfo={"SupportedArchitectures": ["x86_64"]})
    for name in ("i-a", "i-b"):
        host = world.container_instance(name)
        host["attributes"][1] = {"name": "ecs.instance-type", "value": "g5.12xlarge"}
        host["attributes"][4] = {"name": "ecs.cpu-architecture", "value": "arm64"}
        host["registeredResources"][:2] = [
            {"name": "CPU", "type": "INTEGER", "integerValue": 49_000},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 190_000},
            {"name": "GPU", "type": "STRINGSET", "stringSetValue": ["gpu-0", "gpu-1"]},
        ]
    world.container_instance("i-a")["registeredResources"] = []
    shown = InstanceSize(cpu=49_000, memory=190_000, gpus=2, architecture="arm64")

    assert size(world, "g5.12xlarge") == shown

    del world.container_instance("i-b")["attributes"][4]
    assert size(world, "g5.12xlarge").architecture == "x86_64"
