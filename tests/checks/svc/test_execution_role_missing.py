"""SVC006."""

from typing import Any

import pytest

from awsvpc_audit.findings import Evidence
from tests.failing_starts import ROLE, ROLE_NOT_ASSUMED, SECRET, TRUST, awslogs, container, starting
from tests.world import ACCOUNT, REGION, Row, World, failing, finding, healthy, unknown, verdicts

PUBLIC = "public.ecr.aws/nginx/nginx:1.27"


def without_role(launch_type: str, app: Row) -> World:
    world = starting(app, launch_type=launch_type, running=2)
    del world.task_definition("api")["executionRoleArn"]
    return world


def role(world: World) -> Row:
    return world.find("iam:GetRole", "RoleName", "ecsTaskExecutionRole")


def faults(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "SVC006"}


@pytest.mark.parametrize(
    ("launch_type", "app", "why"),
    [
        pytest.param("FARGATE", container(), "an image of Amazon ECR", id="private image on Fargate"),
        pytest.param("FARGATE", container(image=PUBLIC, logConfiguration=awslogs()), "awslogs", id="logs on Fargate"),
        pytest.param(
            "EC2", container(secrets=[{"name": "DB", "valueFrom": SECRET}]), "a secret or parameter", id="secret on EC2"
        ),
        pytest.param(
            "EC2",
            container(image=PUBLIC, repositoryCredentials={"credentialsParameter": SECRET}),
            "a secret or parameter",
            id="registry credentials on EC2",
        ),
        pytest.param(
            "EC2",
            container(environmentFiles=[{"value": "arn:aws:s3:::env/app.env", "type": "s3"}]),
            "an environment file",
            id="environment file on EC2",
        ),
    ],
)
def test_a_definition_without_the_role_it_needs(launch_type: str, app: Row, why: str) -> None:
    found = finding(without_role(launch_type, app).audit(), "SVC006")

    assert found.status == "fail"
    assert (found.resource.type, found.resource.id) == ("task_definition", "api:1")
    assert why in found.detail
    assert [ref.id for ref in found.affected] == ["api"]
    assert found.evidence[0] == Evidence(
        operation="ecs:DescribeTaskDefinition", resource="api:1", field="executionRoleArn", value=None
    )


@pytest.mark.parametrize(
    ("launch_type", "app"),
    [
        pytest.param("FARGATE", container(image=PUBLIC), id="a public image on Fargate"),
        pytest.param("EC2", container(), id="on EC2 the instance role pulls"),
        pytest.param("EC2", container(logConfiguration=awslogs()), id="on EC2 the instance role writes logs"),
    ],
)
def test_a_definition_that_needs_no_role(launch_type: str, app: Row) -> None:
    assert faults(without_role(launch_type, app)) == set()


def on_managed_instances(app: Row) -> World:
    world = without_role("FARGATE", app)
    world.add_capacity_provider("mi", type="MANAGED_INSTANCES", managedInstancesProvider={})
    service = world.service("api")
    del service["launchType"]
    service["capacityProviderStrategy"] = [{"capacityProvider": "mi", "weight": 1}]
    return world


@pytest.mark.parametrize(
    ("app", "why"),
    [
        pytest.param(container(), "an image of Amazon ECR", id="a private image"),
        pytest.param(container(image=PUBLIC, logConfiguration=awslogs()), "the awslogs log driver", id="logs"),
        pytest.param(container(image=PUBLIC), None, id="a public image"),
    ],
)
def test_managed_instances_pull_and_write_logs_with_the_execution_role_as_fargate_does(
    app: Row, why: str | None
) -> None:
    result = on_managed_instances(app).audit()
    assert [f.detail for f in result.findings if f.check_id == "SVC006" and f.status == "fail"] == (
        [f"api:1 has no execution role, and needs one on Managed Instances for {why}"] if why else []
    )


def test_a_bridge_mode_definition_raises_nothing() -> None:
    world = healthy()
    app = container(secrets=[{"name": "DB", "valueFrom": SECRET}])
    del world.add_task_definition("old", mode="bridge", containers=[app])["executionRoleArn"]
    world.add_service("old", awsvpc=False, desired=1, running=0)

    assert faults(world) == set()


def test_a_role_that_does_not_exist() -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    world.rows["iam:GetRole"].remove(role(world))

    found = finding(world.audit(), "SVC006", "ecsTaskExecutionRole")
    assert found.status == "fail"
    assert (found.resource.type, found.resource.arn) == ("iam_role", ROLE)
    assert [ref.id for ref in found.affected] == ["api"]
    assert found.evidence == (
        Evidence(operation="ecs:DescribeTaskDefinition", resource="api:1", field="executionRoleArn", value=ROLE),
        Evidence(operation="iam:GetRole", resource="ecsTaskExecutionRole", field="RoleName", value=None),
    )
    assert world.audit().diagnoses[0].causes[0].check_id == "SVC006"
    assert world.audit().diagnoses[0].causes[0].confidence == "confirmed"


def test_a_task_role_that_does_not_exist() -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    world.task_definition("api")["taskRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/app/gone"

    assert faults(world) == {"gone"}


def test_a_role_of_another_account() -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    world.task_definition("api")["executionRoleArn"] = "arn:aws:iam::999999999999:role/ecsTaskExecutionRole"

    assert "account 999999999999" in finding(world.audit(), "SVC006", "ecsTaskExecutionRole").detail


def trust(**statement: Any) -> Row:
    return {"Version": "2012-10-17", "Statement": [TRUST["Statement"][0] | statement]}  # type: ignore[operator]


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(trust(Principal={"Service": "ecs.amazonaws.com"}), id="ecs instead of ecs-tasks"),
        pytest.param(trust(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), id="the account alone"),
        pytest.param(trust(Effect="Deny"), id="a denial"),
        pytest.param(trust(Action="sts:TagSession"), id="another action"),
        pytest.param(
            trust(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}), id="another source account"
        ),
        pytest.param(
            trust(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT}:*"}}),
            id="another source Region",
        ),
    ],
)
def test_a_role_that_ecs_may_not_take_on(policy: Row) -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    role(world)["AssumeRolePolicyDocument"] = policy

    found = finding(world.audit(), "SVC006", "ecsTaskExecutionRole")
    assert found.status == "fail"
    assert found.evidence[1].field == "AssumeRolePolicyDocument"


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(trust(), id="ecs-tasks"),
        pytest.param(
            trust(Principal={"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]}), id="one of several"
        ),
        pytest.param(trust(Action=["sts:AssumeRole", "sts:TagSession"]), id="one of several actions"),
        pytest.param(trust(Action="sts:*"), id="a wildcard action"),
        pytest.param(
            trust(
                Condition={
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"},
                }
            ),
            id="limited to this account and Region",
        ),
        pytest.param(trust(Condition={"StringEquals": {"sts:ExternalId": "x"}}), id="a condition that nobody can tell"),
    ],
)
def test_a_role_that_ecs_may_take_on(policy: Row) -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    role(world)["AssumeRolePolicyDocument"] = policy

    assert faults(world) == set()


def test_the_trust_policy_as_url_encoded_text() -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    role(world)["AssumeRolePolicyDocument"] = (
        "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22"
        "ecs-tasks.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D"
    )

    assert faults(world) == set()


def test_a_role_by_name_alone() -> None:
    world = starting(reason=ROLE_NOT_ASSUMED)
    world.task_definition("api")["executionRoleArn"] = "ecsTaskExecutionRole"

    assert faults(world) == set()


def test_roles_are_not_looked_up_where_tasks_run() -> None:
    world = starting(running=2).deny("iam:GetRole")
    world.task_definition("api")["executionRoleArn"] = f"arn:aws:iam::{ACCOUNT}:role/gone"

    assert {status for ref, status in verdicts(world.audit(), "SVC006").items() if ref != "prod"} == {"pass"}


def test_a_role_that_was_not_read_is_unknown() -> None:
    world = starting(reason=ROLE_NOT_ASSUMED).deny("iam:GetRole")

    assert ("SVC006", "ecsTaskExecutionRole") in unknown(world.audit())
    assert finding(world.audit(), "SVC006").missing == ("iam:GetRole",)
