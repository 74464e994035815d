"""The network of a snapshot: every scope's VPC objects, found by id and compiled once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from awsvpc_audit.analyzers.reachability.address import (
    Family,
    Ranges,
    addresses,
    intersect,
    parse_cidr,
    subtract,
    symbol,
    union,
)
from awsvpc_audit.analyzers.reachability.network_acl import NetworkAclRules
from awsvpc_audit.analyzers.reachability.routes import RouteTableRules
from awsvpc_audit.analyzers.reachability.security_group import Listed, SecurityGroupRules
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope
from awsvpc_audit.model.tables import TableSpec

Row = TypeVar("Row")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Place:
    """A subnet, with the scope that it was read in."""

    scope: Scope
    subnet: ec2.Subnet

    @property
    def subnet_id(self) -> str:
        """Its id."""
        return self.subnet.subnet_id

    @property
    def vpc_id(self) -> str:
        """The VPC it lies in.

        Raises:
            NotCollectedError: the source left it out.
        """
        if self.subnet.vpc_id is None:
            raise NotCollectedError(("ec2:DescribeSubnets",), "VpcId")
        return self.subnet.vpc_id

    def blocks(self, family: Family) -> Ranges:
        """Its addresses of one family."""
        if family is Family.IPV4:
            return addresses((self.subnet.cidr_block,), family)
        return addresses(self.subnet.ipv6_cidr_blocks, family)


class Network:
    """Look-ups over the scopes of a model.

    An id is looked up in the scope that names it first, then in other accounts of the same Region, which may share it.
    Another Region is reached by way of peering and transit gateways alone: nothing of it stands in for what was not
    read here.
    """

    def __init__(self, model: Model) -> None:
        """Wrap a model; nothing is read or compiled before it is asked for."""
        self.model = model
        self._made: dict[tuple[str, str, str], Any] = {}

    def near(self, home: Scope) -> Iterator[Scope]:
        """A scope, then those of other accounts in its Region."""
        yield home
        yield from (scope for scope in self.model.scopes if scope is not home and scope.region == home.region)

    def find(self, spec: TableSpec[Row], key: str, home: Scope) -> tuple[Scope, Row] | None:
        """A row by id, with the scope it was read in; ``None`` where it is proven that the home scope has none.

        Raises:
            NotCollectedError: it may exist but was not read.
        """
        for scope in self.near(home):
            row = scope.table(spec).peek(key)
            if row is not None:
                return scope, row
        home.table(spec).get(key)
        return None

    def owned(self, spec: TableSpec[Row], key: str, place: Place) -> tuple[Scope, Row] | None:
        """As `find`, for what belongs to a subnet's VPC.

        A subnet that another account shares shows here, and its gateways do not: then "none" proves nothing
        (docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html).
        """
        found = self.find(spec, key, place.scope)
        if found is None:
            self.require_owner(spec.operation, place)
        return found

    @staticmethod
    def require_owner(operation: str, place: Place) -> None:
        """That a subnet is this account's own: only then does it prove something that nothing is found.

        Raises:
            NotCollectedError: another account shares it.
        """
        owner = place.subnet.owner_id
        if owner is not None and owner.isdigit() and owner != place.scope.account:
            raise NotCollectedError((operation,), f"of account {owner}, which shares {place.subnet_id}")

    def _once(self, kind: str, scope: Scope, key: str, make: Callable[[], Made]) -> Made:
        slot = (kind, f"{scope.account}/{scope.region}", key)
        if slot not in self._made:
            self._made[slot] = make()
        made: Made = self._made[slot]
        return made

    # Subnets and VPCs.

    def place(self, subnet_id: str, home: Scope) -> Place | None:
        """A subnet by id.

        Raises:
            NotCollectedError: it may exist but was not read.
        """
        found = self.find(tables.SUBNETS, subnet_id, home)
        return Place(*found) if found else None

    def vpc_blocks(self, place: Place) -> tuple[str, ...]:
        """The CIDRs of a subnet's VPC, as far as they were read; those of the subnet where these leave them out."""
        own = tuple(b for b in (place.subnet.cidr_block, *place.subnet.ipv6_cidr_blocks) if b)
        if place.subnet.vpc_id is None:
            return own
        for scope in self.near(place.scope):
            vpc = scope.vpcs.peek(place.subnet.vpc_id)
            if vpc is not None:
                blocks = cidr_blocks_of(vpc)
                return (*blocks, *(block for block in own if not _lies_in(block, blocks)))
        return own

    def places_of_vpc(self, vpc_id: str, home: Scope, *, anywhere: bool = False) -> tuple[Place, ...]:
        """The subnets of a VPC that were read.

        Args:
            vpc_id: the VPC.
            home: where it is looked for first.
            anywhere: whether it may lie in another Region, as the far side of a peering connection or of a transit
                gateway may.
        """

        def find() -> tuple[Place, ...]:
            far = (scope for scope in self.model.scopes if anywhere and scope.region != home.region)
            for scope in (*self.near(home), *far):
                rows = scope.subnets.known_where("vpc_id", lambda s: (s.vpc_id,), vpc_id)
                if rows:
                    return tuple(Place(scope, row) for row in sorted(rows, key=lambda s: s.subnet_id))
            return ()

        return self._once("places anywhere" if anywhere else "places", home, vpc_id, find)

    def places_with(self, vpc_id: str, home: Scope, family: Family, wanted: Ranges) -> tuple[tuple[Place, Ranges], ...]:
        """The subnets of a VPC that hold some of these addresses, each with the ones it holds.

        Raises:
            NotCollectedError: subnets of the VPC may be missing.
        """
        found = tuple(
            (place, part)
            for place in self.places_of_vpc(vpc_id, home)
            if (part := intersect(place.blocks(family), wanted))
        )
        if not found:
            home.subnets.require()
        return found

    # What is compiled once.

    def network_acl(self, place: Place) -> NetworkAclRules:
        """The effective ACL of a subnet: the associated one, else the default one of its VPC.

        Raises:
            NotCollectedError: it was not read.
        """

        def find() -> NetworkAclRules:
            for scope in self.near(place.scope):
                rows = scope.network_acls.known_where(
                    "subnet_id", lambda a: [x.subnet_id for x in a.associations if x.subnet_id], place.subnet_id
                )
                if rows:
                    return self._acl(scope, rows[0])
            acl = place.scope.network_acl_of(place.subnet)
            if acl is None:
                raise place.scope.network_acls.missing()
            return self._acl(place.scope, acl)

        return self._once("acl of", place.scope, place.subnet_id, find)

    def _acl(self, scope: Scope, acl: ec2.NetworkAcl) -> NetworkAclRules:
        return self._once("acl", scope, acl.network_acl_id, lambda: NetworkAclRules(acl))

    def route_table(self, place: Place) -> RouteTableRules:
        """The effective route table of a subnet: the explicitly associated one, else the main one of its VPC.

        Raises:
            NotCollectedError: it was not read.
        """

        def find() -> RouteTableRules:
            for scope in self.near(place.scope):
                rows = scope.route_tables.known_where(
                    "subnet_id", lambda t: [a.subnet_id for a in t.associations if a.subnet_id], place.subnet_id
                )
                if rows:
                    return self.compiled(scope, rows[0], place)
            table = place.scope.route_table_of(place.subnet)
            if table is None:
                raise place.scope.route_tables.missing()
            return self.compiled(place.scope, table, place)

        return self._once("routes of", place.scope, place.subnet_id, find)

    def compiled(self, scope: Scope, table: ec2.RouteTable, place: Place) -> RouteTableRules:
        """A route table of a subnet's VPC, ready to ask."""
        return self._once(
            "routes",
            scope,
            table.route_table_id,
            lambda: RouteTableRules(
                self._with_endpoint_routes(scope, table),
                self.vpc_blocks(place),
                lambda key: self.prefix_list(key, scope),
            ),
        )

    def _with_endpoint_routes(self, scope: Scope, table: ec2.RouteTable) -> ec2.RouteTable:
        """A table with the routes of its gateway endpoints, which some sources tell with the endpoint alone."""
        written = {route.gateway_id for route in table.routes if route.destination_prefix_list_id}
        added = tuple(
            ec2.Route(
                destination_prefix_list_id=self.service_prefix_lists(endpoint.service_name, scope)[0],
                gateway_id=endpoint.vpc_endpoint_id,
                state="active",
            )
            for endpoint in scope.table(tables.VPC_ENDPOINTS).known()
            if endpoint.vpc_endpoint_type == "Gateway"
            and endpoint.service_name
            and table.route_table_id in endpoint.route_table_ids
            and endpoint.vpc_endpoint_id not in written
        )
        return msgspec.structs.replace(table, routes=(*table.routes, *added)) if added else table

    def security_groups(self, group_ids: tuple[str, ...], home: Scope) -> tuple[SecurityGroupRules, ...]:
        """Groups by id; one that is proven to be gone is left out.

        Raises:
            NotCollectedError: one may exist but was not read.
        """
        rules: list[SecurityGroupRules] = []
        for group_id in group_ids:
            found = self.find(tables.SECURITY_GROUPS, group_id, home)
            if found is not None:
                scope, group = found
                rules.append(self._once("group", scope, group_id, lambda group=group: SecurityGroupRules(group)))  # type: ignore[misc]
        return tuple(rules)

    def default_group(self, vpc_id: str, home: Scope) -> str | None:
        """The id of a VPC's default group, which what names no group gets.

        Raises:
            NotCollectedError: it was not read.
        """
        for scope in self.near(home):
            for group in scope.security_groups.known_where("vpc_id", lambda g: (g.vpc_id,), vpc_id):
                if group.group_name == "default":
                    return group.group_id
        home.security_groups.require()
        return None

    # What rules name indirectly.

    def prefix_list(self, prefix_list_id: str, home: Scope) -> Listed:
        """The addresses of a prefix list; a stand-in where they were not read."""
        return self._once("prefix list", home, prefix_list_id, lambda: self._prefix_list(prefix_list_id, home))

    def _prefix_list(self, prefix_list_id: str, home: Scope) -> Listed:
        for scope in self.near(home):
            entries = scope.table(tables.PREFIX_LIST_ENTRIES).peek(prefix_list_id)
            if entries is not None:
                return _listed(entry.cidr for entry in entries.entries)
            aws = scope.table(tables.PREFIX_LISTS).peek(prefix_list_id)
            if aws is not None and aws.cidrs:
                return _listed(aws.cidrs)
        number = self._number(prefix_list_id)
        symbols = {family: symbol(number, family) for family in Family}
        return Listed(
            symbols,
            blocks=tuple((family, pairs[0]) for family, pairs in symbols.items()),
            operations=(tables.PREFIX_LIST_ENTRIES.operation,),
        )

    def _number(self, prefix_list_id: str) -> int:
        numbers: dict[str, int] = self._made.setdefault(("numbers", "", ""), {})
        return numbers.setdefault(prefix_list_id, len(numbers))

    def service_prefix_lists(self, service_name: str, home: Scope) -> tuple[str, ...]:
        """The ids of AWS's prefix lists for a service (`com.amazonaws.us-east-1.s3`), as far as anything tells them.

        The lists themselves tell, or a gateway endpoint's route does. Where nothing does, there is one id that stands
        for the list; so there is always one.
        """

        def find() -> tuple[str, ...]:
            ids = {
                row.prefix_list_id
                for row in home.table(tables.PREFIX_LISTS).known()
                if row.prefix_list_name == service_name
            }
            ids |= {
                row.prefix_list_id
                for row in home.table(tables.MANAGED_PREFIX_LISTS).known()
                if row.prefix_list_name == service_name
            }
            endpoints = {
                row.vpc_endpoint_id
                for row in home.table(tables.VPC_ENDPOINTS).known()
                if row.service_name == service_name and row.vpc_endpoint_type == "Gateway"
            }
            for table in home.route_tables.known():
                for route in table.routes:
                    if route.destination_prefix_list_id and route.gateway_id in endpoints:
                        ids.add(route.destination_prefix_list_id)
            return tuple(sorted(ids)) or (f"pl-of-{service_name}",)

        return self._once("service prefix lists", home, service_name, find)

    def members(self, group_id: str, home: Scope) -> Listed:
        """The private addresses of the interfaces that have a group."""

        def find() -> Listed:
            found: dict[Family, list[Ranges]] = {family: [] for family in Family}
            scopes = tuple(self.near(home))
            # Its members lie where it does: a peer's group may be named here.
            owner = next((scope for scope in scopes if scope.security_groups.peek(group_id) is not None), home)
            complete = owner.network_interfaces.is_complete
            for scope in scopes:
                enis = scope.network_interfaces
                for eni in enis.known_where("group_id", lambda e: [g.group_id for g in e.groups], group_id):
                    for family in Family:
                        found[family].append(eni_addresses(eni, family))
            return Listed(
                {family: union(*parts) for family, parts in found.items()},
                operations=() if complete else (tables.NETWORK_INTERFACES.operation,),
            )

        return self._once("members", home, group_id, find)

    # Interfaces by address.

    def eni_with_address(
        self, address: int, family: Family, vpc_id: str | None, home: Scope
    ) -> tuple[Scope, ec2.NetworkInterface] | None:
        """The interface that has a private address in a VPC; ``None`` where it is proven that there is none.

        Raises:
            NotCollectedError: interfaces may be missing.
        """
        for scope in self.near(home):
            for eni in scope.network_interfaces.known_where("address", _address_keys, (family, address)):
                if vpc_id is None or eni.vpc_id is None or eni.vpc_id == vpc_id:
                    return scope, eni
        home.network_interfaces.require()
        return None

    def primary_interface(self, instance_id: str, place: Place) -> ec2.NetworkInterface | None:
        """An instance's primary interface by what interfaces say; ``None`` where it is proven that it has none.

        Raises:
            NotCollectedError: interfaces may be missing.
        """
        for scope in self.near(place.scope):
            for eni in scope.network_interfaces.known_where("instance_id", _instance_of, instance_id):
                if eni.attachment and not eni.attachment.device_index and not eni.attachment.network_card_index:
                    return eni
        place.scope.network_interfaces.require()
        self.require_owner(tables.NETWORK_INTERFACES.operation, place)
        return None


def _instance_of(eni: ec2.NetworkInterface) -> tuple[str, ...]:
    return (eni.attachment.instance_id,) if eni.attachment and eni.attachment.instance_id else ()


def _address_keys(eni: ec2.NetworkInterface) -> list[tuple[Family, int]]:
    return [
        (family, low) for family in Family for low, high in eni_addresses(eni, family) for low in range(low, high + 1)
    ]


def eni_addresses(eni: ec2.NetworkInterface, family: Family) -> Ranges:
    """The private addresses of an interface."""
    if family is Family.IPV4:
        texts = [eni.private_ip_address, *(a.private_ip_address for a in eni.private_ip_addresses)]
    else:
        texts = [a.ipv6_address for a in eni.ipv6_addresses]
    return addresses(texts, family)


def cidr_blocks_of(vpc: ec2.Vpc) -> tuple[str, ...]:
    """The CIDRs of a VPC that are in use, of both families."""
    blocks = [vpc.cidr_block]
    for association in vpc.cidr_block_association_set:
        state = association.cidr_block_state.state if association.cidr_block_state else None
        if state is None or ("disassociat" not in state and "fail" not in state):
            blocks.append(association.cidr_block)
    return tuple(dict.fromkeys(b for b in (*blocks, *vpc.ipv6_cidr_blocks) if b))


def _lies_in(cidr: str, blocks: tuple[str, ...]) -> bool:
    parsed = parse_cidr(cidr)
    return parsed is not None and not subtract(parsed[1], addresses(blocks, parsed[0]))


def _listed(cidrs: Any) -> Listed:
    parsed = [found for found in (parse_cidr(cidr) for cidr in cidrs if cidr) if found is not None]
    return Listed(
        {family: union(*(block for each, block in parsed if each is family)) for family in Family},
        blocks=tuple((family, block[0]) for family, block in parsed),
    )


def primary_network_interface(instance: ec2.Instance) -> str | None:
    """The id of an instance's primary interface: device 0 of network card 0."""
    for eni in instance.network_interfaces:
        attachment = eni.attachment
        if attachment and attachment.device_index == 0 and attachment.network_card_index in {0, None}:
            return eni.network_interface_id
    return instance.network_interfaces[0].network_interface_id if len(instance.network_interfaces) == 1 else None
