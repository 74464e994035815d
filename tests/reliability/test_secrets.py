"""Canaries in every place where secrets live: in no snapshot, report, line of the log or error is one of them."""

from __future__ import annotations

import base64
import itertools
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from awsvpc_audit.collectors.failures import error_message
from awsvpc_audit.demo.account import build
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator, emulator
from awsvpc_audit.model.credentials import without_credentials
from awsvpc_audit.model.snapshot import save
from tests.cli.conftest import Command, Said
from tests.emulator_faults import FaultyAws, faulty
from tests.reliability.accounts import Document, everything
from tests.reliability.hostile import FORMATS, READERS

CANARY = "c4n4ry"
NOW = datetime(2026, 11, 23, 23, 14, tzinfo=UTC)
_numbers = itertools.count(1)


def canary(place: str) -> str:
    """A secret that says where it lives."""
    return f"{CANARY}-{place}-{next(_numbers)}"


def signed_url(place: str) -> str:
    """A URL as ECS quotes it: of an image layer, with the signature and the session token that open it."""
    hexadecimal = canary(place).encode().hex()
    return (
        "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/x?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential={canary(place)}%2F20261122&X-Amz-Security-Token={canary(place)}%2Bx&X-Amz-Signature="
        f"{hexadecimal}"
    )


def assert_silent(text: str | bytes, where: object = "") -> None:
    data = text if isinstance(text, bytes) else text.encode()
    for form in (CANARY.encode(), CANARY.encode().hex().encode(), base64.b64encode(CANARY.encode())):
        at = data.find(form)
        assert at < 0, f"{where}: {data[max(0, at - 200) : at + 60]!r}"


def assert_says_nothing(said: Said, where: object = "") -> None:
    assert_silent(said.out, where)
    assert_silent(said.err, where)
    assert "internal error" not in said.err


TAG = {"Key": "token", "Value": canary("tag")}
ECS_TAG = {"key": "token", "value": canary("tag")}


def _container(container: Document) -> None:
    container |= {
        "environment": [{"name": "DATABASE_PASSWORD", "value": canary("environment")}],
        "command": ["serve", f"--password={canary('command')}"],
        "entryPoint": ["sh", "-c", canary("entry-point")],
        "dockerLabels": {"auth": canary("label")},
        "dockerSecurityOptions": [canary("security-option")],
        "healthCheck": {"command": ["CMD", canary("health-check")], "interval": 30},
        "firelensConfiguration": {"type": "fluentbit", "options": {"key": canary("firelens")}},
        "logConfiguration": {
            "logDriver": "splunk",
            "options": {"splunk-token": canary("log-option"), "splunk-url": f"https://u:{canary('log-url')}@splunk"},
            "secretOptions": [{"name": "t", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/t"}],
        },
        "memberOfTomorrow": canary("tomorrow"),
    }


def _task_definitions(rows: list[Document]) -> None:
    for row in rows:
        for container in row["containerDefinitions"]:
            _container(container)
        row["proxyConfiguration"] = {"properties": [{"name": "x", "value": canary("proxy")}]}
        row["volumes"] = [
            *row.get("volumes", []),
            {"name": "v", "dockerVolumeConfiguration": {"driverOpts": {"o": canary("volume")}}},
        ]
        row["tags"] = [ECS_TAG]


def _tasks(rows: list[Document]) -> None:
    for row in rows:
        row["overrides"] = {
            "containerOverrides": [{"environment": [{"name": "A", "value": canary("override")}], "command": [CANARY]}]
        }
        row["tags"] = [ECS_TAG]
        row["stoppedReason"] = (row.get("stoppedReason") or "") + f' Get "{signed_url("stopped-reason")}": timeout'
        for container in row.get("containers", []):
            container["reason"] = f'CannotPullContainerError: Get "{signed_url("container-reason")}": dial tcp'


def _services(rows: list[Document]) -> None:
    for row in rows:
        connect = {"logConfiguration": {"options": {"splunk-token": canary("service-connect")}}}
        for deployment in row["deployments"]:
            deployment["serviceConnectConfiguration"] = connect
        row["serviceConnectConfiguration"] = connect
        hook = {"hookTargetArn": "arn:x", "hookDetails": {"key": canary("hook")}}
        row["deploymentConfiguration"] = {**(row.get("deploymentConfiguration") or {}), "lifecycleHooks": [hook]}
        row["tags"] = [ECS_TAG]
        for event in row.get("events", []):
            event["message"] += f" Authorization: Bearer {canary('event')}"


def _instances(rows: list[Document]) -> None:
    for reservation in rows:
        for instance in reservation["Instances"]:
            instance["UserData"] = canary("user-data")
            instance["Tags"] = [*instance.get("Tags", []), TAG]


def _trail(rows: list[Document]) -> None:
    calls = {
        "RunInstances": (
            "ec2.amazonaws.com",
            {"userData": canary("trail"), "instancesSet": {"items": [{"x": CANARY}]}},
        ),
        "CreateRoute": ("ec2.amazonaws.com", {"routeTableId": "rtb-a", "tagSpecificationSet": {"value": CANARY}}),
        "PutParameter": ("ssm.amazonaws.com", {"name": "/a", "value": canary("trail")}),
        "RegisterTaskDefinition": ("ecs.amazonaws.com", {"containerDefinitions": [{"command": [canary("trail")]}]}),
        "UpdateService": ("ecs.amazonaws.com", {"service": "web", "serviceConnectConfiguration": canary("trail")}),
        "RunTask": ("ecs.amazonaws.com", {"cluster": "prod", "overrides": {"environment": canary("trail")}}),
        "PutRolePolicy": ("iam.amazonaws.com", {"roleName": "r", "policyDocument": canary("trail")}),
    }
    for number, (name, (source, parameters)) in enumerate(calls.items()):
        record = {
            "userIdentity": {"arn": "arn:aws:iam::123456789012:user/a", "accessKeyId": canary("key")},
            "eventSource": source,
            "eventName": name,
            "requestParameters": parameters,
            "responseElements": {"credentials": {"sessionToken": canary("trail-response")}},
            "additionalEventData": canary("trail-more"),
        }
        event = {"EventId": f"c{number}", "EventName": name, "EventSource": source, "AccessKeyId": canary("key")}
        rows.append({**event, "EventTime": "2026-11-22T10:00:00Z", "CloudTrailEvent": json.dumps(record)})


def _targets(rows: list[Document]) -> None:
    for row in rows:
        row["Input"] = json.dumps({"containerOverrides": [{"environment": [{"value": canary("target-input")}]}]})
        row["InputTransformer"] = {"InputTemplate": canary("target-transformer")}
        row["HttpParameters"] = {"HeaderParameters": {"Authorization": canary("target-header")}}
        row["EcsParameters"]["Tags"] = [TAG]


def _schedules(rows: list[Document]) -> None:
    for row in rows:
        row["Target"]["Input"] = json.dumps({"containerOverrides": [{"environment": canary("schedule-input")}]})
        row["Description"] = canary("schedule-description")
    universal = {
        "cluster": "prod",
        "taskDefinition": "worker",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
        "overrides": {"containerOverrides": [{"command": [canary("schedule-universal")]}]},
        "tags": [{"key": "k", "value": canary("schedule-universal")}],
    }
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": json.dumps(universal)}
    rows.append({"Name": "universal", "GroupName": "default", "Target": target})


def _state_machines(rows: list[Document]) -> None:
    for row in rows:
        definition = json.loads(row["definition"])
        for state in definition["States"].values():
            if "Parameters" in state:
                state["Parameters"]["Overrides"] = {"ContainerOverrides": [{"Command": [canary("state")]}]}
        definition["States"]["Other"] = {"Type": "Pass", "Result": canary("state-result")}
        definition["Comment"] = canary("definition")
        row["definition"] = json.dumps(definition)


def _listeners(rows: list[Document]) -> None:
    for row in rows:
        row["DefaultActions"] += [
            {"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"ClientSecret": canary("oidc")}},
            {"Type": "fixed-response", "FixedResponseConfig": {"MessageBody": canary("fixed-response")}},
        ]


def _records(rows: list[Document]) -> None:
    zone = {"HostedZoneId": "Z1", "Name": "_proof.example.com.", "Type": "TXT"}
    rows.append({**zone, "ResourceRecords": [{"Value": canary("txt")}]})


def _tagged(rows: list[Document]) -> None:
    for row in rows:
        row["Tags"] = [*row.get("Tags", []), TAG]
        row["TagSet"] = [TAG]


HIDERS: dict[str, Callable[[list[Document]], None]] = {
    "ecs.DescribeTaskDefinition": _task_definitions,
    "ecs.DescribeTasks": _tasks,
    "ecs.DescribeServices": _services,
    "ec2.DescribeInstances": _instances,
    "cloudtrail.LookupEvents": _trail,
    "events.ListTargetsByRule": _targets,
    "scheduler.GetSchedule": _schedules,
    "stepfunctions.DescribeStateMachine": _state_machines,
    "elbv2.DescribeListeners": _listeners,
    "route53.ListResourceRecordSets": _records,
    **dict.fromkeys(
        ("ec2.DescribeSubnets", "ec2.DescribeVpcs", "ec2.DescribeNetworkInterfaces", "iam.GetRole"), _tagged
    ),
    "autoscaling.DescribeAutoScalingGroups": _tagged,
    "ec2.DescribeNatGateways": _tagged,
}
"""Who hides canaries in which file."""

STRANGERS = {
    "secretsmanager.GetSecretValue": {"SecretString": canary("secret-value")},
    "ssm.GetParametersByPath": {"Parameters": [{"Name": "/a", "Value": canary("parameter-value")}]},
    "ec2.DescribeInstanceAttribute": {"UserData": {"Value": canary("user-data")}},
    "ec2.DescribeLaunchTemplateVersions": {"LaunchTemplateVersions": [{"UserData": canary("user-data")}]},
    "sts.AssumeRole": {"Credentials": {"SecretAccessKey": canary("credentials")}},
}
"""Files that a snapshot made by hand may hold, and that no command reads."""


def answers_in(root: Path) -> list[Path]:
    """The files of the account and Region that the clusters' audits are about."""
    return sorted([*(root / ACCOUNT / "us-east-1").iterdir(), *(root / ACCOUNT / "global").iterdir()])


class TestMadeByHand:
    """Nobody has taken the secrets out of a snapshot that was made with the AWS CLI."""

    @pytest.fixture(scope="module", name="full")
    @staticmethod
    def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
        root = tmp_path_factory.mktemp("secrets") / "snapshot"
        save(everything(), root)
        for file in answers_in(root):
            answer = msgspec.json.decode(file.read_bytes())
            if file.stem in HIDERS:
                (key,) = answer
                HIDERS[file.stem](answer[key])
            file.write_bytes(msgspec.json.encode(answer | {"ResponseMetadata": {"RequestId": canary("metadata")}}))
        for name, content in STRANGERS.items():
            (root / ACCOUNT / "us-east-1" / f"{name}.json").write_text(json.dumps(content))
        manifest = json.loads((root / "manifest.json").read_text())
        text = f"x-amz-security-token:{canary('manifest')} not accepted"
        manifest["scopes"][0]["missing"] = [{"operation": "ecr:DescribeImages", "error": "X", "message": text}]
        (root / "manifest.json").write_text(json.dumps(manifest))
        return root

    def test_there_is_a_canary_in_each_place(self, full: Path) -> None:
        hidden = {file.stem for file in answers_in(full) if CANARY.encode() in file.read_bytes()}
        assert set(HIDERS) | set(STRANGERS) <= hidden

    CASES = tuple((reader, each) for reader in READERS for each in FORMATS[reader])

    @pytest.mark.parametrize(("reader", "format_"), CASES, ids=[f"{reader} as {each}" for reader, each in CASES])
    def test_no_report_has_one(self, command: Command, full: Path, reader: str, format_: str) -> None:
        every = ("--all",) if READERS[reader][0] in {"cluster", "service", "task", "report"} else ()
        said = command(*READERS[reader], *every, "--from", full, "--format", format_, "-vv")
        assert said.out, said.err
        assert_says_nothing(said, format_)

    def test_no_copy_has_one(self, command: Command, full: Path, tmp_path: Path) -> None:
        for name in ("copy", "copy.zip"):
            said = command("snapshot", "prod", "--from", full, "-o", tmp_path / name, "-vv")
            assert said.code == 0, said.err
            assert_says_nothing(said)
        copied = {path.stem for path in (tmp_path / "copy").rglob("*.json")}
        assert not copied & set(STRANGERS)
        assert set(HIDERS) <= copied
        for path in (tmp_path / "copy").rglob("*.json"):
            assert_silent(path.read_bytes(), path.name)
        with zipfile.ZipFile(tmp_path / "copy.zip") as archive:
            for name in archive.namelist():
                assert_silent(archive.read(name), name)

    def test_a_copy_is_read_as_the_original_is(self, command: Command, full: Path, tmp_path: Path) -> None:
        command("snapshot", "prod", "--from", full, "-o", tmp_path / "copy")
        reports = [
            json.loads(command("cluster", "prod", "--from", source, "--format", "json").out)
            for source in (full, tmp_path / "copy")
        ]
        assert reports[0]["findings"] == reports[1]["findings"]
        assert reports[0]["diagnoses"] == reports[1]["diagnoses"]


class TestLive:
    """Through the real command line, against the emulator."""

    @pytest.fixture(scope="module", name="secretive")
    @staticmethod
    def secretive() -> Iterator[FaultyAws]:
        with emulator() as running:
            build(running, NOW)
            hide(running)
            with faulty(running.endpoint_url) as aws:
                trail: list[Document] = []
                _trail(trail)
                aws.say("cloudtrail:LookupEvents", {"Events": [{**each, "EventTime": 1763891640} for each in trail]})
                yield aws

    CASES = (
        *(("cluster", "prod", "--format", each, "--all") for each in FORMATS["cluster"]),
        ("service", "prod", "web"),
        ("timeline", "prod", "--since", "87600h", "--format", "json"),
        ("capacity", "prod", "--format", "json"),
    )

    @pytest.mark.parametrize("arguments", CASES, ids=" ".join)
    def test_no_report_and_no_log_has_one(
        self, command: Command, secretive: FaultyAws, arguments: tuple[str, ...]
    ) -> None:
        said = command(*arguments, "--region", REGION, "--endpoint-url", secretive.endpoint_url, "-vv")
        assert said.out, said.err
        assert_says_nothing(said, arguments)

    def test_no_snapshot_has_one(self, command: Command, secretive: FaultyAws, tmp_path: Path) -> None:
        account = ("--region", REGION, "--endpoint-url", secretive.endpoint_url)
        said = command("snapshot", "prod", *account, "-o", tmp_path / "s", "-vv")
        assert said.code == 0, said.err
        assert_says_nothing(said)
        files = sorted((tmp_path / "s").rglob("*.json"))
        assert files
        for file in files:
            assert_silent(file.read_bytes(), file.name)
        assert "vault" in (tmp_path / "s" / ACCOUNT / REGION / "ecs.DescribeServices.json").read_text()


def hide(running: Emulator) -> None:
    """Put secrets where they live into the emulated account: into a service of its own, and around it."""
    ecs = running.client("ecs")
    container: dict[str, Any] = {"name": "vault", "image": "vault:1", "essential": True}
    _container(container)
    del container["memberOfTomorrow"]
    ecs.register_task_definition(
        family="vault",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
        proxyConfiguration={"containerName": "envoy", "properties": [{"name": "x", "value": canary("proxy")}]},
        tags=[ECS_TAG],
    )
    ec2 = running.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    ecs.create_service(
        cluster="prod",
        serviceName="vault",
        taskDefinition="vault",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
        tags=[ECS_TAG],
    )
    ids = [each["InstanceId"] for r in ec2.describe_instances()["Reservations"] for each in r["Instances"]]
    ec2.create_tags(Resources=[*ids, subnet], Tags=[TAG])
    ec2.modify_instance_attribute(InstanceId=ids[0], UserData={"Value": base64.b64encode(canary("user-data").encode())})
    running.client("secretsmanager").create_secret(Name="token", SecretString=canary("secret-value"), Tags=[TAG])
    running.client("ssm").put_parameter(Name="/token", Value=canary("parameter-value"), Type="SecureString")
    _launchers(running, subnet)


def _launchers(running: Emulator, subnet: str) -> None:
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod"
    definition = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/vault:1"
    network = {"awsvpcConfiguration": {"Subnets": [subnet]}}
    role = f"arn:aws:iam::{ACCOUNT}:role/ecsInstanceRole"
    parameters = {"TaskDefinitionArn": definition, "LaunchType": "FARGATE", "NetworkConfiguration": network}
    events = running.client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", Description=canary("rule"))
    target = {"Id": "1", "Arn": cluster, "RoleArn": role, "EcsParameters": parameters, "Input": f'"{canary("input")}"'}
    events.put_targets(Rule="nightly", Targets=[target])
    running.client("scheduler").create_schedule(
        Name="hourly",
        Description=canary("schedule"),
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": cluster, "RoleArn": role, "EcsParameters": parameters, "Input": canary("schedule-input")},
    )
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask",
        "End": True,
        "Parameters": {
            "Cluster": cluster,
            "TaskDefinition": definition,
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [subnet]}},
            "Overrides": {"ContainerOverrides": [{"Name": "vault", "Command": [canary("state")]}]},
        },
    }
    running.client("stepfunctions").create_state_machine(
        name="pipeline", roleArn=role, definition=json.dumps({"StartAt": "Run", "States": {"Run": state}})
    )


class _Angry(BaseHTTPRequestHandler):
    """AWS when a signature does not match: it repeats the request, token and all."""

    def do_POST(self) -> None:
        quoted = (
            "The request signature we calculated does not match the signature you provided. The Canonical String for "
            f"this request should have been 'POST x-amz-security-token:{canary('token')} ' Authorization: "
            f"AWS4-HMAC-SHA256 Credential=AKIA/x, Signature={canary('signature').encode().hex()}"
        )
        body = json.dumps({"__type": "InvalidSignatureException", "message": quoted}).encode()
        self.send_response(403)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class TestErrors:
    @pytest.fixture
    def angry(self) -> Iterator[str]:
        with ThreadingHTTPServer(("127.0.0.1", 0), _Angry) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()

    @pytest.fixture(autouse=True)
    def keys(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAXXXXXXXX")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", canary("secret-key"))
        monkeypatch.setenv("AWS_SESSION_TOKEN", canary("session-token"))

    def test_a_signature_that_does_not_match(self, command: Command, angry: str) -> None:
        said = command("cluster", "prod", "--region", REGION, "--endpoint-url", angry, "-vv")
        assert said.code == 3
        assert "does not match" in said.err
        assert_says_nothing(said)

    @pytest.mark.parametrize("command_", ["cluster", "snapshot"])
    def test_a_password_in_the_endpoint(self, command: Command, tmp_path: Path, command_: str) -> None:
        url = f"http://user:{canary('endpoint')}@127.0.0.1:9"
        target = ("-o", str(tmp_path / "s")) if command_ == "snapshot" else ()
        said = command(command_, "prod", "--region", REGION, "--endpoint-url", url, *target, "-vv")
        assert said.code == 3
        assert_says_nothing(said)

    def test_a_password_in_the_proxy(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{canary('proxy')}@127.0.0.1:9")
        said = command("cluster", "prod", "--region", REGION, "-vv")
        assert said.code == 3
        assert_says_nothing(said)

    def test_an_error_that_nobody_expected(
        self, command: Command, healthy_snapshot: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(_source: Path) -> None:
            raise LookupError(f"no answer for {signed_url('unexpected')} Authorization: Bearer {canary('unexpected')}")

        monkeypatch.setattr("awsvpc_audit.cli._account.load", break_down)
        said = command("cluster", "prod", "--from", healthy_snapshot, "-vv")
        assert said.code == 3
        assert "Traceback" in said.err, "-vv shows where it broke"
        assert_silent(said.err)

    def test_a_gap_says_why_without_them(self) -> None:
        text = f"denied for {signed_url('gap')}"
        refused = ClientError({"Error": {"Code": "AccessDenied", "Message": text}}, "DescribeTasks")
        assert_silent(error_message(refused))
        assert "X-Amz-Signature=***" in error_message(refused)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://user:hunter2@proxy:8080/x", "https://***@proxy:8080/x"),
        ("?X-Amz-Signature=00ff&x=1", "?X-Amz-Signature=***&x=1"),
        ("x-amz-security-token:IQoJ//+=\\nhost", "x-amz-security-token:***\\nhost"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        ("Credential=AKIA, Signature=0123456789abcdef0123", "Credential=AKIA, Signature=***"),
        ("{'aws_session_token': 'abc/def='}", "{'aws_session_token': '***'}"),
        # And what only looks like it.
        ("arn:aws:sts::123456789012:assumed-role/admin/me@example.com", None),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:00ff", None),
        ('Get "https://api.ecr.us-east-1.amazonaws.com/v2/": dial tcp 10.0.0.1:443: i/o timeout', None),
        ("dns lookup on 10.0.0.2:53 for user@example.com", None),
    ],
)
def test_credentials_in_texts(text: str, kept: str | None) -> None:
    assert without_credentials(text) == (kept or text)
    assert without_credentials(text.encode()) == (kept or text).encode()
