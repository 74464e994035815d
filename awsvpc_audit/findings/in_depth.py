"""One service or one task in depth: `service --format json` and `task --format json`."""

from datetime import datetime

from awsvpc_audit.findings.audit import AuditResult
from awsvpc_audit.findings.finding import Record
from awsvpc_audit.findings.path import PathDocument


class ServiceAudit(AuditResult, frozen=True, kw_only=True):
    """The audit of a cluster, narrowed to one service: its diagnosis, the findings that concern it, its capacity.

    Attributes:
        paths: from its tasks to the internet and to what they need to start, each traced. What the host fetches for a
            task (images, secrets and logs on EC2) is traced from instances, one for all that are alike.
    """

    paths: tuple[PathDocument, ...] = ()


class ContainerSeen(Record, frozen=True, kw_only=True):
    """One container of a task, and how it ended."""

    name: str | None
    status: str | None
    exit_code: int | None
    reason: str | None


class TaskSeen(Record, frozen=True, kw_only=True):
    """One task as ECS shows it.

    Attributes:
        service: who started it; null for a standalone task.
        stage: how far a stopped task came, by its times: `before pull`, `pull` or `ran`; null where they do not tell.
        subnet: of its ENI; a failed task often keeps it after the ENI is gone.
    """

    id: str
    arn: str
    service: str | None
    task_definition: str | None
    status: str | None
    launch_type: str | None
    capacity_provider: str | None
    instance: str | None
    availability_zone: str | None
    subnet: str | None
    eni: str | None
    private_ipv4: str | None
    stage: str | None
    stop_code: str | None
    stopped_reason: str | None
    created_at: datetime | None
    pull_started_at: datetime | None
    pull_stopped_at: datetime | None
    started_at: datetime | None
    stopped_at: datetime | None
    containers: tuple[ContainerSeen, ...] = ()


class TaskAudit(ServiceAudit, frozen=True, kw_only=True):
    """The audit of a cluster, narrowed to one task. Its diagnosis, where it stopped, has the task's id as subject."""

    task: TaskSeen
