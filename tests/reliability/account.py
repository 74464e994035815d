"""An account with faults of every area: every operation of the program is called, and verdicts hang on what it says.

It is the sample account of the demo, with more beside it:

| service | on | what is wrong |
| --- | --- | --- |
| `secretive` | Fargate | its secret, parameter and log group are gone |
| `barred` | Fargate | its image is gone, and its role may not write logs |
| `files` | Fargate | its file system has no mount target in the zone |
| `island` | Fargate | no way out but endpoints, of which one is pending and one admits nobody |
| `dual` | Fargate | IPv6 without a way out, and the account setting is off |
| `hub` | Fargate | its default route leads over a transit gateway that has no route |
| `lost` | Fargate | names a subnet, a group and an execution role that are gone |
| `grown` | EC2 by a capacity provider | the Auto Scaling group is at its maximum |

A rule, a schedule and a state machine run tasks on a bad network.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from awsvpc_audit.demo.account import CLUSTER, build
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator, event
from tests.emulator_faults import FaultyAws

Ids = dict[str, str]
_INIT = "ResourceInitializationError: "
_SECRETS = (
    _INIT + "unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret "
    "from asm: service call has been retried 1 time(s): ResourceNotFoundException: Secrets Manager can't find the "
    "specified secret."
)
_LOGS = (
    _INIT + "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log "
    "stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1"
)
_IMAGE = (
    f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
    f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/barred:1: {ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/barred:1: not found"
)
_DENIED = (
    _INIT + "failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log "
    f"stream: AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/ecsTaskExecutionRole/1 is not "
    "authorized to perform: logs:CreateLogStream : exit status 1"
)
_EFS = _INIT + "failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve the name"
_ROLE = f"ECS was unable to assume the role 'arn:aws:iam::{ACCOUNT}:role/goneRole' that was provided for this task."
_AUTH = (
    _INIT + "unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a "
    "connection issue between the task and Amazon ECR. Check your task network configuration."
)


def build_all(emulator: Emulator, now: datetime) -> Ids:
    """Fill an empty emulated account; gives ids by name."""
    build(emulator, now)
    emulator.settings = [
        {"name": name, "value": value, "principalArn": f"arn:aws:iam::{ACCOUNT}:root", "type": "user"}
        for name, value in (("awsvpcTrunking", "enabled"), ("dualStackIPv6", "disabled"))
    ]
    ids = _network(emulator)
    _ways_out(emulator, ids)
    _definitions(emulator, ids)
    _provider(emulator, ids)
    for name, subnet in {
        "secretive": "private-a",
        "barred": "private-a",
        "files": "private-b",
        "island": "island-a",
        "dual": "dual-a",
        "hub": "hub-a",
    }.items():
        _service(emulator, ids, name, [ids[subnet]], launchType="FARGATE", platformVersion="1.4.0")
    _service(emulator, ids, "lost", [ids["private-a"], ids["gone-a"]], launchType="FARGATE", groups=[ids["gone"]])
    _service(
        emulator,
        ids,
        "grown",
        [ids["private-a"]],
        capacityProviderStrategy=[{"capacityProvider": "hosts", "weight": 1}],
    )
    emulator.client("ec2").delete_subnet(SubnetId=ids["gone-a"])
    emulator.client("ec2").delete_security_group(GroupId=ids["gone"])
    _troubles(emulator, ids, now)
    _launchers(emulator, ids)
    hosts = list(emulator.backend("ecs").container_instances[CLUSTER].values())
    hosts[0].version_info["agentVersion"] = "1.14.0"
    hosts[1].agent_connected = False
    return ids


def answer_what_the_emulator_does_not_know(aws: FaultyAws, ids: Ids, now: datetime) -> None:
    """What moto has not: Block Public Access and its exclusions, the event history, a search with a filter on state."""
    aws.say("ec2:SearchTransitGatewayRoutes", {"Routes": [], "AdditionalRoutesAvailable": False})
    aws.say(
        "ec2:DescribeVpcBlockPublicAccessOptions",
        {"VpcBlockPublicAccessOptions": {"AwsAccountId": ACCOUNT, "InternetGatewayBlockMode": "block-ingress"}},
    )
    aws.say(
        "ec2:DescribeVpcBlockPublicAccessExclusions",
        {
            "VpcBlockPublicAccessExclusions": [
                {
                    "ExclusionId": "vpcbpa-exclude-1",
                    "InternetGatewayExclusionMode": "allow-bidirectional",
                    "ResourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{ids['vpc']}",
                    "State": "create-complete",
                }
            ]
        },
    )
    aws.say("iam:SimulatePrincipalPolicy", _no_logs)
    at = now - timedelta(hours=1)
    record = {
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AssociateDhcpOptions",
        "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "requestParameters": {"vpcId": ids["vpc"], "dhcpOptionsId": ids["dhcp"]},
    }
    # After all the tasks had started: those that run still ask the servers of before.
    change = {"EventId": "e-1", "EventName": "AssociateDhcpOptions", "EventTime": at.timestamp()}
    aws.say("cloudtrail:LookupEvents", {"Events": [{**change, "CloudTrailEvent": json.dumps(record)}]})


def _no_logs(asked: dict[str, Any]) -> dict[str, Any]:
    """Every role may do everything but write logs."""
    actions = [value for key, value in sorted(asked.items()) if key.startswith("ActionNames.")]
    resources = [value for key, value in sorted(asked.items()) if key.startswith("ResourceArns.")]
    return {
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "implicitDeny" if action.startswith("logs:") else "allowed",
            }
            for action in actions
            for resource in resources or ["*"]
        ],
        "IsTruncated": False,
    }


def _network(emulator: Emulator) -> Ids:
    ec2 = emulator.client("ec2")
    vpc = next(row for row in ec2.describe_vpcs()["Vpcs"] if row["CidrBlock"] == "10.0.0.0/16")["VpcId"]
    ids = {"vpc": vpc}
    for row in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]:
        ids[row["Tags"][0]["Value"]] = row["SubnetId"]
    for row in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]:
        ids[f"group-{row['GroupName']}"] = row["GroupId"]
    ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    block = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    for number, name in enumerate(("island-a", "dual-a", "hub-a", "gone-a"), start=20):
        more = {"Ipv6CidrBlock": f"{block.removesuffix('00::/56')}01::/64"} if name == "dual-a" else {}
        ids[name] = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}a", **more
        )["Subnet"]["SubnetId"]
    ids["gone"] = ec2.create_security_group(GroupName="gone", Description="gone", VpcId=vpc)["GroupId"]
    ids["endpoint-group"] = ec2.create_security_group(GroupName="endpoint", Description="e", VpcId=vpc)["GroupId"]
    ids["dhcp"] = ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name-servers", "Values": ["192.168.7.53"]}]
    )["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=ids["dhcp"], VpcId=vpc)
    partners = ec2.create_managed_prefix_list(
        PrefixListName="partners", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "203.0.113.0/24"}]
    )["PrefixList"]["PrefixListId"]
    ec2.authorize_security_group_egress(
        GroupId=ids["group-app"],
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": partners}]}
        ],
    )
    return ids


def _ways_out(emulator: Emulator, ids: Ids) -> None:
    """Route tables of the new subnets, with what they lead to."""
    ec2 = emulator.client("ec2")
    vpc = ids["vpc"]

    def table(name: str) -> str:
        ids[f"table-{name}"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=ids[f"table-{name}"], SubnetId=ids[name])
        return ids[f"table-{name}"]

    island, dual, hub = table("island-a"), table("dual-a"), table("hub-a")
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    egress = ec2.create_subnet(VpcId=other, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)["VpcPeeringConnection"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])
    ec2.create_route(
        RouteTableId=island,
        DestinationCidrBlock="192.168.7.0/24",
        VpcPeeringConnectionId=peering["VpcPeeringConnectionId"],
    )
    eigw = ec2.create_egress_only_internet_gateway(VpcId=other)["EgressOnlyInternetGateway"]
    ec2.create_route(
        RouteTableId=dual,
        DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId=eigw["EgressOnlyInternetGatewayId"],
    )
    gateway = ec2.create_transit_gateway(Description="hub")["TransitGateway"]["TransitGatewayId"]
    for attached, subnet in ((vpc, ids["hub-a"]), (other, egress["SubnetId"])):
        ec2.create_transit_gateway_vpc_attachment(TransitGatewayId=gateway, VpcId=attached, SubnetIds=[subnet])
    ec2.create_route(RouteTableId=hub, DestinationCidrBlock="0.0.0.0/0", TransitGatewayId=gateway)
    for service in ("ecr.api", "ecr.dkr", "logs"):
        ids[service] = ec2.create_vpc_endpoint(
            VpcId=vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            SubnetIds=[ids["island-a"]],
            SecurityGroupIds=[ids["endpoint-group"]],
            PrivateDnsEnabled=True,
        )["VpcEndpoint"]["VpcEndpointId"]
    backend = emulator.backend("ec2")
    backend.vpc_end_points[ids["logs"]].state = "pending"
    # moto gives an endpoint's interface an address of any network.
    for number, service in enumerate(("ecr.api", "ecr.dkr", "logs"), start=10):
        for interface in backend.vpc_end_points[ids[service]].network_interface_ids:
            backend.enis[interface].private_ip_address = f"10.0.20.{number}"
            backend.enis[interface].private_ip_addresses[0]["PrivateIpAddress"] = f"10.0.20.{number}"
    zone = emulator.client("route53").create_hosted_zone(
        Name=f"ecs.{REGION}.amazonaws.com",
        CallerReference="1",
        VPC={"VPCRegion": REGION, "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )["HostedZone"]["Id"]
    ids["zone"] = zone


def _definitions(emulator: Emulator, ids: Ids) -> None:
    ecs, efs = emulator.client("ecs"), emulator.client("efs")
    ids["files"] = efs.create_file_system(CreationToken="1")["FileSystemId"]
    efs.create_mount_target(
        FileSystemId=ids["files"], SubnetId=ids["private-a"], SecurityGroups=[ids["endpoint-group"]]
    )
    secrets = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:db-AbCdEf"
    special: dict[str, dict[str, Any]] = {
        "secretive": {
            "secrets": [{"name": "A", "valueFrom": secrets}, {"name": "B", "valueFrom": "/secretive/key"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/gone", "awslogs-region": REGION, "awslogs-stream-prefix": "s"},
            },
        },
        "barred": {
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/barred", "awslogs-region": REGION, "awslogs-stream-prefix": "b"},
            },
        },
        "files": {"mountPoints": [{"sourceVolume": "files", "containerPath": "/files"}]},
    }
    emulator.client("logs").create_log_group(logGroupName="/barred")
    for family in ("secretive", "barred", "files", "island", "dual", "hub", "lost", "grown", "nightly"):
        role = "goneRole" if family == "lost" else "ecsTaskExecutionRole"
        volumes = [{"name": "files", "efsVolumeConfiguration": {"fileSystemId": ids["files"]}}]
        ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["EC2" if family == "grown" else "FARGATE"],
            cpu="4096" if family == "grown" else "256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}",
            volumes=volumes if family == "files" else [],
            containerDefinitions=[
                {
                    "name": family,
                    "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{family}:1",
                    "essential": True,
                    "memory": 512,
                    **special.get(family, {}),
                }
            ],
        )


def _provider(emulator: Emulator, ids: Ids) -> None:
    autoscaling, ecs = emulator.client("autoscaling"), emulator.client("ecs")
    autoscaling.create_launch_configuration(
        LaunchConfigurationName="hosts", ImageId=emulator.ecs_optimized_image(), InstanceType="c5.large"
    )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="hosts",
        LaunchConfigurationName="hosts",
        MinSize=0,
        MaxSize=1,
        DesiredCapacity=1,
        VPCZoneIdentifier=ids["private-a"],
    )
    (group,) = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    ecs.create_capacity_provider(
        name="hosts",
        autoScalingGroupProvider={
            "autoScalingGroupArn": group["AutoScalingGroupARN"],
            "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
        },
    )
    ecs.put_cluster_capacity_providers(cluster=CLUSTER, capacityProviders=["hosts"], defaultCapacityProviderStrategy=[])


def _service(
    emulator: Emulator, ids: Ids, name: str, subnets: list[str], *, groups: list[str] | None = None, **more: Any
) -> None:
    network = {"subnets": subnets, "securityGroups": groups or [ids["group-app"]], "assignPublicIp": "DISABLED"}
    emulator.client("ecs").create_service(
        cluster=CLUSTER,
        serviceName=name,
        taskDefinition=name,
        desiredCount=1,
        networkConfiguration={"awsvpcConfiguration": network},
        **more,
    )
    service = emulator.backend("ecs").services[f"{CLUSTER}:{name}"]
    service.running_count = service.pending_count = 0


def _troubles(emulator: Emulator, ids: Ids, now: datetime) -> None:
    """What ECS says of the faults."""
    for name, subnet, reason in (
        ("secretive", "private-a", _SECRETS),
        ("secretive", "private-a", _LOGS),
        ("barred", "private-a", _IMAGE),
        ("barred", "private-a", _DENIED),
        ("files", "private-b", _EFS),
        ("island", "island-a", _AUTH),
        ("dual", "dual-a", _AUTH),
        ("hub", "hub-a", _AUTH),
        ("lost", "private-a", _ROLE),
    ):
        task = emulator.run_task(name, cluster=CLUSTER, subnet_id=ids[subnet])
        emulator.stop_task(task, reason=reason, at=now - timedelta(minutes=5))
    services = emulator.backend("ecs").services
    services[f"{CLUSTER}:grown"].events = [
        event(
            "(service grown) was unable to place a task because no container instance met all of its requirements. "
            'The closest matching (container-instance 1) encountered error "RESOURCE:CPU".',
            now - timedelta(minutes=3),
        )
    ]
    services[f"{CLUSTER}:lost"].events = [
        event("(service lost) is unable to consistently start tasks successfully.", now - timedelta(minutes=3))
    ]


def _launchers(emulator: Emulator, ids: Ids) -> None:
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
    role = f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"
    network = {
        "awsvpcConfiguration": {
            "Subnets": [ids["public-a"]],
            "SecurityGroups": [ids["group-app"]],
            "AssignPublicIp": "DISABLED",
        }
    }
    parameters = {
        "TaskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/nightly:1",
        "LaunchType": "FARGATE",
        "NetworkConfiguration": network,
    }
    events, scheduler = emulator.client("events"), emulator.client("scheduler")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="ENABLED")
    events.put_targets(
        Rule="nightly", Targets=[{"Id": "1", "Arn": cluster, "RoleArn": role, "EcsParameters": parameters}]
    )
    scheduler.create_schedule(
        Name="hourly",
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": cluster, "RoleArn": role, "EcsParameters": {**parameters}},
    )
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": cluster,
            "TaskDefinition": "nightly",
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": network["awsvpcConfiguration"]},
        },
        "End": True,
    }
    emulator.client("stepfunctions").create_state_machine(
        name="etl",
        definition=json.dumps({"StartAt": "Run", "States": {"Run": state}}),
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole",
    )
