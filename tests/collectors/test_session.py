"""The session reads and does nothing else, is who it says, and is as patient as the user wants."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from awsvpc_audit import __version__
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator
from awsvpc_audit.errors import CollectError, WriteRefusedError
from tests.emulator_faults import FaultyAws, faulty

OTHER_ACCOUNT = "210987654321"

WRITES = [
    ("ecs", "update_service", {"service": "web", "desiredCount": 0}),
    ("ecs", "stop_task", {"task": "0f3c"}),
    ("ecs", "put_account_setting", {"name": "awsvpcTrunking", "value": "enabled"}),
    ("ecs", "execute_command", {"task": "0f3c", "command": "sh", "interactive": True}),
    ("ec2", "delete_route", {"RouteTableId": "rtb-0", "DestinationCidrBlock": "0.0.0.0/0"}),
    ("ec2", "modify_vpc_attribute", {"VpcId": "vpc-0", "EnableDnsSupport": {"Value": True}}),
    ("ec2", "create_network_insights_path", {"Source": "eni-0", "Protocol": "tcp"}),
    ("elbv2", "set_subnets", {"LoadBalancerArn": "arn:lb"}),
    ("iam", "create_service_linked_role", {"AWSServiceName": "ecs.amazonaws.com"}),
    ("iam", "generate_credential_report", {}),
    ("sts", "assume_root", {"TargetPrincipal": "1", "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/x"}}),
    ("s3", "put_object", {"Bucket": "b", "Key": "k"}),
]
SECRETS = [
    ("secretsmanager", "get_secret_value", {"SecretId": "db"}),
    ("secretsmanager", "batch_get_secret_value", {"SecretIdList": ["db"]}),
    ("ssm", "get_parameter", {"Name": "db"}),
    ("ssm", "get_parameters", {"Names": ["db"]}),
    ("ssm", "get_parameters_by_path", {"Path": "/"}),
    ("ssm", "get_parameter_history", {"Name": "db"}),
    ("ecr", "get_authorization_token", {}),
]


@pytest.fixture
def aws(emulated: Emulator) -> Iterator[FaultyAws]:
    with faulty(emulated.endpoint_url) as proxy:
        yield proxy


def session(aws: FaultyAws, **options: Any) -> Session:
    return Session(SessionOptions(endpoint_url=aws.endpoint_url, **{"region": REGION, **options}))


@pytest.mark.parametrize(
    ("service", "call", "parameters"), [*WRITES, *SECRETS], ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_write_or_a_secret_is_refused_before_any_byte_is_sent(
    aws: FaultyAws, service: str, call: str, parameters: dict[str, object]
) -> None:
    client = session(aws).client(service)
    with pytest.raises(WriteRefusedError, match="only reads"):
        getattr(client, call)(**parameters)
    assert aws.calls.total() == 0


def test_an_assumed_role_is_no_less_guarded(aws: FaultyAws) -> None:
    client = session(aws, role_arn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/audit").client("ecs")
    with pytest.raises(WriteRefusedError):
        client.delete_cluster(cluster="prod")
    assert aws.calls.total() == 0


def test_a_read_goes_through_under_our_name(aws: FaultyAws) -> None:
    session(aws).client("ecs").list_clusters()
    assert aws.calls == {"ecs:ListClusters": 1}
    assert f"awsvpc-audit/{__version__}" in aws.requests[0].user_agent


def test_a_role_is_assumed_with_its_external_id_and_its_account_is_read(aws: FaultyAws) -> None:
    for account in (ACCOUNT, OTHER_ACCOUNT):
        assumed = boto3.client("sts", endpoint_url=aws.endpoint_url, region_name=REGION).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/builder", RoleSessionName="builder"
        )["Credentials"]
        boto3.client(
            "ecs",
            endpoint_url=aws.endpoint_url,
            region_name=REGION,
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
        ).create_cluster(clusterName=f"in-{account}")
    aws.forget()
    role = f"arn:aws:iam::{OTHER_ACCOUNT}:role/audit"
    reader = session(aws, role_arn=role, external_id="shared-word")
    collected = collect(reader, Target((f"in-{OTHER_ACCOUNT}",)))
    assert collected.snapshot.scopes[0].account == OTHER_ACCOUNT
    asked = [request.parameters for request in aws.requests if request.operation == "sts:AssumeRole"]
    assert {(each["RoleArn"], each["ExternalId"], each["RoleSessionName"]) for each in asked} == {
        (role, "shared-word", "awsvpc-audit")
    }


def test_a_role_that_cannot_be_assumed_ends_the_run_and_says_so(aws: FaultyAws) -> None:
    aws.deny("sts:AssumeRole")
    reader = session(aws, role_arn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/audit")
    with pytest.raises(CollectError, match="role cannot be assumed"):
        collect(reader, Target(("prod",)))


@pytest.mark.parametrize(
    ("environment", "mode", "attempts"),
    [
        pytest.param({"AWS_MAX_ATTEMPTS": ""}, "adaptive", 3, id="adaptive, three attempts"),
        pytest.param({"AWS_MAX_ATTEMPTS": "9"}, "adaptive", 9, id="the user's number of attempts"),
        pytest.param({"AWS_MAX_ATTEMPTS": "", "AWS_RETRY_MODE": "standard"}, "standard", 3, id="the user's mode"),
    ],
)
def test_retries_adapt_to_throttling_unless_the_user_has_chosen(
    emulated: Emulator, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], mode: str, attempts: int
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    client = Session(SessionOptions(region=REGION, endpoint_url=emulated.endpoint_url)).client("ecs")
    assert client.meta.config.retries["mode"] == mode
    assert client.meta.config.retries["total_max_attempts"] == attempts


def test_a_throttled_call_is_tried_again(aws: FaultyAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    aws.throttle("ecs:ListClusters", times=1)
    assert session(aws).client("ecs").list_clusters()["clusterArns"] == []
    assert aws.calls["ecs:ListClusters"] == 2


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_comes_from_the_environment(emulated: Emulator, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    del emulated
    for each in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(name, "eu-north-1")
    assert Session(SessionOptions()).region == "eu-north-1"
    assert Session(SessionOptions(region="eu-west-3")).region == "eu-west-3"


def test_no_region_anywhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CollectError, match="--region"):
        Session(SessionOptions())


def test_an_unknown_profile_is_said() -> None:
    with pytest.raises(CollectError, match="nowhere"):
        Session(SessionOptions(profile="nowhere", region=REGION))


def test_one_client_a_service(emulated: Emulator) -> None:
    reader = Session(SessionOptions(region=REGION, endpoint_url=emulated.endpoint_url))
    assert reader.client("ecs") is reader.client("ecs")
