"""What task definitions refer to by text: images in private ECR registries, secrets and parameters.

References only: what they lead to is never read here.
"""

import re
from dataclasses import dataclass
from typing import Literal

_ECR_HOST = re.compile(r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+")
_FULL_SECRET_NAME = re.compile(r".+-[A-Za-z0-9]{6}")


@dataclass(frozen=True, slots=True, order=True)
class EcrImage:
    """An image in a private Amazon ECR registry.

    Attributes:
        account: whose registry it is.
        region: where the registry is.
        repository: its name, with namespaces.
        tag: `latest` where neither a tag nor a digest is given.
        digest: `sha256:…`; it decides where both are given.
    """

    account: str
    region: str
    repository: str
    tag: str | None
    digest: str | None = None

    @property
    def wanted(self) -> str:
        """Repository with tag, or with digest: `web:1.0`, `web@sha256:…`."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"


def ecr_image(image: str) -> EcrImage | None:
    """An image of a task definition, where it lies in a private ECR registry; else ``None``.

    Args:
        image: as written: `123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:1.0`, also in the dual-stack form
            `….dkr-ecr.us-east-1.on.aws/…`.
    """
    host, slash, rest = image.removeprefix("https://").partition("/")
    found = _ECR_HOST.fullmatch(host)
    if found is None or not slash:
        return None
    named, _, digest = rest.partition("@")
    repository, colon, tag = named.rpartition(":")
    if not colon:
        repository, tag = named, ""
    if not repository:
        return None
    return EcrImage(
        account=found["account"],
        region=found["region"],
        repository=repository,
        tag=(tag or None) if digest else (tag or "latest"),
        digest=digest or None,
    )


@dataclass(frozen=True, slots=True, order=True)
class SecretReference:
    """A `valueFrom`: a secret of AWS Secrets Manager, or a parameter of AWS Systems Manager Parameter Store.

    Attributes:
        kind: which of both, in the words of findings.
        identifier: its ARN or name as written, without what selects a part or a version of the value.
        name: the name in it; for a secret by ARN with the six random characters, if they are written.
        region, account: where it is; ``None`` for what is named without an ARN, which is where the task is.
        json_key: the key of the JSON value that is wanted.
        is_well_formed: whether ECS can read the reference: after the name of a secret come none, or all three, of JSON
            key, version stage and version id.
    """

    kind: Literal["secret", "ssm_parameter"]
    identifier: str
    name: str
    region: str | None = None
    account: str | None = None
    json_key: str | None = None
    is_well_formed: bool = True

    def is_of(self, account: str, region: str) -> bool:
        """Whether it lies in this account and Region."""
        return self.region in {None, region} and self.account in {None, account}

    def arn(self, partition: str, account: str, region: str) -> str:
        """Its ARN, also where it is written as a name. For a partial ARN of a secret, as if with a random suffix."""
        prefix = f"arn:{partition}"
        region, account = self.region or region, self.account or account
        if self.kind == "ssm_parameter":
            return f"{prefix}:ssm:{region}:{account}:parameter/{self.name.lstrip('/')}"
        suffix = "" if self.identifier.startswith("arn:") and _FULL_SECRET_NAME.fullmatch(self.name) else "-000000"
        return f"{prefix}:secretsmanager:{region}:{account}:secret:{self.name}{suffix}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names to look for: an ARN of a parameter does not say whether its name begins with a slash."""
        if self.kind == "secret" or not self.identifier.startswith("arn:"):
            return (self.name,)
        bare = self.name.lstrip("/")
        return (f"/{bare}",) if "/" in bare else (bare, f"/{bare}")


def secret_reference(value_from: str, *, is_registry_credentials: bool = False) -> SecretReference | None:
    """What a `valueFrom` or a `credentialsParameter` refers to; ``None`` where it is neither kind.

    Args:
        value_from: as written.
        is_registry_credentials: a plain name then means a secret, and a parameter otherwise.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html and
    secrets-envvar-ssm-paramstore.html.
    """
    if not value_from:
        return None
    if not value_from.startswith("arn:"):
        kind: Literal["secret", "ssm_parameter"] = "secret" if is_registry_credentials else "ssm_parameter"
        # A parameter's version or label follows its name.
        name = value_from if kind == "secret" else value_from.partition(":")[0]
        return SecretReference(kind=kind, identifier=name, name=name)
    parts = value_from.split(":")
    service, region, account = (*parts[2:5], "", "", "")[:3]
    resource = ":".join(parts[5:])
    if service == "ssm" and resource.startswith("parameter/"):
        name = parts[5].removeprefix("parameter")
        return SecretReference(
            kind="ssm_parameter",
            identifier=":".join(parts[:6]),
            name=name if name.count("/") > 1 else name.lstrip("/"),
            region=region,
            account=account,
        )
    if service == "secretsmanager" and len(parts) >= 7 and parts[5] == "secret":
        return SecretReference(
            kind="secret",
            identifier=":".join(parts[:7]),
            name=parts[6],
            region=region,
            account=account,
            json_key=(parts[7] or None) if len(parts) > 7 else None,
            is_well_formed=len(parts) in {7, 10},
        )
    return None
