"""Amazon ECS shapes, as the ECS API answers them. Field names are AWS's in snake_case.

There is no field for the value of an environment variable, a secret, a command line or a log-driver option that can
hold a secret: the collectors drop those, and a snapshot made elsewhere that has them is read without them.
"""

from datetime import datetime
from functools import cached_property

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A structure of the ECS API: members are spelled in camelCase there. As for EC2's, there are no cycles in it."""


class Tag(Shape, frozen=True, kw_only=True):
    key: str = ""
    value: str = ""


class KeyValuePair(Shape, frozen=True, kw_only=True):
    name: str = ""
    value: str | None = None


class ClusterSetting(Shape, frozen=True, kw_only=True):
    name: str | None = None
    value: str | None = None


class CapacityProviderStrategyItem(Shape, frozen=True, kw_only=True):
    capacity_provider: str = ""
    base: int = 0
    weight: int = 0


class Cluster(Shape, frozen=True, kw_only=True):
    cluster_arn: str
    cluster_name: str | None = None
    status: str | None = None
    registered_container_instances_count: int | None = None
    running_tasks_count: int | None = None
    pending_tasks_count: int | None = None
    active_services_count: int | None = None
    capacity_providers: tuple[str, ...] = ()
    default_capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] = ()
    settings: tuple[ClusterSetting, ...] = ()


class AwsVpcConfiguration(Shape, frozen=True, kw_only=True):
    """`awsvpcConfiguration` of a service, deployment or task set."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: str | None = None


class NetworkConfiguration(Shape, frozen=True, kw_only=True):
    awsvpc_configuration: AwsVpcConfiguration | None = None


class LoadBalancer(Shape, frozen=True, kw_only=True):
    """A service's load balancer: `targetGroupArn` for ALB and NLB, `loadBalancerName` for a Classic one."""

    target_group_arn: str | None = None
    load_balancer_name: str | None = None
    container_name: str | None = None
    container_port: int | None = None


class PlacementConstraint(Shape, frozen=True, kw_only=True):
    type: str | None = None
    expression: str | None = None


class PlacementStrategy(Shape, frozen=True, kw_only=True):
    type: str | None = None
    field: str | None = None


class DeploymentCircuitBreaker(Shape, frozen=True, kw_only=True):
    enable: bool = False
    rollback: bool = False


class DeploymentConfiguration(Shape, frozen=True, kw_only=True):
    maximum_percent: int | None = None
    minimum_healthy_percent: int | None = None
    deployment_circuit_breaker: DeploymentCircuitBreaker | None = None


class DeploymentController(Shape, frozen=True, kw_only=True):
    type: str | None = None


class Deployment(Shape, frozen=True, kw_only=True):
    id: str | None = None
    status: str | None = None
    task_definition: str | None = None
    desired_count: int | None = None
    running_count: int | None = None
    pending_count: int | None = None
    failed_tasks: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    launch_type: str | None = None
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] = ()
    platform_version: str | None = None
    platform_family: str | None = None
    network_configuration: NetworkConfiguration | None = None
    rollout_state: str | None = None
    rollout_state_reason: str | None = None


class TaskSet(Shape, frozen=True, kw_only=True):
    id: str | None = None
    status: str | None = None
    task_definition: str | None = None
    launch_type: str | None = None
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] = ()
    platform_version: str | None = None
    platform_family: str | None = None
    network_configuration: NetworkConfiguration | None = None
    load_balancers: tuple[LoadBalancer, ...] = ()
    created_at: datetime | None = None


class ServiceEvent(Shape, frozen=True, kw_only=True):
    id: str | None = None
    created_at: datetime | None = None
    message: str = ""


class ServiceRegistry(Shape, frozen=True, kw_only=True):
    registry_arn: str | None = None
    container_name: str | None = None
    container_port: int | None = None
    port: int | None = None


class Service(Shape, frozen=True, kw_only=True):
    service_arn: str
    service_name: str = ""
    cluster_arn: str | None = None
    status: str | None = None
    desired_count: int = 0
    running_count: int = 0
    pending_count: int = 0
    launch_type: str | None = None
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] = ()
    platform_version: str | None = None
    platform_family: str | None = None
    task_definition: str | None = None
    scheduling_strategy: str | None = None
    deployment_configuration: DeploymentConfiguration | None = None
    deployment_controller: DeploymentController | None = None
    deployments: tuple[Deployment, ...] = ()
    task_sets: tuple[TaskSet, ...] = ()
    events: tuple[ServiceEvent, ...] = ()
    load_balancers: tuple[LoadBalancer, ...] = ()
    service_registries: tuple[ServiceRegistry, ...] = ()
    network_configuration: NetworkConfiguration | None = None
    placement_constraints: tuple[PlacementConstraint, ...] = ()
    placement_strategy: tuple[PlacementStrategy, ...] = ()
    health_check_grace_period_seconds: int | None = None
    enable_execute_command: bool | None = None
    availability_zone_rebalancing: str | None = None
    role_arn: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None


class ContainerNetworkInterface(Shape, frozen=True, kw_only=True):
    attachment_id: str | None = None
    private_ipv4_address: str | None = None
    ipv6_address: str | None = None


class Container(Shape, frozen=True, kw_only=True):
    name: str | None = None
    last_status: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    image: str | None = None
    network_interfaces: tuple[ContainerNetworkInterface, ...] = ()
    health_status: str | None = None
    cpu: str | None = None
    memory: str | None = None
    memory_reservation: str | None = None


class Attachment(Shape, frozen=True, kw_only=True):
    """A resource attached to a task, or to a container instance."""

    id: str | None = None
    type: str | None = None
    status: str | None = None
    details: tuple[KeyValuePair, ...] = ()

    def detail(self, name: str) -> str | None:
        """The value of one of `details`, by its name (`subnetId`, `networkInterfaceId`, `privateIPv4Address` …)."""
        return next((pair.value for pair in self.details if pair.name == name), None)


class Task(Shape, frozen=True, kw_only=True):
    task_arn: str
    cluster_arn: str | None = None
    task_definition_arn: str | None = None
    container_instance_arn: str | None = None
    group: str | None = None
    started_by: str | None = None
    launch_type: str | None = None
    capacity_provider_name: str | None = None
    platform_version: str | None = None
    platform_family: str | None = None
    availability_zone: str | None = None
    last_status: str | None = None
    desired_status: str | None = None
    connectivity: str | None = None
    health_status: str | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    attachments: tuple[Attachment, ...] = ()
    containers: tuple[Container, ...] = ()
    cpu: str | None = None
    memory: str | None = None
    enable_execute_command: bool | None = None
    created_at: datetime | None = None
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def task_id(self) -> str:
        """The last part of the ARN."""
        return self.task_arn.rsplit("/", 1)[-1]

    @property
    def is_stopped(self) -> bool:
        """Whether the task has come to its end."""
        return self.last_status in {"STOPPED", "DELETED"}

    @property
    def network_interface_attachment(self) -> Attachment | None:
        """The attachment of the task's ENI. EventBridge spells the type `eni`."""
        return next((a for a in self.attachments if a.type in {"ElasticNetworkInterface", "eni"}), None)

    @property
    def network_interface_id(self) -> str | None:
        """The task ENI, once there is one."""
        attachment = self.network_interface_attachment
        return attachment.detail("networkInterfaceId") if attachment else None

    @property
    def subnet_id(self) -> str | None:
        """The subnet of the task ENI; a failed task often keeps it after the ENI is gone."""
        attachment = self.network_interface_attachment
        return attachment.detail("subnetId") if attachment else None


class Attribute(Shape, frozen=True, kw_only=True):
    name: str = ""
    value: str | None = None


class Resource(Shape, frozen=True, kw_only=True):
    """CPU, MEMORY, PORTS, PORTS_UDP or GPU of a container instance."""

    name: str | None = None
    type: str | None = None
    integer_value: int | None = None
    string_set_value: tuple[str, ...] = ()


class VersionInfo(Shape, frozen=True, kw_only=True):
    agent_version: str | None = None
    agent_hash: str | None = None
    docker_version: str | None = None


class ContainerInstance(Shape, frozen=True, kw_only=True, dict=True, gc=True):
    container_instance_arn: str
    cluster_arn: str | None = None
    """Not in AWS's answer: added while collecting, see the contract."""
    ec2_instance_id: str | None = None
    capacity_provider_name: str | None = None
    status: str | None = None
    status_reason: str | None = None
    agent_connected: bool | None = None
    agent_update_status: str | None = None
    version_info: VersionInfo | None = None
    attributes: tuple[Attribute, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    registered_resources: tuple[Resource, ...] = ()
    remaining_resources: tuple[Resource, ...] = ()
    running_tasks_count: int | None = None
    pending_tasks_count: int | None = None
    registered_at: datetime | None = None

    @property
    def instance_id(self) -> str:
        """How people call it: the EC2 (or `mi-…`) instance id, else the last part of the ARN."""
        return self.ec2_instance_id or self.container_instance_arn.rsplit("/", 1)[-1]

    def attribute(self, name: str) -> str | None:
        """The value of an attribute; ``None`` where it is absent *or* has a name only (see `has_attribute`)."""
        return self._attribute_values.get(name)

    def has_attribute(self, name: str) -> bool:
        """Whether the instance has the attribute, with a value or without."""
        return name in self._attribute_values

    @cached_property
    def _attribute_values(self) -> dict[str, str | None]:
        """AWS registers some fifty attributes on an instance, and every rule on instances looks one up."""
        return {a.name: a.value for a in reversed(self.attributes)}

    @property
    def agent_version(self) -> str | None:
        """`versionInfo.agentVersion`."""
        return self.version_info.agent_version if self.version_info else None


class PortMapping(Shape, frozen=True, kw_only=True):
    container_port: int | None = None
    host_port: int | None = None
    protocol: str | None = None
    name: str | None = None
    container_port_range: str | None = None


class Secret(Shape, frozen=True, kw_only=True):
    """A reference to a secret: where it is, never what it is."""

    name: str = ""
    value_from: str = ""


class LogConfiguration(Shape, frozen=True, kw_only=True):
    log_driver: str | None = None
    options: dict[str, str] = msgspec.field(default_factory=dict)
    secret_options: tuple[Secret, ...] = ()


class EnvironmentFile(Shape, frozen=True, kw_only=True):
    value: str | None = None
    type: str | None = None


class RepositoryCredentials(Shape, frozen=True, kw_only=True):
    credentials_parameter: str | None = None


class ResourceRequirement(Shape, frozen=True, kw_only=True):
    type: str | None = None
    value: str | None = None


class ContainerDefinition(Shape, frozen=True, kw_only=True):
    name: str = ""
    image: str | None = None
    cpu: int = 0
    memory: int | None = None
    memory_reservation: int | None = None
    essential: bool | None = None
    port_mappings: tuple[PortMapping, ...] = ()
    secrets: tuple[Secret, ...] = ()
    environment_files: tuple[EnvironmentFile, ...] = ()
    log_configuration: LogConfiguration | None = None
    repository_credentials: RepositoryCredentials | None = None
    resource_requirements: tuple[ResourceRequirement, ...] = ()


class EfsAuthorizationConfig(Shape, frozen=True, kw_only=True):
    access_point_id: str | None = None
    iam: str | None = None


class EfsVolumeConfiguration(Shape, frozen=True, kw_only=True):
    file_system_id: str | None = None
    root_directory: str | None = None
    transit_encryption: str | None = None
    authorization_config: EfsAuthorizationConfig | None = None


class Volume(Shape, frozen=True, kw_only=True):
    name: str | None = None
    efs_volume_configuration: EfsVolumeConfiguration | None = None


class RuntimePlatform(Shape, frozen=True, kw_only=True):
    cpu_architecture: str | None = None
    operating_system_family: str | None = None


class TaskDefinition(Shape, frozen=True, kw_only=True):
    task_definition_arn: str
    family: str | None = None
    revision: int | None = None
    network_mode: str | None = None
    status: str | None = None
    cpu: str | None = None
    memory: str | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    container_definitions: tuple[ContainerDefinition, ...] = ()
    volumes: tuple[Volume, ...] = ()
    requires_compatibilities: tuple[str, ...] = ()
    compatibilities: tuple[str, ...] = ()
    requires_attributes: tuple[Attribute, ...] | None = None
    """``None`` where the source does not give it (moto): then what is required is not known."""
    placement_constraints: tuple[PlacementConstraint, ...] = ()
    runtime_platform: RuntimePlatform | None = None
    registered_at: datetime | None = None

    @property
    def is_windows(self) -> bool:
        """Whether its containers are Windows containers."""
        family = self.runtime_platform.operating_system_family if self.runtime_platform else None
        return bool(family and family.upper().startswith("WINDOWS"))

    @property
    def short_name(self) -> str:
        """`family:revision`, as people name it."""
        return self.task_definition_arn.rsplit("/", 1)[-1]


class ManagedScaling(Shape, frozen=True, kw_only=True):
    status: str | None = None
    target_capacity: int | None = None
    minimum_scaling_step_size: int | None = None
    maximum_scaling_step_size: int | None = None
    instance_warmup_period: int | None = None


class AutoScalingGroupProvider(Shape, frozen=True, kw_only=True):
    auto_scaling_group_arn: str | None = None
    managed_scaling: ManagedScaling | None = None
    managed_termination_protection: str | None = None


class ManagedInstancesProvider(Shape, frozen=True, kw_only=True):
    infrastructure_role_arn: str | None = None


class CapacityProvider(Shape, frozen=True, kw_only=True):
    name: str
    capacity_provider_arn: str | None = None
    status: str | None = None
    type: str | None = None
    auto_scaling_group_provider: AutoScalingGroupProvider | None = None
    managed_instances_provider: ManagedInstancesProvider | None = None
    update_status: str | None = None
    update_status_reason: str | None = None


class Setting(Shape, frozen=True, kw_only=True):
    """One account setting.

    `principal_arn` is the principal it holds for: the one asked about, or `…:root` where the account's default answers.
    """

    name: str = ""
    value: str | None = None
    principal_arn: str | None = None
    type: str | None = None
