"""SUB003: a configured subnet that is gone."""

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_checks
from awsvpc_audit.checks._base import Context
from awsvpc_audit.checks.sub.missing_subnet import missing_subnet
from awsvpc_audit.findings import Evidence, ResourceRef, Status
from awsvpc_audit.model.account_model import Model
from awsvpc_audit.model.snapshot import Snapshot
from tests.world import World, failing, finding, healthy, unknown


def world_with_gone_subnet(*services: str) -> World:
    world = healthy()
    for service in services:
        config = world.service(service)["networkConfiguration"]["awsvpcConfiguration"]
        config["subnets"] = ["subnet-a", "subnet-gone"]
    return world


def test_a_subnet_that_is_not_there_fails_alone() -> None:
    result = world_with_gone_subnet("worker").audit()

    assert failing(result) == {("SUB003", "subnet-gone")}
    assert unknown(result) == set()


def test_it_names_subnet_service_and_proof() -> None:
    found = finding(world_with_gone_subnet("worker").audit(), "SUB003")

    assert found.resource == ResourceRef(type="subnet", id="subnet-gone")
    assert [(ref.type, ref.id) for ref in found.affected] == [("service", "worker")]
    assert found.evidence == (
        Evidence(
            operation="ecs:DescribeServices",
            resource="worker",
            field="networkConfiguration.awsvpcConfiguration.subnets",
            value="subnet-gone",
        ),
        Evidence(operation="ec2:DescribeSubnets", resource="subnet-gone", field="SubnetId", value=None),
    )


def test_the_command_keeps_what_is_left_of_the_configuration() -> None:
    found = finding(world_with_gone_subnet("worker").audit(), "SUB003")

    assert found.remediation.commands == (
        (
            "aws ecs update-service --cluster prod --service worker --network-configuration "
            "'awsvpcConfiguration={subnets=[subnet-a],securityGroups=[sg-app],assignPublicIp=DISABLED}'"
        ),
    )


def test_no_command_where_no_subnet_would_be_left() -> None:
    world = healthy()
    world.service("worker")["networkConfiguration"]["awsvpcConfiguration"]["subnets"] = ["subnet-gone"]

    assert finding(world.audit(), "SUB003").remediation.commands == ()


def test_one_gone_subnet_of_two_services_is_one_finding() -> None:
    found = finding(world_with_gone_subnet("web", "worker").audit(), "SUB003")

    assert [ref.id for ref in found.affected] == ["web", "worker"]


def test_a_service_at_zero_tasks_is_misconfigured_all_the_same() -> None:
    world = healthy()
    world.add_service("idle", launch_type="FARGATE", desired=0, subnets=("subnet-a", "subnet-gone"))

    assert failing(world.audit()) == {("SUB003", "subnet-gone")}


def test_a_subnet_deleted_under_running_services_fails_for_both() -> None:
    world = healthy()
    world.rows["ec2:DescribeSubnets"].remove(world.subnet("subnet-b"))

    found = finding(world.audit(), "SUB003", "subnet-b")
    assert [ref.id for ref in found.affected] == ["web", "worker"]


def test_a_subnet_that_another_account_of_the_snapshot_owns_is_there() -> None:
    owner = World(account="210987654321", cluster="other")
    owner.add_vpc()
    owner.add_subnet("subnet-gone", "10.0.9.0/24", "us-east-1b")
    scopes = (world_with_gone_subnet("worker").scope_snapshot(), owner.scope_snapshot())
    model = Model.of(Snapshot(scopes=scopes))

    findings = run_checks((missing_subnet,), Context(cluster=Cluster(model.scopes[0], "prod"), model=model))

    assert {finding.status for finding in findings} == {Status.PASS}


def test_without_subnets_read_it_is_unknown_and_never_a_failure() -> None:
    result = world_with_gone_subnet("worker").deny("ec2:DescribeSubnets").audit()

    assert failing(result) == set()
    found = finding(result, "SUB003", "subnet-gone")
    assert found.status is Status.UNKNOWN
    assert found.missing == ("ec2:DescribeSubnets",)
    assert [ref.id for ref in found.affected] == ["worker"]


def test_a_healthy_world_is_silent() -> None:
    assert failing(healthy().audit()) == set()


def test_a_standalone_task_shows_by_its_eni_where_it_was_put() -> None:
    world = healthy()
    world.add_task_definition("job")
    task = world.add_task(None, definition="job", subnet_id="subnet-a", status="PROVISIONING")
    task["attachments"][0]["details"] = [{"name": "subnetId", "value": "subnet-gone"}]

    found = finding(world.audit(), "SUB003")
    assert [(ref.type, ref.id) for ref in found.affected] == [("task", "job:1")]
    assert found.evidence[0].operation == "ecs:DescribeTasks"
    assert found.evidence[0].field == "attachments[].details[subnetId]"
    assert found.remediation.commands == ()
