"""The AWS session: credentials, retries, the name we go by, and the guard that refuses to write."""

import os
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from awsvpc_audit import __version__
from awsvpc_audit.collectors.failures import fatal_reason
from awsvpc_audit.errors import CollectError, WriteRefusedError

READ_VERBS = ("BatchGet", "Describe", "Get", "List", "Lookup", "Search", "Simulate")
"""What an operation that reads begins with. `Search` is for transit gateway routes."""

CREDENTIAL_OPERATIONS = frozenset(
    {
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
        "sso-oidc:CreateToken",
        "signin:CreateOAuth2Token",
    }
)
"""How botocore gets credentials for a profile. They change nothing in the account."""

SECRET_READS = frozenset(
    {
        "secretsmanager:GetSecretValue",
        "secretsmanager:BatchGetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "ssm:GetParameterHistory",
        "ecr:GetAuthorizationToken",
    }
)
"""Reads all the same, and never made: they answer with secrets."""

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 30
MAX_ATTEMPTS = 3
CONCURRENCY = 16
"""Calls under way at once: far below the smallest burst of the APIs asked (50, see the docs on throttling)."""


def refuse_writes(model: Any, **_: Any) -> None:
    """Refuse an operation that is not a read, before any byte of it is built.

    Args:
        model: botocore's model of the operation that is about to be called.

    Raises:
        WriteRefusedError: it is no read.
    """
    name = f"{model.service_model.service_name}:{model.name}"
    if name in CREDENTIAL_OPERATIONS:
        return
    if name in SECRET_READS or not model.name.startswith(READ_VERBS):
        raise WriteRefusedError(f"refused to call {name}: awsvpc-audit only reads")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """Whose account to read: the AWS CLI's own options. Unset ones fall back on the environment, as boto3 does.

    Attributes:
        profile, region, endpoint_url: as in the AWS CLI.
        role_arn: a role to assume first.
        external_id: what the role's trust policy asks for.
        connect_timeout, read_timeout: seconds to wait for a connection, and for an answer.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    connect_timeout: float = CONNECT_TIMEOUT
    read_timeout: float = READ_TIMEOUT


@cache
def _loader(data_path: str | None) -> botocore.loaders.Loader:
    """What reads botocore's service models, shared: each session would parse megabytes of them for itself."""
    return botocore.loaders.create_loader(data_path)


def _core_session(options: SessionOptions) -> botocore.session.Session:
    core = botocore.session.Session(profile=options.profile)
    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return core


class Session:
    """Read-only clients for one account and Region, one for each service, safe to share among threads."""

    def __init__(self, options: SessionOptions) -> None:
        """Open a session. No call is made yet.

        Args:
            options: whose account to read.

        Raises:
            CollectError: no such profile, or no Region.
        """
        self._options = options
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        try:
            self._core = _core_session(options)
            self._session = self._open(self._core, options)
            self.region = self._session.region_name
        except (BotoCoreError, ClientError) as error:
            raise CollectError(fatal_reason(error) or str(error)) from error
        if not self.region:
            raise CollectError("no Region: pass --region, or set AWS_REGION or a region in the profile")

    def _open(self, core: botocore.session.Session, options: SessionOptions) -> boto3.Session:
        core.get_component("event_emitter").register_first("provide-client-params", refuse_writes)
        # The AWS CLI and the other SDKs honour AWS_REGION, boto3 does not.
        region = options.region or os.environ.get("AWS_REGION") or None
        session = boto3.Session(botocore_session=core, region_name=region)
        if options.role_arn is None:
            return session
        sts = session.client("sts", config=self._config(core, options), endpoint_url=options.endpoint_url)
        request = {"RoleArn": options.role_arn, "RoleSessionName": "awsvpc-audit"}
        if options.external_id:
            request["ExternalId"] = options.external_id

        def assume() -> dict[str, str]:
            credentials = sts.assume_role(**request)["Credentials"]
            return {
                "access_key": credentials["AccessKeyId"],
                "secret_key": credentials["SecretAccessKey"],
                "token": credentials["SessionToken"],
                "expiry_time": credentials["Expiration"].isoformat(),
            }

        assumed = _core_session(options)
        assumed.get_component("event_emitter").register_first("provide-client-params", refuse_writes)
        # botocore has no public way to hand over credentials that renew themselves.
        assumed._credentials = DeferredRefreshableCredentials(refresh_using=assume, method="assume-role")  # type: ignore[attr-defined]
        return boto3.Session(botocore_session=assumed, region_name=session.region_name)

    @staticmethod
    def _config(core: botocore.session.Session, options: SessionOptions) -> Config:
        """Retries adapt to throttling unless the user has chosen a mode or a number (environment or profile)."""
        retries: dict[str, Any] = {}
        if not (os.environ.get("AWS_RETRY_MODE") or core.get_scoped_config().get("retry_mode")):
            retries["mode"] = "adaptive"
        if core.get_config_variable("max_attempts") is None:
            retries["total_max_attempts"] = MAX_ATTEMPTS
        return Config(
            retries=retries,  # type: ignore[arg-type]
            connect_timeout=options.connect_timeout,
            read_timeout=options.read_timeout,
            max_pool_connections=CONCURRENCY,
            user_agent_extra=f"awsvpc-audit/{__version__}",
        )

    def client(self, service: str) -> Any:
        """The client of a service, made at the first call.

        Raises:
            CollectError: the endpoint is no URL.
        """
        with self._lock:
            if service not in self._clients:
                try:
                    self._clients[service] = self._session.client(
                        service,  # type: ignore[call-overload]
                        config=self._config(self._core, self._options),
                        endpoint_url=self._options.endpoint_url,
                    )
                except BotoCoreError:
                    raise  # some of them are a ValueError as well
                except ValueError as error:
                    raise CollectError(f"{error}: --endpoint-url takes a URL, such as http://127.0.0.1:5000") from error
            return self._clients[service]
