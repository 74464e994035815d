"""What Amazon ECS says, word for word as in its documentation, its source or public reports."""

from __future__ import annotations

from awsvpc_audit.demo.emulator import ACCOUNT, REGION
from tests.scenarios.account import EXECUTION_ROLE, REGISTRY

PUBLIC = "44.213.79.10"
NO_HOST = "was unable to place a task because no container instance met all of its requirements. "
NO_WAY_TO_ECR = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from "
    "Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. "
    f'RequestError: send request failed caused by: Post "https://api.ecr.{REGION}.amazonaws.com/": '
    f"dial tcp {PUBLIC}:443: i/o timeout"
)
NO_WAY_TO_ECR_V2 = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from "
    "Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. "
    "operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error "
    "StatusCode: 0, RequestID: , request send failed, Post "
    f'"https://api.ecr.{REGION}.amazonaws.com/": dial tcp {PUBLIC}:443: i/o timeout'
)
SEE_MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
STEADILY_FAILING = (
    "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the "
    "Amazon ECS Developer Guide."
)


def closest(account_host: str, what: str) -> str:
    """A placement event."""
    return f"{NO_HOST}The closest matching (container-instance {account_host}) {what}"


def no_address(subnet: str) -> str:
    return (
        f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{subnet}': "
        "InsufficientFreeAddressesInSubnet"
    )


def no_interface(subnet: str, why: str) -> str:
    return f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{subnet}': {why}"


def no_image(family: str, address: str = PUBLIC) -> str:
    """The image's manifest was not reached."""
    return (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
        f"{REGISTRY}/{family}:1.0: failed to do request: Head "
        f'"https://{REGISTRY}/v2/{family}/manifests/1.0": dial tcp {address}:443: i/o timeout'
    )


def no_registry(address: str) -> str:
    """The registry's token was not fetched; `address` tells whether an endpoint was used."""
    return NO_WAY_TO_ECR.replace(PUBLIC, address)


def unhealthy(target_group: str, reason: str) -> str:
    return (
        f"(task a25c6c790e254b4791ba6806c0541c63) (port 8080) is unhealthy in (target-group {target_group}) due to "
        f"(reason {reason})."
    )


def failed_health_checks(target_group: str) -> str:
    return f"Task failed ELB health checks in (target-group {target_group})"


def secret_denied(secret: str) -> str:
    return (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret "
        f"{secret} from secrets manager: AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/"
        "ecsTaskExecutionRole/2fb3a1c6a0a44b2eb3b1d3b8a3f4d7c1 is not authorized to perform: "
        f"secretsmanager:GetSecretValue on resource: {secret} because no identity-based policy allows the "
        "secretsmanager:GetSecretValue action status code: 400, request id: 6f7d2f4e-4c0b-4d6a-9a34-0a0c0de5b5c1"
    )


ROLE_NOT_ASSUMED = (
    f"ECS was unable to assume the role '{EXECUTION_ROLE}' that was provided for this task. Please verify that the "
    "role being passed has the proper trust relationship and permissions and that your IAM user has permissions to "
    "pass this role."
)
SERVICE_LINKED_ROLE = "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
EXITED = "Essential container in task exited"
ENI_TIMEOUT = "Timeout waiting for network interface provisioning to complete."
