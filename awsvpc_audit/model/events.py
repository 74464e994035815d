"""Amazon EventBridge shapes, of rules and of EventBridge Scheduler. Field names are AWS's in snake_case."""

import msgspec

from awsvpc_audit.model.ec2 import Shape
from awsvpc_audit.model.ecs import CapacityProviderStrategyItem


class AwsVpcConfiguration(Shape, frozen=True, kw_only=True):
    """As in Amazon ECS, but spelled in PascalCase."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: str | None = None


class NetworkConfiguration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    awsvpc_configuration: AwsVpcConfiguration | None = None


class EcsParameters(Shape, frozen=True, kw_only=True):
    """How a target runs tasks."""

    task_definition_arn: str | None = None
    task_count: int | None = None
    launch_type: str | None = None
    network_configuration: NetworkConfiguration | None = None
    platform_version: str | None = None
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...] = ()


class Rule(Shape, frozen=True, kw_only=True):
    name: str
    arn: str | None = None
    state: str | None = None
    schedule_expression: str | None = None
    event_bus_name: str | None = None
    """Absent, or `default`, for the bus that every account has."""


class Target(Shape, frozen=True, kw_only=True):
    """One target of a rule; `arn` is the cluster's where it runs tasks."""

    rule: str | None = None
    """Not in AWS's answer: the parameter it was asked with, added while collecting."""
    event_bus_name: str | None = None
    """The same; absent for the default bus."""
    id: str | None = None
    arn: str | None = None
    ecs_parameters: EcsParameters | None = None


class ScheduleTarget(Shape, frozen=True, kw_only=True):
    """The target of a schedule.

    A cluster with `ecs_parameters`, or an API (`arn:aws:scheduler:::aws-sdk:ecs:runTask`) with its request as JSON in
    `input`.
    """

    arn: str | None = None
    ecs_parameters: EcsParameters | None = None
    input: str | None = None


class Schedule(Shape, frozen=True, kw_only=True):
    """A schedule of EventBridge Scheduler."""

    name: str
    arn: str | None = None
    group_name: str | None = None
    state: str | None = None
    schedule_expression: str | None = None
    target: ScheduleTarget | None = None
