"""What must be allowed so that a task can start: which calls, on which resources, to which AWS service.

Sources: docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html,
docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html (the layer bucket), and the policy
AmazonEC2ContainerRegistryPullOnly for what a pull needs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from awsvpc_audit.analyzers.starting import (
    IMAGE,
    LOGS,
    SECRETS,
    ecr_images_of,
    environment_files_of,
    log_groups_of,
    secrets_of,
)
from awsvpc_audit.model import ecs
from awsvpc_audit.model.references import EcrImage
from awsvpc_audit.model.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Calls on one resource.

    Attributes:
        service: the AWS service as its endpoints name it: `ecr.api`, `ecr.dkr`, `s3`, `logs`, `secretsmanager`, `ssm`,
            `kms`.
        region: where that service is called.
        actions: the calls, as IAM names them.
        resource: the ARN they are about, or `*`.
        field, value: where the task definition names what needs them, and how.
        symptoms: the symptom codes of tasks that are refused it.
        by_host: on Amazon EC2 the host makes the call, with the instance role unless the agent is set otherwise.
        is_presigned: the URL is signed by the service itself: no role of this account needs the permission.
        creates: the log group that it creates, where that is missing.
    """

    service: str
    region: str
    actions: tuple[str, ...]
    resource: str
    field: str
    value: str
    symptoms: tuple[str, ...]
    by_host: bool = False
    is_presigned: bool = False
    creates: str | None = None


def permissions_of(
    definition: ecs.TaskDefinition,
    scope: Scope,
    secret_arns: Mapping[str, str] | None = None,
    secret_keys: Mapping[str, str] | None = None,
) -> Iterator[Permission]:
    """What must be allowed so that tasks of a definition can start.

    Args:
        definition: what the tasks run.
        scope: where.
        secret_arns: whole ARNs of secrets that the definition names in part.
        secret_keys: keys of AWS KMS by the secrets that are encrypted with them, where they are not AWS's own.
    """
    for image in ecr_images_of(definition):
        yield from _of_image(image.thing, scope.partition, image.field, image.value)
    for group in log_groups_of(definition):
        region = group.thing.region or scope.region
        arn = f"arn:{scope.partition}:logs:{region}:{scope.account}:log-group:{group.thing.name}:log-stream:"
        yield Permission(
            service="logs",
            region=region,
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resource=f"{arn}{group.thing.log_stream}",
            field=group.field,
            value=group.value,
            symptoms=LOGS,
            by_host=True,
        )
        if group.thing.is_created:
            yield Permission(
                service="logs",
                region=region,
                actions=("logs:CreateLogGroup",),
                resource=arn,
                field=group.field,
                value=group.value,
                symptoms=LOGS,
                by_host=True,
                creates=group.thing.name,
            )
    for secret in secrets_of(definition):
        reference = secret.thing
        is_secret = reference.kind == "secret"
        whole = (secret_arns or {}).get(reference.identifier)
        yield Permission(
            service="secretsmanager" if is_secret else "ssm",
            region=reference.region or scope.region,
            actions=("secretsmanager:GetSecretValue",) if is_secret else ("ssm:GetParameters",),
            resource=whole or reference.arn(scope.partition, scope.account, scope.region),
            field=secret.field,
            value=secret.value,
            symptoms=SECRETS,
        )
        key = (secret_keys or {}).get(reference.identifier, "")
        if is_secret and key and "alias/" not in key:
            region = reference.region or scope.region
            yield Permission(
                service="kms",
                region=region,
                actions=("kms:Decrypt",),
                resource=key
                if key.startswith("arn:")
                else f"arn:{scope.partition}:kms:{region}:{scope.account}:key/{key}",
                field=secret.field,
                value=secret.value,
                symptoms=SECRETS,
            )
    for file in environment_files_of(definition):
        yield Permission(
            service="s3",
            region=scope.region,
            actions=("s3:GetObject",),
            resource=file.thing,
            field=file.field,
            value=file.value,
            symptoms=SECRETS,
        )


def _of_image(image: EcrImage, partition: str, field: str, value: str) -> Iterator[Permission]:
    yield Permission(
        service="ecr.api",
        region=image.region,
        actions=("ecr:GetAuthorizationToken",),
        resource="*",
        field=field,
        value=value,
        symptoms=("start.pull-auth", "start.pull-image"),
        by_host=True,
    )
    yield Permission(
        service="ecr.dkr",
        region=image.region,
        actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        resource=f"arn:{partition}:ecr:{image.region}:{image.account}:repository/{image.repository}",
        field=field,
        value=value,
        symptoms=IMAGE,
        by_host=True,
    )
    yield Permission(
        service="s3",
        region=image.region,
        actions=("s3:GetObject",),
        resource=f"arn:{partition}:s3:::prod-{image.region}-starport-layer-bucket/layer",
        field=field,
        value=value,
        symptoms=IMAGE,
        by_host=True,
        is_presigned=True,
    )
