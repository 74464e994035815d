"""Network ACLs and security groups on the way out."""

from __future__ import annotations

from tests.scenarios import texts
from tests.scenarios.account import Account, from_block, tcp
from tests.scenarios.incidents.way_out import ONE_OF_TWO_SUBNETS, add_secret
from tests.scenarios.scenario import Area, scenario

Entry = tuple[int, str, bool, str, tuple[int, int] | None]
EVERYTHING_OUT: Entry = (100, "allow", True, "-1", None)
EVERYTHING_IN: Entry = (100, "allow", False, "-1", None)
HTTPS_IN: Entry = (100, "allow", False, "6", (443, 443))


@scenario(Area.FILTERS, first=("NET009", "acl-a"), beside=ONE_OF_TWO_SUBNETS)
def the_acl_denies_https_outbound(account: Account) -> None:
    account.acl("acl-a", "private-a", (90, "deny", True, "6", (443, 443)), EVERYTHING_OUT, EVERYTHING_IN)
    account.fails("worker", texts.no_image("worker"))


@scenario(Area.FILTERS, first=("NET010", "acl-a"), beside=ONE_OF_TWO_SUBNETS)
def the_acl_lets_in_https_but_not_the_replies(account: Account) -> None:
    """ACLs keep no state: replies come back to a port above 1023."""
    account.acl("acl-a", "private-a", EVERYTHING_OUT, HTTPS_IN)
    account.fails("worker", texts.NO_WAY_TO_ECR)


@scenario(
    Area.FILTERS,
    first=("NET010", "acl-a"),
    beside=(("END001", "worker"), ("NET013", "acl-a")),
    record="https://github.com/aws/amazon-ecs-agent/issues/1680",
)
def a_task_with_a_public_address_gets_no_reply_through_the_acl(account: Account) -> None:
    account.move("worker", "public-a")
    account.network("worker")["assignPublicIp"] = "ENABLED"
    account.acl("acl-a", "public-a", EVERYTHING_OUT, HTTPS_IN)
    account.fails(
        "worker",
        "CannotPullContainerError: API error (500): Get https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/: "
        "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        subnet="public-a",
    )


@scenario(Area.FILTERS, first=("NET013", "acl-public"), beside=ONE_OF_TWO_SUBNETS)
def the_acl_of_the_nat_gateways_subnet_refuses_the_replies(account: Account) -> None:
    account.acl("acl-public", "public-a", EVERYTHING_OUT, HTTPS_IN)
    account.fails("worker", texts.no_image("worker"))


@scenario(
    Area.FILTERS,
    first=("NET011", "sg-worker"),
    beside=(("END001", "worker"),),
    record="https://github.com/Releem/releem-agent/issues/195",
)
def the_security_group_lets_nothing_out(account: Account) -> None:
    secret = add_secret(account)
    account.close("sg-worker")
    account.fails(
        "worker",
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        f"unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret {secret} "
        "from secrets manager: RequestCanceled: request context canceled caused by: context deadline exceeded. Please "
        "check your task network configuration.",
    )


@scenario(Area.FILTERS, first=("NET011", "sg-worker"), beside=(("END001", "worker"),))
def the_security_group_lets_out_the_database_port_alone(account: Account) -> None:
    account.close("sg-worker")
    account.ec2.authorize_security_group_egress(
        GroupId=account["sg-worker"],
        IpPermissions=[tcp(5432, **from_block("10.0.0.0/8"))],
    )
    account.fails("worker", texts.NO_WAY_TO_ECR_V2)
