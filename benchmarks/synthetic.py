"""A large account, made up, with rows as densely filled as AWS returns them.

Rows are AWS's shapes in API spelling, times in RFC 3339. One VPC over three zones, EC2 instances with trunks, services
on EC2 and Fargate, one task definition a service, load balancers, endpoints. faults break it in several places
at once, as an incident does.
"""

import itertools
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

Row = dict[str, Any]

Faults = Literal["none", "some", "many"]
"""`some`: an incident (a subnet without addresses, a zone without a way out, five dead agents, five services short of
tasks). `many`: one in twenty agents and services, so that incident and account grow together."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
CLUSTER = "prod"
VPC = "vpc-0aaaaaaaaaaaaaaa1"
ZONES = tuple(f"us-east-1{letter}" for letter in "abc")
BLOCKS = tuple(f"10.{first + number}.0.0/16" for first in (0, 100, 200) for number in range(3))
"""CIDR blocks of the VPC: task subnets, host subnets and public subnets, one of each a zone."""
INSTANCE_TYPE = "m5.2xlarge"
TASKS_ON_A_TRUNK = 38
"""Of an m5.2xlarge, ENI-trunking table of the ECS Developer Guide."""
EVENTS = 10
"""AWS keeps the newest 100 of a service; few are taken here, for events favour the typed decoder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the account is. `tasks` run; on top of them come as many stopped ones as `stopped` says."""

    services: int
    tasks: int
    instances: int
    stopped: int = 3

    def __str__(self) -> str:
        return f"{self.services:,} services, {self.tasks:,} tasks, {self.instances:,} instances"


def arn(service: str, resource: str) -> str:
    region = "" if service == "iam" else REGION
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def uuid(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-{number:012x}"


CLUSTER_ARN = arn("ecs", f"cluster/{CLUSTER}")

CAPABILITIES = (
    "com.amazonaws.ecs.capability.docker-plugin.local",
    "com.amazonaws.ecs.capability.docker-remote-api.1.17",
    "com.amazonaws.ecs.capability.docker-remote-api.1.18",
    "com.amazonaws.ecs.capability.docker-remote-api.1.19",
    "com.amazonaws.ecs.capability.docker-remote-api.1.21",
    "com.amazonaws.ecs.capability.docker-remote-api.1.24",
    "com.amazonaws.ecs.capability.docker-remote-api.1.25",
    "com.amazonaws.ecs.capability.docker-remote-api.1.30",
    "com.amazonaws.ecs.capability.docker-remote-api.1.44",
    "com.amazonaws.ecs.capability.ecr-auth",
    "com.amazonaws.ecs.capability.logging-driver.awsfirelens",
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    "com.amazonaws.ecs.capability.logging-driver.json-file",
    "com.amazonaws.ecs.capability.logging-driver.none",
    "com.amazonaws.ecs.capability.logging-driver.syslog",
    "com.amazonaws.ecs.capability.privileged-container",
    "com.amazonaws.ecs.capability.task-iam-role",
    "com.amazonaws.ecs.capability.task-iam-role-network-host",
    "ecs.capability.aws-appmesh",
    "ecs.capability.cni-plugin-version",
    "ecs.capability.container-health-check",
    "ecs.capability.container-ordering",
    "ecs.capability.container-restart-policy",
    "ecs.capability.docker-plugin.amazon-ecs-volume-plugin",
    "ecs.capability.ecr-endpoint",
    "ecs.capability.efs",
    "ecs.capability.efsAuth",
    "ecs.capability.env-files.s3",
    "ecs.capability.execution-role-awslogs",
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.external",
    "ecs.capability.firelens.fluentbit",
    "ecs.capability.firelens.options.config.file",
    "ecs.capability.full-sync",
    "ecs.capability.increased-task-cpu-limit",
    "ecs.capability.logging-driver.awsfirelens.log-driver-buffer-limit",
    "ecs.capability.network.container-port-range",
    "ecs.capability.pid-ipc-namespace-sharing",
    "ecs.capability.private-registry-authentication.secretsmanager",
    "ecs.capability.secrets.asm.bootstrap.log-driver",
    "ecs.capability.secrets.asm.environment-variables",
    "ecs.capability.secrets.ssm.environment-variables",
    "ecs.capability.service-connect-v1",
    "ecs.capability.storage.ebs-task-volume-attach",
    "ecs.capability.task-cpu-mem-limit",
    "ecs.capability.task-eia",
    "ecs.capability.task-eni",
    "ecs.capability.task-eni.ipv6",
    "ecs.capability.task-eni-trunking",
)
"""What the agent of an ECS-optimized image registers, but for `external`, which only ECS Anywhere has."""


class Account:
    """Rows by operation; listings (`ecs:ListTasks` …) follow from them."""

    def __init__(self, size: Size, *, faults: Faults = "none") -> None:
        self.size = size
        self.faults = faults
        self.rows: dict[str, list[Row]] = {}
        self._ids = itertools.count(1)
        self._addresses = {zone: itertools.count(16) for zone in ZONES}
        self._network()
        self._balancing()
        self._instances()
        self._services()
        self._tasks()
        self._identity()
        self.by_key: dict[tuple[str, str], dict[str, Row]] = {}

    def of(self, operation: str) -> list[Row]:
        return self.rows.setdefault(operation, [])

    def keyed(self, operation: str, key: str) -> dict[str, Row]:
        """Rows of an operation by one of their members."""
        if (operation, key) not in self.by_key:
            self.by_key[operation, key] = {row[key]: row for row in self.of(operation)}
        return self.by_key[operation, key]

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self._ids):017x}"

    # The network.

    def _network(self) -> None:
        associated = {"State": "associated"}
        self.of("ec2:DescribeVpcs").append(
            {
                "VpcId": VPC,
                "CidrBlock": BLOCKS[0],
                "State": "available",
                "IsDefault": False,
                "InstanceTenancy": "default",
                "OwnerId": ACCOUNT,
                "DhcpOptionsId": "dopt-0aaaaaaaaaaaaaaa1",
                "CidrBlockAssociationSet": [
                    {"AssociationId": self.new_id("vpc-cidr-assoc"), "CidrBlock": block, "CidrBlockState": associated}
                    for block in BLOCKS
                ],
                "Tags": [{"Key": "Name", "Value": "main"}],
            }
        )
        self.of("ec2:DescribeVpcAttribute").append(
            {"VpcId": VPC, "EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}}
        )
        self.of("ec2:DescribeDhcpOptions").append(
            {
                "DhcpOptionsId": "dopt-0aaaaaaaaaaaaaaa1",
                "OwnerId": ACCOUNT,
                "DhcpConfigurations": [{"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]}],
                "Tags": [],
            }
        )
        self.of("ec2:DescribeInternetGateways").append(
            {
                "InternetGatewayId": "igw-0aaaaaaaaaaaaaaa1",
                "OwnerId": ACCOUNT,
                "Attachments": [{"VpcId": VPC, "State": "available"}],
                "Tags": [],
            }
        )
        self._route_table("main", {"GatewayId": None}, main=True)
        for number, zone in enumerate(ZONES):
            self._subnet(f"public-{zone[-1]}", zone, f"10.{200 + number}.0.0/24", 240)
            self._nat_gateway(zone)
            self._subnet(f"host-{zone[-1]}", zone, f"10.{100 + number}.0.0/16", 60_000)
            self._subnet(
                f"task-{zone[-1]}", zone, f"10.{number}.0.0/16", 0 if self.is_broken and not number else 50_000
            )
            dead = self.is_broken and number == 1
            target = {"NatGatewayId": f"nat-{zone[-1]:0>17}", "State": "blackhole" if dead else "active"}
            self._route_table(f"private-{zone[-1]}", target, subnets=(f"host-{zone[-1]}", f"task-{zone[-1]}"))
        self._route_table(
            "public",
            {"GatewayId": "igw-0aaaaaaaaaaaaaaa1"},
            subnets=tuple(f"public-{zone[-1]}" for zone in ZONES),
        )
        self.of("ec2:DescribeNetworkAcls").append(
            {
                "NetworkAclId": "acl-0aaaaaaaaaaaaaaa1",
                "VpcId": VPC,
                "IsDefault": True,
                "OwnerId": ACCOUNT,
                "Associations": [
                    {
                        "NetworkAclAssociationId": self.new_id("aclassoc"),
                        "NetworkAclId": "acl-0aaaaaaaaaaaaaaa1",
                        "SubnetId": subnet["SubnetId"],
                    }
                    for subnet in self.of("ec2:DescribeSubnets")
                ],
                "Entries": [
                    {
                        "CidrBlock": "0.0.0.0/0",
                        "Egress": egress,
                        "Protocol": "-1",
                        "RuleAction": action,
                        "RuleNumber": number,
                    }
                    for egress in (True, False)
                    for number, action in ((100, "allow"), (32767, "deny"))
                ],
                "Tags": [],
            }
        )
        self._group("alb", [self._permission("tcp", 443, cidr="0.0.0.0/0")])
        self._group("host", [])
        self._group("endpoint", [self._permission("tcp", 443, cidr=block) for block in BLOCKS])
        for number in range(self.groups):
            self._group(
                f"app-{number:04}",
                [
                    self._permission("tcp", 8080, group=self.group_id("alb")),
                    self._permission("tcp", 8080, group=self.group_id(f"app-{(number + 1) % self.groups:04}")),
                ],
            )
        for service in ("ecr.api", "ecr.dkr", "logs", "secretsmanager"):
            self._endpoint(service)
        self._gateway_endpoint()

    @property
    def groups(self) -> int:
        """Security groups of services: each is shared by five."""
        return max(2, self.size.services // 5)

    @staticmethod
    def group_id(name: str) -> str:
        return f"sg-{name.replace('-', ''):0>17}"

    @staticmethod
    def subnet_id(name: str) -> str:
        return f"subnet-{name.replace('-', ''):0>17}"

    def _subnet(self, name: str, zone: str, cidr: str, free: int) -> None:
        self.of("ec2:DescribeSubnets").append(
            {
                "SubnetId": self.subnet_id(name),
                "SubnetArn": arn("ec2", f"subnet/{self.subnet_id(name)}"),
                "VpcId": VPC,
                "CidrBlock": cidr,
                "AvailabilityZone": zone,
                "AvailabilityZoneId": f"use1-az{ZONES.index(zone) + 1}",
                "AvailableIpAddressCount": free,
                "AssignIpv6AddressOnCreation": False,
                "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
                "DefaultForAz": False,
                "EnableDns64": False,
                "Ipv6CidrBlockAssociationSet": [],
                "Ipv6Native": False,
                "MapCustomerOwnedIpOnLaunch": False,
                "MapPublicIpOnLaunch": name.startswith("public"),
                "OwnerId": ACCOUNT,
                "PrivateDnsNameOptionsOnLaunch": {
                    "EnableResourceNameDnsAAAARecord": False,
                    "EnableResourceNameDnsARecord": False,
                    "HostnameType": "ip-name",
                },
                "State": "available",
                "Tags": [{"Key": "Name", "Value": name}],
            }
        )

    def _route_table(self, name: str, target: Row, *, main: bool = False, subnets: tuple[str, ...] = ()) -> None:
        table_id = f"rtb-{name.replace('-', ''):0>17}"
        associations = [{"Main": True}] if main else [{"Main": False, "SubnetId": self.subnet_id(s)} for s in subnets]
        routes: list[Row] = [
            {
                "DestinationCidrBlock": block,
                "GatewayId": "local",
                "Origin": "CreateRouteTable",
                "State": "active",
            }
            for block in BLOCKS
        ]
        if not main:
            routes.append({"DestinationCidrBlock": "0.0.0.0/0", "Origin": "CreateRoute", "State": "active", **target})
        self.of("ec2:DescribeRouteTables").append(
            {
                "RouteTableId": table_id,
                "VpcId": VPC,
                "OwnerId": ACCOUNT,
                "PropagatingVgws": [],
                "Routes": routes,
                "Associations": [
                    {
                        "AssociationState": {"State": "associated"},
                        "RouteTableAssociationId": self.new_id("rtbassoc"),
                        "RouteTableId": table_id,
                        **association,
                    }
                    for association in associations
                ],
                "Tags": [{"Key": "Name", "Value": name}],
            }
        )

    def _nat_gateway(self, zone: str) -> None:
        nat = f"nat-{zone[-1]:0>17}"
        eni = self._eni(
            f"public-{zone[-1]}",
            zone,
            address=f"10.{200 + ZONES.index(zone)}.0.10",
            InterfaceType="nat_gateway",
            Description=f"Interface for NAT Gateway {nat}",
            RequesterId="amazon-aws",
            RequesterManaged=True,
            SourceDestCheck=False,
        )
        self.of("ec2:DescribeNatGateways").append(
            {
                "NatGatewayId": nat,
                "VpcId": VPC,
                "SubnetId": self.subnet_id(f"public-{zone[-1]}"),
                "State": "available",
                "ConnectivityType": "public",
                "CreateTime": "2026-01-01T00:00:00Z",
                "NatGatewayAddresses": [
                    {
                        "AllocationId": self.new_id("eipalloc"),
                        "AssociationId": self.new_id("eipassoc"),
                        "NetworkInterfaceId": eni["NetworkInterfaceId"],
                        "PrivateIp": eni["PrivateIpAddress"],
                        "PublicIp": f"203.0.113.{10 + ZONES.index(zone)}",
                        "IsPrimary": True,
                        "Status": "succeeded",
                    }
                ],
                "Tags": [],
            }
        )

    @staticmethod
    def _permission(
        protocol: str, port: int | None = None, *, cidr: str | None = None, group: str | None = None
    ) -> Row:
        row: Row = {
            "IpProtocol": protocol,
            "IpRanges": [{"CidrIp": cidr}] if cidr else [],
            "Ipv6Ranges": [],
            "PrefixListIds": [],
            "UserIdGroupPairs": [{"GroupId": group, "UserId": ACCOUNT}] if group else [],
        }
        return row if port is None else {**row, "FromPort": port, "ToPort": port}

    def _group(self, name: str, ingress: list[Row]) -> None:
        self.of("ec2:DescribeSecurityGroups").append(
            {
                "GroupId": self.group_id(name),
                "GroupName": name,
                "Description": f"security group of {name}",
                "SecurityGroupArn": arn("ec2", f"security-group/{self.group_id(name)}"),
                "VpcId": VPC,
                "OwnerId": ACCOUNT,
                "IpPermissions": ingress,
                "IpPermissionsEgress": [self._permission("-1", cidr="0.0.0.0/0")],
                "Tags": [{"Key": "Name", "Value": name}],
            }
        )

    def _endpoint(self, service: str) -> None:
        endpoint = self.new_id("vpce")
        enis = [
            self._eni(
                f"host-{zone[-1]}",
                zone,
                groups=("endpoint",),
                InterfaceType="vpc_endpoint",
                Description=f"VPC Endpoint Interface {endpoint}",
                RequesterManaged=True,
            )
            for zone in ZONES
        ]
        self.of("ec2:DescribeVpcEndpoints").append(
            {
                "VpcEndpointId": endpoint,
                "VpcEndpointType": "Interface",
                "VpcId": VPC,
                "ServiceName": f"com.amazonaws.{REGION}.{service}",
                "State": "available",
                "PolicyDocument": '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
                "RouteTableIds": [],
                "SubnetIds": [self.subnet_id(f"host-{zone[-1]}") for zone in ZONES],
                "Groups": [{"GroupId": self.group_id("endpoint"), "GroupName": "endpoint"}],
                "IpAddressType": "ipv4",
                "DnsOptions": {"DnsRecordIpType": "ipv4"},
                "PrivateDnsEnabled": True,
                "RequesterManaged": False,
                "NetworkInterfaceIds": [eni["NetworkInterfaceId"] for eni in enis],
                "DnsEntries": [
                    {"DnsName": f"{endpoint}.{service}.{REGION}.vpce.amazonaws.com", "HostedZoneId": "Z7HUB22UULQXV"},
                    {"DnsName": f"{service}.{REGION}.amazonaws.com", "HostedZoneId": "Z7HUB22UULQXV"},
                ],
                "CreationTimestamp": "2026-01-01T00:00:00Z",
                "OwnerId": ACCOUNT,
                "Tags": [],
            }
        )

    def _gateway_endpoint(self) -> None:
        """The endpoint for S3, with its route in the tables of the private subnets, and the prefix list it is for."""
        endpoint, prefix_list = self.new_id("vpce"), "pl-63a5400a"
        tables = [row for row in self.of("ec2:DescribeRouteTables") if len(row["Routes"]) > len(BLOCKS)]
        for table in tables:
            table["Routes"].append(
                {
                    "DestinationPrefixListId": prefix_list,
                    "GatewayId": endpoint,
                    "Origin": "CreateRoute",
                    "State": "active",
                }
            )
        self.of("ec2:DescribeVpcEndpoints").append(
            {
                "VpcEndpointId": endpoint,
                "VpcEndpointType": "Gateway",
                "VpcId": VPC,
                "ServiceName": f"com.amazonaws.{REGION}.s3",
                "State": "available",
                "PolicyDocument": '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
                "RouteTableIds": [table["RouteTableId"] for table in tables],
                "SubnetIds": [],
                "Groups": [],
                "PrivateDnsEnabled": False,
                "RequesterManaged": False,
                "NetworkInterfaceIds": [],
                "DnsEntries": [],
                "CreationTimestamp": "2026-01-01T00:00:00Z",
                "OwnerId": ACCOUNT,
                "Tags": [],
            }
        )
        self.of("ec2:DescribeManagedPrefixLists").append(
            {
                "PrefixListId": prefix_list,
                "AddressFamily": "IPv4",
                "State": "create-complete",
                "PrefixListArn": f"arn:aws:ec2:{REGION}:aws:prefix-list/{prefix_list}",
                "PrefixListName": f"com.amazonaws.{REGION}.s3",
                "Tags": [],
                "OwnerId": "AWS",
            }
        )
        self.of("ec2:GetManagedPrefixListEntries").append(
            {"PrefixListId": prefix_list, "Entries": [{"Cidr": "52.216.0.0/15"}, {"Cidr": "54.231.0.0/16"}]}
        )

    def _eni(
        self, subnet: str, zone: str, *, groups: tuple[str, ...] = (), address: str | None = None, **more: Any
    ) -> Row:
        if address is None:
            number = next(self._addresses[zone])
            first = (100 if subnet.startswith("host") else 0) + ZONES.index(zone)
            address = f"10.{first}.{number >> 8}.{number & 255}"
        dns_name = f"ip-{address.replace('.', '-')}.ec2.internal"
        digits = f"{next(self._ids):08x}"
        mac = ":".join(("02", "00", *(digits[at : at + 2] for at in range(0, 8, 2))))
        row: Row = {
            "NetworkInterfaceId": self.new_id("eni"),
            "AvailabilityZone": zone,
            "AvailabilityZoneId": f"use1-az{ZONES.index(zone) + 1}",
            "Description": "",
            "Groups": [{"GroupId": self.group_id(group), "GroupName": group} for group in groups],
            "InterfaceType": "interface",
            "Ipv6Addresses": [],
            "MacAddress": mac,
            "Operator": {"Managed": False},
            "OwnerId": ACCOUNT,
            "PrivateDnsName": dns_name,
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"Primary": True, "PrivateDnsName": dns_name, "PrivateIpAddress": address}],
            "RequesterId": "AROAXXXXXXXXXXXXXXXXX:ecs-eni-provisioning",
            "RequesterManaged": False,
            "SourceDestCheck": True,
            "Status": "in-use",
            "SubnetId": self.subnet_id(subnet),
            "TagSet": [],
            "VpcId": VPC,
            **more,
        }
        self.of("ec2:DescribeNetworkInterfaces").append(row)
        return row

    # Load balancing.

    @property
    def target_groups(self) -> int:
        """Four in ten services stand behind a load balancer; a load balancer serves 25 target groups."""
        return self.size.services * 2 // 5

    @staticmethod
    def target_group_arn(number: int) -> str:
        return arn("elasticloadbalancing", f"targetgroup/service-{number:05}/{number:016x}")

    def _balancing(self) -> None:
        balancers = [
            arn("elasticloadbalancing", f"loadbalancer/app/front-{number:03}/{number:016x}")
            for number in range(-(-self.target_groups // 25))
        ]
        for number, balancer in enumerate(balancers):
            self.of("elbv2:DescribeLoadBalancers").append(
                {
                    "LoadBalancerArn": balancer,
                    "LoadBalancerName": f"front-{number:03}",
                    "DNSName": f"front-{number:03}-1.{REGION}.elb.amazonaws.com",
                    "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
                    "CreatedTime": "2026-01-01T00:00:00Z",
                    "Type": "application",
                    "Scheme": "internet-facing",
                    "VpcId": VPC,
                    "State": {"Code": "active"},
                    "AvailabilityZones": [
                        {
                            "ZoneName": zone,
                            "SubnetId": self.subnet_id(f"public-{zone[-1]}"),
                            "LoadBalancerAddresses": [],
                        }
                        for zone in ZONES
                    ],
                    "SecurityGroups": [self.group_id("alb")],
                    "IpAddressType": "ipv4",
                }
            )
            self.of("elbv2:DescribeListeners").append(
                {
                    "ListenerArn": balancer.replace("loadbalancer", "listener") + f"/{number:016x}",
                    "LoadBalancerArn": balancer,
                    "Port": 443,
                    "Protocol": "HTTPS",
                    "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                    "DefaultActions": [{"Type": "forward", "TargetGroupArn": self.target_group_arn(number * 25)}],
                }
            )
        for number in range(self.target_groups):
            self.of("elbv2:DescribeTargetGroups").append(
                {
                    "TargetGroupArn": self.target_group_arn(number),
                    "TargetGroupName": f"service-{number:05}",
                    "Protocol": "HTTP",
                    "ProtocolVersion": "HTTP1",
                    "Port": 8080,
                    "VpcId": VPC,
                    "HealthCheckProtocol": "HTTP",
                    "HealthCheckPort": "traffic-port",
                    "HealthCheckEnabled": True,
                    "HealthCheckIntervalSeconds": 30,
                    "HealthCheckTimeoutSeconds": 5,
                    "HealthyThresholdCount": 5,
                    "UnhealthyThresholdCount": 2,
                    "HealthCheckPath": "/",
                    "Matcher": {"HttpCode": "200"},
                    "LoadBalancerArns": [balancers[number // 25]],
                    "TargetType": "instance" if self.is_broken and number == 0 else "ip",
                    "IpAddressType": "ipv4",
                }
            )

    # ECS.

    def _instances(self) -> None:
        if self.size.instances:
            self.of("ec2:DescribeInstanceTypes").append(
                {
                    "InstanceType": INSTANCE_TYPE,
                    "CurrentGeneration": True,
                    "Hypervisor": "nitro",
                    "BareMetal": False,
                    "ProcessorInfo": {"SupportedArchitectures": ["x86_64"], "SustainedClockSpeedInGhz": 3.1},
                    "VCpuInfo": {"DefaultVCpus": 8, "DefaultCores": 4, "DefaultThreadsPerCore": 2},
                    "MemoryInfo": {"SizeInMiB": 32768},
                    "NetworkInfo": {
                        "NetworkPerformance": "Up to 10 Gigabit",
                        "MaximumNetworkInterfaces": 4,
                        "MaximumNetworkCards": 1,
                        "DefaultNetworkCardIndex": 0,
                        "NetworkCards": [
                            {
                                "NetworkCardIndex": 0,
                                "NetworkPerformance": "Up to 10 Gigabit",
                                "MaximumNetworkInterfaces": 4,
                                "BaselineBandwidthInGbps": 2.5,
                                "PeakBandwidthInGbps": 10.0,
                            }
                        ],
                        "Ipv4AddressesPerInterface": 15,
                        "Ipv6AddressesPerInterface": 15,
                        "Ipv6Supported": True,
                        "EnaSupport": "required",
                    },
                }
            )
        for number in range(self.size.instances):
            self._instance(number)

    @staticmethod
    def instance_id(number: int) -> str:
        return f"i-{number + 1:017x}"

    @staticmethod
    def container_instance_arn(number: int) -> str:
        return arn("ecs", f"container-instance/{CLUSTER}/{number + 1:032x}")

    def _instance(self, number: int) -> None:
        zone = ZONES[number % len(ZONES)]
        instance_id = self.instance_id(number)
        trunk_attachment = uuid(number)
        enis = []
        for index, kind in enumerate(("interface", "trunk")):
            attachment: Row = {
                "AttachTime": "2026-11-01T00:00:00Z",
                "AttachmentId": self.new_id("eni-attach"),
                "DeleteOnTermination": index == 0,
                "DeviceIndex": index,
                "NetworkCardIndex": 0,
                "InstanceId": instance_id,
                "InstanceOwnerId": ACCOUNT,
                "Status": "attached",
            }
            eni = self._eni(
                f"host-{zone[-1]}",
                zone,
                groups=("host",),
                InterfaceType=kind,
                Attachment=attachment,
                Description=arn("ecs", f"attachment/{trunk_attachment}") if index else "",
            )
            enis.append(
                {
                    **{
                        member: eni[member]
                        for member in (
                            "Description",
                            "Groups",
                            "InterfaceType",
                            "Ipv6Addresses",
                            "MacAddress",
                            "NetworkInterfaceId",
                            "OwnerId",
                            "PrivateDnsName",
                            "PrivateIpAddress",
                            "PrivateIpAddresses",
                            "SourceDestCheck",
                            "Status",
                            "SubnetId",
                            "VpcId",
                        )
                    },
                    "Attachment": {k: v for k, v in attachment.items() if not k.startswith("Instance")},
                }
            )
        address = enis[0]["PrivateIpAddress"]
        self.of("ec2:DescribeInstances").append(
            {
                "ReservationId": self.new_id("r"),
                "OwnerId": ACCOUNT,
                "Groups": [],
                "Instances": [
                    {
                        "InstanceId": instance_id,
                        "ImageId": "ami-0aaaaaaaaaaaaaaa1",
                        "InstanceType": INSTANCE_TYPE,
                        "State": {"Code": 16, "Name": "running"},
                        "AmiLaunchIndex": 0,
                        "Architecture": "x86_64",
                        "BlockDeviceMappings": [
                            {
                                "DeviceName": "/dev/xvda",
                                "Ebs": {
                                    "AttachTime": "2026-11-01T00:00:00Z",
                                    "DeleteOnTermination": True,
                                    "Status": "attached",
                                    "VolumeId": self.new_id("vol"),
                                },
                            }
                        ],
                        "ClientToken": uuid(number),
                        "CpuOptions": {"CoreCount": 4, "ThreadsPerCore": 2},
                        "EbsOptimized": True,
                        "EnaSupport": True,
                        "Hypervisor": "xen",
                        "IamInstanceProfile": {
                            "Arn": arn("iam", "instance-profile/ecsInstanceRole"),
                            "Id": "AIPAXXXXXXXXXXXXXXXXX",
                        },
                        "LaunchTime": "2026-11-01T00:00:00Z",
                        "MetadataOptions": {
                            "HttpEndpoint": "enabled",
                            "HttpPutResponseHopLimit": 2,
                            "HttpTokens": "required",
                            "State": "applied",
                        },
                        "Monitoring": {"State": "disabled"},
                        "NetworkInterfaces": enis,
                        "Placement": {"AvailabilityZone": zone, "GroupName": "", "Tenancy": "default"},
                        "PlatformDetails": "Linux/UNIX",
                        "PrivateDnsName": enis[0]["PrivateDnsName"],
                        "PrivateDnsNameOptions": {
                            "EnableResourceNameDnsAAAARecord": False,
                            "EnableResourceNameDnsARecord": False,
                            "HostnameType": "ip-name",
                        },
                        "PrivateIpAddress": address,
                        "RootDeviceName": "/dev/xvda",
                        "RootDeviceType": "ebs",
                        "SecurityGroups": [{"GroupId": self.group_id("host"), "GroupName": "host"}],
                        "SourceDestCheck": True,
                        "SubnetId": self.subnet_id(f"host-{zone[-1]}"),
                        "Tags": [
                            {"Key": "Name", "Value": "ecs"},
                            {"Key": "aws:autoscaling:groupName", "Value": "ecs"},
                            {"Key": "AmazonECSManaged", "Value": ""},
                        ],
                        "VirtualizationType": "hvm",
                        "VpcId": VPC,
                    }
                ],
            }
        )
        values = {
            "ecs.ami-id": "ami-0aaaaaaaaaaaaaaa1",
            "ecs.availability-zone": zone,
            "ecs.awsvpc-trunk-id": trunk_attachment,
            "ecs.cpu-architecture": "x86_64",
            "ecs.instance-type": INSTANCE_TYPE,
            "ecs.os-family": "LINUX",
            "ecs.os-type": "linux",
            "ecs.subnet-id": self.subnet_id(f"host-{zone[-1]}"),
            "ecs.vpc-id": VPC,
        }
        names = [name for name in CAPABILITIES if name != "ecs.capability.external"]
        self.of("ecs:DescribeContainerInstances").append(
            {
                "containerInstanceArn": self.container_instance_arn(number),
                "ec2InstanceId": instance_id,
                "capacityProviderName": "ec2",
                "version": 100,
                "versionInfo": {
                    "agentVersion": "1.89.0",
                    "agentHash": "abcdef01",
                    "dockerVersion": "DockerVersion: 25",
                },
                "remainingResources": self._resources(8192, 31500),
                "registeredResources": self._resources(8192, 31500),
                "status": "ACTIVE",
                "agentConnected": not self._is_hit(number, 7),
                "runningTasksCount": 0,
                "pendingTasksCount": 0,
                "attributes": [
                    *({"name": name} for name in names),
                    *({"name": name, "value": value} for name, value in values.items()),
                ],
                "registeredAt": "2026-11-01T00:01:00Z",
                "attachments": [
                    {
                        "id": trunk_attachment,
                        "type": "ElasticNetworkInterface",
                        "status": "ATTACHED",
                        "details": [
                            {"name": "networkInterfaceId", "value": enis[1]["NetworkInterfaceId"]},
                            {"name": "macAddress", "value": enis[1]["MacAddress"]},
                        ],
                    }
                ],
                "tags": [],
            }
        )

    @staticmethod
    def _resources(cpu: int, memory: int) -> list[Row]:
        whole = {"doubleValue": 0.0, "longValue": 0}
        return [
            {"name": "CPU", "type": "INTEGER", **whole, "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", **whole, "integerValue": memory},
            {
                "name": "PORTS",
                "type": "STRINGSET",
                **whole,
                "integerValue": 0,
                "stringSetValue": ["22", "2376", "2375", "51678", "51679"],
            },
            {"name": "PORTS_UDP", "type": "STRINGSET", **whole, "integerValue": 0, "stringSetValue": []},
        ]

    def on_fargate(self, number: int) -> bool:
        """Three in ten services run on Fargate; all of them where there are no instances."""
        return self.size.instances == 0 or number % 10 >= 7

    def is_short(self, number: int) -> bool:
        """Whether a service lacks tasks."""
        return self._is_hit(number, 3)

    @property
    def is_broken(self) -> bool:
        return self.faults != "none"

    def _is_hit(self, number: int, remainder: int) -> bool:
        """One in twenty of the first hundred, or of all."""
        return number % 20 == remainder and (self.faults == "many" or (self.faults == "some" and number < 100))

    def tasks_of(self, number: int) -> int:
        return self.size.tasks // self.size.services + (number < self.size.tasks % self.size.services)

    @staticmethod
    def task_definition_arn(number: int) -> str:
        return arn("ecs", f"task-definition/service-{number:05}:7")

    def _services(self) -> None:
        self.of("ecs:DescribeClusters").append(
            {
                "clusterArn": CLUSTER_ARN,
                "clusterName": CLUSTER,
                "status": "ACTIVE",
                "registeredContainerInstancesCount": self.size.instances,
                "runningTasksCount": self.size.tasks,
                "pendingTasksCount": 0,
                "activeServicesCount": self.size.services,
                "statistics": [],
                "tags": [],
                "settings": [{"name": "containerInsights", "value": "disabled"}],
                "capacityProviders": ["ec2", "FARGATE"],
                "defaultCapacityProviderStrategy": [{"capacityProvider": "ec2", "weight": 1, "base": 0}],
            }
        )
        group_arn = arn("autoscaling", f"autoScalingGroup:{uuid(1)}:autoScalingGroupName/ecs")
        self.of("autoscaling:DescribeAutoScalingGroups").append(
            {
                "AutoScalingGroupName": "ecs",
                "AutoScalingGroupARN": group_arn,
                "MinSize": 0,
                "MaxSize": 2 * self.size.instances,
                "DesiredCapacity": self.size.instances,
                "DefaultCooldown": 300,
                "AvailabilityZones": list(ZONES),
                "HealthCheckType": "EC2",
                "HealthCheckGracePeriod": 0,
                "Instances": [
                    {
                        "InstanceId": self.instance_id(number),
                        "InstanceType": INSTANCE_TYPE,
                        "AvailabilityZone": ZONES[number % len(ZONES)],
                        "LifecycleState": "InService",
                        "HealthStatus": "Healthy",
                        "ProtectedFromScaleIn": False,
                    }
                    for number in range(self.size.instances)
                ],
                "CreatedTime": "2026-01-01T00:00:00Z",
                "SuspendedProcesses": [],
                "VPCZoneIdentifier": ",".join(self.subnet_id(f"host-{zone[-1]}") for zone in ZONES),
                "EnabledMetrics": [],
                "Tags": [{"Key": "AmazonECSManaged", "Value": "", "PropagateAtLaunch": True}],
                "TerminationPolicies": ["Default"],
                "NewInstancesProtectedFromScaleIn": False,
            }
        )
        self.of("ecs:DescribeCapacityProviders").append(
            {
                "capacityProviderArn": arn("ecs", "capacity-provider/ec2"),
                "name": "ec2",
                "status": "ACTIVE",
                "type": "EC2_AUTOSCALING",
                "autoScalingGroupProvider": {
                    "autoScalingGroupArn": group_arn,
                    "managedScaling": {
                        "status": "ENABLED",
                        "targetCapacity": 100,
                        "minimumScalingStepSize": 1,
                        "maximumScalingStepSize": 10,
                        "instanceWarmupPeriod": 300,
                    },
                    "managedTerminationProtection": "DISABLED",
                },
                "tags": [],
            }
        )
        for number in range(self.size.services):
            self._service(number)
            self._task_definition(number)

    def _service(self, number: int) -> None:
        name = f"service-{number:05}"
        fargate = self.on_fargate(number)
        running = self.tasks_of(number)
        desired = running + 2 if self.is_short(number) else running
        network = {
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": [self.subnet_id(f"task-{zone[-1]}") for zone in ZONES],
                    "securityGroups": [self.group_id(f"app-{number % self.groups:04}")],
                    "assignPublicIp": "DISABLED",
                }
            }
        }
        strategy = [{"capacityProvider": "FARGATE" if fargate else "ec2", "weight": 1, "base": 0}]
        platform = {"platformVersion": "1.4.0", "platformFamily": "Linux"} if fargate else {}
        text = (
            f"(service {name}) was unable to place a task because no container instance met all of its requirements. "
            f"The closest matching container-instance {number % max(1, self.size.instances) + 1:032x} encountered "
            'error "AGENT". For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.'
            if self.is_short(number)
            else f"(service {name}) has reached a steady state."
        )
        self.of("ecs:DescribeServices").append(
            {
                "serviceArn": arn("ecs", f"service/{CLUSTER}/{name}"),
                "serviceName": name,
                "clusterArn": CLUSTER_ARN,
                "loadBalancers": [
                    {
                        "targetGroupArn": self.target_group_arn(number),
                        "containerName": "app",
                        "containerPort": 8080,
                    }
                ]
                if number < self.target_groups
                else [],
                "serviceRegistries": [],
                "status": "ACTIVE",
                "desiredCount": desired,
                "runningCount": running,
                "pendingCount": 0,
                "capacityProviderStrategy": strategy,
                **platform,
                "taskDefinition": self.task_definition_arn(number),
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                    "maximumPercent": 200,
                    "minimumHealthyPercent": 100,
                    "bakeTimeInMinutes": 0,
                    "strategy": "ROLLING",
                },
                "deployments": [
                    {
                        "id": f"ecs-svc/{number + 1:019}",
                        "status": "PRIMARY",
                        "taskDefinition": self.task_definition_arn(number),
                        "desiredCount": desired,
                        "pendingCount": 0,
                        "runningCount": running,
                        "failedTasks": 0,
                        "createdAt": "2026-11-20T10:00:00Z",
                        "updatedAt": "2026-11-20T10:05:00Z",
                        "capacityProviderStrategy": strategy,
                        **platform,
                        **network,
                        "rolloutState": "IN_PROGRESS" if self.is_short(number) else "COMPLETED",
                        "rolloutStateReason": f"ECS deployment ecs-svc/{number + 1:019} completed.",
                    }
                ],
                "roleArn": arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
                "events": [
                    {
                        "id": uuid(number * EVENTS + event),
                        "createdAt": f"2026-11-20T{10 + event:02}:05:00Z",
                        "message": text,
                    }
                    for event in reversed(range(EVENTS))
                ],
                "createdAt": "2026-01-01T00:00:00Z",
                "placementConstraints": [],
                "placementStrategy": []
                if fargate
                else [
                    {"type": "spread", "field": "attribute:ecs.availability-zone"},
                    {"type": "spread", "field": "instanceId"},
                ],
                **network,
                "healthCheckGracePeriodSeconds": 60,
                "schedulingStrategy": "REPLICA",
                "deploymentController": {"type": "ECS"},
                "createdBy": arn("iam", "role/deploy"),
                "enableECSManagedTags": True,
                "propagateTags": "SERVICE",
                "enableExecuteCommand": False,
                "availabilityZoneRebalancing": "ENABLED",
                "tags": [{"key": "team", "value": "a"}],
            }
        )

    def _task_definition(self, number: int) -> None:
        self.of("ecs:DescribeTaskDefinition").append(
            {
                "taskDefinitionArn": self.task_definition_arn(number),
                "containerDefinitions": [
                    {
                        "name": "app",
                        "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/service-{number:05}:1.2.3",
                        "cpu": 0,
                        "portMappings": [
                            {
                                "containerPort": 8080,
                                "hostPort": 8080,
                                "protocol": "tcp",
                                "name": "http",
                                "appProtocol": "http",
                            }
                        ],
                        "essential": True,
                        "environment": [{"name": f"SETTING_{n}", "value": f"value {n}"} for n in range(12)],
                        "environmentFiles": [],
                        "mountPoints": [],
                        "volumesFrom": [],
                        "secrets": [
                            {
                                "name": "PASSWORD",
                                "valueFrom": arn("secretsmanager", f"secret:service-{number:05}-AbCdEf"),
                            }
                        ],
                        "readonlyRootFilesystem": True,
                        "ulimits": [],
                        "logConfiguration": {
                            "logDriver": "awslogs",
                            "options": {
                                "awslogs-group": f"/ecs/service-{number:05}",
                                "awslogs-region": REGION,
                                "awslogs-stream-prefix": "ecs",
                            },
                            "secretOptions": [],
                        },
                        "systemControls": [],
                    }
                ],
                "family": f"service-{number:05}",
                "taskRoleArn": arn("iam", f"role/service-{number:05}"),
                "executionRoleArn": arn("iam", "role/ecsTaskExecutionRole"),
                "networkMode": "awsvpc",
                "revision": 7,
                "volumes": [],
                "status": "ACTIVE",
                "requiresAttributes": [
                    {"name": name}
                    for name in (
                        "com.amazonaws.ecs.capability.logging-driver.awslogs",
                        "ecs.capability.execution-role-awslogs",
                        "com.amazonaws.ecs.capability.ecr-auth",
                        "com.amazonaws.ecs.capability.docker-remote-api.1.19",
                        "ecs.capability.secrets.asm.environment-variables",
                        "com.amazonaws.ecs.capability.task-iam-role",
                        "ecs.capability.execution-role-ecr-pull",
                        "com.amazonaws.ecs.capability.docker-remote-api.1.18",
                        "ecs.capability.task-eni",
                    )
                ],
                "placementConstraints": [],
                "compatibilities": ["EC2", "FARGATE"],
                "requiresCompatibilities": ["FARGATE" if self.on_fargate(number) else "EC2"],
                "cpu": "256",
                "memory": "512",
                "registeredAt": "2026-11-20T09:00:00Z",
                "registeredBy": arn("iam", "role/deploy"),
            }
        )

    def _tasks(self) -> None:
        hosts = itertools.cycle(range(self.size.instances or 1))
        taken: Counter[int] = Counter()
        for number in range(self.size.services):
            for copy in range(self.tasks_of(number)):
                host = None
                if not self.on_fargate(number):
                    host = next(hosts)
                    taken[host] += 1
                self._task(number, copy, host)
        for number in range(self.size.stopped):
            self._task(number % self.size.services, 0, None, stopped=True)
        if taken and max(taken.values()) > min(TASKS_ON_A_TRUNK, 30):
            raise ValueError(f"more than 30 tasks on an instance do not fit: {self.size}")
        for host, count in taken.items():
            row = self.of("ecs:DescribeContainerInstances")[host]
            row["runningTasksCount"] = count
            row["remainingResources"] = self._resources(8192 - 256 * count, 31500 - 512 * count)

    def _task(self, number: int, copy: int, host: int | None, *, stopped: bool = False) -> None:
        task_id = f"{next(self._ids):032x}"
        zone = ZONES[(copy if host is None else host) % len(ZONES)]
        attachment = uuid(next(self._ids))
        details: list[Row] = [{"name": "subnetId", "value": self.subnet_id(f"task-{zone[-1]}")}]
        network_interface: Row = {"attachmentId": attachment}
        fargate = host is None
        if not stopped:
            eni = self._eni(
                f"task-{zone[-1]}",
                zone,
                groups=(f"app-{number % self.groups:04}",),
                InterfaceType="interface" if fargate else "branch",
                Description=arn("ecs", f"attachment/{attachment}"),
                Attachment={
                    "AttachTime": "2026-11-20T10:00:10Z",
                    "AttachmentId": self.new_id("ela-attach"),
                    "DeleteOnTermination": False,
                    "DeviceIndex": 1,
                    "NetworkCardIndex": 0,
                    "InstanceOwnerId": "578734482556",
                    "Status": "attached",
                },
                TagSet=[
                    {"Key": "aws:ecs:serviceName", "Value": f"service-{number:05}"},
                    {"Key": "aws:ecs:clusterName", "Value": CLUSTER},
                ],
            )
            if not fargate:
                del eni["Attachment"]
            details += [
                {"name": "networkInterfaceId", "value": eni["NetworkInterfaceId"]},
                {"name": "macAddress", "value": eni["MacAddress"]},
                {"name": "privateDnsName", "value": eni["PrivateDnsName"]},
                {"name": "privateIPv4Address", "value": eni["PrivateIpAddress"]},
            ]
            if number < self.target_groups:
                self.of("elbv2:DescribeTargetHealth").append(
                    {
                        "TargetGroupArn": self.target_group_arn(number),
                        "Target": {"Id": eni["PrivateIpAddress"], "Port": 8080, "AvailabilityZone": zone},
                        "HealthCheckPort": "8080",
                        "TargetHealth": {"State": "healthy"},
                    }
                )
            network_interface["privateIpv4Address"] = eni["PrivateIpAddress"]
        status = "STOPPED" if stopped else "RUNNING"
        task_arn = arn("ecs", f"task/{CLUSTER}/{task_id}")
        placed = (
            {"platformVersion": "1.4.0", "platformFamily": "Linux", "ephemeralStorage": {"sizeInGiB": 20}}
            if host is None
            else {"containerInstanceArn": self.container_instance_arn(host)}
        )
        ended = (
            {
                "stopCode": "ServiceSchedulerInitiated",
                "stoppedReason": f"Scaling activity initiated by (deployment ecs-svc/{number + 1:019})",
                "stoppingAt": "2026-11-20T10:30:00Z",
                "stoppedAt": "2026-11-20T10:30:30Z",
            }
            if stopped
            else {}
        )
        self.of("ecs:DescribeTasks").append(
            {
                "attachments": [
                    {
                        "id": attachment,
                        "type": "ElasticNetworkInterface",
                        "status": "DELETED" if stopped else "ATTACHED",
                        "details": details,
                    }
                ],
                "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
                "availabilityZone": zone,
                "capacityProviderName": "FARGATE" if fargate else "ec2",
                "clusterArn": CLUSTER_ARN,
                "connectivity": "CONNECTED",
                "connectivityAt": "2026-11-20T10:00:20Z",
                "containers": [
                    {
                        "containerArn": arn("ecs", f"container/{CLUSTER}/{task_id}/{uuid(number)}"),
                        "taskArn": task_arn,
                        "name": "app",
                        "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/service-{number:05}:1.2.3",
                        "imageDigest": f"sha256:{number:064x}",
                        "runtimeId": f"{task_id}-0527074092",
                        "lastStatus": status,
                        "networkBindings": [],
                        "networkInterfaces": [network_interface],
                        "healthStatus": "UNKNOWN",
                        "cpu": "0",
                    }
                ],
                "cpu": "256",
                "createdAt": "2026-11-20T10:00:00Z",
                "desiredStatus": status,
                "enableExecuteCommand": False,
                "group": f"service:service-{number:05}",
                "healthStatus": "UNKNOWN",
                "lastStatus": status,
                "launchType": "FARGATE" if fargate else "EC2",
                "memory": "512",
                "overrides": {"containerOverrides": [{"name": "app"}], "inferenceAcceleratorOverrides": []},
                **placed,
                "pullStartedAt": "2026-11-20T10:00:25Z",
                "pullStoppedAt": "2026-11-20T10:00:40Z",
                "startedAt": "2026-11-20T10:00:45Z",
                "startedBy": f"ecs-svc/{number + 1:019}",
                "tags": [],
                "taskArn": task_arn,
                "taskDefinitionArn": self.task_definition_arn(number),
                "version": 4,
                **ended,
            }
        )

    def _identity(self) -> None:
        principal = arn("iam", "root")
        self.of("ecs:ListAccountSettings").extend(
            {"name": name, "value": value, "principalArn": principal, "type": "user"}
            for name, value in (("awsvpcTrunking", "enabled"), ("dualStackIPv6", "disabled"))
        )
        role = {"RoleId": "AROAXXXXXXXXXXXXXXXXX", "CreateDate": "2026-01-01T00:00:00Z", "MaxSessionDuration": 3600}
        for name, path in (
            ("ecsInstanceRole", "/"),
            ("AWSServiceRoleForECS", "/aws-service-role/ecs.amazonaws.com/"),
        ):
            self.of("iam:GetRole").append(
                {"RoleName": name, "Arn": arn("iam", f"role{path}{name}"), "Path": path, **role}
            )
        self.of("iam:GetInstanceProfile").append(
            {
                "InstanceProfileName": "ecsInstanceRole",
                "InstanceProfileId": "AIPAXXXXXXXXXXXXXXXXX",
                "Arn": arn("iam", "instance-profile/ecsInstanceRole"),
                "Path": "/",
                "CreateDate": "2026-01-01T00:00:00Z",
                "Roles": [self.of("iam:GetRole")[0]],
            }
        )
