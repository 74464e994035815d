"""NET017."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths, require_seen
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import Severity, Verdict


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
            hop = next((hop for hop in outcome.hops if hop.id == ref.id and hop.verdict == "unknown"), outcome.hops[-1])
            yield Fault(
                detail=f"from {answer.subnet_id} the way of {workload.name} to {answer.destination} leads to {ref.id}, "
                f"and beyond it cannot be seen: {hop.detail}",
                evidence=(proof_of("ec2:DescribeRouteTables", answer.subnet_id, "Routes", hop.detail),),
                resource=ref,
                affected=(workload.ref,),
            )
    require_seen("NET017", workload, context)
