"""LBS002: awsvpc services work with Application and Network Load Balancers only (S25)."""

from awsvpc_audit.findings import Evidence, ResourceRef
from tests.world import World, failing, finding, healthy, unknown

CLASSIC = [{"loadBalancerName": "elb-old", "containerName": "app", "containerPort": 8080}]


def with_classic(*, awsvpc: bool = True) -> World:
    world = healthy()
    world.add_service("old", awsvpc=awsvpc, on=("i-a",), load_balancers=CLASSIC)
    return world


def test_a_classic_load_balancer_fails() -> None:
    result = with_classic().audit()

    assert failing(result) == {("LBS002", "elb-old")}
    found = finding(result, "LBS002")
    assert found.severity == "critical"
    assert found.resource == ResourceRef(type="load_balancer", id="elb-old")
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "old")]
    assert found.evidence == (
        Evidence(
            operation="ecs:DescribeServices",
            resource="old",
            field="loadBalancers[].loadBalancerName",
            value="elb-old",
        ),
    )


def test_a_bridge_service_may_have_one() -> None:
    assert failing(with_classic(awsvpc=False).audit()) == set()


def test_a_target_group_is_none() -> None:
    assert failing(healthy().audit()) == set()


def test_the_service_proves_it_whatever_else_was_denied() -> None:
    world = with_classic().deny("elbv2:DescribeLoadBalancers").deny("elbv2:DescribeTargetGroups")

    assert ("LBS002", "elb-old") in failing(world.audit())


def test_two_services_behind_one_are_one_finding() -> None:
    world = with_classic()
    world.service("worker")["loadBalancers"] = CLASSIC

    assert [ref.id for ref in finding(world.audit(), "LBS002").affected] == ["old", "worker"]


def test_without_services_read_it_is_unknown_for_the_cluster() -> None:
    assert ("LBS002", "prod") in unknown(with_classic().deny("ecs:DescribeServices").audit())


def test_a_name_beside_a_target_group_is_no_classic_load_balancer() -> None:
    world = healthy()
    world.service("web")["loadBalancers"][0]["loadBalancerName"] = "alb-web"

    assert failing(world.audit()) == set()
