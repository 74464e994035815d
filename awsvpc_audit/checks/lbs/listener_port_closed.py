"""LBS008."""

from collections.abc import Iterable, Iterator

from awsvpc_audit.analyzers.reachability.address import (
    INTERNET,
    Family,
    Ranges,
    addresses,
    intersect,
    subtract,
)
from awsvpc_audit.analyzers.reachability.network import Network
from awsvpc_audit.analyzers.reachability.security_group import GroupRule, SecurityGroupRules
from awsvpc_audit.checks._base import Context, Fault, check, known, proof_of
from awsvpc_audit.checks._paths import paths
from awsvpc_audit.checks._subjects import TaskTargetGroup, task_target_groups
from awsvpc_audit.checks.lbs._ways import WIRE, balancer_ref, covers
from awsvpc_audit.findings import Evidence, ResourceRef, Severity
from awsvpc_audit.model import elbv2

_PRIVATE = addresses(
    ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"), Family.IPV4
)
"""Addresses that no client on the internet has."""


@check(
    id="LBS008",
    title="Security groups of the load balancer admit no client to its listeners",
    severity=Severity.MEDIUM,
    resource="security_group",
    source="+",
    statements=("S19",),
    proof=(
        "elbv2:DescribeListeners Port",
        "elbv2:DescribeLoadBalancers SecurityGroups",
        "elbv2:DescribeLoadBalancers Scheme",
        "elbv2:DescribeTargetGroups LoadBalancerArns",
        "ec2:DescribeSecurityGroups IpPermissions",
        "ec2:GetManagedPrefixListEntries Entries",
        "ec2:DescribePrefixLists Cidrs",
    ),
    fix="Let the load balancer's group admit its clients on the listener's port.",
    commands=(
        (
            "aws ec2 authorize-security-group-ingress --group-id {security_group_id} --ip-permissions "
            "'IpProtocol={protocol},FromPort={port},ToPort={port},IpRanges=[{CidrIp={clients}}]'"
        ),
        "aws elbv2 describe-listeners --load-balancer-arn {load_balancer_arn} --query 'Listeners[].[Port,Protocol]'",
    ),
    references=(
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html",
    ),
    subjects=task_target_groups,
)
def listener_port_closed(target_group: TaskTargetGroup, context: Context) -> Iterator[Fault]:
    """The load balancer listens, and its security groups let no client in on the port.

    For an internet-facing load balancer a client has a public address: a rule counts that holds any of them, be it an
    office network or the prefix list of CloudFront. For an internal one any rule on the port counts. Of several
    listeners that lead to the target group, one that can be reached is enough.

    ## Why it happens
    A listener was added on a port that the group does not have, or the group is the one of the tasks.

    ## What it cannot see
    Whether the clients that are admitted are the right ones. Listeners that forward by rules alone are not told from
    others: where no default action names the target group, all of them count.
    """
    row = context.scope.target_groups.get(target_group.target_group_arn)
    for arn in sorted(row.load_balancer_arns) if row else ():
        load_balancer = context.scope.load_balancers.get(arn)
        if load_balancer is None or not load_balancer.security_groups or load_balancer.type == "gateway":
            continue
        if load_balancer.enforce_security_group_inbound_rules_on_private_link_traffic == "off":
            continue
        yield from _judge(load_balancer, target_group, context)


def _judge(load_balancer: elbv2.LoadBalancer, target_group: TaskTargetGroup, context: Context) -> Iterator[Fault]:
    network = paths(context).reachability.network
    groups = network.security_groups(load_balancer.security_groups, context.scope)
    if len(groups) < len(load_balancer.security_groups):
        return  # A group in use cannot be deleted: the source does not hold all there are.
    rules = [rule for group in groups for rule in group.ingress]
    is_public = known(load_balancer.scheme, "elbv2:DescribeLoadBalancers", "Scheme") == "internet-facing"
    open_rules = [rule for rule in rules if not is_public or _admits_the_internet(rule, network, context)]
    listeners = _listeners(load_balancer, target_group, context)
    asked = [
        (listener, protocol)
        for listener in listeners
        if listener.port is not None
        for protocol in WIRE.get((listener.protocol or "").upper(), ("tcp",))
    ]
    if not asked or any(
        covers(rule, protocol, listener.port or 0) for rule in open_rules for listener, protocol in asked
    ):
        return
    name = balancer_ref(load_balancer).id
    named = ", ".join(load_balancer.security_groups)
    ports = ", ".join(dict.fromkeys(f"{protocol} {listener.port}" for listener, protocol in asked))
    whom = "from the internet" if is_public else "at all"
    listener, protocol = asked[0]
    values = {
        "security_group_id": load_balancer.security_groups[0],
        "protocol": protocol,
        "port": str(listener.port),
        "load_balancer_arn": load_balancer.load_balancer_arn,
    }
    yield Fault(
        detail=f"{name} ({load_balancer.scheme}) listens on {ports}; {named} admits nobody {whom} there",
        evidence=(
            *(proof_of("elbv2:DescribeListeners", name, "Listeners[].Port", each.port) for each, _ in asked),
            proof_of("elbv2:DescribeLoadBalancers", name, "Scheme", load_balancer.scheme),
            *(_rules_of(group) for group in groups),
        ),
        resource=ResourceRef(type="security_group", id=load_balancer.security_groups[0]),
        affected=target_group.affected,
        values=values | ({"clients": "0.0.0.0/0"} if is_public else {}),
    )


def _rules_of(group: SecurityGroupRules) -> Evidence:
    written = "; ".join(rule.text for rule in group.ingress[:5]) or "none"
    return proof_of("ec2:DescribeSecurityGroups", group.group_id, "IpPermissions", written)


def _listeners(
    load_balancer: elbv2.LoadBalancer, target_group: TaskTargetGroup, context: Context
) -> Iterable[elbv2.Listener]:
    """Those that lead to the target group by their default action; all, where only rules do."""
    listeners = sorted(
        context.scope.listeners_of(load_balancer.load_balancer_arn),
        key=lambda each: (each.port or 0, each.listener_arn),
    )
    ours = [each for each in listeners if target_group.target_group_arn in each.default_target_groups]
    return ours or listeners


def _admits_the_internet(rule: GroupRule, network: Network, context: Context) -> bool:
    """Whether a rule admits some public address. A prefix list whose entries were not read may hold some."""
    if rule.cidr is not None:
        return _has_public(rule.cidr[1], rule.cidr[0])
    if rule.prefix_list_id is None:
        return False
    listed = network.prefix_list(rule.prefix_list_id, context.scope)
    return any(_has_public(numbers, family) for family, numbers in listed.addresses.items())


def _has_public(numbers: Ranges, family: Family) -> bool:
    if family is Family.IPV6:
        return bool(intersect(numbers, INTERNET[family]))
    return bool(subtract(numbers, _PRIVATE))
