"""Snapshots that are broken, foreign or made to do harm: no traceback, no hang, nothing of theirs that obeys."""

from __future__ import annotations

import copy
import itertools
import json
import os
import re
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awsvpc_audit.errors import SnapshotError
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot, load, save
from tests.cli.conftest import Command, Said
from tests.reliability.accounts import Document, Place, at, everything, places, put, remove
from tests.reliability.hostile import EVIL, FORMATS, ODD, READERS, assert_contract, assert_harmless, within
from tests.world import healthy

SECONDS = 20
"""More than any command takes on a machine that is busy with other tests."""

VALUES_A_MEMBER = 5

REGIONAL = "123456789012/us-east-1"
CLUSTERS = f"{REGIONAL}/ecs.DescribeClusters.json"


def _documents() -> dict[str, Document]:
    return {name: msgspec.json.decode(content) for name, content in everything().files() if REGIONAL in name}


DOCUMENTS = _documents()
PLACES = tuple((name, place) for name, document in sorted(DOCUMENTS.items()) for place in places(document))

Change = tuple[str, Place, Any]
DROPPED = object()
Folders = pytest.TempPathFactory

_plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_values = st.sampled_from(ODD) | st.just(DROPPED) | _plain_json
changes = st.lists(st.tuples(st.sampled_from(PLACES), _values), min_size=1, max_size=3).map(
    lambda found: [(file, place, value) for (file, place), value in found]
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: Folders) -> Path:
    """A snapshot of everything, as a directory. Whoever changes a file of it puts it back."""
    target = tmp_path_factory.mktemp("odd") / "snapshot"
    save(everything(), target)
    return target


class Changed:
    """Files of a snapshot with something else in them, for a while."""

    def __init__(self, root: Path, made: list[Change]) -> None:
        self.root = root
        documents: dict[str, Document] = {}
        for file, place, value in made:
            document = documents.setdefault(file, copy.deepcopy(DOCUMENTS[file]))
            try:
                at(document, place)
            except (LookupError, TypeError):
                continue  # an earlier change has taken it away
            remove(document, place) if value is DROPPED else put(document, place, copy.deepcopy(value))
        self.contents = {file: json.dumps(document).encode() for file, document in documents.items()}

    def __enter__(self) -> None:
        for file, content in self.contents.items():
            (self.root / file).write_bytes(content)

    def __exit__(self, *_: object) -> None:
        for file in self.contents:
            (self.root / file).write_bytes(msgspec.json.encode(DOCUMENTS[file]))


class TestOddMembers:
    """Any member missing, null, of another type, huge, or somebody else's."""

    @staticmethod
    def look(command: Command, stored: Path, made: list[Change], reader: str) -> None:
        with Changed(stored, made), within(SECONDS):
            said = command(*READERS[reader], "--from", stored)
        names = {Path(file).name for file, _, _ in made}
        assert_contract(said, names.pop() if len(names) == 1 else "")
        if said.out:
            assert_harmless("table", said.out)

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(made=changes, reader=st.sampled_from(sorted(READERS)))
    def test_quickly(self, command: Command, stored: Path, made: list[Change], reader: str) -> None:
        self.look(command, stored, made, reader)

    @settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(made=changes, is_old=st.booleans())
    def test_in_a_difference(
        self, command: Command, stored: Path, healthy_snapshot: Path, made: list[Change], is_old: bool
    ) -> None:
        pair = (stored, healthy_snapshot) if is_old else (healthy_snapshot, stored)
        with Changed(stored, made), within(SECONDS):
            said = command("diff", *pair)
        assert_contract(said)
        if said.out:
            assert_harmless("table", said.out)

    @pytest.mark.reliability
    @pytest.mark.parametrize("part", range(4))
    @settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(made=changes, reader=st.sampled_from(sorted(READERS)))
    def test_thoroughly(self, command: Command, stored: Path, part: int, made: list[Change], reader: str) -> None:
        self.look(command, stored, made, reader)

    @pytest.mark.reliability
    @pytest.mark.parametrize("file", sorted(DOCUMENTS))
    def test_each_member_of_a_file(self, command: Command, stored: Path, file: str) -> None:
        """All values for all members would be 69,000 audits: each member gets its turn of them, each value its members.

        Which values meet which members changes with the file, so a member that stands in many files meets many.
        """
        values = (DROPPED, *ODD)
        start = sorted(DOCUMENTS).index(file)
        for number, place in enumerate(places(DOCUMENTS[file]), start):
            for turn in range(VALUES_A_MEMBER):
                value = values[(number * VALUES_A_MEMBER + turn) % len(values)]
                self.look(command, stored, [(file, place, value)], "cluster")

    @pytest.mark.parametrize("reader", sorted(READERS))
    def test_every_command_does_on_the_account_as_it_is(self, command: Command, stored: Path, reader: str) -> None:
        said = command(*READERS[reader], "--from", stored)
        assert_contract(said)
        assert said.out, said.err

    @pytest.mark.parametrize(
        ("file", "place", "value", "named"),
        [
            ("ec2.DescribeSubnets", ("Subnets", 0, "AvailableIpAddressCount"), "many", "AvailableIpAddressCount"),
            ("ec2.DescribeSubnets", ("Subnets", 0, "CidrBlock"), 7, "CidrBlock"),
            ("ecs.DescribeServices", ("services", 0, "desiredCount"), [1], "desiredCount"),
            ("ecs.DescribeTasks", ("tasks", 0, "createdAt"), "yesterday", "createdAt"),
            ("ecs.DescribeTasks", ("tasks", 0), "task", r"tasks\[0\]"),
        ],
    )
    def test_a_member_of_another_type_is_named_with_its_file(
        self, command: Command, stored: Path, file: str, place: Place, value: Any, named: str
    ) -> None:
        with Changed(stored, [(f"{REGIONAL}/{file}.json", place, value)]):
            said = command("cluster", "prod", "--from", stored)
        assert (said.code, said.out) == (3, "")
        assert re.search(rf"{file}\.json: .*{named}", said.err)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: Folders) -> Path:
    """The account with a name that is code for each of its services, and in every message."""
    root = tmp_path_factory.mktemp("evil") / "snapshot"
    save(everything(), root)
    escaped = json.dumps(EVIL)[1:-1]
    for file in root.rglob("*.json"):
        if file.name == "manifest.json":
            continue
        text = re.sub(r"\b(web|worker|nightly|hourly|pipeline|spare)\b", lambda m: m[0] + escaped, file.read_text())
        text = re.sub(r"(timeout|Troubleshooting section\.|capacity in [a-z0-9-]+)", lambda m: m[0] + escaped, text)
        file.write_text(text)
    subnets = root / REGIONAL / "ec2.DescribeSubnets.json"
    answer = json.loads(subnets.read_text())
    for subnet in answer["Subnets"]:
        subnet["Tags"] = [{"Key": "Name", "Value": EVIL}]
    subnets.write_text(json.dumps(answer))
    return root


class TestHostileText:
    """Names, tags and messages are written by whoever can create a resource."""

    @staticmethod
    def spelled(word: str) -> str:
        return re.sub(r"\b(web|worker)$", lambda m: m[0] + EVIL, word)

    CASES = tuple((reader, each) for reader in READERS for each in FORMATS[reader])

    @pytest.mark.parametrize(("reader", "format_"), CASES, ids=[f"{reader} as {each}" for reader, each in CASES])
    def test_it_obeys_nowhere(self, command: Command, evil: Path, tmp_path: Path, reader: str, format_: str) -> None:
        arguments = [self.spelled(each) for each in READERS[reader]]
        if READERS[reader][0] == "path":
            # A name with a slash in it cannot be typed here: the subnets' names are evil too.
            arguments = [re.sub(r"^service:.*", "subnet-a", each, flags=re.DOTALL) for each in arguments]
        every = ("--all",) if READERS[reader][0] in {"cluster", "service", "task", "report"} else ()
        said = command(*arguments, *every, "--from", evil, "--format", format_, "--output", tmp_path / "out")
        assert_contract(said)
        text = (tmp_path / "out").read_bytes().decode()
        assert "web" in text or "worker" in text or "subnet-a" in text
        assert_harmless(format_, text)

    @pytest.mark.parametrize("format_", ["table", "json", "markdown"])
    @pytest.mark.parametrize("is_old", [True, False], ids=["in the old one", "in the new one"])
    def test_a_difference_obeys_nowhere(
        self, command: Command, evil: Path, stored: Path, tmp_path: Path, format_: str, is_old: bool
    ) -> None:
        pair = (evil, stored) if is_old else (stored, evil)
        said = command("diff", *pair, "--all", "--format", format_, "--output", tmp_path / "out")
        assert_contract(said)
        assert_harmless(format_, (tmp_path / "out").read_bytes().decode())

    def test_it_obeys_on_no_line_of_errors(self, command: Command, evil: Path) -> None:
        said = command("service", "prod", f"wep{EVIL}", "--from", evil)
        assert said.code == 3
        assert_harmless("table", said.err)

    @pytest.mark.parametrize(
        "format_",
        [
            pytest.param(each, marks=() if each in {"table", "csv"} else pytest.mark.reliability)
            for each in FORMATS["cluster"]
        ],
    )
    def test_ten_megabytes_of_it(self, command: Command, tmp_path: Path, format_: str) -> None:
        world = healthy()
        huge = (EVIL * (10_000_000 // len(EVIL) + 1))[:10_000_000]
        world.add_event("web", f"(service web) was unable to place a task because {huge}")
        world.add_stopped_task("worker", f"CannotPullContainerError: {huge}")
        world.subnet("subnet-a")["Tags"] = [{"Key": "Name", "Value": huge}]
        world.rows["ec2:DescribeNatGateways"][0] |= {"State": "failed", "FailureMessage": huge}
        save(world.snapshot(), tmp_path / "s")
        with within(120):
            said = command(
                "cluster", "prod", "--from", tmp_path / "s", "--format", format_, "--output", tmp_path / "out"
            )
        assert said.code == 1, said.err
        assert_harmless(format_, (tmp_path / "out").read_bytes().decode())


class TestTexts:
    """Texts that are a language of their own, written to keep a reader busy."""

    @pytest.mark.parametrize(
        "expression",
        [
            pytest.param("attribute:ecs.instance-type =~ '(m|m5|5)*(.+)+x'", id="a pattern that backtracks"),
            pytest.param("(" * 50_000, id="parentheses"),
            pytest.param("!" * 50_000 + "agentConnected == true", id="negations"),
            pytest.param("attribute:ecs.instance-type =~ '" + "(" * 9000 + ")" * 9000 + "'", id="groups"),
            pytest.param("attribute:ecs.instance-type =~ 'a{99999999999}'", id="repetitions"),
            pytest.param("agentVersion > " + "9" * 9000, id="a version of nines"),
        ],
    )
    def test_placement_constraints(self, command: Command, tmp_path: Path, expression: str) -> None:
        world = healthy()
        world.service("web")["desiredCount"] = 50
        world.service("web")["placementConstraints"] = [{"type": "memberOf", "expression": expression}]
        self.audit(command, world.snapshot(), tmp_path)

    @pytest.mark.parametrize(
        "policy",
        [
            pytest.param({"Action": "*e" * 40 + "x", "Resource": "*a" * 40 + "x"}, id="stars"),
            pytest.param({"Action": ["*"] * 100_000, "Resource": "*"}, id="many actions"),
            pytest.param({"Condition": {"StringLike": {"aws:PrincipalArn": "*a*" * 60 + "x"}}}, id="conditions"),
        ],
    )
    def test_endpoint_policies(self, command: Command, tmp_path: Path, policy: Document) -> None:
        snapshot = everything()
        scope = snapshot.scopes[0]
        answer = msgspec.json.decode(scope.responses["ec2.DescribeVpcEndpoints"])
        statement = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"} | policy
        for endpoint in answer["VpcEndpoints"]:
            endpoint["PolicyDocument"] = json.dumps({"Statement": [statement] * 3})
        scope.responses["ec2.DescribeVpcEndpoints"] = json.dumps(answer).encode()
        self.audit(command, snapshot, tmp_path)

    @pytest.mark.parametrize("unit", ["a.", "1.1.", "subnet-", "https://a"])
    def test_messages(self, command: Command, tmp_path: Path, unit: str) -> None:
        world = healthy()
        for number in range(5):
            text = unit * 50_000 + str(number)
            world.add_event("web", text)
            world.add_stopped_task("worker", text)
        self.audit(command, world.snapshot(), tmp_path)

    @pytest.mark.parametrize("desired", [10**6, 10**12, 2**63 - 1])
    def test_services_that_want_more_tasks_than_there_are_machines(
        self, command: Command, tmp_path: Path, desired: int
    ) -> None:
        world = healthy()
        for name in ("web", "worker"):
            world.service(name)["desiredCount"] = desired
        for instance in world.rows["ecs:DescribeContainerInstances"]:
            for resource in instance["remainingResources"]:
                if "integerValue" in resource:
                    resource["integerValue"] = desired
        self.audit(command, world.snapshot(), tmp_path)

    @staticmethod
    def audit(command: Command, snapshot: Snapshot, folder: Path) -> None:
        save(snapshot, folder / "s")
        for reader in ("cluster", "what-if", "timeline"):
            with within(SECONDS):
                assert_contract(command(*READERS[reader], "--from", folder / "s"))


class TestSameIdsElsewhere:
    """Ids are unique to an account and Region at best; copies of one account must not run into one another."""

    @staticmethod
    def together(folder: Path) -> Path:
        first, *others = (("123456789012", "us-east-1"), ("210987654321", "us-east-1"), ("123456789012", "eu-west-1"))
        for account, region in (first, *others):
            world = healthy()
            if (account, region) in others:
                world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
                world.rows["ec2:DescribeNatGateways"][0]["State"] = "failed"
                world.rows["ec2:DescribeRouteTables"].clear()
            world.account, world.region = account, region
            scope = world.scope_snapshot()
            renamed = {
                stem: content.replace(b"123456789012", account.encode()).replace(b"us-east-1", region.encode())
                for stem, content in scope.responses.items()
            }
            for stem, content in renamed.items():
                file = folder / account / region / f"{stem}.json"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            for stem, content in scope.global_responses.items():
                file = folder / account / "global" / f"{stem}.json"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.replace(b"123456789012", account.encode()))
        return folder

    def test_a_cluster_that_stands_in_several_has_to_be_chosen(self, command: Command, tmp_path: Path) -> None:
        said = command("cluster", "prod", "--from", self.together(tmp_path))
        assert said.code == 3
        assert "--region or --account" in said.err

    def test_the_one_chosen_is_audited_as_if_it_were_alone(self, command: Command, tmp_path: Path) -> None:
        choice = ("--account", "123456789012", "--region", "us-east-1", "--format", "json", "--all")
        among = command("cluster", "prod", "--from", self.together(tmp_path / "all"), *choice)
        save(healthy().snapshot(), tmp_path / "alone")
        alone = command("cluster", "prod", "--from", tmp_path / "alone", *choice)
        one, other = json.loads(among.out), json.loads(alone.out)
        assert one["summary"]["verdict"] == "pass", [f for f in one["findings"] if f["status"] != "pass"]
        assert (one["findings"], one["capacity"]) == (other["findings"], other["capacity"])

    def test_the_faulty_one_is_the_faulty_one(self, command: Command, tmp_path: Path) -> None:
        choice = ("--account", "210987654321", "--format", "json")
        said = command("cluster", "prod", "--from", self.together(tmp_path), *choice)
        found = json.loads(said.out)
        assert found["scope"]["account"] == "210987654321"
        assert ("SUB001", "subnet-a") in {(f["check_id"], f["resource"]["id"]) for f in found["findings"]}


def broken(said: Said, *named: str) -> bool:
    """Whether a command gave up as the contract says: exit 3, one line that names what is to blame."""
    one_line = said.err.startswith("awsvpc-audit: ") and said.err.count("\n") == 1 and "Traceback" not in said.err
    return (said.code, said.out) == (3, "") and one_line and all(name in said.err for name in named)


class TestArchives:
    """A zip is read as data: nothing is unpacked to disk, and no more than a snapshot can hold is read."""

    FILES = tuple(everything().files())

    def zipped(self, target: Path, extra: Callable[[zipfile.ZipFile], None] = lambda _archive: None) -> Path:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.FILES:
                archive.writestr(name, content)
            extra(archive)
        return target

    @pytest.mark.parametrize(
        "name",
        [
            "../../123456789012/us-east-1/ec2.DescribeVpcs.json",
            "/etc/x.json",
            "a/../../x",
            r"..\..\x.json",
            "C:/x.json",
        ],
    )
    def test_a_name_that_leads_out_is_refused(self, command: Command, tmp_path: Path, name: str) -> None:
        archive = self.zipped(tmp_path / "s.zip", lambda a: a.writestr(name, b"{}"))
        assert broken(command("cluster", "prod", "--from", archive), "s.zip", name, "leads out")
        assert [path.name for path in tmp_path.iterdir()] == ["s.zip"]

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_file_that_stands_twice_is_refused(self, command: Command, tmp_path: Path) -> None:
        archive = self.zipped(tmp_path / "s.zip", lambda a: a.writestr(CLUSTERS, b'{"clusters": []}'))
        assert broken(command("cluster", "prod", "--from", archive), CLUSTERS, "twice")

    def test_a_link_is_refused(self, command: Command, tmp_path: Path) -> None:
        info = zipfile.ZipInfo(f"{REGIONAL}/ecs.Other.json")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive = self.zipped(tmp_path / "s.zip", lambda a: a.writestr(info, "/etc/passwd"))
        assert broken(command("cluster", "prod", "--from", archive), "ecs.Other.json", "link")

    def test_a_bomb_is_refused_by_how_far_it_swells(self, command: Command, tmp_path: Path) -> None:
        bomb = b'{"Vpcs": [' + b" " * 64_000_000 + b"]}"
        archive = self.zipped(tmp_path / "s.zip", lambda a: a.writestr(f"{REGIONAL}/ec2.Bomb.json", bomb))
        assert archive.stat().st_size < 1_000_000
        with within(5):
            assert broken(command("cluster", "prod", "--from", archive), "ec2.Bomb.json", "200 times")

    @pytest.mark.parametrize(
        ("limit", "most", "named"),
        [
            ("MAX_FILE_BYTES", 100, "larger than"),
            ("MAX_TOTAL_BYTES", 1000, "unpacks to more than"),
            ("MAX_FILES", 10, "more than 10 files"),
        ],
    )
    def test_a_limit_is_named(
        self, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, named: str
    ) -> None:
        monkeypatch.setattr(f"awsvpc_audit.model.snapshot.{limit}", most)
        archive = self.zipped(tmp_path / "s.zip")
        assert broken(command("cluster", "prod", "--from", archive), "s.zip", named)

    def test_an_archive_that_lies_about_its_sizes_is_refused(self, command: Command, tmp_path: Path) -> None:
        archive = self.zipped(tmp_path / "s.zip")
        content = bytearray(archive.read_bytes())
        at_ = content.index(b"PK\x01\x02") + 24  # the uncompressed size in the central directory
        content[at_ : at_ + 4] = (8).to_bytes(4, "little")
        archive.write_bytes(bytes(content))
        assert broken(command("cluster", "prod", "--from", archive), "s.zip")

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_damaged_anywhere(self, command: Command, tmp_path_factory: Folders, data: st.DataObject) -> None:
        folder = tmp_path_factory.mktemp("zip")
        save(healthy().snapshot(), folder / "s.zip")
        content = bytearray((folder / "s.zip").read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        del content[data.draw(st.integers(len(content) // 2, len(content))) :]
        (folder / "s.zip").write_bytes(bytes(content))
        with within(SECONDS):
            said = command("cluster", "prod", "--from", folder / "s.zip")
        assert_contract(said)


class TestDirectories:
    def test_a_link_out_of_the_snapshot_is_refused(self, command: Command, tmp_path: Path) -> None:
        (tmp_path / "secret.json").write_text('{"Vpcs": []}')
        save(healthy().snapshot(), tmp_path / "s")
        vpcs = tmp_path / "s" / REGIONAL / "ec2.DescribeVpcs.json"
        vpcs.unlink()
        vpcs.symlink_to(tmp_path / "secret.json")
        assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "ec2.DescribeVpcs.json", "leads out")

    def test_a_folder_that_is_a_link_out_of_the_snapshot_is_refused(self, command: Command, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "other")
        (tmp_path / "s" / "123456789012").mkdir(parents=True)
        (tmp_path / "s" / REGIONAL).symlink_to(tmp_path / "other" / REGIONAL)
        assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "leads out")

    def test_a_snapshot_may_itself_be_a_link(self, command: Command, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        (tmp_path / "latest").symlink_to(tmp_path / "s")
        assert command("cluster", "prod", "--from", tmp_path / "latest").code == 0

    def test_links_in_a_circle_end(self, command: Command, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        (tmp_path / "s" / REGIONAL / "again").symlink_to(tmp_path / "s")
        (tmp_path / "s" / "again").symlink_to(tmp_path / "s")
        with within(5):
            assert_contract(command("cluster", "prod", "--from", tmp_path / "s"))

    @pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir], ids=["a pipe", "a folder"])
    def test_what_is_no_file_is_named(self, command: Command, tmp_path: Path, make: Callable[[Path], None]) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        vpcs = tmp_path / "s" / REGIONAL / "ec2.DescribeVpcs.json"
        vpcs.unlink()
        make(vpcs)
        with within(5):
            assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "ec2.DescribeVpcs.json", "not a file")

    def test_a_pipe_for_a_snapshot_is_not_waited_for(self, command: Command, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "s.zip")
        with within(5):
            assert broken(command("cluster", "prod", "--from", tmp_path / "s.zip"), "s.zip", "pipe")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_must_not_be_read_is_named(self, command: Command, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        (tmp_path / "s" / REGIONAL / "ec2.DescribeVpcs.json").chmod(0)
        assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "ec2.DescribeVpcs.json", "denied")

    def test_other_folders_are_not_looked_through(self, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        deep = tmp_path / "s" / "node_modules" / "a" / "b" / "c"
        deep.mkdir(parents=True)
        (deep / "x.json").symlink_to("/etc/passwd")
        assert load(tmp_path / "s").scopes


class TestContents:
    """JSON that is cut off, in another encoding, or no JSON."""

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b'{"Vpcs": [{"VpcId": "vpc-\\ud800"}]}', id="half a surrogate pair"),
            pytest.param(b'{"Vpcs": [{"VpcId": "vpc-\xff"}]}', id="Latin-1"),
            pytest.param('{"Vpcs": []}'.encode("utf-32"), id="UTF-32"),
            pytest.param('{"Vpcs": []}'.encode("utf-16")[:-1], id="UTF-16 cut off"),
            pytest.param(b'{"Vpcs": NaN}', id="not a number"),
            pytest.param(b'{"Vpcs": [1e999]}', id="infinity"),
            pytest.param(b'{"Vpcs": [' * 50_000, id="nested"),
            pytest.param(b'{"x": ' + b"[" * 50_000 + b"]" * 50_000 + b', "Vpcs": []}', id="nested where nobody looks"),
            pytest.param(b'{"Vpcs": []}{"Vpcs": []}', id="two documents"),
            pytest.param(b"\x00" * 100, id="zeros"),
        ],
    )
    def test_it_is_named(self, command: Command, tmp_path: Path, content: bytes) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        (tmp_path / "s" / REGIONAL / "ec2.DescribeVpcs.json").write_bytes(content)
        assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "ec2.DescribeVpcs.json: ")

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(file=st.sampled_from(sorted(DOCUMENTS)), share=st.floats(0, 0.999))
    def test_cut_off_anywhere(self, command: Command, stored: Path, file: str, share: float) -> None:
        whole = msgspec.json.encode(DOCUMENTS[file])
        try:
            (stored / file).write_bytes(whole[: int(len(whole) * share)])
            said = command("cluster", "prod", "--from", stored)
        finally:
            (stored / file).write_bytes(whole)
        assert broken(said, Path(file).name)

    @pytest.mark.parametrize(
        ("scope", "named"),
        [
            ({"account": "../../etc", "region": "us-east-1"}, "scopes[0].account"),
            ({"account": "123456789012", "region": "../.."}, "scopes[0].region"),
            ({"account": "123456789012", "region": "global"}, "scopes[0].region"),
            ({"account": 7, "region": "us-east-1"}, "scopes[0].account"),
            ({"account": "123456789012", "region": "us-east-1", "missing": [{"operation": 1}]}, "missing[0].operation"),
        ],
    )
    def test_a_manifest_of_lies_is_named(self, command: Command, tmp_path: Path, scope: Document, named: str) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        (tmp_path / "s" / "manifest.json").write_text(json.dumps({"schema_version": "1", "scopes": [scope]}))
        assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "manifest.json: ", named)

    def test_a_scope_that_stands_twice_in_the_manifest_is_named(self, command: Command, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        manifest = json.loads((tmp_path / "s" / "manifest.json").read_text())
        manifest["scopes"] *= 2
        (tmp_path / "s" / "manifest.json").write_text(json.dumps(manifest))
        assert broken(command("cluster", "prod", "--from", tmp_path / "s"), "manifest.json", "twice")

    @pytest.mark.parametrize("name", ["s", "s.zip"])
    def test_a_copy_of_an_odd_snapshot_stays_in_its_place(self, command: Command, tmp_path: Path, name: str) -> None:
        save(everything(), tmp_path / "odd")
        said = command("snapshot", "prod", "--from", tmp_path / "odd", "-o", tmp_path / "copies" / name)
        assert_contract(said)
        assert {path.name for path in (tmp_path / "copies").iterdir()} == {name}
        assert Model.of(load(tmp_path / "copies" / name)).scopes

    @pytest.mark.parametrize("depth", [200, 500, 900, 5000])
    def test_texts_that_are_json_nested_without_end(self, command: Command, tmp_path: Path, depth: int) -> None:
        world = healthy()
        nested = (
            '{"requestParameters": ' + '{"a":' * depth + "1" + "}" * depth + ', "eventSource": "ec2.amazonaws.com"}'
        )
        event = {"EventId": "e", "EventName": "DeleteRoute", "EventTime": "2026-11-22T10:00:00Z"}
        world.rows["cloudtrail:LookupEvents"].append({**event, "CloudTrailEvent": nested})
        states = '{"States":' + '{"a":{"Iterator":{"States":' * depth + "{}" + "}}}" * depth + "}"
        world.rows["stepfunctions:DescribeStateMachine"].append({"stateMachineArn": "arn:x", "definition": states})
        target = {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask", "Input": nested}
        world.rows["scheduler:GetSchedule"].append({"Name": "s", "Target": target})
        save(world.snapshot(), tmp_path / "s")
        for reader in ("cluster", "timeline"):
            assert command(*READERS[reader], "--from", tmp_path / "s").code == 0
        assert command("snapshot", "prod", "--from", tmp_path / "s", "-o", tmp_path / "copy").code == 0

    def test_what_is_odd_is_named_by_a_copy_too(self, command: Command, stored: Path, tmp_path: Path) -> None:
        odd = itertools.islice(PLACES, 0, None, 17)
        for file, place in odd:
            with Changed(stored, [(file, place, [7])]), within(SECONDS):
                said = command("snapshot", "prod", "--from", stored, "-o", tmp_path / "copy")
            assert_contract(said, Path(file).name)


@pytest.fixture(autouse=True)
def no_files_left_over(tmp_path: Path) -> Iterator[None]:
    """Whatever happens, nothing half written stays behind."""
    yield
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


def test_a_broken_snapshot_is_an_error_of_its_own() -> None:
    with pytest.raises(SnapshotError):
        load(Path("nowhere"))
