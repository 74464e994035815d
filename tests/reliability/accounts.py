"""An account with something of everything, for tests that break one thing at a time.

`everything()` has rows in every table, and every member that a shape knows is in some row: what no test would think of
writing down is filled in from the shapes themselves. Members are reached by `places`.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from awsvpc_audit.model import tables
from awsvpc_audit.model.snapshot import ScopeSnapshot, Snapshot
from tests.world import World, healthy, permission, route

OTHER_ACCOUNT = "210987654321"
MADE_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIME = "2026-11-22T10:00:00Z"

Document = dict[str, Any]
Place = tuple[str | int, ...]

_BY_NAME = {
    "cidr": "10.0.0.0/24",
    "ipv6_cidr": "2001:db8::/64",
    "ipv6_address": "2001:db8::7",
    "ip": "10.0.1.77",
    "arn": f"arn:aws:ecs:us-east-1:{OTHER_ACCOUNT}:thing/other",
    "definition": json.dumps({"States": {}}),
    "cloud_trail_event": json.dumps({"requestParameters": {"vpcId": "vpc-main"}}),
    "policy_document": json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}),
    "state": "available",
    "status": "ACTIVE",
    "port": 8080,
}


def everything() -> Snapshot:
    """Two accounts and two Regions, with services in trouble, launchers, peering, a transit gateway, changes."""
    here = _busy()
    there = World(account=OTHER_ACCOUNT, cluster="data")
    there.add_vpc("vpc-data", "10.9.0.0/16")
    there.add_route_table("rtb-data", "vpc-data", route("10.0.0.0/16", VpcPeeringConnectionId="pcx-1"))
    there.add_subnet("subnet-data", "10.9.1.0/24", vpc_id="vpc-data", route_table="rtb-data")
    there.add_security_group("sg-db", "vpc-data", permission("tcp", "10.0.0.0/16", 5432))
    elsewhere = World(region="eu-west-1", cluster="abroad")
    scopes = [filled(here), there.scope_snapshot(), elsewhere.scope_snapshot()]
    return Snapshot(scopes=tuple(scopes), created_at=MADE_AT, tool_version="0")


def _busy() -> World:
    world = healthy()
    world.give_ipv6("subnet-a", "subnet-b")
    world.add_trunk("i-b")
    world.add_capacity_provider("spare")
    _provide(world)
    _link(world)
    _launch(world)
    _refer(world)
    world.add_event(
        "web",
        "(service web) was unable to place a task because no container instance met all of its requirements. The "
        "closest matching (container-instance 00000000000000000000000000000001) encountered error "
        '"RESOURCE:ENI". For more information, see the Troubleshooting section.',
    )
    world.service("web")["desiredCount"] = 9
    world.service("web")["placementConstraints"] = [
        {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ m5.* and runningTasksCount < 20"}
    ]
    world.service("web")["placementStrategy"] = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
    world.add_stopped_task(
        "worker",
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1: dial tcp 10.0.9.9:443: i/o timeout",
    )
    world.rows["ec2:DescribeNatGateways"][1] |= {"State": "failed", "FailureCode": "InternalError"}
    return world


def _provide(world: World) -> None:
    """An Auto Scaling group behind the capacity provider, with what became of its scaling."""
    world.rows["autoscaling:DescribeAutoScalingGroups"].append(
        {"AutoScalingGroupName": "spare", "MinSize": 0, "MaxSize": 2, "DesiredCapacity": 2, "SuspendedProcesses": []}
    )
    world.rows["autoscaling:DescribeScalingActivities"].append(
        {
            "ActivityId": "1",
            "AutoScalingGroupName": "spare",
            "StatusCode": "Failed",
            "StatusMessage": "We currently do not have sufficient m5.xlarge capacity in us-east-1a.",
            "StartTime": TIME,
        }
    )


def _link(world: World) -> None:
    """Endpoints, a peering connection, a transit gateway and the names of a private zone."""
    world.rows["ec2:DescribeVpcEndpoints"] += [
        {
            "VpcEndpointId": f"vpce-{service}",
            "VpcEndpointType": kind,
            "VpcId": "vpc-main",
            "ServiceName": f"com.amazonaws.us-east-1.{service}",
            "State": "available",
            "SubnetIds": ["subnet-a"] if kind == "Interface" else [],
            "RouteTableIds": ["rtb-b"] if kind == "Gateway" else [],
            "Groups": [{"GroupId": "sg-app"}] if kind == "Interface" else [],
            "PrivateDnsEnabled": kind == "Interface",
            "PolicyDocument": json.dumps(
                {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
            ),
        }
        for service, kind in (("ecr.api", "Interface"), ("s3", "Gateway"))
    ]
    world.rows["ec2:DescribeVpcPeeringConnections"].append(
        {
            "VpcPeeringConnectionId": "pcx-1",
            "Status": {"Code": "active"},
            "RequesterVpcInfo": {"VpcId": "vpc-main", "OwnerId": world.account, "Region": world.region},
            "AccepterVpcInfo": {"VpcId": "vpc-data", "OwnerId": OTHER_ACCOUNT, "Region": world.region},
        }
    )
    world.route_table("rtb-a")["Routes"] += [
        route("10.9.0.0/16", VpcPeeringConnectionId="pcx-1"),
        route("192.168.0.0/16", TransitGatewayId="tgw-1"),
        {"DestinationPrefixListId": "pl-office", "TransitGatewayId": "tgw-1", "State": "active"},
    ]
    world.rows["ec2:GetManagedPrefixListEntries"].append(
        {"PrefixListId": "pl-office", "Entries": [{"Cidr": "172.16.0.0/12"}]}
    )
    world.rows["ec2:DescribeTransitGatewayVpcAttachments"].append(
        {
            "TransitGatewayAttachmentId": "tgw-attach-main",
            "TransitGatewayId": "tgw-1",
            "VpcId": "vpc-main",
            "State": "available",
            "SubnetIds": ["subnet-a"],
        }
    )
    world.rows["ec2:GetTransitGatewayRouteTableAssociations"].append(
        {
            "TransitGatewayRouteTableId": "tgw-rtb-main",
            "Associations": [{"TransitGatewayAttachmentId": "tgw-attach-main", "State": "associated"}],
        }
    )
    world.rows["ec2:SearchTransitGatewayRoutes"].append(
        {
            "TransitGatewayRouteTableId": "tgw-rtb-main",
            "AdditionalRoutesAvailable": False,
            "Routes": [
                {
                    "DestinationCidrBlock": "192.168.0.0/16",
                    "Type": "static",
                    "State": "active",
                    "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-main"}],
                }
            ],
        }
    )
    world.rows["route53:ListHostedZonesByVPC"].append(
        {"HostedZoneId": "Z1", "Name": "us-east-1.amazonaws.com.", "VPCId": "vpc-main"}
    )
    world.rows["route53:ListResourceRecordSets"].append(
        {
            "HostedZoneId": "Z1",
            "Name": "api.ecr.us-east-1.amazonaws.com.",
            "Type": "A",
            "ResourceRecords": [{"Value": "10.0.1.9"}],
        }
    )


def _launch(world: World) -> None:
    """A rule, a schedule and a state machine that run tasks, and a change of the network."""
    cluster = world.rows["ecs:DescribeClusters"][0]["clusterArn"]
    definition = world.task_definition("worker")["taskDefinitionArn"]
    network = {"awsvpcConfiguration": {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-app"]}}
    parameters = {
        "TaskDefinitionArn": definition,
        "TaskCount": 1,
        "LaunchType": "FARGATE",
        "NetworkConfiguration": network,
    }
    rule = world.arn("events", "rule/nightly")
    world.rows["events:ListRules"].append({"Name": "nightly", "Arn": rule, "State": "ENABLED"})
    world.rows["events:ListTargetsByRule"].append(
        {"Rule": "nightly", "Id": "1", "Arn": cluster, "EcsParameters": parameters}
    )
    world.rows["scheduler:GetSchedule"].append(
        {"Name": "hourly", "GroupName": "default", "Target": {"Arn": cluster, "EcsParameters": parameters}}
    )
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::ecs:runTask.sync",
        "Parameters": {
            "Cluster": cluster,
            "TaskDefinition": definition,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-a"], "SecurityGroups": ["sg-app"]}},
        },
    }
    world.rows["stepfunctions:DescribeStateMachine"].append(
        {
            "stateMachineArn": world.arn("states", "stateMachine:pipeline"),
            "name": "pipeline",
            "status": "ACTIVE",
            "definition": json.dumps({"States": {"Run": state, "All": {"Branches": [{"States": {"Deep": state}}]}}}),
        }
    )
    world.rows["cloudtrail:LookupEvents"].append(
        {
            "EventId": "e1",
            "EventName": "DeleteRoute",
            "EventSource": "ec2.amazonaws.com",
            "EventTime": TIME,
            "Username": "alice",
            "Resources": [{"ResourceType": "AWS::EC2::RouteTable", "ResourceName": "rtb-a"}],
            "CloudTrailEvent": json.dumps(
                {
                    "userIdentity": {"arn": "arn:aws:sts::123456789012:assumed-role/terraform/ci", "type": "Role"},
                    "requestParameters": {"routeTableId": "rtb-a", "destinationCidrBlock": "0.0.0.0/0"},
                }
            ),
        }
    )


def _refer(world: World) -> None:
    """What task definitions refer to: a repository, a log group, a secret, a parameter, a file system."""
    container = world.task_definition("worker")["containerDefinitions"][0]
    container |= {
        "image": f"{world.account}.dkr.ecr.{world.region}.amazonaws.com/worker:1",
        "secrets": [
            {"name": "A", "valueFrom": world.arn("secretsmanager", "secret:token-AbCdEf")},
            {"name": "B", "valueFrom": "/app/setting"},
        ],
        "environment": [{"name": "A", "value": "x"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "/ecs/worker", "awslogs-region": world.region},
        },
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/worker.env"}],
        "repositoryCredentials": {"credentialsParameter": world.arn("secretsmanager", "secret:registry-AbCdEf")},
    }
    world.task_definition("worker")["volumes"] = [
        {"name": "shared", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}
    ]
    world.rows["ecr:DescribeRepositories"].append({"repositoryName": "worker", "registryId": world.account})
    world.rows["ecr:DescribeImages"].append(
        {"registryId": world.account, "repositoryName": "worker", "imageTags": ["1"], "imageDigest": "sha256:0"}
    )
    world.rows["logs:DescribeLogGroups"].append({"logGroupName": "/ecs/worker"})
    world.rows["secretsmanager:DescribeSecret"].append(
        {"ARN": world.arn("secretsmanager", "secret:token-AbCdEf"), "Name": "token"}
    )
    world.rows["ssm:DescribeParameters"].append({"Name": "/app/setting", "Type": "SecureString"})
    world.rows["efs:DescribeMountTargets"].append(
        {"MountTargetId": "fsmt-1", "FileSystemId": "fs-1", "SubnetId": "subnet-a", "LifeCycleState": "available"}
    )
    world.rows["efs:DescribeMountTargetSecurityGroups"].append(
        {"MountTargetId": "fsmt-1", "SecurityGroups": ["sg-app"]}
    )
    world.rows["iam:SimulatePrincipalPolicy"].append(
        {
            "PolicySourceArn": world.arn("iam", "role/ecsTaskExecutionRole"),
            "EvalActionName": "ecr:GetAuthorizationToken",
            "EvalResourceName": "*",
            "EvalDecision": "allowed",
        }
    )


# Members that no row has, out of the shapes.


def filled(world: World) -> ScopeSnapshot:
    """The world's scope, with every member of every shape in the last row of its table, and no table empty."""
    scope = world.scope_snapshot()
    for spec in tables.TABLES:
        place = scope.global_responses if spec.is_global else scope.responses
        stored = place.get(spec.file_stem)
        rows = msgspec.json.decode(stored)[spec.result_key] if stored else []
        row = rows[-1] if rows else {}
        _fill(row, spec.row)
        answer = row if spec.is_object else rows or [row]
        place[spec.file_stem] = msgspec.json.encode({spec.result_key: answer})
    return scope


def _fill(row: Document, shape: type[Any]) -> None:
    hints = get_type_hints(shape)
    for field in msgspec.structs.fields(shape):
        kind = hints[field.name]
        inner = _struct_in(kind)
        present = row.get(field.encode_name)
        if present is None:
            row[field.encode_name] = _sample(field.name, kind)
        elif inner is not None:
            for each in present if isinstance(present, list) else [present]:
                _fill(each, inner)
                break


def _struct_in(kind: Any) -> type[Any] | None:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next((found for each in get_args(kind) if (found := _struct_in(each)) is not None), None)


def _sample(name: str, kind: Any) -> Any:
    inner = _struct_in(kind)
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _sample(name, next(each for each in get_args(kind) if each is not types.NoneType))
    if origin is tuple:
        return [_sample(name.removesuffix("s"), get_args(kind)[0])]
    if inner is not None:
        row: Document = {}
        _fill(row, inner)
        return row
    if origin is dict or kind is dict:
        return {}
    return _plain(name, kind)


def _plain(name: str, kind: Any) -> Any:
    if kind is bool:
        return False
    if kind is int:
        return 1
    if kind is datetime:
        return TIME
    for word, value in _BY_NAME.items():
        if word in name and isinstance(value, str):
            return value
    return f"{name.replace('_', '-')}-1"


# Reaching into documents.


def places(document: Any, *, samples: int = 2) -> Iterator[Place]:
    """Every member of a document, at most so many entries of each list."""
    for key, value in _children(document, samples):
        yield (key,)
        yield from ((key, *rest) for rest in places(value, samples=samples))


def _children(document: Any, samples: int) -> Iterator[tuple[str | int, Any]]:
    if isinstance(document, dict):
        yield from document.items()
    elif isinstance(document, list):
        shown = sorted({*range(len(document))[:1], *range(len(document))[-(samples - 1) :]}) if samples > 1 else [0]
        yield from ((index, document[index]) for index in shown if index < len(document))


def at(document: Any, place: Place) -> Any:
    """What is at a place."""
    for step in place:
        document = document[step]
    return document


def put(document: Any, place: Place, value: Any) -> None:
    """Put something at a place."""
    at(document, place[:-1])[place[-1]] = value


def remove(document: Any, place: Place) -> None:
    """Take what is at a place away."""
    del at(document, place[:-1])[place[-1]]


def ago(**span: int) -> str:
    """A time before the snapshot was made."""
    return (MADE_AT - timedelta(**span)).isoformat()
