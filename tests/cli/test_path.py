"""`awsvpc-audit path` from a snapshot: formats and exit codes."""

import json
from pathlib import Path

import pytest

from awsvpc_audit.cli.app import run
from awsvpc_audit.model.snapshot import save
from tests.world import World, healthy


def saved(world: World, folder: Path) -> str:
    save(world.snapshot(), folder / "snapshot")
    return str(folder / "snapshot")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["service:prod/worker", "internet"], 0, id="reachable"),
        pytest.param(["i-a", "i-b"], 1, id="unreachable"),
        pytest.param(["i-nowhere", "internet"], 3, id="no such instance"),
        pytest.param(["nonsense:x", "internet"], 2, id="no source"),
        pytest.param(["i-a", "internet", "--protocol", "carrier-pigeon"], 2, id="no protocol"),
        pytest.param(["i-a", "internet", "--port", "70000"], 2, id="no port"),
    ],
)
def test_exit_codes(arguments: list[str], code: int, tmp_path: Path) -> None:
    assert run(["path", *arguments, "--from", saved(healthy(), tmp_path)]) == code


def test_what_cannot_be_told_is_3(tmp_path: Path) -> None:
    world = healthy().deny("ec2:DescribeRouteTables")

    assert run(["path", "i-a", "internet", "--from", saved(world, tmp_path)]) == 3


def test_json_has_the_members_of_the_contract(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    world = healthy()
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = "failed"

    run(["path", "i-a", "internet", "--format", "json", "--from", saved(world, tmp_path)])

    document = json.loads(capfd.readouterr().out)
    assert (document["source"], document["destination"]) == ("i-a", "internet")
    assert (document["protocol"], document["port"], document["verdict"]) == ("tcp", 443, "unreachable")
    (flow,) = document["flows"]
    assert {"subnet", "eni", "address_family", "verdict", "hops", "blocked_by"} <= set(flow)
    assert flow["blocked_by"]["check_id"] == "NET006"
    assert flow["blocked_by"]["resource"]["id"] == "nat-a"
    assert all(set(hop) == {"kind", "id", "direction", "verdict", "detail"} for hop in flow["hops"])


@pytest.mark.parametrize(("format_", "start"), [("mermaid", "flowchart"), ("svg", "<svg"), ("table", "i-a → internet")])
def test_other_formats(format_: str, start: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run(["path", "i-a", "internet", "--format", format_, "--from", saved(healthy(), tmp_path)])

    assert capfd.readouterr().out.startswith(start)
