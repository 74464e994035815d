"""Changes out of CloudTrail: who called what, on which resources."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from awsvpc_audit.model import cloudtrail
from awsvpc_audit.model.scope import Scope

_ID = re.compile(
    r"(?:vpc|subnet|rtb|acl|sg|nat|igw|eigw|vpce|eni|i|dopt|tgw|tgw-rtb|tgw-attach|pcx|pl|eipalloc)-[0-9a-z][0-9a-z-]*"
)
_NAMES = frozenset({"cluster", "service", "serviceName", "roleName", "principalArn", "policyName", "policyArn"})
_NAMES_OF_OTHERS = _NAMES | {"name", "desiredCount"}
"""Of calls to other services than Amazon EC2, where a `name` is that of a filter."""

_EC2 = "ec2.amazonaws.com"
_ECS = "ecs.amazonaws.com"
_SETTING = "value"
"""Of an account setting. Deeper it is that of a tag or an environment variable, elsewhere a secret's."""
MOST_LEVELS = 50
"""How deep parameters are looked into: no call of AWS nests them half as deep."""

_BLOCKS = frozenset(
    {
        *("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"),
        *("cidrBlock", "cidrIp", "cidrIpv6", "fromPort", "toPort", "ruleNumber", "ruleAction"),
    }
)


LAUNCHES = frozenset({"RunTask", "StartTask"})
"""Calls that launch tasks and change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One call that changed something.

    Attributes:
        call: the API's name of it.
        at: when.
        by: `role/terraform (session ci-4411)`, `user/alice`, `root`, or what CloudTrail calls it.
        ids: AWS ids that it names.
        names: other names in it: of services, roles, settings.
        details: blocks, ports and rule numbers in it, as written.
    """

    call: str
    at: datetime | None
    by: str | None
    ids: tuple[str, ...]
    names: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def text(self) -> str:
        """`DeleteRoute rtb-0f6 0.0.0.0/0`."""
        return " ".join((self.call, *self.ids, *self.names, *self.details))


def changes_of(scope: Scope) -> tuple[Change, ...]:
    """The changes that were read, oldest first.

    A call that AWS refused changed nothing and is left out; so is one that launches tasks, see `recorded_launches`.
    """
    found = [change for event in scope.trail_events.known() if (change := _change(event)) is not None]
    return tuple(sorted(found, key=lambda change: (change.at is None, str(change.at), change.text)))


def _change(event: cloudtrail.Event) -> Change | None:
    record = record_of(event.cloud_trail_event)
    if record.get("errorCode") or event.event_name in LAUNCHES:
        return None
    parameters = record.get("requestParameters")
    source = event.event_source or record.get("eventSource")
    ids: dict[str, None] = {}
    names: dict[str, None] = {}
    details: dict[str, None] = {}
    for key, value in _members(essential(parameters, source)):
        text = str(value)
        if _ID.fullmatch(text):
            ids[text] = None
        elif key in _BLOCKS:
            details[text if "idr" in key else f"{key} {text}"] = None
        else:
            names[text.rsplit("/", 1)[-1]] = None
    for resource in event.resources:
        name = resource.resource_name or ""
        if _ID.fullmatch(name):
            ids[name] = None
        elif not parameters and name:
            names[name.rsplit("/", 1)[-1]] = None
    return Change(
        call=event.event_name or "?",
        at=event.event_time,
        by=caller_of(record.get("userIdentity"), event.username),
        ids=tuple(ids),
        names=tuple(names),
        details=tuple(details),
    )


def _names(source: str | None) -> frozenset[str]:
    return _NAMES if source == _EC2 else _NAMES_OF_OTHERS


def essential(parameters: Any, source: str | None) -> Any:
    """What changes are read from, of the parameters of a call: ids, and members that name or number something.

    Args:
        parameters: as recorded; what lies deeper than `MOST_LEVELS` is left out.
        source: of the event, `ec2.amazonaws.com`.

    Returns:
        The same shape with nothing else in it; ``None`` where nothing is left.
    """
    kept = _essential(parameters, source, MOST_LEVELS)
    if source == _ECS and isinstance(parameters, dict) and isinstance(parameters.get(_SETTING), str):
        return {**(kept or {}), _SETTING: parameters[_SETTING]}
    return kept


def _essential(parameters: Any, source: str | None, levels: int) -> Any:
    if levels == 0:
        return None
    if isinstance(parameters, dict):
        kept = {key: _essential_member(str(key), value, source, levels) for key, value in parameters.items()}
        return {key: value for key, value in kept.items() if value is not None} or None
    if isinstance(parameters, list):
        return [kept for each in parameters if (kept := _essential(each, source, levels - 1)) is not None] or None
    return parameters if isinstance(parameters, str) and _ID.fullmatch(parameters) else None


def _essential_member(key: str, value: Any, source: str | None, levels: int) -> Any:
    if isinstance(value, dict | list):
        return _essential(value, source, levels - 1)
    is_read = key in _names(source) or key in _BLOCKS or (isinstance(value, str) and _ID.fullmatch(value))
    return value if is_read else None


def record_of(text: str | None) -> dict[str, Any]:
    """The JSON in `CloudTrailEvent`; empty where it is none."""
    try:
        record = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member with a plain value, however deep."""
    if isinstance(value, dict):
        for key, member in value.items():
            if isinstance(member, dict | list):
                yield from _members([(key, each) for each in member] if _is_plain_list(member) else member)
            elif member is not None and not isinstance(member, bool):
                yield key, member
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, tuple):
                yield each
            else:
                yield from _members(each)


def _is_plain_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str | int) for each in value)


def caller_of(identity: Any, username: str | None) -> str | None:
    """Who made a call: `role/terraform (session ci-4411)`, `user/alice`, `root`, or what CloudTrail calls it."""
    identity = identity if isinstance(identity, dict) else {}
    arn = str(identity.get("arn") or "")
    if ":assumed-role/" in arn:
        role, _, session = arn.partition(":assumed-role/")[2].partition("/")
        return f"role/{role}" + (f" (session {session})" if session else "")
    if identity.get("type") == "Root":
        return "root"
    if ":user/" in arn:
        return f"user/{arn.rsplit('/', 1)[-1]}"
    invoker = identity.get("invokedBy")
    return str(invoker) if invoker else username
