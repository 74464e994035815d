"""The ways from a service's load balancers to its tasks, as the path engine finds them.

Sources: docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html (Target security
groups), docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html and
docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html (client IP preservation).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from awsvpc_audit.analyzers.reachability.address import EMPTY, Family, Ranges, addresses, intersect, union
from awsvpc_audit.analyzers.reachability.flows import PROTOCOLS
from awsvpc_audit.analyzers.reachability.network import Network, Place, eni_addresses
from awsvpc_audit.analyzers.reachability.security_group import GroupRule
from awsvpc_audit.analyzers.reachability.steps import Node
from awsvpc_audit.analyzers.reachability.trace import Block, Outcome
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, proof_of
from awsvpc_audit.checks._paths import paths
from awsvpc_audit.checks._subjects import load_balancers_of
from awsvpc_audit.findings import Evidence, ResourceRef, Verdict
from awsvpc_audit.model import elbv2
from awsvpc_audit.model.gaps import NotCollectedError

WIRE = {"UDP": ("udp",), "QUIC": ("udp",), "TCP_UDP": ("tcp", "udp"), "TCP_QUIC": ("tcp", "udp")}
"""What a target group's protocol is on the wire; every other is TCP."""

_HIDES = {
    "ec2:DescribeSecurityGroups": frozenset({"LBS004", "LBS005"}),
    "ec2:GetManagedPrefixListEntries": frozenset({"LBS004", "LBS005"}),
    "ec2:DescribeNetworkAcls": frozenset({"LBS005"}),
}
"""Which blocks may hide behind an operation that was not read; behind any other, all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A protocol and port that a load balancer needs to reach on a task.

    Attributes:
        protocol: `tcp` or `udp`.
        port: of the task.
        what: what it is for.
        proof: where the port is written.
    """

    protocol: str
    port: int
    what: str
    proof: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one subnet of a load balancer to one task subnet.

    Attributes:
        workload: whose tasks.
        target_group: where they are registered.
        load_balancer: ``None`` where the target group has none: then the way starts anywhere in its VPC.
        source: where it starts.
        target: the interface that a task gets.
        question: the protocol and port.
        outcome: the trace.
    """

    workload: Workload
    target_group: elbv2.TargetGroup
    load_balancer: elbv2.LoadBalancer | None
    source: Node
    target: Node
    question: Question
    outcome: Outcome

    @property
    def crosses_vpcs(self) -> bool:
        """Whether the tasks lie in another VPC than the load balancer."""
        return self.source.place.subnet.vpc_id != self.target.place.subnet.vpc_id

    @property
    def block(self) -> Block | None:
        """What blocks it. A part of the client ports counts: connections fail by chance then."""
        block = self.outcome.block
        if block is None or self.outcome.verdict is Verdict.UNREACHABLE:
            return block
        return block if self.outcome.verdict is Verdict.PARTIAL and block.splits_ports else None

    @property
    def check_id(self) -> str | None:
        """The check that the block is; ``None`` where nothing is blocked, or by what no check speaks of."""
        block = self.block
        if block is None:
            return None
        if block.check_id == "LBS004":
            return "LBS004"
        if block.hop in {"security_group", "network_acl"}:
            return "LBS005"
        # A block at the subnet itself says that there is no address of this family, and nothing of the way.
        return "LBS006" if self.crosses_vpcs and block.hop != "subnet" else None

    @property
    def missing(self) -> tuple[str, ...]:
        """What was not read and leaves it open."""
        return self.outcome.missing if self.outcome.verdict is Verdict.UNKNOWN else ()


def ways(workload: Workload, context: Context) -> tuple[Way, ...]:
    """From every load balancer of a service to its tasks, on every port that it needs.

    Raises:
        NotCollectedError: where the ways start or end was not read.
    """
    key = f"ways to {workload.ref.type}/{workload.ref.id}"
    found: tuple[Way, ...] = context.once(key, lambda: tuple(_ways(workload, context)))
    return found


def blocked_ways(check_id: str, workload: Workload, context: Context) -> Iterator[tuple[Way, Block]]:
    """The ways that are blocked by what a check speaks of, each with that.

    Raises:
        NotCollectedError: more of them may be, behind what was not read.
    """
    found = ways(workload, context)
    yield from ((way, way.block) for way in found if way.check_id == check_id and way.block is not None)
    hidden = {
        operation
        for way in found
        for operation in way.missing
        if check_id in _HIDES.get(operation, {check_id}) and (check_id != "LBS006" or way.crosses_vpcs)
    }
    if hidden:
        raise NotCollectedError(tuple(sorted(hidden)), workload.name)


def balancer_ref(load_balancer: elbv2.LoadBalancer) -> ResourceRef:
    """A load balancer, named as people name it."""
    arn = load_balancer.load_balancer_arn
    return ResourceRef(type="load_balancer", id=load_balancer.load_balancer_name or arn.rsplit("/", 2)[-2], arn=arn)


def target_group_ref(target_group: elbv2.TargetGroup) -> ResourceRef:
    """A target group, named as people name it."""
    arn = target_group.target_group_arn
    name = arn.rsplit(":targetgroup/", 1)[-1].split("/", 1)[0]
    return ResourceRef(type="target_group", id=name, arn=arn)


def covers(rule: GroupRule, protocol: str, port: int) -> bool:
    """Whether a rule is about a port, whomever it admits."""
    number = PROTOCOLS[protocol]
    return any(intersect(numbers, ((number, number),)) for numbers in rule.protocols.values()) and bool(
        intersect(rule.ports, ((port, port),))
    )


def health_check_port(target_group: elbv2.TargetGroup, traffic_port: int) -> int:
    """The port of the health check: `traffic-port`, the default, is the one that the target is registered with."""
    port = target_group.health_check_port
    return int(port) if port and port.isdigit() else traffic_port


def fault_of(way: Way, block: Block) -> Fault:
    """A block as a fault: who does not reach whom, on which port, and why."""
    question = way.question
    start = way.source.place.subnet_id
    balancer = balancer_ref(way.load_balancer).id if way.load_balancer else target_group_ref(way.target_group).id
    groups = way.load_balancer.security_groups if way.load_balancer else ()
    values = {
        f"{block.resource.type}_id": block.resource.id,
        "task_group": way.target.groups[0] if way.target.groups else "",
        "protocol": question.protocol,
        "port": str(question.port),
        "target_group_arn": way.target_group.target_group_arn,
        "task_vpc_id": way.target.place.subnet.vpc_id or "",
        "vpc_id": way.source.place.subnet.vpc_id or "",
        "load_balancer_group": groups[0] if groups else "",
        "cidr": "" if groups else way.source.place.subnet.cidr_block or "",
    }
    named = f" ({', '.join(groups)})" if groups else ""
    back = ", on the way back" if block.is_reply else ""
    return Fault(
        detail=(
            f"{block.reason}{back}: {balancer}{named} in {start} does not reach tasks of {way.workload.name} in "
            f"{way.target.place.subnet_id} on {question.protocol} {question.port} ({question.what})"
        ),
        evidence=(*block.evidence, question.proof),
        resource=block.resource,
        affected=(way.workload.ref,),
        values={name: value for name, value in values.items() if value},
    )


def _ways(workload: Workload, context: Context) -> Iterator[Way]:
    engine = paths(context).reachability
    for registration in load_balancers_of(workload):
        row = context.scope.target_groups.get(registration.target_group_arn) if registration.target_group_arn else None
        if row is None or row.target_type not in {None, "ip"}:
            continue
        family = Family.IPV6 if row.ip_address_type == "ipv6" else Family.IPV4
        port = registration.container_port or row.port
        if port is None:
            continue
        for load_balancer in _balancers(row, context):
            questions = tuple(_questions(row, registration.container_port, port, workload))
            for source, target in _pairs(row, load_balancer, workload, family, context):
                admission = ResourceRef(type="security_group", id=target.groups[0]) if target.groups else None
                for question in _asked(questions, load_balancer, target, engine.network, context):
                    yield Way(
                        workload=workload,
                        target_group=row,
                        load_balancer=load_balancer,
                        source=source,
                        target=target,
                        question=question,
                        outcome=engine.to_node(
                            source,
                            target,
                            family,
                            protocol=question.protocol,
                            port=question.port,
                            admission=("LBS004", admission) if admission else None,
                        ),
                    )


def _balancers(target_group: elbv2.TargetGroup, context: Context) -> Iterator[elbv2.LoadBalancer | None]:
    """The load balancers of a target group, or the one that it will get where it has none yet."""
    if not target_group.load_balancer_arns:
        yield None
    for arn in sorted(target_group.load_balancer_arns):
        load_balancer = context.scope.load_balancers.get(arn)
        # An Application Load Balancer without groups is none of AWS's: nothing is known of what admits it.
        if load_balancer is None or _misses_a_group(load_balancer, context):
            continue
        if load_balancer.type == "network" or load_balancer.security_groups:
            yield load_balancer


def _misses_a_group(load_balancer: elbv2.LoadBalancer, context: Context) -> bool:
    """Whether a group of it is not among those read: none in use can be deleted, so the source does not hold all."""
    network = paths(context).reachability.network
    try:
        return len(network.security_groups(load_balancer.security_groups, context.scope)) < len(
            load_balancer.security_groups
        )
    except NotCollectedError:
        return False


def _questions(
    target_group: elbv2.TargetGroup, container_port: int | None, port: int, workload: Workload
) -> Iterator[Question]:
    name = target_group_ref(target_group).id
    traffic = (
        proof_of("ecs:DescribeServices", workload.name, "loadBalancers[].containerPort", container_port)
        if container_port is not None
        else proof_of("elbv2:DescribeTargetGroups", name, "Port", port)
    )
    health = health_check_port(target_group, port)
    asked: set[tuple[str, int]] = set()
    if target_group.health_check_enabled is not False:
        asked.add(("tcp", health))
        same = health == port
        yield Question(
            protocol="tcp",
            port=health,
            what="health check and traffic" if same else "health check",
            proof=traffic if same else proof_of("elbv2:DescribeTargetGroups", name, "HealthCheckPort", str(health)),
        )
    for protocol in WIRE.get((target_group.protocol or "").upper(), ("tcp",)):
        if (protocol, port) not in asked:
            yield Question(protocol=protocol, port=port, what="traffic", proof=traffic)


def _asked(
    questions: tuple[Question, ...],
    load_balancer: elbv2.LoadBalancer | None,
    target: Node,
    network: Network,
    context: Context,
) -> Iterator[Question]:
    """The questions that the load balancer's own addresses answer.

    A Network Load Balancer checks health from its own addresses, and may pass traffic on with those of the clients
    (client IP preservation). Whom a group admits to such a port is the owner's business, as long as it admits anybody.
    """
    for question in questions:
        is_traffic = question.what == "traffic"
        if is_traffic and load_balancer is not None and load_balancer.type == "network":
            rules = network.security_groups(target.groups, context.scope)
            if any(covers(rule, question.protocol, question.port) for group in rules for rule in group.ingress):
                continue
        yield question


def _pairs(
    target_group: elbv2.TargetGroup,
    load_balancer: elbv2.LoadBalancer | None,
    workload: Workload,
    family: Family,
    context: Context,
) -> Iterator[tuple[Node, Node]]:
    resolver, scope = paths(context).resolver, context.scope
    zones = load_balancer.availability_zones if load_balancer else ()
    enabled = {zone.zone_name for zone in zones}
    for subnet_id in dict.fromkeys(workload.subnets):
        target = resolver.of_workload(workload, subnet_id, scope)
        if target is None:
            continue
        place = target.place
        if load_balancer is None:
            yield from ((source, target) for source in _anywhere(target_group, place, context))
            continue
        is_here = place.subnet.vpc_id == (load_balancer.vpc_id or target_group.vpc_id or place.subnet.vpc_id)
        zone_name = place.subnet.availability_zone
        if is_here and zone_name not in enabled:
            continue  # LBS003: nothing is sent there
        for zone in zones:
            if load_balancer.type == "network" and is_here and zone.zone_name != zone_name:
                continue  # sent only where cross-zone load balancing is on
            yield _source(load_balancer, zone.subnet_id or "", place, family, is_here, context), target


def _anywhere(target_group: elbv2.TargetGroup, place: Place, context: Context) -> Iterator[Node]:
    """Every subnet of the target group's VPC, where tasks lie in another one."""
    vpc_id = target_group.vpc_id
    if vpc_id is None or vpc_id == place.subnet.vpc_id:
        return
    found = paths(context).reachability.network.places_of_vpc(vpc_id, context.scope)
    if not found:
        raise NotCollectedError(("ec2:DescribeSubnets",), vpc_id)
    for source in found:
        yield _node(source, (), vpc_id, "", union(source.blocks(Family.IPV4)))


def _source(
    load_balancer: elbv2.LoadBalancer,
    subnet_id: str,
    target: Place,
    family: Family,
    is_here: bool,
    context: Context,
) -> Node:
    """Where a load balancer sends from in one of its subnets: any address of the subnet, as it takes others at will.

    A Network Load Balancer keeps its address in each subnet.
    """
    arn, name = load_balancer.load_balancer_arn, balancer_ref(load_balancer).id
    groups = load_balancer.security_groups
    found = paths(context).reachability.network.place(subnet_id, context.scope) if subnet_id else None
    if found is None:
        if not is_here:
            raise NotCollectedError(("ec2:DescribeSubnets",), subnet_id)
        # A snapshot of the task subnets alone: groups can be judged all the same, from anywhere in the VPC.
        blocks = addresses(paths(context).reachability.network.vpc_blocks(target), Family.IPV4)
        return replace(_node(target, groups, name, name, blocks), ipv6=EMPTY)
    own = EMPTY
    if load_balancer.type == "network":
        description = f"ELB {arn.rsplit(':loadbalancer/', 1)[-1]}"
        enis = found.scope.network_interfaces.known_where("elb_description", lambda e: (e.description,), description)
        own = union(*(eni_addresses(eni, family) for eni in enis if eni.subnet_id == subnet_id))
    node = _node(found, groups, name, name, found.blocks(Family.IPV4))
    if own:
        return replace(node, ipv4=own) if family is Family.IPV4 else replace(node, ipv6=own)
    return node


def _node(place: Place, groups: tuple[str, ...], name: str, eni_id: str, ipv4: Ranges) -> Node:
    return Node(
        place=place,
        # Whoever has no groups and no interface of its own would be taken for a task in the default group.
        eni_id=None if groups else eni_id or name,
        ipv4=ipv4,
        ipv6=place.blocks(Family.IPV6),
        groups=groups,
        without_public=("NET001", ResourceRef(type="subnet", id=place.subnet_id)),
        description=f"{name} in {place.subnet_id}",
    )
