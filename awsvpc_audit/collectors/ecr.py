"""Amazon ECR operations."""

from awsvpc_audit.collectors.failing_starts import AFTER, images, images_asked, repositories
from awsvpc_audit.collectors.operation import Ask, Operation, ids_of
from awsvpc_audit.model import tables

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="ecr:DescribeRepositories",
        table=tables.ECR_REPOSITORIES,
        subjects=ids_of("repositoryNames"),
        absent=frozenset({"RepositoryNotFoundException"}),
        asks=(Ask(label="by-name", after=AFTER, requests=repositories),),
        why="whether the image repository exists, of tasks that do not start",
    ),
    Operation(
        name="ecr:DescribeImages",
        table=tables.ECR_IMAGES,
        subjects=images_asked,
        absent=frozenset({"RepositoryNotFoundException", "ImageNotFoundException"}),
        asks=(Ask(label="by-tag", after=AFTER, requests=images),),
        why="whether the image tag or digest exists, of tasks that do not start",
    ),
)
