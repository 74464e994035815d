"""Which AWS services a task must reach to start, and from which interface each call leaves.

Sources: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html and
docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html. That on EC2 the agent and Docker call from the host
is how the agent works; no one page of AWS's says it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from awsvpc_audit.analyzers.workloads import Compute, Workload
from awsvpc_audit.model import ecs

ECR_IMAGE = re.compile(r"^\d{12}\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/")

AGENT_SERVICES = ("ecs", "ecs-agent", "ecs-telemetry")
"""What the container agent on EC2 talks to (docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html)."""


@dataclass(frozen=True, slots=True)
class Need:
    """One AWS service that a task needs.

    Attributes:
        service: the last part of the endpoint service's name.
        purpose: what for, in words for a sentence.
        leaves_from: the task's own interface, or the primary one of its instance.
        has_ipv4_name: whether the name it is called by has IPv4 addresses alone, as an image's name without `on.aws`.
    """

    service: str
    purpose: str
    leaves_from: Literal["task", "host"]
    has_ipv4_name: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """What a workload's tasks need.

    Attributes:
        services: of this Region, each once.
        public: images and other things that only the internet has, as named.
    """

    services: tuple[Need, ...] = ()
    public: tuple[str, ...] = ()


def needs_of(workload: Workload, definition: ecs.TaskDefinition, region: str) -> Needs:
    """What a task of this workload needs to start and to be worked with.

    Managed Instances are left out but for ECS Exec: what they call leaves from interfaces that AWS may hide.

    Args:
        workload: says what it runs on.
        definition: its task definition.
        region: where it runs: images and log groups elsewhere are reached over the internet.
    """
    found: dict[str, Need] = {}
    public: list[str] = []
    side: Literal["task", "host"] = "task" if workload.compute is Compute.FARGATE else "host"
    if workload.compute is not Compute.MANAGED_INSTANCES:
        old = (workload.platform_version or "").startswith(("1.0", "1.1", "1.2", "1.3"))
        is_old_fargate = workload.compute is Compute.FARGATE and old and not definition.is_windows
        for service, purpose in _start_up(definition, region, public):
            # Up to platform version 1.3.0 the registry login and secrets left from an interface that AWS owns.
            if is_old_fargate and service in {"ecr.api", "secretsmanager", "ssm"}:
                continue
            found.setdefault(
                service, Need(service, purpose, side, service == "ecr.dkr" and _has_ipv4_image(definition))
            )
    if workload.service is not None and workload.service.enable_execute_command:
        found.setdefault("ssmmessages", Need("ssmmessages", "ECS Exec", "task"))
    return Needs(tuple(found[service] for service in sorted(found)), tuple(sorted(set(public))))


def _start_up(definition: ecs.TaskDefinition, region: str, public: list[str]) -> Iterator[tuple[str, str]]:
    for container in definition.container_definitions:
        image = container.image or ""
        match = ECR_IMAGE.match(image)
        if match and match["region"] == region:
            yield "ecr.api", f"the registry login for {image}"
            yield "ecr.dkr", f"the manifest of {image}"
            yield "s3", f"the layers of {image}"
        elif image:
            public.append(image)
        if container.repository_credentials is not None:
            yield "secretsmanager", "the credentials of the image's registry"
        for secret in container.secrets:
            yield _secret_store(secret), f"the secret {secret.name}"
        if container.environment_files:
            yield "s3", "environment files"
        log = container.log_configuration
        if log is not None:
            log_region = log.options.get("awslogs-region", region)
            if log.log_driver == "awslogs" and log_region == region:
                yield "logs", "the awslogs log driver"
            for secret in log.secret_options:
                yield _secret_store(secret), f"the log driver's secret {secret.name}"


def _has_ipv4_image(definition: ecs.TaskDefinition) -> bool:
    """Whether an image is named by the registry's IPv4 name: the dual-stack one is `….dkr-ecr.<region>.on.aws`."""
    images = (container.image or "" for container in definition.container_definitions)
    return any(ECR_IMAGE.match(image) and ".on.aws/" not in image for image in images)


def _secret_store(secret: ecs.Secret) -> str:
    return "secretsmanager" if ":secretsmanager:" in secret.value_from else "ssm"
