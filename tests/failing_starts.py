"""Services whose tasks do not start, in a few words, and AWS's answers about what they need."""

from typing import Any

from tests.world import ACCOUNT, REGION, Row, World, healthy

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:prod/db-AbCdEf"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}

IMAGE_NOT_FOUND = (
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
    f"{REGISTRY}/team/api:1.0: {REGISTRY}/team/api:1.0: not found"
)
PULL_TIMED_OUT = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
    f'{REGISTRY}/team/api:1.0: failed to do request: Head "https://{REGISTRY}/v2/team/api/manifests/1.0": dial tcp '
    "52.46.0.1:443: i/o timeout"
)
LOG_GROUP_NOT_FOUND = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to "
    "create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist."
)
SECRET_NOT_FOUND = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
    "to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret."
)
SECRET_DENIED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
    "to retrieve secret from asm: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/x/y is not "
    "authorized to perform: secretsmanager:GetSecretValue on resource: x because no identity-based policy allows the "
    "secretsmanager:GetSecretValue action"
)
JSON_KEY_MISSING = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
    "to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did "
    "not contain json key password"
)
ROLE_NOT_ASSUMED = (
    f"ECS was unable to assume the role '{ROLE}' that was provided for this task. Please verify that the role being "
    "passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
)
NO_SLOT = (
    "(service api) was unable to place a task because no container instance met all of its requirements. The closest "
    'matching container-instance 1 encountered error "RESOURCE:ENI".'
)


def container(**more: Any) -> Row:
    """A container of an image in the account's own registry."""
    return {"name": "app", "image": f"{REGISTRY}/team/api:1.0", "essential": True, **more}


def awslogs(group: str = "/ecs/api", region: str = REGION, **options: str) -> Row:
    """A log configuration."""
    return {
        "logDriver": "awslogs",
        "options": {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": "api"} | options,
    }


def starting(*containers: Row, launch_type: str = "FARGATE", running: int = 0, reason: str | None = None) -> World:
    """`healthy()` with a service `api` of two tasks, of which so many run; and what it needs is all there.

    Args:
        containers: of its task definition.
        launch_type: EC2 or FARGATE.
        running: how many of two run.
        reason: the text of a task that stopped before it started.
    """
    world = healthy()
    world.find("iam:GetRole", "RoleName", "ecsTaskExecutionRole")["AssumeRolePolicyDocument"] = TRUST
    world.add_task_definition("api", containers=list(containers) or [container()])
    on = ("i-a", "i-b") if launch_type == "EC2" else ()
    world.add_service("api", launch_type=launch_type, desired=2, running=running, on=on)
    if reason is not None:
        task = world.add_stopped_task("api", reason)
        if launch_type == "EC2":
            task["containerInstanceArn"] = world.container_instance("i-a")["containerInstanceArn"]
    world.rows["ecr:DescribeRepositories"].append({"repositoryName": "team/api", "registryId": ACCOUNT})
    world.rows["ecr:DescribeImages"].append(
        {"repositoryName": "team/api", "imageTags": ["1.0", "latest"], "imageDigest": "sha256:11"}
    )
    world.rows["logs:DescribeLogGroups"].append({"logGroupName": "/ecs/api"})
    world.rows["secretsmanager:DescribeSecret"].append({"SecretId": SECRET, "ARN": SECRET, "Name": "prod/db"})
    world.rows["ssm:DescribeParameters"].append({"Name": "/prod/token", "Type": "SecureString"})
    allow(world, ROLE, "ecr:GetAuthorizationToken", "*")
    allow(world, ROLE, "ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/api")
    allow(world, ROLE, "ecr:GetDownloadUrlForLayer", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/api")
    allow(world, ROLE, "logs:CreateLogStream", stream_arn())
    allow(world, ROLE, "logs:PutLogEvents", stream_arn())
    allow(world, ROLE, "secretsmanager:GetSecretValue", SECRET)
    allow(world, ROLE, "ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/prod/token")
    return world


def stream_arn(group: str = "/ecs/api") -> str:
    """A log stream of the container `app`."""
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:api/app/{'0' * 32}"


def allow(world: World, role: str, action: str, resource: str, decision: str = "allowed") -> Row:
    """The simulator's answer for one action on one resource; a later one replaces an earlier one."""
    rows = world.rows["iam:SimulatePrincipalPolicy"]
    key = (role, action, resource)
    rows[:] = [r for r in rows if (r["PolicySourceArn"], r["EvalActionName"], r["EvalResourceName"]) != key]
    rows.append(
        {
            "PolicySourceArn": role,
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": decision,
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
    )
    return rows[-1]
