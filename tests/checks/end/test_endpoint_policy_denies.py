"""END007."""

import json
from typing import Any

import pytest

from tests.analyzers.reachability.questions import add_endpoint, add_s3_gateway
from tests.failing_starts import SECRET, SECRET_DENIED, awslogs, container, starting
from tests.world import ACCOUNT, REGION, Row, World, failing, finding, healthy, permission, unknown, verdicts

LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"


def statement(effect: str = "Allow", action: Any = "*", resource: Any = "*", **more: Any) -> Row:
    return {"Effect": effect, "Principal": "*", "Action": action, "Resource": resource, **more}


def policy(*statements: Row) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def isolated(
    *statements: Row, service: str = "secretsmanager", launch_type: str = "FARGATE", reason: str | None = None
) -> World:
    """A service with private image, logs and a secret; its calls go by endpoints, one of them with this policy."""
    app = container(logConfiguration=awslogs(), secrets=[{"name": "DB", "valueFrom": f"{SECRET}:password::"}])
    world = starting(app, launch_type=launch_type, running=0 if reason else 2, reason=reason)
    world.add_security_group("sg-endpoints", "vpc-main", permission("tcp", "10.0.0.0/16", 443))
    for each in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
        add_endpoint(world, each, "subnet-a", "subnet-b", PolicyDocument=policy(statement()))
    add_s3_gateway(world, "rtb-a", "rtb-b")
    row = next(r for r in world.rows["ec2:DescribeVpcEndpoints"] if r["ServiceName"].endswith(f".{service}"))
    row["PolicyDocument"] = policy(*(statements or (statement(),)))
    return world


def faults(world: World) -> set[str]:
    return {resource for check, resource in failing(world.audit()) if check == "END007"}


def test_default_policies_allow_everything() -> None:
    assert verdicts(isolated().audit(), "END007")["api"] == "pass"


def test_an_endpoint_without_a_policy_has_the_default_one() -> None:
    world = isolated()
    for row in world.rows["ec2:DescribeVpcEndpoints"]:
        row.pop("PolicyDocument", None)

    assert faults(world) == set()


@pytest.mark.parametrize(
    ("service", "endpoint", "narrowed", "action"),
    [
        pytest.param(
            "ecr.api", "vpce-ecrapi", statement(action="ecr:Describe*"), "ecr:GetAuthorizationToken", id="token"
        ),
        pytest.param(
            "ecr.dkr",
            "vpce-ecrdkr",
            statement(resource=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/other/*"),
            "ecr:BatchGetImage",
            id="another repository",
        ),
        pytest.param(
            "ecr.dkr",
            "vpce-ecrdkr",
            statement(action="ecr:BatchGetImage"),
            "ecr:GetDownloadUrlForLayer",
            id="no layers",
        ),
        pytest.param(
            "s3",
            "vpce-s3",
            statement(resource=["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"]),
            "s3:GetObject",
            id="layer bucket",
        ),
        pytest.param(
            "logs",
            "vpce-logs",
            statement(resource=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/other:*"),
            "logs:CreateLogStream",
            id="another log group",
        ),
        pytest.param(
            "secretsmanager",
            "vpce-secretsmanager",
            statement(resource=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/mail-*"),
            "secretsmanager:GetSecretValue",
            id="another secret",
        ),
    ],
)
def test_what_the_policy_does_not_allow(service: str, endpoint: str, narrowed: Row, action: str) -> None:
    world = isolated(narrowed, service=service)

    found = finding(world.audit(), "END007")
    assert found.status == "fail"
    assert (found.resource.type, found.resource.id) == ("vpc_endpoint", endpoint)
    assert [ref.id for ref in found.affected] == ["api"]
    assert action in found.detail
    assert found.evidence[0].field == "PolicyDocument"
    assert found.evidence[0].value == policy(narrowed)


@pytest.mark.parametrize(
    ("service", "allowed"),
    [
        pytest.param(
            "ecr.dkr",
            statement(
                action=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                resource=f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/*",
            ),
            id="the repository by wildcard",
        ),
        pytest.param("s3", statement(action="s3:GetObject", resource=LAYERS), id="the layer bucket"),
        pytest.param("logs", statement(resource="arn:aws:logs:*:*:log-group:/ecs/api:*"), id="the log group"),
        pytest.param(
            "secretsmanager", statement(Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}), id="own account"
        ),
        pytest.param(
            "secretsmanager", statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-main"}}), id="own VPC"
        ),
        pytest.param(
            "secretsmanager",
            statement() | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"}},
            id="the execution role",
        ),
        pytest.param("secretsmanager", statement() | {"Principal": {"AWS": ACCOUNT}}, id="the account as principal"),
    ],
)
def test_what_a_narrow_policy_allows(service: str, allowed: Row) -> None:
    assert faults(isolated(allowed, service=service)) == set()


@pytest.mark.parametrize(
    "key",
    ["aws:PrincipalAccount", "aws:ResourceAccount", "s3:ResourceAccount", "aws:PrincipalOrgID", "aws:ResourceOrgID"],
)
def test_layers_are_aws_s_own_and_fetched_with_aws_s_own_signature(key: str) -> None:
    value = "o-1234567890" if key.endswith("OrgID") else ACCOUNT
    narrowed = statement(Condition={"StringEquals": {key: value}})

    assert faults(isolated(narrowed, service="s3")) == {"vpce-s3"}
    assert faults(isolated(narrowed, statement(resource=LAYERS), service="s3")) == set()


def test_calls_into_another_region_do_not_go_by_the_endpoint() -> None:
    narrowed = statement(resource=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/other:*")
    world = isolated(narrowed, service="logs")
    (app,) = world.task_definition("api")["containerDefinitions"]
    app["logConfiguration"] = awslogs(region="eu-west-1")
    app["secrets"] = []
    world.add_task_definition("near", containers=[container(image="nginx", logConfiguration=awslogs("/ecs/other"))])
    world.add_service("near", launch_type="FARGATE", desired=1, definition="near")

    assert faults(world) == set()


def test_a_denial_is_told_by_its_sid() -> None:
    denial = statement("Deny", "secretsmanager:GetSecretValue", SECRET, Sid="NoProduction")

    assert "denies (by NoProduction)" in finding(isolated(statement(), denial).audit(), "END007").detail


def test_another_role_alone_is_let_through() -> None:
    other = statement() | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}}

    assert faults(isolated(other)) == {"vpce-secretsmanager"}


@pytest.mark.parametrize(("launch_type", "expected"), [("FARGATE", {"vpce-ecrapi"}), ("EC2", set[str]())])
def test_on_ec2_it_is_the_host_s_role_that_pulls(launch_type: str, expected: set[str]) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html."""
    for_hosts = statement() | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/ecsInstanceRole"}}

    assert faults(isolated(for_hosts, service="ecr.api", launch_type=launch_type)) == expected


def test_a_condition_that_nobody_can_tell_is_no_fault_and_no_noise() -> None:
    unclear = statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}})

    assert faults(isolated(unclear)) == set()
    assert not [each for each in unknown(isolated(unclear).audit()) if each[0] == "END007"]


def test_a_condition_that_nobody_can_tell_is_unknown_where_tasks_are_refused() -> None:
    unclear = statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}})
    world = isolated(unclear, reason=SECRET_DENIED)

    assert faults(world) == set()
    assert ("END007", "api") in unknown(world.audit())


def test_a_task_on_ec2_does_not_need_what_the_host_does_not_call_by_the_endpoint() -> None:
    narrowed = statement(resource="arn:aws:s3:::mine/*")
    world = isolated(narrowed, service="s3", launch_type="EC2")
    assert faults(world) == {"vpce-s3"}

    # The hosts stand in subnets of another route table, without a way to the endpoint.
    gateway = next(r for r in world.rows["ec2:DescribeVpcEndpoints"] if r["ServiceName"].endswith(".s3"))
    gateway["RouteTableIds"] = []
    for table in world.rows["ec2:DescribeRouteTables"]:
        table["Routes"] = [r for r in table["Routes"] if r.get("GatewayId") != "vpce-s3"]
    assert faults(world) == set()


def test_the_first_cause_is_the_policy() -> None:
    narrowed = statement(resource=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/mail-*")
    world = isolated(narrowed, reason=SECRET_DENIED)

    assert world.audit().diagnoses[0].causes[0].check_id == "END007"


def test_unread_endpoints_are_unknown() -> None:
    found = [f for f in isolated().deny("ec2:DescribeVpcEndpoints").audit().findings if f.check_id == "END007"]

    assert {f.status.value for f in found if f.resource.id == "api"} == {"unknown"}
    assert all("ec2:DescribeVpcEndpoints" in f.missing for f in found if f.resource.id == "api")


def test_a_healthy_account_is_silent() -> None:
    assert faults(healthy()) == set()
