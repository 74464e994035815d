"""What a service asks of a container instance, and how many more tasks it wants placed."""

import math
from dataclasses import dataclass
from functools import cached_property

from awsvpc_audit.analyzers.capacity.cluster_query import Expression, QueryError, asks_of_tasks, parse
from awsvpc_audit.analyzers.capacity.task_size import TaskSize, task_size
from awsvpc_audit.analyzers.workloads import Cluster, Workload
from awsvpc_audit.model import ec2, ecs
from awsvpc_audit.model.gaps import NotCollectedError

ZONE_ATTRIBUTE = "ecs.availability-zone"
TASK_ENI_ATTRIBUTE = "ecs.capability.task-eni"


@dataclass(frozen=True, slots=True)
class MemberOf:
    """A `memberOf` constraint. `expression` is ``None`` where its text cannot be read: then `problem` says why."""

    text: str
    expression: Expression | None
    problem: str = ""

    @property
    def changes_with_tasks(self) -> bool:
        """Whether placing a task may change the answer."""
        return self.expression is not None and asks_of_tasks(self.expression)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What one task of a workload asks of the instance that takes it.

    Attributes:
        name: of the workload.
        group: its task group.
        size: what a task takes; ``None`` where the task definition was not read.
        subnets: the task subnets that exist, by id; ``None`` where they were not all read. Only in awsvpc mode.
        required: attributes that the instance must have, with the value where one is asked for; ``None`` where the
            source does not say which.
        providers: its capacity providers; empty for any instance.
        is_distinct: at most one task of the group on an instance.
        member_of: placement constraints of the service and of its task definition.
        strategies: `(type, field)`, in order.
        missing: operations that would tell what is ``None`` here.
    """

    name: str
    group: str
    size: TaskSize | None
    subnets: dict[str, ec2.Subnet] | None = None
    required: tuple[tuple[str, str | None], ...] = ()
    os_family: str | None = None
    cpu_architecture: str | None = None
    providers: tuple[str, ...] = ()
    is_distinct: bool = False
    member_of: tuple[MemberOf, ...] = ()
    strategies: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()

    @cached_property
    def vpcs(self) -> frozenset[str]:
        """VPCs of the task subnets."""
        return frozenset(s.vpc_id for s in (self.subnets or {}).values() if s.vpc_id)

    @cached_property
    def zones(self) -> frozenset[str]:
        """AZs of the task subnets."""
        return frozenset(self.subnets_by_zone)

    @cached_property
    def fixed_key(self) -> tuple[object, ...]:
        """All that `fixed_reasons` depends on: services that are alike in it meet the same obstacles."""
        return (
            self.size is None,
            self.size is not None and self.size.needs_eni,
            self.subnets is None,
            self.vpcs,
            self.zones,
            self.required,
            self.os_family,
            self.cpu_architecture,
            self.providers,
            tuple(constraint.text for constraint in self.fixed_constraints),
            self.missing,
        )

    @cached_property
    def subnets_by_zone(self) -> dict[str, tuple[str, ...]]:
        """Ids of the task subnets by AZ."""
        found: dict[str, tuple[str, ...]] = {}
        for subnet_id, subnet in sorted((self.subnets or {}).items()):
            if subnet.availability_zone:
                found[subnet.availability_zone] = (*found.get(subnet.availability_zone, ()), subnet_id)
        return found

    @cached_property
    def fixed_constraints(self) -> tuple[MemberOf, ...]:
        """The `memberOf` constraints that no task changes the answer of."""
        return tuple(constraint for constraint in self.member_of if not constraint.changes_with_tasks)

    @cached_property
    def changing_constraints(self) -> tuple[MemberOf, ...]:
        """The other ones: they ask which tasks, or how many, run on the instance."""
        return tuple(constraint for constraint in self.member_of if constraint.changes_with_tasks)


def demand_of(workload: Workload, cluster: Cluster) -> Demand:
    """What a workload's tasks ask for, as far as it was read."""
    missing: list[str] = []
    definition: ecs.TaskDefinition | None = None
    try:
        definition = cluster.task_definition(workload)
    except NotCollectedError as gap:
        missing.extend(gap.operations)
    is_awsvpc = cluster.is_awsvpc(workload)
    subnets: dict[str, ec2.Subnet] | None = {}
    if is_awsvpc:
        try:
            found = {subnet_id: cluster.scope.subnets.get(subnet_id) for subnet_id in workload.subnets}
            subnets = {subnet_id: subnet for subnet_id, subnet in found.items() if subnet is not None}
        except NotCollectedError as gap:
            subnets = None
            missing.extend(gap.operations)
    service = workload.service
    constraints = (
        *(service.placement_constraints if service else ()),
        *(definition.placement_constraints if definition else ()),
    )
    platform = definition.runtime_platform if definition else None
    return Demand(
        name=workload.name,
        group=_group_of(workload),
        size=task_size(definition) if definition else None,
        subnets=subnets,
        required=_required(definition, is_awsvpc=is_awsvpc),
        os_family=platform.operating_system_family if platform else None,
        cpu_architecture=platform.cpu_architecture if platform else None,
        providers=_providers(workload),
        is_distinct=workload.is_daemon or any(c.type == "distinctInstance" for c in constraints),
        member_of=tuple(_member_of(c.expression) for c in constraints if c.type == "memberOf" and c.expression),
        strategies=_strategies(workload),
        missing=tuple(dict.fromkeys(missing)),
    )


def _group_of(workload: Workload) -> str:
    if workload.service is not None:
        return f"service:{workload.name}"
    return next((task.group for task in workload.tasks if task.group), f"family:{workload.name.split(':')[0]}")


def _required(definition: ecs.TaskDefinition | None, *, is_awsvpc: bool) -> tuple[tuple[str, str | None], ...]:
    """The attributes a task definition requires; `task-eni` is implied for awsvpc, also where the source is silent."""
    implied: dict[str, str | None] = {TASK_ENI_ATTRIBUTE: None} if is_awsvpc else {}
    required = {a.name: a.value for a in (definition.requires_attributes if definition else None) or ()}
    return tuple(sorted((implied | required).items()))


def _providers(workload: Workload) -> tuple[str, ...]:
    """The providers of the strategy that ever get a task: those with a weight or a base."""
    service = workload.service
    strategy = service.capacity_provider_strategy if service else ()
    unused = {item.capacity_provider for item in strategy if not item.weight and not item.base}
    used = tuple(name for name in workload.capacity_providers if name not in unused)
    # A strategy of one provider with neither is how some sources leave out the defaults.
    return used or workload.capacity_providers


def _member_of(text: str) -> MemberOf:
    try:
        return MemberOf(text, parse(text))
    except QueryError as error:
        return MemberOf(text, None, str(error))


def _strategies(workload: Workload) -> tuple[tuple[str, str], ...]:
    if workload.is_daemon:
        return ()
    chosen = workload.service.placement_strategy if workload.service else ()
    if not chosen:
        return (("spread", f"attribute:{ZONE_ATTRIBUTE}"),)
    return tuple((s.type, s.field or "") for s in chosen if s.type)


def unplaced_tasks(workload: Workload) -> int:
    """How many tasks the service scheduler wants to place now and has no place for.

    Those missing to the desired count; and, in a rolling deployment that may stop no more old tasks (they are at
    `minimumHealthyPercent`), the new ones that `maximumPercent` allows beside them.
    """
    service = workload.service
    if service is None or workload.is_daemon or len(service.deployments) < 2:
        return workload.unplaced
    primary = next((d for d in service.deployments if d.status == "PRIMARY"), None)
    if primary is None or primary.rollout_state == "COMPLETED":
        return workload.unplaced
    minimum, maximum = deployment_bounds(workload)
    if workload.running > minimum:
        return workload.unplaced
    # Tasks that wait in PROVISIONING for an instance of a capacity provider are pending, and have no place.
    without_place = max(0, len(workload.tasks) - workload.placed)
    of_primary = max(0, (primary.running_count or 0) + (primary.pending_count or 0) - without_place)
    to_replace = min(workload.desired - of_primary, maximum - workload.placed)
    return max(workload.unplaced, to_replace)


def deployment_bounds(workload: Workload) -> tuple[int, int]:
    """How few tasks must run, and how many may exist, during a deployment: the former rounds up, the latter down."""
    configuration = workload.service.deployment_configuration if workload.service else None
    lowest = configuration.minimum_healthy_percent if configuration else None
    highest = configuration.maximum_percent if configuration else None
    if lowest is None:
        lowest = 0 if workload.is_daemon else 100
    if highest is None:
        highest = 100 if workload.is_daemon else 200
    return math.ceil(workload.desired * lowest / 100), workload.desired * highest // 100
