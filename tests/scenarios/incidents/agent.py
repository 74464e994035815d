"""The container agent, or the instance that it runs on."""

from __future__ import annotations

from ipaddress import ip_network

from tests.scenarios import texts
from tests.scenarios.account import CLUSTER, Account
from tests.scenarios.scenario import ORDERS, Area, scenario

MISSING_ATTRIBUTE = "is missing an attribute required by your task. "
EITHER_HOST = "host-b or host-c"
BOTH_HOSTS_LACK_IT = (("AGT006", "host-b"), ("AGT006", "host-c"))


@scenario(
    Area.AGENT,
    first=("AGT007", EITHER_HOST),
    subject=ORDERS,
    beside=(("AGT007", "host-b"), ("AGT007", "host-c")),
)
def the_agents_are_disconnected(account: Account) -> None:
    for host in account.hosts():
        host.agent_connected = False
    account.says("orders", texts.closest(account.host("host-b").id, 'encountered error "AGENT". ') + texts.SEE_MORE)


@scenario(
    Area.AGENT,
    first=("AGT010", EITHER_HOST),
    subject=ORDERS,
    beside=(
        *((check, host) for check in ("AGT007", "AGT010") for host in ("host-b", "host-c")),
        ("END001", "orders"),
    ),
)
def the_agents_lost_their_public_address_when_the_hosts_were_restarted(account: Account) -> None:
    """An instance with a trunk has two interfaces: started again in a public subnet, it gets no public address."""
    for zone in "bc":
        host, subnet = account.host(f"host-{zone}"), account.subnet(f"public-{zone}")
        primary = account.state("ec2").get_instance(host.ec2_instance_id).nics[0]
        primary.subnet = subnet
        primary.private_ip_address = str(ip_network(subnet.cidr_block)[20])
        host.attributes["ecs.subnet-id"] = subnet.id
        host.agent_connected = False
    account.says("orders", texts.closest(account.host("host-b").id, 'encountered error "AGENT". ') + texts.SEE_MORE)


@scenario(
    Area.AGENT,
    first=("AGT001", EITHER_HOST),
    subject=ORDERS,
    beside=(("AGT001", "host-b"), ("AGT001", "host-c"), *BOTH_HOSTS_LACK_IT),
)
def the_agents_are_older_than_awsvpc(account: Account) -> None:
    for host in account.hosts():
        host.version_info["agentVersion"] = "1.14.5"
        forget_task_eni(host)
    account.says("orders", texts.closest(account.host("host-b").id, MISSING_ATTRIBUTE) + texts.SEE_MORE)


@scenario(Area.AGENT, first=("AGT006", EITHER_HOST), subject=ORDERS, beside=BOTH_HOSTS_LACK_IT)
def the_agents_have_task_enis_switched_off(account: Account) -> None:
    for host in account.hosts():
        forget_task_eni(host)
    account.says("orders", texts.closest(account.host("host-c").id, MISSING_ATTRIBUTE) + texts.SEE_MORE)


@scenario(
    Area.AGENT,
    first=("AGT004", EITHER_HOST),
    subject=ORDERS,
    beside=(("AGT004", "host-b"), ("AGT004", "host-c"), *BOTH_HOSTS_LACK_IT),
)
def the_agents_on_windows_are_older_than_awsvpc(account: Account) -> None:
    for host in account.hosts():
        host.version_info["agentVersion"] = "1.50.0"
        host.attributes["ecs.os-type"] = "windows"
        host.attributes["ecs.os-family"] = "WINDOWS_SERVER_2022_CORE"
        forget_task_eni(host)
    account.definition("orders").runtime_platform = {
        "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE",
        "cpuArchitecture": "X86_64",
    }
    account.says("orders", texts.closest(account.host("host-b").id, MISSING_ATTRIBUTE) + texts.SEE_MORE)


@scenario(Area.AGENT, first=("PLC001", CLUSTER), subject=ORDERS)
def all_hosts_drain(account: Account) -> None:
    for host in account.hosts():
        host.status = "DRAINING"
    account.says("orders", "was unable to place a task. Reason: TaskFailedToStart: NO ACTIVE INSTANCES")


def forget_task_eni(host: object) -> None:
    """What an agent says that cannot, or was told not to, attach task ENIs."""
    attributes: dict[str, str | None] = host.attributes  # type: ignore[attr-defined]
    for name in [name for name in attributes if name.startswith("ecs.capability.task-eni")]:
        del attributes[name]
