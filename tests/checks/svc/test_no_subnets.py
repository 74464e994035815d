"""SVC002: an awsvpc service without subnets; security groups may be left out (S5)."""

from typing import Any

import pytest

from awsvpc_audit.findings import Evidence, ResourceRef
from tests.world import World, failing, finding, healthy, unknown

FIELD = "networkConfiguration.awsvpcConfiguration.subnets"


def without_network(**more: Any) -> World:
    world = healthy()
    row = world.add_service("bare", desired=0)
    del row["networkConfiguration"]
    row.update(more)
    return world


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(None, id="no network configuration"),
        pytest.param({}, id="an empty one"),
        pytest.param({"awsvpcConfiguration": {"subnets": [], "securityGroups": ["sg-app"]}}, id="groups only"),
    ],
)
def test_a_service_without_subnets_fails(network: dict[str, Any] | None) -> None:
    world = without_network(**({} if network is None else {"networkConfiguration": network}))

    result = world.audit()

    assert ("SVC002", "bare") in failing(result)
    found = finding(result, "SVC002")
    assert found.resource == ResourceRef(type="service", id="bare", arn=world.service("bare")["serviceArn"])
    assert found.evidence == (
        Evidence(operation="ecs:DescribeServices", resource="bare", field=FIELD, value=None),
        Evidence(operation="ecs:DescribeTaskDefinition", resource="bare:1", field="networkMode", value="awsvpc"),
    )


def test_a_service_without_security_groups_is_well() -> None:
    world = healthy()
    world.add_service("open", launch_type="FARGATE", desired=0, groups=())

    assert failing(world.audit()) == set()


def test_a_bridge_service_needs_none() -> None:
    world = healthy()
    world.add_service("legacy", awsvpc=False, on=("i-a",))

    assert failing(world.audit()) == set()


def test_an_external_controller_without_task_sets_is_not_judged() -> None:
    world = without_network(deploymentController={"type": "EXTERNAL"})

    assert ("SVC002", "bare") not in failing(world.audit())


def test_an_external_controller_keeps_subnets_in_its_task_set() -> None:
    config = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-app"]}}
    primary = {"id": "ecs-svc/1", "status": "PRIMARY", "networkConfiguration": config}
    world = without_network(deploymentController={"type": "EXTERNAL"}, taskSets=[primary])

    assert ("SVC002", "bare") not in failing(world.audit())


def test_an_external_controller_whose_task_set_has_none_fails() -> None:
    world = without_network(
        deploymentController={"type": "EXTERNAL"}, taskSets=[{"id": "ecs-svc/1", "status": "PRIMARY"}]
    )

    assert ("SVC002", "bare") in failing(world.audit())


def test_standalone_tasks_do_not_keep_their_configuration() -> None:
    world = healthy()
    world.add_task_definition("job")
    world.add_task(None, definition="job")

    assert "SVC002" not in {check for check, _ in failing(world.audit())}


def test_without_services_read_it_is_unknown_for_the_cluster() -> None:
    assert ("SVC002", "prod") in unknown(healthy().deny("ecs:DescribeServices").audit())
