"""A whole valid account in a few words: AWS's answers as dictionaries, for snapshots without AWS.

`healthy()` is an account with nothing wrong in it. A test changes what it is about and names nothing else:

    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = 0
    assert failing(world.audit()) == {("SUB001", "subnet-a")}

Rows are AWS's own shapes, as boto3 returns them; every row can be reached and changed before `snapshot()`.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.findings import AuditResult, Collection, Finding, Status
from awsvpc_audit.model import tables
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot
from tests.well_formed import assert_audit

ACCOUNT = "123456789012"
REGION = "us-east-1"
TASK_ENI = "ecs.capability.task-eni"

Row = dict[str, Any]


class World:
    """Rows by operation, and words that add the rows which belong together."""

    def __init__(self, *, account: str = ACCOUNT, region: str = REGION, cluster: str = "prod") -> None:
        self.account = account
        self.region = region
        self.cluster = cluster
        self.rows: dict[str, list[Row]] = {spec.operation: [] for spec in tables.TABLES if not spec.is_object}
        self.denied: dict[str, Missing] = {}
        self._ids = itertools.count(1)
        self.rows["ecs:DescribeClusters"].append(
            {"clusterArn": self.arn("ecs", f"cluster/{cluster}"), "clusterName": cluster, "status": "ACTIVE"}
        )

    # Names and look-ups.

    def arn(self, service: str, resource: str) -> str:
        region = "" if service == "iam" else self.region
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self._ids):017x}"

    def new_uuid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._ids):012x}"

    def find(self, operation: str, key: str, value: str) -> Row:
        return next(row for row in self.rows[operation] if row[key] == value)

    def subnet(self, subnet_id: str) -> Row:
        return self.find("ec2:DescribeSubnets", "SubnetId", subnet_id)

    def service(self, name: str) -> Row:
        return self.find("ecs:DescribeServices", "serviceName", name)

    def instance(self, instance_id: str) -> Row:
        return next(
            instance
            for reservation in self.rows["ec2:DescribeInstances"]
            for instance in reservation["Instances"]
            if instance["InstanceId"] == instance_id
        )

    def container_instance(self, instance_id: str) -> Row:
        return self.find("ecs:DescribeContainerInstances", "ec2InstanceId", instance_id)

    def task_definition(self, family: str) -> Row:
        return self.find("ecs:DescribeTaskDefinition", "family", family)

    def route_table(self, route_table_id: str) -> Row:
        return self.find("ec2:DescribeRouteTables", "RouteTableId", route_table_id)

    def security_group(self, group_id: str) -> Row:
        return self.find("ec2:DescribeSecurityGroups", "GroupId", group_id)

    def target_group(self, name: str) -> Row:
        return self.find("elbv2:DescribeTargetGroups", "TargetGroupName", name)

    def load_balancer(self, name: str) -> Row:
        return self.find("elbv2:DescribeLoadBalancers", "LoadBalancerName", name)

    def setting(self, name: str, value: str, *, principal: str | None = None) -> Row:
        """Set an account setting, for the account (`…:root`) or for a principal."""
        principal_arn = principal or f"arn:aws:iam::{self.account}:root"
        settings = self.rows["ecs:ListAccountSettings"]
        settings[:] = [s for s in settings if (s["name"], s["principalArn"]) != (name, principal_arn)]
        settings.append({"name": name, "value": value, "principalArn": principal_arn, "type": "user"})
        return settings[-1]

    # VPC.

    def add_vpc(self, vpc_id: str = "vpc-main", cidr: str = "10.0.0.0/16", *, ipv6: str | None = None) -> str:
        """A VPC with DNS on, an internet gateway, the default ACL and a main route table without a default route."""
        vpc: Row = {
            "VpcId": vpc_id,
            "CidrBlock": cidr,
            "State": "available",
            "IsDefault": False,
            "OwnerId": self.account,
            "DhcpOptionsId": "dopt-default",
            "CidrBlockAssociationSet": [{"CidrBlock": cidr, "CidrBlockState": {"State": "associated"}}],
        }
        if ipv6:
            vpc["Ipv6CidrBlockAssociationSet"] = [
                {"Ipv6CidrBlock": ipv6, "Ipv6CidrBlockState": {"State": "associated"}}
            ]
        self.rows["ec2:DescribeVpcs"].append(vpc)
        self.rows["ec2:DescribeVpcAttribute"].append(
            {"VpcId": vpc_id, "EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}}
        )
        self.rows["ec2:DescribeInternetGateways"].append(
            {
                "InternetGatewayId": f"igw-{vpc_id[4:]}",
                "Attachments": [{"VpcId": vpc_id, "State": "available"}],
            }
        )
        if not any(row["DhcpOptionsId"] == "dopt-default" for row in self.rows["ec2:DescribeDhcpOptions"]):
            self.rows["ec2:DescribeDhcpOptions"].append(
                {
                    "DhcpOptionsId": "dopt-default",
                    "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}],
                }
            )
        self.rows["ec2:DescribeNetworkAcls"].append(
            {
                "NetworkAclId": f"acl-{vpc_id[4:]}",
                "VpcId": vpc_id,
                "IsDefault": True,
                "Associations": [],
                "Entries": [
                    entry
                    for egress in (True, False)
                    for entry in (
                        acl_entry(100, "allow", egress=egress),
                        acl_entry(32767, "deny", egress=egress),
                        *(
                            (
                                acl_entry(101, "allow", egress=egress, cidr="::/0"),
                                acl_entry(32768, "deny", egress=egress, cidr="::/0"),
                            )
                            if ipv6
                            else ()
                        ),
                    )
                ],
            }
        )
        self.add_route_table(f"rtb-main-{vpc_id[4:]}", vpc_id, main=True)
        return vpc_id

    def vpc(self, vpc_id: str = "vpc-main") -> Row:
        return self.find("ec2:DescribeVpcs", "VpcId", vpc_id)

    def add_route_table(
        self,
        route_table_id: str,
        vpc_id: str = "vpc-main",
        *routes: Row,
        main: bool = False,
        subnets: tuple[str, ...] = (),
    ) -> Row:
        """A route table with its local routes, the given ones, and its associations."""
        vpc = self.vpc(vpc_id)
        local: list[Row] = [route(vpc["CidrBlock"], GatewayId="local", Origin="CreateRouteTable")]
        for block in vpc.get("Ipv6CidrBlockAssociationSet", []):
            local.append(route(block["Ipv6CidrBlock"], GatewayId="local", Origin="CreateRouteTable"))
        row: Row = {
            "RouteTableId": route_table_id,
            "VpcId": vpc_id,
            "Routes": [*local, *routes],
            "Associations": [
                *([{"Main": True, "RouteTableId": route_table_id}] if main else []),
                *({"Main": False, "RouteTableId": route_table_id, "SubnetId": subnet} for subnet in subnets),
            ],
        }
        self.rows["ec2:DescribeRouteTables"].append(row)
        return row

    def add_subnet(
        self,
        subnet_id: str,
        cidr: str,
        az: str = "us-east-1a",
        *,
        vpc_id: str = "vpc-main",
        route_table: str | None = None,
        ipv6: str | None = None,
        free: int = 200,
    ) -> str:
        """A subnet, on the given route table or else on the main one."""
        row: Row = {
            "SubnetId": subnet_id,
            "VpcId": vpc_id,
            "CidrBlock": cidr,
            "AvailabilityZone": az,
            "AvailabilityZoneId": f"use1-az{'abcdef'.index(az[-1]) + 1}",
            "AvailableIpAddressCount": free,
            "MapPublicIpOnLaunch": False,
            "AssignIpv6AddressOnCreation": bool(ipv6),
            "Ipv6Native": False,
            "OwnerId": self.account,
            "State": "available",
            "PrivateDnsNameOptionsOnLaunch": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": False},
        }
        if ipv6:
            row["Ipv6CidrBlockAssociationSet"] = [
                {"Ipv6CidrBlock": ipv6, "Ipv6CidrBlockState": {"State": "associated"}}
            ]
        self.rows["ec2:DescribeSubnets"].append(row)
        if route_table:
            self.route_table(route_table)["Associations"].append(
                {"Main": False, "RouteTableId": route_table, "SubnetId": subnet_id}
            )
        return subnet_id

    def give_ipv6(self, *subnet_ids: str) -> None:
        """Make subnets and their VPC dual-stack, with all that IPv6 egress needs: addresses, routes, rules."""
        for number, subnet_id in enumerate(subnet_ids):
            subnet = self.subnet(subnet_id)
            vpc = self.vpc(subnet["VpcId"])
            associated = {"State": "associated"}
            if "Ipv6CidrBlockAssociationSet" not in vpc:
                vpc["Ipv6CidrBlockAssociationSet"] = [
                    {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": associated}
                ]
                self.rows["ec2:DescribeEgressOnlyInternetGateways"].append(
                    {
                        "EgressOnlyInternetGatewayId": "eigw-main",
                        "Attachments": [{"VpcId": vpc["VpcId"], "State": "attached"}],
                    }
                )
                for acl in self.rows["ec2:DescribeNetworkAcls"]:
                    for egress in (True, False):
                        acl["Entries"].append(acl_entry(101, "allow", egress=egress, cidr="::/0"))
                        acl["Entries"].append(acl_entry(32768, "deny", egress=egress, cidr="::/0"))
                for group in self.rows["ec2:DescribeSecurityGroups"]:
                    group["IpPermissionsEgress"].append(permission("-1", "::/0"))
            subnet["Ipv6CidrBlockAssociationSet"] = [
                {"Ipv6CidrBlock": f"2001:db8:0:{number}::/64", "Ipv6CidrBlockState": associated}
            ]
            subnet["AssignIpv6AddressOnCreation"] = True
            for table in self.rows["ec2:DescribeRouteTables"]:
                if any(a.get("SubnetId") == subnet_id for a in table["Associations"]):
                    table["Routes"].append(route("2001:db8::/56", GatewayId="local", Origin="CreateRouteTable"))
                    table["Routes"].append(route("::/0", EgressOnlyInternetGatewayId="eigw-main"))

    def add_nat_gateway(self, nat_id: str, subnet_id: str) -> Row:
        """A public NAT gateway, available."""
        subnet = self.subnet(subnet_id)
        eni = self.add_eni(subnet_id, type_="nat_gateway", description=f"Interface for NAT Gateway {nat_id}")
        row: Row = {
            "NatGatewayId": nat_id,
            "VpcId": subnet["VpcId"],
            "SubnetId": subnet_id,
            "State": "available",
            "ConnectivityType": "public",
            "NatGatewayAddresses": [
                {
                    "AllocationId": "eipalloc-1",
                    "NetworkInterfaceId": eni["NetworkInterfaceId"],
                    "PrivateIp": eni["PrivateIpAddress"],
                    "PublicIp": "203.0.113.10",
                    "IsPrimary": True,
                    "Status": "succeeded",
                }
            ],
        }
        self.rows["ec2:DescribeNatGateways"].append(row)
        return row

    def add_security_group(self, group_id: str, vpc_id: str = "vpc-main", *ingress: Row) -> Row:
        """A group that lets everything out, and in what is given."""
        row: Row = {
            "GroupId": group_id,
            "GroupName": group_id.removeprefix("sg-"),
            "VpcId": vpc_id,
            "OwnerId": self.account,
            "IpPermissions": list(ingress),
            "IpPermissionsEgress": [permission("-1", "0.0.0.0/0")],
        }
        if self.vpc(vpc_id).get("Ipv6CidrBlockAssociationSet"):
            row["IpPermissionsEgress"].append(permission("-1", "::/0"))
        self.rows["ec2:DescribeSecurityGroups"].append(row)
        return row

    def add_eni(
        self,
        subnet_id: str,
        *,
        groups: tuple[str, ...] = (),
        type_: str = "interface",
        description: str = "",
        instance_id: str | None = None,
        device_index: int = 0,
        public_ip: str | None = None,
        ipv6: str | None = None,
    ) -> Row:
        """An ENI with an address of its subnet, attached where an instance is given."""
        subnet = self.subnet(subnet_id)
        used = sum(row["SubnetId"] == subnet_id for row in self.rows["ec2:DescribeNetworkInterfaces"])
        network = subnet["CidrBlock"].split("/")[0].rsplit(".", 1)[0]
        address = f"{network}.{10 + used}"
        row: Row = {
            "NetworkInterfaceId": self.new_id("eni"),
            "VpcId": subnet["VpcId"],
            "SubnetId": subnet_id,
            "AvailabilityZone": subnet["AvailabilityZone"],
            "InterfaceType": type_,
            "Status": "in-use",
            "Description": description,
            "OwnerId": self.account,
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}],
            "Ipv6Addresses": [{"Ipv6Address": ipv6}] if ipv6 else [],
            "Groups": [{"GroupId": group, "GroupName": group} for group in groups],
            "SourceDestCheck": True,
        }
        if public_ip:
            row["Association"] = {"PublicIp": public_ip}
        if instance_id:
            row["Attachment"] = {
                "AttachmentId": self.new_id("eni-attach"),
                "InstanceId": instance_id,
                "DeviceIndex": device_index,
                "NetworkCardIndex": 0,
                "Status": "attached",
            }
            self.instance(instance_id)["NetworkInterfaces"].append(
                {
                    key: row[key]
                    for key in (
                        "NetworkInterfaceId",
                        "VpcId",
                        "SubnetId",
                        "InterfaceType",
                        "Description",
                        "PrivateIpAddress",
                        "Groups",
                        "SourceDestCheck",
                    )
                }
                | {"Attachment": row["Attachment"]}
            )
        self.rows["ec2:DescribeNetworkInterfaces"].append(row)
        return row

    # ECS.

    def add_instance(
        self,
        instance_id: str,
        instance_type: str = "c5.large",
        subnet_id: str = "subnet-a",
        *,
        enis: int = 3,
        cpu: int = 2048,
        memory: int = 3800,
        windows: bool = False,
        agent: str = "1.89.0",
        group: str = "sg-host",
        capacity_provider: str | None = None,
    ) -> Row:
        """An EC2 instance with its primary ENI, registered as an ACTIVE container instance; the row of the latter."""
        subnet = self.subnet(subnet_id)
        self.rows["ec2:DescribeInstances"].append(
            {
                "OwnerId": self.account,
                "Instances": [
                    {
                        "InstanceId": instance_id,
                        "InstanceType": instance_type,
                        "State": {"Name": "running"},
                        "LaunchTime": "2026-11-01T00:00:00Z",
                        "SubnetId": subnet_id,
                        "VpcId": subnet["VpcId"],
                        "SecurityGroups": [{"GroupId": group, "GroupName": group}],
                        "SourceDestCheck": True,
                        "NetworkInterfaces": [],
                        "IamInstanceProfile": {"Arn": self.arn("iam", "instance-profile/ecsInstanceRole")},
                        "PrivateDnsNameOptions": {"HostnameType": "ip-name", "EnableResourceNameDnsARecord": False},
                    }
                ],
            }
        )
        primary = self.add_eni(subnet_id, groups=(group,), instance_id=instance_id, description="")
        self.instance(instance_id)["PrivateIpAddress"] = primary["PrivateIpAddress"]
        if not any(row["InstanceType"] == instance_type for row in self.rows["ec2:DescribeInstanceTypes"]):
            self.rows["ec2:DescribeInstanceTypes"].append(
                {
                    "InstanceType": instance_type,
                    "VCpuInfo": {"DefaultVCpus": cpu // 1024},
                    "MemoryInfo": {"SizeInMiB": 4096},
                    "NetworkInfo": {
                        "MaximumNetworkInterfaces": enis,
                        "NetworkCards": [{"NetworkCardIndex": 0, "MaximumNetworkInterfaces": enis}],
                    },
                }
            )
        resources = [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
            {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375", "2376", "51678", "51679"]},
            {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        ]
        row: Row = {
            "containerInstanceArn": self.arn("ecs", f"container-instance/{self.cluster}/{instance_id[2:]:0>32}"),
            "clusterArn": self.arn("ecs", f"cluster/{self.cluster}"),
            "ec2InstanceId": instance_id,
            "status": "ACTIVE",
            "agentConnected": True,
            "versionInfo": {"agentVersion": agent},
            "runningTasksCount": 0,
            "pendingTasksCount": 0,
            "registeredAt": "2026-11-01T00:01:00Z",
            "attributes": [
                {"name": "ecs.availability-zone", "value": subnet["AvailabilityZone"]},
                {"name": "ecs.instance-type", "value": instance_type},
                {"name": "ecs.os-type", "value": "windows" if windows else "linux"},
                {"name": "ecs.os-family", "value": "WINDOWS_SERVER_2022_CORE" if windows else "LINUX"},
                {"name": "ecs.cpu-architecture", "value": "x86_64"},
                {"name": "ecs.vpc-id", "value": subnet["VpcId"]},
                {"name": "ecs.subnet-id", "value": subnet_id},
                {"name": TASK_ENI},
            ],
            "attachments": [],
            "registeredResources": resources,
            "remainingResources": msgspec.json.decode(msgspec.json.encode(resources)),
        }
        if not windows:
            row["attributes"] += [
                {"name": "ecs.capability.task-eni.ipv6"},
                {"name": "ecs.capability.task-eni-trunking"},
            ]
        if capacity_provider:
            row["capacityProviderName"] = capacity_provider
        self.rows["ecs:DescribeContainerInstances"].append(row)
        return row

    def add_trunk(self, instance_id: str) -> Row:
        """Give a container instance a trunk, as ECS does when it registers with trunking on."""
        uuid = self.new_uuid()
        subnet_id = self.instance(instance_id)["SubnetId"]
        self.container_instance(instance_id)["attributes"].append({"name": "ecs.awsvpc-trunk-id", "value": uuid})
        return self.add_eni(
            subnet_id,
            type_="trunk",
            description=self.arn("ecs", f"attachment/{uuid}"),
            instance_id=instance_id,
            device_index=1,
        )

    def add_task_definition(
        self,
        family: str,
        *,
        mode: str = "awsvpc",
        cpu: str = "256",
        memory: str = "512",
        compatibilities: tuple[str, ...] = ("EC2", "FARGATE"),
        containers: list[Row] | None = None,
        windows: bool = False,
    ) -> Row:
        """A task definition with one container on port 8080."""
        row: Row = {
            "taskDefinitionArn": self.arn("ecs", f"task-definition/{family}:1"),
            "family": family,
            "revision": 1,
            "networkMode": mode,
            "status": "ACTIVE",
            "cpu": cpu,
            "memory": memory,
            "compatibilities": list(compatibilities),
            "requiresCompatibilities": list(compatibilities),
            "requiresAttributes": [{"name": TASK_ENI}] if mode == "awsvpc" else [],
            "placementConstraints": [],
            "executionRoleArn": self.arn("iam", "role/ecsTaskExecutionRole"),
            "volumes": [],
            "containerDefinitions": containers
            or [
                {
                    "name": "app",
                    "image": "public.ecr.aws/docker/library/nginx:1.27",
                    "cpu": 0,
                    "essential": True,
                    "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
                }
            ],
            "runtimePlatform": {
                "cpuArchitecture": "X86_64",
                "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" if windows else "LINUX",
            },
        }
        self.rows["ecs:DescribeTaskDefinition"].append(row)
        return row

    def add_service(
        self,
        name: str,
        *,
        launch_type: str | None = "EC2",
        subnets: tuple[str, ...] = ("subnet-a", "subnet-b"),
        groups: tuple[str, ...] = ("sg-app",),
        desired: int = 1,
        running: int | None = None,
        on: tuple[str, ...] = (),
        assign_public_ip: str = "DISABLED",
        strategy: list[Row] | None = None,
        definition: str | None = None,
        awsvpc: bool = True,
        load_balancers: list[Row] | None = None,
        events: list[Row] | None = None,
    ) -> Row:
        """A service, its task definition where there is none of its family, and its running tasks.

        `on` names the instances its tasks run on, one task each; on Fargate they run in its subnets in turn.
        """
        family = definition or name
        if not any(row["family"] == family for row in self.rows["ecs:DescribeTaskDefinition"]):
            self.add_task_definition(family, mode="awsvpc" if awsvpc else "bridge")
        network: Row = (
            {
                "networkConfiguration": {
                    "awsvpcConfiguration": {
                        "subnets": list(subnets),
                        "securityGroups": list(groups),
                        "assignPublicIp": assign_public_ip,
                    }
                }
            }
            if awsvpc
            else {}
        )
        running = desired if running is None else running
        fargate = launch_type == "FARGATE" or any(i["capacityProvider"].startswith("FARGATE") for i in strategy or [])
        row: Row = {
            "serviceArn": self.arn("ecs", f"service/{self.cluster}/{name}"),
            "serviceName": name,
            "clusterArn": self.arn("ecs", f"cluster/{self.cluster}"),
            "status": "ACTIVE",
            "desiredCount": desired,
            "runningCount": running,
            "pendingCount": 0,
            "schedulingStrategy": "REPLICA",
            "taskDefinition": self.task_definition(family)["taskDefinitionArn"],
            "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
            "deployments": [],
            "events": events or [],
            "loadBalancers": load_balancers or [],
            "placementConstraints": [],
            "placementStrategy": [],
            **network,
        }
        if strategy:
            row["capacityProviderStrategy"] = strategy
        else:
            row["launchType"] = launch_type
        if fargate:
            row["platformVersion"] = "1.4.0"
        row["deployments"] = [
            {
                "id": f"ecs-svc/{len(self.rows['ecs:DescribeServices']) + 1:019d}",
                "status": "PRIMARY",
                "taskDefinition": row["taskDefinition"],
                "desiredCount": desired,
                "runningCount": running,
                "pendingCount": 0,
                "failedTasks": 0,
                "rolloutState": "COMPLETED",
                **network,
            }
        ]
        self.rows["ecs:DescribeServices"].append(row)
        for number in range(running):
            if fargate or not on:
                self.add_task(name, subnet_id=subnets[number % len(subnets)] if subnets and awsvpc else None, on=None)
            else:
                self.add_task(name, on=on[number % len(on)])
        return row

    def add_task(
        self,
        service: str | None,
        *,
        on: str | None = None,
        subnet_id: str | None = None,
        status: str = "RUNNING",
        definition: str | None = None,
    ) -> Row:
        """A task of a service (or a standalone one), with its ENI where its task definition is awsvpc.

        On an EC2 instance the ENI lies in the task subnet of the instance's AZ, attached to the instance, or, where the
        instance has a trunk, as a branch that the instance does not list.
        """
        family = definition or self.service(service or "")["taskDefinition"].rsplit("/", 1)[-1].split(":")[0]
        task_definition = self.task_definition(family)
        task_id = f"{next(self._ids):032x}"
        row: Row = {
            "taskArn": self.arn("ecs", f"task/{self.cluster}/{task_id}"),
            "clusterArn": self.arn("ecs", f"cluster/{self.cluster}"),
            "taskDefinitionArn": task_definition["taskDefinitionArn"],
            "group": f"service:{service}" if service else f"family:{family}",
            "lastStatus": status,
            "desiredStatus": "RUNNING",
            "launchType": "EC2" if on else "FARGATE",
            "createdAt": "2026-11-20T10:00:00Z",
            "startedAt": "2026-11-20T10:01:00Z",
            "attachments": [],
            "containers": [{"name": "app", "lastStatus": status, "networkInterfaces": []}],
            "cpu": task_definition["cpu"],
            "memory": task_definition["memory"],
        }
        network = self.service(service).get("networkConfiguration", {}) if service else {}
        config = network.get("awsvpcConfiguration", {})
        if on:
            host = self.container_instance(on)
            row["containerInstanceArn"] = host["containerInstanceArn"]
            host["runningTasksCount"] += 1
            for resource in host["remainingResources"]:
                if resource["name"] in {"CPU", "MEMORY"}:
                    resource["integerValue"] -= int(task_definition[resource["name"].lower()])
            zone = self.subnet(self.instance(on)["SubnetId"])["AvailabilityZone"]
            if subnet_id is None:
                subnet_id = next(
                    (s for s in config.get("subnets", []) if self.subnet(s)["AvailabilityZone"] == zone),
                    self.instance(on)["SubnetId"],
                )
        if subnet_id:
            row["availabilityZone"] = self.subnet(subnet_id)["AvailabilityZone"]
        if task_definition["networkMode"] == "awsvpc" and subnet_id:
            uuid = self.new_uuid()
            trunked = bool(on) and any(
                a["name"] == "ecs.awsvpc-trunk-id" for a in self.container_instance(on or "")["attributes"]
            )
            eni = self.add_eni(
                subnet_id,
                groups=tuple(config.get("securityGroups", ())),
                type_="branch" if trunked else "interface",
                description=self.arn("ecs", f"attachment/{uuid}"),
                instance_id=None if trunked else on,
                device_index=len(self.instance(on)["NetworkInterfaces"]) if on else 1,
            )
            row["attachments"] = [
                {
                    "id": uuid,
                    "type": "ElasticNetworkInterface",
                    "status": "ATTACHED",
                    "details": [
                        {"name": "subnetId", "value": subnet_id},
                        {"name": "networkInterfaceId", "value": eni["NetworkInterfaceId"]},
                        {"name": "privateIPv4Address", "value": eni["PrivateIpAddress"]},
                    ],
                }
            ]
            row["containers"][0]["networkInterfaces"] = [
                {"attachmentId": uuid, "privateIpv4Address": eni["PrivateIpAddress"]}
            ]
        self.rows["ecs:DescribeTasks"].append(row)
        return row

    def add_event(self, service: str, message: str, at: str = "2026-11-22T10:00:00Z") -> Row:
        """A service event, listed where ECS lists it: the newest first."""
        events = self.service(service)["events"]
        events.insert(0, {"id": self.new_uuid(), "createdAt": at, "message": message})
        events.sort(key=lambda event: str(event["createdAt"]), reverse=True)
        return next(event for event in events if event["message"] == message)

    def add_stopped_task(
        self,
        service: str | None,
        reason: str,
        *,
        code: str = "TaskFailedToStart",
        at: str = "2026-11-22T10:00:00Z",
        definition: str | None = None,
        subnet_id: str = "subnet-a",
        container_reason: str | None = None,
        exit_code: int | None = None,
        started: bool = False,
    ) -> Row:
        """A task that stopped, as ECS still shows it for about an hour: its ENI gone, its subnet known."""
        family = definition or self.service(service or "")["taskDefinition"].rsplit("/", 1)[-1].split(":")[0]
        container: Row = {"name": "app", "lastStatus": "STOPPED", "networkInterfaces": []}
        if container_reason is not None:
            container["reason"] = container_reason
        if exit_code is not None:
            container["exitCode"] = exit_code
        row: Row = {
            "taskArn": self.arn("ecs", f"task/{self.cluster}/{next(self._ids):032x}"),
            "clusterArn": self.arn("ecs", f"cluster/{self.cluster}"),
            "taskDefinitionArn": self.task_definition(family)["taskDefinitionArn"],
            "group": f"service:{service}" if service else f"family:{family}",
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "launchType": self.service(service).get("launchType") if service else "FARGATE",
            "stopCode": code,
            "stoppedReason": reason,
            "createdAt": at,
            "stoppingAt": at,
            "stoppedAt": at,
            "attachments": [
                {
                    "id": self.new_uuid(),
                    "type": "ElasticNetworkInterface",
                    "status": "DELETED",
                    "details": [{"name": "subnetId", "value": subnet_id}],
                }
            ],
            "containers": [container],
        }
        if started:
            row |= {"pullStartedAt": at, "pullStoppedAt": at, "startedAt": at}
        self.rows["ecs:DescribeTasks"].append(row)
        return row

    def add_rule(self, name: str, family: str, *, bus: str | None = None, **network: Any) -> Row:
        """A rule of EventBridge, on the default bus unless said, that runs tasks of a family on Fargate in subnet-a."""
        on_bus = {"EventBusName": bus} if bus else {}
        place = f"{bus}/{name}" if bus else name
        self.rows["events:ListRules"].append(
            {"Name": name, "Arn": self.arn("events", f"rule/{place}"), "State": "ENABLED", **on_bus}
        )
        configuration = {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-app"], "AssignPublicIp": "DISABLED"} | network
        row: Row = {
            "Rule": name,
            "Id": "1",
            "Arn": self.arn("ecs", f"cluster/{self.cluster}"),
            "EcsParameters": {
                "TaskDefinitionArn": self.arn("ecs", f"task-definition/{family}"),
                "LaunchType": "FARGATE",
                "NetworkConfiguration": {"awsvpcConfiguration": configuration},
            },
            **on_bus,
        }
        self.rows["events:ListTargetsByRule"].append(row)
        return row

    def add_schedule(self, name: str, target: Row) -> Row:
        """A schedule of EventBridge Scheduler in the default group, with the target as it is given."""
        row: Row = {
            "Name": name,
            "GroupName": "default",
            "Arn": self.arn("scheduler", f"schedule/default/{name}"),
            "State": "ENABLED",
            "Target": target,
        }
        self.rows["scheduler:GetSchedule"].append(row)
        return row

    def add_launch_call(
        self,
        definition: str,
        *,
        failures: tuple[str, ...] = (),
        error: str | None = None,
        tasks: tuple[str, ...] = (),
        at: str = "2026-11-22T10:00:00Z",
        call: str = "RunTask",
        by: str = "arn:aws:sts::123456789012:assumed-role/ci/build",
        **request: Any,
    ) -> Row:
        """A call of RunTask as CloudTrail shows it, on Fargate in subnet-a unless said; `error` is `Code: message`."""
        network = {"subnets": ["subnet-a"], "securityGroups": ["sg-app"], "assignPublicIp": "DISABLED"}
        record: Row = {
            "userIdentity": {"type": "AssumedRole", "arn": by},
            "eventSource": "ecs.amazonaws.com",
            "eventName": call,
            "requestParameters": {
                "cluster": self.cluster,
                "taskDefinition": definition,
                "launchType": "FARGATE",
                "networkConfiguration": {"awsvpcConfiguration": network | request.pop("network", {})},
                **request,
            },
            "responseElements": {
                "tasks": [{"taskArn": arn} for arn in tasks],
                "failures": [{"arn": "arn:aws:ecs:::container-instance/1", "reason": reason} for reason in failures],
            },
        }
        if error is not None:
            record["errorCode"], _, record["errorMessage"] = error.partition(": ")
            record["responseElements"] = None
        row: Row = {
            "EventId": self.new_uuid(),
            "EventName": call,
            "EventSource": "ecs.amazonaws.com",
            "EventTime": at,
            "CloudTrailEvent": json.dumps(record),
        }
        self.rows["cloudtrail:LookupEvents"].append(row)
        return row

    def add_capacity_provider(self, name: str, **more: Any) -> Row:
        """An Auto Scaling group capacity provider with managed scaling on."""
        row: Row = {
            "name": name,
            "capacityProviderArn": self.arn("ecs", f"capacity-provider/{name}"),
            "status": "ACTIVE",
            "autoScalingGroupProvider": {
                "autoScalingGroupArn": self.arn("autoscaling", f"autoScalingGroup:1:autoScalingGroupName/{name}"),
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
            },
            **more,
        }
        self.rows["ecs:DescribeCapacityProviders"].append(row)
        return row

    def add_target_group(
        self, name: str, *, target_type: str = "ip", vpc_id: str = "vpc-main", zones: dict[str, str] | None = None
    ) -> Row:
        """A target group behind an Application Load Balancer (`alb-<name>`) in the given zones (name → subnet)."""
        zones = zones or {"us-east-1a": "subnet-public-a", "us-east-1b": "subnet-public-b"}
        load_balancer_arn = self.arn("elasticloadbalancing", f"loadbalancer/app/alb-{name}/0123456789abcdef")
        self.rows["elbv2:DescribeLoadBalancers"].append(
            {
                "LoadBalancerArn": load_balancer_arn,
                "LoadBalancerName": f"alb-{name}",
                "Type": "application",
                "Scheme": "internet-facing",
                "VpcId": vpc_id,
                "State": {"Code": "active"},
                "AvailabilityZones": [{"ZoneName": zone, "SubnetId": subnet} for zone, subnet in zones.items()],
                "SecurityGroups": ["sg-alb"],
                "IpAddressType": "ipv4",
            }
        )
        target_group_arn = self.arn("elasticloadbalancing", f"targetgroup/{name}/0123456789abcdef")
        self.rows["elbv2:DescribeListeners"].append(
            {
                "ListenerArn": self.arn("elasticloadbalancing", f"listener/app/alb-{name}/0123456789abcdef/1"),
                "LoadBalancerArn": load_balancer_arn,
                "Port": 80,
                "Protocol": "HTTP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": target_group_arn}],
            }
        )
        row: Row = {
            "TargetGroupArn": target_group_arn,
            "TargetGroupName": name,
            "TargetType": target_type,
            "Protocol": "HTTP",
            "Port": 8080,
            "VpcId": vpc_id,
            "LoadBalancerArns": [load_balancer_arn],
            "HealthCheckPort": "traffic-port",
            "HealthCheckProtocol": "HTTP",
            "IpAddressType": "ipv4",
        }
        self.rows["elbv2:DescribeTargetGroups"].append(row)
        return row

    # Out.

    def deny(self, operation: str) -> World:
        """Make an operation unreadable, as if AWS had denied it."""
        self.denied[operation] = Missing(operation=operation, error="AccessDenied", message="denied by the test")
        return self

    def scope_snapshot(self) -> ScopeSnapshot:
        regional: dict[str, bytes] = {}
        shared: dict[str, bytes] = {}
        for spec in tables.TABLES:
            if spec.operation in self.denied or spec.operation not in self.rows:
                continue
            rows = self.rows[spec.operation]
            content = msgspec.json.encode({spec.result_key: rows[0] if spec.is_object else rows})
            (shared if spec.is_global else regional)[spec.file_stem] = content
        return ScopeSnapshot(
            account=self.account,
            region=self.region,
            responses=regional,
            global_responses=shared,
            missing=tuple(self.denied.values()),
            clusters=(self.cluster,),
        )

    def snapshot(self) -> Snapshot:
        return Snapshot(scopes=(self.scope_snapshot(),))

    def model(self) -> Model:
        return Model.of(self.snapshot())

    def scope(self) -> Scope:
        return self.model().scopes[0]

    def context(self, *services: str) -> Context:
        scope, name = (model := self.model()).find_cluster(self.cluster)
        return Context(cluster=Cluster(scope, name), model=model, services=frozenset(services))

    def audit(self, *services: str) -> AuditResult:
        result = run_audit(ALL_CHECKS, self.context(*services), COLLECTION)
        assert_audit(result)
        return result


COLLECTION = Collection(source="snapshot", started_at=None, finished_at=None, api_calls=0, calls_by_operation={})


def route(destination: str, **target: Any) -> Row:
    """A route to a CIDR or prefix list, active unless said."""
    key = (
        "DestinationPrefixListId"
        if destination.startswith("pl-")
        else "DestinationIpv6CidrBlock"
        if ":" in destination
        else "DestinationCidrBlock"
    )
    return {key: destination, "State": "active", "Origin": "CreateRoute", **target}


def acl_entry(
    number: int,
    action: str,
    *,
    egress: bool,
    cidr: str = "0.0.0.0/0",
    protocol: str = "-1",
    ports: tuple[int, int] | None = None,
) -> Row:
    """One entry of a network ACL."""
    row: Row = {
        "RuleNumber": number,
        "Egress": egress,
        "RuleAction": action,
        "Protocol": protocol,
        ("Ipv6CidrBlock" if ":" in cidr else "CidrBlock"): cidr,
    }
    if ports:
        row["PortRange"] = {"From": ports[0], "To": ports[1]}
    return row


def permission(protocol: str, peer: str, from_port: int | None = None, to_port: int | None = None) -> Row:
    """One rule of a security group; the peer is a CIDR of either family, a group or a prefix list."""
    row: Row = {"IpProtocol": protocol, "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    if from_port is not None:
        row |= {"FromPort": from_port, "ToPort": from_port if to_port is None else to_port}
    if peer.startswith("sg-"):
        row["UserIdGroupPairs"] = [{"GroupId": peer, "UserId": ACCOUNT}]
    elif peer.startswith("pl-"):
        row["PrefixListIds"] = [{"PrefixListId": peer}]
    elif ":" in peer:
        row["Ipv6Ranges"] = [{"CidrIpv6": peer}]
    else:
        row["IpRanges"] = [{"CidrIp": peer}]
    return row


def healthy() -> World:
    """An account with nothing wrong: two AZs, EC2 and Fargate services in private subnets, a load balancer."""
    world = World()
    world.add_vpc()
    world.rows["ec2:DescribeSubnets"].clear()
    world.add_route_table("rtb-public", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
    for letter, number in (("a", 1), ("b", 2)):
        zone = f"us-east-1{letter}"
        world.add_subnet(f"subnet-public-{letter}", f"10.0.10{number}.0/24", zone, route_table="rtb-public")
        world.add_nat_gateway(f"nat-{letter}", f"subnet-public-{letter}")
        world.add_route_table(f"rtb-{letter}", "vpc-main", route("0.0.0.0/0", NatGatewayId=f"nat-{letter}"))
        world.add_subnet(f"subnet-{letter}", f"10.0.{number}.0/24", zone, route_table=f"rtb-{letter}")
    world.add_security_group("sg-alb", "vpc-main", permission("tcp", "0.0.0.0/0", 80))
    world.add_security_group("sg-app", "vpc-main", permission("tcp", "sg-alb", 8080))
    world.add_security_group("sg-host")
    world.setting("awsvpcTrunking", "disabled")
    world.setting("dualStackIPv6", "disabled")
    role = {"RoleName": "ecsInstanceRole", "Arn": world.arn("iam", "role/ecsInstanceRole"), "Path": "/"}
    world.rows["iam:GetRole"] += [
        role,
        {
            "RoleName": "AWSServiceRoleForECS",
            "Arn": world.arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
            "Path": "/aws-service-role/ecs.amazonaws.com/",
        },
        {
            "RoleName": "ecsTaskExecutionRole",
            "Arn": world.arn("iam", "role/ecsTaskExecutionRole"),
            "Path": "/",
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
        },
    ]
    world.rows["iam:GetInstanceProfile"].append(
        {
            "InstanceProfileName": "ecsInstanceRole",
            "Arn": world.arn("iam", "instance-profile/ecsInstanceRole"),
            "Roles": [role],
        }
    )
    for letter in "ab":
        world.add_instance(f"i-{letter}", "m5.xlarge", f"subnet-{letter}", enis=4, cpu=4096, memory=15000)
    target_group = world.add_target_group("web")
    world.add_service(
        "web",
        desired=2,
        on=("i-a", "i-b"),
        load_balancers=[
            {"targetGroupArn": target_group["TargetGroupArn"], "containerName": "app", "containerPort": 8080}
        ],
    )
    world.add_service("worker", launch_type="FARGATE", desired=2)
    return world


def failing(result: AuditResult) -> set[tuple[str, str]]:
    """Check and resource of every failing finding."""
    return {(f.check_id, f.resource.id) for f in result.findings if f.status is Status.FAIL}


def unknown(result: AuditResult) -> set[tuple[str, str]]:
    """Check and resource of every unknown finding."""
    return {(f.check_id, f.resource.id) for f in result.findings if f.status is Status.UNKNOWN}


def finding(result: AuditResult, check_id: str, resource_id: str | None = None) -> Finding:
    """The one failing or unknown finding of a check."""
    found = [
        f
        for f in result.findings
        if f.check_id == check_id
        and f.status in {Status.FAIL, Status.UNKNOWN}
        and (resource_id is None or f.resource.id == resource_id)
    ]
    assert len(found) == 1, f"{check_id}: {len(found)} findings: {found}"
    return found[0]


def verdicts(result: AuditResult, check_id: str) -> dict[str, str]:
    """What became of a check on each resource that it looked at: `pass`, `fail` or `unknown` by resource id."""
    return {f.resource.id: f.status.value for f in result.findings if f.check_id == check_id}
