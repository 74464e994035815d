"""What services name is asked about before tasks are listed; what only tasks name, afterwards; nothing twice."""

from typing import Any

from awsvpc_audit.collectors.operation import Answers, Target
from awsvpc_audit.collectors.operations import BY_NAME
from awsvpc_audit.collectors.selection import other_subnets, other_vpcs, service_vpcs


def task(subnet_id: str, definition: str = "once:1", group: str = "family:once") -> dict[str, Any]:
    return {
        "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/prod/1",
        "taskDefinitionArn": definition,
        "group": group,
        "attachments": [{"details": [{"name": "subnetId", "value": subnet_id}]}],
    }


def read(*, tasks: bool = True, of_service_vpc: bool = True) -> Answers:
    """A service in subnet-a, of vpc-a; a standalone task in subnet-c, of vpc-c; subnet-b is another one of vpc-a."""
    answers = Answers(Target(("prod",)))
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}
    answers.add("ecs:DescribeServices", [{"taskDefinition": "web:1", "networkConfiguration": network}])
    answers.add("ec2:DescribeSubnets", [{"SubnetId": "subnet-a", "VpcId": "vpc-a"}])
    if of_service_vpc:
        answers.add("ec2:DescribeSubnets", [{"SubnetId": "subnet-b", "VpcId": "vpc-a"}])
    if tasks:
        answers.add("ecs:DescribeTasks", [task("subnet-b", "web:1", "service:web"), task("subnet-c")])
    return answers


def requests(operation: str, label: str, answers: Answers) -> list[Any]:
    return [p for ask in BY_NAME[operation].asks if ask.label == label for p in ask.requests(answers)]


def test_the_vpcs_of_services_are_the_same_before_and_after_tasks_are_read() -> None:
    assert service_vpcs(read(tasks=False, of_service_vpc=False)) == service_vpcs(read()) == {"vpc-a"}


def test_of_the_subnets_of_tasks_only_those_outside_are_asked_for() -> None:
    assert other_subnets(read()) == {"subnet-c"}


def test_a_subnet_that_its_vpc_did_not_tell_is_asked_for_by_its_id() -> None:
    assert other_subnets(read(of_service_vpc=False)) == {"subnet-b", "subnet-c"}


def test_a_vpc_of_standalone_tasks_alone_is_read_once_its_subnet_is_known() -> None:
    answers = read()
    answers.add("ec2:DescribeSubnets", [{"SubnetId": "subnet-c", "VpcId": "vpc-c"}])
    assert other_vpcs(answers) == {"vpc-c"}
    values = [
        [each["Values"] for params in requests("ec2:DescribeRouteTables", label, answers) for each in params["Filters"]]
        for label in ("by-vpc", "by-other-vpc")
    ]
    assert values == [[["vpc-a"]], [["vpc-c"]]]


def test_each_task_definition_is_asked_for_once() -> None:
    early = requests("ecs:DescribeTaskDefinition", "of-services", read())
    late = requests("ecs:DescribeTaskDefinition", "of-tasks", read())
    assert [each["taskDefinition"] for each in early] == ["web:1"]
    assert [each["taskDefinition"] for each in late] == ["once:1"]
