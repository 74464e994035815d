"""Declarations against botocore's service models, and against AWS's documented page and batch sizes."""

import json
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel

from awsvpc_audit.collectors.operation import Answers, Operation, Paging, Target
from awsvpc_audit.collectors.operations import BY_NAME, OPERATIONS
from awsvpc_audit.collectors.policy import policy_document
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.collectors.session import CREDENTIAL_OPERATIONS, READ_VERBS, SECRET_READS, Session, SessionOptions
from awsvpc_audit.demo.emulator import REGION
from awsvpc_audit.model import tables
from tests.emulator_faults import FaultyAws

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)

PAGE_SIZES = {
    "ecs:ListClusters": ("nextToken", "maxResults", 100),
    "ecs:ListServices": ("nextToken", "maxResults", 100),
    "ecs:ListTasks": ("nextToken", "maxResults", 100),
    "ecs:ListContainerInstances": ("nextToken", "maxResults", 100),
    "ecs:ListAccountSettings": ("nextToken", "maxResults", 10),
    "ecs:DescribeCapacityProviders": ("nextToken", "maxResults", 10),
    "ec2:DescribeInstances": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeInstanceTypes": ("NextToken", "MaxResults", 100),
    "ec2:DescribeNetworkInterfaces": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeSubnets": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeRouteTables": ("NextToken", "MaxResults", 100),
    "ec2:DescribeSecurityGroups": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeNetworkAcls": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeNatGateways": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeInternetGateways": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeEgressOnlyInternetGateways": ("NextToken", "MaxResults", 255),
    "ec2:DescribeVpcs": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeDhcpOptions": ("NextToken", "MaxResults", 1000),
    "ec2:DescribeManagedPrefixLists": ("NextToken", "MaxResults", 100),
    "ec2:GetManagedPrefixListEntries": ("NextToken", "MaxResults", 100),
    "elbv2:DescribeLoadBalancers": ("Marker", "PageSize", 400),
    "elbv2:DescribeTargetGroups": ("Marker", "PageSize", 400),
    "elbv2:DescribeListeners": ("Marker", "PageSize", 400),
    "events:ListRuleNamesByTarget": ("NextToken", "Limit", 100),
    "events:ListEventBuses": ("NextToken", "Limit", 100),
    "cloudtrail:LookupEvents": ("NextToken", "MaxResults", 50),
    "events:ListRules": ("NextToken", "Limit", 100),
    "events:ListTargetsByRule": ("NextToken", "Limit", 100),
    "scheduler:ListSchedules": ("NextToken", "MaxResults", 100),
    "stepfunctions:ListStateMachines": ("nextToken", "maxResults", 1000),
    "autoscaling:DescribeAutoScalingGroups": ("NextToken", "MaxRecords", 100),
    "efs:DescribeMountTargets": ("Marker", "MaxItems", 100),
    "iam:SimulatePrincipalPolicy": ("Marker", "MaxItems", 1000),
    "logs:DescribeLogGroups": ("nextToken", "limit", 50),
    "route53:ListHostedZonesByVPC": ("NextToken", "MaxItems", "100"),
    "route53:ListResourceRecordSets": ("StartRecordName", "MaxItems", "300"),
    "ssm:DescribeParameters": ("NextToken", "MaxResults", 50),
}
"""Token, limit and largest page, as the API references give them."""

BATCHES = {
    "ecs:DescribeClusters": ("clusters", 100),
    "ecs:DescribeServices": ("services", 10),
    "ecs:DescribeTasks": ("tasks", 100),
    "ecs:DescribeContainerInstances": ("containerInstances", 100),
    "ecs:DescribeCapacityProviders": ("capacityProviders", 100),
}
"""The parameter that takes several, and how many at most, as the API reference gives them."""


ONE_PAGE = {
    "ecr:DescribeImages": "asked by tag or digest, which pages do not go with",
    "ecr:DescribeRepositories": "asked by name, which pages do not go with",
    "autoscaling:DescribeScalingActivities": "the newest page is all that is wanted",
}


@cache
def model_of(name: str) -> OperationModel:
    service, _, api_name = name.partition(":")
    return botocore.session.get_session().get_service_model(service).operation_model(api_name)


@each_operation
def test_it_exists_and_is_a_read(operation: Operation) -> None:
    assert model_of(operation.name).name == operation.api_name
    assert operation.name not in SECRET_READS | CREDENTIAL_OPERATIONS
    assert operation.api_name.startswith(READ_VERBS)
    assert operation.why


@each_operation
def test_its_answer_holds_what_is_read(operation: Operation) -> None:
    answer = model_of(operation.name).output_shape
    assert answer is not None
    if operation.entries is None:
        key = operation.table.result_key if operation.table else operation.result_key
        assert key in answer.members


@each_operation
def test_pages_are_declared_as_the_api_has_them(operation: Operation) -> None:
    model = model_of(operation.name)
    assert model.input_shape is not None
    assert model.output_shape is not None
    takes, gives = model.input_shape.members, model.output_shape.members
    paging = operation.paging
    if operation.name in ONE_PAGE:
        assert paging is None
        return
    if paging is None:
        assert not {"NextToken", "nextToken", "NextMarker", "Marker"} & set(gives), "it hands out pages"
        return
    assert paging.token in takes
    assert paging.answer_token in gives
    assert paging.limit is not None
    assert paging.size is not None
    bounds = takes[paging.limit].metadata
    assert bounds.get("min", 1) <= int(paging.size) <= bounds.get("max", 1000)
    assert {token for token, _ in paging.beside} <= takes.keys()
    assert {answer for _, answer in paging.beside} <= gives.keys()


@pytest.mark.parametrize("name", sorted(PAGE_SIZES))
def test_pages_are_the_largest_that_aws_documents(name: str) -> None:
    token, limit, size = PAGE_SIZES[name]
    paging = BY_NAME[name].paging
    assert isinstance(paging, Paging)
    assert (paging.token, paging.limit, paging.size) == (token, limit, size)


def test_every_documented_page_size_of_a_declared_operation_is_in_the_table() -> None:
    undocumented = {
        "ec2:DescribeVpcEndpoints",  # no range given
        "ec2:DescribeVpcPeeringConnections",
        "ec2:DescribeVpcBlockPublicAccessExclusions",
    }
    paged = {operation.name for operation in OPERATIONS if operation.paging} - undocumented
    assert {name for name in paged - PAGE_SIZES.keys() if "TransitGateway" not in name} == set()


@each_operation
def test_every_wait_is_for_something_that_is_there(operation: Operation) -> None:
    known = {each.name for each in OPERATIONS} | {f"{o.name}/{ask.label}" for o in OPERATIONS for ask in o.asks}
    assert {other for ask in operation.asks for other in ask.after} <= known
    assert operation.lists_from is None or operation.lists_from in BY_NAME
    assert len({ask.label for ask in operation.asks}) == len(operation.asks)


def test_nothing_waits_for_itself_in_a_circle() -> None:
    waits = {
        f"{o.name}/{ask.label}": {
            f"{each.name}/{a.label}"
            for other in ask.after
            for each in OPERATIONS
            for a in each.asks
            if other in {each.name, f"{each.name}/{a.label}"}
        }
        for o in OPERATIONS
        for ask in o.asks
    }
    while ready := [name for name, others in waits.items() if not others & waits.keys()]:
        for name in ready:
            del waits[name]
    assert waits == {}


def test_every_table_is_filled_by_one_operation() -> None:
    filled = [operation.table.operation for operation in OPERATIONS if operation.table]
    assert sorted(filled) == sorted(set(filled))
    never_filled = {spec.operation for spec in tables.TABLES} - set(filled)
    assert never_filled <= {"ec2:DescribePrefixLists"}, "a table that only hand-made snapshots may hold"
    assert all(operation.name == operation.table.operation for operation in OPERATIONS if operation.table)


def test_what_an_operation_asks_about_is_taken_from_earlier_answers_alone() -> None:
    nothing = Answers(Target(("prod",)))
    asked = {o.name for o in OPERATIONS for ask in o.asks if list(ask.requests(nothing))}
    assert asked == {
        "sts:GetCallerIdentity",
        "iam:GetRole",
        "ecs:DescribeClusters",
        "ecs:ListServices",
        "ecs:ListTasks",
        "ecs:ListContainerInstances",
        "ecs:ListAccountSettings",
        "events:ListEventBuses",
        "scheduler:ListSchedules",
        "stepfunctions:ListStateMachines",
    }


def test_every_parameter_sent_is_one_that_the_api_takes(aws: FaultyAws) -> None:
    """botocore validates parameters while it builds a request: a wrong one would be a gap, ParamValidationError."""
    collected = collect(Session(SessionOptions(region=REGION, endpoint_url=aws.endpoint_url)), Target(("prod",)))
    assert collected.collection.missing == ()
    assert set(collected.collection.calls_by_operation) == set(aws.calls)
    policy = json.loads(policy_document())
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    called = {BY_NAME[name].action for name in aws.calls} - {"sts:GetCallerIdentity"}
    assert called <= allowed


@pytest.mark.parametrize("name", sorted(BATCHES))
def test_batches_are_the_largest_that_aws_documents(name: str) -> None:
    parameter, size = BATCHES[name]
    answers = Answers(Target(tuple(f"cluster-{n:04}" for n in range(250)) if name.endswith("Clusters") else ("c",)))
    names = [f"{n:04}" for n in range(250)]
    answers.add("ecs:ListServices", ({"cluster": "c", "serviceArn": n} for n in names))
    answers.add("ecs:ListTasks", ({"cluster": "c", "taskArn": n} for n in names))
    answers.add("ecs:ListContainerInstances", ({"cluster": "c", "containerInstanceArn": n} for n in names))
    answers.add("ecs:DescribeContainerInstances", ({"capacityProviderName": n} for n in names))
    (ask,) = BY_NAME[name].asks
    batches: list[Any] = [params[parameter] for params in ask.requests(answers)]
    assert [len(batch) for batch in batches] == [size] * (250 // size) + ([250 % size] if 250 % size else [])
    assert len({each for batch in batches for each in batch}) == 250


class TestPolicy:
    """The document of `iam-policy`."""

    document = json.loads(policy_document())

    def test_it_is_of_the_grammar_of_iam(self) -> None:
        assert set(self.document) == {"Version", "Statement"}
        assert self.document["Version"] == "2012-10-17"
        sids = [statement["Sid"] for statement in self.document["Statement"]]
        assert len(set(sids)) == len(sids)
        for statement in self.document["Statement"]:
            assert set(statement) == {"Sid", "Effect", "Action", "Resource"}
            assert statement["Sid"].isalnum()
            assert statement["Effect"] == "Allow"
            assert statement["Action"] == sorted(set(statement["Action"]))
            assert all("*" not in action for action in statement["Action"])

    def test_it_allows_what_is_declared_and_nothing_else(self) -> None:
        actions = {action for statement in self.document["Statement"] for action in statement["Action"]}
        boto3_names = {"elasticfilesystem": "efs", "elasticloadbalancing": "elbv2", "states": "stepfunctions"}
        declared = {
            f"{boto3_names.get(service, service)}:{name}"
            for service, _, name in (action.partition(":") for action in actions)
        }
        assert declared == BY_NAME.keys() - {"sts:GetCallerIdentity"}

    def test_it_fits_into_a_managed_policy(self) -> None:
        assert len("".join(policy_document().split())) <= 6144
