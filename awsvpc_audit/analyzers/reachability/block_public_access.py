"""VPC Block Public Access: the mode that holds for one subnet.

Source: docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html.
"""

from dataclasses import dataclass

from awsvpc_audit.analyzers.reachability.network import Place
from awsvpc_audit.findings import Evidence
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.gaps import NotCollectedError

OFF = "off"
_EXCLUDED_TO = {"allow-bidirectional": OFF, "allow-egress": "block-ingress"}
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


@dataclass(frozen=True, slots=True)
class BlockMode:
    """The mode for a subnet.

    Attributes:
        mode: `off`, `block-bidirectional` or `block-ingress`.
        evidence: where it was read.
        is_assumed: nothing tells; off is AWS's default.
    """

    mode: str
    evidence: Evidence
    is_assumed: bool = False


def block_mode(place: Place) -> BlockMode:
    """The mode that holds for a subnet: EC2 says it with the subnet; else the account's option and its exclusions.

    A source that says neither (an older snapshot, an emulator) says nothing about a feature that is off unless
    somebody turned it on: then off is assumed. Only where the call was refused, the answer is open.

    Raises:
        NotCollectedError: AWS refused the call that would tell.
    """
    subnet = place.subnet
    state = subnet.block_public_access_states
    if state is not None and state.internet_gateway_block_mode:
        mode = state.internet_gateway_block_mode
        evidence = Evidence(
            operation=tables.SUBNETS.operation,
            resource=subnet.subnet_id,
            field="BlockPublicAccessStates.InternetGatewayBlockMode",
            value=mode,
        )
        return BlockMode(mode, evidence)
    options = place.scope.table(tables.BLOCK_PUBLIC_ACCESS_OPTIONS)
    operation = options.operation
    account = place.scope.account
    rows = options.known()
    if not rows or not rows[0].internet_gateway_block_mode:
        if any(m.operation == operation and m.error in _DENIED for m in place.scope.missing):
            raise NotCollectedError((operation,))
        evidence = Evidence(operation=operation, resource=account, field="InternetGatewayBlockMode", value=None)
        return BlockMode(OFF, evidence, is_assumed=True)
    mode = rows[0].internet_gateway_block_mode
    evidence = Evidence(operation=operation, resource=account, field="InternetGatewayBlockMode", value=mode)
    if mode == OFF:
        return BlockMode(OFF, evidence)
    exclusions = place.scope.table(tables.BLOCK_PUBLIC_ACCESS_EXCLUSIONS)
    for exclusion in exclusions.known():
        if _is_for(exclusion, subnet):
            excluded = _EXCLUDED_TO.get(exclusion.internet_gateway_exclusion_mode or "", OFF)
            # An exclusion for egress only matters where the account blocks both directions.
            return BlockMode(mode if mode == "block-ingress" and excluded != OFF else excluded, evidence)
    exclusions.require()
    return BlockMode(mode, evidence)


def _is_for(exclusion: ec2.VpcBlockPublicAccessExclusion, subnet: ec2.Subnet) -> bool:
    resource = (exclusion.resource_arn or "").rsplit("/", 1)[-1]
    is_live = exclusion.state is None or not exclusion.state.startswith(("delete", "disable", "create-in", "create-f"))
    return is_live and resource in {subnet.subnet_id, subnet.vpc_id}
