"""What may hold a secret is dropped while collecting: a snapshot or a report can then not contain it.

Of container definitions only members on a list are kept, so that a member that AWS adds tomorrow is not kept by
accident. References to secrets (ARNs, parameter names) are kept: they say what a task needs to reach.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from awsvpc_audit.analyzers.changes import essential, record_of
from awsvpc_audit.analyzers.launchers import is_universal_target, run_task_request, run_task_states
from awsvpc_audit.analyzers.recorded_launches import CALLS, REQUEST_MEMBERS
from awsvpc_audit.model.snapshot import encode
from awsvpc_audit.model.tables import BY_OPERATION

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

_TARGET_MEMBERS = frozenset({"Arn", "EcsParameters", "EventBusName", "Id", "Rule"})

_TRAIL_MEMBERS = frozenset({"EventId", "EventName", "EventSource", "EventTime", "Resources", "Username"})

_STATE_MACHINE_MEMBERS = frozenset({"stateMachineArn", "name", "status", "type", "creationDate"})

_ACTION_MEMBERS = frozenset({"ForwardConfig", "Order", "TargetGroupArn", "Type"})

_ADDRESS_RECORDS = frozenset({"A", "AAAA", "CNAME"})

_TEXTS_IN_JSON = ("CloudTrailEvent", "Target", "definition", "Input")

_TAGS_KEPT = ("aws:", "AmazonECSManaged")
_NESTED = ("Instances", "Roles", "taskSets")
"""Lists in an entry whose members have tags of their own."""


def container_definition(container: Entry) -> Entry:
    """A container definition without values of environment variables, command lines, labels and secret log options."""
    kept = {key: value for key, value in container.items() if key in _CONTAINER_MEMBERS}
    if "environment" in container:
        kept["environment"] = [{"name": pair.get("name")} for pair in _entries(container["environment"])]
    if container.get("logConfiguration"):
        log = _entry(container["logConfiguration"])
        kept["logConfiguration"] = {
            "logDriver": log.get("logDriver"),
            "options": {key: value for key, value in _entry(log.get("options")).items() if key in _LOG_OPTIONS},
            "secretOptions": log.get("secretOptions") or [],
        }
    if container.get("firelensConfiguration"):
        kept["firelensConfiguration"] = {"type": _entry(container["firelensConfiguration"]).get("type")}
    if container.get("healthCheck"):
        kept["healthCheck"] = _without(_entry(container["healthCheck"]), "command")
    return kept


def _entry(value: Any) -> Entry:
    """An object of an answer. Of a snapshot made elsewhere, what is none is not kept."""
    return value if isinstance(value, dict) else {}


def _entries(value: Any) -> list[Entry]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _without(entry: Entry, *members: str) -> Entry:
    return {key: value for key, value in entry.items() if key not in members}


def _task_definition(entry: Entry) -> Entry:
    kept = _without(entry, "proxyConfiguration")
    if "containerDefinitions" in entry:
        kept["containerDefinitions"] = [container_definition(each) for each in _entries(entry["containerDefinitions"])]
    if entry.get("volumes"):
        # Docker volume drivers and bind mounts take free options (passwords of a file share among them).
        kept["volumes"] = [_without(volume, "dockerVolumeConfiguration") for volume in _entries(entry["volumes"])]
    return kept


def _task(entry: Entry) -> Entry:
    """Overrides carry environment variables and command lines of their own."""
    return _without(entry, "overrides")


def _service(entry: Entry) -> Entry:
    """Service Connect repeats a log configuration; hooks of a deployment are handed whatever their owner likes."""
    kept = _without(entry, "serviceConnectConfiguration")
    if entry.get("deploymentConfiguration"):
        kept["deploymentConfiguration"] = _without(_entry(entry["deploymentConfiguration"]), "lifecycleHooks")
    if "deployments" in entry:
        kept["deployments"] = [_without(each, "serviceConnectConfiguration") for each in _entries(entry["deployments"])]
    return kept


def _reservation(entry: Entry) -> Entry:
    """User data is no part of this answer; people who gather answers in a file may have put it there."""
    return {**entry, "Instances": [_without(each, "UserData") for each in _entries(entry.get("Instances"))]}


def _rule(entry: Entry) -> Entry:
    """A pattern of events may hold any value that events have."""
    return _without(entry, "EventPattern", "Description")


def _listener(entry: Entry) -> Entry:
    """Signing in takes the secret of a client, a fixed response any text: of actions, where they lead to is kept."""
    if not entry.get("DefaultActions"):
        return entry
    actions = _entries(entry["DefaultActions"])
    kept = [{key: value for key, value in action.items() if key in _ACTION_MEMBERS} for action in actions]
    return {**entry, "DefaultActions": kept}


def _record_set(entry: Entry) -> Entry:
    """Texts in the DNS are proofs and keys as often as not, and nothing here is resolved by them."""
    return entry if entry.get("Type") in _ADDRESS_RECORDS else _without(entry, "ResourceRecords")


def _target(entry: Entry) -> Entry:
    """What a rule or schedule hands to its target may be anything: only how tasks are run is kept."""
    kept = {key: value for key, value in entry.items() if key in _TARGET_MEMBERS}
    parameters = kept.get("EcsParameters")
    if parameters:
        kept["EcsParameters"] = {key: value for key, value in _entry(parameters).items() if key in _RUN_TASK_MEMBERS}
    if is_universal_target(entry.get("Arn")):
        request = run_task_request(entry.get("Input"))
        kept["Input"] = encode({key: value for key, value in request.items() if key in _RUN_TASK_MEMBERS}).decode()
    return kept


def _schedule(entry: Entry) -> Entry:
    kept = _without(entry, "Description")
    return {**kept, "Target": _target(_entry(entry["Target"]))} if entry.get("Target") else kept


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
    """Of a recorded call: who made it, whether it failed, and what it names; of a launch also AWS's answer.

    The rest may be anything: overrides of a task hold environment variables, a user's script is a parameter too.
    """
    kept = {key: value for key, value in entry.items() if key in _TRAIL_MEMBERS}
    record = record_of(entry.get("CloudTrailEvent"))
    identity = record.get("userIdentity")
    identity = identity if isinstance(identity, dict) else {}
    parameters = record.get("requestParameters")
    is_launch = record.get("eventName", entry.get("EventName")) in CALLS
    if is_launch and isinstance(parameters, dict):
        parameters = {key: value for key, value in parameters.items() if key in REQUEST_MEMBERS}
    else:
        parameters = essential(parameters, record.get("eventSource", entry.get("EventSource")))
    reduced: Entry = {
        "userIdentity": {key: identity[key] for key in ("type", "arn", "userName", "invokedBy") if key in identity},
        **{key: record[key] for key in ("errorCode", "eventSource", "eventName") if key in record},
        "requestParameters": parameters or {},
    }
    if is_launch:
        reduced |= {key: record[key] for key in ("errorMessage",) if key in record}
        reduced["responseElements"] = _launch_answer(record.get("responseElements"))
    return {**kept, "CloudTrailEvent": json.dumps(reduced)}


def _launch_answer(answer: Any) -> Entry:
    """Of what AWS answers to a launch: which tasks there are, and why not more."""
    kept: Entry = {}
    for name, members in (("tasks", {"taskArn"}), ("failures", {"arn", "reason", "detail"})):
        listed = answer.get(name) if isinstance(answer, dict) else None
        if isinstance(listed, list):
            kept[name] = [
                {key: value for key, value in each.items() if key in members}
                for each in listed
                if isinstance(each, dict)
            ]
    return kept


def _is_run_task_member(key: str) -> bool:
    return key.removesuffix(".$") in _RUN_TASK_MEMBERS


_BY_OPERATION: dict[str, Callable[[Entry], Entry]] = {
    "ecs:DescribeTaskDefinition": _task_definition,
    "ecs:DescribeTasks": _task,
    "ecs:DescribeServices": _service,
    "ec2:DescribeInstances": _reservation,
    "elbv2:DescribeListeners": _listener,
    "route53:ListResourceRecordSets": _record_set,
    "cloudtrail:LookupEvents": _trail_event,
    "events:ListRules": _rule,
    "events:ListTargetsByRule": _target,
    "scheduler:GetSchedule": _schedule,
    "stepfunctions:DescribeStateMachine": _state_machine,
}


def redacted(operation: str, entry: Entry) -> Entry:
    """An entry as it may be kept."""
    special = _BY_OPERATION.get(operation)
    if special is not None:
        try:
            entry = special(entry)
        except RecursionError:
            # JSON in a text, nested deeper than anything that AWS takes: nothing in it can be told to be harmless.
            entry = special(_without(entry, *_TEXTS_IN_JSON))
    return _with_safe_tags(entry)


def redacted_answer(operation: str, content: bytes) -> bytes:
    """A whole answer of a snapshot that somebody else made, as it may be kept.

    Args:
        operation: `service:Operation`, one that fills a table.
        content: the answer as JSON, decoded without complaint before.
    """
    key = BY_OPERATION[operation].result_key
    answer = msgspec.json.decode(content)[key]
    if isinstance(answer, list):
        return encode({key: [redacted(operation, each) for each in _entries(answer)]})
    return encode({key: redacted(operation, _entry(answer))})


def _with_safe_tags(entry: Entry) -> Entry:
    """Free text of people's own lives in tag values: all but the `Name` and what AWS sets are dropped."""
    for member in ("tags", "Tags", "TagSet"):
        tags = entry.get(member)
        if tags:
            entry = {**entry, member: [_safe_tag(tag) for tag in _entries(tags)]}
    for member in _NESTED:
        nested = entry.get(member)
        if nested:
            entry = {**entry, member: [_with_safe_tags(each) for each in _entries(nested)]}
    return entry


def _safe_tag(tag: Entry) -> Entry:
    key = str(tag.get("Key", tag.get("key")))
    if key == "Name" or key.startswith(_TAGS_KEPT):
        return tag
    return {name: value for name, value in tag.items() if name.lower() == "key"}
