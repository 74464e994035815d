"""`path SOURCE DESTINATION`: the question as people ask it, the answer as the contract shows it."""

from collections.abc import Sequence

from awsvpc_audit.analyzers.reachability.address import Family, everything
from awsvpc_audit.analyzers.reachability.flows import unique
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.analyzers.reachability.sources import Resolver, Target, Where
from awsvpc_audit.analyzers.reachability.steps import Node
from awsvpc_audit.analyzers.reachability.trace import Outcome, combined
from awsvpc_audit.errors import UsageError
from awsvpc_audit.findings import BlockedBy, PathDocument, PathFlow, PathHop, Verdict
from awsvpc_audit.model.gaps import NotCollectedError

Answered = tuple[Node, Family, Outcome]


def trace_path(
    reachability: Reachability,
    source: str,
    destination: str,
    *,
    protocol: str = "tcp",
    port: int | None = 443,
    where: Where | None = None,
    security_groups: tuple[str, ...] = (),
    assign_public_ip: bool | None = None,
) -> PathDocument:
    """Trace from a source to a destination, each subnet and address family for itself.

    Args:
        reachability: the engine over the model.
        source: SOURCE as typed.
        destination: DESTINATION as typed.
        protocol: `tcp`, `udp`, `icmp`, a protocol number, or `all`.
        port: of the destination; only TCP and UDP have ports.
        where: `--account` and `--region`.
        security_groups: of a planned interface, where SOURCE is a subnet.
        assign_public_ip: whether that would get a public IPv4 address.

    Raises:
        UsageError: a text that is no source or destination, or a protocol that is none.
        NotFoundError: an id or name that does not exist.
    """
    _check_question(protocol, port)
    resolver = Resolver(reachability.network)
    try:
        sources = resolver.source(
            source, where=where, security_groups=security_groups, assign_public_ip=assign_public_ip
        )
        target = resolver.target(destination, where=where)
    except NotCollectedError as gap:
        return _cannot_start(source, destination, protocol, port, gap)
    if source == "internet":
        flows = _inbound(reachability, target, protocol, port)
    else:
        flows = [
            (node, family, outcome)
            for node in sources
            for family, outcome in _outcomes(reachability, node, target, protocol, port)
        ]
    return path_document(source, destination, protocol, port, flows)


def path_document(
    source: str, destination: str, protocol: str, port: int | None, answered: Sequence[Answered]
) -> PathDocument:
    """What became of every way from a source to a destination, as the contract shows it."""
    records = tuple(_record(node, family, outcome) for node, family, outcome in answered)
    return PathDocument(
        source=source,
        destination=destination,
        protocol=protocol,
        port=port,
        verdict=combined(record.verdict for record in records),
        flows=records,
        missing=unique(operation for _, _, outcome in answered for operation in outcome.missing),
    )


def _check_question(protocol: str, port: int | None) -> None:
    known = {"tcp", "udp", "icmp", "icmpv6", "all", "-1"}
    if protocol.lower() not in known and not (protocol.isdigit() and int(protocol) <= 255):
        raise UsageError(f'no protocol "{protocol}": give tcp, udp, icmp, all, or a number up to 255')
    if port is not None and not 0 <= port <= 65535:
        raise UsageError(f"no port {port}: ports go from 0 to 65535")


def _inbound(reachability: Reachability, target: Target, protocol: str, port: int | None) -> list[Answered]:
    if target.kind != "nodes":
        raise UsageError("from the internet, the destination must be an interface: eni-…, i-… or task:CLUSTER/TASK")
    return [
        (node, family, reachability.from_internet(node, family, protocol=protocol, port=port))
        for node in target.nodes
        for family in _families(node)
    ]


def _families(node: Node) -> tuple[Family, ...]:
    found = tuple(family for family in Family if node.addresses(family))
    return found or (Family.IPV4,)


def _outcomes(
    reachability: Reachability, node: Node, target: Target, protocol: str, port: int | None
) -> list[tuple[Family, Outcome]]:
    if target.kind == "internet":
        family = Family.IPV4 if node.ipv4 or not node.ipv6 else Family.IPV6
        return [(family, reachability.to_internet(node, Family.IPV4, protocol=protocol, port=port))]
    if target.kind == "internet6":
        return [(Family.IPV6, reachability.to_internet(node, Family.IPV6, protocol=protocol, port=port))]
    if target.kind == "service":
        family = Family.IPV4 if node.ipv4 else Family.IPV6
        return [(family, reachability.to_service(node, target.text, protocol=protocol, port=port))]
    if target.kind == "nodes":
        return [
            (family, reachability.to_node(node, other, family, protocol=protocol, port=port))
            for other in target.nodes
            for family in _shared_families(node, other)
        ]
    family = target.family or Family.IPV4
    if target.addresses == everything(family):
        return [(family, reachability.to_anywhere(node, family, protocol=protocol, port=port))]
    return [(family, reachability.to_addresses(node, family, target.addresses, protocol=protocol, port=port))]


def _shared_families(node: Node, other: Node) -> tuple[Family, ...]:
    shared = tuple(family for family in Family if node.addresses(family) and other.addresses(family))
    return shared or (Family.IPV4,)


def _record(node: Node, family: Family, outcome: Outcome) -> PathFlow:
    block = outcome.block
    blocked_by = None
    if block is not None and block.check_id is not None and outcome.verdict is not Verdict.UNKNOWN:
        blocked_by = BlockedBy(check_id=block.check_id, resource=block.resource)
    return PathFlow(
        subnet=node.place.subnet_id,
        eni=node.eni_id,
        address_family=family.value,
        verdict=outcome.verdict,
        hops=outcome.hops,
        blocked_by=blocked_by,
    )


def _cannot_start(
    source: str, destination: str, protocol: str, port: int | None, gap: NotCollectedError
) -> PathDocument:
    """Where it starts or ends was not read: one flow that says so, so that a reader sees what to allow."""
    hop = PathHop(
        kind="eni",
        id=source,
        direction="egress",
        verdict="unknown",
        detail=f"not read: {', '.join(gap.operations)}",
    )
    flow = PathFlow(subnet=None, eni=None, address_family="ipv4", verdict=Verdict.UNKNOWN, hops=(hop,))
    return PathDocument(
        source=source,
        destination=destination,
        protocol=protocol,
        port=port,
        verdict=Verdict.UNKNOWN,
        flows=(flow,),
        missing=gap.operations,
    )
