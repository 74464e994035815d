"""From what people type, and from workloads, to the interfaces that traffic starts from or ends at."""

import ipaddress
from dataclasses import dataclass, replace
from typing import Literal

from awsvpc_audit.analyzers.reachability.address import EMPTY, Family, Ranges, addresses, parse_cidr
from awsvpc_audit.analyzers.reachability.network import Network, Place, primary_network_interface
from awsvpc_audit.analyzers.reachability.steps import CheckAndResource, Node, node_of_eni
from awsvpc_audit.analyzers.workloads import Cluster, Compute, Workload
from awsvpc_audit.errors import NotFoundError, UsageError
from awsvpc_audit.findings import ResourceRef
from awsvpc_audit.model import ec2, ecs, tables
from awsvpc_audit.model.account_model import Model, find_service, near_matches
from awsvpc_audit.model.gaps import NotCollectedError
from awsvpc_audit.model.scope import Scope

SOURCE_FORMS = "eni-…, i-…, subnet-…, task:CLUSTER/TASK, service:CLUSTER/SERVICE or internet"
DESTINATION_FORMS = (
    "internet, internet6, an IP address or CIDR, eni-…, i-…, task:CLUSTER/TASK, or an AWS service such as ecr.api"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Narrows the choice where an id stands in several scopes, as `--account` and `--region` do."""

    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a DESTINATION text stands for."""

    kind: Literal["internet", "internet6", "addresses", "nodes", "service"]
    text: str
    nodes: tuple[Node, ...] = ()
    family: Family | None = None
    addresses: Ranges = EMPTY


class Resolver:
    """Finds nodes in a model."""

    def __init__(self, network: Network) -> None:
        """Resolve over a network."""
        self.network = network
        self.model: Model = network.model

    # Texts.

    def source(
        self,
        text: str,
        *,
        where: Where | None = None,
        security_groups: tuple[str, ...] = (),
        assign_public_ip: bool | None = None,
    ) -> tuple[Node, ...]:
        """The nodes a SOURCE text stands for, in a stable order; none for `internet`.

        Args:
            text: what the user typed.
            where: narrows the choice.
            security_groups: of a planned interface in a subnet.
            assign_public_ip: whether a planned interface would get a public IPv4 address.

        Raises:
            UsageError: no form of a source.
            NotFoundError: no such thing.
            NotCollectedError: what is needed to say where it starts was not read.
        """
        where = where or Where()
        if text == "internet":
            return ()
        if text.startswith("subnet-"):
            scope, subnet = self._by_id(tables.SUBNETS, text, where, "subnets")
            planned = self.planned(Place(scope, subnet), security_groups, public=bool(assign_public_ip))
            return (planned,)
        found = self._nodes(text, where)
        if found is None:
            raise UsageError(f'"{text}" is no source: give {SOURCE_FORMS}')
        return found

    def target(self, text: str, *, where: Where | None = None) -> Target:
        """What a DESTINATION text stands for.

        Raises:
            UsageError: no form of a destination.
            NotFoundError: no such thing.
            NotCollectedError: what is needed to say where it ends was not read.
        """
        where = where or Where()
        if text == "internet":
            return Target(kind="internet", text=text)
        if text == "internet6":
            return Target(kind="internet6", text=text)
        parsed = parse_cidr(text) if _looks_like_address(text) else None
        if parsed is not None:
            return Target(kind="addresses", text=text, family=parsed[0], addresses=parsed[1])
        found = self._nodes(text, where)
        if found is not None:
            return Target(kind="nodes", text=text, nodes=found)
        if _is_service_name(text):
            return Target(kind="service", text=text)
        raise UsageError(f'"{text}" is no destination: give {DESTINATION_FORMS}')

    def _nodes(self, text: str, where: Where) -> tuple[Node, ...] | None:
        if text.startswith("eni-"):
            scope, eni = self._by_id(tables.NETWORK_INTERFACES, text, where, "network interfaces")
            return (self.of_eni(eni, scope),)
        if text.startswith("i-"):
            scope, instance = self._by_id(tables.INSTANCES, text, where, "instances")
            return (self.of_instance(instance, scope),)
        kind, _, rest = text.partition(":")
        if kind in {"task", "service"} and rest:
            cluster_text, slash, name = rest.rpartition("/") if not rest.startswith("arn:") else _split_arn(rest)
            if not slash or not cluster_text or not name:
                raise UsageError(f'"{text}": give {kind}:CLUSTER/{kind.upper()}')
            scope, cluster_name = self.model.find_cluster(cluster_text, account=where.account, region=where.region)
            cluster = Cluster(scope, cluster_name)
            return self._of_task(cluster, name) if kind == "task" else self._of_service(cluster, name)
        return None

    def _by_id(
        self, spec: tables.TableSpec[tables.Row], id_: str, where: Where, plural: str
    ) -> tuple[Scope, tables.Row]:
        scopes = self.model.narrowed(account=where.account, region=where.region)
        for scope in scopes:
            row = scope.table(spec).peek(id_)
            if row is not None:
                return scope, row
        for scope in scopes:
            scope.table(spec).require()
        known = [spec.key(row) or "" for scope in scopes for row in scope.table(spec).known()]
        raise NotFoundError(f"no {id_} in the account.{near_matches(id_, known, plural)}")

    # Interfaces.

    def place(self, subnet_id: str | None, scope: Scope) -> Place:
        """A subnet that something lies in.

        Raises:
            NotCollectedError: it was not read.
        """
        place = self.network.place(subnet_id, scope) if subnet_id else None
        if place is None:
            raise NotCollectedError((tables.SUBNETS.operation,), subnet_id or "")
        return place

    def of_eni(self, eni: ec2.NetworkInterface, scope: Scope) -> Node:
        """An existing interface."""
        node = node_of_eni(eni, self.place(eni.subnet_id, scope))
        for task in scope.tasks.known_where(
            "network_interface_id", lambda t: (t.network_interface_id,), eni.network_interface_id
        ):
            if _is_fargate(task):
                return replace(node, without_public=("NET002", _owner(task)))
        return node

    def of_instance(self, instance: ec2.Instance, scope: Scope) -> Node:
        """An instance's primary interface, as DescribeNetworkInterfaces tells it, or else as the instance does."""
        eni_id = primary_network_interface(instance)
        eni = scope.network_interfaces.peek(eni_id) if eni_id else None
        if eni is not None:
            node = node_of_eni(eni, self.place(eni.subnet_id or instance.subnet_id, scope))
            return node if node.groups else replace(node, groups=_group_ids(instance.security_groups))
        own = next((e for e in instance.network_interfaces if e.network_interface_id == eni_id), None)
        place = self.place((own.subnet_id if own else None) or instance.subnet_id, scope)
        ipv6 = [a.ipv6_address for a in own.ipv6_addresses] if own else []
        return Node(
            place=place,
            eni_id=eni_id,
            ipv4=addresses(((own.private_ip_address if own else None) or instance.private_ip_address,), Family.IPV4),
            ipv6=addresses((*ipv6, instance.ipv6_address), Family.IPV6),
            groups=(_group_ids(own.groups) if own else ()) or _group_ids(instance.security_groups),
            has_public_ipv4=bool(instance.public_ip_address or (own and own.association and own.association.public_ip)),
            without_public=("NET001", ResourceRef(type="subnet", id=place.subnet_id)),
            description=f"{instance.instance_id}, primary interface",
        )

    def planned(
        self, place: Place, groups: tuple[str, ...], *, public: bool, without_public: CheckAndResource | None = None
    ) -> Node:
        """The interface that a task would get in a subnet: any of its addresses, the default group if none is named."""
        subnet = place.subnet
        if not groups:
            try:
                default = self.network.default_group(place.vpc_id, place.scope)
            except NotCollectedError:
                default = None
            groups = (default,) if default else ()
        return Node(
            place=place,
            ipv4=EMPTY if subnet.ipv6_native else place.blocks(Family.IPV4),
            ipv6=place.blocks(Family.IPV6) if subnet.assign_ipv6_address_on_creation or subnet.ipv6_native else EMPTY,
            groups=groups,
            has_public_ipv4=public,
            without_public=without_public or ("NET001", ResourceRef(type="subnet", id=subnet.subnet_id)),
            description=f"a task in {subnet.subnet_id}",
        )

    # Workloads.

    def of_workload(self, workload: Workload, subnet_id: str, scope: Scope) -> Node | None:
        """The interface that a workload's task gets in one of its subnets; ``None`` where the subnet is gone.

        On EC2 and Managed Instances a task's interface never has a public address, whatever the configuration says. Of
        tasks that stopped, whose groups and public address nobody knows any more, what blocks is what would block any.

        Raises:
            NotCollectedError: the subnet, or what the workload runs on, was not read.
        """
        place = self.network.place(subnet_id, scope)
        if place is None:
            return None
        if workload.compute is None:
            raise NotCollectedError(workload.compute_gap)
        on_fargate = workload.compute is Compute.FARGATE
        is_ec2 = workload.compute in {Compute.EC2, Compute.EXTERNAL}
        subnet = ResourceRef(type="subnet", id=subnet_id)
        node = self.planned(
            place,
            workload.security_groups,
            public=on_fargate and (workload.assign_public_ip or not workload.is_network_known),
            without_public=("NET001", subnet) if is_ec2 else ("NET002", workload.ref),
        )
        return node if workload.is_network_known else replace(node, groups=())

    def _of_service(self, cluster: Cluster, name: str) -> tuple[Node, ...]:
        service = find_service(cluster.services, name, cluster.name)
        workload = next(w for w in cluster.workloads if w.service is service)
        nodes = [self.of_workload(workload, subnet_id, cluster.scope) for subnet_id in workload.subnets]
        if not workload.subnets:
            raise NotFoundError(
                f'service "{service.service_name}" has no awsvpcConfiguration: its tasks have no interface of their own'
            )
        found = tuple(node for node in nodes if node is not None)
        if not found:
            raise NotFoundError(f"no subnet of {service.service_name} exists: {', '.join(workload.subnets)}")
        return found

    def _of_task(self, cluster: Cluster, name: str) -> tuple[Node, ...]:
        tasks = [t for t in cluster.scope.tasks.known() if t.cluster_arn and t.cluster_arn.endswith(f"/{cluster.name}")]
        task = next((t for t in tasks if name in {t.task_arn, t.task_id}), None)
        if task is None:
            cluster.scope.tasks.require()
            hint = near_matches(name, (t.task_id for t in tasks), "tasks")
            raise NotFoundError(f'no task "{name}" in cluster {cluster.name}.{hint}')
        eni = cluster.scope.network_interfaces.peek(task.network_interface_id or "")
        if eni is not None:
            return (self.of_eni(eni, cluster.scope),)
        return (self._planned_task(cluster, task),)

    def _planned_task(self, cluster: Cluster, task: ecs.Task) -> Node:
        """A task that has no interface, not yet or no more: as its service plans it, in the subnet it was given."""
        service_name = (task.group or "").removeprefix("service:")
        workload = next((w for w in cluster.workloads if w.service and w.name == service_name), None)
        subnet_id = task.subnet_id or (workload.subnets[0] if workload and workload.subnets else None)
        if subnet_id is None:
            raise NotFoundError(f"task {task.task_id} has no network interface and no subnet that ECS still knows")
        place = self.place(subnet_id, cluster.scope)
        fargate = _is_fargate(task)
        public = fargate and workload is not None and workload.assign_public_ip
        without: CheckAndResource | None = ("NET002", _owner(task)) if fargate else None
        groups = workload.security_groups if workload else ()
        return self.planned(place, groups, public=public, without_public=without)


def _group_ids(groups: tuple[ec2.GroupIdentifier, ...]) -> tuple[str, ...]:
    return tuple(group.group_id for group in groups if group.group_id)


def _is_fargate(task: ecs.Task) -> bool:
    return task.launch_type == "FARGATE" or (task.capacity_provider_name or "").startswith("FARGATE")


def _owner(task: ecs.Task) -> ResourceRef:
    group = task.group or ""
    if group.startswith("service:"):
        return ResourceRef(type="service", id=group.removeprefix("service:"))
    return ResourceRef(type="task", id=task.task_id, arn=task.task_arn)


def _split_arn(arn: str) -> tuple[str, str, str]:
    """The cluster and name in `arn:…:task/prod/0f3c`, or in `CLUSTER_ARN/NAME`."""
    head, slash, name = arn.rpartition("/")
    prefix, _, cluster = head.rpartition("/")
    if ":cluster" in prefix:
        return head, slash, name
    return f"{prefix.rpartition(':')[0]}:cluster/{cluster}", slash, name


def clusters_in(*texts: str) -> tuple[str, ...]:
    """The clusters that these texts name, each once: what to collect for them."""
    found: dict[str, None] = {}
    for text in texts:
        kind, _, rest = text.partition(":")
        if kind in {"task", "service"} and rest:
            cluster, slash, _ = rest.rpartition("/") if not rest.startswith("arn:") else _split_arn(rest)
            if slash and cluster:
                found[cluster] = None
    return tuple(found)


def _looks_like_address(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_service_name(text: str) -> bool:
    bare = text.replace(".", "").replace("-", "")
    return bool(bare) and bare.isascii() and bare.isalnum() and text == text.lower() and not text[0].isdigit()
