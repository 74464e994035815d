"""What does not start, and what a start needs."""

import pytest

from awsvpc_audit.analyzers.permissions import permissions_of
from awsvpc_audit.analyzers.starting import (
    Needed,
    Starts,
    environment_files_of,
    log_groups_of,
    needs_execution_role,
    role_arn,
    role_name,
    secrets_of,
    starts_of,
)
from awsvpc_audit.analyzers.workloads import Compute
from awsvpc_audit.model.gaps import Missing
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
from tests.world import Row, World, healthy

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


@pytest.mark.parametrize(
    ("launch", "compute"),
    [
        ({"launchType": "FARGATE"}, Compute.FARGATE),
        ({"launchType": None, "capacityProviderName": "FARGATE_SPOT"}, Compute.FARGATE),
        ({"launchType": "EC2"}, Compute.EC2),
        ({"launchType": None, "capacityProviderName": "hosts"}, Compute.EC2),
        ({"launchType": "MANAGED_INSTANCES", "capacityProviderName": "mi"}, Compute.MANAGED_INSTANCES),
    ],
)
def test_standalone_tasks_by_definition(launch: dict[str, str | None], compute: Compute) -> None:
    world = healthy()
    world.add_task_definition("batch")
    first = world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")
    first.update(launch)
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch").update(launch)

    (start,) = starts(world).known
    assert (start.ref.type, start.ref.id, start.compute) == ("task", "batch:1", compute)
    assert (start.ref.arn, start.container_instances) == (first["taskArn"], ())
    assert [(symptom.code, symptom.count) for symptom in start.symptoms] == [("start.pull-image", 2)]


def test_standalone_tasks_that_never_ran_by_definition_and_what_they_ran_on_with_their_hosts() -> None:
    world = healthy()
    for family in ("batch", "other"):
        world.add_task_definition(family)
    for host in ("i-b", "i-a", "i-b"):
        world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch").update(
            launchType="EC2", containerInstanceArn=world.container_instance(host)["containerInstanceArn"]
        )
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")
    world.add_task(None, definition="batch", on="i-a")["createdAt"] = "2026-11-22T09:00:00Z"
    world.add_stopped_task(None, "Task failed container health checks", definition="batch", started=True)
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")["clusterArn"] = world.arn("ecs", "cluster/x")
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="other")

    assert [
        (start.ref.id, start.compute, [arn.rpartition("/")[2].lstrip("0") for arn in start.container_instances])
        for start in starts(world).known
    ] == [("batch:1", Compute.EC2, ["a", "b"]), ("batch:1", Compute.FARGATE, []), ("other:1", Compute.FARGATE, [])]


def test_standalone_tasks_whose_definition_was_not_read_are_a_gap_beside_those_that_were() -> None:
    world = healthy()
    world.add_task_definition("batch")
    unread = world.arn("ecs", "task-definition/batch:0")
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")["taskDefinitionArn"] = unread
    world.add_stopped_task(None, IMAGE_NOT_FOUND, definition="batch")
    world.denied["batch:0"] = Missing(operation="ecs:DescribeTaskDefinition", error="Throttled", resources=(unread,))

    found = starts(world)
    assert ([start.ref.id for start in found.known], found.gap) == (["batch:1"], ("ecs:DescribeTaskDefinition",))


def test_the_definition_of_a_failed_rollout_is_looked_at_too() -> None:
    world = starting(running=1)
    world.add_task_definition("next")
    arn = world.task_definition("next")["taskDefinitionArn"]
    old = world.add_task_definition("old")["taskDefinitionArn"]
    world.service("api")["deployments"] += [
        {"id": "ecs-svc/8", "status": "INACTIVE", "rolloutState": "FAILED", "taskDefinition": arn},
        {"id": "ecs-svc/7", "status": "ACTIVE", "rolloutState": "COMPLETED", "taskDefinition": old},
        {"id": "ecs-svc/6", "status": "INACTIVE", "rolloutState": "FAILED"},
    ]

    assert named(world) == [("api", "api:1"), ("api", "next:1")]


def test_services_that_were_read_in_part_are_a_gap() -> None:
    world = starting(running=1)
    world.denied["one"] = Missing(operation="ecs:DescribeServices", error="Throttled", resources=("arn/1",))

    found = starts(world)
    assert ([start.ref.id for start in found.known], found.gap) == (["api"], ("ecs:DescribeServices",))


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

    assert [(needed.field, needed.thing.kind, needed.value) for needed in secrets_of(start.definition)] == [
        ("containerDefinitions[app].secrets[A].valueFrom", "secret", SECRET),
        ("containerDefinitions[app].secrets[B].valueFrom", "ssm_parameter", "/b"),
        (
            "containerDefinitions[app].logConfiguration.secretOptions[splunk-token].valueFrom",
            "ssm_parameter",
            "/splunk",
        ),
        ("containerDefinitions[app].repositoryCredentials.credentialsParameter", "secret", "hub"),
    ]


def test_only_the_awslogs_driver_has_a_log_group() -> None:
    proxy = container(name="proxy", logConfiguration=awslogs() | {"logDriver": "awsfirelens"})
    (start,) = starts(starting(proxy)).known
    assert list(log_groups_of(start.definition)) == []

    (start,) = starts(starting(proxy, container(logConfiguration=awslogs()))).known
    assert [(needed.value, needed.field) for needed in log_groups_of(start.definition)] == [
        ("/ecs/api", "containerDefinitions[app].logConfiguration.options[awslogs-group]")
    ]


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


IMAGE = Needed("an image of Amazon ECR", "containerDefinitions[app].image", f"{REGISTRY}/team/api:1.0")
LOGS = Needed("the awslogs log driver", "containerDefinitions[app].logConfiguration.options[awslogs-group]", "/ecs/api")
FILE = Needed("an environment file", "containerDefinitions[app].environmentFiles[].value", "arn:aws:s3:::env/app.env")
ENVIRONMENT = {"environmentFiles": [{"value": "arn:aws:s3:::env/app.env", "type": "s3"}]}
WITH_SECRET = {"secrets": [{"name": "A", "valueFrom": SECRET}]}


@pytest.mark.parametrize(
    ("app", "on_fargate", "on_ec2"),
    [
        (container(), IMAGE, None),
        (container(image="nginx", logConfiguration=awslogs()), LOGS, None),
        (container(logConfiguration=awslogs(), **ENVIRONMENT), FILE, FILE),
        (
            container(**ENVIRONMENT, **WITH_SECRET),
            Needed("a secret or parameter", "containerDefinitions[app].secrets[A].valueFrom", SECRET),
            Needed("a secret or parameter", "containerDefinitions[app].secrets[A].valueFrom", SECRET),
        ),
        (container(image="nginx"), None, None),
    ],
    ids=["an image", "logs", "an environment file", "a secret", "nothing"],
)
def test_whether_a_role_is_needed_depends_on_what_the_tasks_run_on(
    app: Row, on_fargate: Needed[str] | None, on_ec2: Needed[str] | None
) -> None:
    (start,) = starts(starting(app)).known
    needed = {compute: needs_execution_role(start.definition, compute) for compute in (*Compute, None)}

    assert needed[Compute.FARGATE] == needed[Compute.MANAGED_INSTANCES] == on_fargate
    assert needed[Compute.EC2] == needed[None] == on_ec2


@pytest.mark.parametrize(
    ("role", "name", "arn"),
    [
        ("execution", "execution", "arn:aws-cn:iam::123456789012:role/execution"),
        ("arn:aws:iam::1:role/execution", "execution", "arn:aws:iam::1:role/execution"),
        ("arn:aws:iam::1:role/team/app/execution", "execution", "arn:aws:iam::1:role/team/app/execution"),
    ],
    ids=["a name", "an ARN", "an ARN with a path"],
)
def test_a_role_is_named_by_its_name_or_its_arn(role: str, name: str, arn: str) -> None:
    assert (role_name(role), role_arn(role, "aws-cn", "123456789012")) == (name, arn)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("eu-west-1", False, f"api/app/{'0' * 32}")),
        ({"awslogs-create-group": "TRUE"}, ("eu-west-1", True, f"api/app/{'0' * 32}")),
        ({"awslogs-create-group": "false", "awslogs-stream-prefix": ""}, ("eu-west-1", False, "0" * 32)),
        ({"awslogs-region": None}, (None, False, f"api/app/{'0' * 32}")),
    ],
    ids=["as written", "the driver creates it", "no prefix of streams", "no Region"],
)
def test_a_log_group_is_read_with_its_region_and_its_streams(
    options: dict[str, str | None], expected: tuple[str | None, bool, str]
) -> None:
    written = awslogs(region="eu-west-1")
    written["options"] = {name: value for name, value in (written["options"] | options).items() if value is not None}
    (start,) = starts(starting(container(logConfiguration=written))).known

    (needed,) = log_groups_of(start.definition)
    group = needed.thing
    assert (group.name, group.region, group.is_created, group.log_stream) == ("/ecs/api", *expected)


def test_only_environment_files_in_s3_are_fetched() -> None:
    files = [
        {"value": "arn:aws:s3:::env/a.env"},
        {"value": "arn:aws:s3:::env/b.env", "type": "s3"},
        {"value": "c", "type": "x"},
        {"value": "", "type": "s3"},
    ]
    (start,) = starts(starting(container(environmentFiles=files))).known

    assert [needed.thing for needed in environment_files_of(start.definition)] == [
        "arn:aws:s3:::env/a.env",
        "arn:aws:s3:::env/b.env",
    ]
