"""`timeline`, live and from a snapshot: what was changed, and what AWS refused to launch."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.demo.emulator import ACCOUNT, REGION
from tests.cli.conftest import Command
from tests.emulator_faults import FaultyAws

CANARY = "c4n4ry-s3cr3t"
TRAIL = "cloudtrail:LookupEvents"
NOW = datetime.now(UTC)


def event(number: int, name: str, minutes: int, source: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event as it is on the wire, so many minutes old."""
    record = {
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice", "accessKeyId": CANARY},
        "eventSource": source,
        "eventName": name,
        "requestParameters": parameters,
        **more,
    }
    return {
        "EventId": str(number),
        "EventName": name,
        "EventSource": source,
        "EventTime": (NOW - timedelta(minutes=minutes)).timestamp(),
        "CloudTrailEvent": json.dumps(record),
    }


@pytest.fixture
def account(aws: FaultyAws) -> tuple[str, ...]:
    """The sample account with an event history."""
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    launch = {"cluster": "prod", "taskDefinition": "batch", "networkConfiguration": network, "overrides": CANARY}
    history = [
        event(
            1, "RunTask", 5, "ecs.amazonaws.com", launch, responseElements={"failures": [{"reason": "RESOURCE:ENI"}]}
        ),
        event(2, "CreateLogStream", 6, "logs.amazonaws.com", {"logStreamName": CANARY}),
        event(3, "DeleteVpcEndpoints", 10, "ec2.amazonaws.com", {"vpcEndpointIds": ["vpce-0123"], "x": CANARY}),
    ]
    aws.say(TRAIL, {"Events": history})
    return ("--endpoint-url", aws.endpoint_url, "--region", REGION, "--no-progress")


@pytest.mark.parametrize("how", ["live", "from a snapshot"])
def test_changes_and_refused_launches_are_told(
    command: Command, account: tuple[str, ...], tmp_path: Path, how: str
) -> None:
    source = account
    if how == "from a snapshot":
        assert command("snapshot", "prod", *account, "-o", tmp_path / "stored").code == 0
        source = ("--from", str(tmp_path / "stored"))
    said = command("timeline", "prod", *source, "--since", "90d", "--format", "json")
    assert said.code == 0, said.err
    told = json.loads(said.out)
    entries = [
        (each["kind"], each["text"], each["by"]) for each in told["entries"] if each["kind"] in {"change", "launch"}
    ]
    assert entries == [
        ("change", "DeleteVpcEndpoints vpce-0123", "user/alice"),
        ("launch", "RunTask: RESOURCE:ENI", "user/alice"),
    ]
    assert told["missing"] == []
    assert CANARY not in said.out


def test_a_snapshot_holds_of_the_history_what_is_read_and_no_more(
    command: Command, account: tuple[str, ...], aws: FaultyAws, tmp_path: Path
) -> None:
    command("snapshot", "prod", *account, "-o", tmp_path / "stored")
    assert aws.calls[TRAIL] == 1
    (path,) = (tmp_path / "stored").rglob("cloudtrail.LookupEvents.json")
    text = path.read_text()
    assert CANARY not in text
    assert [each["EventName"] for each in json.loads(text)["Events"]] == ["RunTask", "DeleteVpcEndpoints"]


def test_an_audit_looks_no_changes_up(command: Command, account: tuple[str, ...], aws: FaultyAws) -> None:
    assert command("cluster", "prod", *account).code in {0, 1}
    assert aws.calls[TRAIL] == 0


def test_history_that_may_not_be_read_is_named(command: Command, account: tuple[str, ...], aws: FaultyAws) -> None:
    aws.heal()
    aws.deny(TRAIL)
    said = command("timeline", "prod", *account, "--format", "json")
    assert json.loads(said.out)["missing"] == [TRAIL]
    assert aws.calls[TRAIL] == 1
