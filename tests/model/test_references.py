"""References of task definitions to images, secrets and parameters."""

import pytest

from awsvpc_audit.model.references import EcrImage, SecretReference, ecr_image, secret_reference

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"


@pytest.mark.parametrize(
    ("image", "repository", "tag", "digest"),
    [
        pytest.param("123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1.0", "web", "1.0", None, id="tag"),
        pytest.param("123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b/web", "a/b/web", "latest", None, id="no tag"),
        pytest.param(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/web@sha256:ab", "web", None, "sha256:ab", id="digest"
        ),
        pytest.param(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1@sha256:ab", "web", "1", "sha256:ab", id="both"
        ),
        pytest.param("123456789012.dkr-ecr.us-east-1.on.aws/web:1.0", "web", "1.0", None, id="dual-stack"),
        pytest.param("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/web:1", "web", "1", None, id="FIPS"),
    ],
)
def test_an_image_in_a_private_registry(image: str, repository: str, tag: str | None, digest: str | None) -> None:
    assert ecr_image(image) == EcrImage("123456789012", "us-east-1", repository, tag, digest)


def test_an_image_in_china() -> None:
    image = ecr_image("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/web:1")

    assert image is not None
    assert image.region == "cn-north-1"


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:1.27",
        "public.ecr.aws/nginx/nginx:1",
        "localhost:5000/web",
        "12345.dkr.ecr.us-east-1.amazonaws.com/web",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/",
        "",
    ],
)
def test_any_other_image(image: str) -> None:
    assert ecr_image(image) is None


def test_what_an_image_is_looked_up_as() -> None:
    assert EcrImage("1", "r", "web", "1.0").wanted == "web:1.0"
    assert EcrImage("1", "r", "web", "1.0", "sha256:ab").wanted == "web@sha256:ab"


@pytest.mark.parametrize(
    ("value_from", "json_key", "is_well_formed"),
    [
        pytest.param(SECRET, None, True, id="the whole secret"),
        pytest.param(f"{SECRET}:password::", "password", True, id="a JSON key"),
        pytest.param(f"{SECRET}:password:AWSPREVIOUS:", "password", True, id="a JSON key of a stage"),
        pytest.param(f"{SECRET}:::9d4c-id", None, True, id="a version"),
        pytest.param(f"{SECRET}:password", "password", False, id="a JSON key without the colons"),
        pytest.param(f"{SECRET}:password:", "password", False, id="a JSON key with one colon"),
    ],
)
def test_a_secret(value_from: str, json_key: str | None, is_well_formed: bool) -> None:
    assert secret_reference(value_from) == SecretReference(
        kind="secret",
        identifier=SECRET,
        name="prod/db-AbCdEf",
        region="us-east-1",
        account="123456789012",
        json_key=json_key,
        is_well_formed=is_well_formed,
    )


@pytest.mark.parametrize(
    ("value_from", "name", "names"),
    [
        pytest.param("token", "token", ("token",), id="a name"),
        pytest.param("/prod/token", "/prod/token", ("/prod/token",), id="a path"),
        pytest.param("/prod/token:7", "/prod/token", ("/prod/token",), id="a version"),
        pytest.param(
            "arn:aws:ssm:us-east-1:123456789012:parameter/prod/token",
            "/prod/token",
            ("/prod/token",),
            id="ARN of a path",
        ),
        pytest.param(
            "arn:aws:ssm:us-east-1:123456789012:parameter/token:7", "token", ("token", "/token"), id="ARN of a name"
        ),
    ],
)
def test_a_parameter(value_from: str, name: str, names: tuple[str, ...]) -> None:
    reference = secret_reference(value_from)

    assert reference is not None
    assert (reference.kind, reference.name, reference.names) == ("ssm_parameter", name, names)
    expected = f"arn:aws:ssm:us-east-1:123456789012:parameter/{name.lstrip('/')}"
    assert reference.arn("aws", "123456789012", "us-east-1") == expected


@pytest.mark.parametrize(
    "value_from", ["", "arn:aws:s3:::bucket/key", "arn:aws:ssm", "arn:aws:secretsmanager:us-east-1"]
)
def test_neither_secret_nor_parameter(value_from: str) -> None:
    assert secret_reference(value_from) is None


def test_registry_credentials_by_name_are_a_secret() -> None:
    reference = secret_reference("hub", is_registry_credentials=True)

    assert reference is not None
    assert reference.kind == "secret"
    assert reference.arn("aws", "1", "us-east-1") == "arn:aws:secretsmanager:us-east-1:1:secret:hub-000000"


def test_where_a_reference_lies() -> None:
    by_arn, by_name = secret_reference(SECRET), secret_reference("token")

    assert by_arn is not None
    assert by_name is not None
    assert by_arn.is_of("123456789012", "us-east-1")
    assert not by_arn.is_of("123456789012", "eu-west-1")
    assert not by_arn.is_of("999999999999", "us-east-1")
    assert by_name.is_of("999999999999", "eu-west-1")


@pytest.mark.parametrize(
    ("name", "expected"), [("db-AbCdEf", "db-AbCdEf"), ("db", "db-000000"), ("my-db", "my-db-000000")]
)
def test_a_partial_arn_stands_for_the_whole_one(name: str, expected: str) -> None:
    prefix = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
    reference = secret_reference(f"{prefix}{name}")

    assert reference is not None
    assert reference.arn("aws", "123456789012", "us-east-1") == f"{prefix}{expected}"
