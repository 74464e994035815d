"""How long the placement model takes: `python benchmarks/bench_capacity.py`.

Full reasons for every instance and service, placing many tasks, and how both grow: the ratio of the time for twice as
many instances and services to four (reasons) or two (placing) times the time before should stay near 1.
"""

import resource
import time
from collections.abc import Callable

from awsvpc_audit.analyzers.capacity.candidate import Candidate
from awsvpc_audit.analyzers.capacity.cluster_query import Queried, parse
from awsvpc_audit.analyzers.capacity.demand import Demand, MemberOf
from awsvpc_audit.analyzers.capacity.eligibility import Room, reasons
from awsvpc_audit.analyzers.capacity.placement import place
from awsvpc_audit.analyzers.capacity.slots import TaskEniSlots
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.model import ec2

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
EXPRESSION = "attribute:ecs.instance-type =~ m5.* and attribute:ecs.availability-zone != us-east-1d"
SUBNETS = {
    f"subnet-{zone}": ec2.Subnet(subnet_id=f"subnet-{zone}", vpc_id="vpc-1", availability_zone=zone) for zone in ZONES
}


def instances(number: int) -> list[Candidate]:
    """A third of them full, so that there are reasons to tell."""
    found = []
    for index in range(number):
        zone = ZONES[index % 3]
        attributes: dict[str, str | None] = {
            "ecs.capability.task-eni": None,
            "ecs.instance-type": "m5.4xlarge",
            "ecs.availability-zone": zone,
            "ecs.os-family": "LINUX",
            "ecs.cpu-architecture": "x86_64",
        }
        free = 0 if index % 3 == 0 and index % 2 == 0 else 60
        found.append(
            Candidate(
                id=f"i-{index:05d}",
                instance_type="m5.4xlarge",
                availability_zone=zone,
                vpc_id="vpc-1",
                status="ACTIVE",
                agent_connected=True,
                attributes=attributes,
                queried=Queried(attributes=attributes, task_groups=frozenset(), running_tasks_count=0),
                cpu=16384,
                memory=62000,
                slots=TaskEniSlots(limit=62, task_slots=60, used_by_tasks=60 - free, foreign=()),
                free_slots=free,
                task_groups={},
                running_tasks=0,
            )
        )
    return found


def services(number: int) -> list[Demand]:
    return [
        Demand(
            name=f"service-{index:04d}",
            group=f"service:service-{index:04d}",
            size=TaskSize(cpu=256, memory=512),
            subnets=SUBNETS,
            required=(("ecs.capability.task-eni", None),),
            os_family="LINUX",
            cpu_architecture="X86_64",
            member_of=(MemberOf(EXPRESSION, parse(EXPRESSION)),),
            strategies=(("spread", "attribute:ecs.availability-zone"), ("binpack", "memory")),
        )
        for index in range(number)
    ]


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def all_reasons(there: list[Candidate], wanted: list[Demand]) -> int:
    return sum(len(reasons(Room(candidate), demand, {})) for demand in wanted for candidate in there)


def main() -> None:
    half = seconds(lambda: all_reasons(instances(500), services(250)))
    whole = seconds(lambda: all_reasons(instances(1000), services(500)))
    print(f"full reasons, 1,000 instances x 500 services: {whole:.2f} s CPU")
    print(f"  growth over instances x services (1 is linear): {whole / (4 * half):.2f}")
    few = seconds(lambda: place([(d, 50) for d in services(100)], instances(1000), {}))
    many = seconds(lambda: place([(d, 100) for d in services(100)], instances(1000), {}))
    print(f"placing 10,000 tasks of 100 services on 1,000 instances: {many:.2f} s CPU")
    print(f"  growth over tasks (1 is linear): {many / (2 * few):.2f}")
    one = seconds(lambda: place([(services(1)[0], 10_000)], instances(1000), {}))
    print(f"placing 10,000 tasks of one service on 1,000 instances: {one:.2f} s CPU")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
