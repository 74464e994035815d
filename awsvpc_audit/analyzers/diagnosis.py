"""From symptoms and findings to ranked causes: what on-call reads first.

A cause is a finding that touches the subject and whose check can explain one of its symptoms. Texts narrow that down (a
time-out excludes permissions, an answer excludes the path), and so does the way that packets take: on Amazon EC2 the
host pulls images and secrets, so a fault of the task's own network does not keep a task from starting there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from awsvpc_audit.analyzers.consequences import (
    ON_THE_WAY,
    RESTATES,
    SUMMARIES,
    WORKLOADS,
    follows_on_resource,
    leads_of,
)
from awsvpc_audit.analyzers.footprints import Footprint, footprint_of
from awsvpc_audit.analyzers.reachability.services import service_named
from awsvpc_audit.analyzers.recorded_launches import unread_launches
from awsvpc_audit.analyzers.symptoms import Symptom, Symptoms
from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload, compute_of, family_of
from awsvpc_audit.facts.messages import CALLS_OUT, NOT_A_FAILURE, Reading
from awsvpc_audit.findings import (
    Cause,
    Cleared,
    Confidence,
    Diagnosis,
    Finding,
    ResourceRef,
    Severity,
    Status,
    SubjectRef,
    TaskCounts,
)

_ON_HOSTS = ("ENI", "AGT", "PLC")
"""Families of checks about container instances, which Fargate tasks do not have."""

_HOST_RESOURCES = frozenset({"instance", "container_instance", "eni", "capacity_provider", "account_setting"})

_APPLICATION = frozenset({"run.exit", "run.oom", "run.health-container"})
"""What a container did after it had started: what ECS says of it is never proof of a fault on the way."""

_OF_TASK_ENI_ALONE = frozenset({"NET001", "NET015"})
"""Faults of the task ENI by definition: a host in the same subnet can have a public address of its own."""

_HOST_CALLS = CALLS_OUT - {"start.efs", "run.health-elb"}
"""What the host does for an EC2 or Managed Instances task, over its own primary ENI."""

_AT_ENDPOINT = frozenset({"END003", "END005"})
"""Faults of an endpoint that the name did resolve to."""

_BEYOND_VPC = frozenset(
    {
        *("NET001", "NET002", "NET004", "NET005", "NET006", "NET007", "NET008", "NET012", "NET013", "NET016", "NET018"),
        *("END004", "END006", "END010"),
    }
)
"""Faults that show only where the name resolved to a public address."""

_DECISIVE = {"place.eni": "ENI001", "place.cpu": "PLC004", "place.memory": "PLC005", "place.gpu": "PLC011"}
"""The check which, where it passes, proves that there is room of that kind."""

_OF_LAUNCHERS = frozenset({"SVC011"})
"""Checks that say that a launcher is in trouble."""

_UNSAID = Symptom(code="unclassified", text="", count=0, allows=("place.", "start.", "service."))
"""Stands for tasks that are missing without a word from ECS."""

_Closeness = tuple[int, ...]
"""How directly a text speaks of a finding: the smallest the most."""

_UNNAMED = 2
"""The first number of what no text names: after what fits to one (0), and what one names and speaks against (1)."""

_BY_SIGNAL = 100
"""Place of what only the way a call ended speaks for: after all that the row of the catalogue names."""

_SHOWN = 4
"""How many resources of one check are named where it was ruled out."""


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """A subject in trouble.

    Attributes:
        ref: how the report names it.
        state: its numbers of tasks.
        symptoms: what it shows; `_UNSAID` where ECS says nothing.
        cluster: where it runs.
        workload: how it is launched; ``None`` for standalone tasks of which none is left.
        compute: what it runs on; ``None`` where that is not known.
        subnets, groups: of its task ENIs, as far as known.
        on_hosts: whether it runs, or may run, on container instances of the owner's.
        gaps: operations that were not, or not wholly, read.
    """

    ref: SubjectRef
    state: TaskCounts
    symptoms: tuple[Symptom, ...]
    cluster: Cluster
    workload: Workload | None
    compute: Compute | None
    subnets: frozenset[str]
    groups: frozenset[str] = frozenset()
    on_hosts: bool
    gaps: tuple[str, ...]

    @cached_property
    def footprint(self) -> Footprint:
        """What its packets pass."""
        return footprint_of(self.cluster, sorted(self.subnets), sorted(self.groups), on_hosts=self.on_hosts)

    def host_calls_pass_by(self, check_id: str, resource: ResourceRef) -> bool:
        """Whether images, secrets and logs are fetched over a primary ENI whose way does not meet the resource."""
        if self.compute not in {Compute.EC2, Compute.MANAGED_INSTANCES}:
            return False
        if check_id in _OF_TASK_ENI_ALONE:
            return True
        hosts_are_known = self.compute is Compute.MANAGED_INSTANCES or bool(self.footprint.of_hosts)
        return hosts_are_known and self.footprint.is_of_tasks_only(resource.id)

    @cached_property
    def speaking(self) -> tuple[Symptom, ...]:
        """The symptoms to explain: those that say what went wrong, else those that leave it open."""
        clear = tuple(s for s in self.symptoms if not s.is_open and s.code not in NOT_A_FAILURE)
        return clear or tuple(s for s in self.symptoms if s.code not in NOT_A_FAILURE)

    def is_touched_by(self, finding: Finding) -> bool:
        """Whether a finding that names no workload is about what this subject uses."""
        resource = finding.resource
        if finding.check_id.startswith(_ON_HOSTS) or resource.type in _HOST_RESOURCES:
            return self.on_hosts
        if resource.type in {"cluster", "iam_role"}:
            return True
        if resource.type == "task_definition":
            return self.workload is not None and resource.id == (self.workload.task_definition_arn or "").split("/")[-1]
        return resource.id in self.footprint.of_tasks | self.footprint.of_hosts


_Name = tuple[str, str]
"""Type and id of a workload, as subjects have them."""


@dataclass(slots=True)
class _Passed:
    """Passing findings of one check that name the same workloads."""

    check_id: str
    resources: list[str]


class _Findings:
    """The findings, by the subject that they name.

    In a large cluster thousands of findings name the same hundreds of workloads, in a tuple that they share. Each such
    tuple is looked into once, and passing findings that share one stay together.
    """

    def __init__(self, findings: Iterable[Finding], subjects: Iterable[_Subject]) -> None:
        self._asked = frozenset((subject.ref.type, subject.ref.id) for subject in subjects)
        self._naming: dict[_Name, list[Finding]] = {}
        self._passing: dict[_Name, list[_Passed]] = {}
        self._unnamed: list[Finding] = []
        self._of_others: list[Finding] = []
        """Failing findings about something that workloads share, which name some workload."""
        names_in: dict[int, tuple[object, frozenset[_Name]]] = {}
        together: dict[tuple[str, int, _Name | None], _Passed] = {}
        for finding in findings:
            own = _name(finding.resource)
            key = id(finding.affected)
            if key not in names_in:
                # The tuple goes along: an identity is only good for as long as what it belongs to lives.
                names = frozenset(name for ref in finding.affected if (name := _name(ref)) is not None)
                names_in[key] = (finding.affected, names)
            names = names_in[key][1]
            if not names and own is None:
                self._unnamed.append(finding)
                continue
            if finding.status is Status.PASS and (passed := together.get((finding.check_id, key, own))) is not None:
                passed.resources.append(finding.resource.id)
                continue
            asked = (names if own is None else names | {own}) & self._asked
            if own is None and finding.status is Status.FAIL:
                self._of_others.append(finding)
            if finding.status is not Status.PASS:
                for name in asked:
                    self._naming.setdefault(name, []).append(finding)
                continue
            passed = together[finding.check_id, key, own] = _Passed(finding.check_id, [finding.resource.id])
            for name in asked:
                self._passing.setdefault(name, []).append(passed)

    def touching(self, subject: _Subject) -> tuple[list[Finding], list[_Passed]]:
        """Those that name the subject, and those that name nobody and are about what it uses: apart, which pass."""
        name = (subject.ref.type, subject.ref.id)
        open_, passed = list(self._naming.get(name, ())), list(self._passing.get(name, ()))
        if subject.workload is None and not subject.on_hosts:
            # Of stopped standalone tasks nothing is left that a check could look at: what is wrong where they were has
            # been found for whoever else is there.
            open_ += [each for each in self._of_others if each.resource.id in subject.footprint.of_tasks]
        for finding in self._unnamed:
            if not subject.is_touched_by(finding):
                continue
            if finding.status is Status.PASS:
                passed.append(_Passed(finding.check_id, [finding.resource.id]))
            else:
                open_.append(finding)
        return open_, passed


def _name(ref: ResourceRef) -> _Name | None:
    """The name of a workload; of standalone tasks without the revision; ``None`` for any other resource."""
    if ref.type not in WORKLOADS:
        return None
    return ref.type, (ref.id.rpartition(":")[0] or ref.id if ref.type == "task" else ref.id)


def diagnose(
    cluster: Cluster,
    workloads: Iterable[Workload],
    findings: Iterable[Finding],
    symptoms: Symptoms,
    explains: Mapping[str, tuple[str, ...]],
) -> tuple[Diagnosis, ...]:
    """A diagnosis for every subject in trouble, worst first.

    Args:
        cluster: the cluster.
        workloads: the services and live standalone tasks to look at.
        findings: of every status.
        symptoms: what ECS says, see `symptoms_of`.
        explains: for each check of the run, the symptom codes it can explain. No other check becomes a cause.

    Returns:
        Sorted by the share of tasks that are missing, then by the severity of the first cause, then by name.
    """
    subjects = tuple(_subjects(cluster, tuple(workloads), symptoms))
    relevant = _Findings((finding for finding in findings if explains.get(finding.check_id)), subjects)
    ranked = []
    for subject in subjects:
        evaluation = _Evaluation(subject, relevant, explains)
        if not _is_in_trouble(subject, evaluation):
            continue
        desired, running = subject.state.desired, subject.state.running
        missing = (desired - running) / desired if desired > running else 0.0
        severity = evaluation.ranked[0].finding.severity.rank if evaluation.ranked else len(Severity)
        ranked.append((-missing, severity, subject.ref.type, subject.ref.id, evaluation.diagnosis))
    return tuple(diagnosis for *_, diagnosis in sorted(ranked, key=lambda row: row[:-1]))


def _subjects(cluster: Cluster, workloads: tuple[Workload, ...], symptoms: Symptoms) -> Iterator[_Subject]:
    unread = () if cluster.scope.services.is_complete else cluster.scope.services.missing().operations
    unread += () if cluster.scope.tasks.is_complete else cluster.scope.tasks.missing().operations
    for workload in workloads:
        service = workload.service
        if service is None:
            continue
        said = symptoms.get(("service", workload.name), ())
        if not said and not (workload.short and workload.desired):
            continue
        on_hosts = workload.compute in {Compute.EC2, None}
        gaps = unread
        if on_hosts and not cluster.scope.container_instances.is_complete:
            gaps += cluster.scope.container_instances.missing().operations
        yield _Subject(
            ref=SubjectRef(type="service", id=workload.name, cluster=cluster.name),
            state=TaskCounts(desired=workload.desired, running=workload.running, pending=workload.pending),
            symptoms=said or (_UNSAID,),
            cluster=cluster,
            workload=workload,
            compute=workload.compute,
            subnets=frozenset(workload.subnets),
            groups=frozenset(workload.security_groups),
            on_hosts=on_hosts,
            gaps=gaps,
        )
    yield from _standalone_subjects(cluster, workloads, symptoms, unread)
    yield from _launcher_subjects(cluster, workloads, symptoms)


def _launcher_subjects(cluster: Cluster, workloads: tuple[Workload, ...], symptoms: Symptoms) -> Iterator[_Subject]:
    """Launchers, with what the standalone tasks of their task definition show: those are theirs, as far as is known."""
    for workload in workloads:
        if workload.launch is None:
            continue
        refused = symptoms.get(("launcher", workload.name), ())
        yield _Subject(
            ref=SubjectRef(type="launcher", id=workload.name, cluster=cluster.name),
            state=TaskCounts(desired=sum(symptom.count for symptom in refused), running=0, pending=0),
            symptoms=(*refused, *symptoms.get(("task", workload.family), ())) or (_UNSAID,),
            cluster=cluster,
            workload=workload,
            compute=workload.compute,
            subnets=frozenset(workload.subnets),
            groups=frozenset(workload.security_groups),
            on_hosts=workload.compute in {Compute.EC2, None},
            gaps=unread_launches(cluster.scope),
        )


def _standalone_subjects(
    cluster: Cluster, workloads: tuple[Workload, ...], symptoms: Symptoms, unread: tuple[str, ...]
) -> Iterator[_Subject]:
    for (kind, family), said in symptoms.items():
        if kind != "task":
            continue
        # Of several revisions, or launched in several ways: each is a workload of its own.
        alike = [w for w in workloads if w.ref.type == "task" and family in {w.name, w.family}]
        live = alike[0] if alike else None
        failed = sum(symptom.count for symptom in said)
        tasks = [task for task in cluster.known_standalone_tasks if family_of(task) == family]
        computes: set[Compute | None] = {compute_of(task) for task in tasks} or {live.compute if live else None}
        # Of tasks on this and that, nothing is excluded that may hold for some of them.
        compute = computes.pop() if len(computes) == 1 else Compute.FARGATE
        yield _Subject(
            ref=SubjectRef(type="task", id=family, cluster=cluster.name),
            state=TaskCounts(
                desired=failed + sum(len(workload.tasks) for workload in alike),
                running=sum(workload.running for workload in alike),
                pending=sum(workload.pending for workload in alike),
            ),
            symptoms=said,
            cluster=cluster,
            workload=live,
            compute=compute,
            subnets=frozenset(
                {*(t.subnet_id for t in tasks if t.subnet_id), *chain.from_iterable(w.subnets for w in alike)}
            ),
            groups=frozenset(chain.from_iterable(w.security_groups for w in alike)),
            on_hosts=compute in {Compute.EC2, None},
            gaps=(*unread, *(unread_launches(cluster.scope) if live is None else ())),
        )


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A finding that can explain a symptom of a subject."""

    finding: Finding
    confidence: Confidence
    specificity: _Closeness
    by_text: Reading | None = None

    @property
    def restates(self) -> bool:
        """Whether it only says the symptom again."""
        return self.finding.check_id in RESTATES

    @property
    def sort_key(self) -> tuple[object, ...]:
        finding = self.finding
        return (
            self.restates,
            self.confidence.rank,
            self.specificity,
            finding.severity.rank,
            finding.check_id,
            finding.resource,
        )

    def cause(self, parent: "_Candidate | None") -> Cause:
        """As a report shows it, under the one that it only follows from."""
        explanation = self.finding.detail
        if self.by_text is not None and self.by_text.message is not None:
            explanation = f"By the text alone: {self.by_text.message.meaning}. {explanation}"
        return Cause(
            check_id=self.finding.check_id,
            resource=self.finding.resource,
            confidence=self.confidence,
            explanation=explanation,
            fix=self.finding.remediation,
            follows_from=parent.finding.check_id if parent is not None else None,
        )


class _Evaluation:
    """The findings that touch one subject, held against its symptoms."""

    def __init__(self, subject: _Subject, findings: _Findings, explains: Mapping[str, tuple[str, ...]]) -> None:
        self._subject = subject
        self._explains = explains
        touching, passed = findings.touching(subject)
        self._passed = frozenset(each.check_id for each in passed) - {finding.check_id for finding in touching}
        self._explained: dict[str, list[tuple[Symptom, list[str]]]] = {}
        self._cleared: dict[str, dict[str, list[str]]] = {}
        self._unknown: dict[str, None] = dict.fromkeys(subject.gaps)
        for each in passed:
            if each.check_id in self._passed and self._explained_by(each.check_id):
                self._clear(each.check_id, each.resources, "no fault found")
        candidates = [candidate for f in touching if (candidate := self._examine(f)) is not None]
        if any(c.confidence is Confidence.CONFIRMED and not c.restates for c in candidates):
            candidates = [c for c in candidates if c.confidence is not Confidence.POSSIBLE]
        proven = {(c.finding.check_id, c.finding.resource) for c in candidates if c.finding.status is Status.FAIL}
        self.ranked = sorted(
            candidates, key=lambda c: (*c.sort_key[:2], follows_on_resource(c.finding, proven), *c.sort_key[2:])
        )

    @property
    def proven(self) -> Iterator[_Candidate]:
        """The candidates that fail, and are not just possible."""
        return (candidate for candidate in self.ranked if candidate.finding.status is Status.FAIL)

    @property
    def diagnosis(self) -> Diagnosis:
        blamed = {candidate.finding.check_id for candidate in self.ranked}
        return Diagnosis(
            subject=self._subject.ref,
            state=self._subject.state,
            symptoms=tuple(symptom.seen for symptom in self._subject.symptoms if symptom is not _UNSAID),
            causes=tuple(_grouped(self.ranked)),
            cleared=tuple(
                Cleared(check_id=check_id, detail="; ".join(f"{_listed(ids)}: {why}" for why, ids in reasons.items()))
                for check_id, reasons in sorted(self._cleared.items())
                if check_id not in blamed
            ),
            unknown=tuple(self._unknown),
        )

    def _examine(self, finding: Finding) -> _Candidate | None:
        """What a finding that does not pass is to the subject; notes on the way what is cleared and what is unknown."""
        check_id = finding.check_id
        explained = self._explained_by(check_id)
        if not explained:
            return None
        left = []
        for symptom, codes in explained:
            against = self._excluded(finding, symptom, codes)
            if against is None:
                left.append(symptom)
            elif finding.status is not Status.UNKNOWN:
                self._clear(check_id, (finding.resource.id,), against)
        if not left:
            return None
        if finding.status is Status.UNKNOWN:
            self._unknown |= dict.fromkeys(finding.missing)
        return _candidate(finding, left)

    def _explained_by(self, check_id: str) -> list[tuple[Symptom, list[str]]]:
        """The symptoms that a check can explain, each with the codes by which it does."""
        if check_id not in self._explained:
            self._explained[check_id] = [
                (symptom, codes)
                for symptom in self._subject.speaking
                if (codes := [code for code in self._explains[check_id] if symptom.allows_code(code)])
                and not (check_id.startswith(ON_THE_WAY) and _APPLICATION.issuperset(codes))
            ]
        return self._explained[check_id]

    def _clear(self, check_id: str, resources: Iterable[str], why: str) -> None:
        self._cleared.setdefault(check_id, {}).setdefault(why, []).extend(resources)

    def _excluded(self, finding: Finding, symptom: Symptom, codes: list[str]) -> str | None:
        """Why a finding cannot be the cause of a symptom, or ``None``."""
        check_id, resource, footprint = finding.check_id, finding.resource, self._subject.footprint
        signals = [reading.signal for reading in symptom.readings if reading.signal is not None]
        if signals and all(signal.excludes(check_id) for signal in signals):
            return signals[0].proven
        if symptom.is_open and all(_DECISIVE.get(code) in self._passed for code in codes):
            return "there is room all the same"
        if not check_id.startswith(ON_THE_WAY):
            return None
        if all(code in _HOST_CALLS for code in codes) and self._subject.host_calls_pass_by(check_id, resource):
            return "on the way of the task ENI, and the host makes these calls over its own"
        if symptom.subnets and footprint.is_elsewhere(resource.id, symptom.subnets):
            return f"not on the way from {', '.join(sorted(symptom.subnets))}, where the tasks failed"
        return None


def _grouped(ranked: list[_Candidate]) -> Iterator[Cause]:
    """The causes in their order, but each followed at once by those that only follow from it."""
    groups: dict[int, list[Cause]] = {}
    for number, (candidate, lead) in enumerate(zip(ranked, leads_of([c.finding for c in ranked]), strict=True)):
        parent = ranked[lead] if lead is not None else None
        groups.setdefault(number if lead is None else lead, []).append(candidate.cause(parent))
    return chain.from_iterable(groups.values())


def _listed(ids: list[str]) -> str:
    shown = sorted(set(ids))
    more = len(shown) - _SHOWN
    return ", ".join(shown[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _candidate(finding: Finding, symptoms: list[Symptom]) -> _Candidate:
    # What says that something is not reached comes after the hop that stops it, with or without a text.
    confidence, by_text = Confidence.LIKELY, None
    specificity: _Closeness = (_UNNAMED, finding.check_id in SUMMARIES)
    is_known = finding.status is not Status.UNKNOWN
    if not is_known:
        confidence = Confidence.POSSIBLE
    for reading in (reading for symptom in symptoms for reading in symptom.readings):
        if finding.check_id in reading.names and not reading.excludes(finding.check_id):
            closeness, fits = _closeness(finding, reading)
            specificity = min(specificity, closeness)
            if is_known and fits:
                confidence = Confidence.CONFIRMED
        if not is_known and finding.check_id in reading.proves:
            confidence, by_text = Confidence.LIKELY, reading
    return _Candidate(finding=finding, confidence=confidence, specificity=specificity, by_text=by_text)


def _closeness(finding: Finding, reading: Reading) -> tuple[_Closeness, bool]:
    """How directly a text that names a finding's check speaks of it; and whether nothing in it speaks against."""
    check_id = finding.check_id
    row = reading.message.names if reading.message else ()
    private = reading.ip_is_private
    fits = not ((private is True and check_id in _BEYOND_VPC) or (private is False and check_id in _AT_ENDPOINT))
    called = service_named(reading.carries.get("host", ""))
    closeness = (
        not fits,
        check_id in SUMMARIES,
        row.index(check_id) if check_id in row else _BY_SIGNAL,
        not (private is True and check_id in _AT_ENDPOINT),
        # Of several endpoints that are closed alike, the one of the call that failed.
        not (called is not None and check_id.startswith("END") and finding.detail.endswith(f" {called}")),
    )
    return closeness, fits


def _is_in_trouble(subject: _Subject, evaluation: _Evaluation) -> bool:
    """Whether there is something to report.

    Tasks that are missing while a rollout goes on are none, as long as nothing failed and nothing is known that keeps
    them from starting.
    """
    if subject.ref.type == "launcher":
        # Nothing else tells a launcher in trouble from one whose time has not come.
        if subject.workload is not None and subject.workload.refused:
            return True
        return any(candidate.finding.check_id in _OF_LAUNCHERS for candidate in evaluation.proven)
    if _UNSAID not in subject.symptoms:
        return True
    service = subject.workload.service if subject.workload else None
    if service is None or not any(d.rollout_state == "IN_PROGRESS" for d in service.deployments):
        return True
    return any(
        candidate.confidence is not Confidence.POSSIBLE and candidate.finding.severity.rank <= Severity.HIGH.rank
        for candidate in evaluation.ranked
    )
