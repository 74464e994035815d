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

UNIVERSAL_TARGET = ":scheduler:::aws-sdk:ecs:runtask"
"""How the target of a schedule that calls RunTask as an API ends, in small letters.

Source: docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

DEFAULT_BUS = "default"
"""The event bus that every account has, and that calls without a bus are about."""

TABLES = (tables.EVENT_RULES, tables.EVENT_TARGETS, tables.SCHEDULES, tables.STATE_MACHINES)
"""What says which launchers there are."""

_LISTINGS = frozenset(
    {
        *("events:ListEventBuses", "events:ListRuleNamesByTarget"),
        *("scheduler:ListSchedules", "stepfunctions:ListStateMachines"),
    }
)

REFUSED = frozenset(
    {"AccessDenied", "Throttled", "InternalError", "Timeout", "ConnectionError", "MalformedResponse", "Truncated"}
)
"""Failures of somebody who may know the operation. An endpoint that says it does not, has no launchers either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One launcher as it is configured.

    Attributes:
        ref: how findings name it: `events:rule/NAME`, on another event bus than the default one
            `events:rule/BUS/NAME`; `scheduler:schedule/GROUP/NAME` or `states:statemachine/NAME/STATE`.
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
    refused = {each.operation for each in scope.missing if each.error in REFUSED or each.because}
    return tuple(sorted(refused & (_LISTINGS | {table.operation for table in TABLES})))


# EventBridge.


def _of_rules(scope: Scope, cluster: str) -> Iterator[Launch]:
    for target in scope.event_targets.known():
        if target.ecs_parameters is None or not target.rule or not _is_cluster(target.arn, scope, cluster):
            continue
        bus = (target.event_bus_name or DEFAULT_BUS).rpartition("event-bus/")[2]
        rule = scope.event_rules.peek(f"{bus}/{target.rule}")
        if rule is not None and rule.state == "DISABLED":
            continue
        name = target.rule if bus == DEFAULT_BUS else f"{bus}/{target.rule}"
        ref = ResourceRef(type="launcher", id=f"events:rule/{name}", arn=rule.arn if rule else None)
        yield _of_parameters(
            target.ecs_parameters,
            ref,
            tables.EVENT_TARGETS.operation,
            "EcsParameters.NetworkConfiguration.awsvpcConfiguration",
        )


def _of_schedules(scope: Scope, cluster: str) -> Iterator[Launch]:
    for schedule in scope.schedules.known():
        target = schedule.target
        if target is None or schedule.state == "DISABLED":
            continue
        name = f"scheduler:schedule/{schedule.group_name or 'default'}/{schedule.name}"
        ref = ResourceRef(type="launcher", id=name, arn=schedule.arn)
        if is_universal_target(target.arn):
            request = run_task_request(target.input)
            launch = _of_request(request, ref, tables.SCHEDULES.operation, "Target.Input", cluster)
            if launch is not None:
                yield launch
        elif target.ecs_parameters is not None and _is_cluster(target.arn, scope, cluster):
            path = "Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration"
            yield _of_parameters(target.ecs_parameters, ref, tables.SCHEDULES.operation, path)


def is_universal_target(arn: str | None) -> bool:
    """Whether the target of a schedule is RunTask itself, with a request of its own."""
    return (arn or "").lower().endswith(UNIVERSAL_TARGET)


def run_task_request(text: str | None) -> dict[str, Any]:
    """A request of RunTask out of JSON, its members in PascalCase; empty where the text is none.

    Schedules take the members as the API reference spells them (`networkConfiguration`) and as SDK integrations do
    (`NetworkConfiguration`).
    """
    try:
        request = _in_pascal_case(msgspec.json.decode(text or "{}"))
    except (msgspec.DecodeError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def _in_pascal_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key)[:1].upper() + str(key)[1:]: _in_pascal_case(member) for key, member in value.items()}
    return [_in_pascal_case(each) for each in value] if isinstance(value, list) else value


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
    member = "Parameters" if state.get("Parameters") else "Arguments"
    arguments = state.get(member)
    if not isinstance(arguments, dict):
        return None
    machine_name = machine.name or machine.state_machine_arn.rsplit(":", 1)[-1]
    ref = ResourceRef(type="launcher", id=f"states:statemachine/{machine_name}/{name}", arn=machine.state_machine_arn)
    path = f"definition.States.{name}.{member}"
    return _of_request(arguments, ref, tables.STATE_MACHINES.operation, path, cluster)


def _of_request(arguments: dict[str, Any], ref: ResourceRef, operation: str, path: str, cluster: str) -> Launch | None:
    """A launcher that calls RunTask with a request of its own; ``None`` where that is for another cluster."""
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
        ref=ref,
        operation=operation,
        path=f"{path}.NetworkConfiguration.AwsvpcConfiguration",
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
