"""AGT003."""

from collections.abc import Iterator

from awsvpc_audit.analyzers.versions import IPV6
from awsvpc_audit.checks._awsvpc_hosts import AwsvpcHost, linux_awsvpc_hosts, require_workloads
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks.agt._agent_version import RECOMMENDED_LINUX_AMI, UPDATE_AGENT, is_older, too_old
from awsvpc_audit.findings import Severity
from awsvpc_audit.model import ec2, ecs

_SETTING = "dualStackIPv6"


@check(
    id="AGT003",
    title="Linux container agent is too old for IPv6 task addresses",
    severity=Severity.HIGH,
    resource="instance",
    source="doc",
    statements=("S4", "S38"),
    proof=(
        "ecs:DescribeContainerInstances versionInfo.agentVersion",
        "ecs:DescribeContainerInstances attributes[ecs.availability-zone]",
        "ec2:DescribeSubnets Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
        "ecs:ListAccountSettings settings[dualStackIPv6].value",
    ),
    fix="Replace the instance by one of the current Amazon ECS-optimized AMI, or update its agent in place.",
    commands=(UPDATE_AGENT, RECOMMENDED_LINUX_AMI),
    references=(f"{DOCS_URL}/task-networking-awsvpc.html",),
    subjects=linux_awsvpc_hosts,
)
def agent_too_old_for_ipv6(host: AwsvpcHost, context: Context) -> Iterator[Fault]:
    """Task ENIs get an IPv6 address from agent 1.45.0 on. Tasks on this instance are to have one; its agent is older.

    They run with IPv4 alone, or in an IPv6-only subnet not at all, while tasks on newer instances have both.

    ## Why it happens
    The VPC became dual-stack after the AMI was made.

    ## What it cannot see
    The value of `dualStackIPv6` for whoever starts the tasks: what is read is the caller's, which is the account's
    default unless a principal has a value of its own. A subnet counts for the instance if it lies in its zone.
    """
    if not is_older(host, IPV6):
        return
    subnets = _ipv6_subnets_of(host, context)
    wanting = [workload for workload in host.workloads if any(s.subnet_id in workload.subnets for s in subnets)]
    if not wanting:
        require_workloads(context)
        return
    row = _setting(context)
    # Tasks in an IPv6-only subnet have no other address, whatever the setting of dual stack.
    native = tuple(subnet for subnet in subnets if subnet.ipv6_native)
    if row is None and not native:
        raise context.scope.account_settings.missing()
    if row is not None and row.value != "enabled":
        subnets = native
        wanting = [workload for workload in wanting if any(s.subnet_id in workload.subnets for s in native)]
    if not wanting:
        return
    names = ", ".join(f"{s.subnet_id} ({', '.join(s.ipv6_cidr_blocks)})" for s in subnets)
    yield from too_old(
        host,
        IPV6,
        context,
        f"its tasks lie in {names}, and IPv6 addresses for them need",
        evidence=(
            *(
                proof_of(
                    "ec2:DescribeSubnets",
                    subnet.subnet_id,
                    "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock",
                    ", ".join(subnet.ipv6_cidr_blocks),
                )
                for subnet in subnets
            ),
            *(
                (
                    proof_of(
                        "ecs:ListAccountSettings",
                        row.principal_arn or "caller",
                        f"settings[{_SETTING}].value",
                        row.value,
                    ),
                )
                if row
                else ()
            ),
        ),
        affected=tuple(workload.ref for workload in wanting),
    )


def _ipv6_subnets_of(host: AwsvpcHost, context: Context) -> tuple[ec2.Subnet, ...]:
    """Task subnets with an IPv6 block in which tasks on the instance get their ENIs: those of its zone."""
    zone = host.container_instance.attribute("ecs.availability-zone")
    found = []
    for subnet_id in sorted({subnet_id for workload in host.workloads for subnet_id in workload.subnets}):
        subnet = context.scope.subnets.get(subnet_id)
        if subnet and subnet.ipv6_cidr_blocks and (zone is None or subnet.availability_zone in {None, zone}):
            found.append(subnet)
    return tuple(found)


def _setting(context: Context) -> ecs.Setting | None:
    """The row of `dualStackIPv6`: the caller's effective value. ``None`` where there is none, which proves nothing."""
    rows = [row for row in context.scope.account_settings.known() if row.name == _SETTING and row.value]
    return next((row for row in rows if row.value == "enabled"), rows[0] if rows else None)
