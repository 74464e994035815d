"""AWS is read while it changes: signs that two answers tell of different moments, and what to ask again then.

A service is updated to other subnets and the old ones are deleted: who has read the service before and the subnets
after sees a service that names what is gone. That is a real fault as well, and only the service itself can tell: it is
read again. Where it says something else by now, the collection begins anew.

A task that starts while the ENIs are listed has an ENI and is in no list of tasks: the tasks are listed again.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from awsvpc_audit.collectors.operation import Answers, Entry, Params, batches, filtered
from awsvpc_audit.collectors.selection import clusters, configurations, ec2_instances

SERVICES = "ecs:DescribeServices"
ROUTES = "ec2:DescribeRouteTables"
_SERVICES_PER_CALL = 10
_GONE_STATES = frozenset({"deleted", "deleting"})


class Dangling(NamedTuple):
    """A reference to something that was not found.

    Attributes:
        source: the operation that told of it.
        holder: ARN or id of what refers.
        cluster: of a service; empty of others.
        reference: the id of what is not there.
    """

    source: str
    holder: str
    cluster: str
    reference: str


def dangling(answers: Answers, lacks: Callable[[str], bool]) -> frozenset[Dangling]:
    """References of services and routes to what is not among the answers.

    Args:
        answers: what was read.
        lacks: whether some request of an operation failed: then nothing is proven by what it did not bring.
    """

    def known(operation: str, key: str) -> set[Any] | None:
        return None if lacks(operation) else {row.get(key) for row in answers.entries(operation)}

    return frozenset((*_of_services(answers, known), *_of_routes(answers, known)))


_Known = Callable[[str, str], set[Any] | None]


def _of_services(answers: Answers, known: _Known) -> Iterator[Dangling]:
    subnets = known("ec2:DescribeSubnets", "SubnetId")
    groups = known("ec2:DescribeSecurityGroups", "GroupId")
    target_groups = known("elbv2:DescribeTargetGroups", "TargetGroupArn")
    for service in answers.entries(SERVICES):
        if service.get("status") == "INACTIVE":
            continue
        named = [
            (place, reference)
            for configuration in configurations(service)
            for place, member in ((subnets, "subnets"), (groups, "securityGroups"))
            for reference in configuration.get(member, ())
        ]
        named += [(target_groups, each.get("targetGroupArn")) for each in service.get("loadBalancers", ())]
        for place, reference in named:
            if place is not None and reference and reference not in place:
                yield Dangling(SERVICES, service["serviceArn"], str(service.get("clusterArn", "")), reference)


def _of_routes(answers: Answers, known: _Known) -> Iterator[Dangling]:
    gateways = known("ec2:DescribeInternetGateways", "InternetGatewayId")
    nats = known("ec2:DescribeNatGateways", "NatGatewayId")
    gone = {
        row["NatGatewayId"] for row in answers.entries("ec2:DescribeNatGateways") if row.get("State") in _GONE_STATES
    }
    for table in answers.entries(ROUTES):
        for route in table.get("Routes", ()):
            if route.get("State") == "blackhole":
                continue
            nat, gateway = route.get("NatGatewayId"), str(route.get("GatewayId", ""))
            if nat and nats is not None and nat not in nats - gone:
                yield Dangling(ROUTES, table["RouteTableId"], "", nat)
            if gateway.startswith("igw-") and gateways is not None and gateway not in gateways:
                yield Dangling(ROUTES, table["RouteTableId"], "", gateway)


def requests_again(found: Iterable[Dangling]) -> Iterator[tuple[str, Params]]:
    """The operations, with parameters, that read anew what refers to what is not there."""
    services: dict[str, set[str]] = {}
    tables: set[str] = set()
    for each in found:
        if each.source == SERVICES:
            services.setdefault(each.cluster, set()).add(each.holder)
        else:
            tables.add(each.holder)
    for cluster, arns in sorted(services.items()):
        for batch in batches(arns, _SERVICES_PER_CALL):
            yield SERVICES, {"cluster": cluster, "services": batch}
    for params in filtered("route-table-id", tables):
        yield ROUTES, params


def with_sources(answers: Answers, fresh: dict[str, list[Entry]]) -> Answers:
    """The answers with the sources of references as they were read again: those, and no others."""
    mixed = Answers(answers.target)
    for name in (
        *("ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "elbv2:DescribeTargetGroups"),
        *("ec2:DescribeInternetGateways", "ec2:DescribeNatGateways"),
    ):
        mixed.add(name, answers.entries(name))
    for name, entries in fresh.items():
        mixed.add(name, entries)
    return mixed


def has_masterless_enis(answers: Answers) -> bool:
    """Whether ECS made an ENI that is free, or on a container instance, and no task that was read has it."""
    held: set[str] = set()
    for holder in (*answers.entries("ecs:DescribeTasks"), *answers.entries("ecs:DescribeContainerInstances")):
        for attachment in holder.get("attachments", ()):
            held.add(str(attachment.get("id", "")).rsplit("/", 1)[-1])
            held.update(str(detail.get("value")) for detail in attachment.get("details", ()))
    hosts = ec2_instances(answers)
    for eni in answers.entries("ec2:DescribeNetworkInterfaces"):
        description = str(eni.get("Description", ""))
        if not description.startswith("arn:") or ":attachment/" not in description:
            continue
        is_free = eni.get("Status") == "available"
        is_on_host = (eni.get("Attachment") or {}).get("InstanceId") in hosts
        if (is_free or is_on_host) and held.isdisjoint(
            {description.rsplit("/", 1)[-1], eni.get("NetworkInterfaceId", "")}
        ):
            return True
    return False


def listings_again(answers: Answers) -> Iterator[Params]:
    """The listings of tasks that live by now."""
    for cluster in sorted(clusters(answers)):
        yield {"cluster": cluster, "desiredStatus": "RUNNING"}


def unseen_tasks(answers: Answers, listed: Iterable[Entry], size: int) -> Iterator[Params]:
    """Requests that describe what is listed and was not described yet."""
    seen = {task.get("taskArn") for task in answers.entries("ecs:DescribeTasks")}
    groups: dict[str, set[str]] = {}
    for entry in listed:
        if entry["taskArn"] not in seen:
            groups.setdefault(entry["cluster"], set()).add(entry["taskArn"])
    for cluster, arns in sorted(groups.items()):
        for batch in batches(arns, size):
            yield {"cluster": cluster, "tasks": batch}
