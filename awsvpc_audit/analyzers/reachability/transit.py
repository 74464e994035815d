"""From one VPC into another: peering connections and transit gateways, as far as both sides were read.

Sources: docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html,
docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html and tgw-nacls.html; on rules that name groups beyond a
transit gateway docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html: inbound ones do, where both attachments and
the gateway support it. The gateway's own option, off by default, is not read.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from awsvpc_audit.analyzers.reachability.address import (
    EMPTY,
    Family,
    Ranges,
    describe_addresses,
    intersect,
    parse_cidr,
    size,
    subtract,
)
from awsvpc_audit.analyzers.reachability.appliances import Appliances
from awsvpc_audit.analyzers.reachability.flows import TO_DESTINATION, TO_SOURCE, column, within
from awsvpc_audit.analyzers.reachability.network import Place
from awsvpc_audit.analyzers.reachability.routes import TargetKind
from awsvpc_audit.analyzers.reachability.steps import SPECIFIC, Leg
from awsvpc_audit.analyzers.reachability.trace import Block, Walk
from awsvpc_audit.findings import Direction, Evidence, ResourceRef
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.gaps import NotCollectedError

_LIVE = frozenset({None, "available", "modifying"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """What joins a VPC, or something else, to a transit gateway."""

    attachment_id: str
    transit_gateway_id: str | None
    resource_type: str | None
    resource_id: str | None
    state: str | None
    subnet_ids: tuple[str, ...]
    route_table_id: str | None
    carries_groups: bool = True
    """Whether rules beyond may name groups of the VPC, as far as the attachment goes."""


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """One route of a transit gateway's table."""

    text: str
    family: Family
    addresses: Ranges
    is_blackhole: bool
    attachment_ids: tuple[str, ...]


class Transit(Appliances):
    """Peering and transit gateways."""

    def peering(self, walk: Walk, place: Place, peering_id: str, table_id: str, leg: Leg) -> None:
        """Into the peer VPC and back. A peering connection joins two VPCs and leads no further."""
        ref = ResourceRef(type="vpc_peering_connection", id=peering_id)
        kind = "vpc_peering_connection"
        try:
            found = self.network.owned(tables.VPC_PEERING_CONNECTIONS, peering_id, place)
        except NotCollectedError as gap:
            walk.unread(kind, peering_id, "egress", gap)
            return
        connection = found[1] if found else None
        status = connection.status.code if connection and connection.status else None
        if connection is None or status not in {None, "active"}:
            reason = f"{peering_id} is {status or 'gone'}, not active"
            self._dead_end(
                walk, kind, ref, table_id, reason, "ec2:DescribeVpcPeeringConnections", "Status.Code", status
            )
            return
        sides = [info for info in (connection.requester_vpc_info, connection.accepter_vpc_info) if info]
        other = next((info for info in sides if info.vpc_id != place.subnet.vpc_id), None)
        if leg.goal.is_internet or leg.role == "nat":
            # docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html, Edge to edge routing: neither is carried.
            what = "what comes from a NAT gateway" if leg.role == "nat" else "the internet"
            reason = f"{peering_id} joins two VPCs and carries no traffic for {what}"
            operation = "ec2:DescribeVpcPeeringConnections"
            self._dead_end(walk, kind, ref, table_id, reason, operation, "VpcPeeringConnectionId", peering_id)
            return
        vpc_id = other.vpc_id if other else None
        places = self.network.places_of_vpc(vpc_id, place.scope, anywhere=True) if vpc_id else ()
        if other is None or vpc_id is None or not places:
            walk.hide(kind, ref, "egress", f"{peering_id} leads to {vpc_id or 'a VPC'}, which was not read")
            return
        walk.allow(kind, peering_id, "egress", f"active, to {vpc_id}")
        regions = {info.region for info in sides if info.region}
        # Rules may name a peer's group only within one Region.
        groups = leg.groups if len(regions) < 2 else None
        self.deliver(walk, vpc_id, places[0], replace(leg, groups=groups, entered=(TargetKind.PEERING, peering_id)))

    def _dead_end(
        self,
        walk: Walk,
        kind: str,
        ref: ResourceRef,
        table_id: str,
        reason: str,
        operation: str,
        field: str,
        value: str | None,
        direction: Direction = "egress",
    ) -> None:
        """A route to something that does not carry the traffic is as good as a blackhole."""
        evidence = Evidence(operation=operation, resource=ref.id, field=field, value=value)
        resource = ResourceRef(type="route_table", id=table_id)
        block = Block(check_id="NET005", resource=resource, reason=reason, evidence=(evidence,))
        walk.deny(kind, ref.id, direction, block)

    # Transit gateways.

    def transit_gateway(self, walk: Walk, place: Place, gateway_id: str, table_id: str, leg: Leg) -> None:
        """Through a transit gateway into the VPC that its route table names, and back."""
        ref = ResourceRef(type="transit_gateway", id=gateway_id)
        kind = "transit_gateway"
        if gateway_id in leg.came:
            self._loop(walk, gateway_id, kind, table_id, leg)
            return
        try:
            own = self._attachment_of_vpc(gateway_id, place)
        except NotCollectedError as gap:
            self._unseen(walk, ref, f"attachments of {gateway_id} were not read", gap.operations)
            return
        if own is None or own.state not in _LIVE:
            reason = f"{place.subnet.vpc_id} is not attached to {gateway_id}" + (f" ({own.state})" if own else "")
            state = own.state if own else None
            self._dead_end(
                walk, kind, ref, table_id, reason, "ec2:DescribeTransitGatewayVpcAttachments", "State", state
            )
            return
        near = self._entry(own, place)
        hidden = self._unread_subnets(own)
        if near is None and hidden:
            operations = () if place.scope.subnets.is_complete else (tables.SUBNETS.operation,)
            detail = f"{', '.join(hidden)} of {own.attachment_id} may lie in {place.subnet.availability_zone}: not read"
            self._unseen(walk, ref, detail, operations)
            return
        if near is None and own.subnet_ids:
            zone = place.subnet.availability_zone
            reason = f"{own.attachment_id} has no subnet in {zone}: {gateway_id} takes nothing from there"
            value = ", ".join(own.subnet_ids)
            self._dead_end(
                walk, kind, ref, table_id, reason, "ec2:DescribeTransitGatewayVpcAttachments", "SubnetIds", value
            )
            return
        if near is not None:
            self.acl(walk, near, egress=False, is_reply=False, direction="egress", leg=None)
        if walk.is_over:
            return
        self._across(walk, place, ref, own, leg)
        if near is not None and near.subnet_id != place.subnet_id:
            self.acl(walk, near, egress=True, is_reply=True, direction="return", leg=None)

    def _unseen(self, walk: Walk, ref: ResourceRef, detail: str, operations: tuple[str, ...]) -> None:
        walk.hide(ref.type, ref, "egress", detail)
        walk.missing.extend(operations)

    def _across(self, walk: Walk, place: Place, ref: ResourceRef, own: Attachment, leg: Leg) -> None:
        try:
            routes, table_id, is_whole = self._routes_of(own)
        except NotCollectedError as gap:
            self._unseen(walk, ref, f"routes of {ref.id} were not read", gap.operations)
            return
        branches: list[Walk] = []
        rest = column(walk.flows, TO_DESTINATION.address)
        for route in routes:
            part = intersect(rest, route.addresses) if route.family is walk.family else ()
            if not part:
                continue
            rest = subtract(rest, part)
            if leg.goal.is_internet and size(route.addresses) <= 1 << (walk.family.bits - SPECIFIC):
                continue
            branch = walk.fork(within(walk.flows, part, TO_DESTINATION)[0])
            self._along(branch, place, ref, own, route, table_id, leg)
            branches.append(branch)
        if rest:
            branch = walk.fork(within(walk.flows, rest, TO_DESTINATION)[0])
            text = describe_addresses(rest, walk.family)
            if is_whole:
                self._lost(branch, ref, table_id, f"{table_id} of {ref.id} has no route to {text}", "egress")
            else:
                operation = tables.TRANSIT_GATEWAY_ROUTES.operation
                self._unseen(branch, ref, f"{table_id} may have more routes than were read", (operation,))
            branches.append(branch)
        walk.join(branches)

    def _lost(self, walk: Walk, ref: ResourceRef, table_id: str, reason: str, direction: Direction) -> None:
        operation = tables.TRANSIT_GATEWAY_ROUTES.operation
        evidence = Evidence(operation=operation, resource=table_id, field="Routes", value="no active route")
        resource = ResourceRef(type="transit_gateway_route_table", id=table_id)
        block = Block(check_id="NET005", resource=resource, reason=reason, evidence=(evidence,))
        walk.deny("transit_gateway", ref.id, direction, block)

    def _along(
        self, walk: Walk, place: Place, ref: ResourceRef, own: Attachment, route: TransitRoute, table_id: str, leg: Leg
    ) -> None:
        if route.is_blackhole:
            self._lost(walk, ref, table_id, f"{route.text} in {table_id} is a blackhole", "egress")
            return
        targets = [a for id_ in route.attachment_ids if (a := self._attachments.get(id_)) is not None]
        target = targets[0] if targets else None
        places = (
            self.network.places_of_vpc(target.resource_id, place.scope, anywhere=True)
            if target and target.resource_type == "vpc" and target.resource_id
            else ()
        )
        if target is None or not places:
            what = f"{target.resource_type} {target.resource_id}" if target else "an attachment that was not read"
            walk.hide("transit_gateway", ref, "egress", f"{route.text} in {table_id}: leads to {what}, not read")
            return
        walk.allow("transit_gateway", ref.id, "egress", f"{route.text} in {table_id}")
        entry = self._entry(target, place) or self._any_entry(target, places)
        far_leg = replace(
            leg,
            groups=None,
            doubtful_groups=(leg.groups or frozenset())
            if own.carries_groups and target.carries_groups
            else frozenset(),
            came=(*leg.came, ref.id),
            entered=(TargetKind.TRANSIT_GATEWAY, ref.id),
        )
        self.leave(walk, entry, far_leg)
        if not walk.is_over:
            self._back_across(walk, ref, own, target)

    def _back_across(self, walk: Walk, ref: ResourceRef, own: Attachment, target: Attachment) -> None:
        """The table of the far attachment must lead replies to the near one."""
        try:
            routes, table_id, is_whole = self._routes_of(target)
        except NotCollectedError as gap:
            walk.unread("transit_gateway", ref.id, "return", gap)
            return
        rest = column(walk.flows, TO_SOURCE.address)
        alive = walk.flows
        for route in routes:
            part = intersect(rest, route.addresses) if route.family is walk.family else ()
            if not part:
                continue
            rest = subtract(rest, part)
            if route.is_blackhole or own.attachment_id not in route.attachment_ids:
                alive = within(alive, part, TO_SOURCE)[1]
                self._lost_reply(walk, ref, table_id, f"{route.text} in {table_id} does not lead replies back")
            else:
                walk.allow("transit_gateway", ref.id, "return", f"{route.text} in {table_id}")
        if rest and is_whole:
            alive = within(alive, rest, TO_SOURCE)[1]
            text = describe_addresses(rest, walk.family)
            self._lost_reply(walk, ref, table_id, f"{table_id} of {ref.id} has no route back to {text}")
        elif rest:
            walk.doubt(
                "transit_gateway",
                ref.id,
                "return",
                f"{table_id} may have more routes than were read",
                (tables.TRANSIT_GATEWAY_ROUTES.operation,),
            )
        walk.flows = alive

    def _lost_reply(self, walk: Walk, ref: ResourceRef, table_id: str, reason: str) -> None:
        flows = walk.flows
        self._lost(walk, ref, table_id, reason, "return")
        walk.flows = flows

    # What joins what.

    @cached_property
    def _attachments(self) -> dict[str, Attachment]:
        found: dict[str, Attachment] = {}
        for scope in self.network.model.scopes:
            for row in scope.table(tables.TRANSIT_GATEWAY_ATTACHMENTS).known():
                found[row.transit_gateway_attachment_id] = Attachment(
                    row.transit_gateway_attachment_id,
                    row.transit_gateway_id,
                    row.resource_type,
                    row.resource_id,
                    row.state,
                    (),
                    row.association.transit_gateway_route_table_id if row.association else None,
                )
        for scope in self.network.model.scopes:
            for vpc_row in scope.table(tables.TRANSIT_GATEWAY_VPC_ATTACHMENTS).known():
                id_ = vpc_row.transit_gateway_attachment_id
                general = found.get(id_)
                found[id_] = Attachment(
                    id_,
                    vpc_row.transit_gateway_id,
                    "vpc",
                    vpc_row.vpc_id,
                    vpc_row.state,
                    vpc_row.subnet_ids,
                    general.route_table_id if general else None,
                    vpc_row.options is None or vpc_row.options.security_group_referencing_support != "disable",
                )
        for scope in self.network.model.scopes:
            for table in scope.table(tables.TRANSIT_GATEWAY_ASSOCIATIONS).known():
                for association in table.associations:
                    id_ = association.transit_gateway_attachment_id or ""
                    if id_ in found and association.state in {None, "associated", "associating"}:
                        found[id_] = replace(found[id_], route_table_id=table.transit_gateway_route_table_id)
        return found

    def _attachment_of_vpc(self, gateway_id: str, place: Place) -> Attachment | None:
        found = [
            attachment
            for attachment in self._attachments.values()
            if attachment.transit_gateway_id == gateway_id and attachment.resource_id == place.subnet.vpc_id
        ]
        if found:
            # A deleted attachment shows for a while, beside the one that took its place.
            return min(found, key=lambda attachment: attachment.state not in _LIVE)
        if not place.scope.table(tables.TRANSIT_GATEWAY_ATTACHMENTS).is_complete:
            place.scope.table(tables.TRANSIT_GATEWAY_VPC_ATTACHMENTS).require()
        self.network.require_owner(tables.TRANSIT_GATEWAY_VPC_ATTACHMENTS.operation, place)
        return None

    def _unread_subnets(self, attachment: Attachment) -> tuple[str, ...]:
        scopes = self.network.model.scopes
        return tuple(
            subnet_id
            for subnet_id in attachment.subnet_ids
            if all(scope.subnets.peek(subnet_id) is None for scope in scopes)
        )

    def _entry(self, attachment: Attachment, place: Place) -> Place | None:
        """The subnet of an attachment in the zone that the traffic comes from."""
        for subnet_id in attachment.subnet_ids:
            for scope in self.network.model.scopes:
                subnet = scope.subnets.peek(subnet_id)
                if subnet is not None and _same_zone(subnet, place.subnet):
                    return Place(scope, subnet)
        return None

    def _any_entry(self, attachment: Attachment, places: tuple[Place, ...]) -> Place:
        return next((place for place in places if place.subnet_id in attachment.subnet_ids), places[0])

    def _routes_of(self, attachment: Attachment) -> tuple[tuple[TransitRoute, ...], str, bool]:
        """The routes for what comes from an attachment, the longest prefix first, their table, and if that is all.

        Raises:
            NotCollectedError: neither the routes nor what propagates into the table was read.
        """
        table_id = attachment.route_table_id
        if table_id is None:
            raise NotCollectedError(
                (tables.TRANSIT_GATEWAY_ATTACHMENTS.operation, tables.TRANSIT_GATEWAY_ASSOCIATIONS.operation)
            )
        for scope in self.network.model.scopes:
            searched = scope.table(tables.TRANSIT_GATEWAY_ROUTES).peek(table_id)
            if searched is not None:
                routes = [_static(route) for route in searched.routes if route.destination_cidr_block]
                return _longest_first(routes), table_id, not searched.additional_routes_available
        for scope in self.network.model.scopes:
            propagating = scope.table(tables.TRANSIT_GATEWAY_PROPAGATIONS).peek(table_id)
            if propagating is not None:
                return _longest_first(self._propagated(propagating)), table_id, False
        raise NotCollectedError((tables.TRANSIT_GATEWAY_ROUTES.operation,))

    def _propagated(self, table: ec2.TransitGatewayRouteTablePropagations) -> list[TransitRoute]:
        """The CIDRs of the VPCs whose attachments propagate into a table."""
        routes: list[TransitRoute] = []
        for propagation in table.transit_gateway_route_table_propagations:
            if propagation.resource_type != "vpc" or propagation.state not in {None, "enabled", "enabling"}:
                continue
            attachment_id = propagation.transit_gateway_attachment_id
            places = next(
                (
                    found
                    for scope in self.network.model.scopes
                    if (found := self.network.places_of_vpc(propagation.resource_id or "", scope, anywhere=True))
                ),
                (),
            )
            for cidr in self.network.vpc_blocks(places[0]) if places and attachment_id else ():
                parsed = parse_cidr(cidr)
                if parsed is not None and attachment_id:
                    routes.append(TransitRoute(f"{cidr} (propagated)", *parsed, False, (attachment_id,)))
        return routes


def _static(route: ec2.TransitGatewayRoute) -> TransitRoute:
    cidr = route.destination_cidr_block or ""
    ids = tuple(
        a.transit_gateway_attachment_id for a in route.transit_gateway_attachments if a.transit_gateway_attachment_id
    )
    family, numbers = parse_cidr(cidr) or (Family.IPV4, EMPTY)
    text = f"{cidr} -> {', '.join(ids) or 'nothing'}" + (f" ({route.type})" if route.type else "")
    return TransitRoute(text, family, numbers, route.state == "blackhole", ids)


def _longest_first(routes: list[TransitRoute]) -> tuple[TransitRoute, ...]:
    def width(route: TransitRoute) -> int:
        return route.addresses[0][1] - route.addresses[0][0]

    return tuple(sorted((route for route in routes if route.addresses), key=width))


def _same_zone(one: ec2.Subnet, other: ec2.Subnet) -> bool:
    # Zone names are shuffled from account to account, zone ids are not.
    if one.availability_zone_id and other.availability_zone_id:
        return one.availability_zone_id == other.availability_zone_id
    return one.availability_zone == other.availability_zone
