"""Every operation times every way to fail: the audit goes on, names what is missing, and hides or invents no fault.

A few cells run with the suite, all of them with `make reliability`.
"""

import itertools
import random
from collections.abc import Callable

import pytest

from awsvpc_audit.collectors.cloudtrail import with_changes
from awsvpc_audit.collectors.operations import OPERATIONS
from awsvpc_audit.demo.emulator import REGION
from tests.cli.conftest import Command
from tests.emulator_faults import FaultyAws
from tests.reliability.comparing import AUDITED, Document, faults_of
from tests.reliability.conftest import Audit

NAMES = tuple(operation.name for operation in with_changes(OPERATIONS))

NOT_OF_A_NAMED_CLUSTER = "ecs:ListClusters"
"""Called where no cluster is named, and to find near matches: it has tests of its own below."""

MATRIX = tuple(name for name in NAMES if name != NOT_OF_A_NAMED_CLUSTER)

STALLED = "no answer in time"


def _break_down(aws: FaultyAws, name: str) -> None:
    """A page of HTML, but where that means that nobody there knows the operation: then in AWS's own words."""
    if name == "cloudtrail:LookupEvents":
        aws.fail(name)
    else:
        aws.break_down(name)


Fault = tuple[Callable[[FaultyAws, str], None], set[str]]
FAULTS: dict[str, Fault] = {
    "denied": (FaultyAws.deny, {"AccessDenied"}),
    "throttled to the end": (FaultyAws.throttle, {"Throttled"}),
    "HTTP 500": (_break_down, {"InternalError", "MalformedResponse"}),
    "connection reset": (FaultyAws.reset, {"ConnectionError"}),
    STALLED: (FaultyAws.stall, {"Timeout"}),
    "malformed body": (FaultyAws.garble, {"MalformedResponse"}),
}
"""How a call fails, and what the collection may call it."""

SAMPLE = {("denied", name) for name in MATRIX[::8]} | {(fault, "ec2:DescribeSubnets") for fault in FAULTS}
"""Cells that run with the suite."""

SEED = 20261123
PAIRS = 40

SHORT = ("--cli-read-timeout", "3")
"""The proxy answers from memory: whoever waits longer waits for nothing."""


def cells() -> list[object]:
    return [
        pytest.param(
            fault,
            name,
            id=f"{name} {fault}",
            marks=() if (fault, name) in SAMPLE else pytest.mark.reliability,
        )
        for fault, name in itertools.product(FAULTS, MATRIX)
    ]


def pairs() -> list[object]:
    chosen = random.Random(SEED)  # noqa: S311 - a choice that can be repeated
    return [
        pytest.param(fault, sorted(chosen.sample(MATRIX, 2)), id=f"{number} {fault}", marks=pytest.mark.reliability)
        for number, fault in enumerate(itertools.islice(itertools.cycle(FAULTS), PAIRS))
    ]


def named(document: Document) -> dict[str, set[str]]:
    """What is missing, with how it failed."""
    found: dict[str, set[str]] = {}
    for each in document["collection"]["missing"]:
        found.setdefault(each["operation"], set()).add(each["error"])
    return found


def test_every_operation_is_called(audit: Audit, aws: FaultyAws) -> None:
    code, document = audit()
    assert code == 1
    assert document["collection"]["missing"] == []
    assert [name for name in MATRIX if not aws.calls[name]] == []
    assert set(aws.calls) <= set(NAMES)


def test_faults_of_every_area_are_found(whole: Document) -> None:
    families = {f["check_id"].rstrip("0123456789") for f in whole["findings"] if f["status"] == "fail"}
    assert families >= {"ENI", "AGT", "PLC", "SUB", "NET", "END", "DNS", "IP", "SVC", "LBS"}
    assert len(whole["diagnoses"]) >= 10


@pytest.mark.parametrize(("fault", "name"), cells())
def test_a_failing_operation_hides_and_invents_nothing(
    audit: Audit, aws: FaultyAws, whole: Document, fault: str, name: str
) -> None:
    strike, errors = FAULTS[fault]
    strike(aws, name)
    code, document = audit(*(SHORT if fault == STALLED else ()))
    assert code in AUDITED
    assert aws.calls[name], "nothing was struck"
    assert named(document).get(name, set()) & errors, named(document)
    assert faults_of(whole, document) == []


@pytest.mark.parametrize(("fault", "names"), pairs())
def test_nor_do_two(audit: Audit, aws: FaultyAws, whole: Document, fault: str, names: list[str]) -> None:
    for name in names:
        FAULTS[fault][0](aws, name)
    code, document = audit(*(SHORT if fault == STALLED else ()))
    assert code in AUDITED
    assert set(names) <= set(named(document))
    assert faults_of(whole, document) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_without_a_list_of_clusters_there_is_nothing_to_read(command: Command, aws: FaultyAws, fault: str) -> None:
    FAULTS[fault][0](aws, NOT_OF_A_NAMED_CLUSTER)
    account = ("--region", REGION, "--endpoint-url", aws.endpoint_url, *SHORT)
    said = command("snapshot", "--all", *account, "-o", "never-written")
    assert (said.code, said.out) == (3, "")
    assert NOT_OF_A_NAMED_CLUSTER in said.err or "cannot reach AWS" in said.err
    assert ".." not in said.err
    assert said.err.count("\n") == 1


def test_an_unknown_name_is_one_even_where_no_list_can_be_read(command: Command, aws: FaultyAws) -> None:
    aws.deny(NOT_OF_A_NAMED_CLUSTER)
    said = command("cluster", "prd", "--region", REGION, "--endpoint-url", aws.endpoint_url)
    assert (said.code, said.out) == (3, "")
    assert 'no cluster "prd"' in said.err
