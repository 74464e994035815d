"""What may hold a secret is dropped while collecting: a snapshot or a report can then not contain it.

Of container definitions only members on a list are kept, so that a member that AWS adds tomorrow is not kept by
accident. References to secrets (ARNs, parameter names) are kept: they say what a task needs to reach.
"""

from collections.abc import Callable
from typing import Any

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


_BY_OPERATION: dict[str, Callable[[Entry], Entry]] = {
    "ecs:DescribeTaskDefinition": _task_definition,
    "ecs:DescribeTasks": _task,
    "ecs:DescribeServices": _service,
}


def redacted(operation: str, entry: Entry) -> Entry:
    """An entry as it may be kept."""
    special = _BY_OPERATION.get(operation)
    if special is not None:
        entry = special(entry)
    return _with_safe_tags(entry)


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
