"""The snapshot on disk: written whole, read from anything that people make, refused with the place named."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awsvpc_audit.errors import SnapshotError
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import Missing, NotCollectedError
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot, load, save
from tests.world import World, healthy

REGIONAL = "123456789012/us-east-1"
CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/prod"


def put(root: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return root


def zipped(target: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return target


def scope_in(path: Path) -> Scope:
    (scope,) = Model.of(load(path)).scopes
    return scope


class TestRoundTrip:
    @pytest.mark.parametrize("name", ["snapshot", "snapshot.zip", "made/on/the/way"])
    def test_what_was_saved_is_loaded(self, tmp_path: Path, name: str) -> None:
        snapshot = healthy().deny("ec2:DescribeNatGateways").snapshot()
        snapshot.created_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
        save(snapshot, tmp_path / name)
        again = load(tmp_path / name)
        assert dict(again.files()) == dict(snapshot.files())
        assert again.scopes[0].missing[0].operation == "ec2:DescribeNatGateways"
        assert again.created_at == snapshot.created_at

    def test_the_same_answers_give_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("one.zip", "other.zip"):
            save(healthy().snapshot(), tmp_path / name)
        assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()

    def test_the_layout_is_the_contracts(self, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        manifest = json.loads((tmp_path / "s/manifest.json").read_text())
        assert manifest["schema_version"] == "1"
        assert manifest["scopes"][0]["clusters"] == ["prod"]
        assert json.loads((tmp_path / f"s/{REGIONAL}/ec2.DescribeSubnets.json").read_text())["Subnets"]
        assert json.loads((tmp_path / "s/123456789012/global/iam.GetRole.json").read_text())["Roles"]

    def test_an_older_snapshot_is_replaced_whole(self, tmp_path: Path) -> None:
        save(healthy().snapshot(), tmp_path / "s")
        put(tmp_path / "s", {f"{REGIONAL}/ec2.Left.json": {}})
        save(healthy().snapshot(), tmp_path / "s")
        assert not (tmp_path / f"s/{REGIONAL}/ec2.Left.json").exists()
        assert [p.name for p in tmp_path.iterdir()] == ["s"], "nothing is left beside it"

    def test_an_empty_directory_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "s").mkdir()
        save(healthy().snapshot(), tmp_path / "s")
        assert (tmp_path / "s/manifest.json").exists()

    def test_global_answers_of_two_regions_are_one_file(self, tmp_path: Path) -> None:
        def scope(region: str, role: str) -> ScopeSnapshot:
            shared = {"iam.GetRole": json.dumps({"Roles": [{"RoleName": "both"}, {"RoleName": role}]}).encode()}
            return ScopeSnapshot(account="123456789012", region=region, global_responses=shared, clusters=("prod",))

        save(Snapshot(scopes=(scope("eu-west-1", "eu"), scope("us-east-1", "us"))), tmp_path / "s")
        roles = json.loads((tmp_path / "s/123456789012/global/iam.GetRole.json").read_text())["Roles"]
        assert [role["RoleName"] for role in roles] == ["both", "eu", "us"]


class TestRefusedTargets:
    def test_a_directory_that_holds_other_things(self, tmp_path: Path) -> None:
        put(tmp_path / "thesis", {"chapter-1.json": {}})
        with pytest.raises(SnapshotError, match="not empty and holds no snapshot"):
            save(healthy().snapshot(), tmp_path / "thesis")
        assert [p.name for p in (tmp_path / "thesis").iterdir()] == ["chapter-1.json"]

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")
        with pytest.raises(SnapshotError, match=r"notes\.txt"):
            save(healthy().snapshot(), tmp_path / "notes.txt")
        assert (tmp_path / "notes.txt").read_text() == "mine"

    @pytest.mark.parametrize("name", ["below/s", "below/s.zip"])
    def test_a_place_below_a_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "below").write_text("a file")
        with pytest.raises(SnapshotError, match="cannot write the snapshot"):
            save(healthy().snapshot(), tmp_path / name)


class TestMadeByHand:
    """Shapes are AWS's own; a manifest is not needed."""

    CLUSTERS: dict[str, Any] = {  # noqa: RUF012 - never changed
        f"{REGIONAL}/ecs.DescribeClusters.json": {"clusters": [{"clusterArn": CLUSTER, "clusterName": "prod"}]}
    }

    def test_the_folders_say_the_scopes(self, tmp_path: Path) -> None:
        scope = scope_in(put(tmp_path, self.CLUSTERS))
        assert (scope.account, scope.region, scope.cluster_names) == ("123456789012", "us-east-1", ("prod",))

    def test_an_absent_file_is_not_known_and_an_empty_list_is_none(self, tmp_path: Path) -> None:
        scope = scope_in(put(tmp_path, self.CLUSTERS | {f"{REGIONAL}/ec2.DescribeSubnets.json": {"Subnets": []}}))
        assert list(scope.subnets) == []
        with pytest.raises(NotCollectedError) as signal:
            list(scope.vpcs)
        assert signal.value.operations == ("ec2:DescribeVpcs",)

    @pytest.mark.parametrize(
        "wrap",
        [
            pytest.param(lambda f: f, id="at the root of the zip"),
            pytest.param(lambda f: {f"incident-17/{name}": content for name, content in f.items()}, id="in a folder"),
            pytest.param(
                lambda f: {**{f"s/{n}": c for n, c in f.items()}, "__MACOSX/s/._manifest.json": b"\x00\x05\x16"},
                id="zipped on a Mac",
            ),
        ],
    )
    def test_in_a_zip(self, tmp_path: Path, wrap: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        scope = scope_in(zipped(tmp_path / "s.zip", wrap(self.CLUSTERS)))
        assert scope.cluster_names == ("prod",)

    def test_as_the_aws_cli_and_other_tools_write_it(self, tmp_path: Path) -> None:
        services = {
            "services": [
                {
                    "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/prod/web",
                    "serviceName": "web",
                    "clusterArn": CLUSTER,
                    "status": "ACTIVE",
                    "desiredCount": "2",
                    "createdAt": 1700000000.5,
                    "platformVersion": None,
                    "taskSets": None,
                    "memberOfTomorrow": {"x": [1]},
                    "events": [
                        {"id": "1", "message": "as version 2 writes it", "createdAt": "2026-11-23T12:00:00.5+01:00"},
                        {"id": "2", "message": "as version 1 writes it", "createdAt": 1700000000},
                    ],
                }
            ],
            "failures": [],
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }
        (service,) = scope_in(put(tmp_path, {f"{REGIONAL}/ecs.DescribeServices.json": services})).services
        assert service.desired_count == 2
        assert [event.created_at for event in service.events] == [
            datetime(2026, 11, 23, 11, 0, 0, 500000, tzinfo=UTC),
            datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
        ]
        assert (service.platform_version, service.task_sets) == (None, ())

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_as_powershell_writes_it(self, tmp_path: Path, encoding: str) -> None:
        (text,) = (json.dumps(content) for content in self.CLUSTERS.values())
        scope = scope_in(put(tmp_path, {next(iter(self.CLUSTERS)): text.encode(encoding)}))
        assert scope.cluster_names == ("prod",)

    def test_global_files_serve_every_region_of_their_account(self, tmp_path: Path) -> None:
        files = {
            "123456789012/eu-west-1/ec2.DescribeVpcs.json": {"Vpcs": []},
            "123456789012/us-east-1/ec2.DescribeVpcs.json": {"Vpcs": []},
            "210987654321/us-east-1/ec2.DescribeVpcs.json": {"Vpcs": []},
            "123456789012/global/iam.GetRole.json": {"Roles": [{"RoleName": "AWSServiceRoleForECS"}]},
        }
        scopes = Model.of(load(put(tmp_path, files))).scopes
        assert [(s.account, s.region) for s in scopes] == [
            ("123456789012", "eu-west-1"),
            ("123456789012", "us-east-1"),
            ("210987654321", "us-east-1"),
        ]
        assert [s.roles.peek("AWSServiceRoleForECS") is not None for s in scopes] == [True, True, False]

    def test_what_is_no_answer_is_left_alone(self, tmp_path: Path) -> None:
        others = {
            "README.json": b"not json",
            f"{REGIONAL}/notes.json": b"not json",
            f"{REGIONAL}/deeper/ec2.DescribeVpcs.json": b"not json",
            f"{REGIONAL}/ec2.DescribeUnknownThings.json": {"Things": []},
        }
        assert scope_in(put(tmp_path, self.CLUSTERS | others)).cluster_names == ("prod",)

    def test_the_manifest_tells_what_is_missing(self, tmp_path: Path) -> None:
        manifest = {
            "schema_version": "1",
            "scopes": [
                {
                    "account": "123456789012",
                    "region": "us-east-1",
                    "clusters": ["prod"],
                    "missing": [{"operation": "ec2:DescribeSubnets", "error": "AccessDenied", "message": "no"}],
                }
            ],
        }
        files = {"manifest.json": manifest, f"{REGIONAL}/ec2.DescribeSubnets.json": {"Subnets": []}}
        scope = scope_in(put(tmp_path, files))
        assert scope.missing == (Missing(operation="ec2:DescribeSubnets", error="AccessDenied", message="no"),)
        assert not scope.subnets.is_complete, "a list cut short by a denial is no proof"


class TestRefusedSources:
    @pytest.mark.parametrize(
        ("files", "message"),
        [
            pytest.param({}, "no snapshot in it", id="an empty directory"),
            pytest.param({"a.json": {}}, "no snapshot in it", id="other people's JSON"),
            pytest.param({"manifest.json": b"{"}, "manifest.json: ", id="a broken manifest"),
            pytest.param({"manifest.json": {"schema_version": "9"}}, "schema_version '9'", id="a manifest of tomorrow"),
            pytest.param({"manifest.json": {"scopes": 3}}, r"manifest.json: .*scopes", id="a foreign manifest"),
        ],
    )
    def test_it_is_no_snapshot(self, tmp_path: Path, files: dict[str, Any], message: str) -> None:
        with pytest.raises(SnapshotError, match=message):
            load(put(tmp_path, files))

    @pytest.mark.parametrize(
        ("content", "place"),
        [
            pytest.param(b'{"Subnets": [', "truncated|end", id="cut off"),
            pytest.param(b"\xff\xfe\xfd", "malformed|invalid", id="no text"),
            pytest.param(b"", "truncated", id="empty"),
            pytest.param(b"[]", "no JSON object", id="a list"),
            pytest.param(b"{}", "Subnets", id="another answer"),
            pytest.param(b'{"Subnets": {}}', r"\$\.Subnets", id="no list"),
            pytest.param(b'{"Subnets": null}', "Subnets", id="null for a list"),
            pytest.param(
                b'{"Subnets": [{"SubnetId": "subnet-1", "AvailableIpAddressCount": "many"}]}',
                r"\$\.Subnets\[0\]\.AvailableIpAddressCount",
                id="a member of another type",
            ),
            pytest.param(b'{"Subnets": ' + b"[" * 100_000, "recursion", id="nested without end"),
        ],
    )
    def test_the_file_and_the_field_are_named(self, tmp_path: Path, content: bytes, place: str) -> None:
        files = {f"{REGIONAL}/ec2.DescribeSubnets.json": content}
        for source in (put(tmp_path / "s", files), zipped(tmp_path / "s.zip", files)):
            with pytest.raises(SnapshotError, match=f"(?i){place}") as error:
                Model.of(load(source))
            assert f"{REGIONAL}/ec2.DescribeSubnets.json: " in str(error.value)
            assert "\n" not in str(error.value)

    def test_no_such_path(self, tmp_path: Path) -> None:
        with pytest.raises(SnapshotError, match="no such file"):
            load(tmp_path / "nowhere")

    @pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 and then nothing"])
    def test_a_file_that_is_no_zip(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "s.zip").write_bytes(content)
        with pytest.raises(SnapshotError, match=r"s\.zip"):
            load(tmp_path / "s.zip")

    def test_a_zip_with_a_damaged_member(self, tmp_path: Path) -> None:
        archive = tmp_path / "s.zip"
        save(World().snapshot(), archive)
        content = bytearray(archive.read_bytes())
        content[len(content) // 3] ^= 0xFF
        archive.write_bytes(bytes(content))
        with pytest.raises(SnapshotError, match=r"s\.zip"):
            Model.of(load(archive))

    def test_a_zip_that_swells(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("awsvpc_audit.model.snapshot.MAX_FILE_BYTES", 1000)
        archive = zipped(tmp_path / "s.zip", {f"{REGIONAL}/ec2.DescribeSubnets.json": b" " * 1001})
        with pytest.raises(SnapshotError, match="larger than"):
            load(archive)
