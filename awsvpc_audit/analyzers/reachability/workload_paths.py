"""Every question about reachability that an audit asks for a cluster's workloads, answered once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

from awsvpc_audit.analyzers.reachability.address import Family, union
from awsvpc_audit.analyzers.reachability.needs import AGENT_SERVICES, Need, Needs, needs_of
from awsvpc_audit.analyzers.reachability.services import GATEWAY_SERVICES, Reachability
from awsvpc_audit.analyzers.reachability.sources import Resolver
from awsvpc_audit.analyzers.reachability.steps import Node
from awsvpc_audit.analyzers.reachability.trace import Block, Outcome
from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload
from awsvpc_audit.findings import ResourceRef, Verdict
from awsvpc_audit.model import ecs, tables
from awsvpc_audit.model.gaps import NotCollectedError

NOT_ASKED = Outcome()

_ENDPOINT_FAULTS = frozenset({"END003", "END004", "END005", "END006"})
"""Blocks that say that an interface endpoint is there and cannot be used."""

_NOBODY = ("", ResourceRef(type="", id=""))

Host = tuple[Node, str]
"""The primary interface of an EC2 instance, and the instance's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question of a workload and its outcome.

    Attributes:
        subnet_id: where it starts: a task subnet, or the subnet of a host.
        destination: `internet`, `internet6` or a service.
        family: of the addresses.
        node: where it starts; ``None`` where that could not be said, and `outcome` is empty.
        host: the EC2 instance whose primary interface it starts from.
        outcome: the trace.
        gap: what was not read, where the question could not even be asked.
    """

    subnet_id: str
    destination: str
    family: Family
    node: Node | None = None
    host: str | None = None
    outcome: Outcome = NOT_ASKED
    gap: tuple[str, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Whether the destination cannot be used from here.

        A part that is blocked counts where every connection may meet it: client ports are chosen by chance, and one
        service's addresses are all alike. A list of networks that an ACL keeps away from the internet does not count.
        """
        block = self.outcome.block
        if block is None or self.gap:
            return False
        if self.outcome.verdict is Verdict.UNREACHABLE:
            return True
        if self.outcome.verdict is not Verdict.PARTIAL:
            return False
        by_endpoint = any(ref.type == "vpc_endpoint" for ref in self.outcome.through)
        return block.splits_ports or self.destination in GATEWAY_SERVICES or by_endpoint

    @property
    def missing(self) -> tuple[str, ...]:
        """What was not read and leaves the answer open."""
        if self.gap:
            return self.gap
        return self.outcome.missing if self.outcome.verdict is Verdict.UNKNOWN else ()

    @property
    def uses_interface_endpoint(self) -> bool:
        """Whether it gets there by an interface endpoint."""
        return self.outcome.verdict is Verdict.REACHABLE and any(
            hop.kind == "vpc_endpoint" and hop.direction == "ingress" for hop in self.outcome.hops
        )

    @property
    def has_interface_endpoint(self) -> bool:
        """Whether it gets there by an interface endpoint, or would if that endpoint had no fault."""
        block = self.outcome.block
        return self.uses_interface_endpoint or (block is not None and block.check_id in _ENDPOINT_FAULTS)


class WorkloadPaths:
    """The answers for the workloads of one cluster."""

    def __init__(self, reachability: Reachability, cluster: Cluster) -> None:
        """Ask over a cluster; nothing is traced before it is asked for.

        Args:
            reachability: the engine.
            cluster: whose workloads.
        """
        self.reachability = reachability
        self.cluster = cluster
        self.resolver = Resolver(reachability.network)
        self._internet: dict[str, tuple[Answer, ...]] = {}
        self._services: dict[str, tuple[Answer, ...]] = {}
        self._from_hosts: dict[tuple[frozenset[str | None], str, bool], tuple[Answer, ...]] = {}
        self._blocks: dict[str, tuple[tuple[Answer, Block], ...]] = {}

    # The internet.

    def internet(self, workload: Workload) -> tuple[Answer, ...]:
        """From each task subnet to the internet: over IPv4, or over IPv6 from an IPv6-only subnet."""
        key = _key(workload)
        if key not in self._internet:
            self._internet[key] = tuple(self._ask_internet(workload))
        return self._internet[key]

    def _ask_internet(self, workload: Workload) -> Iterator[Answer]:
        for subnet_id in workload.subnets:
            try:
                node = self.resolver.of_workload(workload, subnet_id, self.cluster.scope)
            except NotCollectedError as gap:
                yield Answer(subnet_id=subnet_id, destination="internet", family=Family.IPV4, gap=gap.operations)
                continue
            if node is None:
                continue
            family = Family.IPV4 if node.ipv4 else Family.IPV6
            yield Answer(
                subnet_id=subnet_id,
                destination="internet" if family is Family.IPV4 else "internet6",
                family=family,
                node=node,
                outcome=self._shared(node, partial(self.reachability.to_internet, family=family)),
            )

    @staticmethod
    def _shared(node: Node, ask: Callable[[Node], Outcome]) -> Outcome:
        """The outcome of a question, shared by workloads with the same network settings where it is that all is open.

        Only what blocks may name the workload, as the one that has no public address.
        """
        outcome = ask(replace(node, without_public=_NOBODY))
        return outcome if outcome.verdict is Verdict.REACHABLE else ask(node)

    def internet6(self, workload: Workload) -> tuple[Answer, ...]:
        """From each dual-stack task subnet to the internet over IPv6."""
        return tuple(
            Answer(
                subnet_id=answer.subnet_id,
                destination="internet6",
                family=Family.IPV6,
                node=answer.node,
                outcome=self.reachability.to_internet(answer.node, Family.IPV6),
            )
            for answer in self.internet(workload)
            if answer.node is not None and answer.node.ipv4 and answer.node.ipv6
        )

    # AWS services.

    def needs(self, workload: Workload) -> Needs | None:
        """What a workload's tasks need; ``None`` where its task definition is gone.

        Raises:
            NotCollectedError: the task definition was not read.
        """
        definition = self.cluster.task_definition(workload)
        return needs_of(workload, definition, self.cluster.scope.region) if definition else None

    def services(self, workload: Workload) -> tuple[Answer, ...]:
        """From wherever each call leaves to each service that a workload's tasks need."""
        key = _key(workload)
        if key not in self._services:
            self._services[key] = tuple(self._ask_services(workload))
        return self._services[key]

    def _ask_services(self, workload: Workload) -> Iterator[Answer]:
        try:
            needs = self.needs(workload)
        except NotCollectedError as gap:
            yield Answer(subnet_id="", destination="", family=Family.IPV4, gap=gap.operations)
            return
        if needs is None:
            return
        for need in needs.services:
            try:
                if need.leaves_from == "host":
                    yield from self._ask_from_hosts(workload, need)
                else:
                    for node in self._tasks_of(workload):
                        yield self._ask_service(node, None, need.service, has_ipv4_name=need.has_ipv4_name)
            except NotCollectedError as gap:
                yield Answer(subnet_id="", destination=need.service, family=Family.IPV4, gap=gap.operations)

    def _ask_service(self, node: Node, host: str | None, service: str, *, has_ipv4_name: bool = False) -> Answer:
        return Answer(
            subnet_id=node.place.subnet_id,
            destination=service,
            family=Family.IPV4 if node.ipv4 else Family.IPV6,
            node=node,
            host=host,
            outcome=self._shared(
                node, lambda each: self.reachability.to_service(each, service, has_ipv4_name=has_ipv4_name)
            ),
        )

    def _tasks_of(self, workload: Workload) -> Iterator[Node]:
        for answer in self.internet(workload):
            if answer.gap:
                raise NotCollectedError(answer.gap)
            if answer.node is not None:
                yield answer.node

    # Hosts.

    def _ask_from_hosts(self, workload: Workload, need: Need) -> tuple[Answer, ...]:
        """From the hosts that a workload's tasks may land on, those in the VPC of its subnets, to a service.

        Of hosts with the same answer one speaks for all: a cluster may have a thousand, and as many services on them.
        """
        vpcs = frozenset(a.node.place.subnet.vpc_id for a in self.internet(workload) if a.node is not None)
        key = (vpcs, need.service, need.has_ipv4_name)
        if key not in self._from_hosts:
            self._from_hosts[key] = tuple(
                answer
                for crowd in self.crowds
                if crowd[0][0].place.subnet.vpc_id in vpcs
                for answer in self._ask_crowd(crowd, need)
            )
        return self._from_hosts[key]

    def _ask_crowd(self, crowd: tuple[Host, ...], need: Need) -> Iterator[Answer]:
        ask = partial(self._ask_service, service=need.service, has_ipv4_name=need.has_ipv4_name)
        everyone = ask(_as_one(crowd), None).outcome
        first = ask(*crowd[0])
        if everyone.verdict is Verdict.REACHABLE or everyone.verdict is Verdict.UNREACHABLE:
            yield first
            return
        # Rules tell their addresses apart, or something was not read: each is asked.
        different = {_kind(first): first}
        for node, instance_id in crowd[1:]:
            answer = ask(node, instance_id)
            different.setdefault(_kind(answer), answer)
        yield from different.values()

    @cached_property
    def crowds(self) -> tuple[tuple[Host, ...], ...]:
        """The hosts, those together that differ in nothing but their addresses.

        Raises:
            NotCollectedError: instances were not read.
        """
        crowds: dict[tuple[object, ...], list[Host]] = {}
        for node, instance_id in self.hosts:
            crowds.setdefault(replace(node, eni_id=None, ipv4=(), ipv6=()).key + _families(node), []).append(
                (node, instance_id)
            )
        return tuple(tuple(crowd) for crowd in crowds.values())

    @cached_property
    def _crowd_of(self) -> dict[str, Node]:
        return {
            instance_id: together
            for crowd, together in ((crowd, _as_one(crowd)) for crowd in self.crowds)
            for _, instance_id in crowd
        }

    @cached_property
    def hosts(self) -> tuple[Host, ...]:
        """The primary interfaces of the cluster's EC2 instances.

        Raises:
            NotCollectedError: instances were not read.
        """
        found = []
        for instance in self.cluster.container_instances:
            node = self.host(instance)
            if node is not None:
                found.append((node, instance.instance_id))
        return tuple(found)

    def host(self, instance: ecs.ContainerInstance) -> Node | None:
        """The primary interface of a container instance; ``None`` where it is no EC2 instance of the account.

        Raises:
            NotCollectedError: the instance was not read.
        """
        if not instance.instance_id.startswith("i-") or instance.has_attribute("ecs.capability.external"):
            return None
        row = self.cluster.scope.instances.get(instance.instance_id)
        return self.resolver.of_instance(row, self.cluster.scope) if row is not None else None

    def agent(self, instance: ecs.ContainerInstance) -> tuple[Answer, ...]:
        """From a container instance to what its agent talks to.

        Raises:
            NotCollectedError: the instance was not read.
        """
        node = self.host(instance)
        if node is None:
            return ()
        return tuple(self._ask_of_crowd(node, instance.instance_id, service) for service in AGENT_SERVICES)

    def _ask_of_crowd(self, node: Node, instance_id: str, service: str) -> Answer:
        """What all hosts alike reach, each of them reaches; else the one is asked."""
        try:
            crowd = self._crowd_of[instance_id]
        except (KeyError, NotCollectedError):
            return self._ask_service(node, instance_id, service)
        answer = self._ask_service(crowd, instance_id, service)
        if answer.outcome.verdict is Verdict.REACHABLE:
            return replace(answer, node=node)
        return self._ask_service(node, instance_id, service)

    # What an isolated design looks like.

    def isolation(self, workload: Workload) -> Literal["none", "partly", "whole"]:
        """Whether a workload is built to live without the internet.

        It is where its images come from private ECR in its Region and there is an interface endpoint for something that
        it needs: `whole` where everything is reached, `partly` where something is not. Nobody pays for endpoints to ECR
        beside a default route that was meant to be there.
        """
        try:
            needs = self.needs(workload)
        except NotCollectedError:
            return "none"
        if needs is None or needs.public or not needs.services:
            return "none"
        answers = [answer for answer in self.services(workload) if not answer.gap]
        if not any(answer.has_interface_endpoint for answer in answers):
            return "none"
        return "whole" if all(a.outcome.verdict is Verdict.REACHABLE for a in answers) else "partly"

    def isolation_gap(self, workload: Workload) -> tuple[str, ...]:
        """What was not read and might show that a workload is built to live without the internet.

        Empty where that is known, or where its VPCs have no endpoint to ECR, without which nobody builds so.
        """
        if self.isolation(workload) != "none":
            return ()
        try:
            needs = self.needs(workload)
        except NotCollectedError as gap:
            return gap.operations if self._has_registry_endpoint(workload) is not False else ()
        if needs is None or needs.public or not needs.services:
            return ()
        has_endpoint = self._has_registry_endpoint(workload)
        if has_endpoint is None:
            return (tables.VPC_ENDPOINTS.operation,)
        hidden = (operation for answer in self.services(workload) for operation in answer.missing)
        return tuple(dict.fromkeys(hidden)) if has_endpoint else ()

    def _has_registry_endpoint(self, workload: Workload) -> bool | None:
        """Whether the VPC of a task subnet has an interface endpoint to ECR; ``None`` where endpoints were not read."""
        nodes = [answer.node for answer in self.internet(workload) if answer.node is not None]
        try:
            return any(self.reachability.endpoints(node, name) for node in nodes for name in ("ecr.api", "ecr.dkr"))
        except NotCollectedError:
            return None

    def undecided(self, workload: Workload) -> frozenset[str]:
        """Checks whose blocks are faults or not, depending on what `isolation_gap` names."""
        if not self.isolation_gap(workload):
            return frozenset()
        return frozenset(
            block.check_id
            for answer in self.internet(workload)
            if (block := answer.outcome.block) is not None
            and block.check_id is not None
            and answer.is_blocked
            and _is_meant(answer, block, "whole", workload)
        )

    def blocks(self, workload: Workload) -> tuple[tuple[Answer, Block], ...]:
        """What blocks a workload, the internet first: each block with the question that met it.

        A way to the internet that an isolated design does without is no fault of it; what its services miss is.
        """
        key = _key(workload)
        if key not in self._blocks:
            self._blocks[key] = tuple(self._find_blocks(workload))
        return self._blocks[key]

    def _find_blocks(self, workload: Workload) -> Iterator[tuple[Answer, Block]]:
        isolation = "whole" if self.isolation_gap(workload) else self.isolation(workload)
        for answer in (*self.internet(workload), *self.services(workload)):
            block = answer.outcome.block
            if block is None or not answer.is_blocked:
                continue
            if _is_meant(answer, block, isolation, workload):
                continue
            yield answer, block


def _is_meant(answer: Answer, block: Block, isolation: str, workload: Workload) -> bool:
    """Whether a blocked way to the internet is what an isolated design is about."""
    if isolation == "none":
        return False
    if block.check_id == "NET004":
        return True
    if not answer.destination.startswith("internet"):
        return False
    if block.check_id == "NET011":
        return True
    return isolation == "whole" and block.check_id == "NET002" and workload.compute is Compute.FARGATE


def _as_one(crowd: tuple[Host, ...]) -> Node:
    """Hosts alike as one interface with the addresses of all."""
    first = crowd[0][0]
    if len(crowd) == 1:
        return first
    return replace(
        first,
        eni_id=None,
        ipv4=union(*(node.ipv4 for node, _ in crowd)),
        ipv6=union(*(node.ipv6 for node, _ in crowd)),
    )


def _families(node: Node) -> tuple[bool, bool]:
    return bool(node.ipv4), bool(node.ipv6)


def _kind(answer: Answer) -> tuple[object, ...]:
    """What a check makes of an answer: hosts of one kind need not be told apart."""
    outcome, block = answer.outcome, answer.outcome.block
    return (
        outcome.verdict,
        (block.check_id, block.resource, block.splits_ports, block.hop) if block else None,
        outcome.missing,
        outcome.opaque,
        outcome.through,
    )


def _key(workload: Workload) -> str:
    return f"{workload.ref.type}/{workload.ref.id}/{','.join(workload.subnets)}/{','.join(workload.security_groups)}"
