"""The sample account of the demo: a realistic cluster with healthy services and planted faults of different areas.

| service | on | what is wrong |
| --- | --- | --- |
| `web` | Fargate behind a load balancer | nothing |
| `cron` | EC2, bridge mode | nothing, and nothing to do with awsvpc |
| `api` | EC2 (two c5.large) | wants 6 tasks, the instances have room for 4 task ENIs |
| `worker` | Fargate | its only NAT gateway has failed |
| `batch` | Fargate | its subnet has no free address |
| `admin` | Fargate | its target group has target type `instance` |
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator, event
from awsvpc_audit.model.iam import SERVICE_LINKED_ROLE

CLUSTER = "prod"
_PULL_TIMEOUT = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
    f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/worker:2026.11: failed to do request: Head "
    f'"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/v2/worker/manifests/2026.11": '
    "dial tcp 44.213.79.10:443: i/o timeout"
)


@dataclass(frozen=True, slots=True)
class _Network:
    vpc: str
    subnets: dict[str, str]
    """Ids by name: `public-a` to `-c`, `private-a` to `-c`, `full-a`."""
    groups: dict[str, str]


def build(emulator: Emulator, now: datetime) -> None:
    """Fill an empty emulated account.

    Args:
        emulator: where.
        now: the time of the newest event.
    """
    network = _network(emulator)
    _roles(emulator)
    emulator.settings = [
        {"name": name, "value": "disabled", "principalArn": f"arn:aws:iam::{ACCOUNT}:root", "type": "user"}
        for name in ("awsvpcTrunking", "dualStackIPv6")
    ]
    ecs = emulator.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    hosts = [_host(emulator, network, zone) for zone in ("a", "b")]
    for family in ("web", "api", "worker", "batch", "admin", "cron"):
        _image(emulator, family)
        _task_definition(ecs, family, mode="bridge" if family == "cron" else "awsvpc")
    private = [network.subnets["private-a"], network.subnets["private-b"]]

    web = _load_balancer(emulator, network, "web", "ip")
    _service(ecs, network, "web", [private[0]], desired=2, target_group=web)
    _service(ecs, network, "api", private, desired=6, launch_type="EC2")
    _service(ecs, network, "worker", [network.subnets["private-c"]], desired=2)
    _service(ecs, network, "batch", [network.subnets["full-a"]], desired=1)
    _service(ecs, network, "admin", [private[0]], desired=1, target_group=_target_group(emulator, network, "admin"))
    ecs.create_service(cluster=CLUSTER, serviceName="cron", taskDefinition="cron", desiredCount=1, launchType="EC2")

    for name, count in (("web", 2), ("admin", 1)):
        for _ in range(count):
            emulator.run_task(name, cluster=CLUSTER, subnet_id=private[0], started_at=now - timedelta(days=2))
    for host, subnet in zip(hosts, private, strict=True):
        for _ in range(2):
            emulator.run_task("api", cluster=CLUSTER, subnet_id=subnet, on=host, started_at=now - timedelta(days=1))
    _counts(emulator, web=2, api=4, worker=0, batch=0, admin=1, cron=1)
    _symptoms(emulator, network, hosts[0], now)
    _faults(emulator, network)


def _network(emulator: Emulator) -> _Network:
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnets: dict[str, str] = {}
    for name, cidr in (
        ("public-a", "10.0.0.0/24"),
        ("public-b", "10.0.1.0/24"),
        ("public-c", "10.0.2.0/24"),
        ("private-a", "10.0.10.0/24"),
        ("private-b", "10.0.11.0/24"),
        ("private-c", "10.0.12.0/24"),
        ("full-a", "10.0.13.0/28"),
    ):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}{name[-1]}")["Subnet"]
        subnets[name] = subnet["SubnetId"]
        ec2.create_tags(Resources=[subnet["SubnetId"]], Tags=[{"Key": "Name", "Value": name}])

    def route_table(name: str, *members: str, **target: str) -> None:
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_tags(Resources=[table], Tags=[{"Key": "Name", "Value": name}])
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
        for member in members:
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[member])

    route_table("public", "public-a", "public-b", "public-c", GatewayId=gateway)
    nats: dict[str, str] = {}
    for zone in ("a", "b", "c"):
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(
            SubnetId=subnets[f"public-{zone}"], AllocationId=address, ConnectivityType="public"
        )["NatGateway"]["NatGatewayId"]
        nats[zone] = nat
    route_table("private-a", "private-a", "full-a", NatGatewayId=nats["a"])
    route_table("private-b", "private-b", NatGatewayId=nats["b"])
    route_table("private-c", "private-c", NatGatewayId=nats["c"])

    def group(name: str, *ingress: dict[str, Any]) -> str:
        created = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        if ingress:
            ec2.authorize_security_group_ingress(GroupId=created, IpPermissions=list(ingress))
        return str(created)

    def tcp(port: int, **peer: Any) -> dict[str, Any]:
        return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}

    balancer = group("load-balancer", tcp(80, IpRanges=[{"CidrIp": "0.0.0.0/0"}]))
    app = group("app", tcp(8080, UserIdGroupPairs=[{"GroupId": balancer}]))
    return _Network(vpc, subnets, {"load-balancer": balancer, "app": app, "host": group("host")})


def _roles(emulator: Emulator) -> None:
    iam = emulator.client("iam")

    def role(name: str, service: str, path: str = "/") -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        iam.create_role(
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    role(SERVICE_LINKED_ROLE, "ecs.amazonaws.com", "/aws-service-role/ecs.amazonaws.com/")
    role("ecsTaskExecutionRole", "ecs-tasks.amazonaws.com")
    role("ecsInstanceRole", "ec2.amazonaws.com")
    iam.create_instance_profile(InstanceProfileName="ecsInstanceRole")
    iam.add_role_to_instance_profile(InstanceProfileName="ecsInstanceRole", RoleName="ecsInstanceRole")


def _host(emulator: Emulator, network: _Network, zone: str) -> Any:
    ec2 = emulator.client("ec2")
    instance = ec2.run_instances(
        ImageId=emulator.ecs_optimized_image(),
        InstanceType="c5.large",
        MinCount=1,
        MaxCount=1,
        SubnetId=network.subnets[f"private-{zone}"],
        SecurityGroupIds=[network.groups["host"]],
        IamInstanceProfile={"Name": "ecsInstanceRole"},
    )["Instances"][0]["InstanceId"]
    return emulator.register_container_instance(CLUSTER, instance, cpu=2048, memory=3788)


def _image(emulator: Emulator, repository: str) -> None:
    ecr = emulator.client("ecr")
    ecr.create_repository(repositoryName=repository)
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    ecr.put_image(repositoryName=repository, imageTag="2026.11", imageManifest=json.dumps(manifest))


def _task_definition(ecs: Any, family: str, *, mode: str = "awsvpc") -> None:
    ecs.register_task_definition(
        family=family,
        networkMode=mode,
        requiresCompatibilities=["EC2"] if mode != "awsvpc" else ["EC2", "FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole",
        containerDefinitions=[
            {
                "name": family,
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{family}:2026.11",
                "essential": True,
                "cpu": 256,
                "memory": 512,
                "portMappings": [{"containerPort": 8080, "hostPort": 8080 if mode == "awsvpc" else 0}],
                "environment": [{"name": "DATABASE_PASSWORD", "value": "never shown: dropped while collecting"}],
            }
        ],
    )


def _target_group(emulator: Emulator, network: _Network, name: str, target_type: str = "instance") -> str:
    created = emulator.client("elbv2").create_target_group(
        Name=name, Protocol="HTTP", Port=8080, VpcId=network.vpc, TargetType=target_type
    )
    return str(created["TargetGroups"][0]["TargetGroupArn"])


def _load_balancer(emulator: Emulator, network: _Network, name: str, target_type: str) -> str:
    elbv2 = emulator.client("elbv2")
    target_group = _target_group(emulator, network, name, target_type)
    balancer = elbv2.create_load_balancer(
        Name=f"alb-{name}",
        Subnets=[network.subnets["public-a"], network.subnets["public-b"]],
        SecurityGroups=[network.groups["load-balancer"]],
        Scheme="internet-facing",
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
    )
    return target_group


def _service(
    ecs: Any,
    network: _Network,
    name: str,
    subnets: list[str],
    *,
    desired: int,
    launch_type: str = "FARGATE",
    target_group: str | None = None,
) -> None:
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=name,
        taskDefinition=name,
        desiredCount=desired,
        launchType=launch_type,
        **({"platformVersion": "1.4.0"} if launch_type == "FARGATE" else {}),
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": subnets,
                "securityGroups": [network.groups["app"]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=(
            [{"targetGroupArn": target_group, "containerName": name, "containerPort": 8080}] if target_group else []
        ),
    )


def _counts(emulator: Emulator, **running: int) -> None:
    services = emulator.backend("ecs").services
    for name, count in running.items():
        service = services[f"{CLUSTER}:{name}"]
        service.running_count = service.deployments[0]["runningCount"] = count
        service.pending_count = service.deployments[0]["pendingCount"] = 0


def _symptoms(emulator: Emulator, network: _Network, host: Any, now: datetime) -> None:
    """What ECS says of the faults: events, newest first, and stopped tasks."""
    services = emulator.backend("ecs").services
    services[f"{CLUSTER}:api"].events = [
        event(
            "(service api) was unable to place a task because no container instance met all of its requirements. "
            f'The closest matching (container-instance {host.id}) encountered error "RESOURCE:ENI". '
            "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
            now - timedelta(minutes=2 + 13 * number),
        )
        for number in range(6)
    ]
    for number in range(3):
        task = emulator.run_task("worker", cluster=CLUSTER, subnet_id=network.subnets["private-c"])
        emulator.stop_task(task, reason=_PULL_TIMEOUT, at=now - timedelta(minutes=4 + 9 * number))
    services[f"{CLUSTER}:worker"].events = [
        event(
            "(service worker) is unable to consistently start tasks successfully. "
            "For more information, see the Troubleshooting section.",
            now - timedelta(minutes=3),
        )
    ]
    full = network.subnets["full-a"]
    for number in range(2):
        task = emulator.run_task("batch", cluster=CLUSTER, subnet_id=full)
        reason = (
            f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{full}': "
            "InsufficientFreeAddressesInSubnet"
        )
        emulator.stop_task(task, reason=reason, at=now - timedelta(minutes=6 + 11 * number))
    for name in ("web", "admin", "cron"):
        services[f"{CLUSTER}:{name}"].events = [
            event(f"(service {name}) has reached a steady state.", now - timedelta(hours=2))
        ]


def _faults(emulator: Emulator, network: _Network) -> None:
    ec2 = emulator.backend("ec2")
    failed = next(nat for nat in ec2.nat_gateways.values() if nat.subnet_id == network.subnets["public-c"])
    failed.state = "failed"
    failed.failure_code = "InsufficientFreeAddressesInSubnet"
    failed.failure_message = "Subnet has insufficient free addresses to create this NAT gateway"
    ec2.get_subnet(network.subnets["full-a"])._available_ip_addresses = 0
