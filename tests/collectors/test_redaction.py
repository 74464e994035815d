"""What may hold a secret is in no byte of a snapshot."""

import json
from typing import Any

import pytest

from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.redaction import redacted
from awsvpc_audit.collectors.runner import collect
from tests.collectors.scripted import ACCOUNT, CLUSTER, ScriptedSession

CANARY = "c4n4ry-s3cr3t"
TAG = [{"key": "owner", "value": CANARY}]
EC2_TAG = [{"Key": "owner", "Value": CANARY}, {"Key": "Name", "Value": "app"}]
TASK_DEFINITION = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/web:1"

CONTAINER: dict[str, Any] = {
    "name": "app",
    "image": "app:1",
    "essential": True,
    "cpu": 256,
    "portMappings": [{"containerPort": 8080}],
    "environment": [{"name": "DATABASE_PASSWORD", "value": CANARY}],
    "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::config/app.env"}],
    "secrets": [{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token"}],
    "command": ["serve", f"--password={CANARY}"],
    "entryPoint": ["sh", "-c", CANARY],
    "dockerLabels": {"traefik.auth": CANARY},
    "dockerSecurityOptions": [CANARY],
    "healthCheck": {"command": ["CMD", "curl", "-u", CANARY], "interval": 30},
    "logConfiguration": {
        "logDriver": "splunk",
        "options": {"splunk-token": CANARY, "splunk-url": f"https://u:{CANARY}@splunk", "awslogs-group": "/app"},
        "secretOptions": [{"name": "splunk-token", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/s"}],
    },
    "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-value": CANARY}},
    "aMemberThatAwsAddsTomorrow": CANARY,
}

ANSWERS: dict[str, Any] = {
    "ecs:DescribeClusters": {"clusters": [{"clusterArn": CLUSTER, "clusterName": "prod", "tags": TAG}]},
    "ecs:ListServices": {"serviceArns": ["arn:service/web"]},
    "ecs:DescribeServices": {
        "services": [
            {
                "serviceArn": "arn:service/web",
                "serviceName": "web",
                "clusterArn": CLUSTER,
                "taskDefinition": TASK_DEFINITION,
                "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
                "deployments": [
                    {
                        "id": "ecs-svc/1",
                        "status": "PRIMARY",
                        "serviceConnectConfiguration": {
                            "enabled": True,
                            "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": CANARY}},
                        },
                    }
                ],
                "taskSets": [{"id": "ecs-svc/2", "tags": TAG}],
                "tags": TAG,
            }
        ]
    },
    "ecs:ListTasks": {"taskArns": ["arn:task/1"]},
    "ecs:DescribeTasks": {
        "tasks": [
            {
                "taskArn": "arn:task/1",
                "clusterArn": CLUSTER,
                "lastStatus": "RUNNING",
                "taskDefinitionArn": TASK_DEFINITION,
                "overrides": {
                    "containerOverrides": [
                        {"name": "app", "command": [CANARY], "environment": [{"name": "X", "value": CANARY}]}
                    ]
                },
                "tags": TAG,
            }
        ]
    },
    "ecs:ListContainerInstances": {"containerInstanceArns": ["arn:container-instance/1"]},
    "ecs:DescribeContainerInstances": {
        "containerInstances": [
            {
                "containerInstanceArn": "arn:container-instance/1",
                "ec2InstanceId": "i-1",
                "status": "ACTIVE",
                "tags": TAG,
            }
        ]
    },
    "ecs:DescribeTaskDefinition": {
        "taskDefinition": {
            "taskDefinitionArn": TASK_DEFINITION,
            "family": "web",
            "revision": 1,
            "containerDefinitions": [CONTAINER],
            "proxyConfiguration": {"properties": [{"name": "EgressIgnoredIPs", "value": CANARY}]},
            "volumes": [
                {"name": "share", "dockerVolumeConfiguration": {"driverOpts": {"o": f"password={CANARY}"}}},
                {"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
            ],
        },
        "tags": TAG,
    },
    "ec2:DescribeInstances": {
        "Reservations": [{"Instances": [{"InstanceId": "i-1", "InstanceType": "m5.large", "Tags": EC2_TAG}]}]
    },
    "ec2:DescribeSubnets": {"Subnets": [{"SubnetId": "subnet-a", "VpcId": "vpc-a", "Tags": EC2_TAG}]},
    "ec2:DescribeNetworkInterfaces": {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1", "TagSet": EC2_TAG}]},
    "iam:GetRole": {"Role": {"RoleName": "AWSServiceRoleForECS", "Arn": "arn:role", "Tags": EC2_TAG}},
    "iam:GetInstanceProfile": {
        "InstanceProfile": {
            "InstanceProfileName": "p",
            "Arn": "arn:p",
            "Roles": [{"RoleName": "r", "Arn": "arn:r", "Tags": EC2_TAG}],
            "Tags": EC2_TAG,
        }
    },
}


def collected_files() -> dict[str, bytes]:
    session = ScriptedSession(ANSWERS)
    return dict(collect(session.as_session(), Target(("prod",))).snapshot.files())


def test_a_canary_planted_wherever_a_secret_may_stand_is_in_no_byte() -> None:
    files = collected_files()
    assert {path for path, content in files.items() if CANARY.encode() in content} == set()
    assert len(files) > 10


def test_what_the_checks_need_is_still_there() -> None:
    files = collected_files()
    path = f"{ACCOUNT}/us-east-1/ecs.DescribeTaskDefinition.json"
    (definition,) = json.loads(files[path])["taskDefinitions"]
    (container,) = definition["containerDefinitions"]
    assert container["image"] == "app:1"
    assert container["portMappings"] == [{"containerPort": 8080}]
    assert container["environment"] == [{"name": "DATABASE_PASSWORD"}]
    assert container["environmentFiles"] == CONTAINER["environmentFiles"]
    assert container["secrets"] == CONTAINER["secrets"]
    assert container["healthCheck"] == {"interval": 30}
    assert container["logConfiguration"] == {
        "logDriver": "splunk",
        "options": {"awslogs-group": "/app"},
        "secretOptions": CONTAINER["logConfiguration"]["secretOptions"],
    }
    assert definition["volumes"][1]["efsVolumeConfiguration"] == {"fileSystemId": "fs-1"}
    (subnet,) = json.loads(files[f"{ACCOUNT}/us-east-1/ec2.DescribeSubnets.json"])["Subnets"]
    assert subnet["Tags"] == [{"Key": "owner"}, {"Key": "Name", "Value": "app"}]


@pytest.mark.parametrize(
    "operation", ["ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:DescribeServices", "ec2:DescribeSubnets"]
)
@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"containerDefinitions": [], "volumes": [], "deployments": [], "tags": [], "Tags": []},
        {"containerDefinitions": [{"environment": None, "logConfiguration": None, "healthCheck": None}]},
        {"containerDefinitions": [{"logConfiguration": {"logDriver": "awslogs"}, "firelensConfiguration": {}}]},
    ],
)
def test_members_that_are_absent_empty_or_null_do_no_harm(operation: str, entry: dict[str, Any]) -> None:
    redacted(operation, entry)


def test_the_answer_itself_is_left_as_it_was() -> None:
    before = json.dumps(ANSWERS)
    collected_files()
    assert json.dumps(ANSWERS) == before
