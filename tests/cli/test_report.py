"""`awsvpc-audit report`: live over two Regions of the emulator, and from snapshots of several."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from awsvpc_audit.cli import _regions
from awsvpc_audit.cli._account import collect_live
from awsvpc_audit.collectors.runner import Collected
from awsvpc_audit.demo.account import build
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, emulator
from awsvpc_audit.model.snapshot import save
from tests.cli.conftest import Command, Said
from tests.conftest import NOW
from tests.emulator_faults import FaultyAws, faulty
from tests.regions import side_by_side
from tests.world import World, healthy

ELSEWHERE = "eu-west-1"
EMPTY = "eu-west-2"
BOTH = f"{REGION},{ELSEWHERE}"
ARN = f"arn:aws:ecs:{ELSEWHERE}:{ACCOUNT}:cluster/edge"


def add_cluster(endpoint_url: str, name: str, region: str) -> None:
    """A cluster with one service in private subnets, on Fargate, in a Region of its own."""

    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=endpoint_url, region_name=region)  # type: ignore[call-overload]

    ec2, ecs = client("ec2"), client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="edge", Description="edge", VpcId=vpc)["GroupId"]
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(
        family="edge",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "public.ecr.aws/nginx/nginx:1", "essential": True}],
    )
    ecs.create_service(
        cluster=name,
        serviceName="edge",
        taskDefinition="edge",
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group], "assignPublicIp": "DISABLED"}
        },
    )


@pytest.fixture(scope="module")
def two_regions() -> Iterator[FaultyAws]:
    """The sample account in one Region, a cluster `edge` and another `prod` in the other."""
    with emulator() as running:
        build(running, NOW)
        add_cluster(running.endpoint_url, "edge", ELSEWHERE)
        add_cluster(running.endpoint_url, "prod", ELSEWHERE)
        with faulty(running.endpoint_url) as aws:
            aws.remember = True
            yield aws


@pytest.fixture
def regions(two_regions: FaultyAws) -> Iterator[FaultyAws]:
    two_regions.heal()
    yield two_regions
    two_regions.heal()


@dataclass(frozen=True, slots=True)
class Reported:
    """One report, as it was written and as the program ended."""

    said: Said
    document: dict[str, Any]

    @property
    def places(self) -> set[str]:
        return {f"{scope['region']}/{scope['cluster']}" for scope in self.document["scopes"]}

    @property
    def not_audited(self) -> set[tuple[str, str | None]]:
        return {(each["region"], each["cluster"]) for each in self.document["not_audited"]}


def live(command: Command, aws: FaultyAws, *options: str) -> Said:
    return command("report", "--endpoint-url", aws.endpoint_url, *options)


def report(command: Command, aws: FaultyAws, *options: str) -> Reported:
    said = live(command, aws, *options, "--format", "json")
    assert "Traceback" not in said.err
    return Reported(said, json.loads(said.out))


class TestLive:
    def test_every_cluster_of_every_region(self, command: Command, regions: FaultyAws) -> None:
        found = report(command, regions, "--all-clusters", "--regions", f"{BOTH},{EMPTY}")
        assert found.places == {f"{REGION}/prod", f"{ELSEWHERE}/edge", f"{ELSEWHERE}/prod"}
        assert not found.document["not_audited"]
        assert found.said.code == 1
        by_region = {audit["scope"]["region"]: audit["collection"] for audit in found.document["audits"]}
        assert {each["source"] for each in by_region.values()} == {"live"}
        assert by_region[REGION]["api_calls"] != by_region[ELSEWHERE]["api_calls"]
        assert found.document["scopes"][0]["region"] == REGION, "the one in trouble comes first"

    def test_a_region_without_clusters_costs_one_call(self, command: Command, regions: FaultyAws) -> None:
        said = live(command, regions, "--all-clusters", "--regions", EMPTY)
        assert said.code == 3
        assert said.err == f"awsvpc-audit: there are no clusters in {EMPTY}: nothing to report on\n"
        assert dict(regions.calls) == {"ecs:ListClusters": 1}

    def test_a_name_is_looked_for_in_all_regions(self, command: Command, regions: FaultyAws) -> None:
        assert report(command, regions, "--cluster", "prod", "--regions", BOTH).places == {
            f"{REGION}/prod",
            f"{ELSEWHERE}/prod",
        }
        found = report(command, regions, "--cluster", "edge", "--regions", BOTH)
        assert found.places == {f"{ELSEWHERE}/edge"}
        assert not found.document["not_audited"], "it is in one of the Regions, and none was unreadable"

    def test_an_arn_brings_its_region(self, command: Command, regions: FaultyAws) -> None:
        assert report(command, regions, "--cluster", ARN).places == {f"{ELSEWHERE}/edge"}
        both = report(command, regions, "--cluster", ARN, "--cluster", "prod", "--region", REGION)
        assert both.places == {f"{ELSEWHERE}/edge", f"{REGION}/prod"}

    def test_the_region_of_the_environment(
        self, command: Command, regions: FaultyAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_REGION", ELSEWHERE)
        assert report(command, regions, "--all-clusters").places == {f"{ELSEWHERE}/edge", f"{ELSEWHERE}/prod"}

    def test_every_region_is_read_once(self, command: Command, regions: FaultyAws) -> None:
        report(command, regions, "--all-clusters", "--regions", BOTH)
        assert regions.calls["ec2:DescribeVpcEndpoints"] <= 2
        assert regions.calls["ecs:ListServices"] == 3

    @pytest.mark.parametrize("denied", ["*", "ecs:ListClusters"])
    def test_a_region_that_cannot_be_read_does_not_stop_the_others(
        self, command: Command, regions: FaultyAws, denied: str
    ) -> None:
        regions.deny(denied)
        regions.only_in = ELSEWHERE
        found = report(command, regions, "--all-clusters", "--regions", BOTH, "--fail-on", "never")
        assert found.places == {f"{REGION}/prod"}
        assert found.not_audited == {(ELSEWHERE, None)}
        assert found.document["not_audited"][0]["account"] == ACCOUNT
        assert found.said.code == 3
        assert f"awsvpc-audit: warning: not audited: {ACCOUNT}/{ELSEWHERE}: " in found.said.err
        assert "ecs:ListClusters" in found.said.err

    def test_what_fails_counts_before_what_could_not_be_audited(self, command: Command, regions: FaultyAws) -> None:
        regions.deny("*")
        regions.only_in = ELSEWHERE
        assert report(command, regions, "--all-clusters", "--regions", BOTH).said.code == 1

    def test_a_region_that_may_not_say_what_there_is_is_audited_by_name(
        self, command: Command, regions: FaultyAws
    ) -> None:
        regions.deny("ecs:DescribeClusters")
        found = report(command, regions, "--cluster", "edge", "--regions", ELSEWHERE)
        assert found.places == {f"{ELSEWHERE}/edge"}
        assert found.document["summary"]["verdict"] != "pass"

    def test_where_no_region_can_be_read_it_says_so_in_one_line(self, command: Command, regions: FaultyAws) -> None:
        regions.deny("*")
        said = live(command, regions, "--all-clusters", "--regions", BOTH)
        assert (said.code, said.out, said.err.count("\n")) == (3, "", 1)
        assert "ecs:ListClusters failed (AccessDenied)" in said.err

    def test_no_credentials_are_said_once(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        said = command("report", "--all-clusters", "--regions", BOTH)
        assert (said.code, said.err.count("no AWS credentials")) == (3, 1)

    def test_a_name_in_no_region_has_near_matches(self, command: Command, regions: FaultyAws) -> None:
        said = live(command, regions, "--cluster", "edeg", "--regions", BOTH)
        assert (said.code, said.out) == (3, "")
        assert said.err == (
            f'awsvpc-audit: no cluster "edeg" in {REGION}, {ELSEWHERE} of {ACCOUNT}. '
            "Did you mean edge? (clusters: edge, prod)\n"
        )

    def test_one_unknown_name_among_others_is_not_audited(self, command: Command, regions: FaultyAws) -> None:
        found = report(
            command, regions, "--cluster", "edge", "--cluster", "nope", "--regions", BOTH, "--fail-on", "never"
        )
        assert found.places == {f"{ELSEWHERE}/edge"}
        assert found.not_audited == {(f"{REGION}, {ELSEWHERE}", "nope")}
        assert found.said.code == 3

    def test_a_region_whose_answers_make_no_sense_does_not_stop_the_others(
        self, command: Command, regions: FaultyAws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        doing: list[str] = []

        def collected(*arguments: Any, **more: Any) -> Collected:
            doing.append(more["doing"])
            found = collect_live(*arguments, **more)
            if more["session"].region == ELSEWHERE:
                found.snapshot.scopes[0].responses["ec2.DescribeSubnets"] = b'{"Subnets": [{"SubnetId": 7'
            return found

        monkeypatch.setattr(_regions, "collect_live", collected)
        found = report(command, regions, "--all-clusters", "--regions", BOTH)
        assert found.places == {f"{REGION}/prod"}
        assert found.not_audited == {(ELSEWHERE, None)}
        assert "ec2.DescribeSubnets.json" in found.document["not_audited"][0]["error"]
        assert doing == [f"reading {REGION} (1 of 2)", f"reading {ELSEWHERE} (2 of 2)"]

    def test_an_arn_of_another_account_is_not_found(self, command: Command, regions: FaultyAws) -> None:
        said = live(command, regions, "--cluster", ARN.replace(ACCOUNT, "999999999999"))
        assert said.code == 3
        assert "of 999999999999" in said.err


# Snapshots.


def full_subnet() -> World:
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    return world


@pytest.fixture
def three(tmp_path: Path) -> Path:
    worlds = {REGION: full_subnet(), ELSEWHERE: healthy(), EMPTY: healthy().deny("ec2:DescribeRouteTables")}
    save(side_by_side(worlds), tmp_path / "three")
    return tmp_path / "three"


def offline(command: Command, snapshot: Path, *options: str | Path) -> Reported:
    said = command("report", "--from", snapshot, *options, "--format", "json")
    return Reported(said, json.loads(said.out))


class TestSnapshot:
    def test_every_cluster_of_every_scope(self, command: Command, three: Path) -> None:
        found = offline(command, three, "--all-clusters")
        assert [scope["region"] for scope in found.document["scopes"]] == [REGION, EMPTY, ELSEWHERE]
        assert [scope["summary"]["verdict"] for scope in found.document["scopes"]] == ["fail", "unknown", "pass"]
        missing = {a["scope"]["region"]: len(a["collection"]["missing"]) for a in found.document["audits"]}
        assert missing == {REGION: 0, EMPTY: 1, ELSEWHERE: 0}

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            pytest.param(("--all-clusters",), 1, id="something critical fails"),
            pytest.param(("--all-clusters", "--fail-on", "never"), 0, id="nothing counts"),
            pytest.param(("--all-clusters", "--regions", ELSEWHERE), 0, id="the Region that is well"),
            pytest.param(("--all-clusters", "--region", ELSEWHERE), 0, id="the same, said as elsewhere"),
            pytest.param(("--all-clusters", "--regions", EMPTY), 0, id="the Region that was not wholly read"),
            pytest.param(("--all-clusters", "--regions", EMPTY, "--strict"), 1, id="that, where unknown counts"),
            pytest.param(("--all-clusters", "--regions", f"{ELSEWHERE},ap-south-1"), 3, id="a Region not in it"),
            pytest.param(("--all-clusters", "--regions", f"{REGION},ap-south-1"), 1, id="that, and something fails"),
            pytest.param(("--cluster", "prod", "--cluster", "nope", "--regions", ELSEWHERE), 3, id="one unknown name"),
        ],
    )
    def test_the_exit_code(self, command: Command, three: Path, options: tuple[str, ...], code: int) -> None:
        assert offline(command, three, *options).said.code == code

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            pytest.param(("--cluster", "prd"), ('no cluster "prd" in', "Did you mean prod?"), id="unknown cluster"),
            pytest.param(("--all-clusters", "--regions", "ap-south-1"), ("not", "us-east-1"), id="unknown Region"),
            pytest.param(("--all-clusters", "--account", "000000000000"), ("there are no clusters",), id="account"),
        ],
    )
    def test_three_and_one_line_where_there_is_nothing(
        self, command: Command, three: Path, options: tuple[str, ...], words: tuple[str, ...]
    ) -> None:
        said = command("report", "--from", three, *options)
        assert (said.code, said.out, said.err.count("\n")) == (3, "", 1)
        for word in words:
            assert word in said.err

    def test_a_deleted_cluster_is_none_of_all(self, command: Command, tmp_path: Path) -> None:
        world = healthy()
        gone = {"clusterArn": world.arn("ecs", "cluster/gone"), "clusterName": "gone", "status": "INACTIVE"}
        world.rows["ecs:DescribeClusters"].append(gone)
        save(world.snapshot(), tmp_path / "one")
        assert offline(command, tmp_path / "one", "--all-clusters").places == {f"{REGION}/prod"}

    def test_the_same_snapshot_gives_the_same_bytes(self, command: Command, three: Path) -> None:
        texts = {
            (format_, command("report", "--from", three, "--all-clusters", "--format", format_).out)
            for format_ in ("table", "json", "markdown", "csv", "junit", "sarif")
            for _ in range(2)
        }
        assert len(texts) == 6

    def test_the_table_says_which_cluster_is_ill_and_with_what(self, command: Command, three: Path) -> None:
        text = command("report", "--from", three, "--all-clusters").out
        assert "1 of 3 clusters fails, 1 not wholly known" in text
        assert "SUB001" in text
        assert f"Well      {ELSEWHERE}/prod" in text


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((), "--all-clusters"),
        (("--cluster", "prod", "--all-clusters"), "--all-clusters"),
        (("--all-clusters", "--region", "a", "--regions", "b"), "--regions"),
        (("--all-clusters", "--regions", " , "), "names no Region"),
        (("--cluster", "arn:aws:s3:::bucket"), "no ARN of a cluster"),
        (("--all-clusters", "--account", ACCOUNT), "--account goes with --from"),
        (("--all-clusters", "--from", "x", "--profile", "p"), "--profile"),
        (("--all-clusters", "--format", "yaml"), "yaml"),
        (("--all-clusters", "--output", "a.json", "--output", "b.json"), "FORMAT:FILE"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_two_for_a_wrong_command_line(command: Command, options: tuple[str, ...], word: str) -> None:
    said = command("report", *options)
    assert (said.code, said.out) == (2, "")
    assert word in said.err
