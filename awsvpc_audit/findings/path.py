"""The path: `path --format json`."""

from enum import StrEnum
from typing import Literal

from awsvpc_audit.findings.finding import Record, ResourceRef


class Verdict(StrEnum):
    """The answer to a question of reachability."""

    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


Direction = Literal["egress", "ingress", "return"]
"""Out of where it comes from, into where it goes to, or the reply on its way back."""

HopVerdict = Literal["allow", "deny", "unknown"]


class PathHop(Record, frozen=True, kw_only=True):
    """One thing that the traffic passes, and the rule or route of it that decides, as written in AWS.

    Attributes:
        kind: one of the contract's words (`security_group`, `network_acl`, `route_table`, `nat_gateway`,
            `internet_gateway`, `egress_only_internet_gateway`, `vpc_endpoint`, `vpc_peering_connection`,
            `transit_gateway`, `subnet`, `eni`, `vpc`, `dns`, `firewall`), or `vpn_gateway`, `local_gateway`,
            `carrier_gateway`, `core_network` for what a route leads to and nobody can see into.
        id: of the resource, as AWS gives it.
    """

    kind: str
    id: str
    direction: Direction
    verdict: HopVerdict
    detail: str


class BlockedBy(Record, frozen=True, kw_only=True):
    """The hop that blocks, as a check and the resource at fault."""

    check_id: str
    resource: ResourceRef


class PathFlow(Record, frozen=True, kw_only=True):
    """The trace from one subnet or interface in one address family, up to the first hop that blocks it."""

    subnet: str | None
    eni: str | None
    address_family: Literal["ipv4", "ipv6"]
    verdict: Verdict
    hops: tuple[PathHop, ...] = ()
    blocked_by: BlockedBy | None = None


class PathDocument(Record, frozen=True, kw_only=True):
    """Whether a source reaches a destination, by every subnet it may leave from.

    `missing` names the operations that would tell what is unknown.
    """

    source: str
    destination: str
    protocol: str
    port: int | None
    verdict: Verdict
    flows: tuple[PathFlow, ...] = ()
    missing: tuple[str, ...] = ()
