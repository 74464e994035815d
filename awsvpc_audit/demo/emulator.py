"""moto as an HTTP server on loopback, and the few words that put it into states which its API cannot reach.

moto (the extra `demo`) keeps its state as objects in this process, so a state that only AWS itself can bring about (a
failed NAT gateway, a full subnet, a placement event) is written into them. Nothing is ever sent beyond 127.0.0.1.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from fnmatch import fnmatch
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.responses import IamResponse
from moto.server import ThreadedMotoServer

ACCOUNT = "123456789012"
REGION = "us-east-1"

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",  # moto takes anything
    "AWS_SESSION_TOKEN": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
_HIDDEN = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE")


_ECS_OPTIMIZED = "amzn2-ami-ecs-hvm-*-x86_64-ebs"


class Emulator:
    """A running emulator.

    Attributes:
        endpoint_url: where it listens.
    """

    def __init__(self, endpoint_url: str) -> None:
        """Speak to a running server.

        Args:
            endpoint_url: where it listens.
        """
        self.endpoint_url = endpoint_url
        self.settings: list[dict[str, str]] = []
        """What `ecs:ListAccountSettings` answers: rows of `name`, `value`, `principalArn`."""
        self.refused: set[str] = set()
        """Actions to which `iam:SimulatePrincipalPolicy` answers that no policy allows them."""
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client that may write: it builds the sample account, and reads none."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self.endpoint_url,
                region_name=REGION,
            )
        return self._clients[service]

    def backend(self, service: str) -> Any:
        """Moto's own state of a service."""
        return get_backend(service)[ACCOUNT][REGION]  # type: ignore[call-overload]

    def ecs_optimized_image(self) -> str:
        """The newest ECS-optimized Linux image that moto knows; by the API it takes seconds to list them."""
        images = self.backend("ec2").amis.items()
        names = {name: image_id for image_id, image in images if fnmatch(name := image.name or "", _ECS_OPTIMIZED)}
        return str(names[max(names)])

    def register_container_instance(self, cluster: str, instance_id: str, *, cpu: int, memory: int) -> Any:
        """Register an EC2 instance as a current agent would; moto alone registers one without capabilities."""
        container_instance = self.backend("ecs").register_container_instance(cluster, instance_id)
        ec2 = self.backend("ec2")
        instance = ec2.get_instance(instance_id)
        subnet = ec2.get_subnet(instance.subnet_id)
        container_instance.version_info["agentVersion"] = "1.105.1"
        container_instance.attributes.update(
            {
                "ecs.os-family": "LINUX",
                "ecs.cpu-architecture": "x86_64",
                "ecs.vpc-id": subnet.vpc_id,
                "ecs.subnet-id": subnet.id,
                "ecs.capability.task-eni": None,
                "ecs.capability.task-eni.ipv6": None,
                "ecs.capability.task-eni-trunking": None,
            }
        )
        for resources in (container_instance.registered_resources, container_instance.remaining_resources):
            resources[0]["integerValue"], resources[1]["integerValue"] = cpu, memory
        return container_instance

    def run_task(
        self, service: str, *, cluster: str, subnet_id: str, on: Any = None, started_at: datetime | None = None
    ) -> Any:
        """A running task of a service that stays as it is, with its ENI as ECS makes one.

        Args:
            service: the service's name.
            cluster: the cluster's name.
            subnet_id: where its ENI lies.
            on: the container instance it runs on; ``None`` on Fargate.
            started_at: when it started.
        """
        ecs, ec2 = self.backend("ecs"), self.backend("ec2")
        backing = ecs.services[f"{cluster}:{service}"]
        network = backing.network_configuration["awsvpcConfiguration"]
        definition = ecs.describe_task_definition(backing.task_definition)
        task = ecs.run_task(
            cluster,
            backing.task_definition,
            1,
            None,
            backing.deployments[0]["id"],
            [],
            "FARGATE",  # on EC2 moto would place the task by rules of its own
            {"awsvpcConfiguration": {**network, "subnets": [subnet_id]}},
            group=f"service:{service}",
        )[0]
        task.advance = lambda: None
        task.container_instance_arn = on.container_instance_arn if on else None
        task.launch_type = backing.launch_type
        task.started_at = started_at
        details = {detail["name"]: detail["value"] for detail in task.attachments[0]["details"]}
        interface = ec2.enis[details["networkInterfaceId"]]
        interface.description = f"arn:aws:ecs:{REGION}:{ACCOUNT}:attachment/{task.attachments[0]['id']}"
        if on is not None:
            taken = len(ec2.get_instance(on.ec2_instance_id).nics)
            ec2.attach_network_interface(interface.id, on.ec2_instance_id, taken)
            for resource, size in zip(on.remaining_resources[:2], (definition.cpu, definition.memory), strict=True):
                resource["integerValue"] -= int(size)
            on.running_tasks_count += 1
        return task

    def stop_task(self, task: Any, *, reason: str, at: datetime, code: str = "TaskFailedToStart") -> None:
        """Stop a task as ECS does one that failed to start: it stays readable for an hour."""
        task.last_status = task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason, task.stopped_at = code, reason, at
        task.containers[0].last_status = "STOPPED"
        task.attachments[0]["status"] = "DELETED"
        details = {detail["name"]: detail["value"] for detail in task.attachments[0]["details"]}
        self.backend("ec2").delete_network_interface(details["networkInterfaceId"])

    def _list_account_settings(self, response: Any) -> ActionResult:
        name = response._get_param("name")
        principal = response._get_param("principalArn")
        rows = [row for row in self.settings if name in {None, row["name"]}]
        own = [row for row in rows if row["principalArn"] == principal]
        return ActionResult({"settings": own or [row for row in rows if row["principalArn"].endswith(":root")]})

    def _simulate_principal_policy(self, response: Any) -> ActionResult:
        """For an operation that moto does not know: everything is allowed but for what was refused."""
        resources = response._get_param("ResourceArns", []) or ["*"]
        return ActionResult(
            {
                "EvaluationResults": [
                    {
                        "EvalActionName": action,
                        "EvalResourceName": resource,
                        "EvalDecision": "implicitDeny" if action in self.refused else "allowed",
                    }
                    for action in response._get_param("ActionNames", [])
                    for resource in resources
                ],
                "IsTruncated": False,
            }
        )


@contextmanager
def emulator() -> Iterator[Emulator]:
    """An empty emulated account, with this process's AWS settings replaced by its own for as long as it lasts."""
    before = {name: os.environ.get(name) for name in (*_ENVIRONMENT, *_HIDDEN)}
    BackendDict.reset()
    # It logs every request, and a traceback for each operation that moto does not know.
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    running = Emulator(f"http://{host}:{port}")
    os.environ.update(_ENVIRONMENT)
    for name in _HIDDEN:
        os.environ.pop(name, None)
    try:
        with (
            _replaced(EC2ContainerServiceResponse, "list_account_settings", running._list_account_settings),
            _replaced(EC2Response, "describe_vpc_block_public_access_options", _no_block_public_access),
            _replaced(IamResponse, "simulate_principal_policy", running._simulate_principal_policy),
        ):
            yield running
    finally:
        server.stop()
        BackendDict.reset()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _no_block_public_access(response: Any) -> ActionResult:
    """AWS's default, for an operation that moto does not know."""
    del response
    return ActionResult(
        {
            "VpcBlockPublicAccessOptions": {
                "AwsAccountId": ACCOUNT,
                "AwsRegion": REGION,
                "State": "default-state",
                "InternetGatewayBlockMode": "off",
            }
        }
    )


@contextmanager
def _replaced(owner: type, name: str, method: Callable[[Any], Any]) -> Iterator[None]:
    missing = object()
    before = owner.__dict__.get(name, missing)
    setattr(owner, name, lambda response: method(response))
    try:
        yield
    finally:
        if before is missing:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def event(message: str, at: datetime) -> dict[str, Any]:
    """A service event, as moto keeps it."""
    return {"id": f"event-{at.timestamp():.0f}", "createdAt": at, "message": message}
