"""SVC008."""

import pytest

from awsvpc_audit.findings import Evidence, ResourceRef
from tests.failing_starts import (
    IMAGE_NOT_FOUND,
    LOG_GROUP_NOT_FOUND,
    NO_SLOT,
    PULL_TIMED_OUT,
    REGISTRY,
    SECRET,
    SECRET_NOT_FOUND,
    awslogs,
    container,
    starting,
)
from tests.world import ACCOUNT, REGION, Row, World, finding, unknown, verdicts

API = ResourceRef(type="service", id="api", arn=f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/api")


def all_needs() -> Row:
    return container(
        logConfiguration=awslogs(),
        secrets=[{"name": "DB", "valueFrom": SECRET}, {"name": "TOKEN", "valueFrom": "/prod/token"}],
    )


def missing(world: World) -> set[tuple[str, str]]:
    return {
        (f.resource.type, f.resource.id)
        for f in world.audit().findings
        if f.check_id == "SVC008" and f.status.value == "fail"
    }


def test_nothing_is_missing_where_everything_is_there() -> None:
    world = starting(all_needs(), reason=IMAGE_NOT_FOUND)

    assert verdicts(world.audit(), "SVC008") == {"api": "pass"}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        pytest.param("ecr:DescribeRepositories", ("ecr_repository", "team/api"), id="the repository is gone"),
        pytest.param("ecr:DescribeImages", ("ecr_image", "team/api:1.0"), id="the tag was never pushed"),
        pytest.param("logs:DescribeLogGroups", ("log_group", "/ecs/api"), id="the log group is gone"),
        pytest.param("secretsmanager:DescribeSecret", ("secret", "prod/db-AbCdEf"), id="the secret is gone"),
        pytest.param("ssm:DescribeParameters", ("ssm_parameter", "/prod/token"), id="the parameter is gone"),
    ],
)
def test_what_does_not_exist_is_named_by_kind_and_name(operation: str, expected: tuple[str, str]) -> None:
    world = starting(all_needs())
    world.rows[operation].clear()

    assert missing(world) == {expected}
    found = finding(world.audit(), "SVC008")
    assert found.severity == "critical"
    assert found.affected == (API,)
    assert found.evidence[0].operation == operation
    assert found.evidence[0].value is None
    assert found.evidence[1].operation == "ecs:DescribeTaskDefinition"
    assert found.evidence[1].resource == "api:1"


def test_the_evidence_is_where_the_task_definition_names_the_image() -> None:
    world = starting(reason=IMAGE_NOT_FOUND)
    world.rows["ecr:DescribeImages"][0]["imageTags"] = ["2.0"]

    found = finding(world.audit(), "SVC008", "team/api:1.0")
    assert found.evidence == (
        Evidence(operation="ecr:DescribeImages", resource="team/api:1.0", field="imageTags", value=None),
        Evidence(
            operation="ecs:DescribeTaskDefinition",
            resource="api:1",
            field="containerDefinitions[app].image",
            value=f"{REGISTRY}/team/api:1.0",
        ),
    )
    assert found.remediation.commands == ("aws ecr describe-images --repository-name team/api",)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        pytest.param(f"{REGISTRY}/team/api", set(), id="no tag means latest, which is there"),
        pytest.param(f"{REGISTRY}/team/api@sha256:11", set(), id="a digest that is there"),
        pytest.param(
            f"{REGISTRY}/team/api@sha256:22", {("ecr_image", "team/api@sha256:22")}, id="a digest that is not there"
        ),
        pytest.param(f"{REGISTRY}/team/api:9@sha256:11", set(), id="a digest decides over the tag beside it"),
        pytest.param("999999999999.dkr.ecr.us-east-1.amazonaws.com/x:1", set(), id="another account's registry"),
        pytest.param(f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/x:1", set(), id="a registry in another Region"),
        pytest.param("docker.io/library/x:1", set(), id="a registry that is not ECR"),
    ],
)
def test_images_are_judged_in_the_own_registry_alone(image: str, expected: set[tuple[str, str]]) -> None:
    assert missing(starting(container(image=image), reason=IMAGE_NOT_FOUND)) == expected


def test_a_log_group_that_the_driver_creates_may_be_missing() -> None:
    options = {"awslogs-create-group": "true"}
    world = starting(container(logConfiguration=awslogs("/ecs/new", **options)), reason=LOG_GROUP_NOT_FOUND)

    assert missing(world) == set()


def test_a_log_group_is_found_by_its_whole_name() -> None:
    world = starting(container(logConfiguration=awslogs("/ecs/ap")), reason=LOG_GROUP_NOT_FOUND)

    assert missing(world) == {("log_group", "/ecs/ap")}


@pytest.mark.parametrize(
    "value_from",
    [
        pytest.param(f"{SECRET}:password::", id="JSON key"),
        pytest.param(f"{SECRET}:password:AWSCURRENT:", id="JSON key and stage"),
        pytest.param(SECRET[:-7], id="ARN without the random suffix"),
    ],
)
def test_a_secret_is_found_whatever_part_of_it_is_wanted(value_from: str) -> None:
    secrets = [{"name": "DB", "valueFrom": value_from}]

    assert missing(starting(container(secrets=secrets), reason=SECRET_NOT_FOUND)) == set()


def test_a_secret_with_another_suffix_is_another_secret() -> None:
    secrets = [{"name": "DB", "valueFrom": f"{SECRET[:-6]}ZzZzZz:password::"}]

    assert missing(starting(container(secrets=secrets), reason=SECRET_NOT_FOUND)) == {("secret", "prod/db-ZzZzZz")}


def test_a_secret_that_is_to_be_deleted_counts_as_gone() -> None:
    world = starting(container(secrets=[{"name": "DB", "valueFrom": SECRET}]), reason=SECRET_NOT_FOUND)
    world.rows["secretsmanager:DescribeSecret"][0]["DeletedDate"] = "2026-11-20T00:00:00Z"

    found = finding(world.audit(), "SVC008", "prod/db-AbCdEf")
    assert "scheduled for deletion" in found.detail
    assert found.evidence[0].field == "DeletedDate"


@pytest.mark.parametrize(
    "value_from",
    [
        pytest.param(f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/prod/token", id="by ARN"),
        pytest.param("/prod/token:3", id="with a version"),
    ],
)
def test_a_parameter_is_found_by_name_and_by_arn(value_from: str) -> None:
    secrets = [{"name": "TOKEN", "valueFrom": value_from}]

    assert missing(starting(container(secrets=secrets), reason=SECRET_NOT_FOUND)) == set()


def test_a_service_that_runs_all_its_tasks_is_not_looked_into() -> None:
    world = starting(all_needs(), running=2)
    for operation in ("ecr:DescribeRepositories", "logs:DescribeLogGroups", "secretsmanager:DescribeSecret"):
        world.rows[operation].clear()
    world.deny("ssm:DescribeParameters")

    assert verdicts(world.audit(), "SVC008") == {}


def test_tasks_that_only_wait_for_a_place_have_asked_for_nothing_yet() -> None:
    world = starting(all_needs(), launch_type="EC2", running=1)
    world.add_event("api", NO_SLOT)
    world.deny("ecr:DescribeImages")

    assert verdicts(world.audit(), "SVC008") == {}


def test_tasks_that_are_missing_without_a_word_are_looked_into() -> None:
    world = starting(all_needs(), running=1)
    world.rows["ecr:DescribeImages"].clear()

    assert missing(world) == {("ecr_image", "team/api:1.0")}


def test_what_was_not_read_is_unknown_where_the_symptom_asks_for_it() -> None:
    world = starting(all_needs(), reason=IMAGE_NOT_FOUND).deny("ecr:DescribeImages")

    found = finding(world.audit(), "SVC008")
    assert found.status == "unknown"
    assert found.missing == ("ecr:DescribeImages",)
    assert found.resource.id == "api"


def test_what_was_not_read_does_not_matter_to_another_symptom() -> None:
    world = starting(all_needs(), reason=IMAGE_NOT_FOUND).deny("logs:DescribeLogGroups")

    assert verdicts(world.audit(), "SVC008") == {"api": "pass"}


def test_who_gets_no_answer_was_not_told_that_something_is_missing() -> None:
    world = starting(all_needs(), reason=PULL_TIMED_OUT)
    for operation in ("ecr:DescribeRepositories", "logs:DescribeLogGroups", "secretsmanager:DescribeSecret"):
        world.rows[operation].clear()

    assert missing(world) == set()


def test_a_gap_hides_no_other_fault() -> None:
    world = starting(all_needs()).deny("ecr:DescribeRepositories")
    world.rows["logs:DescribeLogGroups"].clear()

    assert missing(world) == {("log_group", "/ecs/api")}
    assert ("SVC008", "api") in unknown(world.audit())


def test_standalone_tasks_are_looked_into_by_family() -> None:
    world = starting(all_needs(), running=2)
    world.add_task_definition("batch", containers=[container(image=f"{REGISTRY}/batch:1")])
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")

    found = finding(world.audit(), "SVC008", "batch")
    assert found.resource.type == "ecr_repository"
    assert [(ref.type, ref.id) for ref in found.affected] == [("task", "batch:1")]


def test_a_bridge_mode_service_raises_nothing() -> None:
    world = starting(running=2)
    world.add_task_definition("old", mode="bridge", containers=[container(image=f"{REGISTRY}/old:1")])
    world.add_service("old", awsvpc=False, desired=1, running=0)

    assert missing(world) == set()


def test_the_failed_definition_is_looked_into_after_a_rollback() -> None:
    world = starting(running=2)
    bad = world.add_task_definition("api-next", containers=[container(image=f"{REGISTRY}/team/api:2.0")])
    service = world.service("api")
    service["runningCount"] = 1
    service["deployments"].append(
        {
            "id": "ecs-svc/2",
            "status": "ACTIVE",
            "taskDefinition": bad["taskDefinitionArn"],
            "desiredCount": 0,
            "rolloutState": "FAILED",
            "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
        }
    )

    assert missing(world) == {("ecr_image", "team/api:2.0")}


def test_the_first_cause_is_what_is_missing() -> None:
    world = starting(reason=IMAGE_NOT_FOUND)
    world.rows["ecr:DescribeImages"].clear()

    (diagnosis,) = world.audit().diagnoses
    assert diagnosis.causes[0].check_id == "SVC008"
    assert diagnosis.causes[0].resource.id == "team/api:1.0"
    assert diagnosis.causes[0].confidence == "confirmed"
