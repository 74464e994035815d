"""The scheduling recipes, run as far as that goes without AWS."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from awsvpc_audit.collectors.policy import policy_document
from awsvpc_audit.demo.account import build
from awsvpc_audit.demo.emulator import REGION, Emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
TEMPLATE = EXAMPLES / "fargate" / "scheduled-report.yaml"
SCRIPTS = Path(sys.executable).parent


def template() -> Any:
    return cfn_yaml.load(str(TEMPLATE))


def run(*command: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False, **more)  # noqa: S603


def test_the_template_passes_cfn_lint() -> None:
    said = run(SCRIPTS / "cfn-lint", "--non-zero-exit-code", "informational", "--", TEMPLATE)
    assert (said.returncode, said.stdout) == (0, "")


def test_the_template_allows_the_audit_what_iam_policy_prints_and_nothing_else() -> None:
    granted = template()["Resources"]["AuditPolicy"]["Properties"]["PolicyDocument"]
    assert granted == json.loads(policy_document())
    # IAM takes 6,144 characters in a managed policy, white space not counted.
    assert len(re.sub(r"\s", "", json.dumps(granted))) <= 6144


def test_the_roles_of_the_template_write_nothing_but_reports() -> None:
    resources = template()["Resources"]
    actions = {
        action
        for role in ("TaskRole", "SchedulerRole")
        for policy in resources[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in [statement["Action"]]
    }
    assert actions == {"s3:PutObject", "ecs:RunTask", "iam:PassRole"}


def test_the_workflow_is_valid() -> None:
    workflow = EXAMPLES / "github-actions" / "awsvpc-audit.yml"
    said = run(SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow)
    assert said.returncode == 0, said.stdout


def test_the_crontab_line_has_five_times_and_a_user() -> None:
    lines = (EXAMPLES / "cron" / "awsvpc-audit.cron").read_text(encoding="utf-8").splitlines()
    (job,) = [line for line in lines if line and not re.match(r"#|\w+=", line)]
    minute, hour, *days, user, program = job.split()[:7]
    assert (0 <= int(minute) < 60, 0 <= int(hour) < 24, days) == (True, True, ["*", "*", "*"])
    assert (user, program) == ("audit", "awsvpc-audit")
    assert "%" not in job, "cron takes a percent sign for a line feed"


def test_the_units_are_valid(tmp_path: Path) -> None:
    units = {name: EXAMPLES / "systemd" / name for name in ("awsvpc-audit.service", "awsvpc-audit.timer")}
    for path in units.values():
        parser = configparser.ConfigParser(strict=True, interpolation=None, comment_prefixes=("#",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(path.read_text(encoding="utf-8"))
        assert {"Unit", "Install"} <= set(parser.sections())
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here to verify the units with")
    for name, path in units.items():
        text = path.read_text(encoding="utf-8").replace("ExecStart=awsvpc-audit", "ExecStart=/bin/true")
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = run(analyze, "verify", "--man=no", *(tmp_path / name for name in units))
    assert not [line for line in said.stderr.splitlines() if "awsvpc-audit" in line]


def test_the_task_of_the_template_keeps_its_reports(emulated: Emulator, tmp_path: Path) -> None:
    build(emulated, datetime.now(UTC))
    emulated.client("s3").create_bucket(Bucket="reports")
    environment = os.environ | {
        "AWS_ENDPOINT_URL": emulated.endpoint_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "REPORT_BUCKET": "reports",
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
    }
    said = run(sys.executable, EXAMPLES / "fargate" / "publish.py", "--all-clusters", env=environment, cwd=tmp_path)
    assert said.returncode == 1, said.stderr
    kept = {entry["Key"] for entry in emulated.client("s3").list_objects_v2(Bucket="reports")["Contents"]}
    assert {"latest/report.html", "latest/report.json", "latest/report.sarif"} <= kept
    assert len(kept) == 6
    body = emulated.client("s3").get_object(Bucket="reports", Key="latest/report.json")["Body"].read()
    assert json.loads(body)["summary"]["verdict"] == "fail"
