"""Elastic Load Balancing shapes (Application, Network and Gateway Load Balancers)."""

import msgspec

from awsvpc_audit.model.ec2 import Shape


class LoadBalancerAvailabilityZone(Shape, frozen=True, kw_only=True):
    zone_name: str | None = None
    subnet_id: str | None = None


class LoadBalancerState(Shape, frozen=True, kw_only=True):
    code: str | None = None
    reason: str | None = None


class LoadBalancer(Shape, frozen=True, kw_only=True):
    load_balancer_arn: str
    load_balancer_name: str | None = None
    dns_name: str | None = msgspec.field(default=None, name="DNSName")
    type: str | None = None
    scheme: str | None = None
    vpc_id: str | None = None
    state: LoadBalancerState | None = None
    availability_zones: tuple[LoadBalancerAvailabilityZone, ...] = ()
    security_groups: tuple[str, ...] = ()
    ip_address_type: str | None = None
    enforce_security_group_inbound_rules_on_private_link_traffic: str | None = None
    """Of a Network Load Balancer: `off` where its groups do not judge what comes in by AWS PrivateLink."""


class Matcher(Shape, frozen=True, kw_only=True):
    http_code: str | None = None
    grpc_code: str | None = None


class TargetGroup(Shape, frozen=True, kw_only=True):
    target_group_arn: str
    target_group_name: str | None = None
    target_type: str | None = None
    protocol: str | None = None
    port: int | None = None
    vpc_id: str | None = None
    load_balancer_arns: tuple[str, ...] = ()
    ip_address_type: str | None = None
    health_check_protocol: str | None = None
    health_check_port: str | None = None
    health_check_enabled: bool | None = None
    health_check_path: str | None = None
    matcher: Matcher | None = None


class TargetGroupTuple(Shape, frozen=True, kw_only=True):
    target_group_arn: str | None = None


class ForwardConfig(Shape, frozen=True, kw_only=True):
    target_groups: tuple[TargetGroupTuple, ...] = ()


class Action(Shape, frozen=True, kw_only=True):
    type: str | None = None
    target_group_arn: str | None = None
    forward_config: ForwardConfig | None = None


class Listener(Shape, frozen=True, kw_only=True):
    listener_arn: str
    load_balancer_arn: str | None = None
    port: int | None = None
    protocol: str | None = None
    default_actions: tuple[Action, ...] = ()

    @property
    def default_target_groups(self) -> frozenset[str]:
        """ARNs of the target groups that its default action forwards to; its rules may forward to more."""
        named = {action.target_group_arn for action in self.default_actions}
        named |= {
            each.target_group_arn
            for action in self.default_actions
            if action.forward_config is not None
            for each in action.forward_config.target_groups
        }
        return frozenset(arn for arn in named if arn)


class TargetDescription(Shape, frozen=True, kw_only=True):
    id: str
    port: int | None = None
    availability_zone: str | None = None


class TargetHealth(Shape, frozen=True, kw_only=True):
    state: str | None = None
    reason: str | None = None
    description: str | None = None


class TargetHealthDescription(Shape, frozen=True, kw_only=True):
    target_group_arn: str | None = None
    """Not in AWS's answer: added while collecting, see the contract."""
    target: TargetDescription | None = None
    health_check_port: str | None = None
    target_health: TargetHealth | None = None
