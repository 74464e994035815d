"""What to ask about tasks that do not start: their roles, images, log groups, secrets and parameters.

Asked only of what is in trouble, as `awsvpc_audit.analyzers.starting` sees it in the answers so far.
"""

from collections.abc import Iterable

from awsvpc_audit.analyzers.permissions import permissions_of
from awsvpc_audit.analyzers.starting import (
    IMAGE,
    LOGS,
    SECRETS,
    LogGroup,
    Start,
    ecr_images_of,
    log_groups_of,
    role_arn,
    role_name,
    secrets_of,
    starts_of,
)
from awsvpc_audit.analyzers.workloads import Cluster, Compute
from awsvpc_audit.collectors.operation import Answers, Params, batches, each
from awsvpc_audit.collectors.selection import clusters, instances, trunking_is_in_doubt
from awsvpc_audit.model.references import EcrImage, SecretReference
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.snapshot import ScopeSnapshot, encode
from awsvpc_audit.model.tables import BY_OPERATION

AFTER = (
    "sts:GetCallerIdentity",
    "ecs:DescribeClusters",
    "ecs:DescribeServices",
    "ecs:DescribeTasks",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeCapacityProviders",
)
"""What says whether something does not start, and what it needs."""

PARAMETERS_PER_CALL = 50
"""`ssm:DescribeParameters` takes at most so many values in one filter."""


class _Place:
    """The account and Region that is read, and what does not start in it."""

    def __init__(self, answers: Answers) -> None:
        self.scope = _scope(answers)
        names = sorted({arn.rsplit("/", 1)[-1] for arn in clusters(answers)})
        self.starts: tuple[Start, ...] = tuple(
            start for name in names for start in starts_of(Cluster(self.scope, name)).known
        )


def _place(answers: Answers) -> _Place:
    return answers.once("failing starts", lambda: _Place(answers))


def _scope(answers: Answers) -> Scope:
    """The answers as far as they matter here: of tasks those that stopped, or that no service started."""
    rows = {name: answers.entries(name) for name in AFTER if name in BY_OPERATION}
    rows["ecs:DescribeTasks"] = [
        task
        for task in rows["ecs:DescribeTasks"]
        if task.get("lastStatus") == "STOPPED" or not str(task.get("group", "")).startswith("service:")
    ]
    arn = next((row["clusterArn"] for row in rows["ecs:DescribeClusters"]), "arn:aws:ecs:::cluster/")
    _, _, _, region, account, _ = arn.split(":", 5)
    account = next((str(row["Account"]) for row in answers.entries("sts:GetCallerIdentity")), account)
    responses = {
        BY_OPERATION[name].file_stem: encode({BY_OPERATION[name].result_key: entries}) for name, entries in rows.items()
    }
    return Scope(ScopeSnapshot(account=account, region=region, responses=responses))


# Images.


def _images(answers: Answers) -> set[EcrImage]:
    """Images in the registry of this account and Region: others are not this session's to read."""
    place = _place(answers)
    return {
        needed.thing
        for start in place.starts
        if start.may_be("SVC008", *IMAGE)
        for needed in ecr_images_of(start.definition)
        if (needed.thing.account, needed.thing.region) == (place.scope.account, place.scope.region)
    }


def repositories(answers: Answers) -> Iterable[Params]:
    """One request for each repository: one that is missing would fail a batch."""
    return ({"repositoryNames": [name]} for name in sorted({image.repository for image in _images(answers)}))


def images(answers: Answers) -> Iterable[Params]:
    """One request for each image, for the same reason."""
    for image in sorted(_images(answers), key=lambda image: image.wanted):
        wanted = {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag}
        yield {"repositoryName": image.repository, "imageIds": [wanted]}


def images_asked(params: Params) -> tuple[str, ...]:
    """The images that a request asks about, as `repository:tag` or `repository@digest`."""
    repository = params["repositoryName"]
    return tuple(
        f"{repository}@{wanted['imageDigest']}" if "imageDigest" in wanted else f"{repository}:{wanted['imageTag']}"
        for wanted in params["imageIds"]
    )


# Log groups, secrets, parameters.


def _log_groups(place: _Place) -> set[LogGroup]:
    return {
        needed.thing
        for start in place.starts
        if any(start.may_be(check_id, *LOGS) for check_id in ("SVC007", "SVC008", "SVC009"))
        for needed in log_groups_of(start.definition)
    }


def log_groups(answers: Answers) -> Iterable[Params]:
    """By name, in this Region: also those that a task definition looks for in another."""
    return each("logGroupNamePrefix", {group.name for group in _log_groups(_place(answers))})


def _secrets(answers: Answers, kind: str) -> set[SecretReference]:
    place = _place(answers)
    return {
        needed.thing
        for start in place.starts
        if start.may_be("SVC008", *SECRETS) or start.may_be("SVC007", *SECRETS)
        for needed in secrets_of(start.definition)
        if needed.thing.kind == kind and needed.thing.is_of(place.scope.account, place.scope.region)
    }


def secrets(answers: Answers) -> Iterable[Params]:
    """What is known of secrets beside their values."""
    return each("SecretId", {reference.identifier for reference in _secrets(answers, "secret")})


def parameters(answers: Answers) -> Iterable[Params]:
    """What is known of parameters beside their values."""
    names = {name for reference in _secrets(answers, "ssm_parameter") for name in reference.names}
    for batch in batches(names, PARAMETERS_PER_CALL):
        yield {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": batch}]}


def parameters_asked(params: Params) -> tuple[str, ...]:
    """The names that a request asks about."""
    return tuple(name for each_filter in params["ParameterFilters"] for name in each_filter["Values"])


# Roles.


def roles(answers: Answers) -> Iterable[Params]:
    """The roles that tasks which do not start are given."""
    found = {
        role_name(role)
        for start in _place(answers).starts
        for role in (start.definition.execution_role_arn, start.definition.task_role_arn)
        if role
    }
    return each("RoleName", found)


def instance_profiles(answers: Answers) -> Iterable[Params]:
    """Instance profiles of hosts on which tasks do not start: their roles pull images and write logs.

    None where all profiles are read anyway.
    """
    if trunking_is_in_doubt(answers):
        return ()
    place = _place(answers)
    if not any(
        start.compute is Compute.EC2 and start.may_be("SVC007", *permission.symptoms)
        for start in place.starts
        for permission in permissions_of(start.definition, place.scope)
        if permission.by_host and not permission.is_presigned
    ):
        return ()
    arns = {
        instance["IamInstanceProfile"]["Arn"]
        for instance in instances(answers)
        if (instance.get("IamInstanceProfile") or {}).get("Arn")
    }
    return each("InstanceProfileName", {arn.rsplit("/", 1)[-1] for arn in arns})


def simulations(answers: Answers) -> Iterable[Params]:
    """What each role is asked to be allowed: exactly the actions and resources that a start needs."""
    place = _place(answers)
    secrets_read = answers.entries("secretsmanager:DescribeSecret")
    arns = {row["SecretId"]: row["ARN"] for row in secrets_read if row.get("ARN")}
    keys = {row["SecretId"]: row["KmsKeyId"] for row in secrets_read if row.get("KmsKeyId")}
    hosts = {
        role["Arn"]
        for profile in answers.entries("iam:GetInstanceProfile")
        for role in profile.get("Roles", ())
        if role.get("Arn")
    }
    asked: set[tuple[str, tuple[str, ...], str]] = set()
    for start in place.starts:
        execution = start.definition.execution_role_arn
        own = {role_arn(execution, place.scope.partition, place.scope.account)} if execution else set()
        for permission in permissions_of(start.definition, place.scope, arns, keys):
            if not permission.is_presigned and start.may_be("SVC007", *permission.symptoms):
                on_hosts = permission.by_host and start.compute is Compute.EC2
                asked.update(
                    (role, permission.actions, permission.resource) for role in own | (hosts if on_hosts else set())
                )
    for role, actions, resource in sorted(asked):
        yield {"PolicySourceArn": role, "ActionNames": list(actions), "ResourceArns": [resource]}
