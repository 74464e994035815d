"""A dozen incidents in the emulator, read with real API calls: collector, checks and diagnosis together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from awsvpc_audit.analyzers.workloads import Cluster
from awsvpc_audit.audit import run_audit
from awsvpc_audit.checks import ALL_CHECKS
from awsvpc_audit.checks._base import Context
from awsvpc_audit.collectors.operation import Target
from awsvpc_audit.collectors.runner import collect
from awsvpc_audit.collectors.session import Session, SessionOptions
from awsvpc_audit.demo.emulator import ACCOUNT, REGION, Emulator, emulator
from awsvpc_audit.findings import AuditResult
from awsvpc_audit.model.account_model import Model
from tests.conftest import NOW

CLUSTER = "prod"
NETWORK = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from "
    "Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration."
)
IMAGE = (
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref public.ecr.aws/"
    'nginx:1: failed to do request: Head "https://public.ecr.aws/v2/nginx/manifests/1": dial tcp 99.83.145.10:443: '
    "i/o timeout"
)


@dataclass
class Account:
    """A small account in the emulator: one VPC, two private subnets behind NAT, and Fargate services.

    Attributes:
        aws: the emulator.
        ids: of what was made, by name.
    """

    aws: Emulator
    ids: dict[str, str]

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def fail(self, reason: str, *, subnet: str = "private-a", service: str = "api", **more: Any) -> None:
        """A task of the service that stopped."""
        task = self.aws.run_task(service, cluster=CLUSTER, subnet_id=self.ids[subnet])
        self.aws.stop_task(task, reason=reason, at=NOW - timedelta(minutes=4), **more)

    def audit(self) -> AuditResult:
        session = Session(SessionOptions(endpoint_url=self.aws.endpoint_url, region=REGION))
        collected = collect(session, Target((CLUSTER,)))
        model = Model.of(collected.snapshot)
        scope, name = model.find_cluster(CLUSTER)
        return run_audit(ALL_CHECKS, Context(cluster=Cluster(scope, name), model=model), collected.collection)


def build(aws: Emulator) -> Account:
    ec2, ecs, iam = aws.client("ec2"), aws.client("ecs"), aws.client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    ids = {"vpc": vpc}
    for number, name in enumerate(("public-a", "public-b", "private-a", "private-b")):
        ids[name] = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{name[-1]}"
        )["Subnet"]["SubnetId"]
    ids["igw"] = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=ids["igw"], VpcId=vpc)
    ids["rtb-public"] = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=ids["rtb-public"], DestinationCidrBlock="0.0.0.0/0", GatewayId=ids["igw"])
    for zone in "ab":
        ec2.associate_route_table(RouteTableId=ids["rtb-public"], SubnetId=ids[f"public-{zone}"])
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=ids[f"public-{zone}"], AllocationId=address)["NatGateway"]
        ids[f"nat-{zone}"] = nat["NatGatewayId"]
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ids[f"rtb-{zone}"] = table
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat["NatGatewayId"])
        ec2.associate_route_table(RouteTableId=table, SubnetId=ids[f"private-{zone}"])
    ids["group"] = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    iam.create_role(
        RoleName="AWSServiceRoleForECS", AssumeRolePolicyDocument="{}", Path="/aws-service-role/ecs.amazonaws.com/"
    )
    aws.settings = [
        {"name": "awsvpcTrunking", "value": "disabled", "principalArn": f"arn:aws:iam::{ACCOUNT}:root", "type": "user"}
    ]
    ecs.create_cluster(clusterName=CLUSTER)
    for family in ("api", "beside"):
        ecs.register_task_definition(
            family=family,
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            requiresCompatibilities=["FARGATE"],
            containerDefinitions=[{"name": "app", "image": "public.ecr.aws/nginx:1", "memory": 512, "essential": True}],
        )
    for name, subnets in (("api", ("private-a", "private-b")), ("beside", ("private-b",))):
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=name,
            desiredCount=2,
            launchType="FARGATE",
            platformVersion="1.4.0",
            networkConfiguration={
                "awsvpcConfiguration": {
                    "subnets": [ids[subnet] for subnet in subnets],
                    "securityGroups": [ids["group"]],
                    "assignPublicIp": "DISABLED",
                }
            },
        )
    services = aws.backend("ecs").services
    for name, running in (("api", 1), ("beside", 2)):
        service = services[f"{CLUSTER}:{name}"]
        service.running_count, service.pending_count = running, 0
        service.deployments[0] |= {"runningCount": running, "pendingCount": 0, "rolloutState": "COMPLETED"}
        for _ in range(running):
            aws.run_task(name, cluster=CLUSTER, subnet_id=ids["private-b"], started_at=NOW - timedelta(days=1))
    return Account(aws, ids)


@pytest.fixture
def account() -> Iterator[Account]:
    with emulator() as running:
        yield build(running)


def fail_nat(account: Account) -> None:
    account.aws.backend("ec2").nat_gateways[account.ids["nat-a"]].state = "failed"
    account.fail(NETWORK)


def delete_route(account: Account) -> None:
    account.client("ec2").delete_route(RouteTableId=account.ids["rtb-a"], DestinationCidrBlock="0.0.0.0/0")
    account.fail(NETWORK)


def use_public_subnet(account: Account) -> None:
    table = account.ids["rtb-a"]
    ec2 = account.client("ec2")
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=account.ids["igw"])
    account.fail(NETWORK)


def detach_gateway(account: Account) -> None:
    account.client("ec2").detach_internet_gateway(InternetGatewayId=account.ids["igw"], VpcId=account.ids["vpc"])
    account.fail(IMAGE)


def take_public_route(account: Account) -> None:
    account.client("ec2").delete_route(RouteTableId=account.ids["rtb-public"], DestinationCidrBlock="0.0.0.0/0")
    account.fail(IMAGE)


def close_group(account: Account) -> None:
    account.client("ec2").revoke_security_group_egress(
        GroupId=account.ids["group"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    account.fail(NETWORK)


def deny_in_acl(account: Account) -> None:
    ec2 = account.client("ec2")
    acl = ec2.create_network_acl(VpcId=account.ids["vpc"])["NetworkAcl"]["NetworkAclId"]
    account.ids["acl"] = acl
    for egress, action, number in ((True, "deny", 90), (True, "allow", 100), (False, "allow", 100)):
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number,
            Egress=egress,
            RuleAction=action,
            Protocol="6" if action == "deny" else "-1",
            CidrBlock="0.0.0.0/0",
            **({"PortRange": {"From": 443, "To": 443}} if action == "deny" else {}),
        )
    current = next(
        association["NetworkAclAssociationId"]
        for row in ec2.describe_network_acls()["NetworkAcls"]
        for association in row["Associations"]
        if association["SubnetId"] == account.ids["private-a"]
    )
    ec2.replace_network_acl_association(AssociationId=current, NetworkAclId=acl)
    account.fail(IMAGE)


def lose_role(account: Account) -> None:
    account.client("iam").delete_role(RoleName="AWSServiceRoleForECS")
    account.fail("Unable to assume the service linked role. Please verify that the ECS service linked role exists.")


def exit_by_itself(account: Account) -> None:
    account.fail("Essential container in task exited", code="EssentialContainerExited")


def lose_spot(account: Account) -> None:
    account.fail("Your Spot Task was interrupted.", code="SpotInterruption")


def wait_for_capacity(account: Account) -> None:
    account.fail("Timeout waiting for network interface provisioning to complete.")


@dataclass(frozen=True)
class Emulated:
    """What is broken, and the check and the name of the resource of the first cause."""

    plant: Callable[[Account], None]
    first: tuple[str, str] | None


EMULATED = {
    "a NAT gateway has failed": Emulated(fail_nat, ("NET006", "nat-a")),
    "the default route was deleted": Emulated(delete_route, ("NET004", "rtb-a")),
    "the default route leads to the internet gateway": Emulated(use_public_subnet, ("NET002", "api")),
    "the internet gateway is detached": Emulated(detach_gateway, ("NET012", "igw")),
    "the NAT gateways' subnets have no way out": Emulated(take_public_route, ("NET007", "nat-a")),
    "the task group lets nothing out": Emulated(close_group, ("NET011", "group")),
    "an ACL denies 443 outbound": Emulated(deny_in_acl, ("NET009", "acl")),
    "the service-linked role is missing": Emulated(lose_role, ("SVC003", "AWSServiceRoleForECS")),
    "the application exits": Emulated(exit_by_itself, None),
    "Spot takes a task back": Emulated(lose_spot, None),
    "an ENI was not provisioned in time, once": Emulated(wait_for_capacity, None),
}


@pytest.mark.parametrize("scenario", EMULATED.values(), ids=EMULATED)
def test_the_first_cause_is_right_over_real_api_calls(scenario: Emulated, account: Account) -> None:
    scenario.plant(account)
    result = account.audit()
    (diagnosis,) = result.diagnoses
    assert (diagnosis.subject.type, diagnosis.subject.id) == ("service", "api")
    first = diagnosis.causes[0] if diagnosis.causes else None
    expected = scenario.first and (scenario.first[0], account.ids.get(scenario.first[1], scenario.first[1]))
    assert (first and (first.check_id, first.resource.id)) == expected


def test_the_healthy_account_has_no_finding(account: Account) -> None:
    account.aws.backend("ecs").services[f"{CLUSTER}:api"].running_count = 2
    result = account.audit()
    assert result.diagnoses == ()
    assert {f"{f.check_id} {f.resource.id}" for f in result.findings if f.status.value == "fail"} == set()


def test_a_rule_of_the_emulator_is_a_launcher(account: Account) -> None:
    account.aws.backend("ecs").services[f"{CLUSTER}:api"].running_count = 2
    events = account.client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="ENABLED")
    parameters = {
        "TaskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/api",
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {
            "awsvpcConfiguration": {
                "Subnets": [account.ids["public-a"]],
                "SecurityGroups": [account.ids["group"]],
                "AssignPublicIp": "DISABLED",
            }
        },
    }
    events.put_targets(
        Rule="nightly",
        Targets=[
            {
                "Id": "1",
                "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{CLUSTER}",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/events",
                "EcsParameters": parameters,
            }
        ],
    )
    (diagnosis,) = account.audit().diagnoses
    assert (diagnosis.subject.type, diagnosis.subject.id) == ("launcher", "events:rule/nightly")
    assert diagnosis.causes[0].check_id == "NET002"
