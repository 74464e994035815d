"""What a start needs beside the network: secrets, roles, the image, the log group, a file system."""

from __future__ import annotations

import json

from awsvpc_audit.demo.emulator import ACCOUNT, REGION
from tests.scenarios import texts
from tests.scenarios.account import EXECUTION_ROLE, REGISTRY, Account, awslogs, from_group, tcp, trust
from tests.scenarios.incidents.way_out import ONE_OF_TWO_SUBNETS, add_secret
from tests.scenarios.scenario import ORDERS, WEB, Area, scenario

ROLE = "ecsTaskExecutionRole"


@scenario(
    Area.START,
    first=("SVC010", "db"),
    record="https://github.com/rileydakota/valheim-ecs-fargate-cdk/issues/9",
)
def the_secret_is_no_json(account: Account) -> None:
    give_key(account, "SERVER_PASS")
    account.fails(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): invalid character '\\'' looking "
        "for beginning of value",
    )


@scenario(Area.START, first=("SVC010", "db"))
def the_secret_lacks_the_key_that_the_task_definition_names(account: Account) -> None:
    give_key(account, "password")
    account.fails(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets "
        "Manager did not contain json key password",
    )


def give_key(account: Account, key: str) -> None:
    """The worker's container is given one key of a secret."""
    secret = add_secret(account)
    account.ids["db"] = secret.rpartition(":")[2]
    account.container("worker")["secrets"] = [{"name": "PASS", "valueFrom": f"{secret}:{key}::"}]


@scenario(Area.START, first=("SVC008", "gone-a1b2c3"), record="https://github.com/aws/aws-cdk/issues/17792")
def the_secret_does_not_exist(account: Account) -> None:
    gone = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gone-a1b2c3"
    account.container("worker")["secrets"] = [{"name": "PASS", "valueFrom": gone}]
    account.fails(
        "worker",
        f"ResourceNotFoundException: The task can't retrieve the secret with ARN '{gone}' from AWS Secrets "
        "Manager. Check whether the secret exists in the specified Region. ResourceNotFoundException: Secrets Manager "
        "can't find the specified secret.",
    )


@scenario(Area.START, first=("SVC007", ROLE), record="https://github.com/aws/aws-cdk/issues/17792")
def the_execution_role_may_not_read_the_secret(account: Account) -> None:
    account.aws.refused.add("secretsmanager:GetSecretValue")
    account.fails("worker", texts.secret_denied(add_secret(account)))


@scenario(Area.START, first=("SVC007", ROLE), beside=(("NET006", "nat-a"), *ONE_OF_TWO_SUBNETS))
def the_execution_role_is_refused_while_a_nat_gateway_has_failed(account: Account) -> None:
    """A refusal is an answer: where it came from, the way was open."""
    account.aws.refused.add("secretsmanager:GetSecretValue")
    account.nat_state("nat-a", "failed", "InternalError", "Network interface is not available")
    account.fails("worker", texts.secret_denied(add_secret(account)), subnet="private-b")


@scenario(Area.START, first=("SVC007", ROLE), record="https://github.com/GiamPy5/terraform-aws-directus/issues/10")
def the_execution_role_may_not_use_the_key_of_the_secret(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    secret = account.client("secretsmanager").create_secret(Name="db", SecretString="{}", KmsKeyId=key)["ARN"]
    account.container("worker")["secrets"] = [{"name": "DB", "valueFrom": secret}]
    account.aws.refused.add("kms:Decrypt")
    account.fails(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        f"unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret {secret} "
        "from secrets manager: AccessDeniedException: Access to KMS is not allowed status code: 400, request id: "
        "a87a66d9-f839-4353-b8c2-9984b1465695",
    )


@scenario(Area.START, first=("SVC008", "/prod/token"))
def the_parameter_does_not_exist(account: Account) -> None:
    account.container("worker")["secrets"] = [
        {"name": "TOKEN", "valueFrom": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/prod/token"}
    ]
    account.fails(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secrets from ssm: service call has been retried 1 time(s): fetching secrets from SSM "
        "Parameter Store in us-east-1: invalid ssm parameters: /prod/token",
    )


@scenario(
    Area.START,
    first=("SVC008", "/ecs/worker"),
    record="https://github.com/ryfeus/stepfunctions2processing/issues/5",
)
def the_log_group_does_not_exist(account: Account) -> None:
    account.client("logs").delete_log_group(logGroupName="/ecs/worker")
    account.fails(
        "worker",
        "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create "
        "Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
    )


@scenario(Area.START, first=("SVC008", "/ecs/orders"), subject=ORDERS)
def the_log_group_of_a_service_on_ec2_does_not_exist(account: Account) -> None:
    account.client("logs").delete_log_group(logGroupName="/ecs/orders")
    account.fails(
        "orders",
        "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create "
        "Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist.",
        subnet="private-b",
        host="host-b",
    )


@scenario(
    Area.START,
    first=("SVC009", "worker:1"),
    record="https://github.com/TechToSpeech/terraform-aws-serverless-static-wordpress/issues/74",
)
def the_region_of_the_log_driver_is_a_website(account: Account) -> None:
    account.container("worker")["logConfiguration"] = awslogs(
        "worker", **{"awslogs-region": "http://inex.life.s3-website-us-east-1.amazonaws.com"}
    )
    account.fails(
        "worker",
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed "
        "to create Cloudwatch log stream: MissingEndpoint: 'Endpoint' configuration is required for this service : "
        "exit status 1",
    )


@scenario(Area.START, first=("SVC008", "worker:2.0"))
def the_tag_of_the_image_does_not_exist(account: Account) -> None:
    image = f"{REGISTRY}/worker:2.0"
    account.container("worker")["image"] = image
    account.fails(
        "worker",
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
        f"{image}: {image}: not found",
    )


@scenario(Area.START, first=("SVC008", "werker"), subject=WEB)
def the_repository_of_the_image_is_misspelled(account: Account) -> None:
    account.container("web")["image"] = f"{REGISTRY}/werker:1.0"
    account.fails(
        "web",
        "CannotPullContainerError: The task can\u2019t pull the image. Check whether the image exists. Error response "
        "from daemon: name unknown: The repository with name 'werker' does not exist in the registry with id "
        f"'{ACCOUNT}'",
        subnet="private-b",
    )


@scenario(Area.START, first=("SVC007", ROLE))
def the_execution_role_may_not_pull_the_image(account: Account) -> None:
    account.aws.refused.add("ecr:BatchGetImage")
    account.fails(
        "worker",
        "CannotPullContainerError: The task can\u2019t pull the image. Check that the role has the permissions to pull "
        f"images from the registry. Error response from daemon: pull access denied for {REGISTRY}/worker, repository "
        f"does not exist or may require 'docker login': denied: User: arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/"
        "2fb3a1c6a0a44b2eb3b1d3b8a3f4d7c1 is not authorized to perform: ecr:BatchGetImage on resource: "
        f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/worker because no identity-based policy allows the "
        "ecr:BatchGetImage action",
    )


@scenario(Area.START, first=("SVC006", "ecsTaskExecutionRole-gone"))
def the_execution_role_does_not_exist(account: Account) -> None:
    account.definition("worker").execution_role_arn = f"{EXECUTION_ROLE}-gone"
    account.fails("worker", texts.ROLE_NOT_ASSUMED.replace(EXECUTION_ROLE, f"{EXECUTION_ROLE}-gone"))


@scenario(Area.START, first=("SVC006", "lambda-role"))
def the_execution_role_trusts_lambda_alone(account: Account) -> None:
    account.client("iam").create_role(
        RoleName="lambda-role", AssumeRolePolicyDocument=json.dumps(trust("lambda.amazonaws.com"))
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/lambda-role"
    account.definition("worker").execution_role_arn = role
    account.fails("worker", texts.ROLE_NOT_ASSUMED.replace(EXECUTION_ROLE, role))


@scenario(Area.START, first=("SVC003", "AWSServiceRoleForECS"), subject=ORDERS)
def the_service_linked_role_is_gone(account: Account) -> None:
    account.client("iam").delete_role(RoleName="AWSServiceRoleForECS")
    account.says("orders", f"failed to launch a task with (error {texts.SERVICE_LINKED_ROLE})")


@scenario(Area.START, first=("END008", "fs"), record="https://github.com/aws/copilot-cli/issues/5419")
def the_file_system_has_no_mount_target_in_the_zone(account: Account) -> None:
    file_system = mount(account)
    add_mount_target(account, "private-b")
    account.fails(
        "worker",
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to "
        f'resolve "{file_system}.efs.us-east-1.amazonaws.com" - check that your file system ID is correct, and ensure '
        "that the VPC has an EFS mount target for this file system ID. See https://docs.aws.amazon.com/console/efs/"
        "mount-dns-name for more detail. Attempting to lookup mount target ip address using botocore. Failed to import "
        "necessary dependency botocore, please install botocore first. : unsuccessful EFS utils command execution; "
        "code: 1",
    )


@scenario(Area.START, first=("END008", "fs"))
def the_group_of_the_mount_target_does_not_admit_the_tasks(account: Account) -> None:
    mount(account)
    for subnet in ("private-a", "private-b"):
        add_mount_target(account, subnet, port=22)
    account.fails(
        "worker",
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "
        "b'mount.nfs4: Connection timed out' : unsuccessful EFS utils command execution; code: 32",
    )


@scenario(Area.START, first=None, record="https://github.com/acp-io/terraform-grafana/issues/4")
def the_directory_to_mount_is_not_in_the_file_system(account: Account) -> None:
    """The server answered, so the way is open: the directory is to be made, or an access point that makes it."""
    file_system = mount(account)
    for subnet in ("private-a", "private-b"):
        add_mount_target(account, subnet)
    account.fails(
        "worker",
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "
        f"b'mount.nfs4: mounting {file_system}.efs.us-east-1.amazonaws.com:/grafana failed, reason given by server: No "
        "such file or directory' : unsuccessful EFS utils command execution; code: 32",
    )


def mount(account: Account) -> str:
    """The worker mounts a file system."""
    file_system = str(account.client("efs").create_file_system(CreationToken="fs")["FileSystemId"])
    account.ids["fs"] = file_system
    account.definition("worker").volumes = [
        {"name": "data", "efsVolumeConfiguration": {"fileSystemId": file_system, "rootDirectory": "/grafana"}}
    ]
    return file_system


def add_mount_target(account: Account, subnet: str, *, port: int = 2049) -> None:
    group = account.group(f"sg-efs-{subnet}", tcp(port, **from_group(account["sg-worker"])))
    account.client("efs").create_mount_target(
        FileSystemId=account["fs"], SubnetId=account[subnet], SecurityGroups=[group]
    )
