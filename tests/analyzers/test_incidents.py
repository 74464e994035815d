"""Whole incidents, by the real checks: one fault and its symptom in a healthy account, one service in trouble."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from awsvpc_audit.findings import Confidence, Diagnosis
from tests.analyzers.reachability.questions import add_endpoint
from tests.failing_starts import REGISTRY
from tests.world import TASK_ENI, World, healthy

PLACE = (
    "(service web) was unable to place a task because no container instance met all of its requirements. The closest "
    "matching (container-instance 1d3cf1d0) "
)


def fill_eni_slots(world: World) -> None:
    for host in ("i-a", "i-b"):
        for _ in range(2):
            world.add_task("cache", on=host)
    world.add_event("web", PLACE + 'encountered error "RESOURCE:ENI".')


def use_up_cpu(world: World) -> None:
    for host in ("i-a", "i-b"):
        world.container_instance(host)["remainingResources"][0]["integerValue"] = 128
    world.add_event("web", PLACE + "has insufficient CPU units available.")


def use_up_memory(world: World) -> None:
    for host in ("i-a", "i-b"):
        world.container_instance(host)["remainingResources"][1]["integerValue"] = 64
    world.add_event("web", PLACE + "has insufficient memory available.")


def drop_capability(world: World) -> None:
    for host in ("i-a", "i-b"):
        row = world.container_instance(host)
        row["attributes"] = [a for a in row["attributes"] if a["name"] != TASK_ENI]
    world.add_event("web", PLACE + "is missing an attribute required by your task.")


def disconnect_agents(world: World) -> None:
    for host in ("i-a", "i-b"):
        world.container_instance(host)["agentConnected"] = False
    world.add_event("web", PLACE + 'encountered error "AGENT".')


def constrain(world: World) -> None:
    world.service("web")["placementConstraints"] = [
        {"type": "memberOf", "expression": "attribute:ecs.instance-type == x9.huge"}
    ]
    world.add_event("web", PLACE + 'encountered error "MemberOf placement constraint unsatisfied.".')


def remove_instances(world: World) -> None:
    world.rows["ecs:DescribeContainerInstances"].clear()
    world.rows["ec2:DescribeInstances"].clear()
    world.rows["ecs:DescribeTasks"] = [t for t in world.rows["ecs:DescribeTasks"] if t["launchType"] == "FARGATE"]
    world.service("web")["runningCount"] = 0
    world.service("cache")["runningCount"] = world.service("cache")["desiredCount"] = 0
    world.add_event(
        "web", "(service web) was unable to place a task. No Container Instances were found in your cluster."
    )


def fill_subnet(world: World) -> None:
    world.subnet("subnet-b")["AvailableIpAddressCount"] = 0
    world.add_stopped_task(
        "web",
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-b': "
        "InsufficientFreeAddressesInSubnet",
        subnet_id="subnet-b",
    )


def delete_group(world: World) -> None:
    world.add_stopped_task(
        "web",
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-a': "
        "InvalidSecurityGroupID.NotFound",
    )
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] = ["sg-gone"]


def run_out_of_memory(world: World) -> None:
    world.add_stopped_task(
        "web",
        "Essential container in task exited",
        code="EssentialContainerExited",
        container_reason="OutOfMemoryError: Container killed due to memory usage",
        exit_code=137,
        started=True,
    )


def exit_by_itself(world: World) -> None:
    world.add_stopped_task(
        "web", "Essential container in task exited", code="EssentialContainerExited", exit_code=1, started=True
    )
    world.subnet("subnet-b")["AvailableIpAddressCount"] = 0


def fail_its_own_health_check(world: World) -> None:
    world.add_stopped_task("web", "Task failed container health checks", code="ServiceSchedulerInitiated", started=True)


def fail_nat_gateway(world: World) -> None:
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = "failed"
    world.service("worker")["runningCount"] = 1
    world.add_stopped_task(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from "
        "Amazon ECR: There is a connection issue between the task and Amazon ECR.",
    )


def fail_nat_gateway_and_refuse(world: World) -> None:
    world.find("ec2:DescribeNatGateways", "NatGatewayId", "nat-a")["State"] = "failed"
    world.service("worker")["runningCount"] = 1
    world.add_stopped_task(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secrets from ssm: "
        "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: "
        "ssm:GetParameters",
        subnet_id="subnet-b",
    )


def exit_in_a_public_subnet(world: World) -> None:
    world.service("web")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-public-a"]
    world.add_stopped_task(
        "web", "Essential container in task exited", code="EssentialContainerExited", exit_code=1, started=True
    )


@dataclass(frozen=True, kw_only=True)
class Incident:
    """A fault with its symptom, and the first cause: check and resource, or nothing."""

    plant: Callable[[World], None]
    symptom: str
    first: tuple[str, str] | None
    service: str = "web"


INCIDENTS = {
    "every task-ENI slot is taken": Incident(plant=fill_eni_slots, symptom="place.eni", first=("ENI001", "prod")),
    "every CPU unit is taken": Incident(plant=use_up_cpu, symptom="place.cpu", first=("PLC004", "web")),
    "all memory is taken": Incident(plant=use_up_memory, symptom="place.memory", first=("PLC005", "web")),
    "hosts do not do awsvpc": Incident(plant=drop_capability, symptom="place.attribute", first=("AGT006", "i-a")),
    "agents are disconnected": Incident(plant=disconnect_agents, symptom="place.agent", first=("AGT007", "i-a")),
    "no host meets the constraint": Incident(plant=constrain, symptom="place.constraint", first=("PLC006", "web")),
    "no host is left": Incident(plant=remove_instances, symptom="place.no-instances", first=("PLC001", "prod")),
    "a subnet is full": Incident(plant=fill_subnet, symptom="start.eni-no-address", first=("SUB001", "subnet-b")),
    "a security group is gone": Incident(plant=delete_group, symptom="start.eni-attach", first=("SUB004", "sg-gone")),
    "the application uses too much memory": Incident(plant=run_out_of_memory, symptom="run.oom", first=None),
    "the application exits beside a full subnet": Incident(plant=exit_by_itself, symptom="run.exit", first=None),
    "a NAT gateway has failed": Incident(
        plant=fail_nat_gateway, symptom="start.pull-auth", first=("NET006", "nat-a"), service="worker"
    ),
    "a refusal beside a failed NAT gateway": Incident(
        plant=fail_nat_gateway_and_refuse, symptom="start.secrets", first=None, service="worker"
    ),
    "the application exits in a subnet without egress": Incident(
        plant=exit_in_a_public_subnet, symptom="run.exit", first=None
    ),
    "the container is unhealthy": Incident(plant=fail_its_own_health_check, symptom="run.health-container", first=None),
}


def incident_world(service: str = "web") -> World:
    """Healthy, but one service is short of a task; others run on its hosts and in its subnets."""
    world = healthy()
    world.add_service("cache", desired=0)
    world.service(service)["desiredCount"] = 3
    return world


def diagnosed(world: World) -> list[Diagnosis]:
    return list(world.audit().diagnoses)


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=INCIDENTS)
def test_the_first_cause_of_an_incident_is_right_and_services_beside_it_are_silent(incident: Incident) -> None:
    world = incident_world(incident.service)
    incident.plant(world)
    (diagnosis,) = diagnosed(world)
    assert diagnosis.subject.id == incident.service
    assert diagnosis.symptoms[0].code == incident.symptom
    first = diagnosis.causes[0] if diagnosis.causes else None
    assert (first and (first.check_id, first.resource.id)) == incident.first
    if first is not None:
        assert first.confidence is Confidence.CONFIRMED


@pytest.mark.parametrize("incident", INCIDENTS.values(), ids=INCIDENTS)
def test_the_fault_that_explains_the_symptom_is_marked_as_observed(incident: Incident) -> None:
    world = incident_world(incident.service)
    incident.plant(world)
    observed = {(f.check_id, f.resource.id) for f in world.audit().findings if f.observed}
    assert incident.first in observed if incident.first else observed == set()


def test_without_a_word_from_ecs_the_cause_is_likely() -> None:
    world = incident_world()
    fill_eni_slots(world)
    world.service("web")["events"].clear()
    (diagnosis,) = diagnosed(world)
    assert diagnosis.symptoms == ()
    assert (diagnosis.causes[0].check_id, diagnosis.causes[0].confidence) == ("ENI001", Confidence.LIKELY)


def test_without_a_word_and_without_a_fault_the_diagnosis_says_what_was_cleared() -> None:
    (diagnosis,) = diagnosed(incident_world())
    assert diagnosis.causes == ()
    assert {"ENI001", "PLC004", "SUB001"} <= {cleared.check_id for cleared in diagnosis.cleared}


def test_subnets_that_could_not_be_read_make_a_possible_cause_and_name_the_operation() -> None:
    world = incident_world()
    fill_subnet(world)
    (diagnosis,) = diagnosed(world.deny("ec2:DescribeSubnets"))
    assert diagnosis.causes[0].confidence is Confidence.POSSIBLE
    assert "ec2:DescribeSubnets" in diagnosis.unknown


@pytest.mark.parametrize(
    ("service", "host"),
    [
        ("ecr.dkr", "123456789012.dkr.ecr.us-east-1.amazonaws.com"),
        ("ecr.api", "api.ecr.us-east-1.amazonaws.com"),
    ],
)
def test_of_endpoints_that_are_closed_alike_the_one_that_was_called_comes_first(service: str, host: str) -> None:
    world = incident_world("worker")
    world.task_definition("worker")["containerDefinitions"][0]["image"] = f"{REGISTRY}/worker:1.0"
    for each in ("ecr.api", "ecr.dkr"):
        add_endpoint(world, each, "subnet-a", "subnet-b", group="sg-closed")
    world.add_stopped_task(
        "worker",
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to do request: Head "
        f'"https://{host}/": dial tcp 10.0.1.23:443: i/o timeout',
    )
    (diagnosis,) = (each for each in diagnosed(world) if each.subject.id == "worker")
    closed = [(cause.resource.id, cause.confidence) for cause in diagnosis.causes if cause.check_id == "END003"]
    assert closed[0] == (f"vpce-{service.replace('.', '')}", Confidence.CONFIRMED)
    assert {id_ for id_, _ in closed} == {"vpce-ecrapi", "vpce-ecrdkr"}
    assert diagnosis.causes[0].check_id == "END003"
