"""The Amazon ECS cluster query language: a parser that points at the bad character, and its evaluation.

    expression := all ("||" all | "or" all)*
    all        := unary ("&&" unary | "and" unary)*
    unary      := ("!" | "not") unary | "(" expression ")" | term
    term       := subject operator [argument]

An answer has three values: an expression over something that was not read is neither true nor false.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import re2

from awsvpc_audit.analyzers.versions import AgentVersion
from awsvpc_audit.model.times import in_utc

MAX_DEPTH = 50
"""How deep parentheses and negations may be nested: whoever writes more of them means harm."""


class QueryError(ValueError):
    """An expression that is none.

    Attributes:
        position: index of the first bad character.
        problem: what is wrong there.
    """

    def __init__(self, expression: str, position: int, problem: str) -> None:
        super().__init__(f"{problem} at character {position + 1}\n  {expression}\n  {' ' * position}^")
        self.position = position
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Queried:
    """What an expression can ask of a container instance. ``None`` is what was not read.

    Attributes:
        attributes: value by name; ``None`` for an attribute that has a name only.
        task_groups: groups of the live tasks on it (`service:web`, `family:batch`, or a name of the caller's).
    """

    attributes: Mapping[str, str | None]
    agent_connected: bool | None = None
    agent_version: str | None = None
    ec2_instance_id: str | None = None
    registered_at: datetime | None = None
    running_tasks_count: int | None = None
    task_groups: frozenset[str] | None = None


Answer = bool | None


@dataclass(frozen=True, slots=True)
class Term:
    """`subject operator argument`."""

    subject: str
    operator: str
    arguments: tuple[str, ...]
    holds: Callable[[Queried], Answer] = field(repr=False, compare=False)

    def evaluate(self, instance: Queried) -> Answer:
        """Whether it holds for an instance."""
        return self.holds(instance)


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    operand: "Expression"

    def evaluate(self, instance: Queried) -> Answer:
        """Whether it holds for an instance."""
        answer = self.operand.evaluate(instance)
        return None if answer is None else not answer


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    operands: tuple["Expression", ...]

    def evaluate(self, instance: Queried) -> Answer:
        """Whether it holds for an instance."""
        answers = [operand.evaluate(instance) for operand in self.operands]
        return False if False in answers else None if None in answers else True


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    operands: tuple["Expression", ...]

    def evaluate(self, instance: Queried) -> Answer:
        """Whether it holds for an instance."""
        answers = [operand.evaluate(instance) for operand in self.operands]
        return True if True in answers else None if None in answers else False


Expression = Term | Not | And | Or

_OPERATORS = {
    "==": "==", "equals": "==",
    "!=": "!=", "not_equals": "!=",
    ">": ">", "greater_than": ">",
    ">=": ">=", "greater_than_equal": ">=",
    "<": "<", "less_than": "<",
    "<=": "<=", "less_than_equal": "<=",
    "exists": "exists",
    "!exists": "!exists", "not_exists": "!exists",
    "in": "in",
    "!in": "!in", "not_in": "!in",
    # The page spells the match operator `=~` in its table and `=~~` in two of its lists.
    "=~": "=~", "=~~": "=~", "matches": "=~",
    "!~": "!~", "not_matches": "!~",
}  # fmt: skip
_ORDER = frozenset({"==", "!=", ">", ">=", "<", "<="})
_MEMBERSHIP = frozenset({"==", "!=", "in", "!in", "=~", "!~"})
_ALLOWED = {
    "agentConnected": _MEMBERSHIP,
    "agentVersion": _ORDER,
    "ec2InstanceId": _MEMBERSHIP,
    "registeredAt": _ORDER,
    "runningTasksCount": _ORDER,
    "task:group": _MEMBERSHIP,
    "attribute": frozenset(_OPERATORS.values()),
}
_NEGATED = {"!=": "==", "!in": "in", "!~": "=~", "!exists": "exists"}

_SPACE = re.compile(r"\s*")
_SUBJECT = re.compile(r"[A-Za-z0-9_./\\:-]+")
_OPERATOR = re.compile(r"=~~|==|!=|>=|<=|=~|!~|!exists\b|!in\b|>|<|[a-z_]+")
_LITERAL = re.compile(r"[^\s()\[\],'\"&|!=<>~]+")
_KEYWORD = re.compile(r"(and|or|not)\b", re.IGNORECASE)
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_./\\-]{1,128}")


def parse(expression: str) -> Expression:
    """The expression behind a text.

    `and` binds tighter than `or`, as in most languages; AWS does not document it.

    Raises:
        QueryError: the text is no expression; says where and why.
    """
    return _Parser(expression).whole()


class _Parser:
    """Recursive descent over the text, without a separate list of tokens: a bare pattern may hold any of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def fail(self, problem: str, position: int | None = None) -> QueryError:
        return QueryError(self.text, self.at if position is None else position, problem)

    def skip_space(self) -> None:
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # matches the empty text too

    def take(self, *tokens: str) -> bool:
        """Consume one of these, a word only where it ends there."""
        self.skip_space()
        for token in tokens:
            end = self.at + len(token)
            ends_there = not token.isalpha() or _SUBJECT.match(self.text, end) is None
            if self.text[self.at : end].lower() == token and ends_there:
                self.at = end
                return True
        return False

    def whole(self) -> Expression:
        result = self.either()
        self.skip_space()
        if self.at < len(self.text):
            raise self.fail(f'"{self.text[self.at]}" is too much: expected "and", "or" or the end')
        return result

    def either(self) -> Expression:
        operands = [self.all()]
        while self.take("||", "or"):
            operands.append(self.all())
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def all(self) -> Expression:
        operands = [self.unary()]
        while self.take("&&", "and"):
            operands.append(self.unary())
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def unary(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"nested more than {MAX_DEPTH} deep")
        found = self.negated_or_grouped()
        self.depth -= 1
        return found

    def negated_or_grouped(self) -> Expression:
        if self.take("!", "not"):
            return Not(self.unary())
        if self.take("("):
            opened = self.at - 1
            inner = self.either()
            if not self.take(")"):
                self.skip_space()
                raise self.fail('"(" is never closed', opened if self.at == len(self.text) else None)
            return inner
        return self.term()

    def term(self) -> Term:
        subject = self.subject()
        self.skip_space()
        match = _OPERATOR.match(self.text, self.at)
        operator = _OPERATORS.get(match[0]) if match else None
        if match is None or operator is None:
            raise self.fail(f"expected an operator after {subject}")
        kind = "attribute" if subject.startswith("attribute:") else subject
        if operator not in _ALLOWED[kind]:
            raise self.fail(f"{kind} does not take {match[0]}")
        self.at = match.end()
        self.skip_space()
        start = self.at
        if operator in {"exists", "!exists"}:
            arguments: tuple[str, ...] = ()
        elif operator in {"in", "!in"}:
            arguments = self.list()
        elif operator in {"=~", "!~"}:
            arguments = (self.pattern(),)
        else:
            arguments = (self.literal(),)
        return Term(subject, operator, arguments, self.test(subject, operator, arguments, start))

    def subject(self) -> str:
        self.skip_space()
        start = self.at
        match = _SUBJECT.match(self.text, start)
        if match is None:
            what = f'"{self.text[start]}" is no subject' if start < len(self.text) else "the expression ends too early"
            raise self.fail(f"{what}: expected attribute:NAME, task:group, agentVersion …")
        subject = match[0]
        if subject.startswith("attribute:"):
            if not _ATTRIBUTE_NAME.fullmatch(subject.removeprefix("attribute:")):
                raise self.fail("an attribute name has 1 to 128 letters, digits and - _ . / \\", start + 10)
        elif subject not in _ALLOWED or subject == "attribute":
            raise self.fail(f'"{subject}" is no subject: expected attribute:NAME, task:group, agentVersion …')
        self.at = match.end()
        return subject

    def literal(self) -> str:
        self.skip_space()
        if self.text[self.at : self.at + 1] in {"'", '"'}:
            return self.quoted()
        match = _LITERAL.match(self.text, self.at)
        if match is None:
            raise self.fail("expected a value")
        if _KEYWORD.fullmatch(match[0]):
            raise self.fail(f'expected a value, not "{match[0]}"')
        self.at = match.end()
        return match[0]

    def quoted(self) -> str:
        end = self.text.find(self.text[self.at], self.at + 1)
        if end == -1:
            raise self.fail("the quotation mark is never closed")
        value = self.text[self.at + 1 : end]
        self.at = end + 1
        return value

    def list(self) -> tuple[str, ...]:
        if not self.take("["):
            raise self.fail('expected a list: "["')
        opened = self.at - 1
        values = [self.literal()]
        while self.take(","):
            values.append(self.literal())
        if not self.take("]"):
            self.skip_space()
            if self.at == len(self.text):
                raise self.fail('"[" is never closed', opened)
            raise self.fail('expected "," or "]"')
        return tuple(values)

    def pattern(self) -> str:
        """A regular expression: quoted, or bare up to a space or to a bracket that closes what it did not open."""
        start = self.at
        if self.text[start : start + 1] in {"'", '"'}:
            return self.quoted()
        depth = 0
        while self.at < len(self.text) and not self.text[self.at].isspace():
            character = self.text[self.at]
            if character == ")" and depth == 0:
                break
            depth += {"(": 1, ")": -1}.get(character, 0)
            self.at += 2 if character == "\\" else 1
        if self.at == start:
            raise self.fail("expected a pattern")
        return self.text[start : self.at]

    def test(self, subject: str, operator: str, arguments: tuple[str, ...], start: int) -> Callable[[Queried], Answer]:
        """The term as a function, so that patterns, dates and versions are read once and not for every instance."""
        if subject == "registeredAt":
            date = self.value(_date, arguments[0], "a date", start)
            return _ordered(lambda i: None if i.registered_at is None else in_utc(i.registered_at), operator, date)
        if subject == "runningTasksCount":
            number = self.value(int, arguments[0], "a number", start)
            return _ordered(lambda i: i.running_tasks_count, operator, number)
        if subject == "agentVersion":
            version = self.value(_version, arguments[0], "a version", start)
            return _ordered(lambda i: AgentVersion.parse(i.agent_version), operator, version)
        positive = _NEGATED.get(operator, operator)
        matches = self.text_test(positive, arguments, start)
        name = subject.removeprefix("attribute:")

        def holds(instance: Queried) -> Answer:
            values = _values(subject, name, instance)
            if values is None:
                return None
            return any(matches(value) for value in values) == (positive == operator)

        return holds

    def text_test(self, operator: str, arguments: tuple[str, ...], start: int) -> Callable[[str], bool]:
        if operator == "exists":
            return lambda _value: True
        if operator == "=~":
            try:
                return _matcher(arguments[0])
            except re2.error as error:
                raise self.fail(f"the pattern cannot be read: {error.args[0].decode()}", start) from None
        if operator in {"==", "in"}:
            return frozenset(arguments).__contains__
        wanted = arguments[0]
        compare = _COMPARE[operator]

        def ordered(value: str) -> bool:
            if _is_number(value) and _is_number(wanted):
                return compare(float(value), float(wanted))
            return compare(value, wanted)

        return ordered

    def value(self, read: Callable[[str], object], text: str, what: str, start: int) -> object:
        try:
            return read(text)
        except ValueError:
            raise self.fail(f'"{text}" is not {what}', start) from None


_COMPARE: dict[str, Callable[[object, object], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,  # type: ignore[operator]  # both sides are of one type by construction
    ">=": lambda a, b: a >= b,  # type: ignore[operator]
    "<": lambda a, b: a < b,  # type: ignore[operator]
    "<=": lambda a, b: a <= b,  # type: ignore[operator]
}


def _matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a value matches as a whole.

    ECS matches with Java's regular expressions, by backtracking, as Python does: a pattern such as `(a+)+b`, which
    anybody can write into a service, keeps either busy for years. RE2 takes time that grows with the value alone.
    """
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # thousands of groups would be remembered for nothing
    compiled = re2.compile(pattern, options)
    return lambda value: compiled.fullmatch(value) is not None


def _ordered(read: Callable[[Queried], object], operator: str, wanted: object) -> Callable[[Queried], Answer]:
    compare = _COMPARE[operator]

    def holds(instance: Queried) -> Answer:
        value = read(instance)
        return None if value is None else compare(value, wanted)

    return holds


def _values(subject: str, name: str, instance: Queried) -> tuple[str, ...] | frozenset[str] | None:
    """What a subject has on an instance: nothing, one value, or the groups of its tasks.

    An attribute without a value exists, and its value is the empty text.
    """
    if subject == "task:group":
        return instance.task_groups
    if subject == "ec2InstanceId":
        return None if instance.ec2_instance_id is None else (instance.ec2_instance_id,)
    if subject == "agentConnected":
        return None if instance.agent_connected is None else (str(instance.agent_connected).lower(),)
    if name not in instance.attributes:
        return ()
    return (instance.attributes[name] or "",)


def _version(text: str) -> AgentVersion:
    version = AgentVersion.parse(text)
    if version is None:
        raise ValueError
    return version


def _date(text: str) -> datetime:
    return in_utc(datetime.fromisoformat(text))


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def asks_of_tasks(expression: Expression) -> bool:
    """Whether the answer changes with the tasks on the instance, and so with every task that is placed."""
    match expression:
        case Term(subject=subject):
            return subject in {"task:group", "runningTasksCount"}
        case Not(operand=operand):
            return asks_of_tasks(operand)
        case And(operands=operands) | Or(operands=operands):
            return any(asks_of_tasks(operand) for operand in operands)
