"""What the program may not read decides, so the answer is that it is not known."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import Account
from tests.scenarios.incidents.placement import leave
from tests.scenarios.incidents.way_out import add_secret
from tests.scenarios.scenario import ORDERS, VAULT, Area, scenario


@scenario(Area.UNKNOWN, first=("SUB001", "private-a"), unknown="ec2:DescribeSubnets")
def a_subnet_is_full_and_subnets_may_not_be_read(account: Account) -> None:
    account.fill("private-a")
    account.fails("worker", texts.no_address(account["private-a"]))
    account.deny("ec2:DescribeSubnets")


@scenario(Area.UNKNOWN, first=None, unknown="ec2:DescribeNatGateways")
def a_nat_gateway_has_failed_and_nat_gateways_may_not_be_read(account: Account) -> None:
    account.nat_state("nat-a", "failed")
    account.fails("worker", texts.NO_WAY_TO_ECR)
    account.deny("ec2:DescribeNatGateways")


@scenario(Area.UNKNOWN, first=None, unknown="ec2:DescribeRouteTables")
def a_route_is_gone_and_route_tables_may_not_be_read(account: Account) -> None:
    account.lose_route("rtb-a")
    account.fails("worker", texts.NO_WAY_TO_ECR)
    account.deny("ec2:DescribeRouteTables")


@scenario(Area.UNKNOWN, first=None, unknown="ec2:DescribeSecurityGroups")
def a_group_lets_nothing_out_and_groups_may_not_be_read(account: Account) -> None:
    account.close("sg-worker")
    account.fails("worker", texts.NO_WAY_TO_ECR)
    account.deny("ec2:DescribeSecurityGroups")


@scenario(Area.UNKNOWN, first=None, unknown="ec2:DescribeNetworkAcls")
def an_acl_denies_and_acls_may_not_be_read(account: Account) -> None:
    account.acl("acl-a", "private-a", (100, "allow", True, "-1", None))
    account.fails("worker", texts.no_image("worker"))
    account.deny("ec2:DescribeNetworkAcls")


@scenario(Area.UNKNOWN, first=None, subject=VAULT, unknown="ec2:DescribeVpcEndpoints")
def an_endpoint_has_failed_and_endpoints_may_not_be_read(account: Account) -> None:
    account.endpoint("vpce-ecr.api").state = "failed"
    account.fails("vault", texts.NO_WAY_TO_ECR, subnet="island-a")
    account.deny("ec2:DescribeVpcEndpoints")


@scenario(Area.UNKNOWN, first=("PLC004", "orders"), subject=ORDERS, unknown="ecs:DescribeContainerInstances")
def every_cpu_unit_is_taken_and_hosts_may_not_be_read(account: Account) -> None:
    leave(account, cpu=128)
    account.says("orders", texts.closest(account.host("host-b").id, "has insufficient CPU units available."))
    account.deny("ecs:DescribeContainerInstances")


@scenario(Area.UNKNOWN, first=("SVC007", "ecsTaskExecutionRole or worker"), unknown="iam:SimulatePrincipalPolicy")
def a_secret_is_denied_and_iam_may_not_be_asked(account: Account) -> None:
    """`AccessDenied` itself makes it likely that the role lacks the right; IAM alone could confirm it."""
    account.fails("worker", texts.secret_denied(add_secret(account)))
    account.aws.refused.add("secretsmanager:GetSecretValue")
    account.deny("iam:SimulatePrincipalPolicy")
