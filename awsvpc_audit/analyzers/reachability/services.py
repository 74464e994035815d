"""AWS services as destinations: what a service's name resolves to from a subnet, and the way there.

Sources: docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html and
manage-dns-names.html, docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from awsvpc_audit.analyzers.reachability.address import (
    INTERNET,
    Family,
    Ranges,
    addresses,
    describe_addresses,
    subtract,
    union,
)
from awsvpc_audit.analyzers.reachability.engine import Engine
from awsvpc_audit.analyzers.reachability.gateways import endpoint_down, is_available
from awsvpc_audit.analyzers.reachability.network import Place
from awsvpc_audit.analyzers.reachability.steps import Goal, Node, node_of_eni
from awsvpc_audit.analyzers.reachability.trace import Block, Outcome, Walk
from awsvpc_audit.analyzers.reachability.zones import ZoneAnswer, zone_answer
from awsvpc_audit.findings import Evidence, PathHop, ResourceRef, Verdict
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope

GATEWAY_SERVICES = frozenset({"s3", "dynamodb"})
"""Services with gateway endpoints, and so with prefix lists of their own."""

_HOSTS = {"ecr.api": "api.ecr", "ecr.dkr": "dkr.ecr", "ecs-agent": "ecs-a", "ecs-telemetry": "ecs-t"}
_SERVICES = {host: service for service, host in _HOSTS.items()}
_REGIONAL = re.compile(r"(?:\d{12}\.)?(?P<name>[a-z][a-z0-9.-]*?)\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?")
_NO_ROUTE_CHECKS = frozenset({"NET001", "NET002", "NET004"})
"""Blocks that mean "there is no way to the internet here", not "the way is broken"."""


def dns_name(service: str, region: str) -> str:
    """The name that clients of a service ask for: `api.ecr.us-east-1.amazonaws.com`."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{_HOSTS.get(service, service)}.{region}.{suffix}"


def service_named(host: str) -> str | None:
    """The service that a host is the Regional name of, as its endpoints call it; ``None`` for any other host.

    `123456789012.dkr.ecr.us-east-1.amazonaws.com` is that of `ecr.dkr`.
    """
    found = _REGIONAL.fullmatch(host)
    return _SERVICES.get(found["name"], found["name"]) if found else None


@dataclass(frozen=True, slots=True)
class Resolver:
    """How names resolve in a VPC.

    Attributes:
        support, hostnames: the VPC's DNS attributes; ``None`` where they were not read.
        servers: of the DHCP options, where they are not Amazon's; their answers cannot be known.
        dhcp_options_id: of the set that names them.
        unread: operations that failed and would have said which servers there are.
    """

    support: bool | None
    hostnames: bool | None
    servers: tuple[str, ...] = ()
    dhcp_options_id: str = ""
    unread: tuple[str, ...] = ()


class Reachability(Engine):
    """The engine with AWS services as destinations: what checks, reports and commands ask."""

    def to_service(
        self,
        node: Node,
        service: str,
        *,
        protocol: str = "tcp",
        port: int | None = 443,
        has_ipv4_name: bool = False,
    ) -> Outcome:
        """Whether an interface reaches an AWS service of its Region, by endpoint or over the internet.

        Args:
            node: where the call leaves from.
            service: the last part of the endpoint service's name: `ecr.api`, `s3`, `logs` ….
            protocol: as AWS writes it.
            port: of the service.
            has_ipv4_name: whether it is called by a name that has IPv4 addresses alone.
        """
        return self.answer(
            ("service", service, node.key, protocol, port, has_ipv4_name),
            lambda: self._to_service(node, service, protocol, port, has_ipv4_name=has_ipv4_name),
        )

    def endpoints(self, node: Node, service: str) -> tuple[ec2.VpcEndpoint, ...]:
        """The interface endpoints for a service in an interface's VPC.

        Raises:
            NotCollectedError: endpoints were not read.
        """
        return self._endpoints(node.place, service)

    def _endpoints(self, place: Place, service: str) -> tuple[ec2.VpcEndpoint, ...]:
        ending = f".{place.scope.region}.{service}"
        found = [
            endpoint
            for scope in self.network.near(place.scope)
            for endpoint in scope.table(tables.VPC_ENDPOINTS).known()
            if endpoint.vpc_id == place.subnet.vpc_id
            and (endpoint.service_name or "").endswith(ending)
            and endpoint.vpc_endpoint_type not in {"Gateway", "GatewayLoadBalancer"}
            and (endpoint.state or "").lower() not in {"deleted", "deleting"}
        ]
        place.scope.table(tables.VPC_ENDPOINTS).require()
        return tuple(sorted(found, key=lambda endpoint: endpoint.vpc_endpoint_id))

    def _to_service(self, node: Node, service: str, protocol: str, port: int | None, *, has_ipv4_name: bool) -> Outcome:
        family = Family.IPV4 if node.ipv4 else Family.IPV6

        def public() -> Outcome:
            if family is Family.IPV6:
                return self._public_ipv6(node, protocol, port, has_ipv4_name=has_ipv4_name)
            return self._public(node, service, protocol, port)

        try:
            endpoints = self._endpoints(node.place, service)
        except NotCollectedError as gap:
            return _unread(service, public(), gap)
        resolver = self._resolver(node.place)
        private = self._private(node, endpoints, service, family, protocol, port, resolver)
        if resolver.support is False and not resolver.servers:
            return _no_names(node.place, service, endpoints)
        zone = zone_answer(self.network, node.place, dns_name(service, node.place.scope.region))
        if private is None and zone is not None and not zone.fault and resolver.hostnames is not False:
            private = self._by_zone(node, zone, family, protocol, port)
        if private is None:
            return self._without_endpoint(node, service, endpoints, resolver, public(), zone)
        return self._doubted(node.place, private, public, resolver)

    def _doubted(
        self, place: Place, private: Outcome, ask_public: Callable[[], Outcome], resolver: Resolver
    ) -> Outcome:
        """The way by endpoint, where nothing speaks against private DNS; both ways where something might."""
        missing: tuple[str, ...] = ()
        opaque: tuple[ResourceRef, ...] = ()
        if resolver.servers:
            detail = f"names are resolved by {', '.join(resolver.servers)}: whether it knows private names is not seen"
            opaque = (ResourceRef(type="dhcp_options", id=resolver.dhcp_options_id),)
        elif resolver.unread:
            missing = resolver.unread
            detail = f"not read: {', '.join(missing)}"
        elif resolver.support is None or resolver.hostnames is None:
            missing = (tables.VPC_ATTRIBUTES.operation,)
            detail = f"not read: {missing[0]}"
        else:
            return private
        public = ask_public()
        if private.verdict is public.verdict:
            return private
        hop = PathHop(kind="dns", id=place.subnet.vpc_id or "", direction="egress", verdict="unknown", detail=detail)
        alive = private.passed or public.passed
        return replace(
            private,
            hops=(hop, *private.hops),
            passed=alive,
            missing=tuple(dict.fromkeys((*missing, *private.missing, *public.missing))),
            opaque=(*opaque, *private.opaque),
        )

    # By interface endpoint.

    def _private(
        self,
        node: Node,
        endpoints: tuple[ec2.VpcEndpoint, ...],
        service: str,
        family: Family,
        protocol: str,
        port: int | None,
        resolver: Resolver,
    ) -> Outcome | None:
        """The way by an endpoint whose private DNS works; ``None`` where there is no such endpoint."""
        if resolver.support is False or resolver.hostnames is False:
            return None
        for endpoint in endpoints:
            if endpoint.private_dns_enabled and is_available(endpoint) and _answers(endpoint, service, family):
                return self._by_endpoint(node, endpoint, family, protocol, port, "private DNS on")
        return None

    def _by_endpoint(
        self, node: Node, endpoint: ec2.VpcEndpoint, family: Family, protocol: str, port: int | None, how: str
    ) -> Outcome:
        ref = ResourceRef(type="vpc_endpoint", id=endpoint.vpc_endpoint_id)
        walk = Walk(family, ())
        try:
            doors = self._doors(endpoint, node.place)
        except NotCollectedError as gap:
            walk.unread("vpc_endpoint", endpoint.vpc_endpoint_id, "egress", gap)
            return replace(walk.outcome(), opaque=(ref,))
        found = describe_addresses(union(*(door.addresses(family) for door in doors)), family)
        walk.allow("dns", endpoint.vpc_endpoint_id, "egress", f"{how} {endpoint.vpc_endpoint_id} -> {found}")
        branches = [
            self.to_node(node, door, family, protocol=protocol, port=port, admission=("END003", ref))
            for door in doors
            if door.addresses(family)
        ]
        outcome = _joined(walk, branches)
        arrived = PathHop(
            kind="vpc_endpoint",
            id=endpoint.vpc_endpoint_id,
            direction="ingress",
            verdict="allow",
            detail=f"interface endpoint for {endpoint.service_name}",
        )
        if not outcome.passed:
            return outcome
        return replace(outcome, hops=(*outcome.hops, arrived), through=(*outcome.through, ref))

    def _doors(self, endpoint: ec2.VpcEndpoint, near: Place) -> tuple[Node, ...]:
        """The interfaces of an endpoint, one in each of its subnets.

        Raises:
            NotCollectedError: neither its interfaces nor its subnets were read.
        """
        groups = tuple(group.group_id for group in endpoint.groups if group.group_id)
        doors: list[Node] = []
        places: set[str] = set()
        for eni_id in endpoint.network_interface_ids:
            for scope in self.network.near(near.scope):
                eni = scope.network_interfaces.peek(eni_id)
                place = self.network.place(eni.subnet_id, scope) if eni and eni.subnet_id else None
                if eni is not None and place is not None:
                    door = node_of_eni(eni, place)
                    doors.append(replace(door, groups=groups or door.groups))
                    places.add(place.subnet_id)
                    break
        for subnet_id in endpoint.subnet_ids:
            place = self.network.place(subnet_id, near.scope) if subnet_id not in places else None
            if place is not None:
                doors.append(
                    Node(
                        place=place,
                        ipv4=place.blocks(Family.IPV4),
                        ipv6=place.blocks(Family.IPV6) if _is_dual(endpoint) else (),
                        groups=groups or self._default_groups(place),
                        without_public=("NET001", ResourceRef(type="subnet", id=subnet_id)),
                        description=f"{endpoint.vpc_endpoint_id} in {subnet_id}",
                    )
                )
        if not doors:
            raise NotCollectedError((tables.NETWORK_INTERFACES.operation,))
        return tuple(sorted(doors, key=lambda door: door.place.subnet_id))

    def _default_groups(self, place: Place) -> tuple[str, ...]:
        group = self.network.default_group(place.vpc_id, place.scope)
        return (group,) if group else ()

    def _by_zone(self, node: Node, zone: ZoneAnswer, family: Family, protocol: str, port: int | None) -> Outcome:
        """A private hosted zone leads the name to an endpoint, here or in another VPC, or to addresses."""
        walk = Walk(family, ())
        ref = ResourceRef(type="hosted_zone", id=zone.zone_id)
        if not zone.is_read:
            walk.unread("dns", zone.zone_id, "egress", NotCollectedError((zone.operation,)))
            return replace(walk.outcome(), opaque=(ref,))
        found = zone.addresses(family)
        if found:
            walk.allow("dns", zone.zone_id, "egress", f"{zone.zone_name} -> {describe_addresses(found, family)}")
            return _joined(walk, [self.to_addresses(node, family, found, protocol=protocol, port=port)])
        endpoint = self._endpoint_named(zone.endpoint_id, node.place.scope) if zone.endpoint_id else None
        if endpoint is None:
            where = "of which nothing was read" if zone.endpoint_id else f"for which no {family} address is seen"
            walk.hide("dns", ref, "egress", f"{zone.zone_name} -> {', '.join(zone.records) or 'nothing'}, {where}")
            walk.missing.extend(() if node.place.scope.vpc_endpoints.is_complete else (tables.VPC_ENDPOINTS.operation,))
        elif is_available(endpoint):
            return self._by_endpoint(node, endpoint, family, protocol, port, f"private hosted zone {zone.zone_name} ->")
        else:
            walk.deny("dns", zone.zone_id, "egress", endpoint_down(endpoint.vpc_endpoint_id, endpoint.state))
        return walk.outcome()

    def _endpoint_named(self, endpoint_id: str, home: Scope) -> ec2.VpcEndpoint | None:
        for scope in self.network.near(home):
            endpoint = scope.table(tables.VPC_ENDPOINTS).peek(endpoint_id)
            if endpoint is not None:
                return endpoint
        return None

    # Over the internet, or by gateway endpoint.

    def service_addresses(self, place: Place, service: str, family: Family) -> Ranges:
        """The public addresses of a service: its prefix lists; where it has none, all public ones but those lists."""
        lists = {
            each: union(
                *(
                    self.network.prefix_list(prefix_list_id, place.scope).addresses.get(family, ())
                    for prefix_list_id in self.network.service_prefix_lists(
                        f"com.amazonaws.{place.scope.region}.{each}", place.scope
                    )
                )
            )
            for each in sorted(GATEWAY_SERVICES)
        }
        return lists[service] if service in lists else subtract(INTERNET[family], union(*lists.values()))

    def _public(self, node: Node, service: str, protocol: str, port: int | None) -> Outcome:
        wanted = self.service_addresses(node.place, service, Family.IPV4)

        def compute() -> Outcome:
            goal = Goal(destinations={Family.IPV4: wanted}, is_internet=service not in GATEWAY_SERVICES)
            return self._trace(node, goal, Family.IPV4, protocol, port)

        return self.answer(("public", node.key, Family.IPV4, wanted, protocol, port), compute)

    def _public_ipv6(self, node: Node, protocol: str, port: int | None, *, has_ipv4_name: bool) -> Outcome:
        """From an IPv6-only interface: by the service's dual-stack name, or by its IPv4 addresses and NAT64."""
        direct = self.to_internet(node, Family.IPV6, protocol=protocol, port=port)
        if direct.verdict is Verdict.REACHABLE and not has_ipv4_name:
            return direct
        translated = self.to_internet(node, Family.IPV4, protocol=protocol, port=port)
        if translated.verdict is Verdict.REACHABLE:
            return translated
        subnet = ResourceRef(type="subnet", id=node.place.subnet_id)
        if has_ipv4_name:
            if translated.verdict is not Verdict.UNREACHABLE or translated.block is None:
                return translated
            reason = f"{subnet.id} is IPv6-only, the name called has IPv4 addresses only, and there is no way by NAT64"
            return replace(
                translated, block=replace(translated.block, check_id="IP6006", resource=subnet, reason=reason)
            )
        if direct.verdict is Verdict.UNREACHABLE and translated.verdict is Verdict.UNREACHABLE and direct.block:
            reason = f"{subnet.id} is IPv6-only and has no way by IPv6 ({direct.block.reason}) and none by NAT64"
            return replace(direct, block=replace(direct.block, check_id="IP6006", resource=subnet, reason=reason))
        return direct if direct.verdict is not Verdict.UNREACHABLE else translated

    def _without_endpoint(
        self,
        node: Node,
        service: str,
        endpoints: tuple[ec2.VpcEndpoint, ...],
        resolver: Resolver,
        public: Outcome,
        zone: ZoneAnswer | None,
    ) -> Outcome:
        """The public way, and, where that is blocked, which endpoint or zone would have spared it."""
        name = dns_name(service, node.place.scope.region)
        why, fault = self._why_public(node.place, endpoints, resolver, zone)
        place = node.place.subnet.vpc_id or node.place.subnet_id
        hop = PathHop(kind="dns", id=place, direction="egress", verdict="allow", detail=f"{name}: {why}")
        outcome = replace(public, hops=(hop, *public.hops))
        if zone is not None and zone.fault and zone.is_asked and public.passed:
            return _no_answer(zone, public)
        if public.verdict is not Verdict.UNREACHABLE or public.block is None:
            return outcome
        if fault is not None:
            return replace(outcome, block=replace(fault, reason=f"{fault.reason}, and {public.block.reason}"))
        if service == "s3" and public.block.check_id in _NO_ROUTE_CHECKS:
            missing = self._no_gateway_endpoint(node, public.block)
            if missing is not None:
                return replace(outcome, block=missing)
        return outcome

    def _why_public(
        self,
        place: Place,
        endpoints: tuple[ec2.VpcEndpoint, ...],
        resolver: Resolver,
        zone: ZoneAnswer | None,
    ) -> tuple[str, Block | None]:
        if zone is not None and zone.fault:
            ref = ResourceRef(type="hosted_zone", id=zone.zone_id)
            proof = Evidence(operation=zone.operation, resource=zone.zone_id, field="Name", value=zone.zone_name)
            block = Block(check_id="END010", resource=ref, reason=zone.fault, evidence=(proof,))
            return f"public addresses ({zone.fault})", block
        if zone is not None and resolver.hostnames is False:
            return _hostnames_off(place, f"the private hosted zone {zone.zone_id} is not asked")
        if not endpoints:
            return "public addresses, no interface endpoint here", None
        endpoint = endpoints[0]
        id_ = endpoint.vpc_endpoint_id
        if not is_available(endpoint):
            return f"public addresses, {id_} is {endpoint.state}", endpoint_down(id_, endpoint.state)
        ref = ResourceRef(type="vpc_endpoint", id=id_)
        if endpoint.private_dns_enabled and resolver.hostnames is False:
            return _hostnames_off(place, f"private DNS of {id_} does not work")
        if not endpoint.private_dns_enabled:
            reason = f"private DNS is off on {id_}, so the name resolves to public addresses"
            proof = Evidence(
                operation=tables.VPC_ENDPOINTS.operation,
                resource=id_,
                field="PrivateDnsEnabled",
                value=endpoint.private_dns_enabled,
            )
            return reason, Block(check_id="END004", resource=ref, reason=reason, evidence=(proof,))
        return f"public addresses, {id_} does not answer for it", None

    def _no_gateway_endpoint(self, node: Node, block: Block) -> Block | None:
        """With ECR's endpoints but no way to S3, image layers are what is missing."""
        if not (self._endpoints(node.place, "ecr.api") or self._endpoints(node.place, "ecr.dkr")):
            return None
        try:
            table_id = self.network.route_table(node.place).route_table_id
        except NotCollectedError:
            return None
        reason = f"{table_id} has no route to an s3 gateway endpoint, and {block.reason}"
        return replace(block, check_id="END002", resource=ResourceRef(type="route_table", id=table_id), reason=reason)

    # Names.

    def _resolver(self, place: Place) -> Resolver:
        support = hostnames = None
        for scope in self.network.near(place.scope):
            attributes = scope.vpc_attributes.peek(place.subnet.vpc_id or "")
            if attributes is not None:
                support = attributes.enable_dns_support.value if attributes.enable_dns_support else support
                hostnames = attributes.enable_dns_hostnames.value if attributes.enable_dns_hostnames else hostnames
                break
        servers, options_id = self._dns_servers(place)
        unread = () if options_id else self._unread_servers(place)
        return Resolver(support, hostnames, servers, options_id, unread)

    def _unread_servers(self, place: Place) -> tuple[str, ...]:
        """Operations that failed and would have said which DNS servers there are.

        What a snapshot made by hand has no file of is taken to be as AWS sets it up: Amazon's own server.
        """
        failed = {missing.operation for missing in place.scope.missing}
        vpc = place.scope.vpcs.peek(place.subnet.vpc_id or "")
        if vpc is None:
            return tuple(failed & {tables.VPCS.operation})
        return tuple(failed & {tables.DHCP_OPTIONS.operation}) if vpc.dhcp_options_id not in {None, "default"} else ()

    def _dns_servers(self, place: Place) -> tuple[tuple[str, ...], str]:
        """DNS servers of the VPC's DHCP options that are not Amazon's, as far as they were read."""
        for scope in self.network.near(place.scope):
            vpc = scope.vpcs.peek(place.subnet.vpc_id or "")
            options = scope.table(tables.DHCP_OPTIONS).peek(vpc.dhcp_options_id or "") if vpc else None
            if options is None:
                continue
            servers = tuple(
                value.value
                for configuration in options.dhcp_configurations
                if configuration.key == "domain-name-servers"
                for value in configuration.values
                if value.value
            )
            if any(server in {"AmazonProvidedDNS", *self._resolver_addresses(place)} for server in servers):
                return (), options.dhcp_options_id
            return servers, options.dhcp_options_id
        return (), ""

    def _resolver_addresses(self, place: Place) -> tuple[str, ...]:
        """The addresses that the Amazon resolver has: two above the base of the VPC's first block, and fixed ones."""
        blocks = self.network.vpc_blocks(place)
        base = addresses(blocks[:1], Family.IPV4)
        own = (describe_addresses(((base[0][0] + 2, base[0][0] + 2),), Family.IPV4),) if base else ()
        return (*own, "169.254.169.253", "fd00:ec2::253")


def _answers(endpoint: ec2.VpcEndpoint, service: str, family: Family) -> bool:
    """Whether an endpoint's private DNS answers inside its VPC, in a family."""
    options = endpoint.dns_options
    # For S3, private DNS may be kept to names asked from on premises.
    if service == "s3" and options and options.private_dns_only_for_inbound_resolver_endpoint:
        return False
    return family is Family.IPV4 or _is_dual(endpoint)


def _no_answer(zone: ZoneAnswer, public: Outcome) -> Outcome:
    """A zone without a record for the name: the resolver answers that there is none.

    It asks public DNS only where the zone falls back to it, a setting of zones of the advanced tier that is not read:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-public-dns-fallback.html.
    """
    detail = f"{zone.fault}: the name does not resolve, unless the zone falls back to public DNS, which is not seen"
    hop = PathHop(kind="dns", id=zone.zone_id, direction="egress", verdict="unknown", detail=detail)
    opaque = (ResourceRef(type="hosted_zone", id=zone.zone_id), *public.opaque)
    return replace(public, hops=(hop, *public.hops), opaque=opaque)


def _hostnames_off(place: Place, so: str) -> tuple[str, Block]:
    """Private DNS of endpoints and private hosted zones need both DNS attributes of the VPC."""
    vpc_id = place.subnet.vpc_id or ""
    reason = f"{vpc_id} has enableDnsHostnames off, so {so}"
    proof = Evidence(
        operation=tables.VPC_ATTRIBUTES.operation, resource=vpc_id, field="EnableDnsHostnames.Value", value=False
    )
    block = Block(check_id="END006", resource=ResourceRef(type="vpc", id=vpc_id), reason=reason, evidence=(proof,))
    return f"public addresses, {reason}", block


def _is_dual(endpoint: ec2.VpcEndpoint) -> bool:
    return (endpoint.ip_address_type or "").lower() in {"dualstack", "ipv6"}


def _joined(walk: Walk, outcomes: list[Outcome]) -> Outcome:
    """One outcome of several ways that a client may be given by DNS."""
    branches = []
    for outcome in outcomes:
        branch = walk.fork(outcome.passed)
        branch.hops = list(outcome.hops)
        branch.block = outcome.block
        branch.missing = list(outcome.missing)
        branch.opaque = list(outcome.opaque)
        branch.through = list(outcome.through)
        branches.append(branch)
    walk.join(branches)
    return walk.outcome()


def _unread(service: str, public: Outcome, gap: NotCollectedError) -> Outcome:
    """Without the list of endpoints, the public way says nothing: an endpoint would take its place."""
    detail = f"endpoints were not read: {', '.join(gap.operations)}"
    hop = PathHop(kind="vpc_endpoint", id=service, direction="egress", verdict="unknown", detail=detail)
    return replace(public, hops=(hop,), passed=(), block=None, missing=gap.operations)


def _no_names(place: Place, service: str, endpoints: tuple[ec2.VpcEndpoint, ...]) -> Outcome:
    """With DNS support off, Amazon's resolver answers nothing at all."""
    vpc_id = place.subnet.vpc_id or ""
    name = dns_name(service, place.scope.region)
    proof = Evidence(
        operation=tables.VPC_ATTRIBUTES.operation, resource=vpc_id, field="EnableDnsSupport.Value", value=False
    )
    block = Block(
        check_id="END006" if endpoints else "DNS001",
        resource=ResourceRef(type="vpc", id=vpc_id),
        reason=f"{vpc_id} has enableDnsSupport off: {name} does not resolve",
        evidence=(proof,),
    )
    walk = Walk(Family.IPV4, ())
    walk.deny("dns", vpc_id, "egress", block)
    return walk.outcome()
