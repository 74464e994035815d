"""Short words for path questions in tests."""

from collections.abc import Callable
from typing import Any

from awsvpc_audit.analyzers.reachability.address import Family
from awsvpc_audit.analyzers.reachability.path import trace_path
from awsvpc_audit.analyzers.reachability.services import Reachability
from awsvpc_audit.analyzers.reachability.sources import Resolver
from awsvpc_audit.analyzers.reachability.trace import Outcome
from awsvpc_audit.findings import PathDocument, PathFlow
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from tests.well_formed import assert_outcome, assert_path
from tests.world import Row, World


class Checked(Reachability):
    """The engine, with each of its answers looked at, and none that the one before it changes."""

    def answer(self, key: object, compute: Callable[[], Outcome]) -> Outcome:
        """As the engine answers; what it remembers must be what it would find out."""
        found = super().answer(key, compute)
        assert_outcome(found)
        assert found == compute(), f"{key} is remembered for another question"
        return found


def path(world: World | Model, source: str, destination: str, **more: Any) -> PathDocument:
    """The answer of the engine over a world, or over a model of several."""
    model = world.model() if isinstance(world, World) else world
    found = trace_path(Checked(model), source, destination, **more)
    assert_path(found)
    return found


def flow(world: World | Model, source: str, destination: str, **more: Any) -> PathFlow:
    """The one flow of a question that has one."""
    flows = path(world, source, destination, **more).flows
    assert len(flows) == 1, flows
    return flows[0]


def blocked(found: PathFlow) -> tuple[str, str] | None:
    """Check and resource of what blocks."""
    return (found.blocked_by.check_id, found.blocked_by.resource.id) if found.blocked_by else None


def hops(found: PathFlow) -> list[str]:
    """`direction kind id verdict` of each hop, dns and eni left out."""
    return [f"{h.direction} {h.kind} {h.id} {h.verdict}" for h in found.hops]


def together(*worlds: World) -> Model:
    """Several accounts and Regions in one snapshot."""
    return Model.of(Snapshot(scopes=tuple(world.scope_snapshot() for world in worlds)))


def add_endpoint(world: World, service: str, *subnets: str, group: str = "sg-endpoints", **more: Any) -> Row:
    """An interface endpoint with private DNS, one interface in each subnet."""
    if not any(row["GroupId"] == group for row in world.rows["ec2:DescribeSecurityGroups"]):
        world.add_security_group(group, "vpc-main")
    enis = [world.add_eni(subnet, groups=(group,), type_="vpc_endpoint") for subnet in subnets]
    row: Row = {
        "VpcEndpointId": f"vpce-{service.replace('.', '')}",
        "VpcEndpointType": "Interface",
        "VpcId": "vpc-main",
        "ServiceName": f"com.amazonaws.{world.region}.{service}",
        "State": "available",
        "SubnetIds": list(subnets),
        "Groups": [{"GroupId": group, "GroupName": group}],
        "PrivateDnsEnabled": True,
        "NetworkInterfaceIds": [eni["NetworkInterfaceId"] for eni in enis],
        "IpAddressType": "ipv4",
        **more,
    }
    world.rows["ec2:DescribeVpcEndpoints"].append(row)
    return row


def add_s3_gateway(world: World, *route_tables: str) -> Row:
    """A gateway endpoint for S3, with its prefix-list route in each table."""
    row: Row = {
        "VpcEndpointId": "vpce-s3",
        "VpcEndpointType": "Gateway",
        "VpcId": "vpc-main",
        "ServiceName": f"com.amazonaws.{world.region}.s3",
        "State": "available",
        "RouteTableIds": list(route_tables),
    }
    world.rows["ec2:DescribeVpcEndpoints"].append(row)
    world.rows["ec2:DescribePrefixLists"].append(
        {
            "PrefixListId": "pl-s3",
            "PrefixListName": f"com.amazonaws.{world.region}.s3",
            "Cidrs": ["52.216.0.0/15", "3.5.0.0/19"],
        }
    )
    for table in route_tables:
        world.route_table(table)["Routes"].append(
            {"DestinationPrefixListId": "pl-s3", "GatewayId": "vpce-s3", "State": "active", "Origin": "CreateRoute"}
        )
    return row


def outcome(world: World, source: str, *, inbound: bool = False, family: Family = Family.IPV4, **more: Any) -> Outcome:
    """What the checks see of an interface's way to the internet, or of the way from there."""
    reachability = Checked(world.model())
    (node,) = Resolver(reachability.network).source(source)
    ask = reachability.from_internet if inbound else reachability.to_internet
    return ask(node, family, **more)


def proof(world: World, source: str, **more: Any) -> list[tuple[str, str, str, object]]:
    """What proves that it is blocked: operation, resource, field and value."""
    block = outcome(world, source, **more).block
    assert block is not None, "nothing is blocked"
    assert block.reason
    return [(each.operation, each.resource, each.field, each.value) for each in block.evidence]


def unseen(world: World, source: str, **more: Any) -> list[tuple[str, str]]:
    """What nobody can look into on it, by type and id."""
    return [(ref.type, ref.id) for ref in outcome(world, source, **more).opaque]


def resource(found: PathFlow) -> tuple[str, str] | None:
    """Type and id of the resource at fault."""
    return (found.blocked_by.resource.type, found.blocked_by.resource.id) if found.blocked_by else None
