"""How a scenario is stated: one function that breaks a healthy account, and what the right answer to it is.

    @scenario(Area.WAY_OUT, first=("NET006", "nat-a"))
    def a_nat_gateway_has_failed(account: Account) -> None:
        account.nat_state("nat-a", "failed")
        account.fails("worker", texts.NO_WAY_TO_ECR)

The function's name is the scenario's. What the right answer is comes from AWS's documentation of the message and of the
resources, or from the public thread in which the incident was solved; never from what the program says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.scenarios.account import Account

Named = tuple[str, str]
"""A check, and a resource by the name that scenarios use; several names with ` or ` between where all are as right."""


class Area(StrEnum):
    """Where to look for the cause."""

    SLOTS = "ENI slots"
    AGENT = "agent"
    PLACEMENT = "placement"
    SUBNETS = "subnets and groups of the ENI"
    WAY_OUT = "NAT, gateways, routes"
    FILTERS = "ACLs and security groups"
    ENDPOINTS = "endpoints"
    DNS = "DNS"
    IPV6 = "IPv6"
    START = "secrets, roles, image, logs, EFS"
    BALANCERS = "load balancers"
    LAUNCHERS = "launchers and standalone tasks"
    APPLICATION = "application"
    CAPACITY = "Fargate and its hiccups"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """An incident.

    Attributes:
        area: of the table.
        name: what happened, as a sentence.
        plant: brings it about in a healthy account.
        first: the first cause; ``None`` where no fault of the configuration is to be found.
        subject: who is in trouble, by type and id.
        beside: further findings of high or critical severity that are true in this account.
        unknown: an operation that must be named as not read; nothing may then be called confirmed.
        record: where the incident was reported and solved.
    """

    area: Area
    name: str
    plant: Callable[[Account], None]
    first: Named | None
    subject: Named
    beside: tuple[Named, ...]
    unknown: str | None
    record: str | None

    @property
    def has_no_certain_answer(self) -> bool:
        """Whether "nothing found" or "not known" is right."""
        return self.first is None or self.unknown is not None


WORKER: Named = ("service", "worker")
ORDERS: Named = ("service", "orders")
VAULT: Named = ("service", "vault")
WEB: Named = ("service", "web")


def scenario(
    area: Area,
    *,
    first: Named | None,
    subject: Named = WORKER,
    beside: tuple[Named, ...] = (),
    unknown: str | None = None,
    record: str | None = None,
) -> Callable[[Callable[[Account], None]], Scenario]:
    """Make a scenario of a function; see `Scenario`."""

    def of(plant: Callable[[Account], None]) -> Scenario:
        return Scenario(
            area=area,
            name=plant.__name__.replace("_", " "),
            plant=plant,
            first=first,
            subject=subject,
            beside=beside,
            unknown=unknown,
            record=record,
        )

    return of
