"""No room for another task ENI on the container instances."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import CLUSTER, NOW, Account, add_host
from tests.scenarios.scenario import ORDERS, Area, scenario


def take_all_slots(account: Account) -> None:
    """A c5.large takes two task ENIs; a second task of `orders` runs on each host."""
    for zone in "bc":
        host = account.host(f"host-{zone}")
        account.aws.run_task("orders", cluster=CLUSTER, subnet_id=account[f"private-{zone}"], on=host, started_at=NOW)
    account.service("orders").running_count = 4


@scenario(
    Area.SLOTS,
    first=("ENI001", CLUSTER),
    subject=ORDERS,
    record="https://github.com/aws/aws-app-mesh-examples/issues/342",
)
def every_task_eni_slot_is_taken(account: Account) -> None:
    take_all_slots(account)
    account.says(
        "orders", texts.closest(account.host("host-b").id, 'encountered error "RESOURCE:ENI". ') + texts.SEE_MORE
    )


@scenario(Area.SLOTS, first=("ENI001", CLUSTER), subject=ORDERS)
def slots_are_taken_and_some_tasks_fail_at_the_device_index(account: Account) -> None:
    """As in aws/containers-roadmap#1545: ECS places more tasks on a host than it has ENIs for."""
    take_all_slots(account)
    account.fails(
        "orders", "Unable to attach network interface to unused device index.", subnet="private-b", host="host-b"
    )


@scenario(
    Area.SLOTS,
    first=("ENI001", CLUSTER),
    subject=ORDERS,
    beside=(("ENI003", "host-b"), ("ENI003", "host-c")),
)
def trunking_was_switched_on_after_the_hosts_had_been_launched(account: Account) -> None:
    account.aws.settings[0]["value"] = "enabled"
    take_all_slots(account)
    account.says("orders", texts.closest(account.host("host-b").id, 'encountered error "RESOURCE:ENI".'))


@scenario(Area.SLOTS, first=("ENI002", "eni-by-hand"), subject=ORDERS)
def an_eni_attached_by_hand_takes_a_slot_that_ecs_counts_on(account: Account) -> None:
    ec2 = account.ec2
    eni = ec2.create_network_interface(SubnetId=account["private-b"], Description="for tests")["NetworkInterface"]
    account.ids["eni-by-hand"] = eni["NetworkInterfaceId"]
    ec2.attach_network_interface(
        NetworkInterfaceId=eni["NetworkInterfaceId"], InstanceId=account["host-b"], DeviceIndex=2
    )
    account.fails(
        "orders", "Unable to attach network interface to unused device index", subnet="private-b", host="host-b"
    )


@scenario(
    Area.SLOTS,
    first=("ENI001", CLUSTER),
    subject=ORDERS,
    beside=(("ENI003", "host-b"), ("ENI003", "host-c"), ("ENI003", "host-t")),
)
def trunking_is_on_but_the_type_of_the_new_host_has_none(account: Account) -> None:
    """The whole T family has no trunks: its limit stays that of its interfaces."""
    account.aws.settings[0]["value"] = "enabled"
    take_all_slots(account)
    host = add_host(account, "host-t", "private-b", type_="t3.medium")
    for _ in range(2):
        account.aws.run_task("orders", cluster=CLUSTER, subnet_id=account["private-b"], on=host, started_at=NOW)
    account.service("orders").running_count = 6
    account.says("orders", texts.closest(host.id, 'encountered error "RESOURCE:ENI".'))
