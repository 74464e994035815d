"""Planted incidents: one fault and its symptom in a healthy account each, with the first cause that is right.

Every account has services beside the one in trouble; they must stay silent. What the right answer is comes from AWS's
documentation of the message, never from what the program says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.analyzers import test_incidents as seed
from tests.world import TASK_ENI, World, acl_entry, healthy, permission, route

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
NO_PLACE = seed.PLACE
INIT = "ResourceInitializationError: "
PULL = "CannotPullContainerError: "
AUTH_NETWORK = (
    INIT + "unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a "
    "connection issue between the task and Amazon ECR. Check your task network configuration. RequestError: send "
    'request failed caused by: Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp {ip}:443: i/o timeout'
)
IMAGE_NETWORK = (
    PULL + "pull image manifest has been retried 5 time(s): failed to resolve ref public.ecr.aws/docker/library/"
    'nginx:1.27: failed to do request: Head "https://public.ecr.aws/v2/docker/library/nginx/manifests/1.27": '
    "dial tcp 99.83.145.10:443: i/o timeout"
)

Plant = Callable[[World], None]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A fault with its symptom, and what the first answer must be.

    Attributes:
        area: of the table.
        plant: puts the fault and its symptom into a healthy account.
        first: check and resource of the first cause; ``None`` where no configuration fault is to be found.
        subject: who is in trouble, by type and id.
        unknown: an operation that must be named as not read; then `first` may be a possible cause.
    """

    area: str
    plant: Plant
    first: tuple[str, str] | None
    subject: tuple[str, str] = ("service", "web")
    unknown: str | None = None


WORKER = ("service", "worker")


def stopped(world: World, reason: str, service: str = "worker", **more: Any) -> None:
    world.add_stopped_task(service, reason, **more)


def config(world: World, service: str = "worker") -> dict[str, Any]:
    found: dict[str, Any] = world.service(service)["networkConfiguration"]["awsvpcConfiguration"]
    return found


def in_subnet_a(world: World, service: str = "worker") -> None:
    """All tasks of a service in one subnet, so that a fault there is a fault everywhere."""
    config(world, service)["subnets"] = ["subnet-a"]


# Placement.


def eni_slots_on_one_family(world: World) -> None:
    seed.fill_eni_slots(world)
    world.setting("awsvpcTrunking", "enabled")


def gone_instances_of_a_provider(world: World) -> None:
    seed.remove_instances(world)
    world.service("web")["events"][0]["message"] = "TaskFailedToStart: EMPTY CAPACITY PROVIDER"


def draining(world: World) -> None:
    for host in ("i-a", "i-b"):
        world.container_instance(host)["status"] = "DRAINING"
    world.add_event("web", "TaskFailedToStart: NO ACTIVE INSTANCES")


def other_zone(world: World) -> None:
    world.add_subnet("subnet-c", "10.0.3.0/24", "us-east-1c", route_table="rtb-a")
    config(world, "web")["subnets"] = ["subnet-c"]
    world.add_event("web", NO_PLACE + "is missing an attribute required by your task.")


def wrong_architecture(world: World) -> None:
    world.task_definition("web")["runtimePlatform"]["cpuArchitecture"] = "ARM64"
    world.add_event("web", NO_PLACE + "is missing an attribute required by your task.")


def required_attribute(world: World) -> None:
    world.task_definition("web")["requiresAttributes"].append({"name": "com.amazonaws.ecs.capability.logging-driver.x"})
    world.add_event("web", NO_PLACE + "is missing an attribute required by your task.")


def old_agents(world: World) -> None:
    for host in ("i-a", "i-b"):
        row = world.container_instance(host)
        row["versionInfo"]["agentVersion"] = "1.14.0"
        row["attributes"] = [a for a in row["attributes"] if a["name"] != TASK_ENI]
    world.add_event("web", NO_PLACE + "is missing an attribute required by your task.")


def fargate_capacity(world: World) -> None:
    in_subnet_a(world)
    world.add_event("worker", "(service worker) was unable to place a task. Reason: RESOURCE:FARGATE")


def fargate_capacity_in_two_zones(world: World) -> None:
    world.add_event(
        "worker",
        "(service worker) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again "
        "later or in a different availability zone.",
    )


def quota(world: World) -> None:
    world.add_event(
        "worker",
        "(service worker) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can "
        "run concurrently",
    )


def gpu(world: World) -> None:
    world.task_definition("web")["containerDefinitions"][0]["resourceRequirements"] = [{"type": "GPU", "value": "1"}]
    world.add_event("web", "TaskFailedToStart: RESOURCE:GPU")


# ENI and subnets.


def subnet_gone(world: World) -> None:
    config(world)["subnets"] = ["subnet-a", "subnet-gone"]
    stopped(
        world,
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-gone': "
        "InvalidSubnetID.NotFound",
        subnet_id="subnet-gone",
    )


def groups_of_other_vpc(world: World) -> None:
    world.add_vpc("vpc-other", "10.9.0.0/16")
    world.add_security_group("sg-other", "vpc-other")
    config(world)["securityGroups"] = ["sg-other"]
    stopped(
        world,
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': "
        "InvalidParameterValue: Security group sg-other and subnet subnet-a belong to different networks.",
    )


def full_subnet_on_fargate(world: World) -> None:
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    stopped(
        world,
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': "
        "InsufficientFreeAddressesInSubnet",
    )


def foreign_eni(world: World) -> None:
    eni = world.add_eni("subnet-a", instance_id="i-a", device_index=3, groups=("sg-host",))
    eni["NetworkInterfaceId"] = world.instance("i-a")["NetworkInterfaces"][-1]["NetworkInterfaceId"] = "eni-foreign"
    stopped(world, "Unable to attach network interface to unused device index", "web")


def sporadic_eni(world: World) -> None:
    stopped(world, "Timeout waiting for network interface provisioning to complete.")


def eni_rate(world: World) -> None:
    stopped(world, "Rate limit exceeded while preparing network interface to be attached to instance", "web")


def service_linked_role(world: World) -> None:
    roles = world.rows["iam:GetRole"]
    roles[:] = [role for role in roles if role["RoleName"] != "AWSServiceRoleForECS"]
    world.add_event(
        "web", "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
    )


# The way out.


def nat_state(world: World, state: str = "deleted") -> None:
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = state
    stopped(world, AUTH_NETWORK.format(ip="44.213.79.10"))


def no_default_route(world: World) -> None:
    routes = world.route_table("rtb-a")["Routes"]
    routes[:] = [each for each in routes if each.get("DestinationCidrBlock") != "0.0.0.0/0"]
    stopped(world, AUTH_NETWORK.format(ip="44.213.79.10"))


def blackhole(world: World) -> None:
    world.route_table("rtb-a")["Routes"][-1]["State"] = "blackhole"
    stopped(world, IMAGE_NETWORK)


def nat_without_gateway(world: World) -> None:
    world.rows["ec2:DescribeRouteTables"] = [
        row for row in world.rows["ec2:DescribeRouteTables"] if row["RouteTableId"] != "rtb-public"
    ]
    world.add_route_table("rtb-public", "vpc-main", subnets=("subnet-public-a", "subnet-public-b"))
    in_subnet_a(world)
    stopped(world, IMAGE_NETWORK)


def private_nat(world: World) -> None:
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["ConnectivityType"] = "private"
    stopped(world, IMAGE_NETWORK)


def public_subnet(world: World) -> None:
    config(world)["subnets"] = ["subnet-public-a", "subnet-public-b"]
    stopped(world, AUTH_NETWORK.format(ip="44.213.79.10"), subnet_id="subnet-public-a")


def acl(world: World, *, egress: bool) -> None:
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": "acl-a",
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"NetworkAclId": "acl-a", "SubnetId": "subnet-a"}],
            "Entries": [
                acl_entry(90, "deny", egress=egress, protocol="6", ports=(443, 443) if egress else (1024, 65535)),
                acl_entry(100, "allow", egress=True),
                acl_entry(100, "allow", egress=False),
                acl_entry(32767, "deny", egress=True),
                acl_entry(32767, "deny", egress=False),
            ],
        }
    )
    stopped(world, IMAGE_NETWORK)


def closed_group(world: World) -> None:
    world.add_security_group("sg-closed")["IpPermissionsEgress"] = []
    config(world)["securityGroups"] = ["sg-closed"]
    stopped(world, AUTH_NETWORK.format(ip="44.213.79.10"))


def detached_gateway(world: World) -> None:
    world.find("ec2:DescribeInternetGateways", "InternetGatewayId", "igw-main")["Attachments"] = []
    stopped(world, IMAGE_NETWORK)


def blocked_public_access(world: World) -> None:
    for subnet in world.rows["ec2:DescribeSubnets"]:
        subnet["BlockPublicAccessStates"] = {"InternetGatewayBlockMode": "block-bidirectional"}
    stopped(world, IMAGE_NETWORK)


# Endpoints.


def endpoints(world: World, *services: str) -> None:
    """A private ECR image, no way to the internet, and interface endpoints that work."""
    world.task_definition("worker")["containerDefinitions"][0]["image"] = ECR
    world.add_route_table("rtb-island", "vpc-main")
    world.add_subnet("subnet-island", "10.0.9.0/24", route_table="rtb-island")
    world.add_security_group("sg-endpoint", "vpc-main", permission("tcp", "sg-app", 443))
    config(world)["subnets"] = ["subnet-island"]
    for service in services:
        eni = world.add_eni("subnet-island", groups=("sg-endpoint",), type_="vpc_endpoint")
        world.rows["ec2:DescribeVpcEndpoints"].append(
            {
                "VpcEndpointId": f"vpce-{service.replace('.', '-')}",
                "VpcEndpointType": "Interface",
                "VpcId": "vpc-main",
                "ServiceName": f"com.amazonaws.us-east-1.{service}",
                "State": "available",
                "SubnetIds": ["subnet-island"],
                "Groups": [{"GroupId": "sg-endpoint", "GroupName": "endpoint"}],
                "PrivateDnsEnabled": True,
                "NetworkInterfaceIds": [eni["NetworkInterfaceId"]],
                "PolicyDocument": '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
            }
        )
    world.rows["ec2:DescribePrefixLists"].append(
        {"PrefixListId": "pl-s3", "PrefixListName": "com.amazonaws.us-east-1.s3", "Cidrs": ["52.216.0.0/15"]}
    )
    world.rows["ec2:DescribeVpcEndpoints"].append(
        {
            "VpcEndpointId": "vpce-s3",
            "VpcEndpointType": "Gateway",
            "VpcId": "vpc-main",
            "ServiceName": "com.amazonaws.us-east-1.s3",
            "State": "available",
            "RouteTableIds": ["rtb-island"],
            "PolicyDocument": '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
        }
    )
    world.route_table("rtb-island")["Routes"].append(route("pl-s3", GatewayId="vpce-s3"))


def island(world: World, reason: str) -> None:
    stopped(world, reason, subnet_id="subnet-island")


def endpoint_missing(world: World) -> None:
    endpoints(world, "ecr.dkr")
    island(world, AUTH_NETWORK.format(ip="44.213.79.10"))


def layers_missing(world: World) -> None:
    endpoints(world, "ecr.api", "ecr.dkr")
    routes = world.route_table("rtb-island")["Routes"]
    routes[:] = [each for each in routes if "DestinationPrefixListId" not in each]
    world.find("ec2:DescribeVpcEndpoints", "VpcEndpointId", "vpce-s3")["RouteTableIds"] = []
    island(
        world,
        PULL
        + f"ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: "
        f"Get {ECR}: dial tcp 52.216.1.1:443: i/o timeout",
    )


def endpoint_group(world: World) -> None:
    endpoints(world, "ecr.api", "ecr.dkr")
    world.security_group("sg-endpoint")["IpPermissions"] = []
    island(world, AUTH_NETWORK.format(ip="10.0.9.10"))


def endpoint_dns(world: World) -> None:
    endpoints(world, "ecr.api", "ecr.dkr")
    world.find("ec2:DescribeVpcEndpoints", "VpcEndpointId", "vpce-ecr-api")["PrivateDnsEnabled"] = False
    island(world, AUTH_NETWORK.format(ip="44.213.79.10"))


def endpoint_pending(world: World) -> None:
    endpoints(world, "ecr.api", "ecr.dkr")
    world.find("ec2:DescribeVpcEndpoints", "VpcEndpointId", "vpce-ecr-api")["State"] = "failed"
    island(world, AUTH_NETWORK.format(ip="44.213.79.10"))


def logs_endpoint(world: World) -> None:
    endpoints(world, "ecr.api", "ecr.dkr")
    world.task_definition("worker")["containerDefinitions"][0]["logConfiguration"] = {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/worker", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "w"},
    }
    world.rows["logs:DescribeLogGroups"].append(
        {"logGroupName": "/worker", "arn": world.arn("logs", "log-group:/worker:*")}
    )
    island(
        world,
        INIT
        + "failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task "
        "definition. There is a connection issue between the task and Amazon CloudWatch. Check your network "
        "configuration. : signal: killed",
    )


# What a start needs.


def secret_key(world: World) -> None:
    world.task_definition("worker")["containerDefinitions"][0]["secrets"] = [
        {"name": "DB", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf:password::"}
    ]
    stopped(
        world,
        INIT
        + "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret "
        "from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json "
        "key password",
    )


def log_group_missing(world: World) -> None:
    world.task_definition("worker")["containerDefinitions"][0]["logConfiguration"] = {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/gone", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "w"},
    }
    stopped(
        world,
        INIT
        + "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log "
        "stream: ResourceNotFoundException: The specified log group does not exist.",
    )


def image_missing(world: World) -> None:
    world.task_definition("worker")["containerDefinitions"][0]["image"] = ECR
    world.rows["ecr:DescribeRepositories"].append({"repositoryName": "worker", "repositoryUri": ECR.partition(":")[0]})
    stopped(
        world,
        PULL + f"pull image manifest has been retried 1 time(s): failed to resolve ref {ECR}: {ECR}: not found",
    )


def role_missing(world: World) -> None:
    roles = world.rows["iam:GetRole"]
    roles[:] = [role for role in roles if role["RoleName"] != "ecsTaskExecutionRole"]
    stopped(
        world,
        "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole' that was provided for "
        "this task. Please verify that the role being passed has the proper trust relationship and permissions and "
        "that your IAM user has permissions to pass this role.",
    )


# Where the network is not at fault.


def exits(world: World, service: str = "worker", *, code: int = 1) -> None:
    stopped(
        world,
        "Essential container in task exited",
        service,
        code="EssentialContainerExited",
        exit_code=code,
        started=True,
    )


def out_of_memory(world: World) -> None:
    stopped(
        world,
        "OutOfMemoryError: Container killed due to memory usage",
        code="EssentialContainerExited",
        exit_code=137,
        started=True,
    )


def exits_beside_a_failed_nat(world: World) -> None:
    exits(world, "web")
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = "failed"
    config(world)["subnets"] = ["subnet-b"]


def container_health(world: World) -> None:
    stopped(world, "Task failed container health checks", code="ServiceSchedulerInitiated", started=True)


def spot(world: World) -> None:
    stopped(world, "Your Spot Task was interrupted.", code="SpotInterruption", started=True)


def entry_point(world: World) -> None:
    stopped(
        world,
        'CannotStartContainerError: Error response from daemon: failed to create shim: exec: "run.sh": executable file '
        "not found in $PATH",
    )


def rate_limit(world: World) -> None:
    stopped(
        world,
        PULL + "Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit. "
        "https://www.docker.com/increase-rate-limit",
    )


def disk_full(world: World) -> None:
    stopped(world, PULL + "write /var/lib/docker/tmp/GetImageBlob1: no space left on device", "web")


# What could not be read.


def denied(world: World, plant: Plant, operation: str) -> None:
    plant(world)
    world.deny(operation)


# Standalone tasks and launchers.


def standalone(world: World, plant: Plant) -> None:
    world.add_task_definition("report")
    plant(world)


def standalone_in_full_subnet(world: World) -> None:
    world.subnet("subnet-b")["AvailableIpAddressCount"] = 0
    world.add_stopped_task(
        None,
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-b': "
        "InsufficientFreeAddressesInSubnet",
        definition="report",
        subnet_id="subnet-b",
    )


def standalone_exits(world: World) -> None:
    world.add_stopped_task(
        None,
        "Essential container in task exited",
        definition="report",
        code="EssentialContainerExited",
        exit_code=1,
        started=True,
    )


def awsvpc(**members: Any) -> dict[str, Any]:
    return {
        "awsvpcConfiguration": {
            "Subnets": ["subnet-a"],
            "SecurityGroups": ["sg-app"],
            "AssignPublicIp": "DISABLED",
            **members,
        }
    }


def rule(world: World, **members: Any) -> None:
    world.add_task_definition("nightly")
    world.rows["events:ListRules"].append(
        {"Name": "nightly", "Arn": world.arn("events", "rule/nightly"), "State": "ENABLED"}
    )
    world.rows["events:ListTargetsByRule"].append(
        {
            "Rule": "nightly",
            "Id": "1",
            "Arn": world.arn("ecs", f"cluster/{world.cluster}"),
            "EcsParameters": {
                "TaskDefinitionArn": world.arn("ecs", "task-definition/nightly"),
                "LaunchType": "FARGATE",
                "NetworkConfiguration": awsvpc(**members),
            },
        }
    )


def schedule(world: World, **members: Any) -> None:
    world.add_task_definition("hourly")
    world.rows["scheduler:GetSchedule"].append(
        {
            "Name": "hourly",
            "GroupName": "default",
            "Arn": world.arn("scheduler", "schedule/default/hourly"),
            "State": "ENABLED",
            "Target": {
                "Arn": world.arn("ecs", f"cluster/{world.cluster}"),
                "EcsParameters": {
                    "TaskDefinitionArn": world.arn("ecs", "task-definition/hourly:1"),
                    "LaunchType": "FARGATE",
                    "NetworkConfiguration": awsvpc(**members),
                },
            },
        }
    )


RULE = ("launcher", "events:rule/nightly")
SCHEDULE = ("launcher", "scheduler:schedule/default/hourly")


def _of_seed(area: str, name: str) -> Scenario:
    incident = seed.INCIDENTS[name]
    return Scenario(area=area, plant=incident.plant, first=incident.first, subject=("service", incident.service))


PLANTED: dict[str, Scenario] = {
    # Placement
    "every task-ENI slot is taken": _of_seed("placement", "every task-ENI slot is taken"),
    "every CPU unit is taken": _of_seed("placement", "every CPU unit is taken"),
    "all memory is taken": _of_seed("placement", "all memory is taken"),
    "hosts do not do awsvpc": _of_seed("placement", "hosts do not do awsvpc"),
    "agents are disconnected": _of_seed("placement", "agents are disconnected"),
    "no host meets the constraint": _of_seed("placement", "no host meets the constraint"),
    "no host is left": _of_seed("placement", "no host is left"),
    "slots are full though trunking is on": Scenario(
        area="placement", plant=eni_slots_on_one_family, first=("ENI001", "prod")
    ),
    "the capacity provider is empty": Scenario(
        area="placement", plant=gone_instances_of_a_provider, first=("PLC001", "prod")
    ),
    "all hosts drain": Scenario(area="placement", plant=draining, first=("PLC001", "prod")),
    "task subnets lie in a zone without hosts": Scenario(area="placement", plant=other_zone, first=("PLC002", "web")),
    "the image is for another architecture than the hosts": Scenario(
        area="placement", plant=wrong_architecture, first=("PLC009", "web")
    ),
    "a log driver that no host has": Scenario(area="placement", plant=required_attribute, first=("PLC008", "web")),
    "agents are too old for awsvpc": Scenario(area="placement", plant=old_agents, first=("AGT001", "i-a")),
    "a GPU is wanted and there is none": Scenario(area="placement", plant=gpu, first=("PLC011", "web")),
    "Fargate has no capacity in the one zone": Scenario(
        area="placement", plant=fargate_capacity, first=("PLC013", "worker"), subject=WORKER
    ),
    # Task ENIs
    "a subnet is full": _of_seed("task ENI", "a subnet is full"),
    "a security group is gone": _of_seed("task ENI", "a security group is gone"),
    "a subnet is gone": Scenario(area="task ENI", plant=subnet_gone, first=("SUB003", "subnet-gone"), subject=WORKER),
    "groups are of another VPC": Scenario(
        area="task ENI", plant=groups_of_other_vpc, first=("SUB005", "worker"), subject=WORKER
    ),
    "a subnet is full on Fargate": Scenario(
        area="task ENI", plant=full_subnet_on_fargate, first=("SUB001", "subnet-a"), subject=WORKER
    ),
    "somebody's ENI takes a slot that ECS counts on": Scenario(
        area="task ENI", plant=foreign_eni, first=("ENI002", "eni-foreign")
    ),
    "the service-linked role is missing": Scenario(
        area="task ENI", plant=service_linked_role, first=("SVC003", "AWSServiceRoleForECS")
    ),
    # The way out
    "a NAT gateway has failed": _of_seed("way out", "a NAT gateway has failed"),
    "a NAT gateway was deleted": Scenario(area="way out", plant=nat_state, first=("NET006", "nat-a"), subject=WORKER),
    "the default route was deleted": Scenario(
        area="way out", plant=no_default_route, first=("NET004", "rtb-a"), subject=WORKER
    ),
    "the default route is a blackhole": Scenario(
        area="way out", plant=blackhole, first=("NET005", "rtb-a"), subject=WORKER
    ),
    "the NAT gateway's subnet has no way out": Scenario(
        area="way out", plant=nat_without_gateway, first=("NET007", "nat-a"), subject=WORKER
    ),
    "the NAT gateway is a private one": Scenario(
        area="way out", plant=private_nat, first=("NET008", "nat-a"), subject=WORKER
    ),
    "Fargate in a public subnet without a public address": Scenario(
        area="way out", plant=public_subnet, first=("NET002", "worker"), subject=WORKER
    ),
    "an ACL denies 443 outbound": Scenario(
        area="way out", plant=partial(acl, egress=True), first=("NET009", "acl-a"), subject=WORKER
    ),
    "an ACL denies the reply": Scenario(
        area="way out", plant=partial(acl, egress=False), first=("NET010", "acl-a"), subject=WORKER
    ),
    "the task group lets nothing out": Scenario(
        area="way out", plant=closed_group, first=("NET011", "sg-closed"), subject=WORKER
    ),
    "the internet gateway is detached": Scenario(
        area="way out", plant=detached_gateway, first=("NET012", "igw-main"), subject=WORKER
    ),
    "Block Public Access stops it": Scenario(
        area="way out", plant=blocked_public_access, first=("NET016", "vpc-main"), subject=WORKER
    ),
    # Endpoints
    "the ecr.api endpoint was forgotten": Scenario(
        area="endpoints", plant=endpoint_missing, first=("END001", "worker"), subject=WORKER
    ),
    "the S3 gateway is not in the route table": Scenario(
        area="endpoints", plant=layers_missing, first=("END002", "rtb-island"), subject=WORKER
    ),
    "the endpoint's group does not admit the tasks": Scenario(
        area="endpoints", plant=endpoint_group, first=("END003", "vpce-ecr-api"), subject=WORKER
    ),
    "private DNS is off on the endpoint": Scenario(
        area="endpoints", plant=endpoint_dns, first=("END004", "vpce-ecr-api"), subject=WORKER
    ),
    "the endpoint has failed": Scenario(
        area="endpoints", plant=endpoint_pending, first=("END005", "vpce-ecr-api"), subject=WORKER
    ),
    "the logs endpoint was forgotten": Scenario(
        area="endpoints", plant=logs_endpoint, first=("END001", "worker"), subject=WORKER
    ),
    # What a start needs
    "the secret has no such key": Scenario(
        area="start-up", plant=secret_key, first=("SVC010", "db-AbCdEf"), subject=WORKER
    ),
    "the log group does not exist": Scenario(
        area="start-up", plant=log_group_missing, first=("SVC008", "/gone"), subject=WORKER
    ),
    "the image tag does not exist": Scenario(
        area="start-up", plant=image_missing, first=("SVC008", "worker:1"), subject=WORKER
    ),
    "the execution role does not exist": Scenario(
        area="start-up", plant=role_missing, first=("SVC006", "ecsTaskExecutionRole"), subject=WORKER
    ),
    # No configuration fault
    "the application uses too much memory": _of_seed("no fault", "the application uses too much memory"),
    "the application exits beside a full subnet": _of_seed("no fault", "the application exits beside a full subnet"),
    "a refusal beside a failed NAT gateway": _of_seed("no fault", "a refusal beside a failed NAT gateway"),
    "the application exits in a subnet without egress": _of_seed(
        "no fault", "the application exits in a subnet without egress"
    ),
    "the container is unhealthy": _of_seed("no fault", "the container is unhealthy"),
    "the application exits on Fargate": Scenario(area="no fault", plant=exits, first=None, subject=WORKER),
    "a container is killed for memory on Fargate": Scenario(
        area="no fault", plant=out_of_memory, first=None, subject=WORKER
    ),
    "the application exits beside a failed NAT gateway": Scenario(
        area="no fault", plant=exits_beside_a_failed_nat, first=None
    ),
    "a container fails its health check on Fargate": Scenario(
        area="no fault", plant=container_health, first=None, subject=WORKER
    ),
    "Spot takes a task back": Scenario(area="no fault", plant=spot, first=None, subject=WORKER),
    "the entry point is not in the image": Scenario(area="no fault", plant=entry_point, first=None, subject=WORKER),
    "the public registry throttles": Scenario(area="no fault", plant=rate_limit, first=None, subject=WORKER),
    "the host's disk is full": Scenario(area="no fault", plant=disk_full, first=None),
    "an ENI was not provisioned in time, once": Scenario(
        area="no fault", plant=sporadic_eni, first=None, subject=WORKER
    ),
    "ENIs are made too fast": Scenario(area="no fault", plant=eni_rate, first=None),
    "Fargate has no capacity, in both zones": Scenario(
        area="no fault", plant=fargate_capacity_in_two_zones, first=None, subject=WORKER
    ),
    "the vCPU quota is used up": Scenario(area="no fault", plant=quota, first=None, subject=WORKER),
    # What could not be read
    "subnets were not read": Scenario(
        area="unknown",
        plant=partial(denied, plant=full_subnet_on_fargate, operation="ec2:DescribeSubnets"),
        first=("SUB001", "subnet-a"),
        subject=WORKER,
        unknown="ec2:DescribeSubnets",
    ),
    "NAT gateways were not read": Scenario(
        area="unknown",
        plant=partial(denied, plant=nat_state, operation="ec2:DescribeNatGateways"),
        first=None,
        subject=WORKER,
        unknown="ec2:DescribeNatGateways",
    ),
    "route tables were not read": Scenario(
        area="unknown",
        plant=partial(denied, plant=no_default_route, operation="ec2:DescribeRouteTables"),
        first=None,
        subject=WORKER,
        unknown="ec2:DescribeRouteTables",
    ),
    "security groups were not read": Scenario(
        area="unknown",
        plant=partial(denied, plant=closed_group, operation="ec2:DescribeSecurityGroups"),
        first=None,
        subject=WORKER,
        unknown="ec2:DescribeSecurityGroups",
    ),
    "container instances were not read": Scenario(
        area="unknown",
        plant=partial(denied, plant=seed.use_up_cpu, operation="ecs:DescribeContainerInstances"),
        first=("PLC004", "web"),
        unknown="ecs:DescribeContainerInstances",
    ),
    # Standalone tasks and launchers
    "a standalone task in a full subnet": Scenario(
        area="launchers",
        plant=partial(standalone, plant=standalone_in_full_subnet),
        first=("SUB001", "subnet-b"),
        subject=("task", "report"),
    ),
    "a standalone task that exits": Scenario(
        area="launchers", plant=partial(standalone, plant=standalone_exits), first=None, subject=("task", "report")
    ),
    "a rule runs tasks in a public subnet without an address": Scenario(
        area="launchers", plant=partial(rule, Subnets=["subnet-public-a"]), first=("NET002", RULE[1]), subject=RULE
    ),
    "a rule names a subnet that is gone": Scenario(
        area="launchers", plant=partial(rule, Subnets=["subnet-gone"]), first=("SUB003", "subnet-gone"), subject=RULE
    ),
    "a schedule names a group that is gone": Scenario(
        area="launchers",
        plant=partial(schedule, SecurityGroups=["sg-gone"]),
        first=("SUB004", "sg-gone"),
        subject=SCHEDULE,
    ),
    "a schedule names no subnet": Scenario(
        area="launchers", plant=partial(schedule, Subnets=[]), first=("SVC011", SCHEDULE[1]), subject=SCHEDULE
    ),
}


def world_of(scenario: Scenario) -> World:
    """The account of a scenario: healthy but for one service that is short of a task, and the fault planted."""
    kind, name = scenario.subject
    world = seed.incident_world(name) if kind == "service" else healthy()
    scenario.plant(world)
    return world
