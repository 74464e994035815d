"""The policy evaluator: expectations from the IAM User Guide."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from awsvpc_audit.analyzers.iam_policy import Answer, Is, IsNot, Request, evaluate

ROLE = "arn:aws:iam::123456789012:role/app"
ALLOWED, DENIED, UNDECIDED = Answer.ALLOWED, Answer.DENIED, Answer.UNDECIDED


def asked(
    *statements: dict[str, Any], action: str = "s3:GetObject", resource: str = "arn:aws:s3:::b/k", **keys: Is | IsNot
) -> Answer:
    request = Request(
        action=action,
        resource=resource,
        principal=ROLE,
        keys={name.replace("_", ":"): value for name, value in keys.items()},
    )
    return evaluate({"Statement": list(statements)}, request).answer


def allow(**more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **more}


def deny(**more: Any) -> dict[str, Any]:
    return allow(**more) | {"Effect": "Deny"}


def test_nothing_allows() -> None:
    assert asked() is DENIED


def test_a_denial_wins_over_every_permission() -> None:
    assert asked(allow(), deny()) is DENIED
    assert asked(deny(), allow()) is DENIED
    assert asked(allow(), deny(Action="s3:PutObject")) is ALLOWED


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("*", ALLOWED),
        ("s3:*", ALLOWED),
        ("S3:getobject", ALLOWED),
        ("s3:Get*", ALLOWED),
        ("s3:GetObjec?", ALLOWED),
        (["s3:PutObject", "s3:GetObject"], ALLOWED),
        ("s3:GetObjectAcl", DENIED),
        ("s3:Put*", DENIED),
    ],
)
def test_actions_with_wildcards_and_in_any_case(action: str | list[str], answer: Answer) -> None:
    assert asked(allow(Action=action)) is answer


@pytest.mark.parametrize(
    ("resource", "answer"),
    [
        ("arn:aws:s3:::b/*", ALLOWED),
        (["arn:aws:s3:::a/*", "arn:aws:s3:::b/k"], ALLOWED),
        ("arn:aws:s3:::b", DENIED),
        ("arn:aws:s3:::B/*", DENIED),
        ("arn:aws:s3:::${aws:username}/*", UNDECIDED),
    ],
)
def test_resources_are_compared_in_their_case(resource: str | list[str], answer: Answer) -> None:
    assert asked(allow(Resource=resource)) is answer


def test_an_action_without_resources_needs_the_star() -> None:
    needed = {"action": "ecr:GetAuthorizationToken", "resource": "*"}

    assert asked(allow(), **needed) is ALLOWED  # type: ignore[arg-type]
    assert asked(allow(Resource="arn:aws:ecr:us-east-1:1:repository/x"), **needed) is DENIED  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ({"NotAction": "s3:*"}, DENIED),
        ({"NotAction": "ec2:*"}, ALLOWED),
        ({"NotResource": "arn:aws:s3:::b/*"}, DENIED),
        ({"NotResource": "arn:aws:s3:::a/*"}, ALLOWED),
    ],
)
def test_negations(statement: dict[str, str], answer: Answer) -> None:
    whole = allow(**statement)
    for name in statement:
        del whole[name.removeprefix("Not")]

    assert asked(whole) is answer


@pytest.mark.parametrize(
    ("principal", "answer"),
    [
        ("*", ALLOWED),
        ({"AWS": "*"}, ALLOWED),
        ({"AWS": ROLE}, ALLOWED),
        ({"AWS": ["arn:aws:iam::1:root", "arn:aws:iam::123456789012:root"]}, ALLOWED),
        ({"AWS": "123456789012"}, ALLOWED),
        ({"AWS": "999999999999"}, DENIED),
        ({"AWS": "arn:aws:iam::123456789012:role/other"}, DENIED),
        ({"AWS": "arn:aws:sts::123456789012:assumed-role/app/session"}, UNDECIDED),
        ({"AWS": "AROAEXAMPLE"}, UNDECIDED),
        ({"Service": "ecs-tasks.amazonaws.com"}, DENIED),
    ],
)
def test_principals(principal: Any, answer: Answer) -> None:
    assert asked(allow(Principal=principal)) is answer


def test_a_principal_that_is_not_known_decides_nothing() -> None:
    request = Request(action="s3:GetObject", resource="arn:aws:s3:::b/k")

    assert evaluate({"Statement": allow(Principal={"AWS": ROLE})}, request).answer is UNDECIDED
    assert evaluate({"Statement": allow()}, request).answer is ALLOWED


@pytest.mark.parametrize(
    ("operator", "wanted", "answer"),
    [
        ("StringEquals", "vpc-1", ALLOWED),
        ("StringEquals", ["vpc-2", "vpc-1"], ALLOWED),
        ("StringEquals", "vpc-2", DENIED),
        ("StringEqualsIfExists", "vpc-2", DENIED),
        ("StringEqualsIgnoreCase", "VPC-1", ALLOWED),
        ("StringLike", "vpc-*", ALLOWED),
        ("StringNotEquals", "vpc-2", ALLOWED),
        ("StringNotEquals", "vpc-1", DENIED),
        ("StringNotLike", "vpc-*", DENIED),
        ("ForAnyValue:StringEquals", "vpc-1", ALLOWED),
        ("ForAllValues:StringEquals", "vpc-2", UNDECIDED),
        ("StringEquals", "${aws:PrincipalTag/vpc}", UNDECIDED),
        ("Null", "true", UNDECIDED),
        ("NumericLessThan", "1", UNDECIDED),
    ],
)
def test_conditions_on_a_known_key(operator: str, wanted: Any, answer: Answer) -> None:
    statement = allow(Condition={operator: {"aws:SourceVpc": wanted}})

    assert asked(statement, aws_sourcevpc=Is("vpc-1")) is answer


def test_every_condition_must_hold() -> None:
    both = {"StringEquals": {"aws:SourceVpc": "vpc-1", "aws:PrincipalAccount": "2"}}

    assert asked(allow(Condition=both), aws_sourcevpc=Is("vpc-1"), aws_principalaccount=Is("1")) is DENIED
    assert asked(allow(Condition=both), aws_sourcevpc=Is("vpc-1")) is UNDECIDED
    assert asked(allow(Condition=both), aws_sourcevpc=Is("vpc-9")) is DENIED


def test_a_denial_with_an_unknown_condition_leaves_it_open() -> None:
    unknown = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}

    assert asked(allow(), deny(Condition=unknown)) is UNDECIDED
    assert asked(allow(), deny(Action="s3:PutObject", Condition=unknown)) is ALLOWED
    assert asked(deny(Condition=unknown)) is DENIED


def test_a_value_that_is_known_not_to_be_one() -> None:
    mine = {"StringEquals": {"aws:ResourceAccount": "1"}}
    theirs = {"StringEquals": {"aws:ResourceAccount": ["1", "2"]}}
    not_mine = {"StringNotEquals": {"aws:ResourceAccount": "1"}}
    any_one = {"StringLike": {"aws:ResourceAccount": "*"}}
    key = IsNot(frozenset({"1"}))

    assert asked(allow(Condition=mine), aws_resourceaccount=key) is DENIED
    assert asked(allow(Condition=theirs), aws_resourceaccount=key) is UNDECIDED
    assert asked(allow(), deny(Condition=not_mine), aws_resourceaccount=key) is DENIED
    assert asked(allow(Condition=any_one), aws_resourceaccount=key) is UNDECIDED
    assert asked(allow(Condition=theirs), aws_resourceaccount=IsNot()) is DENIED


def test_a_boolean_as_json_has_it() -> None:
    secure = {"Bool": {"aws:SecureTransport": False}}

    assert asked(allow(), deny(Condition=secure), aws_securetransport=Is("true")) is ALLOWED


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="none"),
        pytest.param("not JSON", id="no JSON"),
        pytest.param("[]", id="no object"),
        pytest.param({"Statement": ["*"]}, id="no statements"),
        pytest.param({}, id="empty"),
    ],
)
def test_what_cannot_be_read_decides_nothing(document: Any) -> None:
    assert evaluate(document, Request(action="s3:GetObject", resource="*")).answer is UNDECIDED


def test_a_document_as_text_and_url_encoded() -> None:
    text = json.dumps({"Statement": allow()})
    request = Request(action="s3:GetObject", resource="*")

    assert evaluate(text, request).answer is ALLOWED
    assert evaluate(quote(text), request).answer is ALLOWED


def test_who_denies_is_named() -> None:
    request = Request(action="s3:GetObject", resource="*")

    assert evaluate({"Statement": [allow(), deny(Sid="No")]}, request).by == "No"
    assert evaluate({"Statement": [allow(), deny()]}, request).by == "statement 2"
    assert evaluate({"Statement": []}, request).by == ""
