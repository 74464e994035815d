"""Amazon ECS operations. Batch sizes are the API's maxima."""

from awsvpc_audit.collectors.operation import (
    ECS_PAGES,
    Ask,
    Entry,
    Operation,
    Paging,
    Response,
    batches,
    each,
    ids_of,
)
from awsvpc_audit.collectors.selection import (
    BESIDE_SERVICES,
    by_cluster,
    capacity_providers,
    cluster_names,
    clusters,
    other_task_definitions,
    service_task_definitions,
    settings_of_caller,
    settings_of_roles,
)
from awsvpc_audit.model import tables

CLUSTERS_PER_CALL = 100
SERVICES_PER_CALL = 10
TASKS_PER_CALL = 100
CONTAINER_INSTANCES_PER_CALL = 100
CAPACITY_PROVIDERS_PER_CALL = 100


def _described_task_definition(response: Response) -> list[Entry]:
    return [{**response["taskDefinition"], "tags": response.get("tags", [])}]


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="ecs:ListClusters",
        result_key="clusterArns",
        entries=lambda response: [{"clusterArn": arn} for arn in response["clusterArns"]],
        paging=ECS_PAGES,
        asks=(Ask(label="all", requests=lambda answers: () if answers.target.clusters else ({},)),),
        why="every cluster of the Region, and near matches for an unknown name",
    ),
    Operation(
        name="ecs:DescribeClusters",
        table=tables.CLUSTERS,
        lists_from="ecs:ListClusters",
        subjects=ids_of("clusters"),
        asks=(
            Ask(
                label="by-name",
                after=("ecs:ListClusters",),
                requests=lambda answers: (
                    {"clusters": batch, "include": ["SETTINGS"]}
                    for batch in batches(cluster_names(answers), CLUSTERS_PER_CALL)
                ),
            ),
        ),
        why="the cluster, its capacity providers and default strategy",
    ),
    Operation(
        name="ecs:ListServices",
        result_key="serviceArns",
        entries=lambda response: [{"serviceArn": arn} for arn in response["serviceArns"]],
        paging=ECS_PAGES,
        asks=(
            Ask(
                label="by-cluster",
                after=("ecs:DescribeClusters",),
                requests=lambda answers: each("cluster", clusters(answers)),
                annotate=lambda params: {"cluster": params["cluster"]},
            ),
        ),
        why="services of the cluster",
    ),
    Operation(
        name="ecs:DescribeServices",
        table=tables.SERVICES,
        lists_from="ecs:ListServices",
        subjects=ids_of("services"),
        asks=(
            Ask(
                label="by-arn",
                after=("ecs:ListServices",),
                requests=lambda answers: (
                    {"cluster": cluster, "services": batch, "include": ["TAGS"]}
                    for cluster, arns in by_cluster(answers, "ecs:ListServices", "serviceArn")
                    for batch in batches(arns, SERVICES_PER_CALL)
                ),
            ),
        ),
        why="network configuration, counts, deployments and events of services",
    ),
    Operation(
        name="ecs:ListTasks",
        result_key="taskArns",
        entries=lambda response: [{"taskArn": arn} for arn in response["taskArns"]],
        paging=ECS_PAGES,
        asks=(
            Ask(
                label="by-status",
                after=("ecs:DescribeClusters",),
                # Without a status AWS lists the running ones alone; PENDING never matches.
                requests=lambda answers: (
                    {"cluster": cluster, "desiredStatus": status}
                    for cluster in sorted(clusters(answers))
                    for status in ("RUNNING", "STOPPED")
                ),
                annotate=lambda params: {"cluster": params["cluster"]},
            ),
        ),
        why="tasks, running and stopped within the last hour",
    ),
    Operation(
        name="ecs:DescribeTasks",
        table=tables.TASKS,
        lists_from="ecs:ListTasks",
        subjects=ids_of("tasks"),
        asks=(
            Ask(
                label="by-arn",
                after=("ecs:ListTasks",),
                requests=lambda answers: (
                    {"cluster": cluster, "tasks": batch}
                    for cluster, arns in by_cluster(answers, "ecs:ListTasks", "taskArn")
                    for batch in batches(arns, TASKS_PER_CALL)
                ),
            ),
        ),
        why="task ENIs, placement and stop reasons",
    ),
    Operation(
        name="ecs:ListContainerInstances",
        result_key="containerInstanceArns",
        entries=lambda response: [{"containerInstanceArn": arn} for arn in response["containerInstanceArns"]],
        paging=ECS_PAGES,
        asks=(
            Ask(
                label="by-cluster",
                after=("ecs:DescribeClusters",),
                requests=lambda answers: each("cluster", clusters(answers)),
                annotate=lambda params: {"cluster": params["cluster"]},
            ),
        ),
        why="container instances of every status",
    ),
    Operation(
        name="ecs:DescribeContainerInstances",
        table=tables.CONTAINER_INSTANCES,
        lists_from="ecs:ListContainerInstances",
        subjects=ids_of("containerInstances"),
        asks=(
            Ask(
                label="by-arn",
                after=("ecs:ListContainerInstances",),
                requests=lambda answers: (
                    {"cluster": cluster, "containerInstances": batch}
                    for cluster, arns in by_cluster(answers, "ecs:ListContainerInstances", "containerInstanceArn")
                    for batch in batches(arns, CONTAINER_INSTANCES_PER_CALL)
                ),
                annotate=lambda params: {"clusterArn": params["cluster"]},
            ),
        ),
        why="agents, attributes and remaining resources of container instances",
    ),
    Operation(
        name="ecs:DescribeCapacityProviders",
        table=tables.CAPACITY_PROVIDERS,
        paging=Paging(token="nextToken", limit="maxResults", size=10),  # noqa: S106 - the name of a member
        subjects=ids_of("capacityProviders"),
        asks=(
            Ask(
                label="by-name",
                after=("ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeContainerInstances"),
                requests=lambda answers: (
                    {"capacityProviders": batch}
                    for batch in batches(capacity_providers(answers), CAPACITY_PROVIDERS_PER_CALL)
                ),
            ),
        ),
        why="what a capacity provider stands for, and whether it can grow",
    ),
    Operation(
        name="ecs:DescribeTaskDefinition",
        table=tables.TASK_DEFINITIONS,
        entries=_described_task_definition,
        subjects=ids_of("taskDefinition"),
        # The code is ClientException, which stands for many things.
        absent_texts=("Unable to describe task definition",),
        asks=(
            Ask(
                label="of-services",
                after=("ecs:DescribeServices",),
                requests=lambda answers: each("taskDefinition", service_task_definitions(answers), include=["TAGS"]),
            ),
            # Listing ten thousand tasks takes a hundred calls, one after the other: services need not wait for it.
            Ask(
                label="of-tasks",
                after=("ecs:DescribeServices", "ecs:DescribeTasks"),
                also_after=BESIDE_SERVICES,
                requests=lambda answers: each("taskDefinition", other_task_definitions(answers), include=["TAGS"]),
            ),
        ),
        why="network mode, size, ports and needs of task definitions",
    ),
    Operation(
        name="ecs:ListAccountSettings",
        table=tables.ACCOUNT_SETTINGS,
        paging=Paging(token="nextToken", limit="maxResults", size=10),  # noqa: S106 - the name of a member
        subjects=lambda params: (params["principalArn"],) if "principalArn" in params else (),
        asks=(
            Ask(label="caller", after=("ec2:DescribeSubnets/by-id",), requests=settings_of_caller),
            Ask(
                label="roles",
                after=("iam:GetInstanceProfile",),
                requests=settings_of_roles,
                annotate=lambda params: {"principalArn": params["principalArn"]},
            ),
        ),
        why="awsvpcTrunking and dualStackIPv6, effective for the caller and for the instance roles",
    ),
)
