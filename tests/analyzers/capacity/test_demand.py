"""What a service asks for, from its own answer, its task definition and its subnets, as AWS documents them."""

from typing import Any

import pytest

from awsvpc_audit.analyzers.capacity.demand import Demand, demand_of, deployment_bounds, unplaced_tasks
from awsvpc_audit.analyzers.capacity.task_size import TaskSize
from awsvpc_audit.analyzers.workloads import Workload
from tests.world import TASK_ENI, World, healthy

BY_ZONE = ("spread", "attribute:ecs.availability-zone")
UNREADABLE = "attribute:stack = prod"


def workload_of(world: World, name: str = "web") -> Workload:
    return next(w for w in world.context().cluster.workloads if w.name == name)


def demand(world: World, name: str = "web") -> Demand:
    cluster = world.context().cluster
    return demand_of(next(w for w in cluster.workloads if w.name == name), cluster)


def asked(world: World, name: str = "web") -> dict[str, Any]:
    """All that is asked for, the subnets by AZ."""
    found = demand(world, name)
    return {
        "group": found.group,
        "size": found.size,
        "subnets": None if found.subnets is None else found.subnets_by_zone,
        "vpcs": set(found.vpcs),
        "required": found.required,
        "platform": (found.os_family, found.cpu_architecture),
        "missing": found.missing,
    }


def test_an_awsvpc_service_asks_for_room_a_slot_and_a_subnet_of_the_zone() -> None:
    world = healthy()
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] += ["subnet-public-b", "subnet-gone"]
    world.task_definition("web")["requiresAttributes"].append({"name": "ecs.os-type", "value": "linux"})
    assert asked(world) == {
        "group": "service:web",
        "size": TaskSize(cpu=256, memory=512),
        "subnets": {"us-east-1a": ("subnet-a",), "us-east-1b": ("subnet-b", "subnet-public-b")},
        "vpcs": {"vpc-main"},
        "required": ((TASK_ENI, None), ("ecs.os-type", "linux")),
        "platform": ("LINUX", "X86_64"),
        "missing": (),
    }


def test_a_bridge_service_asks_for_no_slot_and_no_subnet() -> None:
    world = healthy()
    world.add_service("bridge", awsvpc=False)
    assert asked(world, "bridge") == {
        "group": "service:bridge",
        "size": TaskSize(cpu=256, memory=512, ports=frozenset({"8080/tcp"}), needs_eni=False),
        "subnets": {},
        "vpcs": set(),
        "required": (),
        "platform": ("LINUX", "X86_64"),
        "missing": (),
    }


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        pytest.param(
            ("ecs:DescribeTaskDefinition",),
            {"size": None, "platform": (None, None), "missing": ("ecs:DescribeTaskDefinition",)},
            id="without its task definition, the size is not known; an awsvpcConfiguration still says the mode",
        ),
        pytest.param(
            ("ec2:DescribeSubnets",),
            {"subnets": None, "vpcs": set(), "missing": ("ec2:DescribeSubnets",)},
            id="without its subnets, where its tasks may go is not known",
        ),
        pytest.param(
            ("ecs:DescribeTaskDefinition", "ec2:DescribeSubnets"),
            {
                "size": None,
                "platform": (None, None),
                "subnets": None,
                "vpcs": set(),
                "missing": ("ecs:DescribeTaskDefinition", "ec2:DescribeSubnets"),
            },
            id="without both",
        ),
    ],
)
def test_what_was_not_read_is_named(denied: tuple[str, ...], expected: dict[str, Any]) -> None:
    world = healthy()
    whole = asked(world)
    for operation in denied:
        world.deny(operation)
    assert asked(world) == whole | expected


def test_a_task_definition_that_requires_nothing_in_awsvpc_mode_still_needs_the_capability() -> None:
    world = healthy()
    del world.task_definition("web")["requiresAttributes"]
    assert demand(world).required == ((TASK_ENI, None),)


def test_constraints_are_those_of_the_service_and_of_the_task_definition() -> None:
    world = healthy()
    world.service("web")["placementConstraints"] = [
        {"type": "memberOf", "expression": "attribute:stack == prod"},
        {"type": "memberOf", "expression": UNREADABLE},
        {"type": "memberOf"},
    ]
    world.task_definition("web")["placementConstraints"] = [
        {"type": "memberOf", "expression": "task:group != service:db"}
    ]
    found = demand(world)
    assert not found.is_distinct
    assert [m.text for m in found.fixed_constraints] == ["attribute:stack == prod", UNREADABLE]
    assert [m.text for m in found.changing_constraints] == ["task:group != service:db"]
    assert [(m.text, m.expression, m.problem) for m in found.member_of if m.expression is None] == [
        (
            UNREADABLE,
            None,
            f"expected an operator after attribute:stack at character 17\n  {UNREADABLE}\n  {' ' * 16}^",
        )
    ]


@pytest.mark.parametrize(
    ("service", "is_distinct", "strategies"),
    [
        pytest.param({}, False, (BY_ZONE,), id="a service without a strategy is spread over AZs"),
        pytest.param(
            {"placementConstraints": [{"type": "distinctInstance"}]}, True, (BY_ZONE,), id="one task on an instance"
        ),
        pytest.param(
            {"schedulingStrategy": "DAEMON"}, True, (), id="a daemon puts one task on each instance and has no strategy"
        ),
        pytest.param(
            {
                "placementStrategy": [
                    {"type": "spread", "field": "attribute:ecs.availability-zone"},
                    {"type": "binpack", "field": "MEMORY"},
                    {"type": "random"},
                ]
            },
            False,
            (BY_ZONE, ("binpack", "MEMORY"), ("random", "")),
            id="strategies in their order",
        ),
    ],
)
def test_how_tasks_are_put_beside_each_other(
    service: dict[str, Any], is_distinct: bool, strategies: tuple[tuple[str, str], ...]
) -> None:
    world = healthy()
    world.service("web").update(service)
    found = demand(world)
    assert (found.is_distinct, found.strategies) == (is_distinct, strategies)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        pytest.param([], (), id="a launch type takes any instance"),
        pytest.param([{"capacityProvider": "blue", "weight": 1}], ("blue",), id="one provider"),
        pytest.param(
            [{"capacityProvider": "blue", "weight": 1}, {"capacityProvider": "green", "weight": 3}],
            ("blue", "green"),
            id="two providers share the tasks",
        ),
        pytest.param(
            [{"capacityProvider": "blue", "weight": 1}, {"capacityProvider": "green", "weight": 0}],
            ("blue",),
            id="a provider of weight 0 gets no task",
        ),
        pytest.param(
            [{"capacityProvider": "blue", "weight": 1}, {"capacityProvider": "green", "base": 2}],
            ("blue", "green"),
            id="but for those of its base",
        ),
        pytest.param(
            [{"capacityProvider": "blue"}], ("blue",), id="the only one, where the source leaves its weight out"
        ),
    ],
)
def test_capacity_providers_that_get_tasks(strategy: list[dict[str, Any]], expected: tuple[str, ...]) -> None:
    world = healthy()
    for name in ("blue", "green"):
        world.add_capacity_provider(name)
    world.add_service("api", launch_type=None if strategy else "EC2", strategy=strategy, running=0)
    assert demand(world, "api").providers == expected


def test_standalone_tasks_ask_in_the_name_of_their_group() -> None:
    world = healthy()
    world.add_task_definition("batch")
    task = world.add_task(None, on="i-a", definition="batch")
    task["group"] = "nightly"
    found = demand(world, "batch:1")
    assert (found.name, found.group, found.strategies) == ("batch:1", "nightly", (BY_ZONE,))
    assert (found.providers, found.is_distinct, found.zones) == ((), False, frozenset({"us-east-1a"}))
    del task["group"]
    assert demand(world, "batch:1").group == "family:batch"


def test_services_are_alike_where_nothing_that_an_instance_is_asked_differs() -> None:
    world = healthy()
    world.add_service("alike", desired=7, on=("i-a",), running=1)
    world.add_service("bridge", awsvpc=False)
    world.add_service("in-one-zone", subnets=("subnet-a",))
    world.add_service("constrained")["placementConstraints"] = [
        {"type": "memberOf", "expression": "attribute:a exists"}
    ]
    key = demand(world).fixed_key
    assert demand(world, "alike").fixed_key == key
    assert key not in {demand(world, name).fixed_key for name in ("bridge", "in-one-zone", "constrained")}


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        pytest.param(
            {"desiredCount": 5, "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 150}},
            (3, 7),
            id="the least rounds up, the most rounds down",
        ),
        pytest.param(
            {"desiredCount": 5, "deploymentConfiguration": {"minimumHealthyPercent": 0, "maximumPercent": 100}},
            (0, 5),
            id="all of them may stop",
        ),
        pytest.param(
            {"desiredCount": 200, "deploymentConfiguration": {}}, (200, 400), id="100 % and 200 % unless said"
        ),
        pytest.param({"desiredCount": 5, "deploymentConfiguration": None}, (5, 10), id="also where all is left out"),
        pytest.param(
            {"desiredCount": 200, "deploymentConfiguration": {}, "schedulingStrategy": "DAEMON"},
            (0, 200),
            id="of a daemon, 0 % and 100 % unless said",
        ),
    ],
)
def test_bounds_of_a_deployment(service: dict[str, Any], expected: tuple[int, int]) -> None:
    world = healthy()
    world.service("web").update(service)
    assert deployment_bounds(workload_of(world)) == expected


def deploying(
    *,
    desired: int = 4,
    old: int = 4,
    new: int = 0,
    pending: int = 0,
    waiting: int = 0,
    minimum: int = 100,
    maximum: int = 200,
) -> World:
    """A service `api` in a rolling deployment, whose tasks, old and new, are on `i-a`, but for those that wait."""
    world = healthy()
    service = world.add_service("api", desired=desired, running=old + new, on=("i-a",))
    service["deploymentConfiguration"] = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    (first,) = service["deployments"]
    service["deployments"] = [
        first
        | {
            "id": "ecs-svc/new",
            "status": "PRIMARY",
            "runningCount": new,
            "pendingCount": pending + waiting,
            "rolloutState": "IN_PROGRESS",
        },
        first | {"id": "ecs-svc/old", "status": "ACTIVE", "runningCount": old},
    ]
    for _ in range(pending):
        world.add_task("api", on="i-a", status="PENDING")
    for _ in range(waiting):
        world.add_task("api", status="PROVISIONING")["launchType"] = "EC2"
    return world


@pytest.mark.parametrize(
    ("deployment", "waiting"),
    [
        pytest.param({}, 4, id="at the least that must run, all the new ones want a place beside the old"),
        pytest.param({"maximum": 150}, 2, id="as many as may exist at a time"),
        pytest.param({"maximum": 100}, 0, id="none, where none may exist beside the old"),
        pytest.param({"old": 4, "new": 1, "minimum": 50}, 0, id="above the least, an old one can stop first"),
        pytest.param({"old": 3, "new": 1}, 3, id="those that run already want none"),
        pytest.param({"old": 4, "pending": 1, "maximum": 300}, 3, id="nor those that start"),
        pytest.param({"waiting": 4}, 4, id="those that wait for an instance of the capacity provider have no place"),
        pytest.param({"waiting": 2, "pending": 1, "maximum": 175}, 2, id="beside those that start on one"),
        pytest.param({"old": 2, "waiting": 4, "minimum": 50}, 4, id="all that wait, and not only what is missing"),
        pytest.param({"old": 4, "pending": 4}, 0, id="all have a place"),
        pytest.param({"old": 2, "maximum": 100}, 2, id="what is missing to the desired count is wanted anyhow"),
        pytest.param({"old": 2, "new": 0, "minimum": 50, "maximum": 125}, 3, id="and the new ones beside it"),
    ],
)
def test_tasks_without_a_place_in_a_deployment(deployment: dict[str, int], waiting: int) -> None:
    assert unplaced_tasks(workload_of(deploying(**deployment), "api")) == waiting


@pytest.mark.parametrize(
    ("state", "service"),
    [
        pytest.param("COMPLETED", {}, id="a deployment that is over, whose old tasks drain"),
        pytest.param("IN_PROGRESS", {"schedulingStrategy": "DAEMON"}, id="a daemon, which stops the old task first"),
        pytest.param("IN_PROGRESS", {"deployments": []}, id="a service that lists no deployment"),
    ],
)
def test_outside_of_a_rolling_deployment_only_missing_tasks_want_a_place(state: str, service: dict[str, Any]) -> None:
    world = deploying(old=3)
    world.service("api")["deployments"][0]["rolloutState"] = state
    world.service("api").update(service)
    assert unplaced_tasks(workload_of(world, "api")) == 1


def test_the_primary_deployment_is_found_wherever_it_is_listed() -> None:
    world = deploying()
    world.service("api")["deployments"].reverse()
    assert unplaced_tasks(workload_of(world, "api")) == 4
    for deployment in world.service("api")["deployments"]:
        deployment["status"] = "ACTIVE"
    assert unplaced_tasks(workload_of(world, "api")) == 0
