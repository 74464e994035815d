"""The container ran: what it did then is not the network's fault."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import Account
from tests.scenarios.incidents.way_out import ONE_OF_TWO_SUBNETS
from tests.scenarios.scenario import ORDERS, VAULT, WEB, Area, scenario


@scenario(Area.APPLICATION, first=None)
def the_application_exits_on_fargate(account: Account) -> None:
    account.fails("worker", texts.EXITED, code="EssentialContainerExited", exit_code=1, started=True)


@scenario(Area.APPLICATION, first=None, subject=ORDERS, beside=(("NET006", "nat-a"), *ONE_OF_TWO_SUBNETS))
def the_application_exits_while_a_nat_gateway_elsewhere_has_failed(account: Account) -> None:
    account.nat_state("nat-a", "failed", "InternalError", "Network interface is not available")
    account.fails(
        "orders",
        texts.EXITED,
        subnet="private-b",
        host="host-b",
        code="EssentialContainerExited",
        exit_code=139,
        started=True,
    )


@scenario(Area.APPLICATION, first=None, beside=(("SUB001", "private-b"),))
def the_application_exits_while_a_subnet_is_full(account: Account) -> None:
    account.fails("worker", texts.EXITED, code="EssentialContainerExited", exit_code=1, started=True)
    account.fill("private-b")


@scenario(Area.APPLICATION, first=None, subject=ORDERS, beside=(("NET001", "public-b"), ("NET001", "public-c")))
def the_application_exits_in_a_subnet_where_tasks_on_ec2_have_no_way_out(account: Account) -> None:
    """The host pulled the image over its own interface. That the application wanted the internet is nowhere said."""
    account.move("orders", "public-b", "public-c")
    account.fails(
        "orders",
        texts.EXITED,
        subnet="public-b",
        host="host-b",
        code="EssentialContainerExited",
        exit_code=1,
        started=True,
    )


@scenario(Area.APPLICATION, first=None, subject=VAULT)
def the_application_uses_too_much_memory(account: Account) -> None:
    account.fails(
        "vault",
        texts.EXITED,
        subnet="island-a",
        code="EssentialContainerExited",
        exit_code=137,
        container_reason="OutOfMemoryError: Container killed due to memory usage",
        started=True,
    )


@scenario(Area.APPLICATION, first=None, subject=WEB)
def the_containers_own_health_check_fails(account: Account) -> None:
    account.fails(
        "web",
        "Task failed container health checks",
        subnet="private-c",
        code="ServiceSchedulerInitiated",
        started=True,
    )


@scenario(Area.APPLICATION, first=None)
def the_entry_point_is_not_in_the_image(account: Account) -> None:
    account.fails(
        "worker",
        "CannotStartContainerError: Error response from daemon: failed to create shim task: OCI runtime create failed: "
        'runc create failed: unable to start container process: exec: "run.sh": executable file not found in $PATH: '
        "unknown",
    )


@scenario(Area.APPLICATION, first=None)
def the_public_registry_limits_pulls(account: Account) -> None:
    account.container("worker")["image"] = "redis:7"
    account.fails(
        "worker",
        "CannotPullContainerError: inspect image has been retried 1 time(s): httpReaderSeeker: failed open: unexpected "
        "status code https://registry-1.docker.io/v2/library/redis/manifests/sha256:0ed5d5928d47: 429 Too Many "
        "Requests - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit "
        "by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
    )


@scenario(Area.APPLICATION, first=None, subject=ORDERS)
def the_disk_of_a_host_is_full(account: Account) -> None:
    account.fails(
        "orders",
        "CannotPullContainerError: write /var/lib/docker/tmp/GetImageBlob111111111: no space left on device",
        subnet="private-b",
        host="host-b",
        times=1,
    )
