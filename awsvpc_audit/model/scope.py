"""One account and Region, typed, with the look-ups that several analyses need."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from awsvpc_audit.errors import SnapshotError
from awsvpc_audit.model import (
    autoscaling,
    cloudtrail,
    ec2,
    ecr,
    ecs,
    efs,
    elbv2,
    events,
    iam,
    logs,
    route53,
    secretsmanager,
    ssm,
    stepfunctions,
    tables,
)
from awsvpc_audit.model.credentials import without_credentials
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.snapshot import ScopeSnapshot, decoding
from awsvpc_audit.model.table import Table
from awsvpc_audit.model.tables import TableSpec

Row = TypeVar("Row")

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {}
_ENVELOPES: dict[str, type[msgspec.Struct]] = {}


def _envelope(spec: TableSpec[Any]) -> type[msgspec.Struct]:
    """The response around the rows, as a type: the one member that is read."""
    if spec.operation not in _ENVELOPES:
        member: Any = spec.row if spec.is_object else tuple.__class_getitem__((spec.row, ...))
        _ENVELOPES[spec.operation] = msgspec.defstruct(
            f"{spec.operation.partition(':')[2]}Response", [("rows", member)], rename={"rows": spec.result_key}
        )
    return _ENVELOPES[spec.operation]


def decode_rows(spec: TableSpec[Row], content: bytes, file_name: str) -> list[Row]:
    """The rows of one response.

    Numbers as text, text as numbers and epoch times are taken (the AWS CLI and other tools write them); members that
    are null count as absent.

    Raises:
        SnapshotError: the response is not of this operation's shape; names the file and the field.
    """
    envelope = _envelope(spec)
    decoder = _DECODERS.get(spec.operation)
    if decoder is None:
        decoder = _DECODERS[spec.operation] = msgspec.json.Decoder(envelope, strict=False)
    try:
        response = decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        with decoding(file_name):
            raw = msgspec.json.decode(content)
            if not isinstance(raw, dict):
                raise SnapshotError(f"{file_name}: not a response of {spec.operation}: no JSON object") from None
            response = msgspec.convert(_without_nulls(raw), envelope, strict=False)
    rows: Any = response.rows
    if spec.is_object:
        return [rows]
    if spec.flatten is None:
        return list(rows)
    return [row for entry in rows for row in spec.flatten(entry)]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_without_nulls(member) for member in value if member is not None]
    return value


_PARTITIONS = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}
"""Partitions other than `aws`, by how the names of their Regions begin."""


class Scope:
    """Everything that was read from one account and Region.

    Tables are decoded when first read. A table whose file is absent, or whose operation is among the missing, raises
    `NotCollectedError` when it is asked for what it may lack.
    """

    def __init__(self, snapshot: ScopeSnapshot) -> None:
        """Wrap the raw answers.

        Args:
            snapshot: the answers of one account and Region.
        """
        self._snapshot = snapshot
        self._tables: dict[str, Table[Any]] = {}
        self.account = snapshot.account
        self.region = snapshot.region
        self.missing: tuple[Missing, ...] = snapshot.missing

    def __repr__(self) -> str:
        return f"Scope({self.account}, {self.region})"

    def decode_all(self) -> None:
        """Decode every table there is, so that a broken file is found now and not in the middle of an analysis.

        Raises:
            SnapshotError: names the file and the field.
        """
        for spec in tables.TABLES:
            self.table(spec)

    def table(self, spec: TableSpec[Row]) -> Table[Row]:
        """The table of an operation."""
        table = self._tables.get(spec.operation)
        if table is None:
            table = self._tables[spec.operation] = self._build(spec)
        return table

    def _build(self, spec: TableSpec[Row]) -> Table[Row]:
        answers = self._snapshot.global_responses if spec.is_global else self._snapshot.responses
        content = answers.get(spec.file_stem)
        gap: tuple[str, ...] = ()
        unread: list[str] = []
        for missing in self.missing:
            if missing.operation == spec.operation:
                if missing.resources:
                    unread.extend(missing.resources)
                else:
                    gap = tuple(dict.fromkeys((*gap, *missing.because, spec.operation)))
        if content is None:
            return Table(spec.operation, gap=gap or (spec.operation,))
        if not spec.operation.startswith("ec2:"):  # a large account's largest answers, without texts of AWS's in them
            content = without_credentials(content)
        rows = decode_rows(spec, content, self._snapshot.file_name(spec.file_stem))
        return Table(spec.operation, rows, key=spec.key, gap=gap, unread_keys=unread)

    @cached_property
    def partition(self) -> str:
        """The AWS partition: `aws`, `aws-cn`, `aws-us-gov` and so on."""
        for arn in self._arns():
            return arn.split(":")[1]
        for prefix, partition in _PARTITIONS.items():
            if self.region.startswith(prefix):
                return partition
        return "aws"

    def _arns(self) -> Iterable[str]:
        for arn in (
            *(cluster.cluster_arn for cluster in self.clusters.known()),
            *(service.service_arn for service in self.services.known()),
        ):
            if arn.startswith("arn:"):
                yield arn

    @property
    def cluster_names(self) -> tuple[str, ...]:
        """Names of the clusters that this scope has something about, in order."""
        names = {cluster_name(cluster.cluster_arn) for cluster in self.clusters.known()}
        names.update(self._snapshot.clusters)
        for arn in (
            *(service.cluster_arn for service in self.services.known()),
            *(instance.cluster_arn for instance in self.container_instances.known()),
            *(task.cluster_arn for task in self.tasks.known()),
        ):
            if arn:
                names.add(cluster_name(arn))
        return tuple(sorted(names))

    # Tables, one property each, so that analyses read as sentences and types are known.

    @property
    def clusters(self) -> Table[ecs.Cluster]:
        """`ecs:DescribeClusters`, by ARN."""
        return self.table(tables.CLUSTERS)

    @property
    def services(self) -> Table[ecs.Service]:
        """`ecs:DescribeServices`, by ARN."""
        return self.table(tables.SERVICES)

    @property
    def tasks(self) -> Table[ecs.Task]:
        """`ecs:DescribeTasks`, by ARN: running and recently stopped."""
        return self.table(tables.TASKS)

    @property
    def task_definitions(self) -> Table[ecs.TaskDefinition]:
        """`ecs:DescribeTaskDefinition`, by ARN."""
        return self.table(tables.TASK_DEFINITIONS)

    @property
    def container_instances(self) -> Table[ecs.ContainerInstance]:
        """`ecs:DescribeContainerInstances`, by ARN."""
        return self.table(tables.CONTAINER_INSTANCES)

    @property
    def capacity_providers(self) -> Table[ecs.CapacityProvider]:
        """`ecs:DescribeCapacityProviders`, by name."""
        return self.table(tables.CAPACITY_PROVIDERS)

    @property
    def account_settings(self) -> Table[ecs.Setting]:
        """`ecs:ListAccountSettings`, of the caller and, where allowed, of the instance roles."""
        return self.table(tables.ACCOUNT_SETTINGS)

    @property
    def vpcs(self) -> Table[ec2.Vpc]:
        """`ec2:DescribeVpcs`, by id."""
        return self.table(tables.VPCS)

    @property
    def vpc_attributes(self) -> Table[ec2.VpcAttributes]:
        """`ec2:DescribeVpcAttribute`, by VPC id."""
        return self.table(tables.VPC_ATTRIBUTES)

    @property
    def subnets(self) -> Table[ec2.Subnet]:
        """`ec2:DescribeSubnets`, by id."""
        return self.table(tables.SUBNETS)

    @property
    def route_tables(self) -> Table[ec2.RouteTable]:
        """`ec2:DescribeRouteTables`, by id."""
        return self.table(tables.ROUTE_TABLES)

    @property
    def network_acls(self) -> Table[ec2.NetworkAcl]:
        """`ec2:DescribeNetworkAcls`, by id."""
        return self.table(tables.NETWORK_ACLS)

    @property
    def security_groups(self) -> Table[ec2.SecurityGroup]:
        """`ec2:DescribeSecurityGroups`, by id."""
        return self.table(tables.SECURITY_GROUPS)

    @property
    def network_interfaces(self) -> Table[ec2.NetworkInterface]:
        """`ec2:DescribeNetworkInterfaces`, by id."""
        return self.table(tables.NETWORK_INTERFACES)

    @property
    def instances(self) -> Table[ec2.Instance]:
        """`ec2:DescribeInstances`, by id."""
        return self.table(tables.INSTANCES)

    @property
    def instance_types(self) -> Table[ec2.InstanceTypeInfo]:
        """`ec2:DescribeInstanceTypes`, by name."""
        return self.table(tables.INSTANCE_TYPES)

    @property
    def nat_gateways(self) -> Table[ec2.NatGateway]:
        """`ec2:DescribeNatGateways`, by id."""
        return self.table(tables.NAT_GATEWAYS)

    @property
    def internet_gateways(self) -> Table[ec2.InternetGateway]:
        """`ec2:DescribeInternetGateways`, by id."""
        return self.table(tables.INTERNET_GATEWAYS)

    @property
    def vpc_endpoints(self) -> Table[ec2.VpcEndpoint]:
        """`ec2:DescribeVpcEndpoints`, by id."""
        return self.table(tables.VPC_ENDPOINTS)

    @property
    def dhcp_options(self) -> Table[ec2.DhcpOptions]:
        """`ec2:DescribeDhcpOptions`, by id."""
        return self.table(tables.DHCP_OPTIONS)

    @property
    def hosted_zones_by_vpc(self) -> Table[route53.HostedZoneSummary]:
        """`route53:ListHostedZonesByVPC`, each zone with the VPC it was listed for."""
        return self.table(tables.HOSTED_ZONES_BY_VPC)

    @property
    def resource_record_sets(self) -> Table[route53.ResourceRecordSet]:
        """`route53:ListResourceRecordSets`, each with the zone it was listed for."""
        return self.table(tables.RESOURCE_RECORD_SETS)

    @property
    def load_balancers(self) -> Table[elbv2.LoadBalancer]:
        """`elbv2:DescribeLoadBalancers`, by ARN."""
        return self.table(tables.LOAD_BALANCERS)

    @property
    def target_groups(self) -> Table[elbv2.TargetGroup]:
        """`elbv2:DescribeTargetGroups`, by ARN."""
        return self.table(tables.TARGET_GROUPS)

    @property
    def listeners(self) -> Table[elbv2.Listener]:
        """`elbv2:DescribeListeners`, asked for each load balancer."""
        return self.table(tables.LISTENERS)

    @property
    def target_health(self) -> Table[elbv2.TargetHealthDescription]:
        """`elbv2:DescribeTargetHealth`, asked for each target group."""
        return self.table(tables.TARGET_HEALTH)

    @property
    def auto_scaling_groups(self) -> Table[autoscaling.AutoScalingGroup]:
        """`autoscaling:DescribeAutoScalingGroups`, by name."""
        return self.table(tables.AUTO_SCALING_GROUPS)

    @property
    def scaling_activities(self) -> Table[autoscaling.Activity]:
        """`autoscaling:DescribeScalingActivities`, by id."""
        return self.table(tables.SCALING_ACTIVITIES)

    @property
    def roles(self) -> Table[iam.Role]:
        """`iam:GetRole`, by name."""
        return self.table(tables.ROLES)

    @property
    def instance_profiles(self) -> Table[iam.InstanceProfile]:
        """`iam:GetInstanceProfile`, by name."""
        return self.table(tables.INSTANCE_PROFILES)

    @property
    def simulations(self) -> Table[iam.EvaluationResult]:
        """`iam:SimulatePrincipalPolicy`, of the roles that start tasks."""
        return self.table(tables.SIMULATIONS)

    @property
    def ecr_repositories(self) -> Table[ecr.Repository]:
        """`ecr:DescribeRepositories`, by name: those that were asked for."""
        return self.table(tables.ECR_REPOSITORIES)

    @property
    def ecr_images(self) -> Table[ecr.ImageDetail]:
        """`ecr:DescribeImages`: those that were asked for."""
        return self.table(tables.ECR_IMAGES)

    @property
    def log_groups(self) -> Table[logs.LogGroup]:
        """`logs:DescribeLogGroups`, by name: those that were asked for."""
        return self.table(tables.LOG_GROUPS)

    @property
    def secrets(self) -> Table[secretsmanager.Secret]:
        """`secretsmanager:DescribeSecret`: those that were asked for, without values."""
        return self.table(tables.SECRETS)

    @property
    def parameters(self) -> Table[ssm.ParameterMetadata]:
        """`ssm:DescribeParameters`, by name: those that were asked for, without values."""
        return self.table(tables.PARAMETERS)

    @property
    def mount_targets(self) -> Table[efs.MountTarget]:
        """`efs:DescribeMountTargets`, by id."""
        return self.table(tables.MOUNT_TARGETS)

    @property
    def mount_target_security_groups(self) -> Table[efs.MountTargetSecurityGroups]:
        """`efs:DescribeMountTargetSecurityGroups`, by mount target."""
        return self.table(tables.MOUNT_TARGET_SECURITY_GROUPS)

    @property
    def event_rules(self) -> Table[events.Rule]:
        """`events:ListRules`, by name."""
        return self.table(tables.EVENT_RULES)

    @property
    def event_targets(self) -> Table[events.Target]:
        """`events:ListTargetsByRule`, of the rules that have a cluster as their target."""
        return self.table(tables.EVENT_TARGETS)

    @property
    def schedules(self) -> Table[events.Schedule]:
        """`scheduler:GetSchedule`, of the schedules that have a cluster as their target."""
        return self.table(tables.SCHEDULES)

    @property
    def state_machines(self) -> Table[stepfunctions.StateMachine]:
        """`stepfunctions:DescribeStateMachine`, by ARN."""
        return self.table(tables.STATE_MACHINES)

    @property
    def trail_events(self) -> Table[cloudtrail.Event]:
        """`cloudtrail:LookupEvents`: the changes that were asked for."""
        return self.table(tables.TRAIL_EVENTS)

    # Look-ups that go through more than one member, each with tests of its own.

    def task_definition_of(self, name_or_arn: str | None) -> ecs.TaskDefinition | None:
        """A task definition by ARN, or by `family:revision`."""
        if not name_or_arn:
            return None
        return self.task_definitions.get(name_or_arn)

    def tasks_on(self, container_instance_arn: str) -> tuple[ecs.Task, ...]:
        """Tasks, not stopped, on a container instance."""
        return self.tasks.where(
            "container_instance_arn",
            lambda t: () if t.is_stopped else (t.container_instance_arn,),
            container_instance_arn,
        )

    def network_interfaces_of_instance(self, instance_id: str) -> tuple[ec2.NetworkInterface, ...]:
        """ENIs attached to an EC2 instance, by `ec2:DescribeNetworkInterfaces`."""
        return self.network_interfaces.where(
            "instance_id",
            lambda e: (e.attachment.instance_id,) if e.attachment and e.attachment.instance_id else (),
            instance_id,
        )

    def network_interfaces_in(self, subnet_id: str) -> tuple[ec2.NetworkInterface, ...]:
        """ENIs in a subnet."""
        return self.network_interfaces.where("subnet_id", lambda e: (e.subnet_id,), subnet_id)

    def route_table_of(self, subnet: ec2.Subnet) -> ec2.RouteTable | None:
        """The effective route table of a subnet: the explicitly associated one, else the main one of its VPC."""
        explicit = self.route_tables.where(
            "subnet_id", lambda t: [a.subnet_id for a in t.associations if a.subnet_id], subnet.subnet_id
        )
        if explicit:
            return explicit[0]
        main = self.route_tables.where("main", lambda t: (t.vpc_id,) if t.is_main else (), subnet.vpc_id)
        return main[0] if main else None

    def network_acl_of(self, subnet: ec2.Subnet) -> ec2.NetworkAcl | None:
        """The network ACL of a subnet: the associated one, else the default one of its VPC."""
        associated = self.network_acls.where(
            "subnet_id", lambda a: [x.subnet_id for x in a.associations if x.subnet_id], subnet.subnet_id
        )
        if associated:
            return associated[0]
        default = self.network_acls.where("default", lambda a: (a.vpc_id,) if a.is_default else (), subnet.vpc_id)
        return default[0] if default else None

    def listeners_of(self, load_balancer_arn: str) -> tuple[elbv2.Listener, ...]:
        """The listeners of a load balancer.

        Raises:
            NotCollectedError: they were not read.
        """
        self.listeners.require_key(load_balancer_arn)
        return self.listeners.known_where("load_balancer_arn", lambda row: (row.load_balancer_arn,), load_balancer_arn)

    def target_health_of(self, target_group_arn: str) -> tuple[elbv2.TargetHealthDescription, ...]:
        """The targets of a target group, with their health.

        Raises:
            NotCollectedError: they were not read.
        """
        self.target_health.require_key(target_group_arn)
        return self.target_health.known_where("target_group_arn", lambda row: (row.target_group_arn,), target_group_arn)

    def instance_role_of(self, instance: ec2.Instance) -> iam.Role | None:
        """The role in the instance's profile: what ECS sees as the principal that registers the instance."""
        profile = instance.iam_instance_profile
        if profile is None or profile.arn is None:
            return None
        found = self.instance_profiles.get(profile.arn.rsplit("/", 1)[-1])
        return found.roles[0] if found and found.roles else None


def cluster_name(name_or_arn: str) -> str:
    """The name in a cluster's name or ARN."""
    return name_or_arn.rsplit("/", 1)[-1]
