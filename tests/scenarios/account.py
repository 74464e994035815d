"""A healthy account in the emulator, and the words in which a scenario breaks it.

What AWS's API can bring about is done with boto3. What only AWS itself brings about is written into the emulator's
state: events and stopped tasks, states of NAT gateways and routes, what agents report. `answer` replaces what one
operation answers; a scenario that uses it says so.

Zone `a` is for the services that a scenario breaks; what stands beside them lives in the zones `b` and `c`, and the
service `vault` in a VPC of its own that has endpoints and no way to the internet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from threading import RLock
from typing import Any
from unittest.mock import patch

from botocore import xform_name
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.base_backend import BackendDict
from moto.core.responses import ActionResult
from moto.ec2.models.route_tables import Route
from moto.elbv2.responses import ELBV2Response

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator, emulator, event
from awsvpc_audit.findings import AuditResult
from awsvpc_audit.model.account_model import Model
from tests.emulator_faults import FaultyAws, faulty

NOW = datetime(2026, 11, 23, 23, 14, tzinfo=UTC)
CLUSTER = "prod"
CLUSTER_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""Services that the VPC without a way to the internet has interface endpoints for."""

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
EXECUTION_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"
ANYWHERE = "0.0.0.0/0"
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}

_RESPONSES = {
    "autoscaling": AutoScalingResponse,
    "cloudtrail": CloudTrailResponse,
    "elbv2": ELBV2Response,
}


class Account:
    """One account, one Region, one cluster.

    Attributes:
        aws: the emulator.
        proxy: stands between the program and the emulator, and may refuse.
        ids: AWS's ids of what was made, by the name that scenarios use.
    """

    def __init__(self, aws: Emulator, proxy: FaultyAws, session: Session, undo: ExitStack) -> None:
        self.aws = aws
        self.proxy = proxy
        self.ids: dict[str, str] = {}
        self._session = session
        self._undo = undo

    def __getitem__(self, name: str) -> str:
        return self.ids[name]

    @property
    def ec2(self) -> Any:
        return self.aws.client("ec2")

    @property
    def ecs(self) -> Any:
        return self.aws.client("ecs")

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def state(self, service: str) -> Any:
        """The emulator's own state of a service."""
        return self.aws.backend(service)

    def id_of(self, name: str) -> str:
        """The id of what has this name; of names that AWS uses itself, the name."""
        return self.ids.get(name, name)

    def audit(self) -> AuditResult:
        """What the program says, over real API calls."""
        # One call at a time: the emulator shares state among the requests it answers at once.
        collected = collect(self._session, Target((CLUSTER,)), clock=lambda: NOW, concurrency=1)
        broken = [gap for gap in collected.collection.missing if gap.error not in {"AccessDenied", "NotCollected"}]
        if broken:
            raise AssertionError(f"the emulator did not answer: {broken}")
        model = Model.of(collected.snapshot)
        scope, name = model.find_cluster(CLUSTER)
        return run_audit(ALL_CHECKS, Context(cluster=Cluster(scope, name), model=model), collected.collection)

    # What the program may not read, and what is answered instead.

    def deny(self, operation: str) -> None:
        """Refuse an operation to the program, as IAM does."""
        self.proxy.deny(operation)

    def answer(self, operation: str, result: dict[str, Any]) -> None:
        """Answer an operation with this, whatever is asked: for states that the emulator does not have."""
        service, _, name = operation.partition(":")
        self._undo.enter_context(
            patch.object(_RESPONSES[service], xform_name(name), lambda _response: ActionResult(result), create=True)
        )

    # What ECS says.

    def service(self, name: str) -> Any:
        """The emulator's state of a service."""
        return self.state("ecs").services[f"{CLUSTER}:{name}"]

    def network(self, service: str) -> dict[str, Any]:
        """The awsvpcConfiguration of a service, to be changed."""
        configuration: dict[str, Any] = self.service(service).network_configuration["awsvpcConfiguration"]
        return configuration

    def move(self, service: str, *subnets: str) -> None:
        """Name other subnets in a service's configuration, as an update of the service does."""
        self.network(service)["subnets"] = [self[subnet] for subnet in subnets]

    def wants(self, service: str, more: int = 1) -> None:
        """The service is to run more tasks than it does."""
        state = self.service(service)
        state.desired_count = state.running_count + more
        state.deployments[0]["desiredCount"] = state.desired_count

    def says(self, service: str, message: str, *, times: int = 3) -> None:
        """ECS says this in the service's events, and a task is missing."""
        self.wants(service)
        self.service(service).events[:0] = [
            event(f"(service {service}) {message}", NOW - timedelta(minutes=2 + 13 * number)) for number in range(times)
        ]

    def fails(self, service: str, reason: str, *, subnet: str = "private-a", times: int = 3, **more: Any) -> None:
        """Tasks of the service stopped, and one is missing.

        Args:
            service: its name.
            reason: the stopped reason.
            subnet: where their ENIs were.
            times: how many.
            more: see `stop`.
        """
        self.wants(service)
        for number in range(times):
            task = self.aws.run_task(service, cluster=CLUSTER, subnet_id=self[subnet])
            self.stop(task, reason, ago=timedelta(minutes=4 + 9 * number), **more)

    def fails_alone(self, family: str, reason: str, *, subnet: str = "private-a", times: int = 2, **more: Any) -> None:
        """Standalone tasks on Fargate that stopped."""
        for number in range(times):
            task = self.state("ecs").run_task(
                CLUSTER,
                family,
                1,
                None,
                "",
                [],
                "FARGATE",
                {"awsvpcConfiguration": {"subnets": [self[subnet]], "securityGroups": [self["sg-app"]]}},
                group=f"family:{family}",
            )[0]
            task.advance = lambda: None
            self.stop(task, reason, ago=timedelta(minutes=4 + 9 * number), **more)

    def stop(
        self,
        task: Any,
        reason: str,
        *,
        ago: timedelta = timedelta(minutes=4),
        code: str = "TaskFailedToStart",
        started: bool = False,
        exit_code: int | None = None,
        container_reason: str | None = None,
        host: str | None = None,
    ) -> None:
        """A task stopped.

        Args:
            task: the emulator's.
            reason: the stopped reason.
            ago: when.
            code: the stop code.
            started: whether its container had run.
            exit_code, container_reason: of the container.
            host: the container instance it was placed on, on EC2.
        """
        self.aws.stop_task(task, reason=reason, at=NOW - ago, code=code)
        task.created_at = NOW - ago - timedelta(minutes=3)
        if host is not None:
            task.container_instance_arn = self.host(host).container_instance_arn
        if started:
            task.pull_started_at = task.created_at + timedelta(seconds=20)
            task.pull_stopped_at = task.created_at + timedelta(seconds=40)
            task.started_at = task.created_at + timedelta(seconds=60)
        task.containers[0].exitCode = exit_code
        if container_reason is not None:
            task.containers[0].reason = container_reason

    # What it is made of.

    def host(self, name: str) -> Any:
        """The emulator's state of the container instance on this EC2 instance."""
        instances = self.state("ecs").container_instances[CLUSTER].values()
        return next(each for each in instances if each.ec2_instance_id == self[name])

    def hosts(self) -> list[Any]:
        """The emulator's state of all container instances."""
        return list(self.state("ecs").container_instances[CLUSTER].values())

    def subnet(self, name: str) -> Any:
        """The emulator's state of a subnet."""
        return self.state("ec2").get_subnet(self[name])

    def fill(self, subnet: str) -> None:
        """No free address is left in a subnet."""
        taken = sum(eni.subnet.id == self[subnet] for eni in self.state("ec2").enis.values())
        self.subnet(subnet)._available_ip_addresses = taken

    def nat_state(self, name: str, state: str, code: str = "", message: str = "") -> None:
        """Only AWS itself brings a NAT gateway into a state."""
        nat = self.state("ec2").nat_gateways[self[name]]
        nat.state, nat.failure_code, nat.failure_message = state, code, message

    def lose_route(self, table: str, destination: str = ANYWHERE) -> None:
        self.ec2.delete_route(RouteTableId=self[table], DestinationCidrBlock=destination)

    def route(self, table: str, destination: str = ANYWHERE, **target: str) -> None:
        """Lead a destination somewhere, in place of where it led before."""
        key = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        routes = self.state("ec2").route_tables[self[table]].routes
        if any(destination in {route.destination_cidr_block, route.destination_ipv6_cidr_block} for route in routes):
            self.ec2.delete_route(RouteTableId=self[table], **{key: destination})
        self.ec2.create_route(RouteTableId=self[table], **{key: destination}, **target)

    def blackhole(self, table: str, destination: str = ANYWHERE) -> None:
        """The target of a route is gone. The emulator has no such state of its own."""
        state = property(lambda route: "blackhole" if getattr(route, "is_lost", False) else "active")
        self._undo.enter_context(patch.object(Route, "state", state))
        for route in self.state("ec2").route_tables[self[table]].routes:
            if route.destination_cidr_block == destination:
                route.is_lost = True

    def acl(self, name: str, subnet: str, *entries: tuple[int, str, bool, str, tuple[int, int] | None]) -> None:
        """A network ACL of a subnet's own: rule number, action, egress, protocol, ports; the final deny is made too."""
        ec2 = self.ec2
        acl = ec2.create_network_acl(VpcId=self.subnet(subnet).vpc_id)["NetworkAcl"]["NetworkAclId"]
        self.ids[name] = acl
        for number, action, egress, protocol, ports in entries:
            ec2.create_network_acl_entry(
                NetworkAclId=acl,
                RuleNumber=number,
                RuleAction=action,
                Egress=egress,
                Protocol=protocol,
                CidrBlock=ANYWHERE,
                **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
            )
        for egress in (True, False):
            self.state("ec2").create_network_acl_entry(
                acl, 32767, "-1", "deny", egress, ANYWHERE, None, None, None, None, None
            )
        current = next(
            association["NetworkAclAssociationId"]
            for row in ec2.describe_network_acls()["NetworkAcls"]
            for association in row["Associations"]
            if association["SubnetId"] == self[subnet]
        )
        ec2.replace_network_acl_association(AssociationId=current, NetworkAclId=acl)

    def group(self, name: str, *ingress: dict[str, Any], vpc: str = "vpc", egress: bool = True) -> str:
        """A security group that lets everything out, or nothing."""
        ec2 = self.ec2
        said = name.removeprefix("sg-")
        group = str(ec2.create_security_group(GroupName=said, Description=said, VpcId=self[vpc])["GroupId"])
        self.ids[name] = group
        if ingress:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(ingress))
        if not egress:
            self.close(name)
        return group

    def close(self, group: str) -> None:
        """A security group lets nothing out any more."""
        rules = self.ec2.describe_security_groups(GroupIds=[self[group]])["SecurityGroups"][0]["IpPermissionsEgress"]
        self.ec2.revoke_security_group_egress(GroupId=self[group], IpPermissions=rules)

    def endpoint(self, name: str) -> Any:
        """The emulator's state of an endpoint."""
        return self.state("ec2").vpc_end_points[self[name]]

    def container(self, family: str) -> dict[str, Any]:
        """The container definition of a family, to be changed."""
        definition: dict[str, Any] = self.state("ecs").describe_task_definition(family).container_definitions[0]
        return definition

    def definition(self, family: str) -> Any:
        """The emulator's state of a task definition."""
        return self.state("ecs").describe_task_definition(family)


class _Checkpoint:
    """The emulator's state at one moment. To go back to it takes a tenth of the time of building it again."""

    def __init__(self) -> None:
        self._backends = {id(backend): backend for backend in _backends()}
        self._shared: dict[int, Any] = dict(self._backends)
        for backend in self._backends.values():
            # A thousand machine images that nothing changes, and locks, of which there can be no copy.
            kept = [*getattr(backend, "amis", {}).values()]
            kept += [value for value in backend.__dict__.values() if isinstance(value, type(RLock()))]
            self._shared |= {id(each): each for each in kept}
        self._states = self._copied([backend.__dict__ for backend in self._backends.values()])

    def _copied(self, states: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return deepcopy(states, dict(self._shared))

    def restore(self) -> None:
        for backend in _backends():
            if id(backend) not in self._backends:
                backend.reset()
        for backend, state in zip(self._backends.values(), self._copied(self._states), strict=True):
            backend.__dict__ = state


def _backends() -> list[Any]:
    services: list[Any] = BackendDict._instances  # type: ignore[misc]
    return [backend for service in services for account in service.values() for backend in account.values()]


@contextmanager
def accounts() -> Iterator[Callable[[], Account]]:
    """A maker of healthy accounts; each one takes the place of the one before."""
    with (
        patch.dict("os.environ", {"AWS_MAX_ATTEMPTS": "1"}),
        emulator() as aws,
        faulty(aws.endpoint_url) as proxy,
        ExitStack() as undo,
    ):
        session = Session(SessionOptions(endpoint_url=proxy.endpoint_url, region=REGION))
        first = Account(aws, proxy, session, undo)
        build(first)
        checkpoint, settings = _Checkpoint(), list(aws.settings)

        def healthy() -> Account:
            undo.close()
            proxy.heal()
            checkpoint.restore()
            aws.settings, aws.refused = deepcopy(settings), set()
            account = Account(aws, proxy, session, undo)
            account.ids |= first.ids
            account.answer("cloudtrail:LookupEvents", {"Events": []})  # nobody changed anything
            return account

        yield healthy


# The healthy account.


def tcp(*ports: int, **peer: Any) -> dict[str, Any]:
    """A rule that admits TCP at a port, or from one to another."""
    return {"IpProtocol": "tcp", "FromPort": ports[0], "ToPort": ports[-1], **peer}


def from_group(group: str) -> dict[str, Any]:
    """A group as the peer of a rule."""
    return {"UserIdGroupPairs": [{"GroupId": group}]}


def from_block(block: str) -> dict[str, Any]:
    """Addresses as the peer of a rule."""
    return {"IpRanges": [{"CidrIp": block}]}


def build(account: Account) -> None:
    """Six services of three launch types, none of them in trouble."""
    _network(account)
    _island(account)
    _roles(account)
    account.aws.settings = [
        {"name": name, "value": "disabled", "principalArn": f"arn:aws:iam::{ACCOUNT}:root", "type": "user"}
        for name in ("awsvpcTrunking", "dualStackIPv6")
    ]
    account.ecs.create_cluster(clusterName=CLUSTER)
    for zone in ("b", "c"):
        add_host(account, f"host-{zone}", f"private-{zone}")
    add_balancer(account, "web", "public-b", "public-c")
    add_service(account, "web", "private-b", "private-c", balancer="web")
    add_service(account, "worker", "private-a", "private-b", group="sg-worker")
    add_service(account, "orders", "private-b", "private-c", on=("host-b", "host-c"))
    add_service(account, "vault", "island-a", "island-b", group="sg-island-app")
    add_definition(account, "cron", network_mode="bridge")
    account.ecs.create_service(
        cluster=CLUSTER, serviceName="cron", taskDefinition="cron", desiredCount=1, launchType="EC2"
    )
    _runs(account, "cron", 1)


def _network(account: Account) -> None:
    ec2, ids = account.ec2, account.ids
    ids["vpc"] = add_vpc(account, "10.0.0.0/16")
    ids["igw"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=ids["igw"], VpcId=ids["vpc"])
    add_table(account, "rtb-public", GatewayId=ids["igw"])
    for number, zone in enumerate("abc"):
        add_subnet(account, f"public-{zone}", f"10.0.{number}.0/24", table="rtb-public")
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        ids[f"nat-{zone}"] = ec2.create_nat_gateway(
            SubnetId=ids[f"public-{zone}"], AllocationId=address, ConnectivityType="public"
        )["NatGateway"]["NatGatewayId"]
        add_table(account, f"rtb-{zone}", NatGatewayId=ids[f"nat-{zone}"])
        add_subnet(account, f"private-{zone}", f"10.0.{10 + number}.0/24", table=f"rtb-{zone}")
    account.group("sg-balancer", tcp(80, **from_block(ANYWHERE)))
    account.group("sg-app", tcp(8080, **from_group(ids["sg-balancer"])))
    account.group("sg-worker")
    account.group("sg-host")


def _island(account: Account) -> None:
    """A VPC with endpoints, and no way to the internet."""
    ids = account.ids
    ids["island"] = add_vpc(account, "10.1.0.0/16")
    add_table(account, "rtb-island", vpc="island")
    for number, zone in enumerate("ab"):
        add_subnet(account, f"island-{zone}", f"10.1.{number}.0/24", table="rtb-island", vpc="island")
    account.group("sg-island-app", vpc="island")
    account.group("sg-endpoints", tcp(443, **from_group(ids["sg-island-app"])), vpc="island")
    for service in INTERFACE_ENDPOINTS:
        ids[f"vpce-{service}"] = account.ec2.create_vpc_endpoint(
            VpcEndpointType="Interface",
            VpcId=ids["island"],
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            SubnetIds=[ids["island-a"], ids["island-b"]],
            SecurityGroupIds=[ids["sg-endpoints"]],
            PrivateDnsEnabled=True,
            PolicyDocument=json.dumps(ALLOW_ALL),
        )["VpcEndpoint"]["VpcEndpointId"]
    _addresses(account)
    ids["vpce-s3"] = account.ec2.create_vpc_endpoint(
        VpcEndpointType="Gateway",
        VpcId=ids["island"],
        ServiceName=f"com.amazonaws.{REGION}.s3",
        RouteTableIds=[ids["rtb-island"]],
        PolicyDocument=json.dumps(ALLOW_ALL),
    )["VpcEndpoint"]["VpcEndpointId"]


def _addresses(account: Account) -> None:
    """The emulator gives the ENIs of endpoints and NAT gateways addresses outside of their subnets."""
    for number, eni in enumerate(account.state("ec2").enis.values(), start=10):
        block = ip_network(eni.subnet.cidr_block)
        if ip_address(eni.private_ip_address) not in block:
            eni.private_ip_address = str(block[number])
            eni.private_ip_addresses[0]["PrivateIpAddress"] = eni.private_ip_address


def add_vpc(account: Account, block: str) -> str:
    vpc = account.ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        account.ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    return str(vpc)


def add_table(account: Account, name: str, *, vpc: str = "vpc", **target: str) -> None:
    """A route table, with a default route where a target is given."""
    table = account.ec2.create_route_table(VpcId=account[vpc])["RouteTable"]["RouteTableId"]
    account.ids[name] = table
    if target:
        account.ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, **target)


def add_subnet(account: Account, name: str, block: str, *, table: str, vpc: str = "vpc", zone: str = "") -> None:
    """A subnet in the zone that its name ends on."""
    subnet = account.ec2.create_subnet(
        VpcId=account[vpc], CidrBlock=block, AvailabilityZone=f"{REGION}{zone or name[-1]}"
    )["Subnet"]["SubnetId"]
    account.ids[name] = subnet
    account.ec2.associate_route_table(RouteTableId=account[table], SubnetId=subnet)


def _roles(account: Account) -> None:
    iam = account.client("iam")
    for name, service, path in (
        ("AWSServiceRoleForECS", "ecs.amazonaws.com", "/aws-service-role/ecs.amazonaws.com/"),
        ("ecsTaskExecutionRole", "ecs-tasks.amazonaws.com", "/"),
        ("ecsInstanceRole", "ec2.amazonaws.com", "/"),
    ):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trust(service)))
    iam.create_instance_profile(InstanceProfileName="ecsInstanceRole")
    iam.add_role_to_instance_profile(InstanceProfileName="ecsInstanceRole", RoleName="ecsInstanceRole")


def trust(service: str) -> dict[str, Any]:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def add_host(account: Account, name: str, subnet: str, *, type_: str = "c5.large", group: str = "sg-host") -> Any:
    """A container instance with a current agent."""
    instance = account.ec2.run_instances(
        ImageId=account.aws.ecs_optimized_image(),
        InstanceType=type_,
        MinCount=1,
        MaxCount=1,
        SubnetId=account[subnet],
        SecurityGroupIds=[account[group]],
        IamInstanceProfile={"Name": "ecsInstanceRole"},
    )["Instances"][0]["InstanceId"]
    account.ids[name] = instance
    return account.aws.register_container_instance(CLUSTER, instance, cpu=2048, memory=3788)


def add_balancer(account: Account, name: str, *subnets: str, target_type: str = "ip", **more: Any) -> None:
    """An internet-facing Application Load Balancer with one target group."""
    elbv2 = account.client("elbv2")
    group = elbv2.create_target_group(
        Name=name, Protocol="HTTP", Port=8080, VpcId=account["vpc"], TargetType=target_type, **more
    )["TargetGroups"][0]["TargetGroupArn"]
    balancer = elbv2.create_load_balancer(
        Name=f"alb-{name}",
        Subnets=[account[subnet] for subnet in subnets],
        SecurityGroups=[account["sg-balancer"]],
        Scheme="internet-facing",
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    account.ids[f"tg-{name}"] = group
    account.ids[f"alb-{name}-arn"] = balancer


def add_definition(account: Account, family: str, *, network_mode: str = "awsvpc", **container: Any) -> None:
    """A task definition whose image, log group and role are there."""
    account.client("ecr").create_repository(repositoryName=family)
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "name": family}
    account.client("ecr").put_image(repositoryName=family, imageTag="1.0", imageManifest=json.dumps(manifest))
    account.client("logs").create_log_group(logGroupName=f"/ecs/{family}")
    account.ecs.register_task_definition(
        family=family,
        networkMode=network_mode,
        requiresCompatibilities=["EC2", "FARGATE"] if network_mode == "awsvpc" else ["EC2"],
        cpu="256",
        memory="512",
        executionRoleArn=EXECUTION_ROLE,
        containerDefinitions=[
            {
                "name": "app",
                "image": f"{REGISTRY}/{family}:1.0",
                "essential": True,
                "cpu": 256,
                "memory": 512,
                "portMappings": [{"containerPort": 8080, "hostPort": 8080 if network_mode == "awsvpc" else 0}],
                "logConfiguration": awslogs(family),
                **container,
            }
        ],
    )


def awslogs(family: str, **options: str) -> dict[str, Any]:
    """A log configuration."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": f"/ecs/{family}",
            "awslogs-region": REGION,
            "awslogs-stream-prefix": family,
        }
        | options,
    }


def add_service(
    account: Account,
    name: str,
    *subnets: str,
    on: tuple[str, ...] = (),
    group: str = "sg-app",
    balancer: str | None = None,
    count: int = 2,
) -> None:
    """A service that runs as many tasks as it wants: on these hosts, or else on Fargate."""
    add_definition(account, name)
    account.ecs.create_service(
        cluster=CLUSTER,
        serviceName=name,
        taskDefinition=name,
        desiredCount=count,
        launchType="EC2" if on else "FARGATE",
        **({} if on else {"platformVersion": "1.4.0"}),
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": [account[subnet] for subnet in subnets],
                "securityGroups": [account[group]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=(
            [{"targetGroupArn": account[f"tg-{balancer}"], "containerName": "app", "containerPort": 8080}]
            if balancer
            else []
        ),
    )
    _runs(account, name, count)
    for number in range(count):
        task = account.aws.run_task(
            name,
            cluster=CLUSTER,
            subnet_id=account[subnets[number % len(subnets)]],
            on=account.host(on[number % len(on)]) if on else None,
            started_at=NOW - timedelta(days=2),
        )
        task.containers[0].exitCode = None
        if balancer:
            address = next(d["value"] for d in task.attachments[0]["details"] if d["name"] == "privateIPv4Address")
            targets = account.state("elbv2").target_groups[account[f"tg-{balancer}"]].targets
            targets[address] = {"Id": address, "Port": 8080}


def _runs(account: Account, name: str, count: int) -> None:
    state = account.service(name)
    state.running_count, state.pending_count = count, 0
    state.deployments[0] |= {"runningCount": count, "pendingCount": 0, "rolloutState": "COMPLETED"}
    state.events = [event(f"(service {name}) has reached a steady state.", NOW - timedelta(hours=30))]
