"""The ways out of a VPC to the internet: internet, egress-only and NAT gateways, gateway endpoints."""

from dataclasses import replace

from awsvpc_audit.analyzers.reachability.address import NAT64, Family, Ranges, addresses, intersect
from awsvpc_audit.analyzers.reachability.block_public_access import block_mode
from awsvpc_audit.analyzers.reachability.flows import (
    CLIENT_PORTS,
    TCP,
    TO_DESTINATION,
    UDP,
    Flow,
    column,
)
from awsvpc_audit.analyzers.reachability.network import Place
from awsvpc_audit.analyzers.reachability.routes import RouteRule, TargetKind
from awsvpc_audit.analyzers.reachability.steps import (
    Leg,
    Steps,
    is_nat64,
    split_public,
)
from awsvpc_audit.analyzers.reachability.trace import Block, Walk
from awsvpc_audit.findings import Evidence, ResourceRef
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.gaps import NotCollectedError

ATTACHED = frozenset({"available", "attached"})
"""States of an attached gateway: EC2 answers `available`, its documentation and some tools say `attached`."""

MAX_MIDDLEBOXES = 4


class Gateways(Steps):
    """What to do at each kind of way out."""

    # Internet gateways.

    def internet_gateway(self, walk: Walk, place: Place, igw_id: str, leg: Leg) -> None:
        """Out to the internet and back: needs the gateway attached, and for IPv4 a public address."""
        ref = ResourceRef(type="internet_gateway", id=igw_id)
        try:
            found = self.network.owned(tables.INTERNET_GATEWAYS, igw_id, place)
        except NotCollectedError as gap:
            walk.unread("internet_gateway", igw_id, "egress", gap)
        else:
            attachments = found[1].attachments if found else ()
            if not any(a.vpc_id == place.subnet.vpc_id and a.state in {*ATTACHED, None} for a in attachments):
                value = "; ".join(f"{a.vpc_id} {a.state}" for a in attachments) or "none"
                reason = f"{igw_id} is not attached to {place.subnet.vpc_id} (attachments: {value})"
                evidence = Evidence(
                    operation="ec2:DescribeInternetGateways", resource=igw_id, field="Attachments", value=value
                )
                walk.deny(
                    "internet_gateway",
                    igw_id,
                    "egress",
                    Block(check_id="NET012", resource=ref, reason=reason, evidence=(evidence,)),
                )
                return
        if is_nat64(walk.flows) or not self._forwards(walk, place, igw_id, leg):
            if is_nat64(walk.flows):
                self._no_nat64(walk, place, "internet_gateway", igw_id)
            return
        if walk.family is Family.IPV4 and not leg.has_public_ipv4:
            check_id, resource = leg.without_public
            reason = (
                f"{igw_id} serves only what has a public IPv4 address, and the sender in {place.subnet_id} has none"
            )
            evidence = Evidence(
                operation="ec2:DescribeRouteTables", resource=place.subnet_id, field="Routes[].GatewayId", value=igw_id
            )
            walk.deny(
                "internet_gateway",
                igw_id,
                "egress",
                Block(check_id=check_id, resource=resource, reason=reason, evidence=(evidence,)),
            )
            return
        if self._block_public_access(walk, place, "internet_gateway", igw_id, is_direct=leg.role != "nat"):
            return
        walk.allow("internet_gateway", igw_id, "egress", f"attached to {place.subnet.vpc_id}")

    def _forwards(self, walk: Walk, place: Place, gateway_id: str, leg: Leg) -> bool:
        if leg.goal.node is not None and walk.family is Family.IPV6:
            kind = "egress_only_internet_gateway" if gateway_id.startswith("eigw-") else "internet_gateway"
            walk.hide(kind, ResourceRef(type=kind, id=gateway_id), "egress", "over the internet to a VPC: not followed")
            return False
        public, private = split_public(walk.flows, walk.family)
        if public and (leg.goal.is_internet or not private):
            walk.flows = public
            return True
        reason = f"{gateway_id} forwards public addresses only"
        resource = ResourceRef(type="internet_gateway", id=gateway_id)
        kind = "egress_only_internet_gateway" if gateway_id.startswith("eigw-") else "internet_gateway"
        member = "EgressOnlyInternetGatewayId" if gateway_id.startswith("eigw-") else "GatewayId"
        evidence = Evidence(
            operation="ec2:DescribeRouteTables",
            resource=place.subnet_id,
            field=f"Routes[].{member}",
            value=gateway_id,
        )
        block = Block(check_id=None, resource=resource, reason=reason, evidence=(evidence,))
        walk.deny(kind, gateway_id, "egress", block)
        if public:
            walk.flows = public
        return bool(public)

    def _no_nat64(self, walk: Walk, place: Place, kind: str, id_: str) -> None:
        reason = f"64:ff9b::/96 leads to {id_}, which does not translate to IPv4; a NAT gateway does"
        resource = ResourceRef(type="subnet", id=place.subnet_id)
        evidence = Evidence(
            operation="ec2:DescribeRouteTables", resource=place.subnet_id, field="Routes[64:ff9b::/96]", value=id_
        )
        walk.deny(kind, id_, "egress", Block(check_id="IP6006", resource=resource, reason=reason, evidence=(evidence,)))

    def egress_only_gateway(self, walk: Walk, place: Place, eigw_id: str, leg: Leg) -> None:
        """Out to the internet over IPv6 and back; connections from there do not come in."""
        ref = ResourceRef(type="egress_only_internet_gateway", id=eigw_id)
        try:
            found = self.network.owned(tables.EGRESS_ONLY_INTERNET_GATEWAYS, eigw_id, place)
        except NotCollectedError as gap:
            walk.unread("egress_only_internet_gateway", eigw_id, "egress", gap)
        else:
            attachments = found[1].attachments if found else ()
            if not any(a.vpc_id == place.subnet.vpc_id and a.state in {*ATTACHED, None} for a in attachments):
                reason = f"{eigw_id} is not attached to {place.subnet.vpc_id}"
                evidence = Evidence(
                    operation="ec2:DescribeEgressOnlyInternetGateways",
                    resource=eigw_id,
                    field="Attachments",
                    value="; ".join(f"{a.vpc_id} {a.state}" for a in attachments) or "none",
                )
                walk.deny(
                    "egress_only_internet_gateway",
                    eigw_id,
                    "egress",
                    Block(check_id="NET012", resource=ref, reason=reason, evidence=(evidence,)),
                )
                return
        if is_nat64(walk.flows):
            self._no_nat64(walk, place, "egress_only_internet_gateway", eigw_id)
            return
        if not self._forwards(walk, place, eigw_id, leg):
            return
        if self._block_public_access(walk, place, "egress_only_internet_gateway", eigw_id, is_direct=False):
            return
        walk.allow("egress_only_internet_gateway", eigw_id, "egress", f"attached to {place.subnet.vpc_id}")

    def _block_public_access(self, walk: Walk, place: Place, kind: str, id_: str, *, is_direct: bool) -> bool:
        """Whether VPC Block Public Access stops it.

        Args:
            walk: the trace.
            place: the subnet whose route leads to the gateway.
            kind: of the gateway.
            id_: of the gateway.
            is_direct: straight to an internet gateway: `block-ingress` stops that as well, and leaves alone what can
                only be opened from inside (docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html).
        """
        try:
            mode = block_mode(place)
        except NotCollectedError as gap:
            walk.unread("vpc", place.subnet.vpc_id or place.subnet_id, "egress", gap)
            return False
        if mode.is_assumed:
            # AWS's default is off; older snapshots and emulators do not tell.
            return False
        if mode.mode == "block-bidirectional" or (mode.mode == "block-ingress" and is_direct):
            vpc_id = place.subnet.vpc_id or place.subnet_id
            walk.deny(
                "vpc",
                vpc_id,
                "egress",
                Block(
                    check_id="NET016",
                    resource=ResourceRef(type="vpc", id=vpc_id),
                    reason=f"VPC Block Public Access ({mode.mode}) stops {place.subnet_id} at {id_}",
                    evidence=(mode.evidence,),
                ),
            )
            return True
        return False

    # NAT gateways.

    def nat_gateway(self, walk: Walk, place: Place, nat_id: str, table_id: str, leg: Leg) -> None:
        """Through a NAT gateway: into its subnet, out of it under its address, and the replies back."""
        if nat_id in leg.came or len(leg.came) >= MAX_MIDDLEBOXES:
            self._loop(walk, nat_id, "nat_gateway", table_id, leg)
            return
        ref = ResourceRef(type="nat_gateway", id=nat_id)
        try:
            found = self.network.owned(tables.NAT_GATEWAYS, nat_id, place)
        except NotCollectedError as gap:
            walk.unread("nat_gateway", nat_id, "egress", gap)
            return
        nat = found[1] if found else None
        block = _not_working(nat_id, nat)
        if nat is None or block is not None:
            walk.deny("nat_gateway", nat_id, "egress", block or _gone(nat_id))
            return
        to_ipv4 = walk.family is Family.IPV6
        if to_ipv4 and not is_nat64(walk.flows):
            reason = f"{nat_id} takes IPv6 packets only to 64:ff9b::/96 (NAT64)"
            evidence = Evidence(
                operation="ec2:DescribeRouteTables", resource=table_id, field="Routes[].NatGatewayId", value=nat_id
            )
            walk.deny(
                "nat_gateway",
                nat_id,
                "egress",
                Block(check_id="IP6003", resource=route_table_ref(table_id), reason=reason, evidence=(evidence,)),
            )
            return
        if nat.connectivity_type == "private" and (leg.goal.is_internet or self._is_public(walk)):
            reason = f"{nat_id} is a private NAT gateway: it has no way to the internet"
            evidence = Evidence(
                operation="ec2:DescribeNatGateways", resource=nat_id, field="ConnectivityType", value="private"
            )
            walk.deny(
                "nat_gateway",
                nat_id,
                "egress",
                Block(check_id="NET008", resource=ref, reason=reason, evidence=(evidence,)),
            )
            return
        walk.through.append(ref)
        self._through_nat(walk, place, nat, leg)

    def _is_public(self, walk: Walk) -> bool:
        return bool(split_public(walk.flows, walk.family)[0]) or is_nat64(walk.flows)

    def _through_nat(self, walk: Walk, place: Place, nat: ec2.NatGateway, leg: Leg) -> None:
        nat_leg = replace(
            leg,
            role="nat",
            fault=("NET007", ResourceRef(type="nat_gateway", id=nat.nat_gateway_id)),
            groups=None,
            doubtful_groups=frozenset(),
            has_public_ipv4=nat.connectivity_type != "private",
            came=(*leg.came, nat.nat_gateway_id),
        )
        name = _nat_text(nat)
        if nat.subnet_id is None:
            walk.allow("nat_gateway", nat.nat_gateway_id, "egress", name)
            self._regional_nat(walk, place, nat, nat_leg)
            return
        try:
            inside = self.network.place(nat.subnet_id, place.scope)
            if inside is None:
                self.network.require_owner(tables.SUBNETS.operation, place)
        except NotCollectedError as gap:
            walk.unread("subnet", nat.subnet_id, "egress", gap)
            return
        if inside is None:
            reason = f"the subnet {nat.subnet_id} of {nat.nat_gateway_id} does not exist"
            walk.deny("subnet", nat.subnet_id, "egress", _nat_block("NET007", nat, reason, "SubnetId", nat.subnet_id))
            return
        crosses = inside.subnet_id != place.subnet_id
        if crosses:
            self.acl(walk, inside, egress=False, is_reply=False, direction="egress", leg=nat_leg)
        if walk.is_over:
            return
        walk.allow("nat_gateway", nat.nat_gateway_id, "egress", name)
        own = addresses((a.private_ip for a in nat.nat_gateway_addresses), Family.IPV4) or inside.blocks(Family.IPV4)
        beyond = self._translated(walk, own)
        # Behind the NAT all senders are one: what became of the same traffic once holds for each of them.
        goal = leg.goal
        key = (
            nat.nat_gateway_id,
            beyond.flows,
            goal.is_internet,
            goal.node and goal.node.key,
            goal.admission,
            leg.came,
        )
        shared = self._behind_nat.get(key)
        if shared is None:
            self.leave(beyond, inside, nat_leg)
            shared = self._behind_nat[key] = beyond
        self._back_from(walk, shared)
        self._return_to_sender(walk, inside, crosses=crosses, leg=leg, acl_leg=nat_leg)

    def _regional_nat(self, walk: Walk, place: Place, nat: ec2.NatGateway, leg: Leg) -> None:
        """A regional NAT gateway lies in no subnet: it has a route table of its own, and no ACL."""
        own = addresses((a.private_ip for a in nat.nat_gateway_addresses), Family.IPV4) or ((0, 0),)
        beyond = self._translated(walk, own)
        try:
            found = self.network.owned(tables.ROUTE_TABLES, nat.route_table_id, place) if nat.route_table_id else None
        except NotCollectedError as gap:
            walk.unread("route_table", nat.route_table_id or nat.nat_gateway_id, "egress", gap)
            return
        if found is None:
            # AWS makes this table, with a route to the VPC's internet gateway, and does not list it everywhere.
            return
        self.route(beyond, place, self.network.compiled(found[0], found[1], place), leg)
        self._back_from(walk, beyond)

    def _translated(self, walk: Walk, own: Ranges) -> Walk:
        """The traffic as it is behind a NAT: from the NAT's address and ports, and IPv4 where it came as NAT64."""
        low = NAT64[0][0]
        flows: list[Flow] = []
        for flow in walk.flows:
            destinations = flow.destinations
            if walk.family is Family.IPV6:
                destinations = tuple((start - low, end - low) for start, end in intersect(destinations, NAT64))
            ports = CLIENT_PORTS if flow.protocols in {((TCP, TCP),), ((UDP, UDP),)} else flow.client_ports
            flows.append(flow._replace(sources=own, destinations=destinations, client_ports=ports))
        return Walk(Family.IPV4, tuple(dict.fromkeys(flows)))

    def _back_from(self, walk: Walk, beyond: Walk) -> None:
        """Take over what became of the traffic behind a NAT: destinations and ports that live there live here."""
        shift = NAT64[0][0] if walk.family is Family.IPV6 else 0
        reached: Ranges = tuple(
            (low + shift, high + shift) for low, high in column(beyond.flows, TO_DESTINATION.address)
        )
        alive: list[Flow] = []
        for flow in walk.flows:
            destinations = intersect(flow.destinations, reached)
            ports = intersect(flow.ports, column(beyond.flows, TO_DESTINATION.ports))
            if destinations and ports:
                alive.append(flow._replace(destinations=destinations, ports=ports))
        walk.flows = tuple(alive)
        walk.hops.extend(beyond.hops)
        walk.block = walk.block or beyond.block
        walk.missing.extend(beyond.missing)
        walk.opaque.extend(beyond.opaque)
        walk.through.extend(beyond.through)

    def _return_to_sender(self, walk: Walk, inside: Place, *, crosses: bool, leg: Leg, acl_leg: Leg | None) -> None:
        """Replies leave a middlebox's subnet towards the sender: its ACL and its routes."""
        if not crosses or walk.is_over:
            return
        self.acl(walk, inside, egress=True, is_reply=True, direction="return", leg=acl_leg)
        if not walk.is_over and walk.family is Family.IPV4:
            self.route_back(walk, inside, *leg.entered)

    def _loop(self, walk: Walk, id_: str, kind: str, table_id: str, leg: Leg) -> None:
        check_id, resource = leg.fault or ("NET005", route_table_ref(table_id))
        evidence = Evidence(operation="ec2:DescribeRouteTables", resource=table_id, field="Routes", value=f"-> {id_}")
        reason = f"{table_id} leads back to {id_}: the packets go in a circle"
        walk.deny(kind, id_, "egress", Block(check_id=check_id, resource=resource, reason=reason, evidence=(evidence,)))

    def explains_blackhole(self, rule: RouteRule, place: Place) -> bool:
        """A failed NAT gateway still shows for an hour, with the reason: that says more than the route's state."""
        if rule.kind is not TargetKind.NAT_GATEWAY:
            return False
        nat = place.scope.table(tables.NAT_GATEWAYS).peek(rule.target)
        return nat is not None and nat.state in {"failed", "pending", "deleting"}

    # Endpoints as route targets.

    def endpoint_target(self, walk: Walk, place: Place, endpoint_id: str, leg: Leg) -> None:
        """A gateway endpoint takes a service's addresses; a Gateway Load Balancer endpoint takes them to a firewall."""
        ref = ResourceRef(type="vpc_endpoint", id=endpoint_id)
        try:
            found = self.network.owned(tables.VPC_ENDPOINTS, endpoint_id, place)
        except NotCollectedError as gap:
            walk.unread("vpc_endpoint", endpoint_id, "egress", gap)
            return
        endpoint = found[1] if found else None
        if endpoint is None or not is_available(endpoint):
            state = endpoint.state if endpoint else None
            walk.deny("vpc_endpoint", endpoint_id, "egress", endpoint_down(endpoint_id, state))
            return
        if endpoint.vpc_endpoint_type in {None, "Gateway"}:
            walk.through.append(ref)
            walk.allow("vpc_endpoint", endpoint_id, "egress", f"gateway endpoint for {endpoint.service_name}")
            return
        walk.hide("firewall", ref, "egress", f"{endpoint_id} ({endpoint.service_name}): inspected beyond, not seen")


def is_available(endpoint: ec2.VpcEndpoint) -> bool:
    """Whether an endpoint takes traffic. EC2 answers `available`, and `Available` for some."""
    return endpoint.state is None or endpoint.state.lower() == "available"


def endpoint_down(endpoint_id: str, state: str | None) -> Block:
    """What it means that an endpoint is not there, or not available."""
    return Block(
        check_id="END005",
        resource=ResourceRef(type="vpc_endpoint", id=endpoint_id),
        reason=f"{endpoint_id} is {state}, not available" if state else f"{endpoint_id} does not exist",
        evidence=(Evidence(operation="ec2:DescribeVpcEndpoints", resource=endpoint_id, field="State", value=state),),
    )


def route_table_ref(table_id: str) -> ResourceRef:
    """A route table as the resource at fault."""
    return ResourceRef(type="route_table", id=table_id)


def _nat_text(nat: ec2.NatGateway) -> str:
    public = next((a.public_ip for a in nat.nat_gateway_addresses if a.public_ip), None)
    where = f"in {nat.subnet_id}" if nat.subnet_id else "regional"
    return f"{nat.state or 'available'}, {nat.connectivity_type or 'public'}, {where}" + (
        f", {public}" if public else ""
    )


def _nat_block(check_id: str, nat: ec2.NatGateway, reason: str, field: str, value: str | None) -> Block:
    id_ = nat.nat_gateway_id
    evidence = Evidence(operation="ec2:DescribeNatGateways", resource=id_, field=field, value=value)
    ref = ResourceRef(type="nat_gateway", id=id_)
    return Block(check_id=check_id, resource=ref, reason=reason, evidence=(evidence,))


def _gone(nat_id: str) -> Block:
    return Block(
        check_id="NET006",
        resource=ResourceRef(type="nat_gateway", id=nat_id),
        reason=f"{nat_id} does not exist",
        evidence=(Evidence(operation="ec2:DescribeNatGateways", resource=nat_id, field="State", value=None),),
    )


def _not_working(nat_id: str, nat: ec2.NatGateway | None) -> Block | None:
    if nat is None:
        return _gone(nat_id)
    if nat.state not in {None, "available"}:
        why = f" ({nat.failure_code}: {nat.failure_message})" if nat.failure_code and nat.failure_message else ""
        why = why or (f" ({nat.failure_code})" if nat.failure_code else "")
        block = _nat_block("NET006", nat, f"{nat_id} is {nat.state}{why}, not available", "State", nat.state)
        if nat.failure_code:
            more = Evidence(
                operation="ec2:DescribeNatGateways", resource=nat_id, field="FailureCode", value=nat.failure_code
            )
            block = replace(block, evidence=(*block.evidence, more))
        return block
    has_addresses = bool(nat.nat_gateway_addresses)
    is_public = nat.connectivity_type != "private"
    if is_public and has_addresses and not any(a.public_ip or a.allocation_id for a in nat.nat_gateway_addresses):
        reason = f"{nat_id} is public but has no public address"
        return _nat_block("NET006", nat, reason, "NatGatewayAddresses[].PublicIp", None)
    return None
