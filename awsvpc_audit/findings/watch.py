"""Round after round: `watch --format json`, one document a line."""

from datetime import datetime

from awsvpc_audit.findings.audit import ScopeRef, Summary, Tool
from awsvpc_audit.findings.diagnosis import Diagnosis
from awsvpc_audit.findings.finding import SCHEMA_VERSION, Finding, Record


class DeploymentSeen(Record, frozen=True, kw_only=True):
    """One deployment of a service, as ECS counts it."""

    id: str
    status: str | None
    rollout_state: str | None
    task_definition: str | None
    desired: int | None
    running: int | None
    pending: int | None
    failed_tasks: int | None


class ServiceSeen(Record, frozen=True, kw_only=True):
    """One service as ECS counts it."""

    name: str
    desired: int
    running: int
    pending: int
    deployments: tuple[DeploymentSeen, ...] = ()


class ServiceChange(Record, frozen=True, kw_only=True):
    """Something of a service that is otherwise than in the last round.

    Attributes:
        field: AWS's path (`runningCount`, `deployments[ecs-svc/123].rolloutState`); null for a service that came or is
            gone.
        old, new: the values; null for absent.
    """

    service: str
    field: str | None
    old: str | int | None
    new: str | int | None


class RoundChanges(Record, frozen=True, kw_only=True):
    """What is otherwise than in the last round that was read.

    Attributes:
        new, fixed, undetermined: findings, as in a comparison with a baseline.
        not_known_before: fingerprints of those new ones that could not be told in the last round.
        diagnoses_came, diagnoses_gone: who is newly in trouble or for another first cause, and who is no longer.
        services: counts and deployments.
    """

    new: tuple[Finding, ...] = ()
    not_known_before: tuple[str, ...] = ()
    fixed: tuple[Finding, ...] = ()
    undetermined: tuple[Finding, ...] = ()
    diagnoses_came: tuple[Diagnosis, ...] = ()
    diagnoses_gone: tuple[Diagnosis, ...] = ()
    services: tuple[ServiceChange, ...] = ()


class WatchRound(Record, frozen=True, kw_only=True):
    """One round of a watch.

    Attributes:
        number: counted from 1.
        error: why nothing could be read in this round; null where it was. The members below are null or empty then.
        scope: what was audited.
        summary: of all findings, new or not.
        kept_tasks: how many stopped tasks of earlier rounds, which ECS has forgotten, the diagnoses rest on too.
        services: as ECS counts them, by name; null where services were not read.
        changes: since the last round that was read; null in the first.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    number: int
    started_at: datetime
    finished_at: datetime
    error: str | None = None
    scope: ScopeRef | None = None
    summary: Summary | None = None
    kept_tasks: int = 0
    services: tuple[ServiceSeen, ...] | None = None
    changes: RoundChanges | None = None
