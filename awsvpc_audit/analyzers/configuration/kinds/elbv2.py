"""Load balancers, their listeners and target groups."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.configuration.kinds.kind import Kind, by, last, plain
from awsvpc_audit.analyzers.configuration.members import Names, Plain, Row, Texts, at
from awsvpc_audit.model import tables


def _forwards(row: Row) -> Iterator[str]:
    for action in row.get("DefaultActions") or ():
        arns = {action.get("TargetGroupArn")}
        arns |= {each.get("TargetGroupArn") for each in at(action, "ForwardConfig.TargetGroups") or ()}
        for arn in sorted(arn for arn in arns if arn):
            yield f"{action.get('Type')} {arn}"


KINDS: tuple[Kind, ...] = (
    Kind(
        table=tables.LOAD_BALANCERS,
        type="load_balancer",
        key=by("LoadBalancerArn"),
        id=lambda row: str(row.get("LoadBalancerName") or row["LoadBalancerArn"]),
        arn="LoadBalancerArn",
        members=(
            *plain("State.Code", "Scheme", "IpAddressType", "VpcId"),
            Texts(
                "AvailabilityZones",
                lambda row: (f"{z.get('ZoneName')} {z.get('SubnetId')}" for z in row.get("AvailabilityZones") or ()),
            ),
            Names("SecurityGroups"),
            Plain("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"),
        ),
    ),
    Kind(
        table=tables.LISTENERS,
        type="listener",
        key=by("ListenerArn"),
        id=last("ListenerArn", ":listener/"),
        arn="ListenerArn",
        members=(*plain("Port", "Protocol"), Texts("DefaultActions", _forwards)),
    ),
    Kind(
        table=tables.TARGET_GROUPS,
        type="target_group",
        key=by("TargetGroupArn"),
        id=lambda row: str(row.get("TargetGroupName") or row["TargetGroupArn"]),
        arn="TargetGroupArn",
        members=(
            *plain("TargetType", "Protocol", "Port", "VpcId", "IpAddressType"),
            *plain("HealthCheckEnabled", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath"),
            *plain("Matcher.HttpCode", "Matcher.GrpcCode"),
            Names("LoadBalancerArns"),
        ),
    ),
)
"""In the order of a report."""
