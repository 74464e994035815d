"""CPU and memory that an instance type registers with ECS, for instances that are not there yet."""

import re
from dataclasses import dataclass

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.facts.instance_sizes import nominal_size_of

REGISTERED_SHARE = 0.92
"""Of an instance's nominal memory: the kernel and the agent keep the rest. AWS documents no number; c5.large registers
about 3,780 of 4,096 MiB, larger types a larger share, so this promises too little rather than too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSize:
    """What an instance registers with ECS.

    Attributes:
        cpu, memory: CPU units and MiB; ``None`` where they are not known.
        gpus: whole GPUs; none where nothing is said of any.
        architecture: as `ecs.cpu-architecture` has it.
    """

    cpu: int | None
    memory: int | None
    gpus: int
    architecture: str


def size_of_type(instance_type: str, cluster: Cluster, there: tuple[Candidate, ...]) -> InstanceSize:
    """What an instance of a type would register.

    As an instance of that type in the cluster does; else as `ec2:DescribeInstanceTypes` has it; else as the packaged
    table does. Otherwise it is not known.

    Args:
        instance_type: as EC2 names it.
        cluster: whose account and Region to ask.
        there: the instances that the cluster has.
    """
    described = cluster.scope.instance_types.peek(instance_type)
    supported = described.processor_info.supported_architectures if described and described.processor_info else ()
    architecture = next((a for a in ("arm64", "x86_64") if a in supported), None) or _architecture(instance_type)
    for candidate in there:
        if candidate.instance_type == instance_type and candidate.registered_cpu and candidate.registered_memory:
            return InstanceSize(
                cpu=candidate.registered_cpu,
                memory=candidate.registered_memory,
                gpus=candidate.registered_gpus,
                architecture=candidate.attributes.get("ecs.cpu-architecture") or architecture,
            )
    nominal = nominal_size_of(instance_type)
    vcpus = described.v_cpu_info.default_v_cpus if described and described.v_cpu_info else None
    memory = described.memory_info.size_in_mi_b if described and described.memory_info else None
    if vcpus is None or memory is None:
        vcpus, memory = (nominal.vcpus, nominal.memory_mib) if nominal else (None, None)
    if described and described.gpu_info:
        gpus = sum(gpu.count or 0 for gpu in described.gpu_info.gpus)
    else:
        gpus = nominal.gpus if nominal else 0
    return InstanceSize(
        cpu=None if vcpus is None else vcpus * 1024,
        memory=None if memory is None else int(memory * REGISTERED_SHARE),
        gpus=gpus,
        architecture=architecture,
    )


def _architecture(instance_type: str) -> str:
    """Graviton families have a `g` behind the generation (`m6g`, `c7gn`), but for the first, `a1`; the rest is x86."""
    return "arm64" if re.match(r"a1\.|[a-z]+\d+g", instance_type) else "x86_64"
