"""DNS003."""

from collections.abc import Iterator
from dataclasses import dataclass

from awsvpc_audit.analyzers.reachability.address import parse_cidr
from awsvpc_audit.analyzers.reachability.trace import Block
from awsvpc_audit.analyzers.symptoms import symptoms_of
from awsvpc_audit.analyzers.workloads import Workload
from awsvpc_audit.checks._base import DOCS_URL, Context, Fault, check, proof_of
from awsvpc_audit.checks._paths import paths
from awsvpc_audit.checks._subjects import TaskVpc, task_vpcs
from awsvpc_audit.checks.dns._servers import OwnServers, own_servers
from awsvpc_audit.findings import ResourceRef, Severity, Verdict
from awsvpc_audit.model.gaps import NotCollectedError

_PORT = 53


@dataclass(frozen=True, slots=True)
class _Blocked:
    """One way to a DNS server that is blocked."""

    workload: Workload
    subnet_id: str
    server: str
    protocol: str
    block: Block


@check(
    id="DNS003",
    title="DNS servers of the DHCP options cannot be reached from the task subnets",
    severity=Severity.MEDIUM,
    resource="dhcp_options",
    source="+",
    symptoms=(
        "start.pull-auth",
        "start.pull-image",
        "start.secrets",
        "start.logging",
        "start.efs",
    ),
    proof=(
        "ec2:DescribeDhcpOptions DhcpConfigurations[domain-name-servers]",
        "ec2:DescribeVpcs DhcpOptionsId",
        "ec2:DescribeSubnets VpcId",
        "ec2:DescribeRouteTables Routes",
        "ec2:DescribeSecurityGroups IpPermissionsEgress",
        "ec2:DescribeNetworkAcls Entries",
        "ec2:DescribeNetworkInterfaces PrivateIpAddresses",
    ),
    fix=(
        "Let the task groups, ACLs and routes pass udp and tcp 53 to the servers and back, or go back to "
        "AmazonProvidedDNS; then replace the tasks: those that run keep the old servers."
    ),
    commands=("aws ec2 describe-dhcp-options --dhcp-options-ids {dhcp_options_id}",),
    references=(
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html",
        f"{DOCS_URL}/task-networking-awsvpc.html",
    ),
    subjects=task_vpcs,
)
def own_server_unreachable(vpc: TaskVpc, context: Context) -> Iterator[Fault]:
    """The VPC hands out DNS servers of its owner's own, and tasks do not get through to them on port 53.

    Nothing resolves then, or only after a time-out at the first server: no registry, no secret, no file system. Groups
    and ACLs do not filter what goes to the Amazon DNS server, but they do filter this. DNS uses UDP, and TCP for long
    answers.

    ## Why it happens
    Outbound rules were narrowed to 443, the server lies behind a peering connection without a route back, or it is an
    inbound endpoint of Route 53 Resolver whose group does not admit the task subnets.

    ## What it cannot see
    Whether a server that is reached answers, and forwards the names of interface endpoints and private hosted zones to
    the Amazon DNS server; one that does not gives public addresses for them, or none. And servers behind a VPN or an
    unread transit gateway.
    """
    try:
        servers = own_servers(vpc.vpc_id, context)
    except NotCollectedError:
        # Whoever starts all its tasks resolves names.
        if any(_is_in_trouble(workload, context) for workload in vpc.workloads):
            raise
        return
    if servers is None:
        return
    missing: dict[str, None] = {}
    blocked = list(_blocked(vpc, servers, context, missing))
    if blocked:
        yield _fault(vpc, servers, blocked)
    if missing:
        raise NotCollectedError(tuple(missing), vpc.vpc_id)


def _is_in_trouble(workload: Workload, context: Context) -> bool:
    symptoms = context.once("symptoms", lambda: symptoms_of(context.cluster))
    return bool(workload.short or symptoms.get(("service", workload.name)))


def _blocked(vpc: TaskVpc, servers: OwnServers, context: Context, missing: dict[str, None]) -> Iterator[_Blocked]:
    answers = paths(context)
    for workload in vpc.workloads:
        for subnet_id in dict.fromkeys(workload.subnets):
            node = answers.resolver.of_workload(workload, subnet_id, context.scope)
            if node is None or node.place.subnet.vpc_id != vpc.vpc_id:
                continue
            for server in servers.addresses:
                parsed = parse_cidr(server)
                if parsed is None or not node.addresses(parsed[0]):
                    continue
                for protocol in ("udp", "tcp"):
                    outcome = answers.reachability.to_addresses(node, *parsed, protocol=protocol, port=_PORT)
                    block = outcome.block
                    if block is not None and (outcome.verdict is Verdict.UNREACHABLE or block.splits_ports):
                        yield _Blocked(workload, subnet_id, server, protocol, block)
                    elif outcome.verdict is Verdict.UNKNOWN:
                        missing |= dict.fromkeys(outcome.missing)


def _fault(vpc: TaskVpc, servers: OwnServers, blocked: list[_Blocked]) -> Fault:
    first = blocked[0]
    unreached = ", ".join(dict.fromkeys(f"{each.server} on {each.protocol} {_PORT}" for each in blocked))
    subnets = ", ".join(dict.fromkeys(each.subnet_id for each in blocked))
    evidence = [
        proof_of("ec2:DescribeVpcs", vpc.vpc_id, "DhcpOptionsId", servers.dhcp_options_id),
        proof_of(
            "ec2:DescribeDhcpOptions",
            servers.dhcp_options_id,
            "DhcpConfigurations[domain-name-servers]",
            servers.written,
        ),
        *(evidence for each in blocked for evidence in each.block.evidence),
    ]
    return Fault(
        detail=(
            f"{servers.dhcp_options_id} of {vpc.vpc_id} names DNS servers {servers.written}; from {subnets} tasks do "
            f"not reach {unreached}: {first.block.reason}"
        ),
        evidence=tuple(dict.fromkeys(evidence)),
        resource=ResourceRef(type="dhcp_options", id=servers.dhcp_options_id),
        affected=tuple(dict.fromkeys(each.workload.ref for each in blocked)),
        values={"dhcp_options_id": servers.dhcp_options_id},
    )
