"""Tasks that do not start, and what their definitions need to start: images, log groups, secrets, files.

Used by the collectors, to ask only about what matters, and by the checks, to judge nothing else: both see the same.
A service that runs all its tasks evidently has a working role, image, log group and secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from awsvpc_audit.analyzers.symptoms import Symptom, symptoms_of
from awsvpc_audit.analyzers.workloads import Cluster, Compute, compute_of, family_of
from awsvpc_audit.facts.messages import NOT_A_FAILURE
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ecs
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.references import EcrImage, SecretReference, ecr_image, secret_reference
from awsvpc_audit.model.scope import cluster_name

T = TypeVar("T")

IMAGE = ("start.pull-image",)
LOGS = ("start.logging",)
SECRETS = ("start.secrets", "start.pull-auth")
"""Symptom codes of tasks that lack image, log group, secrets: a text about secrets may be cut before it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Tasks of one definition that do not start, or may not.

    Attributes:
        ref: the service, or the standalone tasks by `family:revision`.
        definition: what they would run.
        compute: what they would run on; ``None`` where that is not known.
        symptoms: what ECS says; empty where tasks are missing without a word.
        container_instances: ARNs of the hosts on which they failed, as far as ECS still shows it.
    """

    ref: ResourceRef
    definition: ecs.TaskDefinition
    compute: Compute | None
    symptoms: tuple[Symptom, ...] = ()
    container_instances: tuple[str, ...] = ()

    @property
    def says_why(self) -> bool:
        """Whether any symptom says what went wrong."""
        return any(not symptom.is_open for symptom in _speaking(self.symptoms))

    def may_be(self, check_id: str, *codes: str) -> bool:
        """Whether a check that can explain these symptom codes may be the cause.

        Not where the texts exclude it: whoever gets no answer at all (a time-out) has not been refused, nor told that
        something does not exist.
        """
        speaking = _speaking(self.symptoms)
        return not speaking or any(
            any(symptom.allows_code(code) for code in codes) and not _is_excluded(check_id, symptom)
            for symptom in speaking
        )


@dataclass(frozen=True, slots=True)
class Starts:
    """What does not start.

    Attributes:
        known: those whose task definition was read.
        gap: operations without which there may be more; empty where there are none.
    """

    known: tuple[Start, ...]
    gap: tuple[str, ...] = ()


def starts_of(cluster: Cluster) -> Starts:
    """The awsvpc services and standalone tasks of a cluster that are in trouble before their containers run.

    Whoever waits for a place alone (`place.…`) is not among them: its tasks have not asked for anything yet. Nor is
    whoever started and then stopped.
    """
    symptoms = symptoms_of(cluster)
    found: list[Start] = []
    gap: dict[str, None] = {}
    if not cluster.scope.services.is_complete:
        gap |= dict.fromkeys(cluster.scope.services.missing().operations)
    failed = _failed_tasks(cluster)
    for workload in cluster.awsvpc_workloads:
        service = workload.service
        said = symptoms.get(("service", workload.name), ())
        if service is None or not (_may_be_of_start(said) if said else workload.short):
            continue
        hosts = tuple(t.container_instance_arn for t in failed.get(workload.name, ()) if t.container_instance_arn)
        for arn in dict.fromkeys((workload.task_definition_arn, *failed_definitions(service))):
            try:
                definition = cluster.scope.task_definition_of(arn)
            except NotCollectedError as error:
                gap |= dict.fromkeys(error.operations)
                continue
            if definition is not None and definition.network_mode == "awsvpc":
                found.append(
                    Start(
                        ref=workload.ref,
                        definition=definition,
                        compute=workload.compute,
                        symptoms=said,
                        container_instances=tuple(dict.fromkeys(hosts)),
                    )
                )
    for (kind, family), said in sorted(symptoms.items()):
        if kind == "task" and _may_be_of_start(said):
            standalone, missing = _standalone(cluster, family, said)
            found.extend(standalone)
            gap |= dict.fromkeys(missing)
    return Starts(tuple(found), tuple(gap))


def failed_definitions(service: ecs.Service) -> tuple[str, ...]:
    """Task definitions of the service's failed rollouts, which a rollback replaces in the service itself."""
    return tuple(d.task_definition for d in service.deployments if d.rollout_state == "FAILED" and d.task_definition)


def _may_be_of_start(symptoms: tuple[Symptom, ...]) -> bool:
    return any(code.startswith("start.") for symptom in _speaking(symptoms) for code in symptom.allows)


def _is_excluded(check_id: str, symptom: Symptom) -> bool:
    signals = [reading.signal for reading in symptom.readings if reading.signal is not None]
    return bool(signals) and all(signal.excludes(check_id) for signal in signals)


def _speaking(symptoms: tuple[Symptom, ...]) -> tuple[Symptom, ...]:
    """Those that say what went wrong, else those that leave it open."""
    failures = tuple(symptom for symptom in symptoms if symptom.code not in NOT_A_FAILURE)
    return tuple(symptom for symptom in failures if not symptom.is_open) or failures


def _failed_tasks(cluster: Cluster) -> dict[str, list[ecs.Task]]:
    """Stopped tasks that never ran, by service."""
    found: dict[str, list[ecs.Task]] = {}
    for task in cluster.scope.tasks.known():
        if _never_ran(task, cluster) and (task.group or "").startswith("service:"):
            found.setdefault((task.group or "").removeprefix("service:"), []).append(task)
    return found


def _never_ran(task: ecs.Task, cluster: Cluster) -> bool:
    is_here = task.cluster_arn is not None and cluster_name(task.cluster_arn) == cluster.name
    return is_here and task.is_stopped and task.started_at is None


def _standalone(cluster: Cluster, family: str, said: tuple[Symptom, ...]) -> tuple[list[Start], tuple[str, ...]]:
    groups: dict[tuple[str, Compute], list[ecs.Task]] = {}
    for task in cluster.known_standalone_tasks:
        if _never_ran(task, cluster) and family_of(task) == family:
            groups.setdefault((task.task_definition_arn or "", compute_of(task)), []).append(task)
    starts: list[Start] = []
    gap: dict[str, None] = {}
    for (arn, compute), tasks in sorted(groups.items()):
        try:
            definition = cluster.scope.task_definition_of(arn)
        except NotCollectedError as error:
            gap |= dict.fromkeys(error.operations)
            continue
        if definition is not None:
            starts.append(
                Start(
                    ref=ResourceRef(type="task", id=definition.short_name, arn=min(task.task_arn for task in tasks)),
                    definition=definition,
                    compute=compute,
                    symptoms=said,
                    container_instances=tuple(
                        sorted({t.container_instance_arn for t in tasks if t.container_instance_arn})
                    ),
                )
            )
    return starts, tuple(gap)


# What a task definition needs.


@dataclass(frozen=True, slots=True)
class Needed(Generic[T]):
    """One thing that a task definition names.

    Attributes:
        thing: what it is.
        field: where it is named: `containerDefinitions[app].image`.
        value: how it is written there.
    """

    thing: T
    field: str
    value: str


@dataclass(frozen=True, slots=True, order=True)
class LogGroup:
    """The log group of an `awslogs` log driver.

    Attributes:
        name: its name.
        region: `awslogs-region` as written; ``None`` where it is not, which means the task's own.
        is_created: whether the driver creates it where it is missing (`awslogs-create-group`).
        log_stream: what a log stream of the container would be called.
    """

    name: str
    region: str | None
    is_created: bool
    log_stream: str


def ecr_images_of(definition: ecs.TaskDefinition) -> Iterator[Needed[EcrImage]]:
    """The images in private ECR registries."""
    for container in definition.container_definitions:
        image = ecr_image(container.image or "")
        if image is not None:
            yield Needed(image, f"containerDefinitions[{container.name}].image", container.image or "")


def log_groups_of(definition: ecs.TaskDefinition) -> Iterator[Needed[LogGroup]]:
    """The log groups of containers with the `awslogs` driver."""
    for container in definition.container_definitions:
        log = container.log_configuration
        if log is None or log.log_driver != "awslogs" or not log.options.get("awslogs-group"):
            continue
        name = log.options["awslogs-group"]
        prefix = log.options.get("awslogs-stream-prefix")
        stream = "0" * 32
        group = LogGroup(
            name=name,
            region=log.options.get("awslogs-region"),
            is_created=log.options.get("awslogs-create-group", "").lower() == "true",
            log_stream=f"{prefix}/{container.name}/{stream}" if prefix else stream,
        )
        yield Needed(group, f"containerDefinitions[{container.name}].logConfiguration.options[awslogs-group]", name)


def secrets_of(definition: ecs.TaskDefinition) -> Iterator[Needed[SecretReference]]:
    """The secrets and parameters that are fetched before the containers start."""
    for container in definition.container_definitions:
        at = f"containerDefinitions[{container.name}]"
        options = container.log_configuration.secret_options if container.log_configuration else ()
        named = [(f"{at}.secrets[{secret.name}].valueFrom", secret.value_from) for secret in container.secrets]
        named += [(f"{at}.logConfiguration.secretOptions[{s.name}].valueFrom", s.value_from) for s in options]
        for place, value in named:
            reference = secret_reference(value)
            if reference is not None:
                yield Needed(reference, place, value)
        credentials = container.repository_credentials
        if credentials is not None and credentials.credentials_parameter:
            value = credentials.credentials_parameter
            reference = secret_reference(value, is_registry_credentials=True)
            if reference is not None:
                yield Needed(reference, f"{at}.repositoryCredentials.credentialsParameter", value)


def environment_files_of(definition: ecs.TaskDefinition) -> Iterator[Needed[str]]:
    """ARNs of the environment files in Amazon S3."""
    for container in definition.container_definitions:
        for file in container.environment_files:
            if file.value and file.type in {None, "s3"}:
                yield Needed(file.value, f"containerDefinitions[{container.name}].environmentFiles[].value", file.value)


def needs_execution_role(definition: ecs.TaskDefinition, compute: Compute | None) -> Needed[str] | None:
    """Why a task definition needs an execution role: the first thing that needs one; ``None`` where nothing does.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html. On Amazon EC2 the
    instance role pulls images of Amazon ECR and writes logs; on Managed Instances, as on Fargate, it does not.
    """
    for secret in secrets_of(definition):
        return Needed("a secret or parameter", secret.field, secret.value)
    for file in environment_files_of(definition):
        return Needed("an environment file", file.field, file.value)
    if compute in {Compute.EC2, None}:
        return None
    for image in ecr_images_of(definition):
        return Needed("an image of Amazon ECR", image.field, image.value)
    for group in log_groups_of(definition):
        return Needed("the awslogs log driver", group.field, group.value)
    return None


def role_name(role: str) -> str:
    """The name in a role's ARN, or the name itself: task definitions take both."""
    return role.rsplit("/", 1)[-1]


def role_arn(role: str, partition: str, account: str) -> str:
    """The ARN of a role that a task definition names in either form."""
    return role if role.startswith("arn:") else f"arn:{partition}:iam::{account}:role/{role}"
