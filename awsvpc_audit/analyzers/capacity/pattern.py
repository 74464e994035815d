"""Patterns of the cluster query language, matched in time that grows with the text alone.

Amazon ECS matches with Java's regular expressions, by backtracking, and so does Python: a pattern as `(a+)+b`, which
anybody can write into a service, keeps either busy for years. Here all alternatives are followed at once. What people
write in placement constraints is understood: characters, `.`, classes, groups, `|`, `*`, `+`, `?` and `{2,5}`.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MAX_STATES = 5_000
MAX_DEPTH = 50
MAX_TEXT = 10_000
"""No longer text is looked at. The value of an attribute has at most 128 characters."""

Test = Callable[[str], bool]

_CLASSES: dict[str, Test] = {
    "d": lambda c: c in "0123456789",
    "w": lambda c: c.isascii() and (c.isalnum() or c == "_"),
    "s": lambda c: c in " \t\n\v\f\r",
    "D": lambda c: c not in "0123456789",
    "W": lambda c: not (c.isascii() and (c.isalnum() or c == "_")),
    "S": lambda c: c not in " \t\n\v\f\r",
}
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_BRACES = re.compile(r"\{(\d{1,4})(?:(,)(\d{1,4})?)?\}")


class PatternError(ValueError):
    """A pattern that is none, or that is not understood; the message says why."""


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Choice:
    branches: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Repeat:
    body: "_Node"
    least: int
    most: int | None


_Node = Test | _Sequence | _Choice | _Repeat

_State = tuple[Test | None, list[int]]
"""What a character must be to leave a state, and the states that follow; no test where they follow of themselves."""


class Pattern:
    """A compiled pattern."""

    def __init__(self, text: str) -> None:
        """Compile a pattern.

        Args:
            text: as written.

        Raises:
            PatternError: it is no pattern, or holds what is not understood.
        """
        self._states: list[_State] = [(None, [])]
        self._known: dict[str, bool] = {}
        self._first = self._add(_Parser(text).whole(), 0)

    def fullmatch(self, text: str) -> bool:
        """Whether the whole text matches. Thousands of instances share a few values: each is looked at once."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = len(text) <= MAX_TEXT and self._matches(text)
        return known

    def _matches(self, text: str) -> bool:
        here = self._reached([self._first])
        for character in text:
            tested = (self._states[state] for state in here)
            here = self._reached(after[0] for test, after in tested if test is not None and test(character))
            if not here:
                return False
        return 0 in here

    def _reached(self, states: Iterable[int]) -> set[int]:
        """These states, and those that follow of themselves."""
        waiting, seen = list(states), set[int]()
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                test, after = self._states[state]
                if test is None:
                    waiting.extend(after)
        return seen

    def _add(self, node: _Node, then: int) -> int:
        """Add the states of a node; gives the first of them. `then` is what follows on it."""
        match node:
            case _Sequence(parts=parts):
                for part in reversed(parts):
                    then = self._add(part, then)
                return then
            case _Choice(branches=branches):
                return self._state(None, [self._add(branch, then) for branch in branches])
            case _Repeat(body=body, least=least, most=most):
                if most is None:
                    again: list[int] = []
                    loop = self._state(None, again)
                    again += [self._add(body, loop), then]
                    then = loop
                for _ in range((most or least) - least):
                    then = self._state(None, [self._add(body, then), then])
                for _ in range(least):
                    then = self._add(body, then)
                return then
            case _:
                return self._state(node, [then])

    def _state(self, test: Test | None, after: list[int]) -> int:
        if len(self._states) >= MAX_STATES:
            raise PatternError("it is too large")
        self._states.append((test, after))
        return len(self._states) - 1


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def whole(self) -> _Node:
        node = self.choice()
        if self.at < len(self.text):
            raise PatternError("unbalanced parenthesis")
        return node

    def next(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        character = self.next()
        if not character:
            raise PatternError("it ends too early")
        self.at += 1
        return character

    def choice(self) -> _Node:
        branches = [self.sequence()]
        while self.next() == "|":
            self.at += 1
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else _Choice(tuple(branches))

    def sequence(self) -> _Node:
        parts: list[_Node] = []
        while self.next() not in {"", "|", ")"}:
            if (self.next() == "^" and not parts) or (self.next() == "$" and self.text[self.at + 1 :] in {"", ")"}):
                self.at += 1  # the whole text is matched in any case
                continue
            parts.append(self.repeated(self.atom()))
        return _Sequence(tuple(parts))

    def repeated(self, body: _Node) -> _Node:
        sign = self.next()
        if sign in _SIGNS:
            least, most = _SIGNS[self.take()]
        elif braces := _BRACES.match(self.text, self.at):
            self.at = braces.end()
            least = int(braces[1])
            most = int(braces[3]) if braces[3] else None if braces[2] else least
            if most is not None and most < least:
                raise PatternError("min repeat greater than max repeat")
        else:
            return body
        if self.next() == "?":
            self.at += 1  # Greedy or not is all the same to a match of the whole text; possessive is not.
        if self.next() and self.next() in "*+?{":
            raise PatternError("multiple repeat")
        if most == 0:
            return _Sequence(())
        return _Repeat(body, least, most)

    def atom(self) -> _Node:
        character = self.take()
        match character:
            case "(":
                return self.group()
            case "[":
                return self.any_of()
            case ".":
                return lambda c: c not in "\n\r\x85\u2028\u2029"
            case "\\":
                return self.escaped()
            case "*" | "+" | "?" | "{":
                raise PatternError("nothing to repeat")
            case "^" | "$":
                raise PatternError(f'"{character}" in the middle is not understood')
            case _:
                return character.__eq__

    def group(self) -> _Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise PatternError("it is nested too deeply")
        if self.next() == "?":
            self.at += 1
            if self.take() != ":":
                raise PatternError('a group that begins with "(?" is not understood')
        node = self.choice()
        if self.next() != ")":
            raise PatternError("missing ), unterminated subpattern")
        self.at += 1
        self.depth -= 1
        return node

    def escaped(self) -> Test:
        character = self.take()
        if character in _CLASSES:
            return _CLASSES[character]
        if character in _ESCAPES:
            return _ESCAPES[character].__eq__
        if character.isalnum():
            raise PatternError(f'"\\{character}" is not understood')
        return character.__eq__

    def any_of(self) -> Test:
        is_negated = self.next() == "^"
        self.at += is_negated
        tests: list[Test] = []
        while not tests or self.next() != "]":
            character = self.take()
            if character in "[&" and self.next() == character:
                raise PatternError("an intersection or a nested class is not understood")
            if character == "\\":
                tests.append(self.escaped())
            elif self.next() == "-" and self.text[self.at + 1 : self.at + 2] not in {"", "]"}:
                self.at += 1
                tests.append(_between(character, self.take()))
            else:
                tests.append(character.__eq__)
        self.at += 1
        found = tuple(tests)
        return lambda c: any(test(c) for test in found) != is_negated


def _between(first: str, last: str) -> Test:
    if last < first:
        raise PatternError("bad character range")
    return lambda c: first <= c <= last
