"""SVC008."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.starting import (
    IMAGE,
    LOGS,
    SECRETS,
    LogGroup,
    Needed,
    Start,
    ecr_images_of,
    log_groups_of,
    secrets_of,
)
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._starts import FailingStart, as_told, failing_starts
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.references import EcrImage, SecretReference
from awsvpc_audit.model.scope import Scope


@check(
    id="SVC008",
    title="The image, log group, secret or parameter that the task definition names does not exist",
    severity=Severity.CRITICAL,
    resource="ecr_image",
    source="+",
    symptoms=("start.pull-image", "start.logging", "start.secrets"),
    proof=(
        "ecr:DescribeRepositories repositoryName",
        "ecr:DescribeImages imageTags",
        "logs:DescribeLogGroups logGroupName",
        "secretsmanager:DescribeSecret ARN",
        "ssm:DescribeParameters Name",
        "ecs:DescribeTaskDefinition containerDefinitions[].image",
    ),
    fix=(
        "Create what is missing (push the image, create the log group, the secret or the parameter), or correct its "
        "name in the task definition and deploy the new revision."
    ),
    commands=(
        "aws ecr describe-images --repository-name {repository}",
        "aws logs create-log-group --log-group-name {log_group}",
        "aws secretsmanager list-secrets --filters Key=name,Values={secret}",
        "aws ssm describe-parameters --parameter-filters Key=Name,Option=Contains,Values={parameter}",
    ),
    references=(
        f"{DOCS_URL}/task_cannot_pull_image.html",
        f"{DOCS_URL}/resource-initialization-error.html",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html",
    ),
    subjects=failing_starts,
)
def start_target_missing(subject: FailingStart, context: Context) -> Iterator[Fault]:
    """A task that starts looks for its image, its log group, and each secret and parameter. One of them is not there.

    Each new task stops before its containers run. Only services and tasks that do not start are looked into, and only
    for what their symptoms leave open: one that runs has found everything it needs, one that gets no answer has not
    been told that something is missing.

    ## Why it happens
    A tag that was never pushed or that a lifecycle policy expired, a log group made by hand in another environment, a
    secret that was deleted or recreated (its ARN ends in other characters then), or a name with a typing error.

    ## What it cannot see
    Registries other than this account's and Region's own private one, and secrets and parameters of other accounts and
    Regions. Whether a pull through cache rule would create the repository at the first pull. Whether a secret has the
    key or version that is asked for: values are never read.
    """
    start, scope = subject.start, context.scope
    gap: dict[str, None] = {}
    for image in ecr_images_of(start.definition) if start.may_be("SVC008", *IMAGE) else ():
        if (image.thing.account, image.thing.region) == (scope.account, scope.region):
            yield from as_told(start, _as_far_as_read(_image_faults(image, start, scope), gap), context)
    for group in log_groups_of(start.definition) if start.may_be("SVC008", *LOGS) else ():
        if group.thing.region in {None, scope.region} and not group.thing.is_created:
            yield from as_told(start, _as_far_as_read(_log_group_faults(group, start, scope), gap), context)
    for secret in secrets_of(start.definition) if start.may_be("SVC008", *SECRETS) else ():
        if secret.thing.is_of(scope.account, scope.region):
            yield from as_told(start, _as_far_as_read(_secret_faults(secret, start, scope), gap), context)
    if gap:
        raise NotCollectedError(tuple(gap))


def _as_far_as_read(faults: Iterator[Fault], gap: dict[str, None]) -> Iterator[Fault]:
    """The faults, noting what could not be read, so that the other needs are judged all the same."""
    try:
        yield from faults
    except NotCollectedError as error:
        gap |= dict.fromkeys(error.operations)


def _image_faults(needed: Needed[EcrImage], start: Start, scope: Scope) -> Iterator[Fault]:
    image = needed.thing
    if scope.ecr_repositories.get(image.repository) is None:
        yield _fault(
            needed,
            start,
            ResourceRef(
                type="ecr_repository",
                id=image.repository,
                arn=f"arn:{scope.partition}:ecr:{image.region}:{image.account}:repository/{image.repository}",
            ),
            f"The registry of {image.account} in {image.region} has no repository {image.repository}",
            proof_of("ecr:DescribeRepositories", image.repository, "repositoryName", None),
            {},
        )
        return
    if scope.ecr_images.known_where("wanted", lambda row: row.wanted_as, image.wanted):
        return
    scope.ecr_images.get(image.wanted)
    yield _fault(
        needed,
        start,
        ResourceRef(type="ecr_image", id=image.wanted),
        f"The repository {image.repository} has no image with the {_tag_or_digest(image)}",
        proof_of("ecr:DescribeImages", image.wanted, "imageDigest" if image.digest else "imageTags", None),
        {"repository": image.repository},
    )


def _tag_or_digest(image: EcrImage) -> str:
    return f"digest {image.digest}" if image.digest else f"tag {image.tag}"


def _log_group_faults(needed: Needed[LogGroup], start: Start, scope: Scope) -> Iterator[Fault]:
    name = needed.thing.name
    if scope.log_groups.get(name) is None:
        yield _fault(
            needed,
            start,
            ResourceRef(
                type="log_group",
                id=name,
                arn=f"arn:{scope.partition}:logs:{scope.region}:{scope.account}:log-group:{name}",
            ),
            f"The log group {name} does not exist in {scope.region}, and awslogs-create-group is not on",
            proof_of("logs:DescribeLogGroups", name, "logGroupName", None),
            {"log_group": name},
        )


def _secret_faults(needed: Needed[SecretReference], start: Start, scope: Scope) -> Iterator[Fault]:
    reference = needed.thing
    ref = ResourceRef(
        type=reference.kind,
        id=reference.name,
        arn=reference.identifier if reference.identifier.startswith("arn:") else None,
    )
    if reference.kind == "ssm_parameter":
        if reference.name.lstrip("/").startswith("aws/") or any(map(scope.parameters.get, reference.names)):
            return  # what AWS publishes or serves by reference is no parameter of the account
        detail = f"The parameter {reference.name} does not exist in {scope.region}"
        evidence = proof_of("ssm:DescribeParameters", reference.name, "Name", None)
        yield _fault(needed, start, ref, detail, evidence, {"parameter": reference.name})
        return
    found = scope.secrets.known_where("known_as", lambda row: row.known_as, reference.identifier)
    if not found:
        scope.secrets.get(reference.identifier)
        detail = f"The secret {reference.name} does not exist in {scope.region}"
        evidence = proof_of("secretsmanager:DescribeSecret", reference.name, "ARN", None)
        yield _fault(needed, start, ref, detail, evidence, {"secret": reference.name})
    elif found[0].deleted_date is not None:
        detail = f"The secret {reference.name} is scheduled for deletion and cannot be read"
        evidence = proof_of("secretsmanager:DescribeSecret", reference.name, "DeletedDate", found[0].deleted_date)
        yield _fault(needed, start, ref, detail, evidence, {"secret": reference.name})


def _fault(
    needed: Needed[EcrImage] | Needed[LogGroup] | Needed[SecretReference],
    start: Start,
    resource: ResourceRef,
    detail: str,
    evidence: Evidence,
    values: dict[str, str],
) -> Fault:
    named = proof_of("ecs:DescribeTaskDefinition", start.definition.short_name, needed.field, needed.value)
    return Fault(
        detail=f"{detail}; {start.definition.short_name} names it",
        evidence=(evidence, named),
        resource=resource,
        affected=(start.ref,),
        values=values,
    )
