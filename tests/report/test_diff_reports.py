"""The difference of two snapshots as table, Markdown and JSON."""

import json

import jsonschema
import pytest

from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.differences import Recorded, differences
from awsvpc_audit.findings import SnapshotDiff
from awsvpc_audit.report.diff_document import write_diff_json
from awsvpc_audit.report.diff_markdown import write_diff_markdown
from awsvpc_audit.report.diff_table import render_diff
from awsvpc_audit.report.options import RenderOptions
from awsvpc_audit.report.schema import packaged_schema
from tests.world import COLLECTION, World, healthy, permission

OPTIONS = RenderOptions(width=100)
HOSTILE = "<script>alert(1)</script>\x1b[2J|`=cmd"


def diff_of(old: World, new: World) -> SnapshotDiff:
    sides = [Recorded(model=world.model(), collection=COLLECTION) for world in (old, new)]
    return differences(ALL_CHECKS, *sides)


def changed() -> World:
    world = healthy()
    world.route_table("rtb-b")["Routes"][-1]["State"] = "blackhole"
    world.security_group("sg-app")["IpPermissions"].append(permission("tcp", "10.0.0.0/8", 80, 90))
    world.rows["ec2:DescribeNatGateways"].pop(0)
    world.deny("ec2:DescribeVpcEndpoints")
    return world


@pytest.fixture(scope="module")
def diff() -> SnapshotDiff:
    return diff_of(healthy(), changed())


def test_the_table_has_the_answer_first_then_findings_then_configuration(diff: SnapshotDiff) -> None:
    lines = render_diff(diff, OPTIONS).splitlines()
    assert f"{diff.summary.new} new, 0 fixed, 0 unchanged · {diff.summary.changes} configuration changes" in lines[0]
    text = "\n".join(lines)
    assert text.index("New (") < text.index("Configuration · us-east-1") < text.index("Not compared")
    assert "route_table rtb-b ◀ near " in text
    assert "    Routes[0.0.0.0/0].State active → blackhole" in lines
    assert "    IpPermissions + tcp 80-90 10.0.0.0/8" in lines
    (gone,) = [place for place, line in enumerate(lines) if line.startswith("  nat_gateway nat-a")]
    assert lines[gone + 1].startswith("    gone: State available; SubnetId subnet-public-a;")
    assert "ec2:DescribeVpcEndpoints: not known in NEW" in text
    assert "no proof of cause" in text
    assert max(map(len, lines)) <= 100


def test_a_snapshot_and_itself_are_a_few_lines() -> None:
    text = render_diff(diff_of(healthy(), healthy()), OPTIONS)
    assert "0 new, 0 fixed, 0 unchanged · 0 configuration changes" in text
    assert "nothing new, nothing fixed" in text


def test_long_lists_are_cut_unless_all_is_asked_for() -> None:
    new = healthy()
    for number in range(50):
        new.add_security_group(f"sg-{number:03}")
    diff = diff_of(healthy(), new)
    assert "and 10 more: --all" in render_diff(diff, OPTIONS)
    whole = render_diff(diff, RenderOptions(width=100, all=True))
    assert "sg-049" in whole
    assert "more: --all" not in whole


def test_the_markdown_has_every_change_as_a_row(diff: SnapshotDiff) -> None:
    text = write_diff_markdown(diff, OPTIONS)
    assert "| route_table `rtb-b` | `Routes[0.0.0.0/0].State` | `active` | `blackhole` |" in text
    assert "| security_group `sg-app` app | `IpPermissions` | absent | `tcp 80-90 10.0.0.0/8` |" in text
    assert "| nat_gateway `nat-a` | **gone** | `State available; SubnetId subnet-public-a;" in text
    assert "| `ec2:DescribeVpcEndpoints` | not known in NEW |" in text


def test_the_json_is_of_the_packaged_schema_and_in_order(diff: SnapshotDiff) -> None:
    document = json.loads(write_diff_json(diff, OPTIONS))
    jsonschema.validate(document, json.loads(packaged_schema()))
    assert list(document)[:5] == ["schema_version", "tool", "old_created_at", "new_created_at", "summary"]
    (scope,) = document["scopes"]
    assert {"operation": "ec2:DescribeVpcEndpoints", "side": "new", "resources": []} in scope["not_compared"]
    (cluster,) = document["clusters"]
    assert "NET005" in {finding["check_id"] for finding in cluster["new"]}


def test_the_same_snapshots_give_the_same_bytes(diff: SnapshotDiff) -> None:
    shuffled = changed()
    for rows in shuffled.rows.values():
        rows.reverse()
    again = diff_of(healthy(), shuffled)
    for writer in (write_diff_json, write_diff_markdown, render_diff):
        assert writer(again, OPTIONS) == writer(diff, OPTIONS)


def test_text_of_strangers_is_made_safe() -> None:
    new = healthy()
    new.subnet("subnet-a")["Tags"] = [{"Key": "Name", "Value": HOSTILE}]
    new.subnet("subnet-a")["MapPublicIpOnLaunch"] = True
    new.target_group("web")["HealthCheckPath"] = HOSTILE
    diff = diff_of(healthy(), new)
    assert "\x1b" not in render_diff(diff, OPTIONS)
    markdown = write_diff_markdown(diff, OPTIONS)
    assert "\x1b" not in markdown
    assert not [line for line in markdown.splitlines() if "<script>" in line and "`" not in line]
    assert all(line.count(" | ") - line.count(r"\|") <= 5 for line in markdown.splitlines())
    assert "\x1b" not in write_diff_json(diff, OPTIONS)
