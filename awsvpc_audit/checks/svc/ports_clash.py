"""SVC012."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._subjects import UsedTaskDefinition, awsvpc_task_definitions
from awsvpc_audit.findings import Evidence, Severity
from awsvpc_audit.model import ecs

_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class PortUse:
    """The ports that one port mapping of a container takes of the task's network stack."""

    container: str
    protocol: str
    first: int
    last: int
    member: str

    def overlaps(self, other: "PortUse") -> bool:
        """Whether both take a port of the same protocol."""
        return self.protocol == other.protocol and self.first <= other.last and other.first <= self.last

    @property
    def ports(self) -> str:
        """As the task definition writes them: `8080`, or `8000-8010`."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def evidence(self, definition: ecs.TaskDefinition) -> Evidence:
        """The mapping, as read."""
        field = f"containerDefinitions[{self.container}].portMappings[].{self.member}"
        value = self.first if self.member == "containerPort" else self.ports
        return proof_of("ecs:DescribeTaskDefinition", definition.short_name, field, value)


@check(
    id="SVC012",
    title="Two containers of one awsvpc task use the same port",
    severity=Severity.HIGH,
    resource="task_definition",
    source="doc",
    statements=("S10",),
    symptoms=("run.exit", "run.health-elb", "run.health-container"),
    proof=(
        "ecs:DescribeTaskDefinition containerDefinitions[].portMappings[].containerPort",
        "ecs:DescribeTaskDefinition containerDefinitions[].portMappings[].containerPortRange",
        "ecs:DescribeTaskDefinition containerDefinitions[].portMappings[].protocol",
        "ecs:DescribeTaskDefinition networkMode",
    ),
    fix="Let one of the containers listen on another port, and register a revision that says so.",
    commands=(
        (
            "aws ecs describe-task-definition --task-definition {task_definition} "
            "--query 'taskDefinition.containerDefinitions[].[name,portMappings]'"
        ),
    ),
    references=(
        f"{DOCS_URL}/task-networking-awsvpc.html",
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html",
    ),
    subjects=awsvpc_task_definitions,
)
def ports_clash(used: UsedTaskDefinition, _context: Context) -> Iterator[Fault]:
    """The containers of an awsvpc task share one ENI and one network stack, localhost included.

    Two of them map the same port and protocol, so only one can listen there: the other fails to bind, or never gets
    what is meant for it.

    ## Why it happens
    Two images with the same default port were put in one task; in bridge mode that works with different host ports.

    ## What it cannot see
    Ports that containers open without a port mapping, and containers that map a port and do not listen on it.
    """
    uses = [use for container in used.task_definition.container_definitions for use in _uses(container)]
    clashes = [
        (one, other)
        for one, other in itertools.combinations(uses, 2)
        if one.container != other.container and one.overlaps(other)
    ]
    if not clashes:
        return
    texts = (
        f"{one.container} ({one.ports}) and {other.container} ({other.ports}) over {one.protocol}"
        for one, other in clashes
    )
    involved = dict.fromkeys(use for clash in clashes for use in clash)
    yield Fault(
        detail=f"{used.task_definition.short_name}: containers map the same port: {'; '.join(texts)}",
        evidence=tuple(use.evidence(used.task_definition) for use in involved),
        values={"task_definition": used.task_definition.short_name},
    )


def _uses(container: ecs.ContainerDefinition) -> Iterator[PortUse]:
    for mapping in container.port_mappings:
        protocol = (mapping.protocol or "tcp").lower()
        if mapping.container_port_range and (match := _RANGE.fullmatch(mapping.container_port_range.strip())):
            first, last = int(match[1]), int(match[2])
            yield PortUse(container.name, protocol, first, last, "containerPortRange")
        elif mapping.container_port:
            yield PortUse(container.name, protocol, mapping.container_port, mapping.container_port, "containerPort")
