"""What is new since an earlier audit: findings matched by fingerprint, with what was fixed and what remains."""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from awsvpc_audit.audit import summarize
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import (
    SCHEMA_VERSION,
    AuditResult,
    BaselineComparison,
    Diagnosis,
    Finding,
    Record,
    ResourceRef,
    ScopeRef,
    Status,
)

Audited = TypeVar("Audited", bound=AuditResult)
ScopeKey = tuple[str, str, str]
"""Account, Region and cluster."""
FaultKey = tuple[str, str, str]
"""Check, and the resource's type and id: a fault, whoever suffers from it."""

_MOST_NAMED = 5


class _Read(Record, frozen=True, kw_only=True):
    finished_at: datetime | None = None


class BaselineAudit(Record, frozen=True, kw_only=True):
    """What a comparison needs of an earlier document."""

    scope: ScopeRef
    collection: _Read = _Read()
    diagnoses: tuple[Diagnosis, ...] = ()
    findings: tuple[Finding, ...] = ()
    baseline: BaselineComparison | None = None

    def failing(self) -> dict[str, Finding]:
        """What failed then, by fingerprint; of a document that was narrowed itself, what it left out too."""
        narrowed = self.baseline
        left_out = (*narrowed.remaining, *narrowed.undetermined) if narrowed else ()
        shown = (finding for finding in self.findings if finding.status is Status.FAIL)
        return {finding.fingerprint: finding for finding in (*left_out, *shown)}

    def unknown(self) -> set[FaultKey]:
        """What could not be told then."""
        return {_fault(finding) for finding in self.findings if finding.status is Status.UNKNOWN}

    def in_trouble(self) -> set[tuple[object, ...]]:
        """Who was in trouble then, and why."""
        left_out = self.baseline.diagnoses if self.baseline else ()
        return {_essence(diagnosis) for diagnosis in (*self.diagnoses, *left_out)}


class _Document(Record, frozen=True, kw_only=True):
    """The JSON of `cluster`, or that of `report`, which holds one of them for each cluster."""

    schema_version: str
    scope: ScopeRef | None = None
    collection: _Read = _Read()
    diagnoses: tuple[Diagnosis, ...] = ()
    findings: tuple[Finding, ...] = ()
    baseline: msgspec.Raw = msgspec.Raw(b"null")
    audits: tuple[BaselineAudit, ...] = ()


class Baseline(msgspec.Struct, frozen=True):
    """The earlier audits, by what they were of.

    Attributes:
        path: the file they were read from, for messages.
        audits: one for each cluster.
    """

    path: Path
    audits: dict[ScopeKey, BaselineAudit]

    def holds(self, scope: ScopeRef) -> bool:
        """Whether it holds an audit of a cluster."""
        return _key(scope) in self.audits

    def require(self, scope: ScopeRef) -> None:
        """Refuse to compare one cluster with a document about others: everything would look new.

        Raises:
            UsageError: it holds no audit of this cluster.
        """
        if self.holds(scope):
            return
        held = sorted("/".join(key) for key in self.audits)
        more = f" and {len(held) - _MOST_NAMED} more" if len(held) > _MOST_NAMED else ""
        raise UsageError(
            f"the baseline {self.path} holds no audit of {'/'.join(_key(scope))}: "
            f"it is of {', '.join(held[:_MOST_NAMED])}{more}"
        )


def load_baseline(path: Path) -> Baseline:
    """Read the JSON document of an earlier run of `cluster`, `service`, `task` or `report`.

    Raises:
        UsageError: it cannot be read or is no such document; names the file and the place.
    """
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
        audits = document.audits
        if document.scope is not None:
            audits = (
                BaselineAudit(
                    scope=document.scope,
                    collection=document.collection,
                    diagnoses=document.diagnoses,
                    findings=document.findings,
                    # That of a report only counts, and has another shape.
                    baseline=msgspec.json.decode(document.baseline, type=BaselineComparison | None),
                ),
            )
    except OSError as error:
        raise UsageError(f"cannot read the baseline {path}: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"the baseline {path} is no JSON report of awsvpc-audit: {error}") from error
    if document.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"the baseline {path} has schema_version {document.schema_version!r}, not {SCHEMA_VERSION!r}: "
            "it was made by another version of awsvpc-audit"
        )
    if not audits:
        raise UsageError(
            f"the baseline {path} holds no audit: a baseline is what `cluster` or `report` wrote with --format json"
        )
    return Baseline(path, {_key(audit.scope): audit for audit in audits})


def compared(result: Audited, baseline: Baseline, only: Collection[str] | None = None) -> Audited:
    """An audit, narrowed to what is new since the baseline.

    What fails now and failed then goes from the findings to `baseline.remaining`, and with it the diagnoses whose first
    cause is the same as then. It is the same by fingerprint, or where only some of those still suffer who did then:
    that somebody is better is no news. Where somebody else suffers too it is new. What was waived then is new as well,
    once its waiver holds no longer.

    What failed then is fixed where it neither fails nor is accepted now, and was looked at: where its resource passes,
    or is there no more while nothing of its check is unknown. Otherwise nobody can tell.

    Of a cluster that the baseline does not hold everything is new.

    Args:
        result: the audit, with everything that passed.
        baseline: the earlier ones.
        only: names of the services (or the family of the task) that the audit is narrowed to; ``None`` for all. What
            failed then for others and was not looked at now is left alone.
    """
    then = baseline.audits.get(_key(result.scope)) or BaselineAudit(scope=result.scope)
    before = then.failing()
    suffered = {_fault(finding): _sufferers(finding) for finding in before.values()}

    def is_known(finding: Finding) -> bool:
        sufferers = suffered.get(_fault(finding))
        return finding.fingerprint in before or (sufferers is not None and _sufferers(finding) <= sufferers)

    failing = [finding for finding in result.findings if finding.status is Status.FAIL]
    remaining = tuple(finding for finding in failing if is_known(finding))
    left_out = {finding.fingerprint for finding in remaining}
    findings = tuple(
        finding
        for finding in result.findings
        if finding.status is not Status.FAIL or finding.fingerprint not in left_out
    )
    fixed, undetermined = _gone(before.values(), result.findings, only)
    unknown_then = then.unknown() | suffered.keys()
    in_trouble_then = then.in_trouble()
    return msgspec.structs.replace(
        result,
        summary=summarize(findings),
        findings=findings,
        diagnoses=tuple(each for each in result.diagnoses if _essence(each) not in in_trouble_then),
        baseline=BaselineComparison(
            created_at=then.collection.finished_at,
            new=len(failing) - len(remaining),
            remaining=remaining,
            fixed=fixed,
            undetermined=undetermined,
            diagnoses=tuple(each for each in result.diagnoses if _essence(each) in in_trouble_then),
            unknown=tuple(
                finding.fingerprint
                for finding in result.findings
                if finding.status is Status.UNKNOWN and _fault(finding) in unknown_then
            ),
        ),
    )


def first_known(failing: Iterable[Finding], then: Iterable[Finding]) -> tuple[str, ...]:
    """Of what fails now and did not then, the fingerprints of what could not be told then: it may be old all the same.

    Args:
        failing: what fails now and did not then.
        then: everything found then, with what passed.
    """
    found = tuple(then)
    untold = {finding.check_id for finding in found if finding.status is Status.UNKNOWN}
    passed = {_fault(finding) for finding in found if finding.status is Status.PASS}
    return tuple(f.fingerprint for f in failing if f.check_id in untold and _fault(f) not in passed)


def _gone(
    before: Iterable[Finding], now: Iterable[Finding], only: Collection[str] | None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Of what failed then and does not now: what is fixed, and what cannot be told."""
    statuses: dict[FaultKey, set[Status]] = {}
    unknown = set()
    for finding in now:
        statuses.setdefault(_fault(finding), set()).add(finding.status)
        if finding.status is Status.UNKNOWN:
            unknown.add(finding.check_id)
    fixed, undetermined = [], []
    for finding in sorted(before, key=lambda each: each.sort_key):
        said = statuses.get(_fault(finding), set())
        if said & {Status.FAIL, Status.WAIVED}:
            continue
        if Status.UNKNOWN in said or (Status.PASS not in said and finding.check_id in unknown):
            undetermined.append(finding)
        elif said or only is None or _is_of(finding, only):
            fixed.append(finding)
    return tuple(fixed), tuple(undetermined)


def _is_of(finding: Finding, names: Collection[str]) -> bool:
    """Whether a finding names one of these services or task families."""
    refs: tuple[ResourceRef, ...] = (finding.resource, *finding.affected)
    return any(
        ref.type in {"service", "task"} and (ref.id in names or ref.id.rpartition(":")[0] in names) for ref in refs
    )


def _key(scope: ScopeRef) -> ScopeKey:
    return scope.account, scope.region, scope.cluster


def _fault(finding: Finding) -> FaultKey:
    return finding.check_id, finding.resource.type, finding.resource.id


def _sufferers(finding: Finding) -> frozenset[tuple[str, str]]:
    return frozenset((ref.type, ref.id) for ref in finding.affected)


def _essence(diagnosis: Diagnosis) -> tuple[object, ...]:
    """Who is in trouble and why: the numbers and times change from run to run."""
    if diagnosis.causes:
        first = diagnosis.causes[0]
        return diagnosis.subject, first.check_id, first.resource.type, first.resource.id
    return diagnosis.subject, *(symptom.code for symptom in diagnosis.symptoms[:1])
