"""Whatever cannot be read: the audit goes on, says what is missing, and nothing that fails turns to pass."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.demo.emulator import REGION
from tests.cli.conftest import Command
from tests.emulator_faults import FaultyAws

Document = dict[str, Any]

OPERATIONS = (
    "sts:GetCallerIdentity",
    "iam:GetRole",
    "ecs:DescribeClusters",
    "ecs:ListServices",
    "ecs:DescribeServices",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "ecs:ListContainerInstances",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeTaskDefinition",
    "ecs:ListAccountSettings",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNatGateways",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcBlockPublicAccessOptions",
    "elbv2:DescribeTargetGroups",
    "elbv2:DescribeLoadBalancers",
)
"""What the sample account makes the program call, of what the checks lean on."""


def audit(command: Command, aws: FaultyAws, *options: str) -> tuple[int, Document]:
    arguments = ("cluster", "prod", "--region", REGION, "--endpoint-url", aws.endpoint_url, "--format", "json")
    said = command(*arguments, *options)
    assert "Traceback" not in said.err
    return said.code, json.loads(said.out)


def failing(document: Document) -> set[tuple[str, str]]:
    return {(f["check_id"], f["resource"]["id"]) for f in document["findings"] if f["status"] == "fail"}


def of_status(document: Document, status: str) -> set[str]:
    return {f["check_id"] for f in document["findings"] if f["status"] == status}


@functools.cache
def _whole(endpoint_url: str) -> dict[str, Document]:
    """The document of the account with nothing denied, by endpoint: made once for a module."""
    del endpoint_url
    return {}


@pytest.fixture
def whole(command: Command, aws: FaultyAws) -> Document:
    kept = _whole(aws.endpoint_url)
    if not kept:
        kept["document"] = audit(command, aws)[1]
        aws.forget()
    return kept["document"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_denial_hides_no_fault(command: Command, aws: FaultyAws, whole: Document, operation: str) -> None:
    aws.deny(operation)
    code, document = audit(command, aws, "--all")
    assert aws.calls[operation], "the sample account does not need it"
    assert code in {0, 1}
    missing = {each["operation"]: each for each in document["collection"]["missing"]}
    assert missing[operation]["error"] == "AccessDenied"

    unknown = of_status(document, "unknown")
    for check_id, resource in failing(whole) - failing(document):
        verdict = [
            f["status"]
            for f in document["findings"]
            if f["check_id"] == check_id and f["resource"]["id"] == resource and f["status"] == "pass"
        ]
        assert not verdict, f"{check_id} {resource} failed, and passes without {operation}"
        assert check_id in unknown, f"{check_id} {resource} failed, and nothing says that it is unknown"
    assert failing(document) - failing(whole) == set(), "what is not known is no fault"
    assert document["summary"]["verdict"] in {"fail", "unknown"}


@pytest.mark.parametrize("operation", ["ecs:DescribeTasks", "ec2:DescribeNatGateways", "ec2:DescribeSubnets"])
def test_an_unknown_finding_names_the_permission(command: Command, aws: FaultyAws, operation: str) -> None:
    aws.deny(operation)
    _, document = audit(command, aws)
    unknown = [f for f in document["findings"] if f["status"] == "unknown"]
    assert unknown
    assert operation in {each for f in unknown for each in f["missing"]}
    assert any(operation in f["remediation"]["text"] for f in unknown)


@pytest.mark.parametrize("operation", ["ec2:DescribeRouteTables", "ecs:DescribeServices"])
@pytest.mark.parametrize("fault", [FaultyAws.throttle, FaultyAws.break_down, FaultyAws.reset, FaultyAws.garble])
def test_no_other_way_to_fail_hides_one_either(
    command: Command, aws: FaultyAws, whole: Document, operation: str, fault: Any
) -> None:
    fault(aws, operation)
    code, document = audit(command, aws)
    assert code in {0, 1}
    assert operation in {each["operation"] for each in document["collection"]["missing"]}
    assert failing(document) <= failing(whole)
    lost = {check_id for check_id, _ in failing(whole) - failing(document)}
    assert lost <= of_status(document, "unknown")


class TestLiveAndOffline:
    def test_a_recorded_account_gives_the_same_document(
        self, command: Command, aws: FaultyAws, whole: Document, tmp_path: Path
    ) -> None:
        account = ("--region", REGION, "--endpoint-url", aws.endpoint_url)
        for name in ("stored", "stored.zip"):
            assert command("snapshot", "prod", *account, "-o", tmp_path / name).code == 0
            said = command("cluster", "prod", "--from", tmp_path / name, "--format", "json")
            document = json.loads(said.out)
            assert document.pop("collection")["source"] == "snapshot"
            assert document == {key: value for key, value in whole.items() if key != "collection"}

    def test_so_does_an_account_with_gaps(self, command: Command, aws: FaultyAws, tmp_path: Path) -> None:
        aws.deny("ec2:DescribeNatGateways")
        aws.deny("ecs:ListTasks")
        live = audit(command, aws)[1]
        account = ("--region", REGION, "--endpoint-url", aws.endpoint_url)
        said = command("snapshot", "prod", *account, "-o", tmp_path / "stored")
        assert "not read: " in said.err
        offline = json.loads(command("cluster", "prod", "--from", tmp_path / "stored", "--format", "json").out)
        assert live["collection"].pop("missing") == offline["collection"].pop("missing")
        del live["collection"], offline["collection"]
        assert offline == live

    def test_every_cluster_of_the_region(self, command: Command, aws: FaultyAws, tmp_path: Path) -> None:
        account = ("--region", REGION, "--endpoint-url", aws.endpoint_url)
        said = command("snapshot", "--all", *account, "-o", tmp_path / "stored", "-q")
        assert (said.code, said.out, said.err) == (0, "", "")
        assert json.loads((tmp_path / "stored/manifest.json").read_text())["scopes"][0]["clusters"] == ["prod"]

    def test_pages_do_not_show(self, command: Command, aws: FaultyAws, whole: Document) -> None:
        aws.page_size = 1
        document = audit(command, aws)[1]
        assert document.pop("collection")["api_calls"] > whole["collection"]["api_calls"]
        assert document == {key: value for key, value in whole.items() if key != "collection"}

    def test_no_secret_of_the_account_is_in_the_snapshot_or_the_document(
        self, command: Command, aws: FaultyAws, whole: Document, tmp_path: Path
    ) -> None:
        account = ("--region", REGION, "--endpoint-url", aws.endpoint_url)
        command("snapshot", "prod", *account, "-o", tmp_path / "stored")
        planted = "never shown"
        assert planted not in json.dumps(whole)
        for path in (tmp_path / "stored").rglob("*.json"):
            assert planted not in path.read_text(), path


class TestWhatEndsIt:
    def test_an_unknown_cluster(self, command: Command, aws: FaultyAws) -> None:
        said = command("cluster", "prd", "--region", REGION, "--endpoint-url", aws.endpoint_url)
        assert (said.code, said.out) == (3, "")
        assert said.err == (
            f'awsvpc-audit: no cluster "prd" in {REGION} of 123456789012. Did you mean prod? (clusters: prod)\n'
        )

    def test_everything_is_denied(self, command: Command, aws: FaultyAws) -> None:
        aws.deny("*")
        said = command("cluster", "prod", "--region", REGION, "--endpoint-url", aws.endpoint_url)
        assert (said.code, said.out) == (3, "")
        assert said.err.count("\n") == 1
        assert "ecs:DescribeClusters failed (AccessDenied)" in said.err

    def test_no_call_but_reads_is_made(self, command: Command, aws: FaultyAws) -> None:
        audit(command, aws)
        verbs = {operation.partition(":")[2][:3] for operation in aws.calls}
        assert verbs <= {"Des", "Lis", "Get", "Sim"}
