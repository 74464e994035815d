"""What is declared to be compared is there in AWS's answers, as the model reads them."""

import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from awsvpc_audit.analyzers.configuration.kinds import KINDS
from awsvpc_audit.analyzers.configuration.kinds.ecs import CONTAINER, LOG_OPTIONS, TASK_DEFINITION
from awsvpc_audit.analyzers.configuration.kinds.kind import Kind
from awsvpc_audit.analyzers.configuration.members import Elements, Member, Names, Plain, Policy
from awsvpc_audit.model import ec2, ecs, tables

TOLD_BY_OTHERS = {
    # Tasks, targets and events come and go without anybody changing a thing.
    *("ecs:DescribeTasks", "elbv2:DescribeTargetHealth", "autoscaling:DescribeScalingActivities"),
    *("cloudtrail:LookupEvents", "ec2:DescribeNetworkInterfaces"),
    # AWS's own catalogues.
    *("ec2:DescribeInstanceTypes", "ec2:DescribePrefixLists", "ec2:DescribeManagedPrefixLists"),
    # Names and ids: what is in them is compared under another operation.
    "ec2:DescribeTransitGatewayRouteTables",
    # Only asked about where tasks do not start.
    *("iam:SimulatePrincipalPolicy", "ecr:DescribeRepositories", "ecr:DescribeImages", "logs:DescribeLogGroups"),
    *("secretsmanager:DescribeSecret", "ssm:DescribeParameters"),
}


def structs(annotation: Any) -> Iterator[Any]:
    """The types in an annotation: of `tuple[X, ...] | None` that is X."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) in {tuple, typing.Union}:
        for each in typing.get_args(annotation):
            yield from structs(each)
    elif annotation not in {type(None), Ellipsis}:
        yield annotation


def resolve(shape: Any, path: str) -> list[Any]:
    """The types under a path; empty where there is no such member."""
    found = [shape]
    for name in path.split("."):
        following: list[Any] = []
        for each in found:
            if typing.get_origin(each) is dict:
                following.append(str)
            elif isinstance(each, type) and issubclass(each, msgspec.Struct):
                fields = {field.encode_name: field.type for field in msgspec.structs.fields(each)}
                following += list(structs(fields[name])) if name in fields else []
        found = following
    return found


def paths(member: Member, shape: Any) -> Iterator[tuple[str, list[Any]]]:
    match member:
        case Plain(path) | Policy(path):
            yield path, resolve(shape, path)
        case Names(path, of):
            yield path, [found for each in resolve(shape, path) for found in (resolve(each, of) if of else [each])]
        case Elements(path, _, members, _):
            for name in members:
                yield f"{path}.{name}", [found for each in resolve(shape, path) for found in resolve(each, name)]
        case _:
            return  # texts: read by a function


def row_of(kind: Kind) -> Any:
    return ec2.Instance if kind.table is tables.INSTANCES else kind.table.row


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table.operation)
def test_every_declared_member_is_one_that_the_model_reads(kind: Kind) -> None:
    for member in kind.members:
        for path, found in paths(member, row_of(kind)):
            assert found, f"{kind.table.operation} has no {path}"
    for path in filter(None, (kind.arn, kind.ended[0], kind.cluster)):
        assert resolve(row_of(kind), path), f"{kind.table.operation} has no {path}"


@pytest.mark.parametrize(
    ("members", "shape"), [(CONTAINER, ecs.ContainerDefinition), (TASK_DEFINITION, ecs.TaskDefinition)]
)
def test_every_declared_member_of_a_task_definition_is_read(members: tuple[Member, ...], shape: Any) -> None:
    for member in members:
        for path, found in paths(member, shape):
            assert found, path


def test_every_table_is_compared_or_left_out_on_purpose() -> None:
    assert {kind.table.operation for kind in KINDS} | TOLD_BY_OTHERS == {spec.operation for spec in tables.TABLES}
    assert not {kind.table.operation for kind in KINDS} & TOLD_BY_OTHERS


def test_no_option_of_a_log_driver_that_may_be_a_secret_is_compared() -> None:
    assert not any(word in option for option in LOG_OPTIONS for word in ("token", "key", "password", "secret"))
