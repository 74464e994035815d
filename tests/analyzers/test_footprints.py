"""Which resources the packets of tasks and hosts pass."""

from awsvpc_audit.analyzers.footprints import Footprint, footprint_of
from tests.world import World, healthy, route


def footprint(world: World, *, on_hosts: bool = True) -> Footprint:
    return footprint_of(world.context().cluster, ("subnet-a", "subnet-b"), ("sg-app",), on_hosts=on_hosts)


def test_packets_pass_table_acl_and_the_way_of_the_nat_gateway() -> None:
    assert footprint(healthy()).by_subnet["subnet-a"] == {
        "subnet-a",
        "vpc-main",
        "acl-main",
        "rtb-a",
        "local",
        "nat-a",
        "subnet-public-a",
        "rtb-public",
        "igw-main",
    }


def test_groups_belong_to_the_way_of_every_subnet() -> None:
    assert not footprint(healthy()).is_elsewhere("sg-app", ("subnet-a",))


def test_another_zones_gateway_is_elsewhere() -> None:
    assert footprint(healthy()).is_elsewhere("nat-b", ("subnet-a",))
    assert not footprint(healthy()).is_elsewhere("nat-b", ("subnet-a", "subnet-b"))
    assert not footprint(healthy()).is_elsewhere("nat-b", ())


def test_what_is_on_no_known_way_is_not_called_elsewhere() -> None:
    assert not footprint(healthy()).is_elsewhere("vpce-1", ("subnet-a",))


def test_hosts_have_a_way_of_their_own() -> None:
    world = healthy()
    world.add_route_table("rtb-hosts", "vpc-main", route("0.0.0.0/0", GatewayId="igw-main"))
    world.add_subnet("subnet-hosts", "10.0.9.0/24", route_table="rtb-hosts")
    for host in ("i-a", "i-b"):
        world.instance(host)["SubnetId"] = "subnet-hosts"
    passed = footprint(world)
    assert passed.is_of_tasks_only("rtb-a")
    assert passed.is_of_tasks_only("sg-app")
    assert not passed.is_of_tasks_only("igw-main")
    assert {"sg-host", "rtb-hosts"} <= passed.of_hosts


def test_fargate_has_no_hosts() -> None:
    assert footprint(healthy(), on_hosts=False).of_hosts == frozenset()


def test_what_was_not_read_is_left_out() -> None:
    passed = footprint(healthy().deny("ec2:DescribeRouteTables").deny("ec2:DescribeNetworkAcls"))
    assert passed.by_subnet["subnet-a"] == {"subnet-a", "vpc-main"}
    assert footprint(healthy().deny("ec2:DescribeSubnets")).by_subnet["subnet-a"] == {"subnet-a"}
