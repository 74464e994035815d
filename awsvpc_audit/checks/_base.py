"""What a check is, how one is declared, and what it may yield.

A check is one function over one subject (a subnet, a service, a container instance …) with its metadata beside it. The
runner walks the subjects, so a check has no loop; it turns what the function yields into findings, what it does not
yield into a pass, and a `NotCollectedError` into *unknown*.
"""

import inspect
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Literal, Protocol, TypeVar

from awsvpc_audit.analyzers.workloads import Cluster, Workload
from awsvpc_audit.findings import Evidence, Remediation, ResourceRef, Severity
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope

DOCS_URL = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
"""Root of the Amazon ECS Developer Guide, for references."""


class Subject(Protocol):
    """Whatever a check looks at: it can say how a finding names it."""

    @property
    def ref(self) -> ResourceRef:
        """How a finding names it."""


S = TypeVar("S", bound=Subject)


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check may look at beside its subject.

    Analyses that several checks share hang on it as cached properties, computed once for an audit.

    Attributes:
        cluster: the cluster that is audited.
        model: every scope of the snapshot; most checks need only `scope`.
        services: names of the services to audit; empty for all. Capacity always counts all of them.
    """

    cluster: Cluster
    model: Model
    services: frozenset[str] = frozenset()
    cache: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def scope(self) -> Scope:
        """The account and Region of the cluster."""
        return self.cluster.scope

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The awsvpc workloads to audit: of the chosen services, or all."""
        return tuple(
            w
            for w in self.cluster.awsvpc_workloads
            if not self.services or w.service is None or w.name in self.services
        )

    def once(self, name: str, compute: Callable[[], Any]) -> Any:
        """The result of an analysis, computed at the first call under this name."""
        if name not in self.cache:
            self.cache[name] = compute()
        return self.cache[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a check yields when its rule is broken.

    Attributes:
        detail: one or two sentences, subject first, with the real ids and values; no advice.
        evidence: what was read that proves it; never empty.
        resource: the resource at fault, where it is not the check's subject.
        affected: who suffers; the subject itself need not be repeated.
        values: what the placeholders of the check's commands stand for.
    """

    detail: str
    evidence: tuple[Evidence, ...]
    resource: ResourceRef | None = None
    affected: tuple[ResourceRef, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"a fault without evidence is a rumour: {self.detail}")


Evaluate = Callable[[Any, Context], Iterator[Fault]]
Subjects = Callable[[Context], Iterable[Any]]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Check(Generic[S]):
    """One rule, with everything that is said about it anywhere.

    Attributes:
        id: of the catalogue; never reused.
        title: what is wrong, as a sentence without a full stop and without advice.
        severity: how bad it is if true.
        resource: the type of `resource` in its findings.
        source: `doc` for a rule of the AWS page on task networking, `+` for what on-call needs beyond it.
        statements: S-numbers of the AWS page that it proves.
        told: S-numbers that no data can violate and that its page tells.
        symptoms: symptom codes it can explain.
        proof: `operation field` for each value it reads, for the page; the operations are what it needs.
        fix: what to do.
        commands: how, as commands with `{placeholders}`.
        references: pages that say so.
        controls: ids of the well-known controls it speaks to (`facts.controls`); none where none truly matches.
        subjects: what it looks at, one after the other.
        evaluate: the rule.
    """

    id: str
    title: str
    severity: Severity
    resource: str
    source: Literal["doc", "+"]
    statements: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    proof: tuple[str, ...]
    fix: str
    commands: tuple[str, ...] = ()
    references: tuple[str, ...]
    controls: tuple[str, ...] = ()
    subjects: Subjects
    evaluate: Evaluate

    @property
    def family(self) -> str:
        """The letters of the id: `ENI`, `SUB` …."""
        return self.id[:3]

    @property
    def doc_url(self) -> str:
        """The page that states the rule."""
        return self.references[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """The operations whose answers it reads."""
        return tuple(dict.fromkeys(line.split(" ", 1)[0] for line in self.proof))

    @cached_property
    def sections(self) -> dict[str, str]:
        """The docstring of the rule by heading; what stands before the first heading under `""`."""
        text = inspect.getdoc(self.evaluate) or ""
        parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
        return {"": parts[0].strip()} | {
            heading.strip(): body.strip() for heading, body in zip(parts[1::2], parts[2::2], strict=True)
        }

    @property
    def placeholders(self) -> frozenset[str]:
        """Names in the commands that a fault must give values for."""
        return frozenset(name for command in self.commands for name in _PLACEHOLDER.findall(command))

    def remediation(self, values: Mapping[str, str]) -> Remediation:
        """The fix with real ids in its commands.

        A command whose placeholders the fault does not know is left out: better none than one that cannot run.
        """
        commands = tuple(
            _PLACEHOLDER.sub(lambda match: shlex.quote(values[match[1]]), command)
            for command in self.commands
            if all(name in values for name in _PLACEHOLDER.findall(command))
        )
        return Remediation(text=self.fix, commands=commands)


def check(
    *,
    id: str,
    title: str,
    severity: Severity,
    resource: str,
    source: Literal["doc", "+"],
    proof: tuple[str, ...],
    fix: str,
    references: tuple[str, ...],
    subjects: Callable[[Context], Iterable[S]],
    statements: tuple[str, ...] = (),
    told: tuple[str, ...] = (),
    symptoms: tuple[str, ...] = (),
    commands: tuple[str, ...] = (),
    controls: tuple[str, ...] = (),
) -> Callable[[Callable[[S, Context], Iterator[Fault]]], Check[S]]:
    """Declare a check: see `Check` for what each argument says."""

    def declare(evaluate: Callable[[S, Context], Iterator[Fault]]) -> Check[S]:
        return Check(
            id=id,
            title=title,
            severity=severity,
            resource=resource,
            source=source,
            statements=statements,
            told=told,
            symptoms=symptoms,
            proof=proof,
            fix=fix,
            commands=commands,
            references=references,
            controls=controls,
            subjects=subjects,
            evaluate=evaluate,
        )

    return declare


def proof_of(operation: str, resource: str, field_name: str, value: Any) -> Evidence:
    """Evidence, short to write. Values that JSON has no word for are written as text."""
    if value is not None and not isinstance(value, str | int | float | bool):
        value = str(value)
    return Evidence(operation=operation, resource=resource, field=field_name, value=value)


V = TypeVar("V")


def known(value: V | None, operation: str, field_name: str) -> V:
    """A member that the rule cannot do without.

    Raises:
        NotCollectedError: the source left it out, so the rule cannot be judged.
    """
    if value is None:
        raise NotCollectedError((operation,), field_name)
    return value
