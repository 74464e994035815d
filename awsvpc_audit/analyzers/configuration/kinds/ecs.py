"""Amazon ECS: clusters, services, their task definitions, instances and capacity providers, the account's settings."""

from collections.abc import Iterable, Iterator

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, ended, last, never, nothing, plain
from awsvpc_audit.analyzers.configuration.members import Elements, Member, Names, Plain, Row, Texts
from awsvpc_audit.model import tables

LOG_OPTIONS = ("awslogs-group", "awslogs-region", "awslogs-create-group", "awslogs-endpoint", "mode", "max-buffer-size")
"""Options of log drivers that name a place or a mode. Any other may be a secret, so none other is compared."""

_HOST_ATTRIBUTES = frozenset(
    {
        *("ecs.awsvpc-trunk-id", "ecs.capability.task-eni", "ecs.capability.task-eni-trunking"),
        *("ecs.capability.task-eni.ipv6", "ecs.capability.ipv6-only", "ecs.instance-type", "ecs.os-family"),
    }
)


def _host_attributes(row: Row) -> Iterator[str]:
    """Attributes that decide on awsvpc placement, and people's own, which placement constraints name."""
    for attribute in row.get("attributes") or ():
        name = str(attribute.get("name"))
        if name in _HOST_ATTRIBUTES or not name.startswith(("ecs.", "com.amazonaws.ecs.")):
            yield f"{name}={attribute['value']}" if attribute.get("value") else name


def _balancers(row: Row) -> Iterator[str]:
    for entry in row.get("loadBalancers") or ():
        what = entry.get("targetGroupArn") or entry.get("loadBalancerName")
        yield f"{what} {entry.get('containerName')}:{entry.get('containerPort')}"


def _constraints(row: Row) -> Iterator[str]:
    for entry in row.get("placementConstraints") or ():
        yield " ".join(str(each) for each in (entry.get("type"), entry.get("expression")) if each)


def _strategies(row: Row) -> Iterator[str]:
    """Of placement strategies the order counts."""
    steps = [
        " ".join(str(each) for each in (e.get("type"), e.get("field")) if each)
        for e in row.get("placementStrategy") or ()
    ]
    if steps:
        yield ", then ".join(steps)


def _port_mappings(container: Row) -> Iterator[str]:
    for mapping in container.get("portMappings") or ():
        port = mapping.get("containerPort") or mapping.get("containerPortRange")
        host = mapping.get("hostPort")
        yield f"{port}{f' on host {host}' if host not in {None, port} else ''}/{mapping.get('protocol') or 'tcp'}"


def _requirements(container: Row) -> Iterator[str]:
    for entry in container.get("resourceRequirements") or ():
        yield f"{entry.get('type')} {entry.get('value')}"


_VPC_CONFIGURATION = "networkConfiguration.awsvpcConfiguration"

_STRATEGY_ITEM = Elements("capacityProviderStrategy", by("capacityProvider"), ("base", "weight"))


KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.CLUSTERS,
        type="cluster",
        key=by("clusterArn"),
        id=last("clusterArn"),
        arn="clusterArn",
        label=nothing,
        ended=ended("status", "INACTIVE"),
        cluster="clusterArn",
        members=(
            Plain("status"),
            Names("capacityProviders"),
            Elements("defaultCapacityProviderStrategy", by("capacityProvider"), ("base", "weight")),
            Elements("settings", by("name"), ("value",)),
        ),
    ),
    Kind(
        table=tables.SERVICES,
        type="service",
        key=by("serviceArn"),
        id=lambda row: str(row.get("serviceName") or row["serviceArn"]).rsplit("/", 1)[-1],
        arn="serviceArn",
        label=nothing,
        ended=ended("status", "INACTIVE"),
        cluster="clusterArn",
        members=(
            *plain("status", "desiredCount", "taskDefinition", "launchType"),
            _STRATEGY_ITEM,
            *plain("platformVersion", "schedulingStrategy"),
            Names(f"{_VPC_CONFIGURATION}.subnets"),
            Names(f"{_VPC_CONFIGURATION}.securityGroups"),
            Plain(f"{_VPC_CONFIGURATION}.assignPublicIp"),
            Texts("loadBalancers", _balancers),
            Elements("serviceRegistries", by("registryArn"), ("containerName", "containerPort", "port")),
            Texts("placementConstraints", _constraints),
            Texts("placementStrategy", _strategies),
            *plain(
                "deploymentConfiguration.maximumPercent",
                "deploymentConfiguration.minimumHealthyPercent",
                "deploymentConfiguration.deploymentCircuitBreaker.enable",
                "deploymentConfiguration.deploymentCircuitBreaker.rollback",
                "deploymentController.type",
                "healthCheckGracePeriodSeconds",
                "enableExecuteCommand",
                "availabilityZoneRebalancing",
                "roleArn",
            ),
            Elements(
                "taskSets",
                by("id"),
                (
                    *("status", "taskDefinition", "launchType", "platformVersion"),
                    f"{_VPC_CONFIGURATION}.subnets",
                    f"{_VPC_CONFIGURATION}.securityGroups",
                    f"{_VPC_CONFIGURATION}.assignPublicIp",
                ),
            ),
        ),
    ),
    Kind(
        table=tables.TASK_DEFINITIONS,
        type="task_definition",
        key=by("taskDefinitionArn"),
        id=last("taskDefinitionArn"),
        arn="taskDefinitionArn",
        label=nothing,
        # A revision never changes, and which ones are read is what services use: they tell it.
        is_news=never,
        members=(Plain("status"),),
    ),
    Kind(
        table=tables.CONTAINER_INSTANCES,
        type="instance",
        key=by("containerInstanceArn"),
        id=lambda row: str(row.get("ec2InstanceId") or row["containerInstanceArn"]).rsplit("/", 1)[-1],
        arn="containerInstanceArn",
        label=nothing,
        ended=ended("status", "INACTIVE", "DEREGISTERING"),
        cluster="clusterArn",
        members=(
            *plain("status", "statusReason", "agentConnected", "versionInfo.agentVersion", "capacityProviderName"),
            Texts("attributes", _host_attributes),
        ),
    ),
    Kind(
        table=tables.CAPACITY_PROVIDERS,
        type="capacity_provider",
        key=by("name"),
        id=by("name"),
        arn="capacityProviderArn",
        label=nothing,
        members=plain(
            "status",
            "updateStatus",
            "autoScalingGroupProvider.autoScalingGroupArn",
            "autoScalingGroupProvider.managedScaling.status",
            "autoScalingGroupProvider.managedScaling.targetCapacity",
            "autoScalingGroupProvider.managedScaling.minimumScalingStepSize",
            "autoScalingGroupProvider.managedScaling.maximumScalingStepSize",
            "autoScalingGroupProvider.managedTerminationProtection",
        ),
    ),
    Kind(
        table=tables.ACCOUNT_SETTINGS,
        type="account_setting",
        key=lambda row: f"{row.get('name')} of {row.get('principalArn') or 'the caller'}",
        id=by("name"),
        label=lambda row: row.get("principalArn"),
        # Those of instance roles are only asked for where an instance lacks its trunk.
        is_news=lambda row: ":role/" not in str(row.get("principalArn")),
        members=plain("value"),
    ),
)
"""In the order of a report."""

CONTAINER: tuple[Member, ...] = (
    *plain("image", "cpu", "memory", "memoryReservation", "essential"),
    Texts("portMappings", _port_mappings),
    Elements("secrets", by("name"), ("valueFrom",)),
    Names("environmentFiles", "value"),
    Plain("repositoryCredentials.credentialsParameter"),
    Plain("logConfiguration.logDriver"),
    *plain(*(f"logConfiguration.options.{option}" for option in LOG_OPTIONS)),
    Elements("logConfiguration.secretOptions", by("name"), ("valueFrom",)),
    Texts("resourceRequirements", _requirements),
)
"""What matters of one container of a task definition. Values of environment variables are not even in the model."""

TASK_DEFINITION: tuple[Member, ...] = (
    *plain("networkMode", "cpu", "memory", "taskRoleArn", "executionRoleArn"),
    *plain("runtimePlatform.operatingSystemFamily", "runtimePlatform.cpuArchitecture"),
    Names("requiresCompatibilities"),
    Names("requiresAttributes", "name"),
    Texts("placementConstraints", _constraints),
    Elements(
        "volumes",
        by("name"),
        (
            "efsVolumeConfiguration.fileSystemId",
            "efsVolumeConfiguration.rootDirectory",
            "efsVolumeConfiguration.transitEncryption",
            "efsVolumeConfiguration.authorizationConfig.accessPointId",
            "efsVolumeConfiguration.authorizationConfig.iam",
        ),
    ),
)
"""What matters of a task definition beside its containers."""


def container_names(*task_definitions: Row) -> list[str]:
    """Names of the containers of all these, in order."""
    found: Iterable[str] = {
        str(container.get("name"))
        for definition in task_definitions
        for container in definition.get("containerDefinitions") or ()
    }
    return sorted(found)
