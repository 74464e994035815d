"""The task ENI cannot be made where the configuration wants it."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import Account
from tests.scenarios.scenario import ORDERS, Area, scenario


@scenario(Area.SUBNETS, first=("SUB001", "private-a"))
def a_subnet_is_full_on_fargate(account: Account) -> None:
    account.fill("private-a")
    account.fails("worker", texts.no_address(account["private-a"]))


@scenario(Area.SUBNETS, first=("SUB001", "private-c"), subject=ORDERS)
def a_subnet_is_full_on_ec2(account: Account) -> None:
    account.fill("private-c")
    account.fails("orders", texts.no_address(account["private-c"]), subnet="private-c", host="host-c")


@scenario(Area.SUBNETS, first=("SUB003", "subnet-0123456789abcdef0"))
def a_subnet_was_deleted(account: Account) -> None:
    gone = "subnet-0123456789abcdef0"
    account.network("worker")["subnets"] = [account["private-b"], gone]
    account.fails("worker", texts.no_interface(gone, "InvalidSubnetID.NotFound"), subnet="private-b")


@scenario(Area.SUBNETS, first=("SUB004", "sg-0123456789abcdef0"))
def a_security_group_was_deleted(account: Account) -> None:
    account.fails("worker", texts.no_interface(account["private-a"], "InvalidSecurityGroupID.NotFound"))
    account.network("worker")["securityGroups"] = ["sg-0123456789abcdef0"]


@scenario(Area.SUBNETS, first=("SUB004", "sg-0123456789abcdef0"), subject=ORDERS)
def a_security_group_was_deleted_under_a_service_on_ec2(account: Account) -> None:
    account.fails(
        "orders",
        texts.no_interface(account["private-b"], "InvalidGroup.NotFound"),
        subnet="private-b",
        host="host-b",
    )
    account.network("orders")["securityGroups"] = [account["sg-app"], "sg-0123456789abcdef0"]


@scenario(Area.SUBNETS, first=("SUB005", "worker"))
def the_security_group_is_of_another_vpc(account: Account) -> None:
    account.fails(
        "worker",
        texts.no_interface(
            account["private-a"],
            f"InvalidParameterValue: Security group {account['sg-island-app']} and subnet {account['private-a']} "
            "belong to different networks.",
        ),
    )
    account.network("worker")["securityGroups"] = [account["sg-island-app"]]
