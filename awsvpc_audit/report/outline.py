"""What an audit says, in the order people read it: the same for every format that is made for reading."""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from awsvpc_audit.facts.messages import NOT_A_FAILURE
from awsvpc_audit.findings import (
    AuditResult,
    BaselineComparison,
    Cause,
    Diagnosis,
    Finding,
    ResourceRef,
    Severity,
    Status,
    SymptomSeen,
    TaskAudit,
)
from awsvpc_audit.model.gaps import Missing, iam_action
from awsvpc_audit.model.times import in_utc
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.text import counted, some

_SAID = {
    "place.eni": "cannot be placed: no task ENI",
    "place.cpu": "cannot be placed: CPU",
    "place.memory": "cannot be placed: memory",
    "place.gpu": "cannot be placed: GPU",
    "place.ports": "cannot be placed: ports",
    "place.agent": "cannot be placed: agent",
    "place.attribute": "cannot be placed: attribute",
    "place.constraint": "cannot be placed: placement constraint",
    "place.no-instances": "cannot be placed: no instances",
    "place.capacity": "cannot be placed: no capacity",
    "start.eni-timeout": "tasks stop while waiting for their ENI",
    "start.eni-attach": "tasks stop while attaching their ENI",
    "start.eni-no-address": "tasks stop for want of an address",
    "start.pull-auth": "tasks stop while getting registry credentials",
    "start.pull-image": "tasks stop while pulling the image",
    "start.secrets": "tasks stop while fetching secrets",
    "start.logging": "tasks stop while setting up logging",
    "start.efs": "tasks stop while mounting EFS",
    "start.role": "tasks stop while assuming a role",
    "start.other": "tasks stop before they start",
    "run.exit": "containers exit after they started",
    "run.oom": "containers are killed for memory",
    "run.health-elb": "tasks fail the load balancer's health check",
    "run.health-container": "containers fail their health check",
    "run.spot": "tasks lose their Spot capacity",
    "run.host": "tasks lose their host",
    "run.stopped-by-user": "tasks were stopped by a person or a deployment",
    "service.unsteady": "does not become steady",
}
"""What each symptom code looks like from outside, as the end of a sentence about the subject's tasks."""


_NO_CAPACITY = ("capacity is unavailable", "resource:fargate", "insufficientinstancecapacity")
"""What ECS says where AWS has no capacity, which the same code has in common with quotas."""

_ANSWERED = ("denied", "no such file")
"""What a file system says that was found and answered."""

_SPORADIC = 20
"""One failure in so many tasks, or more, is sporadic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Subjects in trouble that share their first cause.

    Attributes:
        diagnoses: theirs, worst first; never empty.
        cause: the first cause of each; ``None`` where none is proven, then there is one diagnosis.
        proof: the failing finding that proves it, where there is one.
        followers: the further causes of any of them that only follow from the first.
        others: those that do not, each with those that only follow from it.
    """

    diagnoses: tuple[Diagnosis, ...]
    cause: Cause | None
    proof: Finding | None
    followers: tuple[Cause, ...]
    others: tuple[tuple[Cause, tuple[Cause, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownGroup:
    """Answers that lack the same operations.

    Attributes:
        operations: what was not read.
        reason: why, in a few words.
        checks: the checks that depend on it, in ID order.
        findings: the answers, one a check and resource.
    """

    operations: tuple[str, ...]
    reason: str
    checks: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def permissions(self) -> tuple[str, ...]:
        """The IAM actions that allow the operations."""
        return tuple(iam_action(operation) for operation in self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An audit, sorted into what people ask for first.

    Attributes:
        verdict: the answer in a few words.
        troubles: who suffers and why.
        also: failing findings that are nobody's first cause, worst first.
        unknown: what could not be told, by what was not read.
        gaps: what was not read though no check or diagnosis asked for it.
        waived: accepted faults.
        well: services about which nothing fails and nothing is unknown, but for information; with a baseline, nothing
            that it left out either.
    """

    verdict: str
    troubles: tuple[Trouble, ...]
    also: tuple[Finding, ...]
    unknown: tuple[UnknownGroup, ...]
    gaps: tuple[Missing, ...]
    waived: tuple[Finding, ...]
    well: tuple[str, ...]


def outline(result: AuditResult) -> Outline:
    """The outline of an audit."""
    failing = {(f.check_id, _key(f.resource)): f for f in result.findings if f.status is Status.FAIL}
    troubles = _troubles(result.diagnoses, failing)
    first = {_cause_key(trouble.cause) for trouble in troubles if trouble.cause}
    unknown = _unknown(result)
    told = {operation for group in unknown for operation in group.operations}
    told |= {operation for diagnosis in result.diagnoses for operation in diagnosis.unknown}
    return Outline(
        verdict=_verdict(result),
        troubles=troubles,
        also=tuple(finding for key, finding in failing.items() if key not in first),
        unknown=unknown,
        gaps=tuple(
            gap
            for gap in result.collection.missing
            # What was not asked for want of something else is told by that.
            if gap.operation not in told and not (gap.because and told.issuperset(gap.because))
        ),
        waived=tuple(f for f in result.findings if f.status is Status.WAIVED),
        well=_well(result),
    )


def headline(diagnosis: Diagnosis, read_at: datetime | None) -> str:
    """State and first symptom of a subject: `2 of 6 tasks running, 4 cannot be placed: CPU (31 times, last 23:12)`."""
    state = diagnosis.state
    parts = []
    if state.desired or state.running:
        pending = f" ({state.pending} pending)" if state.pending else ""
        parts.append(f"{state.running} of {counted(state.desired, 'task')} running{pending}")
    if diagnosis.symptoms:
        symptom = diagnosis.symptoms[0]
        said = _SAID.get(symptom.code, "")
        if symptom.code.startswith("place."):
            waiting = state.desired - state.running - state.pending
            said = f"{waiting if waiting > 0 else 'tasks'} {said}"
        parts += [said] if said else []
        when = seen(symptom, read_at)
        return f"{', '.join(parts)} ({when})".lstrip() if when else ", ".join(parts)
    return ", ".join(parts)


def seen(symptom: SymptomSeen, read_at: datetime | None) -> str:
    """How often, when and where a symptom was said: `31 times since 21:52, last 23:12, all on i-0abc`."""
    return ", ".join(part for part in (_times(symptom, read_at), symptom.where) if part)


def _times(symptom: SymptomSeen, read_at: datetime | None) -> str:
    if symptom.count <= 1:
        return moment(symptom.at, read_at) if symptom.at else ""
    times = f"{symptom.count:,} times"
    if symptom.at is None:
        return times
    last = moment(symptom.at, read_at)
    first = moment(symptom.first_at, read_at) if symptom.first_at else last
    return f"{times} since {first}, last {last}" if first != last else f"{times}, last {last}"


def moment(at: datetime, reference: datetime | None) -> str:
    """A time in UTC, with its day where that is not the day of the reference."""
    at = in_utc(at)
    same_day = reference is not None and at.date() == in_utc(reference).date()
    return f"{at:%H:%M}" if same_day else f"{at:%Y-%m-%d %H:%M}"


def scope_parts(result: AuditResult, options: RenderOptions) -> list[str]:
    """What was audited and when it was read: cluster, Region, account, time."""
    scope, collection = result.scope, result.collection
    parts = [scope.cluster, scope.region, scope.account]
    read_at = collection.finished_at or collection.started_at
    if read_at is None:
        return [*parts, "snapshot"] if collection.source == "snapshot" else parts
    if collection.source == "snapshot":
        return [*parts, f"{moment(read_at, None)} UTC"]
    return [*parts, f"{moment(read_at, options.now or read_at)} UTC"]


def effort(result: AuditResult) -> str:
    """What passed and what it took: `71 checks passed · 61 calls, 1.9 s`."""
    collection = result.collection
    passed = f"{counted(result.summary.findings.passed, 'check')} passed"
    if collection.source == "snapshot":
        return f"{passed} · read from a snapshot"
    calls = counted(collection.api_calls, "call")
    if collection.started_at and collection.finished_at:
        calls += f", {(collection.finished_at - collection.started_at).total_seconds():.1f} s"
    return f"{passed} · {calls}"


def without_cause(diagnosis: Diagnosis) -> str:
    """What to say of a subject in trouble for which nothing is proven: how many tasks failed, and what may do that."""
    parts = [
        "none proven; what could not be read may hold it"
        if diagnosis.unknown
        else "none proven: no configuration fault found that explains it"
    ]
    for symptom in (symptom for symptom in diagnosis.symptoms if symptom.code not in NOT_A_FAILURE):
        if symptom.of is not None:
            verb = "failed" if symptom.code.startswith("start.") else "stopped"
            parts.append(f"{symptom.count:,} of {counted(symptom.of, 'task')} known {verb} so ({symptom.code})")
        parts.extend(_without_fault(symptom))
    return "; ".join(dict.fromkeys(parts))


def _without_fault(symptom: SymptomSeen) -> Iterator[str]:
    """What is known to cause a symptom without a fault in the configuration, where the symptom fits that."""
    if symptom.code == "place.capacity" and any(said in symptom.text.lower() for said in _NO_CAPACITY):
        yield "AWS had no capacity for it then, which no configuration is at fault for"
    elif symptom.code == "start.efs" and not any(said in symptom.text.lower() for said in _ANSWERED):
        yield "a file system or mount target that was only just created cannot be mounted until its name has spread"
    elif symptom.code in {"start.eni-timeout", "start.eni-attach"} and _is_sporadic(symptom):
        yield "that is sporadic: about 1 in 100 task ENIs is not provisioned, with no fault in the configuration"


def _is_sporadic(symptom: SymptomSeen) -> bool:
    return symptom.of is not None and symptom.count * _SPORADIC <= symptom.of


def command_line(result: AuditResult, options: RenderOptions) -> str:
    """The command that made the result, for hints."""
    return options.command or f"awsvpc-audit cluster {shlex.quote(result.scope.cluster)}"


def value_text(value: str | int | float | bool | None) -> str:
    """A value of evidence as people read it."""
    match value:
        case None:
            return "absent"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def affected_names(finding: Finding, limit: int | None = None) -> str:
    """Who suffers, by name; a type is said where it is not a service."""
    names = [ref.id if ref.type == "service" else f"{ref.type} {ref.id}" for ref in finding.affected]
    return some(names, len(names) if limit is None else limit)


def subject_first(finding: Finding) -> str:
    """The detail, with the resource named even where the detail does not."""
    named = finding.resource.id in finding.detail
    return finding.detail if named else f"{finding.resource.id}: {finding.detail}"


def why_missing(gap: Missing) -> str:
    """Why an operation gave no answer, in a few words."""
    if gap.because:
        return f"not asked, for want of {', '.join(gap.because)}"
    # AWS spells a denial out at length: who, what, on which resource, and after "because" the policy that is to blame.
    message = gap.message.partition(" because ")[2] if gap.error == "AccessDenied" else gap.message
    return f"{gap.error}: {message}" if message else gap.error


def _verdict(result: AuditResult) -> str:
    total = len(result.scope.services)
    sick = {kind: sum(d.subject.type == kind for d in result.diagnoses) for kind in ("service", "task", "launcher")}
    counts = result.summary.findings
    if isinstance(result, TaskAudit) and result.diagnoses:
        return "the task stopped"
    if result.diagnoses:
        parts = [
            f"{sick['service']} of {counted(max(total, sick['service']), 'service')}" if sick["service"] else "",
            counted(sick["task"], "task family", "task families") if sick["task"] else "",
            counted(sick["launcher"], "launcher") if sick["launcher"] else "",
        ]
        newly = "newly " if result.baseline is not None else ""
        return f"{', '.join(part for part in parts if part)} {newly}in trouble"
    if result.baseline is not None:
        return _verdict_since(result, result.baseline)
    if counts.fail:
        return f"{counted(counts.fail, 'fault')}, no service in trouble"
    if counts.unknown:
        checks = {f.check_id for f in result.findings if f.status is Status.UNKNOWN}
        return f"no fault found · {counted(len(checks), 'check')} unknown"
    match total:
        case 0:
            return "no fault found"
        case 1:
            return "the one service is well"
        case _:
            return f"all {total:,} services well"


def _verdict_since(result: AuditResult, baseline: BaselineComparison) -> str:
    """What is new; where nothing is, what remains must be said beside it, or the cluster looks well."""
    remaining = len(baseline.remaining)
    parts = [counted(baseline.new, "new fault") if baseline.new else "nothing new fails"]
    parts += [f"{remaining:,} {'remains' if remaining == 1 else 'remain'}"] if remaining else []
    checks = {f.check_id for f in result.findings if f.status is Status.UNKNOWN}
    parts += [f"{counted(len(checks), 'check')} unknown"] if checks else []
    return ", ".join(parts)


def _troubles(
    diagnoses: Iterable[Diagnosis], failing: dict[tuple[str, tuple[str, str]], Finding]
) -> tuple[Trouble, ...]:
    shared: dict[object, list[Diagnosis]] = defaultdict(list)
    for diagnosis in diagnoses:
        # A possible cause is not proven to be the same for two subjects, so each keeps its own.
        shared[_cause_key(diagnosis.causes[0]) if diagnosis.causes else diagnosis.subject].append(diagnosis)
    troubles = []
    for group in shared.values():
        cause = group[0].causes[0] if group[0].causes else None
        others = {_cause_key(other): other for diagnosis in group for other in reversed(diagnosis.causes[1:])}
        further = sorted(others.values(), key=lambda c: (c.confidence.rank, c.check_id, c.resource))
        parents = {other.check_id for other in further if other.follows_from is None}
        parents |= {cause.check_id} if cause else set()
        below: dict[str, list[Cause]] = defaultdict(list)
        for other in further:
            if other.follows_from in parents:
                below[other.follows_from or ""].append(other)
        followers = tuple(below.pop(cause.check_id, ())) if cause else ()
        troubles.append(
            Trouble(
                diagnoses=tuple(group),
                cause=cause,
                proof=failing.get(_cause_key(cause)) if cause else None,
                followers=followers,
                others=tuple(
                    (other, tuple(below.pop(other.check_id, ())))
                    for other in further
                    if other.follows_from not in parents
                ),
            )
        )
    return tuple(troubles)


def _unknown(result: AuditResult) -> tuple[UnknownGroup, ...]:
    gaps = {gap.operation: gap for gap in result.collection.missing}
    absent = "not in the snapshot" if result.collection.source == "snapshot" else "not read"
    groups: dict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in result.findings:
        if finding.status is Status.UNKNOWN:
            groups[finding.missing].append(finding)

    def reason(operations: tuple[str, ...]) -> str:
        whys = [why_missing(gaps[operation]) if operation in gaps else absent for operation in operations]
        return "; ".join(dict.fromkeys(whys)) or absent

    return tuple(
        UnknownGroup(
            operations=operations,
            reason=reason(operations),
            checks=tuple(sorted({f.check_id for f in findings})),
            findings=tuple(findings),
        )
        for operations, findings in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    )


def _well(result: AuditResult) -> tuple[str, ...]:
    left_out = result.baseline
    diagnoses = (*result.diagnoses, *(left_out.diagnoses if left_out else ()))
    touched = {diagnosis.subject.id for diagnosis in diagnoses if diagnosis.subject.type == "service"}
    for finding in (*result.findings, *(left_out.remaining if left_out else ())):
        # What is for information alone (a cost, a limit nobody knows) makes no service unwell.
        if finding.status in {Status.FAIL, Status.UNKNOWN} and finding.severity is not Severity.INFO:
            touched |= {ref.id for ref in (finding.resource, *finding.affected) if ref.type == "service"}
    return tuple(name for name in result.scope.services if name not in touched)


def _key(resource: ResourceRef) -> tuple[str, str]:
    return (resource.type, resource.id)


def _cause_key(cause: Cause) -> tuple[str, tuple[str, str]]:
    return (cause.check_id, _key(cause.resource))
