"""What is asked about tasks that do not start, and what becomes of the answers: through the emulator, end to end."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.runner import Collected, collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator
from awsvpc_audit.findings import AuditResult
from awsvpc_audit.model.account_model import Model
from tests.emulator_faults import FaultyAws, faulty
from tests.failing_starts import IMAGE_NOT_FOUND, LOG_GROUP_NOT_FOUND, PULL_TIMED_OUT, REGISTRY, TRUST, awslogs
from tests.world import failing, unknown

NOW = datetime(2026, 11, 23, 23, 14, tzinfo=UTC)
ASKED_ABOUT_STARTS = {
    "ecr:DescribeRepositories",
    "ecr:DescribeImages",
    "logs:DescribeLogGroups",
    "secretsmanager:DescribeSecret",
    "ssm:DescribeParameters",
    "iam:SimulatePrincipalPolicy",
}


class Account:
    """An emulated account with one Fargate service whose needs are all there."""

    def __init__(self, emulated: Emulator) -> None:
        self.emulated = emulated
        ec2 = emulated.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        self.subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
                "SubnetId"
            ]
            for number, zone in enumerate("ab")
        ]
        self.group = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
        emulated.client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(TRUST))
        ecr = emulated.client("ecr")
        ecr.create_repository(repositoryName="team/api")
        ecr.put_image(
            repositoryName="team/api",
            imageTag="1.0",
            imageManifest=json.dumps(
                {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
            ),
        )
        emulated.client("logs").create_log_group(logGroupName="/ecs/api")
        emulated.client("logs").create_log_group(logGroupName="/ecs/api-other")
        self.secret = emulated.client("secretsmanager").create_secret(
            Name="prod/db", SecretString="the-value-of-the-secret", Description="not for snapshots"
        )["ARN"]
        emulated.client("ssm").put_parameter(
            Name="/prod/token", Value="the-value-of-the-parameter", Type="SecureString", Description="not for snapshots"
        )
        self.file_system = emulated.client("efs").create_file_system(CreationToken="x")["FileSystemId"]
        emulated.client("ecs").create_cluster(clusterName="prod")

    def service(self, *, running: int = 0, reason: str | None = None, volumes: bool = False, **container: Any) -> None:
        """The service `api`, two tasks wanted."""
        ecs = self.emulated.client("ecs")
        ecs.register_task_definition(
            family="api",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
            volumes=[{"name": "data", "efsVolumeConfiguration": {"fileSystemId": self.file_system}}] if volumes else [],
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"{REGISTRY}/team/api:1.0",
                    "memory": 512,
                    "logConfiguration": awslogs(),
                    "secrets": [
                        {"name": "DB", "valueFrom": f"{self.secret}:password::"},
                        {"name": "TOKEN", "valueFrom": "/prod/token"},
                    ],
                    **container,
                }
            ],
        )
        ecs.create_service(
            cluster="prod",
            serviceName="api",
            taskDefinition="api",
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]}},
        )
        service = self.emulated.backend("ecs").services["prod:api"]
        service.running_count = service.deployments[0]["runningCount"] = running
        service.pending_count = service.deployments[0]["pendingCount"] = 0
        if reason is not None:
            task = self.emulated.run_task("api", cluster="prod", subnet_id=self.subnets[0])
            self.emulated.stop_task(task, reason=reason, at=NOW)


@pytest.fixture
def account(emulated: Emulator) -> Account:
    return Account(emulated)


@pytest.fixture
def wire(emulated: Emulator) -> Iterator[FaultyAws]:
    with faulty(emulated.endpoint_url) as aws:
        yield aws


def read(endpoint_url: str) -> Collected:
    session = Session(SessionOptions(region=REGION, endpoint_url=endpoint_url))
    return collect(session, Target(("prod",)), clock=lambda: NOW)


def audited(collected: Collected) -> AuditResult:
    model = Model.of(collected.snapshot)
    scope, name = model.find_cluster("prod")
    return run_audit(ALL_CHECKS, Context(cluster=Cluster(scope, name), model=model), collected.collection)


def svc(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {each for each in found if each[0] in {"SVC006", "SVC007", "SVC008", "SVC009", "SVC010", "END007", "END008"}}


def test_a_service_that_runs_is_asked_about_nothing(account: Account, wire: FaultyAws) -> None:
    account.service(running=2)

    collected = read(wire.endpoint_url)

    assert not ASKED_ABOUT_STARTS & set(collected.collection.calls_by_operation)
    assert wire.calls["iam:GetRole"] == 1  # the service-linked one
    assert svc(failing(audited(collected))) == set()
    assert svc(unknown(audited(collected))) == set()


def test_everything_a_start_needs_is_looked_up_and_found(account: Account, wire: FaultyAws) -> None:
    account.service()

    collected = read(wire.endpoint_url)

    assert set(collected.collection.calls_by_operation) >= ASKED_ABOUT_STARTS
    assert svc(failing(audited(collected))) == set()
    assert svc(unknown(audited(collected))) == set()


def test_no_value_of_a_secret_is_read_or_kept(account: Account, wire: FaultyAws) -> None:
    account.service()

    scope = read(wire.endpoint_url).snapshot.scopes[0]

    kept = b"".join((*scope.responses.values(), *scope.global_responses.values()))
    assert b"the-value-of" not in kept
    assert b"not for snapshots" not in kept
    assert json.loads(scope.responses["secretsmanager.DescribeSecret"]) == {
        "Secrets": [{"ARN": account.secret, "Name": "prod/db", "SecretId": account.secret}]
    }
    assert [row["Name"] for row in json.loads(scope.responses["ssm.DescribeParameters"])["Parameters"]] == [
        "/prod/token"
    ]
    assert not {name for name in wire.calls if name.startswith("ssm:GetParameter") or name.endswith("GetSecretValue")}


@pytest.mark.parametrize(
    ("container", "reason", "expected"),
    [
        pytest.param(
            {"image": f"{REGISTRY}/team/api:2.0"},
            IMAGE_NOT_FOUND,
            ("SVC008", "team/api:2.0"),
            id="tag that was never pushed",
        ),
        pytest.param({"image": f"{REGISTRY}/team/ap"}, IMAGE_NOT_FOUND, ("SVC008", "team/ap"), id="repository"),
        pytest.param(
            {"logConfiguration": awslogs("/ecs/ap")},
            LOG_GROUP_NOT_FOUND,
            ("SVC008", "/ecs/ap"),
            id="log group by its prefix",
        ),
        pytest.param(
            {"secrets": [{"name": "X", "valueFrom": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gone-AbCdEf"}]},
            None,
            ("SVC008", "gone-AbCdEf"),
            id="secret",
        ),
        pytest.param(
            {"secrets": [{"name": "X", "valueFrom": "/prod/gone"}]}, None, ("SVC008", "/prod/gone"), id="parameter"
        ),
        pytest.param({"logConfiguration": awslogs(region="us-east-1a")}, None, ("SVC009", "api:1"), id="log Region"),
    ],
)
def test_what_is_missing_is_found(
    account: Account, emulated: Emulator, container: dict[str, Any], reason: str | None, expected: tuple[str, str]
) -> None:
    account.service(reason=reason, **container)

    result = audited(read(emulated.endpoint_url))

    assert svc(failing(result)) == {expected}
    if reason is not None:
        assert result.diagnoses[0].causes[0].check_id == expected[0]


def test_a_time_out_asks_neither_for_images_nor_for_permissions(account: Account, wire: FaultyAws) -> None:
    account.service(reason=PULL_TIMED_OUT)

    assert not ASKED_ABOUT_STARTS & set(read(wire.endpoint_url).collection.calls_by_operation)


def test_a_role_that_does_not_exist(account: Account, emulated: Emulator) -> None:
    emulated.client("iam").delete_role(RoleName="execution")
    account.service()

    assert ("SVC006", "execution") in failing(audited(read(emulated.endpoint_url)))


@pytest.mark.parametrize(
    ("operation", "check_id"),
    [
        ("ecr:DescribeRepositories", "SVC008"),
        ("ecr:DescribeImages", "SVC008"),
        ("logs:DescribeLogGroups", "SVC008"),
        ("secretsmanager:DescribeSecret", "SVC008"),
        ("ssm:DescribeParameters", "SVC008"),
        ("iam:SimulatePrincipalPolicy", "SVC007"),
    ],
)
def test_a_denied_look_up_is_unknown_and_never_missing(
    account: Account, wire: FaultyAws, operation: str, check_id: str
) -> None:
    account.service()
    wire.deny(operation)

    result = audited(read(wire.endpoint_url))

    assert svc(failing(result)) == set()
    found = next(f for f in result.findings if f.check_id == check_id and f.status == "unknown")
    assert found.missing == (operation,)


def test_each_action_is_simulated_on_its_own_resources(account: Account, wire: FaultyAws) -> None:
    account.service()

    rows = json.loads(read(wire.endpoint_url).snapshot.scopes[0].global_responses["iam.SimulatePrincipalPolicy"])

    asked = {(row["EvalActionName"], row["EvalResourceName"]) for row in rows["EvaluationResults"]}
    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/api"
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/api:log-stream:api/app/{'0' * 32}"
    assert asked == {
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchGetImage", repository),
        ("ecr:GetDownloadUrlForLayer", repository),
        ("logs:CreateLogStream", stream),
        ("logs:PutLogEvents", stream),
        ("secretsmanager:GetSecretValue", account.secret),
        ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/prod/token"),
    }
    assert {row["PolicySourceArn"] for row in rows["EvaluationResults"]} == {f"arn:aws:iam::{ACCOUNT}:role/execution"}


class TestEfs:
    def mount(self, account: Account, *numbers: int, admits: bool = True) -> None:
        ec2, efs = account.emulated.client("ec2"), account.emulated.client("efs")
        vpc = ec2.describe_subnets(SubnetIds=account.subnets)["Subnets"][0]["VpcId"]
        group = ec2.create_security_group(GroupName="efs", Description="efs", VpcId=vpc)["GroupId"]
        if admits:
            rule = {
                "IpProtocol": "tcp",
                "FromPort": 2049,
                "ToPort": 2049,
                "UserIdGroupPairs": [{"GroupId": account.group}],
            }
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
        for number in numbers:
            efs.create_mount_target(
                FileSystemId=account.file_system, SubnetId=account.subnets[number], SecurityGroups=[group]
            )

    def test_a_mount_target_in_each_zone(self, account: Account, emulated: Emulator) -> None:
        account.service(running=2, volumes=True)
        self.mount(account, 0, 1)

        assert svc(failing(audited(read(emulated.endpoint_url)))) == set()

    def test_a_zone_without_a_mount_target(self, account: Account, emulated: Emulator) -> None:
        account.service(running=2, volumes=True)
        self.mount(account, 0)

        assert svc(failing(audited(read(emulated.endpoint_url)))) == {("END008", account.file_system)}

    def test_a_group_that_does_not_admit_the_tasks(self, account: Account, emulated: Emulator) -> None:
        account.service(running=2, volumes=True)
        self.mount(account, 0, 1, admits=False)

        assert svc(failing(audited(read(emulated.endpoint_url)))) == {("END008", account.file_system)}

    def test_a_file_system_that_does_not_exist(self, account: Account, emulated: Emulator) -> None:
        account.file_system = "fs-0123456789abcdef0"
        account.service(running=2, volumes=True)

        assert svc(failing(audited(read(emulated.endpoint_url)))) == {("END008", "fs-0123456789abcdef0")}

    def test_nothing_is_asked_without_efs_volumes(self, account: Account, wire: FaultyAws) -> None:
        account.service(running=2)

        assert "efs:DescribeMountTargets" not in read(wire.endpoint_url).collection.calls_by_operation
