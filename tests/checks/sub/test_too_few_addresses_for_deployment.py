import pytest

from tests.world import World, failing, finding, healthy, unknown

SUBNET = ("SUB002", "subnet-a")


def world(free: int) -> World:
    """`web` (2 tasks on EC2) and `worker` (2 on Fargate) over two subnets: a deployment takes one address of each."""
    world = healthy()
    world.subnet("subnet-a")["AvailableIpAddressCount"] = free
    return world


@pytest.mark.parametrize(
    ("free", "fails"),
    [
        pytest.param(2, False, id="one for each new task"),
        pytest.param(1, True, id="one too few"),
        pytest.param(0, False, id="none at all is SUB001"),
    ],
)
def test_boundary(free: int, fails: bool) -> None:
    assert (SUBNET in failing(world(free).audit())) is fails


def test_what_it_says() -> None:
    found = finding(world(1).audit(), "SUB002")
    assert (found.resource.type, found.severity) == ("subnet", "medium")
    assert {ref.id for ref in found.affected} == {"web", "worker"}
    assert "has 1 free IPv4 addresses, and a full deployment takes 2 more (web 1, worker 1)" in found.detail
    assert ("AvailableIpAddressCount", 1) in {(e.field, e.value) for e in found.evidence}


def test_maximum_percent_100_takes_none() -> None:
    account = world(1)
    for name in ("web", "worker"):
        account.service(name)["deploymentConfiguration"]["maximumPercent"] = 100
    assert SUBNET not in failing(account.audit())


def test_blue_green_takes_as_many_again() -> None:
    account = world(1)
    account.service("web")["deploymentConfiguration"]["maximumPercent"] = 100
    account.service("worker")["deploymentConfiguration"]["maximumPercent"] = 100
    account.service("worker")["desiredCount"] = account.service("worker")["runningCount"] = 4
    account.service("worker")["deploymentController"] = {"type": "CODE_DEPLOY"}
    assert SUBNET in failing(account.audit())


def test_ec2_tasks_use_no_subnet_without_instances_in_its_zone() -> None:
    account = world(1)
    account.rows["ecs:DescribeContainerInstances"] = [account.container_instance("i-b")]
    account.service("worker")["desiredCount"] = 0
    assert SUBNET not in failing(account.audit())


def test_an_ipv6_only_subnet_does_not_run_out() -> None:
    account = world(1)
    account.subnet("subnet-a")["Ipv6Native"] = True
    assert SUBNET not in failing(account.audit())


def test_it_is_unknown_without_the_subnets() -> None:
    assert SUBNET in unknown(world(1).deny("ec2:DescribeSubnets").audit())
