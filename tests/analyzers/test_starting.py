"""What does not start, and what a start needs."""

import pytest

from awsvpc_audit.analyzers.permissions import permissions_of
from awsvpc_audit.analyzers.starting import Starts, log_groups_of, needs_execution_role, secrets_of, starts_of
from awsvpc_audit.analyzers.workloads import Compute
from tests.failing_starts import (
    IMAGE_NOT_FOUND,
    NO_SLOT,
    PULL_TIMED_OUT,
    REGISTRY,
    SECRET,
    SECRET_DENIED,
    awslogs,
    container,
    starting,
)
from tests.world import World, healthy

VAGUE = "ResourceInitializationError: failed to prepare task resources"


def starts(world: World) -> Starts:
    return starts_of(world.context().cluster)


def named(world: World) -> list[tuple[str, str]]:
    return [(start.ref.id, start.definition.short_name) for start in starts(world).known]


def test_nothing_in_a_healthy_account() -> None:
    assert starts(healthy()) == Starts(())


def test_a_service_whose_tasks_stop_before_they_start() -> None:
    assert named(starting(reason=IMAGE_NOT_FOUND)) == [("api", "api:1")]


def test_a_service_whose_tasks_are_missing_without_a_word() -> None:
    assert named(starting(running=1)) == [("api", "api:1")]


def test_a_service_that_waits_for_a_place() -> None:
    world = starting(launch_type="EC2", running=1)
    world.add_event("api", NO_SLOT)

    assert named(world) == []


def test_a_service_that_waits_for_a_place_in_a_deployment_that_failed() -> None:
    world = starting(launch_type="EC2", running=1)
    world.add_event("api", NO_SLOT)
    world.service("api")["deployments"][0] |= {"rolloutState": "IN_PROGRESS", "failedTasks": 5}

    assert named(world) == []


def test_a_service_whose_containers_ran_and_exited() -> None:
    world = starting(running=1)
    world.add_stopped_task(
        "api", "Essential container in task exited", code="EssentialContainerExited", exit_code=1, started=True
    )

    assert named(world) == []


def test_a_service_that_nobody_wants() -> None:
    world = starting()
    world.service("api")["desiredCount"] = 0

    assert named(world) == []


def test_the_hosts_on_which_tasks_failed() -> None:
    (start,) = starts(starting(launch_type="EC2", reason=IMAGE_NOT_FOUND)).known

    assert start.compute is Compute.EC2
    assert [arn.rpartition("/")[2].lstrip("0") for arn in start.container_instances] == ["a"]


@pytest.mark.parametrize(("launch_type", "compute"), [("FARGATE", Compute.FARGATE), ("EC2", Compute.EC2)])
def test_standalone_tasks_by_definition(launch_type: str, compute: Compute) -> None:
    world = healthy()
    world.add_task_definition("batch")
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")["launchType"] = launch_type
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")["launchType"] = launch_type

    (start,) = starts(world).known
    assert (start.ref.type, start.ref.id, start.compute) == ("task", "batch:1", compute)


def test_an_unread_task_definition_is_a_gap() -> None:
    assert starts(starting(reason=IMAGE_NOT_FOUND).deny("ecs:DescribeTaskDefinition")) == Starts(
        (), ("ecs:DescribeTaskDefinition",)
    )


@pytest.mark.parametrize(
    ("reason", "check_id", "code", "expected"),
    [
        pytest.param(IMAGE_NOT_FOUND, "SVC008", "start.pull-image", True, id="not found, the image"),
        pytest.param(IMAGE_NOT_FOUND, "SVC008", "start.logging", False, id="not found, something else"),
        pytest.param(PULL_TIMED_OUT, "SVC008", "start.pull-image", False, id="a time-out is no answer"),
        pytest.param(SECRET_DENIED, "SVC007", "start.secrets", True, id="denied, the permission"),
        pytest.param(SECRET_DENIED, "SVC008", "start.secrets", False, id="denied, so it may exist"),
        pytest.param(VAGUE, "SVC008", "start.secrets", True, id="a text that leaves it open"),
        pytest.param(None, "SVC008", "start.logging", True, id="no text at all"),
    ],
)
def test_what_may_be_the_cause(reason: str | None, check_id: str, code: str, expected: bool) -> None:
    (start,) = starts(starting(reason=reason)).known

    assert start.may_be(check_id, code) is expected


def test_secrets_of_every_kind_are_found_with_their_place() -> None:
    app = container(
        secrets=[{"name": "A", "valueFrom": SECRET}, {"name": "B", "valueFrom": "/b"}, {"name": "C", "valueFrom": ""}],
        logConfiguration={"logDriver": "splunk", "secretOptions": [{"name": "splunk-token", "valueFrom": "/splunk"}]},
        repositoryCredentials={"credentialsParameter": "hub"},
    )
    (start,) = starts(starting(app)).known

    assert [(needed.field, needed.thing.kind) for needed in secrets_of(start.definition)] == [
        ("containerDefinitions[app].secrets[A].valueFrom", "secret"),
        ("containerDefinitions[app].secrets[B].valueFrom", "ssm_parameter"),
        ("containerDefinitions[app].logConfiguration.secretOptions[splunk-token].valueFrom", "ssm_parameter"),
        ("containerDefinitions[app].repositoryCredentials.credentialsParameter", "secret"),
    ]


def test_only_the_awslogs_driver_has_a_log_group() -> None:
    (start,) = starts(starting(container(logConfiguration=awslogs() | {"logDriver": "awsfirelens"}))).known

    assert list(log_groups_of(start.definition)) == []


def test_layers_are_fetched_from_the_region_s_bucket() -> None:
    world = starting()
    (start,) = starts(world).known

    layers = [p for p in permissions_of(start.definition, world.scope()) if p.is_presigned]
    assert [(p.service, p.resource) for p in layers] == [
        ("s3", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/layer")
    ]


def test_the_resources_of_an_environment_file_and_a_log_group_of_another_region() -> None:
    app = container(
        image="nginx",
        environmentFiles=[{"value": "arn:aws:s3:::env/app.env", "type": "s3"}],
        logConfiguration=awslogs(region="eu-west-1"),
    )
    world = starting(app)
    (start,) = starts(world).known

    assert [(p.service, p.region, p.actions, p.resource) for p in permissions_of(start.definition, world.scope())] == [
        (
            "logs",
            "eu-west-1",
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            f"arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/api:log-stream:api/app/{'0' * 32}",
        ),
        ("s3", "us-east-1", ("s3:GetObject",), "arn:aws:s3:::env/app.env"),
    ]


def test_whether_a_role_is_needed_depends_on_what_the_tasks_run_on() -> None:
    (start,) = starts(starting()).known
    needed = needs_execution_role(start.definition, Compute.FARGATE)

    assert needed is not None
    assert needed.value == f"{REGISTRY}/team/api:1.0"
    assert needs_execution_role(start.definition, Compute.EC2) is None
    assert needs_execution_role(start.definition, None) is None
