"""Routes to instances and interfaces that forward: NAT instances, appliances, firewalls."""

from dataclasses import replace

from awsvpc_audit.analyzers.reachability.address import Family
from awsvpc_audit.analyzers.reachability.gateways import MAX_MIDDLEBOXES, Gateways, route_table_ref
from awsvpc_audit.analyzers.reachability.network import Place, eni_addresses, primary_network_interface
from awsvpc_audit.analyzers.reachability.routes import RouteRule, TargetKind
from awsvpc_audit.analyzers.reachability.security_group import Peer
from awsvpc_audit.analyzers.reachability.steps import CheckAndResource, Leg, node_of_eni
from awsvpc_audit.analyzers.reachability.trace import Block, Walk
from awsvpc_audit.findings import Evidence, ResourceRef
from awsvpc_audit.model import ec2, tables
from awsvpc_audit.model.gaps import NotCollectedError


class Appliances(Gateways):
    """What to do where a route leads to an interface."""

    def explains_blackhole(self, rule: RouteRule, place: Place) -> bool:
        """The route to an instance is a blackhole while it is stopped: the instance's state says more than that."""
        if rule.kind is not TargetKind.NETWORK_INTERFACE:
            return super().explains_blackhole(rule, place)
        try:
            eni = self._appliance_eni(rule.target, place)
            return eni is not None and self._instance_state(eni, place) != "running"
        except NotCollectedError:
            return False

    def appliance(self, walk: Walk, place: Place, target: str, table_id: str, leg: Leg) -> None:
        """Through an interface or instance that forwards: checked from outside; what runs in it is not seen."""
        try:
            eni = self._appliance_eni(target, place)
        except NotCollectedError as gap:
            walk.unread("eni", target, "egress", gap)
            return
        if eni is None:
            reason = f"{target}, the target of a route in {table_id}, does not exist"
            evidence = Evidence(
                operation="ec2:DescribeRouteTables",
                resource=table_id,
                field="Routes[].NetworkInterfaceId",
                value=target,
            )
            check_id, resource = leg.fault or ("NET005", route_table_ref(table_id))
            walk.deny(
                "eni",
                target,
                "egress",
                Block(check_id=check_id, resource=resource, reason=reason, evidence=(evidence,)),
            )
            return
        eni_id = eni.network_interface_id
        if eni_id in leg.came or len(leg.came) >= MAX_MIDDLEBOXES:
            self._loop(walk, eni_id, "eni", table_id, leg)
            return
        if eni.interface_type in {"gateway_load_balancer_endpoint", "gateway_load_balancer"}:
            walk.hide("firewall", ResourceRef(type="eni", id=eni_id), "egress", f"{target}: firewall")
            return
        try:
            block = self._not_forwarding(eni, place)
        except NotCollectedError as gap:
            walk.unread("eni", eni_id, "egress", gap)
            return
        if block is not None:
            walk.deny("eni", eni_id, "egress", block)
            return
        if walk.family is Family.IPV6 or not (leg.goal.is_internet or self._is_public(walk)):
            # To the internet over IPv4 it can only translate; IPv6 packets and those to other networks it may route.
            ref = ResourceRef(type="eni", id=eni_id)
            walk.hide("eni", ref, "egress", f"{target}: an appliance; where it sends packets cannot be seen")
            return
        self._through_appliance(walk, place, eni, leg)

    def _appliance_eni(self, target: str, place: Place) -> ec2.NetworkInterface | None:
        if target.startswith("eni-"):
            found = self.network.owned(tables.NETWORK_INTERFACES, target, place)
            return found[1] if found else None
        instance = self.network.find(tables.INSTANCES, target, place.scope)
        listed = primary_network_interface(instance[1]) if instance else None
        if listed is None:
            return self.network.primary_interface(target, place)
        found = self.network.owned(tables.NETWORK_INTERFACES, listed, place)
        return found[1] if found else None

    def _not_forwarding(self, eni: ec2.NetworkInterface, place: Place) -> Block | None:
        """What stops an interface from taking packets that are not for itself.

        Raises:
            NotCollectedError: the state of its instance was not read.
        """
        eni_id = eni.network_interface_id
        ref = _forwarder(eni)

        def block(reason: str, operation: str, resource: str, field: str, value: str | bool | None) -> Block:
            evidence = Evidence(operation=operation, resource=resource, field=field, value=value)
            return Block(check_id="NET018", resource=ref, reason=reason, evidence=(evidence,))

        if eni.source_dest_check is not False:
            reason = f"{ref.id} has its source/destination check on: it drops packets that are not its own"
            return block(reason, "ec2:DescribeNetworkInterfaces", eni_id, "SourceDestCheck", eni.source_dest_check)
        if eni.status == "available":
            reason = f"{eni_id} is attached to nothing"
            return block(reason, "ec2:DescribeNetworkInterfaces", eni_id, "Status", eni.status)
        state = self._instance_state(eni, place)
        if state != "running":
            return block(f"{ref.id} is {state}", "ec2:DescribeInstances", ref.id, "State.Name", state)
        return None

    def _instance_state(self, eni: ec2.NetworkInterface, place: Place) -> str:
        """Of the instance behind an interface; `running` where nothing says otherwise.

        An interface that is attached proves that its instance was not terminated, and AWS turns the routes to one that
        does not run into blackholes. So an instance that the source does not list is no fault.
        """
        instance_id = eni.attachment.instance_id if eni.attachment else None
        found = self.network.find(tables.INSTANCES, instance_id, place.scope) if instance_id else None
        state = found[1].state if found else None
        return (state.name if state else None) or "running"

    def _through_appliance(self, walk: Walk, place: Place, eni: ec2.NetworkInterface, leg: Leg) -> None:
        eni_id = eni.network_interface_id
        ref = _forwarder(eni)
        fault: CheckAndResource = ("NET018", ref)
        try:
            inside = self.network.place(eni.subnet_id or "", place.scope)
        except NotCollectedError as gap:
            walk.unread("eni", eni_id, "egress", gap)
            return
        if inside is None:
            reason = f"the subnet of {eni_id} does not exist"
            evidence = Evidence(
                operation="ec2:DescribeNetworkInterfaces", resource=eni_id, field="SubnetId", value=eni.subnet_id
            )
            walk.deny(
                "eni", eni_id, "egress", Block(check_id="NET018", resource=ref, reason=reason, evidence=(evidence,))
            )
            return
        crosses = inside.subnet_id != place.subnet_id
        if crosses:
            self.acl(walk, inside, egress=False, is_reply=False, direction="egress", leg=None)
        if walk.is_over:
            return
        node = node_of_eni(eni, inside)
        peer = Peer(leg.groups or frozenset())
        self.groups(walk, node, egress=False, peer=peer, refusal=fault)
        if walk.is_over:
            return
        walk.allow("eni", eni_id, "egress", f"{ref.id} forwards; what runs inside cannot be seen")
        walk.through.append(ref)
        beyond = self._translated(walk, eni_addresses(eni, Family.IPV4) or inside.blocks(Family.IPV4))
        self.groups(beyond, node, egress=True, peer=Peer(frozenset()), refusal=fault)
        own_leg = replace(
            leg,
            role="appliance",
            fault=fault,
            groups=frozenset(node.groups),
            has_public_ipv4=node.has_public_ipv4,
            without_public=fault,
            came=(*leg.came, eni_id),
        )
        if not beyond.is_over:
            self.leave(beyond, inside, own_leg)
        self._back_from(walk, beyond)
        self._return_to_sender(walk, inside, crosses=crosses, leg=leg, acl_leg=None)


def _forwarder(eni: ec2.NetworkInterface) -> ResourceRef:
    """What is at fault where an interface does not forward: its instance, where it has one."""
    instance_id = eni.attachment.instance_id if eni.attachment else None
    if instance_id:
        return ResourceRef(type="instance", id=instance_id)
    return ResourceRef(type="eni", id=eni.network_interface_id)
