"""Capacity of AWS's own, quotas, and what goes wrong once in a hundred starts."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import Account
from tests.scenarios.scenario import ORDERS, Area, scenario


@scenario(Area.CAPACITY, first=("PLC013", "worker"))
def fargate_has_no_capacity_in_the_one_zone(account: Account) -> None:
    account.move("worker", "private-a")
    account.says("worker", "was unable to place a task. Reason: RESOURCE:FARGATE")


@scenario(Area.CAPACITY, first=None)
def fargate_has_no_capacity_in_either_zone(account: Account) -> None:
    account.says(
        "worker",
        "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a "
        "different availability zone.",
    )


@scenario(Area.CAPACITY, first=None)
def the_quota_of_vcpus_is_used_up(account: Account) -> None:
    account.says(
        "worker",
        "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently",
    )


@scenario(Area.CAPACITY, first=None)
def spot_takes_tasks_back(account: Account) -> None:
    account.fails("worker", "Your Spot Task was interrupted.", code="SpotInterruption", started=True)


@scenario(Area.CAPACITY, first=None, record="https://github.com/apache/airflow/issues/15000")
def one_start_in_a_hundred_gets_no_network_interface(account: Account) -> None:
    account.fails("worker", texts.ENI_TIMEOUT, times=1)


@scenario(Area.CAPACITY, first=None, subject=ORDERS)
def network_interfaces_are_asked_for_too_fast(account: Account) -> None:
    account.fails(
        "orders",
        "Rate limit exceeded while preparing network interface to be attached to instance",
        subnet="private-b",
        host="host-b",
    )


@scenario(Area.CAPACITY, first=None, record="https://github.com/docker-archive/compose-cli/issues/911")
def a_pull_times_out_once_and_the_way_is_open(account: Account) -> None:
    """The same deployment went through the next time, with nothing changed."""
    account.fails("worker", texts.no_image("worker"), times=1)
