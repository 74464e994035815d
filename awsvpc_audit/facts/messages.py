"""The declared catalogue of what Amazon ECS says: which symptom a text is, and what it carries.

The rows stand in `data/messages.toml`: pattern, meaning, source and a real sample that is also a test. `read_text` is
the only way in.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from typing import Any

UNCLASSIFIED = "unclassified"

SYMPTOM_CODES: tuple[str, ...] = (
    "place.eni",
    "place.cpu",
    "place.memory",
    "place.gpu",
    "place.ports",
    "place.agent",
    "place.attribute",
    "place.constraint",
    "place.no-instances",
    "place.capacity",
    "start.eni-timeout",
    "start.eni-attach",
    "start.eni-no-address",
    "start.pull-auth",
    "start.pull-image",
    "start.secrets",
    "start.logging",
    "start.efs",
    "start.role",
    "start.other",
    "run.exit",
    "run.oom",
    "run.health-elb",
    "run.health-container",
    "run.spot",
    "run.host",
    "run.stopped-by-user",
    "service.unsteady",
    UNCLASSIFIED,
)
"""Every symptom code, from the first thing that can go wrong with a task to the last."""

CALLS_OUT = frozenset(
    {"start.pull-auth", "start.pull-image", "start.secrets", "start.logging", "start.efs", "run.health-elb"}
)
"""Codes of failures in which something was called over the network, so that the kind of answer tells causes apart."""

NOT_A_FAILURE = frozenset({"run.stopped-by-user"})
"""Codes that a healthy service shows as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One row of the catalogue.

    Attributes:
        id: what the row is about, in words.
        code: the symptom; ``None`` where the text is no symptom.
        pattern: found in the normalized text, without regard to case.
        surfaces: where ECS says it: `event`, `rollout`, `stopped`, `container`, `instance`, `failure`.
        meaning: what it means, as a clause without a full stop.
        source: where the wording comes from.
        sample: a text as it was seen.
        names: checks whose fault the text itself names, the closest first.
        proves: checks that the text alone makes likely.
        is_vague: whether the text leaves open why.
        allows: codes, or their beginnings, that a vague text leaves open.
        is_steady: whether the text ends every earlier trouble of its service.
    """

    id: str
    code: str | None
    pattern: re.Pattern[str]
    surfaces: tuple[str, ...]
    meaning: str
    source: str
    sample: str
    names: tuple[str, ...] = ()
    proves: tuple[str, ...] = ()
    is_vague: bool = False
    allows: tuple[str, ...] = ()
    is_steady: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """How a call ended: what separates a closed path from a refused permission.

    Attributes:
        name: `network`, `permission`, `refused`, `not-found`, `value`, `throttled`, `host`, `answered`.
        pattern: found in the normalized text, without regard to case.
        admits: check ids that may still explain the text; ``None`` for all but those of `rules_out`.
        rules_out: check ids that the text excludes.
        names: checks that the text speaks for, the closest first.
        proves: checks that the text alone makes likely.
        proven: what to say of a check that it excludes.
        sample: a text with the signal.
    """

    name: str
    pattern: re.Pattern[str]
    admits: frozenset[str] | None
    rules_out: frozenset[str]
    names: tuple[str, ...]
    proves: tuple[str, ...]
    proven: str
    sample: str

    def excludes(self, check_id: str) -> bool:
        """Whether a check cannot be the cause of a failure with this signal."""
        return check_id in self.rules_out or (self.admits is not None and check_id not in self.admits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text says.

    Attributes:
        message: the row it matches; ``None`` where it matches none.
        signal: how the call in it ended; only for codes of `CALLS_OUT`.
        carries: what it names: `host`, `ip`, `port`, `image`, `secret`, `role`, `action`, `log_group`, `subnet`,
            `security_group`, `instance`, `container_instance`, `target_group`, `attribute`, `reason`.
    """

    message: Message | None
    signal: Signal | None = None
    carries: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str | None:
        """The symptom code; ``None`` for a text that is no symptom, `unclassified` for one that matches nothing."""
        return self.message.code if self.message else UNCLASSIFIED

    @property
    def is_vague(self) -> bool:
        """Whether another text that says more should be heard first."""
        return self.message is None or self.message.is_vague

    @property
    def names(self) -> tuple[str, ...]:
        """Checks whose fault the text names, the closest first."""
        of_row = self.message.names if self.message else ()
        return tuple(dict.fromkeys((*of_row, *(self.signal.names if self.signal else ()))))

    @property
    def proves(self) -> tuple[str, ...]:
        """Checks that the text alone makes likely."""
        of_row = self.message.proves if self.message else ()
        of_signal = self.signal.proves if self.signal else ()
        return tuple(check for check in dict.fromkeys((*of_row, *of_signal)) if not self.excludes(check))

    def excludes(self, check_id: str) -> bool:
        """Whether the text proves that a check is not the cause."""
        return self.signal is not None and self.signal.excludes(check_id)

    @property
    def ip_is_private(self) -> bool | None:
        """Whether the address in it is private, so that the call went to an endpoint in the VPC.

        ``None`` where the text has no address.
        """
        try:
            return ip_address(self.carries["ip"]).is_private
        except (KeyError, ValueError):
            return None


_CARRIED: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"dial (?:tcp|udp) \[?(?P<ip>\d+(?:\.\d+){3}|[0-9a-f]*:[0-9a-f:]+)\]?:(?P<port>\d+)",
        r"(?<![\d.])(?P<ip>\d+(?:\.\d+){3}):(?P<port>\d+)",
        r"(?:lookup |https?://)(?P<host>(?=[\w.-]*[a-z])[\w-]+(?:\.[\w-]+)+)",
        r"Failed to resolve \"?(?P<host>[\w-]+(?:\.[\w-]+)+)",
        r"(?P<image>\d{12}\.dkr[.-]ecr\.[\w.-]+/[\w./-]+(?:[:@][\w.:-]*\w)?)",
        r"(?:pull access denied for|image|failed to resolve ref) '?(?P<image>[\w.-]+(?:/[\w.-]+)+(?:[:@][\w.:-]*\w)?)",
        r"(?P<secret>arn:aws[\w-]*:(?:secretsmanager|ssm):[\w-]+:\d{12}:[\w/+=.@:-]*[\w/+=.@-])",
        r"invalid ssm parameters: (?P<secret>[\w/.,-]+)",
        r"(?P<role>arn:aws[\w-]*:(?:iam|sts)::\d{12}:(?:role|assumed-role)/[\w/+=,.@-]+)",
        r"not authorized to perform: (?P<action>[\w-]+:\w+)",
        r"log[ -]group[ :'\"]+(?P<log_group>/[\w/.#-]+)",
        r"(?P<subnet>subnet-[0-9a-z]+)",
        r"(?P<security_group>\bsg-[0-9a-z]+)",
        r"(?P<instance>\bi-[0-9a-f]{8,17})\b",
        r"container-instance (?P<container_instance>[0-9a-f-]{8,36})",
        r"\(target-group (?P<target_group>[^)]+)\)",
        r"\(port (?P<port>\d+)\)",
    )
)

MAX_TEXT = 5_000
"""ECS writes a few hundred characters. Some eighty patterns go over each text, and not all in one go."""

_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})


def normalized(text: str) -> str:
    """The text with straight quotes and single blanks, as patterns expect it."""
    return " ".join(text.translate(_STRAIGHT).split())


def read_text(text: str) -> Reading:
    """What a text of ECS says. Every text has a reading: one that matches nothing is `unclassified`.

    Args:
        text: whole, as ECS gave it. Of one that is longer than ECS writes, the beginning is read.
    """
    plain = normalized(text[:MAX_TEXT])
    carries: dict[str, str] = {}
    for message in messages():
        if found := message.pattern.search(plain):
            carries |= {name: value for name, value in found.groupdict().items() if value}
            break
    else:
        return Reading(message=None, carries=_carried(plain))
    signal = next((s for s in signals() if s.pattern.search(plain)), None) if message.code in CALLS_OUT else None
    return Reading(message=message, signal=signal, carries=_carried(plain) | carries)


def _carried(plain: str) -> dict[str, str]:
    carried: dict[str, str] = {}
    for pattern in _CARRIED:
        if found := pattern.search(plain):
            carried = found.groupdict() | carried
    return carried


@cache
def messages() -> tuple[Message, ...]:
    """The rows, in the order in which they are tried."""
    return tuple(
        Message(
            id=row["id"],
            code=row.get("code"),
            pattern=re.compile(row["pattern"], re.IGNORECASE),
            surfaces=tuple(row["surfaces"]),
            meaning=row["meaning"],
            source=row["source"],
            sample=row["sample"],
            names=tuple(row.get("names", ())),
            proves=tuple(row.get("proves", ())),
            is_vague=row.get("vague", False),
            allows=tuple(row.get("allows", ())),
            is_steady=row.get("steady", False),
        )
        for row in _rows()["message"]
    )


@cache
def signals() -> tuple[Signal, ...]:
    """The signals, in the order in which they are tried."""
    return tuple(
        Signal(
            name=row["name"],
            pattern=re.compile(row["pattern"], re.IGNORECASE),
            admits=frozenset(row["admits"]) if "admits" in row else None,
            rules_out=frozenset(row.get("rules_out", ())),
            names=tuple(row.get("names", ())),
            proves=tuple(row.get("proves", ())),
            proven=row["proven"],
            sample=row["sample"],
        )
        for row in _rows()["signal"]
    )


def samples_of(code: str) -> tuple[str, ...]:
    """Texts with this symptom code, as they were seen: how a fault shows."""
    return tuple(message.sample for message in messages() if message.code == code)


@cache
def _rows() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("awsvpc_audit.facts") / "data" / "messages.toml").read_text(encoding="utf-8"))
