"""What may hold a secret is dropped while collecting: a snapshot or a report can then not contain it.

Of container definitions only members on a list are kept, so that a member that AWS adds tomorrow is not kept by
accident. References to secrets (ARNs, parameter names) are kept: they say what a task needs to reach.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from awsvpc_audit.analyzers.launchers import run_task_states
from awsvpc_audit.model.snapshot import encode

Entry = dict[str, Any]

_CONTAINER_MEMBERS = frozenset(
    {
        "cpu",
        "credentialSpecs",
        "dependsOn",
        "disableNetworking",
        "dnsSearchDomains",
        "dnsServers",
        "environmentFiles",
        "essential",
        "extraHosts",
        "hostname",
        "image",
        "interactive",
        "linuxParameters",
        "links",
        "memory",
        "memoryReservation",
        "mountPoints",
        "name",
        "portMappings",
        "privileged",
        "pseudoTerminal",
        "readonlyRootFilesystem",
        "repositoryCredentials",
        "resourceRequirements",
        "restartPolicy",
        "secrets",
        "startTimeout",
        "stopTimeout",
        "systemControls",
        "ulimits",
        "user",
        "versionConsistency",
        "volumesFrom",
        "workingDirectory",
    }
)

_LOG_OPTIONS = frozenset(
    {
        "awslogs-create-group",
        "awslogs-datetime-format",
        "awslogs-endpoint",
        "awslogs-group",
        "awslogs-multiline-pattern",
        "awslogs-region",
        "awslogs-stream-prefix",
        "max-buffer-size",
        "mode",
        "region",
        "log-driver-buffer-limit",
    }
)
"""Options that name a place or a mode. Any other (a Splunk token, a FireLens key) may be a secret."""

_RUN_TASK_MEMBERS = frozenset(
    {
        *("TaskDefinitionArn", "TaskCount", "CapacityProviderStrategy", "Cluster", "EnableExecuteCommand"),
        *("LaunchType", "NetworkConfiguration", "PlatformVersion", "TaskDefinition"),
    }
)
"""What of a call of RunTask says where and on which network a task runs."""

_TRAIL_MEMBERS = frozenset({"EventId", "EventName", "EventSource", "EventTime", "Resources", "Username"})

_TRAIL_PARAMETERS = frozenset(
    {
        *("cluster", "service", "taskDefinition", "desiredCount", "name", "value", "principalArn"),
        *("roleName", "policyName", "policyArn"),
    }
)
"""Parameters that name something, of calls to other services than EC2. A policy document is none."""

_STATE_MACHINE_MEMBERS = frozenset({"stateMachineArn", "name", "status", "type", "creationDate"})

_TAGS_KEPT = ("aws:", "AmazonECSManaged")
_NESTED = ("Instances", "Roles", "taskSets")
"""Lists in an entry whose members have tags of their own."""


def container_definition(container: Entry) -> Entry:
    """A container definition without values of environment variables, command lines, labels and secret log options."""
    kept = {key: value for key, value in container.items() if key in _CONTAINER_MEMBERS}
    if "environment" in container:
        kept["environment"] = [{"name": pair.get("name")} for pair in container["environment"] or ()]
    if container.get("logConfiguration"):
        log = container["logConfiguration"]
        kept["logConfiguration"] = {
            "logDriver": log.get("logDriver"),
            "options": {key: value for key, value in (log.get("options") or {}).items() if key in _LOG_OPTIONS},
            "secretOptions": log.get("secretOptions") or [],
        }
    if container.get("firelensConfiguration"):
        kept["firelensConfiguration"] = {"type": container["firelensConfiguration"].get("type")}
    if container.get("healthCheck"):
        kept["healthCheck"] = {key: value for key, value in container["healthCheck"].items() if key != "command"}
    return kept


def _task_definition(entry: Entry) -> Entry:
    kept = {key: value for key, value in entry.items() if key != "proxyConfiguration"}
    if "containerDefinitions" in entry:
        kept["containerDefinitions"] = [container_definition(each) for each in entry["containerDefinitions"]]
    if entry.get("volumes"):
        # Docker volume drivers and bind mounts take free options (passwords of a file share among them).
        kept["volumes"] = [
            {key: value for key, value in volume.items() if key not in {"dockerVolumeConfiguration"}}
            for volume in entry["volumes"]
        ]
    return kept


def _task(entry: Entry) -> Entry:
    """Overrides carry environment variables and command lines of their own."""
    return {key: value for key, value in entry.items() if key != "overrides"}


def _service(entry: Entry) -> Entry:
    """Service Connect repeats a log configuration, in the service's deployments."""
    kept = dict(entry)
    if "deployments" in entry:
        kept["deployments"] = [
            {key: value for key, value in deployment.items() if key != "serviceConnectConfiguration"}
            for deployment in entry["deployments"]
        ]
    return kept


def _target(entry: Entry) -> Entry:
    """What a rule or schedule hands to its target may be anything: only how tasks are run is kept."""
    kept = {key: value for key, value in entry.items() if key in {"Arn", "EcsParameters", "Id", "Rule"}}
    parameters = kept.get("EcsParameters")
    if parameters:
        kept["EcsParameters"] = {key: value for key, value in parameters.items() if key in _RUN_TASK_MEMBERS}
    return kept


def _schedule(entry: Entry) -> Entry:
    return {**entry, "Target": _target(entry["Target"])} if entry.get("Target") else entry


def _state_machine(entry: Entry) -> Entry:
    """Of a definition the states that run ECS tasks, and of those how; overrides hold environment variables."""
    kept = {key: value for key, value in entry.items() if key in _STATE_MACHINE_MEMBERS}
    states = {
        name: {
            "Type": "Task",
            "Resource": state.get("Resource"),
            **{
                member: {key: value for key, value in state[member].items() if _is_run_task_member(key)}
                for member in ("Parameters", "Arguments")
                if isinstance(state.get(member), dict)
            },
        }
        for name, state in run_task_states(entry.get("definition"))
    }
    return {**kept, "definition": encode({"States": states}).decode()}


def _trail_event(entry: Entry) -> Entry:
    """Of a recorded call: who made it, whether it failed, and the ids that it names. The rest may be anything."""
    kept = {key: value for key, value in entry.items() if key in _TRAIL_MEMBERS}
    try:
        record = json.loads(entry.get("CloudTrailEvent") or "{}")
    except ValueError:
        record = {}
    identity = record.get("userIdentity") or {}
    parameters = record.get("requestParameters") or {}
    reduced = {
        "userIdentity": {key: identity[key] for key in ("type", "arn", "userName", "invokedBy") if key in identity},
        **{key: record[key] for key in ("errorCode", "eventSource", "eventName") if key in record},
        "requestParameters": parameters
        if record.get("eventSource") == "ec2.amazonaws.com"
        else {key: value for key, value in parameters.items() if key in _TRAIL_PARAMETERS},
    }
    return {**kept, "CloudTrailEvent": json.dumps(reduced)}


def _is_run_task_member(key: str) -> bool:
    return key.removesuffix(".$") in _RUN_TASK_MEMBERS


_BY_OPERATION: dict[str, Callable[[Entry], Entry]] = {
    "ecs:DescribeTaskDefinition": _task_definition,
    "ecs:DescribeTasks": _task,
    "ecs:DescribeServices": _service,
    "cloudtrail:LookupEvents": _trail_event,
    "events:ListTargetsByRule": _target,
    "scheduler:GetSchedule": _schedule,
    "stepfunctions:DescribeStateMachine": _state_machine,
}


def redacted(operation: str, entry: Entry) -> Entry:
    """An entry as it may be kept."""
    special = _BY_OPERATION.get(operation)
    if special is not None:
        entry = special(entry)
    return _with_safe_tags(entry)


def redacted_answer(operation: str, content: bytes) -> bytes:
    """A whole answer of a snapshot that somebody else made, as it may be kept.

    Args:
        operation: `service:Operation`.
        content: the answer as JSON.
    """
    answer = msgspec.json.decode(content)
    kept = {
        key: [redacted(operation, each) if isinstance(each, dict) else each for each in value]
        if isinstance(value, list)
        else value
        for key, value in answer.items()
    }
    return msgspec.json.encode(kept)


def _with_safe_tags(entry: Entry) -> Entry:
    """Free text of people's own lives in tag values: all but the `Name` and what AWS sets are dropped."""
    for member in ("tags", "Tags", "TagSet"):
        tags = entry.get(member)
        if tags:
            entry = {**entry, member: [_safe_tag(tag) for tag in tags]}
    for member in _NESTED:
        nested = entry.get(member)
        if nested:
            entry = {**entry, member: [_with_safe_tags(each) for each in nested]}
    return entry


def _safe_tag(tag: Entry) -> Entry:
    key = tag.get("Key", tag.get("key")) or ""
    if key == "Name" or key.startswith(_TAGS_KEPT):
        return tag
    return {name: value for name, value in tag.items() if name.lower() == "key"}
