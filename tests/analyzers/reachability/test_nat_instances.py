"""Routes to instances: https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from awsvpc_audit.analyzers.reachability.address import Family
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.gaps import Missing
from awsvpc_audit.model.snapshot import Snapshot
from tests.analyzers.reachability.questions import blocked, flow, hops, outcome, path, proof, resource, unseen
from tests.world import Row, World, acl_entry, healthy, permission, route

WORKER = "service:prod/worker"


def add_instance(world: World, name: str = "nat", subnet_id: str = "subnet-public-a") -> Row:
    """A NAT instance as AWS's page sets it up; its interface."""
    instance = {
        "InstanceId": f"i-{name}",
        "State": {"Name": "running"},
        "SubnetId": subnet_id,
        "VpcId": "vpc-main",
        "NetworkInterfaces": [],
    }
    world.rows["ec2:DescribeInstances"].append({"Instances": [instance]})
    world.add_security_group(f"sg-{name}", "vpc-main", permission("-1", "10.0.0.0/16"))
    eni = world.add_eni(subnet_id, groups=(f"sg-{name}",), instance_id=f"i-{name}", public_ip="198.51.100.9")
    named(world, eni, f"eni-{name}")
    eni["SourceDestCheck"] = False
    return eni


def named(world: World, eni: Row, eni_id: str) -> None:
    """Give an interface an id that a test can write down."""
    for instance in (i for r in world.rows["ec2:DescribeInstances"] for i in r["Instances"]):
        for listed in instance["NetworkInterfaces"]:
            if listed["NetworkInterfaceId"] == eni["NetworkInterfaceId"]:
                listed["NetworkInterfaceId"] = eni_id
    eni["NetworkInterfaceId"] = eni_id


def lead(world: World, table: str, **target: str) -> None:
    """Replace a table's default route."""
    world.route_table(table)["Routes"][-1] = route("0.0.0.0/0", **target)


def behind_nat_instance() -> World:
    """The worker in `subnet-a`, whose default route leads to a NAT instance in `subnet-public-a`."""
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-a"]
    add_instance(world)
    lead(world, "rtb-a", NetworkInterfaceId="eni-nat", InstanceId="i-nat")
    return world


def interface(world: World, eni_id: str = "eni-nat") -> Row:
    return world.find("ec2:DescribeNetworkInterfaces", "NetworkInterfaceId", eni_id)


def add_acl(world: World, acl_id: str, subnet_id: str, *entries: Row) -> None:
    world.rows["ec2:DescribeNetworkAcls"].append(
        {
            "NetworkAclId": acl_id,
            "VpcId": "vpc-main",
            "IsDefault": False,
            "Associations": [{"SubnetId": subnet_id}],
            "Entries": [*entries, *(acl_entry(32767, "deny", egress=egress) for egress in (True, False))],
        }
    )


ALL_OUT, ALL_IN = acl_entry(100, "allow", egress=True), acl_entry(100, "allow", egress=False)


def test_every_hop_out_and_back_is_told() -> None:
    found = flow(behind_nat_instance(), WORKER, "internet")
    assert found.verdict == "reachable"
    assert hops(found) == [
        "egress security_group sg-app allow",
        "egress network_acl acl-main allow",
        "egress route_table rtb-a allow",
        "egress network_acl acl-main allow",
        "ingress security_group sg-nat allow",
        "egress eni eni-nat allow",
        "egress security_group sg-nat allow",
        "egress network_acl acl-main allow",
        "egress route_table rtb-public allow",
        "egress internet_gateway igw-main allow",
        "return network_acl acl-main allow",
        "return network_acl acl-main allow",
        "return route_table rtb-public allow",
        "return network_acl acl-main allow",
    ]
    assert next(hop.detail for hop in found.hops if hop.id == "eni-nat").startswith("i-nat forwards")
    assert [(ref.type, ref.id) for ref in outcome(behind_nat_instance(), WORKER).through] == [("instance", "i-nat")]


class TestWhatStopsTheInstance:
    @pytest.mark.parametrize("check", [True, None], ids=["on", "not said, and on by default"])
    def test_the_source_destination_check(self, check: bool | None) -> None:
        world = behind_nat_instance()
        interface(world)["SourceDestCheck"] = check
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert resource(found) == ("instance", "i-nat")
        assert hops(found)[3] == "egress eni eni-nat deny"
        assert proof(world, WORKER) == [("ec2:DescribeNetworkInterfaces", "eni-nat", "SourceDestCheck", check)]

    @pytest.mark.parametrize("state", ["pending", "stopping", "stopped", "shutting-down", "terminated"])
    @pytest.mark.parametrize("route_state", ["active", "blackhole"])
    def test_a_state_other_than_running(self, state: str, route_state: str) -> None:
        """AWS turns the route into a blackhole meanwhile; that the instance is stopped says more."""
        world = behind_nat_instance()
        world.instance("i-nat")["State"]["Name"] = state
        world.route_table("rtb-a")["Routes"][-1]["State"] = route_state
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert hops(found)[3] == "egress eni eni-nat deny"
        assert found.hops[3].detail == f"i-nat is {state}"
        assert proof(world, WORKER) == [("ec2:DescribeInstances", "i-nat", "State.Name", state)]

    @pytest.mark.parametrize("state", [None, {}], ids=["no state", "a state without a name"])
    def test_an_instance_of_no_known_state_is_where_an_active_route_leads(self, state: Row | None) -> None:
        world = behind_nat_instance()
        world.instance("i-nat")["State"] = state
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_a_blackhole_to_a_running_instance_is_a_blackhole(self) -> None:
        world = behind_nat_instance()
        world.route_table("rtb-a")["Routes"][-1]["State"] = "blackhole"
        found = flow(world, WORKER, "internet")
        assert (blocked(found), found.hops[-1].kind) == (("NET005", "rtb-a"), "route_table")

    def test_an_interface_that_is_attached_to_nothing(self) -> None:
        world = behind_nat_instance()
        eni = interface(world)
        del eni["Attachment"]
        assert flow(world, WORKER, "internet").verdict == "reachable", "in use by something that AWS runs"
        eni["Status"] = "available"
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "eni-nat"))
        assert resource(found) == ("eni", "eni-nat")
        assert proof(world, WORKER) == [("ec2:DescribeNetworkInterfaces", "eni-nat", "Status", "available")]

    def test_its_group_lets_nothing_in_from_the_subnet(self) -> None:
        world = behind_nat_instance()
        world.security_group("sg-nat")["IpPermissions"] = [permission("-1", "10.0.2.0/24")]
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert "ingress security_group sg-nat deny" in hops(found)
        assert [each[:3] for each in proof(world, WORKER)] == [
            ("ec2:DescribeSecurityGroups", "sg-nat", "IpPermissions")
        ]

    @pytest.mark.parametrize(("named_group", "verdict"), [("sg-app", "reachable"), ("sg-alb", "unreachable")])
    def test_its_group_may_name_the_group_of_the_sender(self, named_group: str, verdict: str) -> None:
        world = behind_nat_instance()
        world.security_group("sg-nat")["IpPermissions"] = [permission("-1", named_group)]
        assert flow(world, WORKER, "internet").verdict == verdict

    @pytest.mark.parametrize(("port", "verdict"), [(443, "reachable"), (444, "unreachable")])
    def test_its_group_lets_out_only_some_ports(self, port: int, verdict: str) -> None:
        world = behind_nat_instance()
        world.security_group("sg-nat")["IpPermissionsEgress"] = [permission("tcp", "0.0.0.0/0", 443)]
        found = flow(world, WORKER, "internet", port=port)
        assert found.verdict == verdict
        if verdict == "unreachable":
            assert blocked(found) == ("NET018", "i-nat")
            assert "egress security_group sg-nat deny" in hops(found)

    def test_its_group_lets_out_to_a_part_of_the_internet(self) -> None:
        world = behind_nat_instance()
        world.security_group("sg-nat")["IpPermissionsEgress"] = [permission("tcp", "8.0.0.0/8", 443)]
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("partial", ("NET018", "i-nat"))
        assert flow(world, WORKER, "8.8.8.8").verdict == "reachable"
        assert flow(world, WORKER, "9.9.9.9").verdict == "unreachable"

    def test_its_group_that_names_a_group_lets_nothing_out_to_the_internet(self) -> None:
        world = behind_nat_instance()
        world.security_group("sg-nat")["IpPermissionsEgress"] = [permission("-1", "sg-app")]
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")

    def test_it_has_no_public_address(self) -> None:
        world = behind_nat_instance()
        del interface(world)["Association"]
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert "egress internet_gateway igw-main deny" in hops(found)

    def test_its_subnet_has_no_way_to_the_internet(self) -> None:
        world = behind_nat_instance()
        world.route_table("rtb-public")["Routes"].pop()
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert "egress route_table rtb-public deny" in hops(found)

    def test_its_subnet_is_gone(self) -> None:
        world = behind_nat_instance()
        interface(world)["SubnetId"] = "subnet-gone"
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert hops(found)[3] == "egress eni eni-nat deny"
        assert proof(world, WORKER) == [("ec2:DescribeNetworkInterfaces", "eni-nat", "SubnetId", "subnet-gone")]


class TestNetworkAcls:
    """Those of the instance's subnet see each packet four times."""

    @pytest.mark.parametrize(
        ("entries", "hop", "check"),
        [
            pytest.param((ALL_OUT,), "egress", "NET009", id="requests in"),
            pytest.param(
                (ALL_IN, acl_entry(100, "allow", egress=True, cidr="10.0.0.0/8")), "egress", "NET009", id="requests out"
            ),
            pytest.param(
                (ALL_OUT, acl_entry(100, "allow", egress=False, cidr="10.0.0.0/8")), "return", "NET010", id="replies in"
            ),
            pytest.param(
                (ALL_IN, ALL_OUT, acl_entry(50, "deny", egress=True, cidr="10.0.0.0/8")),
                "return",
                "NET010",
                id="replies out",
            ),
        ],
    )
    def test_each_of_them_may_drop(self, entries: tuple[Row, ...], hop: str, check: str) -> None:
        world = behind_nat_instance()
        add_acl(world, "acl-nat", "subnet-public-a", *entries)
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", (check, "acl-nat"))
        assert f"{hop} network_acl acl-nat deny" in hops(found)

    def test_replies_come_to_any_port_from_1024(self) -> None:
        world = behind_nat_instance()
        replies = acl_entry(100, "allow", egress=False, cidr="0.0.0.0/0", protocol="6", ports=(1024, 65535))
        requests = acl_entry(99, "allow", egress=False, cidr="10.0.0.0/16")
        add_acl(world, "acl-nat", "subnet-public-a", ALL_OUT, requests, replies)
        assert flow(world, WORKER, "internet").verdict == "reachable"
        replies["PortRange"]["From"] = 1025
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("partial", ("NET010", "acl-nat"))

    def test_the_sender_s_own_is_no_fault_of_the_instance(self) -> None:
        world = behind_nat_instance()
        add_acl(world, "acl-a", "subnet-a", ALL_OUT)
        assert blocked(flow(world, WORKER, "internet")) == ("NET010", "acl-a")


class TestTheTargetOfTheRoute:
    def test_an_instance_stands_for_its_primary_interface(self) -> None:
        world = behind_nat_instance()
        lead(world, "rtb-a", InstanceId="i-nat")
        found = flow(world, WORKER, "internet")
        assert (found.verdict, hops(found)[5]) == ("reachable", "egress eni eni-nat allow")

    @pytest.mark.parametrize("order", [1, -1], ids=["listed last", "listed first"])
    @pytest.mark.parametrize("listed", [True, False], ids=["as the instance lists them", "as the interfaces say"])
    def test_and_not_for_a_secondary_one(self, order: int, listed: bool) -> None:
        world = behind_nat_instance()
        lead(world, "rtb-a", InstanceId="i-nat")
        world.add_eni("subnet-b", groups=("sg-nat",), instance_id="i-nat", device_index=1)
        world.rows["ec2:DescribeNetworkInterfaces"].sort(key=lambda row: row["NetworkInterfaceId"] != "eni-nat")
        for rows in (world.instance("i-nat")["NetworkInterfaces"], world.rows["ec2:DescribeNetworkInterfaces"]):
            rows[:] = rows[::order]
        if not listed:
            del world.instance("i-nat")["NetworkInterfaces"]
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_an_instance_that_no_source_lists_is_found_by_its_interface(self) -> None:
        world = behind_nat_instance()
        lead(world, "rtb-a", InstanceId="i-nat")
        world.rows["ec2:DescribeInstances"].pop()
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_the_instance_s_own_list_is_enough(self) -> None:
        world = behind_nat_instance()
        lead(world, "rtb-a", InstanceId="i-nat")
        del interface(world)["Attachment"]
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_an_interface_that_only_its_instance_lists_is_gone(self) -> None:
        world = behind_nat_instance()
        lead(world, "rtb-a", InstanceId="i-nat")
        world.rows["ec2:DescribeNetworkInterfaces"].remove(interface(world))
        assert blocked(flow(world, WORKER, "internet")) == ("NET005", "rtb-a")

    @pytest.mark.parametrize("target", [{"NetworkInterfaceId": "eni-gone"}, {"InstanceId": "i-gone"}])
    def test_one_that_does_not_exist_is_a_route_to_nowhere(self, target: dict[str, str]) -> None:
        world = behind_nat_instance()
        lead(world, "rtb-a", **target)
        found = flow(world, WORKER, "internet")
        (id_,) = target.values()
        assert (found.verdict, resource(found)) == ("unreachable", ("route_table", "rtb-a"))
        assert blocked(found) == ("NET005", "rtb-a")
        assert f"egress eni {id_} deny" in hops(found)
        assert proof(world, WORKER) == [("ec2:DescribeRouteTables", "rtb-a", "Routes[].NetworkInterfaceId", id_)]

    def test_a_terminated_instance_has_no_interface_any_more(self) -> None:
        world = behind_nat_instance()
        world.instance("i-nat").update(State={"Name": "terminated"}, NetworkInterfaces=[])
        world.rows["ec2:DescribeNetworkInterfaces"].remove(interface(world))
        lead(world, "rtb-a", InstanceId="i-nat", State="blackhole")
        assert blocked(flow(world, WORKER, "internet")) == ("NET005", "rtb-a")

    def test_in_a_shared_subnet_an_interface_that_does_not_show_may_be_the_owner_s(self) -> None:
        """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html."""
        world = behind_nat_instance()
        world.subnet("subnet-a")["OwnerId"] = "210987654321"
        for target in ({"NetworkInterfaceId": "eni-owners"}, {"InstanceId": "i-owners"}):
            lead(world, "rtb-a", **target)
            found = path(world, WORKER, "internet")
            assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeNetworkInterfaces",))
            assert blocked(found.flows[0]) is None


class TestWhatWasNotRead:
    @pytest.mark.parametrize(
        ("operation", "hop"),
        [
            ("ec2:DescribeNetworkInterfaces", "egress eni eni-nat unknown"),
            ("ec2:DescribeInstances", "egress eni eni-nat unknown"),
            ("ec2:DescribeInternetGateways", "egress internet_gateway igw-main unknown"),
            ("ec2:DescribeNetworkAcls", "egress network_acl subnet-public-a unknown"),
            ("ec2:DescribeSecurityGroups", "ingress security_group sg-nat unknown"),
        ],
    )
    def test_leaves_it_open_and_names_the_hop(self, operation: str, hop: str) -> None:
        found = path(behind_nat_instance().deny(operation), WORKER, "internet")
        assert (found.verdict, found.missing) == ("unknown", (operation,))
        assert hop in hops(found.flows[0])

    def test_the_instance_s_subnet(self) -> None:
        world = behind_nat_instance()
        world.rows["ec2:DescribeSubnets"].remove(world.subnet("subnet-public-a"))
        gap = Missing(operation="ec2:DescribeSubnets", error="AccessDenied", resources=("subnet-public-a",))
        scope = replace(world.scope_snapshot(), missing=(gap,))
        found = path(Model.of(Snapshot(scopes=(scope,))), WORKER, "internet")
        assert (found.verdict, found.missing) == ("unknown", ("ec2:DescribeSubnets",))
        assert hops(found.flows[0])[3] == "egress eni eni-nat unknown"

    def test_what_has_no_instance_needs_no_state(self) -> None:
        world = behind_nat_instance().deny("ec2:DescribeInstances")
        del interface(world)["Attachment"]
        assert flow(world, WORKER, "internet").verdict == "reachable"

    def test_an_instance_that_is_not_listed_does_not_count_as_terminated(self) -> None:
        """Its interface is attached, and the route to it is active: AWS says by both that it is there."""
        world = behind_nat_instance()
        world.rows["ec2:DescribeInstances"].pop()
        assert flow(world, WORKER, "internet").verdict == "reachable"

    @pytest.mark.parametrize("operation", ["ec2:DescribeNetworkInterfaces", "ec2:DescribeInstances"])
    def test_a_blackhole_stays_one(self, operation: str) -> None:
        world = behind_nat_instance().deny(operation)
        world.route_table("rtb-a")["Routes"][-1]["State"] = "blackhole"
        assert blocked(flow(world, WORKER, "internet")) == ("NET005", "rtb-a")

    def test_a_known_fault_counts_all_the_same(self) -> None:
        world = behind_nat_instance().deny("ec2:DescribeInstances")
        interface(world)["SourceDestCheck"] = True
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")


class TestOneAfterAnother:
    """NAT instances behind NAT instances: unusual, and legal."""

    @staticmethod
    def chain(length: int) -> World:
        """The worker, then `length` instances, each in a subnet of its own, the last in the public one."""
        world = behind_nat_instance()
        for number in range(1, length):
            world.add_route_table(f"rtb-{number}", "vpc-main", route("0.0.0.0/0", NetworkInterfaceId="eni-nat"))
            world.add_subnet(f"subnet-{number}", f"10.0.2{number}.0/24", route_table=f"rtb-{number}")
            add_instance(world, f"{number}", f"subnet-{number}")
            lead(world, "rtb-a" if number == 1 else f"rtb-{number - 1}", NetworkInterfaceId=f"eni-{number}")
        return world

    @pytest.mark.parametrize("length", [2, 4])
    def test_four_of_them_are_followed(self, length: int) -> None:
        found = flow(self.chain(length), WORKER, "internet")
        assert found.verdict == "reachable"
        passed = [hop.id for hop in found.hops if hop.kind == "eni"]
        assert passed == [*(f"eni-{number}" for number in range(1, length)), "eni-nat"]

    def test_five_are_taken_for_a_circle(self) -> None:
        assert flow(self.chain(5), WORKER, "internet").verdict == "unreachable"

    @pytest.mark.parametrize(
        ("admitted", "verdict"),
        [
            pytest.param("sg-1", "reachable", id="that of the first one, whose packets they are by now"),
            pytest.param("sg-app", "unreachable", id="that of the task"),
        ],
    )
    def test_the_second_one_s_group_may_name_another(self, admitted: str, verdict: str) -> None:
        world = self.chain(2)
        world.security_group("sg-nat")["IpPermissions"] = [permission("-1", admitted)]
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == (verdict, None if verdict == "reachable" else ("NET018", "i-nat"))

    def test_a_fault_is_the_last_one_s(self) -> None:
        world = self.chain(2)
        interface(world)["SourceDestCheck"] = True
        assert blocked(flow(world, WORKER, "internet")) == ("NET018", "i-nat")

    @pytest.mark.parametrize("target", [{"NetworkInterfaceId": "eni-1"}, {"InstanceId": "i-1"}])
    def test_a_circle_of_two(self, target: dict[str, str]) -> None:
        world = self.chain(2)
        interface(world)["SubnetId"] = "subnet-b"
        lead(world, "rtb-b", **target)
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert [f"{h.kind} {h.id} {h.verdict}" for h in found.hops if h.kind == "eni"] == [
            "eni eni-1 allow",
            "eni eni-nat allow",
            "eni eni-1 deny",
        ]
        assert proof(world, WORKER) == [("ec2:DescribeRouteTables", "rtb-b", "Routes", "-> eni-1")]

    def test_one_in_the_subnet_that_it_serves_sends_to_itself(self) -> None:
        world = behind_nat_instance()
        interface(world)["SubnetId"] = "subnet-a"
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))
        assert "ingress security_group sg-nat allow" in hops(found)
        assert [hop for hop in hops(found) if hop.startswith("return")] == []


class TestWhatOnlyTheApplianceKnows:
    @pytest.mark.parametrize("destination", ["192.168.4.4", "10.200.0.0/16"])
    def test_where_it_sends_packets_for_other_networks(self, destination: str) -> None:
        world = behind_nat_instance()
        found = flow(world, WORKER, destination)
        assert (found.verdict, blocked(found)) == ("unknown", None)
        assert hops(found)[3] == "egress eni eni-nat unknown"

    def test_but_not_whether_it_takes_them(self) -> None:
        world = behind_nat_instance()
        interface(world)["SourceDestCheck"] = True
        found = flow(world, WORKER, "192.168.4.4")
        assert (found.verdict, blocked(found)) == ("unreachable", ("NET018", "i-nat"))

    def test_a_public_address_is_followed(self) -> None:
        assert flow(behind_nat_instance(), WORKER, "8.8.8.8").verdict == "reachable"

    def test_what_it_does_with_ipv6(self) -> None:
        world = behind_nat_instance()
        world.give_ipv6("subnet-a")
        world.route_table("rtb-a")["Routes"][-1] = route("::/0", NetworkInterfaceId="eni-nat")
        found = flow(world, WORKER, "internet6")
        assert (found.verdict, blocked(found)) == ("unknown", None)
        assert "egress eni eni-nat unknown" in hops(found)
        assert unseen(world, WORKER, family=Family.IPV6) == [("eni", "eni-nat")]

    @pytest.mark.parametrize("type_", ["gateway_load_balancer_endpoint", "gateway_load_balancer"])
    def test_a_firewall_behind_a_gateway_load_balancer(self, type_: str) -> None:
        world = behind_nat_instance()
        interface(world).update(InterfaceType=type_, SourceDestCheck=True)
        found = flow(world, WORKER, "internet")
        assert (found.verdict, blocked(found)) == ("unknown", None)
        assert hops(found)[3] == "egress firewall eni-nat unknown"
        assert unseen(world, WORKER) == [("eni", "eni-nat")]


def stopped(world: World) -> None:
    world.instance("i-nat")["State"]["Name"] = "stopped"


def unchanged(world: World) -> None:
    """As AWS's page has it."""


@pytest.mark.parametrize(("change", "ids"), [(unchanged, set()), (stopped, {"i-nat"})])
def test_the_check_names_the_instance(change: Callable[[World], None], ids: set[str]) -> None:
    world = behind_nat_instance()
    change(world)
    found = {f.resource.id for f in world.audit().findings if f.check_id == "NET018" and f.status == "fail"}
    assert found == ids
