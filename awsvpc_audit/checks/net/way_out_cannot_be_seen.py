"""NET017."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.reachability.trace import Outcome
from awsvpc_audit.analyzers.reachability.workload_paths import Answer
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths, require_seen
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Evidence, PathHop, ResourceRef, Severity, Verdict


@check(
    id="NET017",
    title="Route leads to something whose inside cannot be seen",
    severity=Severity.INFO,
    resource="transit_gateway",
    source="+",
    proof=(
        "ec2:DescribeTransitGatewayVpcAttachments State",
        "ec2:DescribeVpcEndpoints VpcEndpointType",
        *TRACED,
    ),
    fix="Ask whoever runs what is named, or audit with the other account in the snapshot as well.",
    references=("https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html",),
    subjects=awsvpc_workloads,
)
def way_out_cannot_be_seen(workload: Workload, context: Context) -> Iterator[Fault]:
    """The way from the task subnet leads into something that this account's data says no more about.

    That may be a transit gateway to an account that was not read, an appliance, a firewall endpoint or a VPN. Up to
    there the path is open; whether it is beyond, is unknown. This is no fault, but the place to look next when
    everything else is well.

    ## Why it happens
    Central egress: traffic of many VPCs leaves through one that a network team runs.

    ## What it cannot see
    Everything beyond the hop named.
    """
    answers = paths(context)
    for answer in (*answers.internet(workload), *answers.services(workload)):
        outcome = answer.outcome
        if answer.gap or outcome.verdict is not Verdict.UNKNOWN or outcome.missing:
            continue
        for ref in outcome.opaque:
            hop = _hop_of(ref, outcome)
            yield Fault(
                detail=f"from {answer.subnet_id} the way of {workload.name} to {answer.destination} leads to {ref.id}, "
                f"and beyond it cannot be seen: {hop.detail}",
                evidence=(_proof(ref, answer, hop),),
                resource=ref,
                affected=(workload.ref,),
            )
    require_seen("NET017", workload, context)


_NAMES = {
    "dhcp_options": ("ec2:DescribeDhcpOptions", "DhcpConfigurations"),
    "hosted_zone": ("route53:ListResourceRecordSets", "ResourceRecords"),
}
"""What says where a name leads; all else is a route's target."""


def _hop_of(ref: ResourceRef, outcome: Outcome) -> PathHop:
    unknown = [hop for hop in outcome.hops if hop.verdict == "unknown"]
    return next((hop for hop in unknown if hop.id == ref.id), (*unknown, outcome.hops[-1])[0])


def _proof(ref: ResourceRef, answer: Answer, hop: PathHop) -> Evidence:
    if ref.type in _NAMES:
        operation, member = _NAMES[ref.type]
        return proof_of(operation, ref.id, member, hop.detail)
    return proof_of("ec2:DescribeRouteTables", answer.subnet_id, "Routes", hop.detail)
