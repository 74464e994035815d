"""SVC007."""

import pytest

from tests.failing_starts import (
    PULL_TIMED_OUT,
    ROLE,
    SECRET,
    SECRET_DENIED,
    allow,
    awslogs,
    container,
    starting,
    stream_arn,
)
from tests.world import ACCOUNT, REGION, World, failing, finding, unknown, verdicts

HOST_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsInstanceRole"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0a1b2c3d"
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/api"


def in_trouble(reason: str | None = None, launch_type: str = "FARGATE") -> World:
    app = container(
        logConfiguration=awslogs(),
        secrets=[{"name": "DB", "valueFrom": f"{SECRET}:password::"}, {"name": "TOKEN", "valueFrom": "/prod/token"}],
    )
    world = starting(app, launch_type=launch_type, reason=reason)
    for action, resource in (
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchGetImage", REPOSITORY),
        ("ecr:GetDownloadUrlForLayer", REPOSITORY),
        ("logs:CreateLogStream", stream_arn()),
        ("logs:PutLogEvents", stream_arn()),
    ):
        allow(world, HOST_ROLE, action, resource)
    return world


def faults(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "SVC007"}


def test_a_role_that_may_do_everything() -> None:
    assert verdicts(in_trouble().audit(), "SVC007") == {"api": "pass"}


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        pytest.param("ecr:GetAuthorizationToken", "*", id="the registry's token"),
        pytest.param("ecr:BatchGetImage", REPOSITORY, id="the manifest"),
        pytest.param("ecr:GetDownloadUrlForLayer", REPOSITORY, id="the layers"),
        pytest.param("logs:CreateLogStream", stream_arn(), id="the log stream"),
        pytest.param("secretsmanager:GetSecretValue", SECRET, id="the secret"),
        pytest.param("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/prod/token", id="the parameter"),
    ],
)
@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_what_is_refused_is_named(action: str, resource: str, decision: str) -> None:
    world = in_trouble()
    allow(world, ROLE, action, resource, decision)

    found = finding(world.audit(), "SVC007")
    assert found.status == "fail"
    assert (found.resource.type, found.resource.id, found.resource.arn) == ("iam_role", "ecsTaskExecutionRole", ROLE)
    assert [ref.id for ref in found.affected] == ["api"]
    assert action in found.detail
    assert resource in found.detail
    assert (found.evidence[0].operation, found.evidence[0].value) == ("iam:SimulatePrincipalPolicy", decision)


def test_a_refused_secret_is_the_first_cause() -> None:
    world = in_trouble(SECRET_DENIED)
    allow(world, ROLE, "secretsmanager:GetSecretValue", SECRET, "implicitDeny")

    (diagnosis,) = world.audit().diagnoses
    assert (diagnosis.causes[0].check_id, diagnosis.causes[0].confidence) == ("SVC007", "confirmed")


def encrypted(decision: str | None) -> World:
    """The secret is encrypted with a key of the customer's; the simulator was asked about it, or was not."""
    world = in_trouble(SECRET_DENIED)
    world.find("secretsmanager:DescribeSecret", "SecretId", SECRET)["KmsKeyId"] = KEY
    if decision is not None:
        allow(world, ROLE, "kms:Decrypt", KEY, decision)
    return world


def test_a_role_that_may_read_the_secret_and_not_use_its_key() -> None:
    found = finding(encrypted("implicitDeny").audit(), "SVC007")
    assert (found.status, found.resource.id) == ("fail", "ecsTaskExecutionRole")
    assert found.detail == f"ecsTaskExecutionRole is not allowed kms:Decrypt on {KEY} (implicitDeny)"


@pytest.mark.parametrize("decision", ["allowed", None])
def test_a_key_that_the_role_may_use_or_that_nobody_asked_about(decision: str | None) -> None:
    world = encrypted(decision)
    assert faults(world) == set()
    assert "SVC007" not in {check for check, _ in unknown(world.audit())}


def test_a_symptom_of_one_thing_asks_for_the_permissions_of_no_other() -> None:
    world = in_trouble(SECRET_DENIED)
    allow(world, ROLE, "logs:CreateLogStream", stream_arn(), "implicitDeny")

    assert faults(world) == set()


def test_who_gets_no_answer_was_not_refused() -> None:
    world = in_trouble(PULL_TIMED_OUT)
    allow(world, ROLE, "ecr:BatchGetImage", REPOSITORY, "implicitDeny")
    world.deny("iam:GetRole")

    assert verdicts(world.audit(), "SVC007") == {"api": "pass"}


def test_decisions_may_stand_under_each_resource() -> None:
    world = in_trouble()
    row = allow(world, ROLE, "secretsmanager:GetSecretValue", SECRET)
    row |= {
        "EvalResourceName": "*",
        "EvalDecision": "implicitDeny",
        "ResourceSpecificResults": [{"EvalResourceName": SECRET, "EvalResourceDecision": "allowed"}],
    }
    assert faults(world) == set()

    row["ResourceSpecificResults"][0]["EvalResourceDecision"] = "explicitDeny"
    assert faults(world) == {"ecsTaskExecutionRole"}


def test_a_decision_without_the_values_of_its_conditions_is_no_proof() -> None:
    world = in_trouble()
    row = allow(world, ROLE, "secretsmanager:GetSecretValue", SECRET, "implicitDeny")
    row["MissingContextValues"] = ["aws:sourcevpce"]

    assert faults(world) == set()
    assert finding(world.audit(), "SVC007").missing == ("iam:SimulatePrincipalPolicy",)


def test_a_denied_simulation_is_unknown_and_named() -> None:
    found = finding(in_trouble().deny("iam:SimulatePrincipalPolicy").audit(), "SVC007")

    assert found.status == "unknown"
    assert found.missing == ("iam:SimulatePrincipalPolicy",)


def test_a_partial_arn_is_simulated_as_the_whole_one() -> None:
    world = starting(container(secrets=[{"name": "DB", "valueFrom": SECRET[:-7]}]), reason=SECRET_DENIED)
    world.rows["secretsmanager:DescribeSecret"][0]["SecretId"] = SECRET[:-7]

    assert verdicts(world.audit(), "SVC007") == {"api": "pass"}


def test_the_right_to_create_the_log_group_matters_where_it_is_missing() -> None:
    app = container(logConfiguration=awslogs(**{"awslogs-create-group": "true"}))
    world = starting(app)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/api:log-stream:"
    allow(world, ROLE, "logs:CreateLogGroup", arn, "implicitDeny")
    assert faults(world) == set()

    world.rows["logs:DescribeLogGroups"].clear()
    assert faults(world) == {"ecsTaskExecutionRole"}


def test_on_ec2_the_host_pulls_with_the_instance_role() -> None:
    world = in_trouble(launch_type="EC2")
    allow(world, ROLE, "ecr:BatchGetImage", REPOSITORY, "implicitDeny")
    assert faults(world) == set()

    allow(world, HOST_ROLE, "ecr:BatchGetImage", REPOSITORY, "implicitDeny")
    found = finding(world.audit(), "SVC007")
    assert (found.resource.id, found.resource.arn) == ("ecsInstanceRole", HOST_ROLE)


def test_on_ec2_an_execution_role_that_may_pull_is_enough() -> None:
    world = in_trouble(launch_type="EC2")
    allow(world, HOST_ROLE, "ecr:BatchGetImage", REPOSITORY, "implicitDeny")

    assert faults(world) == set()


def test_on_ec2_it_is_the_role_of_the_host_where_tasks_failed() -> None:
    world = in_trouble(launch_type="EC2")
    reason = "CannotPullContainerError: the image cannot be pulled"
    task = world.add_stopped_task("api", reason)
    task["containerInstanceArn"] = world.container_instance("i-a")["containerInstanceArn"]
    other = {"RoleName": "otherRole", "Arn": f"arn:aws:iam::{ACCOUNT}:role/otherRole"}
    world.rows["iam:GetInstanceProfile"].append({"InstanceProfileName": "other", "Roles": [other]})
    world.instance("i-b")["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/other"}
    for role in (ROLE, other["Arn"]):
        allow(world, role, "ecr:BatchGetImage", REPOSITORY, "implicitDeny")
        allow(world, role, "ecr:GetDownloadUrlForLayer", REPOSITORY)
        allow(world, role, "ecr:GetAuthorizationToken", "*")
    assert faults(world) == set()

    task["containerInstanceArn"] = world.container_instance("i-b")["containerInstanceArn"]
    assert faults(world) == {"otherRole"}


def test_on_ec2_secrets_are_fetched_with_the_execution_role() -> None:
    world = in_trouble(launch_type="EC2")
    allow(world, ROLE, "secretsmanager:GetSecretValue", SECRET, "implicitDeny")

    assert faults(world) == {"ecsTaskExecutionRole"}


def test_a_role_that_does_not_exist_is_another_check() -> None:
    world = in_trouble()
    world.rows["iam:GetRole"].remove(world.find("iam:GetRole", "RoleName", "ecsTaskExecutionRole"))
    world.rows["iam:SimulatePrincipalPolicy"].clear()

    assert verdicts(world.audit(), "SVC007") == {"api": "pass"}
    assert ("SVC006", "ecsTaskExecutionRole") in failing(world.audit())


def test_a_service_that_runs_is_not_simulated() -> None:
    world = starting(running=2)
    world.rows["iam:SimulatePrincipalPolicy"].clear()

    assert verdicts(world.audit(), "SVC007") == {}
    assert not {each for each in unknown(world.audit()) if each[0] == "SVC007"}
