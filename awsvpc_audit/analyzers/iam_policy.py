"""A small, sound evaluator of IAM policy documents: allowed, denied, or not to be told.

Known: effects, actions, resources and principals with their negations and wildcards, and conditions on keys whose value
is known. Whatever else a statement says makes it uncertain, never matching. Source:
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
reference_policies_elements_condition_operators.html.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote


class Answer(StrEnum):
    """What a policy says of a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Is:
    """A condition key has this value."""

    value: str

    def equals(self, wanted: str, matches: Callable[[str, str], bool]) -> bool | None:
        """Whether the key's value is the one a policy names, by the given comparison."""
        return None if "${" in wanted else matches(wanted, self.value)


@dataclass(frozen=True, slots=True)
class IsNot:
    """A condition key has a value that is not known, but none of these; with none given, none that a policy names."""

    values: frozenset[str] = frozenset()

    def equals(self, wanted: str, matches: Callable[[str, str], bool]) -> bool | None:
        """As for `Is`."""
        if any(mark in wanted for mark in ("*", "?", "${")):
            return None
        return False if not self.values or any(matches(wanted, value) for value in self.values) else None


KeyValue = Is | IsNot


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for what.

    Attributes:
        action: `service:Operation`.
        resource: an ARN, or `*` for an action without resources.
        principal: the ARN of the role, or `service:<name>` for an AWS service; ``None`` where it is not known.
        keys: what is known of condition keys, by lower-case name.
    """

    action: str
    resource: str
    principal: str | None = None
    keys: Mapping[str, KeyValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says of a request, and which of its statements decides.

    Attributes:
        answer: what it says.
        by: the statement that denies, by its `Sid` or its number; empty where no statement allows.
    """

    answer: Answer
    by: str = ""


def evaluate(document: str | Mapping[str, Any] | None, request: Request) -> Decision:
    """What a policy document says of a request. One that cannot be read decides nothing.

    Args:
        document: as AWS gives it: JSON text, also URL-encoded, or the object itself.
        request: who asks for what.
    """
    statements = statements_of(document)
    if statements is None:
        return Decision(Answer.UNDECIDED)
    allowed: bool | None = False
    may_be_denied = False
    for number, statement in enumerate(statements, start=1):
        matched = _matches(statement, request)
        if statement.get("Effect") == "Deny":
            if matched:
                return Decision(Answer.DENIED, str(statement.get("Sid") or f"statement {number}"))
            may_be_denied = may_be_denied or matched is None
        elif statement.get("Effect") == "Allow" and allowed is not True and matched is not False:
            allowed = matched
    if allowed is False:
        return Decision(Answer.DENIED)
    return Decision(Answer.ALLOWED if allowed and not may_be_denied else Answer.UNDECIDED)


def statements_of(document: str | Mapping[str, Any] | None) -> tuple[Mapping[str, Any], ...] | None:
    """The statements of a policy document; ``None`` where it is none."""
    if isinstance(document, str):
        try:
            document = json.loads(document if document.lstrip().startswith("{") else unquote(document))
        except ValueError:
            return None
    if not isinstance(document, Mapping):
        return None
    statements = document.get("Statement")
    listed: list[Any] = statements if isinstance(statements, list) else [statements]
    return tuple(listed) if all(isinstance(each, Mapping) for each in listed) else None


def _matches(statement: Mapping[str, Any], request: Request) -> bool | None:
    return _all(
        (
            _element(statement, "Action", lambda each: _like(each.lower(), request.action.lower())),
            _element(statement, "Resource", lambda each: None if "${" in each else _like(each, request.resource)),
            _principal(statement, request),
            _condition(statement.get("Condition"), request.keys),
        )
    )


def _element(statement: Mapping[str, Any], name: str, matches: Callable[[str], bool | None]) -> bool | None:
    """An element or its negation; a statement without either (a trust policy has no resource) is about all."""
    if name in statement:
        return _any(matches(each) for each in _texts(statement[name]))
    if f"Not{name}" in statement:
        return _not(_any(matches(each) for each in _texts(statement[f"Not{name}"])))
    return True


def _principal(statement: Mapping[str, Any], request: Request) -> bool | None:
    if "Principal" in statement:
        return _names(statement["Principal"], request.principal)
    if "NotPrincipal" in statement:
        return None
    return True


def _names(principal: Any, who: str | None) -> bool | None:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return None
    if "*" in _texts(principal.get("AWS", ())):
        return True
    if who is None:
        return None
    if who.startswith("service:"):
        return _any(_like(each, who.removeprefix("service:")) for each in _texts(principal.get("Service", ())))
    account = who.split(":")[4]
    return _any(_is_principal(each, who, account) for each in _texts(principal.get("AWS", ())))


def _is_principal(named: str, who: str, account: str) -> bool | None:
    if named in {who, account} or named.endswith(f"::{account}:root"):
        return True
    # Another role, user or account is certainly somebody else; a session or an id may be this one's.
    return False if re.fullmatch(r"\d{12}|arn:[\w-]+:iam::\d{12}:(?:root|role/.+|user/.+)", named) else None


def _condition(condition: Any, keys: Mapping[str, KeyValue]) -> bool | None:
    if not condition:
        return True
    if not isinstance(condition, Mapping):
        return None
    return _all(
        _compare(str(operator), str(key), _texts(wanted), keys)
        for operator, block in condition.items()
        for key, wanted in (block.items() if isinstance(block, Mapping) else (("", ()),))
    )


def _compare(operator: str, key: str, wanted: tuple[str, ...], keys: Mapping[str, KeyValue]) -> bool | None:
    value = keys.get(key.lower())
    name = operator.rpartition(":")[2].removesuffix("IfExists").lower()
    if value is None or operator.lower().startswith("forallvalues:") or name not in _OPERATORS:
        return None
    matches, is_negated = _OPERATORS[name]
    equal = _any(value.equals(each, matches) for each in wanted)
    return _not(equal) if is_negated else equal


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(each).lower() if isinstance(each, bool) else str(each) for each in listed)


def _like(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` and `?` matches a whole text.

    Not by a regular expression: of a pattern with twenty stars, which anybody may write, that would try every split.
    The last star alone is ever tried again, for what an earlier one could take a later one can take as well.
    """
    at = here = 0
    star, resumed = -1, 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resumed = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[here]}:
            at += 1
            here += 1
        elif star >= 0:
            resumed += 1
            at, here = star + 1, resumed
        else:
            return False
    return not pattern[at:].strip("*")


def _same(one: str, other: str) -> bool:
    return one == other


def _same_in_any_case(one: str, other: str) -> bool:
    return one.lower() == other.lower()


_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "stringequals": (_same, False),
    "stringnotequals": (_same, True),
    "stringequalsignorecase": (_same_in_any_case, False),
    "stringnotequalsignorecase": (_same_in_any_case, True),
    "stringlike": (_like, False),
    "stringnotlike": (_like, True),
    "arnequals": (_like, False),
    "arnlike": (_like, False),
    "arnnotequals": (_like, True),
    "arnnotlike": (_like, True),
    "bool": (_same_in_any_case, False),
}


def _all(parts: Iterable[bool | None]) -> bool | None:
    uncertain = False
    for part in parts:
        if part is False:
            return False
        uncertain = uncertain or part is None
    return None if uncertain else True


def _any(parts: Iterable[bool | None]) -> bool | None:
    uncertain = False
    for part in parts:
        if part:
            return True
        uncertain = uncertain or part is None
    return None if uncertain else False


def _not(part: bool | None) -> bool | None:
    return None if part is None else not part
