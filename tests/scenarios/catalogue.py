"""Every scenario, area by area."""

from tests.scenarios.incidents import (
    agent,
    application,
    balancers,
    capacity,
    dns,
    endpoints,
    filters,
    ipv6,
    launchers,
    placement,
    slots,
    start,
    subnets,
    unknown,
    way_out,
)
from tests.scenarios.scenario import Scenario

_MODULES = (
    *(slots, agent, placement, subnets, way_out, filters, endpoints, dns, ipv6),
    *(start, balancers, launchers, application, capacity, unknown),
)

SCENARIOS: tuple[Scenario, ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Scenario)
)
