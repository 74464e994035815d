"""How a trace is shown: as text, as Mermaid, as SVG."""

from xml.etree import ElementTree

import pytest

from awsvpc_audit.analyzers.reachability.path import trace_path
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.findings import PathDocument
from awsvpc_audit.report.path_pictures import mermaid, svg
from awsvpc_audit.report.path_table import render
from tests.world import World, healthy


def half_broken() -> World:
    world = healthy()
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = "failed"
    return world


def traced(world: World, destination: str = "internet") -> PathDocument:
    return trace_path(Reachability(world.model()), "service:prod/worker", destination)


def test_the_first_line_is_the_answer() -> None:
    first = render(traced(half_broken()), width=80).splitlines()[0]

    assert first.startswith("service:prod/worker → internet tcp/443")
    assert first.endswith("✗ partial, 1 of 2 ways")


def test_each_hop_has_a_line_and_the_fix_stands_under_the_one_that_blocks() -> None:
    text = render(traced(half_broken()), width=100, fixes={"NET006": "Make another one."})

    assert "subnet-a IPv4  ✗ blocked at nat-a (NET006)" in text
    assert "subnet-b IPv4  ✓ reachable by nat-b" in text
    assert "          fix: Make another one." in text
    assert text.count("\n  ✗ ") == 1


def test_what_was_not_read_is_named() -> None:
    text = render(traced(healthy().deny("ec2:DescribeNatGateways")), width=100)

    assert "? unknown" in text.splitlines()[0]
    assert "Not read, and needed to tell: ec2:DescribeNatGateways" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_lines_keep_to_the_width(width: int) -> None:
    lines = render(traced(half_broken()), width=width).splitlines()

    assert max(len(line) for line in lines) <= width


def test_colour_only_repeats_the_marks() -> None:
    plain = render(traced(half_broken()), width=80)
    coloured = render(traced(half_broken()), width=80, colour=True)

    assert "\x1b[31m✗\x1b[0m" in coloured
    for code in ("\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == plain


def test_a_picture_has_every_hop() -> None:
    path = traced(half_broken())
    boxes = sum(len(flow.hops) for flow in path.flows)

    assert mermaid(path).count("]:::") == boxes
    root = ElementTree.fromstring(svg(path))  # noqa: S314 - our own output
    assert len(root.findall("{http://www.w3.org/2000/svg}rect")) == 1 + boxes + 2 * len(path.flows)


def test_names_from_strangers_are_data() -> None:
    hostile = '<script>"`\x1b[31m'
    path = PathDocument(
        source=hostile, destination=hostile, protocol="tcp", port=443, verdict=traced(healthy()).verdict, flows=()
    )

    assert "<script>" not in svg(path)
    assert "\x1b" not in render(path, width=80) + mermaid(path) + svg(path)


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert svg(traced(half_broken())) == svg(traced(half_broken()))
    assert mermaid(traced(half_broken())) == mermaid(traced(half_broken()))
