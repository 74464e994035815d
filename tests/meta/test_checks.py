"""What holds for every check: its metadata, its page, its registered module, and silence where nothing is wrong."""

import importlib
import itertools
import pkgutil
import re
import shlex
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

import awsvpc_audit.checks
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Check
from awsvpc_audit.findings import Status
from awsvpc_audit.model import tables
from awsvpc_audit.model.scope import Scope
from tests.world import failing, healthy, unknown

FAMILIES = ("ENI", "AGT", "PLC", "SUB", "NET", "END", "DNS", "IP6", "SVC", "LBS")

_CATALOGUE = """
ENI001 critical doc; ENI002 high doc; ENI003 high doc; ENI004 medium doc; ENI005 high doc; ENI006 high doc;
ENI007 low +; ENI008 medium +; ENI009 info +; ENI010 medium +;
AGT001 critical doc; AGT002 high doc; AGT003 high doc; AGT004 critical doc; AGT005 low doc; AGT006 critical doc;
AGT007 critical +; AGT008 medium +; AGT009 high +; AGT010 critical +;
PLC001 critical +; PLC002 critical doc; PLC003 medium doc; PLC004 critical +; PLC005 critical +;
PLC006 critical +; PLC007 critical +; PLC008 critical +; PLC009 critical +; PLC010 critical doc;
PLC011 critical +; PLC012 high +; PLC013 medium +;
SUB001 critical +; SUB002 medium +; SUB003 critical +; SUB004 critical +; SUB005 critical +; SUB006 high doc;
NET001 high doc; NET002 high doc; NET003 low +; NET004 high doc; NET005 critical doc; NET006 critical doc;
NET007 critical doc; NET008 high +; NET009 critical +; NET010 critical +; NET011 critical doc;
NET012 critical +; NET013 critical +; NET014 low +; NET015 high +; NET016 critical +; NET017 info +;
NET018 critical +;
END001 critical +; END002 critical +; END003 critical +; END004 high +; END005 critical +; END006 critical +;
END007 high +; END008 critical +; END009 info +; END010 critical +;
DNS001 high doc; DNS002 low doc; DNS003 medium +; DNS004 medium doc;
IP6001 medium doc; IP6002 low doc; IP6003 medium doc; IP6004 medium doc; IP6005 high doc; IP6006 high +;
IP6007 low doc;
SVC001 high doc; SVC002 high doc; SVC003 critical doc; SVC004 info doc; SVC005 high +; SVC006 critical +;
SVC007 high +; SVC008 critical +; SVC009 critical +; SVC010 high +; SVC011 high +; SVC012 high doc;
LBS001 critical doc; LBS002 critical doc; LBS003 high +; LBS004 critical +; LBS005 critical +; LBS006 high +;
LBS007 medium +; LBS008 medium +
"""
CATALOGUE = {
    check_id: (severity, source)
    for check_id, severity, source in (entry.split() for entry in _CATALOGUE.strip().split(";"))
}
"""Severity and source of each check, as the catalogue has them: ids are public and never reused."""

_SYMPTOMS = """
place.eni place.cpu place.memory place.gpu place.ports place.agent place.attribute place.constraint
place.no-instances place.capacity
start.eni-timeout start.eni-attach start.eni-no-address start.pull-auth start.pull-image start.secrets
start.logging start.efs start.role start.other
run.exit run.oom run.health-elb run.health-container run.spot run.host run.stopped-by-user
service.unsteady unclassified
"""
SYMPTOMS = frozenset(_SYMPTOMS.split())
STATEMENTS = frozenset(f"S{number}" for number in range(1, 39))
SECTIONS = ("", "Why it happens", "What it cannot see")
DERIVED_COMMANDS = frozenset({("ecs", "deploy"), ("logs", "tail"), ("s3", "ls"), ("ecs", "wait"), ("ec2", "wait")})
"""Commands that the AWS CLI adds to those of the APIs."""
GLOBAL_OPTIONS = frozenset(
    {"--query", "--output", "--region", "--profile", "--no-cli-pager", "--max-items", "--page-size", "--starting-token"}
)

every_check = pytest.mark.parametrize("check", ALL_CHECKS, ids=lambda check: check.id)


def test_ids_are_unique() -> None:
    ids = [check.id for check in ALL_CHECKS]

    assert len(ids) == len(set(ids))


def test_checks_stand_in_the_order_of_the_catalogue() -> None:
    assert [check.id for check in ALL_CHECKS] == sorted(
        (check.id for check in ALL_CHECKS), key=lambda check_id: (FAMILIES.index(check_id[:3]), check_id)
    )


@every_check
def test_a_check_has_the_severity_and_source_of_the_catalogue(check: Check[Any]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z0-9]{2}\d{3}", check.id)
    assert (check.severity, check.source) == CATALOGUE[check.id]


@every_check
def test_a_check_has_a_page(check: Check[Any]) -> None:
    assert tuple(check.sections) == SECTIONS
    assert all(check.sections.values())


@every_check
def test_metadata_is_whole(check: Check[Any]) -> None:
    assert check.title
    assert not check.title.endswith(".")
    assert re.fullmatch(r"[a-z][a-z0-9_]*", check.resource)
    assert check.fix.endswith(".")
    assert check.references
    assert all(reference.startswith("https://") for reference in check.references)
    assert check.doc_url.startswith("https://docs.aws.amazon.com/")
    assert len(set(check.references)) == len(check.references)


@every_check
def test_symptoms_and_statements_are_known_ones(check: Check[Any]) -> None:
    assert set(check.symptoms) <= SYMPTOMS
    assert len(set(check.symptoms)) == len(check.symptoms)
    assert set(check.statements) | set(check.told) <= STATEMENTS
    assert not set(check.statements) & set(check.told)


@every_check
def test_a_rule_of_the_page_says_which_statement_it_is(check: Check[Any]) -> None:
    assert check.source == "+" or check.statements or check.told


@every_check
def test_proof_names_operations_that_fill_a_table(check: Check[Any]) -> None:
    assert check.proof
    assert all(" " in line for line in check.proof), "each line is an operation and a field"
    assert set(check.needs) <= set(tables.BY_OPERATION)


BOTOCORE = botocore.session.get_session()


def cli_options(service: str, operation: str) -> frozenset[str] | None:
    """The options of an AWS CLI command, by botocore's model of the API; ``None`` where there is no such operation."""
    try:
        model = BOTOCORE.get_service_model(service)
    except UnknownServiceError:
        return None
    for name in model.operation_names:
        if xform_name(name, "-") == operation:
            shape = model.operation_model(name).input_shape
            members = shape.members if shape is not None else {}
            options = {f"--{xform_name(member, '-')}": value for member, value in members.items()}
            negated = {f"--no-{option[2:]}" for option, value in options.items() if value.type_name == "boolean"}
            structured = {
                f"--no-{option[2:]}"
                for option, value in options.items()
                if set(getattr(value, "members", ())) == {"Value"}
            }
            return frozenset(options) | negated | structured
    return None


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, id=f"{check.id}: {command[:60]}") for check in ALL_CHECKS for command in check.commands],
)
def test_commands_are_commands_of_the_aws_cli(command: str) -> None:
    words = shlex.split(command)
    assert words[0] == "aws"
    service, operation = words[1:3]
    if (service, operation) in DERIVED_COMMANDS:
        return
    options = cli_options(service, operation)
    assert options is not None, f"no command aws {service} {operation}"
    used = {word.partition("=")[0] for word in words[3:] if word.startswith("--")}
    assert used <= options | GLOBAL_OPTIONS


def modules() -> list[str]:
    return [
        module.name
        for module in pkgutil.walk_packages(awsvpc_audit.checks.__path__, "awsvpc_audit.checks.")
        if not module.ispkg and module.name.count(".") == 3 and not module.name.rpartition(".")[2].startswith("_")
    ]


@pytest.mark.parametrize("name", modules(), ids=lambda name: name.removeprefix("awsvpc_audit.checks."))
def test_a_check_module_holds_one_check_and_is_registered(name: str) -> None:
    module = importlib.import_module(name)
    family, stem = name.split(".")[2:]
    declared = [
        value for value in vars(module).values() if isinstance(value, Check) and value.evaluate.__module__ == name
    ]

    assert len(declared) == 1
    assert declared[0] in ALL_CHECKS
    assert declared[0].family == family.upper()
    assert declared[0].evaluate.__name__ == stem
    assert (module.__doc__ or "").startswith(declared[0].id)


def test_every_registered_check_has_a_module() -> None:
    assert {check.evaluate.__module__ for check in ALL_CHECKS} == set(modules())


def test_a_healthy_account_raises_nothing_at_all() -> None:
    result = healthy().audit()

    assert failing(result) == set()
    assert unknown(result) == set()
    assert result.summary.verdict == "pass"


def test_every_finding_of_a_healthy_account_passes() -> None:
    assert {finding.status for finding in healthy().audit().findings} == {Status.PASS}


@pytest.mark.parametrize("operation", sorted(tables.BY_OPERATION))
def test_what_was_not_read_fails_nothing(operation: str) -> None:
    assert failing(healthy().deny(operation).audit()) == set()


@pytest.mark.parametrize("operation", sorted({need for check in ALL_CHECKS for need in check.needs}))
def test_what_was_not_read_is_named(operation: str) -> None:
    for finding in healthy().deny(operation).audit().findings:
        if finding.status is Status.UNKNOWN:
            assert operation in finding.missing, finding


@pytest.mark.parametrize(
    ("one", "other"),
    list(
        itertools.combinations(
            (
                "ecs:DescribeTasks",
                "ecs:DescribeTaskDefinition",
                "ec2:DescribeSubnets",
                "ecs:DescribeContainerInstances",
            ),
            2,
        )
    ),
)
def test_two_gaps_at_once_fail_nothing(one: str, other: str) -> None:
    assert failing(healthy().deny(one).deny(other).audit()) == set()


def test_nothing_at_all_read_fails_nothing_and_passes_nothing_it_should_not() -> None:
    world = healthy()
    for operation in tables.BY_OPERATION:
        world.deny(operation)

    result = world.audit()

    assert failing(result) == set()
    assert result.summary.verdict == "unknown"


WORKLOADS = frozenset(
    {
        "ecs:DescribeClusters",
        "ecs:DescribeServices",
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
        "ecs:DescribeCapacityProviders",
        "ecs:DescribeContainerInstances",
        "ec2:DescribeNetworkInterfaces",
        "elbv2:DescribeTargetHealth",
    }
)
"""What every check reads by looking at workloads and their symptoms; a page need not repeat it."""


@every_check
def test_a_check_reads_what_its_page_says(check: Check[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    context = healthy().context()
    assert context.workloads
    touched: set[str] = set()
    original = Scope.table

    def recorded(scope: Scope, spec: tables.TableSpec[Any]) -> Any:
        touched.add(spec.operation)
        return original(scope, spec)

    monkeypatch.setattr(Scope, "table", recorded)
    for subject in check.subjects(context):
        list(check.evaluate(subject, context))

    assert touched - WORKLOADS <= set(check.needs)
