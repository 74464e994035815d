"""Faults out of traces: the hop that blocks first is the check, so every check of a path reads the same answers."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.analyzers.reachability.trace import Block
from awsvpc_audit.analyzers.reachability.workload_paths import Answer, WorkloadPaths
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault
from awsvpc_audit.model.gaps import NotCollectedError

_GATEWAYS = frozenset({"NET006", "NET007", "NET008", "NET012", "NET013", "NET016"})
_ROUTED = _GATEWAYS | {
    *("NET001", "NET002", "NET003", "NET004", "NET005", "NET014", "NET017", "NET018"),
    *("END002", "IP6003", "IP6006"),
}
_ENDPOINT = frozenset({"END002", "END003", "END004", "END005", "END006", "END010"})

TRACED = (
    "ec2:DescribeVpcs CidrBlockAssociationSet",
    "ec2:DescribeSubnets CidrBlock",
    "ec2:DescribeRouteTables Routes",
    "ec2:DescribeNetworkAcls Entries",
    "ec2:DescribeSecurityGroups IpPermissionsEgress",
    "ec2:DescribeNetworkInterfaces PrivateIpAddresses",
    "ec2:DescribeInstances NetworkInterfaces",
    "ec2:DescribeNatGateways State",
    "ec2:DescribeInternetGateways Attachments",
    "ec2:DescribeEgressOnlyInternetGateways Attachments",
    "ec2:DescribeVpcBlockPublicAccessOptions InternetGatewayBlockMode",
    "ec2:DescribeVpcBlockPublicAccessExclusions InternetGatewayExclusionMode",
    "ec2:DescribeVpcEndpoints ServiceName",
    "ec2:DescribePrefixLists Cidrs",
    "ec2:DescribeManagedPrefixLists PrefixListName",
    "ec2:GetManagedPrefixListEntries Entries",
    "ec2:DescribeVpcPeeringConnections Status",
    "ec2:DescribeTransitGatewayAttachments Association",
    "ec2:DescribeTransitGatewayVpcAttachments SubnetIds",
    "ec2:GetTransitGatewayRouteTableAssociations Associations",
    "ec2:GetTransitGatewayRouteTablePropagations TransitGatewayRouteTablePropagations",
    "ec2:SearchTransitGatewayRoutes Routes",
    "ec2:DescribeVpcAttribute EnableDnsSupport",
    "ec2:DescribeDhcpOptions DhcpConfigurations",
    "route53:ListHostedZonesByVPC Name",
    "route53:ListResourceRecordSets ResourceRecords",
)
"""What a trace may read on its way, for the pages of the checks that come out of traces."""

HIDES: dict[str, frozenset[str]] = {
    "ec2:DescribeRouteTables": _ROUTED | {"END003"},
    "ec2:DescribeNatGateways": _GATEWAYS | {"NET014"},
    "ec2:DescribeInternetGateways": frozenset({"NET012"}),
    "ec2:DescribeEgressOnlyInternetGateways": frozenset({"NET012"}),
    "ec2:DescribeNetworkAcls": frozenset({"NET009", "NET010", "NET013", "IP6004"}),
    "ec2:DescribeSecurityGroups": frozenset({"NET011", "NET018", "END003", "IP6004"}),
    "ec2:DescribeNetworkInterfaces": frozenset({"NET011", "NET018", "END003"}),
    "ec2:DescribeInstances": frozenset({"NET018"}),
    "ec2:GetManagedPrefixListEntries": frozenset({"NET011"}),
    "ec2:DescribeVpcBlockPublicAccessOptions": frozenset({"NET016"}),
    "ec2:DescribeVpcBlockPublicAccessExclusions": frozenset({"NET016"}),
    "ec2:DescribeVpcPeeringConnections": frozenset({"NET005", "NET017"}),
    "ec2:DescribeTransitGatewayVpcAttachments": frozenset({"NET005", "NET017"}),
    "ec2:DescribeTransitGatewayAttachments": frozenset({"NET005", "NET017"}),
    "ec2:GetTransitGatewayRouteTableAssociations": frozenset({"NET005", "NET017"}),
    "ec2:SearchTransitGatewayRoutes": frozenset({"NET005", "NET017"}),
    "ec2:DescribeVpcEndpoints": _ENDPOINT,
    "ec2:DescribeVpcAttribute": frozenset({"END004", "END006"}),
}
"""Which blocks may hide behind an operation that was not read; behind any other, all."""

_WHOLE_WAYS = frozenset({"NET015", "NET017"})
"""Checks that compare ways, or name what nobody can look into: any hop that was not read may lead there."""


def paths(context: Context) -> WorkloadPaths:
    """The answers about the audited cluster, shared by all checks."""
    found: WorkloadPaths = context.once(
        "workload paths", lambda: WorkloadPaths(Reachability(context.model), context.cluster)
    )
    return found


def faults(check_id: str, workload: Workload, context: Context) -> Iterator[Fault]:
    """What this check's hop blocks for a workload.

    Raises:
        NotCollectedError: it may block something that could not be traced as far.
    """
    for answer, block in paths(context).blocks(workload):
        # A host's way out is told by END001 and AGT010: this check speaks of the tasks' own interfaces.
        if block.check_id == check_id and not (answer.host and check_id == "NET001") and not is_gone(block, context):
            yield fault_of(answer, block, workload)
    require_seen(check_id, workload, context)


def is_gone(block: Block, context: Context) -> bool:
    """Whether what blocks is a security group that does not exist: that is for SUB004 to say."""
    groups = context.scope.security_groups
    return block.resource.type == "security_group" and groups.is_complete and groups.peek(block.resource.id) is None


def require_seen(check_id: str, workload: Workload, context: Context) -> None:
    """Raise `NotCollectedError` where this check's hop may be hidden behind one that was not read."""
    for answer in _not_seen(check_id, workload, context):
        # What is about whole ways is open as soon as one of them is.
        block = answer.outcome.block
        # Where names may resolve either way, one way may be blocked and the other not seen.
        is_doubted = check_id in _WHOLE_WAYS or (block is not None and block.check_id == check_id)
        hidden = [op for op in answer.missing if is_doubted or check_id in HIDES.get(op, {check_id})]
        if hidden:
            raise NotCollectedError(tuple(hidden), f"{answer.destination} from {answer.subnet_id}")
    if check_id in paths(context).undecided(workload):
        raise NotCollectedError(paths(context).isolation_gap(workload), "whether it is meant to reach the internet")


def require_all_seen(workload: Workload, context: Context) -> None:
    """Raise `NotCollectedError` where any hop of any way may be hidden behind one that was not read."""
    for answer in _not_seen("NET017", workload, context):
        raise NotCollectedError(answer.missing, f"{answer.destination} from {answer.subnet_id}")
    if paths(context).undecided(workload):
        raise NotCollectedError(paths(context).isolation_gap(workload), "whether it is meant to reach the internet")


def _not_seen(check_id: str, workload: Workload, context: Context) -> tuple[Answer, ...]:
    """The answers that something not read leaves open, of the questions that concern a check."""
    kind = "END" if check_id.startswith("END") else "IP6" if check_id.startswith("IP6") else "NET"
    kind = "whole" if check_id == "NET017" else kind

    def compute() -> tuple[Answer, ...]:
        answers = paths(context)
        asked = answers.services(workload) if kind == "END" else answers.internet(workload)
        if kind == "whole":
            asked = (*asked, *answers.services(workload))
        if kind == "NET":
            asked = (*asked, *(a for a in answers.services(workload) if not a.gap))
        return tuple(answer for answer in asked if answer.missing)

    found: tuple[Answer, ...] = context.once(f"not seen by {kind} of {workload.ref.type}/{workload.ref.id}", compute)
    return found


def fault_of(answer: Answer, block: Block, workload: Workload) -> Fault:
    """A block as a fault, told of who meets it."""
    return Fault(
        detail=sentence(answer, block, workload),
        evidence=block.evidence,
        resource=block.resource,
        affected=(workload.ref,),
        values=values_of(answer, block),
    )


def sentence(answer: Answer, block: Block, workload: Workload) -> str:
    """The block's reason, and who does not reach what because of it."""
    who = f"{answer.host}, which starts tasks of {workload.name}," if answer.host else f"tasks of {workload.name}"
    what = {"internet": "the internet", "internet6": "the internet over IPv6"}.get(
        answer.destination, answer.destination
    )
    return f"{block.reason}: from {answer.subnet_id} {who} do{'es' if answer.host else ''} not reach {what}"


def values_of(answer: Answer, block: Block) -> dict[str, str]:
    """What the placeholders of commands stand for."""
    values = {f"{block.resource.type}_id": block.resource.id, "subnet_id": answer.subnet_id}
    if answer.node is not None:
        scope = answer.node.place.scope
        values["region"] = scope.region
        values["service_name"] = f"com.amazonaws.{scope.region}.{answer.destination}"
        if answer.node.place.subnet.vpc_id:
            values["vpc_id"] = answer.node.place.subnet.vpc_id
    for ref in answer.outcome.through:
        values.setdefault(f"{ref.type}_id", ref.id)
    return values
