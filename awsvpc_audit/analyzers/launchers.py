"""What other than a service starts tasks in a cluster: EventBridge rules and schedules, Step Functions states."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import events, stepfunctions, tables
from awsvpc_audit.model.scope import Scope, cluster_name

RUN_TASK = "ecs:runTask"
"""How a state of Step Functions names the task it runs, in whatever integration: `arn:aws:states:::ecs:runTask.sync`,
`arn:aws:states:::aws-sdk:ecs:runTask`."""

TABLES = (tables.EVENT_RULES, tables.EVENT_TARGETS, tables.SCHEDULES, tables.STATE_MACHINES)
"""What says which launchers there are."""

_LISTINGS = frozenset({"events:ListRuleNamesByTarget", "scheduler:ListSchedules", "stepfunctions:ListStateMachines"})

_REFUSED = frozenset({"AccessDenied", "Throttled"})
"""Failures of somebody who knows the operation. An endpoint that does not, has no launchers either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One launcher as it is configured.

    Attributes:
        ref: how findings name it: `events:rule/NAME`, `scheduler:schedule/GROUP/NAME` or
            `states:statemachine/NAME/STATE`.
        operation: which answer tells it.
        path: AWS's path to the awsvpcConfiguration in that answer.
        task_definition: ARN, family or `family:revision`, as written.
        launch_type: as written.
        capacity_providers: names in its strategy.
        platform_version: as written.
        has_configuration: whether it has an awsvpcConfiguration.
        subnets, security_groups: ids in that.
        assign_public_ip: whether it asks for a public address.
        is_partly_dynamic: whether the input of an execution gives some of its network settings.
    """

    ref: ResourceRef
    operation: str
    path: str
    task_definition: str | None = None
    launch_type: str | None = None
    capacity_providers: tuple[str, ...] = ()
    platform_version: str | None = None
    has_configuration: bool = False
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False
    is_partly_dynamic: bool = False


def launches_of(scope: Scope, cluster: str) -> tuple[Launch, ...]:
    """The launchers of a cluster that were read, by id. A disabled rule or schedule starts nothing and is left out.

    Args:
        scope: the account and Region.
        cluster: the cluster's name.
    """
    found = (*_of_rules(scope, cluster), *_of_schedules(scope, cluster), *_of_state_machines(scope, cluster))
    return tuple(sorted(found, key=lambda launch: launch.ref.id))


def unread_launchers(scope: Scope) -> tuple[str, ...]:
    """Operations that AWS refused, so that there may be launchers nobody knows of; empty where none was refused.

    A file that a snapshot made by hand does not have is no refusal: nearly all such snapshots are without.
    """
    refused = {each.operation for each in scope.missing if each.error in _REFUSED}
    return tuple(sorted(refused & (_LISTINGS | {table.operation for table in TABLES})))


# EventBridge.


def _of_rules(scope: Scope, cluster: str) -> Iterator[Launch]:
    for target in scope.event_targets.known():
        if target.ecs_parameters is None or not target.rule or not _is_cluster(target.arn, scope, cluster):
            continue
        rule = scope.event_rules.peek(target.rule)
        if rule is not None and rule.state == "DISABLED":
            continue
        ref = ResourceRef(type="launcher", id=f"events:rule/{target.rule}", arn=rule.arn if rule else None)
        yield _of_parameters(
            target.ecs_parameters,
            ref,
            tables.EVENT_TARGETS.operation,
            "EcsParameters.NetworkConfiguration.awsvpcConfiguration",
        )


def _of_schedules(scope: Scope, cluster: str) -> Iterator[Launch]:
    for schedule in scope.schedules.known():
        target = schedule.target
        if target is None or target.ecs_parameters is None or not _is_cluster(target.arn, scope, cluster):
            continue
        if schedule.state == "DISABLED":
            continue
        name = f"scheduler:schedule/{schedule.group_name or 'default'}/{schedule.name}"
        yield _of_parameters(
            target.ecs_parameters,
            ResourceRef(type="launcher", id=name, arn=schedule.arn),
            tables.SCHEDULES.operation,
            "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration",
        )


def _is_cluster(arn: str | None, scope: Scope, cluster: str) -> bool:
    """Whether a target's ARN is that of the cluster, in this account and Region."""
    parts = (arn or "").split(":")
    if len(parts) < 6 or parts[2] != "ecs" or cluster_name(parts[5]) != cluster:
        return False
    return parts[3] == scope.region and parts[4] == scope.account


def _of_parameters(parameters: events.EcsParameters, ref: ResourceRef, operation: str, path: str) -> Launch:
    network = parameters.network_configuration
    awsvpc = network.awsvpc_configuration if network else None
    return Launch(
        ref=ref,
        operation=operation,
        path=path,
        task_definition=parameters.task_definition_arn,
        launch_type=parameters.launch_type,
        capacity_providers=tuple(item.capacity_provider for item in parameters.capacity_provider_strategy),
        platform_version=parameters.platform_version,
        has_configuration=awsvpc is not None and bool(awsvpc.subnets or awsvpc.security_groups),
        subnets=awsvpc.subnets if awsvpc else (),
        security_groups=awsvpc.security_groups if awsvpc else (),
        assign_public_ip=awsvpc is not None and awsvpc.assign_public_ip == "ENABLED",
    )


# Step Functions.


def _of_state_machines(scope: Scope, cluster: str) -> Iterator[Launch]:
    for machine in scope.state_machines.known():
        if machine.status != "DELETING":
            for name, state in run_task_states(machine.definition):
                launch = _of_state(machine, name, state, cluster)
                if launch is not None:
                    yield launch


def run_task_states(definition: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The states of a definition that run ECS tasks, in branches and iterations too: name and state.

    Args:
        definition: in the Amazon States Language. A text that is no such definition has none.
    """
    try:
        parsed = msgspec.json.decode(definition or "{}")
    except (msgspec.DecodeError, RecursionError):
        return
    yield from _states(parsed)


def _states(block: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    states = block.get("States") if isinstance(block, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        if RUN_TASK in str(state.get("Resource", "")):
            yield str(name), state
        branches = state.get("Branches")
        for inner in (
            *(branches if isinstance(branches, list) else ()),
            state.get("Iterator"),
            state.get("ItemProcessor"),
        ):
            yield from _states(inner)


def _of_state(machine: stepfunctions.StateMachine, name: str, state: dict[str, Any], cluster: str) -> Launch | None:
    arguments = state.get("Parameters") or state.get("Arguments")
    member = "Parameters" if state.get("Parameters") else "Arguments"
    if not isinstance(arguments, dict):
        return None
    # RunTask takes the cluster named `default` where none is given.
    where = _text(arguments, "Cluster") if "Cluster" in arguments or "Cluster.$" in arguments else "default"
    if where is None or cluster_name(where) != cluster:
        return None
    network = _member(arguments, "NetworkConfiguration")
    awsvpc = _member(network, "AwsvpcConfiguration") or _member(network, "awsvpcConfiguration")
    subnets, groups = _texts(awsvpc, "Subnets"), _texts(awsvpc, "SecurityGroups")
    dynamic = any(_is_dynamic(holder) for holder in (arguments.get("NetworkConfiguration"), network, awsvpc))
    dynamic = dynamic or "NetworkConfiguration.$" in arguments or None in {*subnets, *groups}
    strategy = arguments.get("CapacityProviderStrategy")
    providers = [item.get("CapacityProvider") for item in strategy or () if isinstance(item, dict)]
    return Launch(
        ref=ResourceRef(
            type="launcher",
            id=f"states:statemachine/{machine.name or machine.state_machine_arn.rsplit(':', 1)[-1]}/{name}",
            arn=machine.state_machine_arn,
        ),
        operation=tables.STATE_MACHINES.operation,
        path=f"definition.States.{name}.{member}.NetworkConfiguration.AwsvpcConfiguration",
        task_definition=_text(arguments, "TaskDefinition"),
        launch_type=_text(arguments, "LaunchType"),
        capacity_providers=tuple(str(provider) for provider in providers if provider),
        platform_version=_text(arguments, "PlatformVersion"),
        has_configuration=bool(awsvpc) or dynamic,
        subnets=tuple(each for each in subnets if each),
        security_groups=tuple(each for each in groups if each),
        assign_public_ip=_text(awsvpc, "AssignPublicIp") == "ENABLED",
        is_partly_dynamic=dynamic,
    )


def _member(holder: Any, name: str) -> dict[str, Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _text(holder: dict[str, Any], name: str) -> str | None:
    """A member that is written out; ``None`` where the input of an execution gives it."""
    value = holder.get(name)
    return value if isinstance(value, str) and not _is_dynamic(value) else None


def _texts(holder: dict[str, Any], name: str) -> tuple[str | None, ...]:
    """A list that is written out, ``None`` for each entry that is not."""
    value = holder.get(name)
    if isinstance(value, str):
        return (None,)
    return tuple(
        each if isinstance(each, str) and not _is_dynamic(each) else None
        for each in (value if isinstance(value, list) else ())
    )


def _is_dynamic(value: Any) -> bool:
    """Whether it is an expression: JSONata in `{% %}`, a JSONPath, or a member whose name ends with `.$`."""
    if isinstance(value, str):
        return value.startswith(("{%", "$", "States."))
    return isinstance(value, dict) and any(str(key).endswith(".$") for key in value)
