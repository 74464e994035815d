"""What checks on starting tasks look at: what does not start, and the task definitions and roles in use."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.starting import Start, Starts, starts_of
from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.checks._base import Context, Fault
from awsvpc_audit.checks._subjects import task_definition_ref
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError


@dataclass(frozen=True, slots=True)
class FailingStart:
    """A service, or standalone tasks, that do not start."""

    start: Start

    @property
    def ref(self) -> ResourceRef:
        """The service or the tasks."""
        return self.start.ref

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """The same: what is at fault is something that they use."""
        return (self.start.ref,)


def failing_starts(context: Context) -> Iterator[FailingStart]:
    """The services to audit, and standalone tasks, that do not start."""
    found = starts(context)
    for start in found.known:
        yield FailingStart(start)
    if found.gap:
        raise NotCollectedError(found.gap)


def as_told(start: Start, faults: Iterator[Fault], context: Context) -> Iterator[Fault]:
    """The faults of what a start needs, where it is known that they matter.

    Raises:
        NotCollectedError: nothing says why it does not start, and tasks were not read that might say something else.
    """
    for fault in faults:
        if not start.says_why:
            context.scope.tasks.require()
        yield fault


def starts(context: Context) -> Starts:
    """What does not start, of the services to audit; computed once."""
    every: Starts = context.once("starts", lambda: starts_of(context.cluster))
    if not context.services:
        return every
    return Starts(tuple(s for s in every.known if s.ref.type != "service" or s.ref.id in context.services), every.gap)


@dataclass(frozen=True, slots=True)
class StartingDefinition:
    """A task definition in awsvpc mode, with whoever runs it and with those of them that do not start.

    Attributes:
        definition: the task definition.
        users: services and standalone tasks that run it, or should.
        computes: what they run on; ``None`` among them where that is not known of one.
        starts: those that do not start.
    """

    definition: ecs.TaskDefinition
    users: tuple[ResourceRef, ...]
    computes: frozenset[Compute | None]
    starts: tuple[Start, ...]

    @property
    def ref(self) -> ResourceRef:
        """Named `family:revision`."""
        return task_definition_ref(self.definition)

    @property
    def affected(self) -> tuple[ResourceRef, ...]:
        """Who runs it."""
        return self.users


def starting_definitions(context: Context) -> Iterator[StartingDefinition]:
    """Every task definition that an awsvpc workload runs, or fails to start, once."""
    failing = starts(context)
    gap: dict[str, None] = dict.fromkeys(failing.gap)
    users: dict[str, list[tuple[ResourceRef, Compute | None]]] = {}
    definitions: dict[str, ecs.TaskDefinition] = {}
    for workload in context.workloads:
        definition = _definition_of(workload, context, gap)
        if definition is not None:
            definitions[definition.task_definition_arn] = definition
            users.setdefault(definition.task_definition_arn, []).append((workload.ref, workload.compute))
    for start in failing.known:
        definitions[start.definition.task_definition_arn] = start.definition
        users.setdefault(start.definition.task_definition_arn, []).append((start.ref, start.compute))
    for arn, definition in sorted(definitions.items()):
        yield StartingDefinition(
            definition=definition,
            users=tuple(dict.fromkeys(ref for ref, _ in users[arn])),
            computes=frozenset(compute for _, compute in users[arn]),
            starts=tuple(start for start in failing.known if start.definition.task_definition_arn == arn),
        )
    if gap:
        raise NotCollectedError(tuple(gap))
    context.cluster.require_services()


def _definition_of(workload: Workload, context: Context, gap: dict[str, None]) -> ecs.TaskDefinition | None:
    try:
        return context.cluster.task_definition(workload)
    except NotCollectedError as error:
        gap |= dict.fromkeys(error.operations)
        return None
