"""A session whose answers a test writes down: AWS without a wire, for what no emulator does."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

from botocore import xform_name
from botocore.exceptions import ClientError

from awsvpc_audit.collectors.operations import BY_NAME, OPERATIONS
from awsvpc_audit.collectors.session import Session

Answer = Callable[[dict[str, Any]], Mapping[str, Any]]

ACCOUNT = "123456789012"
CLUSTER = f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/prod"

_NAMES = {(o.service, xform_name(o.api_name)): o.name for o in OPERATIONS}


def refused(operation: str, code: str, message: str = "said the test", status: int = 400) -> ClientError:
    """The exception that botocore makes of an error of AWS."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation.partition(":")[2],
    )


class ScriptedSession:
    """Answers by operation: a response, an exception, or a function of the parameters. Unwritten ones are empty."""

    region = "us-east-1"

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers: dict[str, Any] = {
            "sts:GetCallerIdentity": {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/me"},
            "ecs:DescribeClusters": {"clusters": [{"clusterArn": CLUSTER, "clusterName": "prod", "status": "ACTIVE"}]},
            "ecs:ListClusters": {"clusterArns": [CLUSTER]},
            "ecs:ListServices": {"serviceArns": []},
            "ecs:ListTasks": {"taskArns": []},
            "ecs:ListContainerInstances": {"containerInstanceArns": []},
            "iam:GetRole": {"Role": {"RoleName": "AWSServiceRoleForECS", "Arn": "arn:role", "Path": "/"}},
            **answers,
        }
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()

    def as_session(self) -> Session:
        return cast("Session", self)

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def parameters_of(self, operation: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == operation]

    def answer(self, operation: str, params: dict[str, Any]) -> Any:
        with self._lock:
            self.calls.append((operation, params))
        declared = BY_NAME[operation]
        key = declared.table.result_key if declared.table else declared.result_key
        answer = self.answers.get(operation, {key: []})
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class _Client:
    def __init__(self, session: ScriptedSession, service: str) -> None:
        self._session = session
        self._service = service

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = _NAMES[self._service, method]
        return lambda **params: self._session.answer(operation, params)


def services(*names: str, **more: Any) -> dict[str, Any]:
    """Answers of `ecs:ListServices` and `ecs:DescribeServices` for awsvpc services of these names."""
    arns = {f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/prod/{name}": name for name in names}

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        return {
            "services": [
                {
                    "serviceArn": arn,
                    "serviceName": arns[arn],
                    "clusterArn": CLUSTER,
                    "status": "ACTIVE",
                    "launchType": "FARGATE",
                    **more,
                }
                for arn in params["services"]
            ]
        }

    return {"ecs:ListServices": {"serviceArns": list(arns)}, "ecs:DescribeServices": describe}
