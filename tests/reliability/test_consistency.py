"""AWS changes while it is read: what an audit sees in between is the account as it was before or as it is after."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from awsvpc_audit.demo.account import CLUSTER, build
from awsvpc_audit.demo.emulator import REGION, Emulator, emulator
from tests.cli.conftest import Command
from tests.conftest import NOW
from tests.emulator_faults import FaultyAws, faulty
from tests.reliability.comparing import AUDITED, Document, of_status


@dataclass
class Account:
    """The sample account, which changes."""

    aws: FaultyAws
    emulator: Emulator
    command: Command

    def audit(self) -> Document:
        account = ("--region", REGION, "--endpoint-url", self.aws.endpoint_url)
        said = self.command("cluster", CLUSTER, *account, "--format", "json")
        assert said.code in AUDITED, said.err
        document: Document = json.loads(said.out)
        return document

    def subnet(self, name: str) -> str:
        rows = self.emulator.client("ec2").describe_subnets(Filters=[{"Name": "tag:Name", "Values": [name]}])["Subnets"]
        return str(rows[0]["SubnetId"])

    def group(self, name: str) -> str:
        found = self.emulator.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
        return str(found["SecurityGroups"][0]["GroupId"])

    @property
    def ecs(self) -> Any:
        return self.emulator.backend("ecs")

    @property
    def ec2(self) -> Any:
        return self.emulator.backend("ec2")

    def network_of(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.services[f"{CLUSTER}:{service}"].network_configuration["awsvpcConfiguration"]
        return found

    def tasks_of(self, service: str) -> dict[str, Any]:
        return {arn: task for arn, task in self.ecs.tasks[CLUSTER].items() if task.group == f"service:{service}"}


@pytest.fixture
def account(command: Command) -> Iterator[Account]:
    with emulator() as running:
        build(running, NOW)
        with faulty(running.endpoint_url) as aws:
            yield Account(aws, running, command)


def stop_a_task(account: Account) -> None:
    arn, task = next(iter(account.tasks_of("web").items()))
    details = {detail["name"]: detail["value"] for detail in task.attachments[0]["details"]}
    account.ec2.delete_network_interface(details["networkInterfaceId"])
    del account.ecs.tasks[CLUSTER][arn]


def delete_a_service(account: Account) -> None:
    for arn in account.tasks_of("worker"):
        del account.ecs.tasks[CLUSTER][arn]
    del account.ecs.services[f"{CLUSTER}:worker"]


def deactivate_a_service(account: Account) -> None:
    service = account.ecs.services[f"{CLUSTER}:worker"]
    service.status, service.desired_count, service.running_count = "INACTIVE", 0, 0


def move_to_another_subnet(account: Account) -> None:
    old, new = account.subnet("private-c"), account.subnet("private-b")
    network = account.network_of("worker")
    network["subnets"] = [new]
    for subnets in account.ec2.subnets.values():
        subnets.pop(old, None)


def change_the_group(account: Account) -> None:
    ec2 = account.emulator.client("ec2")
    old = account.group("app")
    new = ec2.create_security_group(
        GroupName="app-2", Description="app", VpcId=account.ec2.get_subnet(account.subnet("private-a")).vpc_id
    )["GroupId"]
    for service in ("web", "api", "worker", "batch", "admin"):
        account.network_of(service)["securityGroups"] = [new]
    for groups in account.ec2.groups.values():
        groups.pop(old, None)


def change_the_target_group(account: Account) -> None:
    service = account.ecs.services[f"{CLUSTER}:admin"]
    (old,) = [each["targetGroupArn"] for each in service.load_balancers]
    service.load_balancers = []
    account.emulator.client("elbv2").delete_target_group(TargetGroupArn=old)


def replace_the_nat_gateway(account: Account) -> None:
    ec2 = account.emulator.client("ec2")
    table = next(
        row
        for row in ec2.describe_route_tables()["RouteTables"]
        if any(each.get("SubnetId") == account.subnet("private-b") for each in row["Associations"])
    )
    old = next(route["NatGatewayId"] for route in table["Routes"] if "NatGatewayId" in route)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    new = ec2.create_nat_gateway(SubnetId=account.subnet("public-b"), AllocationId=address)["NatGateway"]
    ec2.replace_route(
        RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=new["NatGatewayId"]
    )
    account.ec2.nat_gateways[old].state = "deleted"


def terminate_an_instance(account: Account) -> None:
    arn, host = next(
        (arn, host) for arn, host in account.ecs.container_instances[CLUSTER].items() if host.ec2_instance_id
    )
    for task_arn, task in list(account.tasks_of("api").items()):
        if task.container_instance_arn == host.container_instance_arn:
            details = {detail["name"]: detail["value"] for detail in task.attachments[0]["details"]}
            account.ec2.enis.pop(details["networkInterfaceId"], None)
            del account.ecs.tasks[CLUSTER][task_arn]
    del account.ecs.container_instances[CLUSTER][arn]
    account.emulator.client("ec2").terminate_instances(InstanceIds=[host.ec2_instance_id])


def start_a_task(account: Account) -> None:
    """Its ENI is there, and not attached yet."""
    task = account.emulator.run_task(
        "web", cluster=CLUSTER, subnet_id=account.subnet("private-a"), started_at=NOW - timedelta(minutes=1)
    )
    details = {detail["name"]: detail["value"] for detail in task.attachments[0]["details"]}
    account.ec2.enis[details["networkInterfaceId"]].status = "available"


def remove_a_role(account: Account) -> None:
    account.emulator.client("iam").delete_role(RoleName="ecsTaskExecutionRole")


def deploy_and_delete_the_old_definition(account: Account) -> None:
    ecs = account.emulator.client("ecs")
    old = ecs.describe_task_definition(taskDefinition="worker")["taskDefinition"]
    kept = {key: old[key] for key in ("family", "networkMode", "cpu", "memory", "containerDefinitions")}
    new = ecs.register_task_definition(**kept, executionRoleArn=old["executionRoleArn"])["taskDefinition"]
    service = account.ecs.services[f"{CLUSTER}:worker"]
    service.task_definition = new["taskDefinitionArn"]
    for deployment in service.deployments:
        deployment["taskDefinition"] = new["taskDefinitionArn"]
    for task in account.tasks_of("worker").values():
        task.task_definition_arn = new["taskDefinitionArn"]
    del account.ecs.task_definitions["worker"][1]


CHANGES: dict[str, tuple[str, Callable[[Account], None]]] = {
    "a task stops after it was listed": ("ecs:ListTasks", stop_a_task),
    "a task stops after it was described": ("ecs:DescribeTasks", stop_a_task),
    "a service is deleted after it was listed": ("ecs:ListServices", delete_a_service),
    "a service is deleted after it was described": ("ecs:DescribeServices", delete_a_service),
    "a service is deleted and still shown as inactive": ("ecs:ListServices", deactivate_a_service),
    "a service moves to another subnet and the old one is deleted": ("ecs:DescribeServices", move_to_another_subnet),
    "services get another group and the old one is deleted": ("ecs:DescribeServices", change_the_group),
    "a service leaves its target group and that is deleted": ("ecs:DescribeServices", change_the_target_group),
    "a NAT gateway is replaced": ("ec2:DescribeRouteTables", replace_the_nat_gateway),
    "an instance is terminated after it was listed": ("ecs:ListContainerInstances", terminate_an_instance),
    "an instance is terminated after it was described": ("ecs:DescribeContainerInstances", terminate_an_instance),
    "a task starts after tasks were described": ("ecs:DescribeTasks", start_a_task),
    "a role is deleted": ("ecs:DescribeTaskDefinition", remove_a_role),
    "a deployment, and the old task definition is deleted": (
        "ecs:DescribeServices",
        deploy_and_delete_the_old_definition,
    ),
}


@pytest.mark.reliability
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_seen_was_so_before_or_is_so_after(account: Account, change: str) -> None:
    operation, happens = CHANGES[change]
    before = account.audit()
    account.aws.afterwards(operation, lambda: happens(account))
    between = account.audit()
    after = account.audit()
    assert between["collection"]["missing"] == []
    assert (
        of_status(between, "unknown").keys() <= of_status(before, "unknown").keys() | of_status(after, "unknown").keys()
    )
    invented = of_status(between, "fail").keys() - of_status(before, "fail").keys() - of_status(after, "fail").keys()
    assert invented == set()


def test_a_service_that_has_moved_on_is_seen_where_it_is_now(account: Account) -> None:
    account.aws.afterwards("ecs:DescribeServices", lambda: move_to_another_subnet(account))
    document = account.audit()
    assert not [key for key in of_status(document, "fail") if key[0] == "SUB003"]
    assert account.aws.calls["sts:GetCallerIdentity"] == 2, "the collection began anew"


def test_a_service_that_does_name_what_is_gone_is_a_fault_and_costs_one_call_more(account: Account) -> None:
    gone = account.subnet("private-c")
    for subnets in account.ec2.subnets.values():
        subnets.pop(gone, None)
    document = account.audit()
    assert ("SUB003", ("subnet", gone)) in of_status(document, "fail")
    assert account.aws.calls["sts:GetCallerIdentity"] == 1
    assert account.aws.calls["ecs:DescribeServices"] == 2


def test_a_task_that_starts_meanwhile_leaves_no_interface_over(account: Account) -> None:
    account.aws.afterwards("ecs:ListTasks", lambda: start_a_task(account), desiredStatus="RUNNING")
    document = account.audit()
    assert not [key for key in of_status(document, "fail") if key[0] == "ENI008"]
    assert account.aws.calls["ecs:DescribeTasks"] == 2, "listed again, and the new one described"
