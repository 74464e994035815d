"""A VPC without a way to the internet, and what is wrong with its endpoints."""

from __future__ import annotations

import json
from typing import Any

from awsvpc_audit.demo.emulator import ACCOUNT, REGION
from tests.scenarios import texts
from tests.scenarios.account import INTERFACE_ENDPOINTS, REGISTRY, Account, from_group, tcp
from tests.scenarios.scenario import VAULT, Area, scenario

INSIDE = "10.1.0.23"
"""An address of an endpoint: the name did lead into the VPC."""

LAYER = (
    "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: "
    "failed to do request: Get "
    f"https://prod-{REGION}-starport-layer-bucket.s3.{REGION}.amazonaws.com/61d6a6b7-a74d-4472-96e4-710ec9a7a96b/d834cc02-771d-4c2b-b7bb-7da5334eea15"
)
CANNOT_START = (("END001", "vault"),)
ENDPOINTS = tuple(f"vpce-{service}" for service in INTERFACE_ENDPOINTS)


def fails(account: Account, reason: str) -> None:
    account.fails("vault", reason, subnet="island-a")


def drop(account: Account, endpoint: str) -> None:
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=[account[endpoint]])
    del account.state("ec2").vpc_end_points[account[endpoint]]


@scenario(
    Area.ENDPOINTS,
    first=("END001", "vault"),
    subject=VAULT,
    record="https://github.com/aws-samples/aws-fargate-pipeline-lambda-autoscaling/issues/3",
)
def the_endpoint_for_the_registrys_api_was_forgotten(account: Account) -> None:
    drop(account, "vpce-ecr.api")
    fails(
        account,
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve ecr registry auth: service call has been retried 1 time(s): RequestError: send request "
        "failed caused by: Post https://api.ecr....",
    )


@scenario(Area.ENDPOINTS, first=("END001", "vault"), subject=VAULT)
def the_endpoint_for_the_registry_itself_was_forgotten(account: Account) -> None:
    drop(account, "vpce-ecr.dkr")
    fails(account, texts.no_image("vault"))


@scenario(Area.ENDPOINTS, first=("END001", "vault"), subject=VAULT)
def the_endpoint_for_logs_was_forgotten(account: Account) -> None:
    drop(account, "vpce-logs")
    fails(
        account,
        "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log "
        "group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. "
        "Check your network configuration. : signal: killed",
    )


@scenario(Area.ENDPOINTS, first=("END001", "vault"), subject=VAULT)
def the_endpoint_for_secrets_was_forgotten(account: Account) -> None:
    drop(account, "vpce-secretsmanager")
    secret = account.client("secretsmanager").create_secret(Name="vault", SecretString="{}")["ARN"]
    account.container("vault")["secrets"] = [{"name": "TOKEN", "valueFrom": secret}]
    fails(
        account,
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. "
        f"Check your task network configuration. failed to fetch secret {secret} from secrets manager: "
        "RequestCanceled: request context canceled caused by: context deadline exceeded",
    )


@scenario(
    Area.ENDPOINTS,
    first=("END002", "rtb-island"),
    subject=VAULT,
    beside=CANNOT_START,
    record="https://7thzero.com/blog/limiting-outbound-egress-traffic-while-using-aws-fargate-and-ecr",
)
def the_gateway_for_s3_is_not_in_the_route_table(account: Account) -> None:
    account.ec2.modify_vpc_endpoint(VpcEndpointId=account["vpce-s3"], RemoveRouteTableIds=[account["rtb-island"]])
    endpoint = account.endpoint("vpce-s3")
    endpoint.route_table_ids = []
    table = account.state("ec2").route_tables[account["rtb-island"]]
    for key in [key for key, route in table._routes.items() if route.gateway_id == account["vpce-s3"] or "pl-" in key]:
        del table._routes[key]
    fails(
        account,
        "CannotPullContainerError: error pulling image configuration: Get https://prod-us-east-1-starport-layer-bucket."
        "s3.amazonaws.com/61d6a6b7-a74d-4472-96e4-710ec9a7a96b/d834cc02-771d-4c2b-b7bb-7da5334eea15?X-Amz-Algorithm="
        "AWS4-HMAC-SHA256&X-A",
    )


@scenario(
    Area.ENDPOINTS,
    first=("END003", "vpce-ecr.dkr"),
    subject=VAULT,
    beside=CANNOT_START,
    record="https://devopsaitoolkit.com/blog/aws-error-cannot-pull-container-error-ecs/",
)
def the_group_of_an_endpoint_does_not_admit_the_tasks(account: Account) -> None:
    account.group("sg-closed", vpc="island")
    account.endpoint("vpce-ecr.dkr").security_group_ids = [account["sg-closed"]]
    fails(account, texts.no_image("vault", INSIDE))


@scenario(
    Area.ENDPOINTS,
    first=("END003", "vpce-ecr.dkr"),
    subject=VAULT,
    beside=(*CANNOT_START, *(("END003", endpoint) for endpoint in ENDPOINTS)),
)
def one_group_of_all_endpoints_admits_nobody(account: Account) -> None:
    """Each of them is closed; the one of the call that failed goes first."""
    account.group("sg-closed", vpc="island")
    for endpoint in ENDPOINTS:
        account.endpoint(endpoint).security_group_ids = [account["sg-closed"]]
    fails(account, texts.no_image("vault", INSIDE))


@scenario(Area.ENDPOINTS, first=("END004", "vpce-ecr.api"), subject=VAULT, beside=CANNOT_START)
def private_dns_is_off_on_an_endpoint(account: Account) -> None:
    account.endpoint("vpce-ecr.api").private_dns_enabled = False
    fails(account, texts.NO_WAY_TO_ECR)


@scenario(Area.ENDPOINTS, first=("END005", "vpce-ecr.dkr"), subject=VAULT, beside=CANNOT_START)
def an_endpoint_has_failed(account: Account) -> None:
    account.endpoint("vpce-ecr.dkr").state = "failed"
    fails(account, texts.no_image("vault"))


@scenario(Area.ENDPOINTS, first=("END006", "island"), subject=VAULT, beside=CANNOT_START)
def dns_host_names_are_off_and_endpoints_have_no_private_names(account: Account) -> None:
    fails(account, texts.NO_WAY_TO_ECR)
    account.ec2.modify_vpc_attribute(VpcId=account["island"], EnableDnsHostnames={"Value": False})


@scenario(Area.ENDPOINTS, first=("END007", "vpce-s3"), subject=VAULT)
def the_policy_of_the_s3_gateway_knows_the_companys_buckets_alone(account: Account) -> None:
    account.endpoint("vpce-s3").policy_document = policy("s3:*", "arn:aws:s3:::company-*", "arn:aws:s3:::company-*/*")
    fails(account, f"{LAYER}: unexpected status code 403 Forbidden")


@scenario(Area.ENDPOINTS, first=("END007", "vpce-ecr.dkr"), subject=VAULT)
def the_policy_of_the_registrys_endpoint_allows_another_repository(account: Account) -> None:
    allowed = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/base"
    account.endpoint("vpce-ecr.dkr").policy_document = policy("ecr:*", allowed)
    fails(
        account,
        "CannotPullContainerError: The task can\u2019t pull the image. Check that the role has the permissions to pull "
        f"images from the registry. Error response from daemon: pull access denied for {REGISTRY}/vault, repository "
        "does not exist or may require 'docker login': denied: User: "
        f"arn:aws:sts::{ACCOUNT}:assumed-role/ecsTaskExecutionRole/2fb3a1c6a0a44b2eb3b1d3b8a3f4d7c1 is not authorized "
        f"to perform: ecr:BatchGetImage on resource: arn:aws:ecr:{REGION}:{ACCOUNT}:repository/vault because no VPC "
        "endpoint policy allows the ecr:BatchGetImage action",
    )


def policy(action: str, *resources: str) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": list(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@scenario(Area.ENDPOINTS, first=("NET011", "sg-island-app"), subject=VAULT, beside=CANNOT_START)
def the_task_group_lets_out_to_the_endpoints_and_not_to_s3(account: Account) -> None:
    """A gateway has no group: tasks reach S3 at its public addresses, so the prefix list must be allowed."""
    account.close("sg-island-app")
    account.ec2.authorize_security_group_egress(
        GroupId=account["sg-island-app"],
        IpPermissions=[tcp(443, **from_group(account["sg-endpoints"]))],
    )
    fails(account, f"{LAYER}: dial tcp 52.217.10.54:443: i/o timeout")
