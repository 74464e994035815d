"""NET014."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import TRACED, paths, require_seen
from awsvpc_audit.checks._subjects import awsvpc_workloads
from awsvpc_audit.findings import ResourceRef, Severity
from awsvpc_audit.model import tables


@check(
    id="NET014",
    title="NAT gateway is in another Availability Zone than the task subnet",
    severity=Severity.LOW,
    resource="nat_gateway",
    source="+",
    proof=(
        "ec2:DescribeNatGateways SubnetId",
        "ec2:DescribeSubnets AvailabilityZone",
        *TRACED,
    ),
    fix="Give each Availability Zone a NAT gateway of its own, or use a regional NAT gateway.",
    commands=("aws ec2 describe-nat-gateways --nat-gateway-ids {nat_gateway_id}",),
    references=("https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",),
    controls=("wellarchitected/REL10-BP01", "wellarchitected/COST08-BP02"),
    subjects=awsvpc_workloads,
)
def nat_gateway_in_other_zone(workload: Workload, context: Context) -> Iterator[Fault]:
    """Tasks in one Availability Zone leave by a NAT gateway in another one.

    They lose the internet when that zone fails though their own is well, and each gigabyte between the zones is billed.

    ## Why it happens
    One NAT gateway serves all zones to save its price, or a subnet was put on the wrong route table.

    ## What it cannot see
    How much traffic there is. A regional NAT gateway lies in no zone and is not judged.
    """
    network = paths(context).reachability.network
    for answer in paths(context).internet(workload):
        if answer.node is None:
            continue
        place = answer.node.place
        for ref in answer.outcome.through:
            if ref.type != "nat_gateway":
                continue
            nat = place.scope.nat_gateways.peek(ref.id)
            inside = network.place(nat.subnet_id, place.scope) if nat and nat.subnet_id else None
            zone = inside.subnet.availability_zone if inside else None
            if inside is None or zone is None or place.subnet.availability_zone in {None, zone}:
                continue
            if inside.subnet.vpc_id != place.subnet.vpc_id:
                continue
            yield Fault(
                detail=f"{ref.id} in {zone} serves {place.subnet_id} in {place.subnet.availability_zone}",
                evidence=(
                    proof_of(tables.NAT_GATEWAYS.operation, ref.id, "SubnetId", inside.subnet_id),
                    proof_of(tables.SUBNETS.operation, inside.subnet_id, "AvailabilityZone", zone),
                    proof_of(
                        tables.SUBNETS.operation, place.subnet_id, "AvailabilityZone", place.subnet.availability_zone
                    ),
                ),
                resource=ResourceRef(type="nat_gateway", id=ref.id),
                affected=(workload.ref,),
                values={"nat_gateway_id": ref.id},
            )
    require_seen("NET014", workload, context)
